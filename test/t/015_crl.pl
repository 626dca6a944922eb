# CRLs as relying parties read them: openssl, python3-cryptography, and, where they are
# installed, GnuTLS, Go, NSS and zlint. In hierarchies of every family of keys, a good
# certificate is good, and a revoked one is not, nor is one below a revoked CA.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use JSON::PP ();
use Judge;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('crl');
my $request = key_request(new_key('EC P-256'), '/CN=leaf');
my %reason_code = (
	KEY_COMPROMISE => 1,
	CERTIFICATE_AUTHORITY_COMPROMISE => 2,
	AFFILIATION_CHANGED => 3,
	SUPERSEDED => 4,
	CESSATION_OF_OPERATION => 5,
	PRIVILEGE_WITHDRAWN => 9,
	A_A_COMPROMISE => 10);
# As RFC 5280 spells them.
my %reason_word = (
	KEY_COMPROMISE => 'keyCompromise',
	CERTIFICATE_AUTHORITY_COMPROMISE => 'cACompromise',
	AFFILIATION_CHANGED => 'affiliationChanged',
	SUPERSEDED => 'superseded',
	CESSATION_OF_OPERATION => 'cessationOfOperation',
	PRIVILEGE_WITHDRAWN => 'privilegeWithdrawn',
	A_A_COMPROMISE => 'aACompromise');

sub signing_of
{
	my ($arn) = @_;

	return $server->safe_psql('postgres',
		"SELECT signing_algorithm FROM pca.certificate_authority WHERE arn = '$arn'");
}

sub issue_leaf
{
	my ($arn) = @_;

	return issue($server, $arn, $request, signing_algorithm => signing_of($arn));
}

# Returns the newest CRLs of an authority, each as {pem, number, url, revoked}: the
# complete one, or its partitions by their age.
sub crls_of
{
	my ($arn) = @_;
	my @crls;

	for (split /\n/, $server->safe_psql('postgres', <<"SQL"))
SELECT encode(string_agg(c.content, '' ORDER BY c.number), 'base64'), r.number, p.url, r.id
FROM pca.crl AS r JOIN pca.certificate_authority AS a ON a.id = r.authority_id
	JOIN pca.object AS o ON (o.bucket, o.key) = (r.bucket, r.key)
	JOIN pca.object_chunk AS c ON c.object_id = o.id LEFT JOIN pca.crl_partition AS p ON p.id = r.id
WHERE a.arn = '$arn' GROUP BY r.id, p.url, p.created_at ORDER BY p.created_at
SQL
	{
		# encode() breaks its lines.
		if (/\|/) { push @crls, [ split /\|/, ($crls[-1] && !ref $crls[-1] ? pop @crls : '') . $_ ] }
		else { $crls[-1] && !ref $crls[-1] ? ($crls[-1] .= $_) : push @crls, $_ }
	}
	return map {
		my ($base64, $number, $url, $id) = @$_;
		my %revoked = map { split /\|/ } split /\n/, $server->safe_psql('postgres',
			"SELECT replace(serial::text, '-', ''), reason FROM pca.revocation"
			  . " WHERE coalesce(crl_partition, authority_id) = '$id'");
		+{ pem => "-----BEGIN X509 CRL-----\n" . join("\n", $base64 =~ /(.{1,64})/g) . "\n-----END X509 CRL-----\n",
			number => $number, url => $url || undef, revoked => \%revoked };
	} @crls;
}

#
# Hierarchies: a root, a CA below it, another one that is revoked, leaves
#

