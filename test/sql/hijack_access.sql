-- As hijack, over every function: hostile search paths, names and requests change
-- no result, and no role's objects make another role change anything.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\i test/sql/include/call.sql
\i test/sql/include/hijack.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
-- The traps in the temporary schema are not meant for this test itself.
SET search_path = pg_catalog, public, pg_temp;
SELECT function AS "without a row, or without a function" FROM uncalled;
SET pca.account_id = '810000000001';
SELECT pca_create_certificate_authority(pg_temp.configuration('Root'), 'ROOT',
	tags => '[{"Key": "k"}]') AS root \gset
CALL pg_temp.activate_root(:'root');
SELECT pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS certificate \gset
SELECT pca_put_policy(:'root', pg_temp.policy(:'root', '810000000002'));
SELECT g.certificate AS own FROM pca_get_certificate_authority_certificate(:'root') AS g \gset
SELECT c.certificate AS bytes FROM pca.certificate AS c WHERE account_id = '810000000001' LIMIT 1 \gset
CREATE ROLE regress_pca_hijacker;
SELECT pca_grant_access('regress_pca_hijacker', access)
FROM unnest('{administrator,status,gateway,monitor}'::text[]) AS access;
GRANT USAGE, CREATE ON SCHEMA evil TO regress_pca_hijacker;
-- Also the rights that only superusers have, so that no refusal is for lack of a right.
GRANT EXECUTE ON FUNCTION pca_grant_access, pca_register_account, pca_register_service_principal,
	pca.registration_changed, pca.refuse_change, pca_resume, pca_suspend, pca.remove_dependents,
	pca.rows_restored, pca.keep_local, pca.grant_statements, pca.warn_of_creators
	TO regress_pca_hijacker WITH GRANT OPTION;
GRANT SELECT ON pca.access_objects TO regress_pca_hijacker;
-- A digest of the tables' contents.
CREATE FUNCTION pg_temp.fingerprints() RETURNS TABLE (name regclass, content text) LANGUAGE plpgsql AS $$
BEGIN
	FOR name IN SELECT oid FROM pg_class
		WHERE relnamespace = 'pca'::regnamespace AND relkind = 'r' ORDER BY relname LOOP
		EXECUTE format('SELECT coalesce(md5(string_agg(t::text, '','' ORDER BY t::text)), ''-'') '
			'FROM %s AS t', name) INTO content;
		RETURN NEXT;
	END LOOP;
END
$$;
CREATE TEMPORARY TABLE fingerprint AS SELECT * FROM pg_temp.fingerprints();

--
-- Every call, with everything hostile in the search path: the same result
--

