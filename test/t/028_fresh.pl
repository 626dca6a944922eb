# What a regression test or a spec leaves when it is interrupted is gone when the next
# one begins: fresh.sh gives each a new database.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use IPC::Run;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('fresh');

# Runs some SQL as pg_regress runs a test. Returns what it prints.
sub run_test
{
	my ($sql) = @_;
	my ($output, $errors) = ('', '');

	local %ENV = (%ENV, PGHOST => $server->host, PGPORT => $server->port);
	IPC::Run::run([ "$FindBin::Bin/../fresh.sh", 'regress_pca', 'psql', '-XAtq', '-d', 'regress_pca' ],
		'<', \$sql, '>', \$output, '2>', \$errors);
	return $output . $errors;
}

my $state = <<'SQL';
SELECT (SELECT count(*) FROM pg_roles WHERE rolname ^@ 'regress_'),
	(SELECT string_agg(datname, ' ') FROM pg_database WHERE datname ^@ 'regress_'),
	(SELECT count(*) FROM pg_prepared_xacts),
	(SELECT count(*) FROM pg_class WHERE relname = 'ca'),
	(SELECT count(*) FROM pca.access WHERE 'issuer' = ANY (accesses)) > 0;
SQL
is(run_test($state), "0|regress_pca|0|0|t\n", 'a new database with the extension');
is(run_test(<<'SQL'), '', 'a test that does not clean up');
SET client_min_messages = error;
CREATE ROLE regress_tenant;
DO $$ BEGIN PERFORM pca_grant_access('regress_tenant', 'issuer'); END $$;
CREATE DATABASE regress_pca_other OWNER regress_tenant;
CREATE TABLE ca (n int);
GRANT SELECT ON ca TO regress_tenant;
BEGIN;
INSERT INTO ca VALUES (1);
PREPARE TRANSACTION 'left';
SQL
# One of its sessions is still in the middle of a statement.
my $session = $server->background_psql('regress_pca');
$session->query_safe('BEGIN; LOCK TABLE pca.certificate_authority');
is(run_test($state), "0|regress_pca|0|0|t\n", 'the next one finds nothing of it');
eval { $session->quit };
is(run_test('SHOW pca.issue_idempotency_window'), "1d\n", 'a token is valid for long');

$server->stop;
done_testing();
