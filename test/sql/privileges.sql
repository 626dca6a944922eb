-- Every function, called by every kind of role on the authorities of its own
-- account, of one that shares them and of one that does not: what happens is
-- what is declared here and in include/call.sql, and nothing else.
--
-- What is declared is not read from pca.access or from the source: a change
-- there that is not declared fails here, and so does a function without a row.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\i test/sql/include/call.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SELECT function AS "without a row, or without a function" FROM uncalled;

-- What a policy allows another account, on this template where one is named.
CREATE TEMPORARY TABLE policy_allows (action text);
INSERT INTO policy_allows VALUES
	('DescribeCertificateAuthority'), ('GetCertificate'), ('GetCertificateAuthorityCertificate'),
	('ListPermissions'), ('ListTags'), ('IssueCertificate'), ('RevokeCertificate');
-- What the permissions allow a service that acts for our account: all on our own
-- authority, one on the shared one, and none on the foreign one, since that is for another account.
CREATE TEMPORARY TABLE permission_allows (kind text, action text);
INSERT INTO permission_allows VALUES
	('own', 'IssueCertificate'), ('own', 'GetCertificate'), ('own', 'ListPermissions'),
	('shared', 'GetCertificate');

--
-- Authorities: one of our account, one that its account shares with ours, one that is another's
--

CREATE TEMPORARY TABLE authority (n serial, kind text, account text, arn text, certificate text, own text,
	bytes text);
INSERT INTO authority (kind, account) VALUES
	('own', '610000000001'), ('shared', '610000000002'), ('foreign', '610000000003');
SET client_min_messages = error;	-- the request at hand is the authority's own
DO $$
DECLARE
	a record;
BEGIN
	FOR a IN SELECT * FROM authority ORDER BY n LOOP
		PERFORM set_config('pca.account_id', a.account, false);
		UPDATE authority
		SET arn = pca_create_certificate_authority(pg_temp.configuration(kind), 'ROOT', tags => '[{"Key": "k"}]')
		WHERE n = a.n RETURNING arn INTO a.arn;
		CALL pg_temp.activate_root(a.arn);
		UPDATE authority
		SET certificate = pca_issue_certificate(arn, (SELECT pca_get_certificate_authority_csr(arn)),
			'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}')
		WHERE n = a.n;
		COMMIT;
		UPDATE authority SET own = g.certificate
		FROM pca_get_certificate_authority_certificate(a.arn) AS g WHERE n = a.n;
		UPDATE authority
		SET bytes = (SELECT c.certificate FROM pca.certificate AS c WHERE c.account_id = account LIMIT 1)::text
		WHERE n = a.n;
		PERFORM pca_put_policy(a.arn,
			pg_temp.policy(a.arn, CASE a.kind WHEN 'shared' THEN '610000000001' ELSE '610000000009' END));
	END LOOP;
END
$$;
RESET client_min_messages;
CREATE FUNCTION pg_temp.permit(k text, actions text[], source text) RETURNS void LANGUAGE sql AS $$
	SELECT set_config('pca.account_id', account, false),
		pca_create_permission(arn, 'acm.amazonaws.com', actions, source)
	FROM authority WHERE kind = k
$$;
SELECT pg_temp.permit('own', '{IssueCertificate,GetCertificate,ListPermissions}', '610000000001'),
	pg_temp.permit('shared', '{GetCertificate}', '610000000001'),
	pg_temp.permit('foreign', '{IssueCertificate,GetCertificate,ListPermissions}', '610000000003');
SET pca.account_id = '610000000001';

--
-- Roles: each kind by the rights that it has
--

CREATE TEMPORARY TABLE kind (n serial, kind text, has text);
INSERT INTO kind (kind, has) VALUES
	('superuser', 'all'), ('administrator', 'administrator'), ('issuer', 'issuer'), ('revoker', 'revoker'),
	('auditor', 'auditor'), ('status', 'status'), ('gateway', 'gateway'), ('monitor', 'monitor'),
	('nobody', ''),				-- has no grant
	('service', 'administrator'),	-- is a service principal
	('member', 'issuer'),		-- of the role issuer
	('outside', ''),			-- member of it too, but without inheriting its rights
	('wrapped', 'issuer');		-- has no grant, and calls a SECURITY DEFINER function of the role issuer
