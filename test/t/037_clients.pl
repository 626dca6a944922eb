# The programs of docs/CLIENTS.md work as written.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('clients', conf => "listen_addresses = '127.0.0.1'\n");
my $page = slurp_file("$FindBin::Bin/../../docs/CLIENTS.md");
my $directory = PostgreSQL::Test::Utils::tempdir();
my $csr = 'openssl req -new -noenc -newkey ec -pkeyopt ec_paramgen_curve:P-256'
  . ' -keyout www.key -subj /CN=www.example.com -out www.csr';

system_or_bail('sh', '-c', "cd '$directory' && $csr 2>/dev/null");
$ENV{PGHOST} = $server->host;
$ENV{PGPORT} = $server->port;
$ENV{PGDATABASE} = 'postgres';

# Runs the program of a section in a directory that has the request. Returns its output.
sub run_program
{
	my ($title, $file, @command) = @_;
	my ($program) = $page =~ /^## \Q$title\E\n.*?^```\w+\n(.*?)^```$/ms or die "there is no program \"$title\"";
	my ($output, $errors) = ('', '');

	append_to_file("$directory/$file", $program);
	IPC::Run::run([ 'sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', $directory, @command ],
		'>', \$output, '2>', \$errors)
	  or diag $errors;
	return $output;
}

# The CA for the other programs, in case psycopg 3 is not installed.
$server->safe_psql('postgres', <<'SQL');
SET client_min_messages = error;
CREATE TABLE ca AS SELECT pca_create_certificate_authority(
	'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA",
		"Subject": {"CommonName": "Root"}}', 'ROOT') AS arn;
CREATE TABLE own AS SELECT pca_issue_certificate(
	arn, pca_get_certificate_authority_csr(arn), 'SHA256WITHECDSA', '{"Type": "YEARS", "Value": 10}',
	'arn:aws:acm-pca:::template/RootCACertificate/V1') AS certificate_arn
FROM ca;
SELECT pca_import_certificate_authority_certificate(arn, certificate)
FROM ca, own, pca_get_certificate(arn, certificate_arn);
SQL

SKIP:
{
	skip 'python3-psycopg is not installed', 3 if system('/usr/bin/python3', '-c', 'import psycopg') != 0;
	my $output = run_program('Python: psycopg 3', 'three.py', '/usr/bin/python3', 'three.py');

	like($output, qr/^2 certificates$/m, 'psycopg 3: a certificate with its chain');
	like($output, qr/^PCRNF certificate does not exist \| Find the serial number/m, 'and an exception');
	is($server->safe_psql('postgres',
			"SELECT count(*) FROM pca.certificates WHERE subject = 'CN=www.example.com'"), '1',
		'it is in the inventory');
}
SKIP:
{
	skip 'python3-psycopg2 is not installed', 1 if system('/usr/bin/python3', '-c', 'import psycopg2') != 0;
	like(run_program('Python: psycopg 2', 'two.py', '/usr/bin/python3', 'two.py'), qr/^PCRIP /,
		'psycopg 2: a certificate before the commit');
}
SKIP:
{
	my $driver = '/usr/share/java/postgresql.jar';

	skip 'Java with libpostgresql-jdbc-java is not installed', 2
	  if !-e $driver || system('sh', '-c', 'command -v javac >/dev/null') != 0;
	my $user = $server->safe_psql('postgres', 'SELECT current_user');
	my $output = run_program('Java: JDBC', 'Issue.java', 'java', '-cp', $driver, 'Issue.java',
		sprintf('jdbc:postgresql://127.0.0.1:%d/postgres?user=%s', $server->port, $user));

	like($output, qr/^-----BEGIN CERTIFICATE-----$/m, 'JDBC: a certificate');
	like($output, qr/^PC(?:VAL|IAN) /m, 'and an exception');
}

$server->stop;
done_testing();
