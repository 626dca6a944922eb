-- CRLs: what is in them, where they are, when maintenance writes them.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\i test/sql/include/crl.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '160000000001';

CREATE FUNCTION pg_temp.issue(authority text, csr text, days int DEFAULT 100) RETURNS text LANGUAGE sql AS $$
	SELECT right(pca_issue_certificate(authority, csr,
		(pca_describe_certificate_authority(authority)).certificate_authority_configuration ->> 'SigningAlgorithm',
		jsonb_build_object('Type', 'DAYS', 'Value', days)),
		32)
$$;
CREATE FUNCTION pg_temp.update_crl(authority text, more jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
	SELECT pca_update_certificate_authority(authority, pg_temp.crl_configuration(more))
$$;
-- Makes an authority's CRLs older than they are.
CREATE FUNCTION pg_temp.age(authority text, by interval) RETURNS void LANGUAGE sql AS $$
	UPDATE pca.crl AS r
	SET generated_at = r.generated_at - by, this_update = r.this_update - by, next_update = r.next_update - by
	FROM pca.certificate_authority AS a WHERE a.id = r.authority_id AND a.arn = age.authority
$$;
-- Sets the end of a revoked certificate's validity.
CREATE FUNCTION pg_temp.expire(number text, at timestamptz) RETURNS void
LANGUAGE sql SET session_replication_role = replica AS $$
	UPDATE pca.revocation SET not_after = at WHERE serial = number::uuid
$$;

--
-- The first one
--

SELECT pca_create_certificate_authority(pg_temp.configuration('CRL'), 'ROOT',
	pg_temp.crl_configuration()) AS ca \gset
SELECT pg_temp.maintain(:'ca') AS pending;
CALL pg_temp.activate_root(:'ca');
SELECT pg_temp.maintain(:'ca') AS its_own_certificate_alone;
SELECT pg_temp.exception(format('SELECT pca_get_crl(%L)', :'ca'));
BEGIN;
SELECT pg_temp.issue(:'ca', :'csr') AS serial \gset
SELECT pg_temp.maintain(:'ca') AS rolled_back;
SELECT pg_temp.exception(format('SELECT pca_get_crl(%L)', :'ca'));
ROLLBACK;
DELETE FROM known_crl;
SELECT pg_temp.exception(format('SELECT pca_get_crl(%L)', :'ca'));
SELECT count(*)
FROM pca.object AS o JOIN pca.certificate_authority AS a ON a.id = o.authority_id
WHERE a.arn = :'ca';
SELECT pg_temp.maintain(:'ca') AS none_yet;
SELECT pg_temp.issue(:'ca', :'csr') AS serial \gset
SELECT pg_temp.maintain(:'ca') AS first;
SELECT pg_temp.maintain(:'ca') AS nothing_new;
SELECT pca_get_crl(:'ca') AS crl \gset
SELECT :'crl'::bytea = pg_temp.crl_of(:'ca') AS is_object;
-- Version 2, one algorithm, the CA's name, the dates; no revokedCertificates when it is empty.
CREATE FUNCTION pg_temp.judge(authority text, crl bytea, OUT version bytea, OUT algorithm text,
	OUT is_one_algorithm boolean, OUT is_issuer boolean, OUT this_update boolean,
	OUT next_update interval, OUT number boolean, OUT key_identifier boolean, OUT extensions text,
	OUT entries bigint)
LANGUAGE sql AS $$
	SELECT f.version, encode(f.algorithm, 'hex'), f.algorithm = f.outer_algorithm,
		f.issuer = pg_temp.der_content(pg_temp.pem_to_der(c.certificate), 0, 0, 5),
		f.this_update = date_trunc('second', r.generated_at) - interval '1 hour'
			AND r.generated_at BETWEEN clock_timestamp() - interval '1 day' AND clock_timestamp(),
		f.next_update - date_trunc('second', r.generated_at),
		r.number = floor(extract(epoch FROM r.generated_at) * 1000) AND r.number = pg_temp.crl_number(crl),
		(SELECT substr(x.value, 5) = substr(s.value, 3)
			FROM pg_temp.crl_extensions(crl) AS x,
				pg_temp.certificate_extensions(pg_temp.pem_to_der(c.certificate)) AS s
			WHERE x.extension = 'authorityKeyIdentifier' AND s.extension = 'subjectKeyIdentifier'),
		(SELECT string_agg(x.extension || CASE WHEN x.critical THEN ', critical' ELSE '' END, '; ' ORDER BY x.n)
			FROM pg_temp.crl_extensions(crl) AS x),
		CASE WHEN f.revoked IS NOT NULL THEN (SELECT count(*) FROM pg_temp.crl_entries(crl)) END
	FROM pg_temp.crl_fields(crl) AS f, pca_get_certificate_authority_certificate(authority) AS c,
		pca.crl AS r JOIN pca.certificate_authority AS a ON a.id = r.id WHERE a.arn = authority
$$;
\x on
SELECT * FROM pg_temp.judge(:'ca', :'crl');
\x off
SELECT certificate_authority_arn = :'ca' AS ca, pg_temp.stable(url) AS url, bucket,
	pg_temp.stable(key) AS key, number = pg_temp.crl_number(:'crl') AS number,
	this_update < now() AS this_update, next_update > now() AS next_update,
	entries, outdated_since FROM pca.crls;

--
-- Entries
--

CREATE TEMPORARY TABLE revoked (n serial, reason text, serial text);
INSERT INTO revoked (reason)
SELECT unnest('{UNSPECIFIED,KEY_COMPROMISE,CERTIFICATE_AUTHORITY_COMPROMISE,AFFILIATION_CHANGED,
	SUPERSEDED,CESSATION_OF_OPERATION,PRIVILEGE_WITHDRAWN,A_A_COMPROMISE}'::text[]);
UPDATE revoked SET serial = pg_temp.issue(:'ca', :'csr');
SELECT count(pca_revoke_certificate(:'ca', serial, reason)) FROM revoked;
SELECT outdated_since IS NOT NULL AS is_outdated, entries FROM pca.crls;
SELECT pg_temp.maintain(:'ca') AS revoked;
SELECT outdated_since IS NOT NULL AS is_outdated, entries FROM pca.crls;
SELECT pg_temp.maintain(:'ca') AS nothing_new;
SELECT r.reason, e.reason AS code, e.extensions,
	e.revoked_at = date_trunc('second', v.revoked_at) AS revoked_at
FROM revoked AS r JOIN pca.revocation AS v ON v.serial = r.serial::uuid
	LEFT JOIN pg_temp.crl_entries(pca_get_crl(:'ca')) AS e ON e.serial = r.serial
ORDER BY r.n;
\x on
SELECT * FROM pg_temp.judge(:'ca', pca_get_crl(:'ca'));
\x off
-- What is rolled back is in no CRL.
BEGIN;
SELECT pca_revoke_certificate(:'ca', :'serial', 'SUPERSEDED');
SAVEPOINT s;
SELECT pg_temp.maintain(:'ca') AS with_the_own_revocation;
SELECT pg_temp.exception(format('SELECT pca_get_crl(%L)', :'ca'));
ROLLBACK TO s;
SELECT pg_temp.exception(format('SELECT pca_get_crl(%L)', :'ca'));
ROLLBACK;
SELECT pg_temp.maintain(:'ca') AS nothing_new;
SELECT count(*) FROM pg_temp.crl_entries(pca_get_crl(:'ca'));
-- A rollback removes its own mark, not that of the next revocation.
BEGIN;
SELECT pca_revoke_certificate(:'ca', :'serial', 'SUPERSEDED');
ROLLBACK;
SELECT pg_temp.issue(:'ca', :'csr') AS another \gset
SELECT pca_revoke_certificate(:'ca', :'another', 'SUPERSEDED');
SELECT pg_temp.maintain(:'ca') AS one_more;
BEGIN;
SAVEPOINT s;
SELECT pca_revoke_certificate(:'ca', :'serial', 'SUPERSEDED');
ROLLBACK TO s;
SELECT pca_revoke_certificate(:'ca', :'serial', 'SUPERSEDED');
COMMIT;
SELECT pg_temp.maintain(:'ca') AS one_more;
-- A statement that revokes a thousand marks the CRL once.
CREATE TEMPORARY TABLE bulk AS SELECT pg_temp.issue(:'ca', :'csr') AS serial FROM generate_series(1, 1000);
BEGIN;
SELECT count(pca_revoke_certificate(:'ca', serial, 'SUPERSEDED')) FROM bulk;
SELECT count(*) FROM pca.crl_change AS c JOIN pca.certificate_authority AS a ON a.id = c.crl_id
WHERE a.arn = :'ca';
ROLLBACK;

--
-- The algorithm is the CA's, whatever certificates are signed with
--

CREATE TEMPORARY TABLE algorithm (n serial, key text, signing text, arn text);
INSERT INTO algorithm (key, signing) VALUES
	('EC_prime256v1', 'SHA512WITHECDSA'), ('EC_secp384r1', 'SHA384WITHECDSA'),
	('EC_secp521r1', 'SHA256WITHECDSA'), ('RSA_2048', 'SHA256WITHRSA'), ('RSA_2048', 'SHA512WITHRSA_PSS');
UPDATE algorithm
SET arn = pca_create_certificate_authority(
	jsonb_build_object('KeyAlgorithm', key, 'SigningAlgorithm', signing,
		'Subject', jsonb_build_object('CommonName', signing)),
	'ROOT', pg_temp.crl_configuration());
DO $$
DECLARE
	authority text;
BEGIN
	FOR authority IN SELECT arn FROM algorithm ORDER BY n LOOP
		CALL pg_temp.activate_root(authority);
	END LOOP;
END
$$;
CREATE TEMPORARY TABLE issued AS
SELECT arn,
	right(pca_issue_certificate(arn, :'csr',
		CASE WHEN key LIKE 'RSA%' THEN 'SHA384WITHRSA' ELSE 'SHA384WITHECDSA' END, '{"Value": 1, "Type": "DAYS"}'),
		32) AS serial
FROM algorithm;
SELECT count(pca_revoke_certificate(arn, serial, 'SUPERSEDED')) FROM issued;
SELECT pca_run_maintenance();
SELECT a.key, a.signing, j.algorithm, j.is_one_algorithm, j.is_issuer, j.key_identifier, j.entries
FROM algorithm AS a, pg_temp.judge(a.arn, pca_get_crl(a.arn)) AS j ORDER BY a.n;

--
-- Where it is
--

CREATE FUNCTION pg_temp.objects(authority text)
RETURNS TABLE (bucket text, key text, content_type text, acl text, account_id text, is_size boolean,
	entries bigint)
LANGUAGE sql AS $$
	SELECT o.bucket, pg_temp.stable(o.key), o.content_type, o.acl, o.account_id, o.size = length(c.content),
		(SELECT count(*) FROM pg_temp.crl_entries(c.content))
	FROM pca.object AS o JOIN pca.certificate_authority AS a ON a.id = o.authority_id,
		LATERAL pg_temp.object_content(o.bucket, o.key) AS c (content)
	WHERE a.arn = authority ORDER BY o.bucket COLLATE "C", pg_temp.stable(o.key) COLLATE "C"
$$;
SELECT * FROM pg_temp.objects(:'ca');
SELECT step, pg_temp.update_crl(:'ca', more::jsonb)::text || pg_temp.maintain(:'ca') AS written
FROM (VALUES (1, 'another bucket', '{"S3BucketName": "other.bucket-1"}'),
	(2, 'a path', '{"CustomPath": "a"}'),
	(3, 'a longer one', '{"CustomPath": "a/b", "S3ObjectAcl": "BUCKET_OWNER_FULL_CONTROL"}'),
	(4, 'the root of the bucket', '{"CustomPath": "/"}'),
	(5, 'no CNAME', '{"CustomCname": null, "S3BucketName": "third"}'),
	(6, 'as at the start', '{}')) AS v (n, step, more)
ORDER BY n;
SELECT * FROM pg_temp.objects(:'ca');
-- A bucket that was changed without the service is noticed too.
UPDATE pca.certificate_authority
SET revocation_configuration = jsonb_set(revocation_configuration, '{CrlConfiguration,S3BucketName}',
	'"moved"'),
	last_state_change_at = clock_timestamp()
WHERE arn = :'ca';
SELECT pg_temp.maintain(:'ca') AS moved;
SELECT pg_temp.maintain(:'ca') AS nothing_new;
SELECT bucket FROM pca.crls WHERE certificate_authority_arn = :'ca';
-- No name that the configuration accepts leads out of the bucket's path.
SELECT path,
	pg_temp.exception(format('SELECT pg_temp.update_crl(%L, %L)', :'ca', jsonb_build_object('CustomPath', path)))
FROM (VALUES (1, '//'), (2, '/a'), (3, 'a/'), (4, 'a//b'), (5, ''), (6, 'a b'), (7, 'é'),
	(8, repeat('x', 253)), (9, repeat('x', 254)), (10, E'a\nb')) AS v (n, path)
ORDER BY n;

--
-- When it is written
--

SELECT pg_temp.update_crl(:'ca');
SELECT pg_temp.maintain(:'ca') AS updated;
SELECT pg_temp.age(:'ca', interval '83 hours');
SELECT pg_temp.maintain(:'ca') AS before_half_of_its_life;
SELECT pg_temp.age(:'ca', interval '2 hours');
SELECT pg_temp.maintain(:'ca') AS after_half_of_its_life;
SELECT pg_temp.maintain(:'ca') AS nothing_new;
SELECT pg_temp.age(:'ca', interval '100 days');
SELECT pg_temp.maintain(:'ca') AS long_over;
SELECT pg_temp.update_crl(:'ca', '{"ExpirationInDays": 5000}');
SELECT pg_temp.maintain(:'ca') AS longer;
SELECT next_update FROM pg_temp.judge(:'ca', pca_get_crl(:'ca'));
SELECT pg_temp.update_crl(:'ca', '{"ExpirationInDays": 1}');
SELECT pg_temp.maintain(:'ca') AS shorter;
SELECT next_update FROM pg_temp.judge(:'ca', pca_get_crl(:'ca'));
-- A change of the OCSP half makes another one too, which does no harm; a change of the status does not.
SELECT pca_update_certificate_authority(:'ca',
	'{"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "ocsp.example.com"}}');
SELECT pg_temp.maintain(:'ca') AS ocsp;
SELECT pca_update_certificate_authority(:'ca', status => 'DISABLED');
SELECT pg_temp.maintain(:'ca') AS disabled;
SELECT pg_temp.age(:'ca', interval '1 day');
SELECT pg_temp.maintain(:'ca') AS disabled_and_due;
SELECT pca_update_certificate_authority(:'ca', status => 'ACTIVE');
SELECT pg_temp.issue(:'ca', :'csr') AS while_disabled \gset
SELECT pca_update_certificate_authority(:'ca', status => 'DISABLED');
SELECT pca_revoke_certificate(:'ca', :'while_disabled', 'KEY_COMPROMISE');
SELECT pg_temp.maintain(:'ca') AS disabled_and_revoked;
-- CRLs that are disabled are not written; a revocation meanwhile is in the first one after that.
SELECT pca_update_certificate_authority(:'ca', '{"CrlConfiguration": {"Enabled": false}}', 'ACTIVE');
SELECT pg_temp.issue(:'ca', :'csr') AS while_off \gset
SELECT pca_revoke_certificate(:'ca', :'while_off', 'KEY_COMPROMISE');
SELECT pg_temp.age(:'ca', interval '100 days');
SELECT pg_temp.maintain(:'ca') AS off;
SELECT count(*) FROM pca.crls WHERE certificate_authority_arn = :'ca';
SELECT pg_temp.update_crl(:'ca');
SELECT pg_temp.maintain(:'ca') AS on_again;
SELECT count(*) FROM pg_temp.crl_entries(pca_get_crl(:'ca')) WHERE serial = :'while_off';
-- An authority that has expired or been deleted signs none; a restored one does.
BEGIN;
UPDATE pca.certificate_authority SET not_after = clock_timestamp() WHERE arn = :'ca';
SELECT pg_temp.age(:'ca', interval '100 days');
SELECT pg_temp.maintain(:'ca') AS expired;
ROLLBACK;
BEGIN;
SELECT pca_update_certificate_authority(:'ca', status => 'DISABLED');
SELECT pca_delete_certificate_authority(:'ca');
SELECT pg_temp.age(:'ca', interval '100 days');
SELECT pg_temp.maintain(:'ca') AS deleted;
SELECT pca_restore_certificate_authority(:'ca');
SELECT pg_temp.maintain(:'ca') AS restored;
ROLLBACK;
SELECT pg_temp.maintain(:'ca') AS nothing_new;

--
-- An entry is in one CRL more once its certificate has expired, and in no later one
--

CREATE FUNCTION pg_temp.has_entry(authority text, number text) RETURNS boolean LANGUAGE sql AS $$
	SELECT EXISTS (SELECT FROM pg_temp.crl_entries(pca_get_crl(authority)) AS e WHERE e.serial = number)
$$;
SELECT serial AS first FROM revoked WHERE n = 1 \gset
SELECT serial AS second FROM revoked WHERE n = 2 \gset
SELECT pg_temp.expire(:'first', clock_timestamp() - interval '1 hour');
SELECT pg_temp.age(:'ca', interval '100 days');
SELECT pg_temp.maintain(:'ca') AS one_more;
SELECT pg_temp.has_entry(:'ca', :'first') AS is_first, pg_temp.has_entry(:'ca', :'second') AS is_second;
SELECT pg_temp.age(:'ca', interval '1 millisecond');
SELECT pg_temp.update_crl(:'ca');
SELECT pg_temp.maintain(:'ca') AS no_more;
SELECT pg_temp.has_entry(:'ca', :'first') AS is_first, pg_temp.has_entry(:'ca', :'second') AS is_second;
SELECT status FROM pca.certificates WHERE serial = :'first';
-- Also when CRLs were disabled at that time.
SELECT pca_update_certificate_authority(:'ca', '{"CrlConfiguration": {"Enabled": false}}');
SELECT pg_temp.expire(:'second', clock_timestamp());
SELECT pg_temp.maintain(:'ca') AS off;
SELECT pg_temp.update_crl(:'ca');
SELECT pg_temp.maintain(:'ca') AS one_more;
SELECT pg_temp.has_entry(:'ca', :'second') AS is_second;
SELECT pg_temp.update_crl(:'ca');
SELECT pg_temp.maintain(:'ca') AS no_more;
SELECT pg_temp.has_entry(:'ca', :'second') AS is_second;

-- What was revoked after its certificate expired is in one CRL too.
SELECT pg_temp.issue(:'ca', :'csr') AS expired \gset
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE pca.certificate
SET not_before = not_before - interval '2 years', not_after = clock_timestamp() - interval '1 year'
WHERE serial = :'expired'::uuid;
COMMIT;
SET pca.revoke_expired_certificates = on;
SELECT pca_revoke_certificate(:'ca', :'expired', 'KEY_COMPROMISE');
RESET pca.revoke_expired_certificates;
SELECT pg_temp.maintain(:'ca') AS one_more;
SELECT pg_temp.has_entry(:'ca', :'expired') AS is_expired;
SELECT pg_temp.update_crl(:'ca');
SELECT pg_temp.age(:'ca', interval '-1 millisecond');
SELECT pg_temp.maintain(:'ca') AS no_more;
SELECT pg_temp.has_entry(:'ca', :'expired') AS is_expired;
-- The same goes for a revocation that was committed after a later CRL, when its certificate
-- had already expired.
SELECT pg_temp.issue(:'ca', :'csr') AS held \gset
SELECT pca_revoke_certificate(:'ca', :'held', 'KEY_COMPROMISE');
UPDATE pca.crl SET generated_at = clock_timestamp() WHERE id = right(:'ca', 36)::uuid;
SELECT pg_temp.expire(:'held', generated_at - interval '1 microsecond') FROM pca.crl
WHERE id = right(:'ca', 36)::uuid;
SELECT pg_temp.maintain(:'ca') AS one_more;
SELECT pg_temp.has_entry(:'ca', :'held') AS is_held;

--
-- There is one object, where the CRL was written last. When it is no longer maintained, it says when it ends
--

SELECT pg_temp.update_crl(:'ca', '{"S3BucketName": "elsewhere"}');
SELECT pg_temp.maintain(:'ca') AS moved;
SELECT o.bucket, pg_temp.stable(o.key) AS key, o.next_update - o.written_at AS life,
	c.number IS NOT NULL AS is_kept
FROM pca.objects AS o LEFT JOIN pca.crls AS c USING (bucket, key)
WHERE o.certificate_authority_arn = :'ca' AND o.bucket IN ('bucket', 'elsewhere') ORDER BY 1, 2;
SELECT pg_temp.stable(url) AS url FROM pca.crls WHERE certificate_authority_arn = :'ca';
SELECT pca_update_certificate_authority(:'ca', '{"CrlConfiguration": {"Enabled": false}}');
SELECT count(*) FROM pca.crls WHERE certificate_authority_arn = :'ca';
SELECT o.bucket, o.next_update - o.written_at AS life FROM pca.objects AS o
WHERE o.certificate_authority_arn = :'ca' AND o.bucket = 'elsewhere';
SELECT pg_temp.update_crl(:'ca');
SELECT pg_temp.maintain(:'ca') AS on_again;
-- An empty configuration has no URL.
SELECT n, pca.crl_url(configuration::jsonb, '00000000-0000-4000-8000-000000000000')
FROM (VALUES (1, NULL), (2, '{}'), (3, '[]'), (4, '"x"'), (5, '{"CrlConfiguration": 1}'),
	(6, '{"CrlConfiguration": {"Enabled": true}}'),
	(7, '{"CrlConfiguration": {"Enabled": false, "S3BucketName": "b"}}'),
	(8, '{"CrlConfiguration": {"Enabled": true, "S3BucketName": 1}}'),
	(9, '{"CrlConfiguration": {"Enabled": true, "S3BucketName": "b", "CustomPath": []}}'),
	(10, '{"CrlConfiguration": {"Enabled": true, "S3BucketName": "b", "CustomCname": {}}}'),
	(11, '{"CrlConfiguration": {"Enabled": true, "S3BucketName": "b"}}'),
	(12, '{"CrlConfiguration": {"Enabled": true, "S3BucketName": "b", "CustomCname": "c.example",
		"CustomPath": "p"}}')) AS v (n, configuration)
ORDER BY n;

--
-- A clock that goes back: the numbers still rise, and no entry that has not expired is lost
--

SELECT number AS number FROM pca.crls WHERE certificate_authority_arn = :'ca' \gset
SELECT entries AS entries FROM pca.crls WHERE certificate_authority_arn = :'ca' \gset
UPDATE pca.crl AS r
SET generated_at = r.generated_at + interval '10 years', next_update = r.next_update + interval '10 years',
	number = :number + 315360000000
FROM pca.certificate_authority AS a WHERE a.id = r.id AND a.arn = :'ca';
SELECT pg_temp.new_crls(:'ca') AS when_it_was_ahead;
SELECT pg_temp.maintain(:'ca') = format('complete: %s', :entries) AS is_written;
SELECT pg_temp.crl_number(crl) - :number - 315360000000 AS above,
	next_update - date_trunc('second', clock_timestamp()) BETWEEN interval '6 days'
		AND interval '7 days' AS is_next_update
FROM pca_get_crl(:'ca') AS crl, pg_temp.crl_fields(crl);
SELECT pg_temp.maintain(:'ca') AS nothing_new;
SELECT pg_temp.update_crl(:'ca');
SELECT pg_temp.maintain(:'ca') = format('complete: %s', :entries) AS is_written;
SELECT pg_temp.crl_number(pca_get_crl(:'ca')) - :number - 315360000000 AS above;

--
-- Partitions
--

-- The URL that a certificate names for its CRL.
CREATE FUNCTION pg_temp.cdp(number text) RETURNS text LANGUAGE sql AS $$
	SELECT convert_from(pg_temp.der_content(x.value, 0, 0, 0, 0, 0), 'UTF8')
	FROM pca.certificate AS c, pg_temp.certificate_extensions(c.certificate) AS x
	WHERE c.serial = number::uuid AND x.extension = 'cRLDistributionPoints' AND NOT x.critical
$$;
-- Partitions by their age: how many places are taken, what is written, and whether the CRL's
-- critical issuing distribution point is the URL that all of its certificates name.
CREATE FUNCTION pg_temp.partitions(authority text)
RETURNS TABLE (n bigint, certificates int, url text, key text, bucket text, extensions text, is_cdp boolean)
LANGUAGE sql AS $$
	SELECT row_number() OVER (ORDER BY p.created_at), p.certificates, pg_temp.stable(p.url),
		pg_temp.stable(r.key), r.bucket,
		(SELECT string_agg(x.extension || CASE WHEN x.critical THEN ', critical' ELSE '' END, '; ' ORDER BY x.n)
			FROM pg_temp.crl_extensions(pg_temp.crl_of(authority, p.id)) AS x),
		pg_temp.crl_url(pg_temp.crl_of(authority, p.id)) = p.url AND p.url LIKE '%' || p.id || '.crl'
			AND r.key LIKE '%' || p.id || '.crl'
			AND (SELECT bool_and(pg_temp.cdp(c.serial::text) = p.url) FROM pca.certificate AS c
				WHERE c.crl_partition = p.id)
	FROM pca.crl_partition AS p JOIN pca.certificate_authority AS a ON a.id = p.authority_id
		LEFT JOIN pca.crl AS r ON r.id = p.id
	WHERE a.arn = authority ORDER BY p.created_at
$$;
SELECT pca_create_certificate_authority(pg_temp.configuration('Partitioned'), 'ROOT',
	pg_temp.crl_configuration('{"CrlType": "PARTITIONED"}')) AS ca \gset
CALL pg_temp.activate_root(:'ca');
SELECT pg_temp.maintain(:'ca') AS its_own_certificate_alone;
SELECT pg_temp.issue(:'ca', :'csr') AS one \gset
SELECT pg_temp.issue(:'ca', :'csr') AS two \gset
SELECT pg_temp.maintain(:'ca') AS first;
SELECT * FROM pg_temp.partitions(:'ca');
SELECT pca_get_crl(:'ca') = pg_temp.crl_of(:'ca', p.id) AS is_newest
FROM pca.crl_partition AS p JOIN pca.certificate_authority AS a ON a.id = p.authority_id
WHERE a.arn = :'ca';
SELECT pca_revoke_certificate(:'ca', :'one', 'KEY_COMPROMISE');
SELECT pg_temp.maintain(:'ca') AS revoked;
SELECT url = pg_temp.cdp(:'one') AS is_url, entries FROM pca.crls WHERE certificate_authority_arn = :'ca';
-- The configuration changes: new certificates have partitions of their own, and what the old
-- ones name stays where it is.
SELECT pg_temp.update_crl(:'ca', '{"CrlType": "PARTITIONED", "CustomPath": "a/b"}');
SELECT pg_temp.issue(:'ca', :'csr') AS three \gset
SELECT pg_temp.maintain(:'ca') AS another_path;
SELECT pg_temp.update_crl(:'ca',
	'{"CrlType": "PARTITIONED", "CustomCname": "other.example.com", "CustomPath": "/"}');
SELECT pg_temp.issue(:'ca', :'csr') AS four \gset
SELECT pca_revoke_certificate(:'ca', :'two', 'SUPERSEDED');
SELECT pca_revoke_certificate(:'ca', :'four', 'SUPERSEDED');
SELECT pg_temp.maintain(:'ca') AS another_cname;
SELECT * FROM pg_temp.partitions(:'ca');
SELECT pg_temp.update_crl(:'ca', '{"CrlType": "PARTITIONED"}');
SELECT pg_temp.issue(:'ca', :'csr') AS five \gset
SELECT pg_temp.maintain(:'ca') AS as_at_first;
SELECT n, certificates FROM pg_temp.partitions(:'ca');
-- A full partition takes no more.
UPDATE pca.crl_partition AS p SET certificates = 15999 FROM pca.certificate_authority AS a
WHERE a.id = p.authority_id AND a.arn = :'ca' AND p.url = pg_temp.cdp(:'one');
SELECT pg_temp.issue(:'ca', :'csr') AS six \gset
SELECT pg_temp.issue(:'ca', :'csr') AS seven \gset
SELECT pg_temp.cdp(:'six') = pg_temp.cdp(:'one') AS six, pg_temp.cdp(:'seven') = pg_temp.cdp(:'one') AS seven;
SELECT pg_temp.maintain(:'ca') AS one_more;
-- The same within one statement; the places that it reserved and did not use are lost.
UPDATE pca.crl_partition AS p SET certificates = 15998 FROM pca.certificate_authority AS a
WHERE a.id = p.authority_id AND a.arn = :'ca' AND p.url = pg_temp.cdp(:'seven');
CREATE TEMPORARY TABLE many AS SELECT pg_temp.issue(:'ca', :'csr') AS serial FROM generate_series(1, 30);
SELECT count(*) FROM many GROUP BY pg_temp.cdp(serial) ORDER BY 1;
SELECT pg_temp.maintain(:'ca') AS one_more;
SELECT n, certificates, is_cdp FROM pg_temp.partitions(:'ca');
-- No two CRLs of an authority have the same number.
SELECT count(*), count(DISTINCT r.number)
FROM pca.crl AS r JOIN pca.certificate_authority AS a ON a.id = r.authority_id
WHERE a.arn = :'ca';
SELECT count(*) - count(DISTINCT number) AS same FROM known_crl;

-- From there to a complete CRL, which has everything; the partitions are kept up to date.
SELECT pg_temp.update_crl(:'ca');
SELECT pg_temp.issue(:'ca', :'csr') AS eight \gset
SELECT pg_temp.maintain(:'ca') AS complete;
SELECT crl_partition IS NULL AS is_in_none, pg_temp.stable(pg_temp.cdp(:'eight')) AS cdp
FROM pca.certificate WHERE serial = :'eight';
SELECT pg_temp.crl_url(pca_get_crl(:'ca')) AS url, count(*) AS entries
FROM pg_temp.crl_entries(pca_get_crl(:'ca'));
SELECT pca_revoke_certificate(:'ca', :'three', 'SUPERSEDED');
SELECT pg_temp.maintain(:'ca') AS in_both;
SELECT pca_revoke_certificate(:'ca', :'eight', 'SUPERSEDED');
SELECT pg_temp.maintain(:'ca') AS in_the_complete_one;
-- And back.
SELECT pg_temp.issue(:'ca', :'csr') AS nine \gset
SELECT pg_temp.update_crl(:'ca', '{"CrlType": "PARTITIONED"}');
SELECT pg_temp.maintain(:'ca') AS partitioned;
SELECT pca_revoke_certificate(:'ca', :'nine', 'SUPERSEDED');
SELECT pg_temp.maintain(:'ca') AS in_the_complete_one;
SELECT pca_revoke_certificate(:'ca', :'five', 'SUPERSEDED');
SELECT pg_temp.maintain(:'ca') AS in_both;
SELECT pg_temp.age(:'ca', interval '100 days');
SELECT pg_temp.maintain(:'ca') AS due;
-- After all certificates have expired one more CRL is written, and no later one.
UPDATE pca.crl_partition AS p SET not_after = clock_timestamp() - interval '1 day'
FROM pca.certificate_authority AS a
WHERE a.id = p.authority_id AND a.arn = :'ca' AND p.url = pg_temp.cdp(:'three');
SELECT pg_temp.age(:'ca', interval '100 days');
SELECT pg_temp.maintain(:'ca') AS due;
UPDATE pca.crl_partition AS p SET not_after = clock_timestamp() - interval '200 days'
FROM pca.certificate_authority AS a
WHERE a.id = p.authority_id AND a.arn = :'ca' AND p.url = pg_temp.cdp(:'three');
SELECT pg_temp.age(:'ca', interval '100 days');
SELECT pg_temp.maintain(:'ca') AS due;

-- A complete CRL that a certificate names is kept, also when it has not been written before the change.
SELECT pca_create_certificate_authority(pg_temp.configuration('Changed'), 'ROOT',
	pg_temp.crl_configuration()) AS changed \gset
CALL pg_temp.activate_root(:'changed');
SELECT pg_temp.issue(:'changed', :'csr') AS serial \gset
SELECT pg_temp.update_crl(:'changed', '{"CrlType": "PARTITIONED"}');
SELECT pca_revoke_certificate(:'changed', :'serial', 'SUPERSEDED');
SELECT pg_temp.maintain(:'changed') AS complete;
-- A CRL that no certificate names is not kept.
SELECT pca_create_certificate_authority(pg_temp.configuration('Changed'), 'ROOT',
	pg_temp.crl_configuration()) AS changed \gset
CALL pg_temp.activate_root(:'changed');
SELECT pg_temp.update_crl(:'changed', '{"CrlType": "PARTITIONED"}');
SELECT pg_temp.issue(:'changed', :'csr') AS serial \gset
SELECT pg_temp.maintain(:'changed') AS partition;

-- Certificates without the extension are in a partition too.
SELECT pca_create_certificate_authority(pg_temp.configuration('Omitted'), 'ROOT',
	pg_temp.crl_configuration(
		'{"CrlType": "PARTITIONED", "CustomCname": null,
			"CrlDistributionPointExtensionConfiguration": {"OmitExtension": true}}')) AS omitted \gset
CALL pg_temp.activate_root(:'omitted');
SELECT pg_temp.issue(:'omitted', :'csr') AS serial \gset
SELECT pg_temp.cdp(:'serial') AS cdp;
SELECT pca_revoke_certificate(:'omitted', :'serial', 'SUPERSEDED');
SELECT pg_temp.maintain(:'omitted') AS partition;
SELECT url, key, bucket, extensions FROM pg_temp.partitions(:'omitted');
SELECT pg_temp.update_crl(:'omitted',
	'{"CustomCname": null, "CrlDistributionPointExtensionConfiguration": {"OmitExtension": true}}');
SELECT pg_temp.maintain(:'omitted') AS complete;
SELECT pg_temp.crl_url(pca_get_crl(:'omitted')) AS url, count(*) AS entries
FROM pg_temp.crl_entries(pca_get_crl(:'omitted'));

-- The largest CRL of a partition: high serial numbers, dates beyond 2050, each with a reason.
INSERT INTO pca.revocation
SELECT p.authority_id, ('f' || right(md5(i::text), 31))::uuid, '2060-01-01 00:00:00Z', 'PRIVILEGE_WITHDRAWN',
	'2061-01-01 00:00:00Z', p.id, '160000000001', current_user, current_user
FROM pca.crl_partition AS p JOIN pca.certificate_authority AS a ON a.id = p.authority_id,
	generate_series(1, 15999) AS i
WHERE a.arn = :'omitted';
SELECT pg_temp.age(:'omitted', interval '100 days');
SELECT pg_temp.maintain(:'omitted') AS full;
SELECT length(crl) < 1000000 AS is_below_one_megabyte, e.*
FROM pca.crl_partition AS p JOIN pca.certificate_authority AS a ON a.id = p.authority_id,
	pg_temp.crl_of(a.arn, p.id) AS crl, pg_temp.crl_fields(crl) AS f,
	LATERAL (SELECT count(*),
		count(*) FILTER (WHERE length(e.whole) = 52
			AND position('\x180f' || '20600101000000Z'::bytea IN e.whole) = 22) AS largest
		FROM pg_temp.der(f.revoked) AS e) AS e
WHERE a.arn = :'omitted';
-- The two kinds have the same entries for them.
SELECT count(*), count(DISTINCT o.bucket || o.key)
FROM pca.object AS o JOIN pca.certificate_authority AS a ON a.id = o.authority_id,
	LATERAL pg_temp.crl_fields(pg_temp.object_content(o.bucket, o.key)) AS f
WHERE a.arn = :'omitted'
GROUP BY md5((SELECT string_agg(e.whole, '' ORDER BY e.whole) FROM pg_temp.der(f.revoked) AS e));

--
-- The settings: a certificate names their values at its issuance
--

CREATE FUNCTION pg_temp.urls(number text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT x.extension || ' '
		|| pg_temp.stable(substring(encode(x.value, 'escape') FROM 'https?://[-a-z0-9./:]*'))
	FROM pca.certificate AS c, pg_temp.certificate_extensions(c.certificate) AS x
	WHERE c.serial = number::uuid AND x.extension IN ('cRLDistributionPoints', 'authorityInfoAccess') ORDER BY 1
$$;
SET pca.crl_base_url = 'https://first.example.com/crls';
SET pca.ocsp_url = 'http://first.example.com/ocsp';
SELECT pca_create_certificate_authority(pg_temp.configuration('Settings'), 'ROOT',
	'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket"},
		"OcspConfiguration": {"Enabled": true}}') AS settings \gset
CALL pg_temp.activate_root(:'settings');
SELECT pg_temp.issue(:'settings', :'csr') AS serial \gset
SELECT pg_temp.urls(:'serial');
SET pca.crl_base_url = 'https://second.example.com/crls';
SET pca.ocsp_url = 'http://second.example.com/ocsp';
SELECT pg_temp.issue(:'settings', :'csr') AS serial \gset
SELECT pg_temp.urls(:'serial');
BEGIN;
SET LOCAL pca.crl_base_url = 'https://third.example.com';
SET LOCAL pca.ocsp_url = 'http://third.example.com';
SELECT pg_temp.issue(:'settings', :'csr') AS serial \gset
COMMIT;
SELECT pg_temp.urls(:'serial');
SELECT pg_temp.issue(:'settings', :'csr') AS serial \gset
SELECT pg_temp.urls(:'serial');
-- What such a URL can be.
SET pca.crl_base_url = 'ftp://example.com';
SET pca.crl_base_url = 'http://example.com/a b';
SELECT length(set_config('pca.crl_base_url', 'http://' || repeat('x', 505), false));
SELECT set_config('pca.crl_base_url', 'http://' || repeat('x', 506), false) IS NULL;
RESET pca.crl_base_url;
RESET pca.ocsp_url;

--
-- Failures stay where they are
--

SELECT arn AS failing FROM algorithm WHERE n = 1 \gset
SELECT arn AS sound FROM algorithm WHERE n = 2 \gset
SELECT pg_temp.update_crl(:'failing', '{"S3BucketName": "failing"}'),
	pg_temp.update_crl(:'sound', '{"S3BucketName": "sound"}');
CREATE FUNCTION pca.regress_pca_fail() RETURNS trigger
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the bucket fails' USING ERRCODE = '58030'; END $$;
CREATE TRIGGER regress_pca_fail BEFORE INSERT ON pca.object
	FOR EACH ROW WHEN (NEW.bucket = 'failing') EXECUTE FUNCTION pca.regress_pca_fail();
SELECT pg_temp.new_crls(:'failing') \g /dev/null
SELECT pg_temp.new_crls(:'sound') \g /dev/null
SELECT pca_run_maintenance();
SELECT pg_temp.new_crls(:'failing') AS failing, pg_temp.new_crls(:'sound') AS sound;
SELECT task, certificate_authority_arn = :'failing' AS failing, :'failing' LIKE '%' || object_id AS is_object,
	failed_at <= clock_timestamp() AS failed_at, failures, sqlstate, message
FROM pca.maintenance_failures;
-- The mark is still there, and so is the old CRL.
SELECT outdated_since IS NOT NULL AS is_outdated, bucket FROM pca.crls
WHERE certificate_authority_arn = :'failing';
SELECT entries FROM pg_temp.judge(:'failing', pca_get_crl(:'failing'));
SELECT pca_run_maintenance();
SELECT failures FROM pca.maintenance_failures;
-- Another account does not see it.
SET pca.account_id = '160000000002';
SELECT count(*) FROM pca.maintenance_failures;
SELECT count(*) FROM pca.crls;
SET pca.account_id = '160000000001';
DROP TRIGGER regress_pca_fail ON pca.object;
DROP FUNCTION pca.regress_pca_fail;
SELECT pg_temp.maintain(:'failing') AS failing;
SELECT count(*) FROM pca.maintenance_failures;
SELECT bucket, outdated_since FROM pca.crls WHERE certificate_authority_arn = :'failing';
-- A task that is not needed any more is no failure.
CREATE FUNCTION pca.regress_pca_fail() RETURNS trigger
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the bucket fails' USING ERRCODE = '58030'; END $$;
CREATE TRIGGER regress_pca_fail BEFORE INSERT ON pca.object
	FOR EACH ROW WHEN (NEW.bucket = 'failing') EXECUTE FUNCTION pca.regress_pca_fail();
SELECT pg_temp.update_crl(:'failing', '{"S3BucketName": "failing"}');
SELECT pg_temp.maintain(:'failing') AS failing;
SELECT failures FROM pca.maintenance_failures;
SELECT pca_update_certificate_authority(:'failing', '{"CrlConfiguration": {"Enabled": false}}');
SELECT pg_temp.maintain(:'failing') AS off;
SELECT count(*) FROM pca.maintenance_failures;
DROP TRIGGER regress_pca_fail ON pca.object;
DROP FUNCTION pca.regress_pca_fail;

-- In a new session, which has no key yet: an authority whose key is damaged does not keep
-- others from having CRLs.
UPDATE pca.private_key AS k
SET wrapped_key = set_byte(k.wrapped_key, 20, get_byte(k.wrapped_key, 20) # 1)
FROM pca.certificate_authority AS a WHERE a.id = k.authority_id AND a.arn = :'sound';
SELECT count(pg_temp.age(arn, '100 days')) FROM algorithm WHERE n >= 2;
SELECT string_agg(quote_literal(arn), ', ') AS others FROM algorithm WHERE n > 2 \gset
SELECT clock_timestamp() AS before \gset
\c -
SET pca.account_id = '160000000001';
SELECT pca_run_maintenance();
SELECT count(*)
FROM pca.crls AS c JOIN pca.certificate_authority AS a ON a.arn = c.certificate_authority_arn
	JOIN pca.crl AS r ON r.id = a.id
WHERE a.arn IN (:others) AND r.generated_at > :'before';
SELECT certificate_authority_arn = :'sound' AS is_damaged, task, failures, sqlstate, message
FROM pca.maintenance_failures;
UPDATE pca.private_key AS k
SET wrapped_key = set_byte(k.wrapped_key, 20, get_byte(k.wrapped_key, 20) # 1)
FROM pca.certificate_authority AS a WHERE a.id = k.authority_id AND a.arn = :'sound';
SELECT pca_run_maintenance();
SELECT r.generated_at > :'before' AS is_written
FROM pca.crl AS r JOIN pca.certificate_authority AS a ON a.id = r.id WHERE a.arn = :'sound';
SELECT count(*) FROM pca.maintenance_failures;
-- Contexts in which nothing may be written or signed.
SET default_transaction_read_only = on;
\set VERBOSITY terse
SELECT pca_run_maintenance();
SELECT length(pca_get_crl(:'sound')) > 0 AS is_read;
RESET default_transaction_read_only;
BEGIN;
UPDATE pca.crl SET next_update = generated_at FROM pca.certificate_authority AS a
WHERE a.id = crl.id AND a.arn = :'sound';
SELECT pca_run_maintenance();
PREPARE TRANSACTION 'pca';
CREATE MATERIALIZED VIEW regress_pca_maintained AS SELECT pca_run_maintenance()::text AS result WITH NO DATA;
REFRESH MATERIALIZED VIEW regress_pca_maintained;
DROP MATERIALIZED VIEW regress_pca_maintained;
-- Nothing is left to do for others.
SELECT pca_run_maintenance();
