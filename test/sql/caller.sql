-- Who a role is: registrations of accounts and services, by itself or by membership.
\set ECHO none
\i test/sql/include/exception.sql
\set ECHO all
\pset format unaligned
SET pca.account_id = '170000000000';
CREATE ROLE regress_pca_a;
CREATE ROLE regress_pca_b;
CREATE ROLE regress_pca_member IN ROLE regress_pca_a;
CREATE ROLE regress_pca_outside NOINHERIT IN ROLE regress_pca_a;
CREATE ROLE regress_pca_deep IN ROLE regress_pca_member;
CREATE ROLE regress_pca_both IN ROLE regress_pca_a, regress_pca_b;
CREATE ROLE regress_pca_alone;
CREATE ROLE regress_pca_super SUPERUSER;
SELECT pca_grant_access(('regress_pca_' || role)::regrole, 'auditor')
FROM unnest('{a,b,member,outside,deep,both,alone,super}'::text[]) AS role;
-- As if no role had been registered, which pca_grant_access() does.
DELETE FROM pca.account;
-- account | service of a role, or the exception.
CREATE FUNCTION pg_temp.is(role text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('role', 'regress_pca_' || role, true);
	SELECT concat_ws(' | ', i.account_id, i.service_principal) INTO result FROM pca_caller_identity() AS i;
	PERFORM set_config('role', 'none', true);
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE TEMPORARY VIEW identity AS
SELECT role, pg_temp.is(role)
FROM unnest('{a,b,member,outside,deep,both,alone,super}'::text[]) WITH ORDINALITY AS r (role, n)
ORDER BY n;

-- Without a registration: no account. A superuser: the setting.
SELECT * FROM identity;
-- Through a role whose rights are inherited, at any depth.
SELECT pca_register_account('regress_pca_a', '170000000001');
SELECT * FROM identity;
-- Two of the same account are no contradiction, two of different ones are; the role's own decides.
SELECT pca_register_account('regress_pca_b', '170000000001');
SELECT pg_temp.is('both');
SELECT pca_register_account('regress_pca_b', '170000000002');
SELECT pg_temp.is('both');
SET ROLE regress_pca_both;
SELECT pg_temp.exception('SELECT pca_caller_identity()');
SELECT pg_temp.exception(format('SELECT pca_describe_certificate_authority(%L)',
	'arn:aws:acm-pca:us-east-1:170000000000:certificate-authority/00000000-0000-4000-8000-000000000000'));
SELECT pg_temp.exception('SELECT count(*) FROM pca.certificates'),
	pg_temp.exception('SELECT count(*) FROM pca.certificate_authorities'),
	pg_temp.exception('SELECT pca_list_certificate_authorities()');
RESET ROLE;
SELECT pca_register_account('regress_pca_both', '170000000003');
SELECT pg_temp.is('both');
SELECT pca_register_account('regress_pca_both', NULL);
SELECT pg_temp.is('both');
DELETE FROM pca.account WHERE role = 'regress_pca_both'::regrole;
-- A nearer role has no precedence: a member of two is a member of two.
SELECT pca_register_account('regress_pca_member', '170000000004');
SELECT pg_temp.is('member'), pg_temp.is('deep');
-- A registration for no account is a registration.
SELECT pca_register_account('regress_pca_member', NULL);
SELECT pg_temp.is('member'), pg_temp.is('deep');
DELETE FROM pca.account WHERE role = 'regress_pca_member'::regrole;
-- A superuser is a member of nothing that was not granted to it.
GRANT regress_pca_b TO regress_pca_super;
SELECT pg_temp.is('super');
REVOKE regress_pca_b FROM regress_pca_super;
SELECT pg_temp.is('super');

--
-- Services
--

SELECT pca_register_service_principal('regress_pca_a', 'acm.amazonaws.com');
SELECT * FROM identity;
-- A role with an account of its own stays what it is when it becomes a member of a service.
SELECT pca_register_account('regress_pca_member', '170000000005');
SELECT pg_temp.is('member');
SELECT pca_register_service_principal('regress_pca_b', 'other.amazonaws.com');
SELECT pg_temp.is('both');
-- A former service is nothing, until it is registered again.
SELECT pca_register_service_principal('regress_pca_b', NULL),
	pca_register_service_principal('regress_pca_a', NULL);
SELECT * FROM identity;
SELECT pca_register_account('regress_pca_a', '170000000001'),
	pca_register_account('regress_pca_b', '170000000002');
DELETE FROM pca.account WHERE role = 'regress_pca_member'::regrole;
SELECT * FROM identity;

--
-- The role whose rights are in force
--

-- The owner of a SECURITY DEFINER function; the caller of any other function; nested, too.
CREATE FUNCTION regress_pca_definer() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT account_id FROM public.pca_caller_identity());
END
$$;
ALTER FUNCTION regress_pca_definer OWNER TO regress_pca_b;
CREATE FUNCTION regress_pca_invoker() RETURNS text LANGUAGE sql AS $$
	SELECT account_id FROM pca_caller_identity()
$$;
SET ROLE regress_pca_a;
SELECT regress_pca_definer(), regress_pca_invoker(), regress_pca_definer(), pca.caller_account();
-- In a SECURITY DEFINER function no other role can be assumed.
RESET ROLE;
CREATE FUNCTION regress_pca_taker() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	SET LOCAL ROLE regress_pca_a;
	RETURN (SELECT account_id FROM pca_caller_identity());
