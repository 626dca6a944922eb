"""Judges that are servers: each judges the leaves of clients, or staples a response for its own."""

import contextlib
import os
import re
import socket
import ssl

from clients import last_line
from programs import PATIENCE, Server, free_port, read, run, wait_for, write


def ask(hierarchy, leaf, port):
    """Sends a leaf to a server as a client certificate. Returns the first line of its answer, if any."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(leaf.chain_path, hierarchy.key_path)
    address = ("127.0.0.1", port)
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=PATIENCE) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as tls:
            tls.sendall(b"GET /judged HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return tls.recv(4096).partition(b"\r\n")[0].decode()
    return ""


def staple_of(port):
    """Returns the status in the staple that a server sends."""
    _, text = run("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-status")
    return " ".join(re.findall("Cert Status: (.*)", text))


class Place:
    """A directory and a port for a server of a hierarchy."""

    def __init__(self, hierarchy, name):
        self.directory = f"{hierarchy.directory}/{name}"
        os.mkdir(self.directory)
        self.port = free_port()
        self.hierarchy = hierarchy

    def configure(self, template, **values):
        """Writes a configuration from a text with {names}."""
        for name, value in {"directory": self.directory, "port": self.port, "root": self.hierarchy.root_path,
                            "crls": self.hierarchy.crls_path, "key": self.hierarchy.key_path,
                            "chain": self.hierarchy.leaves[0].chain_path, **values}.items():
            template = template.replace("{" + name + "}", str(value))
        return write(f"{self.directory}/conf", template)

    def server(self, *command, **options):
        return Server(f"{self.directory}/log", *command, port=self.port, cwd=self.directory, **options)


def nothing(_place, _leaf):
    """What most servers need in addition to their configuration."""


def client_judge(name, template, command, by_method, complaint, accepts, prepare=nothing):
    """Makes a judge from a server's configuration: clients send it leaves."""

    def judge(hierarchy, method):
        place = Place(hierarchy, f"{name}-{method}")
        path = place.configure(template.replace("{by_method}", by_method[method]))
        prepare(place, hierarchy.leaves[0])
        with place.server(*command(path)) as server:
            for leaf in hierarchy.of(method):
                answer = ask(hierarchy, leaf, place.port)
                said = server.said()
                yield leaf, accepts in answer, answer if accepts in answer else last_line(said, complaint)

    return judge


def staple_judge(name, template, command, complaint, prepare=nothing):
    """Makes a judge from a server's configuration: whether it staples that its own leaf is good."""

    def judge(hierarchy, method):
        for leaf in hierarchy.of(method):
            place = Place(hierarchy, f"{name}-staple-{leaf.status}")
            path = place.configure(template, chain=leaf.chain_path)
            prepare(place, leaf)
            said = ""

            def has_decided():
                nonlocal said
                staple = staple_of(place.port)
                said += server.said()
                return staple or re.search(complaint, said) and "no staple"

            with place.server(*command(path)) as server:
                staple = wait_for(f"{name} staples or says why not", has_decided)
            yield leaf, staple == "good", staple if staple == "good" else last_line(said, complaint)

    return judge


#
# nginx
#

NGINX = """
daemon off;
pid {directory}/pid;
error_log stderr info;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {
        listen 127.0.0.1:{port} ssl;
        ssl_certificate_key {key};
        {what}
        location / { return 200 "judged\\n"; }
    }
}
"""
NGINX_CLIENTS = NGINX.replace("{what}", """
        ssl_certificate {chain};
        ssl_client_certificate {root};
        ssl_verify_client on;
        ssl_verify_depth 3;
        {by_method}
""")
NGINX_STAPLES = NGINX.replace("{what}", """
        ssl_certificate {chain};
        ssl_stapling on;
        ssl_stapling_verify on;
        ssl_trusted_certificate {root};
""")


def nginx_command(path):
    return ["nginx", "-p", os.path.dirname(path), "-e", "stderr", "-c", path]


