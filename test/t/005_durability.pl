# What was acknowledged survives kill -9 of the server, whatever the session's
# synchronous_commit is. What was not committed leaves nothing.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use OpenSSL;
use PostgreSQL::Test::Utils;
use Server;
use Test::More;

# Nothing but a commit itself is to write WAL out soon. Writing a page out, because
# there is no room for it or in the background, writes its WAL out first.
my $server = start_server('durability', conf => <<'CONF');
synchronous_commit = off
shared_buffers = 128MB
bgwriter_lru_maxpages = 0
wal_writer_delay = 10s
wal_writer_flush_after = 1GB
checkpoint_timeout = 1h
CONF
$server->safe_psql('postgres', 'CREATE TABLE control (n int)');
my $request = key_request(new_key('EC P-256'), '/CN=leaf');
my $root_arn = create_authority($server, 'ROOT');
my $root = self_sign($server, $root_arn);

# Crashes the server right after a statement was acknowledged. A plain commit after
# it, also acknowledged, shows that the crash came in time: it must be lost. If it is
# not lost, the round proved nothing, and there is another one.
sub survives
{
	my ($name, $statement, $check) = @_;
	my $rounds = 0;
	my $is_lost = 0;

	while (!$is_lost && $rounds++ < 20)
	{
		my $sql = $statement->();
		my $session = $server->background_psql('postgres', on_error_stop => 1);

		# The other processes that write WAL or pages out are stopped until the end.
		kill 'STOP', split /\n/, $server->safe_psql('postgres',
			'SELECT pid FROM pg_stat_activity'
			  . " WHERE backend_type IN ('walwriter', 'background writer', 'checkpointer')");
		my $answer = $session->query_safe($sql);

		$session->query_safe("INSERT INTO control VALUES ($rounds)");
		crash($server);
		eval { $session->quit };
		# A check dies if something is lost.
		ok(eval { $check->($answer); 1 }, "$name: it survived") or diag $@;
		$is_lost = $server->safe_psql('postgres', "SELECT count(*) FROM control WHERE n = $rounds") == 0;
		$server->safe_psql('postgres', 'SET synchronous_commit = on; DELETE FROM control');
	}
	ok($is_lost, "$name: a plain commit after it was lost, so the crash came in time");
}

survives(
	'issue',
	sub { 'SELECT ' . issue_call($root_arn, $request) },
	sub {
		ok(is_verified(scalar(get_certificate($server, $root_arn, shift)), undef, $root),
			'issue: the certificate is there after the crash');
	});

sub create_call
{
	my ($name) = @_;

	return call('pca_create_certificate_authority', certificate_authority_type => 'ROOT',
		certificate_authority_configuration => json({
			KeyAlgorithm => 'EC_prime256v1',
			SigningAlgorithm => 'SHA256WITHECDSA',
			Subject => { CommonName => $name } }));
}

survives(
	'create',
	sub { 'SELECT ' . create_call('New') },
	sub {
		my ($arn) = @_;
		is(authority_status($server, $arn), 'PENDING_CERTIFICATE',
			'create: the authority is there after the crash');
		ok(self_sign($server, $arn), 'create: its key signs');
	});

{
	my $renewal;
	survives(
		'import',
		sub {
			$renewal = get_certificate($server, $root_arn, issue($server, $root_arn, own_request($server, $root_arn),
					template => 'RootCACertificate', validity => [ 'YEARS', 9 ]));
			'SELECT ' . call('pca_import_certificate_authority_certificate', certificate_authority_arn => $root_arn,
				certificate => $renewal);
		},
		sub {
			is($server->safe_psql('postgres', 'SELECT certificate FROM '
					  . call('pca_get_certificate_authority_certificate', certificate_authority_arn => $root_arn)) . "\n",
				$renewal, 'import: the certificate is there after the crash');
		});
}

sub call_of
{
	my ($function, %arguments) = @_;

	return 'SELECT ' . call($function, certificate_authority_arn => $root_arn, %arguments);
}

