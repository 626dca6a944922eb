# A database that was restored, copied or filled by a subscription does not sign,
# publish or answer until it is whole and told to. No CRL loses a revocation.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

# The workers visit every database each second.
my $conf = <<~'CONF';
	shared_preload_libraries = 'pca'
	pca.crl_refresh_delay = 0
	wal_level = logical
	max_worker_processes = 16
	CONF
my $server = start_server('dormant', allows_streaming => 'logical', conf => $conf);
my $request = key_request(new_key('EC P-256'), '/CN=leaf');
my $directory = PostgreSQL::Test::Utils::tempdir();

sub crl_number { return shift->safe_psql(shift, 'SELECT max(number) FROM pca.crl') }

#
# The source
#

my %authority;
for my $type (qw(COMPLETE PARTITIONED))
{
	my $arn = create_authority($server, 'ROOT', subject => { CommonName => $type },
		revocation_configuration => crl_configuration(CrlType => $type));
	my $root = self_sign($server, $arn);
	my @certificates = map { issue($server, $arn, $request) } 1 .. 3;

	$server->safe_psql('postgres', 'SELECT ' . revoke_call($_)) for @certificates[ 0, 1 ];
	$authority{$type} = { arn => $arn, root => $root, arns => \@certificates };
}
my $other_arn = create_authority($server, 'ROOT', key => 'EC_secp384r1');
$server->safe_psql('postgres', 'SELECT ' . call('pca_put_policy', resource_arn => $authority{COMPLETE}{arn},
		policy => json({
			Version => '2012-10-17',
			Statement => [ {
				Effect => 'Allow',
				Principal => { AWS => '111122223333' },
				Action => 'acm-pca:ListTags',
				Resource => $authority{COMPLETE}{arn} } ] })));
$server->poll_query_until('postgres',
	'SELECT count(*) = 2 AND min(entries) = 2 FROM pca.crl WHERE number IS NOT NULL') or die 'no CRLs';
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.restore_faults'), 0,
	'a database that is whole has no faults');
my $number = crl_number($server, 'postgres');
my $arn = $authority{COMPLETE}{arn};
my ($revoked, undef, $good) = @{ $authority{COMPLETE}{arns} };
my ($certificate) = get_certificate($server, $arn, $revoked);
my $ocsp = do
{
	my ($root, $leaf) = (spool($authority{COMPLETE}{root}), spool($certificate));

	openssl('', 'ocsp', '-issuer', $root, '-cert', $leaf, '-no_nonce', '-reqout', "$directory/request");
	unpack 'H*', slurp_file("$directory/request");
};

# Calls that act for an authority, and calls that only read.
my %acts = (
	issue => issue_call($arn, $request),
	revoke => revoke_call($good),
	create => call('pca_create_certificate_authority', certificate_authority_type => 'ROOT',
		certificate_authority_configuration => json({
			KeyAlgorithm => 'EC_prime256v1',
			SigningAlgorithm => 'SHA256WITHECDSA',
			Subject => { CommonName => 'X' } })),
	OCSP => "pca_ocsp_response('\\x$ocsp')",
	CRL => call('pca_get_crl', certificate_authority_arn => $arn),
	object => "pca_get_object('crls', (SELECT key FROM pca.crl WHERE id = right('$arn', 36)::uuid))",
	maintenance => 'pca_run_maintenance()',
	disable => call('pca_update_certificate_authority', certificate_authority_arn => $arn, status => 'DISABLED'),
	report => call('pca_create_certificate_authority_audit_report', certificate_authority_arn => $arn,
		s3_bucket_name => 'reports', audit_report_response_format => 'JSON'));

sub check_dormant
{
	my ($name, $node, $database, $reason) = @_;

	for my $act (sort keys %acts)
	{
		my ($state, $text) = try($node, "SELECT $acts{$act}", database => $database);

		is($state, 'PCRFA', "$name, $act: refused");
		like($text, qr/dormant.*$reason/s, "$name, $act: because it is dormant");
	}
	ok(get_certificate($node, $arn, $good, $database), "$name: certificates can be read");
}

sub check_active
{
	my ($name, $node, $database) = @_;

	is((try($node, "BEGIN; SELECT $acts{$_}; ROLLBACK", database => $database))[0], 'ok', "$name, $_: goes on")
	  for sort keys %acts;
}

check_active('source', $server, 'postgres');

#
# Restored from a dump, while the worker visits the database
#

