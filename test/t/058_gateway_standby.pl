# pca-gateway at a hot standby: OCSP and whatever only reads are answered, a write is
# refused as unavailable, and goes through once the standby is promoted. And several
# processes that share a port: one may go.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Clients;
use Gateway;
use Judge;
use MIME::Base64;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use SigV4;
use Test::More;

SKIP:
{
	skip_without('pca-gateway');

	my ($primary) = start_clients('gateway_primary', allows_streaming => 1);
	my $key;
	@$key{qw(id secret)} = access_key($primary, 'administrator');
	my $ocsp = json({ OcspConfiguration => { Enabled => \1, OcspCustomCname => 'ocsp.example.com' } });
	my $arn = create_authority($primary, 'ROOT', revocation_configuration => $ocsp);
	my $root = spool(self_sign($primary, $arn));
	my $csr = key_request(new_key('EC P-256'), '/CN=leaf', 'subjectAltName = DNS:leaf.example');
	my $leaf = spool(scalar get_certificate($primary, $arn, issue($primary, $arn, $csr)));

	$primary->backup('backup');
	my $standby = PostgreSQL::Test::Cluster->new('gateway_standby');
	$standby->init_from_backup($primary, 'backup', has_streaming => 1);
	chmod 0600, $standby->data_dir . '/pca_kek';
	$standby->start;

	my @connections = ('--api-connection=user=gateway', '--status-connection=user=status');
	my $gateway = start_gateway($standby, arguments => \@connections);

	# The content of an OCSP response, and whether a cache may keep it.
	sub ask_ocsp
	{
		my ($gateway, @of) = @_;
		my $file = spool('');

		openssl('', 'ocsp', '-no_nonce', '-issuer', $root, @of, '-reqout', $file);
		my $answer = post($gateway, '/ocsp', slurp_file($file), 'Content-Type: application/ocsp-request');
		return ($answer->{content}, $answer->{header}{'cache-control'});
	}

	# What openssl says of the leaf in a response that it has verified.
	sub judge_leaf
	{
		my ($content) = @_;
		my @files = ('-CAfile', $root, '-issuer', $root, '-cert', $leaf);
		my ($is_good, $text) = run_judge('openssl', 'ocsp', '-no_nonce', '-respin', spool($content), @files);

		return $is_good && $text =~ /: (\w+)$/m ? $1 : $text;
	}

	# Calls the API: status, and the name of the error.
	sub call_api
	{
		my ($gateway, $operation, $input) = @_;
		my ($body, $date) = (json($input), amz_date());
		my %headers = (
			'content-type' => 'application/x-amz-json-1.1',
			'host' => 'test',
			'x-amz-date' => $date,
			'x-amz-target' => "ACMPrivateCA.$operation");
		my %scope = (date => substr($date, 0, 8), region => 'us-east-1', service => 'acm-pca');
		my $canonical = canonical_request(\%headers, $body);
		my $authorization = authorization($key, \%scope, $date, $canonical, join ';', sort keys %headers);
		delete $headers{host};    # post() sends it
		my $answer = post($gateway, '/', $body, "Authorization: $authorization",
			map { "$_: $headers{$_}" } sort keys %headers);

		return ($answer->{status}, $answer->{header}{'x-amzn-errortype'} // '', $answer->{header}{'retry-after'});
	}

	my %issuance = (
		CertificateAuthorityArn => $arn,
		Csr => encode_base64($csr, ''),
		SigningAlgorithm => 'SHA256WITHECDSA',
		Validity => { Value => 1, Type => 'DAYS' },
		IdempotencyToken => 'once');

	my ($content, $caching);
	ok(
		wait_for(
			sub { ($content, $caching) = ask_ocsp($gateway, '-cert', $leaf); judge_leaf($content) eq 'good' }
		),
		'a standby says of a certificate that it is good'
	);
	like($caching, qr/max-age=\d/, 'which a cache may keep');
	($content, $caching) = ask_ocsp($gateway, '-serial', '0x1234');
	is(unpack('H*', $content), '30030a0103', 'of one that it does not know: try later');
	like($caching, qr/no-store/, 'which no cache may keep');
	is((call_api($gateway, 'ListCertificateAuthorities', {}))[0], 200, 'a standby lists');
	my ($status, $error, $retry_after) = call_api($gateway, 'IssueCertificate', \%issuance);
	is("$status $error", '503 ServiceUnavailable', 'and issues nothing');
	ok($retry_after, 'with the time after which to try again');

	$primary->stop('immediate');
	$standby->promote;
	ok(wait_for(sub { (call_api($gateway, 'IssueCertificate', \%issuance))[0] == 200 }),
		'it issues when it is promoted');
	is(
		$standby->safe_psql(
			'postgres', "SELECT count(*) FROM pca.certificate WHERE current_user_name = 'administrator'"
		),
		1,
		'once, in the name of the role of the access key'
	);
	($content, $caching) = ask_ocsp($gateway, '-serial', '0x1234');
	like($content, qr/./s, 'and answers for what does not exist');
	isnt(unpack('H*', $content), '30030a0103', 'no longer to try later');

	# Two processes at one port.
	my $second = start_gateway($standby, listen => 0,
		arguments => [ "--listen=127.0.0.1:$gateway->{port}", @connections ]);
	is(stop_gateway($gateway), 0, 'one of two processes ends');
	for (1 .. 10)
	{
		is((call_api($gateway, 'ListCertificateAuthorities', {}))[0], 200, 'and the other one answers');
	}
	is(stop_gateway($second), 0, 'until it ends');
	$standby->stop;
}

done_testing();
