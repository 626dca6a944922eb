# What docs/AWS_CLIENTS.md shows works as it stands there.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Clients;
use File::Spec;
use Gateway;
use Judge;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $page = slurp_file("$FindBin::Bin/../../docs/AWS_CLIENTS.md");

# The blocks of a section that are in a language.
sub blocks
{
	my ($title, $language) = @_;
	my ($section) = $page =~ /^## \Q$title\E\n(.*?)(?=^## |\z)/ms or die "there is no section \"$title\"";
	my @blocks = $section =~ /^```$language\n(.*?)^```$/msg or die "\"$title\" has no $language";

	return @blocks;
}

# Runs a program in a directory that has a request: its output.
sub run_block
{
	my ($environment, $directory, $program, @command) = @_;
	my ($is_good, $output, $errors) = run_client($environment, 'sh', '-c', 'cd "$1" && shift && exec "$@"',
		'sh', $directory, @command, File::Spec->rel2abs(spool($program)));

	ok($is_good, "$command[0] runs it to its end") or diag($errors);
	return $output;
}

SKIP:
{
	skip_without('pca-gateway', 'python3-boto3', 'aws');
	my ($server, $gateway) = start_clients('gateway_clients_page');
	my $directory = PostgreSQL::Test::Utils::tempdir();
	my ($key) = blocks('The access key', 'sql');
	my ($id, $secret) = (split /\n/, $server->safe_psql('postgres', $key))[-1] =~ /^(\w+)\|(\S+)$/;
	my %environment = (
		client_environment($server, $gateway),
		AWS_ENDPOINT_URL_ACM_PCA => "http://127.0.0.1:$gateway->{port}",
		AWS_ACCESS_KEY_ID => $id,
		AWS_SECRET_ACCESS_KEY => $secret);
	my ($commands, $function) = blocks('The AWS CLI', 'sh');

	append_to_file("$directory/www.csr", key_request(new_key('EC P-256'), '/CN=www.example.com'));
	run_block(\%environment, $directory,
		'set -e; ' . (knows_endpoint(\%environment) ? '' : $function) . $commands, 'sh');
	like(openssl('', 'x509', '-in', "$directory/www.pem", '-noout', '-subject'),
		qr/www\.example\.com/, 'the AWS CLI: a certificate');
	like(
		run_block(\%environment, $directory, blocks('Python: boto3', 'python'), '/usr/bin/python3'),
		qr/^2 certificates\n.*does not exist/,
		'boto3: a certificate with its chain, and an exception'
	);
	is(
		$server->safe_psql(
			'postgres', "SELECT count(*) FROM pca.certificates WHERE subject = 'CN=www.example.com'"
		),
		2,
		'two certificates'
	);
	$server->safe_psql('postgres', blocks('Errors and repeated calls', 'sql'));
	is(
		$server->safe_psql(
			'postgres', q{SELECT setconfig::text ~ 'issue_idempotency_window=10min' FROM pg_db_role_setting}
		),
		't',
		'a setting'
	);
	is(stop_gateway($gateway), 0, 'the gateway ends');
}

done_testing();
