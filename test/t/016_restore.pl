# What a restore to an earlier time loses, and what brings it back. Also, a server that
# dies while it writes a CRL.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use IPC::Run;
use OpenSSL;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = PostgreSQL::Test::Cluster->new('restore');
$server->init(has_archiving => 1, allows_streaming => 1);
$server->append_conf('postgresql.conf', "autovacuum = off\nrestart_after_crash = on\n");
$server->start;
$server->safe_psql('postgres', 'CREATE EXTENSION pca');
my $request = key_request(new_key('EC P-256'), '/CN=leaf');

# Returns the CRL in hexadecimal.
sub get_crl
{
	my ($node, $database, $arn) = @_;

	return $node->safe_psql($database,
		'SELECT encode(' . call('pca_get_crl', certificate_authority_arn => $arn) . ", 'hex')");
}

sub crl_pem { return der_to_pem('X509 CRL', pack 'H*', shift) }

sub crl_number
{
	no warnings 'portable';
	my $output = openssl(crl_pem(shift), 'crl', '-noout', '-crlnumber');

	return hex(($output =~ /0x(\w+)/)[0]);
}

sub crl_serials
{
	my $output = openssl(crl_pem(shift), 'crl', '-noout', '-text');

	return sort map { lc sprintf '%032s', $_ } $output =~ /Serial Number: (\w+)/g;
}

sub serials { return sort map { /(\w{32})$/ } @_ }

# Returns the status that openssl finds with a CRL in hexadecimal.
sub status
{
	my ($certificate, $root, $crl) = @_;
	my ($is_good, $output, $errors) = OpenSSL::run('', 'openssl', 'verify', '-crl_check',
		'-CAfile', spool($root), '-CRLfile', spool(crl_pem($crl)), spool($certificate));

	return $is_good ? 'good' : $errors =~ /certificate revoked/ ? 'revoked' : $errors;
}

#
# Before: two authorities, each with one revoked certificate
#

my %authority;
for my $type (qw(COMPLETE PARTITIONED))
{
	my $arn = create_authority($server, 'ROOT', subject => { CommonName => $type },
		revocation_configuration => crl_configuration(CrlType => $type));
	my $root = self_sign($server, $arn);
	my %certificate = map { $_ => issue($server, $arn, $request) } qw(early late never);

	revoke($server, $certificate{early});
	$authority{$type} = { arn => $arn, root => $root, arns => \%certificate };
}
maintain($server);
$_->{before} = get_crl($server, 'postgres', $_->{arn}) for values %authority;
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';
command_ok([ 'pg_dump', '-h', $server->host, '-p', $server->port, '-Fc', '-f', $dump, 'postgres' ],
	'pg_dump');
$server->backup('base');
my $until = $server->safe_psql('postgres', "SELECT pg_walfile_name(pg_create_restore_point('before'))");

#
# What is lost: a revocation; a certificate with its revocation; with it, in the
# case of partitions, a partition
#

for my $type (sort keys %authority)
{
	my $of = $authority{$type};

	revoke($server, $of->{arns}{late});
	$server->safe_psql('postgres', "UPDATE pca.crl_partition SET certificates = 16000");
	$of->{arns}{lost} = issue($server, $of->{arn}, $request);
	revoke($server, $of->{arns}{lost});
	$of->{certificates} =
	  { map { $_ => scalar get_certificate($server, $of->{arn}, $of->{arns}{$_}) } keys %{ $of->{arns} } };
}
maintain($server);
for my $of (values %authority)
{
	# All CRLs of an authority as they were published: the complete one, or one for each
	# partition.
	$of->{published} = [ split /\n/, $server->safe_psql('postgres',
		"SELECT encode(string_agg(c.content, '' ORDER BY c.number), 'hex')"
		  . ' FROM pca.object AS o JOIN pca.object_chunk AS c ON c.object_id = o.id'
		  . " WHERE o.authority_id = right('$of->{arn}', 36)::uuid GROUP BY o.id ORDER BY 1") ];
}
is(scalar @{ $authority{COMPLETE}{published} }, 1, 'a complete CRL');
is(scalar @{ $authority{PARTITIONED}{published} }, 2, 'CRLs of two partitions');
is_deeply([ crl_serials($authority{COMPLETE}{published}[0]) ],
	[ serials(@{ $authority{COMPLETE}{arns} }{qw(early late lost)}) ], 'what was revoked is in it');
is_deeply([ sort map { crl_serials($_) } @{ $authority{PARTITIONED}{published} } ],
	[ serials(@{ $authority{PARTITIONED}{arns} }{qw(early late lost)}) ], 'and in these');
$server->safe_psql('postgres', "SELECT pg_switch_wal()");

