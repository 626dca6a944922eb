#!/usr/bin/env python3
"""Makes the seeds of the targets that read parts of the fixtures.

    seeds/name          subjects and subject alternative names of fixtures/csr,
                        and subjects that must be escaped
    seeds/public_key    key, signature algorithm and signature of fixtures/csr
    seeds/certificate   certificates with every extension that a CA has
    seeds/chain         a flag (1: ROOT, 2: any signature is good) and certificates
    seeds/name_constraints
                        two lengths, constraints, a subject, alternative names

It is run by hand and its output is checked in.  Names and keys follow from the
fixtures; certificates are made again each time, with new keys that are thrown
away, so check them in only after one was added.  It needs only Python's standard
library and the openssl command.
"""

import base64
import pathlib
import re
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent / "fixtures" / "csr"
LARGEST = 1500                  # octets, because mutations of a small seed are faster
SAN_TYPE = bytes.fromhex("0603551d11")


def write(folder, name, data):
    path = HERE / "seeds" / folder
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_bytes(data)


# --- parts of a CSR ----------------------------------------------------------

def element(data, at=0):
    """Returns tag, start of content, and end; raises for other forms."""
    length = data[at + 1]
    start = at + 2
    if length >= 0x80:
        count = length & 0x7F
        if count not in (1, 2, 3):
            raise ValueError("length")
        length = int.from_bytes(data[start:start + count], "big")
        start += count
    if start + length > len(data):
        raise ValueError("cut off")
    return data[at], start, start + length


def elements(data):
    at = 0
    while at < len(data):
        _, _, end = element(data, at)
        yield data[at:end]
        at = end


def content(data):
    _, start, end = element(data)
    return data[start:end]


def alternative_names(request):
    at = request.find(SAN_TYPE)
    if at < 0:
        return None
    at += len(SAN_TYPE)
    if request[at] == 0x01:
        at += 3
    return content(request[at:]) if request[at] == 0x04 else None


def from_fixtures():
    seen = set()
    for path in sorted(FIXTURES.glob("*/*.pem")):
        body = re.search(r"-----BEGIN[^-]*-----(.*?)-----END", path.read_text(), re.S)
        try:
            request = base64.b64decode(body.group(1))
            info, algorithm, signature = list(elements(content(request)))[:3]
            subject, key = list(elements(content(info)))[1:3]
            names = alternative_names(request)
        except (AttributeError, ValueError, IndexError):
            continue
        signed = key + algorithm + b"\x04" + signature[1:]
        for folder, part in (("name", subject), ("name", names), ("public_key", signed)):
            # One key is enough for the many fixtures whose fault is elsewhere.
            about_key = re.match(r"ec-|rsa-|ed|key-|signature-|dsa|x25519", path.stem)
            if part is None or len(part) > LARGEST or part in seen:
                continue
            if folder == "public_key" and not about_key:
                continue
            seen.add(part)
            write(folder, path.stem + ("-san" if part is names else ""), part)


# --- names -------------------------------------------------------------------

def tagged(tag, *parts):
    data = b"".join(parts)
    return bytes([tag, len(data)]) + data


def attribute(value, kind="550403", tag=0x0c):
    return tagged(0x30, tagged(0x06, bytes.fromhex(kind)), tagged(tag, value))


def make_names():
    for name, rdns in (
            ("escaped-specials", [[attribute(b',=+<>#;"\\')]]),
            ("escaped-number-sign", [[attribute(b"#1")], [attribute(b"")]]),
            ("escaped-spaces", [[attribute(b"  a  b  ")], [attribute(b"   ")], [attribute(b"a\\ ")]]),
            ("escaped-in-set",
             [[attribute(b"a+b"), attribute(b"1", "550405", 0x13), attribute(b"c,d", "55040b")],
              [attribute(b"last", "55040a")]])):
        write("name", name, tagged(0x30, *(tagged(0x31, *rdn) for rdn in rdns)))


# --- certificates ------------------------------------------------------------

CA = "basicConstraints=critical,CA:TRUE%s\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
BELOW = "authorityKeyIdentifier=keyid\n"
EVERY = BELOW + """certificatePolicies=1.2.3.4,@policy
extendedKeyUsage=serverAuth,clientAuth
crlDistributionPoints=URI:http://example.com/crl
authorityInfoAccess=OCSP;URI:http://example.com/ocsp
subjectInfoAccess=caRepository;URI:http://example.com/
policyConstraints=requireExplicitPolicy:3
inhibitAnyPolicy=2
subjectAltName=DNS:ca.example.com,email:ca@example.com,URI:http://example.com,IP:192.0.2.1,IP:2001:db8::1,\
RID:1.2.3,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:ca,dirName:directory
[policy]
policyIdentifier=1.2.3.5
CPS.1=http://example.com/cps
[directory]
C=US
O=Example
"""
CONSTRAINTS = """nameConstraints=critical,permitted;DNS:example.com,permitted;email:example.com,\
permitted;IP:192.0.2.0/255.255.255.0,permitted;IP:2001:db8::/ffff:ffff::,permitted;URI:example.com,\
excluded;DNS:evil.example.com,permitted;dirName:directory
[directory]
C=US
"""
EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
RSA = ["-newkey", "rsa:2048"]
ED25519 = ["-newkey", "ed25519"]
PSS = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


