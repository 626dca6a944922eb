#!/usr/bin/env bash
#
# make bench: the cost of issuing, compared with what the machine can do at best.
#
#   make bench                 everything except growth; below 10 minutes
#   BENCH_QUICK=1 make bench   T1, T2, T3 at 1 and 8 clients, small T7 and T8, T9; below 3 minutes
#   GROWTH=10000000 make bench also T6, up to that many stored certificates
#   BENCH_GATEWAY=1 make bench only G1 to G5, the gateway
#
# Speeds differ between machines and from minute to minute. So each line compares
# ours with a yardstick that was measured alternately with it, several times, and
# shows the medians, and the median of the pairs' ratios. README.md explains the
# lines; T1 to T9 and G1 to G5 are the names of the targets.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source=test/bench/gateway.sh
. test/bench/gateway.sh

die()
{
	printf 'pca: %s\n' "$@" >&2
	exit 1
}

if [[ -n ${BENCH_QUICK:-} ]]; then
	repeat=3 requests=10000 all_clients=(1 8) seconds=3 rounds=3
else
	repeat=5 requests=10000 all_clients=(1 2 4 8 16) seconds=5 rounds=3
fi
growth=${GROWTH:-0}
[[ $growth =~ ^[0-9]+$ ]] || die "GROWTH is \"$growth\", which is not a number of certificates"

in_cluster()
{
	dev/cluster.sh run "$dir" "$@"
}

sql()
{
	in_cluster psql -XqAt -v ON_ERROR_STOP=1 "$@"
}

finish()
{
	trap '' INT TERM HUP
	stop_gateway
	dev/cluster.sh remove "$dir"
}

# ---------- the set-up ----------

compile()
{
	local cflags=(-std=gnu11 -O2 -Wall -Wextra -Werror) headers
	headers=$("$(dev/packages.sh pg_config)" --includedir-server)
	mkdir "$dir/bin"
	cc "${cflags[@]}" -o "$dir/bin/issue" test/bench/issue.c test/bench/issuance.c -lcrypto
	cc "${cflags[@]}" -o "$dir/bin/ocsp" test/bench/ocsp.c -lcrypto
	# -isystem and unused-parameter are as in the Makefile. Without -Bsymbolic a symbol of the server
	# with the same name would be used.
	cc "${cflags[@]}" -Wno-unused-parameter -fPIC -shared -Wl,-Bsymbolic -isystem "$headers" \
		-o "$dir/bin/crypto_alone.so" test/bench/crypto_alone.c test/bench/issuance.c -lcrypto
	chmod -R go+rX "$dir/bin"
}

# A checkpoint during one measurement but not during the other would distort the ratio.
configure()
{
	sql -c "ALTER SYSTEM SET shared_buffers = '512MB'" -c "ALTER SYSTEM SET max_wal_size = '16GB'" \
		-c "ALTER SYSTEM SET checkpoint_timeout = '1h'" -c "ALTER SYSTEM SET autovacuum = off"
	dev/cluster.sh stop "$dir"
	dev/cluster.sh start "$dir"
	[[ $(sql -c "SHOW fsync") == on ]] || die "fsync is off: a durable transaction could not be measured"
}

setup()
{
	dev/cluster.sh start "$dir"
	configure
	compile
	"$dir/bin/issue" write "$dir/requests" "$requests"
	dev/cluster.sh copy "$dir" test/bench
	sql -v library="$dir/bin/crypto_alone.so" -f test/bench/setup.sql <"$dir/requests" >"$dir/output"
	authority=$(sql -c "SELECT arn FROM bench.authorities WHERE name = 'P-256'")
}

# ---------- figures ----------

