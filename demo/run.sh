#!/usr/bin/env bash
#
# make demo: a private CA from nothing, on a cluster of its own that goes on
# running afterwards with its gateway, until make demo-stop.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dir=${TMPDIR:-/tmp}/pca-demo-$(id -u)

dev/packages.sh build gateway demo
if [[ -d $dir ]]; then
	echo "The demo that was running before makes room: its cluster in $dir is removed."
	demo/stop.sh >/dev/null
fi

# A demo that breaks off leaves its server and the log to be looked at.
trap '[[ $? -eq 0 ]] || echo "pca: the demo did not finish: make demo-stop removes what it left in $dir" >&2' EXIT

echo "Building the extension and its gateway, and starting a throwaway cluster ..."
make -s gateway PG_CONFIG="$(dev/packages.sh pg_config)"
dev/cluster.sh start "$dir"
# A program of that directory, by which demo/stop.sh knows it.
install -D -m 755 gateway/pca-gateway "$dir/bin/pca-gateway"
dev/cluster.sh copy "$dir" demo
dev/cluster.sh run "$dir" demo/story.sh "$dir/bin/pca-gateway" "$(dev/cluster.sh port)"

psql=psql
command -v psql >/dev/null || psql=$dir/stage/bin/psql
port=$(dev/cluster.sh run "$dir" printenv PGPORT)
cat <<END

The database and the gateway go on running.

    $psql -h $dir/run -p $port -U postgres demo      reaches the database
    make demo-stop      stops both and removes $dir

END
dev/cluster.sh run "$dir" demo/clients.sh
