# Certificates and requests as other programs read them. A hierarchy is made through
# SQL and judged by openssl and, where it is installed, by GnuTLS. Every fact that a
# template promises is looked up in the bytes.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use Digest::SHA 'sha1';
use Judge;
use OpenSSL;
use Server;
use Test::More;

my $server = start_server('openssl');

# Returns certificates of one authority, fetched in one call.
sub get_all
{
	my ($arn, @certificate_arns) = @_;

	return split /\n\n/,
		$server->safe_psql('postgres', "\\pset recordsep '\\n\\n'\nSELECT certificate FROM unnest(ARRAY["
		  . join(', ', map { literal($_) } @certificate_arns)
		  . "]) WITH ORDINALITY AS a (arn, n), pca_get_certificate(" . literal($arn) . ', arn) ORDER BY n');
}

#
# The hierarchy
#

my $root_arn = create_authority($server, 'ROOT',
	subject => { Country => 'US', Organization => 'Example', CommonName => 'Root' });
my $root = self_sign($server, $root_arn, validity => [ 'ABSOLUTE', 253402300799 ]);
my $subordinate_arn = create_authority($server, 'SUBORDINATE',
	subject => { Country => 'US', Organization => 'Example', CommonName => 'Subordinate' });
my ($subordinate, $chain) = subordinate($server, $root_arn, $subordinate_arn, validity => [ 'YEARS', 200 ]);
my %authorities = (
	$root_arn => { certificate => $root, parts => certificate_parts($root) },
	$subordinate_arn => { certificate => $subordinate, parts => certificate_parts($subordinate) });

is(pem_to_der($chain), pem_to_der($root), "the subordinate's chain is the root");
ok(is_verified($root, undef, $root), 'openssl verifies the root');
ok(is_verified($subordinate, undef, $root), 'openssl verifies the subordinate');

#
# Every base template, for every kind of subject key
#

my $tls = 'X509v3 Key Usage: critical: Digital Signature, Key Encipherment';
my $signing = 'X509v3 Key Usage: critical: Digital Signature';
my $ca = 'X509v3 Key Usage: critical: Digital Signature, Certificate Sign, CRL Sign';
my @key_identifiers = ('X509v3 Authority Key Identifier', 'X509v3 Subject Key Identifier');
my $leaf = 'X509v3 Basic Constraints: CA:FALSE';
my %templates = (
	EndEntityCertificate =>
	  [ $leaf, @key_identifiers, $tls,
		'X509v3 Extended Key Usage: TLS Web Server Authentication, TLS Web Client Authentication' ],
	EndEntityClientAuthCertificate =>
	  [ $leaf, @key_identifiers, $tls, 'X509v3 Extended Key Usage: TLS Web Client Authentication' ],
	EndEntityServerAuthCertificate =>
	  [ $leaf, @key_identifiers, $tls, 'X509v3 Extended Key Usage: TLS Web Server Authentication' ],
	CodeSigningCertificate => [ $leaf, @key_identifiers, $signing,
		'X509v3 Extended Key Usage: critical: Code Signing' ],
	OCSPSigningCertificate => [ $leaf, @key_identifiers, $signing,
		'X509v3 Extended Key Usage: critical: OCSP Signing' ],
	map { ("SubordinateCACertificate_PathLen$_" =>
			[ "X509v3 Basic Constraints: critical: CA:TRUE, pathlen:$_", @key_identifiers, $ca ]) } 0 .. 3);

# A base template ignores what a request asks for in addition to its names.
my @names = ('subjectAltName = DNS:www.example.com, DNS:*.example.org, IP:192.0.2.1, IP:2001:db8::1, '
	  . 'email:someone@example.com, URI:https://example.com/a, RID:1.2.3.4, otherName:1.2.3.5;UTF8:else');
my @ignored = ('basicConstraints = critical, CA:TRUE', 'keyUsage = keyCertSign',
	'extendedKeyUsage = timeStamping', 'nsComment = ignored', 'subjectKeyIdentifier = hash');