{
	my $serial;
	survives(
		'revoke',
		sub {
			$serial = substr issue($server, $root_arn, $request), -32;
			call_of('pca_revoke_certificate', certificate_serial => $serial, revocation_reason => 'SUPERSEDED');
		},
		sub {
			is($server->safe_psql('postgres', "SELECT status FROM pca.certificates WHERE serial = '$serial'"),
				'REVOKED', 'revoke: the certificate is revoked after the crash');
		});
}

survives(
	'CRL',
	sub {
		$server->safe_psql('postgres',
			call_of('pca_update_certificate_authority', revocation_configuration =>
				  crl_configuration()));
		'SELECT pca_run_maintenance(); SELECT number FROM pca.crls';
	},
	sub {
		my ($number) = $_[0] =~ /(\d+)/;
		is($server->safe_psql('postgres', 'SELECT number FROM pca.crls'), $number,
			'CRL: the last one is there after the crash');
		like($server->safe_psql('postgres', call_of('pca_get_crl')), qr/^\\x30/, 'CRL: and so are its bytes');
	});

survives(
	'disable',
	sub {
		$server->safe_psql('postgres', call_of('pca_update_certificate_authority', status => 'ACTIVE'));
		call_of('pca_update_certificate_authority', status => 'DISABLED');
	},
	sub {
		is(authority_status($server, $root_arn), 'DISABLED', 'disable: the authority is disabled after the crash');
	});

survives(
	'delete',
	sub {
		try($server, call_of('pca_restore_certificate_authority'));
		call_of('pca_delete_certificate_authority');
	},
	sub {
		is(authority_status($server, $root_arn), 'DELETED', 'delete: the authority is deleted after the crash');
	});
$server->safe_psql('postgres', call_of('pca_restore_certificate_authority'));
$server->safe_psql('postgres', call_of('pca_update_certificate_authority', status => 'ACTIVE'));

survives(
	'permission',
	sub {
		try($server, call_of('pca_delete_permission', principal => 'acm.amazonaws.com'));
		call_of('pca_create_permission', principal => 'acm.amazonaws.com', actions => '{GetCertificate}');
	},
	sub {
		is($server->safe_psql('postgres', 'SELECT count(*) FROM ' . call('pca_list_permissions',
					certificate_authority_arn => $root_arn)), 1, 'permission: it is there after the crash');
	});

{
	my $policy = json({
		Version => '2012-10-17',
		Statement => [
			{
				Effect => 'Allow', Principal => { AWS => '111122223333' }, Resource => $root_arn,
				Action => [
					map { "acm-pca:$_" }
					  qw(DescribeCertificateAuthority GetCertificate GetCertificateAuthorityCertificate
					  ListPermissions ListTags) ]
			},
			{
				Effect => 'Allow', Principal => { AWS => '111122223333' }, Resource => $root_arn,
				Action => 'acm-pca:IssueCertificate',
				Condition => { StringEquals => { 'acm-pca:TemplateArn' => template('EndEntityCertificate') } }
			} ] });
	survives(
		'policy',
		sub {
			$server->safe_psql('postgres', 'SELECT ' . call('pca_delete_policy', resource_arn => $root_arn));
			'SELECT ' . call('pca_put_policy', resource_arn => $root_arn, policy => $policy);
		},
		sub {
			is($server->safe_psql('postgres', 'SELECT ' . call('pca_get_policy', resource_arn => $root_arn)), $policy,
				'policy: it is there after the crash');
		});
}

survives(
	'tag',
	sub {
		$server->safe_psql('postgres',
			call_of('pca_untag_certificate_authority', tags => json([ { Key => 'owner' } ])));
		call_of('pca_tag_certificate_authority', tags => json([ { Key => 'owner', Value => 'someone' } ]));
	},
	sub {
		is($server->safe_psql('postgres', 'SELECT value FROM ' . call('pca_list_tags',
					certificate_authority_arn => $root_arn)), 'someone', 'tag: it is there after the crash');
	});

