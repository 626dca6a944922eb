"""A whole life of authorities and certificates with boto3, by every operation of the API."""

import datetime
import json
import sys

from aws import (
    called,
    certificates,
    check,
    client,
    common_name,
    create,
    create_root,
    create_subordinate,
    end,
    equal,
    is_signed_by,
    issue,
    new_csr,
    policy,
    refusal,
    serial,
)

CRL = {"CrlConfiguration": {"Enabled": True, "ExpirationInDays": 7, "S3BucketName": "crls"}}


def identities():
    """Both accounts, by STS."""
    mine = client("sts").get_caller_identity()
    theirs = client("sts", tenant=True).get_caller_identity()
    equal(
        sorted(set(mine) - {"ResponseMetadata"}),
        ["Account", "Arn", "UserId"],
        "STS: the members of an identity",
    )
    equal(mine["Arn"], "arn:aws:iam::%s:role/administrator" % mine["Account"], "STS: the ARN of the role")
    check(mine["Account"] != theirs["Account"], "STS: two accounts", theirs)
    return mine["Account"], theirs["Account"]


def creation(pca):
    """A root and an authority below it."""
    token = {"IdempotencyToken": "root"}
    root = create_root(
        pca,
        "Root",
        Tags=[{"Key": "stage", "Value": "test"}, {"Key": "no value"}],
        RevocationConfiguration=CRL,
        **token
    )
    below = create_subordinate(pca, root, "Below")
    described = pca.describe_certificate_authority(CertificateAuthorityArn=root)["CertificateAuthority"]
    equal((described["Type"], described["Status"]), ("ROOT", "ACTIVE"), "the root is ACTIVE")
    equal(
        [type(described[name]) for name in ("CreatedAt", "LastStateChangeAt", "NotBefore", "NotAfter")],
        [datetime.datetime] * 4,
        "timestamps are datetimes",
    )
    check(
        described["NotAfter"] - described["NotBefore"] > datetime.timedelta(days=3600), "ten years", described
    )
    equal(
        described["RevocationConfiguration"]["CrlConfiguration"]["S3BucketName"],
        "crls",
        "its revocation configuration",
    )
    equal(
        create(
            pca,
            "ROOT",
            "Root",
            Tags=[{"Key": "stage", "Value": "test"}, {"Key": "no value"}],
            RevocationConfiguration=CRL,
            **token
        )[0],
        root,
        "the same token: the same authority",
    )
    got = pca.get_certificate_authority_certificate(CertificateAuthorityArn=below)
    chain = certificates(got["Certificate"]) + certificates(got["CertificateChain"])
    equal([common_name(one.subject) for one in chain], ["Below", "Root"], "the chain of the authority below")
    check(is_signed_by(chain[0], chain[1]), "signed by the root")
    return root, below


def issuance(pca, below):
    """A certificate with names from the call, and its revocation."""
    arn, leaf, chain = issue(
        pca,
        below,
        new_csr("csr.example.com"),
        "EndEntityCertificate_APIPassthrough",
        ApiPassthrough={
            "Subject": {"CommonName": "www.example.com"},
            "Extensions": {"SubjectAlternativeNames": [{"DnsName": "www.example.com"}]},
        },
    )
    leaf, *above = certificates(leaf) + certificates(chain)
    equal(common_name(leaf.subject), "www.example.com", "the subject is the call's")
    equal([common_name(one.subject) for one in above], ["Below", "Root"], "the chain of a certificate")
    check(is_signed_by(leaf, above[0]), "signed by the authority")
    equal("%032x" % leaf.serial_number, serial(arn), "the serial number is in the ARN")
    token = {"IdempotencyToken": "leaf"}
    csr = new_csr("twice.example.com")
    equal(
        issue(pca, below, csr, **token),
        issue(pca, below, csr, **token),
        "the same token: the same certificate",
    )
    colons = ":".join(serial(arn)[at : at + 2] for at in range(0, 32, 2))
    pca.revoke_certificate(
        CertificateAuthorityArn=below, CertificateSerial=colons, RevocationReason="SUPERSEDED"
    )
    equal(
        refusal(
            pca.revoke_certificate,
            CertificateAuthorityArn=below,
            CertificateSerial=serial(arn),
            RevocationReason="SUPERSEDED",
        )[0],
        "RequestAlreadyProcessedException",
        "it is revoked",
    )


def audit_reports(pca, below):
    """An audit report, in both formats."""
    report = pca.create_certificate_authority_audit_report(
        CertificateAuthorityArn=below, S3BucketName="reports", AuditReportResponseFormat="JSON"
    )
    names = {"CertificateAuthorityArn": below, "AuditReportId": report["AuditReportId"]}
    pca.get_waiter("audit_report_created").wait(**names)
    described = pca.describe_certificate_authority_audit_report(**names)
    equal(
        (
            described["AuditReportStatus"],
            described["S3BucketName"],
            described["S3Key"],
            type(described["CreatedAt"]),
        ),
        ("SUCCESS", "reports", report["S3Key"], datetime.datetime),
        "an audit report",
    )


