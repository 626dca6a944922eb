-- What a server needs of an object: pca_object_head() and pca_object_content(). And
-- the certificate of an authority, which is served as one.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\i test/sql/include/crl.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '325000000001';
-- Whether something is at a place, or the error.
CREATE FUNCTION pg_temp.head(bucket text, key text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(nullif(pg_temp.exception(format('SELECT pca_object_head(%L, %L)', $1, $2)), 'no exception'),
		CASE WHEN pca_object_head($1, $2) IS NULL THEN 'nothing' ELSE 'found' END)
$$;
SELECT pca_create_certificate_authority(pg_temp.configuration('Writer'), 'ROOT',
	pg_temp.crl_configuration()) AS writer \gset
CALL pg_temp.activate_root(:'writer');
SELECT right(pca_issue_certificate(:'writer', :'csr', 'SHA256WITHECDSA', '{"Value": 100, "Type": "DAYS"}'),
	32) AS serial \gset
SELECT pg_temp.maintain(:'writer') AS first;
SELECT right(:'writer', 36) AS id, 'crl/' || right(:'writer', 36) || '.crl' AS key \gset
SELECT s3_key AS report FROM pca_create_certificate_authority_audit_report(:'writer', 'reports', 'CSV') \gset

--
-- Objects
--

-- The head says what is stored.
SELECT o.content_type,
	h = (o.id::text, o.size, o.content_type, o.written_at, coalesce(o.next_update, 'infinity')) AS head,
	o.next_update IS NULL AS is_forever,
	pca_object_content(h.etag) = pca_get_object(o.bucket, o.key) AS content,
	h.size = length(pca_object_content(h.etag)) AS size
FROM pca.object AS o, pca_object_head(o.bucket, o.key) AS h
WHERE o.account_id = '325000000001' AND o.acl = 'PUBLIC_READ' ORDER BY o.content_type;
-- What is not public is not for a server, also one of the account that owns it.
SELECT pca_object_head(bucket, key) IS NULL AS no_head, pca_object_content(id::text) IS NULL AS no_content
FROM pca.object WHERE key = :'report';
-- The columns are the same whatever the first call was.
SELECT (pca_object_head('bucket', :'key')).next_update
	= (pca_object_head('bucket', :'key')).written_at + interval '7 days' AS life;
-- Another ETag each time that it is written, also with the same content; the previous ETag
-- has no content.
SELECT etag AS before, written_at AS written_before FROM pca_object_head('bucket', :'key') \gset
SELECT pca_update_certificate_authority(:'writer', pg_temp.crl_configuration());
SELECT pg_temp.maintain(:'writer') AS again;
SELECT etag <> :'before' AS is_other, written_at > :'written_before' AS is_later,
	pca_object_content(:'before') IS NULL AS is_gone,
	pca_object_content(etag) = pca_get_crl(:'writer') AS is_newest
FROM pca_object_head('bucket', :'key');
-- The latest, whatever the snapshot.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT count(*) AS objects, pca_object_content(h.etag) IS NOT NULL AS is_there
FROM pca.object, pca_object_head('bucket', :'key') AS h WHERE key = :'key' GROUP BY 2;
COMMIT;
-- What this transaction has written is not read before its commit, nor what was there before.
BEGIN;
SELECT etag FROM pca_object_head('bucket', :'key') \gset
SELECT pca_update_certificate_authority(:'writer', pg_temp.crl_configuration());
SELECT pg_temp.maintain(:'writer') AS again;
SELECT id AS open FROM pca.object WHERE key = :'key' \gset
SELECT pg_temp.head('bucket', :'key');
SELECT pg_temp.exception(format('SELECT pca_object_content(%L)', :'open')),
	pca_object_content(:'etag') IS NULL AS is_gone;
ROLLBACK;
SELECT pca_object_content(:'open') IS NULL AS is_none, pca_object_content(:'etag') IS NOT NULL AS is_there;
SELECT what, pg_temp.head(bucket, key) FROM (VALUES
	(1, 'bucket, NULL', NULL, 'k'), (2, 'bucket, empty', '', 'k'), (3, 'bucket, 254', repeat('a', 254), 'k'),
	(4, 'key, NULL', 'bucket', NULL), (5, 'key, 1025', 'bucket', repeat('k', 1025)),
	(6, 'none', 'bucket', 'k')) AS v (n, what, bucket, key)
ORDER BY n;
SELECT etag, pg_temp.exception(format('SELECT pca_object_content(%L)', etag))
FROM (VALUES (1, NULL), (2, ''), (3, repeat('a', 65))) AS v (n, etag) ORDER BY n;
SELECT n, pca_object_content(etag) IS NULL AS is_none
FROM (VALUES (1, 'x'), (2, '"' || :'etag' || '"'), (3, upper(:'etag')),
	(4, gen_random_uuid()::text)) AS v (n, etag)
ORDER BY n;

--
-- The certificate of an authority
--

SELECT h.content_type, h.next_update, h.written_at = c.imported_at AS written_at,
	h.size = length(c.certificate) AS size, pca_object_content(h.etag) = c.certificate AS content,
	pca_get_object('ca', :'id' || '.cer') = c.certificate AS object,
	c.certificate = pg_temp.pem_to_der(g.certificate) AS is_current
FROM pca_object_head('ca', :'id' || '.cer') AS h, pca_get_certificate_authority_certificate(:'writer') AS g,
	pca.certificate_authority_certificate AS c
WHERE c.authority_id = :'id';
SELECT n, pg_temp.head(bucket, key) FROM (VALUES
	(1, 'ca', :'id'), (2, 'ca', :'id' || '.crl'), (3, 'ca', upper(:'id') || '.cer'), (4, 'ca', '.cer'),
	(5, 'ca', 'cer'), (6, 'ca', '00000000-0000-4000-8000-000000000000.cer'), (7, 'CA', :'id' || '.cer'),
	(8, 'bucket', :'id' || '.cer'), (9, 'ca', :'id' || '.cer.cer'),
	(10, 'ca', 'x' || :'id' || '.cer')) AS v (n, bucket, key)
ORDER BY n;
-- No bucket can have this name.
SELECT pg_temp.exception(format('SELECT pca_update_certificate_authority(%L, %L)', :'writer',
	pg_temp.crl_configuration('{"S3BucketName": "ca"}')));
SELECT pg_temp.exception(format('SELECT pca_create_certificate_authority_audit_report(%L, ''ca'', ''CSV'')',
	:'writer'));
-- None before the first one. A new one has another ETag; the previous ETag has no content.
SELECT pca_create_certificate_authority(pg_temp.configuration('Renewed'), 'SUBORDINATE') AS renewed \gset
SELECT pg_temp.head('ca', right(:'renewed', 36) || '.cer');
CALL pg_temp.activate_subordinate(:'renewed', :'writer');
SELECT etag AS first FROM pca_object_head('ca', right(:'renewed', 36) || '.cer') \gset
CALL pg_temp.activate_subordinate(:'renewed', :'writer');
SELECT etag <> :'first' AS is_other, pca_object_content(:'first') IS NULL AS is_gone,
	pca_object_content(etag) = pg_temp.pem_to_der(g.certificate) AS is_newest
FROM pca_object_head('ca', right(:'renewed', 36) || '.cer'),
	pca_get_certificate_authority_certificate(:'renewed') AS g;
-- Not before its commit.
SELECT g.certificate, g.certificate_chain AS chain
FROM pca_get_certificate_authority_certificate(:'renewed') AS g \gset
BEGIN;
SELECT pca_import_certificate_authority_certificate(:'renewed', :'certificate', :'chain');
SELECT pg_temp.head('ca', right(:'renewed', 36) || '.cer');
ROLLBACK;
SELECT count(*) FROM pca_object_head('ca', right(:'renewed', 36) || '.cer');
-- As long as the authority exists, in any status.
CREATE FUNCTION pg_temp.with_authority(id text, change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	object_etag text;
	certificate_etag text;
	result text;
BEGIN
	SELECT etag INTO object_etag FROM pca_object_head('bucket', 'crl/' || id || '.crl');
	SELECT etag INTO certificate_etag FROM pca_object_head('ca', id || '.cer');
	EXECUTE format('UPDATE pca.certificate_authority SET %s WHERE id = %L', change, id);
	result := concat_ws(', ', pg_temp.head('ca', id || '.cer'),
		pca_object_content(certificate_etag) IS NOT NULL,
		pg_temp.head('bucket', 'crl/' || id || '.crl'),
		pca_object_content(object_etag) IS NOT NULL,
		pg_temp.head('crl.example.com', 'crl/' || id || '.crl'));
	RAISE EXCEPTION USING ERRCODE = '00P01';
EXCEPTION WHEN SQLSTATE '00P01' THEN
	RETURN result;
END
$$;
SELECT what, pg_temp.with_authority(:'id', change) FROM (VALUES
	(1, 'disabled', $$status = 'DISABLED'$$), (2, 'expired', $$not_after = clock_timestamp()$$),
	(3, 'deleted', $$status = 'DELETED', status_before_deletion = 'DISABLED',
		restorable_until = clock_timestamp() + interval '1 hour'$$),
	(4, 'gone', $$status = 'DELETED', status_before_deletion = 'DISABLED',
		restorable_until = clock_timestamp()$$)) AS v (n, what, change)
ORDER BY n;

--
-- Who
--

CREATE ROLE regress_pca_server;
CREATE ROLE regress_pca_own;
SELECT pca_register_account('regress_pca_server', '325000000002'),
	pca_register_account('regress_pca_own', '325000000001');
SELECT pca_grant_access('regress_pca_server', 'status'), pca_grant_access('regress_pca_own', 'status');
SELECT id AS report_etag FROM pca.object WHERE key = :'report' \gset
SELECT role, what, pg_temp.as_role('regress_pca_' || role, statement) FROM (VALUES
	(1, 'a CRL', format('SELECT pca_object_head(''bucket'', %L)', :'key')),
	(2, 'its content', format('SELECT pca_object_content(%L)', :'etag')),
	(3, 'a report', format('SELECT pca_object_head(''reports'', %L)', :'report')),
	(4, 'its content', format('SELECT pca_object_content(%L)', :'report_etag')),
	(5, 'a certificate',
		format('SELECT pca_object_head(''ca'', %L)', :'id' || '.cer'))) AS s (n, what, statement),
	unnest('{own,server}'::text[]) AS role
ORDER BY n, role;
SELECT pca_register_account('regress_pca_server', NULL), pca_register_account('regress_pca_own', NULL);
DROP OWNED BY regress_pca_server, regress_pca_own;
DROP ROLE regress_pca_server, regress_pca_own;
-- A dormant database publishes nothing.
SELECT pca_suspend();
SELECT pg_temp.head(bucket, key)
FROM (VALUES ('bucket', :'key'), ('ca', :'id' || '.cer')) AS v (bucket, key);
SELECT pg_temp.exception(format('SELECT pca_object_content(%L)', :'etag'));
