-- RevokeCertificate.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '150000000001';

-- What RevokeCertificate throws; nothing that it did stays.
CREATE FUNCTION pg_temp.revoke(authority text, serial text, reason text DEFAULT 'UNSPECIFIED')
RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(pg_temp.exception(format('SELECT pca_revoke_certificate(%L, %L, %L)', authority,
		serial, reason)),
		'(certificate_serial,? (?:is )?")[^"]+"', '\1GIVEN"')
$$;
-- A certificate whose serial number matches a pattern; the other attempts do not stay.
CREATE FUNCTION pg_temp.issue(authority text, csr text, pattern text DEFAULT '',
	validity jsonb DEFAULT '{"Value": 1, "Type": "DAYS"}')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	number text;
BEGIN
	LOOP
		number := right(pca_issue_certificate(authority, csr, 'SHA256WITHECDSA', validity), 32);
		EXIT WHEN number ~ pattern;
		DELETE FROM pca.certificate WHERE serial = number::uuid;
	END LOOP;
	RETURN number;
END
$$;
SELECT pca_create_certificate_authority(pg_temp.configuration('Revoking'), 'ROOT') AS ca \gset
CALL pg_temp.activate_root(:'ca');
SELECT pca_create_certificate_authority(pg_temp.configuration('Other'), 'ROOT') AS other \gset
CALL pg_temp.activate_root(:'other');

--
-- The serial number: hexadecimal, with or without colons, either case, with or without leading zeros
--

-- One that begins with a zero digit and has a letter.
SELECT pg_temp.issue(:'ca', :'csr', '^0[1-9a-f].*[a-f]') AS serial \gset
SELECT what, pg_temp.revoke(:'ca', serial)
FROM (VALUES
	(1, 'as in the view', :'serial'),
	(2, 'upper case', upper(:'serial')),
	(3, 'colons', rtrim(regexp_replace(:'serial', '..', '\&:', 'g'), ':')),
	(4, 'colons, upper case', rtrim(regexp_replace(upper(:'serial'), '..', '\&:', 'g'), ':')),
	(5, 'without its zero', ltrim(:'serial', '0')),
	(6, 'colons, without its zero', ltrim(rtrim(regexp_replace(:'serial', '..', '\&:', 'g'), ':'), '0')),
	(7, 'more zeros', '00' || :'serial'),
	(8, 'as in DER for a high one', '00:' || rtrim(regexp_replace(:'serial', '..', '\&:', 'g'), ':')),
	(9, '128 characters', lpad(:'serial', 128, '0')),
	(10, '129 characters', lpad(:'serial', 129, '0')),
	(11, 'colons anywhere', ':' || left(:'serial', 5) || '::' || right(:'serial', -5) || ':'),
	(12, 'empty', ''),
	(13, 'colons alone', ':::'),
	(14, 'zero', '0'),
	(15, 'zeros', repeat('0', 32)),
	(16, 'one digit more', :'serial' || '0'),
	(17, 'one digit less', left(:'serial', 31)),
	(18, 'another last digit',
		left(:'serial', 31) || translate(right(:'serial', 1), '0123456789abcdef', '123456789abcdef0')),
	(19, 'a number of 512 bits', repeat('f', 128)),
	(20, '0x prefix', '0x' || :'serial'),
	(21, 'white space after it', :'serial' || ' '),
	(22, 'white space before it', ' ' || :'serial'),
	(23, 'a line break after it', :'serial' || E'\n'),
	(24, 'hyphens', :'serial'::uuid::text),
	(25, 'a sign', '-' || :'serial'),
	(26, 'a letter beyond f', left(:'serial', 31) || 'g'),
	(27, 'digits of another script', translate(:'serial', '0123456789', '٠١٢٣٤٥٦٧٨٩')),
	(28, 'the ARN', :'ca' || '/certificate/' || :'serial'),
	(29, 'NULL', NULL)) AS v (n, what, serial)
ORDER BY n;
-- Nothing of this stayed.
SELECT count(*) FROM pca.revocation WHERE serial = :'serial';

--
-- The reason
--

