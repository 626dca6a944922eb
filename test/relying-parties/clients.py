"""Judges that are commands: each looks at one leaf of a hierarchy."""

import glob
import os
import re
import threading

from programs import Server, free_port, run

HERE = os.path.dirname(os.path.abspath(__file__))
CONFORMANCE = f"{HERE}/../conformance"


def last_line(text, pattern="."):
    """The last line that matches, where most clients report errors, without a thread or process number."""
    return next((re.sub("^[0-9A-F]{16}:", "", line.strip()) for line in reversed(text.splitlines())
                 if re.search(pattern, line)), "")


def by_exit(complaint="."):
    """Makes a judge from a function that returns a command, which accepts by exiting with 0."""

    def of(command_for):
        def judge(hierarchy, method):
            for leaf in hierarchy.of(method):
                status, text = run(*command_for(hierarchy, leaf))
                yield leaf, status == 0, last_line(text, complaint)

        return judge

    return of


def untrusted(option, hierarchy):
    return [word for path in hierarchy.untrusted for word in (option, path)]


#
# OpenSSL
#


def openssl_answers(hierarchy, leaf, *options):
    _, text = run("openssl", "ocsp", "-issuer", hierarchy.issuer_path, "-cert", leaf.path, "-url", leaf.url(),
                  "-CAfile", hierarchy.root_path, *options)
    said = re.search(r"^\S+: (good|revoked|unknown)$", text, re.M)
    is_good = "Response verify OK" in text and said and said[1] == "good"
    return is_good, last_line(text, "rror") or said and said[1]


def openssl_ocsp(hierarchy, method):
    for leaf in hierarchy.of(method):
        yield leaf, *openssl_answers(hierarchy, leaf)


def openssl_basic(hierarchy, method):
    """OCSP_basic_verify with only trust anchors, which most programs with OpenSSL call."""
    for leaf in hierarchy.of(method):
        _, text = run("openssl", "ocsp", "-respin", leaf.staple(hierarchy), "-CAfile", hierarchy.root_path,
                      "-resp_text", "-no_nonce")
        said = re.findall("Cert Status: (.*)", text)
        is_good = "Response verify OK" in text and said == ["good"]
        yield leaf, is_good, last_line(text, "rror|rout") or " ".join(said)


@by_exit("error [0-9]+ at")
def openssl_crl(hierarchy, leaf):
    return ["openssl", "verify", "-x509_strict", "-crl_check_all", "-CAfile", hierarchy.root_path,
            *untrusted("-untrusted", hierarchy), "-CRLfile", hierarchy.crls_path, leaf.path]


#
# GnuTLS
#


def ocsptool_by(options_for):
    """It exits with 0 if it has verified a response, whatever the status."""

    def judge(hierarchy, method):
        for leaf in hierarchy.of(method):
            status, text = run("ocsptool", f"--ask={leaf.url()}", "--load-cert", leaf.path, "--load-issuer",
                               hierarchy.issuer_path, *options_for(hierarchy))
            said = re.findall(r"Certificate Status: (\w+)", text)
            yield leaf, status == 0 and said == ["good"], " ".join([*said, last_line(text, "Verifying")])

    return judge


# By default it takes the issuer for the signer.
ocsptool = ocsptool_by(lambda hierarchy: [])
ocsptool_trust = ocsptool_by(lambda hierarchy: ["--load-trust", hierarchy.root_path])


@by_exit("Output|Chain verification")
def certtool(hierarchy, leaf):
    return ["certtool", "--verify", "--load-ca-certificate", hierarchy.root_path, "--load-crl",
            hierarchy.crls_path, "--infile", leaf.chain_path]


#
# Clients of TLS servers, with a staple or with CRLs
#


def tls_server(hierarchy, leaf, port, chain_path, *options):
    """openssl s_server, which sends what it is given and checks nothing."""
    return Server(f"{leaf.path}.{port}.log", "openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www",
                  "-cert", leaf.path, "-key", hierarchy.key_path, "-cert_chain", chain_path, *options,
                  port=port)


def tls_client(command_for, complaint, sends_root=False):
    """Makes a judge from a function that returns a client's command for a port."""

    def judge(hierarchy, method):
        for leaf in hierarchy.of(method):
            port = free_port()
            options = ["-status_file", leaf.staple(hierarchy)] if method == "ocsp" else []
            with tls_server(hierarchy, leaf, port, leaf.full_path if sends_root else leaf.chain_path,
                            *options):
                status, text = run(*command_for(hierarchy, method, port))
            yield leaf, status == 0, last_line(text, complaint)

    return judge


def curl_command(hierarchy, method, port):
    by_method = ["--cert-status"] if method == "ocsp" else ["--crlfile", hierarchy.crls_path]
    return ["curl", "-sS", "-o", "/dev/null", "--cacert", hierarchy.root_path, *by_method,
            f"https://localhost:{port}/"]


