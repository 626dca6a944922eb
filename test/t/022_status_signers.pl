# An account that may have certificates of another account's CA may not speak for that
# CA. Certificates of OCSP responders and signers of CRLs are refused to another account
# and to a service, whatever makes them so, unless a superuser allows them.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use MIME::Base64;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('status_signers');
my $arn = create_authority($server, 'ROOT',
	subject => { Organization => 'Example', CommonName => 'Status CA' });
self_sign($server, $arn);
my $key = new_key('EC P-256');

$server->safe_psql('postgres', <<~SQL);
	CREATE ROLE tenant LOGIN;
	CREATE ROLE service LOGIN;
	CREATE ROLE owner LOGIN;
	SELECT pca_grant_access(role::regrole, 'issuer') FROM unnest('{tenant,service,owner}'::text[]) AS role;
	SELECT pca_register_account('tenant', '222222222222');
	SELECT pca_register_service_principal('service', 'acm.amazonaws.com');
	SELECT pca_register_account('owner', '000000000000');
	SELECT pca_create_permission('$arn', 'acm.amazonaws.com',
		'{IssueCertificate,GetCertificate,ListPermissions}');
	SQL

sub policy
{
	my ($template) = @_;
	my %statement = (Effect => 'Allow', Principal => { AWS => '222222222222' }, Resource => $arn);

	return json({
		Version => '2012-10-17',
		Statement => [
			{
				%statement,
				Action => [
					map { "acm-pca:$_" }
					  qw(DescribeCertificateAuthority GetCertificate GetCertificateAuthorityCertificate
					  ListPermissions ListTags) ]
			},
			{ %statement, Action => 'acm-pca:IssueCertificate',
				Condition => { StringEquals => { 'acm-pca:TemplateArn' => template($template) } } } ] });
}

# Puts a policy for the template. Returns the messages of the call.
sub put_policy
{
	my ($template) = @_;
	my $errors;

	$server->psql('postgres', 'SELECT ' . call('pca_put_policy', resource_arn => $arn,
			policy => policy($template)), stderr => \$errors, on_error_die => 1);
	return $errors;
}

my %warns = (
	EndEntityCertificate => 0,
	EndEntityClientAuthCertificate => 0,
	EndEntityServerAuthCertificate => 0,
	SubordinateCACertificate_PathLen0 => 0,
	BlankEndEntityCertificate_APIPassthrough => 1,
	BlankEndEntityCertificate_APICSRPassthrough => 1);
for my $template (sort keys %warns)
{
	my $said = put_policy($template);

	is($said =~ /WARNING:  policy lets another account choose/ ? 1 : 0, $warns{$template},
		"$template: " . ($warns{$template} ? 'a warning' : 'no warning')) or diag $said;
}

my $plain = key_request($key, '/CN=leaf');
my ($api, $both) = qw(BlankEndEntityCertificate_APIPassthrough BlankEndEntityCertificate_APICSRPassthrough);
my $ocsp_signing = '1.3.6.1.5.5.7.3.9';

sub passed { return (api_passthrough => json({ Extensions => shift })) }
sub custom
{
	my ($oid, $value) = @_;

	return passed({ CustomExtensions => [ { ObjectIdentifier => $oid, Value => encode_base64($value, '') } ] });
}