SELECT reason, pg_temp.revoke(:'ca', :'serial', reason)
FROM (VALUES (1, 'UNSPECIFIED'), (2, 'KEY_COMPROMISE'), (3, 'CERTIFICATE_AUTHORITY_COMPROMISE'),
	(4, 'AFFILIATION_CHANGED'), (5, 'SUPERSEDED'), (6, 'CESSATION_OF_OPERATION'), (7, 'PRIVILEGE_WITHDRAWN'),
	(8, 'A_A_COMPROMISE'), (9, 'CERTIFICATE_HOLD'), (10, 'REMOVE_FROM_CRL'), (11, 'key_compromise'),
	(12, 'KeyCompromise'), (13, 'KEY_COMPROMISE '), (14, ''), (15, '1'), (16, NULL)) AS v (n, reason)
ORDER BY n;
-- Each as the views then show it.
CREATE FUNCTION pg_temp.seen(number text, OUT status text, OUT revocation_reason text, OUT revoked_at boolean)
LANGUAGE sql AS $$
	SELECT c.status, c.revocation_reason, c.revoked_at BETWEEN c.issued_at AND clock_timestamp()
	FROM pca.certificates AS c WHERE c.serial = number
$$;
CREATE TEMPORARY TABLE reason (n serial, reason text, serial text);
INSERT INTO reason (reason)
SELECT unnest(
	'{UNSPECIFIED,KEY_COMPROMISE,CERTIFICATE_AUTHORITY_COMPROMISE,AFFILIATION_CHANGED,SUPERSEDED,
		CESSATION_OF_OPERATION,PRIVILEGE_WITHDRAWN,A_A_COMPROMISE}'::text[]);
UPDATE reason SET serial = pg_temp.issue(:'ca', :'csr');
SELECT count(pca_revoke_certificate(:'ca', serial, reason)) FROM reason;
SELECT r.reason, s.* FROM reason AS r, pg_temp.seen(r.serial) AS s ORDER BY r.n;
-- A certificate is revoked once.
SELECT r.reason, pg_temp.revoke(:'ca', r.serial, 'UNSPECIFIED') AS again FROM reason AS r
ORDER BY r.n LIMIT 2;
SELECT DISTINCT pg_temp.revoke(:'ca', r.serial, r.reason) AS again FROM reason AS r;
-- The certificate is available as before.
SELECT count(g.certificate)
FROM reason AS r, pca_get_certificate(:'ca', :'ca' || '/certificate/' || r.serial) AS g;
-- The row says who revoked it.
SELECT DISTINCT account_id, session_user_name = session_user AS session_user_name,
	current_user_name = current_user AS current_user_name
FROM pca.revocation AS v JOIN reason AS r ON r.serial::uuid = v.serial;

--
-- Which certificate
--

SELECT pg_temp.issue(:'other', :'csr') AS foreign_serial \gset
SELECT c.serial AS own
FROM pca.certificates AS c JOIN pca.templates AS t USING (template_arn)
WHERE c.certificate_authority_arn = :'ca' AND t.is_self_signed \gset
SELECT pg_temp.issue(:'ca', :'csr') AS expired \gset
SELECT pca_create_certificate_authority(pg_temp.configuration('Subordinate'),
	'SUBORDINATE') AS subordinate \gset
CALL pg_temp.activate_subordinate(:'subordinate', :'ca');
SELECT right(max(certificate_arn), 32) AS subordinate_serial FROM pca.certificates
WHERE certificate_authority_arn = :'ca' AND template_arn LIKE '%/SubordinateCACertificate_PathLen0/V1' \gset
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE pca.certificate SET not_after = clock_timestamp() WHERE serial = :'expired';
COMMIT;
SELECT what, pg_temp.revoke(authority, serial)
FROM (VALUES
	(1, 'unknown serial', :'ca', '0123456789abcdef0123456789abcdef'),
	(2, 'of another CA', :'ca', :'foreign_serial'),
	(3, 'under another CA', :'other', :'serial'),
	(4, 'its own', :'ca', :'own'),
	(5, 'of a CA below', :'ca', :'subordinate_serial'),
	(6, 'of a CA below, by itself', :'subordinate', :'subordinate_serial'),
	(7, 'expired', :'ca', :'expired'),
	(8, 'unknown CA', replace(:'ca', right(:'ca', 36), '00000000-0000-4000-8000-000000000000'), :'serial'),
	(9, 'not a CA', :'ca' || '/certificate/' || :'serial', :'serial'),
	(10, 'not an ARN', 'ca', :'serial'),
	(11, 'NULL', NULL, :'serial')) AS v (n, what, authority, serial)
