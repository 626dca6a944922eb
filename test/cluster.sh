# shellcheck shell=bash
#
# Sourced by scripts that judge the extension's output in a temporary cluster:
#
#   with_cluster NAME PATH ...   starts a cluster until the script ends, and copies the PATHs to it
#   in_cluster COMMAND ...       runs a command there
#
# The files that the commands write to out/ are copied to the directory $KEEP, if set.

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
