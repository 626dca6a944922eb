-- Roles that go around the functions: pg_read_all_data, pg_write_all_data, and a
-- role that was granted all tables at once. They reach no row; superusers and the
-- extension's own functions are as free as before.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '350000000000';
SET pca.audit_report_interval = 0;
CREATE ROLE regress_pca_administrator;
CREATE ROLE regress_pca_reader IN ROLE pg_read_all_data;
CREATE ROLE regress_pca_writer IN ROLE pg_read_all_data, pg_write_all_data;
CREATE ROLE regress_pca_issuer IN ROLE pg_read_all_data, pg_write_all_data;
-- an account of its own, and every right to its functions
CREATE ROLE regress_pca_granted;													-- all tables at once
CREATE ROLE regress_pca_bypass BYPASSRLS IN ROLE pg_read_all_data, pg_write_all_data;
SELECT pca_register_account('regress_pca_issuer'::regrole, '350000000001'::text),
	pca_grant_access('regress_pca_issuer'::regrole, 'administrator'::text),
	pca_grant_access('regress_pca_administrator'::regrole, 'administrator'::text);
GRANT USAGE ON SCHEMA pca TO regress_pca_granted;
GRANT ALL ON ALL TABLES IN SCHEMA pca TO regress_pca_granted;

-- A row in every table.
SELECT pca_create_certificate_authority(pg_temp.configuration('Root'), 'ROOT',
	'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket",
		"CustomCname": "crl.example.com", "CrlType": "PARTITIONED"}}',
	tags => '[{"Key": "k"}]', idempotency_token => 't') AS root \gset
CALL pg_temp.activate_root(:'root');
SELECT pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}',
	idempotency_token => 't') AS certificate \gset
SELECT pca_revoke_certificate(:'root', right(:'certificate', 32), 'SUPERSEDED');
SELECT count(*) FROM pca_create_certificate_authority_audit_report(:'root', 'bucket', 'JSON');
SELECT pca_create_permission(:'root', 'acm.amazonaws.com', '{GetCertificate}');
SELECT pca_put_policy(:'root', pg_temp.sharing(:'root', '350000000009'));
SELECT count(*) FROM pca_list_certificate_authorities(max_results => 1);
SELECT pca_register_service_principal('regress_pca_granted'::regrole, 'acm.amazonaws.com'::text);
SELECT pca_run_maintenance();
INSERT INTO pca.crl_change (crl_id, authority_id, changed_at) SELECT id, authority_id, now() FROM pca.crl;
INSERT INTO pca.crl_former_url SELECT id, 's3://bucket/key', authority_id, now() FROM pca.crl LIMIT 1;
SELECT length(access_key_id) FROM pca_create_access_key('regress_pca_issuer'::regrole);
INSERT INTO pca.maintenance_failure SELECT 'x', gen_random_uuid(), NULL, now(), 1, 'XX000', 'x';

CREATE TEMPORARY TABLE relation AS
SELECT c.oid::regclass AS name, c.relkind AS kind
FROM pg_class AS c JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
	JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'pca' AND d.deptype = 'e' AND c.relkind IN ('r', 'v');
