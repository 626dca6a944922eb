#!/usr/bin/env bash
#
# Installs what a purpose needs and this machine lacks, and nothing else:
#
#   dev/packages.sh PURPOSE ...            build, gateway, demo, test, lint, bench,
#                                          relying-parties
#   dev/packages.sh missing PURPOSE ...    only says what is missing, and fails if something is
#   dev/packages.sh pg_config              prints the pg_config that the build uses
#   dev/packages.sh versions               prints the versions that Debian's packages have
#                                          installed with their headers, newest first
#
# What is there is used as it is, wherever it came from. What is missing comes
# from the distribution's packages, when this is root on a Debian-like system;
# otherwise the script says what is missing and fails. It asks for nothing,
# upgrades no server, makes no cluster and starts none.
set -euo pipefail

die()
{
	printf 'pca: %s\n' "$@" >&2
	exit 1
}

# A pg_config is of use when it names a server, its headers and PGXS. (Debian has
# the three in three packages, pg_config in a fourth.)
is_usable()
{
	local pgxs bindir include
	pgxs=$("$1" --pgxs 2>/dev/null) && bindir=$("$1" --bindir) && include=$("$1" --includedir-server) &&
		[[ -f $pgxs && -x $bindir/postgres && -x $bindir/initdb && -f $include/postgres.h ]]
}

# Prints the pg_config to use: $PG_CONFIG when it is set, else the one in PATH,
# else the newest that Debian's packages left outside of PATH.
find_pg_config()
{
	local candidate
	if [[ -n ${PG_CONFIG:-} ]]; then
		is_usable "$PG_CONFIG" && command -v "$PG_CONFIG"
		return
	fi
	while read -r candidate; do
		is_usable "$candidate" && command -v "$candidate" && return
	done < <(echo pg_config; debian_versions | sed 's|.*|/usr/lib/postgresql/&/bin/pg_config|')
	return 1
}

