"""What programs that use the service call, one after the other, as in their sources:
the aws provider of Terraform, aws-privateca-issuer of cert-manager, and the plugin
aws_pca of SPIRE."""

import hashlib
import json
import time

from cryptography import x509

from aws import (
    TEMPLATE,
    certificates,
    check,
    client,
    common_name,
    configuration,
    create_root,
    create_subordinate,
    end,
    equal,
    new_csr,
    policy,
    refusal,
    serial,
    validity,
)

UPDATED = "The certificate authority must be in the ACTIVE or DISABLED state to be updated"
DELETED = "The certificate authority is in the DELETED state"
SELF_SIGNED = "Self-signed certificate can not be revoked"


class Terraform:
    """Resources of the aws provider, each with what it calls to create, read, update and delete it.

    internal/service/acmpca of hashicorp/terraform-provider-aws.
    """

    def __init__(self):
        # The provider asks once who it is.
        self.account = client("sts").get_caller_identity()["Account"]
        self.pca = client()

    def create_authority(self, kind, name):
        """aws_acmpca_certificate_authority: create, poll until it is not CREATING, read."""
        arn = self.pca.create_certificate_authority(
            CertificateAuthorityConfiguration=configuration(name),
            CertificateAuthorityType=kind,
            IdempotencyToken="terraform-%s0000000001" % name.lower(),
            RevocationConfiguration={
                "CrlConfiguration": {"Enabled": False},
                "OcspConfiguration": {"Enabled": False},
            },
            UsageMode="GENERAL_PURPOSE",
            KeyStorageSecurityStandard="FIPS_140_2_LEVEL_3_OR_HIGHER",
            Tags=[{"Key": "Name", "Value": name}],
        )["CertificateAuthorityArn"]
        status = self.describe(arn)["Status"]
        check(status in ("ACTIVE", "PENDING_CERTIFICATE"), "Terraform: the authority is created", status)
        return arn, self.read_authority(arn)

    def describe(self, arn):
        return self.pca.describe_certificate_authority(CertificateAuthorityArn=arn)["CertificateAuthority"]

    def read_authority(self, arn):
        """Its description, certificate and CSR, which may be missing by InvalidStateException alone, and its tags."""
        state = self.describe(arn)
        for call, member in (
            (self.pca.get_certificate_authority_certificate, "Certificate"),
            (self.pca.get_certificate_authority_csr, "Csr"),
        ):
            try:
                state[member] = call(CertificateAuthorityArn=arn)[member]
            except self.pca.exceptions.InvalidStateException:
                state[member] = ""
        state["Tags"] = self.pca.list_tags(CertificateAuthorityArn=arn)["Tags"]
        return state

    def create_certificate(self, authority, csr, template, period):
        """aws_acmpca_certificate: issue, wait, read."""
        arn = self.pca.issue_certificate(
            CertificateAuthorityArn=authority,
            Csr=csr,
            IdempotencyToken="terraform-" + hashlib.md5(csr).hexdigest()[:26],
            SigningAlgorithm="SHA256WITHECDSA",
            TemplateArn=TEMPLATE % template,
            Validity=period,
        )["CertificateArn"]
        names = {"CertificateAuthorityArn": authority, "CertificateArn": arn}
        self.pca.get_waiter("certificate_issued").wait(**names)
        return arn, self.pca.get_certificate(**names)

    def delete_certificate(self, authority, certificate):
        """Revokes it, by its serial number without leading zeros. The error that the provider takes for success."""
        number = "%x" % certificates(certificate)[0].serial_number
        return refusal(
            self.pca.revoke_certificate,
            CertificateAuthorityArn=authority,
            CertificateSerial=number,
            RevocationReason="UNSPECIFIED",
        )

    def permission(self, authority):
        """aws_acmpca_permission: create, find among all."""
        self.pca.create_permission(
            CertificateAuthorityArn=authority,
            Principal="acm.amazonaws.com",
            Actions=["IssueCertificate", "GetCertificate", "ListPermissions"],
        )
        found = [
            one
            for page in self.pca.get_paginator("list_permissions").paginate(CertificateAuthorityArn=authority)
            for one in page["Permissions"]
            if one["Principal"] == "acm.amazonaws.com"
        ]
        equal(
            [sorted(one["Actions"]) for one in found],
            [["GetCertificate", "IssueCertificate", "ListPermissions"]],
            "Terraform: a permission",
        )
        self.pca.delete_permission(CertificateAuthorityArn=authority, Principal="acm.amazonaws.com")

    def policy(self, authority):
        """aws_acmpca_policy: put, get, put again, delete; then it is not found."""
        text = policy(authority, "490000000001")
        for _ in range(2):
            self.pca.put_policy(ResourceArn=authority, Policy=text)
            equal(
                json.loads(self.pca.get_policy(ResourceArn=authority)["Policy"]),
                json.loads(text),
                "Terraform: a policy",
            )
        self.pca.delete_policy(ResourceArn=authority)
        equal(
            refusal(self.pca.get_policy, ResourceArn=authority)[0],
            "ResourceNotFoundException",
            "Terraform: no policy",
        )

    def change_authority(self, arn):
        """Updates of enabled, revocation_configuration and tags."""
        for enabled, status in ((False, "DISABLED"), (True, "ACTIVE")):
            self.pca.update_certificate_authority(CertificateAuthorityArn=arn, Status=status)
            equal(
                self.read_authority(arn)["Status"], status, "Terraform: enabled = %s" % str(enabled).lower()
            )
        self.pca.update_certificate_authority(
            CertificateAuthorityArn=arn,
            RevocationConfiguration={
                "CrlConfiguration": {
                    "Enabled": True,
                    "ExpirationInDays": 7,
                    "S3BucketName": "crls",
                    "S3ObjectAcl": "PUBLIC_READ",
                },
                "OcspConfiguration": {"Enabled": False},
            },
        )
        read = self.read_authority(arn)["RevocationConfiguration"]["CrlConfiguration"]
        equal(
            {name: read.get(name) for name in ("Enabled", "ExpirationInDays", "S3BucketName", "S3ObjectAcl")},
            {"Enabled": True, "ExpirationInDays": 7, "S3BucketName": "crls", "S3ObjectAcl": "PUBLIC_READ"},
            "Terraform: revocation_configuration is read as it was written",
        )
        self.pca.untag_certificate_authority(
            CertificateAuthorityArn=arn, Tags=[{"Key": "Name", "Value": "Root"}]
        )
        self.pca.tag_certificate_authority(
            CertificateAuthorityArn=arn, Tags=[{"Key": "Name", "Value": "other"}]
        )
        equal(self.read_authority(arn)["Tags"], [{"Key": "Name", "Value": "other"}], "Terraform: tags")

    def delete_authority(self, arn, expected):
        """Disables it, which may be refused in a state, and deletes it; then it is as if it did not exist."""
        code, message = refusal(
            self.pca.update_certificate_authority, CertificateAuthorityArn=arn, Status="DISABLED"
        )
        check(
            code == expected[0] and expected[1] in message,
            "Terraform: DISABLED before it is deleted",
            (code, message),
        )
        self.pca.delete_certificate_authority(CertificateAuthorityArn=arn, PermanentDeletionTimeInDays=7)
        equal(self.describe(arn)["Status"], "DELETED", "Terraform: the authority is deleted")
        code, message = refusal(self.pca.list_permissions, CertificateAuthorityArn=arn)
        check(
            code == "InvalidStateException" and DELETED in message, "Terraform: no permissions of it", message
        )

    def run(self):
        root, state = self.create_authority("ROOT", "Root")
        equal(
            (state["Certificate"], state["Csr"][:11], state["UsageMode"]),
            ("", "-----BEGIN ", "GENERAL_PURPOSE"),
            "Terraform: a new authority has a CSR and no certificate",
        )
        again = self.create_authority("ROOT", "Root")[0]
        equal(again, root, "Terraform: a create that is repeated")
        _, own = self.create_certificate(
            root, state["Csr"].encode(), "RootCACertificate", validity("YEARS", 10)
        )
        self.pca.import_certificate_authority_certificate(
            CertificateAuthorityArn=root, Certificate=own["Certificate"].encode()
        )
        equal(
            self.read_authority(root)["Certificate"],
            own["Certificate"],
            "Terraform: the certificate of the authority",
        )
        tomorrow = time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + 86400))
        leaf, got = self.create_certificate(
            root, new_csr("leaf"), "EndEntityCertificate", validity("END_DATE", int(tomorrow))
        )
        # One in sixteen serial numbers begins with 0.
        while certificates(got["Certificate"])[0].serial_number >> 124:
            leaf, got = self.create_certificate(
                root, new_csr("leaf"), "EndEntityCertificate", validity("DAYS", 30)
            )
        check(serial(leaf).startswith("0"), "Terraform: a serial number that begins with 0", leaf)
        equal(
            self.delete_certificate(root, got["Certificate"])[0],
            "none",
            "Terraform: is revoked by its digits alone",
        )
        equal(
            self.delete_certificate(root, got["Certificate"])[0],
            "RequestAlreadyProcessedException",
            "Terraform: once",
        )
        code, message = self.delete_certificate(root, own["Certificate"])
        check(
            code == "InvalidRequestException" and SELF_SIGNED in message,
            "Terraform: not the root's own",
            message,
        )
        self.permission(root)
        self.policy(root)
        self.change_authority(root)
        pending = self.create_authority("SUBORDINATE", "Pending")[0]
        self.delete_authority(pending, ("InvalidStateException", UPDATED))
        self.delete_authority(root, ("none", ""))