def wget_command(hierarchy, method, port):
    by_method = [] if method == "ocsp" else [f"--crl-file={hierarchy.crls_path}"]
    return ["wget", "-nv", "-t", "1", "-O", "/dev/null", f"--ca-certificate={hierarchy.root_path}",
            *by_method, f"https://localhost:{port}/"]


def gnutls_cli_command(hierarchy, _, port):
    return ["gnutls-cli", f"--x509cafile={hierarchy.root_path}", "--port", str(port), "localhost"]


curl = tls_client(curl_command, "^curl:")
curl_with_root = tls_client(curl_command, "^curl:", sends_root=True)
wget = tls_client(wget_command, "(?i)error")
gnutls_cli = tls_client(gnutls_cli_command, r"- Status:")


#
# NSS
#


def nss_database(hierarchy, method):
    directory = f"{hierarchy.directory}/nss-{method}"
    os.mkdir(directory)
    run("certutil", "-N", "-d", f"sql:{directory}", "--empty-password")
    run("certutil", "-A", "-d", f"sql:{directory}", "-n", "root", "-t", "C,,", "-a", "-i",
        hierarchy.root_path)
    return directory


def vfychain(hierarchy, method):
    directory = nss_database(hierarchy, method)
    if method == "crl":
        for number, path in enumerate(hierarchy.untrusted):
            run("certutil", "-A", "-d", f"sql:{directory}", "-n", f"ca{number}", "-t", ",,", "-a", "-i", path)
        for path in hierarchy.crl_paths:
            run("openssl", "crl", "-in", path, "-outform", "DER", "-out", f"{path}.der")
            run("crlutil", "-I", "-d", f"sql:{directory}", "-i", f"{path}.der")
    for leaf in hierarchy.of(method):
        status, text = run("vfychain", "-d", f"sql:{directory}", "-pp", "-u", "1",
                           *(word for of in ("leaf", "chain")
                             for word in ("-g", of, "-m", method, "-s", "failIfNoInfo")),
                           "-a", leaf.path, *untrusted("-a", hierarchy))
        yield leaf, status == 0 and "Chain is good!" in text, last_line(text, "(?i)error|fail")


#
# Go
#


_building = threading.Lock()


def built(path, *command, **environment):
    """A program that is built on first use."""
    with _building:
        if not os.path.exists(path):
            status, text = run(*command, env={**os.environ, **environment})
            if status:
                raise RuntimeError(text)
    return path


def go(hierarchy, method):
    directory = os.path.dirname(hierarchy.directory)
    program = built(f"{directory}/judge_ocsp", "go", "build", "-o", f"{directory}/judge_ocsp",
                    f"{CONFORMANCE}/judge_ocsp.go", HOME=directory, GOCACHE=f"{directory}/go",
                    GO111MODULE="off", GOFLAGS="", GOPATH=os.environ.get("GOPATH", "/usr/share/gocode"))
    for leaf in hierarchy.of(method):
        _, text = run(program, "judge", hierarchy.issuer_path, leaf.path, leaf.staple(hierarchy))
        yield leaf, text == "good 0\n", text.strip()


#
# Java
#


def java(provider):
    def judge(hierarchy, method):
        leaves = hierarchy.of(method)
        cases = "".join("\t".join([provider, method, hierarchy.root_path,
                                   ",".join([leaf.path, *hierarchy.untrusted]),
                                   ",".join(hierarchy.crl_paths)]) + "\n" for leaf in leaves)
        directory = os.path.dirname(hierarchy.directory)
        classes = ":".join([directory, *glob.glob("/usr/share/java/bc*.jar")])
        built(f"{directory}/Judge.class", "javac", "-cp", classes, "-d", directory, f"{HERE}/Judge.java")
        _, text = run("java", "-cp", classes, "Judge", stdin=cases)
        lines = [line for line in text.splitlines() if re.match("accepted|refused", line)]
        if len(lines) != len(leaves):
            raise RuntimeError(text)
        for leaf, line in zip(leaves, lines):
            verdict, _, why = line.partition("\t")
            yield leaf, verdict == "accepted", why

    return judge


#
# strongSwan
#


def strongswan(hierarchy, method):
    by_method = ["--online"]
    if method != "ocsp":
        by_method = [word for path in hierarchy.crl_paths for word in ("--crl", path)]
    for leaf in hierarchy.of(method):
        status, text = run("pki", "--verify", "--in", leaf.path, "--cacert", hierarchy.root_path,
                           *untrusted("--cacert", hierarchy), *by_method)
        yield leaf, status == 0, last_line(text, "(?i)certificate|revoked|failed")
