-- CRLs that move: what certificates name is found, and is the newest, as long as one of them is good.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\i test/sql/include/crl.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '165000000001';

CREATE FUNCTION pg_temp.issue(authority text, csr text, days int DEFAULT 100) RETURNS text LANGUAGE sql AS $$
	SELECT right(pca_issue_certificate(authority, csr, 'SHA256WITHECDSA',
		jsonb_build_object('Type', 'DAYS', 'Value', days)),
		32)
$$;
CREATE FUNCTION pg_temp.update_crl(authority text, more jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
	SELECT pca_update_certificate_authority(authority, pg_temp.crl_configuration(more))
$$;
CREATE FUNCTION pg_temp.revoke_one(authority text, serial text) RETURNS void LANGUAGE sql AS $$
	SELECT pca_revoke_certificate(authority, serial, 'SUPERSEDED')
$$;
-- What is at a place: the newest CRL of an authority or a partition, also by its ETag, or the error.
CREATE FUNCTION pg_temp.at(crl uuid, bucket text, path text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	place text := replace(path, 'ID', crl::text);
	newest record;
	head record;
BEGIN
	SELECT o.id, o.size, o.written_at, o.next_update, pg_temp.object_content(o.bucket, o.key) AS content
	INTO STRICT newest
	FROM pca.crl AS r JOIN pca.object AS o ON o.bucket = r.bucket AND o.key = r.key WHERE r.id = crl;
	SELECT * INTO head FROM pca_object_head(bucket, place);
	IF head.etag IS NULL THEN
		RETURN CASE pca_get_object(bucket, place) WHEN newest.content THEN 'the newest, not public'
			ELSE 'another object' END;
	END IF;
	RETURN CASE
		WHEN (head.etag, head.size, head.content_type, head.written_at, head.next_update)
			IS DISTINCT FROM (newest.id::text, newest.size, 'application/pkix-crl'::text, newest.written_at,
				newest.next_update) THEN 'another head'
		WHEN pca_get_object(bucket, place) IS DISTINCT FROM newest.content THEN 'another object'
		WHEN pca_object_content(head.etag) IS DISTINCT FROM newest.content THEN 'another content'
		ELSE 'the newest' END;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE FUNCTION pg_temp.id(authority text) RETURNS uuid LANGUAGE sql AS $$
	SELECT right(authority, 36)::uuid
$$;

--
-- Where it is
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Moves'), 'ROOT',
	pg_temp.crl_configuration()) AS ca \gset
CALL pg_temp.activate_root(:'ca');
SELECT pg_temp.issue(:'ca', :'csr') AS serial \gset
SELECT pg_temp.maintain(:'ca') AS first;
CREATE TEMPORARY TABLE place (n serial, bucket text, path text);
INSERT INTO place (bucket, path) VALUES
	('bucket', 'crl/ID.crl'), ('crl.example.com', 'crl/ID.crl'), ('CRL.Example.com', 'crl/ID.crl'),
	('other.example.com', 'crl/ID.crl'), ('bucket', 'ID.crl'), ('crl.example.com', 'CRL/ID.crl'),
	('example.com', 'crl/ID.crl'), ('crl.example.com', 'ID.crl'), ('crl', 'ID.crl'),
	('crl.example.com', '/crl/ID.crl'), ('crl.example.com', 'crl/ID.crl?'),
	('bucket', 'crl/00000000-0000-0000-0000-000000000000.crl');
SELECT bucket, path, pg_temp.at(pg_temp.id(:'ca'), bucket, path) FROM place ORDER BY n;
SELECT count(*) FROM pca.crl_former_url;

--
-- A complete CRL
--

DELETE FROM place;
INSERT INTO place (bucket, path) VALUES
	('bucket', 'crl/ID.crl'), ('crl.example.com', 'crl/ID.crl'), ('other.bucket-1', 'crl/ID.crl'),
	('crl.example.com', 'a/b/ID.crl'), ('third', 'a/b/ID.crl'), ('new.example.com', 'ID.crl'),
	('third', 'ID.crl'), ('bucket', 'a/b/ID.crl'), ('other.bucket-1', 'ID.crl');
CREATE TEMPORARY TABLE move (n int, step text, more jsonb);
INSERT INTO move VALUES
	(1, 'another bucket', '{"S3BucketName": "other.bucket-1"}'),
	(2, 'a path, no CNAME', '{"S3BucketName": "third", "CustomPath": "a/b", "CustomCname": null}'),
	(3, 'another CNAME', '{"S3BucketName": "third", "CustomCname": "new.example.com", "CustomPath": "/"}');
-- What is found after a change and before the CRL is written again.
CREATE FUNCTION pg_temp.move(authority text, serial text, m int)
RETURNS TABLE (bucket text, path text, changed text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.update_crl(authority, more) FROM move WHERE n = m;
	PERFORM pg_temp.revoke_one(authority, serial);
	RETURN QUERY
	SELECT p.bucket, p.path, pg_temp.at(pg_temp.id(authority), p.bucket, p.path) FROM place AS p
	ORDER BY p.n;
END
$$;
SELECT pg_temp.issue(:'ca', :'csr') AS serial \gset
SELECT bucket, path, changed FROM pg_temp.move(:'ca', :'serial', 1);
SELECT pg_temp.maintain(:'ca') AS moved;
SELECT bucket, path, pg_temp.at(pg_temp.id(:'ca'), bucket, path) FROM place ORDER BY n;
SELECT pg_temp.issue(:'ca', :'csr') AS serial \gset
SELECT bucket, path, changed FROM pg_temp.move(:'ca', :'serial', 2);
SELECT pg_temp.maintain(:'ca') AS moved;
SELECT pg_temp.issue(:'ca', :'csr') AS serial \gset
SELECT bucket, path, changed FROM pg_temp.move(:'ca', :'serial', 3);
SELECT pg_temp.maintain(:'ca') AS moved;
SELECT bucket, path, pg_temp.at(pg_temp.id(:'ca'), bucket, path) FROM place ORDER BY n;
-- There is one object, at one place; the rest are names.
SELECT bucket, pg_temp.stable(key) AS key FROM pca.objects WHERE certificate_authority_arn = :'ca';
SELECT pg_temp.stable(url) AS url,
	not_after BETWEEN now() + interval '99 days' AND now() + interval '101 days' AS until_they_expire,
	crl_id = pg_temp.id(:'ca') AS is_complete
FROM pca.crl_former_url WHERE authority_id = pg_temp.id(:'ca') ORDER BY url COLLATE "C";
-- Back at the first place, the object itself is there.
SELECT pg_temp.update_crl(:'ca');
SELECT pg_temp.maintain(:'ca') AS moved;
SELECT bucket, pg_temp.stable(key) AS key FROM pca.objects WHERE certificate_authority_arn = :'ca';
SELECT bucket, path, pg_temp.at(pg_temp.id(:'ca'), bucket, path) FROM place ORDER BY n;
-- A CRL that is turned off stays where it was, under both names.
SELECT pca_update_certificate_authority(:'ca', '{"CrlConfiguration": {"Enabled": false}}');
SELECT bucket, path, pg_temp.at(pg_temp.id(:'ca'), bucket, path) FROM place ORDER BY n LIMIT 2;
SELECT pg_temp.update_crl(:'ca', '{"S3BucketName": "again"}');
SELECT pg_temp.maintain(:'ca') AS on_again;
SELECT bucket, path, pg_temp.at(pg_temp.id(:'ca'), bucket, path) FROM place ORDER BY n LIMIT 2;
-- An open transaction's move is not read before its commit.
BEGIN;
SELECT pg_temp.update_crl(:'ca', '{"S3BucketName": "open"}');
SELECT pg_temp.maintain(:'ca') AS moved;
SELECT pg_temp.at(pg_temp.id(:'ca'), 'again', 'crl/ID.crl');
ROLLBACK;
SELECT pg_temp.at(pg_temp.id(:'ca'), 'again', 'crl/ID.crl');

--
-- Until certificates have expired
--

SELECT pg_temp.update_crl(:'ca', '{"S3BucketName": "last", "CustomCname": "last.example.com"}');
SELECT pg_temp.maintain(:'ca') AS moved;
UPDATE pca.crl_former_url SET not_after = clock_timestamp()
WHERE authority_id = pg_temp.id(:'ca') AND url ~ '^http';
SELECT bucket, path, pg_temp.at(pg_temp.id(:'ca'), bucket, path) FROM place ORDER BY n LIMIT 2;
-- Maintenance removes the URLs of its own account that no certificate names any more.
CREATE ROLE regress_pca_mover;
SELECT pca_register_account('regress_pca_mover', '165000000002'),
	pca_grant_access('regress_pca_mover', 'administrator');
SELECT count(*) FROM pca.crl_former_url WHERE not_after < clock_timestamp();
SET ROLE regress_pca_mover;
SELECT pca_run_maintenance();
RESET ROLE;
SELECT count(*) FROM pca.crl_former_url WHERE not_after < clock_timestamp();
SELECT pg_temp.maintain(:'ca') AS nothing_new;
SELECT count(*) FILTER (WHERE not_after < clock_timestamp()) AS expired, count(*) > 0 AS others
FROM pca.crl_former_url;
-- A place that certificates do not name any more is named again.
SELECT pg_temp.update_crl(:'ca');
SELECT pg_temp.maintain(:'ca') AS moved;
SELECT pg_temp.at(pg_temp.id(:'ca'), 'last.example.com', 'crl/ID.crl'),
	pg_temp.at(pg_temp.id(:'ca'), 'crl.example.com', 'crl/ID.crl');
-- None that no certificate can name: before the first certificate, and with a root's own.
SELECT pca_create_certificate_authority(pg_temp.configuration('Early'), 'ROOT',
	pg_temp.crl_configuration()) AS early \gset
SELECT pg_temp.update_crl(:'early', '{"S3BucketName": "second"}');
CALL pg_temp.activate_root(:'early');
SELECT pg_temp.update_crl(:'early', '{"S3BucketName": "third"}');
SELECT count(*) FROM pca.crl_former_url WHERE authority_id = pg_temp.id(:'early');
-- A URL that was named before the CRL was ever written.
SELECT pg_temp.issue(:'early', :'csr') AS serial \gset
SELECT pg_temp.update_crl(:'early', '{"S3BucketName": "fourth", "CustomCname": "fourth.example.com"}');
SELECT pca_object_head('third', 'crl/' || pg_temp.id(:'early') || '.crl') IS NULL AS is_missing;
SELECT pg_temp.maintain(:'early') AS first;
SELECT bucket, pg_temp.at(pg_temp.id(:'early'), bucket, 'crl/ID.crl')
FROM unnest('{second,third,crl.example.com,fourth,fourth.example.com}'::text[]) AS bucket;
-- The same configuration again is not a move.
SELECT count(*) AS former FROM pca.crl_former_url WHERE authority_id = pg_temp.id(:'early') \gset
SELECT pg_temp.update_crl(:'early',
	'{"S3BucketName": "fourth", "CustomCname": "fourth.example.com", "ExpirationInDays": 8}');
SELECT pg_temp.maintain(:'early') AS no_move;
SELECT count(*) - :former AS more FROM pca.crl_former_url WHERE authority_id = pg_temp.id(:'early');

--
-- The current object decides who may read it
--

SET ROLE regress_pca_mover;
SELECT pg_temp.exception(format('SELECT pca_get_object(''third'', %L)',
	'crl/' || pg_temp.id(:'early') || '.crl'));
RESET ROLE;
SELECT pg_temp.update_crl(:'early', '{"S3BucketName": "fifth", "S3ObjectAcl": "BUCKET_OWNER_FULL_CONTROL"}');
SELECT pg_temp.maintain(:'early') AS private;
SET ROLE regress_pca_mover;
SELECT pg_temp.exception(format('SELECT pca_get_object(%L, %L)', bucket,
	'crl/' || pg_temp.id(:'early') || '.crl'))
FROM unnest('{third,fourth.example.com,fifth}'::text[]) AS bucket;
RESET ROLE;
SELECT pg_temp.at(pg_temp.id(:'early'), 'third', 'crl/ID.crl');

--
-- CNAMEs
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Names'), 'ROOT',
	pg_temp.crl_configuration()) AS names \gset
CALL pg_temp.activate_root(:'names');
SELECT pg_temp.issue(:'names', :'csr') AS serial \gset
SELECT pg_temp.maintain(:'names') AS first;
-- A port is not part of a host; a path is part of the key; what is not a host names nothing.
CREATE FUNCTION pg_temp.named(authority text, cname text, bucket text, path text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.update_crl(authority, jsonb_build_object('CustomCname', cname));
	RETURN pg_temp.at(pg_temp.id(authority), bucket, path);
END
$$;
SELECT cname, bucket, path, pg_temp.named(:'names', cname, bucket, path) FROM (VALUES
	(1, '1.example.com:8080', '1.example.com', 'crl/ID.crl'),
	(2, '2.example.com:8080', '2.example.com:8080', 'crl/ID.crl'),
	(3, '3.example.com:8080', '3.example.com:808', 'crl/ID.crl'),
	(4, '4.example.com/x', '4.example.com', 'x/crl/ID.crl'),
	(5, '5.example.com:80/x', '5.example.com', 'x/crl/ID.crl'), (6, '6.example.com/x', 'x', 'crl/ID.crl'),
	(7, 'u@7.example.com', '7.example.com', 'crl/ID.crl'), (8, '8.example.com?', '8.example.com', 'crl/ID.crl'),
	(9, 'NINE.example.com', 'nine.EXAMPLE.com', 'crl/ID.crl'),
	(10, '10.example.com', '0.example.com', 'crl/ID.crl'),
	(11, 'a', 'a', 'crl/ID.crl')) AS v (n, cname, bucket, path)
ORDER BY n;
-- A CNAME that contains the URL of another CA's CRL takes nothing from it.
SELECT pg_temp.update_crl(:'names',
	jsonb_build_object('CustomCname', 'fourth.example.com/crl/' || pg_temp.id(:'early') || '.crl?'));
SELECT pg_temp.at(pg_temp.id(:'early'), 'fourth.example.com', 'crl/ID.crl');

--
-- Partitions
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Partitions'), 'ROOT',
	pg_temp.crl_configuration('{"CrlType": "PARTITIONED", "CustomCname": null}')) AS parts \gset
CALL pg_temp.activate_root(:'parts');
SELECT pg_temp.issue(:'parts', :'csr') AS serial \gset
SELECT crl_partition AS one FROM pca.certificate WHERE serial = :'serial' \gset
-- Before it is first written, its bucket changes; those that are opened then have a CNAME.
SELECT pg_temp.update_crl(:'parts', '{"CrlType": "PARTITIONED", "S3BucketName": "second"}');
SELECT pg_temp.issue(:'parts', :'csr') AS serial \gset
SELECT crl_partition AS two FROM pca.certificate WHERE serial = :'serial' \gset
SELECT pg_temp.maintain(:'parts') AS first;
SELECT pg_temp.update_crl(:'parts',
	'{"CrlType": "PARTITIONED", "S3BucketName": "third", "CustomPath": "p", "CustomCname": null}');
SELECT pg_temp.revoke_one(:'parts', :'serial');
SELECT pg_temp.maintain(:'parts') AS moved;
SELECT bucket, path, pg_temp.at(:'one', bucket, path) AS one, pg_temp.at(:'two', bucket, path) AS two
FROM (VALUES
	(1, 'bucket', 'crl/ID.crl'), (2, 'second', 'crl/ID.crl'), (3, 'third', 'crl/ID.crl'),
	(4, 'third', 'p/ID.crl'), (5, 'crl.example.com', 'crl/ID.crl')) AS v (n, bucket, path)
ORDER BY n;
SELECT bucket, count(*) FROM pca.objects WHERE certificate_authority_arn = :'parts' GROUP BY bucket;
-- Its certificates have expired.
UPDATE pca.crl_partition SET not_after = clock_timestamp() WHERE id IN (:'one', :'two');
UPDATE pca.crl_former_url SET not_after = clock_timestamp() WHERE authority_id = pg_temp.id(:'parts');
SELECT bucket, path, pg_temp.at(:'one', bucket, path) AS one, pg_temp.at(:'two', bucket, path) AS two
FROM (VALUES
	(1, 'bucket', 'crl/ID.crl'), (2, 'second', 'crl/ID.crl'), (3, 'third', 'crl/ID.crl'),
	(5, 'crl.example.com', 'crl/ID.crl')) AS v (n, bucket, path)
ORDER BY n;

-- They go with their authority.
DELETE FROM pca.certificate_authority WHERE arn IN (:'ca', :'parts');
SELECT count(*) FROM pca.crl_former_url WHERE authority_id IN (pg_temp.id(:'ca'), pg_temp.id(:'parts'));
SELECT pca_register_account('regress_pca_mover', NULL);
DROP OWNED BY regress_pca_mover;
DROP ROLE regress_pca_mover;
