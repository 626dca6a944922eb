"""The table of judges."""

import collections

import clients
import servers

Judge = collections.namedtuple("Judge", "name method programs function")

# The method of each judge, the programs that it needs, and the function that runs it.
JUDGES = [
    Judge("openssl", "ocsp", "openssl", clients.openssl_ocsp),
    Judge("openssl-alone", "ocsp", "openssl", clients.openssl_basic),
    Judge("openssl", "crl", "openssl", clients.openssl_crl),
    Judge("ocsptool", "ocsp", "ocsptool", clients.ocsptool),
    Judge("ocsptool-trust", "ocsp", "ocsptool", clients.ocsptool_trust),
    Judge("gnutls-cli", "ocsp", "gnutls-cli openssl", clients.gnutls_cli),
    Judge("certtool", "crl", "certtool", clients.certtool),
    Judge("wget", "ocsp", "wget openssl", clients.wget),
    Judge("wget", "crl", "wget openssl", clients.wget),
    Judge("curl", "ocsp", "curl openssl", clients.curl),
    Judge("curl-root-sent", "ocsp", "curl openssl", clients.curl_with_root),
    Judge("curl", "crl", "curl openssl", clients.curl),
    Judge("nss", "ocsp", "certutil vfychain", clients.vfychain),
    Judge("nss", "crl", "certutil crlutil vfychain openssl", clients.vfychain),
    Judge("go", "ocsp", "go", clients.go),
    Judge("java", "ocsp", "java javac", clients.java("SUN")),
    Judge("java", "crl", "java javac", clients.java("SUN")),
    Judge("bouncycastle", "ocsp", "java javac", clients.java("BC")),
    Judge("bouncycastle", "crl", "java javac", clients.java("BC")),
    Judge("strongswan", "ocsp", "pki", clients.strongswan),
    Judge("strongswan", "crl", "pki", clients.strongswan),
    Judge("nginx", "ocsp", "nginx", servers.nginx),
    Judge("nginx-stapling", "ocsp", "nginx openssl", servers.nginx_staples),
    Judge("nginx", "crl", "nginx", servers.nginx),
    Judge("apache", "ocsp", "apache2", servers.apache),
    Judge("apache-stapling", "ocsp", "apache2 openssl", servers.apache_staples),
    Judge("apache", "crl", "apache2", servers.apache),
    Judge("haproxy-stapling", "ocsp", "haproxy openssl", servers.haproxy_staples),
    Judge("haproxy", "crl", "haproxy", servers.haproxy),
    Judge("stunnel", "ocsp", "stunnel", servers.stunnel),
    Judge("stunnel", "crl", "stunnel", servers.stunnel),
    Judge("freeradius", "ocsp", "freeradius eapol_test", servers.freeradius),
    Judge("freeradius", "crl", "freeradius eapol_test", servers.freeradius),
    Judge("openvpn", "crl", "openvpn", servers.openvpn),
]
