#!/usr/bin/env bash
#
# make relying-parties: has every relying party in Debian that checks revocation
# judge certificates of pca, in its default configuration, with only trust
# anchors: OpenSSL, GnuTLS, NSS, Go, Java, BouncyCastle, strongSwan, curl, wget,
# nginx, Apache, HAProxy, stunnel, FreeRADIUS, OpenVPN, by OCSP, staples and CRLs;
# good, revoked and unknown certificates, under CAs that are a root, under one,
# renewed, renamed, constrained. Every exception must be listed in
# known-exceptions.tsv with its reason, and everything that is listed must be
# found. A missing judge is a failure.
#
#   make relying-parties                      everything
#   make relying-parties JUDGES="nginx curl"  only these judges
#   make relying-parties HIERARCHIES="root"   only these hierarchies (test/relying-parties/pki.py)
#   make relying-parties KEEP=DIR             keeps certificates, logs and cells.tsv in DIR
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. test/cluster.sh

dev/packages.sh gateway test relying-parties
make -s gateway
with_cluster relying test/relying-parties test/conformance gateway/pca-gateway
options=()
for name in ${JUDGES:-}; do options+=(--judge "$name"); done
for name in ${HIERARCHIES:-}; do options+=(--hierarchy "$name"); done
in_cluster /usr/bin/python3 test/relying-parties/matrix.py "${options[@]}" out