sub restore
{
	my ($database, @options) = @_;

	$server->safe_psql('postgres', "CREATE DATABASE $database");
	command_ok([ 'pg_restore', '-h', $server->host, '-p', $server->port, '--exit-on-error', '-d', $database,
			@options ], "pg_restore of $database");
}

# Waits until a worker has been in a database: nothing else ends transactions there now.
sub wait_for_worker
{
	my ($node, $database) = @_;
	my $ended = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '$database'";

	$node->poll_query_until('postgres',
		"SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '$database' AND backend_type = 'client backend'")
	  or die;
	my $before = $node->safe_psql('postgres', $ended);
	$node->poll_query_until('postgres', "SELECT ($ended) > $before") or die "no worker came to $database";
}

my $archive = dump_to($server, "$directory/archive", '-Fd');
restore('restored', $archive);
wait_for_worker($server, 'restored') for 1 .. 2;
is(crl_number($server, 'restored'), $number, 'restored: the worker writes no CRL');
is($server->safe_psql('restored', 'SELECT count(*) FROM pca.maintenance_failure'), 0,
	'restored: nor does it fail');
check_dormant('restored', $server, 'restored', 'restored from a dump');
$server->safe_psql('restored',
	'CREATE ROLE plain; GRANT EXECUTE ON FUNCTION pca_resume, pca_suspend TO plain');
is((try($server, "SET ROLE plain; SELECT $_()", database => 'restored'))[0], '42501',
	"$_: only for superusers") for qw(pca_resume pca_suspend);
my $count = $server->safe_psql('restored', <<~'SQL');
	SELECT string_agg(number::text, ' ' ORDER BY item) FROM pca_resume()
	WHERE item IN ('certificate authorities', 'certificates', 'private keys', 'revocations')
	SQL
is($count, '3 8 3 4', 'restored: what it has');
is($server->safe_psql('restored',
		"SELECT max(number) FROM pca_resume() WHERE item LIKE 'newest CRL number of %'"), $number,
	'restored: and its newest CRL');
check_active('resumed', $server, 'restored');
$server->safe_psql('restored', 'SELECT pca_suspend()');
check_dormant('suspended', $server, 'restored', 'suspended');

# A server says so when it starts.
my $oid = $server->safe_psql('postgres', "SELECT oid FROM pg_database WHERE datname = 'restored'");
my $offset = -s $server->logfile;
$server->restart;
my $context = qr/CONTEXT:  background worker of pca in the database with OID $oid\n/;
$server->wait_for_log(
	qr/WARNING:  certificate authorities of this database are dormant\n(?:.*\n){2}.*$context/, $offset);
pass('suspended: the log of the worker says so');

# With eight jobs, again and again.
for my $turn (1 .. 10)
{
	restore("parallel_$turn", '-j', 8, $archive);
	is($server->safe_psql("parallel_$turn", 'SELECT count(*) FROM pca.private_key'), 3,
		"eight jobs, turn $turn: it has every key");
	is((try($server, 'SELECT pca_resume()', database => "parallel_$turn"))[0], 'ok',
		"eight jobs, turn $turn: it is whole");
	$server->safe_psql('postgres', "DROP DATABASE parallel_$turn WITH (FORCE)");
}

# Without the rows of one table, which pg_restore leaves out by a list.
my @list = split /\n/, do { my ($output) = run_command([ 'pg_restore', '-l', $archive ]); $output };
for my $case (
	[ 'private_key', 'has no private key' ],
	[ 'certificate_authority_certificate', 'certificate of a certificate authority is missing' ],
	[ 'certificate_authority', 'a certificate authority is missing' ],
	[ 'certificate', 'a revoked certificate is missing' ],
	[ 'policy', 'a policy that grants something is missing' ],
	[ 'revocation', 'would lose a revocation' ],
	[ 'crl_partition', 'partition of a CRL is missing' ],
	[ 'ocsp_responder', 'the OCSP responder of a certificate authority is missing' ],
	[ 'object', 'a CRL is missing' ],
	[ 'object_chunk', 'pieces of an object are missing' ])
{
	my ($table, $fault) = @$case;
	my @rest = grep { !/TABLE DATA pca \Q$table\E / } @list;

	is(scalar @rest, @list - 1, "without $table");
	append_to_file("$directory/list_$table", join("\n", @rest) . "\n");
	restore("without_$table", '-L', "$directory/list_$table", $archive);
	my ($state, $text) = try($server, 'SELECT pca_resume()', database => "without_$table");
	is($state, 'PCRFA', "without $table: not whole");
	like($text, qr/$fault/, "without $table: it says so");
	is((try($server, "SELECT $acts{issue}", database => "without_$table"))[0],
		$table eq 'certificate_authority' ? 'PCRNF' : 'PCRFA', "without $table: it stays dormant");
	is((try($server, 'SELECT pca_resume(accept_loss => true)', database => "without_$table"))[0], 'ok',
		"without $table: the loss can be accepted");
}
# An authority without its key is sealed, and the reason is given.
my ($state, $text) = try($server, "SELECT $acts{issue}", database => 'without_private_key');
is($state, 'PCRFA', 'without its key: no certificate');
like($text, qr/sealed.*private key of "\Q$arn\E" is not in this database/s, 'without its key: it says so');
is((try($server, "SELECT $acts{$_}", database => 'without_private_key'))[0], 'PCRFA',
	"without its key, $_: sealed") for qw(OCSP issue);
