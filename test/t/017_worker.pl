# The background worker does on its own what pca_run_maintenance() does: in every
# database that has the extension, whatever fails, and however it dies.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $preload = "shared_preload_libraries = 'pca'\npca.crl_refresh_delay = 0\n";
my $server = start_server('worker', conf => $preload);
my $request = key_request(new_key('EC P-256'), '/CN=leaf', 'subjectAltName = DNS:leaf.example');
my $revocation = crl_configuration();

# Makes a root with a CRL and a certificate.
sub active_root
{
	my ($name) = @_;
	my $arn = create_authority($server, 'ROOT', subject => { CommonName => $name },
		revocation_configuration => $revocation);

	self_sign($server, $arn);
	return ($arn, issue($server, $arn, $request));
}

sub entries_are
{
	my ($authority, $count, $what) = @_;

	ok($server->poll_query_until('postgres',
			"SELECT coalesce(max(entries), -1) = $count FROM pca.crls WHERE certificate_authority_arn = "
			  . literal($authority)), $what);
}

# Waits until the postmaster has ended and removed its file.
sub wait_until_gone
{
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		last if !-e $server->data_dir . '/postmaster.pid';
		select undef, undef, undef, 0.1;
	}
	$server->{_pid} = undef;
}

my ($arn, $certificate) = active_root('first');
entries_are($arn, 0, 'the first CRL is written once there is a certificate');
revoke($server, $certificate);
entries_are($arn, 1, 'a revocation gets into a CRL');
is($server->safe_psql('postgres',
		"SELECT count(*) FROM pca.audit_event WHERE operation = 'SignCRL' AND account_id IS NOT NULL"), 0,
	'the worker acts for no account');

# A CRL that fails does not stop the others, and is tried again.
my ($sealed, $of_sealed) = active_root('sealed');
entries_are($sealed, 0, 'another CRL');
$server->safe_psql('postgres',
	'CREATE TABLE away AS SELECT * FROM pca.private_key;'
	  . ' UPDATE pca.private_key SET wrapped_key = wrapped_key || \'\x00\' WHERE authority_id = ('
	  . 'SELECT id FROM pca.certificate_authority WHERE arn = ' . literal($sealed) . ')');
my $second = issue($server, $arn, $request);
revoke($server, $of_sealed);
revoke($server, $second);
entries_are($arn, 2, 'a CRL next to one that fails');
ok($server->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pca.maintenance_failures WHERE task = 'SignCRL' AND sqlstate = 'PCRFA'"
		  . ' AND certificate_authority_arn = ' . literal($sealed)),
	'the failure is in the view');
ok($server->log_contains(qr/maintenance task SignCRL failed/), 'and in the log');
entries_are($sealed, 0, 'the CRL that fails stays as it was');
$server->safe_psql('postgres',
	'UPDATE pca.private_key SET wrapped_key = a.wrapped_key FROM away AS a'
	  . ' WHERE a.authority_id = private_key.authority_id; SELECT pca_run_maintenance()');
entries_are($sealed, 1, 'and is written once it can be');
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.maintenance_failures'), 0,
	'a success removes the failure');

# A session that holds the lock of one authority does not delay the CRL of another.
my $idle = $server->background_psql('postgres');
$idle->query_safe('BEGIN; SELECT '
	  . call('pca_update_certificate_authority', certificate_authority_arn => $sealed, status => 'ACTIVE'));
$server->safe_psql('postgres', 'INSERT INTO pca.crl_change (crl_id, authority_id, changed_at)'
	  . ' SELECT id, id, now() FROM pca.certificate_authority WHERE arn = ' . literal($sealed));
ok($server->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pca.maintenance_failures WHERE sqlstate = 'PCCMO'"
		  . ' AND certificate_authority_arn = ' . literal($sealed)),
	'a lock that is not free is a failure of the one task');
