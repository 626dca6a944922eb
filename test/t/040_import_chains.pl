# An import leaves the CA able to issue: each kind of chain that is accepted, a leaf
# below it, and openssl as the judge. Then the chains of PKITS, whose verdicts are
# known. A refusal says why, and what to do.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use Digest::SHA 'sha1';
use MIME::Base64;
use OpenSSL;
use Server;
use Test::More;

my $server = start_server('import_chains');
my $subject = { Organization => 'Example', CommonName => 'Subordinate' };
my $arn = create_authority($server, 'SUBORDINATE', subject => $subject);
my $own = request_parts(own_request($server, $arn));
my $leaf_request = key_request(new_key('EC P-256'), '/CN=leaf.example.com',
	'subjectAltName = DNS:leaf.example.com');

sub key_identifier { return sha1(substr +(der_children(der_parse(shift)->{content}))[1]{content}, 1) }
sub spki_of { return openssl('', 'pkey', '-in', shift, '-pubout', '-outform', 'DER') }
sub subject_identifier { return extension('2.5.29.14', 0, der(0x04, shift)) }
sub authority_identifier { return extension('2.5.29.35', 0, der(0x30, der(0x80, shift))) }
sub key_usage { return extension('2.5.29.15', 1, '03020' . shift) }

# Makes a CA with outside_authority(), and with what strict judges want.
sub strict_authority
{
	my ($name, $parent, %options) = @_;
	my $key = $options{key} // new_key('EC P-256');

	return outside_authority($name, $parent, %options, key => $key, extensions => [
		subject_identifier(key_identifier(spki_of($key))), key_usage('106'),
		$parent ? authority_identifier(key_identifier($parent->{spki})) : (), @{ $options{extensions} // [] } ]);
}

# Returns the authority's certificate, made in the same way. Options: those of
# sign_certificate(), and plain: nothing but basicConstraints and extensions.
sub sign_own
{
	my ($parent, %options) = @_;

	return sign_certificate(
		subject => $own->{subject},
		spki => $own->{spki},
		%options,
		issuer => $parent->{name},
		signer => $parent->{key},
		extensions => [ $options{basic} // basic_constraints($options{path_length}),
			$options{plain} ? () : (subject_identifier(key_identifier($own->{spki})), key_usage('106'),
				authority_identifier($parent->{identifier} // key_identifier($parent->{spki}))),
			@{ $options{extensions} // [] } ]);
}

# Returns the warnings of an import that succeeds.
sub import_warnings
{
	my ($certificate, $chain, $which) = @_;
	my $errors = '';

	$server->psql('postgres',
		'SELECT ' . call('pca_import_certificate_authority_certificate',
			certificate_authority_arn => $which // $arn, certificate => $certificate, certificate_chain => $chain),
		stderr => \$errors);
	return $errors;
}

sub refused
{
	my ($expected, $name, $certificate, $chain, $detail, $hint) = @_;
	my ($state, $text) = import_certificate($server, $arn, $certificate, $chain);

	is($state, $expected, "refused: $name") or diag $text;
	like($text, $detail, "refused: $name: the reason");
	like($text, qr/HINT:  .*$hint/, "refused: $name: the way out") if $hint;
}

sub last_block { return (shift =~ /(-----BEGIN(?:(?!-----BEGIN).)*)\z/s)[0] }

# Tests that an import is accepted, and that what is then issued leads up to the root.
sub accepted
{
	my ($name, $certificate, $chain, @options) = @_;
	my ($state, $text) = import_certificate($server, $arn, $certificate, $chain);

	is($state, 'ok', "accepted: $name") or diag($text), return;
	my ($leaf, $above) = get_certificate($server, $arn, issue($server, $arn, $leaf_request));
	my $verdict = eval {
		openssl('', 'verify', @options, '-CAfile', spool(last_block($chain)), '-untrusted', spool($above),
			spool($leaf));
	};
	ok($verdict, "accepted: $name: openssl verifies what is issued") or diag $@;
}

my @strict = ('-x509_strict');
my $root = strict_authority('Root');
my $one = strict_authority('One', $root);
my $plain = sign_own($one);

accepted('two above', $plain, $one->{chain}, @strict);

#
# Order: the first error is the real one
#

{
	my $two = strict_authority('Two', $one);
	my $bottom = strict_authority('Bottom', $two, path_length => 0);
	my $deep = sign_own($bottom);
	my @chain = map { $_->{certificate} } $bottom, $two, $one, $root;
	my $tight = strict_authority('Tight', undef, path_length => 0);
	my $below_tight = strict_authority('Below', $tight);

	my $not_following = "its issuer's certificate does not follow it";
	refused('PCMIS', 'the root first', $deep, join('', reverse @chain),
		qr/certificate at certificate is not accepted: $not_following, but is at certificate_chain\[3\]/,
		'in order');
	refused('PCMIS', 'the issuer is missing', $deep, join('', @chain[ 1 .. 3 ]),
		qr/at certificate is .*issuer's certificate is missing/, 'in order');
	refused('PCMIS', 'the root is missing', $deep, join('', @chain[ 0 .. 2 ]),
		qr/certificate_chain\[2\] is .*the chain ends here/, 'root');
	refused('PCMIS', 'the last appears twice', $deep, join('', @chain, $chain[3]),
		qr/certificate_chain\[4\] is .*more than once/, 'once');
	refused('PCMIS', 'the authority itself', $deep, join('', $deep, @chain),
		qr/certificate_chain\[0\] is .*own certificate/, 'only at certificate');
	refused('PCMIS', 'more after the root', $deep, join('', @chain, $tight->{certificate}),
		qr/certificate_chain\[3\] is .*its own name/, 'nothing after');
	refused('PCMIS', 'another CA of that name', $plain, strict_authority('One', $root)->{chain},
		qr/was not signed by the key of the certificate at certificate_chain\[0\]/, 'for the key that signed');
	refused('PCMIS', 'a wrong order before a path length', sign_own($below_tight),
		$tight->{certificate} . $below_tight->{certificate}, qr/does not follow it/);
	refused('PCVAL', 'a path length, once the rest is right', sign_own($below_tight), $below_tight->{chain},
		qr/path length 0 leaves no room for the 2 CAs below/, 'longer path length');
	refused('PCMCE', 'expired', sign_own($one, not_after => time - 60), $one->{chain}, qr/it expired at \d/,
		'renewed');
	refused('PCMCE', 'not valid yet', sign_own($one, not_before => time + 3600), $one->{chain},
		qr/not valid yet: it becomes valid at \d/, 'clocks');
	my ($state, $text) = import_certificate($server, $arn, sign_own($one, not_before => time + 50),
		$one->{chain});
	is($state, 'ok', 'accepted: made by a clock that is ahead') or diag $text;
}

#
# Digests of signatures
#

{
	my $key = new_key('RSA 2048');
	my $make_root = sub {
		openssl('', 'req', '-x509', '-key', $key, '-subj', '/O=Outside/CN=Old Root', '-days', 3650, "-$_[0]",
			'-addext', 'keyUsage = critical, keyCertSign, cRLSign');
	};
	my $sha1 = $make_root->('sha1');
	my $parts = certificate_parts($sha1);
	my $old = { name => $parts->{subject}, key => $key, spki => $parts->{spki} };
	my $configuration = spool(<<~'CONF');
		basicConstraints = critical, CA:TRUE
		keyUsage = critical, keyCertSign, cRLSign
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
		CONF
	my $sign = sub {
		openssl(own_request($server, $arn), 'x509', '-req', '-CA', spool($sha1), '-CAkey', $key,
			'-days', 365, "-$_[0]", '-extfile', $configuration);
	};
	my $own_signature = 'was not signed by the key';

	accepted('a root that signs itself over SHA-1', sign_own($old), $sha1);
	refused('PCMIS', 'SHA-1 below the root', $sign->('sha1'), $sha1, qr/at certificate is .*$own_signature/,
		'SHA-256');
	accepted('the same over SHA-256', $sign->('sha256'), $sha1);
	refused('PCMIS', 'a root over MD5', sign_own($old), $make_root->('md5'),
		qr/certificate_chain\[0\] is .*self-signed/);
}

#
# Self-issued: the same name, another key
#

{
	my $top = strict_authority('Top', undef, path_length => 0);
	my $rolled = strict_authority('Top', $top, subject => $top->{name}, path_length => 0);
	my $as_top = sub { sign_own(shift, subject => $top->{name}, path_length => 0) };

	accepted('self-issued, under path length 0 (PKITS 4.6.15)', $as_top->($top), $top->{chain}, @strict);
	is((try($server, 'SELECT ' . issue_call($arn, $leaf_request,
					template => 'SubordinateCACertificate_PathLen0')))[0], 'PCVAL', 'it issues for no CA');
	accepted('self-issued twice', $as_top->($rolled), $rolled->{chain}, @strict);
	refused('PCVAL', 'a name of its own below (PKITS 4.6.16)', sign_own($rolled), $rolled->{chain},
		qr/certificate_chain\[0\] is .*path length 0 leaves no room for the 1 CA below/);

	my $wide = strict_authority('Wide', undef, path_length => 2);
	my $new = strict_authority('Wide', $wide, subject => $wide->{name});
	accepted('above it self-issued (PKITS 4.6.17)', sign_own($new), $new->{chain}, @strict);
	my $call = sub {
		'SELECT ' . issue_call($arn, key_request(new_key('EC P-256'), '/CN=Below'),
			template => "SubordinateCACertificate_PathLen$_[0]");
	};
	is((try($server, $call->(1)))[0], 'PCVAL', 'what is self-issued above leaves one less');
	is((try($server, $call->(0)))[0], 'ok', 'and no less than that');

	# OpenSSL looks for an issuer by its name, and then by key identifiers.
	refused('PCMCE', 'self-issued without key identifiers', sign_own($top, subject => $top->{name}, plain => 1),
		$top->{chain}, qr/at certificate is .*do not distinguish the two/, 'subject key identifier');
	my $bare = outside_authority('Bare');
	refused('PCMCE', 'the name of a root without key identifiers',
		sign_own({ %$bare, spki => $bare->{spki} }, subject => $bare->{name}), $bare->{chain},
		qr/certificate_chain\[0\] is .*name of the certificate at certificate, /, 'subject key identifier');
	my $between = strict_authority('Between', $bare);
	refused('PCMCE', 'the name of a root two above', sign_own($between, subject => $bare->{name}),
		$between->{chain}, qr/certificate_chain\[1\] is .*do not distinguish/);
	$between = strict_authority('Between', $top = strict_authority('Top'));
	accepted('the name of a root with key identifiers, two above', sign_own($between, subject => $top->{name}),
		$between->{chain}, @strict);
	accepted('without key identifiers, under another name', sign_own($bare, plain => 1), $bare->{chain});
}

#
# Key identifiers must lead to the issuer
#

{
	my $by_serial = sub { extension('2.5.29.35', 0, der(0x30, der(0xa1, der(0xa4, $_[0])), der(0x82, $_[1]))) };
	my $serial = certificate_parts($one->{certificate})->{serial_octets};
	my $extensions = sub { [ subject_identifier(key_identifier($own->{spki})), @_ ] };

	my $not_identifying = 'authority key identifier does not identify the certificate at certificate_chain\[0\]';
	refused('PCMIS', "another issuer's key identifier",
		sign_own({ %$one, identifier => 'another identifier' }), $one->{chain},
		qr/at certificate is .*$not_identifying/, 'identifies');
	refused('PCMIS', "another issuer's serial number", sign_own($one, plain => 1,
			extensions => $extensions->($by_serial->($root->{name}, 'x'))), $one->{chain}, qr/does not identify/);
	refused('PCMIS', "another issuer's issuer", sign_own($one, plain => 1,
			extensions => $extensions->($by_serial->($one->{name}, $serial))), $one->{chain}, qr/does not identify/);
	accepted('issuer and serial number', sign_own($one, plain => 1,
			extensions => $extensions->($by_serial->($root->{name}, $serial))), $one->{chain});
	my $misled = outside_authority('Misled', undef,
		extensions => [ subject_identifier('itself'), authority_identifier('another') ]);
	refused('PCMIS', 'a root that means another', sign_own($misled, plain => 1), $misled->{chain},
		qr/certificate_chain\[0\] is .*does not identify/);
}

#
# Cross-signed, and long
#

{
	my $cross = strict_authority('One', $root, key => $one->{key}, subject => $one->{name});
	my $self = strict_authority('One', undef, key => $one->{key}, subject => $one->{name});

	accepted('a CA that is a root too, by its own certificate', $plain, $self->{chain}, @strict);
	accepted('the same CA, cross-signed', $plain, $cross->{chain}, @strict);

	my $deep = $root;
	$deep = strict_authority("Level $_", $deep) for 2 .. 15;
	accepted('15 above', sign_own($deep), $deep->{chain}, @strict);
	$deep = strict_authority('Level 16', $deep);
	refused('PCMCE', '16 above', sign_own($deep), $deep->{chain}, qr/chain is too long/);
}

#
# The contents of each certificate
#

for my $case ([ 'no keyCertSign', '102' ], [ 'digitalSignature alone', '780' ])
{
	my ($name, $usage) = @$case;
	my $without = sub { outside_authority('Signs nothing', shift, extensions => [ key_usage($usage) ]) };
	my ($middle, $top) = ($without->($root), $without->());

	refused('PCMCE', $name, sign_own($one, plain => 1, extensions => [ key_usage($usage) ]), $one->{chain},
		qr/at certificate is .*no keyCertSign/, 'keyCertSign');
	refused('PCMCE', "$name above", sign_own($middle, plain => 1), $middle->{chain},
		qr/certificate_chain\[0\] is .*no keyCertSign/, 'keyCertSign');
	refused('PCMCE', "$name in the root", sign_own($top, plain => 1), $top->{chain},
		qr/certificate_chain\[0\] is .*no keyCertSign/, 'keyCertSign');
}

{
	my %malformed = (
		'SAN that is no list' => [ '2.5.29.17', '0401ff' ],
		'SAN that is no DER' => [ '2.5.29.17', '3005ff' ],
		'empty SKI' => [ '2.5.29.14', '0400' ],
		'SKI that is no octet string' => [ '2.5.29.14', '0c0141' ],
		'AKI that is no DER' => [ '2.5.29.35', 'ffff' ],
		'AKI that is no SEQUENCE' => [ '2.5.29.35', '800101' ],
		'policies that are no list' => [ '2.5.29.32', '0601ff' ],
		'empty policies' => [ '2.5.29.32', '3000' ],
		'name constraints that are no DER' => [ '2.5.29.30', '30050000' ],
		'empty name constraints' => [ '2.5.29.30', '3000' ],
		'keyUsage without a bit' => [ '2.5.29.15', '03020700' ],
		'keyUsage without an octet' => [ '2.5.29.15', '030100' ],
		'unknown one that is no DER' => [ '1.2.3.4.5', '3005' ]);

	for my $name (sort keys %malformed)
	{
		my ($oid, $value) = @{ $malformed{$name} };
		my $extensions = [ extension($oid, 0, $value) ];
		my $middle = outside_authority('Malformed', $root, extensions => $extensions);

		refused('PCMCE', $name, sign_own($root, plain => 1, extensions => $extensions), $root->{chain},
			qr/at certificate is .*in its extension \Q$oid\E/, 'issued again');
		refused('PCMCE', "$name, above", sign_own($middle, plain => 1), $middle->{chain},
			qr/certificate_chain\[0\] is .*in its extension \Q$oid\E/, 'issued again');
	}
	is(authority_status($server, $arn), 'ACTIVE', 'refused as renewals, they leave it ACTIVE');
}

for my $case ([ 'zero', "\0", 1 ], [ 'negative', "\x81" ], [ '20 octets that take 21', "\0" . "\xff" x 20 ],
	[ '21 octets', "\x01" x 21 ])
{
	my ($name, $serial, $is_root_accepted) = @$case;
	my $middle = strict_authority('Numbered', $root, serial => $serial);
	my $top = strict_authority('Numbered', undef, serial => $serial);

	refused('PCMCE', "a serial number: $name", sign_own($root, serial => $serial), $root->{chain},
		qr/at certificate is .*serial number is/);
	refused('PCMCE', "a serial number above: $name", sign_own($middle), $middle->{chain},
		qr/certificate_chain\[0\] is .*serial number is/);
	if ($is_root_accepted) { accepted("a root's serial number: $name", sign_own($top), $top->{chain}, @strict) }
	else
	{
		refused('PCMCE', "a root's serial number: $name", sign_own($top), $top->{chain},
			qr/certificate_chain\[0\] is .*serial number is/);
	}
}
accepted('a serial number of 20 octets', sign_own($root, serial => "\x7f" . "\xff" x 19), $root->{chain},
	@strict);

{
	# OpenSSL treats a CA with proxyCertInfo as invalid.
	my $proxy = extension('1.3.6.1.5.5.7.1.14', 0, der(0x30, der(0x30, der_oid('1.3.6.1.5.5.7.21.1'))));
	refused('PCMCE', 'a CA that is a proxy', sign_own($root, extensions => [ $proxy ]), $root->{chain},
		qr/at certificate is .*contradict each other/);
	my $control = der(0x30, der(0x31, der(0x30, der_oid('2.5.4.3'), der(0x0c, "a\xff"))));
	refused('PCMCE', 'a subject that is no UTF-8', sign_own($root, subject => $control), $root->{chain},
		qr/at certificate is/);
}

#
# Name constraints do not apply to a self-issued CA (RFC 5280 6.1.3 (b))
#

{
	my $limited = der(0x30, der(0xa4, der_name('2.5.4.10' => 'Example')));
	my $top = strict_authority('Constrains', undef,
		extensions => [ extension('2.5.29.30', 1, der(0x30, der(0xa0, $limited))) ]);
	my $new = strict_authority('Constrains', $top, subject => $top->{name});
	my $issue = sub {
		(try($server, 'SELECT '
				  . issue_call($arn, key_request($top->{key}, $_[0], 'subjectAltName = DNS:leaf.example.com'))))[0];
	};

	$leaf_request = key_request($top->{key}, '/O=Example/CN=leaf');
	accepted('self-issued, outside of what its issuer permits', sign_own($new), $new->{chain}, @strict);
	accepted('so is the authority itself', sign_own($top, subject => $top->{name}), $top->{chain}, @strict);
	is($issue->('/O=Other'), 'PCIAG', 'what it issues is within');
	refused('PCMIS', 'another name outside',
		sign_own($new, subject => der_name('2.5.4.10' => 'Other')), $new->{chain},
		qr/at certificate is .*breaks the name constraints of the certificate at certificate_chain\[1\]/,
		'within');
}

#
# What is accepted, with a warning
#

{
	my $crls = json({
		CrlConfiguration => {
			Enabled => \1,
			ExpirationInDays => 7,
			S3BucketName => 'bucket',
			CustomCname => 'crl.example.com' } });
	my $no_crl_sign = sign_own($root, plain => 1,
		extensions => [ key_usage('204'), subject_identifier(key_identifier($own->{spki})) ]);
	my $update = sub {
		my $errors = '';
		$server->psql('postgres', 'SELECT ' . call('pca_update_certificate_authority',
				certificate_authority_arn => $arn, revocation_configuration => shift), stderr => \$errors);
		return $errors;
	};
	my $with = sub { sign_own($root, extensions => [ @_ ]) };
	my $purposes = sub { extension('2.5.29.37', 0, der(0x30, map { der_oid($_) } @_)) };
	my @of_templates = map { "1.3.6.1.5.5.7.3.$_" } 1, 2, 3, 9;
	my $limited = strict_authority('Limited', $root, extensions => [ $purposes->($of_templates[0]) ]);

	import_warnings(sign_own($root), $root->{chain});
	is(import_warnings(sign_own($root), $root->{chain}), '', 'a renewal as it should be: no warning');
	is(import_warnings($no_crl_sign, $root->{chain}), '', 'no cRLSign and no CRLs: no warning');
	like($update->($crls), qr/WARNING: .*CRLs .*\nDETAIL: .*no cRLSign/, 'no cRLSign, and CRLs are switched on');
	is($server->safe_psql('postgres', 'SELECT revocation_configuration->\'CrlConfiguration\'->>\'Enabled\' FROM '
			. call('pca_describe_certificate_authority', certificate_authority_arn => $arn)), 'true', 'they are on');
	like(import_warnings($no_crl_sign, $root->{chain}), qr/WARNING: .*CRLs .*\nDETAIL: .*no cRLSign/,
		'no cRLSign while CRLs are on');
	is(import_warnings(sign_own($root), $root->{chain}), '', 'cRLSign: no warning');
	is(import_warnings(sign_own($root, plain => 1,
				extensions => [ subject_identifier(key_identifier($own->{spki})) ]), $root->{chain}), '',
		'no key usage: no warning');
	is($update->('{"CrlConfiguration": {"Enabled": false}}'), '', 'CRLs switched off: no warning');

	my $text = import_warnings($with->($purposes->(@of_templates[ 0, 1 ])), $root->{chain});
	my $detail = 'The extended key usage of the certificate at certificate excludes codeSigning, OCSPSigning\.';
	like($text, qr/WARNING: .*\nDETAIL:  $detail/, 'purposes of two templates');
	like(import_warnings(sign_own($limited), $limited->{chain}),
		qr/at certificate_chain\[0\] excludes clientAuth, codeSigning, OCSPSigning\./, 'a purpose above');
	is(import_warnings($with->($purposes->(@of_templates)), $root->{chain}), '', 'all purposes: no warning');
	is(import_warnings($with->($purposes->('2.5.29.37.0')), $root->{chain}), '', 'any purpose: no warning');

	my $extension = 'The extension 2\.5\.29\.18 \(issuerAltName\)';
	like(import_warnings($with->(extension('2.5.29.18', 1, der(0x30, der(0x82, 'example.com')))),
			$root->{chain}),
		qr/WARNING: .*\nDETAIL:  $extension of the certificate at certificate is critical\./,
		'a critical extension that few programs know');

	like(import_warnings(sign_own($root, subject => der_name('2.5.4.3' => 'Renamed')), $root->{chain}),
		qr/WARNING: .*a different subject than before/, 'another subject');
	like(import_warnings(sign_own($root), $root->{chain}), qr/WARNING: .*a different subject than before/,
		'and back');
	like(import_warnings(sign_own($root, plain => 1, extensions => [ subject_identifier('another') ]),
			$root->{chain}), qr/WARNING: .*a different subject key identifier than before/, 'another key identifier');
	like(import_warnings(sign_own($root), $root->{chain}),
		qr/WARNING: .*a different subject key identifier than before/, 'and back');
	my $fresh = create_authority($server, 'ROOT', subject => $subject);
	is(import_warnings(scalar get_certificate($server, $fresh,
				issue($server, $fresh, own_request($server, $fresh), template => 'RootCACertificate')), undef, $fresh),
		'', 'a first certificate: no warning');
}

#
# PKITS (https://csrc.nist.gov/projects/pki-testing): the authority takes a place
# at the end of its paths, below the CAs or as the last of them.
#

SKIP:
{
	my $find = 'import cryptography_vectors as v; print(v.__path__[0])';
	my $vectors = eval { (OpenSSL::run('', '/usr/bin/python3', '-c', $find))[1] } // '';
	chomp $vectors;
	my $directory = "$vectors/x509/PKITS_data";
	skip 'python3-cryptography-vectors is not there', 1 if $vectors eq '' || !-d "$directory/pkcs12";
	skip "PKITS's certificates end in 2030", 1 if time > 1924900000;

	my $pkcs12 = sub {
		openssl('', 'pkcs12', '-in', "$directory/pkcs12/$_[0].p12", '-passin', 'pass:password', @_[ 1 .. $#_ ]);
	};
	my $read = sub { openssl('', 'x509', '-inform', 'DER', '-in', "$directory/certs/$_[0].crt") };
	my $anchor = $read->('TrustAnchorRootCertificate');

	# The test, the verdict, whether the authority is self-issued, the CAs from the last up.
	my @cases = (
		[ '4.1.2, whose signature is no whole octets', 'PCMCE', 0, 'BadSignedCA' ],
		[ '4.1.4', 'PCMCE', 0, 'DSACA' ],
		[ '4.2.1', 'PCMCE', 0, 'BadnotBeforeDateCA' ],
		[ '4.2.5', 'PCMCE', 0, 'BadnotAfterDateCA' ],
		[ '4.3.6', 'ok', 0, 'UIDCA' ],
		[ '4.3.7', 'ok', 0, 'RFC3280MandatoryAttributeTypesCA' ],
		[ '4.3.8', 'ok', 0, 'RFC3280OptionalAttributeTypesCA' ],
		[ '4.3.9', 'ok', 0, 'UTF8StringEncodedNamesCA' ],
		[ '4.5.1', 'ok', 0, 'BasicSelfIssuedNewKeyOldWithNewCA', 'BasicSelfIssuedNewKeyCA' ],
		[ '4.5.3', 'ok', 0, 'BasicSelfIssuedOldKeyNewWithOldCA', 'BasicSelfIssuedOldKeyCA' ],
		[ '4.6.1', 'PCVAL', 0, 'MissingbasicConstraintsCA' ],
		[ '4.6.2', 'PCVAL', 0, 'basicConstraintsCriticalcAFalseCA' ],
		[ '4.6.3', 'PCVAL', 0, 'basicConstraintsNotCriticalcAFalseCA' ],
		[ '4.6.4, but the service wants them critical', 'PCVAL', 0, 'basicConstraintsNotCriticalCA' ],
		[ '4.6.5', 'PCVAL', 0, 'pathLenConstraint0CA' ],
		[ '4.6.9', 'PCVAL', 0, 'pathLenConstraint6subCA0', 'pathLenConstraint6CA' ],
		[ '4.6.10', 'PCVAL', 0, 'pathLenConstraint6subsubCA00', 'pathLenConstraint6subCA0',
			'pathLenConstraint6CA' ],
		[ '4.6.11', 'PCVAL', 0, 'pathLenConstraint6subsubCA11', 'pathLenConstraint6subCA1',
			'pathLenConstraint6CA' ],
		[ '4.6.13', 'ok', 0, 'pathLenConstraint6subsubCA41', 'pathLenConstraint6subCA4', 'pathLenConstraint6CA' ],
		[ '4.6.14, one too many', 'PCVAL', 0, 'pathLenConstraint6subsubsubCA41X', 'pathLenConstraint6subsubCA41',
			'pathLenConstraint6subCA4', 'pathLenConstraint6CA' ],
		[ '4.6.15', 'ok', 1, 'pathLenConstraint0CA' ],
		[ '4.6.15, once more', 'ok', 1, 'pathLenConstraint0SelfIssuedCA', 'pathLenConstraint0CA' ],
		[ '4.6.16', 'PCVAL', 0, 'pathLenConstraint0SelfIssuedCA', 'pathLenConstraint0CA' ],
		[ '4.6.17, its subordinate', 'ok', 0, 'pathLenConstraint1SelfIssuedCA', 'pathLenConstraint1CA' ],
		[ '4.6.17', 'ok', 1, 'pathLenConstraint1subCA', 'pathLenConstraint1SelfIssuedCA', 'pathLenConstraint1CA' ],
		[ '4.6.17, one too many', 'PCVAL', 0, 'pathLenConstraint1SelfIssuedsubCA', 'pathLenConstraint1subCA',
			'pathLenConstraint1SelfIssuedCA', 'pathLenConstraint1CA' ],
		[ '4.7.1', 'PCMCE', 0, 'keyUsageCriticalkeyCertSignFalseCA' ],
		[ '4.7.2', 'PCMCE', 0, 'keyUsageNotCriticalkeyCertSignFalseCA' ],
		[ '4.7.3', 'ok', 0, 'keyUsageNotCriticalCA' ],
		[ '4.7.4, whose CRLs are not ours', 'ok', 0, 'keyUsageCriticalcRLSignFalseCA' ],
		[ '4.13.2', 'PCMIS', 0, 'nameConstraintsDN1CA' ],
		[ '4.13.19', 'ok', 1, 'nameConstraintsDN1SelfIssuedCA', 'nameConstraintsDN1CA' ]);

	# A name that its name constraints permit.
	$leaf_request = key_request($root->{key}, '/C=US/O=Test Certificates 2011/OU=permittedSubtree1/CN=leaf');
	for my $case (@cases)
	{
		my ($test, $verdict, $is_self_issued, @names) = @$case;
		my @above = map { $read->("${_}Cert") } @names;
		my $issuer = certificate_parts($above[0]);
		my $identifier = $issuer->{extension}{'2.5.29.14'};
		my $key = $test eq '4.1.4' ? $root->{key} : spool($pkcs12->("$names[0]Cert", '-nodes', '-nocerts'));
		my $certificate = sign_own(
			{
				name => $issuer->{subject},
				key => $key,
				spki => $issuer->{spki},
				identifier => der_parse($identifier->{value})->{content}
			},
			$is_self_issued ? (subject => $issuer->{subject}) : ());

		if ($verdict eq 'ok') { accepted("PKITS $test", $certificate, join '', @above, $anchor) }
		else
		{
			my ($state, $text) = import_certificate($server, $arn, $certificate, join '', @above, $anchor);
			is($state, $verdict, "PKITS $test") or diag $text;
		}
	}
}

done_testing();
