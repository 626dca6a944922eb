#!/usr/bin/env bash
#
# A throwaway cluster with the extension, apart from everything installed:
#
#   dev/cluster.sh start DIR             builds, installs into DIR, starts; again: rebuilds, keeps the data
#   dev/cluster.sh env DIR               prints the variables that reach it, for eval
#   dev/cluster.sh run DIR COMMAND ...   runs a command with them in DIR/work, as the server's user
#   dev/cluster.sh copy DIR PATH ...     copies files of this checkout to DIR/work
#   dev/cluster.sh stop DIR              stops the server, keeps DIR
#   dev/cluster.sh remove DIR            stops every server in DIR, removes it
#   dev/cluster.sh stage DIR             only builds and installs into DIR
#   dev/cluster.sh port                  prints a free port, for a server next to the cluster's
#
# DIR/stage is a private copy of the PostgreSQL installation that pg_config
# names: real copies of the programs, which find their libraries and share files
# relative to themselves, links to everything else, and the extension. So an
# ordinary user needs no right to install, and nothing is left in the system.
# When the installation has changed since, the copy is made again.
#
# A server refuses to run as root. Root's clusters run as `postgres`, else as
# `nobody`, and so does what `run` runs. That user may be unable to read this
# checkout: hence `copy`.
set -euo pipefail

die()
{
	printf 'pca: %s\n' "$@" >&2
	exit 1
}

# Runs a command as the user who owns the server.
as_server()
{
	if [[ $EUID -eq 0 ]]; then
		runuser -u "$server_user" -- "$@"
	else
		"$@"
	fi
}

# Makes a directory that belongs to the server's user and to nobody else.
make_private()
{
	mkdir -p "$1"
	chmod 700 "$1"
	[[ $EUID -ne 0 ]] || chown "$server_user": "$1"
}