-- What a statement returns or throws as the hijacker, with a search path; nothing that it does stays.
CREATE FUNCTION pg_temp.given(path text, preparation text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	IF preparation IS NOT NULL THEN
		EXECUTE preparation;
	END IF;
	PERFORM set_config('role', 'regress_pca_hijacker', true);
	-- From here on no operators and no functions.
	PERFORM set_config('search_path', path, true);
	EXECUTE statement INTO result;
	RAISE EXCEPTION USING ERRCODE = '00P00', MESSAGE = coalesce(result, 'NULL');
EXCEPTION
	WHEN SQLSTATE '00P00' THEN
		RETURN pg_temp.stable(SQLERRM);
	WHEN OTHERS THEN
		RETURN SQLSTATE || ' ' || pg_temp.stable(SQLERRM);
END
$$;
\set hostile 'pg_temp, evil, pca, public, pg_catalog'
-- The trap works.
SELECT statement, pg_temp.given(:'hostile', NULL, statement)
FROM (VALUES (1, 'SELECT now()'), (2, 'SELECT ''a''::pg_catalog.text = ''b''::pg_catalog.text'),
	(3, 'SELECT jsonb_typeof(NULL)'), (4, 'SELECT 1::pg_catalog.oid = 2::pg_catalog.oid'),
	(5, 'SELECT count(*) FROM pg_proc'), (6, 'SELECT NULL::uuid')) AS v (n, statement)
ORDER BY n;
SET client_min_messages = error;
CREATE TEMPORARY TABLE compared AS
	SELECT c.n, c.function, c.what, pg_temp.given('pg_catalog', p.preparation, statement) AS usual,
		pg_temp.given(:'hostile', p.preparation,
			replace(statement, 'jsonb_build_object', 'pg_catalog.jsonb_build_object')) AS hostile
	FROM call AS c, format(c.preparation, :'root') AS p (preparation),
		pg_temp.statement(c.call, :'root', :'certificate', :'csr', :'own', pg_temp.policy(:'root', '810000000009'),
			:'bytes') AS statement;
RESET client_min_messages;
SELECT count(*) > 30 AS all, count(*) FILTER (WHERE usual = hostile) = count(*) AS same FROM compared;
SELECT function, what, usual, hostile FROM compared WHERE usual <> hostile ORDER BY n;
SELECT function, usual FROM compared WHERE usual ~ '^[0-9A-Z]{5} ' ORDER BY n;

--
-- pca_api: requests that would like to be more than a request
--

CREATE TEMPORARY TABLE request (n serial, operation text, request jsonb, preparation text);
INSERT INTO request (operation, request) VALUES
	('CreateCertificateAuthority',
		jsonb_build_object('CertificateAuthorityConfiguration', pg_temp.configuration('x'),
			'CertificateAuthorityType', 'ROOT')),
	('CreatePermission',
		jsonb_build_object('CertificateAuthorityArn', :'root', 'Principal', 'acm.amazonaws.com',
			'Actions', '["GetCertificate", "ListPermissions"]'::jsonb)),
	('DescribeCertificateAuthority', jsonb_build_object('CertificateAuthorityArn', :'root')),
	('GetCertificate', jsonb_build_object('CertificateAuthorityArn', :'root', 'CertificateArn', :'certificate')),
	('GetCertificateAuthorityCertificate', jsonb_build_object('CertificateAuthorityArn', :'root')),
	('GetCertificateAuthorityCsr', jsonb_build_object('CertificateAuthorityArn', :'root')),
	('GetPolicy', jsonb_build_object('ResourceArn', :'root')),
	('ImportCertificateAuthorityCertificate',
		jsonb_build_object('CertificateAuthorityArn', :'root',
			'Certificate', replace(encode(convert_to(:'own', 'UTF8'), 'base64'), E'\n', ''))),
	('IssueCertificate',
		jsonb_build_object('CertificateAuthorityArn', :'root',
			'Csr', replace(encode(convert_to(:'csr', 'UTF8'), 'base64'), E'\n', ''),
			'SigningAlgorithm', 'SHA256WITHECDSA', 'Validity', '{"Value": 1, "Type": "DAYS"}'::jsonb)),
	('ListCertificateAuthorities', '{"MaxResults": 1}'),
	('ListPermissions', jsonb_build_object('CertificateAuthorityArn', :'root', 'MaxResults', 1)),
	('ListTags', jsonb_build_object('CertificateAuthorityArn', :'root', 'NextToken', NULL)),
	('PutPolicy', jsonb_build_object('ResourceArn', :'root', 'Policy', pg_temp.policy(:'root', '810000000009'))),
	('TagCertificateAuthority',
		jsonb_build_object('CertificateAuthorityArn', :'root', 'Tags', '[{"Key": "k", "Value": "v"}]'::jsonb)),
	('UntagCertificateAuthority',
		jsonb_build_object('CertificateAuthorityArn', :'root', 'Tags', '[{"Key": "k"}]'::jsonb)),
	('UpdateCertificateAuthority', jsonb_build_object('CertificateAuthorityArn', :'root', 'Status', 'DISABLED')),
	('DeletePolicy', jsonb_build_object('ResourceArn', :'root'));
INSERT INTO request (operation, request, preparation) VALUES
	('DeleteCertificateAuthority',
		jsonb_build_object('CertificateAuthorityArn', :'root', 'PermanentDeletionTimeInDays', 7),
		format('SELECT pca_update_certificate_authority(%L, status => ''DISABLED'')', :'root')),
	('RestoreCertificateAuthority', jsonb_build_object('CertificateAuthorityArn', :'root'),
		format('SELECT pca_update_certificate_authority(%1$L, status => ''DISABLED''), '
			'pca_delete_certificate_authority(%1$L)', :'root')),
	('DeletePermission',
		jsonb_build_object('CertificateAuthorityArn', :'root', 'Principal', 'acm.amazonaws.com'),
		format('SELECT pca_create_permission(%L, ''acm.amazonaws.com'', ''{GetCertificate}'')', :'root'));
CREATE TEMPORARY VIEW answer AS
	SELECT n, operation,
		pg_temp.given('pg_catalog', preparation,
			format('SELECT public.pca_api(%L, %L)', operation, request)) AS usual,
		pg_temp.given(:'hostile', preparation,
			format('SELECT public.pca_api(%L, %L)', operation, request)) AS hostile
	FROM request;
SELECT operation, left(regexp_replace(usual, '[-+/0-9A-Za-z\\]{40,}.*', '...'), 60) AS answer,
	usual = hostile AS same
FROM answer ORDER BY n;
-- An operation or a member is one of the API's names, to the letter.
SELECT v.operation, pg_temp.exception(format('SELECT pca_api(%L, ''{}'')', v.operation))
FROM (VALUES (1, NULL), (2, ''), (3, 'issueCertificate'), (4, 'ISSUECERTIFICATE'), (5, 'Issue_Certificate'),
	(6, 'Api'), (7, 'GrantAccess'), (8, 'RegisterAccount'), (9, 'RunMaintenance'), (10, 'CallerIdentity'),
	(11, 'ListTags '),
	(12, 'ListTags('''')'), (13, 'ListTags"'),
	(14, 'ListTags''); SELECT pca_grant_access(''regress_pca_hijacker'', ''administrator''); --'),
	(15, 'Іssue'), (16, '%'), (17, '%s'), (18, E'\\'), (19, repeat('x', 100))) AS v (n, operation)
ORDER BY n;
SELECT v.member,
	pg_temp.exception(format('SELECT pca_api(''ListTags'', %L)',
		jsonb_build_object('CertificateAuthorityArn', :'root', v.member, 1)))
FROM (VALUES (1, ''), (2, 'certificate_authority_arn'), (3, 'certificateAuthorityArn'), (4, 'max_results'),
	(5, 'Max_Results'), (6, 'MaxResults"'), (7, 'MaxResults'''), (8, 'x") => 1, ("'), (9, '$1'), (10, '%s%I%L'),
	(11, E'a\\b'), (12, 'VARIADIC x'),
	(13, '); DROP TABLE pca.tag; --'), (14, repeat('x', 100)), (15, 'Key')) AS v (n, member) ORDER BY n;
SELECT v.request, pg_temp.exception(format('SELECT pca_api(''ListTags'', %L)', v.request))
FROM (VALUES (1, NULL), (2, 'null'), (3, '[]'), (4, '"x"'), (5, '1'), (6, '{}')) AS v (n, request) ORDER BY n;
-- A value is of the type that the parameter has.
SELECT v.value,
	pg_temp.exception(format('SELECT pca_api(''ListTags'', %L)',
		jsonb_build_object('CertificateAuthorityArn', :'root', 'MaxResults', v.value::jsonb)))
FROM (VALUES (1, '"1"'), (2, '1.5'), (3, '1e2'), (4, '1.0'), (5, '2147483648'), (6, '-2147483648'),
	(7, '1e400'), (8, '[1]'), (9, '{"a": 1}'), (10, 'true'), (11, '0'), (12, '1e-400')) AS v (n, value)
ORDER BY n;
SELECT v.value,
	pg_temp.exception(format('SELECT pca_api(''CreatePermission'', %L)',
		jsonb_build_object('CertificateAuthorityArn', :'root', 'Principal', 'acm.amazonaws.com',
			'Actions', v.value::jsonb)))
FROM (VALUES (1, '"GetCertificate"'), (2, '["GetCertificate\",\"IssueCertificate"]'),
	(3, '["GetCertificate},{"]'), (4, '[["GetCertificate"]]'), (5, '[null]'), (6, '["NULL"]'),
	(7, '["GetCertificate", 1]'), (8, '{"0": "GetCertificate"}'), (9, '[]')) AS v (n, value)
ORDER BY n;
-- Text goes in and comes out unchanged, with any settings.
CREATE FUNCTION pg_temp.tagged(root text, key text) RETURNS boolean
LANGUAGE plpgsql SET standard_conforming_strings = off SET quote_all_identifiers = on
	SET array_nulls = off SET bytea_output = 'escape' SET DateStyle = 'SQL, DMY'
	SET extra_float_digits = -15 AS $$
BEGIN
	PERFORM pca_api('TagCertificateAuthority',
		jsonb_build_object('CertificateAuthorityArn', root,
			'Tags', jsonb_build_array(jsonb_build_object('Key', key, 'Value', key))));
	RETURN pca_api('ListTags', jsonb_build_object('CertificateAuthorityArn', root))
		-> 'Tags' @> jsonb_build_array(jsonb_build_object('Key', key, 'Value', key));
END
$$;
BEGIN;
SELECT key, pg_temp.tagged(:'root', key) FROM unnest(ARRAY['=+-@:/_.', 'Ünï', 'a b', 'NULL', '1']) AS key;
SELECT key, left(pg_temp.exception(format('SELECT pg_temp.tagged(%L, %L)', :'root', key)), 5)
FROM unnest(ARRAY['''', '"', E'\\', '{', '$1', '%s', ';']) AS key;
ROLLBACK;
-- It gives no right: its caller calls what it calls.
CREATE ROLE regress_pca_poor;
GRANT USAGE ON SCHEMA pca TO regress_pca_poor;
GRANT EXECUTE ON FUNCTION pca_api TO regress_pca_poor;
SET ROLE regress_pca_poor;
SELECT DISTINCT left(pg_temp.exception(format('SELECT pca_api(%L, %L)', operation,
	jsonb_build_object(CASE WHEN operation LIKE '%Policy' THEN 'ResourceArn'
		ELSE 'CertificateAuthorityArn' END, :'root'))),
	36) AS outcome
FROM unnest('{DescribeCertificateAuthority,GetPolicy,DeletePolicy,ListTags}'::text[]) AS operation ORDER BY 1;
RESET ROLE;
DROP OWNED BY regress_pca_poor;
DROP ROLE regress_pca_poor;

--
-- Functions of our names, in our schema
--

GRANT CREATE ON SCHEMA public TO regress_pca_hijacker;
SET ROLE regress_pca_hijacker;
CREATE FUNCTION public.pca_list_tags(max_results integer, certificate_authority_arn text, next_token text)
RETURNS text LANGUAGE sql AS $$
	SELECT evil.caught('pca_list_tags')::text
$$;
CREATE FUNCTION public.pca_get_policy(resource_arn text, more text DEFAULT '') RETURNS text
LANGUAGE sql AS $$
	SELECT evil.caught('pca_get_policy')::text
$$;
CREATE FUNCTION public.pca_put_policy(policy text, VARIADIC resource_arn text[]) RETURNS void
LANGUAGE sql AS $$
	SELECT evil.caught('pca_put_policy')
$$;
CREATE FUNCTION public.pca_delete_policy(resource_arn varchar) RETURNS void LANGUAGE sql AS $$
	SELECT evil.caught('pca_delete_policy')
$$;
CREATE FUNCTION public.pca_describe_certificate_authority_audit_report(certificate_authority_arn integer)
RETURNS void LANGUAGE sql AS $$
	SELECT evil.caught('audit report')
$$;
CREATE FUNCTION public.pca_issue_certificate() RETURNS void LANGUAGE sql AS $$
	SELECT evil.caught('pca_issue_certificate')
$$;
RESET ROLE;
SELECT operation, usual = hostile AS same FROM answer
WHERE operation IN ('ListTags', 'GetPolicy', 'PutPolicy', 'DeletePolicy', 'IssueCertificate')
ORDER BY n;
-- Where PostgreSQL could not tell two functions apart it is still ours.
SELECT operation, left(usual, 60) AS usual FROM answer
WHERE usual LIKE '%hijacked%' OR usual ~ '^[0-9A-Z]{5} ' ORDER BY n;
-- What is granted is ours.
CREATE ROLE regress_pca_grantee;
SELECT pca_grant_access('regress_pca_grantee', access)
FROM unnest('{administrator,issuer,revoker,auditor,status,gateway,monitor}'::text[]) AS access;
SELECT p.oid::regprocedure FROM pg_proc AS p, aclexplode(p.proacl) AS a
WHERE a.grantee = 'regress_pca_grantee'::regrole
	AND NOT EXISTS (SELECT FROM pg_depend AS d
		WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1;
SELECT count(*) = (SELECT count(*) FROM pca.access WHERE kind = 'function') AS granted
FROM pg_proc AS p, aclexplode(p.proacl) AS a WHERE a.grantee = 'regress_pca_grantee'::regrole;
DELETE FROM pca.account WHERE role OPERATOR(pg_catalog.=) 'regress_pca_grantee'::pg_catalog.regrole;
DROP OWNED BY regress_pca_grantee;
DROP ROLE regress_pca_grantee;
SET ROLE regress_pca_hijacker;
DROP FUNCTION public.pca_list_tags(integer, text, text), public.pca_get_policy(text, text),
	public.pca_put_policy(text, text[]), public.pca_delete_policy(varchar),
	public.pca_describe_certificate_authority_audit_report(integer), public.pca_issue_certificate();
RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM regress_pca_hijacker;

--
-- The views pass no row that they do not show to a function
--

CREATE ROLE regress_pca_neighbour;
SELECT pca_grant_access('regress_pca_neighbour', 'auditor'),
	pca_register_account('regress_pca_neighbour', '810000000003');
SET ROLE regress_pca_neighbour;
SELECT count(*) FROM pca.certificates WHERE pg_temp.leak(certificate_arn);
SELECT count(*) FROM pca.certificates WHERE pg_temp.leak(status) AND not_after > now();
SELECT count(*) FROM pca.certificate_authorities WHERE pg_temp.leak('an authority ' || type);
RESET ROLE;
-- The trap works: this is what happens without the barrier.
BEGIN;
ALTER VIEW pca.certificate_authorities RESET (security_barrier);
SET LOCAL ROLE regress_pca_neighbour;
SELECT count(*) FROM pca.certificate_authorities
WHERE arn = :'root' AND pg_temp.leak('an authority ' || type);
ROLLBACK;
DELETE FROM pca.account WHERE role OPERATOR(pg_catalog.=) 'regress_pca_neighbour'::pg_catalog.regrole;
DROP OWNED BY regress_pca_neighbour;
DROP ROLE regress_pca_neighbour;

--
-- A superuser's maintenance of another role's objects changes nothing
--

SET ROLE regress_pca_hijacker;
-- Claims to be immutable, and makes the call that it is asked for.
CREATE FUNCTION evil.run(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF current_setting('evil.statement', true) <> '' THEN
		EXECUTE current_setting('evil.statement');
	END IF;
	RETURN x;
END
$$;
CREATE TABLE evil.target AS SELECT 'x'::text AS x FROM generate_series(1, 10);
CREATE INDEX target_index ON evil.target (evil.run(x));
CREATE TABLE evil.other AS SELECT * FROM evil.target;
CREATE INDEX ON evil.other (evil.run(x));
CREATE STATISTICS evil.target_statistics ON (evil.run(x)), x FROM evil.target;
CREATE MATERIALIZED VIEW evil.seen AS SELECT evil.run(x) AS x FROM evil.target WITH NO DATA;
CREATE TABLE evil.guarded AS SELECT 'x'::text AS x;
ALTER TABLE evil.guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY guard ON evil.guarded USING (evil.run(x) IS NOT NULL);
RESET ROLE;
CREATE FUNCTION pg_temp.cared(care text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('evil.statement', statement, true);
	EXECUTE care;
	RAISE EXCEPTION USING ERRCODE = '00P00';
EXCEPTION
	WHEN SQLSTATE '00P00' THEN
		RETURN 'ok';
	WHEN OTHERS THEN
		RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
-- The trap works: it makes the calls, as its owner and in a security-restricted operation.
CREATE TEMPORARY TABLE care (n serial, care text);
INSERT INTO care (care) VALUES
	('REINDEX TABLE evil.target'), ('REINDEX INDEX evil.target_index'), ('ANALYZE evil.target'),
	('CLUSTER evil.target USING target_index'), ('REFRESH MATERIALIZED VIEW evil.seen'),
	('CREATE INDEX ON evil.target (evil.run(x))'), ('ALTER TABLE evil.other ALTER x TYPE varchar(10)');
SELECT care, pg_temp.cared(care, 'SELECT 1 / 0') FROM care ORDER BY n;
-- Every call that changes something is refused, by each of them; reading is not a change.
CREATE TEMPORARY TABLE cared AS
	SELECT c.n, c.function, c.what, c.changes, c.outcome, k.care, pg_temp.cared(k.care, s.statement) AS result
	FROM call AS c, care AS k,
		pg_temp.statement(c.call, :'root', :'certificate', :'csr', :'own', pg_temp.policy(:'root', '810000000009'),
			:'bytes') AS s (statement);
SELECT function, what, string_agg(DISTINCT result, ' / ') FROM cared WHERE changes
GROUP BY n, function, what ORDER BY n;
SELECT function, what, care, result FROM cared WHERE NOT changes AND left(result, 5) <> outcome ORDER BY n;
-- Row security does not apply to a superuser, so its policy is not even called.
SET evil.statement = 'SELECT 1 / 0';
SELECT count(*) FROM evil.guarded;
RESET evil.statement;
-- A deferred trigger, which runs later in the transaction, is refused too.
SET ROLE regress_pca_hijacker;
CREATE FUNCTION evil.later() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM evil.run('x');
	RETURN NULL;
END
$$;
CREATE TABLE evil.waiting (x text);
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON evil.waiting DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION evil.later();
CREATE FUNCTION evil.insert(x text) RETURNS text
LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.waiting VALUES (x); RETURN x; END $$;
CREATE MATERIALIZED VIEW evil.deferred AS SELECT evil.insert(x) AS x FROM evil.target WITH NO DATA;
RESET ROLE;
SELECT pg_temp.statement('pca_delete_policy(%1$L)', :'root') AS statement \gset
SET evil.statement = :'statement';
\set VERBOSITY terse
REFRESH MATERIALIZED VIEW evil.deferred;
\set VERBOSITY default
RESET evil.statement;

-- After all this everything is as it was; what was done and undone is on record.
SELECT f.name AS changed FROM fingerprint AS f JOIN pg_temp.fingerprints() AS n USING (name)
WHERE n.content <> f.content;
SET client_min_messages = warning;
DROP SCHEMA evil CASCADE;
DROP OWNED BY regress_pca_hijacker;

--
-- CREATE EXTENSION adopts no function that another role made before
--

SELECT string_agg(format('%I(%s)', p.proname, oidvectortypes(p.proargtypes)), E'\n') AS signatures
FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
	JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'pca' AND d.deptype = 'e' AND p.pronamespace = 'public'::regnamespace \gset
CREATE DATABASE regress_pca_hijack TEMPLATE template0 ENCODING 'UTF8';
SELECT current_database() AS database \gset
\c regress_pca_hijack
GRANT CREATE ON SCHEMA public TO regress_pca_hijacker;
CREATE FUNCTION pg_temp.taken(signature text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('role', 'regress_pca_hijacker', true);
	EXECUTE format('CREATE FUNCTION public.%s RETURNS text LANGUAGE sql AS ''SELECT NULL''', signature);
	PERFORM set_config('role', 'none', true);
	CREATE EXTENSION pca;
	RETURN 'created';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
SELECT count(*) > 20 AS all, string_agg(DISTINCT outcome, ' ') AS outcomes
FROM string_to_table(:'signatures', E'\n') AS signature, pg_temp.taken(signature) AS outcome;
SELECT count(*) FROM pg_extension WHERE extname = 'pca';
CREATE EXTENSION pca;
\c :database
DROP DATABASE regress_pca_hijack;
DROP ROLE regress_pca_hijacker;
