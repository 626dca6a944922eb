# What is passed into a certificate must have the grammar of its extension, from the
# API and from the CSR alike. Each value of test/fixtures/extension is either in the
# certificate as it was given, or in an error that says what is wrong at which octet.
# OpenSSL, GnuTLS and Python read what was issued. Last come values that are well-formed
# and get a WARNING.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use JSON::PP ();
use MIME::Base64;
use Judge;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my ($header, @rows) = map { [ split /\t/ ] } split /\n/,
	slurp_file("$FindBin::Bin/../fixtures/extension/values.tsv");

is("@$header", 'extension oid expected note value csr', 'the fixture');
cmp_ok(scalar(grep { $_->[2] eq 'ok' } @rows), '>', 50, 'there are good values');
cmp_ok(scalar(grep { $_->[2] ne 'ok' } @rows), '>', 150, 'there are bad ones');

my $server = start_server('extension');
my $arn = create_authority($server, 'ROOT');
my $root = self_sign($server, $arn);

# For these a certificate always has the template's or the CA's own value.
my %is_own = map { $_ => 1 } '2.5.29.14', '2.5.29.19', '2.5.29.35';

# The outcome of each row in each way, in one session: ARN, or SQLSTATE and DETAIL.
my $script = <<'SQL';
SET client_min_messages = error;
CREATE FUNCTION pg_temp.outcome(authority text, csr text, template text, passthrough jsonb DEFAULT NULL)
	RETURNS text LANGUAGE plpgsql AS $$
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
	my $passthrough = literal(json({ Extensions => { CustomExtensions =>
					  [ { ObjectIdentifier => $oid, Value => encode_base64(pack('H*', $value), '') } ] } }));
	my $request = literal(der_to_pem('CERTIFICATE REQUEST', decode_base64($csr)));

	# By the API's model an empty string is not a value.
	$script .= "SELECT $i, 'api', pg_temp.outcome('$arn', $plain,"
	  . " 'BlankEndEntityCertificate_APIPassthrough', $passthrough);\n"
	  if $value ne '';
	$script .= "SELECT $i, 'csr', pg_temp.outcome('$arn', $request,"
	  . " 'BlankEndEntityCertificate_CSRPassthrough');\n";
}
my ($state, $output) = try($server, $script);
is($state, 'ok', 'the session reaches its end') or diag $output;

my %outcome;
for (split /\n/, $output)
{
	my ($i, $way, $outcome) = split /\|/, $_, 3;
	$outcome{$i}{$way} = $outcome;
}

# The same grammars read the structured members of the API.
for my $case (
	[ { SubjectAlternativeNames => [ { DnsName => 'a' }, { UniformResourceIdentifier => 'http://a..b/' } ] },
		'api_passthrough.Extensions.SubjectAlternativeNames',
		'in GeneralName at octet 5, the user, host or port of a URI is malformed' ],
	[ { SubjectAlternativeNames => [ { UniformResourceIdentifier => 'www.example.com' } ] },
		'api_passthrough.Extensions.SubjectAlternativeNames',
		'in GeneralName at octet 2, a URI does not begin with a scheme' ])
{
	my ($extensions, $path, $fault) = @$case;
	my ($outcome, $text) = try($server, 'SELECT ' . call('pca_issue_certificate',
			certificate_authority_arn => $arn, csr => key_request(new_key('EC P-256'), '/CN=device'),
			signing_algorithm => 'SHA256WITHECDSA', validity => '{"Type": "DAYS", "Value": 1}',
			template_arn => template('EndEntityCertificate_APIPassthrough'),
			api_passthrough => json({ Extensions => $extensions })));

	is($outcome, 'PCIAG', "$path: $fault");
	like($text, qr/DETAIL:  The value at \Q$path is not accepted: $fault.\E$/m, "$path: what is wrong");
}

my %certificate = map { split /\|/ } split /\n/, $server->safe_psql('postgres', <<~SQL);
	SELECT c.certificate_arn,
		encode(decode(regexp_replace(g.certificate, '-----[A-Z ]+-----|\\s', '', 'g'), 'base64'), 'hex')
	FROM pca.certificates AS c, pca_get_certificate(c.certificate_authority_arn, c.certificate_arn) AS g
	SQL

