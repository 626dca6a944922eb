-- Who a database role is to the authorities: pca_register_account(),
-- pca_register_service_principal(), pca_caller_identity().
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '150000000000';
CREATE ROLE regress_pca_alice;
CREATE ROLE regress_pca_bob NOINHERIT;
CREATE ROLE regress_pca_dave;
CREATE ROLE regress_pca_red;
CREATE ROLE regress_pca_blue;
CREATE ROLE regress_pca_inner;
CREATE ROLE regress_pca_super SUPERUSER;
SELECT count(pca_grant_access(role, 'administrator'))
FROM unnest('{regress_pca_alice,regress_pca_bob,regress_pca_red,regress_pca_blue,
	regress_pca_inner}'::regrole[]) AS role;
-- Who a role is: its account, its service if it is one, its ARN; or the exception.
CREATE FUNCTION pg_temp.identity(role text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	identity text;
BEGIN
	PERFORM set_config('role', role, true);
	BEGIN
		SELECT concat_ws(' ', i.account_id, i.service_principal, i.arn) INTO identity
		FROM pca_caller_identity() AS i;
	EXCEPTION WHEN OTHERS THEN
		identity := SQLSTATE || ' ' || SQLERRM;
	END;
	PERFORM set_config('role', 'none', true);
	RETURN identity;
END
$$;

--
-- A role's own registration
--

-- pca_grant_access() registered each for the account of the role that granted, which stays. A
-- superuser acts for the value that pca.account_id has at the call.
SELECT account_id, service_principal, arn = format('arn:aws:iam::150000000000:role/%s', current_user) AS arn
FROM pca_caller_identity();
SELECT pg_temp.identity('regress_pca_alice');
SET pca.account_id = '150000000009';
SELECT account_id FROM pca_caller_identity();
SELECT pg_temp.identity('regress_pca_alice'), pg_temp.identity('regress_pca_super');
SET pca.account_id = '150000000000';
-- A role without a registration acts for no account.
GRANT EXECUTE ON FUNCTION pca_caller_identity TO regress_pca_dave;
SELECT pg_temp.identity('regress_pca_dave');
SELECT pca_register_account('regress_pca_alice', '150000000001');
SELECT pg_temp.identity('regress_pca_alice');
SET pca.account_id = '150000000009';
SELECT pg_temp.identity('regress_pca_alice'), pg_temp.identity('regress_pca_bob');
SET pca.account_id = '150000000000';
-- The next registration replaces it. NULL takes it back, also where there is none, which
-- leaves the role without an account.
SELECT pca_register_account('regress_pca_alice', '150000000002');
SELECT pg_temp.identity('regress_pca_alice');
SELECT pca_register_account('regress_pca_alice', NULL);
SELECT pg_temp.identity('regress_pca_alice');
SELECT pca_register_account('regress_pca_alice', NULL);
-- A role is a service for the account that it is registered for.
SELECT pca_register_service_principal('regress_pca_alice', 'acm.amazonaws.com');
SELECT pg_temp.identity('regress_pca_alice');
SELECT pca_register_account('regress_pca_alice', '150000000001');
SELECT pg_temp.identity('regress_pca_alice');
SELECT pca_register_service_principal('regress_pca_alice', 'other.amazonaws.com');
SELECT pg_temp.identity('regress_pca_alice');
-- When it is no longer a service it is not a role of the account either, until it is registered as one.
SELECT pca_register_service_principal('regress_pca_alice', NULL);
SELECT pg_temp.identity('regress_pca_alice');
SELECT pca_register_service_principal('regress_pca_alice', NULL);
SELECT pca_register_account('regress_pca_alice', '150000000001');
SELECT pg_temp.identity('regress_pca_alice');
-- Taking back what it is not changes nothing.
SELECT pca_register_service_principal('regress_pca_alice', NULL);
SELECT pg_temp.identity('regress_pca_alice');
-- The partition comes from the setting.
SET pca.partition = 'aws-cn';
SELECT pg_temp.identity('regress_pca_alice');
RESET pca.partition;
-- A registration counts in the transaction that made it, and not after a rollback.
BEGIN;
SELECT pca_register_account('regress_pca_alice', '150000000003');
SELECT pg_temp.identity('regress_pca_alice');
SAVEPOINT s;
SELECT pca_register_service_principal('regress_pca_alice', 'acm.amazonaws.com');
SELECT pg_temp.identity('regress_pca_alice');
SELECT pca_register_account('regress_pca_alice', NULL);
SELECT pg_temp.identity('regress_pca_alice');
ROLLBACK TO s;
SELECT pg_temp.identity('regress_pca_alice');
ROLLBACK;
SELECT pg_temp.identity('regress_pca_alice');

--
-- What is refused
--

SELECT what, pg_temp.exception(format('SELECT pca_register_account(%L, %L)', role, account))
FROM (VALUES (1, '11 digits', 'regress_pca_bob', '15000000000'),
	(2, '13 digits', 'regress_pca_bob', '1500000000001'), (3, 'a letter', 'regress_pca_bob', '15000000000x'),
	(4, 'empty', 'regress_pca_bob', ''), (5, 'digits that are not ASCII', 'regress_pca_bob', '15000000000٣'),
	(6, 'no role', NULL, '150000000001'), (7, 'no role and no account', NULL, NULL),
	(8, 'unknown role', 'regress_pca_unknown', '150000000001')) AS v (n, what, role, account)
ORDER BY n;
SELECT what, pg_temp.exception(format('SELECT pca_register_service_principal(%L, %L)', role, principal))
FROM (VALUES (1, 'empty', 'regress_pca_bob', ''), (2, 'everyone', 'regress_pca_bob', '*'),
	(3, 'a pattern', 'regress_pca_bob', '*.amazonaws.com'),
	(4, '128 characters', 'regress_pca_bob', repeat('x', 128)),
	(5, '129 characters', 'regress_pca_bob', repeat('x', 129)),
	(6, 'no role', NULL, 'acm.amazonaws.com')) AS v (n, what, role, principal)
ORDER BY n;
SELECT what, pg_temp.exception(format('SELECT pca_%s(4000000000::oid::regrole, %L)', what, value))
FROM (VALUES (1, 'register_account', '150000000001'), (2, 'register_account', NULL),
	(3, 'register_service_principal', 'acm.amazonaws.com')) AS v (n, what, value)
ORDER BY n;
BEGIN READ ONLY;
SELECT pg_temp.exception('SELECT pca_register_account(''regress_pca_bob'', ''150000000001'')');
SELECT pg_temp.exception('SELECT pca_register_service_principal(''regress_pca_bob'', ''acm.amazonaws.com'')');
SELECT account_id FROM pca_caller_identity();
ROLLBACK;
-- An administrator of authorities may not register any role, not even itself, and does not reach the tables.
SET ROLE regress_pca_alice;
SELECT pca_register_account('regress_pca_alice', '150000000002');
SELECT pca_register_service_principal('regress_pca_alice', 'acm.amazonaws.com');
SELECT * FROM pca.account;
UPDATE pca.service_principal SET principal = principal;
SET pca.account_id = '150000000002';
RESET ROLE;
SELECT pg_temp.identity('regress_pca_alice'), pg_temp.identity('regress_pca_bob');
-- A role that may not ask is not told.
REVOKE EXECUTE ON FUNCTION pca_caller_identity() FROM regress_pca_bob;
SELECT pg_temp.identity('regress_pca_bob');
GRANT EXECUTE ON FUNCTION pca_caller_identity() TO regress_pca_bob;

--
-- The roles that a role is a member of
--

SELECT pca_register_account('regress_pca_red', '150000000011'),
	pca_register_account('regress_pca_blue', '150000000012');
-- What superusers do to a table of roles: these were never registered.
CREATE FUNCTION pg_temp.never(VARIADIC roles regrole[]) RETURNS bigint
LANGUAGE sql AS $$
	WITH gone AS (DELETE FROM pca.account WHERE role = ANY (roles) RETURNING 1) SELECT count(*) FROM gone
$$;
SELECT pg_temp.never('regress_pca_alice', 'regress_pca_bob', 'regress_pca_inner');
GRANT regress_pca_red TO regress_pca_alice, regress_pca_bob;
-- Only where its rights are inherited.
SELECT pg_temp.identity('regress_pca_alice'), pg_temp.identity('regress_pca_bob');
-- From PostgreSQL 16 on the membership decides, by what the role was when it was granted.
ALTER ROLE regress_pca_bob INHERIT;
REVOKE regress_pca_red FROM regress_pca_bob;
GRANT regress_pca_red TO regress_pca_bob;
SELECT pg_temp.identity('regress_pca_bob');
-- The role's own registration comes first, also one that was taken back.
SELECT pca_register_account('regress_pca_alice', '150000000001');
SELECT pg_temp.identity('regress_pca_alice');
SELECT pca_register_account('regress_pca_alice', NULL);
SELECT pg_temp.identity('regress_pca_alice');
SELECT pg_temp.never('regress_pca_alice');
-- Two accounts count as none.
GRANT regress_pca_blue TO regress_pca_alice;
SELECT pg_temp.identity('regress_pca_alice'), pg_temp.identity('regress_pca_bob');
SET ROLE regress_pca_alice;
SELECT pca_list_certificate_authorities();
SELECT count(*) FROM pca.certificates;
RESET ROLE;
-- Two roles of one account are no contradiction.
SELECT pca_register_account('regress_pca_blue', '150000000011');
SELECT pg_temp.identity('regress_pca_alice');
SELECT pca_register_account('regress_pca_blue', '150000000012');
SELECT pg_temp.identity('regress_pca_alice');
SELECT pca_register_account('regress_pca_alice', '150000000001');
SELECT pg_temp.identity('regress_pca_alice');
SELECT pg_temp.never('regress_pca_alice');
REVOKE regress_pca_red FROM regress_pca_alice;
SELECT pg_temp.identity('regress_pca_alice');
REVOKE regress_pca_blue FROM regress_pca_alice;
SELECT pg_temp.identity('regress_pca_alice');
-- Through an intermediate role that has none; and the nearer role has no precedence.
GRANT regress_pca_red TO regress_pca_inner;
GRANT regress_pca_inner TO regress_pca_alice;
SELECT pg_temp.identity('regress_pca_inner'), pg_temp.identity('regress_pca_alice');
SELECT pca_register_account('regress_pca_inner', '150000000013');
SELECT pg_temp.identity('regress_pca_inner'), pg_temp.identity('regress_pca_alice');
SELECT pg_temp.never('regress_pca_inner');
-- A service is inherited the same way.
SELECT pca_register_service_principal('regress_pca_red', 'acm.amazonaws.com');
SELECT pg_temp.identity('regress_pca_red'), pg_temp.identity('regress_pca_alice');
GRANT regress_pca_blue TO regress_pca_alice;
SELECT pca_register_account('regress_pca_blue', '150000000011'),
	pca_register_service_principal('regress_pca_blue', 'other.amazonaws.com');
SELECT pg_temp.identity('regress_pca_alice');
SELECT pca_register_service_principal('regress_pca_alice', 'own.amazonaws.com'),
	pca_register_account('regress_pca_alice', '150000000011');
SELECT pg_temp.identity('regress_pca_alice');
SELECT pca_register_service_principal('regress_pca_alice', NULL),
	pca_register_service_principal('regress_pca_red', NULL),
	pca_register_service_principal('regress_pca_blue', NULL);
SELECT pg_temp.identity('regress_pca_alice'), pg_temp.identity('regress_pca_red'),
	pg_temp.identity('regress_pca_inner');
SELECT pca_register_account('regress_pca_red', '150000000011'),
	pca_register_account('regress_pca_blue', '150000000011'), pg_temp.never('regress_pca_alice');
SELECT pg_temp.identity('regress_pca_alice');
REVOKE regress_pca_blue, regress_pca_inner FROM regress_pca_alice;
REVOKE regress_pca_red FROM regress_pca_inner;
-- A superuser is a member of the roles that were granted to it, not of all roles.
SELECT pca_register_account('regress_pca_blue', '150000000012');
SELECT pg_temp.identity('regress_pca_super');
GRANT regress_pca_blue TO regress_pca_super;
SELECT pg_temp.identity('regress_pca_super');
REVOKE regress_pca_blue FROM regress_pca_super;

--
-- The immediate caller
--

SELECT pca_register_account('regress_pca_alice', '150000000001');
CREATE FUNCTION public.regress_pca_as_owner() RETURNS text
LANGUAGE sql SECURITY DEFINER AS 'SELECT account_id FROM public.pca_caller_identity()';
CREATE FUNCTION public.regress_pca_as_caller() RETURNS text
LANGUAGE sql AS 'SELECT account_id FROM public.pca_caller_identity()';
CREATE FUNCTION public.regress_pca_as_red() RETURNS text
LANGUAGE sql SECURITY DEFINER AS $$
	SELECT concat_ws(' ', account_id, public.regress_pca_as_caller(), public.regress_pca_as_owner())
	FROM public.pca_caller_identity()
$$;
ALTER FUNCTION public.regress_pca_as_owner() OWNER TO regress_pca_blue;
ALTER FUNCTION public.regress_pca_as_red() OWNER TO regress_pca_red;
SET ROLE regress_pca_alice;
SELECT account_id, arn FROM pca_caller_identity();
-- Each function in between decides who calls; after it everything is as before.
SELECT regress_pca_as_owner(), regress_pca_as_caller(), regress_pca_as_red(),
	(pca_caller_identity()).account_id;
RESET ROLE;
-- A session user that is registered stays what it is, whatever role it sets; in functions of
-- other roles it is their owner.
SET SESSION AUTHORIZATION regress_pca_bob;
SELECT account_id, arn FROM pca_caller_identity();
SET ROLE regress_pca_red;
SELECT account_id, arn FROM pca_caller_identity();
SELECT regress_pca_as_owner();
RESET SESSION AUTHORIZATION;
SELECT account_id FROM pca_caller_identity();

--
-- What an account has
--

SET ROLE regress_pca_red;
SELECT pca_create_certificate_authority(pg_temp.configuration('Red'), 'ROOT') AS red \gset
CALL pg_temp.activate_root(:'red');
SELECT pca_issue_certificate(:'red', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS issued \gset
RESET ROLE;
SET pca.account_id = '150000000011';
SELECT owner_account, split_part(arn, ':', 5) AS in_arn FROM pca_list_certificate_authorities();
SET pca.account_id = '150000000000';
-- For each role: what the list and the views show, and whether it can issue. The superuser is
-- limited to its account too.
CREATE FUNCTION pg_temp.sight(role text, authority text, csr text, OUT listed bigint, OUT authorities bigint,
	OUT certificates bigint, OUT issuing text)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('role', role, true);
	SELECT count(*) INTO listed FROM pca_list_certificate_authorities() WHERE arn = authority;
	SELECT count(*) INTO authorities FROM pca.certificate_authorities WHERE arn = authority;
	SELECT count(*) INTO certificates FROM pca.certificates WHERE certificate_authority_arn = authority;
	BEGIN
		PERFORM pca_issue_certificate(authority, csr, 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}');
		RAISE EXCEPTION USING ERRCODE = '00P00';
	EXCEPTION
		WHEN SQLSTATE '00P00' THEN issuing := 'ok';
		WHEN OTHERS THEN issuing := SQLSTATE;
	END;
	PERFORM set_config('role', 'none', true);
END
$$;
SELECT role, s.*
FROM unnest('{regress_pca_red,regress_pca_bob,regress_pca_alice,regress_pca_blue,
	regress_pca_super}'::text[]) WITH ORDINALITY AS r (role, n),
	pg_temp.sight(role, :'red', :'csr') AS s
ORDER BY n;
-- A service sees nothing in lists and views, whatever its account has, and makes no authority.
SELECT pca_register_service_principal('regress_pca_red', 'acm.amazonaws.com');
SELECT role, s.*
FROM unnest('{regress_pca_red,regress_pca_bob}'::text[]) WITH ORDINALITY AS r (role, n),
	pg_temp.sight(role, :'red', :'csr') AS s
ORDER BY n;
SET ROLE regress_pca_red;
SELECT (SELECT count(*) FROM pca_list_certificate_authorities()) AS listed,
	(SELECT count(*) FROM pca.certificate_authorities) AS authorities,
	(SELECT count(*) FROM pca.certificates) AS certificates;
SELECT pca_create_certificate_authority(
	'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA",
		"Subject": {"CommonName": "Service"}}',
	'ROOT');
RESET ROLE;
SELECT pca_register_service_principal('regress_pca_red', NULL);
-- When the registration changes, the authority stays where it is, and the role loses it.
SELECT pca_register_account('regress_pca_red', '150000000014');
SELECT role, s.*
FROM unnest('{regress_pca_red,regress_pca_bob}'::text[]) WITH ORDINALITY AS r (role, n),
	pg_temp.sight(role, :'red', :'csr') AS s
ORDER BY n;
SELECT pca_register_account('regress_pca_blue', '150000000011');
SELECT role, s.*
FROM unnest('{regress_pca_red,regress_pca_blue}'::text[]) WITH ORDINALITY AS r (role, n),
	pg_temp.sight(role, :'red', :'csr') AS s
ORDER BY n;

--
-- Roles that are renamed and dropped
--

ALTER ROLE regress_pca_alice RENAME TO regress_pca_carol;
SELECT pg_temp.identity('regress_pca_carol');
-- A new role with the name of a dropped one is not that role.
SELECT pca_register_service_principal('regress_pca_carol', 'acm.amazonaws.com');
DROP OWNED BY regress_pca_carol;
DROP ROLE regress_pca_carol;
SELECT pg_temp.exception('SELECT pca_register_account(''regress_pca_carol'', NULL)');
CREATE ROLE regress_pca_carol;
SELECT pca_grant_access('regress_pca_carol', 'issuer');
SELECT pg_temp.identity('regress_pca_carol');
SELECT pg_temp.identity('regress_pca_bob');

DROP FUNCTION public.regress_pca_as_owner(), public.regress_pca_as_caller(), public.regress_pca_as_red();
SELECT count(pca_register_account(role, NULL))
FROM unnest('{regress_pca_red,regress_pca_blue}'::regrole[]) AS role;
SELECT role, account_id FROM pca.account
WHERE role::text IN ('regress_pca_red', 'regress_pca_blue') ORDER BY role::text;
SELECT pg_temp.never('regress_pca_red', 'regress_pca_blue', 'regress_pca_carol');
DELETE FROM pca.account WHERE role::text ~ '^[0-9]+$';
DELETE FROM pca.service_principal WHERE role::text ~ '^[0-9]+$';
SELECT (SELECT count(*) FROM pca.account) AS accounts,
	(SELECT count(*) FROM pca.service_principal) AS services;
DROP OWNED BY regress_pca_bob, regress_pca_dave, regress_pca_red, regress_pca_blue, regress_pca_inner,
	regress_pca_carol;
DROP ROLE regress_pca_bob, regress_pca_dave, regress_pca_red, regress_pca_blue, regress_pca_inner,
	regress_pca_super, regress_pca_carol;
