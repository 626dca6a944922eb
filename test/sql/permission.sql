-- CreatePermission, DeletePermission, ListPermissions, and what a permission
-- decides for a service.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '140000000001';
SELECT pca_create_certificate_authority(pg_temp.configuration('Served'), 'ROOT',
	tags => '[{"Key": "k"}]') AS served \gset
CALL pg_temp.activate_root(:'served');
SELECT pca_issue_certificate(:'served', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS issued \gset

--
-- Create, list, delete
--

CREATE FUNCTION pg_temp.permissions(authority text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(format('%s %s %s', principal, source_account, actions),
		', ' ORDER BY source_account),
		'none')
	FROM pca_list_permissions(authority)
$$;
SELECT pg_temp.permissions(:'served');
SELECT pca_create_permission(:'served', 'acm.amazonaws.com',
	'{IssueCertificate,GetCertificate,ListPermissions}');
-- One for each principal and account.
SELECT pg_temp.exception(format('SELECT pca_create_permission(%L, %L, %L)', :'served', 'acm.amazonaws.com',
	'{GetCertificate}'));
SELECT pg_temp.exception(format('SELECT pca_create_permission(%L, %L, %L, %L)', :'served',
	'acm.amazonaws.com', '{GetCertificate}', '140000000001'));
SELECT pca_create_permission(:'served', 'acm.amazonaws.com', '{GetCertificate}', '140000000002');
\x on
SELECT certificate_authority_arn = :'served' AS served,
	created_at BETWEEN now() - interval '1 hour' AND clock_timestamp() AS created_at, principal, source_account,
	actions, next_token,
	pg_temp.stable(jsonb_pretty(policy::jsonb)) AS policy
FROM pca_list_permissions(:'served') ORDER BY source_account;
\x off
SELECT pca_delete_permission(:'served', 'acm.amazonaws.com');
SELECT pg_temp.permissions(:'served');
SELECT pg_temp.exception(format('SELECT pca_delete_permission(%L, %L)', :'served', 'acm.amazonaws.com'));
SELECT pca_delete_permission(:'served', 'acm.amazonaws.com', '140000000002');
SELECT pg_temp.permissions(:'served');
SELECT pg_temp.exception(format('SELECT pca_delete_permission(%L, %L, %L)', :'served', principal, account))
FROM (VALUES (1, 'acm.amazonaws.com', '140000000002'),
	(2, 'other.amazonaws.com', NULL)) AS v (n, principal, account)
ORDER BY n;

--
-- Bounds
--

CREATE FUNCTION pg_temp.tried(authority text, principal text, actions text[], account text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	exception text := pg_temp.exception(format('SELECT pca_create_permission(%L, %L, %L, %L)', authority,
		principal, actions, account));
BEGIN
	IF exception <> 'no exception' THEN
		RETURN exception;
	END IF;
	PERFORM pca_create_permission(authority, principal, actions, account);
	exception := pg_temp.permissions(authority);
	PERFORM pca_delete_permission(authority, principal, account);
	RETURN exception;
END
$$;
SELECT what, pg_temp.tried(:'served', principal, actions::text[], account)
FROM (VALUES
	(1, 'principal, NULL', NULL, '{GetCertificate}', NULL),
	(2, 'principal, empty', '', '{GetCertificate}', NULL),
	(3, 'principal, another', 'ec2.amazonaws.com', '{GetCertificate}', NULL),
	(4, 'principal, everyone', '*', '{GetCertificate}', NULL),
	(5, 'principal, other case', 'ACM.amazonaws.com', '{GetCertificate}', NULL),
	(6, 'principal, 128 characters', repeat('x', 128), '{GetCertificate}', NULL),
	(7, 'principal, 129 characters', repeat('x', 129), '{GetCertificate}', NULL),
	(8, 'principal, China', 'acm.amazonaws.com.cn', '{GetCertificate}', NULL),
	(9, 'actions, NULL', 'acm.amazonaws.com', NULL, NULL),
	(10, 'actions, none', 'acm.amazonaws.com', '{}', NULL),
	(11, 'actions, four', 'acm.amazonaws.com',
		'{IssueCertificate,GetCertificate,ListPermissions,GetCertificate}', NULL),
	(12, 'actions, each alone', 'acm.amazonaws.com', '{ListPermissions}', NULL),
	(13, 'actions, twice the same', 'acm.amazonaws.com', '{GetCertificate,GetCertificate}', NULL),
	(14, 'actions, another', 'acm.amazonaws.com', '{GetCertificate,RevokeCertificate}', NULL),
	(15, 'actions, other case', 'acm.amazonaws.com', '{getCertificate}', NULL),
	(16, 'actions, with service', 'acm.amazonaws.com', '{acm-pca:GetCertificate}', NULL),
	(17, 'actions, one NULL', 'acm.amazonaws.com', '{GetCertificate,NULL}', NULL),
	(18, 'actions, one empty', 'acm.amazonaws.com', '{""}', NULL),
	(19, 'actions, two dimensions', 'acm.amazonaws.com', '{{GetCertificate},{IssueCertificate}}', NULL),
	(20, 'account, 11 digits', 'acm.amazonaws.com', '{GetCertificate}', '14000000000'),
	(21, 'account, 13 digits', 'acm.amazonaws.com', '{GetCertificate}', '1400000000012'),
	(22, 'account, a letter', 'acm.amazonaws.com', '{GetCertificate}', '14000000000x'),
	(23, 'account, empty', 'acm.amazonaws.com', '{GetCertificate}', ''),
	(24, 'account, another', 'acm.amazonaws.com', '{GetCertificate}',
		'140000000009')) AS v (n, what, principal, actions, account)
ORDER BY n;
SELECT o.operation, v.what, pg_temp.exception(format('SELECT pca_%s', format(o.operation, v.arn)))
FROM (VALUES (1, 'create_permission(%L, ''acm.amazonaws.com'', ''{GetCertificate}'')'),
	(2, 'delete_permission(%L, ''acm.amazonaws.com'')'), (3, 'list_permissions(%L)')) AS o (n, operation),
	(VALUES (1, 'NULL', NULL), (2, 'not an ARN', 'xxxxx'), (3, 'a certificate', :'issued'),
		(4, 'unknown',
			'arn:aws:acm-pca:us-east-1:140000000001:certificate-authority/00000000-0000-4000-8000-000000000000')
	) AS v (n, what, arn)
ORDER BY o.n, v.n;
SELECT what,
	pg_temp.exception(format('SELECT pca_delete_permission(%L, %L, %L)', :'served', principal, account))
FROM (VALUES (1, 'NULL', NULL, NULL), (2, 'everyone', '*', NULL),
	(3, '129 characters', repeat('x', 129), NULL),
	(4, '11 digits', 'acm.amazonaws.com', '14000000000')) AS v (n, what, principal, account)
ORDER BY n;
BEGIN READ ONLY;
SELECT pg_temp.exception(format('SELECT pca_create_permission(%L, %L, %L)', :'served', 'acm.amazonaws.com',
	'{GetCertificate}'));
SELECT pg_temp.exception(format('SELECT pca_delete_permission(%L, %L)', :'served', 'acm.amazonaws.com'));
SELECT count(*) FROM pca_list_permissions(:'served');
ROLLBACK;

--
-- Pages
--

SELECT count(pca_create_permission(:'served', 'acm.amazonaws.com', '{GetCertificate}',
	(140000000010 + i)::text))
FROM generate_series(1, 5) AS i;
CREATE FUNCTION pg_temp.page(authority text, token text, size int, OUT accounts text, OUT tokens int,
	OUT last_has_it boolean, OUT token_out text)
LANGUAGE sql AS $$
	SELECT string_agg(right(source_account, 2), ' ' ORDER BY n), count(next_token)::int,
		bool_or(next_token IS NOT NULL) FILTER (WHERE n = rows), max(next_token)
	FROM (SELECT *, row_number() OVER () AS n, count(*) OVER () AS rows
		FROM pca_list_permissions(authority, token, size)) AS l
$$;
WITH RECURSIVE pages AS (
	SELECT size, 1 AS n, p.*
	FROM (VALUES (1), (2), (4), (5), (1000), (NULL)) AS v (size), pg_temp.page(:'served', NULL, v.size) AS p
	UNION ALL
	SELECT size, n + 1, p.* FROM pages, pg_temp.page(:'served', pages.token_out, size) AS p
	WHERE pages.token_out IS NOT NULL
)
SELECT size, n, accounts, tokens, last_has_it FROM pages ORDER BY size, n;
SELECT token_out AS token FROM pg_temp.page(:'served', NULL, 2) \gset
SELECT pca_delete_permission(:'served', 'acm.amazonaws.com', '140000000012');
SELECT pca_create_permission(:'served', 'acm.amazonaws.com', '{GetCertificate}', '140000000010');
SELECT accounts FROM pg_temp.page(:'served', :'token', 2);
SELECT pca_create_certificate_authority(pg_temp.configuration('Other'), 'ROOT') AS other \gset
SELECT what, pg_temp.exception(format('SELECT pca_%s', call))
FROM (VALUES (1, 'another authority', format('list_permissions(%L, %L, 1)', :'other', :'token')),
	(2, 'another call', format('list_tags(%L, %L, 1)', :'served', :'token')),
	(3, 'not a token', format('list_permissions(%L, %L, 1)', :'served', 'x')),
	(4, 'empty', format('list_permissions(%L, %L, 1)', :'served', '')),
	(5, 'none', format('list_permissions(%L, max_results => 0)', :'served')),
	(6, '1001', format('list_permissions(%L, max_results => 1001)', :'served'))) AS v (n, what, call) ORDER BY n;

--
-- What it decides
--

SELECT count(pca_delete_permission(:'served', principal, source_account))
FROM pca_list_permissions(:'served');
CREATE ROLE regress_pca_service;
SELECT pca_grant_access('regress_pca_service', 'administrator');
SELECT pca_register_service_principal('regress_pca_service', 'acm.amazonaws.com');
SELECT pca_register_account('regress_pca_service', '140000000001');
CREATE TEMPORARY TABLE call (n serial, name text, statement text);
INSERT INTO call (name, statement) VALUES
	('issue_certificate',
		'SELECT pca_issue_certificate(%1$L, %3$L, ''SHA256WITHECDSA'', ''{"Value": 1, "Type": "DAYS"}'')'),
	('issue_certificate, another template',
		'SELECT pca_issue_certificate(%1$L, %3$L, ''SHA256WITHECDSA'', ''{"Value": 1, "Type": "DAYS"}'', '
			'''arn:aws:acm-pca:::template/CodeSigningCertificate/V1'')'),
	('get_certificate', 'SELECT pca_get_certificate(%1$L, %2$L)'),
	('wait_certificate_issued', 'SELECT pca_wait_certificate_issued(%1$L, %2$L, 0, 1)'),
	('list_permissions', 'SELECT pca_list_permissions(%1$L)'),
	('describe_certificate_authority', 'SELECT pca_describe_certificate_authority(%1$L)'),
	('get_certificate_authority_certificate', 'SELECT pca_get_certificate_authority_certificate(%1$L)'),
	('get_certificate_authority_csr', 'SELECT pca_get_certificate_authority_csr(%1$L)'),
	('wait_certificate_authority_csr_created', 'SELECT pca_wait_certificate_authority_csr_created(%1$L, 0, 1)'),
	('import_certificate_authority_certificate',
		'SELECT pca_import_certificate_authority_certificate(%1$L, ''x'')'),
	('list_tags', 'SELECT pca_list_tags(%1$L)'),
	('tag_certificate_authority', 'SELECT pca_tag_certificate_authority(%1$L, ''[{"Key": "k"}]'')'),
	('untag_certificate_authority', 'SELECT pca_untag_certificate_authority(%1$L, ''[{"Key": "k"}]'')'),
	('update_certificate_authority', 'SELECT pca_update_certificate_authority(%1$L)'),
	('delete_certificate_authority', 'SELECT pca_delete_certificate_authority(%1$L)'),
	('restore_certificate_authority', 'SELECT pca_restore_certificate_authority(%1$L)'),
	('create_permission',
		'SELECT pca_create_permission(%1$L, ''acm.amazonaws.com'', ''{GetCertificate}'', ''140000000004'')'),
	('delete_permission', 'SELECT pca_delete_permission(%1$L, ''acm.amazonaws.com'')'),
	('put_policy', 'SELECT pca_put_policy(%1$L, ''{}'')'), ('get_policy', 'SELECT pca_get_policy(%1$L)'),
	('delete_policy', 'SELECT pca_delete_policy(%1$L)'),
	('create_certificate_authority',
		format('SELECT pca_create_certificate_authority(%L, ''ROOT'')', pg_temp.configuration('x')));
CREATE TEMPORARY TABLE permitted (n serial, actions text[], account text);
INSERT INTO permitted (actions, account) VALUES
	(NULL, NULL), ('{IssueCertificate}', NULL), ('{GetCertificate}', NULL), ('{ListPermissions}', NULL),
	('{IssueCertificate,GetCertificate,ListPermissions}', NULL),
	('{IssueCertificate,GetCertificate,ListPermissions}', '140000000002');
CREATE FUNCTION pg_temp.as_service(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	exception text;
BEGIN
	PERFORM set_config('role', 'regress_pca_service', true);
	exception := pg_temp.exception(statement);
	PERFORM set_config('role', 'none', true);
	RETURN exception;
END
$$;
CREATE FUNCTION pg_temp.decided(authority text, actions text[], account text, statement text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	cell text;
BEGIN
	IF actions IS NOT NULL THEN
		PERFORM pca_create_permission(authority, 'acm.amazonaws.com', actions, account);
	END IF;
	cell := replace(left(pg_temp.as_service(statement), 5), 'no ex', 'ok');
	IF actions IS NOT NULL THEN
		PERFORM pca_delete_permission(authority, 'acm.amazonaws.com', account);
	END IF;
	RETURN cell;
END
$$;
-- A cell is ok or an SQLSTATE, in the order of the permissions above: none, each action, all,
-- all for another account.
SELECT c.name,
	string_agg(pg_temp.decided(:'served', p.actions, p.account,
		format(c.statement, :'served', :'issued', :'csr')),
		' ' ORDER BY p.n) AS cells
FROM call AS c, permitted AS p GROUP BY c.n, c.name ORDER BY c.n;
-- What a denial says, and what the lists and views show a service.
SELECT pg_temp.as_service(format('SELECT pca_get_certificate(%L, %L)', :'served', :'issued'));
SELECT pg_temp.as_service(format('SELECT pca_create_certificate_authority(%L, %L)',
	pg_temp.configuration('x'), 'ROOT'));
SELECT pca_create_permission(:'served', 'acm.amazonaws.com',
	'{IssueCertificate,GetCertificate,ListPermissions}');
SET ROLE regress_pca_service;
SELECT (SELECT count(*) FROM pca_list_certificate_authorities()) AS own,
	(SELECT count(*) FROM pca_list_certificate_authorities(resource_owner => 'OTHER_ACCOUNTS')) AS others,
	(SELECT count(*) FROM pca.certificate_authorities) AS authorities,
	(SELECT count(*) FROM pca.certificates) AS certificates;
SELECT pca_issue_certificate(:'served', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS renewed \gset
SELECT count(*) FROM pca_get_certificate(:'served', :'renewed');
RESET ROLE;
SELECT count(*) FROM pca.certificates WHERE certificate_arn = :'renewed';
-- It counts for the account that the service acts for, which may be another one than the owner.
SELECT pca_register_account('regress_pca_service', '140000000003');
SELECT left(pg_temp.as_service(format('SELECT pca_get_certificate(%L, %L)', :'served', :'issued')), 5);
SELECT pca_create_permission(:'served', 'acm.amazonaws.com', '{GetCertificate}', '140000000003');
SELECT left(pg_temp.as_service(format('SELECT pca_get_certificate(%L, %L)', :'served', :'issued')), 5),
	left(pg_temp.as_service(format('SELECT pca_list_permissions(%L)', :'served')), 5);
-- It does not count for another service; a resource policy for its account allows nothing either.
SELECT pca_register_service_principal('regress_pca_service', 'other.amazonaws.com');
SELECT left(pg_temp.as_service(format('SELECT pca_get_certificate(%L, %L)', :'served', :'issued')), 5);
SELECT pca_put_policy(:'served', pg_temp.sharing(:'served', '140000000003'));
SELECT left(pg_temp.as_service(format('SELECT pca_get_certificate(%L, %L)', :'served', :'issued')), 5);
-- When it is no longer a service it acts for no account. Registered as a role of that account,
-- it has what the policy allows.
SELECT pca_register_service_principal('regress_pca_service', NULL);
SELECT left(pg_temp.as_service(format('SELECT pca_get_certificate(%L, %L)', :'served', :'issued')), 5);
SELECT pca_register_account('regress_pca_service', '140000000003');
SELECT left(pg_temp.as_service(format('SELECT pca_get_certificate(%L, %L)', :'served', :'issued')), 5);
-- After deletion nothing is left; what is rolled back has no effect.
SELECT pca_delete_policy(:'served');
SELECT pca_register_service_principal('regress_pca_service', 'acm.amazonaws.com');
SELECT left(pg_temp.as_service(format('SELECT pca_get_certificate(%L, %L)', :'served', :'issued')), 5);
BEGIN;
SELECT pca_delete_permission(:'served', 'acm.amazonaws.com', '140000000003');
SELECT left(pg_temp.as_service(format('SELECT pca_get_certificate(%L, %L)', :'served', :'issued')), 5);
ROLLBACK;
SELECT left(pg_temp.as_service(format('SELECT pca_get_certificate(%L, %L)', :'served', :'issued')), 5);
SELECT pca_delete_permission(:'served', 'acm.amazonaws.com', '140000000003');
SELECT left(pg_temp.as_service(format('SELECT pca_get_certificate(%L, %L)', :'served', :'issued')), 5);
SET pca.account_id = '140000000002';
SELECT split_part(pg_temp.exception(format('SELECT pca_%s', format(o.operation, :'served'))), ' | ', 1)
FROM (VALUES (1, 'create_permission(%L, ''acm.amazonaws.com'', ''{GetCertificate}'')'),
	(2, 'delete_permission(%L, ''acm.amazonaws.com'')'), (3, 'list_permissions(%L)')) AS o (n, operation)
ORDER BY n;

SELECT pca_register_account('regress_pca_service', NULL),
	pca_register_service_principal('regress_pca_service', NULL);
DROP OWNED BY regress_pca_service;
DROP ROLE regress_pca_service;
