#!/usr/bin/env bash
#
# Runs `make test` on each version of PostgreSQL, in the Debian release that has
# it, and prints a table:
#
#   make matrix                        every version that dev/debian.sh knows
#   make matrix VERSIONS="17"          only these versions
#   make matrix TESTS="hijack"         only these tests, as in `make test`
#
# Each version has its own chroot, made by debootstrap in the cache of
# dev/debian.sh, where it stays for the next run: remove it there to get newer
# packages. Each run has its own mount and process namespace, so that its mounts
# and processes disappear with it. All of this needs root.
#
# If the previous release has the previous version, that one is also installed, so
# that pg_upgrade from it is tested. The output of each run is in tmp_matrix/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# The source of pg_upgrade: version, the previous version, its release.
declare -A older=([17]='15 bookworm')

die()
{
	printf 'matrix: %s\n' "$@" >&2
	exit 1
}

# bootstrap SUITE DIRECTORY: makes a chroot. An incomplete one never gets the final name.
bootstrap()
{
	local suite=$1 directory=$2 new script=/usr/share/debootstrap/scripts
	new=$(mktemp -d "${directory%/*}/new-XXXXXX")
	# This machine's debootstrap may be older than the release.
	[[ -e $script/$suite ]] && script+=/$suite || script+=/sid
	if ! debootstrap --variant=minbase "$suite" "$new" "$mirror" "$script"; then
		rm -rf "$new"
		return 1
	fi
	chmod 755 "$new"
	# A mirror's release file may have expired; only its signature is checked.
	echo 'Acquire::Check-Valid-Until "false";' >"$new/etc/apt/apt.conf.d/90pca"
	mkdir -p "$new/etc/postgresql-common/createcluster.d"
	echo 'create_main_cluster = false' >"$new/etc/postgresql-common/createcluster.d/pca.conf"
	cp /etc/hosts "$new/etc/hosts"
	mv "$new" "$directory"
}

# Runs a command in a chroot. The shell that mounts is the first process of the
# namespace, so that all others end with it.
in_chroot()
{
	unshare --mount --pid --fork --kill-child bash -c '
		set -e
		root=$1
		shift
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount -t tmpfs tmpfs "$root/dev/shm"
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 chroot "$root" "$@"' bash "$@" </dev/null
}

# Adds the packages of an older release, which apt installs only if they are requested.
add_release()
{
	local root=$1 suite=$2
	echo "deb $mirror $suite main" >"$root/etc/apt/sources.list.d/pca-older.list"
	printf 'Package: *\nPin: release n=%s\nPin-Priority: 1\n' "$suite" >"$root/etc/apt/preferences.d/pca-older"
}

# Copies the files of this checkout to /pca in a chroot.
copy_checkout()
{
	local root=$1
	rm -rf "$root/pca"
	mkdir "$root/pca"
	{ git ls-files -co --exclude-standard 2>/dev/null || find . -type f -not -path './.git/*' -printf '%P\n'; } |
		while read -r file; do [[ ! -f $file ]] || echo "$file"; done |
		tar -c -T - | tar -x --no-same-owner -C "$root/pca"
}

# Installs what the tests need in a chroot, and the version that pg_upgrade starts from.
prepare()
{
	local root=$1 version=$2 before suite
	copy_checkout "$root"
	in_chroot "$root" /pca/dev/packages.sh build test
	[[ -n ${older[$version]:-} ]] || return 0
	read -r before suite <<<"${older[$version]}"
	[[ ! -x $root/usr/lib/postgresql/$before/bin/pg_config ]] || return 0
	add_release "$root" "$suite"
	in_chroot "$root" sh -c 'apt-get -q update &&
		DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends \
			"postgresql-$1" "postgresql-server-dev-$1"' sh "$before"
}

# Finds the chroot of a version, or makes it from the first release that works. Sets $root.
find_chroot()
{
	local version=$1 cache suite
	cache=$(dev/debian.sh cache chroot)
	for suite in $(dev/debian.sh suites "$version"); do
		root=$cache/$version-$suite
		[[ ! -d $root ]] || return 0
	done
	for suite in $(dev/debian.sh suites "$version"); do
		root=$cache/$version-$suite
		bootstrap "$suite" "$root" && return
	done
	return 1
}

# Prints a version's row of the table, from its chroot and its log.
row()
{
	local version=$1 log=$2 result=${3:-} server openssl compiler
	server=$(in_chroot "$root" "/usr/lib/postgresql/$version/bin/postgres" --version |
		grep -oE '[0-9]+\.?[0-9a-z]+' | head -n 1)
	openssl=$(in_chroot "$root" openssl version | cut -d ' ' -f 2)
	compiler=$(in_chroot "$root" gcc -dumpfullversion)
	[[ -n $result ]] || result=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1) ||
		result='did not run'
	echo "| $server | $openssl | gcc $compiler | ${root##*-} | $result |"
}

# Tests one version and adds its row to $table. Returns false unless all tests passed.
run_version()
{
	local version=$1 log=tmp_matrix/$1.log
	echo "matrix: PostgreSQL $version; its output goes to $log"
	if ! { find_chroot "$version" && prepare "$root" "$version"; } >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		table+=("| $version | | | | could not be installed |")
		return 1
	fi
	if in_chroot "$root" env PG_CONFIG="/usr/lib/postgresql/$version/bin/pg_config" TESTS="${TESTS:-}" \
		make -s -C /pca test >>"$log" 2>&1; then
		table+=("$(row "$version" "$log")")
		return
	fi
	grep -E '^(not ok|test .*FAILED|#   Failed|.*Failed [0-9]+/)' "$log" | tail -n 40 >&2 ||
		tail -n 20 "$log" >&2
	[[ ! -d $root/pca/tmp_check ]] || cp -R "$root/pca/tmp_check" "tmp_matrix/$version"
	table+=("$(row "$version" "$log")")
	return 1
}

[[ $EUID -eq 0 ]] || die "chroots need root"
unshare --mount --pid --fork true || die "this machine does not let root have namespaces of its own (unshare)"
command -v debootstrap >/dev/null ||
	die "debootstrap is missing: apt-get install --no-install-recommends debootstrap"

mirror=$(dev/debian.sh mirror)
rm -rf tmp_matrix
mkdir tmp_matrix
failed=0
table=('| PostgreSQL | OpenSSL | compiler | Debian | `make test` |' '|---|---|---|---|---|')
for version in ${VERSIONS:-$(dev/debian.sh versions)}; do
	dev/debian.sh suites "$version" >/dev/null
	run_version "$version" || failed=1
done
printf '%s\n' '' "${table[@]}"
[[ $failed -eq 0 ]]
