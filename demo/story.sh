#!/usr/bin/env bash
#
# The demo's main job, inside its cluster: called by demo/run.sh through
# dev/cluster.sh, which sets what psql needs. Its arguments are the gateway's program
# and port.
# Each step is a file of SQL, shown as it runs, each statement a transaction of its
# own: what a transaction issues can be read only after it has committed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export PGDATABASE=demo
# What is fetched here is on this machine.
export no_proxy=127.0.0.1
gateway=$1

if [[ -t 1 ]]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
	bold='' dim='' plain=''
fi

step()
{
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# Shows the file and what it answers, without the commands that only format.
run_sql()
{
	psql -X -q -P footer=off -v ON_ERROR_STOP=1 -v url="$url" -v ocsp_url="$url/ocsp" --echo-all -f "$1" 2>&1 |
		sed -u -E '/^\\(echo|pset|set)/d; s/^/    /'
}

# It goes on running; demo/stop.sh finds it by its file.
start_gateway()
{
	setsid "$gateway" --listen="${url#http://}" --status-connection=user=status \
		--api-connection=user=gateway --monitor-connection=user=monitor </dev/null >../gateway.log 2>&1 &
	echo $! >../gateway.pid
	until curl -s -o /dev/null "$url/healthz"; do
		kill -0 $! 2>/dev/null || { cat ../gateway.log; return 1; }
		sleep 0.1
	done
	echo "    pca-gateway at $url"
}

# One request per device: key kind, name, address, by openssl.
make_request()
{
	local kind=$1 name=$2 address=$3 options
	case $kind in
		RSA-*) options=(-newkey "rsa:${kind#RSA-}") ;;
		*) options=(-newkey ec -pkeyopt "ec_paramgen_curve:$kind") ;;
	esac
	openssl req -new -nodes "${options[@]}" -keyout "$name.key" -out "$name.csr" \
		-subj "/O=Example/CN=$name.example.com" \
		-addext "subjectAltName=DNS:$name.example.com,IP:$address" 2>/dev/null
}

make_requests()
{
	local kind number=0 name
	for kind in P-256:10 P-384:6 P-521:4 RSA-2048:3 RSA-3072:2; do
		for ((i = 0; i < ${kind#*:}; i++)); do
			number=$((number + 1))
			printf -v name 'device-%02d' "$number"
			make_request "${kind%:*}" "$name" "10.0.0.$number"
			printf '%s,%s,"%s"\n' "$name" "${kind%:*}" "$(<"$name.csr")" >>devices.csv
		done
		printf '    %2d x %s\n' "${kind#*:}" "${kind%:*}"
	done
}

# Fetches every certificate that a CA has issued as NAME.pem.
fetch_certificates()
{
	psql -X -q -A -t -F $'\n' -v ON_ERROR_STOP=1 -f fetch.sql |
		awk '/^(root|subordinate|device-[0-9]+)$/ { file = $0 ".pem"; next } { print > file }'
}

verify_certificates()
{
	local key name ok=0
	while IFS=, read -r name key; do
		openssl verify -x509_strict -CAfile root.pem -untrusted subordinate.pem "$name.pem" >verdict 2>&1 ||
			{ cat verdict; return 1; }
		grep -qx "$name.pem: OK" verdict
		# It must be the device's own key that was certified.
		cmp -s <(openssl x509 -in "$name.pem" -noout -pubkey) <(openssl req -in "$name.csr" -noout -pubkey) ||
			{ echo "$name.pem certifies another key than $name.csr"; return 1; }
		ok=$((ok + 1))
		printf '    %2d  %s  %-8s  OK\n' "$ok" "$name" "$key"
	done < <(psql -X -A -t -F, -c 'SELECT name, key FROM devices ORDER BY name')
	printf '    %s%d of %d: root > subordinate > device, by openssl verify -x509_strict%s\n' \
		"$bold" "$ok" "$(psql -X -A -t -c 'SELECT count(*) FROM devices')" "$plain"
}

# What a relying party hears of a certificate by OCSP, at the URL that stands in it.
ask_ocsp()
{
	openssl ocsp -no_nonce -url "$(openssl x509 -in "$1.pem" -noout -ocsp_uri)" \
		-issuer subordinate.pem -cert "$1.pem" -CAfile root.pem 2>&1 |
		sed -n "/^$1.pem:/p; /Reason:/p; /Response verify OK/p"
}

# And by the CRL at the URL that stands in it: good passes, revoked does not.
check_crl()
{
	curl -s -f "$(openssl x509 -in "$1.pem" -noout -ext crlDistributionPoints | sed -n 's/^ *URI://p')" |
		openssl crl -inform DER -out subordinate.crl
	openssl crl -in subordinate.crl -noout -CAfile subordinate.pem 2>&1 | sed 's/^/CRL: /'
	# Its verdict is in what it says: that a certificate is revoked is no failure here.
	{ openssl verify -crl_check -CAfile root.pem -untrusted subordinate.pem -CRLfile subordinate.crl "$1.pem" 2>&1 || true; } |
		sed -n "/OK$/p; s/^error [0-9]* at 0 depth lookup/$1.pem/p"
}

hears()
{
	local said
	said=$("$2" "$1")
	sed 's/^/    /' <<<"$said"
	grep -q "$3" <<<"$said"
}

step "A private certificate authority inside PostgreSQL"
echo "    $(postgres --version)"
echo "    $(openssl version)"
createdb demo
url=http://127.0.0.1:$2
echo "$url" >gateway.url

step "1  The extension, and a gateway that serves it over HTTP"
run_sql extension.sql
start_gateway

step "2  A root CA: created, self-signed, imported, ACTIVE"
run_sql root.sql

step "3  A subordinate CA under it, which may sign no further CA (PathLen0)"
run_sql subordinate.sql

step "4  Devices make keys and requests, as they would anywhere: openssl req"
make_requests
run_sql devices.sql

step "5  One SELECT certifies them all"
run_sql issue.sql

step "6  The judge: openssl, with the root as its only trust"
fetch_certificates
echo "    ${dim}openssl verify -x509_strict -CAfile root.pem -untrusted subordinate.pem device-NN.pem${plain}"
verify_certificates

step "7  The inventory: every certificate is a row"
run_sql inventory.sql

step "8  A device is lost: revoked by a query"
run_sql revoke.sql

step "9  Who relies on the certificates sees it: openssl ocsp, over HTTP"
echo "    ${dim}$(openssl x509 -in device-07.pem -noout -ocsp_uri)${plain}"
hears device-01 ask_ocsp 'device-01.pem: good'
hears device-07 ask_ocsp 'device-07.pem: revoked'

step "10 ... and openssl verify -crl_check, with the CRL that curl fetches"
echo "    ${dim}$(openssl x509 -in device-07.pem -noout -ext crlDistributionPoints | sed -n 's/^ *URI://p')${plain}"
hears device-01 check_crl 'device-01.pem: OK'
hears device-07 check_crl 'device-07.pem: certificate revoked'
