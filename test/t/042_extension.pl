# What is passed into a certificate has the grammar of its extension, from the API
# and from the CSR alike: each value of test/fixtures/extension, which the
# certificate has as it was given, or the error that says what is wrong at which
# octet. What was issued is read by OpenSSL, GnuTLS and Python.

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

my ($header, @rows) = map { [ split /\t/ ] } split /\n/, slurp_file("$FindBin::Bin/../fixtures/extension/values.tsv");

is("@$header", 'extension oid expected note value csr', 'the fixture');
cmp_ok(scalar(grep { $_->[2] eq 'ok' } @rows), '>', 50, 'there are good values');
cmp_ok(scalar(grep { $_->[2] ne 'ok' } @rows), '>', 150, 'there are bad ones');

my $server = start_server('extension');
my $arn = create_authority($server, 'ROOT');
my $root = self_sign($server, $arn);

# Of these a certificate always has the template's and the CA's own.
my %is_own = map { $_ => 1 } '2.5.29.14', '2.5.29.19', '2.5.29.35';

# What becomes of each row by each way, in one session: ARN or SQLSTATE and DETAIL.
my $script = <<'SQL';
SET client_min_messages = error;
CREATE FUNCTION pg_temp.outcome(authority text, csr text, template text, passthrough jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	detail text;
BEGIN
	RETURN pca_issue_certificate(authority, csr, 'SHA256WITHECDSA', '{"Type": "DAYS", "Value": 1}',
		'arn:aws:acm-pca:::template/' || template || '/V1', passthrough);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
	RETURN concat(state, ' ', detail);
END
$$;
SQL
my $plain = literal(key_request(new_key('EC P-256'), '/CN=device'));
for my $i (0 .. $#rows)
{
	my ($what, $oid, $expected, $note, $value, $csr) = @{ $rows[$i] };
	my $passthrough = literal(json({ Extensions => { CustomExtensions => [ { ObjectIdentifier => $oid, Value => encode_base64(pack('H*', $value), '') } ] } }));
	my $request = literal(der_to_pem('CERTIFICATE REQUEST', decode_base64($csr)));

	# An empty string is no value for the API's model.
	$script .= "SELECT $i, 'api', pg_temp.outcome('$arn', $plain, 'BlankEndEntityCertificate_APIPassthrough', $passthrough);\n" if $value ne '';
	$script .= "SELECT $i, 'csr', pg_temp.outcome('$arn', $request, 'BlankEndEntityCertificate_CSRPassthrough');\n";
}
my ($state, $output) = try($server, $script);
is($state, 'ok', 'the session reaches its end') or diag $output;

my %outcome;
for (split /\n/, $output)
{
	my ($i, $way, $outcome) = split /\|/, $_, 3;
	$outcome{$i}{$way} = $outcome;
}

# The structured members of the API are read by the same grammars.
for my $case (
	[ { ExtendedKeyUsage => [ map { { ExtendedKeyUsageType => $_ } } qw(SERVER_AUTH CLIENT_AUTH SERVER_AUTH) ] },
		'api_passthrough.Extensions.ExtendedKeyUsage', 'in extKeyUsage at octet 22, an object identifier is there twice' ],
	[ { ExtendedKeyUsage => [ { ExtendedKeyUsageType => 'SERVER_AUTH' }, { ExtendedKeyUsageObjectIdentifier => '1.3.6.1.5.5.7.3.1' } ] },
		'api_passthrough.Extensions.ExtendedKeyUsage', 'in extKeyUsage at octet 12, an object identifier is there twice' ],
	[ { SubjectAlternativeNames => [ { DnsName => 'a' }, { UniformResourceIdentifier => 'http://a..b/' } ] },
		'api_passthrough.Extensions.SubjectAlternativeNames', 'in GeneralName at octet 5, the host of a URI, its port or what is before it is malformed' ],
	[ { SubjectAlternativeNames => [ { UniformResourceIdentifier => 'www.example.com' } ] },
		'api_passthrough.Extensions.SubjectAlternativeNames', 'in GeneralName at octet 2, a URI does not begin with a scheme' ])
{
	my ($extensions, $path, $fault) = @$case;
	my ($outcome, $text) = try($server, 'SELECT '
		  . call('pca_issue_certificate', certificate_authority_arn => $arn, csr => key_request(new_key('EC P-256'), '/CN=device'), signing_algorithm => 'SHA256WITHECDSA',
			validity => '{"Type": "DAYS", "Value": 1}', template_arn => template('EndEntityCertificate_APIPassthrough'), api_passthrough => json({ Extensions => $extensions })));

	is($outcome, 'PCIAG', "$path: $fault");
	like($text, qr/DETAIL:  The value at \Q$path is not accepted: $fault.\E$/m, "$path: what is wrong");
}

my %certificate = map { split /\|/ } split /\n/, $server->safe_psql('postgres', <<~SQL);
	SELECT c.certificate_arn, encode(decode(regexp_replace(g.certificate, '-----[A-Z ]+-----|\\s', '', 'g'), 'base64'), 'hex')
	FROM pca.certificates AS c, pca_get_certificate(c.certificate_authority_arn, c.certificate_arn) AS g
	SQL

my @issued;
for my $i (0 .. $#rows)
{
	my ($what, $oid, $expected, $note, $value) = @{ $rows[$i] };
	my %error = (
		api => "PCIAG The value at api_passthrough.Extensions.CustomExtensions[0].Value is not accepted: extension $oid $expected.",
		csr => $oid eq '2.5.29.17'
		? "PCMCS The request at csr is not accepted: its subject alternative name is malformed: $expected."
		: "PCMCS The extension $oid of the request at csr is not accepted: $expected.");

	for my $way (sort keys %{ $outcome{$i} })
	{
		my $outcome = $outcome{$i}{$way};
		my $is_dropped = $is_own{$oid} && ($way eq 'csr' || $expected eq 'ok');

		if ($expected ne 'ok' && !$is_dropped)
		{
			is($outcome, $error{$way}, "$what by the $way, $note: refused");
			next;
		}
		if (!ok(exists $certificate{$outcome}, "$what by the $way, $note: issued")) { diag $outcome; next }
		my $der = pack 'H*', $certificate{$outcome};
		my $found = certificate_parts($der)->{extension}{$oid};
		is($found ? unpack('H*', $found->{value}) : 'nothing', $value, "$what by the $way, $note: it is in the certificate") if !$is_dropped;
		push @issued, [ "$what by the $way, $note", der_to_pem('CERTIFICATE', $der), $what ] if $way eq 'api' && !$is_dropped;
	}
}
cmp_ok(scalar @issued, '>', 50, 'certificates were issued');

# One after the other, as each judge reads a certificate that has the value.
for (@issued)
{
	my ($name, $pem, $what) = @$_;
	my ($is_good, $text, $errors) = OpenSSL::run($pem, 'openssl', 'x509', '-noout', '-text', '-purpose');

	ok($is_good, "$name: openssl reads it");
	unlike($text . $errors, qr/<Parse Error>|<Not Supported>/, "$name: with its extension");
	# What it verifies must not be what no verifier of it knows, nor resources that the issuer lacks.
	ok(is_verified($pem, undef, $root, '-ignore_critical'), "$name: openssl verifies it") if $what !~ /^(?:ipAddrBlocks|autonomousSysIds|proxyCertInfo)$/;
	my $is_verified = is_verified_by_certtool($pem, undef, $root);
  SKIP: {
		skip 'no certtool', 1 if !defined $is_verified;
		ok($is_verified, "$name: certtool verifies it");
	}
}
SKIP: {
	my ($is_there) = eval { OpenSSL::run('', '/usr/bin/python3', '-c', 'import cryptography') };
	skip 'no python3-cryptography', 1 if !$is_there;
	my ($is_good, $findings, $errors) = OpenSSL::run(join('', map { $_->[1] } @issued), '/usr/bin/python3', '-c', <<~'PYTHON');
		import sys
		from cryptography import x509
		blocks = sys.stdin.read().split("-----END CERTIFICATE-----\n")
		for i, block in enumerate(blocks[:-1]):
		    certificate = x509.load_pem_x509_certificate((block + "-----END CERTIFICATE-----\n").encode())
		    try:
		        certificate.extensions
		    except Exception as e:
		        print(i, type(e).__name__, e)
		PYTHON
	my @findings = map { s/^(\d+)/$issued[$1][0]:/r } split /\n/, $findings;
	ok($is_good, 'python3-cryptography reads them all') or diag $errors;
	is("@findings", '', 'python3-cryptography reads every extension');
}

done_testing();
