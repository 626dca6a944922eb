# ImportCertificateAuthorityCertificate: outside authorities, made with openssl, sign
# the CSR of our authority, correctly and in every wrong way.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use Digest::SHA 'sha1';
use Math::BigInt;
use OpenSSL;
use Server;
use Test::More;

my $server = start_server('import');
my $arn = create_authority($server, 'SUBORDINATE',
	subject => { Organization => 'Example', CommonName => 'Subordinate' });
my $csr = own_request($server, $arn);
my $own = request_parts($csr);
my $leaf_request = key_request(new_key('EC P-256'), '/CN=leaf.example.com',
	'subjectAltName = DNS:leaf.example.com');
my $imports = 0;

# Returns the authority's certificate, signed by an outside one. Options: as for
# outside_authority().
sub sign_own
{
	my ($parent, %options) = @_;

	return sign_certificate(
		subject => $own->{subject},
		spki => $own->{spki},
		%options,
		issuer => $parent->{name},
		signer => $parent->{key},
		extensions => exists $options{no_extensions} ? undef
		: [ $options{basic} // basic_constraints($options{path_length}), @{ $options{extensions} // [] } ]);
}

sub refused
{
	my ($expected, $name, $certificate, $chain, $detail) = @_;
	my ($state, $text) = import_certificate($server, $arn, $certificate, $chain);

	is($state, $expected, "refused: $name") or diag $text;
	like($text, $detail, "refused: $name: the reason") if $detail;
}

sub accepted
{
	my ($name, $certificate, $chain) = @_;
	my ($state, $text) = import_certificate($server, $arn, $certificate, $chain);

	is($state, 'ok', "accepted: $name") or diag $text;
	$imports++ if $state eq 'ok';
}

sub number_of_imports
{
	return $server->safe_psql('postgres',
		'SELECT count(*) FROM pca.certificate_authority_certificate'
		  . ' JOIN pca.certificate_authority AS a ON a.id = authority_id'
		  . ' WHERE arn = ' . literal($arn));
}

my $root = outside_authority('Root');
my $one = outside_authority('One', $root);
my $two = outside_authority('Two', $one);
my $plain = sign_own($root);

#
# What is refused while the authority waits for its first certificate
#

refused('PCIRQ', 'a SUBORDINATE without chain', $plain);
refused('PCIRQ', 'a SUBORDINATE with an empty chain', $plain, '');
is(authority_status($server, $arn), 'PENDING_CERTIFICATE', 'it still waits');
is(number_of_imports(), 0, 'nothing is stored');

#
# Good ones. What is imported comes back, and what is then issued leads to the outside root.
#

sub check_accepted
{
	my ($name, $certificate, $authority) = @_;

	accepted($name, $certificate, $authority->{chain});
	my ($imported, $chain) = split /\|/, $server->safe_psql('postgres',
		'SELECT * FROM ' . call('pca_get_certificate_authority_certificate', certificate_authority_arn => $arn));
	is("$imported\n", $certificate, "$name: the certificate comes back");
	is("$chain\n", $authority->{chain}, "$name: the chain comes back in its order");

	my $parts = certificate_parts($certificate);
	is($server->safe_psql('postgres',
			'SELECT status, serial,'
			  . ' extract(epoch FROM not_before)::bigint, extract(epoch FROM not_after)::bigint FROM '
			  . call('pca_describe_certificate_authority', certificate_authority_arn => $arn)),
		join('|', 'ACTIVE', Math::BigInt->from_hex(unpack 'H*', $parts->{serial_octets})->bstr,
			$parts->{not_before}, $parts->{not_after}),
		"$name: the description: serial in decimal, validity");

	my ($leaf, $leaf_chain) = get_certificate($server, $arn, issue($server, $arn, $leaf_request));
	is($leaf_chain, $certificate . $authority->{chain}, "$name: the chain of what is issued");
	my ($outside_root) = $authority->{chain} =~ /(-----BEGIN(?:(?!-----BEGIN).)*)\z/s;
	ok(is_verified($leaf, $leaf_chain, $outside_root),
		"$name: openssl verifies what is issued, up to the outside root");
	return certificate_parts($leaf);
}

{
	# As openssl itself makes them.
	my $key = new_key('EC P-384');
	my $certificate = openssl('', 'req', '-x509', '-key', $key, '-subj', '/O=Outside/CN=Made by openssl',
		'-days', 3650, '-addext', 'keyUsage = critical, keyCertSign');
	my %authority = (certificate => $certificate, chain => $certificate);
	my $signed = openssl($csr, 'x509', '-req', '-CA', spool($certificate), '-CAkey', $key, '-days', 365,
		'-set_serial', 4660,
		'-extfile', spool(<<~'CONF'));
			basicConstraints = critical, CA:TRUE, pathlen:0
			keyUsage = critical, keyCertSign, cRLSign
			subjectKeyIdentifier = hash
			authorityKeyIdentifier = keyid, issuer
			CONF
	check_accepted('all by openssl', $signed, \%authority);
}

# Strict judges want key identifiers.
sub identifiers
{
	my ($spki, $issuer_spki) = @_;
	my $identifier = sub { sha1(substr +(der_children(der_parse(shift)->{content}))[1]{content}, 1) };

	return [ extension('2.5.29.14', 0, der(0x04, $identifier->($spki))),
		extension('2.5.29.15', 1, '03020106'),
		$issuer_spki ? extension('2.5.29.35', 0, der(0x30, der(0x80, $identifier->($issuer_spki)))) : () ];
}

# Makes a root with this kind of key, and this many CAs below it.
sub strict_hierarchy
{
	my ($kind, $below) = @_;
	my $spki_of = sub { openssl('', 'pkey', '-in', shift, '-pubout', '-outform', 'DER') };
	my $key = new_key($kind);
	my $authority = outside_authority("$kind 0", undef, key => $key,
		extensions => identifiers($spki_of->($key)));

	for my $n (1 .. $below)
	{
		my $next = new_key($kind);
		$authority = outside_authority("$kind $n", $authority, key => $next,
			extensions => identifiers($spki_of->($next), $authority->{spki}));
	}
	return $authority;
}

for my $case ([ 'EC P-256', 0 ], [ 'EC P-384', 2 ], [ 'RSA 2048', 0 ], [ 'RSA 2048', 2 ])
{
	my ($kind, $below) = @$case;
	my $authority = strict_hierarchy($kind, $below);
	check_accepted("$kind, a chain of " . ($below + 1),
		sign_own($authority, extensions => identifiers($own->{spki}, $authority->{spki})), $authority);
}

{
	my $identifier = 'abcdef0123456789';
	my $other_name = der(0x30, der(0x31, der(0x30, der_oid('2.5.4.3'), der(0x13, 'Another Name'))));
	accepted('another subject than the CSR asked for', sign_own($root, subject => $other_name), $root->{chain});
	my $leaf = certificate_parts(get_certificate($server, $arn, issue($server, $arn, $leaf_request)));
	is($leaf->{issuer}, $other_name,
		"the issuer of what is issued is the certificate's subject, octet by octet");
	is($leaf->{extension}{'2.5.29.35'}{value},
		der(0x30, der(0x80, sha1(certificate_parts(sign_own($root))->{key_bits}))),
		'the CA has no SKI: the AKI is the SHA-1 of its key');
	accepted('an SKI that is no SHA-1',
		sign_own($root, extensions => [ extension('2.5.29.14', 0, "0408$identifier") ]), $root->{chain});
	$leaf = certificate_parts(get_certificate($server, $arn, issue($server, $arn, $leaf_request)));
	is(unpack('H*', $leaf->{extension}{'2.5.29.35'}{value}), "300a8008$identifier", "the AKI is the CA's SKI");
}

#
# Extensions
#

# The reference's lists of critical extensions, with a value for each.
my $general_names = der(0x30, der(0x82, 'example.com'));
my %allowed = (
	authorityKeyIdentifier => [ '2.5.29.35', '3006800401020304' ],
	certificatePolicies => [ '2.5.29.32', der(0x30, der(0x30, der_oid('1.2.3.4'))) ],
	extKeyUsage => [ '2.5.29.37', der(0x30, der_oid('1.3.6.1.5.5.7.3.1')) ],
	inhibitAnyPolicy => [ '2.5.29.54', '020101' ],
	issuerAltName => [ '2.5.29.18', $general_names ],
	keyUsage => [ '2.5.29.15', '03020106' ],
	nameConstraints => [ '2.5.29.30', der(0x30, der(0xa1, der(0x30, der(0x82, 'unrelated.example')))) ],
	policyMappings => [ '2.5.29.33', der(0x30, der(0x30, der_oid('1.2.3.4'), der_oid('1.2.3.5'))) ],
	subjectAltName => [ '2.5.29.17', $general_names ],
	subjectDirectoryAttributes => [ '2.5.29.9',
		der(0x30, der(0x30, der_oid('2.5.4.6'), der(0x31, der(0x13, 'CH')))) ],
	subjectKeyIdentifier => [ '2.5.29.14', '040401020304' ],
	subjectInfoAccess => [ '1.3.6.1.5.5.7.1.11',
		der(0x30, der(0x30, der_oid('1.3.6.1.5.5.7.48.5'), der(0x86, 'http://example.com/'))) ]);
my $points = der(0x30, der(0x30, der(0xa0, der(0xa0, der(0x86, 'http://example.com/crl')))));
my %forbidden = (
	authorityInfoAccess => [ '1.3.6.1.5.5.7.1.1',
		der(0x30, der(0x30, der_oid('1.3.6.1.5.5.7.48.1'), der(0x86, 'http://example.com/'))) ],
	CRLDistributionPoints => [ '2.5.29.31', $points ],
	freshestCRL => [ '2.5.29.46', $points ],
	policyConstraints => [ '2.5.29.36', '3003800100' ],
	'an unknown one' => [ '1.2.3.4.5', '0500' ]);

for my $name (sort keys %allowed)
{
	my $extensions = [ extension($allowed{$name}[0], 1, $allowed{$name}[1]) ];
	my $issuer = outside_authority('Issuer', $root, extensions => $extensions);
	accepted("critical $name, in both", sign_own($issuer, extensions => $extensions), $issuer->{chain});
}
for my $name (sort keys %forbidden)
{
	my ($oid, $value) = @{ $forbidden{$name} };
	my $top = outside_authority('Top', undef, extensions => [ extension($oid, 1, $value) ]);
	my $middle = outside_authority('Middle', $root, extensions => [ extension($oid, 1, $value) ]);

	refused('PCMCE', "critical $name", sign_own($root, extensions => [ extension($oid, 1, $value) ]),
		$root->{chain}, qr/at certificate is .*\Q$oid\E/);
	refused('PCMCE', "critical $name in the chain", sign_own($middle), $middle->{chain},
		qr/at certificate_chain\[0\] is/);
	refused('PCMCE', "critical $name in the root", sign_own($top), $top->{chain},
		qr/at certificate_chain\[0\] is/);
	accepted("$name that is not critical", sign_own($root, extensions => [ extension($oid, 0, $value) ]),
		$root->{chain});
}

{
	my %wrong = (
		'no basicConstraints' => { basic => extension('2.5.29.15', 1, '03020106') },
		'basicConstraints not critical' => { basic => basic_constraints(undef, critical => 0) },
		'CA:FALSE' => { basic => basic_constraints(undef, is_leaf => 1) });

	for my $name (sort keys %wrong)
	{
		my $issuer = outside_authority('Issuer', $root, %{ $wrong{$name} });
		my $top = outside_authority('Top', undef, %{ $wrong{$name} });

		refused('PCVAL', $name, sign_own($root, %{ $wrong{$name} }), $root->{chain}, qr/at certificate is/);
		refused('PCVAL', "$name in the chain", sign_own($issuer), $issuer->{chain},
			qr/at certificate_chain\[0\] is/);
		refused('PCVAL', "$name in the root", sign_own($top), $top->{chain});
	}
	refused('PCVAL', 'no extension but version 3', sign_own($root, no_extensions => 1), $root->{chain});
}
{
	my $twice = sub { sign_own(shift, extensions => [ (extension('2.5.29.14', 0, '040401020304')) x 2 ]) };
	refused('PCMCE', 'an extension twice', $twice->($root), $root->{chain});
	my $old = outside_authority('Old', undef, no_extensions => 1, version => 1);
	refused('PCMCE', 'version 1', sign_own($root, no_extensions => 1, version => 1), $root->{chain},
		qr/version/);
	refused('PCMCE', 'version 1 in the chain', sign_own($old), $old->{chain}, qr/version/);
}

#
# Path lengths: position n in the chain must leave room for n CAs
#

for my $level (1 .. 3)
{
	for my $length ($level - 1, $level)
	{
		my @lengths = map { $_ == $level ? $length : undef } 0 .. 3;
		my $top = outside_authority('Level 3', undef, path_length => $lengths[3]);
		my $middle = outside_authority('Level 2', $top, path_length => $lengths[2]);
		my $bottom = outside_authority('Level 1', $middle, path_length => $lengths[1]);
		my @import = ("a path length of $length with $level below", sign_own($bottom), $bottom->{chain});

		$length < $level
		  ? refused('PCVAL', @import, qr/path length $length leaves no room for the $level/)
		  : accepted(@import);
	}
}
accepted('a path length of 0 of its own', sign_own($root, path_length => 0), $root->{chain});
sub try_path_length
{
	my ($path_length) = @_;

	return scalar try($server,
		'SELECT ' . issue_call($arn, $leaf_request, template => "SubordinateCACertificate_PathLen$path_length"));
}

is(try_path_length(0), 'PCVAL', 'it then issues for no CA');
{
	my $top = outside_authority('Limits', undef, path_length => 2);
	accepted('a path length above only', sign_own($top), $top->{chain});
	is(try_path_length(1), 'PCVAL', 'what is above limits what it issues');
	is(try_path_length(0), 'ok', 'within the limit it issues for a CA');
}

#
# Keys, order and signatures
#

sub damaged
{
	my ($certificate) = @_;
	my $der = pem_to_der($certificate);

	substr($der, -1) ^= "\x01";
	return der_to_pem('CERTIFICATE', $der);
}

{
	my $deep = sign_own($two);
	my $impostor = outside_authority('Root');
	my $pair = $one->{certificate} . $root->{certificate};
	my @order = ($two->{certificate}, $one->{certificate}, $root->{certificate});

	accepted('a chain of three', $deep, join '', @order);
	accepted('the chain in CR LF, with text before each', $deep, join '',
		map { "subject: someone\n$_" =~ s/\n/\r\n/gr } @order);
	refused('PCMIS', 'for another key', sign_own($root, spki => $one->{spki}), $root->{chain});
	refused('PCMIS', 'the chain upside down', $deep, join '', reverse @order);
	refused('PCMIS', 'the first two changed over', $deep, join '', @order[ 1, 0, 2 ]);
	refused('PCMIS', 'the last two changed over', $deep, join '', @order[ 0, 2, 1 ]);
	refused('PCMIS', 'the issuer is missing', $deep, join '', @order[ 1, 2 ]);
	refused('PCMIS', 'the middle is missing', $deep, join '', @order[ 0, 2 ]);
	refused('PCMIS', 'the root is missing', $deep, join '', @order[ 0, 1 ]);
	refused('PCMIS', 'one after the root', $deep, join '', @order, $impostor->{certificate});
	refused('PCMIS', 'the chain of another', $plain, $impostor->{chain});
	refused('PCMIS', 'the right name, another key', $plain, $impostor->{certificate});
	refused('PCMIS', 'a broken signature', damaged($plain), $root->{chain});
	refused('PCMIS', 'a broken signature in the chain', $deep, damaged($order[0]) . $pair);
	refused('PCMIS', 'a broken signature of the root', $deep, $order[0] . $order[1] . damaged($order[2]));
	refused('PCMIS', 'the chain contains the authority itself', $deep, $deep . join '', @order);
	refused('PCMIS', 'the chain contains another certificate for its key', sign_own($two),
		sign_own($root) . $root->{certificate});
	# Its own key signs a certificate for itself, under another name.
	my $renamed = sign_own($root, subject => der_name('2.5.4.3' => 'Renamed'));
	accepted('a name to sign itself under', $renamed, $root->{chain});
	my $circle = get_certificate($server, $arn,
		issue($server, $arn, $csr, template => 'SubordinateCACertificate_PathLen3'));
	refused('PCMIS', 'signed by itself under another name', $circle, $renamed . $root->{certificate},
		qr/authority's own/);
	refused('PCMIS', 'another issuer name', sign_own({ %$root, name => der_name('2.5.4.3' => 'Someone') }),
		$root->{chain});
}
{
	# RFC 5280 4.1.1.2: the algorithm inside the signed part is the same as outside.
	my $der = pem_to_der($plain);
	my $outer = certificate_parts($plain);
	my $changed = der(0x30, $outer->{tbs}, der(0x30, der_oid('1.2.840.10045.4.3.3')),
		der(0x03, $outer->{signature}));
	refused('PCMCE', 'two signature algorithms', der_to_pem('CERTIFICATE', $changed), $root->{chain});
}

#
# Validity
#

{
	my $past = outside_authority('Past', undef, not_after => time - 60);
	my $future = outside_authority('Future', undef, not_before => time + 3600);

	refused('PCMCE', 'expired', sign_own($root, not_after => time - 60), $root->{chain},
		qr/at certificate is .*expired/);
	refused('PCMCE', 'not valid yet', sign_own($root, not_before => time + 3600), $root->{chain},
		qr/at certificate is .*not valid yet/);
	refused('PCMCE', 'an expired root', sign_own($past), $past->{chain},
		qr/certificate_chain\[0\] is .*expired/);
	refused('PCMCE', 'a root that is not valid yet', sign_own($future), $future->{chain},
		qr/certificate_chain\[0\] is .*not valid yet/);
	accepted('valid beyond its issuer, until the end of time', sign_own($root, not_after => 253402300799),
		$root->{chain});
}

#
# Name constraints of the CAs above
#

sub name_constraints { return extension('2.5.29.30', 1, der(0x30, @_)) }
sub subtree { return der(0x30, @_) }

{
	my $org = der(0xa4, der_name('2.5.4.10' => 'Example'));
	my $dns = der(0x82, 'example.com');
	my $names = sub { extension('2.5.29.17', 0, der(0x30, @_)) };
	my $inside = $names->(der(0x82, 'ca.example.com'));
	my $outside = $names->(der(0x82, 'ca.example.org'));
	my %cases = (
		'a permitted directory' => [ 'ok', der(0xa0, subtree($org)) ],
		'a directory that is not permitted' => [ 'PCMIS',
			der(0xa0, subtree(der(0xa4, der_name('2.5.4.10' => 'Other')))) ],
		'an excluded directory' => [ 'PCMIS', der(0xa1, subtree($org)) ],
		'a permitted DNS name' => [ 'ok', der(0xa0, subtree($dns)), $inside ],
		'a DNS name that is not permitted' => [ 'PCMIS', der(0xa0, subtree($dns)), $outside ],
		'an excluded DNS name' => [ 'PCMIS', der(0xa1, subtree($dns)), $inside ],
		'a DNS name that is not excluded' => [ 'ok', der(0xa1, subtree($dns)), $outside ],
		'an excluded address' => [ 'PCMIS',
			der(0xa1, subtree(der(0x87, pack 'C8', 192, 0, 2, 0, 255, 255, 255, 0))),
			$names->(der(0x87, pack 'C4', 192, 0, 2, 1)) ],
		'malformed constraints' => [ 'PCMIS|PCMCE', der(0x02, "\1") ]);

	for my $name (sort keys %cases)
	{
		my ($expected, $constraints, @extensions) = @{ $cases{$name} };
		my $top = outside_authority('Constrains', undef, extensions => [ name_constraints($constraints) ]);
		my $certificate = sign_own($top, extensions => \@extensions);

		if ($expected eq 'ok') { accepted($name, $certificate, $top->{chain}) }
		else
		{
			like((import_certificate($server, $arn, $certificate, $top->{chain}))[0], qr/^(?:$expected)$/,
				"refused: $name");
		}
	}
	# Constraints reach over the next CA.
	my $top = outside_authority('Constrains', undef,
		extensions => [ name_constraints(der(0xa1, subtree($org))) ]);
	my $middle = outside_authority('Middle', $top);
	refused('PCMIS', 'an excluded directory, two levels above', sign_own($middle), $middle->{chain});
	# They hold for what is below the CA, not for the CA itself.
	$top = outside_authority('Self', undef,
		extensions => [ name_constraints(der(0xa1, subtree(der(0xa4, der_name('2.5.4.10' => 'Outside'))))) ]);
	accepted('constraints that the constraining CA itself would break', sign_own($top), $top->{chain});
	$top = outside_authority('Constrains', undef,
		extensions => [ name_constraints(der(0xa1, subtree(der(0xa4, der_name('2.5.4.10' => 'Outside'))))) ]);
	$middle = outside_authority('Middle', $top);
	refused('PCMIS', 'constraints that a CA of the chain breaks', sign_own($middle), $middle->{chain});

	# What it issues obeys the constraints of all above it, and its own.
	for my $place ('above', 'its own')
	{
		my @constraints = name_constraints(der(0xa0, subtree($dns)),
			der(0xa1, subtree(der(0x82, 'secret.example.com'))));
		$top = outside_authority('Constrains', undef, extensions => $place eq 'above' ? \@constraints : []);
		accepted("constraints for DNS names, $place",
			sign_own($top, extensions => $place eq 'above' ? [] : \@constraints), $top->{chain});
		my $issue = sub {
			(try($server,
					'SELECT ' . issue_call($arn, key_request($top->{key}, '/O=Leaf', "subjectAltName = $_[0]"))))[0];
		};
		is($issue->('DNS:leaf.example.com'), 'ok', "constraints $place: issued within them");
		is($issue->('IP:192.0.2.1'), 'ok', "constraints $place: issued for a form that is not constrained");
		is($issue->('DNS:leaf.example.org'), 'PCIAG', "constraints $place: refused outside of what is permitted");
		is($issue->('DNS:leaf.example.com, DNS:a.secret.example.com'), 'PCIAG',
			"constraints $place: refused for one that is excluded");
	}
}

#
# Sizes and forms
#

sub padded
{
	my ($pem, $length) = @_;

	return '#' x ($length - length($pem) - 1) . "\n" . $pem;
}

accepted('32768 bytes', padded($plain, 32768), $root->{chain});
refused('PCVAL', '32769 bytes', padded($plain, 32769), $root->{chain});
accepted('a chain of 2 MB', $plain, padded($root->{chain}, 2097152));
refused('PCVAL', 'a chain of 2 MB and one byte', $plain, padded($root->{chain}, 2097153));
refused('PCVAL', 'an empty certificate', '', $root->{chain});
is((try($server, 'SELECT pca_import_certificate_authority_certificate(' . literal($arn) . ', NULL)'))[0],
	'PCVAL', 'refused: no certificate');
refused('PCMCE', 'thousands of certificates', $plain,
	$root->{certificate} x int(2097152 / length $root->{certificate}));

{
	my $der = pem_to_der($plain);
	my $tail = $root->{chain};
	my %wrong = (
		'garbage' => 'garbage',
		'a cut PEM block' => substr($plain, 0, length($plain) / 2),
		'a cut DER' => der_to_pem('CERTIFICATE', substr $der, 0, -20),
		'bytes after the DER' => der_to_pem('CERTIFICATE', "$der\0"),
		'half a DER' => der_to_pem('CERTIFICATE', substr $der, 0, length($der) / 2),
		'an empty block' => der_to_pem('CERTIFICATE', ''),
		'the CSR' => $csr,
		'the CSR as a certificate' => der_to_pem('CERTIFICATE', pem_to_der $csr),
		'a key' => der_to_pem('PUBLIC KEY', $own->{spki}),
		'a trusted certificate of openssl' => der_to_pem('TRUSTED CERTIFICATE', $der),
		'labels that differ' => $plain =~ s/END CERTIFICATE/END X509 CERTIFICATE/r,
		'a character outside of base 64' => $plain =~ s/\n(\w)/\n!$1/r);

	for my $name (sort keys %wrong)
	{
		refused('PCMCE', "$name for a certificate", $wrong{$name}, $tail, qr/at certificate is/);
		refused('PCMCE', "$name in the chain", $plain, $wrong{$name} . "\n" . $tail,
			qr/at certificate_chain\[0\] is/) if $name !~ /a cut PEM|garbage/;
		refused('PCMCE', "$name after the chain", $plain, $tail . $wrong{$name}, qr/at certificate_chain\[1\] is/);
	}
	refused('PCMCE', 'two blocks for a certificate', $plain . $root->{certificate}, $tail,
		qr/at certificate is/);
	refused('PCMCE', 'text after the certificate', "${plain}text", $tail, qr/at certificate is/);
	refused('PCMCE', 'a chain that is garbage', $plain, 'garbage');
}

is(authority_status($server, $arn), 'ACTIVE', 'after all that it is ACTIVE');
is(number_of_imports(), $imports, 'and what was refused is not stored');

#
# Self-signed certificates
#

sub set_authority
{
	my ($assignments, $which) = @_;

	$server->safe_psql('postgres',
		"UPDATE pca.certificate_authority SET $assignments WHERE arn = " . literal($which));
}

my $root_arn = create_authority($server, 'ROOT', subject => { CommonName => 'Own Root' });
{
	my $self = get_certificate($server, $root_arn,
		issue($server, $root_arn, own_request($server, $root_arn), template => 'RootCACertificate'));

	my $import = sub { (import_certificate($server, $root_arn, @_))[0] };
	my $outside = request_parts(own_request($server, $root_arn));
	my $cross = sign_certificate(issuer => $root->{name}, signer => $root->{key}, subject => $outside->{subject},
		spki => $outside->{spki}, extensions => [ basic_constraints() ]);
	is($import->($self, $root->{chain}), 'PCIRQ', 'refused: a ROOT with a chain');
	like($import->($self, $self), qr/^PC(?:IRQ|MIS)$/, 'refused: a ROOT with itself for a chain');
	is($import->($cross, $root->{chain}), 'PCIRQ', 'refused: a ROOT that another signed, with its chain');
	is($import->($cross), 'PCMIS', 'refused: a ROOT that another signed');
	is($import->($root->{certificate}), 'PCMIS', 'refused: the certificate of another ROOT');
	is($import->(damaged($self)), 'PCMIS', 'refused: a ROOT with a broken signature');

	# A SUBORDINATE cannot make a self-signed certificate unless its type is changed first.
	set_authority("type = 'SUBORDINATE'", $root_arn);
	is($import->($self), 'PCIRQ', 'refused: a self-signed SUBORDINATE without chain');
	is($import->($self, $self), 'PCMIS', 'refused: a self-signed SUBORDINATE with itself for a chain');
	is($import->($self, $root->{chain}), 'PCMIS',
		'refused: a self-signed SUBORDINATE with the chain of another');
	set_authority("type = 'ROOT'", $root_arn);
	is(authority_status($server, $root_arn), 'PENDING_CERTIFICATE', 'it waits on');
	is($import->($self, ''), 'ok', 'accepted: a ROOT with an empty chain');
}

#
# States
#

sub renew
{
	my ($which, @validity) = @_;

	return (import_certificate($server, $which,
			get_certificate($server, $which, issue($server, $which, own_request($server, $which),
					template => 'RootCACertificate', validity => \@validity))))[0];
}

{
	my $serial = sub {
		$server->safe_psql('postgres',
			"SELECT serial FROM pca.certificate_authority WHERE arn = " . literal($root_arn));
	};
	my $first = $serial->();
	my $leaf_arn = issue($server, $root_arn, $leaf_request, validity => [ 'DAYS', 1 ]);

	is(renew($root_arn, 'YEARS', 1), 'ok', 'ACTIVE: renewed');
	is(authority_status($server, $root_arn), 'ACTIVE', 'ACTIVE: stays so');
	isnt($serial->(), $first, 'ACTIVE: the new certificate counts');
	ok(get_certificate($server, $root_arn, $leaf_arn), 'ACTIVE: what was issued before is still there');

	# A transaction that imports a certificate cannot show it before it has ended.
	my $certificate = get_certificate($server, $root_arn,
		issue($server, $root_arn, own_request($server, $root_arn), template => 'RootCACertificate'));
	my $before = $serial->();
	my %of_root = (certificate_authority_arn => $root_arn);
	my $sql = join '; ', 'BEGIN',
		'SELECT ' . call('pca_import_certificate_authority_certificate', %of_root, certificate => $certificate),
		'SELECT * FROM ' . call('pca_get_certificate_authority_certificate', %of_root);
	is(try($server, $sql), 'PCRIP', 'an import that is not committed cannot be read');
	is($serial->(), $before, 'an import that is rolled back leaves nothing');

	# Valid for a few seconds; for more if the server is too slow to import it in time.
	my $renewed;
	for my $seconds (2, 4, 8, 16, 32)
	{
		$renewed = eval { renew($root_arn, 'ABSOLUTE', time + $seconds) } // 'too slow';
		last if $renewed eq 'ok';
	}
	is($renewed, 'ok', 'a certificate for a few seconds');
	$server->poll_query_until('postgres',
		"SELECT status = 'EXPIRED' FROM pca.certificate_authorities WHERE arn = " . literal($root_arn))
	  or die 'it does not expire';
	is((try($server, 'SELECT ' . issue_call($root_arn, $leaf_request)))[0], 'PCIST',
		'EXPIRED: it issues nothing');
	is(renew($root_arn, 'YEARS', 1), 'ok', 'EXPIRED: renewed');
	is(authority_status($server, $root_arn), 'ACTIVE', 'EXPIRED: ACTIVE again');
	is((try($server, 'SELECT ' . issue_call($root_arn, $leaf_request)))[0], 'ok', 'EXPIRED: it issues again');

	$certificate = get_certificate($server, $root_arn,
		issue($server, $root_arn, own_request($server, $root_arn), template => 'RootCACertificate'));
	my $import = sub { (import_certificate($server, $root_arn, $certificate))[0] };
	set_authority("status = 'DISABLED'", $root_arn);
	is($import->(), 'ok', 'DISABLED: renewed');
	is(authority_status($server, $root_arn), 'DISABLED', 'DISABLED: stays so');
	set_authority("not_after = now() - interval '1 second'", $root_arn);
	is(authority_status($server, $root_arn), 'EXPIRED', 'DISABLED and expired: EXPIRED');
	is($import->(), 'ok', 'DISABLED and expired: renewed');
	is(authority_status($server, $root_arn), 'DISABLED', 'DISABLED and expired: DISABLED again');

	for my $status (qw(CREATING FAILED))
	{
		set_authority("status = '$status'", $root_arn);
		is($import->(), 'PCIST', "$status: refused");
	}
	set_authority(
		"status = 'DELETED', status_before_deletion = 'ACTIVE', restorable_until = now() + interval '7 days'",
		$root_arn);
	is($import->(), 'PCIST', 'DELETED: refused');
	set_authority('restorable_until = now()', $root_arn);
	is($import->(), 'PCRNF', 'gone: refused');
	is((import_certificate($server, $arn =~ s/\w{12}$/000000000000/r, $certificate))[0], 'PCRNF',
		'unknown: refused');
	is((import_certificate($server, 'arn:aws:s3:::bucket', $certificate))[0], 'PCIAN',
		'no ARN of an authority: refused');
}

done_testing();
