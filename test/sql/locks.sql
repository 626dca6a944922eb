-- Locks: a transaction that has used one cannot be prepared, which would keep it for
-- ever; and no input can be made up that shares the lock of something else.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\i test/sql/include/call.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET lock_timeout = '10s';
SELECT pca_create_certificate_authority(pg_temp.configuration('Locks'), 'ROOT',
	tags => '[{"Key": "k"}]') AS ca \gset
SELECT pca_create_certificate_authority(pg_temp.configuration('Second'), 'ROOT') AS second \gset
CALL pg_temp.activate_root(:'ca');
CALL pg_temp.activate_root(:'second');
SELECT pca_issue_certificate(:'ca', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS certificate \gset
SELECT certificate AS own FROM pca_get_certificate_authority_certificate(:'ca') \gset
SELECT certificate AS bytes FROM pca.certificate LIMIT 1 \gset
SELECT pca_put_policy(:'ca', pg_temp.policy(:'ca', '690000000009'));

--
-- PREPARE TRANSACTION
--

-- Each function in a transaction that is to be prepared. What has locked or
-- changed something is refused, also when its call failed: then there is nothing to
-- roll back afterwards. What only reads can be prepared. pca_grant_access does what
-- GRANT does.
\set VERBOSITY terse
\set ECHO none
\o /dev/null
SELECT format('DO $$ BEGIN RAISE INFO %L; END $$', concat_ws(' ', c.function, nullif(c.what, ''))), 'BEGIN',
	coalesce(r.preparation, 'SELECT'), 'SAVEPOINT s', r.statement,
	CASE c.outcome WHEN 'ok' THEN 'RELEASE s' ELSE 'ROLLBACK TO s' END, $$PREPARE TRANSACTION 'pca'$$,
	$$ROLLBACK PREPARED 'pca'$$
FROM call AS c,
	LATERAL (SELECT pg_temp.statement(c.call, :'ca', :'certificate', :'csr', :'own',
		pg_temp.policy(:'ca', '690000000009'), :'bytes') AS statement,
	format(c.preparation, :'ca') AS preparation) AS r
ORDER BY c.n \gexec
\o
\set ECHO all
-- Calls that the rows above do not have: a token that was used; a CA that is not
-- there; what a role that only reads can lock.
SELECT pca_create_certificate_authority(pg_temp.configuration('Token'), 'ROOT',
	idempotency_token => 'token') IS NOT NULL AS created;
BEGIN;
SELECT pca_create_certificate_authority(
	'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA",
		"Subject": {"CommonName": "Token"}}',
	'ROOT', idempotency_token => 'token') IS NOT NULL AS found;
PREPARE TRANSACTION 'pca';
BEGIN;
SAVEPOINT s;
SELECT pca_issue_certificate(
	'arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/00000000-0000-0000-0000-000000000000',
	:'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}');
ROLLBACK TO s;
PREPARE TRANSACTION 'pca';
CREATE ROLE regress_pca_auditor;
SELECT pca_grant_access('regress_pca_auditor', 'auditor');
BEGIN;
SET LOCAL ROLE regress_pca_auditor;
SELECT count(*) FROM pca_create_certificate_authority_audit_report(:'ca', 'bucket', 'JSON');
PREPARE TRANSACTION 'pca';
DROP OWNED BY regress_pca_auditor;
DROP ROLE regress_pca_auditor;
-- The session's next transaction is not affected.
BEGIN;
SELECT count(*) FROM pca_list_tags(:'ca');
PREPARE TRANSACTION 'pca';
ROLLBACK PREPARED 'pca';
SELECT count(*) AS prepared FROM pg_prepared_xacts;

--
-- What a lock is
--

CREATE VIEW pg_temp.own_lock AS
	SELECT locktype, database = (SELECT oid FROM pg_database WHERE datname = current_database()) AS is_here,
		objsubid, mode, classid, objid
	FROM pg_locks
	WHERE pid = pg_backend_pid() AND locktype IN ('userlock', 'advisory', 'object')
		AND (locktype <> 'object' OR database <> 0);
-- The 64 bits that a name stands for.
CREATE FUNCTION pg_temp.tag(name bytea) RETURNS TABLE (classid oid, objid oid) LANGUAGE sql AS $$
	WITH octet AS (SELECT i, get_byte(sha256(name), i)::bigint AS value FROM generate_series(0, 7) AS i)
	SELECT sum(value << 8 * i) FILTER (WHERE i < 4)::bigint::oid,
		sum(value << 8 * (i - 4)) FILTER (WHERE i >= 4)::bigint::oid
	FROM octet
$$;

-- The whole of a CA's id and the whole of a token's scope count, whatever their first bits are.
BEGIN;
SELECT pca_tag_certificate_authority(:'ca', '[{"Key": "k"}]');
SELECT pca_issue_certificate(:'ca', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}',
	idempotency_token => 'one') IS NOT NULL AS issued;
SELECT report.audit_report_id IS NOT NULL AS reported
FROM pca_create_certificate_authority_audit_report(:'ca', 'bucket', 'JSON') AS report;
SELECT l.objsubid, l.locktype, l.is_here, l.mode,
	(l.classid, l.objid) IN (SELECT t.classid, t.objid
		FROM pg_temp.tag(CASE WHEN objsubid < 5 THEN uuid_send(right(:'ca', 36)::uuid)
			ELSE '000000000000'::bytea || '\x00' || 'IssueCertificate' || '\x00' || uuid_send(right(:'ca', 36)::uuid)
				|| 'one' END) AS t) AS is_named_by_all
FROM pg_temp.own_lock AS l ORDER BY 1, 4;
ROLLBACK;

-- Two tokens with the same 32-bit hash have two locks.
SELECT min(t) AS one, max(t) AS other
FROM (SELECT 'token-' || i AS t FROM generate_series(1, 300000) AS i) AS token
GROUP BY hashtext(t) HAVING count(*) > 1 ORDER BY 1 LIMIT 1 \gset
SELECT :'one' <> :'other' AS are_two, hashtext(:'one') = hashtext(:'other') AS have_one_hash;
BEGIN;
SELECT count(pca_issue_certificate(:'ca', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}',
	idempotency_token => t))
FROM unnest(ARRAY[:'one', :'other']) AS t;
SELECT count(*) FROM pg_temp.own_lock WHERE objsubid = 5;
ROLLBACK;
-- The same token is a different one for another operation, certificate authority or account.
BEGIN;
SELECT count(pca_issue_certificate(ca, :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}',
	idempotency_token => 'one'))
FROM unnest(ARRAY[:'ca', :'second']) AS ca;
SELECT pca_create_certificate_authority(pg_temp.configuration('Third'), 'ROOT',
	idempotency_token => 'one') IS NOT NULL AS created;
SET LOCAL pca.account_id = '690000000001';
SELECT pca_create_certificate_authority(pg_temp.configuration('Third'), 'ROOT',
	idempotency_token => 'one') IS NOT NULL AS created;
SELECT count(*) FROM pg_temp.own_lock WHERE objsubid = 5;
ROLLBACK;

-- What a user can lock is of another type.
BEGIN;
SELECT pca_issue_certificate(:'ca', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') IS NOT NULL AS issued;
SELECT pg_advisory_xact_lock(classid::bigint::bit(32)::int, objid::bigint::bit(32)::int)
FROM pg_temp.own_lock;
SELECT locktype, count(*) FROM pg_temp.own_lock GROUP BY 1 ORDER BY 1;
ROLLBACK;