my %requests = map { $_ => key_request(new_key($_), '/C=DE/O=Sübject/CN=www.example.com', @names, @ignored) }
  ('EC P-256', 'RSA 2048', 'Ed25519');

sub without_identifiers
{
	return map { /^(X509v3 (?:Authority|Subject) Key Identifier): / ? $1 : $_ } @_;
}

# Checks the facts that hold for every template.
sub check_facts
{
	my ($name, $pem, $certificate_arn, $request, $issuer) = @_;
	my $parts = certificate_parts($pem);
	my $asked = request_parts($request);
	my ($serial) = $certificate_arn =~ m{/certificate/([0-9a-f]{32})$};

	is($parts->{version}, 3, "$name: version 3");
	is(unpack('H*', $parts->{serial_octets}), $serial =~ s/^(?:00)+//r =~ s/^(?=[89a-f])/00/r,
		"$name: the serial is the one in the ARN, a positive INTEGER of least length");
	is($parts->{issuer}, $issuer->{subject}, "$name: the issuer is the CA's subject, octet by octet");
	is($parts->{subject}, $asked->{subject}, "$name: the subject is the request's, octet by octet");
	is($parts->{spki}, $asked->{spki}, "$name: the key is the request's, octet by octet");
	is($parts->{algorithm}, $parts->{outer_algorithm}, "$name: both algorithms are the same");
	is($parts->{extension}{'2.5.29.14'}{value}, der(0x04, sha1($parts->{key_bits})),
		"$name: the SKI is the SHA-1 of the key");
	is($parts->{extension}{'2.5.29.35'}{value},
		der(0x30, der(0x80, (der_parse($issuer->{extension}{'2.5.29.14'}{value}))->{content})),
		"$name: the AKI is the CA's SKI and nothing else");
	my ($names) = grep { $_->[0] eq '2.5.29.17' } @{ $asked->{extensions} };
	is($parts->{extension}{'2.5.29.17'}{value}, $names->[2], "$name: the SAN is the request's, octet by octet");
	is($parts->{extension}{'2.5.29.17'}{critical}, 0, "$name: the SAN is not critical");
}

my @judged;
for my $template (sort keys %templates)
{
	my $arn = $template =~ /^Sub/ ? $root_arn : $subordinate_arn;
	my $issuer = $authorities{$arn};
	my %issued = map { $_ => issue($server, $arn, $requests{$_}, template => $template) } sort keys %requests;
	my %pem;

	@pem{ sort keys %issued } = get_all($arn, map { $issued{$_} } sort keys %issued);
	for my $key (sort keys %issued)
	{
		my $name = "$template, $key";
		is_deeply([ grep { !/^X509v3 Subject Alternative Name/ } without_identifiers(text_extensions($pem{$key})) ],
			$templates{$template}, "$name: extensions, their order, criticality and values");
		check_facts($name, $pem{$key}, $issued{$key}, $requests{$key}, $issuer->{parts});
		ok(is_verified($pem{$key}, $arn eq $root_arn ? undef : $subordinate, $root), "$name: openssl verifies it");
		push @judged, [ $name, $pem{$key}, $arn eq $root_arn ? '' : $subordinate ];
	}
}
is_deeply([ without_identifiers(text_extensions($root)) ],
	[ 'X509v3 Basic Constraints: critical: CA:TRUE', 'X509v3 Subject Key Identifier', $ca ],
	'RootCACertificate: extensions, their order, criticality and values');
is($authorities{$root_arn}{parts}{issuer}, $authorities{$root_arn}{parts}{subject},
	'RootCACertificate: self-issued');
is($authorities{$root_arn}{parts}{subject}, request_parts(own_request($server, $root_arn))->{subject},
	"RootCACertificate: the subject is the CSR's");
is(unpack('H*', $authorities{$root_arn}{parts}{extension}{'2.5.29.15'}{value}), '03020186',
	'key usage in the fewest octets');

