# shellcheck shell=bash disable=SC2154
#
# G1 to G5: what the gateway costs. For run.sh, whose functions and variables these use.

# The gateway, as its own user would be: three roles that own nothing.
start_gateway()
{
	local load
	make -s gateway PG_CONFIG="$(dev/packages.sh pg_config)"
	cp gateway/pca-gateway "$dir/bin"
	cc -std=gnu11 -O2 -Wall -Wextra -Werror -o "$dir/bin/http_load" test/bench/http_load.c -lcrypto -lpthread
	sql -v authority="$authority" -f test/bench/gateway.sql >"$dir/output"
	access_key=$(sql -F : -c "SELECT access_key_id, secret_access_key, 'us-east-1' FROM pca_create_access_key('bench_client'::regrole)")
	port=$(dev/cluster.sh port)
	# shellcheck disable=SC2016
	in_cluster sh -c 'echo $$ >gateway.pid; exec "$@" 2>gateway.log' sh "$dir/bin/pca-gateway" --listen="127.0.0.1:$port" \
		--status-connection=user=bench_status --api-connection=user=bench_gateway --idle-timeout=600 &
	until load=$("$dir/bin/http_load" -n 1 "$port" GET /healthz 2>&1); do
		kill -0 $! 2>/dev/null || die "the gateway does not start" "$load"
		sleep 0.1
	done
	gateway=$(<"$dir/work/gateway.pid")
}

stop_gateway()
{
	[[ -z ${gateway:-} ]] || kill "$gateway" 2>/dev/null || true
	gateway=
}

# load OPTION ... METHOD PATH [FILE]: answers per second, octets per second, seconds
load()
{
	local options=()
	while [[ $1 == -* ]]; do
		options+=("$1" "$2")
		shift 2
	done
	"$dir/bin/http_load" "${options[@]}" "$port" "$@"
}

# What the gateway has for itself, in MB: VmRSS now, VmHWM since clear_peak.
gateway_memory()
{
	awk -v field="$1:" '$1 == field { printf "%.1f\n", $2 / 1024 }' "/proc/$gateway/status"
}

clear_peak()
{
	echo 5 >"/proc/$gateway/clear_refs"
}

# G1: one durable transaction per certificate, 8 clients
compare_http_issue()
{
	local i
	heading "G1 IssueCertificate, 8 clients, durable; per second" "gateway" "pgbench"
	sql -v authority="$authority" >"$dir/api_requests" <<-'SQL'
		SELECT encode(convert_to(bench.issue_request(:'authority', csr)::text, 'UTF8'), 'hex') FROM bench.csrs ORDER BY random();
	SQL
	for ((i = 0; i < rounds; i++)); do
		echo "$(load -c 8 -t "$seconds" -k "$access_key" -o IssueCertificate POST / "$dir/api_requests" | cut -d' ' -f1)" \
			"$(transactions issue 8)"
	done >"$dir/lines"
	row "G1 through HTTP and SigV4, beside the same statement" 1 2 0.80 <"$dir/lines"
}

# G2: pca_api beside the direct call, by the backend's processor time
compare_api()
{
	local i
	heading "G2 pca_api: microseconds of processor time" "pca_api" "direct"
	for ((i = 0; i < repeat; i++)); do
		sql -F ' ' -v authority="$authority" -v count="$((requests / 5))" -f test/bench/api.sql
	done >"$dir/lines"
	row "G2 IssueCertificate" 1 2 '<1.15' <"$dir/lines"
	row "   DescribeCertificateAuthority" 3 4 <"$dir/lines"
}

# A responder of `openssl ocsp` for one certificate, on another port.
start_openssl()
{
	local at=$dir/openssl
	mkdir "$at"
	openssl req -x509 -noenc -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 1 -subj /CN=Root \
		-keyout "$at/ca.key" -out "$at/ca.pem" 2>/dev/null
	printf 'V\t490101000000Z\t\t01\tunknown\t/CN=leaf\n' >"$at/index"
	openssl ocsp -no_nonce -issuer "$at/ca.pem" -serial 1 -reqout "$at/request"
	od -An -v -tx1 "$at/request" | tr -d ' \n' >"$at/requests"
	openssl_port=$(dev/cluster.sh port)
	openssl ocsp -index "$at/index" -CA "$at/ca.pem" -rsigner "$at/ca.pem" -rkey "$at/ca.key" -ndays 1 \
		-port "$openssl_port" >/dev/null 2>&1 &
	openssl=$!
	# A connection without a request would keep it busy for good.
	until port=$openssl_port load -n 1 -H "$type" POST / "$at/requests" >/dev/null 2>&1; do
		sleep 0.1
	done
}