my $get = call('pca_get_certificate_authority_certificate', certificate_authority_arn => $arn);
is(try($server, "SELECT $get", database => 'without_certificate_authority_certificate'), 'PCRFA',
	'without its certificate: no internal error');
$server->safe_psql('postgres', "DROP DATABASE $_ WITH (FORCE)")
  for split /\n/,
  $server->safe_psql('postgres', "SELECT datname FROM pg_database WHERE datname ~ '^without_'");

#
# No CRL loses a revocation
#

for my $type (sort keys %authority)
{
	my $of = $authority{$type};
	my $id = ($of->{arn} =~ /(.{36})$/)[0];
	my $crl = sub {
		$server->safe_psql('postgres',
			'SELECT encode(' . call('pca_get_crl', certificate_authority_arn => $of->{arn}) . ", 'hex')");
	};
	my $before = $crl->();
	my $lose = "SET session_replication_role = replica; DELETE FROM pca.revocation WHERE serial = '"
	  . ($of->{arns}[0] =~ /(\w{32})$/)[0] . "'; RESET session_replication_role;"
	  . ' INSERT INTO pca.crl_change (crl_id, authority_id, changed_at)'
	  . " SELECT id, authority_id, now() FROM pca.crl WHERE authority_id = '$id';";

	$server->safe_psql('postgres', $lose);
	$server->poll_query_until('postgres',
		"SELECT count(*) > 0 FROM pca.maintenance_failures WHERE certificate_authority_arn = '$of->{arn}'")
	  or die 'nothing failed';
	is($crl->(), $before, "$type: the CRL stays");
	is($server->safe_psql('postgres',
			"SELECT sqlstate, message FROM pca.maintenance_failures WHERE certificate_authority_arn = '$of->{arn}'"),
		'PCRFA|CRL would lose a revocation', "$type: the view shows the failure");
	is($server->safe_psql('postgres', 'SELECT ' . call('pca_import_crl', certificate_authority_arn => $of->{arn},
				crl => "\\x$before")), 1, "$type: the CRL brings it back");
	maintain($server);
	is($server->safe_psql('postgres', "SELECT entries FROM pca.crl WHERE authority_id = '$id'"), 2,
		"$type: it is in the next one");
	is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.maintenance_failures'), 0,
		"$type: and nothing fails");
	# The bytes of the CRL are lost too: the number of entries is still known.
	my ($state) = try($server, <<~"SQL");
		BEGIN;
		DELETE FROM pca.object_chunk;
		$lose
		SELECT pca_run_maintenance();
		SELECT 1 / (
			SELECT count(*) FROM pca.maintenance_failures WHERE message = 'CRL would lose a revocation');
		ROLLBACK;
		SQL
	is($state, 'ok', "$type: it also fails without the bytes of the last CRL");
}

#
# Copied: the original goes on until a superuser decides otherwise
#

$server->safe_psql('postgres', 'CREATE DATABASE original');
$server->safe_psql('original', 'CREATE EXTENSION pca');
# Workers come and go, and no session may use the original while it is copied.
$server->append_conf('postgresql.conf', "pca.database = 'postgres'");
$server->reload;
my $original = create_authority($server, 'ROOT', database => 'original');
$server->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = 'original'")
  or die 'the original is in use';