def make(folder, name, subject, extensions, signer=None, key=EC, options=()):
    """A certificate in DER; its key stays in the folder."""
    keyfile, request, config = (f"{folder}/{name}.{kind}" for kind in ("key", "csr", "cnf"))
    openssl("req", "-new", *key, "-nodes", "-keyout", keyfile, "-subj", subject, "-out", request)
    pathlib.Path(config).write_text(extensions)
    by = ["-signkey", keyfile]
    if signer:
        by = ["-CA", f"{folder}/{signer}.pem", "-CAkey", f"{folder}/{signer}.key"]
    certificate = f"{folder}/{name}.pem"
    openssl("x509", "-req", "-in", request, *by, "-days", "36500", "-extfile", config, "-out", certificate,
            *options)
    return openssl("x509", "-in", certificate, "-outform", "DER")


def make_certificates():
    with tempfile.TemporaryDirectory() as folder:
        root = make(folder, "root", "/C=US/CN=Root", CA % "")
        between = make(folder, "between", "/C=US/O=Example/CN=Between", CA % ",pathlen:1" + BELOW, "root")
        below = make(folder, "below", "/C=US/O=Example/CN=Below", CA % ",pathlen:0" + EVERY, "between")
        rsa = make(folder, "rsa", "/CN=RSA", CA % "", key=RSA)
        pss = make(folder, "pss", "/CN=PSS", CA % "", key=RSA, options=PSS)
        ed25519 = make(folder, "ed25519", "/CN=Ed25519", CA % "", key=ED25519)
        limited = make(folder, "limited", "/C=US/CN=Limited", CA % "" + CONSTRAINTS)
        obeying = make(folder, "obeying", "/C=US/CN=Obeying",
                       CA % ",pathlen:0" + "subjectAltName=DNS:a.example.com,IP:192.0.2.7\n", "limited")
        breaking = make(folder, "breaking", "/C=US/CN=Breaking",
                        CA % ",pathlen:0" + "subjectAltName=DNS:a.example.org\n", "limited")
        leaf = make(folder, "leaf", "/CN=leaf.example.com", "basicConstraints=CA:FALSE\n", "root")
        for name, data in (("root", root), ("between", between), ("below", below), ("rsa", rsa), ("pss", pss),
                           ("ed25519", ed25519), ("limited", limited), ("obeying", obeying), ("leaf", leaf)):
            write("certificate", name, data)
        for name, flag, chain in (
                ("root", 1, root), ("rsa-root", 1, rsa), ("pss-root", 1, pss), ("ed25519-root", 1, ed25519),
                ("one-above", 0, between + root), ("two-above", 0, below + between + root),
                ("wrong-order", 0, below + root + between), ("root-missing", 0, below + between),
                ("obeying", 0, obeying + limited), ("breaking", 0, breaking + limited),
                ("not-a-ca", 0, leaf + root), ("root-with-chain", 1, between + root),
                ("any-signature", 2, below + between + root),
                ("any-signature-limited", 2, obeying + limited)):
            write("chain", name, bytes([flag]) + chain)


def make_name_constraints():
    def subtrees(tag, *bases):
        return tagged(tag, *(tagged(0x30, base) for base in bases)) if bases else b""

    def directory(*attributes):
        return tagged(0x30, *(tagged(0x31, each) for each in attributes))

    acme = directory(attribute(b"US", "550406", 0x13), attribute(b"Acme", "55040a"))
    host = directory(attribute(b"www.example.com"), attribute(b"a@example.com", "2a864886f70d010901", 0x16))
    utf8_mailbox = tagged(0xa0, bytes.fromhex("06082b06010505070809"),
                          tagged(0xa0, tagged(0x0c, "jö@example.com".encode())))
    for name, permitted, excluded, subject, names in (
            ("dns", (tagged(0x82, b"example.com"),), (tagged(0x82, b"bar.example.com"),), host,
             (tagged(0x82, b"www.example.com"), tagged(0x82, b"*.www.example.com"))),
            ("dns-below", (tagged(0x82, b".example.com"), tagged(0x82, b"")), (), tagged(0x30),
             (tagged(0x82, b"b*.example.com"),)),
            ("mail", (tagged(0x81, b"example.com"), tagged(0x81, b"a@example.com")),
             (tagged(0x81, b".evil.org"),), host, (tagged(0x81, b'"a\\b"@example.com'), utf8_mailbox)),
            ("uri", (tagged(0x86, b".example.com"),), (tagged(0x86, b"evil.org"),), tagged(0x30),
             (tagged(0x86, b"http://user@www.example.com:80/?x#y"),)),
            ("ip", (tagged(0x87, bytes.fromhex("c0000200ffffff00")),), (tagged(0x87, bytes(32)),),
             tagged(0x30), (tagged(0x87, bytes.fromhex("c0000201")),)),
            ("directory", (tagged(0xa4, acme),),
             (tagged(0xa4, directory(attribute(b"Evil  Corp", "55040a"))),), acme, (tagged(0xa4, acme),)),
            ("other", (tagged(0x88, b"\x2a\x03"),), (utf8_mailbox, tagged(0x82, b"x") + tagged(0x80, b"\1")),
             acme, (tagged(0x88, b"\x2a\x04"), utf8_mailbox))):
        constraints = tagged(0x30, subtrees(0xa0, *permitted), subtrees(0xa1, *excluded))
        write("name_constraints", name,
              len(constraints).to_bytes(2, "big") + len(subject).to_bytes(2, "big") +
              constraints + subject + tagged(0x30, *names))


from_fixtures()
make_names()
make_certificates()
make_name_constraints()
