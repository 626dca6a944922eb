# pca_check_csr() predicts for every request of the corpora, with several templates
# and passthroughs, what pca_issue_certificate() does. It accepts what is issued, with
# the names that the certificate has, and refuses what is refused, in the same words.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $corpus = "$FindBin::Bin/../fixtures/csr";
my @files =
  map { s{^\Q$corpus/\E}{}r } glob "$corpus/good/* $corpus/evil/* $corpus/size/* $corpus/field/*.csr";

cmp_ok(scalar @files, '>', 300, 'there are requests');

my $server = start_server('check_csr');
my $arn = create_authority($server, 'ROOT');
self_sign($server, $arn);

$server->safe_psql('postgres',
	'CREATE TABLE request (file text, csr text); INSERT INTO request VALUES '
	  . join(', ', map { '(' . literal($_) . ', ' . literal(slurp_file("$corpus/$_")) . ')' } @files));

# A call for each request: template and passthrough.
my @ways = (
	[ undef, undef ],
	[ 'EndEntityCertificate_CSRPassthrough', undef ],
	[ 'BlankEndEntityCertificate_APICSRPassthrough',
		'{"Subject": {"CommonName": "passed"}, "Extensions": {"SubjectAlternativeNames":'
		  . ' [{"DnsName": "a.example.com"}, {"IpAddress": "192.0.2.1"}]}}' ],
	[ 'SubordinateCACertificate_PathLen3', undef ],
	[ 'EndEntityCertificate_APIPassthrough',
		'{"Extensions": {"CustomExtensions": [{"ObjectIdentifier": "1.2.3", "Value": "BQA="}]}}' ],
	[ 'EndEntityCertificate_APIPassthrough',
		'{"Extensions": {"CustomExtensions": [{"ObjectIdentifier": "1.2.3", "Value": "AQ=="}]}}' ],
	[ 'EndEntityCertificate_APIPassthrough',
		'{"Subject": {"CommonName": "x", "CustomAttributes": [{"ObjectIdentifier": "1.2.3", "Value": "x"}]}}' ],
	[ 'EndEntityCertificate_APIPassthrough', '{"Subjet": {}}' ],
	[ 'NoSuchTemplate', undef ]);
$server->safe_psql('postgres',
	'CREATE TABLE way (n serial, template text, passthrough jsonb);'
	  . ' INSERT INTO way (template, passthrough) VALUES '
	  . join(', ',
		map { '(' . literal($_->[0] && template($_->[0])) . ', ' . literal($_->[1]) . '::jsonb)' } @ways));

# The outcome of each call, and what pca_check_csr() said before.
$server->safe_psql('postgres', <<"SQL");
CREATE TABLE outcome AS
	SELECT r.file, w.n, w.template, c.*, NULL::text AS arn, NULL::text AS state, NULL::text AS said
	FROM request AS r, way AS w, pca_check_csr(r.csr, w.template, w.passthrough) AS c;
CREATE FUNCTION issue(request text, template text, passthrough jsonb,
	OUT arn text, OUT state text, OUT said text)
	LANGUAGE plpgsql AS \$\$
	DECLARE
		message text;
		detail text;
		hint text;
	BEGIN
		arn := pca_issue_certificate('$arn', request, 'SHA256WITHECDSA', '{"Type": "DAYS", "Value": 1}',
			template, passthrough);
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
			detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		said := concat_ws(' | ', message, detail, hint);
	END
	\$\$;
UPDATE outcome AS o SET arn = i.arn, state = i.state, said = i.said
	FROM request AS r, way AS w, issue(r.csr, w.template, w.passthrough) AS i
	WHERE r.file = o.file AND w.n = o.n;
SQL

sub rows
{
	my ($query) = @_;

	return $server->safe_psql('postgres', $query);
}

is(rows('SELECT count(*) FROM outcome'), @files * @ways,
	'each request was checked and issued for in each way');
cmp_ok(rows("SELECT count(*) FROM outcome WHERE is_acceptable AND n = $_"), '>', 40, "way $_ accepts some")
  for 1 .. 5;
cmp_ok(rows("SELECT count(DISTINCT state) FROM outcome"), '>=', 3, 'there are several kinds of refusal');
is(rows('SELECT file, n FROM outcome WHERE is_acceptable IS DISTINCT FROM (arn IS NOT NULL)'), '',
	'what is acceptable is issued, and nothing else');
is(rows(<<~'SQL'),
	SELECT file, n, sqlstate, state, concat_ws(' | ', message, detail, hint), said FROM outcome
	WHERE NOT is_acceptable
		AND (sqlstate, concat_ws(' | ', message, detail, hint)) IS DISTINCT FROM (state, said)
	SQL
	'', 'what is refused is refused in the same words');
