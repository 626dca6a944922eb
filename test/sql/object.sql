-- pca_get_object() and the view pca.objects: who reads what was written to a bucket.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
SET pca.account_id = '320000000001';
SET pca.audit_report_interval = 0;
CREATE FUNCTION pg_temp.get(bucket text, key text) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.exception(format('SELECT pca_get_object(%L, %L)', bucket, key))
$$;
SELECT pca_create_certificate_authority(pg_temp.configuration('Writer'), 'ROOT') AS writer \gset
CALL pg_temp.activate_root(:'writer');
SELECT s3_key AS report FROM pca_create_certificate_authority_audit_report(:'writer', 'reports', 'CSV') \gset

-- An object as a CRL would be written: its pieces, then its row.
CREATE FUNCTION pg_temp.write(authority text, key text, acl text, VARIADIC pieces bytea[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	object_id uuid := gen_random_uuid();
BEGIN
	DELETE FROM pca.object AS o WHERE o.bucket = 'crls' AND o.key = write.key;
	INSERT INTO pca.object_chunk
	SELECT object_id, u.n - 1, u.piece FROM unnest(pieces) WITH ORDINALITY AS u (piece, n);
	INSERT INTO pca.object (bucket, key, id, authority_id, account_id, content_type, acl, written_at, size)
	VALUES ('crls', key, object_id, right(authority, 36)::uuid, split_part(authority, ':', 5),
		'application/pkix-crl', acl, clock_timestamp(),
		(SELECT coalesce(sum(length(p)), 0) FROM unnest(pieces) AS p));
END
$$;
SELECT pg_temp.write(:'writer', 'crl/public.crl', 'PUBLIC_READ', '\x3003', '\x', '\x020101');
SELECT pg_temp.write(:'writer', 'crl/private.crl', 'BUCKET_OWNER_FULL_CONTROL', '\x3003020102');
SELECT pg_temp.write(:'writer', 'crl/empty', 'PUBLIC_READ', VARIADIC '{}');
SELECT pg_temp.write(:'writer', 'crl/pieces', 'PUBLIC_READ',
	VARIADIC (SELECT array_agg(decode(lpad(to_hex(n), 4, '0'), 'hex') ORDER BY n)
		FROM generate_series(1, 300) AS n));

--
-- Content
--

SELECT pca_get_object(bucket => 'crls', key => 'crl/public.crl'), pca_get_object('crls', 'crl/empty'),
	encode(pca_get_object('reports', :'report'), 'escape') LIKE 'awsAccountId,%' AS report;
-- The pieces in their order.
SELECT (SELECT bool_and(get_byte(o, 2 * n - 2) * 256 + get_byte(o, 2 * n - 1) = n)
	FROM generate_series(1, 300) AS n) AS in_order,
	length(o)
FROM pca_get_object('crls', 'crl/pieces') AS o;
-- Of a report that has several pieces of 1 MB, the last one less.
INSERT INTO pca.certificate (authority_id, serial, issued_at, not_before, not_after, account_id, template,
	certificate, session_user_name, current_user_name)
SELECT authority_id, gen_random_uuid(), issued_at, not_before, not_after, account_id, template, certificate,
	session_user_name, current_user_name
FROM pca.certificate, generate_series(1, 6000) WHERE :'writer' LIKE '%' || authority_id;
SELECT s3_key AS large FROM pca_create_certificate_authority_audit_report(:'writer', 'reports', 'JSON') \gset
SELECT count(*) > 2 AS are_several,
	bool_and(length(content) = 1024 * 1024
		OR number = (SELECT max(number) FROM pca.object_chunk WHERE object_id = o.id)) AS are_full,
	sum(length(content)) = max(o.size) AS size
FROM pca.object AS o JOIN pca.object_chunk AS c ON c.object_id = o.id WHERE o.key = :'large';
SELECT jsonb_array_length(convert_from(pca_get_object('reports', :'large'), 'UTF8')::jsonb);
BEGIN READ ONLY;
SELECT length(pca_get_object('crls', 'crl/private.crl'));
COMMIT;
-- The latest content, whatever the snapshot.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) > 0 AS sees FROM pca.object;
SELECT length(pca_get_object('crls', 'crl/private.crl'));
COMMIT;
-- What the open transaction wrote cannot be read before its commit, and the older object not any more.
BEGIN;
SELECT pg_temp.write(:'writer', 'crl/private.crl', 'BUCKET_OWNER_FULL_CONTROL', '\x3003020103');
SELECT pg_temp.get('crls', 'crl/private.crl');
SAVEPOINT s;
SELECT pg_temp.write(:'writer', 'crl/new.crl', 'PUBLIC_READ', '\x00');
SELECT pg_temp.get('crls', 'crl/new.crl');
ROLLBACK TO s;
SELECT pg_temp.get('crls', 'crl/new.crl');
COMMIT;
SELECT pca_get_object('crls', 'crl/private.crl');

--
-- What cannot be read
--

SELECT what, pg_temp.get(bucket, key) FROM (VALUES
	(1, 'bucket, NULL', NULL, 'crl/public.crl'), (2, 'bucket, empty', '', 'crl/public.crl'),
	(3, 'bucket, 254', repeat('a', 254), 'crl/public.crl'), (4, 'bucket, another', 'reports', 'crl/public.crl'),
	(5, 'key, NULL', 'crls', NULL), (6, 'key, empty', 'crls', ''), (7, 'key, 1024', 'crls', repeat('k', 1024)),
	(8, 'key, 1025', 'crls', repeat('k', 1025)), (9, 'key, other case', 'crls', 'crl/PUBLIC.crl'),
	(10, 'key, a pattern', 'crls', 'crl/%'),
	(11, 'key, a path', 'crls', '../crls/crl/public.crl')) AS v (n, what, bucket, key)
ORDER BY n;
-- A value has 1 GB at most, header included.
BEGIN;
UPDATE pca.object SET size = 1024 * 1024 * 1024 - 4 WHERE key = 'crl/public.crl';
COMMIT;
SELECT pg_temp.get('crls', 'crl/public.crl');
BEGIN;
UPDATE pca.object SET size = 1024 * 1024 * 1024 - 5 WHERE key = 'crl/public.crl';
COMMIT;
SELECT pg_temp.get('crls', 'crl/public.crl');
BEGIN;
UPDATE pca.object SET size = 5 WHERE key = 'crl/public.crl';
COMMIT;

-- As long as its CA exists, in any status.
CREATE FUNCTION pg_temp.with_authority(authority text, change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('UPDATE pca.certificate_authority SET %s WHERE arn = %L', change, authority);
	result := pg_temp.get('crls', 'crl/public.crl') || ', in the view: '
		|| (SELECT count(*) FROM pca.objects WHERE key = 'crl/public.crl');
	RAISE EXCEPTION USING ERRCODE = '00P01';
EXCEPTION WHEN SQLSTATE '00P01' THEN
	RETURN result;
END
$$;
SELECT what, pg_temp.with_authority(:'writer', change) FROM (VALUES
	(1, 'disabled', $$status = 'DISABLED'$$), (2, 'expired', $$not_after = clock_timestamp()$$),
	(3, 'deleted', $$status = 'DELETED', status_before_deletion = 'DISABLED',
		restorable_until = clock_timestamp() + interval '1 hour'$$),
	(4, 'gone', $$status = 'DELETED', status_before_deletion = 'DISABLED',
		restorable_until = clock_timestamp()$$),
	(5, 'gone, never restorable', $$status = 'DELETED',
		status_before_deletion = 'DISABLED'$$)) AS v (n, what, change)
ORDER BY n;

--
-- Who
--

CREATE ROLE regress_pca_responder;
CREATE ROLE regress_pca_reader;
CREATE ROLE regress_pca_other;
CREATE ROLE regress_pca_issuer;
CREATE ROLE regress_pca_service;
SELECT pca_register_account(role::regrole, account)
FROM (VALUES ('regress_pca_responder', '320000000002'), ('regress_pca_reader', '320000000001'),
	('regress_pca_other', '320000000002'), ('regress_pca_issuer', '320000000001'),
	('regress_pca_service', '320000000001')) AS v (role, account);
SELECT pca_register_service_principal('regress_pca_service', 'acm.amazonaws.com');
SELECT pca_grant_access('regress_pca_responder', 'status'), pca_grant_access('regress_pca_reader', 'auditor'),
	pca_grant_access('regress_pca_other', 'auditor'),
	pca_grant_access('regress_pca_issuer', 'issuer'), pca_grant_access('regress_pca_service', 'auditor');
SELECT role, key, pg_temp.as_role('regress_pca_' || role, format('SELECT pca_get_object(''crls'', %L)', key))
FROM (VALUES (1, 'responder'), (2, 'reader'), (3, 'other'), (4, 'issuer'), (5, 'service')) AS r (n, role),
	(VALUES ('crl/private.crl'), ('crl/public.crl')) AS k (key)
ORDER BY n, key;
-- The view shows an account its own, public or not, and a service nothing.
SELECT bucket, key, content_type, acl, size, certificate_authority_arn = :'writer' AS authority,
	written_at BETWEEN clock_timestamp() - interval '1 hour' AND clock_timestamp() AS written_at
FROM pca.objects WHERE bucket = 'crls' ORDER BY key;
SET ROLE regress_pca_reader;
SELECT count(*), count(DISTINCT bucket) FROM pca.objects;
SET ROLE regress_pca_issuer;
SELECT count(*) FROM pca.objects;
SET ROLE regress_pca_other;
SELECT count(*) FROM pca.objects;
SET ROLE regress_pca_service;
SELECT count(*) FROM pca.objects;
SET ROLE regress_pca_responder;
SELECT bucket, key, acl FROM pca.objects ORDER BY key;
-- A function of the caller's own sees no row before the view has decided.
SET ROLE regress_pca_other;
SELECT count(*) FROM pca.objects WHERE pg_temp.leak(key);
RESET ROLE;
SELECT pca_register_account(role::regrole, NULL)
FROM unnest(
	'{regress_pca_responder,regress_pca_reader,regress_pca_other,regress_pca_issuer,
		regress_pca_service}'::text[]) AS role;
SELECT pca_register_service_principal('regress_pca_service', NULL);
DROP OWNED BY regress_pca_responder, regress_pca_reader, regress_pca_other, regress_pca_issuer,
	regress_pca_service;
DROP ROLE regress_pca_responder, regress_pca_reader, regress_pca_other, regress_pca_issuer,
	regress_pca_service;
