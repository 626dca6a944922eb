-- Who may do what: no role may do anything until pca_grant_access() or GRANT allows it.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
SET pca.account_id = '600000000001';

CREATE TEMPORARY VIEW relation AS
SELECT c.* FROM pg_class AS c JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
	JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'pca' AND d.deptype = 'e';

--
-- Roles
--

CREATE ROLE regress_pca_nobody;
CREATE ROLE regress_pca_administrator;
CREATE ROLE regress_pca_issuer;
CREATE ROLE regress_pca_revoker;
CREATE ROLE regress_pca_auditor;
CREATE ROLE regress_pca_status;
CREATE TEMPORARY TABLE access (n serial, access text);
INSERT INTO access (access) VALUES
	('nobody'), ('administrator'), ('issuer'), ('revoker'), ('auditor'), ('status');
SELECT access, pca_grant_access(('regress_pca_' || access)::regrole, access) FROM access
WHERE access <> 'nobody' ORDER BY n;
-- Unknown words, and no role.
SELECT pg_temp.exception(format('SELECT pca_grant_access(%L, %L)', 'regress_pca_nobody', word))
FROM (VALUES (1, 'Administrator'), (2, 'root'), (3, ''), (4, NULL)) AS v (n, word) ORDER BY n;
SELECT pg_temp.exception($$SELECT pca_grant_access(NULL, 'issuer')$$);
SELECT pg_temp.exception($$SELECT pca_grant_access('regress_pca_unknown', 'issuer')$$);
SELECT pg_temp.exception($$SELECT pca_grant_access(0::oid::regrole, 'issuer')$$);
-- A second call changes nothing.
SELECT pca_grant_access('regress_pca_issuer', 'issuer');
BEGIN READ ONLY;
SELECT pg_temp.exception($$SELECT pca_grant_access('regress_pca_nobody', 'issuer')$$);
ROLLBACK;
-- A role's name may have any characters: that role is granted what others are, and no other role anything.
CREATE ROLE "regress_pca_Ünï, PUBLIC; --""'";
SELECT pca_grant_access('"regress_pca_Ünï, PUBLIC; --""''"', 'status');
SELECT count(*)
	= (SELECT count(*) FROM pca.access WHERE kind = 'function' AND 'status' = ANY (accesses)) AS granted,
	count(*) FILTER (WHERE has_function_privilege('regress_pca_nobody', o.oid, 'EXECUTE')) AS "by PUBLIC"
FROM pca.access_objects AS o
WHERE kind = 'function' AND has_function_privilege('regress_pca_Ünï, PUBLIC; --"''', o.oid, 'EXECUTE');
DROP OWNED BY "regress_pca_Ünï, PUBLIC; --""'";
DROP ROLE "regress_pca_Ünï, PUBLIC; --""'";

-- The views, and nothing else of the schema "pca"; for the functions see privileges.sql.
SELECT c.relname,
	string_agg(CASE WHEN x.exception ~ '^42501 permission denied for (table|view|schema) ' THEN '-'
		ELSE left(x.exception, 12) END,
		', ' ORDER BY a.n) AS "nobody, administrator, issuer, revoker, auditor, status"
FROM relation AS c, access AS a,
	LATERAL pg_temp.as_role('regress_pca_' || a.access,
		format('SELECT count(*) FROM %s', c.oid::regclass)) AS x (exception)
WHERE c.relkind IN ('r', 'v')
GROUP BY c.oid, c.relname
ORDER BY c.relname;
-- The error of SHOW differs from version to version.
SELECT a.access,
	regexp_replace(pg_temp.as_role('regress_pca_' || a.access, statement), '^42501 .*examine.*',
		'42501 not to be examined')
FROM access AS a,
	(VALUES (1, 'INSERT INTO pca.revocation DEFAULT VALUES'), (2, 'UPDATE pca.certificates SET status = status'),
		(3, 'SET pca.account_id = ''600000000002'''), (4, 'SET pca.key_encryption_key_file = ''/tmp/x'''),
		(5, 'SHOW pca.key_encryption_key_file'), (6, 'SET pca.issue_idempotency_window = 0'),
		(7, 'CREATE TABLE pca.x ()'), (8, 'CREATE TRIGGER t BEFORE INSERT ON pca.certificate FOR EACH ROW '
			'EXECUTE FUNCTION suppress_redundant_updates_trigger()')) AS v (n, statement)
WHERE a.access = 'administrator'
ORDER BY a.n, v.n;

-- What these roles can do then.
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET ROLE regress_pca_administrator;
SELECT pca_create_certificate_authority(pg_temp.configuration('By administrator'), 'ROOT',
	tags => '[{"Key": "k"}]', idempotency_token => 't') AS root \gset
CALL pg_temp.activate_root(:'root');
SELECT type, status FROM pca.certificate_authorities;
SELECT subject, subject_alternative_names, status FROM pca.certificates;
SET ROLE regress_pca_issuer;
SELECT pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}',
	idempotency_token => 't') AS certificate \gset
SELECT count(*) FROM pca_get_certificate(:'root', :'certificate');
SELECT count(*) FROM pca.certificates WHERE certificate_arn = :'certificate';
SELECT count(*) FROM pca_list_certificate_authorities(max_results => 1);
SELECT pg_temp.exception(format('SELECT pca_import_certificate_authority_certificate(%L, %L)', :'root', 'x'));
SET ROLE regress_pca_auditor;
SELECT count(*) FROM pca_get_certificate(:'root', :'certificate');
SELECT status FROM pca_describe_certificate_authority(:'root');
SELECT status, subject_alternative_names FROM pca.certificates WHERE certificate_arn = :'certificate';
SET ROLE regress_pca_status;
SELECT status FROM pca_describe_certificate_authority(:'root');
SELECT count(*) FROM pca_get_certificate_authority_certificate(:'root');
RESET ROLE;
-- A right that is taken away is gone for the next call, in the same session too.
REVOKE EXECUTE ON FUNCTION pca_issue_certificate FROM regress_pca_issuer;
SELECT pg_temp.as_role('regress_pca_issuer',
	format('SELECT pca_issue_certificate(%L, %L, %L, %L)', :'root', :'csr', 'SHA256WITHECDSA',
		'{"Value": 1, "Type": "DAYS"}'));
-- A role that may call pca_grant_access but is not the owner cannot grant.
GRANT EXECUTE ON FUNCTION pca_grant_access TO regress_pca_nobody;
SELECT pg_temp.as_role('regress_pca_nobody',
	$$SELECT pca_grant_access('regress_pca_nobody', 'administrator')$$);
SELECT oid::regproc FROM pg_proc
WHERE proname ^@ 'pca_' AND has_function_privilege('regress_pca_nobody', oid, 'EXECUTE');
-- A SECURITY DEFINER function acts as its owner.
CREATE FUNCTION regress_pca_wrapper(arn text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'SELECT status FROM public.pca_describe_certificate_authority(arn)';
SELECT pg_temp.as_role('regress_pca_nobody', format('SELECT public.regress_pca_wrapper(%L)', :'root'));
DROP FUNCTION regress_pca_wrapper;

DROP OWNED BY regress_pca_nobody, regress_pca_administrator, regress_pca_issuer, regress_pca_revoker,
	regress_pca_auditor, regress_pca_status;
DROP ROLE regress_pca_nobody, regress_pca_administrator, regress_pca_issuer, regress_pca_revoker,
	regress_pca_auditor, regress_pca_status;