# The major versions whose server Debian's packages have installed, newest first.
debian_versions()
{
	local postgres
	for postgres in /usr/lib/postgresql/*/bin/postgres; do
		[[ ! -x $postgres ]] || basename "${postgres%/bin/postgres}"
	done | sort -rn
}

# The compiler that PGXS calls: the one that the server was built with.
compiler()
{
	local pg_config
	pg_config=$(find_pg_config) && "$pg_config" --cc || echo gcc
}

# Fills `missing` with the packages for the purposes. "@" stands for the server's
# major version, which is known only once the package lists are.
find_missing()
{
	local cc
	missing=()
	read -r cc _ < <(compiler)
	command -v make >/dev/null || missing+=(make)
	command -v "$cc" >/dev/null || missing+=(gcc libc6-dev)
	[[ " $* " != *" gateway "* ]] || find_missing_libraries "$cc"
	# The gateway alone needs no server.
	[[ $* != gateway ]] || return 0
	if ! find_pg_config >/dev/null; then
		[[ -n $(debian_versions) ]] || missing+=("postgresql-@")
		missing+=("postgresql-server-dev-@")
	fi
	command -v openssl >/dev/null || missing+=(openssl)
	echo '#include <openssl/evp.h>' | "$cc" -E - >/dev/null 2>&1 || missing+=(libssl-dev)
	if [[ " $* " == *" test "* ]]; then
		command -v prove >/dev/null || missing+=(perl)
		perl -MIPC::Run -e 1 2>/dev/null || missing+=(libipc-run-perl)
		command -v ocsptool >/dev/null || missing+=(gnutls-bin)
		/usr/bin/python3 -c 'import cryptography' 2>/dev/null || missing+=(python3-cryptography)
		/usr/bin/python3 -c 'import boto3' 2>/dev/null || missing+=(python3-boto3)
		command -v aws >/dev/null || missing+=(awscli)
	fi
	if [[ " $* " == *" lint "* ]]; then
		command -v clang >/dev/null || missing+=(clang)
		command -v shellcheck >/dev/null || missing+=(shellcheck)
	fi
	[[ " $* " != *" demo "* ]] || command -v curl >/dev/null || missing+=(curl)
	[[ " $* " != *" relying-parties "* ]] || find_missing_judges
}

# What the gateway is compiled with.
find_missing_libraries()
{
	local include
	include=$(pg_config --includedir 2>/dev/null) || include=/usr/include/postgresql
	echo '#include <microhttpd.h>' | "$1" -E - >/dev/null 2>&1 || missing+=(libmicrohttpd-dev)
	echo '#include <libpq-fe.h>' | "$1" -I "$include" -E - >/dev/null 2>&1 || missing+=(libpq-dev)
}

# The programs that judge in `make relying-parties`; some are in sbin, where an
# ordinary user's PATH does not lead.
find_missing_judges()
{
	local path package
	while read -r path package; do
		[[ -e $path ]] || PATH=$PATH:/usr/sbin:/sbin command -v "$path" >/dev/null || missing+=("$package")
	done <<-LIST
		ocsptool gnutls-bin
		curl curl
		wget wget
		vfychain libnss3-tools
		go golang-go
		${GOPATH:-/usr/share/gocode}/src/golang.org/x/crypto/ocsp golang-golang-x-crypto-dev
		javac default-jdk-headless
		/usr/share/java/bcprov.jar libbcprov-java
		/usr/share/java/bcpkix.jar libbcpkix-java
		nginx nginx
		apache2 apache2-bin
		haproxy haproxy
		stunnel stunnel4
		freeradius freeradius
		eapol_test eapoltest
		openvpn openvpn
		pki strongswan-pki
		/usr/lib/ipsec/plugins/libstrongswan-openssl.so libstrongswan-standard-plugins
		/usr/lib/ipsec/plugins/libstrongswan-curl.so libstrongswan-extra-plugins
	LIST
}

# Replaces "@" by the version of the server that is installed, else of the
# distribution's. Where the package lists do not tell it, the packages without a
# version stand for it.
name_versions()
{
	local version
	version=$(debian_versions | head -n 1)
	[[ -n $version ]] ||
		version=$(apt-cache depends postgresql 2>/dev/null |
			sed -n 's/.*Depends: postgresql-\([0-9]\+\)$/\1/p' | head -n 1) || true
	if [[ -n $version ]]; then
		missing=("${missing[@]//@/$version}")
	else
		missing=("${missing[@]//server-dev-@/server-dev-all}")
		missing=("${missing[@]//postgresql-@/postgresql}")
	fi
}

# Newer headers would pull a newer server: those of the installed one are as good.
match_installed()
{
	local version installed
	version=$(debian_versions | head -n 1)
	installed=$(dpkg-query -W -f '${Version}' "postgresql-$version" 2>/dev/null) || return 0
	! apt-cache show "postgresql-server-dev-$version=$installed" >/dev/null 2>&1 ||
		missing=("${missing[@]/%server-dev-$version/server-dev-$version=$installed}")
}

apt()
{
	DEBIAN_FRONTEND=noninteractive apt-get -y -qq \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
		"$@" </dev/null
}

# For as long as this script runs, a new server package makes no cluster, and
# no service is started, so that a cluster that is down stays down. Both are
# files of our own in places that Debian keeps for them: no setting is edited.
hold_services()
{
	local conf=/etc/postgresql-common/createcluster.d/pca.conf policy=/usr/sbin/policy-rc.d
	trap release_services EXIT
	trap 'exit 130' INT TERM HUP
	if [[ ! -d ${conf%/*} ]]; then
		mkdir -p "${conf%/*}"
		held_directory=${conf%/*}
	fi
	held+=("$conf")
	echo 'create_main_cluster = false' >"$conf"
	if [[ ! -e $policy ]]; then
		held+=("$policy")
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
}

release_services()
{
	trap - EXIT
	rm -f "${held[@]}" "${log:-}"
	[[ -z ${held_directory:-} ]] || rmdir -p --ignore-fail-on-non-empty "$held_directory"
}

install_missing()
{
	log=$(mktemp)
	held=()
	hold_services
	echo "pca: reading the package lists"
	apt update >"$log" 2>&1 || cat "$log" >&2
	name_versions
	match_installed
	if apt -s install --no-install-recommends "${missing[@]}" 2>/dev/null |
		grep -qE '^(Inst postgresql-[0-9]+ \[|Remv )'; then
		die "installing ${missing[*]} would upgrade or remove an installed server: not done" \
			"do it yourself when it suits you: apt-get install ${missing[*]}"
	fi
	echo "pca: installing ${missing[*]}"
	apt install --no-install-recommends "${missing[@]}" >"$log" 2>&1 ||
		{ cat "$log" >&2; die "could not install ${missing[*]}"; }
}

if [[ "$*" == versions ]]; then
	for version in $(debian_versions); do
		! is_usable "/usr/lib/postgresql/$version/bin/pg_config" || echo "$version"
	done
	exit
fi
if [[ "$*" == pg_config ]]; then
	find_pg_config || die "no PostgreSQL server with its headers found: run dev/packages.sh build"
	exit
fi
install=1
if [[ ${1:-} == missing ]]; then
	install=
	shift
fi
[[ " $* " =~ ^(\ (build|gateway|demo|test|lint|bench|relying-parties))+\ $ ]] ||
	die "usage: dev/packages.sh [missing] build|gateway|demo|test|lint|bench|relying-parties ... | pg_config | versions"
if [[ -n ${PG_CONFIG:-} ]] && ! find_pg_config >/dev/null; then
	die "PG_CONFIG is \"$PG_CONFIG\", which names no PostgreSQL server with its headers (PGXS)"
fi

find_missing "$@"
[[ ${#missing[@]} -gt 0 ]] || exit 0

if ! command -v apt-get >/dev/null; then
	name_versions
	die "missing here, under their Debian names: ${missing[*]}" \
		"install what this system calls them, and set PG_CONFIG if pg_config is not in PATH"
elif [[ -z $install || $EUID -ne 0 ]]; then
	name_versions
	die "missing here: ${missing[*]}" \
		"root can install them: dev/packages.sh $*" \
		"or: apt-get install --no-install-recommends ${missing[*]}"
fi

install_missing
release_services
find_missing "$@"
[[ ${#missing[@]} -eq 0 ]] || die "still missing after the installation: ${missing[*]}"