certtool_verifies($root, '', $root, 'GnuTLS verifies the root');
certtool_verifies($_->[1], $_->[2], $root, "$_->[0]: GnuTLS verifies it") for @judged;

#
# Purposes, as openssl sees them
#

{
	my %purposes = (
		EndEntityCertificate => [qw(sslserver sslclient)],
		EndEntityClientAuthCertificate => [qw(sslclient)],
		EndEntityServerAuthCertificate => [qw(sslserver)]);

	for my $template (sort keys %purposes)
	{
		my ($pem) = map { $_->[1] } grep { $_->[0] eq "$template, EC P-256" } @judged;
		my @good = grep { openssl($pem, 'x509', '-noout', '-purpose') =~ /^$_->[1] : Yes/m }
		  ([ sslclient => 'SSL client' ], [ sslserver => 'SSL server' ]);
		is_deeply([ sort map { $_->[0] } @good ], [ sort @{ $purposes{$template} } ],
			"$template: the purposes that openssl sees");
	}
}

#
# Names
#

{
	my $key = new_key('EC P-256');
	my $arn = issue($server, $subordinate_arn, key_request($key, '/', 'subjectAltName = DNS:a.example'));
	my ($pem) = get_all($subordinate_arn, $arn);
	my $parts = certificate_parts($pem);

	is(unpack('H*', $parts->{subject}), '3000', 'an empty subject stays empty');
	is($parts->{extension}{'2.5.29.17'}{critical}, 1, 'the SAN is critical when the subject is empty');
	ok(is_verified($pem, $subordinate, $root), 'openssl verifies it');

	($pem) = get_all($subordinate_arn,
		issue($server, $subordinate_arn, key_request($key, '/CN=no alternative')));
	is_deeply([ grep { /Alternative/ } text_extensions($pem) ], [],
		'no SAN in the request: none in the certificate');
	is((try($server, 'SELECT ' . issue_call($subordinate_arn, key_request($key, '/'))))[0], 'PCMCS',
		'a request must have a name');
}

#
# Dates
#

{
	# Each date relative to the moment of issuance, by the database's own calendar.
	my @dates = (
		[ DAYS => 1, "t + interval '1 day'" ],
		[ DAYS => 365, "t + interval '365 days'" ],
		[ MONTHS => 1, "t + interval '1 month'" ],
		[ MONTHS => 13, "t + interval '13 months'" ],
		[ YEARS => 1, "t + interval '1 year'" ],
		[ YEARS => 3, "t + interval '3 years'" ],
		[ YEARS => 150, "t + interval '150 years'" ],
		[ END_DATE => 491231235959, "'2049-12-31 23:59:59'::timestamp" ],
		[ END_DATE => 20400229120000, "'2040-02-29 12:00:00'::timestamp" ],
		[ END_DATE => 20500101000000, "'2050-01-01 00:00:00'::timestamp" ],
		[ ABSOLUTE => 2524607999, "'2049-12-31 23:59:59'::timestamp" ],
		[ ABSOLUTE => 2524608000, "'2050-01-01 00:00:00'::timestamp" ],
		[ ABSOLUTE => 253402300799, "'9999-12-31 23:59:59'::timestamp" ]);

	for my $date (@dates)
	{
		my ($type, $value, $expected) = @$date;
		my $arn = issue($server, $root_arn, $requests{'EC P-256'}, validity => [ $type, $value ]);
		my $parts = certificate_parts(get_all($root_arn, $arn));
		my ($not_before, $not_after, $seen_before, $seen_after) = split /\|/, $server->safe_psql('postgres',
			"SELECT extract(epoch FROM t - interval '1 hour')::bigint, extract(epoch FROM $expected)::bigint,"
			  . ' extract(epoch FROM not_before)::bigint, extract(epoch FROM not_after)::bigint'
			  . " FROM pca.certificates, date_trunc('second', issued_at AT TIME ZONE 'UTC') AS t"
			  . ' WHERE certificate_arn = ' . literal($arn));

		is($parts->{not_before}, $not_before, "$type $value: notBefore is an hour before issuance");
		is($parts->{not_after}, $not_after, "$type $value: notAfter");
		is("$seen_before $seen_after", "$parts->{not_before} $parts->{not_after}",
			"$type $value: the inventory says the same");
		is($parts->{not_after_type}, $not_after < 2524608000 ? 'UTCTime' : 'GeneralizedTime',
			"$type $value: type of notAfter");
		is($parts->{not_before_type}, 'UTCTime', "$type $value: type of notBefore");
	}
	for my $date ([ ABSOLUTE => 1700000000, 1700000000 ], [ END_DATE => 20200229000000, 1582934400 ],
		[ END_DATE => 50101000000, 1104537600 ], [ END_DATE => 700102030405, 97445 ],
		[ END_DATE => 20600101000000, 2840140800 ])
	{
		my ($type, $value, $expected) = @$date;
		my $arn = issue($server, $root_arn, $requests{'EC P-256'},
			validity => [ 'ABSOLUTE', 253402300799 ], validity_not_before => json({ Type => $type, Value => $value }));
		my $parts = certificate_parts(get_all($root_arn, $arn));

		is($parts->{not_before}, $expected, "validity_not_before $type $value");
		is($parts->{not_before_type}, $expected < 2524608000 ? 'UTCTime' : 'GeneralizedTime',
			"validity_not_before $type $value: its type");
	}
}