median()
{
	sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

ratios()
{
	awk -v ours="$1" -v yardstick="$2" '{ print $ours / $yardstick }'
}

heading()
{
	printf '\n%-56s %10s %10s %7s %7s\n' "$1" "${2:-ours}" "${3:-yardstick}" "${4-ratio}" "${5-target}"
}

# Prints large numbers without decimals.
number()
{
	awk '{ printf $1 < 100 ? "%.2f\n" : "%.0f\n", $1 }' <<<"$1"
}

# Prints the median of a column of the lines.
column()
{
	awk -v column="$2" '{ print $column }' <<<"$1" | median
}

# row LABEL OURS YARDSTICK TARGET: compares two columns of the input, each line of
# which was measured at one time.
row()
{
	local lines
	lines=$(cat)
	printf '%-56s %10s %10s %7.3f %7s\n' "$1" "$(number "$(column "$lines" "$2")")" \
		"$(number "$(column "$lines" "$3")")" "$(ratios "$2" "$3" <<<"$lines" | median)" "${4:-}"
}

# ---------- bulk: T1, T2, T4, T5 ----------

# bulk AUTHORITY VERIFY COUNT [START]: rate, rate per second of processor time, WAL
bulk()
{
	sql -F ' ' -v authority="$1" -v verify="$2" -v count="$3" -v start="${4:-0}" -f test/bench/bulk.sql
}

# Prints the sum of both sessions' rates.
two_sessions()
{
	local start
	start=$(($(date +%s) + 2))
	bulk P-256 on "$requests" "$start" >"$dir/first" &
	bulk P-256 on "$requests" "$start" >"$dir/second"
	wait $!
	cat "$dir/first" "$dir/second" | awk '{ rate += $1 } END { print rate }'
}

# program MEASURE [OPTION ...]: rate, rate per second of processor time
program()
{
	local measure=$1
	shift
	"$dir/bin/issue" "$@" "$dir/requests" "$measure" | cut -d' ' -f2,3
}

# compare_bulk LABEL TARGET AUTHORITY VERIFY COUNT
compare_bulk()
{
	local measure=issue i
	[[ $4 == off ]] || measure=issue_verified
	for ((i = 0; i < repeat; i++)); do
		echo "$(bulk "$3" "$4" "$5") $(program "$measure" -a "$3" -n "$5")"
	done >"$dir/lines"
	row "$1" 1 4 "$2" <"$dir/lines"
	row "   per second of processor time" 2 5 <"$dir/lines"
	wal=$(cut -d' ' -f3 "$dir/lines" | median)
}

limits()
{
	local measure rate processor
	heading "What this machine can do, P-256, one core" "per second" "per CPU s" "" ""
	for measure in sign verify issue issue_verified; do
		read -r rate processor < <(program "$measure" -t 1)
		printf '%-56s %10s %10s\n' "   $measure" "$(number "$rate")" "$(number "$processor")"
	done
}

# Prints how much faster two are than one.
compare_scaling()
{
	local i
	for ((i = 0; i < repeat; i++)); do
		echo "$(bulk P-256 on "$requests" | cut -d' ' -f1) $(two_sessions)" \
			"$(program issue_verified | cut -d' ' -f1) $(program issue_verified -p 2 | cut -d' ' -f1)"
	done | awk '{ print $2 / $1, $4 / $3, $2, $4 }' >"$dir/lines"
	row "T4 two sessions on one CA: rate against one session's" 1 2 0.95 <"$dir/lines"
	row "   the two sessions' rate" 3 4 <"$dir/lines"
}

# T9: in SQL, the C program, and the signatures alone, each in turn
compare_ocsp()
{
	local i
	heading "T9 OCSP: $requests requests, P-256 CA, one core; per second"
	sql -v count="$requests" -f test/bench/ocsp_setup.sql >"$dir/ocsp_requests"
	for ((i = 0; i < repeat; i++)); do
		echo "$(sql -F ' ' -f test/bench/ocsp.sql)" \
			"$("$dir/bin/ocsp" "$dir/ocsp_requests" | cut -d' ' -f2,3 | xargs)"
	done >"$dir/lines"
	! grep -q ' f ' "$dir/lines" || die "a request had no answer"
	row "T9 answers" 1 4 0.60 <"$dir/lines"
	row "   per second of processor time" 2 5 <"$dir/lines"
	row "   against the signatures alone" 1 6 <"$dir/lines"
}

# The yardstick is the second certificate; the first one includes the cost of a new session.
compare_first()
{
	local i
	for ((i = 0; i < 2 * repeat + 1; i++)); do
		sql -F ' ' -f test/bench/first.sql
	done >"$dir/lines"
	row "First certificate of a session, milliseconds (target: 5)" 1 2 <"$dir/lines"
}

# ---------- one durable transaction per certificate: T3 ----------

# transactions SCRIPT CLIENTS: per second
transactions()
{
	in_cluster pgbench -n -M prepared -c "$2" -j "$(($2 < cores ? $2 : cores))" -T "$seconds" \
		-D requests="$requests" -D authority="$authority" -f "test/bench/$1.sql" >"$dir/output" 2>&1 ||
		{ cat "$dir/output" >&2; die "pgbench failed with $1.sql"; }
	sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$dir/output"
}

# The bound is the harmonic sum: a transaction that does one after the other.
compare_transactions()
{
	local clients i processes
	[[ $(sql -v requests="$requests" -f test/bench/plain.sql) == t ]] ||
		die "there are not enough certificates to copy"
	heading "T3 durable transactions per second" "ours" "bound"
	for clients in "${all_clients[@]}"; do
		processes=$((clients < cores ? clients : cores))
		for ((i = 0; i < rounds; i++)); do
			echo "$(transactions insert "$clients") $(transactions crypto_alone "$clients")" \
				"$(transactions issue "$clients")" \
				"$(program issue_verified -t 1 -p $processes | cut -d' ' -f1)"
		done | awk '{ print $3, 1 / (1 / $1 + 1 / $2), $1, $2, 1 / (1 / $1 + 1 / $4) }' >"$dir/lines"
		row "   $clients client$([[ $clients -eq 1 ]] || echo s)" 1 2 0.85 <"$dir/lines"
		row "      against the plain INSERT of such rows alone" 1 3 <"$dir/lines"
		row "      against the cryptography alone, as a SQL function" 1 4 <"$dir/lines"
		row "      against the bound with the C program's rate in it" 1 5 <"$dir/lines"
	done
}

# ---------- revocation: T7, T8 ----------

# Prints the peak of a backend's own memory, in octets, while a command runs.
with_peak()
{
	local peak=0 now pid=$1
	shift
	rm -f "$dir/work/pid"
	"$@" >"$dir/output" &
	while kill -0 $! 2>/dev/null; do
		now=$(awk '/^RssAnon/ { print $2 * 1024 }' "/proc/$(cat "$pid" 2>/dev/null)/status" 2>/dev/null) || now=0
		[[ ${now:-0} -le $peak ]] || peak=$now
		sleep 0.005
	done
	wait $!
	echo "$(<"$dir/output") $peak"
}

# The CRL: seconds from the rows to the stored one, and memory compared with its size.
compare_crl()
{
	local rows i
	heading "T7 a CRL, from the rows to the stored, verified one" "seconds" "octets" "memory" "target"
	for rows in 10000 100000 1000000; do
		[[ -z ${BENCH_QUICK:-} || $rows -lt 1000000 ]] || continue
		sql -v authority="$authority" -v rows="$rows" -f test/bench/crl_fill.sql >/dev/null
		for ((i = 0; i < rounds; i++)); do
			with_peak "$dir/work/pid" sql -F ' ' -v authority="$authority" -v pidfile=pid -f test/bench/crl.sql
		done >"$dir/lines"
		printf '%-56s %10s %10s %7.2f %7s\n' "   $rows entries (memory: times the CRL's size)" \
			"$(column "$(<"$dir/lines")" 1)" "$(column "$(<"$dir/lines")" 2)" \
			"$(awk '{ print $4 / $2 }' "$dir/lines" | median)" "$([[ $rows -lt 1000000 ]] || echo '1.5 s, 3')"
	done
}

compare_revocation()
{
	local rows=100000 i
	[[ -z ${BENCH_QUICK:-} ]] || rows=$requests
	heading "T8 revoking in one statement; microseconds of processor time" "ours" "INSERT"
	sql -v authority="$authority" -v rows=0 -f test/bench/crl_fill.sql >/dev/null
	sql -v rows=$((rows + 1000)) -f test/bench/fill.sql
	for ((i = 0; i < rounds; i++)); do
		sql -F ' ' -v authority="$authority" -v rows="$rows" -f test/bench/revoke.sql
	done >"$dir/lines"
	row "   $rows certificates (target: 20), against single INSERTs" 1 2 <"$dir/lines"
}

# ---------- audit reports ----------

# For the certificates that exist.
compare_reports()
{
	local format i
	heading "Audit report: microseconds of processor time per certificate" "ours" "COPY"
	for format in JSON CSV; do
		for ((i = 0; i < rounds; i++)); do
			sql -F ' ' -v authority="$authority" -v format="$format" -f test/bench/report.sql
		done >"$dir/lines"
		row "   $format, of $(column "$(<"$dir/lines")" 4) certificates" 1 2 <"$dir/lines"
		printf '%-56s %10s\n' "      peak memory, MB" "$(number "$(column "$(<"$dir/lines")" 3)")"
	done
}

# ---------- T6 ----------

# Prints processor time and WAL of issuing a certificate, processor time of looking
# it up for the first and the second time, and its stored octets.
measure_growth()
{
	local i
	for ((i = 0; i < repeat; i++)); do
		echo "$(bulk P-256 on 2000 | awk '{ print 1e6 / $2, $3 }')" \
			"$(sql -F ' ' -v authority="$authority" -f test/bench/growth.sql)"
	done
}

# growth_row LABEL COLUMN [TARGET]: compared with the value for a tenth of the certificates, if known
growth_row()
{
	if [[ -s $dir/before ]]; then
		paste -d' ' "$dir/lines" "$dir/before" | row "$1" "$2" $(($2 + 5)) "${3:-}"
	else
		printf '%-56s %10s\n' "$1" "$(number "$(column "$(<"$dir/lines")" "$2")")"
	fi
}

compare_growth()
{
	local rows targets=('' '')
	heading "T6 growth: microseconds of processor time, and octets" "ours" "at a tenth"
	# Otherwise a trigger would refuse to delete the records.
	sql -c "SET session_replication_role = replica" -c "TRUNCATE pca.certificate"
	: >"$dir/before"
	for ((rows = 10000; rows <= growth; rows *= 10)); do
		[[ $rows -lt 10000000 ]] || targets=('<1.35' '<1.30')
		sql -v rows="$rows" -f test/bench/fill.sql
		measure_growth >"$dir/lines"
		echo "   with $rows certificates"
		growth_row "      issuing one" 1 "${targets[0]}"
		growth_row "      octets of WAL for it" 2
		growth_row "      looking one up that is in the buffers" 4 "${targets[1]}"
		growth_row "      looking one up that may not be" 3
		growth_row "      octets stored for it (target: 900)" 5
		mv "$dir/lines" "$dir/before"
	done
	compare_reports
}

compare_extension()
{
	limits

	heading "Bulk: $requests P-256 requests, one statement; per second"
	compare_bulk "T1 P-256 CA, pca.verify_signatures off" 0.80 P-256 off "$requests"
	compare_bulk "T2 P-256 CA, pca.verify_signatures on" 0.80 P-256 on "$requests"
	printf '%-56s %10s\n' "   octets of WAL per certificate" "$wal"
	compare_first
	compare_ocsp
	if [[ -z ${BENCH_QUICK:-} ]]; then
		[[ $cores -lt 2 ]] || compare_scaling
		compare_bulk "T5 RSA-2048 CA, signatures verified" 0.85 RSA-2048 on 2000
		compare_bulk "T5 P-384 CA, signatures verified" 0.85 P-384 on 1000
	fi
	compare_transactions
	compare_crl
	compare_revocation
	compare_reports
	[[ $growth -eq 0 ]] || compare_growth
}

# ---------- all ----------

dev/packages.sh bench
[[ -z ${BENCH_GATEWAY:-} ]] || dev/packages.sh gateway
dir=$(mktemp -d "${TMPDIR:-/tmp}/pca-bench-XXXXXX")
trap finish EXIT
trap 'exit 130' INT TERM HUP
cores=$(nproc)
began=$SECONDS

setup
echo "pca: $(in_cluster postgres --version), $(openssl version | cut -d' ' -f1,2), $cores cores," \
	"$repeat pairs of each measure"

[[ -n ${BENCH_GATEWAY:-} ]] || compare_extension
if [[ -n ${BENCH_GATEWAY:-} ]] || dev/packages.sh missing gateway 2>/dev/null; then
	compare_gateway
fi
echo
echo "pca: measured in $((SECONDS - began)) seconds"