CREATE ROLE regress_pca_superuser SUPERUSER;
CREATE ROLE regress_pca_administrator;
CREATE ROLE regress_pca_issuer;
CREATE ROLE regress_pca_revoker;
CREATE ROLE regress_pca_auditor;
CREATE ROLE regress_pca_status;
CREATE ROLE regress_pca_gateway;
CREATE ROLE regress_pca_monitor;
CREATE ROLE regress_pca_nobody;
CREATE ROLE regress_pca_service;
CREATE ROLE regress_pca_member IN ROLE regress_pca_issuer;
CREATE ROLE regress_pca_outside NOINHERIT IN ROLE regress_pca_issuer;
CREATE ROLE regress_pca_wrapped;
SELECT pca_register_service_principal('regress_pca_service', 'acm.amazonaws.com');
SELECT kind, pca_grant_access(('regress_pca_' || kind)::regrole, has) FROM kind
WHERE has NOT IN ('', 'all') AND kind NOT IN ('member', 'outside', 'wrapped') ORDER BY n;
CREATE FUNCTION regress_pca_wrapper(statement text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE statement;
END
$$;
ALTER FUNCTION regress_pca_wrapper OWNER TO regress_pca_issuer;

--
-- Every call by every role
--

-- ok or the SQLSTATE of a call; nothing of it stays.
CREATE FUNCTION pg_temp.outcome(role text, preparation text, statement text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	owner text;
BEGIN
	IF preparation IS NOT NULL THEN
		owner := substring(preparation FROM ':([0-9]{12}):');
		PERFORM set_config('pca.account_id', owner, true);
		EXECUTE preparation;
		PERFORM set_config('pca.account_id', '610000000001', true);
	END IF;
	PERFORM set_config('role', 'regress_pca_' || role, true);
	EXECUTE CASE role WHEN 'wrapped' THEN format('SELECT public.regress_pca_wrapper(%L)', statement)
		ELSE statement END;
	RAISE EXCEPTION USING ERRCODE = '00P00';
EXCEPTION
	WHEN SQLSTATE '00P00' THEN
		RETURN 'ok';
	WHEN OTHERS THEN
		RETURN SQLSTATE;
END
$$;
-- One row for each call, role and authority; a call about none is made once.
CREATE TEMPORARY TABLE cell AS
	SELECT c.n, c.function || CASE c.what WHEN '' THEN '' ELSE ', ' || c.what END AS name, c.function, c.access,
		c.action, c.fits_policy, c.outcome AS allowed,
		CASE WHEN c.action IS NULL THEN 'none' ELSE a.kind END AS authority, k.n AS column, k.kind AS role, k.has,
		pg_temp.outcome(k.kind, format(c.preparation, a.arn),
			pg_temp.statement(c.call, a.arn, a.certificate, :'csr', a.own, pg_temp.policy(a.arn, '610000000009'),
				a.bytes)) AS outcome
	FROM call AS c, kind AS k, authority AS a
	WHERE c.action IS NOT NULL OR a.kind = 'own';
-- What is declared: first EXECUTE; then a service by permission, the owner's account
-- everything, another by policy.
CREATE TEMPORARY VIEW declared AS
	SELECT n, authority, role,
		CASE
			WHEN has <> 'all' AND NOT has = ANY (string_to_array(access, ' ')) THEN '42501'
			WHEN role = 'service' AND function = 'pca_create_certificate_authority' THEN 'PCACD'
			WHEN authority = 'none' THEN allowed
			WHEN role = 'service' THEN CASE
				WHEN EXISTS (SELECT FROM permission_allows AS p
					WHERE p.kind = authority AND p.action = cell.action) THEN allowed
				ELSE 'PCACD' END
			WHEN authority = 'own' THEN allowed
			WHEN authority = 'shared' AND fits_policy
				AND action IN (SELECT p.action FROM policy_allows AS p) THEN allowed
			ELSE 'PCACD'
		END AS outcome
	FROM cell;
SELECT c.name, c.authority, c.role, c.outcome, d.outcome AS declared
FROM cell AS c JOIN declared AS d USING (n, authority, role) WHERE c.outcome <> d.outcome
ORDER BY c.authority, c.n, c.column;

-- The same, to read.
\pset format aligned
SELECT name AS "an authority of its own account", role, outcome, "column" FROM cell
WHERE authority = 'own' ORDER BY name COLLATE "C" \crosstabview 1 role outcome column
SELECT name AS "a shared authority", role, outcome, "column" FROM cell
WHERE authority = 'shared' ORDER BY name COLLATE "C" \crosstabview 1 role outcome column
SELECT name AS "an authority of another account", role, outcome, "column" FROM cell
WHERE authority = 'foreign' ORDER BY name COLLATE "C" \crosstabview 1 role outcome column
SELECT name AS "no authority", role, outcome, "column" FROM cell WHERE authority = 'none'
ORDER BY name COLLATE "C" \crosstabview 1 role outcome column

--
-- Every view and list: how many rows they show of each authority
--

CREATE FUNCTION pg_temp.seen(role text, source text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('role', 'regress_pca_' || role, true);
	EXECUTE 'SELECT count(*) FROM ' || source INTO result;
	PERFORM set_config('role', 'none', true);
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
CREATE TEMPORARY TABLE sight AS
	SELECT s.n, s.source || ', ' || a.kind AS name, k.n AS column, k.kind AS role,
		pg_temp.seen(k.kind, format('%s WHERE %I = %L', s.source, s.key, a.arn)) AS outcome
	FROM kind AS k,
		(VALUES (1, 'pca.certificate_authorities', 'arn'), (2, 'pca.certificates', 'certificate_authority_arn'),
			(3, 'pca_list_certificate_authorities()', 'arn'),
			(4, 'pca_list_certificate_authorities(resource_owner => ''OTHER_ACCOUNTS'')', 'arn')
		) AS s (n, source, key),
		authority AS a
	WHERE k.kind <> 'wrapped';
SELECT name, role, outcome, "column" FROM sight
ORDER BY n, name COLLATE "C" \crosstabview name role outcome column
\pset format unaligned

-- The owner of a view over these shows no role more than that role may see: the right to call
-- is the caller's.
GRANT CREATE ON SCHEMA public TO regress_pca_issuer;
SET ROLE regress_pca_issuer;
CREATE VIEW regress_pca_view AS SELECT certificate_arn FROM pca.certificates;
GRANT SELECT ON regress_pca_view TO regress_pca_nobody, regress_pca_service, regress_pca_auditor;
SELECT count(*) FROM regress_pca_view;
RESET ROLE;
SELECT role, pg_temp.seen(role, 'regress_pca_view') FROM unnest('{nobody,service,auditor}'::text[]) AS role;
DROP VIEW regress_pca_view;

SELECT pca_register_service_principal('regress_pca_service', NULL);
DROP FUNCTION regress_pca_wrapper;
DROP OWNED BY regress_pca_superuser, regress_pca_administrator, regress_pca_issuer, regress_pca_revoker,
	regress_pca_auditor, regress_pca_status, regress_pca_gateway, regress_pca_monitor, regress_pca_nobody,
	regress_pca_service, regress_pca_member, regress_pca_outside, regress_pca_wrapped;
DROP ROLE regress_pca_superuser, regress_pca_administrator, regress_pca_issuer, regress_pca_revoker,
	regress_pca_auditor, regress_pca_status, regress_pca_gateway, regress_pca_monitor, regress_pca_nobody,
	regress_pca_service, regress_pca_member, regress_pca_outside, regress_pca_wrapped;
