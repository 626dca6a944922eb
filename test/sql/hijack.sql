-- Hostile operators, functions, casts, temporary objects and search paths
-- change no result and gain no right.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\i test/sql/include/hijack.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '800000000001';

-- The trap works.
SET search_path = pg_temp, evil, pca, public, pg_catalog;
SELECT 'a'::pg_catalog.text = 'b'::pg_catalog.text;
SELECT now();

-- Every function and both views, as a role that has its rights only by grant.
CREATE ROLE regress_pca_hijacker;
SELECT public.pca_grant_access('regress_pca_hijacker', 'administrator');
GRANT USAGE ON SCHEMA evil TO regress_pca_hijacker;
SET ROLE regress_pca_hijacker;
SELECT public.pca_create_certificate_authority(
	'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA",
		"Subject": {"CommonName": "Root"}}'::pg_catalog.jsonb,
	'ROOT', idempotency_token => 'hijack', tags => '[{"Key": "k"}]'::pg_catalog.jsonb,
	revocation_configuration =>
		'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket", "CustomCname": "c",
			"CrlType": "PARTITIONED"}}'::pg_catalog.jsonb) AS root \gset
\set VERBOSITY terse
SELECT public.pca_create_certificate_authority(
	'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA",
		"Subject": {"CommonName": "Root"}}'::pg_catalog.jsonb,
	'ROOT', idempotency_token => 'hijack') AS again \gset
\set VERBOSITY default
SELECT pg_catalog.texteq(:'root', :'again') AS same;
SELECT public.pca_issue_certificate(:'root', public.pca_get_certificate_authority_csr(:'root'),
	'SHA256WITHECDSA', '{"Value": 1, "Type": "YEARS"}'::pg_catalog.jsonb,
	'arn:aws:acm-pca:::template/RootCACertificate/V1') AS root_certificate \gset
SELECT public.pca_import_certificate_authority_certificate(:'root', g.certificate)
FROM public.pca_get_certificate(:'root', :'root_certificate') AS g;
SELECT public.pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}'::pg_catalog.jsonb, idempotency_token => 'hijack') AS certificate \gset
SELECT public.pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}'::pg_catalog.jsonb, idempotency_token => 'hijack') AS again \gset
SELECT pg_catalog.texteq(:'certificate', :'again') AS same;
SELECT pg_catalog.length(certificate) OPERATOR(pg_catalog.>) 500 AS certificate,
	pg_catalog.length(certificate_chain) OPERATOR(pg_catalog.>) 500 AS chain
FROM public.pca_get_certificate(:'root', :'certificate');
SELECT certificate_chain FROM public.pca_get_certificate_authority_certificate(:'root');
SELECT status FROM public.pca_describe_certificate_authority(:'root');
SELECT type, status FROM public.pca_list_certificate_authorities(max_results => 10);
SELECT subject, status FROM pca.certificates ORDER BY issued_at USING OPERATOR(pg_catalog.<);
SELECT type, status FROM pca.certificate_authorities;
RESET ROLE;
-- Nothing went into the tables of the same names.
SELECT (SELECT pg_catalog.count(*) FROM pg_temp.certificate_authority),
	(SELECT pg_catalog.count(*) FROM pg_temp.certificate), (SELECT pg_catalog.count(*) FROM pg_temp.private_key),
	(SELECT pg_catalog.count(*) FROM evil.certificate_authority);
RESET search_path;
-- Planner settings and the like that a caller may change harm only the caller.
SET ROLE regress_pca_hijacker;
SET row_security = off;
SET default_transaction_isolation = 'serializable';
SET transform_null_equals = on;
SET bytea_output = 'escape';
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'iso_8601';
SET extra_float_digits = -15;
SET timezone = 'Asia/Kathmandu';
SET client_encoding = 'LATIN1';
SELECT public.pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}'::pg_catalog.jsonb, idempotency_token => 'hijack') = :'certificate' AS same;
SELECT status FROM public.pca_describe_certificate_authority(:'root');
RESET ALL;
RESET ROLE;
SET pca.account_id = '800000000001';