nginx = client_judge("nginx", NGINX_CLIENTS, nginx_command,
                     {"ocsp": "ssl_ocsp on;", "crl": "ssl_crl {crls};"},
                     "client SSL certificate|OCSP|ocsp", "200")
nginx_staples = staple_judge("nginx", NGINX_STAPLES, nginx_command, "OCSP|ocsp|stapling")

#
# Apache
#

APACHE_MODULES = "/usr/lib/apache2/modules"
APACHE = """
ServerRoot {directory}
ServerName localhost
PidFile {directory}/pid
Mutex file:{directory}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so
LoadModule ssl_module {modules}/mod_ssl.so
ErrorLog /dev/stderr
LogLevel warn ssl:info
Listen 127.0.0.1:{port}
DocumentRoot {directory}
{outside}
<VirtualHost 127.0.0.1:{port}>
    SSLEngine on
    SSLCertificateFile {chain}
    SSLCertificateKeyFile {key}
    {what}
</VirtualHost>
""".replace("{modules}", APACHE_MODULES)
APACHE_CLIENTS = APACHE.replace("{outside}", "").replace("{what}", """
    SSLCACertificateFile {root}
    SSLVerifyClient require
    SSLVerifyDepth 3
    {by_method}
""")
APACHE_CACHE = "SSLStaplingCache shmcb:{directory}/staples(128000)"
APACHE_STAPLES = APACHE.replace("{outside}", APACHE_CACHE).replace("{what}", """
    SSLUseStapling on
    SSLCACertificateFile {root}
""")


def apache_page(place, _leaf):
    """Writes the page that clients request."""
    write(f"{place.directory}/judged", "judged\n")


def apache_command(path):
    return ["apache2", "-D", "FOREGROUND", "-f", path]


apache = client_judge(
    "apache", APACHE_CLIENTS, apache_command,
    {"ocsp": "SSLOCSPEnable on", "crl": "SSLCARevocationFile {crls}\n    SSLCARevocationCheck chain"},
    r"AH0(1925|1926|1927|1975|1976|1979)|Error: .*OCSP|: Error \((?!50)", "200", apache_page)
apache_staples = staple_judge("apache", APACHE_STAPLES, apache_command, "OCSP|stapling")

#
# HAProxy
#

HAPROXY = """
global
    log stderr local0
defaults
    mode http
    log global
    option httplog
    timeout client 60s
    timeout server 60s
    timeout connect 60s
frontend judge
    bind 127.0.0.1:{port} ssl crt {directory}/server.pem {by_method}
    http-request return status 200
"""


def haproxy_command(path):
    return ["haproxy", "-db", "-f", path]


def haproxy_file(place, leaf):
    """Certificates and key are in one file."""
    return write(f"{place.directory}/server.pem", read(leaf.chain_path) + read(place.hierarchy.key_path))


def haproxy_staple(place, leaf):
    """The staple is a file next to it, which a job renews."""
    path = haproxy_file(place, leaf)
    write(f"{path}.issuer", read(place.hierarchy.issuer_path))
    run("openssl", "ocsp", "-issuer", place.hierarchy.issuer_path, "-cert", leaf.path, "-url", leaf.url(),
        "-CAfile", place.hierarchy.root_path, "-no_nonce", "-respout", f"{path}.ocsp")


haproxy = client_judge("haproxy", HAPROXY, haproxy_command,
                       {"crl": "verify required ca-file {root} crl-file {crls}"},
                       "SSL|handshake", "200", haproxy_file)
# It staples at once or never, and logs nothing if it does not.
haproxy_staples = staple_judge("haproxy", HAPROXY.replace("{by_method}", ""), haproxy_command,
                               "OCSP|ocsp|judge/", haproxy_staple)

#
# stunnel
#

STUNNEL = """
foreground = yes
pid =
syslog = no
debug = 6
socket = l:SO_REUSEADDR=1
[judge]
accept = 127.0.0.1:{port}
exec = /bin/cat
cert = {chain}
key = {key}
CAfile = {root}
verifyChain = yes
requireCert = yes
{by_method}
"""

