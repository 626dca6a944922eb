# What the README shows works as written, one section after the other in one session,
# with openssl where it calls openssl. Then what REFERENCE shows.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('readme');
my %page = map { $_ => slurp_file("$FindBin::Bin/../../$_") } 'README.md', 'docs/REFERENCE.md';
my $directory = PostgreSQL::Test::Utils::tempdir();

# Returns the blocks of a section in a language; '' is for shell commands.
sub blocks
{
	my ($page, $title, $language) = @_;
	my ($section) = $page{$page} =~ /^## \Q$title\E\n(.*?)(?=^## )/ms or die "$page has no section \"$title\"";

	return $section =~ /^```$language\n(.*?)^```$/msg;
}

# Runs psql as a user does, in a directory of its own. Returns its output and errors.
sub run_psql
{
	my ($sql) = @_;
	my ($output, $errors) = ('', '');

	IPC::Run::run([ 'sh', '-c', 'cd "$1" && exec psql -X -v VERBOSITY=verbose -d "$2"', 'sh', $directory,
			$server->connstr('postgres') ],
		'<', \$sql, '>', \$output, '2>', \$errors);
	return ($output, $errors);
}

my ($request) = blocks('README.md', 'A CA and a certificate in five statements', '');
is(system('sh', '-c', "cd '$directory' && $request 2>/dev/null"), 0, 'the request');
# A table of devices, as their owner would have it.
my $csr = slurp_file("$directory/www.csr");
open(my $devices, '>', "$directory/devices.csv") or die;
print $devices qq(device-$_,"$csr"\n) for 1 .. 3;
close $devices;

my @sections = (
	[ 'README.md', 'A CA and a certificate in five statements' ],
	[ 'README.md', 'A device fleet' ],
	[ 'README.md', 'Revoking' ],
	[ 'README.md', 'Sharing a CA' ],
	[ 'docs/REFERENCE.md', 'Templates' ],
	[ 'docs/REFERENCE.md', "The API's JSON" ]);
my $sql = '';
for (@sections)
{
	my ($page, $title) = @$_;
	my @blocks = blocks($page, $title, 'sql');

	# A CA in short-lived mode replaces the one that the block mentions.
	s/:'short'/:'ca'/ for @blocks;
	$sql .= join("\n", map { "\\echo section '" . $title =~ s,','',gr . "'\n$_" } @blocks) . "\n";
	# The tenant's role, and what the section leaves to the next one.
	$sql .= "RESET ROLE;\n";
}
my ($output, $errors) = run_psql($sql);
my @errors = grep { !/^(?:WARNING|HINT|DETAIL|LOCATION|NOTICE|CONTEXT|LINE)/ && /ERROR/ } split /\n/, $errors;

is(scalar @errors, 1, 'one statement fails') or diag $errors;
like($errors[0] // '', qr/PCACD.*role\/tenant" is not authorized to perform acm-pca:IssueCertificate/,
	'as it says');
like($output, qr/section \Q$_->[1]\E\n/, "section $_->[1]") for @sections;
like($output, qr/-----BEGIN CERTIFICATE-----/, 'a certificate');
like(slurp_file("$directory/www-and-chain.pem"),
	qr/\A(?:-----BEGIN CERTIFICATE-----\n[\w+\/=\n]+-----END CERTIFICATE-----\n){2}\z/,
	'a file of two PEM blocks');
is(system('openssl', 'verify', '-CAfile', "$directory/www-and-chain.pem", "$directory/www-and-chain.pem"), 0,
	'which openssl reads');
like($errors, qr/error 23 at 0 depth lookup: certificate revoked/, 'openssl verify sees the revocation')
  or diag $output;
like($output, qr/Cert Status: revoked/, 'openssl ocsp sees it');
like($output, qr/\{"CertificateArn": "arn:aws:/, 'JSON');

$server->stop;
done_testing();
