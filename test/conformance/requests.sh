#!/usr/bin/env bash
#
# Makes a key of each algorithm and its requests, and prints them as
# `key, kind, csr`, ready for COPY.
#
#   plain      a subject and a subject alternative name
#   nameless   a subject alternative name alone
#   leaf, ca   with all the extensions that such a certificate may have
#
# Behind these come requests of the corpus that have names of every kind, each a
# kind of its own under the key of the corpus.
set -euo pipefail
configuration=$(dirname "${BASH_SOURCE[0]}")/request.cnf
corpus=$(dirname "${BASH_SOURCE[0]}")/../fixtures/csr
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

generate()
{
	case $1 in
		RSA_*) openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:${1#RSA_}" ;;
		P-*) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$1" ;;
		Ed*) openssl genpkey -algorithm "$1" ;;
	esac
}

usage()
{
	case $1 in
		RSA_*) echo usage_rsa ;;
		P-*) echo usage_ec ;;
		Ed*) echo usage_ed ;;
	esac
}

request()
{
	local subject=/C=DE/O=Example/CN=device.example.com
	[[ $2 != nameless ]] || subject=/
	{
		cat "$configuration"
		echo '[all]'
		sed -n "/^\[$2\]/,/^\[/{/^[^[]/p}" "$configuration"
		[[ $2 != leaf ]] || sed -n "/^\[$(usage "$1")\]/,/^\[/{/^[^[]/p}" "$configuration"
	} >"$directory/cnf"
	openssl req -new -key "$directory/key" -subj "$subject" -config "$directory/cnf" -reqexts all
}

for key in RSA_2048 RSA_3072 RSA_4096 P-256 P-384 P-521 Ed25519 Ed448; do
	generate "$key" >"$directory/key"
	for kind in plain nameless leaf ca; do
		printf '%s\t%s\t%s\n' "$key" "$kind" "$(request "$key" "$kind" | sed -z 's/\n/\\n/g')"
	done
done

for file in "$corpus"/good/subject-*.pem "$corpus"/repaired/*.pem; do
	printf 'P-256\tname-%s\t%s\n' "$(basename "$file" .pem)" "$(sed -z 's/\n/\\n/g' "$file")"
done
