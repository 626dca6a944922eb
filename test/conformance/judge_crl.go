// A judge of CRLs: Go's crypto/x509.
//
// Reads JSON: a list of {name, crl, issuer, number, url, revoked: {serial: reason}},
// the CRL and its issuer in PEM, a reason as its code or null. Prints a line for
// each finding; none if the CRL matches.
package main

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

type crlCase struct {
	Name    string
	Crl     string
	Issuer  string
	Number  uint64
	URL     *string
	Revoked map[string]*int
}

type distributionPoint struct {
	DistributionPoint struct {
		FullName []asn1.RawValue `asn1:"optional,tag:0"`
	} `asn1:"optional,tag:0"`
}

var (
	reasonOID = asn1.ObjectIdentifier{2, 5, 29, 21}
	pointOID  = asn1.ObjectIdentifier{2, 5, 29, 28}
)

func decode(text string) []byte {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil
	}
	return block.Bytes
}

func url(crl *x509.RevocationList) (string, bool) {
	for _, extension := range crl.Extensions {
		var point distributionPoint

		if !extension.Id.Equal(pointOID) {
			continue
		}
		rest, err := asn1.Unmarshal(extension.Value, &point)
		if err != nil || len(rest) > 0 || !extension.Critical || len(point.DistributionPoint.FullName) != 1 {
			return "malformed", true
		}
		return string(point.DistributionPoint.FullName[0].Bytes), true
	}
	return "", false
}

func entryFindings(crl *x509.RevocationList, revoked map[string]*int) []string {
	var found []string

	if len(crl.RevokedCertificates) != len(revoked) {
		found = append(found, fmt.Sprintf("it has %d entries", len(crl.RevokedCertificates)))
	}
	for _, entry := range crl.RevokedCertificates {
		expected, isThere := revoked[fmt.Sprintf("%032x", entry.SerialNumber)]
		var reason *int

		for _, extension := range entry.Extensions {
			var code asn1.Enumerated

			if !extension.Id.Equal(reasonOID) {
				found = append(found, "an entry has other extensions")
			} else if rest, err := asn1.Unmarshal(extension.Value, &code); err != nil || len(rest) > 0 {
				found = append(found, "a reason is malformed")
			} else {
				value := int(code)
				reason = &value
			}
		}
		if !isThere || (reason == nil) != (expected == nil) || (reason != nil && *reason != *expected) {
			found = append(found, fmt.Sprintf("its entry %x is another one", entry.SerialNumber))
		}
	}
	return found
}

func findings(given crlCase) []string {
	var found []string

	crl, err := x509.ParseRevocationList(decode(given.Crl))
	if err != nil {
		return []string{"parse: " + err.Error()}
	}
	issuer, err := x509.ParseCertificate(decode(given.Issuer))
	if err != nil {
		return []string{"parse issuer: " + err.Error()}
	}
	if err := crl.CheckSignatureFrom(issuer); err != nil {
		found = append(found, "signature: "+err.Error())
	}
	if !bytes.Equal(crl.RawIssuer, issuer.RawSubject) {
		found = append(found, "its issuer is another one")
	}
	// Go 1.19 has the whole extension here.
	if !bytes.HasSuffix(crl.AuthorityKeyId, issuer.SubjectKeyId) {
		found = append(found, "its authority key identifier is another one")
	}
	if crl.Number == nil || !crl.Number.IsUint64() || crl.Number.Uint64() != given.Number {
		found = append(found, "its number is another one")
	}
	if crl.NextUpdate.Sub(crl.ThisUpdate) != 7*24*time.Hour+time.Hour {
		found = append(found, "its time is not seven days and an hour")
	}
	name, hasPoint := url(crl)
	if hasPoint != (given.URL != nil) || (hasPoint && name != *given.URL) {
		found = append(found, "its issuing distribution point is another one")
	}
	return append(found, entryFindings(crl, given.Revoked)...)
}

func main() {
	var cases []crlCase

	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, given := range cases {
		for _, finding := range findings(given) {
			fmt.Printf("%s: %s\n", given.Name, finding)
		}
	}
}
