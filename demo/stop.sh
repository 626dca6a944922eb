#!/usr/bin/env bash
#
# make demo-stop: stops the gateway and the cluster that make demo left running,
# and removes them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dir=${TMPDIR:-/tmp}/pca-demo-$(id -u)

# The process must be this demo's gateway: its number may have become another one's.
stop_gateway()
{
	local pid
	pid=$(cat "$dir/work/gateway.pid" 2>/dev/null) || return 0
	[[ $(readlink "/proc/$pid/exe") == "$(realpath "$dir")/bin/pca-gateway" ]] || return 0
	kill "$pid"
	while [[ -e /proc/$pid ]]; do
		sleep 0.1
	done
}

if [[ -d $dir ]]; then
	stop_gateway
	dev/cluster.sh remove "$dir"
	echo "The demo is stopped, and $dir removed."
else
	echo "No demo is running."
fi
