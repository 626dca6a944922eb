# OCSP on a hot standby: it answers from what it has replayed while that is not too
# old, and says so when it is. No time is asserted: the test waits for what must come.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;
use Time::HiRes qw(usleep);

my $primary = start_server('primary', allows_streaming => 1);
my $request = key_request(new_key('EC P-256'), '/CN=leaf', 'subjectAltName = DNS:leaf.example');
my $arn = create_authority($primary, 'ROOT',
	revocation_configuration =>
	  json({ OcspConfiguration => { Enabled => \1, OcspCustomCname => 'ocsp.example.com' } }));
my $root = spool(self_sign($primary, $arn));
my %leaf;

sub make_leaf
{
	my ($name) = @_;
	my $leaf_arn = issue($primary, $arn, $request);
	my $file = spool('');

	openssl('', 'ocsp', '-issuer', $root, '-no_nonce',
		'-cert', spool(scalar get_certificate($primary, $arn, $leaf_arn)), '-reqout', $file);
	$leaf{$name} = { arn => $leaf_arn, request => unpack 'H*', slurp_file($file) };
}

make_leaf($_) for qw(first second third);
# A certificate that was never issued.
my $never = spool('');
openssl('', 'ocsp', '-issuer', $root, '-no_nonce', '-serial', '0x1234', '-reqout', $never);
$leaf{never} = { request => unpack 'H*', slurp_file($never) };
$primary->safe_psql('postgres',
	"CREATE ROLE responder LOGIN; SELECT pca_grant_access('responder', 'status')");

$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
chmod 0600, $standby->data_dir . '/pca_kek';
# Messages of an idle primary come often, and a receiver that has lost its primary
# starts again and again.
$standby->append_conf('postgresql.conf',
	"wal_receiver_timeout = '2s'\nwal_retrieve_retry_interval = '100ms'\n");
$standby->start;

# Returns what a server says about a certificate: its status, or that of the response.
# In list context, also producedAt, thisUpdate, and the number of certificates with it.
sub ask
{
	my ($server, $name, %options) = @_;
	my $settings = join '',
		map { "SET pca.$_ = '$options{$_}'; " } grep { defined $options{$_} } qw(max_status_lag ocsp_validity);
	my ($state, $text) = try($server,
		$settings . "SELECT encode(pca_ocsp_response('\\x$leaf{$name}{request}'), 'hex')", user => $options{user});

	return "$state $text" if $state ne 'ok';
	my ($status, $bytes) = der_children(der_parse(pack 'H*', $text =~ /([0-9a-f]+)\s*$/)->{content});
	return { 3 => 'tryLater', 6 => 'unauthorized' }->{ unpack 'C', $status->{content} } if !$bytes;
	my ($type, $basic) = der_children(der_parse($bytes->{content})->{content});
	my ($data, undef, undef, $certificates) = der_children(der_parse($basic->{content})->{content});
	my ($responder, $produced_at, $list) = der_children($data->{content});
	my ($single) = der_children($list->{content});
	my ($id, $certificate_status, $this_update) = der_children($single->{content});
	my $word = { 0x80 => 'good', 0xa1 => 'revoked', 0x82 => 'unknown' }->{ $certificate_status->{tag} };

	return $word if !wantarray;
	return ($word, $produced_at->{content}, $this_update->{content},
		$certificates ? scalar(my @list = der_children(der_parse($certificates->{content})->{content})) : 0);
}

# Waits until a server says so.
sub says
{
	my ($server, $name, $expected, %options) = @_;
	my $said = '';

	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		$said = ask($server, $name, %options);
		return 1 if $said eq $expected;
		usleep(100_000);
	}
	diag "it says $said";
	return 0;
}

