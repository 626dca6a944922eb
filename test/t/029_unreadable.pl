# What cannot be read is not stored, and what is stored and cannot be read hides
# nothing else: a certificate with too many names, a row that was tampered with, an
# invalid configuration.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('unreadable', conf => "pca.audit_report_interval = 0\n");
my $arn = create_authority($server, 'ROOT');
self_sign($server, $arn);
my $key = new_key('EC P-256');

sub names { return '/CN=x' x shift }

#
# Around the limit of 5,000 values: four for each name, some for everything else
#

my $in_request = 'The request at csr is not accepted: there are too many values\.';
my $in_certificate = 'In the certificate for the request at csr, there are too many values\.';
my %outcomes;
for my $count (1210 .. 1250)
{
	my ($state, $text) = try($server, 'SELECT ' . issue_call($arn, key_request($key, names($count))));

	$outcomes{$state}++;
	like($text, qr/DETAIL:  (?:$in_request|$in_certificate)/, "$count names: says why") if $state ne 'ok';
}
is(join(' ', sort keys %outcomes), 'PCMCS ok',
	'requests with as many names as can be read are accepted, more are refused as malformed');
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.certificates WHERE template_arn LIKE '
		  . literal('%EndEntity%') . ' AND subject LIKE ' . literal('CN=x,%')), $outcomes{ok},
	'and each that was issued can be read');

# A CA's own name leaves room for the names in what it signs.
sub import_with_names
{
	my ($count) = @_;
	my $outside = outside_authority('Outside');
	my $sub_arn = create_authority($server, 'SUBORDINATE');
	my $certificate = sign_certificate(
		issuer => $outside->{name}, signer => $outside->{key},
		subject => der_name(('2.5.4.3' => 'x') x $count),
		spki => request_parts(own_request($server, $sub_arn))->{spki},
		extensions => [ basic_constraints(0) ]);

	return ($sub_arn, import_certificate($server, $sub_arn, $certificate, $outside->{chain}));
}

my ($sub_arn, $state, $text) = import_with_names(600);
is($state, 'ok', 'a CA with 600 names is imported') or diag $text;
is((try($server, 'SELECT ' . issue_call($sub_arn, key_request($key, '/CN=leaf'))))[0], 'ok', 'and issues');
(undef, $state, $text) = import_with_names(1000);
is($state, 'PCMCE', 'one with 1,000 is refused');
like($text,
	qr/DETAIL:  The certificate at certificate is not accepted: in its subject, there are too many values\./,
	'and says why');

#
# Stored rows that cannot be read
#

my $before = $server->safe_psql('postgres', 'SELECT count(*) FROM pca.certificates');
$server->safe_psql('postgres', <<~SQL);
	INSERT INTO pca.certificate SELECT authority_id, gen_random_uuid(), issued_at, not_before, not_after,
		account_id, template, bytes, session_user_name, current_user_name, service_principal, crl_partition
	FROM (SELECT * FROM pca.certificate WHERE template LIKE 'EndEntity%' LIMIT 1) AS c,
		unnest(ARRAY['', '\\x3000', '\\x30', substr(c.certificate, 1, 100), c.certificate || '\\x00']::bytea[])
			AS b (bytes);
	SQL
($state, $text) = try($server, 'SET client_min_messages = error;'
	  . ' SELECT count(*), count(subject), count(subject_alternative_names) FROM pca.certificates');
is($text, join('|', $before + 5, $before, $before),
	'the inventory shows every row, and what can be read of each');
my ($output, $errors);
$server->psql('postgres', 'SELECT count(subject), count(subject_alternative_names) FROM pca.certificates',
	stdout => \$output, stderr => \$errors);
is(() = $errors =~ /WARNING:  could not read certificate/g, 1, 'with one warning in a statement');
$server->psql('postgres',
	'SELECT count(subject) FROM pca.certificates; SELECT count(subject) FROM pca.certificates',
	stdout => \$output, stderr => \$errors);
cmp_ok((() = $errors =~ /WARNING:  could not read certificate/g), '<=', 2, 'and in the next one');

for my $format ('JSON', 'CSV')
{
	my $report = 'SELECT s3_key FROM '
	  . call('pca_create_certificate_authority_audit_report', certificate_authority_arn => $arn,
		s3_bucket_name => 'bucket', audit_report_response_format => $format);

	$server->psql('postgres', $report, stdout => \$output, stderr => \$errors);
	is(() = $errors =~ /WARNING:  could not read certificate/g, 1, "$format: the report warns once")
	  or diag $errors;
	my $content = $server->safe_psql('postgres',
		"SELECT convert_from(pca_get_object('bucket', " . literal($output) . "), 'UTF8')");
	is(() = $content =~ /:certificate-authority\/[0-9a-f-]+\/certificate\//g,
		$server->safe_psql('postgres', 'SELECT count(*) FROM pca.certificate AS c'
			  . " JOIN pca.certificate_authority AS a ON a.id = c.authority_id WHERE a.arn = '$arn'"),
		"$format: and lists every certificate");
}

#
# One CA that is not as it should be
#

my $crl = crl_configuration();
$server->safe_psql('postgres', 'SELECT ' . call('pca_update_certificate_authority',
		certificate_authority_arn => $arn, revocation_configuration => $crl));
for my $configuration ('{"CrlConfiguration": {"Enabled": "yes"}}', '{"CrlConfiguration": {"Enabled": null}}',
	'{"CrlConfiguration": 1}', '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": "x"}}')
{
	my $bad = create_authority($server, 'ROOT');

	self_sign($server, $bad);
	issue($server, $bad, key_request($key, '/CN=leaf'));
	$server->safe_psql('postgres',
		"UPDATE pca.certificate_authority SET revocation_configuration = '$configuration' WHERE arn = '$bad'");
	$server->safe_psql('postgres', 'DELETE FROM pca.crl');
	is((try($server, 'SELECT pca_run_maintenance()'))[0], 'ok', "$configuration: maintenance goes on");
	is($server->safe_psql('postgres',
			"SELECT count(*) FROM pca.crls WHERE certificate_authority_arn = '$arn' AND number IS NOT NULL"), 1,
		"$configuration: and writes the other one's CRL");
	is((try($server, 'SELECT count(*) FROM pca_list_certificate_authorities(),'
				  . ' pca.maintenance_failures, pca.certificate_authorities'))[0],
		'ok', "$configuration: the lists can be read");
	$server->safe_psql('postgres', "DELETE FROM pca.certificate_authority WHERE arn = '$bad'");
}

done_testing();