def permissions(pca, below):
    """Permissions, a page each."""
    for account in "111122223333", "222233334444":
        pca.create_permission(
            CertificateAuthorityArn=below,
            Principal="acm.amazonaws.com",
            SourceAccount=account,
            Actions=["IssueCertificate", "GetCertificate", "ListPermissions"],
        )
    pages = list(
        pca.get_paginator("list_permissions").paginate(
            CertificateAuthorityArn=below, PaginationConfig={"PageSize": 1}
        )
    )
    found = [one for page in pages for one in page["Permissions"]]
    equal([len(page["Permissions"]) for page in pages][:2], [1, 1], "permissions come in pages")
    equal(sorted(one["SourceAccount"] for one in found), ["111122223333", "222233334444"], "the permissions")
    equal([type(one["CreatedAt"]) for one in found], [datetime.datetime] * 2, "when they were created")
    for account in "111122223333", "222233334444":
        pca.delete_permission(
            CertificateAuthorityArn=below, Principal="acm.amazonaws.com", SourceAccount=account
        )
    equal(pca.list_permissions(CertificateAuthorityArn=below)["Permissions"], [], "no permission is left")


def tags(pca, below):
    """Tags, three a page."""
    wanted = {"key %d" % number: "value %d" % number for number in range(7)}
    pca.tag_certificate_authority(
        CertificateAuthorityArn=below, Tags=[{"Key": key, "Value": value} for key, value in wanted.items()]
    )
    pages = list(
        pca.get_paginator("list_tags").paginate(
            CertificateAuthorityArn=below, PaginationConfig={"PageSize": 3}
        )
    )
    equal({tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}, wanted, "the tags")
    check(len(pages) >= 3, "tags come in pages", len(pages))
    pca.untag_certificate_authority(
        CertificateAuthorityArn=below, Tags=[{"Key": key} for key in list(wanted)[1:]]
    )
    equal(
        pca.list_tags(CertificateAuthorityArn=below)["Tags"],
        [{"Key": "key 0", "Value": "value 0"}],
        "one tag is left",
    )


def two_accounts(pca, below, account):
    """A policy lets another account issue, by one template, and nothing else."""
    tenant = client(tenant=True)
    names = {"CertificateAuthorityArn": below}
    equal(
        refusal(tenant.describe_certificate_authority, **names)[0],
        "AccessDeniedException",
        "without a policy: nothing",
    )
    pca.put_policy(ResourceArn=below, Policy=policy(below, account))
    equal(
        json.loads(pca.get_policy(ResourceArn=below)["Policy"]),
        json.loads(policy(below, account)),
        "the policy",
    )
    equal(
        tenant.describe_certificate_authority(**names)["CertificateAuthority"]["Arn"],
        below,
        "with it: describe",
    )
    shared = tenant.list_certificate_authorities(ResourceOwner="OTHER_ACCOUNTS")["CertificateAuthorities"]
    equal([one["Arn"] for one in shared], [below], "it is in the other account's list")
    _, leaf, _ = issue(tenant, below, new_csr("tenant.example.com"), "EndEntityCertificate")
    equal(common_name(certificates(leaf)[0].subject), "tenant.example.com", "and issues")
    equal(
        refusal(issue, pca=tenant, authority=below, csr=new_csr("x"), template="CodeSigningCertificate")[0],
        "AccessDeniedException",
        "but by no other template",
    )
    equal(
        refusal(tenant.update_certificate_authority, Status="DISABLED", **names)[0],
        "AccessDeniedException",
        "and changes nothing",
    )
    pca.delete_policy(ResourceArn=below)
    equal(
        refusal(tenant.describe_certificate_authority, **names)[0],
        "AccessDeniedException",
        "the policy is gone",
    )


def list_of_authorities(pca, root, below):
    """The list of authorities, one a page."""
    pages = list(pca.get_paginator("list_certificate_authorities").paginate(PaginationConfig={"PageSize": 1}))
    check(
        len(pages) >= 2 and all(len(page["CertificateAuthorities"]) <= 1 for page in pages),
        "authorities come in pages",
        len(pages),
    )
    found = {one["Arn"] for page in pages for one in page["CertificateAuthorities"]}
    check({root, below} <= found, "the list of authorities", found)


def changes_of_state(pca, below):
    """From ACTIVE to DELETED and back."""
    names = {"CertificateAuthorityArn": below}

    def described():
        return pca.describe_certificate_authority(**names)["CertificateAuthority"]

    pca.update_certificate_authority(
        RevocationConfiguration=dict(CRL, OcspConfiguration={"Enabled": True}), **names
    )
    equal(described()["RevocationConfiguration"]["OcspConfiguration"]["Enabled"], True, "OCSP is configured")
    for status in "DISABLED", "ACTIVE", "DISABLED":
        pca.update_certificate_authority(Status=status, **names)
        equal(described()["Status"], status, "now " + status)
    pca.delete_certificate_authority(PermanentDeletionTimeInDays=7, **names)
    deleted = described()
    equal(
        (deleted["Status"], type(deleted["RestorableUntil"])), ("DELETED", datetime.datetime), "now DELETED"
    )
    pca.restore_certificate_authority(**names)
    equal(described()["Status"], "DISABLED", "restored")


def main():
    pca = client()
    _, tenant = identities()
    root, below = creation(pca)
    issuance(pca, below)
    audit_reports(pca, below)
    permissions(pca, below)
    tags(pca, below)
    two_accounts(pca, below, tenant)
    list_of_authorities(pca, root, below)
    changes_of_state(pca, below)
    equal(
        sorted(called),
        sorted(pca.meta.service_model.operation_names),
        "every operation of the model was called",
    )
    equal(
        sorted(pca.waiter_names),
        ["audit_report_created", "certificate_authority_csr_created", "certificate_issued"],
        "every waiter was used",
    )
    end()


if __name__ == "__main__":
    sys.exit(main())
