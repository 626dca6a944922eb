# The check of input that is refused can be cancelled. Then it is no refusal, nothing is
# kept, and the session goes on.
#
# No clock decides when a cancellation arrives: preload_cancel.c sends it at the Nth
# large allocation of a call, for each N. The backtrace in the server's log says who
# noticed it: the extension's own code, or PostgreSQL's, for instance in a query.
#
# A request for a certificate and one to the OCSP responder are so small that their
# check never tests for a cancellation: test/t/024_cost.pl says what it costs.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

# The Ns are tried in batches, each in a session, until all of one batch come too late.
my $batch = 20;
my $most_batches = 20;

my $server;
{
	local $ENV{LD_PRELOAD} = "$ENV{PCA_TEST_BIN}/preload_cancel.so";
	$server = start_server('cancel_refused');
}
my $root_arn = create_authority($server, 'ROOT');
self_sign($server, $root_arn);
my $subordinate_arn = create_authority($server, 'SUBORDINATE');
my $key = new_key('EC P-256');
my $leaf_call = issue_call($root_arn, key_request($key, '/CN=leaf'));

# Returns the numbers of rows of all tables that a call could have changed.
sub rows
{
	return $server->safe_psql('postgres', <<~'SQL');
		SELECT string_agg(relname || ' ' || (xpath('/row/n/text()', query_to_xml(
			format('SELECT count(*) AS n FROM %s', oid::regclass), false, true, '')))[1]::text,
			', ' ORDER BY relname)
		FROM pg_class
		WHERE relnamespace = 'pca'::regnamespace AND relkind = 'r' AND relname <> 'next_token_key'
		SQL
}

