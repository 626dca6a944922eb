# pg_upgrade from an older version of PostgreSQL keeps every authority, certificate
# and revocation. The key-encryption key stays in the old data directory: without it
# the authorities are sealed and no other key is made, with it they sign.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Cwd;
use File::Copy;
use Judge;
use OpenSSL;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

plan skip_all => 'there is no older version of PostgreSQL here' if !$ENV{PCA_OLDER};

# Checksums are the default from 18 on, and both clusters need the same.
sub new_cluster
{
	my ($name, @options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name, @options);

	$node->init(extra => ['--data-checksums']);
	# What was due before the upgrade must not be done before the test looks at it.
	$node->append_conf('postgresql.conf', "autovacuum = off\n");
	return $node;
}

my $old = new_cluster('older', install_path => $ENV{PCA_OLDER});
$old->start;
$old->safe_psql('postgres', 'CREATE EXTENSION pca');

my $request = key_request(new_key('EC P-256'), '/CN=leaf');
my $arn = create_authority($old, 'ROOT', revocation_configuration => json({
	CrlConfiguration => { Enabled => \1, ExpirationInDays => 7, S3BucketName => 'crls',
		CustomCname => 'crl.example.com' },
	OcspConfiguration => { Enabled => \1 } }));
my $certificate = self_sign($old, $arn);
my $root = spool($certificate);
my %leaf = map { $_ => issue($old, $arn, $request) } qw(good revoked later);
revoke($old, $leaf{revoked});
maintain($old);

# Returns the number of the authority's CRL, and the serials in it.
sub read_crl
{
	my ($node) = @_;
	my $crl = $node->safe_psql('postgres',
		'SELECT encode(' . call('pca_get_crl', certificate_authority_arn => $arn) . ", 'hex')");
	my $text = openssl('', 'crl', '-inform', 'DER', '-in', spool(pack 'H*', $crl), '-noout', '-CAfile', $root,
		'-crlnumber', '-text');
	my ($number) = $text =~ /crlNumber=(?:0x)?(\w+)/;

	return (hex $number, join ' ', sort map { sprintf '%032s', lc } $text =~ /Serial Number: (\w+)/g);
}

# Returns what OCSP says about a certificate, by openssl, which verifies the response.
sub ask_ocsp
{
	my ($node, $leaf) = @_;
	my $certificate = spool(scalar get_certificate($node, $arn, $leaf));
	my $file = spool('');

	openssl('', 'ocsp', '-issuer', $root, '-cert', $certificate, '-no_nonce', '-reqout', $file);
	my $response = ocsp_response($node, $file);
	my $text = openssl('', 'ocsp', '-respin', $response, '-no_nonce', '-issuer', $root, '-cert', $certificate,
		'-CAfile', $root);
	return ($text =~ /: (good|revoked|unknown)$/m)[0];
}

# Returns everything that is stored, except what PostgreSQL itself numbers.
sub contents
{
	my ($node) = @_;

	return join "\n",
		map { "$_: " . $node->safe_psql('postgres', "SELECT t FROM pca.$_ AS t ORDER BY t::text COLLATE \"C\"") }
	  qw(certificate_authority private_key certificate revocation crl object object_chunk audit_event);
}

my %before = (contents => contents($old), crl => [ read_crl($old) ]);
my $key_file = $old->data_dir . '/'
  . $old->safe_psql('postgres', "LOAD 'pca'; SHOW pca.key_encryption_key_file");

ok(-s $key_file, 'the key is in the old data directory');
is($before{crl}[1], substr($leaf{revoked}, -32), 'the CRL has the revocation');
$old->stop;

my $new = new_cluster('newer');
my $bin = $new->config_data('--bindir');

my $here = getcwd();

# It writes into the current directory.
chdir $new->basedir or die $!;
command_ok([ 'pg_upgrade', '--no-sync', '-b', "$ENV{PCA_OLDER}/bin", '-B', $bin,
		'-d', $old->data_dir, '-D', $new->data_dir,
		'-s', $new->host, '-p', $old->port, '-P', $new->port ], 'pg_upgrade');
chdir $here or die $!;
$new->start;
cmp_ok($new->safe_psql('postgres', 'SHOW server_version_num'), '>=', 160000, 'the server is a newer one');
is(contents($new), $before{contents}, 'nothing is lost');
is_deeply([ read_crl($new) ], $before{crl}, 'the CRL is the same');

# Without the key.
my $new_key = $new->data_dir . '/pca_kek';
my ($state, $text) = try($new, 'SELECT ' . issue_call($arn, $request));
is($state, 'PCRFA', 'without the key the authority is sealed');
like($text, qr/certificate authorities are sealed.*HINT:  Put the key/s, 'which it says, and what to do');
is((try($new, 'SELECT pca_run_maintenance()'))[0], 'ok', 'maintenance goes on');
$new->safe_psql('postgres', 'CREATE DATABASE other');
$new->safe_psql('other', 'CREATE EXTENSION pca');
($state, $text) = try($new, "SELECT pca_create_certificate_authority('{\"KeyAlgorithm\": \"EC_prime256v1\",
	\"SigningAlgorithm\": \"SHA256WITHECDSA\", \"Subject\": {\"CommonName\": \"Other\"}}', 'ROOT')",
	database => 'other');
is($state, 'PCRFA', 'another database makes no authority');
ok(!-e $new_key, 'and no other key');

# With it, as the manual says.
copy($key_file, $new_key) or die $!;
chmod 0600, $new_key or die $!;
my $leaf = issue($new, $arn, $request);
ok(is_verified(scalar get_certificate($new, $arn, $leaf), '', $certificate), 'with the key it issues');
is(ask_ocsp($new, $leaf{$_}), $_, "OCSP: $_") for qw(good revoked);
is(ask_ocsp($new, $leaf), 'good', 'OCSP: a new certificate');
revoke($new, $leaf{later}, 'SUPERSEDED');
maintain($new);
my ($number, $serials) = read_crl($new);
cmp_ok($number, '>', $before{crl}[0], 'the next CRL has a higher number');
is($serials, join(' ', sort map { substr $_, -32 } @leaf{qw(revoked later)}), 'and both revocations');
is((try($new, "SELECT pca_create_certificate_authority('{\"KeyAlgorithm\": \"EC_prime256v1\",
	\"SigningAlgorithm\": \"SHA256WITHECDSA\", \"Subject\": {\"CommonName\": \"Other\"}}', 'ROOT')",
	database => 'other'))[0],
	'ok', 'another database makes an authority with the same key');
$new->stop;

done_testing();
