# An ordinary role can set the settings of the extension before the library is loaded,
# when their names are still unknown. It gains nothing once the library is loaded:
# neither its own value nor the default replaces the configured one.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use PostgreSQL::Test::Utils;
use Server;
use Test::More;

# For each setting a value that is not the default, and the one that an attacker wants.
my $command = 'echo ' . '5a' x 32;
my %configured = (
	'pca.partition' => 'aws-cn',
	'pca.region' => 'eu-west-1',
	'pca.account_id' => '160000000001',
	'pca.key_encryption_key_file' => '/nonexistent/configured',
	'pca.key_encryption_key_command' => $command,
	'pca.key_encryption_key_command_timeout' => '13s',
	'pca.create_idempotency_window' => '7min',
	'pca.issue_idempotency_window' => '8min',
	'pca.crl_base_url' => 'http://crl.example.com',
	'pca.ocsp_url' => 'http://ocsp.example.com',
	'pca.revoke_expired_certificates' => 'on',
	'pca.audit_report_interval' => '9min',
	'pca.crl_refresh_delay' => '10min',
	'pca.max_status_lag' => '11min',
	'pca.ocsp_validity' => '12min',
	'pca.ocsp_backdate' => '14min',
	'pca.allow_foreign_status_signers' => 'on',
	'pca.verify_signatures' => 'off');
my %wanted = (
	'pca.partition' => 'evil',
	'pca.region' => 'evil',
	'pca.account_id' => '160000000666',
	'pca.key_encryption_key_file' => '/nonexistent/evil',
	'pca.key_encryption_key_command' => 'touch evil',
	'pca.key_encryption_key_command_timeout' => '1s',
	'pca.create_idempotency_window' => '1s',
	'pca.issue_idempotency_window' => '1s',
	'pca.crl_base_url' => 'http://evil.example.com',
	'pca.ocsp_url' => 'http://evil.example.com',
	'pca.revoke_expired_certificates' => 'off',
	'pca.audit_report_interval' => '1s',
	'pca.crl_refresh_delay' => '1s',
	'pca.max_status_lag' => '1s',
	'pca.ocsp_validity' => '1s',
	'pca.ocsp_backdate' => '1s',
	'pca.allow_foreign_status_signers' => 'off',
	'pca.verify_signatures' => 'on');

# Only the launcher uses these: no session of any role can set them.
my $others = "name LIKE 'pca.%' AND name NOT IN ('pca.database', 'pca.worker_timeout')";
my $conf = join '', map { "$_ = '$configured{$_}'\n" } sort keys %configured;
my $server = start_server('settings', conf => $conf);
my $load = 'DO $$ BEGIN PERFORM pca_caller_identity(); END $$';
my $who = 'SELECT account_id FROM pca_caller_identity()';

# Every setting of the extension is tested here: a new one fails until it is added.
is($server->safe_psql('postgres',
		"$load; SELECT name FROM pg_settings WHERE $others ORDER BY name COLLATE \"C\""),
	join("\n", sort keys %configured), 'every setting is tried');
is($server->safe_psql('postgres',
		"$load; SELECT name FROM pg_settings WHERE $others AND context <> 'superuser'"), '',
	'each is for superusers');
is($server->safe_psql('postgres',
		"$load; SELECT count(*) FROM pg_settings WHERE $others AND setting = boot_val"), '0', 'each is configured');

$server->safe_psql('postgres', <<'SQL');
CREATE ROLE caller LOGIN;
CREATE ROLE tenant LOGIN;
CREATE ROLE owner LOGIN;
CREATE DATABASE theirs OWNER owner;
ALTER ROLE tenant SET pca.account_id = '160000000003';
GRANT CREATE ON SCHEMA public TO caller;
CREATE TABLE many AS SELECT n FROM generate_series(1, 100000) AS n;
GRANT SELECT ON many TO caller;
DO $$ BEGIN
	PERFORM pca_register_account('tenant'::regrole, '160000000002'::text);
	PERFORM pca_grant_access(role::regrole, 'administrator')
		FROM unnest('{caller,tenant,owner}'::text[]) AS role;
END $$;
SQL
is($server->safe_psql('postgres', $who, extra_params => [ '-U', 'caller' ]), '160000000001',
	'a role acts for the account that it was registered for with its grants');
is($server->safe_psql('postgres', $who, extra_params => [ '-U', 'tenant' ]), '160000000002',
	'or before, whatever account is set for it');

# Returns what a role sees of a setting: the value, or the SQLSTATE of the refusal.
sub seen
{
	my ($user, $setting, $before, %options) = @_;
	my ($state, $output) =
	  try($server, "$before; $load; SELECT current_setting('$setting')", user => $user, %options);

	return $state eq 'ok' ? $output : $state;
}

