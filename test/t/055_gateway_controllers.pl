# What Terraform's provider, cert-manager's issuer and SPIRE call is answered as they expect it.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Clients;
use Gateway;
use Judge;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

SKIP:
{
	skip_without('pca-gateway', 'python3-boto3', 'python3-cryptography');
	my ($server, $gateway) = start_clients('gateway_controllers');
	my %environment = client_environment($server, $gateway);

	run_python(\%environment, 'controllers.py');
	is(stop_gateway($gateway), 0, 'the gateway ends');
}

done_testing();
