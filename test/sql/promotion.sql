-- No role gains a right by what takes one away, or by SET ROLE: a registration that is taken back, a role
-- that is dropped, a membership that is revoked or not inherited, a former service.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\i test/sql/include/call.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '340000000000';
-- The account of the README's authorities: a superuser's.
SELECT pca_create_certificate_authority(pg_temp.configuration('Root'), 'ROOT') AS root \gset
CALL pg_temp.activate_root(:'root');
SELECT pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS certificate \gset
SELECT g.certificate AS own FROM pca_get_certificate_authority_certificate(:'root') AS g \gset

CREATE ROLE regress_pca_owners;
CREATE ROLE regress_pca_tenants;
CREATE ROLE regress_pca_services;
CREATE ROLE regress_pca_member IN ROLE regress_pca_tenants;						-- has no registration of its own
CREATE ROLE regress_pca_outside NOINHERIT IN ROLE regress_pca_tenants;
CREATE ROLE regress_pca_tenant NOINHERIT IN ROLE regress_pca_tenants, regress_pca_owners;	-- has one
CREATE ROLE regress_pca_service NOINHERIT IN ROLE regress_pca_owners;				-- has one, as a service
CREATE ROLE regress_pca_helper IN ROLE regress_pca_services;
CREATE ROLE regress_pca_pooler NOINHERIT IN ROLE regress_pca_owners, regress_pca_tenants, regress_pca_tenant,
	regress_pca_service;
CREATE ROLE regress_pca_nobody;
SELECT pca_register_account('regress_pca_owners', '340000000000'),
	pca_register_account('regress_pca_tenants', '340000000001'),
	pca_register_account('regress_pca_tenant', '340000000002'),
	pca_register_account('regress_pca_service', '340000000000'),
	pca_register_service_principal('regress_pca_service', 'acm.amazonaws.com'),
	pca_register_account('regress_pca_services', '340000000000'),
	pca_register_service_principal('regress_pca_services', 'acm.amazonaws.com');
-- Every right to call, for all roles, so that only the account decides.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_pca_owners, regress_pca_tenants,
	regress_pca_services, regress_pca_member, regress_pca_outside, regress_pca_tenant, regress_pca_service,
	regress_pca_helper, regress_pca_pooler, regress_pca_nobody;
GRANT USAGE ON SCHEMA pca TO PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pca TO PUBLIC;
GRANT SELECT ON pca.certificates, pca.certificate_authorities TO PUBLIC;