DROP CAST (text AS pg_catalog.uuid);
DROP CAST (bytea AS text);
DROP DOMAIN pg_temp.uuid;
DROP DOMAIN pg_temp.timestamptz;
DROP DOMAIN pg_temp.jsonb;
DROP TABLE pg_temp.certificate_authority, pg_temp.private_key, pg_temp.certificate, pg_temp.revocation,
	pg_temp.tag, pg_temp.idempotency_token,
	pg_temp.next_token_key, pg_temp.access, pg_temp.access_objects, pg_temp.account, pg_temp.service_principal,
	pg_temp.policy, pg_temp.policy_grant, pg_temp.permission, pg_temp.crl_partition,
	pg_temp.crl, pg_temp.crl_change, pg_temp.crl_states, pg_temp.ocsp_issuer, pg_temp.ocsp_responder,
	pg_temp.ocsp_responder_states, pg_temp.object, pg_temp.object_chunk, pg_temp.audit_report,
	pg_temp.audit_event, pg_temp.maintenance_failure,
	pg_temp.certificate_authority_description, pg_temp.pg_namespace, pg_temp.pg_proc, pg_temp.pg_roles;

--
-- No role is tricked into signing: what a superuser's maintenance of another role's
-- objects runs may neither issue nor change a certificate authority
--

GRANT CREATE, USAGE ON SCHEMA evil TO regress_pca_hijacker;
SET ROLE regress_pca_hijacker;
CREATE MATERIALIZED VIEW evil.issued AS
	SELECT public.pca_issue_certificate(arn, csr, 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}') AS arn
	FROM (SELECT :'root'::text AS arn, :'csr'::text AS csr) AS v WITH NO DATA;
CREATE MATERIALIZED VIEW evil.created AS
	SELECT public.pca_create_certificate_authority(
		'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA",
			"Subject": {"CommonName": "Evil"}}',
		'ROOT') AS arn WITH NO DATA;
CREATE MATERIALIZED VIEW evil.imported AS
	SELECT public.pca_import_certificate_authority_certificate(:'root', 'x')::text AS result WITH NO DATA;
CREATE TABLE evil.target (arn text, csr text);
CREATE FUNCTION evil.immutable(arn text, csr text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF current_setting('evil.armed', true) = 'on' THEN
		PERFORM public.pca_issue_certificate(arn, csr, 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}');
	END IF;
	RETURN arn;
END
$$;
CREATE INDEX evil_index ON evil.target (evil.immutable(arn, csr));
INSERT INTO evil.target VALUES (:'root', :'csr');
RESET ROLE;
SELECT count(*) AS issued FROM pca.certificates \gset
SELECT count(*) AS authorities FROM pca.certificate_authorities \gset
\set VERBOSITY terse
REFRESH MATERIALIZED VIEW evil.issued;
REFRESH MATERIALIZED VIEW evil.created;
REFRESH MATERIALIZED VIEW evil.imported;
SET evil.armed = 'on';
REINDEX TABLE evil.target;
REINDEX INDEX evil.evil_index;
ANALYZE evil.target;
VACUUM FULL evil.target;
CLUSTER evil.target USING evil_index;
-- The same objects give their owner no more.
SET ROLE regress_pca_hijacker;
REFRESH MATERIALIZED VIEW evil.issued;
RESET ROLE;
RESET evil.armed;
\set VERBOSITY default
SELECT count(*) - :issued AS issued FROM pca.certificates;
SELECT count(*) - :authorities AS created FROM pca.certificate_authorities;
-- Reading is not a change: it works there.
SET ROLE regress_pca_hijacker;
CREATE MATERIALIZED VIEW evil.read AS SELECT status FROM public.pca_describe_certificate_authority(:'root');
RESET ROLE;
REFRESH MATERIALIZED VIEW evil.read;
SELECT * FROM evil.read;
-- A caller's own function is no exception to the rule that the rights are those of the immediate caller.
CREATE ROLE regress_pca_bystander;
SET ROLE regress_pca_hijacker;
CREATE FUNCTION evil.invoker(arn text) RETURNS text
LANGUAGE sql AS 'SELECT status FROM public.pca_describe_certificate_authority(arn)';
RESET ROLE;
GRANT USAGE ON SCHEMA evil TO regress_pca_bystander;
SET ROLE regress_pca_bystander;
SELECT evil.invoker(:'root');
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA evil CASCADE;
RESET client_min_messages;
DROP OWNED BY regress_pca_hijacker, regress_pca_bystander;
DROP ROLE regress_pca_bystander;

--
-- CREATE EXTENSION adopts no object that another role prepared
--

CREATE DATABASE regress_pca_hijack TEMPLATE template0 ENCODING 'UTF8';
CREATE DATABASE regress_pca_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C';
SELECT current_database() AS database \gset
-- The context of a script's error differs from version to version.
\set SHOW_CONTEXT never
\c regress_pca_hijack
GRANT CREATE ON SCHEMA public TO regress_pca_hijacker;
GRANT CREATE ON DATABASE regress_pca_hijack TO regress_pca_hijacker;
SET ROLE regress_pca_hijacker;
CREATE SCHEMA pca;
RESET ROLE;
CREATE EXTENSION pca;
DROP SCHEMA pca;
SET ROLE regress_pca_hijacker;
CREATE FUNCTION public.pca_get_certificate_authority_csr(certificate_authority_arn text)
RETURNS text LANGUAGE sql AS 'SELECT ''evil''';
RESET ROLE;
\set VERBOSITY terse
CREATE EXTENSION pca;
\set VERBOSITY default
SELECT count(*) FROM pg_namespace WHERE nspname = 'pca';
DROP FUNCTION public.pca_get_certificate_authority_csr(text);
-- Operators and functions in the search path of the role that creates it.
SET ROLE regress_pca_hijacker;
CREATE FUNCTION public.caught(a text, b text) RETURNS boolean
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.caught);
CREATE OPERATOR public.~ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.caught);
CREATE FUNCTION public.current_setting(text) RETURNS text
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE FUNCTION public.pg_extension_config_dump(regclass, text) RETURNS void
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
CREATE FUNCTION public.num_nulls(a uuid, b text, c timestamptz, d timestamptz) RETURNS integer
LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
RESET ROLE;
SET search_path = public, pg_catalog;
-- Rights that new objects get by default.
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC, regress_pca_hijacker;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO regress_pca_hijacker;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO regress_pca_hijacker;
-- Also into a schema other than public.
CREATE SCHEMA api;
CREATE EXTENSION pca SCHEMA api;
RESET search_path;
SELECT (SELECT count(*) FROM pg_proc
	WHERE (pronamespace = 'pca'::regnamespace OR proname ^@ 'pca_')
		AND has_function_privilege('regress_pca_hijacker', oid, 'EXECUTE')) AS functions,
	(SELECT count(*) FROM pg_class WHERE relnamespace = 'pca'::regnamespace AND relkind IN ('r', 'v', 'S')
		AND has_table_privilege('regress_pca_hijacker', oid,
			'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')) AS tables,
	has_schema_privilege('regress_pca_hijacker', 'pca', 'USAGE, CREATE') AS schema;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM PUBLIC, regress_pca_hijacker;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM regress_pca_hijacker;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM regress_pca_hijacker;
