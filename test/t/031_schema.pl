# The extension in a schema of its own, in one that others may create functions
# in, in one that is renamed, and in a database whose language has its own idea
# of upper and lower case.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Utils;
use Server;
use Test::More;

my $server = start_server('schema');
my $can_create = 'roles other than superusers can create functions in schema';
my $warning = qr/WARNING: .*$can_create "(\w+)".*?DETAIL: +They are: ([^.]*)\./s;

# Runs some SQL in a database. Returns its output, and what it warned about: the schema,
# and the roles that may create functions there.
sub run
{
	my ($database, $sql) = @_;
	my ($status, $output, $errors) = $server->psql($database, $sql, on_error_stop => 1);

	is($status, 0, $sql) or diag $errors;
	return ($output, $errors =~ $warning ? "$1: $2" : '');
}

$server->safe_psql('postgres',
	'CREATE ROLE app; CREATE ROLE "Some One"; CREATE ROLE owner; CREATE ROLE super SUPERUSER');

#
# Other roles that may create functions in the extension's schema
#

$server->safe_psql('postgres', 'CREATE DATABASE warned OWNER owner');
$server->safe_psql('postgres', 'CREATE DATABASE quiet OWNER super');
$server->safe_psql('warned', <<~'SQL');
	CREATE SCHEMA ca;
	CREATE SCHEMA theirs AUTHORIZATION "Some One";
	CREATE SCHEMA shared;
	GRANT CREATE ON SCHEMA shared TO PUBLIC, app, super;
	SQL
my @cases = (
	[ 'warned', '', 'public: owner' ],
	[ 'quiet', '', '' ],
	[ 'warned', 'ca', '' ],
	[ 'warned', 'theirs', 'theirs: "Some One"' ],
	[ 'warned', 'shared', 'shared: PUBLIC, app' ]);
for (@cases)
{
	my ($database, $schema, $warned) = @$_;
	my $in = $schema eq '' ? 'public' : $schema;

	is((run($database, 'CREATE EXTENSION pca' . ($schema eq '' ? '' : " SCHEMA $schema")))[1], $warned,
		'CREATE EXTENSION warns of them');
	is((run($database, "SELECT $in.pca_grant_access('app'::regrole, 'issuer'::text)"))[1], $warned,
		'and so does pca_grant_access()');
	is((run($database, "SET ROLE app; SELECT $in.pca_list_certificate_authorities()"))[0], '',
		'a role that was granted access finds the functions');
	# A call could resolve to another function of that name. One that casts its arguments
	# resolves to ours.
	$server->safe_psql($database, 'DROP EXTENSION pca');
}
run('quiet', 'CREATE EXTENSION pca');
$server->safe_psql('quiet', 'GRANT CREATE ON SCHEMA public TO app');
is((run('quiet', q{SELECT pca_grant_access('app'::regrole, 'issuer'::text)}))[1], 'public: app',
	'also when it is allowed later');