make_directory()
{
	[[ -d $dir ]] || mkdir -m 700 "$dir"
	[[ -O $dir && ! -L $dir ]] || die "$dir belongs to somebody else"
	[[ -e $dir/stage || -z $(ls -A "$dir") ]] || die "$dir is in use for something else"
	mkdir -p "$stage"
	[[ $EUID -ne 0 ]] || chmod 711 "$dir"
	as_server test -x "$dir" || die "the user $server_user cannot enter $dir: set TMPDIR to a directory that it can"
	# sun_path holds 107 bytes on Linux, and tests put sockets of their own below DIR/tmp.
	[[ ${#dir} -le 60 ]] || die "$dir is too long a name for Unix sockets below it: set TMPDIR to a shorter one"
	make_private "$dir/run"
	make_private "$dir/tmp"
	make_private "$dir/work"
}

# Links each entry of a directory of the installation into the same place of the stage.
link_entries()
{
	mkdir -p "$stage$1"
	ln -sfn -t "$stage$1" "$1"/*
}

stage_installation()
{
	local bindir sharedir pkglibdir path
	bindir=$("$pg_config" --bindir)
	sharedir=$("$pg_config" --sharedir)
	pkglibdir=$("$pg_config" --pkglibdir)
	mkdir -p "$stage$bindir"
	cp -L "$bindir"/* "$stage$bindir"
	link_entries "$pkglibdir"
	link_entries "$sharedir"
	rm "$stage$sharedir/extension"
	link_entries "$sharedir/extension"
	# An installed version of the extension must not shine through.
	rm -f "$stage$pkglibdir"/pca.so "$stage$sharedir"/extension/pca{.control,--*.sql}
	# The staged pg_config names these too.
	for path in --libdir --includedir --pkgincludedir --includedir-server; do
		path=$("$pg_config" "$path")
		[[ -e $stage$path ]] || { mkdir -p "$stage${path%/*}" && ln -s "$path" "$stage$path"; }
	done
	installation >"$stage/installation"
	ln -s ".$bindir" "$stage/bin"
}

# Prints what the installation is: a package's minor upgrade is another one.
installation()
{
	local bindir
	bindir=$("$pg_config" --bindir)
	"$bindir/postgres" --version
	stat -L -c '%n %i %s %Y' "$bindir/postgres"
}

# Copied programs and linked libraries of two installations do not fit together.
# A server that runs from the copy ends with it.
drop_stale_stage()
{
	[[ -e $stage/bin && $(installation) != "$(cat "$stage/installation" 2>/dev/null)" ]] || return 0
	echo "pca: PostgreSQL has changed since $dir was made: copying it again" >&2
	stop
	rm -rf "$stage"
	mkdir "$stage"
}

# Another major version reads none of the data.
check_data()
{
	local major
	major=$("$pg_config" --version | grep -oE '[0-9]+' | head -n 1)
	[[ ! -e $dir/data/PG_VERSION || $(<"$dir/data/PG_VERSION") == "$major" ]] ||
		die "the data in $dir is of PostgreSQL $(<"$dir/data/PG_VERSION"), pg_config names $major" \
			"remove it: dev/cluster.sh remove $dir"
}

install_extension()
{
	# What make passed to the recipe that called this is meant for that make.
	unset MAKEFLAGS MFLAGS MAKELEVEL
	make -s -C "$checkout" -j2 install DESTDIR="$stage" PG_CONFIG="$pg_config" >/dev/null
}

stage()
{
	pg_config=$("$checkout"/dev/packages.sh pg_config)
	make_directory
	check_data
	drop_stale_stage
	[[ -e $stage/bin ]] || stage_installation
	install_extension
}

make_cluster()
{
	local locale=C
	locale -a 2>/dev/null | grep -qixE 'C\.utf-?8' && locale=C.UTF-8
	# The socket lies in a directory of the server's user. The port is open to
	# everybody on this machine, so it asks for a password.
	as_server sh -c 'umask 077; od -An -N16 -tx1 /dev/urandom | tr -d " \n" >"$1"' sh "$dir/run/password"
	as_server "$stage/bin/initdb" -D "$dir/data" -U postgres -E UTF8 --locale="$locale" --no-sync \
		--auth-local=trust --auth-host=scram-sha-256 --pwfile="$dir/run/password" >/dev/null
	as_server sh -c 'umask 077; printf "127.0.0.1:*:*:postgres:%s\n" "$(cat "$1/password")" >"$1/pgpass"' sh "$dir/run"
	as_server tee -a "$dir/data/postgresql.conf" >/dev/null <<-CONF
		listen_addresses = '127.0.0.1'
		unix_socket_directories = '$dir/run'
		log_line_prefix = '%m [%p] %q%u@%d '
		# What two-phase commit does is refused in some places, which tests look at.
		max_prepared_transactions = 8
	CONF
}

# A port that nobody listens on, below those that the system gives to clients.
free_port()
{
	local port
	while port=$((20000 + RANDOM % 12000)) && (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
		:
	done
	echo "$port"
}

is_running()
{
	[[ -e $1/postmaster.pid ]] && as_server "$stage/bin/pg_ctl" -D "$1" status >/dev/null
}

start()
{
	stage
	if [[ ! -e $dir/data ]]; then
		make_private "$dir/data"
		make_cluster
	fi
	is_running "$dir/data" && return
	# Another program may take the port between the look and the start.
	for _ in 1 2 3; do
		as_server "$stage/bin/pg_ctl" -D "$dir/data" -l "$dir/run/server.log" -o "-p $(free_port)" \
			-s -w start 2>/dev/null && return
	done
	as_server tail -n 20 "$dir/run/server.log" >&2
	die "could not start the server in $dir"
}

stop()
{
	! is_running "$dir/data" || as_server "$stage/bin/pg_ctl" -D "$dir/data" -s -m fast stop
}

# Tests start servers of their own below DIR, which a killed test leaves behind.
remove()
{
	local pidfile
	[[ -d $dir ]] || return 0
	[[ -O $dir && (-d $stage || -z $(ls -A "$dir")) ]] || die "$dir was not made by dev/cluster.sh"
	while read -r pidfile; do
		! is_running "${pidfile%/*}" ||
			as_server "$stage/bin/pg_ctl" -D "${pidfile%/*}" -s -m immediate stop || true
	done < <(find "$dir" -name postmaster.pid)
	rm -rf "$dir"
}

# The cluster's variables, and none of the caller's that would lead elsewhere.
environment()
{
	local port=
	[[ ! -e $dir/data/postmaster.pid ]] || port=$(sed -n 4p "$dir/data/postmaster.pid")
	printf '%s\n' "PATH=$stage/bin:$PATH" "HOME=$dir/work" "TMPDIR=$dir/tmp" \
		"PGHOST=$dir/run" "PGPORT=$port" "PGUSER=postgres" "PGDATABASE=postgres" \
		"PGPASSFILE=$dir/run/pgpass" "PG_CONFIG=$stage/bin/pg_config"
}

run()
{
	local variables
	mapfile -t variables < <(environment)
	# shellcheck disable=SC2086
	unset ${!PG@}
	cd "$dir/work"
	as_server env "${variables[@]}" "$@"
}

copy()
{
	(cd "$checkout" && cp -R --parents "$@" "$dir/work")
	[[ $EUID -ne 0 ]] || chown -R "$server_user": "$dir/work"
}

if [[ $* == port ]]; then
	free_port
	exit
fi
[[ $# -ge 2 ]] || die "usage: dev/cluster.sh start|env|run|copy|stop|remove|stage DIR [...], dev/cluster.sh port"
command=$1
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dir=$(realpath -sm "$2")
stage=$dir/stage
shift 2
# The server's user may be unable to be where the caller is.
cd /
if [[ $EUID -eq 0 ]]; then
	server_user=$(id -un postgres 2>/dev/null || id -un nobody)
fi

case $command in
	start | stop | stage | remove | copy | run) "$command" "$@" ;;
	env) environment | grep -E "^(PATH|PG)" | sed "s/=\(.*\)/='\1'/; s/^/export /" ;;
	*) die "unknown command \"$command\"" ;;
esac