{
	$server->safe_psql('postgres', 'SET synchronous_commit = on; CREATE ROLE tenant');
	for my $account ("'123456789012'", 'NULL')
	{
		survives(
			"registration, $account",
			sub {
				$server->safe_psql('postgres', "SET synchronous_commit = on; SELECT pca_register_account('tenant', "
					  . ($account eq 'NULL' ? "'123456789012'" : 'NULL') . ')');
				"SELECT pca_register_account('tenant', $account)";
			},
			sub {
				is($server->safe_psql('postgres', 'SELECT count(account_id) FROM pca.account'),
					$account eq 'NULL' ? 0 : 1, "registration, $account: it is as it was before the crash");
			});
	}
}

$server->append_conf('postgresql.conf', 'pca.audit_report_interval = 0');
$server->reload;
{
	survives(
		'audit report',
		sub {
			'SELECT * FROM ' . call('pca_create_certificate_authority_audit_report',
				certificate_authority_arn => $root_arn,
				s3_bucket_name => 'bucket',
				audit_report_response_format => 'JSON');
		},
		sub {
			my ($report, $key) = split /\|/, shift;
			my $describe = call('pca_describe_certificate_authority_audit_report',
				certificate_authority_arn => $root_arn, audit_report_id => $report);
			is($server->safe_psql('postgres', "SELECT audit_report_status FROM $describe"), 'SUCCESS',
				'audit report: it is there after the crash');
			like($server->safe_psql('postgres', "SELECT convert_from(pca_get_object('bucket', '$key'), 'UTF8')"),
				qr/^\[.*\]/s, 'audit report: and so is its content');
		});
}

#
# What was not committed
#

my $certificates = 'SELECT count(*) FROM pca.certificate';

sub is_gone
{
	my ($name, $arn) = @_;

	like($arn, qr{^arn:.*/certificate/[0-9a-f]{32}$}, "$name: it was signed");
	is((try($server, 'SELECT * FROM ' . call('pca_get_certificate', certificate_authority_arn => $root_arn,
					certificate_arn => $arn)))[0], 'PCRNF', "$name: it cannot be read");
	is($server->safe_psql('postgres', "SELECT count(*) FROM pca.certificates WHERE certificate_arn = '$arn'"), 0,
		"$name: it is not in the inventory");
}

{
	my $before = $server->safe_psql('postgres', $certificates);
	my $session = $server->background_psql('postgres');
	$session->query_safe('BEGIN');
	my $issued = $session->query_safe('SELECT ' . issue_call($root_arn, $request));
	my $created = $session->query_safe('SELECT ' . create_call('Lost'));
	# What the open transaction wrote reaches the disk.
	$server->safe_psql('postgres', 'SET synchronous_commit = on; INSERT INTO control VALUES (0); CHECKPOINT');
	crash($server);
	eval { $session->quit };
	is_gone('a crash before the commit', $issued);
	my $describe = call('pca_describe_certificate_authority', certificate_authority_arn => $created);
	is(try($server, "SELECT $describe"), 'PCRNF', 'a crash before the commit: no authority');
	is($server->safe_psql('postgres', $certificates), $before, 'a crash before the commit: no new certificate');

	my ($state, $text) = try($server, 'BEGIN; SELECT ' . issue_call($root_arn, $request) . '; ROLLBACK');
	is_gone('a rollback', $text);

	# It cannot be read inside the transaction or inside a subtransaction either.
	($state) = try($server, 'BEGIN; SELECT ' . issue_call($root_arn, $request)
		  . " AS arn \\gset\nSELECT * FROM pca_get_certificate('$root_arn', :'arn')");
	is($state, 'PCRIP', 'the transaction that issues cannot read the certificate');
	($state) = try($server, 'BEGIN; SAVEPOINT s; SELECT ' . issue_call($root_arn, $request)
		  . " AS arn \\gset\nRELEASE s; SELECT * FROM pca_get_certificate('$root_arn', :'arn')");
	is($state, 'PCRIP', 'nor if a subtransaction issued it');
	($state) = try($server, 'BEGIN; SAVEPOINT s; SELECT ' . issue_call($root_arn, $request)
		  . " AS arn \\gset\nROLLBACK TO s; SELECT * FROM pca_get_certificate('$root_arn', :'arn')");
	is($state, 'PCRNF', 'what a subtransaction rolled back does not exist');
	is($server->safe_psql('postgres', $certificates), $before, 'nothing of this is stored');
}