#
# Every key and signing algorithm: the CA's request, and what it signs
#

my %identifiers = (
	SHA256WITHECDSA => '300a06082a8648ce3d040302',
	SHA384WITHECDSA => '300a06082a8648ce3d040303',
	SHA512WITHECDSA => '300a06082a8648ce3d040304',
	SHA256WITHRSA => '300d06092a864886f70d01010b0500',
	SHA384WITHRSA => '300d06092a864886f70d01010c0500',
	SHA512WITHRSA => '300d06092a864886f70d01010d0500');
my %text_of_keys = (
	EC_prime256v1 => 'NIST CURVE: P-256',
	EC_secp384r1 => 'NIST CURVE: P-384',
	EC_secp521r1 => 'NIST CURVE: P-521',
	RSA_2048 => 'Public-Key: (2048 bit)',
	RSA_3072 => 'Public-Key: (3072 bit)',
	RSA_4096 => 'Public-Key: (4096 bit)');

# Every attribute, in another order than the one in which it must come out.
my %subject = (
	CommonName => "\x{dc}n\x{ef}code \x{6771}\x{4eac}",
	Country => 'CH',
	DistinguishedNameQualifier => 'q 1',
	GenerationQualifier => 'Jr',
	GivenName => 'Ann',
	Initials => 'AB',
	Locality => 'Town',
	Organization => 'Org',
	OrganizationalUnit => 'Unit',
	Pseudonym => 'Nym',
	SerialNumber => 'S-1',
	State => 'Canton',
	Surname => 'Sur',
	Title => 'Dr');
my @rdns = (
	'countryName PRINTABLESTRING CH',
	'organizationName UTF8STRING Org',
	'organizationalUnitName UTF8STRING Unit',
	'dnQualifier PRINTABLESTRING q 1',
	'stateOrProvinceName UTF8STRING Canton',
	'commonName UTF8STRING Ünïcode 東京',
	'serialNumber PRINTABLESTRING S-1',
	'localityName UTF8STRING Town',
	'title UTF8STRING Dr',
	'surname UTF8STRING Sur',
	'givenName UTF8STRING Ann',
	'initials UTF8STRING AB',
	'pseudonym UTF8STRING Nym',
	'generationQualifier UTF8STRING Jr');

# Returns the RDNs of a request as openssl asn1parse names them: type, string type, value.
sub asn1_rdns
{
	my ($request) = @_;
	my $subject = request_parts($request)->{subject};
	my @lines = openssl($subject, 'asn1parse', '-inform', 'DER') =~ /prim: (OBJECT|[A-Z0-9]+STRING) *:(.*)/g;
	my @rdns;

	while (my ($object, $type, $string, $value) = splice @lines, 0, 4)
	{
		push @rdns, "$type $string $value";
	}
	# Each RDN is a SET of one attribute.
	my @sets = map { scalar(() = der_children($_->{content})) } der_children(der_parse($subject)->{content});
	is_deeply(\@sets, [ (1) x @rdns ], 'every RDN has a single attribute');
	return \@rdns;
}

