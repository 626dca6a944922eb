# Judges: programs and libraries from elsewhere that say what certificates, CRLs and
# OCSP responses of the extension are worth. A test that needs a judge which is not
# installed is skipped; where every judge is required (PCA_ALL_JUDGES), it fails.

package Judge;

use strict;
use warnings;

use Exporter 'import';
use OpenSSL;
use PostgreSQL::Test::Utils;
use Test::More ();

our @EXPORT = qw(skip_without run_judge build_go certtool_verifies ocsp_response ocsp_by_gnutls ocsp_by_go);

my $sources = __FILE__ =~ s{[^/]*$}{../conformance}r;
my $gopath = $ENV{GOPATH} // '/usr/share/gocode';

# Judges that are not a program in PATH.
my %libraries = (
	'pca-gateway' => sub { -x "$ENV{PCA_TEST_BIN}/pca-gateway" },
	'golang.org/x/crypto' => sub { -d "$gopath/src/golang.org/x/crypto/ocsp" },
	'python3-boto3' => sub { eval { (run_judge('/usr/bin/python3', '-c', 'import boto3'))[0] } },
	'python3-cryptography' => sub { eval { (run_judge('/usr/bin/python3', '-c', 'import cryptography'))[0] } });

sub is_installed
{
	my ($name) = @_;

	return $libraries{$name}->() if $libraries{$name};
	return scalar grep { -x "$_/$name" } split /:/, $ENV{PATH};
}

# Leaves the enclosing SKIP block unless all of these are installed.
sub skip_without
{
	my (@names) = @_;
	my $missing = join ', ', grep { !is_installed($_) } @names;

	return if $missing eq '';
	Test::More::skip("$missing not installed", 1) if !$ENV{PCA_ALL_JUDGES};
	Test::More::fail("$missing is installed, since every judge has to be");
	no warnings 'exiting';
	last SKIP;
}

# Runs a program. Returns whether it succeeds, and what it says.
sub run_judge
{
	my (@command) = @_;
	my ($is_good, $output, $errors) = OpenSSL::run('', @command);

	return ($is_good, $output . $errors);
}

# Builds a judge of test/conformance that is written in Go. Returns its path.
sub build_go
{
	my ($name) = @_;
	my $directory = PostgreSQL::Test::Utils::tempdir();
	local @ENV{qw(HOME GOCACHE GO111MODULE GOPATH GOFLAGS)} = ($directory, "$directory/cache", 'off', $gopath,
		'');
	my ($is_built, $text) = run_judge('go', 'build', '-o', "$directory/$name", "$sources/$name.go");

	die "$name.go: $text" if !$is_built;
	return "$directory/$name";
}

# Tests that GnuTLS accepts a certificate.
sub certtool_verifies
{
	my ($certificate, $chain, $root, $description) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

  SKIP:
	{
		skip_without('certtool');
		my ($is_good, $text) = run_judge('certtool', '--verify', '--load-ca-certificate', spool($root), '--infile',
			spool("$certificate\n" . ($chain // '')));
		Test::More::ok($is_good, $description) or Test::More::diag($text);
	}
}

# Returns the response of a server to the OCSP request in a file, as a file.
sub ocsp_response
{
	my ($server, $request) = @_;
	my $hex = unpack 'H*', slurp_file($request);

	return spool(pack 'H*',
		$server->safe_psql('postgres', "SELECT encode(pca_ocsp_response('\\x$hex'), 'hex')"));
}

# Returns the statuses that GnuTLS reads in an OCSP response if it verifies it with
# these options; else its complaint.
sub ocsp_by_gnutls
{
	my ($response, @trust) = @_;
	my ($is_good, $text) = run_judge('ocsptool', '--verify-response', @trust, '--load-response', $response);
	my (undef, $info) = run_judge('ocsptool', '--response-info', '--load-response', $response);

	return $is_good && $text =~ /Success/ ? join ' ', $info =~ /Certificate Status: (\w+)/g : "no: $text$info";
}

# Returns the status and the reason that judge_ocsp.go reads in a response for a
# certificate.
sub ocsp_by_go
{
	my ($program, $issuer, $certificate, $response) = @_;
	my ($is_good, $text) = run_judge($program, 'judge', $issuer, $certificate, $response);

	return $is_good ? $text =~ s/\n//r : "no: $text";
}

1;
