#!/usr/bin/env bash
#
# Installs the judges of `make conformance` that this machine lacks, or says
# which are missing and fails. Like dev/packages.sh, which it begins with, it
# installs only as root on a Debian-like system.
#
# zlint is not in Debian 12: this one package comes from the next release, with the
# mirror and the keys that this system uses, and only if it needs nothing else from
# there. The source is removed afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

die()
{
	printf 'pca: %s\n' "$@" >&2
	exit 1
}

# Fills `missing` with the packages of the judges that are not installed.
find_missing()
{
	missing=()
	command -v zlint >/dev/null || missing+=(zlint)
	command -v certtool >/dev/null || missing+=(gnutls-bin)
	command -v go >/dev/null || missing+=(golang-go)
	[[ -d ${GOPATH:-/usr/share/gocode}/src/golang.org/x/crypto/ocsp ]] || missing+=(golang-golang-x-crypto-dev)
	command -v crlutil >/dev/null || missing+=(libnss3-tools)
	/usr/bin/python3 -c 'import cryptography' 2>/dev/null || missing+=(python3-cryptography)
}

apt()
{
	DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# Writes what apt-get needs to use one more suite to the directory $1. Installed
# packages stay unchanged, because the suite's priority is lower.
only_suite()
{
	local mirror
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
	[[ -n $mirror ]] || return 1
	mkdir -p "$1/lists/partial"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$1/sources.list"
	printf 'Package: *\nPin: release n=trixie\nPin-Priority: 1\n' >"$1/preferences"
	options=(-o Dir::Etc::SourceList="$1/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::Etc::Preferences="$1/preferences" -o Dir::Etc::PreferencesParts=/dev/null
		-o Dir::State::Lists="$1/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
}

install_zlint()
{
	local options=() steps
	# shellcheck disable=SC2064
	directory=$(mktemp -d) && trap "rm -rf '$directory'" EXIT
	# The user that downloads for apt must be able to enter it.
	chmod 755 "$directory"
	only_suite "$directory" && apt "${options[@]}" update >/dev/null 2>&1 || return 0
	steps=$(apt "${options[@]}" -s install --no-install-recommends zlint/trixie 2>/dev/null |
		grep -E '^(Inst|Remv) ') || return 0
	[[ $(wc -l <<<"$steps") -eq 1 && $steps == "Inst zlint "* ]] || return 0
	echo "pca: installing zlint of Debian's next release"
	apt "${options[@]}" install --no-install-recommends zlint/trixie >/dev/null 2>&1 || true
}

dev/packages.sh test
find_missing
if [[ ${#missing[@]} -gt 0 && $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
	apt update >/dev/null 2>&1 || true
	for package in "${missing[@]}"; do
		if apt-cache show "$package" >/dev/null 2>&1; then
			echo "pca: installing $package"
			apt install --no-install-recommends "$package" >/dev/null 2>&1 || true
		elif [[ $package == zlint ]]; then
			install_zlint
		fi
	done
	find_missing
fi
[[ ${#missing[@]} -eq 0 ]] || die "missing judges, under their Debian names: ${missing[*]}" \
	"zlint is in Debian 13 and later"