for my $key (sort keys %text_of_keys)
{
	my $family = $key =~ /^RSA/ ? 'RSA' : 'ECDSA';
	my $own = $family eq 'RSA' ? 'SHA512WITHRSA_PSS' : 'SHA384WITHECDSA';
	my $arn = create_authority($server, 'ROOT', key => $key, signing => $own, subject => \%subject,
		extensions => { KeyUsage => { DigitalSignature => \1, KeyCertSign => \1, CRLSign => \1 } });
	my $request = own_request($server, $arn);
	my $parts = request_parts($request);
	my $text = openssl($request, 'req', '-noout', '-text', '-verify');

	like($text, qr/\Q$text_of_keys{$key}\E/, "$key: the CSR's key");
	like($text,
		$family eq 'RSA'
		? qr/rsassaPss\s+(?:Signature Value:\s+)?Hash Algorithm: sha512\s/
		: qr/ecdsa-with-SHA384/,
		"$key: the CSR is signed with $own");
	is($parts->{version}, 0, "$key: the CSR's version");
	is_deeply(asn1_rdns($request), \@rdns, "$key: the subject's RDNs, their order and string types");
	is_deeply([ map { [ $_->[0], $_->[1], unpack 'H*', $_->[2] ] } @{ $parts->{extensions} } ],
		[ [ '2.5.29.19', 1, '30030101ff' ], [ '2.5.29.15', 1, '03020186' ] ],
		"$key: the CSR asks for critical basicConstraints, CA:TRUE, and for its key usage");

	my @algorithms = map {
		my $hash = $_;
		map { "SHA${hash}WITH$_" } $family eq 'RSA' ? qw(RSA RSA_PSS) : 'ECDSA'
	} 256, 384, 512;
	my @certificates = get_all($arn,
		map { issue($server, $arn, $request, template => 'RootCACertificate', signing_algorithm => $_) }
		  @algorithms);
	for my $algorithm (@algorithms)
	{
		my $pem = shift @certificates;
		my ($bits) = $algorithm =~ /^SHA(\d+)/;

		if ($algorithm =~ /PSS/)
		{
			my $salt = sprintf '0x%02X', $bits / 8;
			like(openssl($pem, 'x509', '-noout', '-text'),
				qr/Signature\ Algorithm:\ rsassaPss\s+
					Hash\ Algorithm:\ sha$bits\s+
					Mask\ Algorithm:\ mgf1\ with\ sha$bits\s+
					Salt\ Length:\ $salt\s/x,
				"$key, $algorithm: parameters of RSASSA-PSS");
		}
		else
		{
			is(unpack('H*', certificate_parts($pem)->{algorithm}), $identifiers{$algorithm},
				"$key, $algorithm: its identifier");
		}
		ok(is_verified($pem, undef, $pem, '-check_ss_sig'), "$key, $algorithm: openssl verifies the signature");
	}
}

#
# What else a CA's request may ask for
#

