# Python's json and csv modules read an audit report, and it takes no more memory for a
# hundred thousand certificates than for ten thousand.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

# So few shared buffers that they do not matter next to the backend's own memory.
my $server = start_server('audit_report',
	conf => "shared_buffers = 2MB\npca.audit_report_interval = 0\nfsync = off\n");
my $arn = create_authority($server, 'ROOT');
self_sign($server, $arn);
my $request = key_request(new_key('EC P-256'), '/CN=leaf');

# Certificates with names that either format must be able to hold.
my @names = ('plain', 'a,b', 'say "x"', '=1+1', '  spaces  ', '\\', '#', '{"a": [1]}',
	"\x{fc}\x{4e1c}\x{1f511}", "'; DROP TABLE x; --");
for my $name (@names)
{
	issue($server, $arn, $request, template => 'EndEntityCertificate_APIPassthrough',
		api_passthrough => json({ Subject => { CommonName => $name, Organization => 'Example' } }));
}
$server->safe_psql('postgres', <<~SQL);
	INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason, not_after, account_id,
		session_user_name, current_user_name)
	SELECT authority_id, serial, now(), 'SUPERSEDED', not_after, account_id, 'x', 'x'
	FROM pca.certificate ORDER BY serial LIMIT 3
	SQL

# Makes a report in a session of its own. Returns its key, its size, and the peak memory
# of the backend, in kB, before and after.
sub report
{
	my ($format) = @_;
	my $create = 'SELECT s3_key FROM '
	  . call('pca_create_certificate_authority_audit_report', certificate_authority_arn => $arn,
		s3_bucket_name => 'reports', audit_report_response_format => $format);
	my $memory =
	  q{SELECT (regexp_match(pg_read_file('/proc/self/status', 0, 10000, true), 'VmHWM:\s*(\d+) kB'))[1]};
	my ($before, $key, $after) = split /\n/, $server->safe_psql('postgres',
		"DO \$\$ BEGIN PERFORM count(*) FROM pca.objects; END \$\$;\n$memory;\n$create;\n$memory;\n");

	return ($key, $server->safe_psql('postgres', 'SELECT size FROM pca.object WHERE key = ' . literal($key)),
		$before, $after);
}

# Returns the lines that a program prints for a report.
sub read_by
{
	my ($key, $program) = @_;
	my $file = "$PostgreSQL::Test::Utils::tmp_check/" . $key =~ s{.*/}{}r;
	my ($output, $errors) = ('', '');

	append_to_file($file, pack('H*',
			$server->safe_psql('postgres', "SELECT encode(pca_get_object('reports', " . literal($key) . "), 'hex')")));
	IPC::Run::run([ 'python3', '-c', $program, $file ], '>', \$output, '2>', \$errors) or die $errors;
	return split /\n/, $output;
}

# The members of each certificate, absent ones left out, one certificate on a line.
my $print = 'print(json.dumps({k: v for k, v in row.items() if v != ""}))';
my @json = read_by((report('JSON'))[0], <<~PYTHON);
	import json, sys
	for row in json.load(open(sys.argv[1], encoding="utf-8")):
	    $print
	PYTHON
my @csv = read_by((report('CSV'))[0], <<~PYTHON);
	import csv, json, sys
	for row in csv.DictReader(open(sys.argv[1], encoding="utf-8", newline=""), strict=True):
	    assert None not in row and None not in row.values()
	    $print
	PYTHON
is(scalar @json, 1 + @names, 'the report has every certificate');
is_deeply(\@csv, \@json, 'Python reads the same from CSV as from JSON');
is(scalar(
		grep { /"revokedAt": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", "revocationReason": "SUPERSEDED"/ } @json), 3,
	'it says which are revoked');
is(scalar(grep { /"subject": "CN=.*,O=Example"/ } @json), scalar @json,
	'a subject has its last attribute first');

my $stored = $server->safe_psql('postgres',
	"SELECT string_agg(replace(serial::text, '-', ''), ' ' ORDER BY serial) FROM pca.certificate");
is(join(' ', map { /"serial": "([0-9a-f:]{47})"/ ? $1 =~ s/://gr : 'none' } @json), $stored,
	'certificates are in the order of their serial numbers');

sub fill
{
	my ($count) = @_;

	$server->safe_psql('postgres', <<~SQL);
		INSERT INTO pca.certificate (authority_id, serial, issued_at, not_before, not_after, account_id,
			template, certificate, session_user_name, current_user_name)
		SELECT c.authority_id, gen_random_uuid(), c.issued_at, c.not_before, c.not_after, c.account_id,
			c.template, c.certificate, c.session_user_name, c.current_user_name
		FROM (SELECT * FROM pca.certificate LIMIT 1) AS c,
			generate_series(1, $count - (SELECT count(*) FROM pca.certificate));
		VACUUM (ANALYZE) pca.certificate;
		SQL
}

my %counts = (
	JSON => <<~'PYTHON',
		import json, sys
		print("x\n" * len(json.load(open(sys.argv[1], encoding="utf-8"))))
		PYTHON
	CSV => <<~'PYTHON');
		import csv, sys
		file = open(sys.argv[1], encoding="utf-8", newline="")
		print("x\n" * sum(1 for row in csv.DictReader(file, strict=True)))
		PYTHON
for my $format ('JSON', 'CSV')
{
	$server->safe_psql('postgres', 'DELETE FROM pca.certificate WHERE serial NOT IN ('
		  . 'SELECT serial FROM pca.certificate ORDER BY serial LIMIT 10)');
	fill(10_000);
	my ($small, $small_size, undef, $small_memory) = report($format);
	fill(100_000);
	my ($large, $large_size, $before, $large_memory) = report($format);

	note "$format: $small_size octets took $small_memory kB, $large_size octets $large_memory kB,"
	  . " a session has $before kB";
	cmp_ok($large_size, '>', 9.5 * $small_size,
		"$format: the report of ten times as many certificates is ten times as long");
	cmp_ok($large_memory, '<', 1.2 * $small_memory, "$format: it takes the same memory");
	cmp_ok($large_memory - $before, '<', $large_size / 1024 / 2, "$format: and less than its own length");
	is(scalar read_by($large, $counts{$format}), 100_000, "$format: it is whole");
}

done_testing();