my @hierarchies;
for my $of (
	[ 'EC', 'EC_prime256v1 SHA256WITHECDSA', 'EC_secp384r1 SHA384WITHECDSA', 'COMPLETE' ],
	[ 'EC 521', 'EC_secp521r1 SHA512WITHECDSA', 'EC_prime256v1 SHA512WITHECDSA', 'COMPLETE' ],
	[ 'RSA', 'RSA_2048 SHA256WITHRSA', 'RSA_2048 SHA512WITHRSA', 'COMPLETE' ],
	[ 'RSA-PSS', 'RSA_2048 SHA256WITHRSA_PSS', 'RSA_2048 SHA384WITHRSA_PSS', 'COMPLETE' ],
	[ 'RSA above EC', 'RSA_3072 SHA384WITHRSA', 'EC_prime256v1 SHA256WITHECDSA', 'COMPLETE' ],
	[ 'partitions', 'EC_prime256v1 SHA256WITHECDSA', 'EC_prime256v1 SHA256WITHECDSA', 'PARTITIONED' ])
{
	my ($name, $root_kind, $kind, $type) = @$of;
	my %hierarchy = (name => $name, is_partitioned => $type eq 'PARTITIONED');
	my ($key, $signing) = split / /, $root_kind;
	my $root_arn = create_authority($server, 'ROOT',
		key => $key,
		signing => $signing,
		subject => { CommonName => "$name root" },
		revocation_configuration => crl_configuration(CrlType => 'COMPLETE'));

	$hierarchy{root} = self_sign($server, $root_arn, signing_algorithm => $signing);
	for my $below (qw(sub revoked_sub))
	{
		my ($sub_key, $sub_signing) = split / /, $kind;
		my $arn = create_authority($server, 'SUBORDINATE',
			key => $sub_key,
			signing => $sub_signing,
			subject => { CommonName => "$name $below" },
			revocation_configuration => crl_configuration(CrlType => $type));
		($hierarchy{$below}) = subordinate($server, $root_arn, $arn, signing_algorithm => $signing);
		$hierarchy{"${below}_arn"} = $arn;
	}
	my $of_sub = "SELECT certificate_arn FROM pca.certificates WHERE subject LIKE '%$name revoked_sub'";
	revoke($server, $server->safe_psql('postgres', $of_sub), 'CERTIFICATE_AUTHORITY_COMPROMISE');
	for my $leaf (qw(good bad unspecified))
	{
		my $arn = issue_leaf($hierarchy{sub_arn});
		$hierarchy{$leaf} = get_certificate($server, $hierarchy{sub_arn}, $arn);
		revoke($server, $arn, { bad => 'KEY_COMPROMISE', unspecified => 'UNSPECIFIED' }->{$leaf})
		  if $leaf ne 'good';
	}
	$hierarchy{below_revoked} = get_certificate($server, $hierarchy{revoked_sub_arn},
		issue_leaf($hierarchy{revoked_sub_arn}));
	$hierarchy{root_arn} = $root_arn;
	push @hierarchies, \%hierarchy;
}
maintain($server);
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.maintenance_failures'), 0, 'no CRL failed');
for my $hierarchy (@hierarchies)
{
	$hierarchy->{crls} = { map { $_ => [ crls_of($hierarchy->{"${_}_arn"}) ] } qw(root sub revoked_sub) };
	is(scalar @{ $hierarchy->{crls}{$_} }, 1, "$hierarchy->{name}: one CRL of the $_")
	  for qw(root sub revoked_sub);
	is(defined $hierarchy->{crls}{sub}[0]{url}, $hierarchy->{is_partitioned},
		"$hierarchy->{name}: a partition's or a complete one");
}

sub all_crls
{
	my ($hierarchy) = @_;

	return map { $_->{pem} } map { @$_ } @{ $hierarchy->{crls} }{qw(root sub revoked_sub)};
}

#
# openssl
#

sub openssl_says
{
	my ($hierarchy, $certificate, $sub, @crls) = @_;
	my ($is_good, $output, $errors) = OpenSSL::run('', 'openssl', 'verify', '-x509_strict', '-crl_check_all',
		'-CAfile', spool($hierarchy->{root}),
		'-untrusted', spool($hierarchy->{$sub}), '-CRLfile', spool(join '', @crls), spool($certificate));

	return $is_good ? 'good' : $errors =~ /error (\d+) at (\d) depth lookup/ ? "error $1 at depth $2" : $errors;
}

