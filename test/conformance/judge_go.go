// A judge of certificates: Go's crypto/x509.
//
// Reads lines `certificate, issuer, root`: paths of PEM files, separated by tabs. The
// issuer's file may contain more of the chain. Prints `certificate, finding` for each
// finding, with an empty one for a certificate that has none. A certificate is decoded, its signature is verified
// with the issuer's key, and its chain up to the root, for any purpose.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
)

func load(path string) (*x509.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("no PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

func findings(path, issuerPath, rootPath string) []string {
	var found []string

	certificate, err := load(path)
	if err != nil {
		return []string{"parse: " + err.Error()}
	}
	issuer, err := load(issuerPath)
	if err != nil {
		return []string{"parse issuer: " + err.Error()}
	}
	root, err := load(rootPath)
	if err != nil {
		return []string{"parse root: " + err.Error()}
	}
	if err := certificate.CheckSignatureFrom(issuer); err != nil {
		found = append(found, "signature: "+err.Error())
	}
	if certificate.PublicKey == nil {
		found = append(found, "key: unknown algorithm")
	}
	options := x509.VerifyOptions{
		Roots:         x509.NewCertPool(),
		Intermediates: x509.NewCertPool(),
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	options.Roots.AddCert(root)
	text, _ := os.ReadFile(issuerPath)
	options.Intermediates.AppendCertsFromPEM(text)
	if _, err := certificate.Verify(options); err != nil {
		found = append(found, "chain: "+err.Error())
	}
	return found
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		paths := strings.Split(lines.Text(), "\t")
		found := findings(paths[0], paths[1], paths[2])
		if len(found) == 0 {
			found = []string{""}
		}
		for _, finding := range found {
			fmt.Printf("%s\t%s\n", paths[0], finding)
		}
	}
}
