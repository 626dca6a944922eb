# The program openssl: it makes outside keys and requests and the certificates of
# outside CAs, and is an outside judge. Judge.pm has others.

package OpenSSL;

use strict;
use warnings;

use DER;
use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(openssl new_key key_request sign_certificate outside_authority extension
  basic_constraints spool is_verified text_extensions);

my $directory = PostgreSQL::Test::Utils::tempdir();
my $files = 0;

# Makes a file with this content. Returns its path.
sub spool
{
	my ($content) = @_;
	my $path = "$directory/" . $files++;

	open my $file, '>:raw', $path or die "$path: $!";
	print $file $content;
	close $file;
	return $path;
}

sub run
{
	my ($input, @command) = @_;
	my $output = '';
	my $errors = '';
	my $is_good = IPC::Run::run(\@command, '<', \$input, '>', \$output, '2>', \$errors);

	return ($is_good, $output, $errors);
}

# Returns what openssl prints; it must succeed.
sub openssl
{
	my ($input, @arguments) = @_;
	my ($is_good, $output, $errors) = run($input, 'openssl', @arguments);

	die "openssl @arguments: $errors" if !$is_good;
	return $output;
}

my %key_options = (
	'EC P-256' => [qw(-algorithm EC -pkeyopt ec_paramgen_curve:P-256)],
	'EC P-384' => [qw(-algorithm EC -pkeyopt ec_paramgen_curve:P-384)],
	'RSA 2048' => [qw(-algorithm RSA -pkeyopt rsa_keygen_bits:2048)],
	'Ed25519' => [qw(-algorithm ED25519)]);

# Makes a file with a new private key. Returns its path.
sub new_key
{
	my ($kind) = @_;

	return spool(openssl('', 'genpkey', @{ $key_options{$kind} }));
}

# Returns a request in PEM, with extensions in the notation of openssl's configuration.
sub key_request
{
	my ($key, $subject, @extensions) = @_;
	my $configuration = "[req]\ndistinguished_name = dn\n" . (@extensions ? "req_extensions = v3\n" : '')
	  . "[dn]\n[v3]\n" . join('', map { "$_\n" } @extensions);

	return openssl('', 'req', '-new', '-key', $key, '-utf8', '-subj', $subject,
		'-config', spool($configuration));
}

# Returns a certificate of an outside CA in PEM. It is built here, so that it may be
# wrong in every way, and signed by openssl.
#
# issuer: Name. signer: file of the key. subject, spki. extensions: a list of DER,
# or none at all. Also serial, version, not_before, not_after.
sub sign_certificate
{
	my (%of) = @_;
	my $is_rsa = openssl('', 'pkey', '-in', $of{signer}, '-noout', '-text') =~ /modulus/;
	my $algorithm =
	  $is_rsa ? der(0x30, der_oid('1.2.840.113549.1.1.11'), der(0x05))
	  : der(0x30, der_oid('1.2.840.10045.4.3.2'));
	my $version = $of{version} // 3;
	my $tbs = der(0x30,
		$version > 1 ? der(0xa0, der(0x02, chr($version - 1))) : '',
		der(0x02, $of{serial} // "\x01" . pack 'NN', rand 2**32, rand 2**32),
		$algorithm,
		$of{issuer},
		der(0x30, der_time($of{not_before} // time - 3600), der_time($of{not_after} // time + 10 * 365 * 86400)),
		$of{subject},
		$of{spki},
		$of{extensions} ? der(0xa3, der(0x30, @{ $of{extensions} })) : '');
	my $signature = openssl($tbs, 'dgst', '-sha256', '-sign', $of{signer});

	return der_to_pem('CERTIFICATE', der(0x30, $tbs, $algorithm, der(0x03, "\0", $signature)));
}

# Returns an extension in DER; its value may be given in hexadecimal.
sub extension
{
	my ($oid, $is_critical, $value) = @_;

	$value = pack 'H*', $value if $value =~ /^(?:[0-9a-f]{2})+$/;
	return der(0x30, der_oid($oid), $is_critical ? der(0x01, "\xff") : '', der(0x04, $value));
}

sub basic_constraints
{
	my ($path_length, %options) = @_;

	return extension('2.5.29.19', $options{critical} // 1,
		der(0x30, $options{is_leaf} ? '' : der(0x01, "\xff"),
			defined $path_length ? der(0x02, chr $path_length) : ''));
}

# Makes an outside CA with a key of its own. Returns its name, key, certificate, and the
# chain from it up to its root. Without a parent it is a root.
#
# Options: kind of key, path_length, extensions in addition to basicConstraints, basic
# (replaces it), and those of sign_certificate().
sub outside_authority
{
	my ($common_name, $parent, %options) = @_;
	my $key = $options{key} // new_key($options{kind} // 'EC P-256');
	my $subject = $options{subject} // der_name('2.5.4.10' => 'Outside', '2.5.4.3' => $common_name);
	my %authority = (name => $subject, key => $key);

	$authority{spki} = openssl('', 'pkey', '-in', $key, '-pubout', '-outform', 'DER');
	$authority{certificate} = sign_certificate(
		%options,
		issuer => $parent ? $parent->{name} : $subject,
		signer => $parent ? $parent->{key} : $key,
		subject => $subject,
		spki => $authority{spki},
		extensions => exists $options{no_extensions} ? undef
		: [ $options{basic} // basic_constraints($options{path_length}), @{ $options{extensions} // [] } ]);
	$authority{chain} = $authority{certificate} . ($parent ? $parent->{chain} : '');
	return \%authority;
}

# Returns whether openssl accepts a certificate, strictly by RFC 5280.
sub is_verified
{
	my ($certificate, $chain, $root, @options) = @_;
	my ($is_good, $output, $errors) = run('', 'openssl', 'verify', '-x509_strict', @options,
		'-CAfile', spool($root), $chain ? ('-untrusted', spool($chain)) : (), spool($certificate));

	Test::More::diag($output, $errors) if !$is_good;
	return $is_good;
}

# Returns the extensions of a certificate as openssl x509 -text reads them: a list of
# "name: value" and "name: critical: value".
sub text_extensions
{
	my ($pem) = @_;
	my @extensions;

	for (split /\n/, openssl($pem, 'x509', '-noout', '-text'))
	{
		if (/^ {12}(\S.*?): ?(critical)?\s*$/) { push @extensions, "$1: " . ($2 ? 'critical: ' : '') }
		elsif (@extensions && /^ {16}\s*(.*?)\s*$/) { $extensions[-1] .= $1 }
		elsif (@extensions) { last }
	}
	return @extensions;
}

1;
