# What clients of AWS need that a test runs against a gateway: a server with roles
# and access keys of two accounts, a gateway to it, and an environment without
# anything of the user who runs the test.

package Clients;

use strict;
use warnings;

use Exporter 'import';
use Gateway;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Server;
use Test::More ();

our @EXPORT
  = qw(start_clients access_key client_environment knows_endpoint run_client run_program run_python);

our $directory = PostgreSQL::Test::Utils::tempdir();

my $tenant = '490000000001';

# A server with a role of each of two accounts, and a gateway to it.
sub start_clients
{
	my ($name, %options) = @_;
	my $server = start_server($name, %options);

	$server->safe_psql('postgres', <<~SQL);
		CREATE ROLE gateway LOGIN;
		CREATE ROLE status LOGIN;
		CREATE ROLE administrator;
		CREATE ROLE tenant;
		SELECT pca_register_account('tenant'::regrole, '$tenant'::text);
		SELECT pca_grant_access('gateway'::regrole, 'gateway'::text);
		SELECT pca_grant_access('status'::regrole, 'status'::text);
		SELECT pca_grant_access(r::regrole, a)
			FROM unnest('{administrator,tenant}'::text[]) AS r,
				unnest('{administrator,issuer,revoker,auditor}'::text[]) AS a;
		SQL
	# A token stays good for as long as a test takes, on however slow a machine.
	$server->safe_psql('postgres', "ALTER ROLE gateway SET pca.$_ = '1d'")
	  for qw(create_idempotency_window issue_idempotency_window audit_report_interval);
	my $gateway = start_gateway(
		$server,
		arguments => [
			'--api-connection=user=gateway', '--status-connection=user=status',
			@{ $options{arguments} // [] }
		]
	);
	return ($server, $gateway);
}

# A new access key of a role: ID and secret.
sub access_key
{
	my ($server, $role) = @_;

	return split /\|/,
	  $server->safe_psql('postgres', "SELECT * FROM pca_create_access_key('$role'::regrole, 'test'::text)");
}

# The environment of a client, as variables and their values.
sub client_environment
{
	my ($server, $gateway) = @_;
	my ($id, $secret) = access_key($server, 'administrator');
	my ($tenant_id, $tenant_secret) = access_key($server, 'tenant');

	return (
		HOME => $directory,
		PATH => $ENV{PATH},
		LC_ALL => 'C.UTF-8',
		PYTHONDONTWRITEBYTECODE => 1,
		PCA_GATEWAY => "http://127.0.0.1:$gateway->{port}",
		PCA_TENANT_KEY_ID => $tenant_id,
		PCA_TENANT_SECRET => $tenant_secret,
		AWS_ACCESS_KEY_ID => $id,
		AWS_SECRET_ACCESS_KEY => $secret,
		AWS_DEFAULT_REGION => 'us-east-1',
		AWS_EC2_METADATA_DISABLED => 'true',
		AWS_PAGER => '');
}

# Runs a program with nothing but these variables: whether it succeeds, its output, its complaints.
sub run_client
{
	my ($environment, @command) = @_;
	my ($output, $errors) = ('', '');
	local %ENV = %$environment;
	my $is_good = IPC::Run::run(\@command, '<', \undef, '>', \$output, '2>', \$errors);

	return ($is_good, $output, $errors);
}

# Whether aws knows AWS_ENDPOINT_URL_ACM_PCA: since 1.29 and 2.13.
sub knows_endpoint
{
	my ($environment) = @_;
	my ($major, $minor) = (run_client($environment, 'aws', '--version'))[1] =~ m{aws-cli/(\d+)\.(\d+)};

	return $major > 2 || $minor >= ($major == 1 ? 29 : 13);
}

# Runs a program of test/clients, and takes over the facts that it reports.
sub run_program
{
	my ($environment, $interpreter, $program, @arguments) = @_;
	my ($is_good, $output, $errors) =
	  run_client($environment, $interpreter, __FILE__ =~ s{[^/]*$}{../clients/$program}r, @arguments);

	foreach my $line (split /\n/, $output)
	{
		Test::More::ok($1 eq 'ok', $2) if $line =~ /^(ok|not ok) (.*)/;
	}
	Test::More::ok($is_good && $output =~ /^end$/m, "$program comes to its end") or Test::More::diag($errors);
	return;
}

sub run_python
{
	my ($environment, @program) = @_;

	return run_program($environment, '/usr/bin/python3', @program);
}

1;
