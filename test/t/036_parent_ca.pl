# What docs/PARENT.md shows works as written: a root that openssl keeps signs a CA of
# pca, and openssl verifies what that CA issues.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('parent');
my $page = slurp_file("$FindBin::Bin/../../docs/PARENT.md");
my $directory = PostgreSQL::Test::Utils::tempdir();
my ($section) = $page =~ /^## With openssl\n(.*?)(?=^## )/ms or die 'there is no section "With openssl"';

is(system('sh', '-c', "cd '$directory' && openssl req -new -noenc -newkey ec -pkeyopt ec_paramgen_curve:P-256"
			. " -keyout www.key -subj /CN=www.example.com -out www.csr 2>/dev/null"), 0, 'a request');

# One psql for the whole page, as a user would have it: shell commands go through \!.
my $sql = '';
while ($section =~ /^```(sh|sql)\n(.*?)^```$/msg)
{
	my ($language, $text) = ($1, $2);

	if ($language eq 'sh')
	{
		my $file = "$directory/step-" . pos($section) . '.sh';

		append_to_file($file, "set -e\n$text");
		$text = "\\! sh $file\n";
	}
	$sql .= $text;
}
my ($output, $errors) = ('', '');
IPC::Run::run([ 'sh', '-c', 'cd "$1" && exec psql -X -v ON_ERROR_STOP=1 -d "$2"', 'sh', $directory,
		$server->connstr('postgres') ],
	'<', \$sql, '>', \$output, '2>', \$errors);
like($output, qr/^www\.pem: OK$/m, 'openssl verifies what the CA issued') or diag "$output$errors";
is($server->safe_psql('postgres', 'SELECT type, status FROM pca.certificate_authorities'),
	'SUBORDINATE|ACTIVE', 'the CA');

# The same request, signed again, renews the CA.
is(system('sh', '-c', "cd '$directory' && cp issuing.pem before.pem"
		  . ' && sh $(ls step-*.sh | sort -t- -k2 -n | tail -1) >/dev/null 2>&1'
		  . ' && ! cmp -s issuing.pem before.pem'),
	0, 'the root signs again');
$server->safe_psql('postgres',
	sprintf('SELECT pca_import_certificate_authority_certificate(arn, %s, %s) FROM pca.certificate_authorities',
		map { '$pem$' . slurp_file("$directory/$_.pem") . '$pem$' } 'issuing', 'root'));
is($server->safe_psql('postgres', 'SELECT g.certificate FROM pca.certificate_authorities AS a,'
		  . ' pca_get_certificate_authority_certificate(a.arn) AS g') . "\n",
	slurp_file("$directory/issuing.pem"), 'the renewal');

$server->stop;
done_testing();