# Makes calls with one input in a session, cancelled at each of these moments. Counts
# each SQLSTATE, and how often the extension's own code noticed the cancellation.
sub outcomes
{
	my ($call, @moments) = @_;
	my $log_size = -s $server->logfile;
	my ($output, $errors) = ('', '');
	# The first call loads what a session keeps.
	my $script = "SET backtrace_functions = 'ProcessInterrupts';\n\\o /dev/null\nSELECT $call;\n";

	$script .= "SET pca_test.cancel = '$_:$_';\nSELECT $call;\n\\echo $_ :SQLSTATE\n" for @moments;
	$script .= "SET pca_test.cancel = '';\n\\o\nSELECT $leaf_call;\n";
	$server->psql('postgres', '', stdout => \$output, stderr => \$errors, on_error_die => 0, on_error_stop => 0,
		extra_params => [ '-f', spool($script) ]);
	like($output, qr/^arn:\S+$/m, 'the session goes on, and issues') or diag $errors;

	my %count;
	$count{$1}++ while $output =~ /^\d+ (\w{5})$/mg;
	# ProcessInterrupts() is the first function in a backtrace, its caller the second.
	my @callers = slurp_file($server->logfile, $log_size) =~ /BACKTRACE:\s*\n.*\n(.*)\n/g;
	return (\%count, scalar(@callers), scalar grep { m{/pca\.so\(} } @callers);
}

# Tests an input: it is refused with this SQLSTATE, or the call is cancelled.
sub is_cancelled
{
	my ($what, $refusal, $call, %options) = @_;
	my (%count, $own, $traces);
	my $before = rows();

	for my $n (0 .. $most_batches - 1)
	{
		my ($found, $traced, $noticed) = outcomes($call, map { $n * $batch + $_ } 1 .. $batch);

		$count{$_} += $found->{$_} for keys %$found;
		$traces += $traced;
		$own += $noticed;
		last if !$found->{57014};
	}
	is_deeply([ sort keys %count ], [ sort 57014, $refusal ], "$what: cancelled, or refused")
	  or diag explain \%count;
	is($traces, $count{57014}, "$what: each cancellation has a backtrace");
	cmp_ok($own, '>', 0, "$what: it is noticed by the extension's own code") if $options{own};
	is(rows() =~ s/\bcertificate \d+/certificate/r, $before =~ s/\bcertificate \d+/certificate/r,
		"$what: nothing has changed");
	note "$what: ", join ', ', map({ "$_ $count{$_} times" } sort keys %count),
		"noticed by the extension $own times";
}

#
# Structures and documents
#

my $configuration = json({
	KeyAlgorithm => 'EC_prime256v1', SigningAlgorithm => 'SHA256WITHECDSA', Subject => { CommonName => 'x' },
	CsrExtensions => {
		SubjectInformationAccess => [ ({
			AccessMethod => { AccessMethodType => 'CA_REPOSITORY' },
			AccessLocation => { UniformResourceIdentifier => 'a' } }) x 6000 ] } });
is_cancelled('a configuration with many values', 'PCIAG',
	call('pca_create_certificate_authority', certificate_authority_configuration => $configuration,
		certificate_authority_type => 'ROOT'),
	own => 1);

my $extensions = json({
	Extensions =>
	  { CustomExtensions => [ map { { ObjectIdentifier => "1.2.3.$_", Value => 'MA' x 2048 } } 1 .. 150 ] } });
is_cancelled('an ApiPassthrough with large extensions', 'PCMCS',
	issue_call($root_arn, 'garbage', template => 'BlankEndEntityCertificate_APIPassthrough',
		api_passthrough => $extensions),
	own => 1);
is_cancelled('the same by pca_api', 'PCMCS',
	"pca_api('IssueCertificate', jsonb_build_object('CertificateAuthorityArn', " . literal($root_arn)
	  . ", 'Csr', 'Z2FyYmFnZQ==', 'SigningAlgorithm', 'SHA256WITHECDSA'"
	  . ", 'Validity', '{\"Value\": 1, \"Type\": \"DAYS\"}'::jsonb"
	  . ", 'TemplateArn', " . literal(template('BlankEndEntityCertificate_APIPassthrough'))
	  . ", 'ApiPassthrough', " . literal($extensions) . '::jsonb))',
	own => 1);
is_cancelled('a policy with many objects', 'PCIPO',
	call('pca_put_policy', resource_arn => $root_arn,
		policy => '{"Statement":[' . join(',', ('{}') x 25000) . ']}'),
	own => 1);

#
# DER
#

my $spki = openssl('', 'pkey', '-in', $key, '-pubout', '-outform', 'DER');
my $info = der(0x30, der(0x02, "\0"), der_name(map { ('2.5.4.3' => 'x') } 1 .. 1245), $spki, der(0xa0));
my $signature = der(0x03, "\0", openssl($info, 'dgst', '-sha256', '-sign', $key));
my $algorithm = der(0x30, der_oid('1.2.840.10045.4.3.2'));
is_cancelled('a request with many names', 'PCMCS',
	issue_call($root_arn, der_to_pem('CERTIFICATE REQUEST', der(0x30, $info, $algorithm, $signature))));
is_cancelled('an OCSP request with many values', '00000',
	"pca_ocsp_response('\\x" . unpack('H*', der(0x30, der(0x30, der(0x30, (der(0x05)) x 30000)))) . "')");

my $outside = outside_authority('Outside');
my $own = request_parts(own_request($server, $subordinate_arn));
my @many = map { extension("1.2.3.$_", 0, "\x05\x00") } 1 .. 1500;
my %by_outside = (issuer => $outside->{name}, signer => $outside->{key});
my $certificate = sign_certificate(
	%by_outside,
	subject => $own->{subject},
	spki => $own->{spki},
	extensions => [ basic_constraints(0), @many[ 0 .. 200 ] ]);
my $link = sign_certificate(
	%by_outside,
	subject => $outside->{name},
	spki => $outside->{spki},
	extensions => [ basic_constraints(), @many ]);
is_cancelled('a chain with many extensions', 'PCMCE',
	call('pca_import_certificate_authority_certificate', certificate_authority_arn => $subordinate_arn,
		certificate => $certificate, certificate_chain => $link x 16));

#
# A CRL whose last entry is malformed, signed by the CA's own key
#

my @parts = split /\|/, $server->safe_psql('postgres',
	"SELECT id, key_algorithm, encode(public_key, 'hex'), encode(wrapped_key, 'hex')"
	  . ' FROM pca.certificate_authority JOIN pca.private_key ON authority_id = id WHERE arn = '
	  . literal($root_arn));
my ($number) = unwrap_key($server->data_dir . '/pca_kek', @parts) =~ /^priv (\w+)$/m;
my $root_key = spool(openssl(
	der(0x30, der(0x02, "\1"), der(0x04, pack 'H*', substr('0' x 64 . $number, -64)),
		der(0xa0, der_oid('1.2.840.10045.3.1.7'))),
	'ec', '-inform', 'DER'));
my $root = request_parts(own_request($server, $root_arn));
my @entries = map { der(0x30, der(0x02, pack 'n', 1000 + $_), der_time(time - 3600)) } 1 .. 40;
my $list = der(0x30,
	der(0x02, "\1"), $algorithm, $root->{subject}, der_time(time - 3600), der_time(time + 86400),
	der(0x30, @entries, der(0x30, der(0x02, "\1"))),
	der(0xa0, der(0x30, extension('2.5.29.20', 0, '020101'))));
my $crl = der(0x30, $list, $algorithm,
	der(0x03, "\0", openssl($list, 'dgst', '-sha256', '-sign', $root_key)));
my $import = call('pca_import_crl', certificate_authority_arn => $root_arn, crl => '\\x' . unpack 'H*', $crl);

is_cancelled('a CRL with a malformed entry', 'PCIAG', $import);
$server->safe_psql('postgres', <<'SQL');
CREATE FUNCTION cancel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF (SELECT count(*) FROM pca.revocation) = 20 THEN
		RAISE WARNING 'half of the entries';
		PERFORM pg_cancel_backend(pg_backend_pid());
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER cancel AFTER INSERT ON pca.revocation FOR EACH ROW EXECUTE FUNCTION cancel();
SQL
my $before = rows();
my ($state, $text) = try($server, "SELECT $import");
is($state, '57014', 'a CRL: cancelled at an entry');
like($text, qr/half of the entries/, 'a CRL: with some brought back');
is(rows(), $before, 'a CRL: nothing has changed');

unlike(slurp_file($server->logfile), qr/terminated by signal|PANIC/, 'no process of the server died from it');
done_testing();
