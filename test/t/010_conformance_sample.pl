# A sample of what `make conformance` judges in full: a certificate of every
# template but the self-signed ones, from an EC and an RSA authority, with key
# usage from the CSR and the API where they count, and names that some programs would
# not read as they were requested. openssl and certtool judge them.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use JSON::PP ();
use Judge;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('conformance_sample');
my %usage = (leaf => 'digitalSignature', ca => 'digitalSignature,keyCertSign,cRLSign');
my %request;

foreach my $class (sort keys %usage)
{
	$request{$class} = openssl('', 'req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
		'-nodes', '-keyout', '/dev/null', '-subj', '/O=Example/CN=sample',
		'-addext', "keyUsage=critical,$usage{$class}",
		'-addext', 'subjectAltName=DNS:sample.example.com', '-addext', 'certificatePolicies=1.3.6.1.4.1.55555.1');
}

# Each template with its name, whether it is for a CA, and whether it uses ApiPassthrough.
my @templates = map { [ split /\|/ ] } split /\n/, $server->safe_psql('postgres',
	"SELECT replace(name, '/V1', ''), is_ca, api_passthrough FROM pca.templates WHERE NOT is_self_signed");
cmp_ok(scalar @templates, '>', 1, 'every template but those of roots');

foreach my $key (qw(EC_prime256v1 RSA_2048))
{
	my $signing = $key =~ /RSA/ ? 'SHA256WITHRSA' : 'SHA256WITHECDSA';
	my $root_arn = create_authority($server, 'ROOT', key => $key);
	my $root = self_sign($server, $root_arn, signing_algorithm => $signing);

	foreach (@templates)
	{
		my ($template, $is_ca, $is_api) = ($_->[0], map { $_ eq 't' } @$_[ 1, 2 ]);
		my %api_usage = (DigitalSignature => JSON::PP::true, $is_ca ? (KeyCertSign => JSON::PP::true) : ());
		my $certificate = get_certificate($server, $root_arn,
			issue($server, $root_arn, $request{ $is_ca ? 'ca' : 'leaf' },
				template => $template, signing_algorithm => $signing,
				api_passthrough => json({
					Subject => { CommonName => 'from the API' },
					Extensions => { KeyUsage => \%api_usage,
						SubjectAlternativeNames => [ { DnsName => 'api.example.com' } ] } })));
		my $text = openssl($certificate, 'x509', '-noout', '-subject', '-ext', 'subjectAltName');

		ok(is_verified($certificate, undef, $root), "$key, $template: openssl verifies it");
		certtool_verifies($certificate, undef, $root, "$key, $template: certtool verifies it");
		like($text, $is_api ? qr/from the API/ : qr/CN ?= ?sample/, "$key, $template: its subject");
		like($text, $is_api ? qr/DNS:api\.example\.com$/m : qr/DNS:sample\.example\.com$/m,
			"$key, $template: its alternative name");
	}
}

# The certificates for those requests of the corpus whose names are repaired.
{
	my $root_arn = create_authority($server, 'ROOT');
	my $root = self_sign($server, $root_arn);
	my @files = glob "$FindBin::Bin/../fixtures/csr/repaired/*.pem";

	cmp_ok(scalar @files, '>', 20, 'there are requests whose names are repaired');
	foreach my $file (@files)
	{
		my ($name) = $file =~ m{([^/]+)\.pem$};
		my $certificate = get_certificate($server, $root_arn, issue($server, $root_arn, slurp_file($file)));

		ok(is_verified($certificate, undef, $root), "$name: openssl verifies it");
		certtool_verifies($certificate, undef, $root, "$name: certtool verifies it");
		unlike(openssl($certificate, 'x509', '-noout', '-subject', '-nameopt', 'RFC2253,show_type'),
			qr/BMPSTRING|UNIVERSALSTRING|T61STRING|PRINTABLESTRING:[^,+\n]*[^-A-Za-z0-9 '()+,.\/:=?\n]/,
			"$name: its string types");
	}
}

done_testing();