# A call that casts its arguments resolves to our function, whatever else has that name.
# Without casts it may not.
$server->safe_psql('quiet', <<'SQL');
CREATE ROLE tenant;
SET ROLE app;
CREATE FUNCTION public.pca_register_account(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'caught' $$;
CREATE FUNCTION public.pca_grant_access(text, text) RETURNS text LANGUAGE sql AS $$ SELECT 'caught' $$;
CREATE FUNCTION public.pca_register_service_principal(text, text) RETURNS text LANGUAGE sql
	AS $$ SELECT 'caught' $$;
SQL
is($server->safe_psql('quiet', "SELECT pca_register_account('tenant', '111122223333')"), 'caught',
	'a call with untyped literals is caught');
is($server->safe_psql('quiet', <<~'SQL'), '||', 'one with casts is not');
	SELECT pca_register_account('tenant'::regrole, '111122223333'::text),
		pca_grant_access('tenant'::regrole, 'issuer'::text),
		pca_register_service_principal('tenant'::regrole, 'acm.amazonaws.com'::text)
	SQL
# So the documents cast them, wherever they are called.
for my $file ('README.md', 'docs/SECURITY.md', 'docs/OPERATIONS.md')
{
	my $text = slurp_file("$FindBin::Bin/../../$file");
	my @calls = $text =~ /\bpca_(?:register_account|register_service_principal|grant_access)\('[^)]*\)/g;

	cmp_ok(scalar @calls, '>', 0, "$file calls them");
	is_deeply([ grep { !/…/ && !/\('\w+'::regrole, (?:'[\w.]+'|NULL)::text\)/ } @calls ], [],
		"$file casts their arguments");
}

#
# pca_api: its functions are found, and its names are made, in any database
#

# Makes an authority and lets it issue, only through the API's JSON.
sub use_api
{
	my ($database, $schema) = @_;
	my $api = sub {
		my ($operation, $request) = @_;
		return JSON::PP->new->decode($server->safe_psql($database,
				"SELECT $schema.pca_api(" . literal($operation) . ', ' . literal(json($request)) . ')'));
	};
	my $arn = $api->('CreateCertificateAuthority', {
			CertificateAuthorityType => 'ROOT',
			IdempotencyToken => 'I',
			CertificateAuthorityConfiguration => {
				KeyAlgorithm => 'EC_prime256v1',
				SigningAlgorithm => 'SHA256WITHECDSA',
				Subject => { CommonName => 'I' } } })->{CertificateAuthorityArn};
	my $csr = $api->('GetCertificateAuthorityCsr', { CertificateAuthorityArn => $arn })->{Csr};
	my $encoded = sub {
		return $server->safe_psql($database,
			'SELECT translate(encode(convert_to(' . literal(shift) . ", 'UTF8'), 'base64'), E'\\n', '')");
	};
	my $certificate = $api->('IssueCertificate', {
			CertificateAuthorityArn => $arn,
			Csr => $encoded->($csr),
			SigningAlgorithm => 'SHA256WITHECDSA',
			TemplateArn => template('RootCACertificate'),
			Validity => { Type => 'DAYS', Value => 100 },
			IdempotencyToken => 'I' })->{CertificateArn};
	my $got = $api->('GetCertificate', { CertificateAuthorityArn => $arn, CertificateArn => $certificate });
	is_deeply($api->('ImportCertificateAuthorityCertificate',
			{ CertificateAuthorityArn => $arn, Certificate => $encoded->($got->{Certificate}) }), {},
		"$database: ImportCertificateAuthorityCertificate");
	is($api->('DescribeCertificateAuthority',
			{ CertificateAuthorityArn => $arn })->{CertificateAuthority}{Status}, 'ACTIVE',
		"$database: DescribeCertificateAuthority");
	is_deeply($api->('TagCertificateAuthority', { CertificateAuthorityArn => $arn, Tags => [ { Key => 'I' } ] }),
		{}, "$database: TagCertificateAuthority");
	is_deeply($api->('ListTags', { CertificateAuthorityArn => $arn, MaxResults => 10 })->{Tags},
		[ { Key => 'I' } ], "$database: ListTags");
	is(scalar @{ $api->('ListCertificateAuthorities', {})->{CertificateAuthorities} }, 1,
		"$database: ListCertificateAuthorities");
	is_deeply($api->('CreatePermission', { CertificateAuthorityArn => $arn, Principal => 'acm.amazonaws.com',
				Actions => [ 'IssueCertificate', 'GetCertificate', 'ListPermissions' ] }), {},
		"$database: CreatePermission");
	is(scalar @{ $api->('ListPermissions', { CertificateAuthorityArn => $arn })->{Permissions}[0]{Actions} }, 3,
		"$database: ListPermissions");
	is_deeply($api->('UpdateCertificateAuthority', { CertificateAuthorityArn => $arn, Status => 'DISABLED' }),
		{}, "$database: UpdateCertificateAuthority");
	is_deeply($api->('DeleteCertificateAuthority', { CertificateAuthorityArn => $arn,
				PermanentDeletionTimeInDays => 7 }), {}, "$database: DeleteCertificateAuthority");
	is((try($server, "UPDATE pca.certificate SET template = template", database => $database))[0], '23000',
		"$database: a record does not change");
	like((try($server, "UPDATE pca.certificate SET template = template", database => $database))[1],
		qr/cannot update table/, "$database: and says so");
}

# Where other functions of each name take one further argument, or any number of them.
$server->safe_psql('quiet', <<'SQL');
DO $$
DECLARE
	made record;
BEGIN
	FOR made IN
		SELECT proname, oidvectortypes(proargtypes) AS types, pronargs
		FROM pg_proc
		WHERE pronamespace = 'public'::regnamespace AND proname ^@ 'pca_' AND proname <> 'pca_api'
			AND pronargs > 0 AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'sql')
	LOOP
		EXECUTE format('CREATE FUNCTION public.%I(%s, more integer DEFAULT 0)'
			' RETURNS text LANGUAGE sql AS $f$ SELECT ''caught''::text $f$',
			made.proname, made.types);
		EXECUTE format('CREATE FUNCTION public.%I(%s, VARIADIC more integer[] DEFAULT ''{}'')'
			' RETURNS text LANGUAGE sql AS $f$ SELECT ''caught''::text $f$',
			made.proname, made.types);
	END LOOP;
END
$$;
SQL
use_api('quiet', 'public');

$server->safe_psql('postgres', 'CREATE DATABASE renamed');
$server->safe_psql('renamed',
	'CREATE SCHEMA before; CREATE EXTENSION pca SCHEMA before; ALTER SCHEMA before RENAME TO "After"');
use_api('renamed', '"After"');
is((run('renamed', q{SELECT "After".pca_grant_access('app'::regrole, 'issuer'::text)}))[1], '',
	'pca_grant_access() in a schema that was renamed');
is((run('renamed', 'SET ROLE app; SELECT "After".pca_list_certificate_authorities()'))[0] =~ tr/\n//, 0,
	'and a role that was granted access finds them there');

SKIP:
{
	skip 'this PostgreSQL has no ICU', 14
	  if try($server,
		"CREATE DATABASE turkish TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR' LOCALE 'C.UTF-8'")
	  ne 'ok';
	is($server->safe_psql('turkish', "SELECT lower('I')"), "\xc4\xb1", 'a capital I has no dot below it');
	$server->safe_psql('turkish', 'CREATE EXTENSION pca');
	use_api('turkish', 'public');
}

# As the documents install it.
my ($statements) = slurp_file("$FindBin::Bin/../../docs/OPERATIONS.md")
  =~ /^Then, as a superuser.*?^```sql\n(.*?)^```/ms;
$server->safe_psql('postgres', 'CREATE DATABASE pki OWNER owner');
is((run('pki', $statements))[1], '', 'installed as documented, no other role may create functions');
is((run('pki', <<~'SQL'))[0], '', 'and calls need no schema');
	SELECT pca_grant_access('app'::regrole, 'issuer'::text);
	SET ROLE app;
	SELECT pca_list_certificate_authorities();
	SQL

$server->stop;
done_testing();