SELECT count(*) > 0 AS functions_in_api FROM pg_proc
WHERE pronamespace = 'api'::regnamespace AND proname ^@ 'pca_';
SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname ^@ 'pca_';
SELECT api.pca_create_certificate_authority(
	'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA", "Subject": {"CommonName": "x"}}',
	'ROOT') AS arn \gset
SELECT status FROM api.pca_describe_certificate_authority(:'arn');
SELECT api.pca_grant_access('regress_pca_hijacker', 'issuer');
SELECT count(*)
	= (SELECT count(*) FROM pca.access WHERE kind = 'function' AND 'issuer' = ANY (accesses)) AS granted
FROM pg_proc
WHERE pronamespace IN ('api'::regnamespace, 'pca'::regnamespace)
	AND has_function_privilege('regress_pca_hijacker', oid, 'EXECUTE');
-- The same after its schema is renamed, whatever characters the name has.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA api, pca FROM regress_pca_hijacker;
ALTER SCHEMA api RENAME TO "pca.Api; --""";
SELECT "pca.Api; --""".pca_grant_access('regress_pca_hijacker', 'issuer');
SELECT count(*)
	= (SELECT count(*) FROM pca.access WHERE kind = 'function' AND 'issuer' = ANY (accesses)) AS granted,
	has_schema_privilege('regress_pca_hijacker', 'pca.Api; --"', 'USAGE') AS usage
FROM pg_proc WHERE pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pca')
	AND has_function_privilege('regress_pca_hijacker', oid, 'EXECUTE');
-- It cannot be moved, and leaves nothing when it goes.
ALTER EXTENSION pca SET SCHEMA public;
DROP EXTENSION pca;
SELECT count(*) FROM pg_namespace WHERE nspname = 'pca';
-- A role that is not a superuser cannot create it.
SET ROLE regress_pca_hijacker;
\set VERBOSITY terse
CREATE EXTENSION pca;
\set VERBOSITY default
RESET ROLE;
\c regress_pca_ascii
CREATE EXTENSION pca;
\c :database
DROP DATABASE regress_pca_hijack;
DROP DATABASE regress_pca_ascii;
DROP ROLE regress_pca_hijacker;