revoke($server, issue($server, $arn, $request));
entries_are($arn, 3, 'the other CRL is written meanwhile');
$idle->query_safe('ROLLBACK');
$idle->quit;
maintain($server);
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.maintenance_failures'), 0, 'and then its own');

# Another database; and pca.database, which leaves it out.
$server->safe_psql('postgres', 'CREATE DATABASE other');
$server->safe_psql('other', 'CREATE EXTENSION pca');
my $token = "INSERT INTO pca.idempotency_token VALUES ('000000000000', 'IssueCertificate',"
  . " gen_random_uuid(), 'old', now() - interval '1 year', 'arn', sha256(''))";
$server->safe_psql('other', $token);
ok($server->poll_query_until('other', 'SELECT count(*) = 0 FROM pca.idempotency_token'),
	'the worker works in every database that has the extension');
$server->append_conf('postgresql.conf', "pca.database = 'postgres'");
$server->reload;
ok($server->poll_query_until('postgres', "SELECT current_setting('pca.database') = 'postgres'"),
	'pca.database is set');
$server->safe_psql('postgres', $token);
ok($server->poll_query_until('postgres', 'SELECT count(*) = 0 FROM pca.idempotency_token'),
	'it goes on in that database');
# The round that was under way when the setting changed has ended by now.
$server->safe_psql('other', $token);
$server->safe_psql('postgres', $token);
ok($server->poll_query_until('postgres', 'SELECT count(*) = 0 FROM pca.idempotency_token'), 'one more round');
is($server->safe_psql('other', 'SELECT count(*) FROM pca.idempotency_token'), 1,
	'and leaves the others alone');

# Permanent deletion.
$server->safe_psql('postgres',
	'SELECT ' . call('pca_update_certificate_authority', certificate_authority_arn => $sealed,
		status => 'DISABLED') . '; SELECT '
	  . call('pca_delete_certificate_authority', certificate_authority_arn => $sealed)
	  . '; UPDATE pca.certificate_authority SET restorable_until = now() WHERE arn = ' . literal($sealed));
ok($server->poll_query_until('postgres', 'SELECT count(*) = 0 FROM pca.certificate_authority WHERE arn = '
		  . literal($sealed)), 'an authority whose restoration period is over is removed');
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.private_key'), 1, 'with its key');
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.object'), 1, 'and its CRL');

# Killed in the middle of a CRL: a lock on the CRL's destination holds it there.
my $holder = $server->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE pca.object_chunk IN EXCLUSIVE MODE');
my $before = $server->safe_psql('postgres', 'SELECT number FROM pca.crl');
revoke($server, issue($server, $arn, $request));
# It gives up after a while and tries again.
my $pid;
for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
{
	$pid = $server->safe_psql('postgres',
		"SELECT pid FROM pg_stat_activity WHERE backend_type = 'pca worker' AND wait_event_type = 'Lock'");
	last if $pid && kill 'KILL', $pid;
	select undef, undef, undef, 0.1;
}
ok($pid, 'the worker is writing a CRL');
eval { $holder->quit };
# The postmaster ends all processes and, as configured for tests, does not restart.
wait_until_gone();
$server->start;
ok($server->poll_query_until('postgres', "SELECT max(entries) = 4 FROM pca.crls"),
	'after the crash the CRL is written all the same');
ok($server->safe_psql('postgres', 'SELECT number FROM pca.crl') > $before, 'with a number above the last');

# Leaves a mark as a revocation does.
sub mark
{
	my ($authority, $changed_at) = @_;

	$server->safe_psql('postgres',
		"INSERT INTO pca.crl_change (crl_id, authority_id, changed_at) SELECT id, id, $changed_at"
		  . ' FROM pca.certificate_authority WHERE arn = ' . literal($authority));
}

sub marks_go
{
	my ($authority, $what) = @_;

	ok($server->poll_query_until('postgres',
			'SELECT count(*) = 0 FROM pca.crl_change AS c'
			  . ' JOIN pca.certificate_authority AS a ON a.id = c.authority_id WHERE a.arn = ' . literal($authority)),
		$what);
}