$primary->wait_for_catchup($standby, 'replay');
# It may have replayed no transaction yet and heard nothing from the primary.
ok(says($standby, 'first', 'good'), 'good, on a standby');
is(scalar ask($standby, 'first', user => 'responder'), 'good', 'the same to a role with access status');
my ($said, $produced_at, $this_update, $certificates) = ask($standby, 'first');
cmp_ok($this_update, 'le', $produced_at, 'what it knows is not newer than what it says');
# Answers here too carry the certificate that maintenance has made on the primary. None
# is made here.
is($certificates, 0, 'before maintenance: no certificate goes with it');
maintain($primary);
$primary->wait_for_catchup($standby, 'replay');
is((ask($standby, 'first'))[3], 1, 'after it there is one');
# It may not know what the primary has issued.
is(scalar ask($primary, 'never'), 'unknown', 'unknown, on the primary');
is(scalar ask($standby, 'never'), 'tryLater', 'a standby never says unknown');
revoke($primary, $leaf{first}{arn}, 'SUPERSEDED');
$primary->wait_for_catchup($standby, 'replay');
is(scalar ask($standby, 'first'), 'revoked', 'revoked, once that has been replayed');
is(scalar ask($standby, 'second', max_status_lag => '0'), 'tryLater',
	'with a limit of 0 a standby says nothing');
is(scalar ask($primary, 'second', max_status_lag => '0'), 'good', 'with a limit of 0 a primary answers');

# Returns whether a cache may keep the answer, and whether it has no times.
sub is_cacheable
{
	my ($server, $limit) = @_;

	return $server->safe_psql('postgres', "SET pca.max_status_lag = '$limit';"
		  . " SELECT concat_ws(' ', is_cacheable, this_update IS NULL, next_update IS NULL)"
		  . " FROM pca_ocsp('\\x$leaf{second}{request}')");
}
is(is_cacheable($standby, '1h'), 't f f', 'a cache may keep an answer of a standby');
is(is_cacheable($standby, '0'), 'f t t', 'but not the response that it has none');

# Replay stops: the answers get older, and finally there are none.
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
$standby->poll_query_until('postgres', "SELECT pg_get_wal_replay_pause_state() = 'paused'") or die 'no pause';
revoke($primary, $leaf{second}{arn}, 'SUPERSEDED');
make_leaf('fourth');
is(scalar ask($primary, 'fourth'), 'good', 'a new certificate is good, on the primary');
is(scalar ask($standby, 'fourth'), 'tryLater', 'a standby that has not heard of it does not say unknown');
is(scalar ask($primary, 'second'), 'revoked', 'revoked, on the primary');
my @old = ask($standby, 'second');
is($old[0], 'good', 'still good on a standby that does not replay, within the limit');
ok(says($standby, 'second', 'tryLater', max_status_lag => '1s'), 'beyond the limit it says nothing');
my @older = ask($standby, 'second');
is($older[0], 'good', 'another limit counts at once');
is($older[2], $old[2], 'thisUpdate stays where replay does');
cmp_ok($older[2], 'lt', $older[1], 'thisUpdate is before producedAt then');
# An answer that would have expired when it is given is not given.
ok(says($standby, 'second', 'tryLater', ocsp_validity => '1s'),
	'nothing is answered that is older than the validity of an answer');
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
$primary->wait_for_catchup($standby, 'replay');
is(scalar ask($standby, 'second'), 'revoked', 'replay goes on: revoked');
is(scalar ask($standby, 'fourth'), 'good', 'replay goes on: good');

# An idle primary is not a lost one: its messages count.
$standby->poll_query_until('postgres',
	"SELECT now() - pg_last_xact_replay_timestamp() > interval '8 seconds'") or die 'the primary is not idle';
ok(says($standby, 'third', 'good', max_status_lag => '8s'), 'an idle primary: the standby answers');
cmp_ok($standby->safe_psql('postgres',
		"SELECT now() - pg_last_xact_replay_timestamp() > interval '8 seconds'"), 'eq', 't',
	'while its last transaction is older than the limit');

# A lost one is: a receiver that starts again and again does not count as a message.
$primary->stop('immediate');
ok(says($standby, 'third', 'tryLater', max_status_lag => '8s'),
	'the primary is lost: the standby says nothing');
my %said;
for (1 .. 60)
{
	$said{ ask($standby, 'third', max_status_lag => '8s') }++;
	usleep(50_000);
}
is(join(' ', %said), 'tryLater 60', 'it never answers');
is(scalar ask($standby, 'third'), 'good', 'except within the limit that is set');

$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()') or die 'no promotion';
is(scalar ask($standby, 'third', max_status_lag => '1s'), 'good', 'promoted: it knows what there is');
is(scalar ask($standby, 'second', max_status_lag => '1s'), 'revoked', 'promoted: it knows what was revoked');
is(scalar ask($standby, 'never', max_status_lag => '1s'), 'unknown', 'promoted: it says unknown');

done_testing();