GRANT SELECT ON relation TO PUBLIC;
-- How many rows a statement of a role reaches, or its SQLSTATE; nothing of it stays.
CREATE FUNCTION pg_temp.reaches(role text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	reached bigint;
BEGIN
	PERFORM set_config('role', role, true);
	EXECUTE statement;
	GET DIAGNOSTICS reached = ROW_COUNT;
	RAISE EXCEPTION USING ERRCODE = '00P00', MESSAGE = reached::text;
EXCEPTION
	WHEN SQLSTATE '00P00' THEN
		RETURN SQLERRM;
	WHEN OTHERS THEN
		RETURN SQLSTATE;
END
$$;
CREATE FUNCTION pg_temp.column(name regclass) RETURNS text LANGUAGE sql AS $$
	SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = name AND attnum = 1
$$;
CREATE TEMPORARY VIEW reaching AS
SELECT r.role, r.n, t.name, t.kind, s.operation,
	pg_temp.reaches('regress_pca_' || r.role, s.statement) AS outcome
FROM unnest('{reader,writer,issuer,granted}'::text[]) WITH ORDINALITY AS r (role, n), relation AS t,
	LATERAL (VALUES ('SELECT', format('SELECT FROM %s', t.name)),
		('UPDATE', format('UPDATE %s SET %2$s = %2$s', t.name, pg_temp.column(t.name))),
		('DELETE', format('DELETE FROM %s', t.name)),
		('INSERT', format('INSERT INTO %s SELECT * FROM jsonb_populate_record(NULL::%1$s, ''{}'')', t.name)),
		('TRUNCATE', format('TRUNCATE %s', t.name)),
		('LOCK', format('SELECT FROM %s FOR UPDATE', t.name))) AS s (operation, statement);

-- Each table has a row to reach, and a superuser reaches it.
SELECT name FROM relation
WHERE kind = 'r' AND pg_temp.reaches(current_user, format('SELECT FROM %s', name)) = '0'
ORDER BY name::text;
-- The other roles read, change, lock or remove no row of any table, insert none and truncate no table.
SELECT role, operation, string_agg(DISTINCT outcome, ' ' ORDER BY outcome) AS outcomes
FROM reaching WHERE kind = 'r' GROUP BY role, n, operation ORDER BY n, operation;
-- A view shows its rows to a role that may call the view's functions, and of these only those
-- of its account. The views for the extension's own functions show all rows.
CREATE TEMPORARY VIEW seeing AS
SELECT role, n, name,
	CASE outcome WHEN (SELECT count(*)::text FROM pca.access) THEN 'what is granted' ELSE outcome END AS outcome
FROM reaching WHERE kind = 'v' AND operation = 'SELECT';
SELECT role, string_agg(DISTINCT outcome, ' ' ORDER BY outcome) AS outcomes FROM seeing
GROUP BY role, n ORDER BY n;
SELECT name, outcome FROM seeing WHERE role = 'issuer' AND outcome <> '0' ORDER BY name::text;
-- COPY does not reach them either.
GRANT pg_read_server_files, pg_write_server_files, pg_execute_server_program TO regress_pca_writer;
SELECT name, pg_temp.reaches('regress_pca_writer', format('COPY %s FROM ''/dev/null''', name)) AS in,
	pg_temp.reaches('regress_pca_writer', format('COPY %s TO ''/dev/null''', name)) AS out
FROM relation
WHERE name IN ('pca.account'::regclass, 'pca.private_key'::regclass, 'pca.revocation'::regclass)
ORDER BY name::text;
-- So no role registers itself, or makes another's certificate good again.
SELECT pg_temp.reaches('regress_pca_writer',
	'INSERT INTO pca.account VALUES (''regress_pca_writer''::regrole, ''350000000000'')') AS register,
	pg_temp.reaches('regress_pca_writer', 'DELETE FROM pca.revocation') AS good_again,
	pg_temp.reaches('regress_pca_writer', 'DELETE FROM pca.installation') AS dormant;

-- A role that bypasses row security: the records still stay.
SELECT t.name, pg_temp.reaches('regress_pca_bypass', format('SELECT FROM %s', t.name)) <> '0' AS reads,
	pg_temp.reaches('regress_pca_bypass',
		format('UPDATE %s SET %2$s = %2$s', t.name, pg_temp.column(t.name))) AS update,
	pg_temp.reaches('regress_pca_bypass', format('DELETE FROM %s', t.name)) AS delete
FROM relation AS t
WHERE name IN ('pca.certificate'::regclass, 'pca.revocation'::regclass, 'pca.audit_event'::regclass)
ORDER BY name::text;
SET ROLE regress_pca_writer;
SELECT pg_temp.exception('DELETE FROM pca.revocation'),
	pg_temp.exception('UPDATE pca.revocation SET reason = reason');
SET ROLE regress_pca_granted;
SELECT pg_temp.exception('TRUNCATE pca.account');
RESET ROLE;
-- Superusers remove records together with their objects. No role truncates a table.
SELECT pg_temp.reaches(current_user, 'DELETE FROM pca.revocation') > '0' AS revocations,
	pg_temp.reaches(current_user, 'DELETE FROM pca.certificate') > '0' AS certificates,
	pg_temp.reaches(current_user, 'TRUNCATE pca.tag') AS tags,
	pg_temp.reaches(current_user, 'TRUNCATE pca.certificate_authority') AS authorities;

-- The functions of the extension do so too, for any caller and any setting of row security.
SET ROLE regress_pca_administrator;
SET row_security = off;
SELECT count(*) FROM pca.certificates WHERE certificate_authority_arn = :'root';
SELECT pca_update_certificate_authority(:'root', status => 'DISABLED');
SELECT pca_delete_certificate_authority(:'root', 7);
RESET ROLE;
UPDATE pca.certificate_authority SET restorable_until = now() - interval '1 day' WHERE arn = :'root';
SET ROLE regress_pca_administrator;
SELECT pca_run_maintenance();
RESET ROLE;
RESET row_security;
SELECT (SELECT count(*) FROM pca.certificate_authority WHERE arn = :'root') AS authorities,
	(SELECT count(*) FROM pca.certificate WHERE account_id = '350000000000') AS certificates,
	(SELECT count(*) FROM pca.revocation WHERE account_id = '350000000000') AS revocations;

DELETE FROM pca.maintenance_failure WHERE task = 'x';
DELETE FROM pca.access_key;
DELETE FROM pca.account;
DELETE FROM pca.service_principal;
DROP OWNED BY regress_pca_administrator, regress_pca_reader, regress_pca_writer, regress_pca_issuer,
	regress_pca_granted, regress_pca_bypass;
DROP ROLE regress_pca_administrator, regress_pca_reader, regress_pca_writer, regress_pca_issuer,
	regress_pca_granted, regress_pca_bypass;
