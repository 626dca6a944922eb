#!/usr/bin/env bash
#
# Runs the tests on a temporary cluster, which it removes afterwards:
#
#   make test                          every test
#   make test TESTS="issue errors"     the tests with these names, of any kind
#   KEEP=1 make test                   keeps the cluster's directory after a failure
#
#   test/sql/NAME.sql        pg_regress, against expected/NAME.out
#   test/specs/NAME.spec     pg_isolation_regress, against expected/NAME.out
#   test/t/NAME.pl           TAP, by prove; makes its clusters with PostgreSQL::Test
#   test/t/NAME.c            a program for TAP tests, found in $PCA_TEST_BIN
#   test/t/preload_NAME.c    a library for LD_PRELOAD, preload_NAME.so there
#
# The first two kinds run against one server, each test in a new database that has
# the extension (test/fresh.sh). The output of a failure is printed and kept in
# tmp_check/, from where a correct result can be copied to expected/.
#
# A test that skips something, because this machine lacks a program or an older
# version of PostgreSQL, is counted as skipped, with the reason. It is also counted
# as passed if it tested the rest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die()
{
	printf 'pca: %s\n' "$@" >&2
	exit 1
}

# Prints the names of test/FOLDER/*.EXTENSION that TESTS selects. A TAP test's number
# (010_name.pl) is not part of its name.
wanted()
{
	local file name
	for file in test/"$1"/*."$2"; do
		[[ -e $file ]] || continue
		name=$(basename "$file" ".$2")
		[[ -z ${TESTS:-} || " $TESTS " == *" $name "* || " $TESTS " == *" ${name##[0-9]*([0-9])_} "* ]] &&
			echo "$name"
	done
	return 0
}

in_cluster()
{
	dev/cluster.sh run "$dir" "$@"
}

# Counts the results of a kind of test: $1 ran, $2 failed.
count()
{
	passed=$((passed + $1 - $2))
	failed=$((failed + $2))
}

# run_regress PROGRAM NAME ...: runs pg_regress or its counterpart for isolation tests.
run_regress()
{
	local program=$1 database=regress_pca name bad=0
	shift
	# A test without a file of expected output would stop all later ones.
	for name; do
		[[ -e expected/$name.out ]] || in_cluster touch "expected/$name.out"
	done
	local options=(--inputdir=test --outputdir=. --bindir="$dir/stage/bin"
		--dbname="$database" --launcher="test/fresh.sh $database" --encoding=UTF8)
	# Before PostgreSQL 16 the expected output is looked up in the output directory.
	! "$program" --help | grep -q -e --expecteddir || options+=(--expecteddir=.)
	in_cluster "$program" "${options[@]}" "$@" 2>&1 | tee "$dir/output" || bad=$#
	# A driver that fails without a count of failed tests did not run them.
	[[ ! $(<"$dir/output") =~ ([0-9]+)\ of\ [0-9]+\ tests\ failed ]] || bad=${BASH_REMATCH[1]}
	count $# "$bad"
	[[ $bad -eq 0 ]] || keep "$(basename "$program")" results regression.diffs
}

run_tap()
{
	local name perl=$pgxs/src/test/perl
	for name; do
		if in_cluster env PERL5LIB="$perl${PERL5LIB:+:$PERL5LIB}" PG_REGRESS="$regress" \
			TESTDIR="$dir/work" TESTDATADIR="$dir/work/tmp_check" TESTLOGDIR="$dir/work/tmp_check/log" \
			PCA_TEST_BIN="$dir/bin" PCA_OLDER="$older" PG_TEST_TIMEOUT_DEFAULT=900 \
			prove -I "$perl" "test/t/$name.pl"; then
			count 1 0
			count_skips "$name"
		else
			count 1 1
			keep "$name" tmp_check/log/*"$name"*
		fi
	done
}

# Counts a test that skipped something, by its log.
count_skips()
{
	local log=$dir/work/tmp_check/log/regress_log_$1 reasons
	reasons=$(sed -nE 's/^(\[[^]]*\]\([^)]*\) )?(ok [0-9]+|1\.\.0) # (skip|SKIP) //p' "$log" | sort -u)
	[[ -n $reasons ]] || return 0
	skipped=$((skipped + 1))
	! grep -qE '^(\[[^]]*\]\([^)]*\) )?1\.\.0 # SKIP' "$log" || passed=$((passed - 1))
	echo "pca: $1 skipped: $reasons"
}

# Builds and installs the extension for the version of PostgreSQL before the tested
# one, if that is installed: pg_upgrade needs both.
stage_older()
{
	local tested version
	tested=$("$(dev/packages.sh pg_config)" --version | grep -oE '[0-9]+' | head -n 1)
	for version in $(dev/packages.sh versions); do
		[[ $version -lt $tested ]] || continue
		older=$dir/older/stage
		echo "pca: pg_upgrade is tested from PostgreSQL $version"
		# Its object files differ from those of the checkout.
		mkdir "$dir/source"
		cp -R Makefile pca.control sql src dev "$dir/source"
		make -s -C "$dir/source" clean
		PG_CONFIG=/usr/lib/postgresql/$version/bin/pg_config "$dir/source/dev/cluster.sh" stage "$dir/older"
		return
	done
}

# Builds the programs that TAP tests use.
compile_programs()
{
	local source options
	mkdir "$dir/bin"
	for source in test/t/*.c; do
		options=(-o "$dir/bin/$(basename "$source" .c)")
		[[ $source != test/t/preload_* ]] || options=(-shared -fPIC -o "$dir/bin/$(basename "$source" .c).so")
		[[ ! -e $source ]] || cc -std=gnu11 -O2 -Wall -Wextra -Werror "${options[@]}" "$source" -lcrypto -ldl
	done
}

# The gateway, where its libraries are. The tests of it are skipped where not.
build_gateway()
{
	dev/packages.sh missing gateway 2>/dev/null || return 0
	make -s gateway PG_CONFIG="$(dev/packages.sh pg_config)"
	cp gateway/pca-gateway "$dir/bin"
}

# keep KIND PATH ...: saves what a failed test left in the cluster's directory.
keep()
{
	local to=tmp_check/$1 path
	shift
	mkdir -p "$to"
	# Unquoted: a path may be a pattern.
	for path in "${@/#/$dir/work/}"; do
		# shellcheck disable=SC2086
		cp -R $path "$to" 2>/dev/null || true
	done
	[[ ! -f $to/regression.diffs ]] || cat "$to/regression.diffs"
}

finish()
{
	local status=$?
	trap '' INT TERM HUP
	if [[ $status -ne 0 && -n ${KEEP:-} ]]; then
		dev/cluster.sh stop "$dir"
		echo "pca: kept $dir: remove it with dev/cluster.sh remove $dir"
	else
		dev/cluster.sh remove "$dir"
	fi
}

shopt -s extglob
mapfile -t sql < <(wanted sql sql)
mapfile -t specs < <(wanted specs spec)
mapfile -t tap < <(wanted t pl)
found=" ${sql[*]} ${specs[*]} ${tap[*]} "
[[ -n ${found// /} ]] || die "there is no test${TESTS:+ named $TESTS}"
for name in ${TESTS:-}; do
	[[ $found =~ [\ _]$name\  ]] || die "there is no test named $name"
done

dev/packages.sh test
pgxs=$(realpath "$(dirname "$("$(dev/packages.sh pg_config)" --pgxs)")/../..")
regress=$pgxs/src/test/regress/pg_regress
[[ -x $regress ]] || die "this PostgreSQL was installed without pg_regress: $regress"

passed=0
failed=0
skipped=0
older=
rm -rf tmp_check
dir=$(mktemp -d "${TMPDIR:-/tmp}/pca-test-XXXXXX")
trap finish EXIT
trap 'exit 130' INT TERM HUP

dev/cluster.sh start "$dir"
compile_programs
[[ " ${tap[*]} " != *_@(gateway|operations|relying_parties)* ]] || build_gateway
[[ " ${tap[*]} " != *_pg_upgrade\ * ]] || stage_older
# Tests read the documents, and the sources of the generated reference.
dev/cluster.sh copy "$dir" test README.md docs demo dev src gateway/systemd
[[ ! -d expected ]] || dev/cluster.sh copy "$dir" expected
in_cluster mkdir -p expected
echo "pca: testing with $(in_cluster postgres --version)"
# A new database for each test must be cheap, and only tests take locks.
in_cluster psql -X -q -c 'ALTER SYSTEM SET fsync = off' -c 'ALTER SYSTEM SET autovacuum = off' \
	-c 'SELECT pg_reload_conf()' >/dev/null

[[ ${#sql[@]} -eq 0 ]] || run_regress "$regress" "${sql[@]}"
[[ ${#specs[@]} -eq 0 ]] ||
	run_regress "$pgxs/src/test/isolation/pg_isolation_regress" "${specs[@]}"
[[ ${#tap[@]} -eq 0 ]] || run_tap "${tap[@]}"

echo
[[ $failed -eq 0 ]] || echo "pca: what the failed tests left is in tmp_check/"
summary="$passed passed, $failed failed"
[[ $skipped -eq 0 ]] || summary+=", $skipped skipped"
echo "$summary"
[[ $failed -eq 0 ]]
