#!/usr/bin/env bash
#
# make demo-stop: stops the cluster that make demo left running, and removes it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dir=${TMPDIR:-/tmp}/pca-demo-$(id -u)

if [[ -d $dir ]]; then
	dev/cluster.sh remove "$dir"
	echo "The demo is stopped, and $dir removed."
else
	echo "No demo is running."
fi
