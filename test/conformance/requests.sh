#!/usr/bin/env bash
#
# Makes a key of each algorithm and its requests, and prints them as
# `key, kind, csr`, ready for COPY.
#
#   plain      a subject and a subject alternative name
#   nameless   only a subject alternative name
#   leaf, ca   with all the extensions that such a certificate may have
#
# They are followed by requests of the corpus with names of every kind, and with
# extensions of every kind, each as a separate kind under P-256.
set -euo pipefail
configuration=$(dirname "${BASH_SOURCE[0]}")/request.cnf
corpus=$(dirname "${BASH_SOURCE[0]}")/../fixtures/csr
extensions=$(dirname "${BASH_SOURCE[0]}")/../fixtures/extension/values.tsv
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

# Good values: the extension, a note, and the request in base 64.
awk -F'\t' 'NR > 1 && $3 == "ok" {
		kind = $1 "-" $4
		gsub(/[^A-Za-z0-9.]+/, "-", kind)
		gsub(/.{64}/, "&\\n", $6)
		sub(/\\n$/, "", $6)
		printf "P-256\textension-%s\t", kind
		printf "-----BEGIN CERTIFICATE REQUEST-----\\n%s\\n-----END CERTIFICATE REQUEST-----\\n\n", $6
	}' "$extensions"
