"""Makes the certificates that relying parties judge, through pca's SQL functions.

Each hierarchy has what a client and a server of it have: trust anchors, the
certificates between these and the leaf, leaves of every status, and CRLs. It
has nothing else: no program is told which key signs OCSP responses.
"""

import base64
import dataclasses
import itertools
import json
import os
import subprocess
import time
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from programs import read, write

KEYS = {"EC": ("EC_prime256v1", "SHA256WITHECDSA"), "RSA": ("RSA_2048", "SHA256WITHRSA")}
# A forged certificate is good, but the responder that it names forges.
OCSP_STATUSES = ("good", "revoked", "unknown", "forged")
CRL_STATUSES = ("good", "revoked")
# For programs that keep one CRL of a CA: with partitions, there is one more revoked
# certificate, in the partition whose CRL is written last.
PARTITIONED_STATUSES = ("revoked", "good", "revoked-later")
_numbers = itertools.count()


class Database:
    """A session of psql as the superuser."""

    def __init__(self):
        self.psql = subprocess.Popen(
            ["psql", "-XqAt", "-v", "VERBOSITY=verbose"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.execute("SET client_min_messages = error")

    def execute(self, sql):
        self.psql.stdin.write(f"{sql};\n\\echo end-of-answer :SQLSTATE\n")
        self.psql.stdin.flush()
        lines = []
        for line in self.psql.stdout:
            if line.startswith("end-of-answer "):
                if line.split()[1] == "00000":
                    return "".join(lines).strip()
                break
            lines.append(line)
        raise RuntimeError(f"{sql}: {''.join(lines)}")

    def call(self, function, **arguments):
        given = ", ".join(f"{name} => {literal(value)}"
                          for name, value in arguments.items() if value is not None)
        return self.execute(f"SELECT {function}({given})")


def literal(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return "'" + text.replace("'", "''") + "'"


def template(name):
    return f"arn:aws:acm-pca:::template/{name}/V1"


class Authority:
    """A CA of the database, and its newest certificate."""

    def __init__(self, database, name, parent=None, key="EC", subject=None, constraints=None, path_length=0):
        self.database, self.parent = database, parent
        self.constraints, self.path_length = constraints, path_length
        self.type = "SUBORDINATE" if parent else "ROOT"
        self.key, self.signing = KEYS[key]
        self.arn = database.call(
            "pca_create_certificate_authority",
            certificate_authority_type=self.type,
            certificate_authority_configuration={
                "KeyAlgorithm": self.key,
                "SigningAlgorithm": self.signing,
                "Subject": subject or {"Organization": "Example", "CommonName": name},
            },
        )
        self.renew()
        self.configure()

    def configure(self, crl=True, ocsp=True, kind="COMPLETE"):
        """Sets which URLs certificates name from now on. CRLs are always written."""
        self.database.call(
            "pca_update_certificate_authority",
            certificate_authority_arn=self.arn,
            revocation_configuration={
                "CrlConfiguration": {
                    "Enabled": True,
                    "ExpirationInDays": 7,
                    "S3BucketName": "crls",
                    "CrlType": kind,
                    "CrlDistributionPointExtensionConfiguration": {"OmitExtension": not crl},
                },
                "OcspConfiguration": {"Enabled": ocsp},
            },
        )

    def renew(self, common_name=None):
        """Has the CA's own key certified (again), by itself or by its parent."""
        passed = {}
        if common_name:
            passed["Subject"] = {"Organization": "Example", "CommonName": common_name}
        if self.constraints:
            passed["Extensions"] = {"CustomExtensions": [
                {"ObjectIdentifier": "2.5.29.30", "Critical": True,
                 "Value": base64.b64encode(self.constraints.public_bytes()).decode()}]}
        name = f"SubordinateCACertificate_PathLen{self.path_length}" if self.parent else "RootCACertificate"
        self.certificate, chain = (self.parent or self).issue(
            self.database.call("pca_get_certificate_authority_csr", certificate_authority_arn=self.arn),
            name + ("_APIPassthrough" if passed else ""), 1000 + self.path_length if self.parent else 3000,
            passed or None)
        self.database.call(
            "pca_import_certificate_authority_certificate",
            certificate_authority_arn=self.arn,
            certificate=self.certificate,
            certificate_chain=chain if self.parent else None,
        )
        return self.certificate

    def issue(self, csr, name="EndEntityCertificate", days=90, passed=None):
        arn = self.database.call(
            "pca_issue_certificate",
            certificate_authority_arn=self.arn,
            csr=csr,
            signing_algorithm=self.signing,
            validity={"Type": "DAYS", "Value": days},
            template_arn=template(name),
            api_passthrough=passed,
        )
        return json.loads(self.database.execute(
            f"SELECT json_build_array(certificate || E'\\n', certificate_chain || E'\\n')"
            f" FROM pca_get_certificate('{self.arn}', '{arn}')"))

    def revoke(self, certificate):
        self.database.call(
            "pca_revoke_certificate",
            certificate_authority_arn=self.arn,
            certificate_serial=f"{parse(certificate).serial_number:032x}",
            revocation_reason="KEY_COMPROMISE",
        )

    def forget(self, certificate):
        """Makes a certificate unknown, as a restore to an earlier time does."""
        self.database.execute(
            f"BEGIN; SET LOCAL session_replication_role = replica;"
            f" DELETE FROM pca.certificate WHERE serial = '{parse(certificate).serial_number:032x}'; COMMIT")


def parse(pem):
    return x509.load_pem_x509_certificate(pem.encode())


@dataclasses.dataclass
class Leaf:
    method: str
    status: str
    path: str  # the certificate, PEM
    chain_path: str  # it and the CAs between it and the trust anchor
    full_path: str  # it and everything above it, including the trust anchor

    def staple(self, hierarchy):
        """Asks the responder that the leaf names. Returns a file with the response."""
        path = f"{self.path}.response{next(_numbers)}"
        leaf, issuer = parse(read(self.path)), parse(read(hierarchy.issuer_path))
        request = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build()
        response = urllib.request.urlopen(urllib.request.Request(
            self.url(), request.public_bytes(serialization.Encoding.DER),
            {"Content-Type": "application/ocsp-request"}))
        with open(path, "wb") as file:
            file.write(response.read())
        return path

    def url(self):
        extensions = parse(read(self.path)).extensions
        access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        return next(a.access_location.value for a in access
                    if a.access_method == AuthorityInformationAccessOID.OCSP)


@dataclasses.dataclass
class Hierarchy:
    name: str
    directory: str
    key_path: str  # of all leaves
    root_path: str  # the trust anchor
    untrusted: list  # paths: the certificates between leaf and trust anchor
    issuer_path: str  # the leaf's issuer, as a client knows it
    leaves: list
    crl_paths: list  # PEM, one CRL each
    crls_path: str  # all of them

    def of(self, method):
        return [leaf for leaf in self.leaves if leaf.method == method]


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout


class Maker:
    """Makes hierarchies: first everything is issued, then CRLs are written and fetched."""

    def __init__(self, directory, status_url, forger_url):
        self.directory = directory
        self.later = []  # to be revoked after the first CRLs have been written
        self.database = Database()
        self.database.execute(f"SET pca.crl_base_url = '{status_url}'")
        self.ocsp_url, self.forger_url = f"{status_url}/ocsp", f"{forger_url}/ocsp"
        self.answer_at(self.ocsp_url)
        self.pending = []
        # One key for all leaves.
        self.key_path = f"{directory}/leaf.key"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.key_path)

    def answer_at(self, url):
        self.database.execute(f"SET pca.ocsp_url = '{url}'")

    def request(self, subject):
        return openssl("req", "-new", "-key", self.key_path, "-subj", subject, "-addext",
                       "subjectAltName=DNS:localhost")

    def leaves(self, authority, subject="/O=Example/CN=localhost"):
        """Returns a leaf of each method and status: a dictionary with PEM."""
        csr = self.request(subject)
        made = {}
        authority.configure(crl=False)
        for status in OCSP_STATUSES:
            self.answer_at(self.forger_url if status == "forged" else self.ocsp_url)
            made["ocsp", status] = authority.issue(csr)[0]
        self.answer_at(self.ocsp_url)
        authority.configure(ocsp=False)
        for status in CRL_STATUSES:
            made["crl", status] = authority.issue(csr)[0]
        authority.configure()
        authority.revoke(made["ocsp", "revoked"])
        authority.revoke(made["crl", "revoked"])
        authority.forget(made["ocsp", "unknown"])
        return made

    def partitioned_leaves(self, authority):
        """Leaves in two partitions, the first one with one leaf."""
        csr = self.request("/O=Example/CN=localhost")
        made = {}
        authority.configure(ocsp=False, kind="PARTITIONED")
        for status in PARTITIONED_STATUSES:
            made["crl", status] = authority.issue(csr)[0]
            if status == "revoked":
                self.database.execute("UPDATE pca.crl_partition SET certificates = 16000")
        authority.configure()
        authority.revoke(made["crl", "revoked"])
        self.later.append((authority, made["crl", "revoked-later"]))
        return made

    def add(self, name, root, leaves, *untrusted):
        self.pending.append((name, root, leaves, untrusted))

    def finish(self):
        """Has CRLs and responders' certificates made, then writes the files."""
        self.database.execute("SELECT pca_run_maintenance()")
        if self.later:
            for authority, certificate in self.later:
                authority.revoke(certificate)
            # The CRLs that are written now must be newer, and their times are in whole seconds.
            time.sleep(1.1)
            self.database.execute("SELECT pca_run_maintenance()")
        if failures := self.database.execute("SELECT * FROM pca.maintenance_failures"):
            raise RuntimeError(failures)
        return [self.finish_one(*pending) for pending in self.pending]

    def finish_one(self, name, root, leaves, untrusted):
        directory = f"{self.directory}/{name}"
        os.makedirs(directory)
        root_path = write(f"{directory}/root.pem", root)
        untrusted_paths = [write(f"{directory}/ca{n}.pem", pem) for n, pem in enumerate(untrusted)]
        made = [
            Leaf(method, status,
                 write(f"{directory}/{method}-{status}.pem", pem),
                 write(f"{directory}/{method}-{status}.chain.pem", pem + "".join(untrusted)),
                 write(f"{directory}/{method}-{status}.full.pem", pem + "".join(untrusted) + root))
            for (method, status), pem in leaves.items()]
        crls = [write(f"{directory}/crl{n}.pem", crl)
                for n, crl in enumerate(fetch_crls([*leaves.values(), *untrusted]))]
        return Hierarchy(name, directory, self.key_path, root_path, untrusted_paths,
                         (untrusted_paths or [root_path])[0], made, crls,
                         write(f"{directory}/crls.pem", "".join(map(read, crls))))


def fetch_crls(certificates):
    """Returns the CRLs that certificates name, PEM, each once."""
    urls = {}
    for pem in certificates:
        try:
            points = parse(pem).extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        except x509.ExtensionNotFound:
            continue
        urls[points[0].full_name[0].value] = None
    for url in urls:
        crl = x509.load_der_x509_crl(urllib.request.urlopen(url).read())
        yield crl.public_bytes(serialization.Encoding.PEM).decode()


def constraints(*permitted):
    return x509.NameConstraints(permitted, None)


def make(directory, status_url, forger_url, wanted):
    """Makes the hierarchies with these names; all, if none are given."""
    maker = Maker(directory, status_url, forger_url)
    for names, function, arguments in MADE:
        if not wanted or set(names) & set(wanted):
            function(maker, *names, *arguments)
    return [hierarchy for hierarchy in maker.finish() if not wanted or hierarchy.name in wanted]


def plain_root(maker, name, key):
    root = Authority(maker.database, name, key=key)
    maker.add(name, root.certificate, maker.leaves(root))


def plain_below(maker, name, key):
    root = Authority(maker.database, f"{name}'s root", key=key)
    below = Authority(maker.database, name, root, key)
    maker.add(name, root.certificate, maker.leaves(below), below.certificate)


def far_below(maker, name):
    root = Authority(maker.database, f"{name}'s root")
    middle = Authority(maker.database, f"{name}'s middle", root, path_length=1)
    below = Authority(maker.database, name, middle)
    maker.add(name, root.certificate, maker.leaves(below), below.certificate, middle.certificate)


def partitioned(maker, name):
    root = Authority(maker.database, f"{name}'s root")
    below = Authority(maker.database, name, root)
    maker.add(name, root.certificate, {**maker.leaves(below), **maker.partitioned_leaves(below)},
              below.certificate)


def renewed_root(maker, old_name, new_name, common_name):
    """A renewed root: old leaves for clients that trust the old one, new leaves for those of the new one."""
    root = Authority(maker.database, old_name)
    maker.add(old_name, root.certificate, maker.leaves(root))
    root.renew(common_name)
    maker.add(new_name, root.certificate, maker.leaves(root))


def crossed_root(maker, old_name, new_name):
    """Same key and name: new leaves for clients that trust the old root, old ones for those of the new."""
    root = Authority(maker.database, old_name)
    old, old_leaves = root.certificate, maker.leaves(root)
    root.renew()
    maker.add(old_name, old, maker.leaves(root))
    maker.add(new_name, root.certificate, old_leaves)


def renewed_below(maker, old_name, new_name, common_name):
    root = Authority(maker.database, f"{old_name}'s root")
    below = Authority(maker.database, old_name, root)
    maker.add(old_name, root.certificate, maker.leaves(below), below.certificate)
    below.renew(common_name)
    maker.add(new_name, root.certificate, maker.leaves(below), below.certificate)


def constrained(maker, name, constraint, subject):
    root = Authority(maker.database, f"{name}'s root")
    below = Authority(maker.database, name, root, constraints=constraint,
                      subject={"Organization": "Constrained", "CommonName": name})
    maker.add(name, root.certificate, maker.leaves(below, subject), below.certificate)


# The hierarchies, the functions that make them, and their arguments.
MADE = [
    (["root"], plain_root, ["EC"]),
    (["below"], plain_below, ["EC"]),
    (["far-below"], far_below, []),
    (["root-rsa"], plain_root, ["RSA"]),
    (["below-rsa"], plain_below, ["RSA"]),
    (["renewed-root-old", "renewed-root-new"], crossed_root, []),
    (["renewed-below-old", "renewed-below-new"], renewed_below, [None]),
    (["renamed-root-old", "renamed-root-new"], renewed_root, ["Another Root"]),
    (["renamed-below-old", "renamed-below-new"], renewed_below, ["Another Subordinate"]),
    (["constrained-dns"], constrained, [constraints(x509.DNSName("localhost")), "/O=Example/CN=localhost"]),
    (["constrained-directory"], constrained, [
        constraints(x509.DirectoryName(x509.Name([
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Constrained")]))),
        "/O=Constrained/CN=localhost"]),
    (["partitioned"], partitioned, []),
]