my @issued;
for my $i (0 .. $#rows)
{
	my ($what, $oid, $expected, $note, $value) = @{ $rows[$i] };
	my %error = (
		api => 'PCIAG The value at api_passthrough.Extensions.CustomExtensions[0].Value is not accepted:'
		  . " extension $oid $expected.",
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
		is($found ? unpack('H*', $found->{value}) : 'nothing', $value,
			"$what by the $way, $note: it is in the certificate") if !$is_dropped;
		push @issued, [ "$what by the $way, $note", der_to_pem('CERTIFICATE', $der), $what ]
		  if $way eq 'api' && !$is_dropped;
	}
}
cmp_ok(scalar @issued, '>', 50, 'certificates were issued');

# Each judge reads each certificate that has a value.
for (@issued)
{
	my ($name, $pem, $what) = @$_;
	my ($is_good, $text, $errors) = OpenSSL::run($pem, 'openssl', 'x509', '-noout', '-text', '-purpose');

	ok($is_good, "$name: openssl reads it");
	unlike($text . $errors, qr/<Parse Error>|<Not Supported>/, "$name: with its extension");
	# Except for extensions that its verifier does not know, and for resources that the
	# issuer lacks.
	ok(is_verified($pem, undef, $root, '-ignore_critical'), "$name: openssl verifies it")
	  if $what !~ /^(?:ipAddrBlocks|autonomousSysIds|proxyCertInfo)$/;
	certtool_verifies($pem, undef, $root, "$name: certtool verifies it");
}
SKIP:
{
	skip_without('python3-cryptography');
	my ($is_good, $findings, $errors) = OpenSSL::run(join('', map { $_->[1] } @issued), '/usr/bin/python3',
		'-c', <<~'PYTHON');
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

# A value that is well-formed and still refused by some programs gets a WARNING that
# says by which. A value that is in use gets none.
my $device = new_key('EC P-256');
my ($agreement, $signature, $certificates) = map {
	{
		ObjectIdentifier => '2.5.29.15',
		Critical => JSON::PP::true,
		Value => encode_base64(pack('H*', $_), '')
	}
} qw(03020308 03020780 03020204);
my $purposes = sub {
	my ($is_critical, @purposes) = @_;
	return {
		ObjectIdentifier => '2.5.29.37',
		Critical => $is_critical ? JSON::PP::true : JSON::PP::false,
		Value => encode_base64(der(0x30, map { der_oid("1.3.6.1.5.5.7.3.$_") } @purposes), '') };
};
my $custom = sub {
	my ($oid, $is_critical, $hex) = @_;
	return {
		ObjectIdentifier => $oid,
		Critical => $is_critical ? JSON::PP::true : JSON::PP::false,
		Value => encode_base64(pack('H*', $hex), '') };
};
my $leaf = 'BlankEndEntityCertificate_APIPassthrough';
my $ca = 'BlankSubordinateCACertificate_PathLen0_APIPassthrough';
my $uri = '860b687474703a2f2f612e622f';
my @combinations = (
	[ $leaf, 'keyCertSign', [$certificates], 'Its key usage has keyCertSign, but it is not a CA' ],
	[ $ca, 'no key usage', [], 'It is a CA without a key usage' ],
	[ $ca, 'digitalSignature alone', [$signature], 'It is a CA, but its key usage does not have keyCertSign' ],
	[ $leaf, 'name constraints', [ $custom->('2.5.29.30', 1, '3011a00f300d820b' . unpack 'H*', 'example.com') ],
		'It has name constraints, but it is not a CA' ],
	[ $leaf, 'encipherOnly alone', [ $custom->('2.5.29.15', 1, '03020001') ],
		'Its key usage has encipherOnly or decipherOnly without keyAgreement' ],
	[ $leaf, 'clientAuth with keyEncipherment', [ $purposes->(0, 2), $custom->('2.5.29.15', 1, '03020520') ],
		'It has a purpose that its key usage does not allow' ],
	[ $leaf, 'codeSigning with keyAgreement', [ $purposes->(0, 3), $agreement ],
		'It has a purpose that its key usage does not allow' ],
	[ $leaf, 'OCSPSigning with keyAgreement', [ $purposes->(0, 9), $agreement ],
		'It has a purpose that its key usage does not allow' ],
	[ $leaf, 'emailProtection with keyCertSign', [ $purposes->(0, 4), $certificates ],
		'Its key usage has keyCertSign, but it is not a CA', 'It has a purpose that its key usage does not allow' ],
	[ $leaf, 'timeStamping not critical', [ $purposes->(0, 8), $signature ], 'It is for time stamping, but' ],
	[ $leaf, 'timeStamping and clientAuth', [ $purposes->(1, 8, 2), $signature ],
		'It is for time stamping, but' ],
	[ $leaf, 'timeStamping with keyAgreement', [ $purposes->(1, 8), $agreement ],
		'It is for time stamping, but' ],
	[ $leaf, 'critical AIA', [ $custom->('1.3.6.1.5.5.7.1.1', 1, '3019301706082b06010505073001' . $uri) ],
		'An extension that must not be critical is critical' ],
	[ $leaf, 'critical SIA', [ $custom->('1.3.6.1.5.5.7.1.11', 1, '3019301706082b06010505073005' . $uri) ],
		'An extension that must not be critical is critical' ],
	[ 'EndEntityCertificate_APIPassthrough', 'critical freshestCRL',
		[ $custom->('2.5.29.46', 1, '30133011a00fa00d' . $uri) ],
		'An extension that must not be critical is critical' ],
	[ $leaf, 'TLS feature 10', [ $custom->('1.3.6.1.5.5.7.1.24', 0, '300602010502010a') ],
		'It has a TLS feature other than status_request' ],
	# In use.
	[ $leaf, 'nothing', [] ],
	[ $leaf, 'serverAuth without a key usage', [ $purposes->(0, 1) ] ],
	[ $leaf, 'serverAuth with keyAgreement', [ $purposes->(0, 1), $agreement ] ],
	[ $leaf, 'clientAuth with digitalSignature', [ $purposes->(1, 2), $signature ] ],
	[ $leaf, 'timeStamping, critical and alone', [ $purposes->(1, 8), $signature ] ],
	[ $leaf, 'an unknown purpose with keyAgreement',
		[ $custom->('2.5.29.37', 0, '300506032a0304'), $agreement ] ],
	[ $leaf, 'cRLSign', [ $custom->('2.5.29.15', 1, '03020102') ] ],
	[ $leaf, 'TLS features 5 and 17, AIA', [ $custom->('1.3.6.1.5.5.7.1.24', 1, '3006020105020111'),
			$custom->('1.3.6.1.5.5.7.1.1', 0, '3019301706082b06010505073001' . $uri) ] ],
	[ $ca, 'keyCertSign', [$certificates] ],
	[ $ca, 'keyCertSign and clientAuth, name constraints', [ $certificates, $purposes->(0, 2),
			$custom->('2.5.29.30', 1, '3011a00f300d820b' . unpack 'H*', 'example.com') ] ],
	[ 'EndEntityCertificate_APIPassthrough', 'nothing', [] ],
	[ 'SubordinateCACertificate_PathLen0_APIPassthrough', 'nothing', [] ],
	[ 'CodeSigningCertificate_APIPassthrough', 'nothing', [] ],
	[ 'OCSPSigningCertificate_APIPassthrough', 'no-check', [ $custom->('1.3.6.1.5.5.7.48.1.5', 0, '0500') ] ],
	[ 'EndEntityCertificate', 'nothing is passed', [$certificates] ]);
for my $case (@combinations)
{
	my ($template, $what, $extensions, @warnings) = @$case;
	my ($output, $errors);

	$server->psql('postgres',
		'SELECT ' . issue_call($arn, key_request($device, '/CN=device'), template => $template,
			api_passthrough => json({ Extensions => { @$extensions ? (CustomExtensions => $extensions) : () } })),
		stdout => \$output,
		stderr => \$errors);
	like($output, qr/^arn:/, "$template, $what: issued") or diag $errors;
	my @found =
	  $errors =~ /WARNING:  certificate will be refused by some relying parties\n.*?DETAIL:  (.*)\n.*?HINT:  ./g;
	is(scalar @found, scalar @warnings, "$template, $what: " . @warnings . ' warnings') or diag $errors;
	like($found[$_] // '', qr/^\Q$warnings[$_]\E/, "$template, $what: $warnings[$_]") for 0 .. $#warnings;
}

done_testing();
