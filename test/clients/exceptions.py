"""Every exception of the API's model that can be raised, as boto3 raises it, a row each.

    exceptions.py                   the exceptions that calls provoke
    exceptions.py locked ARN        another session has locked the authority for too long
    exceptions.py dormant ARN       the authorities of the database are dormant
"""

import json
import sys

from botocore import UNSIGNED
from botocore.exceptions import ClientError

from aws import certificates, check, client, create, create_root, end, equal, issue, new_csr, serial, validity

# Exceptions of the model that no call of its own raises, with the reason.
ELSEWHERE = {
    "ConcurrentModificationException": "exceptions.py locked",
    "RequestFailedException": "exceptions.py dormant",
    "LimitExceededException": "pca has no limit of authorities, certificates, revocations or permissions",
}


class World:
    """What the rows are about."""

    def __init__(self):
        self.pca = client()
        self.root = create_root(self.pca, "Root")
        self.other = create_root(self.pca, "Other")
        self.pending = create(self.pca, "ROOT", "Pending")[0]
        self.own = self.pca.get_certificate_authority_certificate(CertificateAuthorityArn=self.root)[
            "Certificate"
        ]
        self.others = self.pca.get_certificate_authority_certificate(CertificateAuthorityArn=self.other)[
            "Certificate"
        ]
        self.revoked = serial(issue(self.pca, self.root, new_csr("revoked"))[0])
        names = {"CertificateAuthorityArn": self.root}
        self.pca.revoke_certificate(CertificateSerial=self.revoked, RevocationReason="SUPERSEDED", **names)
        self.pca.create_permission(Principal="acm.amazonaws.com", Actions=["IssueCertificate"], **names)
        self.pca.tag_certificate_authority(Tags=[{"Key": "tag %d" % number} for number in range(50)], **names)
        self.pca.create_certificate_authority_audit_report(
            S3BucketName="reports", AuditReportResponseFormat="CSV", **names
        )


def issue_by(authority, csr=None, algorithm="SHA256WITHECDSA", period=("DAYS", 30)):
    return "issue_certificate", {
        "CertificateAuthorityArn": authority,
        "Csr": csr or new_csr("x"),
        "SigningAlgorithm": algorithm,
        "Validity": validity(*period),
    }


def of(authority, call, **arguments):
    return call, dict(arguments, CertificateAuthorityArn=authority)


def own_serial(world):
    return "%032x" % certificates(world.own)[0].serial_number


def lockout(world):
    statement = {"Effect": "Deny", "Principal": "*", "Action": "acm-pca:*", "Resource": world.root}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# The exception, what provokes it, and the call.
ROWS = [
    (
        "CertificateMismatchException",
        "the import of another authority's certificate",
        lambda w: of(w.root, "import_certificate_authority_certificate", Certificate=w.others.encode()),
    ),
    (
        "InvalidArgsException",
        "an algorithm of another key",
        lambda w: issue_by(w.root, algorithm="SHA256WITHRSA"),
    ),
    (
        "InvalidArnException",
        "the ARN of another service",
        lambda w: of("arn:aws:s3:::bucket", "describe_certificate_authority"),
    ),
    (
        "InvalidNextTokenException",
        "a token that no list has returned",
        lambda w: ("list_certificate_authorities", {"NextToken": "x"}),
    ),
    (
        "InvalidPolicyException",
        "a policy that is no JSON",
        lambda w: ("put_policy", {"ResourceArn": w.root, "Policy": "x"}),
    ),
    (
        "InvalidRequestException",
        "the revocation of a root's own certificate",
        lambda w: of(
            w.root, "revoke_certificate", CertificateSerial=own_serial(w), RevocationReason="SUPERSEDED"
        ),
    ),
    ("InvalidStateException", "an issuance before the import", lambda w: issue_by(w.pending)),
    (
        "InvalidTagException",
        "a tag of AWS",
        lambda w: of(w.other, "tag_certificate_authority", Tags=[{"Key": "aws:x"}]),
    ),
    (
        "LockoutPreventedException",
        "a policy that denies everything to everyone",
        lambda w: ("put_policy", {"ResourceArn": w.root, "Policy": lockout(w)}),
    ),
    ("MalformedCSRException", "a CSR that is none", lambda w: issue_by(w.root, csr=b"x")),
    (
        "MalformedCertificateException",
        "the import of what is no certificate",
        lambda w: of(w.root, "import_certificate_authority_certificate", Certificate=b"x"),
    ),
    (
        "PermissionAlreadyExistsException",
        "the same permission twice",
        lambda w: of(
            w.root, "create_permission", Principal="acm.amazonaws.com", Actions=["IssueCertificate"]
        ),
    ),
    (
        "RequestAlreadyProcessedException",
        "a revocation twice",
        lambda w: of(
            w.root, "revoke_certificate", CertificateSerial=w.revoked, RevocationReason="SUPERSEDED"
        ),
    ),
    (
        "RequestInProgressException",
        "an audit report soon after another one",
        lambda w: of(
            w.root,
            "create_certificate_authority_audit_report",
            S3BucketName="reports",
            AuditReportResponseFormat="CSV",
        ),
    ),
    (
        "ResourceNotFoundException",
        "an authority that does not exist",
        lambda w: of(w.root[:-12] + 12 * "0", "describe_certificate_authority"),
    ),
    (
        "TooManyTagsException",
        "the 51st tag",
        lambda w: of(w.root, "tag_certificate_authority", Tags=[{"Key": "one too many"}]),
    ),
    # Of AWS, and in no model:
    ("AccessDeniedException", "another account's authority", None),
    (
        "ValidationException",
        "a validity of more than the authority's",
        lambda w: issue_by(w.root, period=("YEARS", 20)),
    ),
]


