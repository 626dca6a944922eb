# Refused input costs little: the processor time and the memory of a backend for the
# worst input of each kind, each measured by itself, in several sizes.
#
# The promise is 50 ms and 16 MiB. On a busy machine a call may take longer. Five times
# as long means another order of growth.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use DER;
use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $most_seconds = 5 * 0.050;
my $most_kilobytes = 2 * 16 * 1024;

# So few shared buffers that they do not matter next to the backend's own memory.
my $server = start_server('cost',
	conf => "shared_buffers = 2MB\nautovacuum = off\nfsync = off\nmax_stack_depth = 2MB\n");
my $arn = create_authority($server, 'ROOT');
self_sign($server, $arn);
my $key = new_key('EC P-256');
my $leaf = issue($server, $arn, key_request($key, '/CN=leaf'));
my $subordinate = create_authority($server, 'SUBORDINATE', subject => { CommonName => 'Sub' });

# The inputs are in a table, in which large ones are compressed.
$server->safe_psql('postgres', <<~SQL);
	CREATE TABLE input (name text PRIMARY KEY, t text, j jsonb, b bytea);
	INSERT INTO input (name, t) VALUES
		('small', 'x'),
		('32 KiB', repeat('A', 32768)),
		('1 MiB', repeat('A', 1048576)),
		('2 MiB', repeat('A', 2097152)),
		('100 MB', repeat('A', 100000000));
	INSERT INTO input (name, t) SELECT 'latin-1 ' || n, repeat(chr(233), n)
	FROM unnest(ARRAY[32768, 1048576]) AS n;
	INSERT INTO input (name, j) VALUES ('{}', '{}');
	INSERT INTO input (name, j) SELECT kind || ' of ' || name, CASE kind
		WHEN 'string' THEN to_jsonb(repeat('A', size))
		WHEN 'array' THEN (SELECT jsonb_agg(1) FROM generate_series(1, size / 12))
		WHEN 'objects' THEN (SELECT jsonb_agg('{"Key": "k"}'::jsonb) FROM generate_series(1, size / 30))
		ELSE (SELECT jsonb_object_agg('k' || i, 1) FROM generate_series(1, size / 24) AS i) END
	FROM unnest(ARRAY['string', 'array', 'objects', 'object']) AS kind,
		(VALUES ('1 MiB', 1000000), ('4 MiB', 4000000)) AS s (name, size);
	INSERT INTO input (name, j) VALUES ('string of 100 MB', to_jsonb(repeat('A', 100000000)));
	SQL

sub put_text
{
	my ($name, $text) = @_;

	$server->safe_psql('postgres',
		'INSERT INTO input (name, t) VALUES (' . literal($name) . ', ' . literal($text) . ')');
}

sub put_json
{
	my ($name, $value) = @_;

	$server->safe_psql('postgres',
		'INSERT INTO input (name, j) VALUES (' . literal($name) . ', ' . literal(json($value)) . ')');
}

# Returns the cost of a refused call with an input: seconds of processor time,
# kilobytes, SQLSTATE.
sub cost
{
	my ($call, $name) = @_;
	my ($output, $errors);
	my $block = sub {
		return <<~SQL;
		DO \$do\$ BEGIN
			PERFORM $call FROM input WHERE name = '$_[0]';
			RAISE NOTICE 'state: none';
		EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'state: %', SQLSTATE; END \$do\$;
		SQL
	};
	my $memory =
	  q{SELECT (regexp_match(pg_read_file('/proc/self/status', 0, 10000, true), 'VmHWM:\s*(\d+) kB'))[1];};

	# A first call loads the library, plans and catalogs.
	$server->psql('postgres', $block->('small') . $block->('{}')
		  . "$memory\nSET client_min_messages = log; SET log_statement_stats = on;\n" . $block->($name)
		  . "SET log_statement_stats = off;\n$memory\n",
		stdout => \$output, stderr => \$errors, on_error_die => 1);
	my ($before, $after) = split /\n/, $output;
	my ($state) = $errors =~ /.*NOTICE:  state: (\w+)/s;
	my ($user, $system) = $errors =~ /!\s+([\d.]+) s user, ([\d.]+) s system, [\d.]+ s elapsed/;

	return ($user + $system, $after - $before, $state);
}

my %worst;

