# pg_dump and pg_restore keep every authority, certificate and token, and with the
# key-encryption key the restored authorities sign; without it they are sealed.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use File::Copy;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('dump_restore',
	conf => "pca.issue_idempotency_window = '1d'\npca.create_idempotency_window = '1d'\n");
my $request = key_request(new_key('EC P-256'), '/CN=leaf');

$server->safe_psql('postgres',
	"CREATE ROLE issuer LOGIN; CREATE ROLE nobody LOGIN; SELECT pca_grant_access('issuer', 'issuer')");
my $root_arn = create_authority($server, 'ROOT', key => 'EC_secp384r1', idempotency_token => 'root',
	tags => json([ { Key => 'team', Value => 'red' }, { Key => 'empty' } ]));
my $root = self_sign($server, $root_arn);
my $subordinate_arn = create_authority($server, 'SUBORDINATE', key => 'RSA_2048', revocation_configuration =>
	  crl_configuration(CrlType => 'PARTITIONED'));
my ($subordinate, $chain) = subordinate($server, $root_arn, $subordinate_arn);
my $waiting_arn = create_authority($server, 'ROOT');
my %rsa = (signing_algorithm => 'SHA256WITHRSA');
my $leaf_arn = issue($server, $subordinate_arn, $request, %rsa, idempotency_token => 'leaf');
issue($server, $subordinate_arn, $request, %rsa) for 1 .. 5;
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.crl_partition'), 1, 'there is a CRL partition');