END
$$;
ALTER FUNCTION regress_pca_taker OWNER TO regress_pca_both;
SELECT pg_temp.exception('SELECT regress_pca_taker()');
-- A role whose own registration is ambiguous cannot choose by SET ROLE. A role that has none can.
SET SESSION AUTHORIZATION regress_pca_both;
SELECT pg_temp.exception('SELECT pca_caller_identity()');
SET ROLE regress_pca_a;
SELECT pg_temp.exception('SELECT pca_caller_identity()');
SET ROLE regress_pca_b;
SELECT pg_temp.exception('SELECT pca_caller_identity()');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_pca_outside;
SELECT pg_temp.exception('SELECT pca_caller_identity()');
SET ROLE regress_pca_a;
SELECT account_id FROM pca_caller_identity();
RESET SESSION AUTHORIZATION;

--
-- At once, and for as long as it exists
--

-- A registration or a membership that is rolled back has no effect.
BEGIN;
SELECT pg_temp.is('alone');
SAVEPOINT s;
SELECT pca_register_account('regress_pca_alone', '170000000006');
SELECT pg_temp.is('alone');
ROLLBACK TO s;
SELECT pg_temp.is('alone');
GRANT regress_pca_b TO regress_pca_alone;
SELECT pg_temp.is('alone');
ROLLBACK TO s;
SELECT pg_temp.is('alone');
SELECT pca_register_service_principal('regress_pca_alone', 'acm.amazonaws.com');
SELECT pg_temp.is('alone');
ROLLBACK;
SELECT pg_temp.is('alone');
-- In the same statement.
SET ROLE regress_pca_super;
SELECT pca.caller_account(), pca_register_account('regress_pca_super', '170000000007'), pca.caller_account();
SELECT pca.caller_account();
RESET ROLE;
-- A change of the tables by hand counts too.
UPDATE pca.account SET account_id = '170000000008' WHERE role = 'regress_pca_a'::regrole;
SELECT pg_temp.is('member');
DELETE FROM pca.account WHERE role IN ('regress_pca_a'::regrole, 'regress_pca_super'::regrole);
SELECT pg_temp.is('member');
-- The name does not matter.
ALTER ROLE regress_pca_b RENAME TO regress_pca_c;
SELECT pg_temp.is('c');
ALTER ROLE regress_pca_c RENAME TO regress_pca_b;
-- The setting counts from one call to the next.
SELECT pg_temp.is('super');
SET pca.account_id = '170000000009';
SELECT pg_temp.is('super'), pg_temp.is('b'), pg_temp.is('alone');
-- A registration of a role that has been dropped goes with the next maintenance, and no other.
CREATE ROLE regress_pca_gone;
SELECT pca_register_account('regress_pca_gone', '170000000001'),
	pca_register_service_principal('regress_pca_gone', 'acm.amazonaws.com');
DROP ROLE regress_pca_gone;
CREATE ROLE regress_pca_gone IN ROLE regress_pca_b;
SELECT pca_grant_access('regress_pca_gone', 'auditor');
SELECT pg_temp.is('gone');
SELECT count(*), count(*) FILTER (WHERE role::text ~ '^[0-9]+$') AS gone FROM pca.account;
SELECT pca_run_maintenance();
SELECT count(*), count(*) FILTER (WHERE role::text ~ '^[0-9]+$') AS gone FROM pca.account;
SELECT count(*) FROM pca.service_principal;

--
-- Arguments
--

SELECT account, pg_temp.exception(format('SELECT pca_register_account(''regress_pca_a'', %L)', account))
FROM (VALUES (1, ''), (2, '17000000000'), (3, '1700000000011'), (4, '17000000000x'), (5, ' 17000000000'),
	(6, '１７００００００００００'), (7, '170000000001' || E'\n')) AS v (n, account)
ORDER BY n;
SELECT principal,
	pg_temp.exception(format('SELECT pca_register_service_principal(''regress_pca_a'', %L)', principal))
FROM (VALUES (1, ''), (2, repeat('x', 129)), (3, '*')) AS v (n, principal) ORDER BY n;
-- The longest one loses no octet.
SELECT pca_register_account('regress_pca_a', '170000000009'),
	pca_register_service_principal('regress_pca_a', repeat('é', 128));
SELECT octet_length(pg_temp.is('a')) - octet_length('170000000009 | ') AS octets;
SELECT pg_temp.exception('SELECT pca_register_account(NULL, ''170000000001'')'),
	pg_temp.exception('SELECT pca_register_service_principal(NULL, ''x'')');
SELECT pg_temp.exception('SELECT pca_register_account(0::oid::regrole, ''170000000001'')'),
	pg_temp.exception('SELECT pca_register_account(''-'', ''170000000001'')');
BEGIN READ ONLY;
SELECT pg_temp.exception('SELECT pca_register_account(''regress_pca_a'', NULL)'),
	pg_temp.exception('SELECT pca_register_service_principal(''regress_pca_a'', NULL)');
ROLLBACK;
-- Taking back a registration that does not exist is no error.
SELECT pca_register_account('regress_pca_a', NULL), pca_register_service_principal('regress_pca_a', NULL);

SELECT pca_register_account('regress_pca_b', NULL);
SELECT role, account_id FROM pca.account ORDER BY role::text;
DELETE FROM pca.account;
DROP FUNCTION regress_pca_definer, regress_pca_invoker, regress_pca_taker;
DROP OWNED BY regress_pca_a, regress_pca_b, regress_pca_member, regress_pca_outside, regress_pca_deep,
	regress_pca_both, regress_pca_alone, regress_pca_super, regress_pca_gone;
DROP ROLE regress_pca_a, regress_pca_b, regress_pca_member, regress_pca_outside, regress_pca_deep,
	regress_pca_both, regress_pca_alone, regress_pca_super, regress_pca_gone;