# Checks the cost of a call, and remembers the most expensive one of its kind.
sub is_cheap
{
	my ($kind, $what, $call, $name, $states) = @_;
	my ($seconds, $kilobytes, $state) = cost($call, $name);

	like($state, $states // qr/^PC/, "$kind: $what: it is refused");
	cmp_ok($seconds, '<', $most_seconds, "$kind: $what: processor time");
	cmp_ok($kilobytes, '<', $most_kilobytes, "$kind: $what: memory");
	$worst{$kind}{seconds} = [ $seconds, $what ] if $seconds > ($worst{$kind}{seconds}[0] // -1);
	$worst{$kind}{kilobytes} = [ $kilobytes, $what ] if $kilobytes > ($worst{$kind}{kilobytes}[0] // -1);
}

#
# Requests to pca_api: each member of each operation
#

my @operations = map { [ split /\|/ ] } split /\n/, $server->safe_psql('postgres', <<~SQL);
	SELECT o.operation, replace(initcap(replace(n.name, '_', ' ')), ' ', ''), n.type::regtype
	FROM pca.access_objects AS o JOIN pg_proc AS p ON p.oid = o.oid,
		LATERAL unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) AS n (name, type)
	WHERE o.operation IS NOT NULL ORDER BY 1, 2
	SQL
cmp_ok(scalar @operations, '>', 60, 'there are members');
my $requests = 0;

# Checks a whole request that is in the table, so that only pca_api reads it.
sub is_cheap_request
{
	my ($operation, $what, $request) = @_;
	my $name = 'request ' . ++$requests;

	$server->safe_psql('postgres',
		"INSERT INTO input (name, j) SELECT '$name', $request FROM input WHERE name = 'small'");
	is_cheap('pca_api', $what, "pca_api('$operation', j)", $name);
}

for my $of (@operations)
{
	my ($operation, $member, $type) = @$of;
	my $arn_member = $operation =~ /Policy/ ? 'ResourceArn' : 'CertificateAuthorityArn';

	for my $input ('string of 1 MiB', $type eq 'text' ? () : 'array of 1 MiB')
	{
		is_cheap_request($operation, "$operation: $member, $input",
			"jsonb_build_object('$arn_member', '$arn')"
			  . " || jsonb_build_object('$member', (SELECT i.j FROM input AS i WHERE i.name = '$input'))");
	}
}
is_cheap_request('IssueCertificate', "IssueCertificate: $_ of 100 MB",
	"jsonb_build_object('$_', repeat('A', 100000000))") for 'Csr', 'Validity', 'ApiPassthrough';
is_cheap_request('ImportCertificateAuthorityCertificate', "a chain of $_",
	"jsonb_build_object('CertificateAuthorityArn', '$subordinate', 'Certificate', 'QUJD',"
	  . " 'CertificateChain', repeat('QUFB', $_))")
  for 699050, 699051, 780000;
for my $input ('object of 1 MiB', 'object of 4 MiB', 'array of 4 MiB', 'string of 100 MB')
{
	is_cheap('pca_api', "the request, $input", "pca_api('IssueCertificate', j)", $input);
}
is_cheap('pca_api', 'the operation', "pca_api(t, '{}')", '100 MB');

#
# Calls of the functions
#

my $issue = sub {
	my (%with) = (csr => literal('x'), signing_algorithm => "'SHA256WITHECDSA'",
		validity => q('{"Value": 1, "Type": "DAYS"}'), @_);

	return "pca_issue_certificate('$arn', " . join(', ', map { "$_ => $with{$_}" } sort keys %with) . ')';
};
for my $input ('32 KiB', '2 MiB', '100 MB', 'latin-1 32768')
{
	is_cheap('text', "csr, $input", $issue->(csr => 't'), $input);
	is_cheap('text', "$_, $input", $issue->($_ => 't'), $input)
	  for qw(signing_algorithm template_arn idempotency_token);
	is_cheap('text', "policy, $input", "pca_put_policy('$arn', t)", $input);
	is_cheap('text', "certificate_authority_arn, $input", 'pca_describe_certificate_authority(t)', $input);
	is_cheap('text', "next_token, $input", 'pca_list_certificate_authorities(next_token => t, max_results => 1)',
		$input);
	is_cheap('text', "certificate_serial, $input", "pca_revoke_certificate('$arn', t, 'SUPERSEDED')", $input);
	is_cheap('text', "certificate, $input", "pca_import_certificate_authority_certificate('$subordinate', t)",
		$input);
	is_cheap('text', "certificate_chain, $input",
		"pca_import_certificate_authority_certificate('$subordinate', 'x', t)", $input);
}
for my $input (map { ("$_ of 1 MiB", "$_ of 4 MiB") } qw(string array objects object))
{
	is_cheap('structure', "$_, $input", $issue->($_ => 'j'), $input)
	  for qw(validity validity_not_before api_passthrough);
	is_cheap('structure', "tags, $input", "pca_tag_certificate_authority('$arn', j)", $input);
	is_cheap('structure', "configuration, $input", "pca_create_certificate_authority(j, 'ROOT')", $input);
	is_cheap('structure', "revocation_configuration, $input", "pca_update_certificate_authority('$arn', j)",
		$input);
	is_cheap('array', "actions, $input",
		"pca_create_permission('$arn', 'acm.amazonaws.com', ARRAY(SELECT jsonb_array_elements_text(j)))", $input)
	  if $input =~ /^array of 1/;
}
put_json('access', {
	KeyAlgorithm => 'EC_prime256v1', SigningAlgorithm => 'SHA256WITHECDSA', Subject => { CommonName => 'x' },
	CsrExtensions => { SubjectInformationAccess => [ ({
		AccessMethod => { AccessMethodType => 'CA_REPOSITORY' },
		AccessLocation => { UniformResourceIdentifier => 'a' } }) x 6000 ] } });
is_cheap('structure', 'information access', "pca_create_certificate_authority(j, 'ROOT')", 'access');
put_json('extensions', {
	Extensions =>
	  { CustomExtensions => [ map { { ObjectIdentifier => "1.2.3.$_", Value => 'MA' x 2048 } } 1 .. 150 ] } });
is_cheap('structure', 'custom extensions',
	$issue->(
		csr => literal(key_request($key, '/CN=x')),
		api_passthrough => 'j',
		template_arn => literal(template('BlankEndEntityCertificate_APIPassthrough'))),
	'extensions');

#
# Policies, in which each member is compared with the others
#

put_text('members', '{' . join(',', map { sprintf '"%x":1', $_ } 1 .. 8900) . '}');
put_text('one member', '{' . join(',', ('"":1') x 16000) . '}');
put_text('nested', '[' x 40000 . ']' x 40000);
put_text('statements', '{"Statement":[' . join(',', ('{}') x 25000) . ']}');
# The product of accounts and actions, most of which are repeated. The last statement is
# refused.
put_text('accounts and actions', json({
	Version => '2012-10-17',
	Statement => [
		{
			Effect => 'Allow',
			Principal => { AWS => [ map { "$_" } 130000000001 .. 130000002500 ] },
			Action => [ ('acm-pca:ListTags') x 1700 ],
			Resource => $arn
		},
		{} ] }));
is_cheap('policy', $_, "pca_put_policy('$arn', t)", $_)
  for 'members', 'one member', 'nested', 'statements', 'accounts and actions';

#
# DER: many values, many extensions, many names
#

sub csr_with
{
	my ($subject, @extensions) = @_;
	my $info = der(0x30, der(0x02, "\0"), $subject,
		openssl('', 'pkey', '-in', $key, '-pubout', '-outform', 'DER'),
		der(0xa0, der(0x30, der_oid('1.2.840.113549.1.9.14'), der(0x31, der(0x30, @extensions)))));
	my $signature = openssl($info, 'dgst', '-sha256', '-sign', $key);

	return der_to_pem('CERTIFICATE REQUEST',
		der(0x30, $info, der(0x30, der_oid('1.2.840.10045.4.3.2')), der(0x03, "\0", $signature)));
}

my $blank = literal(template('BlankEndEntityCertificate_CSRPassthrough'));
my $names = der_name(map { ('2.5.4.3' => 'x') } 1 .. 1245);
put_text('names', csr_with($names));
put_text('many extensions',
	csr_with(der_name('2.5.4.3' => 'x'), map { extension("1.2.3.$_", 0, "\x05\x00") } 1 .. 1500, 1));
put_text('many alternative names', csr_with(der_name('2.5.4.3' => 'x'),
		extension('2.5.29.17', 0, der(0x30, (der(0x82, 'a')) x 4990, der(0x88, "\x80")))));
is_cheap('CSR', $_, $issue->(csr => 't', template_arn => $blank), $_)
  for 'names', 'many extensions', 'many alternative names';

my $outside = outside_authority('Outside', undef, kind => 'RSA 2048');
my $spki = request_parts(own_request($server, $subordinate))->{spki};
my @many = map { extension("1.2.3.$_", 0, "\x05\x00") } 1 .. 1500;
my $own = sign_certificate(
	issuer => $outside->{name},
	signer => $outside->{key},
	subject => der_name('2.5.4.3' => 'Sub'),
	spki => $spki,
	extensions => [ basic_constraints(0), @many[ 0 .. 200 ] ]);
my $link = sign_certificate(
	issuer => $outside->{name},
	signer => $outside->{key},
	subject => $outside->{name},
	spki => $outside->{spki},
	extensions => [ basic_constraints(), @many ]);
put_text('chain', $link x 16);
is_cheap('import', 'a chain of many extensions',
	"pca_import_certificate_authority_certificate('$subordinate', " . literal($own) . ', t)', 'chain');

#
# Name constraints: many names, each with many subtrees
#

sub constrained
{
	my ($top, @subtrees) = @_;
	my $constraints = extension('2.5.29.30', 1, der(0x30, der(0xa1, map { der(0x30, $_) } @subtrees)));

	return sign_certificate(issuer => $top->{name}, signer => $top->{key},
		subject => der_name('2.5.4.3' => 'Sub'), spki => $spki,
		extensions => [ basic_constraints(0), $constraints ]);
}

my $narrow = $issue->() =~ s/\Q$arn\E/$subordinate/r;
for my $of (
	# As many comparisons as are allowed, all of names that differ only in their first
	# letter.
	[ 'many names and subtrees, the last excluded',
		[ map { der(0x82, sprintf 'a%03d.%s', $_, 'b' x 30) } 0 .. 499 ],
		[ (map { der(0x82, sprintf 'c%03d.%s', $_, 'b' x 30) } 0 .. 498), der(0x82, 'a499.' . 'b' x 30) ] ],
	[ 'more names and subtrees than are compared',
		[ map { der(0x82, sprintf 'a%03d', $_) } 0 .. 999 ],
		[ map { der(0x82, sprintf 'c%03d', $_) } 0 .. 1999 ] ],
	[ 'names of many attributes',
		[ der(0xa4, der_name(map { ('2.5.4.3' => 'x') } 1 .. 600)) ],
		[ (der(0xa4, der_name(map { ('2.5.4.3' => 'x') } 1 .. 599))) ] ],
	[ 'URIs',
		[ map { der(0x86, "http://a$_.example.com/") } 0 .. 499 ],
		[ (map { der(0x86, "c$_.example.com") } 0 .. 498), der(0x86, 'a499.example.com') ] ],
	[ 'mailboxes',
		[ map { der(0x81, "a$_\@example.com") } 0 .. 499 ],
		[ (map { der(0x81, "c$_\@example.com") } 0 .. 498), der(0x81, 'a499@example.com') ] ])
{
	my ($name, $given, $excluded) = @$of;
	my ($state, $text) = import_certificate($server, $subordinate, constrained($outside, @$excluded),
		$outside->{chain});

	is($state, 'ok', "name constraints: $name: the CA") or diag $text;
	put_text("constraints: $name",
		csr_with(der_name('2.5.4.10' => 'x'), extension('2.5.29.17', 0, der(0x30, @$given))));
	is_cheap('name constraints', $name, $narrow =~ s/csr => [^,]+/csr => t/r, "constraints: $name", qr/^PCIAG$/);
}

#
# OCSP and CRLs
#

$server->safe_psql('postgres', <<~SQL);
	INSERT INTO input (name, b) SELECT 'bytes ' || n, convert_to(repeat('0', n), 'UTF8')
	FROM unnest(ARRAY[65536, 65537, 100000000, 300000000]) AS n;
	INSERT INTO input (name, b)
	VALUES ('values', '\\x308300f000'::bytea || decode(repeat('0500', 30720), 'hex'));
	SQL
is_cheap('OCSP request', $_, 'pca_ocsp_response(b)', $_, qr/^none$/)
  for 'bytes 65536', 'bytes 65537', 'bytes 100000000', 'values';
is_cheap('CRL', $_, "pca_import_crl('$arn', b)", $_) for 'bytes 65536', 'bytes 300000000', 'values';

diag sprintf "%-14s %6.1f ms (%s)  %7.1f MiB (%s)", $_, 1000 * $worst{$_}{seconds}[0], $worst{$_}{seconds}[1],
	$worst{$_}{kilobytes}[0] / 1024, $worst{$_}{kilobytes}[1]
  for sort keys %worst;

done_testing();
