# A proxy between boto3 and the gateway loses the first answer of each call: boto3
# sends the call again, and nothing is made twice.

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
	my ($server, $gateway) = start_clients('gateway_lost_answers');
	my %environment = client_environment($server, $gateway);
	# What the program makes: a call each.
	my %made = (
		certificate_authority => 2,
		certificate => 4,
		revocation => 1,
		permission => 1,
		audit_report => 1,
		tag => 1);

	run_python(\%environment, 'lost_answers.py');
	foreach my $table (sort keys %made)
	{
		is($server->safe_psql('postgres', "SELECT count(*) FROM pca.$table"),
			$made{$table}, "nothing is made twice: $table");
	}
	is(stop_gateway($gateway), 0, 'the gateway ends');
}

done_testing();
