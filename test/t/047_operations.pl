# The commands of docs/OPERATIONS.md and docs/SECURITY.md work as written, except for
# names that depend on the machine. Each block of code is run here, or is in the list of
# those that are not, with the reason.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Judge;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my %not_run = (
	'OPERATIONS: Install 1' => 'make test builds and installs; an installation is the system\'s',
	'OPERATIONS: Serving CRLs and OCSP 4' => 'nginx: make relying-parties has one',
	'OPERATIONS: pg_upgrade 1' => '030_pg_upgrade, where an older version is installed');

#
# The blocks: by page, the nearest heading, and their number below it
#

my %block;

foreach my $page ('OPERATIONS', 'SECURITY')
{
	my ($heading, %count) = ('');
	my $text = slurp_file("$FindBin::Bin/../../docs/$page.md");

	while ($text =~ /^(?:#+ ([^\n]*)|```\w*\n(.*?)^```)$/msg)
	{
		$heading = $1 if defined $1;
		$block{"$page: $heading " . ++$count{$heading}} = $2 if defined $2;
	}
}

# Returns a block, which is marked as used, with placeholders replaced.
sub block
{
	my ($name, @replaced) = @_;
	my $text = delete $block{$name} // die "there is no block \"$name\"";

	while (my ($from, $to) = splice(@replaced, 0, 2))
	{
		$text =~ s/\Q$from\E/$to/g or die "\"$name\" has no \"$from\"";
	}
	return $text;
}

#
# A server, and how its commands are run
#

my $server = start_server('operations', conf => "max_worker_processes = 16\npca.crl_refresh_delay = '1s'\n");
my $directory = PostgreSQL::Test::Utils::tempdir();
my $data = $server->data_dir;
my $me = getpwuid($>);
my $python = '/usr/bin/python3';
my $database = 'pki';

$ENV{PGHOST} = $server->host;
$ENV{PGPORT} = $server->port;

# Runs a command in a directory of its own. Returns whether its status is 0; in list
# context also what it printed.
sub run_here
{
	my ($input, @command) = @_;
	my $output = '';
	my $is_good = IPC::Run::run([ 'sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', $directory, @command ],
		'<', \$input, '>', \$output, '2>', \my $errors);

	diag "$output$errors" if !$is_good;
	return wantarray ? ($is_good, $output) : $is_good;
}

sub run_shell { return run_here('', 'sh', '-c', "set -e\n$_[0]") }

my $ca;

# Runs SQL with psql, with the ARN of the CA in a variable.
sub run_sql
{
	my ($sql) = @_;

	my @options = ('-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', $ca ? ('-v', "ca=$ca") : ());

	return run_here($sql, 'psql', @options, '-d', $database);
}

sub sql_works
{
	my ($name, $pattern, @replaced) = @_;
	my ($is_good, $output) = run_sql(block($name, @replaced));

	ok($is_good, $name);
	like($output, $pattern, "$name: what it says") if defined $pattern;
}

sub is_done { my ($sql, $name) = @_; ok((run_sql($sql))[0], $name) }

sub wait_for { $server->poll_query_until('postgres', "SELECT $_[0]") or die "not yet: $_[0]" }

# Makes a CA that has signed itself, in the database that commands use. Returns its ARN.
sub self_signed_ca
{
	my ($is_good, $output) = run_sql(<<'SQL');
SELECT pca_create_certificate_authority('{"KeyAlgorithm": "EC_prime256v1",
	"SigningAlgorithm": "SHA256WITHECDSA", "Subject": {"CommonName": "Root"}}', 'ROOT') AS ca \gset
SELECT pca_issue_certificate(:'ca', pca_get_certificate_authority_csr(:'ca'), 'SHA256WITHECDSA',
	'{"Type": "YEARS", "Value": 10}', 'arn:aws:acm-pca:::template/RootCACertificate/V1') AS own \gset
SELECT pca_import_certificate_authority_certificate(:'ca', certificate)
FROM pca_get_certificate(:'ca', :'own');
\echo :ca
SQL

	return (split /\n/, $output)[-1];
}

# Returns the serial number of a new certificate of the CA; nothing if there is none.
sub new_certificate
{
	my ($is_good, $output) = run_sql(<<'SQL');
\set csr `cat www.csr`
SELECT right(pca_issue_certificate(:'ca', :'csr', 'SHA256WITHECDSA',
	'{"Type": "DAYS", "Value": 30}'), 32);
SQL

	return $is_good && $output =~ /^(\w{32})$/ ? $1 : '';
}

system_or_bail('sh', '-c', "cd '$directory' && openssl req -new -noenc -newkey ec"
	  . ' -pkeyopt ec_paramgen_curve:P-256 -keyout www.key -subj /CN=www.example.com -out www.csr 2>/dev/null');
my $csr = slurp_file("$directory/www.csr");

#
# OPERATIONS: installing, the key-encryption key
#

$server->safe_psql('postgres', "CREATE DATABASE $database");
sql_works('OPERATIONS: Install 2', undef);

# The first CA of the cluster makes the key in the data directory.
($database, $ca) = ('postgres', undef);
my $other_ca = $ca = self_signed_ca();
mkdir "$directory/etc" or die;
my $place = block('OPERATIONS: The key-encryption key 1',
	'-o postgres -g postgres' => "-o $me",
	'chown postgres:' => "chown $me:",
	'/etc/pca' => "$directory/etc/pca",
	DATADIR => $data);
ok(run_shell($place), 'OPERATIONS: The key-encryption key 1');
sql_works('OPERATIONS: The key-encryption key 2', undef, '/etc/pca' => "$directory/etc/pca");
unlink "$data/pca_kek" or die;
wait_for("current_setting('pca.key_encryption_key_file') LIKE '%/etc/pca/kek'");
ok(new_certificate(), 'it is used from its new place');

$server->append_conf('postgresql.conf', block('OPERATIONS: The key-encryption key 3',
		'COMMAND THAT PRINTS 64 HEXADECIMAL DIGITS' => "cat $directory/etc/pca/by-command"));
rename "$directory/etc/pca/kek", "$directory/etc/pca/by-command" or die;
$server->reload;
wait_for("current_setting('pca.key_encryption_key_command') LIKE 'cat %'");
ok(new_certificate(), 'and by a command');

#
# OPERATIONS: the worker, CRLs, serving them
#

($database, $ca) = ('pki', undef);
sql_works('OPERATIONS: The background worker 1', undef, DATABASE => $database);
$server->restart;
wait_for("count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pca launcher'");

$ca = self_signed_ca();
is_done(<<'SQL', 'a CA with CRLs and OCSP');
SELECT pca_update_certificate_authority(:'ca', '{"OcspConfiguration": {"Enabled": true},
	"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "crls"}}')
SQL
my $serial = new_certificate();
is_done(qq{SELECT pca_revoke_certificate(:'ca', '$serial', 'KEY_COMPROMISE')}, 'that has revoked');

sql_works('OPERATIONS: The background worker 2', qr/^\d+\|pca launcher$/m);
my $crontab = block('OPERATIONS: The background worker 3', DATABASE => $database);
ok($crontab =~ s{^\*/5 \* \* \* \* +}{} && run_shell($crontab), 'OPERATIONS: The background worker 3');
sql_works('OPERATIONS: CRLs 1', qr/^$/);

sql_works('OPERATIONS: Serving CRLs and OCSP 1', undef);
my $port = PostgreSQL::Test::Cluster::get_free_port();
my $url = "http://127.0.0.1:$port";
append_to_file("$directory/status_server.py", block('OPERATIONS: Serving CRLs and OCSP 2', 8080 => $port));
my $status = block('OPERATIONS: Serving CRLs and OCSP 3',
	'=DATABASE' => "=$database",
	python3 => "exec $python");
my $fetch = block('OPERATIONS: Serving CRLs and OCSP 5',
	'http://crl.example.com' => "$url/crls",
	'http://ocsp.example.com/' => "$url/ocsp",
	ID => $ca =~ s/.*\///r);
SKIP:
{
	skip_without('python3', 'curl');
	my @command = ('sh', '-c', "cd '$directory' && $status");
	my $running = IPC::Run::start(\@command, '<', \'', '>', \my $out, '2>', \my $err);
	my $answers = 0;

	for (1 .. 300)
	{
		last if $answers = system('sh', '-c', "curl -s $url/ >/dev/null") == 0;
		sleep 1;
	}
	ok($answers, 'OPERATIONS: Serving CRLs and OCSP 3');
	is_done(<<"SQL", 'the certificates');
SELECT certificate FROM pca_get_certificate_authority_certificate(:'ca') \\g ca.pem
SELECT certificate FROM pca_get_certificate(:'ca', :'ca' || '/certificate/$serial') \\g www.pem
SQL
	my ($is_good, $output) = run_shell($fetch);
	like($output, qr/Revoked Certificates:.*\Q\U$serial\E/s, 'OPERATIONS: Serving CRLs and OCSP 5: the CRL');
	like($output, qr/^www\.pem: revoked$/m, 'and the OCSP response');
	$running->kill_kill;
}

#
# OPERATIONS: restores, copies, deletion, maintenance, monitoring, audit, growth
#

is_done(q{SELECT encode(pca_get_crl(:'ca'), 'base64') \g | base64 -d > last.crl}, 'the last CRL');
is_done('SELECT pca_suspend()', 'a dormant database');
sql_works('OPERATIONS: After a restore 1', qr/^certificate authorities\|1$/m);
sql_works('OPERATIONS: A copy by logical replication 1', undef);
is_done('SELECT pca_suspend()', 'dormant again');
sql_works('OPERATIONS: After a restore to an earlier time 1', qr/^0$/m);
$server->safe_psql('postgres', 'CREATE ROLE cron');
sql_works('OPERATIONS: Maintenance 1', undef);
sql_works('OPERATIONS: Monitoring 1', qr/^$/);
sql_works('OPERATIONS: Monitoring 2', qr/^arn:aws:acm-pca:.*\/certificate\/\w{32}$/m);
sql_works('OPERATIONS: Monitoring 3', qr/^\\x\w{16}\|1$/);
sql_works('OPERATIONS: Metrics 1', undef);
my ($metrics) = (run_sql('SET ROLE monitor; SELECT DISTINCT name FROM pca_metrics()'))[1];
my %metric = map { $_ => 1 } split /\n/, $metrics;
my @rules = slurp_file("$FindBin::Bin/../../docs/alerts.yml") =~ /^\s*expr: (.*)$/mg;
cmp_ok(scalar @rules, '>', 5, 'alert rules');
my @unknown = grep { !$metric{$_} && !/^pca_gateway_/ } map { /\b(pca_\w+)/g } @rules;
is_deeply(\@unknown, [], 'each is about a metric that exists');
sql_works('OPERATIONS: Audit 1',
	qr/awsAccountId,requestedByServicePrincipal,certificateArn.*\|IssueCertificate\|/s);
sql_works('OPERATIONS: Growth 1', qr/^DELETE 0$/m);
sql_works('OPERATIONS: Growth 2', qr/^DELETE 0$/m);
sql_works('OPERATIONS: Deleting and restoring a CA 1', qr/^\d{4}-\d\d-\d\d /m);
my (undef, $state) = run_sql(q{SELECT status FROM pca_describe_certificate_authority(:'ca')});
is($state, "DISABLED\n", 'and it is back');

#
# SECURITY, in a database in which the functions are in public
#

($database, $ca) = ('postgres', $other_ca);
append_to_file("$directory/unwrap.py", block('SECURITY: Unwrapping it independently 1'));
my $unwrap = block('SECURITY: Unwrapping it independently 2',
	FILE => "$directory/etc/pca/by-command",
	python3 => $python);
SKIP:
{
	skip_without('python3-cryptography');
	my (undef, $said) = run_shell("export PGDATABASE=postgres\n$unwrap");
	is($said, "unwrapped; the public half is the CA's\n", 'SECURITY: Unwrapping it independently');
}
$server->safe_psql('postgres', 'CREATE ROLE registrar; CREATE ROLE web_app');
sql_works('SECURITY: Privileges 1', undef);
sql_works('SECURITY: Who calls 1', undef);
my $call = sprintf 'issue_web(%s, %s)', literal($ca), literal($csr);
my (undef, $issued) = try($server, "SET ROLE web_app; SELECT $call");
like($issued, qr/\/certificate\/\w{32}$/, 'its caller issues');
my $state_of_call = try($server, 'SET ROLE web_app; SELECT ' . issue_call($ca, $csr));
is($state_of_call, '42501', 'by that function alone');
sql_works('SECURITY: Policies 1', undef);
sql_works('SECURITY: Permissions and service principals 1', undef);

delete @block{ keys %not_run };
is_deeply([ sort keys %block ], [], 'every block is run, or is among those that are not');

$server->stop;
done_testing();