{
	my @attributes = (
		[ '2.5.4.3', 'Custom' ],
		[ '0.9.2342.19200300.100.1.25', 'example' ],
		[ '0.9.2342.19200300.100.1.25', 'com' ],
		[ '1.2.840.113549.1.9.1', 'ca@example.com' ],
		[ '2.5.4.5', 'No 7' ],
		[ '2.5.4.6', 'FR' ],
		[ '2.5.4.17', '8000' ]);
	my $arn = create_authority($server, 'ROOT',
		subject =>
		  { CustomAttributes => [ map { { ObjectIdentifier => $_->[0], Value => $_->[1] } } @attributes ] });
	is_deeply(asn1_rdns(own_request($server, $arn)),
		[
			'commonName UTF8STRING Custom', 'domainComponent IA5STRING example', 'domainComponent IA5STRING com',
			'emailAddress IA5STRING ca@example.com', 'serialNumber PRINTABLESTRING No 7',
			'countryName PRINTABLESTRING FR',
			'postalCode UTF8STRING 8000'
		],
		'custom attributes keep their order and have the string types of their kinds');

	$arn = create_authority($server, 'ROOT',
		extensions => { KeyUsage => { map { $_ => \1 }
				  qw(DigitalSignature NonRepudiation KeyEncipherment DataEncipherment KeyAgreement
				  KeyCertSign CRLSign EncipherOnly DecipherOnly) } });
	is(unpack('H*', request_parts(own_request($server, $arn))->{extensions}[1][2]), '030307ff80',
		'all nine key usages');
}

{
	my %methods = (CA_REPOSITORY => '1.3.6.1.5.5.7.48.5', RESOURCE_PKI_MANIFEST => '1.3.6.1.5.5.7.48.10',
		RESOURCE_PKI_NOTIFY => '1.3.6.1.5.5.7.48.13');
	my @locations = (
		[ { OtherName => { TypeId => '1.3.6.1.4.1.1', Value => 'other' } },
			der(0xa0, der_oid('1.3.6.1.4.1.1'), der(0xa0, der_utf8('other'))) ],
		[ { Rfc822Name => 'ca@example.com' }, der(0x81, 'ca@example.com') ],
		[ { DnsName => 'ca.example.com' }, der(0x82, 'ca.example.com') ],
		[ { DirectoryName => { Organization => 'Org', CommonName => 'Name' } },
			der(0xa4, der_name('2.5.4.10' => 'Org', '2.5.4.3' => 'Name')) ],
		[ { EdiPartyName => { PartyName => 'party' } }, der(0xa5, der(0xa1, der_utf8('party'))) ],
		[ { EdiPartyName => { PartyName => 'party', NameAssigner => 'assigner' } },
			der(0xa5, der(0xa0, der_utf8('assigner')), der(0xa1, der_utf8('party'))) ],
		[ { UniformResourceIdentifier => 'rsync://example.com/' }, der(0x86, 'rsync://example.com/') ],
		[ { IpAddress => '192.0.2.7' }, der(0x87, pack 'C4', 192, 0, 2, 7) ],
		[ { IpAddress => '2001:db8::7' }, der(0x87, pack 'H*', '20010db8000000000000000000000007') ],
		[ { RegisteredId => '1.2.840.7' }, der(0x88, der_parse(der_oid('1.2.840.7'))->{content}) ]);
	my @descriptions;
	my $expected = '';

	for my $location (@locations)
	{
		my $word = (sort keys %methods)[ @descriptions % 3 ];
		push @descriptions, { AccessMethod => { AccessMethodType => $word }, AccessLocation => $location->[0] };
		$expected .= der(0x30, der_oid($methods{$word}), $location->[1]);
	}
	push @descriptions,
		{ AccessMethod => { CustomObjectIdentifier => '1.2.3.4' }, AccessLocation => $locations[2][0] };
	$expected .= der(0x30, der_oid('1.2.3.4'), $locations[2][1]);

	my $arn = create_authority($server, 'SUBORDINATE',
		extensions => { SubjectInformationAccess => \@descriptions });
	my $request = own_request($server, $arn);
	my ($basic, @others) = @{ request_parts($request)->{extensions} };
	is($others[0][0], '1.3.6.1.5.5.7.1.11', 'the CSR asks for subjectInfoAccess');
	is($others[0][1], 0, 'subjectInfoAccess is not critical');
	is(unpack('H*', $others[0][2]), unpack('H*', der(0x30, $expected)),
		'subjectInfoAccess with every form of GeneralName');
	like(openssl($request, 'req', '-noout', '-text', '-verify'), qr{CA Repository - .*rsync://example.com/}s,
		'openssl reads it');
}

done_testing();
