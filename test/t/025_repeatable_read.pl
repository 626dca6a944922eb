# At REPEATABLE READ, sessions that use an authority at the same time do not make one
# another fail (40001): none waits for a row that another one changes.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('repeatable_read', conf => "default_transaction_isolation = 'repeatable read'\n");
my $request = key_request(new_key('EC P-256'), '/CN=leaf');
my $directory = PostgreSQL::Test::Utils::tempdir();
my $sessions = 4;
my $rounds = 250;

# Runs a statement in many sessions at once. Returns how many transactions failed.
sub pgbench
{
	my ($sql) = @_;
	my $file = "$directory/script.sql";

	open(my $script, '>', $file) or die;
	print $script $sql;
	close $script;
	my ($output, $errors) = run_command([ 'pgbench', '-n', '-c', $sessions, '-j', 2, '-t', $rounds, '-f', $file,
			'-d', $server->connstr('postgres') ]);
	my ($failed) = $output =~ /number of failed transactions: (\d+)/;
	return $failed // "none counted: $output $errors";
}

for my $type ('COMPLETE', 'PARTITIONED')
{
	my $arn = create_authority($server, 'ROOT',
		revocation_configuration => crl_configuration(CrlType => $type));
	self_sign($server, $arn);
	my $issued = 'SELECT count(*) FROM pca.certificate AS c'
	  . ' JOIN pca.certificate_authority AS a ON a.id = c.authority_id'
	  . " WHERE a.arn = '$arn' AND c.template !~ 'Root'";

	is(pgbench('SELECT ' . issue_call($arn, $request) . ';'), 0, "$type: no session made another fail");
	is($server->safe_psql('postgres', $issued), $sessions * $rounds, "$type: each has issued");
	next if $type eq 'COMPLETE';

	my $partitions = 'SELECT count(*), sum(certificates) FROM pca.crl_partition';
	my ($count, $places) = split /\|/, $server->safe_psql('postgres', $partitions);
	is($places, $sessions * $rounds, 'as many places as certificates');
	cmp_ok($count, '<=', 2 * $sessions, 'and not many more partitions than sessions');
	is($server->safe_psql('postgres', <<~'SQL'),
		SELECT count(*)
		FROM (
			SELECT crl_partition, count(*) FROM pca.certificate WHERE crl_partition IS NOT NULL GROUP BY 1
		) AS c (id, n) JOIN pca.crl_partition AS p USING (id)
		WHERE n <> p.certificates
		SQL
		0, 'each partition counts its own');
}

$server->stop;
done_testing();
