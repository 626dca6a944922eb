# OCSP with outside judges: requests that clients make, and responses that they
# verify. openssl, GnuTLS and python3-cryptography always judge. Go judges where it is
# installed with golang.org/x/crypto, or where it is required (PCA_ALL_JUDGES).

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use Judge;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $judges = "$FindBin::Bin/../conformance";
my $server = start_server('ocsp');
my $request = key_request(new_key('EC P-256'), '/CN=leaf', 'subjectAltName = DNS:leaf.example');

# Makes the certificates of one authority: good, revoked, and one that another issued.
sub make_authority
{
	my ($parent, $name, $key, $signing, $subject) = @_;
	my $arn = create_authority($server, $parent ? 'SUBORDINATE' : 'ROOT', key => $key, signing => $signing,
		subject => $subject // { Organization => 'Example', CommonName => $name });
	my %authority = (name => $name, arn => $arn, signing => $signing, is_pss => $signing =~ /PSS/);

	my @signed = $parent
	  ? subordinate($server, $parent->{arn}, $arn, signing_algorithm => $parent->{signing})
	  : self_sign($server, $arn, signing_algorithm => $signing);
	$authority{certificate} = spool($signed[0]);
	$authority{root} = $parent ? $parent->{root} : $authority{certificate};
	for my $leaf (qw(good revoked held))
	{
		my $leaf_arn = issue($server, $arn, $request, signing_algorithm => $signing);
		$authority{$leaf} = spool(scalar get_certificate($server, $arn, $leaf_arn));
		$authority{serial}{$leaf} = substr($leaf_arn, -32) =~ s/^0+//r;
		$authority{leaf_arn}{$leaf} = $leaf_arn;
	}
	revoke($server, $authority{leaf_arn}{revoked});
	return \%authority;
}

# Returns a copy of a file with another last octet, which belongs to the signature.
sub tampered
{
	my ($path) = @_;
	my $octets = slurp_file($path);

	substr($octets, -1) ^= "\x01";
	return spool($octets);
}

# Returns the statuses that openssl reads if signature, times and nonce are right; else
# its complaint.
sub by_openssl
{
	my ($authority, $request_file, $response) = @_;
	my @trust = ('-CAfile', $authority->{root}, '-verify_other', $authority->{certificate});
	my ($is_good, $text) = run_judge('openssl', 'ocsp', '-reqin', $request_file, '-respin', $response,
		'-resp_text', @trust);

	return "no: $text" if !$is_good || $text !~ /^Response verify OK$/m || $text =~ /error/i;
	return join ' ', $text =~ /Cert Status: (\w+)/g;
}

# Returns the line that openssl prints for a certificate in a file.
sub line_of_openssl
{
	my ($authority, $leaf, $digest, $response) = @_;
	my ($is_good, $text) = run_judge('openssl', 'ocsp', '-respin', $response, '-no_nonce',
		'-CAfile', $authority->{root},
		'-verify_other', $authority->{certificate}, '-issuer', $authority->{certificate}, "-$digest",
		'-cert', $authority->{$leaf});

	return $is_good && $text =~ /Response verify OK/ && $text =~ /^\Q$authority->{$leaf}\E: (.*)$/m
	  ? $1
	  : "no: $text";
}

# GnuTLS reads every RSA-PSS signature of a response as the one with SHA-256.
sub is_for_gnutls
{
	my ($authority) = @_;

	return !$authority->{is_pss} || $authority->{signing} =~ /^SHA256/;
}

sub by_gnutls
{
	my ($authority, $response) = @_;

	return ocsp_by_gnutls($response, '--load-signer', $authority->{certificate});
}

sub by_cryptography
{
	my ($authority, $response) = @_;
	my ($is_good, $text) =
	  run_judge('/usr/bin/python3', "$judges/judge_ocsp.py", 'judge', $authority->{certificate}, $response);

	return $is_good ? $text =~ s/\n/, /gr =~ s/, $//r : "no: $text";
}

my $go;

SKIP:
{
	skip_without('go', 'golang.org/x/crypto');
	$go = build_go('judge_ocsp');
}

sub by_go
{
	my ($authority, $leaf, $response) = @_;

	return ocsp_by_go($go, $authority->{certificate}, $authority->{$leaf}, $response);
}

my $root = make_authority(undef, 'EC root', 'EC_prime256v1', 'SHA256WITHECDSA');
my @authorities = (
	$root,
	make_authority($root, 'RSA subordinate', 'RSA_2048', 'SHA256WITHRSA'),
	make_authority($root, 'RSA-PSS subordinate', 'RSA_2048', 'SHA256WITHRSA_PSS'),
	make_authority($root, 'P-384 subordinate', 'EC_secp384r1', 'SHA384WITHECDSA',
		{ CommonName => "P-384 \x{e4}", Country => 'DE' }),
	make_authority(undef, 'RSA-PSS root', 'RSA_2048', 'SHA512WITHRSA_PSS'));

for my $authority (@authorities)
{
	my $name = $authority->{name};

	# Several certificates in one request with a nonce, as openssl makes it.
	for my $digest (qw(sha1 sha256 sha384 sha512))
	{
		my $file = spool('');

		openssl('', 'ocsp', '-issuer', $authority->{certificate},
			map({ ("-$digest", '-cert', $authority->{$_}) } qw(good revoked)),
			"-$digest", '-serial', '0x1234', '-reqout', $file);
		my $response = ocsp_response($server, $file);
		is(by_openssl($authority, $file, $response), 'good revoked unknown', "$name, $digest: openssl");
		is(line_of_openssl($authority, 'good', $digest, $response), 'good',
			"$name, $digest: openssl, the good one");
		is(line_of_openssl($authority, 'revoked', $digest, $response), 'revoked',
			"$name, $digest: openssl, the revoked one");
		is(by_gnutls($authority, $response), 'good revoked unknown', "$name, $digest: GnuTLS")
		  if is_for_gnutls($authority);
		is(by_cryptography($authority, $response),
			"$authority->{serial}{good} good -, $authority->{serial}{revoked} revoked keyCompromise, 1234 unknown -",
			"$name, $digest: python3-cryptography");
	}

	# The clients' own requests.
	my $file = spool('');
	run_judge('ocsptool', '--generate-request', '--load-issuer', $authority->{certificate},
		'--load-cert', $authority->{good}, '--outfile', $file);
	my $response = ocsp_response($server, $file);
	is(by_gnutls($authority, $response), 'good', "$name: GnuTLS asks") if is_for_gnutls($authority);
	is(by_cryptography($authority, $response), "$authority->{serial}{good} good -",
		"$name: GnuTLS asks, python3-cryptography judges");
	run_judge('/usr/bin/python3', "$judges/judge_ocsp.py", 'request', 'SHA256', $authority->{certificate},
		$authority->{revoked}, $file);
	is(by_cryptography($authority, ocsp_response($server, $file)),
		"$authority->{serial}{revoked} revoked keyCompromise", "$name: python3-cryptography asks");

	# Each judge detects a changed response, so it does verify signatures.
	my $bad = tampered($response);
	like(by_gnutls($authority, $bad), qr/^no/, "$name: GnuTLS refuses a bad signature");
	like(by_cryptography($authority, $bad), qr/^no/, "$name: python3-cryptography refuses a bad signature");
	openssl('', 'ocsp', '-issuer', $authority->{certificate}, '-cert', $authority->{good}, '-reqout', $file);
	like(by_openssl($authority, $file, tampered(ocsp_response($server, $file))), qr/^no/,
		"$name: openssl refuses a bad signature");
	my $other = spool('');
	openssl('', 'ocsp', '-issuer', $authority->{certificate}, '-cert', $authority->{good}, '-reqout', $other);
	like(by_openssl($authority, $file, ocsp_response($server, $other)), qr/Nonce/,
		"$name: openssl refuses the response to another request");

	# golang.org/x/crypto does not know RSA-PSS in responses.
	next if !$go || $authority->{is_pss};
	for my $leaf (qw(good revoked))
	{
		run_judge($go, 'request', 'SHA256', $authority->{certificate}, $authority->{$leaf}, $file);
		$response = ocsp_response($server, $file);
		is(by_go($authority, $leaf, $response), $leaf eq 'good' ? 'good 0' : 'revoked 1',
			"$name: Go asks for the $leaf one");
		like(by_go($authority, $leaf, tampered($response)), qr/^no/, "$name: Go refuses a bad signature");
	}
}

# The CAs' own certificates: the CA answers for that of a root, the issuer for that of
# a subordinate.
for my $authority (@authorities[ 0, 1 ])
{
	my $file = spool('');

	openssl('', 'ocsp', '-issuer', $root->{certificate}, '-cert', $authority->{certificate}, '-reqout', $file);
	is(by_openssl($root, $file, ocsp_response($server, $file)), 'good', "the certificate of $authority->{name}");
}

# The signature of a signed request is ignored.
my $file = spool('');
my $key = new_key('RSA 2048');
my $signer = spool(openssl('', 'req', '-x509', '-key', $key, '-subj', '/CN=requestor'));
openssl('', 'ocsp', '-issuer', $root->{certificate}, '-cert', $root->{good}, '-signer', $signer,
	'-signkey', $key, '-reqout', $file);
cmp_ok(-s $file, '>', 800, 'a signed request');
is(by_openssl($root, $file, ocsp_response($server, $file)), 'good', 'a signed request is answered');
my $badly_signed = tampered($file);
like(slurp_file(ocsp_response($server, $badly_signed)), qr/^\x30\x82..\x0a\x01\x00/s,
	'so is a badly signed one');

# Revoked between two answers.
openssl('', 'ocsp', '-issuer', $root->{certificate}, '-cert', $root->{held}, '-reqout', $file);
is(by_openssl($root, $file, ocsp_response($server, $file)), 'good', 'good, until it is revoked');
revoke($server, $root->{leaf_arn}{held}, 'SUPERSEDED');
my $revoked = ocsp_response($server, $file);
is(by_openssl($root, $file, $revoked), 'revoked', 'then revoked');
is(by_cryptography($root, $revoked), "$root->{serial}{held} revoked superseded", 'with its reason');

# Error responses, as clients read them.
my $unknown_issuer = spool(openssl('', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', spool(''),
		'-subj', '/CN=unknown here'));
openssl('', 'ocsp', '-issuer', $unknown_issuer, '-serial', '1', '-reqout', $file);
like((run_judge('openssl', 'ocsp', '-respin', ocsp_response($server, $file)))[1], qr/unauthorized \(6\)/,
	'an unknown issuer');
like((run_judge('openssl', 'ocsp', '-respin', ocsp_response($server, spool('garbage'))))[1],
	qr/malformedrequest \(1\)/, 'garbage');
is(by_cryptography($root, ocsp_response($server, $file)), 'UNAUTHORIZED',
	'an unknown issuer: python3-cryptography');

# For a sealed CA there is an error that the operator sees, not an answer.
openssl('', 'ocsp', '-issuer', $root->{certificate}, '-cert', $root->{good}, '-reqout', $file);
my $hex = unpack 'H*', slurp_file($file);
my ($state, $text) = try($server,
	"SET pca.key_encryption_key_file = 'nowhere'; SELECT pca_ocsp_response('\\x$hex')");
is($state, 'PCRFA', 'a sealed CA');
like($text, qr/certificate authorities are sealed/, 'a sealed CA: what the error says');

done_testing();
