#!/usr/bin/python3
"""A judge of certificates: python3-cryptography.

Reads lines `certificate, issuer, root`, paths of PEM files, separated by tabs,
and prints `certificate, finding` for each finding, with an empty one for a
certificate that has none. A certificate is decoded whole, every extension of it
too, and its signature is verified with the issuer's key.
"""

import sys

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.x509.oid import SignatureAlgorithmOID

# Some versions do not report the hash of a certificate with RSASSA-PSS. It is the
# first of the parameters (RFC 4055 3.1), here identified by the DER of its OID.
PSS_HASHES = {
    bytes.fromhex("608648016503040201"): hashes.SHA256(),
    bytes.fromhex("608648016503040202"): hashes.SHA384(),
    bytes.fromhex("608648016503040203"): hashes.SHA512(),
}


def pss_hash(certificate):
    tbs = certificate.tbs_certificate_bytes
    identifier = bytes.fromhex("06092a864886f70d01010a")
    at = tbs.index(identifier) + len(identifier)
    return next(
        algorithm
        for der, algorithm in PSS_HASHES.items()
        if der in tbs[at : at + 24]
    )


def verify_signature(certificate, issuer):
    key = issuer.public_key()
    signed = (certificate.signature, certificate.tbs_certificate_bytes)
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(*signed, ec.ECDSA(certificate.signature_hash_algorithm))
    elif certificate.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
        algorithm = pss_hash(certificate)
        salt_length = algorithm.digest_size
        key.verify(
            *signed, padding.PSS(padding.MGF1(algorithm), salt_length), algorithm
        )
    else:
        key.verify(
            *signed, padding.PKCS1v15(), certificate.signature_hash_algorithm
        )


def described(error):
    text = str(error) or type(error).__name__
    return text.split("\n")[0].replace("\t", " ")


def load(path):
    with open(path, "rb") as file:
        return x509.load_pem_x509_certificate(file.read())


def findings(certificate, issuer):
    readers = {
        "extensions": lambda: list(certificate.extensions),
        "subject": lambda: certificate.subject.rfc4514_string(),
        "issuer": lambda: certificate.issuer.rfc4514_string(),
        "key": certificate.public_key,
        "serial": lambda: certificate.serial_number,
    }
    for part, read in readers.items():
        try:
            read()
        except Exception as error:  # any error is the finding
            yield f"{part}: {described(error)}"
    if certificate.issuer != issuer.subject:
        yield "issuer: not the subject of the issuer"
    if certificate.version is not x509.Version.v3:
        yield "version: not 3"
    if certificate.not_valid_before >= certificate.not_valid_after:
        yield "validity: ends before it begins"
    try:
        verify_signature(certificate, issuer)
    except InvalidSignature:
        yield "signature: does not verify"


def main():
    issuers = {}
    for line in sys.stdin:
        path, issuer_path, _ = line.rstrip("\n").split("\t")
        if issuer_path not in issuers:
            issuers[issuer_path] = load(issuer_path)
        try:
            # A root's own key signed it.
            certificate = load(path)
            issuer = certificate if issuer_path == path else issuers[issuer_path]
            found = list(findings(certificate, issuer))
        except ValueError as error:
            found = [f"parse: {described(error)}"]
        for finding in found or [""]:
            print(path, finding, sep="\t")


main()
