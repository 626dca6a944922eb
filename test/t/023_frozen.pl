# A frozen row keeps its xmin, which four billion transactions later is the number of
# another transaction. That transaction must not take the row for its own.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

# Only the test's sessions take transaction numbers.
my $server = start_server('frozen', conf => "autovacuum = off\n");
my $request = key_request(new_key('EC P-256'), '/CN=leaf');
my $arn = create_authority($server, 'ROOT',
	revocation_configuration => crl_configuration());
my $root = self_sign($server, $arn);
my @leaves = map { issue($server, $arn, $request) } 0 .. 2;
my @certificates = map { scalar get_certificate($server, $arn, $_) } @leaves;

$server->safe_psql('postgres', 'SELECT ' . revoke_call($leaves[1]));
maintain($server);
my ($report, $key) = split /\|/,
	$server->safe_psql('postgres', 'SELECT * FROM ' . call('pca_create_certificate_authority_audit_report',
		certificate_authority_arn => $arn, s3_bucket_name => 'bucket', audit_report_response_format => 'JSON'));

# The tables whose rows are compared with the current transaction.
my @numbers = sort { $a <=> $b }
  map { split /\n/, $server->safe_psql('postgres', "SELECT DISTINCT xmin::text FROM pca.$_") }
  qw(certificate revocation certificate_authority_certificate ocsp_issuer object audit_report);
cmp_ok(scalar(@numbers), '>=', 8, 'rows of many transactions');

# Goes on to transaction numbers that were never used, with all rows frozen.
sub go_on_to
{
	my ($epoch, $next) = @_;
	my $directory = $server->data_dir;

	$server->command_ok([ 'vacuumdb', '--all', '--freeze', '--quiet' ], 'every row is frozen');
	$server->stop;
	# The page that holds the outcomes of the transactions near it.
	open(my $segment, '>', sprintf('%s/pg_xact/%04X', $directory, $next >> 20)) or die;
	print $segment "\0" x (32 * 8192);
	close $segment;
	command_ok([ 'pg_resetwal', '-e', $epoch, '-x', $next, $directory ],
		"transaction $next of epoch $epoch comes next");
	$server->start;
}

# In steps, so that no row is ever more than half of all numbers away.
$server->safe_psql('postgres', 'ALTER DATABASE template0 ALLOW_CONNECTIONS true');
go_on_to(0, $numbers[0] + 1_400_000_000);
go_on_to(0, $numbers[0] + 2_800_000_000);
go_on_to(1, $numbers[0] - 2);
is($server->safe_psql('postgres',
		"SELECT count(DISTINCT xmin::text) FROM pca.certificate WHERE xmin::text = ANY ('{"
		  . join(',', @numbers) . "}')"),
	4, 'rows keep their xmin');

sub from_authority { return call(shift, certificate_authority_arn => $arn, @_) }
sub certificate_is
{
	my ($certificate, $call) = @_;

	return 'SELECT certificate = ' . literal($certificate =~ s/\n\z//r) . " FROM $call";
}
my %reads = (
	'an issued certificate' => certificate_is($certificates[0],
		from_authority('pca_get_certificate', certificate_arn => $leaves[0])),
	'a revoked certificate' => certificate_is($certificates[1],
		from_authority('pca_get_certificate', certificate_arn => $leaves[1])),
	"the authority's certificate" => certificate_is($root,
		from_authority('pca_get_certificate_authority_certificate')),
	'the waiter for a certificate' => 'SELECT '
	  . from_authority('pca_wait_certificate_issued', certificate_arn => $leaves[0]) . " IS NOT NULL",
	'the waiter for a report' => 'SELECT '
	  . from_authority('pca_wait_audit_report_created', audit_report_id => $report) . ' IS NOT NULL',
	'a report' => "SELECT audit_report_status = 'SUCCESS' FROM "
	  . from_authority('pca_describe_certificate_authority_audit_report', audit_report_id => $report),
	"a report's object" => "SELECT length(pca_get_object('bucket', '$key')) > 100",
	'the CRL' => 'SELECT length(' . from_authority('pca_get_crl') . ') > 100',
	'to revoke' => 'SELECT ' . revoke_call($leaves[2]) . ' IS NOT NULL');
my @names = sort keys %reads;

# Returns an SQL statement that asks OCSP about a certificate.
my $issuer = spool($root);

sub ask
{
	my $file = "$issuer.request";

	openssl('', 'ocsp', '-issuer', $issuer, '-cert', spool(shift), '-no_nonce', '-reqout', $file);
	return "SELECT encode(pca_ocsp_response('\\x" . unpack('H*', slurp_file($file)) . "'), 'hex')";
}

sub status
{
	my ($text) = openssl('', 'ocsp', '-respin', spool(pack 'H*', shift), '-noverify', '-resp_text');

	return $text =~ /Cert Status: (\w+)/ ? $1 : $text;
}
my @asked = map { ask($_) } @certificates[ 0, 1 ];

# One transaction after another, until each number has been used again.
for my $number ($numbers[0] - 2 .. $numbers[-1])
{
	my $sql = join "\n", map { "$_;" } 'BEGIN', 'SELECT pg_current_xact_id()::xid', @reads{@names}, @asked,
		'ROLLBACK';
	my ($state, $text) = try($server, $sql);
	my ($met, @seen) = split /\n/, $text;

	is($state, 'ok', "transaction $number: everything can be read") or diag($text), next;
	is($met, $number, "transaction $number: it is the one of this number");
	is($seen[$_], 't', "transaction $number: $names[$_]") for 0 .. $#names;
	is(status($seen[@names]), 'good', "transaction $number: OCSP of an issued certificate");
	is(status($seen[ @names + 1 ]), 'revoked', "transaction $number: OCSP of a revoked certificate");
}

# It still recognizes its own rows.
is((try($server, 'BEGIN; SELECT ' . issue_call($arn, $request)
			  . " AS arn \\gset\nSELECT * FROM pca_get_certificate('$arn', :'arn')"))[0], 'PCRIP',
	'its own certificate is being made');

$server->stop;
done_testing();
