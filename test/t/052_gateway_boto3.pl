# boto3, as it is, leads a whole life through the gateway, and raises every exception
# of the API's model that the service has.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Clients;
use Gateway;
use Judge;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

# Another session locks an authority for as long as the call takes.
sub test_locked
{
	my ($server, $environment, $arn) = @_;
	my $session = $server->background_psql('postgres');

	$session->query_safe('BEGIN');
	$session->query_safe("SELECT pca_update_certificate_authority('$arn', status => 'DISABLED')");
	run_python($environment, 'exceptions.py', 'locked', $arn);
	$session->query_safe('ROLLBACK');
	$session->quit;
	is(authority_status($server, $arn), 'ACTIVE', 'nothing was changed');
}

# The authorities are dormant, as after a restore.
sub test_dormant
{
	my ($server, $environment, $arn) = @_;

	$server->safe_psql('postgres', 'SELECT pca_suspend()');
	run_python($environment, 'exceptions.py', 'dormant', $arn);
	$server->safe_psql('postgres', 'SELECT pca_resume()');
}

SKIP:
{
	skip_without('pca-gateway', 'python3-boto3', 'python3-cryptography');
	my ($server, $gateway) = start_clients('gateway_boto3', arguments => ['--lock-timeout=1']);
	my %environment = client_environment($server, $gateway);
	my $arn = create_authority($server, 'ROOT');

	self_sign($server, $arn);
	run_python(\%environment, 'life.py');
	run_python(\%environment, 'exceptions.py');
	test_locked($server, \%environment, $arn);
	test_dormant($server, \%environment, $arn);
	is(stop_gateway($gateway), 0, 'the gateway ends');
}

done_testing();