#
# Two-phase commit would leave a signature in a transaction that stays open
#

{
	my $certificate = get_certificate($server, $root_arn,
		issue($server, $root_arn, own_request($server, $root_arn), template => 'RootCACertificate'));
	my %statements = (
		issue => issue_call($root_arn, $request),
		import => call('pca_import_certificate_authority_certificate', certificate_authority_arn => $root_arn,
			certificate => $certificate),
		create => create_call('P'),
		revoke => revoke_call(issue($server, $root_arn, $request)),
		report => call('pca_create_certificate_authority_audit_report', certificate_authority_arn => $root_arn,
			s3_bucket_name => 'bucket', audit_report_response_format => 'JSON'),
		tag => call('pca_tag_certificate_authority', certificate_authority_arn => $root_arn,
			tags => json([ { Key => 'owner' } ])),
		register => "pca_register_account('tenant', '123456789012')",
		update => call('pca_update_certificate_authority', certificate_authority_arn => $root_arn,
			status => 'DISABLED'));

	my $before = $server->safe_psql('postgres', $certificates);

	for my $name (sort keys %statements)
	{
		is((try($server, "BEGIN; SELECT $statements{$name}; PREPARE TRANSACTION 'p'"))[0], '0A000',
			"$name: cannot be prepared") or try($server, "ROLLBACK PREPARED 'p'");
		my $and_next = join '; ', 'BEGIN', "SELECT $statements{$name}", 'ROLLBACK', 'BEGIN',
			'INSERT INTO control VALUES (1)', "PREPARE TRANSACTION 'p'", "ROLLBACK PREPARED 'p'";
		is(try($server, $and_next), 'ok', "$name: the next transaction of the session can be prepared");
	}
	is($server->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'), 0, 'nothing stays prepared');
	is($server->safe_psql('postgres', $certificates), $before, 'nothing is stored');
}

#
# A failure after the signature
#

for my $when ('AFTER INSERT ON pca.certificate', 'BEFORE INSERT ON pca.certificate',
	'AFTER INSERT ON pca.certificate DEFERRABLE INITIALLY DEFERRED')
{
	my $before = $server->safe_psql('postgres', $certificates);
	my $constraint = $when =~ /DEFERRED/ ? 'CONSTRAINT' : '';
	$server->safe_psql('postgres', "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN"
		  . " RAISE EXCEPTION 'serial %', replace(NEW.serial::text, '-', '') USING ERRCODE = 'XX123'; END \$\$;"
		  . " CREATE $constraint TRIGGER fail $when FOR EACH ROW EXECUTE FUNCTION fail()");
	my ($state, $text) = try($server,
		'SELECT ' . issue_call($root_arn, $request, idempotency_token => 'after a failure'));
	my ($serial) = $text =~ /serial ([0-9a-f]{32})/;

	is($state, 'XX123', "a trigger fails the insert, $when");
	$server->safe_psql('postgres', 'DROP FUNCTION fail CASCADE');
	is_gone("a failure, $when", "$root_arn/certificate/" . ($serial // ''));
	is($server->safe_psql('postgres', $certificates), $before, "a failure, $when: nothing is stored");
	# Its token was not stored: the next call with it issues a certificate.
	my $arn = issue($server, $root_arn, $request, idempotency_token => 'after a failure');
	isnt($arn, "$root_arn/certificate/" . ($serial // ''),
		"a failure, $when: its token issues again, with another serial");
	ok(is_verified(scalar(get_certificate($server, $root_arn, $arn)), undef, $root),
		"a failure, $when: issuing works afterwards");
	$server->safe_psql('postgres', 'DELETE FROM pca.idempotency_token');
}

done_testing();
