# An allocation that fails inside OpenSSL is 53200 or is not noticed: no crash, no
# other error, nothing malformed; and the next call in the session works.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $failures = PostgreSQL::Test::Utils::tempdir() . '/failures';
append_to_file($failures, '');
my $server;
{
	local $ENV{LD_PRELOAD} = "$ENV{PCA_TEST_BIN}/preload_malloc.so";
	local $ENV{PCA_TEST_FAILURES} = $failures;
	$server = start_server('memory', conf => "shared_preload_libraries = 'pca'\npca.database = 'none'\n");
}

# Makes a call again and again, and lets the Nth allocation of OpenSSL in it fail, for
# each N. Returns the outcome of a call in which one failed, and of the next call.
$server->safe_psql('postgres', <<'SQL');
CREATE FUNCTION sweep(call text, numbers int[], more text, failures text)
	RETURNS TABLE (n int, state text, message text, next text) LANGUAGE plpgsql AS $$
DECLARE
	before bigint;
BEGIN
	FOREACH n IN ARRAY numbers LOOP
		before := (pg_stat_file(failures)).size;
		message := '';
		PERFORM set_config('pca_test.fail',
			format('%s:%s%s', trunc(1000000 * extract(epoch FROM clock_timestamp())), n, more), false);
		BEGIN
			EXECUTE call;
			state := 'ok';
		EXCEPTION WHEN OTHERS THEN
			state := SQLSTATE;
			message := SQLERRM;
		END;
		PERFORM set_config('pca_test.fail', '', false);
		EXIT WHEN (pg_stat_file(failures)).size = before;
		BEGIN
			EXECUTE call;
			next := 'ok';
		EXCEPTION WHEN OTHERS THEN
			next := SQLSTATE || ' ' || SQLERRM;
		END;
		RETURN NEXT;
	END LOOP;
END $$;
SQL

# Tests the outcomes of a call, once with one failed allocation, and once with no memory
# from that one on. first: a statement that fills the caches of the session. Without it
# each call is in a new session. step: try only every Nth allocation.
sub survives
{
	my ($name, $call, %options) = @_;
	my @numbers = map { 1 + ($options{step} // 1) * $_ } 0 .. ($options{count} // 300) - 1;

	for my $more ('', '+')
	{
		my @rows;
		for my $some ($options{first} ? \@numbers : map { [$_] } @numbers)
		{
			my ($state, $output) = try($server, ($options{first} ? "$options{first};" : '')
				  . "SELECT 'row', n, state, next, message FROM sweep(" . join(', ', literal("SELECT $call"),
					"'{" . join(',', @$some) . "}'", literal($more), literal($failures)) . ')');

			is($state, 'ok', "$name: the session lives") or diag $output;
			my @found = map { [ split /\|/, $_, 5 ] } grep { /^row\|/ } split /\n/, $output;
			last if !@found;
			push @rows, @found;
		}
		my @bad = grep { $_->[2] !~ /^(ok|53200)$/ || $_->[3] ne 'ok' } @rows;

		ok((grep { $_->[2] eq '53200' } @rows), "$name: allocations fail");
		is(scalar @bad, 0, "$name: each failure is 53200 or not noticed, and the next call works")
		  or diag map { "@$_[1 .. 4]\n" } @bad;
	}
}

my $crl = crl_configuration();
my $request = key_request(new_key('EC P-256'), '/CN=leaf', 'subjectAltName = DNS:leaf.example');

# Maintenance stores the error of a task: here it is thrown to the caller.
$server->safe_psql('postgres', <<'SQL');
CREATE FUNCTION write_crls() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	failure record;
BEGIN
	DELETE FROM pca.maintenance_failure;
	INSERT INTO pca.crl_change (crl_id, authority_id, changed_at)
		SELECT id, id, now() FROM pca.certificate_authority WHERE status = 'ACTIVE';
	PERFORM pca_run_maintenance();
	SELECT * INTO failure FROM pca.maintenance_failures;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = failure.sqlstate, MESSAGE = failure.message;
	END IF;
END $$;
SQL

for my $key (qw(EC_prime256v1 RSA_2048))
{
	my $signing = $key =~ /^RSA/ ? 'SHA256WITHRSA' : 'SHA256WITHECDSA';
	my $arn = create_authority($server, 'ROOT', key => $key, revocation_configuration => $crl);
	my $root = self_sign($server, $arn, signing_algorithm => $signing);
	my $leaf = issue($server, $arn, $request, signing_algorithm => $signing);
	my $issue = issue_call($arn, $request, signing_algorithm => $signing);
	my $import = call('pca_import_certificate_authority_certificate', certificate_authority_arn => $arn,
		certificate => $root);
	my $create = call('pca_create_certificate_authority', certificate_authority_type => 'ROOT',
		certificate_authority_configuration =>
		  json({ KeyAlgorithm => $key, SigningAlgorithm => $signing, Subject => { CommonName => 'x' } }));
	my $ocsp_request = spool('');

	openssl('', 'ocsp', '-issuer', spool($root), '-cert', spool(scalar get_certificate($server, $arn, $leaf)),
		'-reqout', $ocsp_request);
	my $ocsp = "pca_ocsp_response(decode('" . unpack('H*', slurp_file($ocsp_request)) . "', 'hex'))";

	survives("$key: issue", $issue, first => "SELECT $issue");
	survives("$key: first issue", $issue, step => 31, count => 14);
	survives("$key: import", $import, first => "SELECT $import");
	survives("$key: CRL", 'write_crls()', first => 'SELECT write_crls()');
	survives("$key: OCSP", $ocsp, first => "SELECT $ocsp");
	# Its first allocation is the secure heap.
	survives("$key: first create", $create, count => 12) if $key !~ /^RSA/;
	survives("$key: create", $create, first => "SELECT $create",
		$key =~ /^RSA/ ? (step => 5, count => 20) : (step => 3, count => 100));
}

# Name constraints, which OpenSSL decides.
{
	my $arn = create_authority($server, 'SUBORDINATE');
	my $own = request_parts(own_request($server, $arn));
	my $above = outside_authority('Above');
	my $constraints = extension('2.5.29.30', 1, der(0x30, der(0xa0, der(0x30, der(0x82, 'leaf.example')))));
	my $certificate = sign_certificate(
		subject => $own->{subject}, spki => $own->{spki}, issuer => $above->{name}, signer => $above->{key},
		extensions => [ basic_constraints(), $constraints ]);
	my $issue = issue_call($arn, $request);

	is((import_certificate($server, $arn, $certificate, $above->{chain}))[0], 'ok',
		'an authority with name constraints');
	survives('constrained: issue', $issue, first => "SELECT $issue");
}

done_testing();