def raised(pca, call, arguments):
    """What a call raises, or None."""
    try:
        getattr(pca, call)(**arguments)
    except ClientError as error:
        return error
    return None


def judge(pca, expected, reason, call, arguments):
    """Reports whether a call raises an exception: one of the operation's, if it is in the model, after one attempt."""
    error = raised(pca, call, arguments)
    if error is None:
        check(False, "%s: %s" % (expected, reason), "nothing was raised")
        return
    known = getattr(pca.exceptions, expected, ClientError) if expected in names_of(pca) else ClientError
    attempts = error.response["ResponseMetadata"]["RetryAttempts"]
    check(
        type(error) is known
        and error.response["Error"]["Code"] == expected
        and attempts == 0
        and error.response["Error"]["Message"]
        and error.response["ResponseMetadata"]["HTTPStatusCode"] == 400,
        "%s: %s" % (expected, reason),
        repr(error),
    )


def names_of(pca):
    """The exceptions of the model."""
    model = pca.meta.service_model
    return {
        shape.name for shape in map(model.shape_for, model.shape_names) if shape.metadata.get("exception")
    }


def wrong_clients():
    """Clients that the service refuses, and AWS's name for why."""
    key = "AKIA" + 16 * "A"
    pca = client()
    pca.meta.events.register("before-sign.acm-pca", change)
    return [
        (
            "MissingAuthenticationTokenException",
            "a request without a signature",
            client(signature_version=UNSIGNED),
            {},
        ),
        ("UnrecognizedClientException", "an unknown access key", client(key=(key, "x")), {}),
        (
            "InvalidSignatureException",
            "another secret",
            client(key=(pca._request_signer._credentials.access_key, "x")),
            {},
        ),
        ("SerializationException", "a body that is no JSON", pca, {"data": b"{"}),
        ("UnknownOperationException", "an operation of another API", pca, {"target": "ACMPrivateCA.Nothing"}),
    ]


changes = {}


def change(request, **_):
    """Changes a request before it is signed."""
    if "data" in changes:
        request.data = changes["data"]
    if "target" in changes:
        request.headers.replace_header("X-Amz-Target", changes["target"])


def main():
    world = World()
    for expected, reason, call in ROWS:
        if call is None:
            judge(client(tenant=True), expected, reason, *of(world.root, "describe_certificate_authority"))
        else:
            judge(world.pca, expected, reason, *call(world))
    for expected, reason, pca, changed in wrong_clients():
        changes.clear()
        changes.update(changed)
        judge(pca, expected, reason, "list_certificate_authorities", {})
    equal(
        sorted(names_of(world.pca) - {row[0] for row in ROWS}),
        sorted(ELSEWHERE),
        "every exception has a row, or a reason",
    )
    end()


def locked(arn):
    judge(
        client(),
        "ConcurrentModificationException",
        "another session holds the authority's lock",
        *of(arn, "update_certificate_authority", Status="DISABLED")
    )
    end()


def dormant(arn):
    judge(client(), "RequestFailedException", "the authorities are dormant", *issue_by(arn))
    end()


if __name__ == "__main__":
    {"locked": locked, "dormant": dormant}.get((sys.argv + [""])[1], lambda *_: main())(*sys.argv[2:])
