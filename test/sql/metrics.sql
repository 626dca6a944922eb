-- pca_metrics(): what a monitor sees, of every account.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\i test/sql/include/crl.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
CREATE TEMPORARY TABLE authority (n serial, name text, account text, configuration jsonb, arn text);
INSERT INTO authority (name, account, configuration) VALUES
	('complete', '335000000001', pg_temp.crl_configuration()),
	('parts', '335000000002', pg_temp.crl_configuration('{"CrlType": "PARTITIONED"}')),
	('without CRLs', '335000000002', NULL), ('unwritten', '335000000001', pg_temp.crl_configuration()),
	('deleted', '335000000001', pg_temp.crl_configuration());
CALL pg_temp.make_authorities();
SELECT count(pca_create_certificate_authority(pg_temp.configuration('pending'), 'ROOT')) AS pending;
CREATE FUNCTION pg_temp.arn(text) RETURNS text LANGUAGE sql AS $$
SELECT arn FROM authority WHERE name = $1 $$;
-- A certificate that ends in so many hours, from whenever.
CREATE FUNCTION pg_temp.issue(name text, csr text, hours int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('pca.account_id', account, false) FROM authority AS a WHERE a.name = issue.name;
	RETURN right(pca_issue_certificate(pg_temp.arn(name), csr, 'SHA256WITHECDSA',
		jsonb_build_object('Type', 'ABSOLUTE', 'Value', floor(extract(epoch FROM now())) + 3600 * hours)),
		32);
END
$$;
SELECT count(pg_temp.issue(name, :'csr', hours))
FROM (VALUES ('complete', 12), ('complete', 36), ('complete', 150), ('complete', 700), ('complete', 800),
	('parts', 30), ('parts', 1000), ('without CRLs', 12), ('deleted', 12)) AS v (name, hours);
SELECT pca_run_maintenance();
SELECT pg_temp.issue('unwritten', :'csr', 800) IS NOT NULL AS issued;
SET pca.account_id = '335000000001';
SELECT pca_update_certificate_authority(pg_temp.arn('deleted'), status => 'DISABLED'),
	pca_delete_certificate_authority(pg_temp.arn('deleted'));

-- A monitor belongs to no account that has any of these.
CREATE ROLE regress_pca_monitor;
CREATE ROLE regress_pca_gateway;
SELECT pca_register_account('regress_pca_monitor', '335000000003'),
	pca_grant_access('regress_pca_monitor', 'monitor'), pca_grant_access('regress_pca_gateway', 'gateway');
GRANT SELECT ON authority TO regress_pca_monitor;
CREATE TEMPORARY VIEW metric AS
	SELECT m.name, a.name AS authority,
		m.labels - 'arn' - 'authority'
			|| CASE WHEN m.labels ->> 'partition' <> '' THEN '{"partition": "UUID"}'::jsonb ELSE '{}' END AS labels,
		m.value
	FROM pca_metrics() AS m
		LEFT JOIN authority AS a ON a.arn = coalesce(m.labels ->> 'arn', m.labels ->> 'authority');
GRANT SELECT ON metric TO regress_pca_monitor;
SET ROLE regress_pca_monitor;
SELECT name, authority, labels,
	CASE
		WHEN name ~ 'timestamp' THEN CASE WHEN value > extract(epoch FROM now()) THEN 'later' ELSE value::text END
		ELSE value::text END AS value
FROM metric
ORDER BY name, authority, labels ->> 'partition', labels ->> 'task', length(labels ->> 'within'),
	labels ->> 'within';
RESET ROLE;
-- The times are those that are stored.
SELECT count(*) FROM pca_metrics() AS m JOIN pca.certificate_authority AS a ON a.arn = m.labels ->> 'arn'
WHERE m.name = 'pca_certificate_authority_not_after_timestamp_seconds'
	AND m.value = extract(epoch FROM a.not_after)::float8;
SELECT count(*)
FROM pca_metrics() AS m JOIN pca.certificate_authority AS a ON a.arn = m.labels ->> 'arn'
	JOIN pca.crl AS r ON r.id = coalesce(nullif(m.labels ->> 'partition', '')::uuid, a.id)
WHERE m.name = 'pca_crl_next_update_timestamp_seconds'
	AND m.value = extract(epoch FROM r.next_update)::float8;
-- Since when a CRL lacks a revocation.
SELECT pg_temp.issue('complete', :'csr', 800) AS serial \gset
SELECT pca_revoke_certificate(pg_temp.arn('complete'), :'serial', 'SUPERSEDED');
UPDATE pca.crl_change SET changed_at = clock_timestamp() - interval '1 hour'
WHERE crl_id = right(pg_temp.arn('complete'), 36)::uuid;
SELECT authority, labels, value BETWEEN 3600 AND 7200 AS an_hour FROM metric
WHERE name = 'pca_crl_outdated_seconds' AND value > 0;
-- Not of a CRL that nobody needs, nor of a CA that cannot sign any more.
UPDATE pca.crl_partition SET not_after = clock_timestamp();
UPDATE pca.certificate_authority SET not_after = clock_timestamp() WHERE arn = pg_temp.arn('complete');
SELECT name, authority FROM metric WHERE name ~ '^pca_crl_' ORDER BY name, authority;

--
-- What fails
--

CREATE FUNCTION pca.regress_pca_fail() RETURNS trigger
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the bucket fails' USING ERRCODE = '58030'; END $$;
CREATE TRIGGER regress_pca_fail BEFORE INSERT ON pca.object
	FOR EACH ROW EXECUTE FUNCTION pca.regress_pca_fail();
SELECT pca_run_maintenance();
SELECT labels, value FROM metric WHERE name = 'pca_maintenance_failures' AND value > 0;
-- Of a CRL that there is to be no more, it is none.
UPDATE pca.maintenance_failure SET object_id = gen_random_uuid();
SELECT labels, value FROM metric WHERE name = 'pca_maintenance_failures' AND value > 0;
DROP TRIGGER regress_pca_fail ON pca.object;
DROP FUNCTION pca.regress_pca_fail;
ALTER DATABASE regress_pca SET default_transaction_read_only = on;
SELECT labels, value FROM metric WHERE name = 'pca_maintenance_failures' AND value > 0;
ALTER DATABASE regress_pca RESET default_transaction_read_only;
SELECT value FROM metric WHERE name = 'pca_key_encryption_key_usable';
SET pca.key_encryption_key_file = '/nonexistent';
SELECT value FROM metric WHERE name = 'pca_key_encryption_key_usable';
RESET pca.key_encryption_key_file;
SELECT value FROM metric WHERE name = 'pca_key_encryption_key_usable';

--
-- How many are counted
--

INSERT INTO pca.certificate (authority_id, serial, issued_at, not_before, not_after, account_id, template,
	certificate, session_user_name, current_user_name)
SELECT authority_id, gen_random_uuid(), issued_at, not_before,
	now() + interval '2 days' + n * interval '1 second', account_id, template, certificate, session_user_name,
	current_user_name
FROM (SELECT * FROM pca.certificate
	WHERE authority_id = right(pg_temp.arn('without CRLs'), 36)::uuid LIMIT 1) AS c,
	generate_series(1, 10100) AS n;
SELECT authority, labels, value FROM metric
WHERE name = 'pca_certificates_expiring' AND authority IN ('without CRLs', 'complete')
ORDER BY authority, length(labels ->> 'within'), labels ->> 'within';

--
-- Who, and where
--

BEGIN READ ONLY;
SELECT count(*) > 0 AS is_read FROM pca_metrics();
COMMIT;
SELECT role, pg_temp.as_role('regress_pca_' || role, statement)
FROM unnest('{gateway,monitor}'::text[]) AS role,
	unnest(ARRAY['SELECT pca_metrics()', 'SELECT pca_ocsp_response(NULL)', 'SELECT FROM pca.objects',
		'SELECT FROM pca.certificate']) AS statement;
SELECT pca_suspend();
SELECT count(*) > 0 AS when_dormant FROM pca_metrics();
SELECT pca_register_account('regress_pca_monitor', NULL), pca_register_account('regress_pca_gateway', NULL);
DROP OWNED BY regress_pca_monitor, regress_pca_gateway;
DROP ROLE regress_pca_monitor, regress_pca_gateway;
