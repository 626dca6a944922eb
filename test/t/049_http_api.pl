# pca_http_api() and access keys: requests that an access key has signed act as its
# role and as no other. Everything else that arrives is refused, as AWS refuses it.
#
# SigV4.pm signs the requests. The tests of the gateway show that clients of AWS sign
# them in the same way.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use JSON::PP ();
use MIME::Base64;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use SigV4;
use Test::More;

my $server = start_server('http_api');
my $account = '000000000000';

$server->safe_psql('postgres', <<~SQL);
	CREATE ROLE gateway LOGIN;
	GRANT EXECUTE ON FUNCTION pca_http_api TO gateway;
	CREATE ROLE administrator;
	SELECT pca_grant_access('administrator'::regrole, 'administrator'::text);
	CREATE ROLE auditor;
	SELECT pca_grant_access('auditor'::regrole, 'auditor'::text);
	CREATE ROLE stranger;
	SELECT pca_grant_access('stranger'::regrole, 'administrator'::text);
	SELECT pca_register_account('stranger'::regrole, '490000000001'::text);
	CREATE ROLE without_account;
	CREATE ROLE superuser SUPERUSER;
	SQL

# Returns a new access key of a role.
sub access_key
{
	my ($role) = @_;
	my ($id, $secret) = split /\|/,
	  $server->safe_psql('postgres', "SELECT * FROM pca_create_access_key('$role'::regrole, 'of $role'::text)");

	return { id => $id, secret => $secret };
}