for my $hierarchy (@hierarchies)
{
	my $name = $hierarchy->{name};
	my @crls = all_crls($hierarchy);
	my ($root_crl, $sub_crl) = map { $hierarchy->{crls}{$_}[0]{pem} } qw(root sub);

	for my $of (qw(root sub revoked_sub))
	{
		for my $crl (@{ $hierarchy->{crls}{$of} })
		{
			my ($is_good, $output, $errors) = OpenSSL::run($crl->{pem}, 'openssl', 'crl', '-noout',
				'-CAfile', spool($hierarchy->{$of}), '-crlnumber');
			like($errors, qr/verify OK/, "$name: openssl verifies the CRL of the $of");
			is(hex(($output =~ /crlNumber=0x(\w+)/)[0] // 0), $crl->{number}, "$name: its number");
		}
	}
	is(openssl_says($hierarchy, $hierarchy->{good}, 'sub', @crls), 'good',
		"$name: openssl accepts a good certificate");
	is(openssl_says($hierarchy, $hierarchy->{bad}, 'sub', @crls), 'error 23 at depth 0',
		"$name: openssl refuses a revoked one");
	is(openssl_says($hierarchy, $hierarchy->{unspecified}, 'sub', @crls), 'error 23 at depth 0',
		"$name: openssl refuses one that is revoked without a reason");
	is(openssl_says($hierarchy, $hierarchy->{below_revoked}, 'revoked_sub', @crls), 'error 23 at depth 1',
		"$name: openssl refuses one below a revoked CA");
	is(openssl_says($hierarchy, $hierarchy->{good}, 'sub', $root_crl), 'error 3 at depth 0',
		"$name: openssl misses the CRL of the CA");
	is(openssl_says($hierarchy, $hierarchy->{good}, 'sub', $sub_crl), 'error 3 at depth 1',
		"$name: openssl misses the CRL of the root");
}

# A partition's CRL says nothing about the certificates in another one.
{
	my ($hierarchy) = grep { $_->{is_partitioned} } @hierarchies;
	my $arn = $hierarchy->{sub_arn};

	$server->safe_psql('postgres',
		"UPDATE pca.crl_partition SET certificates = 16000 WHERE authority_id = right('$arn', 36)::uuid");
	my $other_arn = issue_leaf($arn);
	my $other = get_certificate($server, $arn, $other_arn);
	maintain($server);
	my ($first, $second) = crls_of($arn);
	my $root_crl = $hierarchy->{crls}{root}[0]{pem};

	isnt($first->{url}, $second->{url}, 'two partitions');
	is(openssl_says($hierarchy, $other, 'sub', $root_crl, $second->{pem}), 'good',
		'a certificate of the second partition is good by its CRL');
	isnt(openssl_says($hierarchy, $other, 'sub', $root_crl, $first->{pem}), 'good',
		'but not by that of the first one');
	isnt(openssl_says($hierarchy, $hierarchy->{good}, 'sub', $root_crl, $second->{pem}), 'good',
		'and the reverse');
	is(openssl_says($hierarchy, $_, 'sub', $root_crl, $first->{pem}, $second->{pem}), 'good',
		'both are good by both') for $other, $hierarchy->{good};
	revoke($server, $other_arn, 'SUPERSEDED');
	maintain($server);
	$hierarchy->{crls}{sub} = [ crls_of($arn) ];
	is(openssl_says($hierarchy, $other, 'sub', $root_crl, map { $_->{pem} } @{ $hierarchy->{crls}{sub} }),
		'error 23 at depth 0', 'then it is revoked in its own');
}

#
# GnuTLS
#

SKIP:
{
	skip_without('certtool');
	for my $hierarchy (@hierarchies)
	{
		my $name = $hierarchy->{name};
		# It takes one CRL for each authority: that of the first partition.
		my $crls = spool(join '', map { $hierarchy->{crls}{$_}[0]{pem} } qw(root sub revoked_sub));

		for my $of (qw(root sub revoked_sub))
		{
			for my $crl (@{ $hierarchy->{crls}{$of} })
			{
				my ($is_good, $output, $errors) = OpenSSL::run($crl->{pem}, 'certtool', '--verify-crl',
					'--load-ca-certificate', spool($hierarchy->{$of}));
				ok($is_good, "$name: certtool verifies the CRL of the $of") or diag $output, $errors;
			}
		}
		for ([ good => 'sub', 1 ], [ bad => 'sub', 0 ], [ unspecified => 'sub', 0 ],
			[ below_revoked => 'revoked_sub', 0 ])
		{
			my ($leaf, $sub, $expected) = @$_;
			my ($is_good, $output, $errors) = OpenSSL::run('', 'certtool', '--verify',
				'--load-ca-certificate', spool($hierarchy->{root}), '--load-crl', $crls,
				'--infile', spool("$hierarchy->{$leaf}\n$hierarchy->{$sub}"));
			is($is_good ? 1 : 0, $expected, "$name: certtool on a certificate that is $leaf") or diag $output, $errors;
			like($output, qr/revoked/i, "$name: it says why") if !$expected;
		}
	}
}

#
# Judges that read every part of each CRL
#

my @cases;
for my $hierarchy (@hierarchies)
{
	for my $of (qw(root sub revoked_sub))
	{
		push @cases, map +{ %$_, name => "$hierarchy->{name}, $of", issuer => $hierarchy->{$of} },
			@{ $hierarchy->{crls}{$of} };
	}
}
cmp_ok(scalar @cases, '>=', 18, 'cases');

sub judged_by
{
	my ($who, $reasons, @command) = @_;
	my @input;

	for my $case (@cases)
	{
		my $revoked = $case->{revoked};

		push @input, {
			%$case{qw(name issuer url)},
			crl => $case->{pem},
			number => 0 + $case->{number},
			revoked => { map { $_ => $reasons->{ $revoked->{$_} } } keys %$revoked } };
	}
	my $input = json(\@input);
	my ($is_good, $output, $errors) = OpenSSL::run($input, @command);

	ok($is_good, "$who judges") or diag $errors;
	is($output, '', "$who finds nothing");
	note $errors if $errors ne '';
}

judged_by('python3-cryptography', \%reason_word, '/usr/bin/python3', "$FindBin::Bin/crl.py");

SKIP:
{
	skip_without('go');
	judged_by('Go', \%reason_code, build_go('judge_crl'));
}

SKIP:
{
	skip_without('zlint');
	for my $case (@cases)
	{
		my ($is_good, $output, $errors) = OpenSSL::run('', 'zlint', '-includeSources=RFC5280', spool($case->{pem}));
		my $result = eval { JSON::PP->new->decode($output) };

		ok($result && %$result, "$case->{name}: zlint lints it") or diag $output, $errors;
		# It has no option to leave out the rules of the CA/Browser Forum, whose CAs have
		# fewer reasons.
		is_deeply([ grep { $result->{$_}{result} !~ /^(?:pass|NA|NE|info)$/ && !/_cab_/ } sort keys %$result ], [],
			"$case->{name}: zlint finds nothing");
	}
}

SKIP:
{
	skip_without('crlutil', 'certutil', 'vfychain');
	for my $hierarchy (@hierarchies)
	{
		my $name = $hierarchy->{name};
		# It keeps one CRL for each authority.
		next if $hierarchy->{is_partitioned};
		my $db = 'sql:' . PostgreSQL::Test::Utils::tempdir();
		my @of = qw(root sub revoked_sub);

		OpenSSL::run('', 'certutil', '-N', '-d', $db, '--empty-password');
		OpenSSL::run('', 'certutil', '-A', '-d', $db, '-n', $_, '-t', $_ eq 'root' ? 'C,,' : ',,',
			'-a', '-i', spool($hierarchy->{$_})) for @of;
		for my $of (@of)
		{
			my ($is_good, $output, $errors) = OpenSSL::run('', 'crlutil', '-I', '-d', $db,
				'-i', spool(pem_to_der($hierarchy->{crls}{$of}[0]{pem})));
			ok($is_good, "$name: NSS verifies the CRL of the $of") or diag $output, $errors;
		}
		for ([ good => 'sub', 1 ], [ bad => 'sub', 0 ], [ unspecified => 'sub', 0 ],
			[ below_revoked => 'revoked_sub', 0 ])
		{
			my ($leaf, $sub, $expected) = @$_;
			my ($is_good, $output, $errors) = OpenSSL::run('', 'vfychain', '-d', $db, '-pp', '-u', '1',
				(map { ('-g', $_, '-m', 'crl', '-s', 'failIfNoInfo') } qw(leaf chain)),
				'-a', spool($hierarchy->{$leaf}), '-a', spool($hierarchy->{$sub}));
			is($is_good ? 1 : 0, $expected, "$name: vfychain on a certificate that is $leaf") or diag $output, $errors;
			like($output . $errors, qr/revoked/i, "$name: it says why") if !$expected;
		}
	}
}

done_testing();