# An authority that a transaction holds does not keep the worker from the ones after it.
my ($held, $free) = sort { substr($a, -36) cmp substr($b, -36) } map { (active_root("lock $_"))[0] } 1 .. 2;
entries_are($_, 0, 'a CRL before the lock') for $held, $free;
my $open = $server->background_psql('postgres');
$open->query_safe('BEGIN; SELECT '
	  . call('pca_update_certificate_authority', certificate_authority_arn => $held, status => 'ACTIVE'));
mark($held, 'now()');
mark($free, 'now()');
marks_go($free, 'the worker does not wait forever');
ok($server->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pca.maintenance_failures WHERE sqlstate = 'PCCMO'"
		  . ' AND certificate_authority_arn = ' . literal($held)),
	'what waited too long is a failure');
$open->query_safe('ROLLBACK');
$open->quit;

# The clock was ahead once, when a certificate was revoked and when a task failed.
mark($free, "now() + interval '1 day'");
marks_go($free, 'a mark from the future is one of now');
$server->safe_psql('postgres',
	"UPDATE pca.maintenance_failure SET failed_at = now() + interval '1 day'");
marks_go($held, 'a failure in the future does not put its task off');

# Returns whether the log of two rounds over all databases matches a pattern.
sub rounds_log
{
	my ($pattern) = @_;
	my $offset;

	for (1 .. 3)
	{
		$server->safe_psql('postgres', $token);
		ok($server->poll_query_until('postgres', 'SELECT count(*) = 0 FROM pca.idempotency_token'), 'a round');
		$offset //= -s $server->logfile;
	}
	return $server->log_contains($pattern, $offset);
}

# A database that is read-only by default.
$server->append_conf('postgresql.conf', "pca.database = ''");
$server->reload;
$server->safe_psql('postgres', 'ALTER DATABASE other SET default_transaction_read_only = on');
ok(!rounds_log(qr/read-only/), 'the worker leaves a database that is read-only by default alone');

is($server->safe_psql('other', 'SELECT task, sqlstate, message FROM pca.maintenance_failures'),
	'Maintenance|25006|transactions of this database are read-only by default:'
	  . ' the background worker does nothing here',
	'the view says so');
my $offset = -s $server->logfile;
$server->restart;
ok(!rounds_log(qr/FATAL/), 'rounds');
ok($server->log_contains(qr/WARNING:  maintenance does nothing in database "other"/, $offset),
	'and the log, when the server starts');
$server->safe_psql('postgres', 'ALTER DATABASE other RESET default_transaction_read_only');
is($server->safe_psql('other', 'SELECT count(*) FROM pca.maintenance_failures'), 0,
	'until it is writable again');

# A worker that cannot start because a catalog is locked does not delay the others.
{
	my $holder = $server->background_psql('other');
	$holder->query_safe('BEGIN; LOCK TABLE pg_class');
	$offset = -s $server->logfile;
	ok(!rounds_log(qr/FATAL/), 'rounds go on while the catalog of one database is locked');
	my $context = qr/CONTEXT:  background worker of pca in the database with OID \d+/;
	ok($server->log_contains(qr/canceling statement due to lock timeout\n.*$context/, $offset),
		'what happened is in the log');
	is($server->safe_psql('postgres',
			"SELECT count(*) < 2 FROM pg_stat_activity WHERE backend_type = 'pca worker'"), 't', 'no workers pile up');
	$holder->query_safe('ROLLBACK');
	$holder->quit;
	$server->safe_psql('other', $token);
	ok($server->poll_query_until('other', 'SELECT count(*) = 0 FROM pca.idempotency_token'),
		'it works there again');
}

