#!/usr/bin/env bash
#
# Writes the generated parts of docs/REFERENCE.md, by dev/reference.pl on a
# throwaway cluster: make reference.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dev/packages.sh build
dir=$(mktemp -d "${TMPDIR:-/tmp}/pca-reference-XXXXXX")
trap 'dev/cluster.sh remove "$dir"' EXIT
dev/cluster.sh start "$dir"
eval "$(dev/cluster.sh env "$dir")"
psql -X -q -c 'CREATE EXTENSION pca'
dev/reference.pl >"$dir/REFERENCE.md"
cp "$dir/REFERENCE.md" docs/REFERENCE.md