# An accepted client reads its own request again.
stunnel = client_judge("stunnel", STUNNEL, lambda path: ["stunnel", path],
                       {"ocsp": "OCSPaia = yes", "crl": "CRLfile = {crls}"},
                       "OCSP: (Certificate|.*(rror|fail))|CERT: .*rror", "GET /judged")

#
# FreeRADIUS, whose client is wpa_supplicant's eapol_test
#

FREERADIUS = """
prefix = /usr
localstatedir = {directory}
logdir = {directory}
raddbdir = {directory}
confdir = {directory}
run_dir = {directory}
libdir = /usr/lib/freeradius
pidfile = {directory}/pid
correct_escapes = true
security {
    allow_vulnerable_openssl = yes
}
modules {
    eap {
        default_eap_type = tls
        tls-config judge {
            private_key_file = {key}
            certificate_file = {chain}
            ca_file = {authorities}
            fragment_size = 1024
            tls_min_version = "1.2"
            tls_max_version = "1.2"
            {by_method}
        }
        tls {
            tls = judge
        }
    }
}
client local {
    ipaddr = 127.0.0.1
    secret = secret
}
server judge {
    listen {
        type = auth
        ipaddr = 127.0.0.1
        port = {port}
    }
    authorize {
        eap
    }
    authenticate {
        eap
    }
}
"""
FREERADIUS_BY_METHOD = {
    "ocsp": """ocsp {
                enable = yes
                override_cert_url = no
                softfail = no
            }""",
    "crl": "check_crl = yes\n            check_all_crl = yes",
}
SUPPLICANT = """
network={
    key_mgmt=WPA-EAP
    eap=TLS
    identity="judged"
    ca_cert="{root}"
    client_cert="{chain}"
    private_key="{key}"
}
"""


def freeradius(hierarchy, method):
    place = Place(hierarchy, f"freeradius-{method}")
    # CRLs are in the same file as the trust anchors.
    authorities = write(f"{place.directory}/authorities.pem",
                        read(hierarchy.root_path) + (read(hierarchy.crls_path) if method == "crl" else ""))
    os.rename(place.configure(FREERADIUS.replace("{by_method}", FREERADIUS_BY_METHOD[method]),
                              authorities=authorities),
              f"{place.directory}/radiusd.conf")
    with Server(f"{place.directory}/log", "freeradius", "-X", "-d", place.directory) as server:
        wait_for("freeradius is ready",
                 lambda: "Ready to process requests" in read(server.log) or server.process.poll() is not None)
        server.said()
        for leaf in hierarchy.of(method):
            supplicant = place.configure(SUPPLICANT, chain=leaf.chain_path)
            status, _ = run("eapol_test", "-c", supplicant, "-a", "127.0.0.1", "-p", str(place.port), "-s",
                            "secret", "-t", str(PATIENCE // 2))
            yield leaf, status == 0, last_line(server.said(),
                                               "ocsp: (Couldn|Cert status|Status)|SSL says error")


#
# OpenVPN
#

OPENVPN = """
dev null
verb 3
proto udp
ca {root}
cert {chain}
key {key}
"""


def openvpn(hierarchy, method):
    for leaf in hierarchy.of(method):
        place = Place(hierarchy, f"openvpn-{leaf.status}")
        client = place.configure(OPENVPN + "tls-client\nnobind\nremote 127.0.0.1 {port}\n",
                                 chain=leaf.chain_path)
        os.rename(client, f"{client}.client")
        server_conf = place.configure(
            OPENVPN + "tls-server\ndh none\nlocal 127.0.0.1\nlport {port}\ncrl-verify {crls}\n")
        with Server(f"{place.directory}/log", "openvpn", server_conf) as server:
            with Server(f"{place.directory}/client.log", "openvpn", f"{client}.client"):
                said = wait_for("openvpn decides", lambda: re.search(
                    "Peer Connection Initiated|VERIFY ERROR.*|VERIFY CRL.*|Exiting.*", read(server.log)))
        yield leaf, said[0].startswith("Peer"), said[0]
