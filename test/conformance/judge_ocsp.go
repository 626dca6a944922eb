// A client and judge of OCSP: Go's golang.org/x/crypto/ocsp.
//
//	judge_ocsp request DIGEST ISSUER CERTIFICATE FILE
//	    writes a request for a certificate.
//	judge_ocsp judge ISSUER CERTIFICATE FILE
//	    verifies the signature of a response with the issuer's key, and prints the
//	    status of the certificate and the reason.
package main

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"golang.org/x/crypto/ocsp"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func load(path string) *x509.Certificate {
	text, err := os.ReadFile(path)
	check(err)
	block, _ := pem.Decode(text)
	certificate, err := x509.ParseCertificate(block.Bytes)
	check(err)
	return certificate
}

func main() {
	digests := map[string]crypto.Hash{"SHA1": crypto.SHA1,
		"SHA256": crypto.SHA256, "SHA384": crypto.SHA384, "SHA512": crypto.SHA512}
	if os.Args[1] == "request" {
		request, err := ocsp.CreateRequest(load(os.Args[4]), load(os.Args[3]),
			&ocsp.RequestOptions{Hash: digests[os.Args[2]]})
		check(err)
		check(os.WriteFile(os.Args[5], request, 0644))
		return
	}
	octets, err := os.ReadFile(os.Args[4])
	check(err)
	response, err := ocsp.ParseResponseForCert(octets, load(os.Args[3]), load(os.Args[2]))
	check(err)
	status := map[int]string{ocsp.Good: "good", ocsp.Revoked: "revoked",
		ocsp.Unknown: "unknown"}[response.Status]
	fmt.Println(status, response.RevocationReason)
}