# G3: OCSP by POST, beside SQL alone and beside `openssl ocsp`
compare_http_ocsp()
{
	local i type='Content-Type: application/ocsp-request' openssl openssl_port
	heading "G3 OCSP by POST, 8 clients; per second" "gateway" "yardstick"
	[[ -e $dir/ocsp_requests ]] || sql -v count="$requests" -f test/bench/ocsp_setup.sql >"$dir/ocsp_requests"
	start_openssl
	for ((i = 0; i < rounds; i++)); do
		echo "$(load -c 8 -t "$seconds" -H "$type" POST /ocsp "$dir/ocsp_requests" | cut -d' ' -f1)" \
			"$(transactions ocsp_one 8)" \
			"$(port=$openssl_port load -c 8 -t "$seconds" -H "$type" POST / "$dir/openssl/requests" | cut -d' ' -f1)"
	done >"$dir/lines"
	kill "$openssl"
	row "G3 beside SQL alone" 1 2 0.50 <"$dir/lines"
	row "   beside \`openssl ocsp\` with one certificate" 1 3 '>1' <"$dir/lines"
}

# G4: a large CRL that the client has, and one that ten clients fetch at once
compare_http_crl()
{
	local rows=1000000 i large small etag
	[[ -z ${BENCH_QUICK:-} ]] || rows=100000
	sql -v authority="$authority" -v rows="$rows" -f test/bench/crl_fill.sql >/dev/null
	sql -c "SELECT count(pca_update_certificate_authority(arn, '{\"CrlConfiguration\": {\"Enabled\": true, \"ExpirationInDays\": 7, \"S3BucketName\": \"bench\"}}'))
		FROM bench.authorities WHERE name IN ('P-256', 'P-384')" -c "SELECT pca_run_maintenance()" >"$dir/output" 2>&1
	large=$(sql -c "SELECT '/' || bucket || '/' || key FROM pca.crls WHERE certificate_authority_arn = '$authority'")
	small=$(sql -c "SELECT '/' || bucket || '/' || key FROM pca.crls WHERE certificate_authority_arn <> '$authority'")
	heading "G4 a CRL of $rows entries, $(sql -c "SELECT max(size) FROM pca.object") octets" "large" "small"
	etag="If-None-Match: *"
	for ((i = 0; i < rounds; i++)); do
		echo "$(load -c 8 -t "$seconds" -s 304 -H "$etag" GET "$large" | cut -d' ' -f1)" \
			"$(load -c 8 -t "$seconds" -s 304 -H "$etag" GET "$small" | cut -d' ' -f1)"
	done >"$dir/lines"
	row "G4 304 to 8 clients that have it; per second" 1 2 1 <"$dir/lines"
	for ((i = 0; i < rounds; i++)); do
		# Nothing is left of an earlier one: a copy of this size is in no cache.
		clear_peak
		load -c 1 -n 1 GET "$large" | tr '\n' ' '
		gateway_memory VmHWM | tr '\n' ' '
		clear_peak
		load -c 10 -n 1 GET "$large" | tr '\n' ' '
		gateway_memory VmHWM
	done >"$dir/lines"
	heading "   ten clients at once, beside one" "ten" "one" "ratio" "target"
	row "   seconds" 7 3 <"$dir/lines"
	row "   MB per second" 6 2 <<<"$(awk '{ $6 /= 1e6; $2 /= 1e6; print }' "$dir/lines")"
	row "   the gateway's peak memory, MB" 8 4 1 <"$dir/lines"
}

# G5: memory with many connections, each of which has had an answer
measure_connections()
{
	local before count=500
	before=$(gateway_memory VmRSS)
	mkfifo "$dir/open"
	"$dir/bin/http_load" -w -c "$count" -H 'Content-Type: application/ocsp-request' "$port" POST /ocsp "$dir/ocsp_requests" \
		<"$dir/open" >"$dir/output" &
	exec 3>"$dir/open"
	until [[ -s $dir/output ]]; do
		sleep 0.1
	done
	heading "G5 the gateway's memory" "MB" " " "" "target"
	printf '%-56s %10s %10s %7s %7s\n' "G5 with $count idle connections" "$(gateway_memory VmRSS)" "" "" "32"
	printf '%-56s %10s\n' "   before" "$before"
	# The end of its input is its end.
	exec 3>&-
	wait $!
}

compare_gateway()
{
	# So many certificates that OCSP is asked for
	bulk P-256 off "$requests" >"$dir/output"
	start_gateway
	compare_http_issue
	compare_api
	compare_http_ocsp
	# Freshly started: what earlier measures left in it is theirs.
	stop_gateway
	start_gateway
	measure_connections
	compare_http_crl
	stop_gateway
}
