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
	'OPERATIONS: The gateway 1' => 'make test builds it; an installation is the system\'s',
	'OPERATIONS: Starting it 2' => 'the system\'s; the files that it copies are tried below',
	'OPERATIONS: Starting it 3' => 'a change of these files',
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
# OPERATIONS: the worker, CRLs
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

#
# OPERATIONS: the gateway
#

my $port = PostgreSQL::Test::Cluster::get_free_port();
my $binary = "$ENV{PCA_TEST_BIN}/pca-gateway";
my $begin_gateway = block('OPERATIONS: Starting it 1',
	'127.0.0.1:8080' => "127.0.0.1:$port",
	'pca-gateway --' => "exec $binary --");
my $nginx_conf = block('OPERATIONS: Behind nginx 1', '127.0.0.1:8080' => "127.0.0.1:$port");
my $fetch = block('OPERATIONS: Behind nginx 2', ID => $ca =~ s/.*\///r);
my $watch = block('OPERATIONS: Monitoring 1', '127.0.0.1:8080' => "127.0.0.1:$port");
my $rotate = block('OPERATIONS: Access keys 2');

# Clients must not be led elsewhere.
delete @ENV{ grep { /^AWS_/ || /_proxy$/i } keys %ENV };

sub start_command
{
	my ($command) = @_;

	return IPC::Run::start([ 'sh', '-c', "cd '$directory' && $command" ],
		'<', \'', '>', "$directory/started.log", '2>&1');
}

# Waits until something answers by HTTP.
sub answers
{
	my ($url) = @_;

	for (1 .. 300)
	{
		return 1 if system('sh', '-c', "curl -s -k $url >/dev/null") == 0;
		sleep 1;
	}
	return 0;
}

# What a URL answers: its status and what comes with it.
sub fetch
{
	my ($is_good, $output) = run_here('', 'curl', '-s', '-i', @_);
	my ($status) = $output =~ m{^HTTP/1\.1 (\d+)};

	return ($status, $output);
}

sql_works('OPERATIONS: Its roles, and what they can do 1', undef);
my $hba = slurp_file("$data/pg_hba.conf");
open my $file, '>', "$data/pg_hba.conf" or die;
print $file block('OPERATIONS: Its roles, and what they can do 2'), $hba;
close $file;
append_to_file("$data/pg_ident.conf",
	block('OPERATIONS: Its roles, and what they can do 3', 'pca-gateway' => $me));
$server->reload;
is( $server->safe_psql(
		'postgres',
		q{SELECT (SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL),
			(SELECT array_agg(DISTINCT options::text) FROM pg_hba_file_rules WHERE user_name @> '{gateway}'),
			(SELECT count(*) FROM pg_ident_file_mappings WHERE map_name = 'pca' AND error IS NULL)}),
	'0|{"{map=pca}"}|3', 'PostgreSQL understands who the gateway is');

my ($is_created, $created) = run_sql(block('OPERATIONS: Access keys 1'));
my ($key, $secret) = $created =~ /^(AKIA\w{16})\|(.{40})$/m;
ok($is_created && $secret, 'OPERATIONS: Access keys 1');

SKIP:
{
	skip_without('pca-gateway', 'curl');
	my %documented = slurp_file("$FindBin::Bin/../../docs/OPERATIONS.md")
	  =~ /^\| `(\w+)`(?:, `\w+`)? \| ([\w.:\/]*) *\| /mg;
	my %settings = map { /^  --(\w+) .*\("?(.*?)"?\)$/ ? ($1 => $2) : () } split /\n/,
	  (run_here('', $binary, '--help'))[1];
	delete $settings{api_connection};    # is in the row of status_connection
	is_deeply({ map { $_ => $documented{$_} } keys %settings },
		\%settings, 'every setting is there, with its default');

	is_done(<<"SQL", 'CNAMEs, and the certificates');
SELECT pca_update_certificate_authority(:'ca', '{
	"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "ocsp.example.com"},
	"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "crls",
		"CustomCname": "crl.example.com"}}');
SELECT pca_run_maintenance();
SELECT certificate FROM pca_get_certificate_authority_certificate(:'ca') \\g ca.pem
SELECT certificate FROM pca_get_certificate(:'ca', :'ca' || '/certificate/$serial') \\g www.pem
SQL
	my $gateway = start_command($begin_gateway);
	ok(answers("http://127.0.0.1:$port/healthz"), 'OPERATIONS: Starting it 1');

	my ($http, $tls) = map { PostgreSQL::Test::Cluster::get_free_port() } 1 .. 2;
	local $ENV{PATH} = "$ENV{PATH}:/usr/sbin:/sbin";
	my $nginx;
  SKIP:
	{
		skip_without('nginx');
		my %replaced = ('listen 443' => "listen 127.0.0.1:$tls", 'listen 80' => "listen 127.0.0.1:$http",
			'/var/cache/nginx' => $directory, '/etc/nginx' => $directory);
		for my $from (keys %replaced)
		{
			$nginx_conf =~ s/\Q$from\E/$replaced{$from}/g or die "nginx: no \"$from\"";
		}
		my $paths = join ' ', map { "${_}_temp_path $directory/$_;" } qw(client_body proxy fastcgi uwsgi scgi);
		append_to_file("$directory/nginx.conf",
			"daemon off; pid $directory/nginx.pid; error_log $directory/nginx.log; events {} "
			  . "http { access_log off; $paths\n$nginx_conf}\n"
		);
		system_or_bail('sh', '-c',
				"cd '$directory' && openssl req -x509 -noenc -newkey ec -pkeyopt ec_paramgen_curve:P-256"
			  . " -days 1 -subj /CN=acm-pca.example.com -addext subjectAltName=IP:127.0.0.1"
			  . " -keyout acm-pca.key -out acm-pca.pem 2>/dev/null"
		);
		$nginx = start_command("exec nginx -e '$directory/nginx.log' -c '$directory/nginx.conf'");
		ok(answers("https://127.0.0.1:$tls/"), 'OPERATIONS: Behind nginx 1');

		my @crl = ('-H', 'Host: crl.example.com', "http://127.0.0.1:$http/crl/" . $ca =~ s/.*\///r . '.crl');
		fetch(@crl);
		like((fetch(@crl))[1], qr/^X-Cache-Status: HIT\r$/m, 'nginx keeps a CRL');
		is((fetch("http://127.0.0.1:$http/metrics"))[0], 404, 'and shows no metrics');
		is(
			(
				fetch(
					'-X', 'POST', '-H', 'X-Amz-Target: ACMPrivateCA.ListCertificateAuthorities',
					"http://127.0.0.1:$http/"
				)
			)[0],
			404,
			'the API is at TLS only'
		);
	}
	# Names of example.com lead nowhere.
	my $server_port = $nginx ? $http : $port;
	$fetch =~ s{http://(crl\.example\.com)}{-H 'Host: $1' http://127.0.0.1:$server_port} or die;
	$fetch =~ s{http://(ocsp\.example\.com)/}{http://127.0.0.1:$server_port/ -header Host=$1} or die;
	my ($is_good, $output) = run_shell($fetch);
	like($output, qr/Revoked Certificates:.*\Q\U$serial\E/s, 'OPERATIONS: Behind nginx 2: the CRL');
	like($output, qr/^www\.pem: revoked$/m,                  'and the OCSP response');
	like(
		(run_shell($watch))[1],
		qr/^pca_gateway_connections \d.*\{"ready":true,.*"sealed":false/ms,
		'OPERATIONS: Monitoring 1'
	);

	# aws-cli before 2.13 reads no variable for the endpoint.
	local @ENV{qw(AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_DEFAULT_REGION AWS_CA_BUNDLE HOME)} =
	  ($key, $secret, 'us-east-1', $nginx ? "$directory/acm-pca.pem" : '', $directory);
	delete $ENV{AWS_CA_BUNDLE} if !$nginx;
	my $endpoint = $nginx ? "https://127.0.0.1:$tls" : "http://127.0.0.1:$port";
	my @list = ('aws', 'acm-pca', 'list-certificate-authorities', '--endpoint-url', $endpoint);
  SKIP:
	{
		skip_without('aws');
		like((run_here('', @list))[1], qr/\Q$ca\E/, 'aws-cli calls the API');
		# What a restored database lets access keys do.
		is_done('SELECT pca_suspend()', 'a dormant database');
		like((run_here('', @list))[1], qr/\Q$ca\E/, 'lets access keys read');
		my $said = '';
		IPC::Run::run(
			[
				qw(aws acm-pca issue-certificate --signing-algorithm SHA256WITHECDSA --validity), 'Value=1,Type=DAYS',
				'--csr',
				"fileb://$directory/www.csr",
				'--certificate-authority-arn',
				$ca,
				'--endpoint-url',
				$endpoint
			],
			'<',
			\'',
			'>&',
			\$said
		);
		like($said, qr/RequestFailedException.*dormant/, 'and issue nothing');
		is_done('SELECT pca_resume()', 'active again');
	}
	$rotate =~ s/:'access_key_id'/'$key'/g;
	like((run_sql($rotate))[1], qr/^\Q$key\E\|build_server\|/m, 'OPERATIONS: Access keys 2');
  SKIP:
	{
		skip_without('aws');
		my $said = '';
		IPC::Run::run([@list], '<', \'', '>&', \$said);
		like($said, qr/UnrecognizedClientException/, 'a deleted access key is refused');
	}
	$_->signal('TERM'), $_->finish for grep { $_ } $nginx, $gateway;

	# The units: what they start, with a socket that is passed.
  SKIP:
	{
		skip_without('systemd-socket-activate', 'systemd-analyze');
		my $units = "$FindBin::Bin/../../gateway/systemd";
		my ($command) = slurp_file("$units/pca-gateway\@.service") =~ /^ExecStart=(.*)$/m;
		append_to_file("$directory/pca-gateway.conf",
			slurp_file("$units/pca-gateway.conf") =~ s{/run/postgresql}{$ENV{PGHOST}}gr);
		$command =~ s{^\S+}{$binary} && $command =~ s{/etc/}{$directory/} or die;
		my $activated = start_command("exec systemd-socket-activate -E PGPORT -l 127.0.0.1:$port $command");
		ok(answers("http://127.0.0.1:$port/readyz"), 'a socket that is passed, as by pca-gateway@.socket');
		$activated->signal('TERM');
		$activated->finish;
		my (undef, $analyzed)
		  = run_here('', 'systemd-analyze', 'security', '--offline=true', "$units/pca-gateway\@.service");
		like($analyzed, qr/exposure level for .*: 0\.\d SAFE/, 'what systemd thinks of the service');
	}
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
sql_works('OPERATIONS: Monitoring 2', qr/^$/);
sql_works('OPERATIONS: Monitoring 3', qr/^arn:aws:acm-pca:.*\/certificate\/\w{32}$/m);
sql_works('OPERATIONS: Monitoring 4', qr/^\\x\w{16}\|1$/);
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