# Whether the certificate could speak for the CA, what is requested, and by which template.
my @cases = (
	[ 1, 'OCSPSigning by its word', $api, $plain,
		passed({ ExtendedKeyUsage => [ map { { ExtendedKeyUsageType => $_ } } qw(CLIENT_AUTH OCSP_SIGNING) ] }) ],
	[ 1, 'OCSPSigning by its number', $api, $plain,
		passed({ ExtendedKeyUsage => [ { ExtendedKeyUsageObjectIdentifier => $ocsp_signing } ] }) ],
	[ 1, 'OCSPSigning as a custom extension', $api, $plain,
		custom('2.5.29.37', der(0x30, der_oid('1.3.6.1.5.5.7.3.1'), der_oid($ocsp_signing))) ],
	[ 1, 'OCSPSigning in the CSR', $both,
		key_request($key, '/CN=leaf', 'extendedKeyUsage = critical, serverAuth, OCSPSigning') ],
	[ 1, 'cRLSign by its word', $api, $plain,
		passed({ KeyUsage => { CRLSign => JSON::PP::true, DigitalSignature => JSON::PP::true } }) ],
	[ 1, 'cRLSign as a custom extension', $api, $plain, custom('2.5.29.15', der(0x03, "\x01\x02")) ],
	[ 1, 'cRLSign in the CSR', $both, key_request($key, '/CN=leaf', 'keyUsage = cRLSign') ],
	[ 1, "the CA's name and no key usage", $api, key_request($key, '/O=Example/CN=Status CA') ],
	[ 1, "the CA's name, written otherwise, and no key usage", $api,
		key_request($key, '/O=EXAMPLE/CN= status  ca') ],
	[ 0, "the CA's name and a key usage without cRLSign", 'EndEntityCertificate',
		key_request($key, '/O=Example/CN=Status CA') ],
	[ 1, "the CA's name for a CA below", 'SubordinateCACertificate_PathLen0',
		key_request($key, '/O=Example/CN=Status CA') ],
	[ 0, 'any purpose', $api, $plain,
		passed({ ExtendedKeyUsage => [ { ExtendedKeyUsageObjectIdentifier => '2.5.29.37.0' } ] }) ],
	[ 0, 'other purposes and usages', $api, $plain,
		passed({ ExtendedKeyUsage => [ { ExtendedKeyUsageType => 'CODE_SIGNING' } ],
				KeyUsage => { DigitalSignature => JSON::PP::true } }) ],
	[ 0, 'OCSPSigning in the CSR, which is not passed', $api,
		key_request($key, '/CN=leaf', 'extendedKeyUsage = OCSPSigning', 'keyUsage = cRLSign') ],
	[ 0, 'an end entity', 'EndEntityCertificate', $plain ],
	[ 0, 'a CA below', 'SubordinateCACertificate_PathLen0', key_request($key, '/O=Example/CN=Sub CA') ]);

my $error = 'ERROR:  PCACD: certificate could sign the revocation status of its certificate authority';
my $detail = 'DETAIL:  Only the account that owns the certificate authority can obtain it: its ';

sub outcome
{
	my ($user, $template, $csr, @options) = @_;

	return try($server, 'SELECT ' . issue_call($arn, $csr, template => $template, @options), user => $user);
}

for my $case (@cases)
{
	my ($speaks, $what, $template, @call) = @$case;

	put_policy($template);
	my ($state, $text) = outcome('tenant', $template, @call);
	is($state, $speaks ? 'PCACD' : 'ok', "tenant: $what") or diag $text;
	like($text, qr/$error\n$detail/, "tenant: $what: says why") if $speaks;
	is((outcome('service', $template, @call))[0], $speaks ? 'PCACD' : 'ok', "service: $what");
	is((outcome('owner', $template, @call))[0], 'ok', "owner: $what");
}
# Templates that a policy cannot name and a permission does not allow.
is((outcome('service', 'OCSPSigningCertificate', $plain))[0], 'PCACD',
	'service: the template for OCSP responders');
is((outcome('service', 'BlankSubordinateCACertificate_PathLen0_APIPassthrough', key_request($key, '/CN=Sub'),
			passed({ ExtendedKeyUsage => [ { ExtendedKeyUsageType => 'OCSP_SIGNING' } ] })))[0], 'PCACD',
	'service: OCSPSigning in a CA below');
is((outcome('owner', 'OCSPSigningCertificate', $plain))[0], 'ok', 'owner: the template for OCSP responders');
is($server->safe_psql('postgres',
		"SELECT count(*) FROM pca.certificate WHERE account_id <> '000000000000' OR service_principal IS NOT NULL"),
	2 * grep({ !$_->[0] } @cases), 'nothing else is stored');

# A superuser allows it.
$server->append_conf('postgresql.conf', "pca.allow_foreign_status_signers = on\n");
$server->restart;
for my $case (grep { $_->[0] } @cases)
{
	my ($speaks, $what, $template, @call) = @$case;

	put_policy($template);
	is((outcome('tenant', $template, @call))[0], 'ok', "allowed: $what");
}
is((outcome('service', 'OCSPSigningCertificate', $plain))[0], 'ok',
	'allowed: the template for OCSP responders');

done_testing();
