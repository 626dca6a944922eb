"""A client and judge of OCSP: python3-cryptography.

judge_ocsp.py request DIGEST ISSUER CERTIFICATE FILE
    writes a request for a certificate.
judge_ocsp.py judge ISSUER FILE
    prints what a response says, a line `serial status reason` for each
    certificate, once its signature by the issuer's key has been verified.
"""

import sys

import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp

# Newer versions warn of properties whose replacements older ones do not have.
warnings.simplefilter('ignore')

# RSASSA-PSS: the digest is in parameters that this library does not show for responses.
PSS = "1.2.840.113549.1.1.10"
PSS_DIGESTS = {
    "sha256": bytes.fromhex("0609608648016503040201"),
    "sha384": bytes.fromhex("0609608648016503040202"),
    "sha512": bytes.fromhex("0609608648016503040203"),
}


def load(path):
    with open(path, "rb") as file:
        return x509.load_pem_x509_certificate(file.read())


def write_request(digest, issuer, certificate, path):
    builder = ocsp.OCSPRequestBuilder().add_certificate(load(certificate), load(issuer),
                                                        getattr(hashes, digest)())
    builder = builder.add_extension(x509.OCSPNonce(bytes(range(32))), critical=False)
    with open(path, "wb") as file:
        file.write(builder.build().public_bytes(serialization.Encoding.DER))


def verify(key, response):
    signature, data = response.signature, response.tbs_response_bytes
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(response.signature_hash_algorithm))
    elif isinstance(key, rsa.RSAPublicKey) and response.signature_algorithm_oid.dotted_string == PSS:
        digest = next(d for d in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
                      if names_digest(response, d))
        key.verify(signature, data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    else:
        key.verify(signature, data, padding.PKCS1v15(), response.signature_hash_algorithm)


def names_digest(response, digest):
    """Tells whether the algorithm's parameters, which follow the signed data, name the digest."""
    _, parameters = response.public_bytes(serialization.Encoding.DER).split(response.tbs_response_bytes)
    return PSS_DIGESTS[digest.name] in parameters


def judge(issuer, path):
    with open(path, "rb") as file:
        response = ocsp.load_der_ocsp_response(file.read())
    if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        print(response.response_status.name)
        return
    key = load(issuer).public_key()
    assert response.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(key).digest
    verify(key, response)
    for single in response.responses:
        assert single.this_update <= response.produced_at < single.next_update
        reason = single.revocation_reason
        print(f"{single.serial_number:x} {single.certificate_status.name.lower()} "
              f"{reason.value if reason else '-'}")


if sys.argv[1] == "request":
    write_request(*sys.argv[2:])
else:
    judge(*sys.argv[2:])
