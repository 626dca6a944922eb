#!/usr/bin/env python3
"""A judge of CRLs: python3-cryptography.

Reads JSON: a list of {crl, issuer, number, url, revoked: {serial: reason}}, the
first two in PEM, a reason as RFC 5280 has it or null. Prints a line for each
finding; none when the CRL is what it says.
"""

import json
import sys

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID


def signature(crl, issuer):
    try:
        if not crl.is_signature_valid(issuer.public_key()):
            yield "its signature does not verify"
    except (UnsupportedAlgorithm, TypeError):
        # RSASSA-PSS, which older versions do not know in CRLs.
        print(f"{crl.signature_algorithm_oid.dotted_string}: not judged", file=sys.stderr)


def extensions(crl, issuer, number, url):
    found = {extension.oid: extension for extension in crl.extensions}
    if found[ExtensionOID.CRL_NUMBER].value.crl_number != number or found[ExtensionOID.CRL_NUMBER].critical:
        yield "its number is another one"
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    if found[ExtensionOID.AUTHORITY_KEY_IDENTIFIER].value.key_identifier != own:
        yield "its authority key identifier is another one"
    point = found.pop(ExtensionOID.ISSUING_DISTRIBUTION_POINT, None)
    if (point is None) != (url is None):
        yield "its issuing distribution point is present and should not be, or the reverse"
    elif point is not None:
        urls = [name.value for name in point.value.full_name]
        if not point.critical or urls != [url]:
            yield "its issuing distribution point is another one"
    if len(found) != 2:
        yield "it has other extensions"


def entries(crl, revoked):
    found = {}
    for entry in crl:
        reasons = [
            extension
            for extension in entry.extensions
            if extension.oid == CRLEntryExtensionOID.CRL_REASON
        ]
        found[f"{entry.serial_number:032x}"] = reasons[0].value.reason.value if reasons else None
        if len(reasons) != len(entry.extensions):
            yield "an entry has other extensions"
    if found != revoked:
        yield f"its entries are {found}"
    for serial in revoked:
        if crl.get_revoked_certificate_by_serial_number(int(serial, 16)) is None:
            yield f"{serial} is not found"


def judge(case):
    crl = x509.load_pem_x509_crl(case["crl"].encode())
    issuer = x509.load_pem_x509_certificate(case["issuer"].encode())
    if crl.issuer != issuer.subject:
        yield "its issuer is another one"
    if (crl.next_update - crl.last_update).total_seconds() != 7 * 86400 + 3600:
        yield "its time is not seven days and an hour"
    yield from signature(crl, issuer)
    yield from extensions(crl, issuer, case["number"], case["url"])
    yield from entries(crl, case["revoked"])


for case in json.load(sys.stdin):
    for finding in judge(case):
        print(case["name"], finding, sep=": ")
