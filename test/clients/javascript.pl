# @aws-sdk/client-acm-pca, as it is, leads a whole life through the gateway.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../t";

use Clients;
use Gateway;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my ($server, $gateway) = start_clients('clients_javascript');
my %environment
  = (client_environment($server, $gateway), NODE_PATH => $ENV{PCA_NODE_PATH}, AWS_REGION => 'us-east-1');

run_program(\%environment, 'node', 'life.js', spool(key_request(new_key('EC P-256'), '/CN=www.example.com')));
# The program of docs/AWS_CLIENTS.md.
my ($program) = slurp_file("$FindBin::Bin/../../docs/AWS_CLIENTS.md") =~ /^```javascript\n(.*?)^```$/ms;
$environment{AWS_ENDPOINT_URL_ACM_PCA} = $environment{PCA_GATEWAY};
my ($is_good, $output, $errors) = run_client(\%environment, 'node', spool($program));
like($output, qr/^(arn:\S+ (ACTIVE|DISABLED)\n){2}$/, 'the program of AWS_CLIENTS') or diag($errors);
is(stop_gateway($gateway), 0, 'the gateway ends');

done_testing();