sub check_restored
{
	my ($name, $node, $database) = @_;

	is($node->safe_psql($database, 'SELECT count(*) FROM pca.revocation'), 2, "$name: revocations are lost");
	for my $type (sort keys %authority)
	{
		my $of = $authority{$type};
		my $highest = (sort { $a <=> $b } map { crl_number($_) } @{ $of->{published} })[-1];

		is(get_crl($node, $database, $of->{arn}), $of->{before}, "$name, $type: the CRL is the old one");
		# The next number is greater even without the published CRLs.
		my $next = $node->safe_psql($database, <<~"SQL");
			BEGIN;
			UPDATE pca.crl SET next_update = generated_at WHERE authority_id = right('$of->{arn}', 36)::uuid;
			SELECT pca_run_maintenance();
			SELECT min(number) FROM pca.crl WHERE authority_id = right('$of->{arn}', 36)::uuid;
			ROLLBACK;
			SQL
		cmp_ok($next =~ s/\s//gr, '>', $highest, "$name, $type: the next number is above the lost ones");

		my $brought = 0;
		$brought += $node->safe_psql($database,
			'SELECT ' . call('pca_import_crl', certificate_authority_arn => $of->{arn}, crl => "\\x$_"))
		  for @{ $of->{published} };
		is($brought, 2, "$name, $type: two revocations are brought back");
	}
	maintain($node, $database);
	is($node->safe_psql($database, 'SELECT count(*) FROM pca.maintenance_failures'), 0, "$name: nothing fails");
	for my $type (sort keys %authority)
	{
		my $of = $authority{$type};
		my @crls = split /\n/, $node->safe_psql($database,
			"SELECT encode(string_agg(c.content, '' ORDER BY c.number), 'hex')"
			  . ' FROM pca.object AS o JOIN pca.object_chunk AS c ON c.object_id = o.id'
			  . " WHERE o.authority_id = right('$of->{arn}', 36)::uuid GROUP BY o.id");
		my $highest = (sort { $a <=> $b } map { crl_number($_) } @{ $of->{published} })[-1];

		is(scalar @crls, scalar @{ $of->{published} }, "$name, $type: there are as many CRLs as were published");
		is_deeply([ sort map { crl_serials($_) } @crls ], [ serials(@{ $of->{arns} }{qw(early late lost)}) ],
			"$name, $type: they have what was revoked");
		cmp_ok(crl_number($_), '>', $highest, "$name, $type: a number is above the lost ones") for @crls;
		for my $which (qw(early late lost never))
		{
			my @status = map { status($of->{certificates}{$which}, $of->{root}, $_) } @crls;
			ok((grep { $_ eq ($which eq 'never' ? 'good' : 'revoked') } @status), "$name, $type: $which, by openssl")
			  or diag @status;
		}
		# Issuing and revoking go on.
		my $arn = issue($node, $of->{arn}, $request, database => $database);
		is((try($node, 'SELECT ' . revoke_call($arn, 'SUPERSEDED'), database => $database))[0], 'ok',
			"$name, $type: another one is issued and revoked");
	}
	is($node->safe_psql($database, 'SELECT count(*) FROM pca.revocation'), 8,
		"$name: it has all revocations");
}

$server->safe_psql('postgres', 'CREATE DATABASE restored');
command_ok([ 'pg_restore', '-h', $server->host, '-p', $server->port, '--exit-on-error',
		'--single-transaction', '-d', 'restored', $dump ], 'pg_restore');
is((try($server, 'SELECT ' . call('pca_get_crl', certificate_authority_arn => $authority{COMPLETE}{arn}),
			database => 'restored'))[0], 'PCRFA', 'dump: nothing is published');
$server->safe_psql('restored', 'SELECT pca_resume()');
check_restored('dump', $server, 'restored');

# The archive has to reach the restore point.
$server->poll_query_until('postgres', "SELECT last_archived_wal >= '$until' FROM pg_stat_archiver")
  or die 'no archive';
my $earlier = PostgreSQL::Test::Cluster->new('earlier');
$earlier->init_from_backup($server, 'base', has_restoring => 1, standby => 0);
$earlier->append_conf('postgresql.conf',
	"recovery_target_name = 'before'\nrecovery_target_action = 'promote'\n");
# Other users can read the copy of the key, and such a key is not used.
chmod 0600, $earlier->data_dir . '/pca_kek';
$earlier->start;
$earlier->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die 'recovery did not end';
check_restored('point in time', $earlier, 'postgres');
$earlier->stop;

#
# A call is cancelled, a process or the server dies while it writes a CRL of a
# hundred thousand entries
#

my $of = $authority{COMPLETE};
my $id = $server->safe_psql('postgres', "SELECT right('$of->{arn}', 36)");
my $entries = 100_000;
$server->safe_psql('postgres', <<"SQL");
INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason, not_after, account_id,
	session_user_name, current_user_name)
