# A bulk statement looks up each row by an index, even if the planner knows the table
# only as it was before: empty.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $count = 2000;
my $server = start_server('bulk');
my $request = key_request(new_key('EC P-256'), '/CN=leaf');
my $arn = create_authority($server, 'ROOT', revocation_configuration =>
	  crl_configuration(CrlType => 'PARTITIONED'));
self_sign($server, $arn);

# Returns the tables of the extension of which a statement reads more than a few rows
# for each row that it processes.
sub looked_at_too_many
{
	my ($statement) = @_;

	$server->safe_psql('postgres', 'VACUUM ANALYZE');
	return $server->safe_psql('postgres', "BEGIN; $statement;"
		  . ' SELECT relname FROM pg_stat_xact_all_tables'
		  . " WHERE schemaname = 'pca'"
		  . " AND coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) > 10 * $count; COMMIT");
}

my $issue = issue_call($arn, $request, idempotency_token => 'TOKEN') =~ s/'TOKEN'/'token ' || n/r;
is(looked_at_too_many("SELECT FROM (SELECT $issue FROM generate_series(1, $count) AS n) AS i"), '',
	'issuing with tokens');
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.idempotency_token'), $count, 'one token each');
is(looked_at_too_many(
		"SELECT FROM (SELECT pca_revoke_certificate(certificate_authority_arn, serial, 'SUPERSEDED')"
		  . " FROM pca.certificates WHERE template_arn !~ 'Root') AS r"),
	'', 'revoking');
is($server->safe_psql('postgres', 'SELECT count(*) FROM pca.revocation'), $count, 'one revocation each');
is($server->safe_psql('postgres', "SELECT count(*), sum(certificates) >= $count FROM pca.crl_partition"),
	'1|t', 'in one partition');

$server->stop;
done_testing();