$server->safe_psql('postgres', 'CREATE DATABASE copied TEMPLATE original');
my $own_root = sub {
	my $issue = issue_call($original, own_request($server, $original, shift), template => 'RootCACertificate');
	return try($server, "BEGIN; SELECT $issue; ROLLBACK", database => shift);
};
is(($own_root->('original', 'original'))[0], 'ok', 'copied: the original goes on');
($state, $text) = $own_root->('copied', 'copied');
is($state, 'PCRFA', 'copied: the copy does not sign');
like($text, qr/copy of another database/, 'copied: and says why');
$server->safe_psql('original', 'SELECT pca_suspend()');
$server->safe_psql('copied', 'SELECT pca_resume()');
is(($own_root->('original', 'original'))[0], 'PCRFA', 'copied: the original is suspended');
is(($own_root->('copied', 'copied'))[0], 'ok', 'copied: the copy goes on');
$server->safe_psql('postgres', 'ALTER DATABASE copied RENAME TO renamed');
is(($own_root->('renamed', 'renamed'))[0], 'ok', 'renamed: it is the same database');

#
# Subscribed: another database signs
#

my $subscriber = start_server('subscriber', allows_streaming => 'logical', conf => $conf);
my $own = create_authority($subscriber, 'ROOT', subject => { CommonName => 'own' });
self_sign($subscriber, $own);
$server->safe_psql('postgres', 'CREATE PUBLICATION everything FOR ALL TABLES');
# The worst case: the subscriber has the key-encryption key too.
my $source = 'host=' . $server->host . ' port=' . $server->port . ' dbname=postgres';
$subscriber->safe_psql('postgres',
	"CREATE SUBSCRIPTION everything CONNECTION '$source' PUBLICATION everything");
$subscriber->wait_for_subscription_sync($server, 'everything');
is($subscriber->safe_psql('postgres', "SELECT count(*) FROM pca.certificate_authority"), 4,
	'subscribed: the rows are there');
is($subscriber->safe_psql('postgres', "SELECT count(*) FROM pca.private_key"), 1,
	'subscribed: but no private key');
is($subscriber->safe_psql('postgres', "SELECT count(*) FROM pca.next_token_key"), 1,
	'subscribed: and its own key of next tokens');
check_dormant('subscribed', $subscriber, 'postgres', 'logical subscription');
is((try($subscriber, 'SELECT pca_resume()'))[0], 'PCRFA', 'subscribed: it cannot be resumed');
like((try($subscriber, 'SELECT ' . issue_call($own, $request)))[1], qr/dormant/,
	'subscribed: its own authority is dormant too');
issue($server, $arn, $request);
$server->wait_for_catchup('everything');
is($subscriber->safe_psql('postgres', 'SELECT count(*) FROM pca.certificate'),
	$server->safe_psql('postgres', 'SELECT count(*) FROM pca.certificate') + 1, 'subscribed: rows go on coming');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION everything');
is((try($subscriber, 'SELECT ' . issue_call($own, $request)))[0], 'ok',
	'no longer subscribed: its own authority goes on');
for my $act (qw(issue OCSP))
{
	my ($state, $text) = try($subscriber, "SELECT $acts{$act}");
	is($state, 'PCRFA', "no longer subscribed, $act: not for an authority of the source");
	like($text, qr/sealed.*not in this database/s, "no longer subscribed, $act: it is sealed");
}

# A subscriber without authorities of its own stays dormant.
$subscriber->safe_psql('postgres', 'CREATE DATABASE reader');
$subscriber->safe_psql('reader', 'CREATE EXTENSION pca');
$server->safe_psql('postgres', 'CREATE PUBLICATION inventory FOR TABLE pca.certificate_authority,'
	  . ' pca.certificate_authority_certificate, pca.certificate, pca.revocation, pca.tag');
$subscriber->safe_psql('reader', "CREATE SUBSCRIPTION inventory CONNECTION '$source' PUBLICATION inventory");
$subscriber->wait_for_subscription_sync($server, 'inventory', 'reader');
is($subscriber->safe_psql('reader', 'SELECT count(*) FROM pca.certificates'),
	$server->safe_psql('postgres', 'SELECT count(*) FROM pca.certificates'), 'inventory: every certificate');
$subscriber->safe_psql('reader', 'DROP SUBSCRIPTION inventory');
like((try($subscriber, "SELECT $acts{issue}", database => 'reader'))[1], qr/dormant.*restored/s,
	'inventory: it is dormant without the subscription too');

done_testing();
