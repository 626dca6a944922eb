#!/usr/bin/env bash
#
# fresh.sh DATABASE COMMAND ...: the launcher of pg_regress and pg_isolation_regress.
# Each test gets a new database with the extension, without the databases and roles
# that tests create. So an aborted test does not affect the next one.
set -euo pipefail

database=$1
shift

run_sql()
{
	PGOPTIONS='-c client_min_messages=error' psql -X -q -A -t -v ON_ERROR_STOP=1 -v database="$database" -d "$1"
}

run_sql postgres <<<"SELECT datname FROM pg_database WHERE datname ^@ 'regress_pca'" | while read -r old; do
	# A prepared transaction keeps its database from being dropped, and ends only there.
	run_sql "$old" <<<"SELECT format('ROLLBACK PREPARED %L', gid)
		FROM pg_prepared_xacts WHERE database = current_database() \gexec"
	run_sql postgres <<<"DROP DATABASE $old WITH (FORCE)"
done
# A token stays valid for as long as a test takes, even on a slow machine.
run_sql postgres <<'SQL'
SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname ^@ 'regress_' \gexec
CREATE DATABASE :"database" TEMPLATE template0;
ALTER DATABASE :"database" SET pca.create_idempotency_window = '1d';
ALTER DATABASE :"database" SET pca.issue_idempotency_window = '1d';
SQL
run_sql "$database" <<<'CREATE EXTENSION pca'
# pg_isolation_regress launches isolationtester, which includes no files.
[[ ${1##*/} != isolationtester ]] || run_sql "$database" <"${BASH_SOURCE[0]%/*}/specs/setup.sql" >/dev/null
exec "$@"