SELECT '$id', gen_random_uuid(), now(), 'SUPERSEDED', now() + interval '1 year', '000000000000',
	current_user, current_user
FROM generate_series(1, $entries);
INSERT INTO pca.crl_change (crl_id, authority_id, changed_at) VALUES ('$id', '$id', now());
CREATE FUNCTION public.halt() RETURNS trigger LANGUAGE plpgsql
	AS 'BEGIN PERFORM pg_sleep(1000); RETURN NEW; END';
SQL

# Kills one process: the server ends the others and recovers by itself.
sub kill_one
{
	my ($process) = @_;

	my $at = -s $server->logfile;

	kill 'KILL', $process;
	$server->wait_for_log(qr/database system is ready to accept connections/, $at);
}

my $before = get_crl($server, 'postgres', $of->{arn});
my $state = 'SELECT (SELECT count(*) FROM pca.object), (SELECT count(*) FROM pca.object_chunk),'
  . ' (SELECT count(*) FROM pca.crl_change),'
  . " (SELECT number FROM pca.crl WHERE id = '$id'), (SELECT count(*) FROM pca.audit_event)";
my $before_state = $server->safe_psql('postgres', $state);

for my $at (
	[ 'before the revocations are read', 'AFTER DELETE ON pca.crl_change FOR EACH STATEMENT' ],
	[ 'within the pieces of the CRL', 'BEFORE INSERT ON pca.object_chunk FOR EACH ROW WHEN (NEW.number = 2)' ],
	[ 'after them', 'BEFORE INSERT ON pca.object FOR EACH ROW' ],
	[ 'at the end', 'AFTER INSERT ON pca.audit_event FOR EACH ROW' ])
{
	my ($name, $when) = @$at;

	for my $what ('call', 'session', 'process', 'server')
	{
		$server->safe_psql('postgres', "CREATE TRIGGER halt $when EXECUTE FUNCTION public.halt()");
		my ($output, $errors) = ('', '');
		my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $server->connstr('postgres'),
				'-c', 'SELECT pca_run_maintenance()' ],
			'<', \'', '>', \$output, '2>', \$errors,
			IPC::Run::timer($PostgreSQL::Test::Utils::timeout_default));
		$server->poll_query_until('postgres',
			"SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
		  or die "it did not come so far: $errors";
		my $process = $server->safe_psql('postgres',
			"SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'");

		if ($what eq 'call') { $server->safe_psql('postgres', "SELECT pg_cancel_backend($process)") }
		elsif ($what eq 'session') { $server->safe_psql('postgres', "SELECT pg_terminate_backend($process)") }
		elsif ($what eq 'process') { kill_one($process) }
		else { crash($server) }
		eval { $session->finish };
		like($errors, qr/canceling statement due to user request/, "the call ends $name: it says so")
		  if $what eq 'call';
		is(get_crl($server, 'postgres', $of->{arn}), $before, "the $what ends $name: the old CRL is still there");
		is($server->safe_psql('postgres', $state), $before_state, "the $what ends $name: nothing else has changed");
		is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.maintenance_failure'), 0,
			"the $what ends $name: that is no failure of the task");
		$server->safe_psql('postgres', <<~'SQL');
			DO $$
			DECLARE
				t regclass;
			BEGIN
				FOR t IN SELECT tgrelid FROM pg_trigger WHERE tgname = 'halt' LOOP
					EXECUTE format('DROP TRIGGER halt ON %s', t);
				END LOOP;
			END
			$$;
			SQL
	}
}
like((OpenSSL::run(crl_pem($before), 'openssl', 'crl', '-noout', '-CAfile', spool($of->{root})))[2],
	qr/verify OK/, 'the old CRL is valid');
maintain($server);
my $after = get_crl($server, 'postgres', $of->{arn});
like((OpenSSL::run(crl_pem($after), 'openssl', 'crl', '-noout', '-CAfile', spool($of->{root})))[2],
	qr/verify OK/, 'the new CRL is valid');
my @serials = crl_serials($after);
is(scalar @serials, $entries + 3, 'it has every entry');
cmp_ok(crl_number($after), '>', crl_number($before), 'and a greater number');

# An acknowledged CRL survives.
crash($server);
is(get_crl($server, 'postgres', $of->{arn}), $after, 'the server dies after it: it is still there');
is($server->safe_psql('postgres',
		'SELECT count(*) FROM pca.object_chunk WHERE object_id NOT IN (SELECT id FROM pca.object)'), 0,
	'no piece of another one is left');

done_testing();