# Returns a request as a client makes it, in parts that a test can change.
sub request
{
	my ($operation, $body, %change) = @_;
	my $date = $change{date} // amz_date($change{time});
	my %headers = (
		'content-type' => 'application/x-amz-json-1.1',
		'host' => 'localhost:8080',
		'x-amz-date' => $date,
		'x-amz-target' => "ACMPrivateCA.$operation",
		%{ $change{headers} // {} });
	my %scope = (
		date => $change{scope_date} // substr($date, 0, 8),
		region => $change{region} // 'us-east-1',
		service => $change{service} // 'acm-pca');

	delete $headers{$_} for @{ $change{without} // [] };
	my $canonical = $change{canonical} // canonical_request(\%headers, $body);
	return {
		canonical => $canonical,
		authorization =>
		  authorization($change{key}, \%scope, $date, $canonical, $change{names} // join(';', sort keys %headers)),
		body => $body
	};
}

# Sends a request. Returns what the gateway gets: status, error, body; or the SQLSTATE.
sub send_request
{
	my ($request, %options) = @_;
	my $body = unpack 'H*', $request->{body};
	# The gateway leaves the digest of the body to the database.
	my $canonical = $request->{canonical} =~ s/[0-9a-f]{64}(?=\n?\z)//r;
	my ($state, $output) = try(
		$server,
		"SELECT status, error, body FROM pca_http_api("
		  . literal($request->{authorization}) . '::text, '
		  . literal($canonical) . "::text, '\\x$body'::bytea, "
		  . literal($options{invocation_id}) . '::text)',
		user => $options{user} // 'gateway');

	return $state if $state ne 'ok';
	my ($status, $error, $answer) = (split /\n/, $output)[-1] =~ /^(\d+)\|(\w*)\|(.*)$/s or die $output;
	$answer = JSON::PP::decode_json($answer);
	return wantarray ? ($status, $error, $answer) : $status == 200 ? 'ok' : $error;
}

my $key = access_key('administrator');

#
# Access keys
#

like($key->{id}, qr/^AKIA[A-Z2-7]{16}$/, 'the ID of an access key looks as in AWS');
like($key->{secret}, qr{^[A-Za-z0-9+/]{40}$}, 'and so does the secret');
isnt(access_key('administrator')->{secret}, $key->{secret}, 'each access key has its own secret');
my $dump = slurp_file(dump_to($server, 'access_keys'));
like($dump, qr/\Q$key->{id}\E/, 'a dump has the access key');
unlike($dump, qr/\Q$key->{secret}\E/, 'and not its secret');
is(try($server, "SELECT pca_create_access_key('$_'::regrole)"), 'PCVAL', "no access key for the role $_")
  for 'superuser', 'without_account';
is(try($server, "SET ROLE administrator; SELECT pca_create_access_key('auditor'::regrole)"),
	'42501', 'an administrator makes no access key');
is( $server->safe_psql('postgres', "SET ROLE $_; SELECT count(*) FROM pca.access_keys"),
	$_ eq 'stranger' ? 0 : 2,
	"the role $_ sees the access keys of its account") for 'administrator', 'stranger';
is(try($server, "SET ROLE stranger; SELECT pca_delete_access_key('$key->{id}')"),
	'PCRNF', 'an access key of another account does not exist');

#
# A signed request
#

my ($status, $error, $answer) = send_request(request('ListCertificateAuthorities', '{}', key => $key));
is("$status $error", '200 ', 'a signed request succeeds');
is_deeply($answer, { CertificateAuthorities => [] }, 'with the output of its operation');
is(send_request(request('ListCertificateAuthorities', '', key => $key)), 'ok',
	'an empty body is an empty object');

my $configuration = JSON::PP::encode_json({
	CertificateAuthorityType => 'ROOT',
	CertificateAuthorityConfiguration => {
		KeyAlgorithm => 'EC_prime256v1',
		SigningAlgorithm => 'SHA256WITHECDSA',
		Subject => { CommonName => 'Root' }
	}
});
my %invocation = ('amz-sdk-invocation-id' => '7f0e2d4c-2d8e-4a55-9a0e-5a8b1c3d4e5f');
my @arns = map {
	my (undef, undef, $created) =
	  send_request(request('CreateCertificateAuthority', $configuration, key => $key, headers => \%invocation));
	$created->{CertificateAuthorityArn};
} 1 .. 2;
is($arns[0], $arns[1], 'a call that is sent twice is made once: its invocation ID is the token');
is($server->safe_psql('postgres', 'SELECT account_id FROM pca.certificate_authority'),
	$account, 'the authority is of the account of the role');
is( $server->safe_psql(
		'postgres',
		'SELECT session_user_name, current_user_name FROM pca.audit_event'
		  . " WHERE operation = 'CreateCertificateAuthority'"),
	'gateway|administrator',
	'the audit trail names the gateway and the role');
is( $server->safe_psql('postgres',
		"SELECT last_used_on = (now() AT TIME ZONE 'UTC')::date FROM pca.access_key WHERE id = '$key->{id}'"),
	't', 'the day of the last use is recorded');

# Lists have at most 100 rows on a page, like those of the service.
$server->safe_psql('postgres', <<~SQL);
	INSERT INTO pca.permission (authority_id, principal, source_account, actions, created_at)
	SELECT id, 'acm.amazonaws.com', lpad(n::text, 12, '0'), '{GetCertificate}', now()
	FROM pca.certificate_authority, generate_series(1, 150) AS n
	SQL
for my $maximum ('', ', "MaxResults": 1000', ', "MaxResults": 120', ', "MaxResults": null')
{
	(undef, undef, $answer) =
	  send_request(request('ListPermissions', qq({"CertificateAuthorityArn": "$arns[0]"$maximum}), key => $key));
	is(scalar @{ $answer->{Permissions} }, 100, "a page has 100 rows ($maximum)");
	ok($answer->{NextToken}, 'and a token of the next one');
}
(undef, undef, $answer) = send_request(
	request(
		'ListPermissions',
		JSON::PP::encode_json({ CertificateAuthorityArn => $arns[0], NextToken => $answer->{NextToken} }),
		key => $key));
is(scalar @{ $answer->{Permissions} }, 50, 'the next page has the rest');
ok(!exists $answer->{NextToken}, 'and no token');
is(send_request(request('ListPermissions', qq({"CertificateAuthorityArn": "$arns[0]", "MaxResults": 1001}),
			key => $key)), 'PCVAL', 'more than 1000 rows are refused');

#
# The role of the access key, and no other
#

my $auditor = access_key('auditor');
my $stranger = access_key('stranger');
my $describe = qq({"CertificateAuthorityArn": "$arns[0]"});
is(send_request(request('DescribeCertificateAuthority', $describe, key => $auditor)), 'ok',
	'an auditor describes');
is(send_request(request('DeleteCertificateAuthority', $describe, key => $auditor)), '42501',
	'and does not delete');
is(send_request(request('DescribeCertificateAuthority', $describe, key => $stranger)),
	'PCACD', 'another account is refused');
is(try($server, 'SELECT pca_list_certificate_authorities()', user => 'gateway'),
	'42501', 'the gateway itself may call nothing else');
is(send_request(request('DescribeCertificateAuthority', '{', key => $auditor)), '22P02',
	'a body that is not JSON');
is(send_request(request('DescribeCertificateAuthority', "{\"\xff\": 1}", key => $auditor)), '22021',
	'or not UTF-8');
is(send_request(request('DescribeCertificateAuthority', '[]', key => $auditor)), 'PCVAL', 'or not an object');

sub identity
{
	my ($key, %change) = @_;

	return request(
		'', 'Action=GetCallerIdentity&Version=2011-06-15',
		key => $key,
		service => 'sts',
		without => ['x-amz-target'],
		headers => { 'content-type' => 'application/x-www-form-urlencoded; charset=utf-8' },
		%change);
}
(undef, undef, $answer) = send_request(identity($stranger));
is_deeply(
	$answer,
	{ Account => '490000000001', Arn => 'arn:aws:iam::490000000001:role/stranger', UserId => $stranger->{id} },
	'STS says who the caller is');
is(send_request(request('ListTags', $describe, key => $key, service => 'sts')),
	'UnknownOperationException', 'an operation that is signed for STS does not exist');
is(send_request(identity($key, service => 'acm-pca')), 'UnknownOperationException',
	'nor does that of STS here');

# The role of a key may lose its rights at any time.
$server->safe_psql('postgres', "SELECT pca_register_account('auditor'::regrole, '490000000002'::text)");
is(send_request(request('DescribeCertificateAuthority', $describe, key => $auditor)),
	'PCACD', 'an access key is void when its role acts for another account');
$server->safe_psql('postgres', 'GRANT stranger TO gateway');
is(send_request(request('ListCertificateAuthorities', '{}', key => $stranger)),
	'42501', 'a gateway that is a member of the role is refused');
$server->safe_psql('postgres', 'REVOKE stranger FROM gateway; ALTER ROLE stranger SUPERUSER');
is(send_request(request('ListCertificateAuthorities', '{}', key => $stranger)),
	'UnrecognizedClientException', 'a role that has become a superuser has no access key');
$server->safe_psql('postgres', 'ALTER ROLE stranger NOSUPERUSER');

#
# Requests that are not signed, or not signed correctly
#

my %good = (key => $key);
my $list = sub { return request('ListCertificateAuthorities', '{}', %good, @_) };
my $changed = sub {
	my ($part, $change) = @_;
	my $request = $list->();

	$request->{$part} = $change->($request->{$part});
	return $request;
};
my $past = amz_date(time - 86400);
my @refused = (
	[ 'no Authorization', 'MissingAuthenticationTokenException', $changed->('authorization', sub { undef }) ],
	[ 'an empty one', 'MissingAuthenticationTokenException', $changed->('authorization', sub { '' }) ],
	[ 'another algorithm', 'IncompleteSignatureException',
		$changed->('authorization', sub { $_[0] =~ s/SHA256/SHA1/r }) ],
	(
		map {
			my $parameter = $_;
			(
				[   "no $parameter", 'IncompleteSignatureException',
					$changed->('authorization', sub { $_[0] =~ s/$parameter=[^,]*,?//r }) ],
				[   "$parameter twice", 'IncompleteSignatureException',
					$changed->('authorization', sub { $_[0] =~ /($parameter=[^,]*)/; "$_[0], $1" }) ])
		} qw(Credential SignedHeaders Signature)),
	[ 'a signature that is cut', 'IncompleteSignatureException',
		$changed->('authorization', sub { substr $_[0], 0, -1 }) ],
	[ 'one in capitals', 'IncompleteSignatureException',
		$changed->('authorization', sub { $_[0] =~ s/Signature=\K(\w+)/uc $1/er }) ],
	[ 'a credential that is cut', 'IncompleteSignatureException',
		$changed->('authorization', sub { $_[0] =~ s{/aws4_request}{}r }) ],
	[ 'an unknown key', 'UnrecognizedClientException',
		$list->(key => { id => 'AKIA' . 'A' x 16, secret => 'x' }) ],
	[ 'a key with quotes', 'IncompleteSignatureException', $list->(key => { id => "AKIA'--", secret => 'x' }) ],
	[ 'another secret', 'InvalidSignatureException', $list->(key => { %$key, secret => 'x' x 40 }) ],
	[ 'another body', 'InvalidSignatureException', $changed->('body', sub { '{ }' }) ],
	[ 'another operation', 'InvalidSignatureException',
		$changed->('canonical', sub { $_[0] =~ s/ListCert\w+/ListTags/r }) ],
	[ 'another region', 'InvalidSignatureException', $list->(region => 'eu-west-1') ],
	[ 'another service', 'InvalidSignatureException', $list->(service => 's3') ],
	[ 'six minutes ago', 'InvalidSignatureException', $list->(time => time - 360) ],
	[ 'in six minutes', 'InvalidSignatureException', $list->(time => time + 360) ],
	[ 'a scope of yesterday', 'InvalidSignatureException', $list->(scope_date => substr $past, 0, 8) ],
	[ 'yesterday', 'InvalidSignatureException', $list->(date => $past) ],
	[ 'no date', 'InvalidSignatureException', $list->(without => ['x-amz-date']) ],
	[ 'a date that is none', 'InvalidSignatureException', $list->(date => '20260231T000000Z') ],
	[ 'a date with words', 'InvalidSignatureException',
		$list->(date => '2026-11-28 12:00', scope_date => '20261128') ],
	[ 'no host', 'InvalidSignatureException', $list->(without => ['host']) ],
	[ 'an empty host', 'InvalidSignatureException', $list->(headers => { host => '' }) ],
	[ 'no target', 'UnknownOperationException', $list->(without => ['x-amz-target']) ],
	[ 'an unknown operation', 'UnknownOperationException', request('Foo', '{}', %good) ],
	[ 'one in another case', 'UnknownOperationException', request('listTags', '{}', %good) ],
	[ 'one of another API', 'UnknownOperationException',
		$list->(headers => { 'x-amz-target' => 'S3.ListTags' }) ],
	[ 'a session token', 'UnrecognizedClientException', $list->(headers => { 'x-amz-security-token' => 'x' }) ],
	[ 'another digest in a header', 'InvalidSignatureException',
		$list->(headers => { 'x-amz-content-sha256' => '0' x 64 }) ],
	[ 'an unsigned payload', 'InvalidSignatureException',
		$list->(headers => { 'x-amz-content-sha256' => 'UNSIGNED-PAYLOAD' }) ],
	(
		map {
			my ($what, $change) = @$_;
			my $canonical = $change->($list->()->{canonical});
			[ $what, 'InvalidSignatureException', $list->(canonical => $canonical) ]
		} (
			[ 'GET', sub { $_[0] =~ s/^POST/GET/r } ],
			[ 'another path', sub { $_[0] =~ s{^/$}{/x}mr } ],
			[ 'a query', sub { $_[0] =~ s{^/\n\n}{/\nx=\n}mr } ],
			[ 'a header twice', sub { $_[0] =~ s/^(host:.*\n)/$1$1/mr } ],
			[ 'a header that the list lacks', sub { $_[0] =~ s/^(host:.*\n)/$1range:x\n/mr } ],
			[ 'no empty line', sub { $_[0] =~ s/\n\n(content)/\n$1/r } ],
			[ 'another list', sub { $_[0] =~ s/;host;/;/r } ],
			[ 'an end of line more', sub { "$_[0]\n" } ],
			[ 'nothing', sub { '' } ],
			[ 'only a method', sub { 'POST' } ])),
	[ 'a list that is not sorted', 'InvalidSignatureException', $list->(
		names => 'host;content-type;x-amz-date;x-amz-target') ],
	[ 'a list with a name twice', 'InvalidSignatureException', $list->(
		names => 'content-type;host;host;x-amz-date;x-amz-target') ]);
my $log_start = -s $server->logfile;
is(send_request($_->[2]), $_->[1], "refused: $_->[0]") for @refused;
unlike(slurp_file($server->logfile, $log_start), qr/ERROR/,
	'strangers write no error into the log of the server');
is(send_request($list->(headers => { 'x-amz-content-sha256' => Digest::SHA::sha256_hex('{}') })),
	'ok', 'a digest in a header that is right is accepted');
is(send_request($list->(time => time - 240)), 'ok', 'four minutes ago is accepted');
is(send_request($changed->('authorization', sub { $_[0] =~ s/, /,/gr })), 'ok',
	'commas without spaces are accepted');
(undef, undef, $answer) = send_request($list->(time => time - 360));
like($answer->{message}, qr/^Signature expired: /, 'an SDK reads that its clock is slow');
(undef, undef, $answer) = send_request($list->(time => time + 360));
like($answer->{message}, qr/^Signature not yet current: /, 'or fast');

#
# The invocation ID of clients that do not sign it
#

my $create = sub {
	my ($id, %headers) = @_;
	my (undef, undef, $created)
	  = send_request(request('CreateCertificateAuthority', $configuration, key => $key, headers => \%headers),
		invocation_id => $id);
	return $created->{CertificateAuthorityArn};
};
my ($id) = map { tr/7/8/r } values %invocation;
my $first = $create->($id);
is($create->($id), $first, 'a call that is sent twice is made once, also if its invocation ID is not signed');
is($create->($id =~ tr/8/9/r, 'amz-sdk-invocation-id' => $id), $first, 'a signed one takes precedence');
isnt($create->($_), $first, "no invocation ID: \"$_\"") for '', "$id ", 'a b', 'x' x 37;
isnt($create->($id, 'amz-sdk-invocation-id' => $id =~ tr/8/9/r), $first, 'another one that is signed');

#
# The life of an access key
#

for my $step (
	[ 'disable', 'UnrecognizedClientException' ],
	[ 'disable', 'UnrecognizedClientException' ],
	[ 'enable', 'ok' ],
	[ 'delete', 'UnrecognizedClientException' ])
{
	$server->safe_psql('postgres', "SET ROLE administrator; SELECT pca_$step->[0]_access_key('$key->{id}')");
	is(send_request($list->()), $step->[1], "after $step->[0]: $step->[1]");
}
is( $server->safe_psql('postgres',
		"SELECT string_agg(operation, ' ' ORDER BY at) FROM pca.audit_event WHERE resource = '$key->{id}'"),
	'CreateAccessKey DisableAccessKey DisableAccessKey EnableAccessKey DeleteAccessKey',
	'the audit trail has the changes');
$server->safe_psql('postgres', 'DROP OWNED BY stranger; DROP ROLE stranger; SELECT pca_run_maintenance()');
is($server->safe_psql('postgres', "SELECT count(*) FROM pca.access_key WHERE id = '$stranger->{id}'"),
	0, 'the access keys of a role that was dropped are removed');

# Access keys still work after a restart, but not without the key-encryption key.
my $living = access_key('administrator');
$server->restart;
is(send_request($list->(key => $living)), 'ok', 'a restart changes nothing');
my $key_file = $server->data_dir . '/pca_kek';
rename $key_file, "$key_file.away" or die "$key_file: $!";
is(send_request($list->(key => $living)), 'PCRFA',
	'without the key-encryption key no signature can be checked');
rename "$key_file.away", $key_file or die "$key_file: $!";
is(send_request($list->(key => $living)), 'ok', 'with it they are checked again');

done_testing();
