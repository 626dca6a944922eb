#!/usr/bin/env bash
#
# make conformance: issues some 12,000 certificates for the whole matrix of
# templates, keys, algorithms and passthrough in a temporary cluster, and has them
# judged by zlint, openssl, certtool, python3-cryptography and Go. Every finding must
# be listed in known-findings.tsv with its reason, and everything that is listed must
# be found. A missing judge is a failure. The judges of OCSP responses, CRLs and name
# constraints are in test/t/013_ocsp*.pl, 015_crl.pl and 041_name_constraints.pl,
# which this script also runs with all of them.
#
#   make conformance               all judges; a quarter of an hour
#   make conformance KEEP=DIR      keeps the certificates and findings in DIR
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. test/cluster.sh

test/conformance/judges.sh
with_cluster conformance test/conformance test/fixtures/csr test/sql
in_cluster mkdir -p out go
echo "pca: issuing"
in_cluster bash -c 'set -o pipefail
	test/conformance/requests.sh | psql -XqAt -v directory=out -f test/conformance/issue.sql' >/dev/null
in_cluster /usr/bin/python3 test/conformance/judge.py unpack out
in_cluster env HOME="$dir/work" GOCACHE="$dir/work/go" GOFLAGS=-mod=mod GO111MODULE=off \
	go build -o out/judge_go test/conformance/judge_go.go
for judge in zlint openssl certtool cryptography go; do
	echo "pca: judging with $judge"
	in_cluster /usr/bin/python3 test/conformance/judge.py "$judge" out
done
in_cluster /usr/bin/python3 test/conformance/judge.py compare out test/conformance/known-findings.tsv
echo "pca: judging OCSP responses, CRLs and name constraints"
PCA_ALL_JUDGES=1 TESTS="013_ocsp 013_ocsp_responder 015_crl 041_name_constraints" test/run.sh