for my $setting (sort keys %configured)
{
	# Only superusers and roles that may read all settings see where the key is.
	my $right = $setting =~ /key_encryption/ ? '42501' : $configured{$setting};
	my $value = literal($wanted{$setting});
	my $in = sub { my ($before) = @_; return seen('caller', $setting, $before) };

	is($in->('SELECT 1'), '1' . ($right eq '42501' ? '' : "\n$right"), "$setting: as configured")
	  if $right ne '42501';
	is($in->("SET $setting = $value"), $right, "$setting: SET");
	is($in->("BEGIN; SET LOCAL $setting = $value"), $right, "$setting: SET LOCAL");
	is($in->("BEGIN; SET $setting = $value; SAVEPOINT s; SET LOCAL $setting = $value; $load; ROLLBACK TO s"),
		$right, "$setting: SET, around a savepoint");
	is($in->("SET $setting = $value; $load; RESET $setting"), '42501', "$setting: RESET");
	is($in->("SET $setting = $value; $load; DISCARD ALL"), $right, "$setting: DISCARD ALL");
	is($in->("SET $setting = $value; $load; SET $setting = $value"), '42501', "$setting: SET once it is loaded");
	is(try($server,
			"SELECT set_config('$setting', $value, false); $load; SELECT set_config('$setting', $value, false)",
			user => 'caller'), '42501', "$setting: set_config()");
	is(try($server, "ALTER ROLE caller SET $setting = $value", user => 'caller'), '42501',
		"$setting: ALTER ROLE");
	is(try($server, "ALTER ROLE caller IN DATABASE postgres SET $setting = $value", user => 'caller'), '42501',
		"$setting: ALTER ROLE IN DATABASE");
	is(try($server, "SET $setting = $value; ALTER ROLE caller SET $setting FROM CURRENT", user => 'caller'),
		'42501', "$setting: ALTER ROLE FROM CURRENT");
	is(try($server, "ALTER DATABASE theirs SET $setting = $value", user => 'owner'), '42501',
		"$setting: ALTER DATABASE by its owner");
	is(try($server, "ALTER SYSTEM SET $setting = $value", user => 'caller'), '42501', "$setting: ALTER SYSTEM");
	# A function with its own value of the setting: with the rights of its caller.
	is(try($server, "CREATE FUNCTION f() RETURNS text LANGUAGE sql SET $setting = $value AS 'SELECT 1'",
			user => 'caller'), '42501', "$setting: CREATE FUNCTION");

	# Set by the connection. The session may do everything except use the extension.
	{
		local $ENV{PGOPTIONS} = "-c $setting=" . $wanted{$setting} =~ s/ /\\ /gr;
		my ($state, $text) = try($server, $who, user => 'caller');
		is($state, '42501', "$setting: with the connection");
		like($text, qr/FATAL: .*permission denied to set parameter "\Q$setting\E"/,
			"$setting: with the connection, the session ends");
		is(try($server, 'SELECT count(*) FROM pca.certificates', user => 'caller'), '42501',
			"$setting: with the connection, a view");
		is(try($server, 'SELECT 1', user => 'caller'), 'ok',
			"$setting: with the connection, without the extension");
		is(seen('postgres', $setting, 'SET client_min_messages = error'), $wanted{$setting},
			"$setting: with a superuser's connection");
	}
}
ok(!-e $server->data_dir . '/evil', 'no command was run');

# No role leaves the account that it is registered for.
{
	local $ENV{PGOPTIONS} = '-c pca.account_id=000000000000';
	is(try($server, $who, user => 'tenant'), '42501', 'the client does not take the place of ALTER ROLE SET');
}
for my $way ('ALTER ROLE tenant RESET ALL', 'ALTER ROLE tenant RESET pca.account_id',
	'ALTER ROLE tenant SET pca.account_id TO DEFAULT', 'SET pca.account_id TO DEFAULT', 'RESET ALL')
{
	try($server, $way, user => 'tenant');
	is($server->safe_psql('postgres', $who, extra_params => [ '-U', 'tenant' ]), '160000000002',
		"nor does $way");
}

# A role with the right to set a setting can set it as usual; so it is for unknown names.
$server->safe_psql('postgres', 'GRANT SET ON PARAMETER pca.region TO caller');
{
	local $ENV{PGOPTIONS} = '-c pca.region=theirs';
	is(seen('caller', 'pca.region', 'SET client_min_messages = error'), 'theirs',
		'with the connection, by a role that may set it');
}
{
	local $ENV{PGOPTIONS} = '-c pca.unknown=x -c other.account_id=x';
	is($server->safe_psql('postgres', $who, extra_params => [ '-U', 'caller' ]), '160000000001',
		'with the connection, other names');
}

