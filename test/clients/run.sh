#!/usr/bin/env bash
#
# make clients: the newest clients of AWS, as npm and PyPI have them, lead a whole life
# through a gateway of their own, over SigV4: @aws-sdk/client-acm-pca of JavaScript,
# boto3 and aws. `make test` has boto3 and aws in the versions of the distribution.
#
#   make clients                             all
#   make clients CLIENTS="javascript"        only these: javascript, python
#
# The packages go to a directory that is removed at the end, 70 MB and 250 MB.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. test/cluster.sh

die()
{
	printf 'pca: %s\n' "$@" >&2
	exit 1
}

# needs PROGRAM PACKAGE WHAT: fails if a program is missing.
needs()
{
	command -v "$1" >/dev/null || die "$1 is missing, which $3 needs" "root can install it: apt-get install $2"
}

is_wanted()
{
	[[ " ${CLIENTS:-javascript python} " == *" $1 "* ]]
}

# Runs TAP tests with what they need of PostgreSQL.
prove_in_cluster()
{
	in_cluster env "$@" PERL5LIB="$perl${PERL5LIB:+:$PERL5LIB}" PG_REGRESS="$pgxs/src/test/regress/pg_regress" \
		TESTDIR="$dir/work" TESTDATADIR="$dir/work/tmp_check" TESTLOGDIR="$dir/work/tmp_check/log" \
		PCA_TEST_BIN="$dir/bin" PCA_ALL_JUDGES=1 PG_TEST_TIMEOUT_DEFAULT=900 prove -I "$perl" "${tests[@]}"
}

for client in ${CLIENTS:-}; do
	[[ $client =~ ^(javascript|python)$ ]] || die "there is no client \"$client\": javascript, python"
done
! is_wanted javascript || { needs node nodejs "the client of JavaScript"; needs npm npm "the client of JavaScript"; }
! is_wanted python || needs python3 "python3-venv" "the client of Python"
dev/packages.sh gateway test
pgxs=$(realpath "$(dirname "$("$(dev/packages.sh pg_config)" --pgxs)")/../..")
perl=$pgxs/src/test/perl

make -s gateway PG_CONFIG="$(dev/packages.sh pg_config)"
with_cluster clients test docs
mkdir "$dir/bin"
cp gateway/pca-gateway "$dir/bin"
failed=
if is_wanted javascript; then
	echo "pca: fetching @aws-sdk/client-acm-pca"
	mkdir "$dir/npm"
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir/npm" @aws-sdk/client-acm-pca @aws-sdk/client-sts ||
		die "npm could not fetch @aws-sdk/client-acm-pca: it needs a registry"
	tests=(test/clients/javascript.pl)
	prove_in_cluster PCA_NODE_PATH="$dir/npm/node_modules" || failed+=" javascript"
fi
if is_wanted python; then
	echo "pca: fetching boto3 and aws"
	/usr/bin/python3 -m venv "$dir/venv" || die "python3 makes no environment" "root can install it: apt-get install python3-venv"
	"$dir/venv/bin/pip" install --quiet --disable-pip-version-check boto3 awscli cryptography ||
		die "pip could not fetch boto3: it needs an index"
	tests=(test/t/05[2345]_gateway_*.pl)
	prove_in_cluster PCA_PYTHON="$dir/venv/bin/python3" PATH="$dir/venv/bin:$PATH" || failed+=" python"
fi
[[ -z $failed ]] || die "failed:$failed"
