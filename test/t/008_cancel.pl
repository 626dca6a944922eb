# The generation of a long RSA key can be cancelled, and leaves nothing.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use IPC::Run;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('cancel');
my $root_arn = create_authority($server, 'ROOT');
self_sign($server, $root_arn);

my $create = 'SELECT ' . call('pca_create_certificate_authority', certificate_authority_type => 'ROOT',
	certificate_authority_configuration => json({
		KeyAlgorithm => 'RSA_4096',
		SigningAlgorithm => 'SHA256WITHRSA',
		Subject => { CommonName => 'Long' } }));
my $rows = 'SELECT ' . join(" || ' ' || ",
	map { "(SELECT count(*) FROM pca.$_)" } qw(certificate_authority private_key idempotency_token tag));

# Calls a function for the backend while it makes a key, and again if the key was
# made first. Returns what the session printed, its errors, and the number of attempts.
sub interrupt
{
	my ($function, $next) = @_;

	for my $attempt (1 .. 50)
	{
		my ($output, $errors) = ('', '');
		my $input = "SELECT pg_backend_pid();\n$create;\n\\echo :SQLSTATE\n$next\n";
		my $timer = IPC::Run::timer($PostgreSQL::Test::Utils::timeout_default);
		my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $server->connstr('postgres'), '-f', '-' ],
			'<', \$input, '>', \$output, '2>', \$errors, $timer);

		$session->pump until $output =~ /^(\d+)\n/;
		my ($backend) = $output =~ /^(\d+)/;
		$server->poll_query_until('postgres',
			"SELECT count(*) = 0 OR bool_or(state = 'active' AND query LIKE '%pca_create%' OR query LIKE '%after%')"
			  . " FROM pg_stat_activity WHERE pid = $backend");
		$server->safe_psql('postgres', "SELECT $function($backend) WHERE EXISTS ("
			  . "SELECT FROM pg_stat_activity WHERE pid = $backend AND query LIKE '%pca_create%')");
		eval { $session->finish };
		return ($output, $errors, $attempt) if $output !~ /^\d+\narn:/;
		# The key was made first: that leaves another row and needs another attempt.
		$server->safe_psql('postgres', 'DELETE FROM pca.certificate_authority WHERE arn <> ' . literal($root_arn));
	}
	die 'a key was always there first';
}

my $before = $server->safe_psql('postgres', $rows);
my $request = key_request(new_key('EC P-256'), '/CN=leaf');
my ($output, $errors, $attempts) = interrupt('pg_cancel_backend',
	"SELECT 'after', " . issue_call($root_arn, $request) . ';');
note "attempts: $attempts";
like($output, qr/^\d+\n57014\n/, 'a cancelled generation ends in query_canceled');
like($errors, qr/canceling statement due to user request/, 'and says so');
like($output, qr/^after\|arn:/m, 'the session goes on, and issues');
is($server->safe_psql('postgres', $rows), $before, 'nothing is left of the authority');

($output, $errors) = interrupt('pg_terminate_backend', '');
like($errors, qr/terminating connection due to administrator command/, 'a terminated backend ends');
is($server->safe_psql('postgres', $rows), $before, 'nothing is left of the authority');

# A time limit ends it too, unless the key was made first.
my $state;
for (1 .. 50)
{
	($state) = try($server, "SET statement_timeout = 1; $create");
	last if $state ne 'ok';
	$server->safe_psql('postgres', 'DELETE FROM pca.certificate_authority WHERE arn <> ' . literal($root_arn));
}
is($state, '57014', 'statement_timeout ends it');
is($server->safe_psql('postgres', $rows), $before, 'nothing is left of the authority');

# A token that a cancelled call claimed is free again.
{
	my $token = $create =~ s/\)$/, idempotency_token => 'token')/r;
	my $without_key = $token =~ s/RSA_4096/RSA_2048/r;
	try($server, "SET statement_timeout = 1; $token");
	my $arn = $server->safe_psql('postgres', $without_key);
	is(authority_status($server, $arn), 'PENDING_CERTIFICATE',
		'the token of a cancelled call makes an authority');
	is($server->safe_psql('postgres', $without_key), $arn, 'and then means that one');
}
unlike(slurp_file($server->logfile), qr/terminated by signal|PANIC/, 'no process of the server died from it');

done_testing();
