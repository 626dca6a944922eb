#!/usr/bin/env bash
#
# make demo: a private CA from nothing, on a cluster of its own that goes on
# running afterwards, until make demo-stop.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dir=${TMPDIR:-/tmp}/pca-demo-$(id -u)

dev/packages.sh build
if [[ -d $dir ]]; then
	echo "The demo that was running before makes room: its cluster in $dir is removed."
	dev/cluster.sh remove "$dir"
fi

# A demo that breaks off leaves its server and the log to be looked at.
trap '[[ $? -eq 0 ]] || echo "pca: the demo did not finish: make demo-stop removes what it left in $dir" >&2' EXIT

echo "Building the extension and starting a throwaway cluster ..."
dev/cluster.sh start "$dir"
dev/cluster.sh copy "$dir" demo
dev/cluster.sh run "$dir" demo/story.sh

psql=psql
command -v psql >/dev/null || psql=$dir/stage/bin/psql
port=$(dev/cluster.sh run "$dir" printenv PGPORT)
cat <<END

The database goes on running. Reach it:

    $psql -h $dir/run -p $port -U postgres demo

  make demo-stop     stops it and removes $dir
END