def split_chain(chain):
    """The chain and its root, as aws-privateca-issuer and SPIRE take it apart."""
    above = certificates(chain)
    return above[:-1], above[-1]


def issuer(pca, authority, namespace, name, is_ca=False, usages=("server auth",)):
    """aws-privateca-issuer: Sign, and Get in a later round. pkg/aws/pca.go."""
    templates = {
        ("code signing",): "CodeSigningCertificate",
        ("client auth",): "EndEntityClientAuthCertificate",
        ("server auth",): "EndEntityServerAuthCertificate",
        ("client auth", "server auth"): "EndEntityCertificate",
    }
    template = (
        "SubordinateCACertificate_PathLen0"
        if is_ca
        else templates.get(usages, "BlankEndEntityCertificate_APICSRPassthrough")
    )
    algorithm = pca.describe_certificate_authority(CertificateAuthorityArn=authority)["CertificateAuthority"][
        "CertificateAuthorityConfiguration"
    ]["SigningAlgorithm"]
    request = {
        "CertificateAuthorityArn": authority,
        "SigningAlgorithm": algorithm,
        "TemplateArn": TEMPLATE % template,
        "Csr": new_csr(name, name),
        "Validity": validity("ABSOLUTE", int(time.time()) + 86400),
        "IdempotencyToken": hashlib.sha256(("%s/%s" % (namespace, name)).encode()).hexdigest()[:36],
    }
    arn = pca.issue_certificate(**request)["CertificateArn"]
    # A controller that has lost its note of the ARN signs again, with another date.
    request["Validity"] = validity("ABSOLUTE", request["Validity"]["Value"] + 5)
    equal(pca.issue_certificate(**request)["CertificateArn"], arn, "cert-manager: signed again: " + name)
    got = pca.get_certificate(CertificateAuthorityArn=authority, CertificateArn=arn)
    check(
        not got["Certificate"].endswith("\n") and not got["CertificateChain"].endswith("\n\n"),
        "cert-manager: the texts end as its parser wants: " + name,
        repr(got["Certificate"][-4:]),
    )
    chain, root = split_chain(got["CertificateChain"])
    equal(
        (common_name(certificates(got["Certificate"])[0].subject), root.issuer == root.subject),
        (name, True),
        "cert-manager: a certificate and the root: " + name,
    )
    return chain


