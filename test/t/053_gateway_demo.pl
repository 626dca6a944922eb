# What make demo tells works, and what it prints for another shell: its steps on a
# server of this test, then the lines as they stand there. The README says what the
# demo does.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Judge;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $root = "$FindBin::Bin/../..";
my $directory = PostgreSQL::Test::Utils::tempdir();
my $server = start_server('gateway_demo');

$ENV{PGHOST} = $server->host;
$ENV{PGPORT} = $server->port;
# Nothing of the user's own leads a client elsewhere.
delete @ENV{ grep { /^AWS_/ || /_proxy$/i } keys %ENV };
$ENV{HOME} = $directory;

# What a command prints, errors among it, and whether it succeeds.
sub run_command
{
	my (@command) = @_;
	my $is_good = IPC::Run::run(\@command, '<', \'', '>&', \my $output);

	diag $output if !$is_good;
	return ($is_good, $output);
}

sub stop_gateway
{
	my $pid = -e "$directory/gateway.pid" ? slurp_file("$directory/gateway.pid") : return;

	kill 'TERM', $pid;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if !kill 0, $pid;
		select undef, undef, undef, 0.1;
	}
}

SKIP:
{
	skip_without('pca-gateway', 'curl');
	system_or_bail('cp', '-R', "$root/demo", $directory);

	my ($is_told, $story) = run_command("$directory/demo/story.sh", "$ENV{PCA_TEST_BIN}/pca-gateway",
		PostgreSQL::Test::Cluster::get_free_port());
	ok($is_told, 'the demo comes to its end');
	my ($url) = $story =~ m{^    pca-gateway at (http://127\.0\.0\.1:\d+)$}m or BAIL_OUT($story);

	my ($promise) = slurp_file("$root/README.md") =~ /^make demo +# (.*)$/m;
	my ($devices) = $promise                      =~ /(\d+) device certificates/;
	like(
		$story,
		qr/^    $devices of $devices: root > subordinate > device/m,
		'as many devices as the README says'
	);
	is(scalar(() = $story =~ /\| REVOKED \|/g), $promise =~ /\bone revoked\b/ ? 1 : -1, 'one is revoked');
	like(
		$story,
		qr{^9 .*^    \Q$url\E/ocsp\n.*device-01\.pem: good.*device-07\.pem: revoked}ms,
		'OCSP comes from the gateway'
	);
	like(
		$story,
		qr{^10 .*^    \Q$url\E/demo-crls/crl/.*device-01\.pem: OK.*device-07\.pem: certificate revoked}ms,
		'and so does the CRL'
	);

	my ($is_printed, $said) = run_command("$directory/demo/clients.sh");
	ok($is_printed, 'the last lines are printed');
	my @lines = map { s/^    //r } grep { /^    / } split /\n/, $said;
	my @exports = grep { /^export/ } @lines;
	is(scalar @exports, 4, 'what clients read from the environment');
	is($lines[0], "export AWS_ENDPOINT_URL_ACM_PCA=$url", 'the endpoint is the gateway');

	# A line in another shell, with what the variables say.
	my $in_shell = sub {
		my ($begin, @replaced) = @_;
		my ($line) = grep { /^\Q$begin\E/ } @lines or die "no line begins with \"$begin\"";

		$line =~ s/\Q$replaced[0]\E/$replaced[1]/ or die "\"$line\" has no \"$replaced[0]\"" if @replaced;
		return run_command('sh', '-c', join("\n", @exports, "set -e; cd /; $line"));
	};
	like(($in_shell->("curl -s $url/ocsp/"))[1], qr/Cert Status: revoked/, 'OCSP by GET');
	like(($in_shell->("curl -s $url/demo-crls/"))[1], qr/Revoked Certificates:\n *Serial Number: /,
		'the CRL');
	my (undef, $metrics) = $in_shell->("curl -s $url/metrics");
	like($metrics, qr/^pca_gateway_requests_total\{kind="ocsp",code="200"\} [1-9]/m, 'metrics of the gateway');
	like($metrics, qr/^pca_key_encryption_key_usable 1$/m, 'and of the database');
	SKIP:
	{
		skip_without('aws');
		like(($in_shell->('aws '))[1], qr/"CommonName": "Example Device CA"/, 'aws-cli');
	}
  SKIP:
	{
		skip_without('python3-boto3');
		like(($in_shell->('python3 ', python3 => '/usr/bin/python3'))[1],
			qr/'CommonName': 'Example Device CA'/, 'boto3');
	}
	my ($secret) = map { /^export AWS_SECRET_ACCESS_KEY=(.{40})$/ } @exports;
	ok($secret && slurp_file("$directory/gateway.log") !~ /\Q$secret\E/, 'the secret is not in the log');
	stop_gateway();
}

$server->stop;
done_testing();