# A worker that does not end is terminated, and left alone if it cannot even react to that.
{
	$server->append_conf('postgresql.conf', 'pca.worker_timeout = 1');
	$server->reload;
	$server->safe_psql('other', <<~'SQL');
		CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql
			AS $$ BEGIN PERFORM pg_sleep(1000); RETURN NULL; END $$;
		CREATE TRIGGER halt BEFORE DELETE ON pca.idempotency_token EXECUTE FUNCTION halt();
		SQL
	$offset = -s $server->logfile;
	$server->wait_for_log(qr/worker of pca in the database with OID \d+ was terminated after 1 seconds/,
		$offset);
	pass('a worker that takes too long is terminated');
	$server->append_conf('postgresql.conf', 'pca.worker_timeout = 60');
	$server->reload;
	my $asleep = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'pca worker' AND wait_event = 'PgSleep'";
	$server->poll_query_until('postgres', "SELECT count(*) = 1 FROM ($asleep) AS p") or die 'no worker halts';
	my $worker = $server->safe_psql('postgres', $asleep);
	kill 'STOP', $worker;
	$server->append_conf('postgresql.conf', 'pca.worker_timeout = 1');
	$server->reload;
	$server->safe_psql('postgres', $token);
	ok($server->poll_query_until('postgres', 'SELECT count(*) = 0 FROM pca.idempotency_token'),
		'one that does not react does not delay the other databases');
	is($server->safe_psql('postgres', "SELECT string_agg(pid::text, ' ') FROM pg_stat_activity"
			  . " WHERE backend_type = 'pca worker' AND datname = 'other'"),
		$worker, 'and no other one comes to its database');
	kill 'CONT', $worker;
	$server->append_conf('postgresql.conf', 'pca.worker_timeout = 300');
	$server->reload;
	$server->safe_psql('other', 'DROP FUNCTION halt() CASCADE');
	$server->safe_psql('other', $token);
	ok($server->poll_query_until('other', 'SELECT count(*) = 0 FROM pca.idempotency_token'),
		'until it has gone');
}

# The extension is dropped while the worker works: no error, and no failure of a task.
{
	my $drop = $server->background_psql('other');
	$offset = -s $server->logfile;
	$drop->query_safe('BEGIN; DROP EXTENSION pca');
	ok(!rounds_log(qr/FATAL/), 'rounds while a transaction drops the extension');
	$drop->query_safe('COMMIT');
	$drop->quit;
	ok(!rounds_log(qr/FATAL/), 'rounds after that');
	ok(!$server->log_contains(qr/ERROR:|failed/, $offset), 'nothing of it is an error');
	$server->safe_psql('other', 'CREATE EXTENSION pca');
}

# A cluster without its key-encryption key says at startup which databases are sealed.
{
	my $file = $server->data_dir . '/pca_kek';

	$server->stop;
	rename $file, "$file.away" or die;
	$offset = -s $server->logfile;
	$server->start;
	ok(!rounds_log(qr/FATAL/), 'rounds without the key-encryption key');
	ok($server->log_contains(qr/WARNING:  certificate authorities of database "postgres" are sealed/, $offset),
		'the log names the database');
	unlike(slurp_file($server->logfile, $offset), qr/database "other" are sealed/,
		'and none without private keys');
	rename "$file.away", $file or die;
}

# A database that was left half dropped; newer minor versions refuse connections to it.
$server->safe_psql('postgres', "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'other'");
ok(!rounds_log(qr/FATAL/), 'no worker is started in a half dropped database');

# pg_upgrade rewrites the tables.
$server->stop('fast');
my $control = [ 'pg_ctl', '-D', $server->data_dir, '-l', $server->logfile ];
system_or_bail(@$control, '-w', '-o', '-b', 'start');
is($server->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'pca%'"), 0,
	'there is no worker in binary upgrade mode');
system_or_bail(@$control, '-m', 'fast', 'stop');
$server->start;

# Stopping the server does not wait for the worker.
$server->stop('fast');
pass('the server stops');

done_testing();
