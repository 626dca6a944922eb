#!/usr/bin/env bash
#
# make relying-parties: has every relying party in Debian that checks revocation
# judge certificates of pca, in its default configuration, with nothing but trust
# anchors: OpenSSL, GnuTLS, NSS, Go, Java, BouncyCastle, strongSwan, curl, wget,
# nginx, Apache, HAProxy, stunnel, FreeRADIUS, OpenVPN, by OCSP, staples and CRLs;
# good, revoked and unknown certificates, under CAs that are a root, below one,
# renewed, renamed, constrained. Every exception must stand in
# known-exceptions.tsv with its reason, and everything that stands there must be
# found. A judge that is missing is a failure.
#
#   make relying-parties                      all of it
#   make relying-parties JUDGES="nginx curl"  these judges
#   make relying-parties HIERARCHIES="root"   these hierarchies (test/relying-parties/pki.py)
#   make relying-parties KEEP=DIR             keeps certificates, logs and cells.tsv in DIR
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. test/cluster.sh

dev/packages.sh test relying-parties
with_cluster relying test/relying-parties test/conformance docs
options=()
for name in ${JUDGES:-}; do options+=(--judge "$name"); done
for name in ${HIERARCHIES:-}; do options+=(--hierarchy "$name"); done
in_cluster /usr/bin/python3 test/relying-parties/matrix.py "${options[@]}" out