-- Who acts after a login as one role and SET ROLE to another: account, service and name;
-- whether it may disable the superusers' authority, and how many certificates it sees.
CREATE FUNCTION pg_temp.acts(login text, role text, authority text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	me text := session_user;
	result text;
	disabled text := 'disables';
	seen text;
BEGIN
	PERFORM set_config('session_authorization', 'regress_pca_' || login, true);
	PERFORM set_config('role', coalesce('regress_pca_' || role, 'none'), true);
	BEGIN
		SELECT concat_ws(' ', i.account_id, i.service_principal, 'as ' || substring(i.arn FROM '[^_]*$'))
		INTO result FROM public.pca_caller_identity() AS i;
	EXCEPTION WHEN OTHERS THEN
		result := SQLSTATE;
	END;
	BEGIN
		PERFORM public.pca_update_certificate_authority(authority, status => 'DISABLED');
		RAISE EXCEPTION USING ERRCODE = '00P00';
	EXCEPTION
		WHEN SQLSTATE '00P00' THEN NULL;
		WHEN OTHERS THEN disabled := nullif(SQLSTATE, 'PCACD');
	END;
	BEGIN
		SELECT nullif(count(*), 0) INTO seen FROM pca.certificates WHERE certificate_authority_arn = authority;
	EXCEPTION WHEN OTHERS THEN
		seen := SQLSTATE;
	END;
	PERFORM set_config('session_authorization', me, true);
	RETURN concat_ws(', ', result, disabled, 'sees ' || seen);
END
$$;
CREATE TEMPORARY TABLE login (n serial, login text, role text);
INSERT INTO login (login, role) VALUES
	('member', NULL), ('member', 'tenants'), ('outside', NULL), ('outside', 'tenants'), ('tenant', NULL),
	('tenant', 'tenants'), ('tenant', 'owners'), ('service', NULL), ('service', 'owners'), ('helper', NULL),
	('helper', 'services'), ('pooler', NULL), ('pooler', 'tenants'), ('pooler', 'tenant'), ('pooler', 'service'),
	('pooler', 'owners'), ('nobody', NULL);
CREATE TEMPORARY TABLE root AS SELECT :'root' AS arn;
CREATE TEMPORARY VIEW acting AS
SELECT login, role, pg_temp.acts(login, role, arn) AS acts FROM login, root ORDER BY n;

-- A login that is registered, itself or by inheritance, stays that whatever it sets. One that
-- is not, such as a pooler, is the role that it set. All others act for no account.
SELECT * FROM acting;

--
-- Taking away
--

-- A group's registration.
BEGIN;
SELECT pca_register_account('regress_pca_tenants', NULL);
SELECT * FROM acting WHERE login IN ('member', 'outside', 'tenant', 'pooler');
-- A grant does not register it for the account of the role that grants.
SELECT pca_grant_access('regress_pca_member', 'issuer');
SELECT * FROM acting WHERE login = 'member';
ROLLBACK;
-- A role's own.
BEGIN;
SELECT pca_register_account('regress_pca_tenant', NULL);
SELECT * FROM acting WHERE login = 'tenant' OR role = 'tenant';
SELECT pca_grant_access('regress_pca_tenant', 'issuer');
SELECT * FROM acting WHERE login = 'tenant' OR role = 'tenant';
ROLLBACK;
-- A service's: taking back either the service or its account leaves it no more than a service.
BEGIN;
SELECT pca_register_service_principal('regress_pca_service', NULL),
	pca_register_service_principal('regress_pca_services', NULL);
SELECT * FROM acting WHERE login IN ('service', 'helper') OR role = 'service';
SELECT pca_grant_access('regress_pca_service', 'issuer'), pca_grant_access('regress_pca_helper', 'issuer');
SELECT * FROM acting WHERE login IN ('service', 'helper') OR role = 'service';
ROLLBACK;
BEGIN;
SELECT pca_register_account('regress_pca_service', NULL), pca_register_account('regress_pca_services', NULL);
SELECT * FROM acting WHERE login IN ('service', 'helper') OR role = 'service';
-- It is a service for the account that it is registered for next.
SELECT pca_register_account('regress_pca_service', '340000000000');
SELECT * FROM acting WHERE login = 'service' OR role = 'service';
ROLLBACK;
-- A membership.
BEGIN;
REVOKE regress_pca_tenants FROM regress_pca_member;
REVOKE regress_pca_services FROM regress_pca_helper;
SELECT * FROM acting WHERE login IN ('member', 'helper') AND role IS NULL;
ROLLBACK;
-- Its rights alone: by the role before PostgreSQL 16, by the membership from then on. The role
-- may still be set, with the same result.
BEGIN;
SELECT CASE
	WHEN current_setting('server_version_num')::int < 160000 THEN 'ALTER ROLE regress_pca_member NOINHERIT'
	ELSE 'GRANT regress_pca_tenants TO regress_pca_member WITH INHERIT FALSE' END AS statement \gset
:statement;
SELECT * FROM acting WHERE login = 'member';
ROLLBACK;
-- The role of the account.
BEGIN;
DROP OWNED BY regress_pca_tenants, regress_pca_services;
DROP ROLE regress_pca_tenants, regress_pca_services;
SELECT * FROM acting
WHERE login IN ('member', 'outside', 'tenant', 'helper')
	AND coalesce(role, '') NOT IN ('tenants', 'services');
SELECT pca_run_maintenance();
SELECT * FROM acting
WHERE login IN ('member', 'outside', 'tenant', 'helper')
	AND coalesce(role, '') NOT IN ('tenants', 'services');
ROLLBACK;
-- The superuser attribute.
BEGIN;
ALTER ROLE regress_pca_nobody SUPERUSER;
SELECT * FROM acting WHERE login = 'nobody';
ALTER ROLE regress_pca_nobody NOSUPERUSER;
SELECT * FROM acting WHERE login = 'nobody';
ROLLBACK;
-- The account of superusers, by setting: no other role has it, even if it is set for that role.
ALTER ROLE regress_pca_nobody SET pca.account_id = '340000000000';
SELECT * FROM acting WHERE login = 'nobody';

--
-- Other ways to be the role that one may set
--

CREATE SCHEMA regress_pca_place;
GRANT ALL ON SCHEMA regress_pca_place TO PUBLIC;
SET SESSION AUTHORIZATION regress_pca_tenant;
SET ROLE regress_pca_owners;
CREATE FUNCTION pg_temp.mine() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT pca.caller_account()';
CREATE FUNCTION regress_pca_place.mine() RETURNS text
LANGUAGE sql SECURITY DEFINER AS 'SELECT pca.caller_account()';
CREATE MATERIALIZED VIEW regress_pca_place.mine AS
SELECT pca.caller_account() AS account, count(*) FROM pca.certificates WITH NO DATA;
CREATE VIEW regress_pca_place.view AS SELECT pca.caller_account() AS account, count(*) FROM pca.certificates;
SELECT pg_temp.mine(), regress_pca_place.mine();
REFRESH MATERIALIZED VIEW regress_pca_place.mine;
SELECT * FROM regress_pca_place.mine;
SELECT * FROM regress_pca_place.view;
GRANT SELECT ON regress_pca_place.mine, regress_pca_place.view TO PUBLIC;
RESET ROLE;
SELECT pg_temp.mine(), regress_pca_place.mine();
SELECT * FROM regress_pca_place.mine;
SELECT * FROM regress_pca_place.view;
-- A function of a role that it cannot become acts as that role, as for all callers.
RESET SESSION AUTHORIZATION;
CREATE FUNCTION regress_pca_place.theirs() RETURNS text
LANGUAGE sql SECURITY DEFINER AS 'SELECT pca.caller_account()';
ALTER FUNCTION regress_pca_place.theirs OWNER TO regress_pca_member;
SET SESSION AUTHORIZATION regress_pca_tenant;
SELECT regress_pca_place.theirs(), pca.caller_account();
SET SESSION AUTHORIZATION regress_pca_member;
SELECT regress_pca_place.theirs(), regress_pca_place.mine(), pca.caller_account();
RESET SESSION AUTHORIZATION;
-- A superuser's maintenance of a role's object runs for that role's account, whichever superuser it is.
CREATE ROLE regress_pca_super SUPERUSER;
SELECT pca_register_account('regress_pca_super', '340000000000');
ALTER MATERIALIZED VIEW regress_pca_place.mine OWNER TO regress_pca_member;
SET SESSION AUTHORIZATION regress_pca_super;
SELECT pca.caller_account();
REFRESH MATERIALIZED VIEW regress_pca_place.mine;
SELECT * FROM regress_pca_place.mine;
RESET SESSION AUTHORIZATION;
DROP SCHEMA regress_pca_place CASCADE;

--
-- Without an account every call is refused, except what is public and what gives rights, which
-- is another right
--

CREATE FUNCTION pg_temp.outcome(role text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('role', role, true);
	EXECUTE statement;
	RAISE EXCEPTION USING ERRCODE = '00P00';
EXCEPTION
	WHEN SQLSTATE '00P00' THEN
		RETURN 'ok';
	WHEN OTHERS THEN
		RETURN SQLSTATE;
END
$$;
SELECT c.function, c.what,
	pg_temp.outcome('regress_pca_nobody',
		pg_temp.statement(c.call, :'root', :'certificate', :'csr', :'own', pg_temp.policy(:'root', '340000000001'),
			'\x')) AS outcome
FROM call AS c
WHERE c.function ^@ 'pca_'
	AND pg_temp.outcome('regress_pca_nobody',
		pg_temp.statement(c.call, :'root', :'certificate', :'csr', :'own', pg_temp.policy(:'root', '340000000001'),
			'\x')) <> 'PCACD'
ORDER BY c.n;
-- It does not learn what exists either.
SET ROLE regress_pca_nobody;
SELECT pg_temp.exception(format('SELECT pca_describe_certificate_authority(%L)', arn))
FROM (VALUES (1, :'root'), (2, overlay(:'root' PLACING '00000000' FROM length(:'root') - 35))) AS v (n, arn)
ORDER BY n;
SELECT pg_temp.exception('SELECT pca_caller_identity()');
SELECT pca.caller_account(), (SELECT count(*) FROM pca.certificates) AS certificates,
	(SELECT count(*) FROM pca.certificate_authorities) AS authorities;
RESET ROLE;

--
-- Who registers: a superuser, or a role that may grant EXECUTE on that function
--

CREATE ROLE regress_pca_registrar;
CREATE ROLE regress_pca_deputy IN ROLE regress_pca_registrar;
CREATE ROLE regress_pca_absent NOINHERIT IN ROLE regress_pca_registrar;
CREATE ROLE regress_pca_new;
CREATE FUNCTION pg_temp.registers(role text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(pg_temp.outcome(role, statement), ' ' ORDER BY n)
	FROM (VALUES (1, 'SELECT public.pca_register_account(''regress_pca_new''::regrole, ''340000000000''::text)'),
		(2, 'SELECT public.pca_register_account(''regress_pca_new''::regrole, NULL::text)'),
		(3,
			'SELECT public.pca_register_service_principal(''regress_pca_new''::regrole, ''acm.amazonaws.com''::text)'),
		(4, 'SELECT public.pca_grant_access(''regress_pca_new''::regrole, ''issuer''::text)')) AS v (n, statement)
$$;
CREATE TEMPORARY VIEW registering AS
SELECT role, pg_temp.registers('regress_pca_' || role)
FROM unnest('{super,owners,registrar,deputy,absent}'::text[]) WITH ORDINALITY AS r (role, n)
ORDER BY n;
SELECT * FROM registering;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_pca_registrar, PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC;
SELECT * FROM registering;
SET ROLE regress_pca_registrar;
SELECT pg_temp.exception('SELECT pca_register_account(''regress_pca_registrar'', ''340000000000'')');
SELECT pg_temp.exception('SELECT pca_grant_access(''regress_pca_registrar'', ''x'')');
RESET ROLE;
-- One function is not enough for another.
GRANT EXECUTE ON FUNCTION pca_register_account TO regress_pca_registrar WITH GRANT OPTION;
SELECT * FROM registering;
-- A registrar grants what it may grant itself, and registers for its own account.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_pca_registrar WITH GRANT OPTION;
GRANT ALL ON SCHEMA pca TO regress_pca_registrar WITH GRANT OPTION;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pca TO regress_pca_registrar WITH GRANT OPTION;
GRANT SELECT ON pca.certificates, pca.certificate_authorities, pca.templates, pca.objects
	TO regress_pca_registrar WITH GRANT OPTION;
SELECT * FROM registering;
SELECT pca_register_account('regress_pca_registrar', '340000000003');
SELECT * FROM registering;
SET ROLE regress_pca_deputy;
SELECT pca_grant_access('regress_pca_new', 'issuer');
RESET ROLE;
SELECT account_id FROM pca.account WHERE role = 'regress_pca_new'::regrole;
REVOKE GRANT OPTION FOR EXECUTE ON FUNCTION pca_register_account FROM regress_pca_registrar CASCADE;
SELECT * FROM registering;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA pca FROM PUBLIC;
REVOKE ALL ON pca.certificates, pca.certificate_authorities FROM PUBLIC;
REVOKE ALL ON SCHEMA pca FROM PUBLIC;
DELETE FROM pca.account;
DELETE FROM pca.service_principal;
SET client_min_messages = warning;
DROP OWNED BY regress_pca_registrar CASCADE;
DROP OWNED BY regress_pca_owners, regress_pca_tenants, regress_pca_services, regress_pca_member,
	regress_pca_outside, regress_pca_tenant, regress_pca_service, regress_pca_helper, regress_pca_pooler,
	regress_pca_nobody, regress_pca_super, regress_pca_deputy, regress_pca_absent, regress_pca_new;
DROP ROLE regress_pca_owners, regress_pca_tenants, regress_pca_services, regress_pca_member,
	regress_pca_outside, regress_pca_tenant, regress_pca_service, regress_pca_helper, regress_pca_pooler,
	regress_pca_nobody, regress_pca_super, regress_pca_registrar, regress_pca_deputy, regress_pca_absent,
	regress_pca_new;
