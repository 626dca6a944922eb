"""Clients of AWS for a gateway, and how the programs that use them report.

The environment tells where the gateway is (PCA_GATEWAY, a URL) and who calls: the
usual variables of AWS for the first account, PCA_TENANT_KEY_ID and PCA_TENANT_SECRET
for the second.

Every answer is compared with the model that botocore has of the API: no member may
be unknown, missing or of another type, in the JSON as in what botocore makes of it.
"""

import datetime
import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TEMPLATE = "arn:aws:acm-pca:::template/%s/V1"
called = set()
faults = []


def check(is_good, name, detail=""):
    """Reports a fact, which the test reads."""
    text = str(detail).replace("\n", " | ")
    print("ok %s" % name if is_good else "not ok %s: %s" % (name, text), flush=True)


def equal(value, expected, name):
    check(value == expected, name, "%r instead of %r" % (value, expected))


def end():
    """Reports that the program has come to its end."""
    equal(faults, [], "every answer is as the model says")
    print("end", flush=True)


def is_json(shape, value):
    """Tells whether a JSON value, which is no structure and no list, has the type of a shape."""
    if shape.type_name == "boolean":
        return isinstance(value, bool)
    if shape.type_name in ("integer", "long"):
        return isinstance(value, int) and not isinstance(value, bool)
    if shape.type_name == "timestamp":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, str) and (not getattr(shape, "enum", None) or value in shape.enum)


def is_parsed(shape, value):
    """The same for what botocore has made of it."""
    types = {
        "boolean": bool,
        "integer": int,
        "long": int,
        "timestamp": datetime.datetime,
        "string": str,
        "blob": bytes,
    }
    return type(value) is types[shape.type_name]


def look(shape, value, is_right, path):
    """Adds to the faults what is wrong with a value of a shape."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            faults.append("%s is no structure" % path)
            return
        faults.extend("%s.%s is unknown" % (path, name) for name in value if name not in shape.members)
        faults.extend(
            "%s.%s is missing" % (path, name) for name in shape.required_members if name not in value
        )
        for name in set(value) & set(shape.members):
            look(shape.members[name], value[name], is_right, "%s.%s" % (path, name))
    elif shape.type_name == "list":
        if not isinstance(value, list):
            faults.append("%s is no list" % path)
            return
        for item in value:
            look(shape.member, item, is_right, path + "[]")
    elif not is_right(shape, value):
        faults.append("%s is of another type: %r" % (path, value))


def look_at_error(operation, response):
    """Looks at an error: its name in the body and in the header, and a message."""
    error = json.loads(response["body"])
    if set(error) - {"Message"} != {"__type", "message"} or not isinstance(error["message"], str):
        faults.append("%s: an error with the members %s" % (operation, sorted(error)))
    if response["headers"].get("x-amzn-errortype") != error["__type"]:
        faults.append("%s: the header does not name the error" % operation)


def watch(client):
    """Makes a client's answers be looked at."""
    model = client.meta.service_model

    def look_at(response_dict, parsed_response, event_name, **_):
        operation = event_name.split(".")[-1]
        # Nothing came back.
        if response_dict is None:
            return
        if not response_dict["headers"].get("x-amzn-requestid"):
            faults.append("%s: no request ID" % operation)
        if response_dict["headers"].get("content-type") != "application/x-amz-json-1.1":
            faults.append("%s: another content type" % operation)
        if response_dict["status_code"] >= 300:
            look_at_error(operation, response_dict)
            return
        called.add(operation)
        shape = model.operation_model(operation).output_shape
        answer = json.loads(response_dict["body"])
        parsed = {name: value for name, value in parsed_response.items() if name != "ResponseMetadata"}
        if shape is None:
            if answer != {}:
                faults.append("%s: an answer %r" % (operation, answer))
            return
        look(shape, answer, is_json, operation)
        look(shape, parsed, is_parsed, operation)

    client.meta.events.register("response-received.acm-pca", look_at)
    return client


def client(service="acm-pca", tenant=False, key=None, url=None, **options):
    """A client of the gateway. options: of botocore's Config."""
    key = key or (
        (os.environ["PCA_TENANT_KEY_ID"], os.environ["PCA_TENANT_SECRET"]) if tenant else (None, None)
    )
    made = boto3.client(
        service,
        endpoint_url=url or os.environ["PCA_GATEWAY"],
        aws_access_key_id=key[0],
        aws_secret_access_key=key[1],
        config=Config(**options),
    )
    return watch(made) if service == "acm-pca" else made