def spire(pca, authority):
    """SPIRE's UpstreamAuthority aws_pca: Configure, and MintX509CA. pkg/server/plugin/upstreamauthority/awspca."""
    described = pca.describe_certificate_authority(CertificateAuthorityArn=authority)["CertificateAuthority"]
    equal(described["Status"], "ACTIVE", "SPIRE: the authority is ACTIVE")
    names = {"CertificateAuthorityArn": authority}
    arn = pca.issue_certificate(
        SigningAlgorithm=described["CertificateAuthorityConfiguration"]["SigningAlgorithm"],
        Csr=new_csr("SPIRE"),
        TemplateArn=TEMPLATE % "SubordinateCACertificate_PathLen0",
        Validity=validity("ABSOLUTE", int(time.time()) + 86400),
        **names
    )["CertificateArn"]
    pca.get_waiter("certificate_issued").wait(CertificateArn=arn, **names)
    got = pca.get_certificate(CertificateArn=arn, **names)
    chain, root = split_chain(got["CertificateChain"])
    constraints = (
        certificates(got["Certificate"])[0].extensions.get_extension_for_class(x509.BasicConstraints).value
    )
    equal(
        (constraints.ca, constraints.path_length, chain, common_name(root.subject)),
        (True, 0, [], "Upstream"),
        "SPIRE: the certificate of its own authority",
    )


def main():
    Terraform().run()
    pca = client()
    upstream = create_root(pca, "Upstream")
    below = create_subordinate(pca, upstream, "Below")
    for number, usages in enumerate(
        (("server auth",), ("client auth",), ("client auth", "server auth"), ("code signing",), ())
    ):
        chain = issuer(pca, below, "default", "host%d.example.com" % number, usages=usages)
        equal(
            [common_name(one.subject) for one in chain], ["Below"], "cert-manager: the chain below the root"
        )
    issuer(pca, upstream, "default", "ca.example.com", is_ca=True)
    spire(pca, upstream)
    end()


if __name__ == "__main__":
    main()