ORDER BY n;
-- A timestamped signature outlives its certificate: the operator may allow it.
SET pca.revoke_expired_certificates = on;
SELECT pca_revoke_certificate(:'ca', :'expired', 'KEY_COMPROMISE');
SELECT pg_temp.revoke(:'ca', :'expired') AS again;
RESET pca.revoke_expired_certificates;
SELECT status, revocation_reason FROM pca.certificates WHERE serial = :'expired';
-- The CA needs neither CRLs nor OCSP. A renewal of the root is its own too.
SELECT pca_issue_certificate(:'ca', pca_get_certificate_authority_csr(:'ca'), 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}', 'arn:aws:acm-pca:::template/BlankRootCACertificate_APIPassthrough/V1',
	'{"Extensions": {"KeyUsage": {"KeyCertSign": true}}}') AS renewal \gset
SELECT pg_temp.revoke(:'ca', right(:'renewal', 32));

--
-- In every status of the CA
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Matrix'), 'ROOT') AS matrix \gset
CALL pg_temp.activate_root(:'matrix');
SELECT pg_temp.issue(:'matrix', :'csr') AS serial_of_matrix \gset
CREATE TEMPORARY TABLE original AS SELECT * FROM pca.certificate_authority WHERE arn = :'matrix';
CREATE FUNCTION pg_temp.in_state(authority text, state text, statement text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE pca.certificate_authority AS a SET
		status = CASE WHEN state LIKE 'EXPIRED, was %' THEN split_part(state, ' ', 3)
			WHEN state LIKE 'gone%' THEN 'DELETED' ELSE state END,
		status_before_deletion = CASE WHEN state LIKE 'gone%' OR state = 'DELETED' THEN 'DISABLED' END,
		restorable_until = CASE state WHEN 'DELETED' THEN clock_timestamp() + interval '1 hour'
			WHEN 'gone' THEN clock_timestamp() END,
		failure_reason = CASE state WHEN 'FAILED' THEN 'OTHER' END,
		certificate_id = CASE
			WHEN state NOT IN ('CREATING', 'PENDING_CERTIFICATE', 'FAILED') THEN o.certificate_id END,
		serial = CASE WHEN state NOT IN ('CREATING', 'PENDING_CERTIFICATE', 'FAILED') THEN o.serial END,
		not_before = CASE WHEN state NOT IN ('CREATING', 'PENDING_CERTIFICATE', 'FAILED') THEN o.not_before END,
		not_after = CASE WHEN state LIKE 'EXPIRED%' THEN clock_timestamp()
			WHEN state NOT IN ('CREATING', 'PENDING_CERTIFICATE', 'FAILED') THEN o.not_after END
	FROM original AS o WHERE a.arn = in_state.authority;
	RETURN pg_temp.exception(statement);
END
$$;
CREATE TEMPORARY TABLE state (n serial, state text);
INSERT INTO state (state) VALUES
	('CREATING'), ('PENDING_CERTIFICATE'), ('ACTIVE'), ('DISABLED'), ('EXPIRED, was ACTIVE'),
	('EXPIRED, was DISABLED'), ('FAILED'), ('DELETED'), ('gone'), ('gone, never restorable');
SELECT s.state,
	pg_temp.in_state(:'matrix', s.state,
		format('SELECT pca_revoke_certificate(%L, %L, %L)', :'matrix', :'serial_of_matrix', 'SUPERSEDED'))
FROM state AS s ORDER BY s.n;
SELECT pg_temp.in_state(:'matrix', 'ACTIVE', 'SELECT 1');
-- A malformed serial number is reported before the state, an unknown one after it.
SELECT pg_temp.in_state(:'matrix', 'DELETED',
	format('SELECT pca_revoke_certificate(%L, %L, %L)', :'matrix', 'x', 'SUPERSEDED'));
SELECT pg_temp.in_state(:'matrix', 'DELETED',
	format('SELECT pca_revoke_certificate(%L, %L, %L)', :'matrix', 'abc', 'SUPERSEDED'));
SELECT pg_temp.in_state(:'matrix', 'ACTIVE', 'SELECT 1');

--
-- Transactions
--

-- What this transaction issued cannot be revoked in it, whatever savepoints lie between.
BEGIN;
SELECT pg_temp.issue(:'ca', :'csr') AS open \gset
SELECT pg_temp.revoke(:'ca', :'open');
SAVEPOINT s;
SELECT pg_temp.revoke(:'ca', :'open');
SELECT pg_temp.issue(:'ca', :'csr') AS released \gset
RELEASE s;
SELECT pg_temp.revoke(:'ca', :'released');
SAVEPOINT s;
SELECT pg_temp.issue(:'ca', :'csr') AS rolled_back \gset
ROLLBACK TO s;
SELECT pg_temp.revoke(:'ca', :'rolled_back');
COMMIT;
SELECT pg_temp.revoke(:'ca', :'open'), pg_temp.revoke(:'ca', :'released'),
	pg_temp.revoke(:'ca', :'rolled_back');
-- A rollback takes a revocation back, and it can be made again.
BEGIN;
SELECT pca_revoke_certificate(:'ca', :'open', 'KEY_COMPROMISE');
SELECT * FROM pg_temp.seen(:'open');
SELECT pg_temp.revoke(:'ca', :'open');
ROLLBACK;
SELECT * FROM pg_temp.seen(:'open');
BEGIN;
SAVEPOINT s;
SELECT pca_revoke_certificate(:'ca', :'open', 'KEY_COMPROMISE');
ROLLBACK TO s;
SELECT * FROM pg_temp.seen(:'open');
SELECT pca_revoke_certificate(:'ca', :'open', 'SUPERSEDED');
SAVEPOINT s;
SELECT pg_temp.revoke(:'ca', :'open');
ROLLBACK TO s;
COMMIT;
SELECT * FROM pg_temp.seen(:'open');
-- An exception that is caught takes back one revocation, not the others.
CREATE FUNCTION pg_temp.revoke_each(authority text, serials text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	number text;
	outcome text := '';
BEGIN
	FOREACH number IN ARRAY serials LOOP
		BEGIN
			PERFORM pca_revoke_certificate(authority, number, 'SUPERSEDED');
			outcome := outcome || ' ok';
		EXCEPTION WHEN OTHERS THEN
			outcome := outcome || ' ' || SQLSTATE;
		END;
	END LOOP;
	RETURN outcome;
END
$$;
SELECT pg_temp.revoke_each(:'ca', ARRAY[:'serial', :'serial', 'abc', :'released', :'open', :'own']);
SELECT s.*
FROM (VALUES (1, :'serial'), (2, :'released')) AS v (n, serial), pg_temp.seen(v.serial) AS s
ORDER BY v.n;

-- Many in one statement, by their rows in the view; all or none.
CREATE TEMPORARY TABLE bulk AS
SELECT pca_issue_certificate(:'ca', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}') AS arn
FROM generate_series(1, 500);
SELECT pg_temp.exception(format('SELECT pca_revoke_certificate(%L, right(arn, 32), %L) FROM bulk '
	'UNION ALL SELECT pca_revoke_certificate(%1$L, %3$L, %2$L)', :'ca', 'SUPERSEDED', :'open'));
SELECT c.status, count(*) FROM pca.certificates AS c JOIN bulk AS b ON b.arn = c.certificate_arn GROUP BY 1;
SELECT count(pca_revoke_certificate(c.certificate_authority_arn, c.serial, 'CESSATION_OF_OPERATION'))
FROM pca.certificates AS c JOIN bulk AS b ON b.arn = c.certificate_arn WHERE c.status = 'ISSUED';
SELECT c.status, c.revocation_reason, count(*), count(DISTINCT c.serial)
FROM pca.certificates AS c JOIN bulk AS b ON b.arn = c.certificate_arn GROUP BY 1, 2;
-- The same certificate twice in a statement is an error.
SELECT pg_temp.issue(:'ca', :'csr') AS twice \gset
SELECT pg_temp.exception(format('SELECT pca_revoke_certificate(%L, %L, %L) FROM generate_series(1, 2)', :'ca',
	:'twice', 'SUPERSEDED'));
SELECT * FROM pg_temp.seen(:'twice');

-- Contexts in which nothing may be written or signed.
BEGIN READ ONLY;
SELECT pg_temp.revoke(:'ca', :'twice');
ROLLBACK;
BEGIN;
SELECT pca_revoke_certificate(:'ca', :'twice', 'SUPERSEDED');
\set VERBOSITY terse
PREPARE TRANSACTION 'pca';
CREATE MATERIALIZED VIEW regress_pca_revoked AS
SELECT pca_revoke_certificate(:'ca', :'twice', 'SUPERSEDED')::text AS result WITH NO DATA;
REFRESH MATERIALIZED VIEW regress_pca_revoked;
DROP MATERIALIZED VIEW regress_pca_revoked;
\set VERBOSITY default
SELECT * FROM pg_temp.seen(:'twice');

-- A revocation stays as it was made.
\set VERBOSITY terse
UPDATE pca.revocation SET reason = 'UNSPECIFIED';
UPDATE pca.revocation SET reason = 'UNSPECIFIED' WHERE false;
TRUNCATE pca.revocation;
INSERT INTO pca.revocation SELECT * FROM pca.revocation WHERE serial = :'open';
\set VERBOSITY default
SELECT * FROM pg_temp.seen(:'open');

--
-- Who may
--

CREATE ROLE regress_pca_revoker;
CREATE ROLE regress_pca_issuer;
CREATE ROLE regress_pca_tenant;
CREATE ROLE regress_pca_stranger;
CREATE ROLE regress_pca_renewer;
SELECT pca_grant_access('regress_pca_revoker', 'revoker');
SELECT pca_grant_access('regress_pca_issuer', 'issuer');
SELECT pca_grant_access('regress_pca_tenant', 'revoker');
SELECT pca_grant_access('regress_pca_tenant', 'issuer');
SELECT pca_grant_access('regress_pca_stranger', 'revoker');
SELECT pca_grant_access('regress_pca_renewer', 'administrator');
SELECT pca_register_account('regress_pca_tenant', '150000000002');
SELECT pca_register_account('regress_pca_stranger', '150000000003');
SELECT pca_register_service_principal('regress_pca_renewer', 'acm.amazonaws.com');
SELECT pca_create_permission(:'ca', 'acm.amazonaws.com', '{IssueCertificate,GetCertificate,ListPermissions}');
SELECT format('SELECT pca_revoke_certificate(%L, %L, %L)', :'ca', :'twice', 'SUPERSEDED') AS statement \gset
SELECT role, pg_temp.as_role('regress_pca_' || role, :'statement')
FROM (VALUES (1, 'revoker'), (2, 'issuer'), (3, 'tenant'), (4, 'stranger'), (5, 'renewer')) AS v (n, role)
ORDER BY n;
SELECT pca_put_policy(:'ca', pg_temp.sharing(:'ca', '150000000002'));
SELECT role, pg_temp.as_role('regress_pca_' || role, :'statement')
FROM (VALUES (1, 'tenant'), (2, 'stranger')) AS v (n, role) ORDER BY n;
-- An account that is allowed to revokes any certificate of the CA, its own and others'.
SELECT pca_put_policy(:'ca', pg_temp.sharing(:'ca', '150000000002', true));
SELECT role, pg_temp.as_role('regress_pca_' || role, :'statement')
FROM (VALUES (1, 'tenant'), (2, 'stranger')) AS v (n, role) ORDER BY n;
SET ROLE regress_pca_tenant;
SELECT right(pca_issue_certificate(:'ca', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}'),
	32) AS tenants \gset
SELECT pca_revoke_certificate(:'ca', :'tenants', 'KEY_COMPROMISE');
SELECT status, revocation_reason FROM pca.certificates WHERE serial = :'tenants';
RESET ROLE;
SELECT * FROM pg_temp.seen(:'tenants');
SELECT account_id, current_user_name FROM pca.revocation WHERE serial = :'tenants';
SELECT pca_delete_policy(:'ca');
SELECT pg_temp.as_role('regress_pca_tenant', :'statement');
-- The right to revoke is checked before anything about the certificate is told.
SELECT pg_temp.as_role('regress_pca_stranger',
	format('SELECT pca_revoke_certificate(%L, %L, %L)', :'ca', serial, 'SUPERSEDED'))
FROM (VALUES ('abc'), (:'open'), (:'own')) AS v (serial);

--
-- The API's JSON
--

SELECT pca_api('RevokeCertificate',
	jsonb_build_object('CertificateAuthorityArn', :'ca', 'CertificateSerial', :'twice',
		'RevocationReason', 'AFFILIATION_CHANGED'));
SELECT * FROM pg_temp.seen(:'twice');
SELECT what, pg_temp.exception(format('SELECT pca_api(%L, %L)', 'RevokeCertificate', request))
FROM (VALUES
	(1, 'again',
		jsonb_build_object('CertificateAuthorityArn', :'ca', 'CertificateSerial', :'twice',
			'RevocationReason', 'AFFILIATION_CHANGED')),
	(2, 'no reason', jsonb_build_object('CertificateAuthorityArn', :'ca', 'CertificateSerial', :'twice')),
	(3, 'no serial', jsonb_build_object('CertificateAuthorityArn', :'ca', 'RevocationReason', 'SUPERSEDED')),
	(4, 'a number',
		jsonb_build_object('CertificateAuthorityArn', :'ca', 'CertificateSerial', 1,
			'RevocationReason', 'SUPERSEDED')),
	(5, 'another member',
		jsonb_build_object('CertificateAuthorityArn', :'ca', 'CertificateSerial', :'twice',
			'RevocationReason', 'SUPERSEDED', 'Serial', 'x'))) AS v (n, what, request)
ORDER BY n;

--
-- A CA that has been revoked itself, or one above it
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Revoked'), 'SUBORDINATE') AS middle \gset
CALL pg_temp.activate_subordinate(:'middle', :'ca', 'SubordinateCACertificate_PathLen1');
SELECT pca_create_certificate_authority(pg_temp.configuration('Below'), 'SUBORDINATE') AS below \gset
CALL pg_temp.activate_subordinate(:'below', :'middle', validity => '{"Value": 4, "Type": "YEARS"}');
\set VERBOSITY terse
SELECT count(pg_temp.issue(ca, :'csr')) FROM (VALUES (:'middle'), (:'below')) AS v (ca);
SELECT pca_revoke_certificate(:'ca', right(certificate_arn, 32), 'CERTIFICATE_AUTHORITY_COMPROMISE')
FROM pca.certificates
WHERE certificate_authority_arn = :'ca' AND subject = 'CN=Revoked';
SELECT count(pg_temp.issue(:'middle', :'csr')) FROM generate_series(1, 3);
SELECT count(pg_temp.issue(:'below', :'csr')) AS below;
SELECT count(pg_temp.issue(:'ca', :'csr')) AS above;
-- With a new certificate it is good again, and a CA below it with one more.
CALL pg_temp.activate_subordinate(:'middle', :'ca', 'SubordinateCACertificate_PathLen1');
SELECT count(pg_temp.issue(:'middle', :'csr')) AS renewed;
SELECT count(pg_temp.issue(:'below', :'csr')) AS below;
CALL pg_temp.activate_subordinate(:'below', :'middle', validity => '{"Value": 4, "Type": "YEARS"}');
SELECT count(pg_temp.issue(:'below', :'csr')) AS below_renewed;
\set VERBOSITY default

SELECT pca_register_account(role, NULL)
FROM (VALUES ('regress_pca_tenant'::regrole), ('regress_pca_stranger')) AS v (role) \g /dev/null
SELECT pca_register_service_principal('regress_pca_renewer', NULL) \g /dev/null
DROP OWNED BY regress_pca_revoker, regress_pca_issuer, regress_pca_tenant, regress_pca_stranger,
	regress_pca_renewer;
DROP ROLE regress_pca_revoker, regress_pca_issuer, regress_pca_tenant, regress_pca_stranger,
	regress_pca_renewer;
-- Nothing is left to do for others.
SELECT pca_run_maintenance();
