# A streaming standby executes what reads, refuses what signs without harm, and
# signs once it is promoted.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $primary = start_server('primary', allows_streaming => 1);
my $request = key_request(new_key('EC P-256'), '/CN=leaf', 'subjectAltName = DNS:leaf.example');
my $root_arn = create_authority($primary, 'ROOT');
my $root = self_sign($primary, $root_arn);
my $arn = create_authority($primary, 'SUBORDINATE');
my ($subordinate) = subordinate($primary, $root_arn, $arn);
$primary->safe_psql('postgres', "CREATE ROLE auditor LOGIN; SELECT pca_grant_access('auditor', 'auditor')");

$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
# A base backup has the key-encryption key, with the same permissions as before. The
# way in which this test copies the backup changes them.
is((stat $primary->backup_dir . '/backup/pca_kek')[2] & 07777, 0600,
	'a base backup has the key-encryption key');
chmod 0600, $standby->data_dir . '/pca_kek';
$standby->start;

# These are issued while the standby follows.
my $leaf_arn = issue($primary, $arn, $request);
my $waiting_arn = create_authority($primary, 'ROOT');
my $waiting = get_certificate($primary, $waiting_arn,
	issue($primary, $waiting_arn, own_request($primary, $waiting_arn), template => 'RootCACertificate'));
my ($report, $key) = split /\|/,
	$primary->safe_psql('postgres', 'SELECT * FROM ' . call('pca_create_certificate_authority_audit_report',
		certificate_authority_arn => $arn, s3_bucket_name => 'reports', audit_report_response_format => 'JSON'));
$primary->wait_for_catchup($standby, 'replay');

my %reads = (
	'DescribeCertificateAuthority' => 'SELECT d FROM '
	  . call('pca_describe_certificate_authority', certificate_authority_arn => $arn) . ' AS d',
	'ListCertificateAuthorities' => 'SELECT l FROM pca_list_certificate_authorities() AS l',
	'ListCertificateAuthorities, a page' =>
	  'SELECT arn, next_token IS NOT NULL FROM pca_list_certificate_authorities(max_results => 2)',
	'GetCertificate' => 'SELECT * FROM '
	  . call('pca_get_certificate', certificate_authority_arn => $arn, certificate_arn => $leaf_arn),
	'GetCertificateAuthorityCertificate' => 'SELECT * FROM '
	  . call('pca_get_certificate_authority_certificate', certificate_authority_arn => $arn),
	'GetCertificateAuthorityCsr' => 'SELECT '
	  . call('pca_get_certificate_authority_csr', certificate_authority_arn => $arn),
	'DescribeCertificateAuthorityAuditReport' => 'SELECT * FROM '
	  . call('pca_describe_certificate_authority_audit_report', certificate_authority_arn => $arn,
		audit_report_id => $report),
	'an object' => 'SELECT ' . call('pca_get_object', bucket => 'reports', key => $key),
	'view pca.objects' => 'SELECT o FROM pca.objects AS o ORDER BY key',
	'view pca.audit_trail' => 'SELECT t FROM pca.audit_trail AS t ORDER BY at',
	'view pca.certificates' => 'SELECT c FROM pca.certificates AS c ORDER BY certificate_arn',
	'view pca.certificate_authorities' => 'SELECT a FROM pca.certificate_authorities AS a ORDER BY arn');
for my $name (sort keys %reads)
{
	my ($state, $answer) = try($standby, $reads{$name});

	is($state, 'ok', "standby: $name") or diag $answer;
	is($answer, (try($primary, $reads{$name}))[1], "standby: $name answers as the primary does");
	isnt($answer, '', "standby: $name answers something");
	is((try($standby, $reads{$name}, user => 'auditor'))[0], $name =~ /Csr/ ? '42501' : 'ok',
		"standby: $name, as an auditor");
}

my %writes = (
	IssueCertificate => issue_call($arn, $request),
	CreateCertificateAuthorityAuditReport => call('pca_create_certificate_authority_audit_report',
		certificate_authority_arn => $arn, s3_bucket_name => 'reports', audit_report_response_format => 'CSV'),
	'IssueCertificate with a token' => issue_call($arn, $request, idempotency_token => 'token'),
	CreateCertificateAuthority => call('pca_create_certificate_authority', certificate_authority_type => 'ROOT',
		certificate_authority_configuration => json({
			KeyAlgorithm => 'EC_prime256v1',
			SigningAlgorithm => 'SHA256WITHECDSA',
			Subject => { CommonName => 'X' } })),
	ImportCertificateAuthorityCertificate =>
	  call('pca_import_certificate_authority_certificate', certificate_authority_arn => $waiting_arn,
		certificate => $waiting));
for my $name (sort keys %writes)
{
	my ($state, $text) = try($standby, "SELECT $writes{$name}");

	is($state, '25006', "standby: $name is refused");
	like($text, qr/cannot execute pca_\w+\(\) in a read-only transaction/, "standby: $name says why");
	is((try($primary, "BEGIN READ ONLY; SELECT $writes{$name}"))[0], '25006',
		"a read-only transaction: $name is refused");
}
is((try($standby, 'SELECT ' . issue_call($arn, 'garbage')))[0], '25006',
	'standby: refused before the request is read');
is((try($standby, $reads{GetCertificate}))[0], 'ok', 'standby: it still reads');

$primary->stop('immediate');
$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die 'no promotion';
my ($certificate, $chain) = get_certificate($standby, $arn, issue($standby, $arn, $request));
ok(is_verified($certificate, $chain, $root), 'promoted: it issues, and openssl verifies it');
is((import_certificate($standby, $waiting_arn, $waiting))[0], 'ok', 'promoted: it imports');
my $new_arn = create_authority($standby, 'ROOT');
ok(self_sign($standby, $new_arn), 'promoted: it creates');
ok(get_certificate($standby, $arn, $leaf_arn), 'promoted: it has what was issued before');

done_testing();