is(rows(<<~'SQL'),
	SELECT file, n FROM outcome JOIN pca.certificates AS c ON c.certificate_arn = arn
	WHERE (outcome.subject, outcome.subject_alternative_names)
		IS DISTINCT FROM (c.subject, c.subject_alternative_names)
	SQL
	'', 'the names are those of the certificate');
is(rows('SELECT file, n FROM outcome WHERE is_acceptable AND num_nulls(sqlstate, message, detail, hint) < 4'),
	'', 'what is acceptable has no fault');
is(rows(<<~'SQL'),
	SELECT string_agg(DISTINCT key_algorithm, ' ' ORDER BY key_algorithm) FROM outcome
	WHERE is_acceptable AND key_algorithm !~ '^ML_DSA'
	SQL
	'EC_prime256v1 EC_secp384r1 EC_secp521r1 Ed25519 Ed448 RSA_2048 RSA_3072 RSA_4096 RSA_8192',
	'the key algorithms');
is(rows(q{SELECT subject FROM outcome WHERE n = 1 AND file = 'evil/weak-rsa-prime.pem'}),
	'CN=device-1.example.com', 'the subject of a refused request');

# A root's own request, the only one that its authority accepts for a root template.
is(rows("SELECT c.is_acceptable FROM pca_check_csr(pca_get_certificate_authority_csr('$arn'), '"
		  . template('RootCACertificate') . "') AS c"), 't', "a CA's own request, for a root template");

# It needs no CA, no account and no transaction that may write. A bad row does not end
# the statement.
$server->safe_psql('postgres', <<~'SQL');
	CREATE ROLE checker LOGIN;
	GRANT SELECT ON request TO checker;
	SELECT pca_grant_access('checker', 'issuer'), pca_register_account('checker', NULL);
	SQL
my ($state, $output) = try($server, <<~'SQL', user => 'checker');
	BEGIN READ ONLY;
	SELECT count(*) > 300, bool_or(c.is_acceptable), bool_and(c.is_acceptable)
	FROM request AS r, pca_check_csr(r.csr) AS c;
	COMMIT;
	SQL
is($state, 'ok', 'a role without an account checks all in a transaction that is read only') or diag $output;
like($output, qr/^t\|t\|f$/m, 'some are acceptable');
my ($shown, $warnings);
$server->psql('postgres', <<~'SQL', stdout => \$shown, stderr => \$warnings);
	SELECT c.is_acceptable FROM request AS r, pca_check_csr(r.csr) AS c
	WHERE r.file = 'good/ec-p256-sha256.pem'
	SQL
is("$shown$warnings", 't', 'no warning for a good request');
is(rows('SELECT c.is_acceptable, c.sqlstate FROM pca_check_csr(NULL) AS c'), 'f|PCVAL', 'no request');
is(rows("SELECT c.is_acceptable, c.sqlstate, c.subject IS NULL"
		  . " FROM pca_check_csr(repeat('x', 1000000)) AS c"),
	'f|PCVAL|t', 'one that is too long');

#
# The error of a statement that issues for many requests names the request
#

my $csr = slurp_file("$corpus/good/ec-p256-sha256.pem");
my $bulk = <<~"SQL";
	SELECT pca_issue_certificate('$arn', csr, 'SHA256WITHECDSA', '{"Type": "DAYS", "Value": 1}')
	FROM request WHERE file IN ('good/ec-p256-sha256.pem', '%s')
	SQL

for my $case (
	[ 'evil/weak-rsa-prime.pem',
		'certificate signing request with subject "CN=device-1.example.com", whose text has the SHA-256 ' ],
	[ 'evil/version-2.pem',
		'certificate signing request with subject "CN=device-1.example.com", whose text has the SHA-256 ' ],
	[ 'evil/pem-garbage.pem', 'certificate signing request whose text has the SHA-256 ' ])
{
	my ($file, $label) = @$case;
	my ($error, $text) = try($server, sprintf $bulk, $file);
	my $digest = rows("SELECT encode(sha256(convert_to(csr, 'UTF8')), 'hex') FROM request WHERE file = '$file'");

	is($error, 'PCMCS', "$file among others is an error");
	like($text, qr/^CONTEXT:  \Q$label$digest\E$/m, "$file: its CONTEXT names the request");
}
# Other errors of the call are about a request too, and name it once it has been read.
($state, $output) = try($server, 'SELECT ' . issue_call($arn, $csr, validity => [ 'DAYS', 100_000 ]));
like($output, qr/^CONTEXT:  certificate signing request with subject "CN=device-1\.example\.com"/m,
	'the validity of a request');
($state, $output) = try($server, 'SELECT ' . issue_call($arn, 'x' x 40_000));
unlike($output, qr/CONTEXT/, 'a request that is too long is not read');
is(rows(q{SELECT count(*) FROM outcome WHERE subject ~ '[\x01-\x1f\x7f]'}), '0',
	'no control character in any subject that is shown');

done_testing();
