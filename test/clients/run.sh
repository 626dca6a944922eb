#!/usr/bin/env bash
#
# make clients: @aws-sdk/client-acm-pca, as npm has it, leads a whole life through a
# gateway of its own, over SigV4. (boto3 and aws do so in `make test`.) Node and npm must
# be installed, and npm's registry within reach. The packages, some 70 MB, go to a
# directory that is removed at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. test/cluster.sh

die()
{
	printf 'pca: %s\n' "$@" >&2
	exit 1
}

for program in node npm; do
	command -v "$program" >/dev/null ||
		die "$program is missing, which the client of JavaScript needs" \
			"root can install it: apt-get install nodejs npm"
done
dev/packages.sh gateway test
pgxs=$(realpath "$(dirname "$("$(dev/packages.sh pg_config)" --pgxs)")/../..")
perl=$pgxs/src/test/perl
make -s gateway PG_CONFIG="$(dev/packages.sh pg_config)"
with_cluster clients test docs

mkdir "$dir/bin" "$dir/npm"
cp gateway/pca-gateway "$dir/bin"
echo "pca: fetching @aws-sdk/client-acm-pca"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir/npm" \
	@aws-sdk/client-acm-pca @aws-sdk/client-sts ||
	die "npm could not fetch @aws-sdk/client-acm-pca: is its registry within reach?"
in_cluster env PERL5LIB="$perl${PERL5LIB:+:$PERL5LIB}" PG_REGRESS="$pgxs/src/test/regress/pg_regress" \
	TESTDIR="$dir/work" TESTDATADIR="$dir/work/tmp_check" TESTLOGDIR="$dir/work/tmp_check/log" \
	PCA_TEST_BIN="$dir/bin" PCA_NODE_PATH="$dir/npm/node_modules" PG_TEST_TIMEOUT_DEFAULT=900 \
	prove -I "$perl" test/clients/javascript.pl
