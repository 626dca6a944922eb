# shellcheck shell=bash
#
# Read by scripts that judge what the extension makes in a cluster of their own:
#
#   with_cluster NAME PATH ...   starts one until the script ends, and copies the PATHs to it
#   in_cluster COMMAND ...       runs a command there
#
# What the commands leave in out/ is copied to the directory $KEEP, if that is set.

in_cluster()
{
	dev/cluster.sh run "$dir" "$@"
}

finish()
{
	trap '' INT TERM HUP
	if [[ -n ${KEEP:-} && -d $dir/work/out ]]; then
		mkdir -p "$KEEP"
		cp -r "$dir/work/out/." "$KEEP/"
	fi
	dev/cluster.sh remove "$dir"
}

with_cluster()
{
	dir=$(mktemp -d "${TMPDIR:-/tmp}/pca-$1-XXXXXX")
	shift
	rmdir "$dir"
	trap finish EXIT
	trap 'exit 1' INT TERM HUP
	dev/cluster.sh start "$dir"
	dev/cluster.sh copy "$dir" "$@"
}