def refusal(call, **arguments):
    """The name of the error that a call raises, with its message."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "none", ""


def new_csr(name, dns=None):
    """A request for a certificate of a new key, in PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    )
    if dns:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns)]), critical=False)
    key = ec.generate_private_key(ec.SECP256R1())
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def configuration(name):
    return {
        "KeyAlgorithm": "EC_prime256v1",
        "SigningAlgorithm": "SHA256WITHECDSA",
        "Subject": {"Organization": "Example", "CommonName": name},
    }


def validity(kind, value):
    return {"Type": kind, "Value": value}


def issue(pca, authority, csr, template=None, period=("DAYS", 30), **options):
    """Issues a certificate, and waits for it: its ARN, certificate and chain, both in PEM."""
    if template:
        options["TemplateArn"] = TEMPLATE % template
    arn = pca.issue_certificate(
        CertificateAuthorityArn=authority,
        Csr=csr,
        SigningAlgorithm="SHA256WITHECDSA",
        Validity=validity(*period),
        **options
    )["CertificateArn"]
    names = {"CertificateAuthorityArn": authority, "CertificateArn": arn}
    pca.get_waiter("certificate_issued").wait(**names)
    got = pca.get_certificate(**names)
    return arn, got["Certificate"], got.get("CertificateChain")


def create(pca, kind, name, **options):
    """Creates an authority, and waits for its CSR: its ARN and CSR."""
    arn = pca.create_certificate_authority(
        CertificateAuthorityConfiguration=configuration(name), CertificateAuthorityType=kind, **options
    )["CertificateAuthorityArn"]
    pca.get_waiter("certificate_authority_csr_created").wait(CertificateAuthorityArn=arn)
    return arn, pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"].encode()


def create_root(pca, name, **options):
    """Creates a root that is ACTIVE: its ARN."""
    arn, csr = create(pca, "ROOT", name, **options)
    certificate = issue(pca, arn, csr, "RootCACertificate", ("YEARS", 10))[1]
    pca.import_certificate_authority_certificate(
        CertificateAuthorityArn=arn, Certificate=certificate.encode()
    )
    return arn


def create_subordinate(pca, root, name, **options):
    """Creates an authority that is ACTIVE under another one: its ARN."""
    arn, csr = create(pca, "SUBORDINATE", name, **options)
    _, certificate, chain = issue(pca, root, csr, "SubordinateCACertificate_PathLen0", ("YEARS", 5))
    pca.import_certificate_authority_certificate(
        CertificateAuthorityArn=arn, Certificate=certificate.encode(), CertificateChain=chain.encode()
    )
    return arn


def certificates(pem):
    """The certificates in a text."""
    mark = "-----END CERTIFICATE-----"
    return [x509.load_pem_x509_certificate((part + mark).encode()) for part in pem.split(mark)[:-1]]


def common_name(name):
    return name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def is_signed_by(certificate, issuer):
    """Tells whether an issuer's key has signed a certificate."""
    try:
        issuer.public_key().verify(
            certificate.signature,
            certificate.tbs_certificate_bytes,
            ec.ECDSA(certificate.signature_hash_algorithm),
        )
    except Exception:
        return False
    return certificate.issuer == issuer.subject


def serial(certificate_arn):
    return certificate_arn.rsplit("/", 1)[1]


def policy(authority, account, template="EndEntityCertificate"):
    """A policy as AWS writes it for another account."""
    allow = {"Effect": "Allow", "Principal": {"AWS": account}, "Resource": authority}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                dict(
                    allow,
                    Sid="read",
                    Action=[
                        "acm-pca:" + name
                        for name in (
                            "DescribeCertificateAuthority",
                            "GetCertificate",
                            "GetCertificateAuthorityCertificate",
                            "ListPermissions",
                            "ListTags",
                        )
                    ],
                ),
                dict(
                    allow,
                    Sid="issue",
                    Action=["acm-pca:IssueCertificate"],
                    Condition={"StringEquals": {"acm-pca:TemplateArn": TEMPLATE % template}},
                ),
            ],
        }
    )


if __name__ == "__main__":
    sys.exit("aws.py is read by the other programs")