# No setting can be set while a parallel query runs. When the first one of a session
# begins, the library is already loaded, and leader and workers know every setting.
{
	my $force = $server->safe_psql('postgres',
		"SELECT name FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query')");
	my $parallel =
	  'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0';
	my $query = 'SELECT DISTINCT pca.caller_account() FROM many';
	my %runs = (
		'workers and leader' => $parallel,
		'workers alone' => "$parallel; SET parallel_leader_participation = off",
		'leader alone' => "$parallel; SET max_parallel_workers = 0",
		'a worker alone' => "SET $force = on");

	$server->safe_psql('postgres', 'GRANT SELECT ON many TO tenant');
	for my $run (sort keys %runs)
	{
		like($server->safe_psql('postgres', "$runs{$run}; EXPLAIN $query", extra_params => [ '-U', 'caller' ]),
			qr/Gather/, "$run: the query is parallel");
		is($server->safe_psql('postgres', "$runs{$run}; $query", extra_params => [ '-U', 'caller' ]),
			'160000000001', "$run: the configured account");
		is($server->safe_psql('postgres', "$runs{$run}; $query", extra_params => [ '-U', 'tenant' ]),
			'160000000002', "$run: the one that was set for the role");
		is($server->safe_psql('postgres', "$runs{$run}; PREPARE q AS $query; EXECUTE q",
				extra_params => [ '-U', 'caller' ]), '160000000001', "$run: a prepared statement");
		is(try($server,
				"$runs{$run}; SELECT count(*) FROM pca.certificates; SELECT count(*) FROM pca.certificate_authorities",
				user => 'tenant'), 'ok', "$run: the views");
		for my $setting (grep { !/key_encryption/ } sort keys %configured)
		{
			is($server->safe_psql('postgres',
					"$runs{$run}; DO \$\$ BEGIN PERFORM DISTINCT pca.caller_account() FROM many; END \$\$;"
					  . " SELECT current_setting('$setting')",
					extra_params => [ '-U', 'caller' ]),
				$configured{$setting}, "$run: $setting");
		}
	}
	$server->safe_psql('postgres', <<~'SQL');
		CREATE FUNCTION seen(name text) RETURNS text LANGUAGE sql PARALLEL SAFE
			AS $$ SELECT current_setting(name) $$;
		SQL
	is($server->safe_psql('postgres',
			"$runs{'workers alone'}; SELECT DISTINCT pca.caller_account(), seen('$_') FROM many",
			extra_params => [ '-U', 'caller' ]), "160000000001|$configured{$_}", "$_, in a worker")
	  for grep { !/key_encryption/ } sort keys %configured;
}

# A call that the planner does not see does not load the library in a parallel query.
{
	my $parallel =
	  'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0';
	my $query = "SELECT count(*) FROM many WHERE hidden() <> '160000000001'";

	$server->safe_psql('postgres', <<~'SQL');
		CREATE FUNCTION hidden() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE
			AS $$ BEGIN RETURN pca.caller_account(); END $$;
		SQL
	like($server->safe_psql('postgres', "$parallel; EXPLAIN $query", extra_params => [ '-U', 'caller' ]),
		qr/Gather/, 'the query is parallel');
	my ($state, $text) = try($server, "$parallel; $query", user => 'caller');
	is($state, '25000', 'the library is not loaded in a parallel query');
	like($text, qr/Call pca_caller_identity\(\) first/, 'and says what to do');
	unlike($text, qr/cannot be set/, 'no setting is lost');
	is($server->psql('postgres', "$parallel; $query; $who", extra_params => [ '-U', 'caller' ],
			on_error_stop => 0, stdout => \my $after), 0, 'the session goes on');
	like($after, qr/^160000000001$/m, 'with the same account');
	is($server->safe_psql('postgres', "$load; $parallel; $query", extra_params => [ '-U', 'caller' ]), '0',
		'the workers know the account');
}

$server->safe_psql('postgres', 'REVOKE SET ON PARAMETER pca.region FROM caller');

# With preloading, the library is loaded before the client sends anything.
$server->append_conf('postgresql.conf', "shared_preload_libraries = 'pca'");
$server->restart;
for my $setting (sort keys %configured)
{
	my $value = literal($wanted{$setting});

	is(try($server, "SET $setting = $value", user => 'caller'), '42501', "$setting, preloaded: SET");
	local $ENV{PGOPTIONS} = "-c $setting=" . $wanted{$setting} =~ s/ /\\ /gr;
	my (undef, undef, $text) = $server->psql('postgres', 'SELECT 1', extra_params => [ '-U', 'caller' ]);
	like($text, qr/FATAL: .*permission denied to set parameter "\Q$setting\E"/,
		"$setting, preloaded: with the connection");
}
for my $setting (grep { /key_encryption/ } sort keys %configured)
{
	is(try($server, "SHOW $setting", user => 'caller'), '42501', "$setting, preloaded: SHOW");
}
is($server->safe_psql('postgres', $who, extra_params => [ '-U', 'caller' ]), '160000000001',
	'preloaded: the account');

done_testing();
