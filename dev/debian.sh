#!/usr/bin/env bash
#
# What of another Debian release than this machine's the project's scripts use:
#
#   dev/debian.sh mirror             prints where this machine's own apt gets Debian from
#   dev/debian.sh suites VERSION     prints the releases that have this PostgreSQL, best first
#   dev/debian.sh versions           prints the versions of PostgreSQL that this file knows
#   dev/debian.sh cache NAME         makes and prints a directory for what was fetched
#
# What was fetched stays in $PCA_CACHE, by default in /var/tmp or $TMPDIR, until
# somebody removes it; nothing of it is installed.
set -euo pipefail

# PostgreSQL 16 was in no release of Debian.
declare -A releases=([15]=bookworm [17]=trixie [18]='forky sid')

die()
{
	printf 'pca: %s\n' "$@" >&2
	exit 1
}

# Asks apt, which knows the formats of its sources and needs no package lists for it.
mirror()
{
	local own uri
	command -v apt-get >/dev/null || die "this needs apt-get, from Debian"
	own=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	uri=$(apt-get --print-uris update 2>/dev/null |
		sed -nE "s#^'(.*)/dists/(${own:-stable}|stable|testing|unstable|sid)/(In)?Release'.*#\1#p" | head -n 1)
	[[ -n $uri ]] || die "apt's sources on this machine name no archive of Debian"
	# A list of mirrors, which only apt itself understands.
	[[ $uri != mirror+file:* ]] || uri=$(grep -m 1 -oE '^[a-z]+://[^[:space:]]+' "${uri#mirror+file:}")
	echo "${uri%/}"
}

suites()
{
	[[ -n ${releases[$1]:-} ]] || die "no release of Debian is known to have PostgreSQL $1"
	echo "${releases[$1]}"
}

versions()
{
	printf '%s\n' "${!releases[@]}" | sort -n
}

# Others can write where it lies, so it must be nobody else's.
cache()
{
	local top=${PCA_CACHE:-${TMPDIR:-/var/tmp}/pca-cache-$(id -un)}
	mkdir -p "$top"
	[[ -O $top && ! -L $top ]] || die "$top belongs to somebody else: set PCA_CACHE to another directory"
	mkdir -p "$top/$1"
	echo "$top/$1"
}

[[ $# -eq 1 && $1 == @(mirror|versions) || $# -eq 2 && $1 == @(suites|cache) ]] ||
	die "usage: dev/debian.sh mirror | suites VERSION | versions | cache NAME"
"$@"