# Returns everything that an operation could tell, as one text for each table and view.
my @tables = split /\n/, $server->safe_psql('postgres',
	"SELECT oid::regclass FROM pg_class WHERE relnamespace = 'pca'::regnamespace AND relkind IN ('r', 'v')
		-- the numbers of objects are a database's own
		AND oid <> 'pca.access_objects'::regclass ORDER BY 1");
cmp_ok(scalar @tables, '>', 8, 'tables and views');

sub contents
{
	my ($node, $database) = @_;

	# A dump does not say that the database is the one that signs.
	return {
		map { $_ => $node->safe_psql($database, "SELECT t FROM $_ AS t ORDER BY t::text COLLATE \"C\"") }
		grep { $_ ne 'pca.installation' } @tables };
}

# Registrations are dumped by the names of roles. A dropped role has no name, so its
# registration is not dumped: elsewhere its number would be that of another role.
$server->safe_psql('postgres', <<~'SQL');
	CREATE ROLE dropped;
	SELECT pca_register_account(role::regrole, '000000000000'),
		pca_register_service_principal(role::regrole, 'acm.amazonaws.com')
	FROM unnest('{nobody,dropped}'::text[]) AS role;
	DROP ROLE dropped;
	SQL
# A registration that was taken back stays so.
$server->safe_psql('postgres', "SELECT pca_register_account('nobody'::regrole, NULL::text)");
is($server->safe_psql('postgres', "SELECT count(*) FROM pca.account WHERE role::text ~ '^[0-9]+\$'"), 1,
	'a registration outlives its role');
my $number = $server->safe_psql('postgres', 'SELECT max(role::oid) FROM pca.account');

my $directory = PostgreSQL::Test::Utils::tempdir();
unlike(slurp_file(dump_to($server, "$directory/registrations", '-Fp')), qr/^$number\t/m,
	'but it is not dumped');
maintain($server);
is($server->safe_psql('postgres', <<~'SQL'),
	SELECT role, account_id, principal
	FROM pca.account FULL JOIN pca.service_principal USING (role) ORDER BY role::text
	SQL
	"issuer|000000000000|\nnobody||acm.amazonaws.com", 'and maintenance removes it');
# A CRL that has moved is still found where certificates look for it.
my ($old_bucket, $key) = split /\|/,
	$server->safe_psql('postgres', 'SELECT bucket, key FROM pca.crl WHERE partition_id IS NOT NULL');
$server->safe_psql('postgres', 'SELECT ' . call('pca_update_certificate_authority',
		certificate_authority_arn => $subordinate_arn,
		revocation_configuration => crl_configuration(CrlType => 'PARTITIONED', S3BucketName => 'moved')));
maintain($server);
my $head = "SELECT etag FROM pca_object_head('$old_bucket', '$key')";
my $head_now = $head =~ s/'$old_bucket'/'moved'/r;
ok($server->safe_psql('postgres', $head) eq $server->safe_psql('postgres', $head_now),
	'a CRL that has moved is found');
my $before = contents($server, 'postgres');
my $custom = dump_to($server, "$directory/custom", '-Fc');
my $plain = dump_to($server, "$directory/plain", '-Fp');

# Checks that the restored database is like the first one, and goes on once it is told to.
sub check_restored
{
	my ($name, $node, $database) = @_;
	my $in = { database => $database };
	my $after = contents($node, $database);

	is_deeply($after, $before, "$name: every table and view is as it was");
	is((try($node, 'SELECT ' . issue_call($root_arn, $request), %$in))[0], 'PCRFA', "$name: it is dormant");
	is($node->safe_psql($database, "SELECT number FROM pca_resume() WHERE item = 'certificates'"), 8,
		"$name: it is whole");
	is($node->safe_psql($database, $head), $server->safe_psql('postgres', $head),
		"$name: a CRL that has moved is found");
	is($node->safe_psql($database, 'SELECT ' . issue_call($subordinate_arn, $request, %rsa,
				idempotency_token => 'leaf')), $leaf_arn, "$name: a token means the same certificate");
	is(create_authority($node, 'ROOT', %$in, idempotency_token => 'root'), $root_arn,
		"$name: a token means the same authority");
	for my $arn ($root_arn, $subordinate_arn)
	{
		my ($certificate, $above) = get_certificate($node, $arn,
			issue($node, $arn, $request, %$in, $arn eq $root_arn ? () : %rsa), $database);
		ok(is_verified($certificate, $above, $root), "$name: it signs, and openssl verifies it");
	}
	my $waiting = get_certificate($node, $waiting_arn,
		issue($node, $waiting_arn, own_request($node, $waiting_arn, $database), %$in,
			template => 'RootCACertificate'), $database);
	is((import_certificate($node, $waiting_arn, $waiting, undef, %$in))[0], 'ok',
		"$name: an authority that waited for its certificate imports it");
	is((try($node, 'SELECT ' . issue_call($root_arn, $request), %$in, user => 'issuer'))[0], 'ok',
		"$name: a role that was granted access has it");
	is((try($node, 'SELECT ' . issue_call($root_arn, $request), %$in, user => 'nobody'))[0], '42501',
		"$name: another role has none");
	is($node->safe_psql($database,
			"SELECT count(*) FROM pg_proc JOIN pg_depend ON objid = pg_proc.oid AND deptype = 'e'"
			  . " WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pca')"
			  . " AND has_function_privilege('nobody', pg_proc.oid, 'EXECUTE')"),
		0, "$name: nothing is callable by PUBLIC");
	ok(create_authority($node, 'ROOT', %$in), "$name: another authority can be made");
}

# Paging continues after a restore: the key of next tokens is restored too.
my $token = $server->safe_psql('postgres',
	'SELECT next_token FROM pca_list_certificate_authorities(max_results => 1)');
my $second = $server->safe_psql('postgres', "SELECT arn FROM pca_list_certificate_authorities('$token', 1)");

$server->safe_psql('postgres', 'CREATE DATABASE restored');
command_ok([ 'pg_restore', '-h', $server->host, '-p', $server->port, '--exit-on-error',
		'--single-transaction', '-d', 'restored', $custom ], 'pg_restore');
is((try($server, "SELECT arn FROM pca_list_certificate_authorities('$token', 1)", database => 'restored'))[1],
	$second, 'a next token goes on in the restored database');
check_restored('same server', $server, 'restored');

# On another server.
my $other = PostgreSQL::Test::Cluster->new('other');
$other->init;
$other->append_conf('postgresql.conf',
	"pca.issue_idempotency_window = '1d'\npca.create_idempotency_window = '1d'\n");
$other->start;
$other->safe_psql('postgres', 'CREATE ROLE issuer LOGIN; CREATE ROLE nobody LOGIN; CREATE DATABASE restored');
command_ok([ 'psql', '-X', '-q', '-h', $other->host, '-p', $other->port, '-d', 'restored',
		'-v', 'ON_ERROR_STOP=1', '-f', $plain ], 'psql restores a plain dump');
is((try($other, 'SELECT pca_resume()', database => 'restored'))[0], 'PCRFA',
	'without the key-encryption key it is not whole');
$other->safe_psql('restored', 'SELECT pca_resume(accept_loss => true)');
like((try($other, 'SELECT ' . issue_call($root_arn, $request), database => 'restored'))[1],
	qr/PCRFA: +certificate authorities are sealed/, 'without the key-encryption key it is sealed');
my $create = call('pca_create_certificate_authority', certificate_authority_type => 'ROOT',
	certificate_authority_configuration => json({
		KeyAlgorithm => 'EC_prime256v1',
		SigningAlgorithm => 'SHA256WITHECDSA',
		Subject => { CommonName => 'X' } }));
is(try($other, "SELECT $create", database => 'restored'), 'PCRFA', 'sealed: no authority is made');
ok(!-e $other->data_dir . '/pca_kek', 'sealed: no other key-encryption key is made');
ok(get_certificate($other, $subordinate_arn, $leaf_arn, 'restored'), 'sealed: certificates can be read');
$other->safe_psql('restored', <<~'SQL');
	SELECT pca_suspend();
	ALTER TABLE pca.audit_event DISABLE TRIGGER USER;
	DELETE FROM pca.audit_event WHERE operation IN ('Resume', 'Suspend');
	ALTER TABLE pca.audit_event ENABLE TRIGGER USER;
	SQL
is_deeply(contents($other, 'restored'), $before, 'sealed: every table and view is as it was');

copy($server->data_dir . '/pca_kek', $other->data_dir . '/pca_kek') or die;
chmod 0600, $other->data_dir . '/pca_kek';
check_restored('another server', $other, 'restored');

# The first database is untouched.
is_deeply(contents($server, 'postgres'), $before, 'the first database is as it was');

done_testing();
