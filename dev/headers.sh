#!/usr/bin/env bash
#
# Compiles src/ against the headers of other versions of PostgreSQL than the
# installed one, each with the OpenSSL and the C library of its Debian release:
#
#   dev/headers.sh [VERSION ...]     17 and 18, if none is named
#
# The packages are fetched and unpacked into a cache (dev/debian.sh), from which
# the next run compiles without the network. Nothing is installed, and root is
# not needed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die()
{
	printf 'pca: %s\n' "$@" >&2
	exit 1
}

# Runs apt-get with the sources, lists and cache in DIRECTORY, and none of the system's.
# A mirror may be past its release file's date: the signature is what is checked.
apt()
{
	local directory=$1
	shift
	apt-get -q -o Dir::Etc::SourceList="$directory/sources.list" -o Dir::Etc::SourceParts=- \
		-o Dir::Etc::Preferences=- -o Dir::Etc::PreferencesParts=- \
		-o Dir::State::Lists="$directory/lists" -o Dir::Cache="$directory" \
		-o Acquire::Languages=none -o Acquire::Check-Valid-Until=false \
		-o APT::Update::Error-Mode=any -o APT::Sandbox::User=root "$@" </dev/null
}

# fetch VERSION SUITE DIRECTORY: unpacks the headers of SUITE into DIRECTORY/root.
fetch()
{
	local version=$1 suite=$2 directory=$3 package
	mkdir -p "$directory"/{lists,archives}/partial "$directory/packages" "$directory/root"
	echo "deb $mirror $suite main" >"$directory/sources.list"
	apt "$directory" update && (cd "$directory/packages" && apt "$directory" download \
		"postgresql-server-dev-$version" libpq-dev libssl-dev libc6-dev linux-libc-dev) || return 1
	for package in "$directory"/packages/*.deb; do
		dpkg -x "$package" "$directory/root" || return 1
	done
	rm -rf "$directory"/{lists,archives,packages} "$directory"/*.bin
}

# Prints the directory with the headers of VERSION, which it fetches from the
# first release that has them. Half of a directory never takes the whole one's place.
headers()
{
	local version=$1 cache suite new
	cache=$(dev/debian.sh cache headers)
	if [[ ! -d $cache/$version ]]; then
		mirror=$(dev/debian.sh mirror)
		for suite in $(dev/debian.sh suites "$version"); do
			new=$(mktemp -d "$cache/new-XXXXXX")
			if fetch "$version" "$suite" "$new" >"$new/log" 2>&1; then
				mv "$new" "$cache/$version"
				break
			fi
			printf 'pca: could not fetch the headers of PostgreSQL %s from "%s":\n' "$version" "$suite" >&2
			tail -n 5 "$new/log" >&2
			rm -rf "$new"
		done
	fi
	[[ -d $cache/$version ]] || die "src/ was not compiled against PostgreSQL $version: its headers could not be fetched"
	echo "$cache/$version/root"
}

# The flags are those of the Makefile.
compile()
{
	local version=$1 root include
	root=$(headers "$version")
	include=$root/usr/include/postgresql/$version/server
	echo "pca: compiling with PostgreSQL $(sed -n 's/^#define PG_VERSION "\(.*\)"/\1/p' "$root/usr/include/postgresql/pg_config.h"), OpenSSL $(
		sed -nE 's/^# *define OPENSSL_VERSION_STR "(.*)"/\1/p' "$root/usr/include/openssl/opensslv.h")"
	printf '%s\0' src/*.c | xargs -0 -P 2 -n 20 "${CC:-gcc}" -fsyntax-only -std=gnu11 -O2 -D_GNU_SOURCE \
		-Wall -Wextra -Wno-unused-parameter -Werror --sysroot="$root" -isystem "$include" ||
		die "src/ does not compile with PostgreSQL $version"
}

[[ $# -gt 0 ]] || set -- 17 18
for version; do
	compile "$version"
done
