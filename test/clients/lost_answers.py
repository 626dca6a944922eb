"""boto3 behind a proxy that loses the first answer of each call.

A call that reaches the gateway is done there; only the client does not know. It
sends the call again, and nothing may be made twice. The test counts what is there.
"""

import os
import socket
import threading

from botocore.exceptions import ClientError

from aws import TEMPLATE, check, client, configuration, end, equal, new_csr, serial, validity


def read_message(connection):
    """Reads one request or answer, or nothing at the end of the connection: its head and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    head, body = data.split(b"\r\n\r\n", 1)
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
    }
    while len(body) < int(headers.get(b"content-length", 0)):
        body += connection.recv(65536)
    return headers, head + b"\r\n\r\n" + body


class Proxy:
    """Passes requests on, and the answers back, except the first one to each call."""

    def __init__(self, port):
        self.port = port
        self.lost = set()
        self.requests = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.listen, daemon=True).start()

    def url(self):
        return "http://127.0.0.1:%d" % self.listener.getsockname()[1]

    def listen(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, socket.create_connection(("127.0.0.1", self.port)) as gateway:
            while True:
                request = read_message(connection)
                if request is None:
                    return
                self.requests += 1
                gateway.sendall(request[1])
                answer = read_message(gateway)
                call = request[0].get(b"amz-sdk-invocation-id")
                if call not in self.lost:
                    self.lost.add(call)
                    return
                connection.sendall(answer[1])


def count(proxy, call, **arguments):
    """Calls an operation, which takes two attempts: what it answers, or the error's name."""
    before = proxy.requests
    try:
        answer = call(**arguments)
    except ClientError as error:
        answer = error.response["Error"]["Code"]
    equal(proxy.requests - before, 2, "%s: two attempts" % call.__name__)
    return answer


def main():
    proxy = Proxy(int(os.environ["PCA_GATEWAY"].rsplit(":", 1)[1]))
    pca = client(url=proxy.url(), retries={"total_max_attempts": 3, "mode": "standard"})
    small = {"CertificateAuthorityConfiguration": configuration("Root"), "CertificateAuthorityType": "ROOT"}
    arn = count(proxy, pca.create_certificate_authority, **small)["CertificateAuthorityArn"]
    count(proxy, pca.create_certificate_authority, IdempotencyToken="token", **small)
    root = {"CertificateAuthorityArn": arn}
    csr = count(proxy, pca.get_certificate_authority_csr, **root)["Csr"].encode()
    signing = dict(root, SigningAlgorithm="SHA256WITHECDSA")
    own = count(
        proxy,
        pca.issue_certificate,
        Csr=csr,
        TemplateArn=TEMPLATE % "RootCACertificate",
        Validity=validity("YEARS", 10),
        **signing
    )
    own = count(proxy, pca.get_certificate, **root, **{"CertificateArn": own["CertificateArn"]})[
        "Certificate"
    ]
    count(proxy, pca.import_certificate_authority_certificate, Certificate=own.encode(), **root)

    # The same request twice, as two calls, is two certificates; each of them once.
    leaf = dict(signing, Csr=new_csr("leaf"), Validity=validity("DAYS", 30))
    leaves = [count(proxy, pca.issue_certificate, **leaf)["CertificateArn"] for _ in range(2)]
    check(leaves[0] != leaves[1], "two calls are two certificates", leaves)
    token = count(proxy, pca.issue_certificate, IdempotencyToken="token", **leaf)["CertificateArn"]
    check(token not in leaves, "a token is another call", token)

    # What is already done says so, as the service does.
    equal(
        count(
            proxy,
            pca.revoke_certificate,
            CertificateSerial=serial(leaves[0]),
            RevocationReason="SUPERSEDED",
            **root
        ),
        "RequestAlreadyProcessedException",
        "a revocation is done once",
    )
    equal(
        count(
            proxy, pca.create_permission, Principal="acm.amazonaws.com", Actions=["IssueCertificate"], **root
        ),
        "PermissionAlreadyExistsException",
        "a permission is made once",
    )
    equal(
        count(
            proxy,
            pca.create_certificate_authority_audit_report,
            S3BucketName="reports",
            AuditReportResponseFormat="JSON",
            **root
        ),
        "RequestInProgressException",
        "an audit report is made once",
    )
    count(proxy, pca.tag_certificate_authority, Tags=[{"Key": "key", "Value": "value"}], **root)
    equal(
        count(proxy, pca.list_tags, **root)["Tags"], [{"Key": "key", "Value": "value"}], "a tag is made once"
    )
    end()


if __name__ == "__main__":
    main()
