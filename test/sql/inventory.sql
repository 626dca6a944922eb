-- The views: certificates and certificate authorities of the caller's account.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
SET pca.account_id = '700000000001';
\d pca.certificates
\d pca.certificate_authorities

SELECT pca_create_certificate_authority(pg_temp.configuration('Root'), 'ROOT') AS root \gset
CALL pg_temp.activate_root(:'root');
CREATE FUNCTION pg_temp.issue(authority text, csr text, template text DEFAULT 'EndEntityCertificate')
RETURNS text LANGUAGE sql AS $$
	SELECT pca_issue_certificate(authority, csr, 'SHA256WITHECDSA', '{"Value": 30, "Type": "DAYS"}',
		'arn:aws:acm-pca:::template/' || template || '/V1')
$$;

--
-- Subjects and names of every kind
--

\set every_form `cat test/fixtures/csr/good/san-every-form.pem`
\set only `cat test/fixtures/csr/good/san-only.pem`
\set rdns `cat test/fixtures/csr/good/subject-20-rdns.pem`
\set bmp `cat test/fixtures/csr/repaired/subject-bmp.pem`
\set email `cat test/fixtures/csr/good/subject-email.pem`
\set multi `cat test/fixtures/csr/good/subject-multi-valued-rdn.pem`
\set printable `cat test/fixtures/csr/good/subject-printable.pem`
\set private `cat test/fixtures/csr/good/subject-private-attribute.pem`
\set t61 `cat test/fixtures/csr/good/subject-t61-ascii.pem`
\set universal `cat test/fixtures/csr/repaired/subject-universal.pem`
\set utf8 `cat test/fixtures/csr/good/subject-utf8.pem`
CREATE TEMPORARY TABLE issued AS
SELECT n, what, pg_temp.issue(:'root', csr) AS arn
FROM (VALUES (1, 'every form of name', :'every_form'), (2, 'no subject', :'only'), (3, '20 RDNs', :'rdns'),
	(4, 'BMPString', :'bmp'), (5, 'emailAddress', :'email'), (6, 'multi-valued RDN', :'multi'),
	(7, 'PrintableString', :'printable'), (8, 'private attribute', :'private'), (9, 'T61String', :'t61'),
	(10, 'UniversalString', :'universal'), (11, 'UTF8String', :'utf8')) AS v (n, what, csr);
SELECT i.what, c.subject, c.subject_alternative_names
FROM issued AS i JOIN pca.certificates AS c ON c.certificate_arn = i.arn ORDER BY i.n;
SELECT count(*) FROM pca.certificates WHERE 'DNS:device-1.example.com' = ANY (subject_alternative_names);
-- Bytes that are not a certificate have none, and hide no other row.
SELECT count(pca.certificate_subject(value)) FROM unnest(ARRAY['\x', '\x3000', '\x30']::bytea[]) AS value;
SELECT count(pca.certificate_subject_alternative_names(value))
FROM unnest(ARRAY['\x', '\x30030101ff']::bytea[]) AS value;
SELECT pca.certificate_subject(NULL), pca.certificate_subject_alternative_names(NULL);

--
-- Columns, statuses
--

SELECT certificate_arn = arn AS arn, certificate_authority_arn = :'root' AS authority,
	serial ~ '^[0-9a-f]{32}$' AS serial,
	not_before < issued_at AS not_before, not_after > issued_at AS not_after, template_arn, status, revoked_at,
	revocation_reason
FROM pca.certificates JOIN issued ON certificate_arn = arn WHERE what = 'UTF8String';
-- The template's partition is the CA's.
SET pca.partition = 'aws-cn';
SELECT pca_create_certificate_authority(pg_temp.configuration('China'), 'ROOT') AS china \gset
RESET pca.partition;
SELECT pca_issue_certificate(:'china', pca_get_certificate_authority_csr(:'china'), 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "YEARS"}', 'arn:aws-cn:acm-pca:::template/RootCACertificate/V1') AS china_arn \gset
SELECT template_arn FROM pca.certificates WHERE certificate_arn = :'china_arn';
SELECT a.status, v.status
FROM pca_describe_certificate_authority(:'root') AS a JOIN pca.certificate_authorities AS v USING (arn);
SELECT count(*) AS rows, count(*) FILTER (WHERE to_jsonb(v) = to_jsonb(d)) AS same
FROM pca.certificate_authorities AS v, LATERAL pca_describe_certificate_authority(v.arn) AS d;
-- The view is read-only.
SELECT pg_temp.exception('DELETE FROM pca.certificates');
-- No column has bytes: neither keys nor certificates.
SELECT attrelid::regclass, attname FROM pg_attribute
WHERE attrelid IN ('pca.certificates'::regclass, 'pca.certificate_authorities'::regclass)
	AND atttypid IN ('bytea'::regtype, 'bytea[]'::regtype);

--
-- Accounts
--

CREATE ROLE regress_pca_auditor;
SELECT pca_grant_access('regress_pca_auditor', 'auditor'),
	pca_register_account('regress_pca_auditor', '700000000002');
SELECT count(*) AS certificates FROM pca.certificates \gset
SET pca.account_id = '700000000002';
SELECT (SELECT count(*) FROM pca.certificates) AS certificates,
	(SELECT count(*) FROM pca.certificate_authorities) AS authorities;
SELECT pca_create_certificate_authority(pg_temp.configuration('Other'), 'ROOT') AS other \gset
CALL pg_temp.activate_root(:'other');
SELECT certificate_authority_arn = :'other' AS other, subject FROM pca.certificates;
SELECT arn = :'other' AS other FROM pca.certificate_authorities;
-- A function in a condition does not see another account's rows.
SET ROLE regress_pca_auditor;
CREATE FUNCTION pg_temp.tell(value text) RETURNS boolean
LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'saw %', value; RETURN true; END $$;
SELECT count(*) FROM pca.certificates WHERE pg_temp.tell(subject);
SELECT count(*) FROM pca.certificate_authorities WHERE pg_temp.tell(owner_account);
RESET ROLE;
SET pca.account_id = '700000000001';
SELECT count(*) = :certificates AS same FROM pca.certificates;
DELETE FROM pca.account WHERE role = 'regress_pca_auditor'::regrole;
DROP OWNED BY regress_pca_auditor;
DROP ROLE regress_pca_auditor;

--
-- Indexes: with many certificates, those that expire soon are found by theirs, through the view
--

-- The lines of a plan that read a relation.
CREATE FUNCTION pg_temp.scans(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Scan .*on certificate|Index Cond: .*not_after' THEN
			RETURN NEXT regexp_replace(line, '^[ >-]*', '');
		END IF;
	END LOOP;
END
$$;
BEGIN;
INSERT INTO pca.certificate (authority_id, serial, issued_at, not_before, not_after, account_id, template,
	certificate, session_user_name, current_user_name)
SELECT a.id, gen_random_uuid(), now(), now(), now() + n * interval '1 hour', a.account_id,
	'EndEntityCertificate/V1', '', 'somebody', 'somebody'
FROM pca.certificate_authority AS a, generate_series(1, 20000) AS n
WHERE a.arn = :'root';
ANALYZE pca.certificate, pca.certificate_authority, pca.revocation;
SET LOCAL enable_seqscan = off;
SELECT scan
FROM pg_temp.scans($$SELECT certificate_arn FROM pca.certificates
	WHERE not_after < now() + interval '7 days'$$) AS scan
WHERE scan ~ ' certificate c$|not_after';
-- Without that setting too.
SET LOCAL enable_seqscan = on;
SELECT scan
FROM pg_temp.scans($$SELECT certificate_arn FROM pca.certificates
	WHERE not_after < now() + interval '7 days'$$) AS scan
WHERE scan ~ ' certificate c$|not_after';
-- One certificate is found by its key.
SELECT scan
FROM pg_temp.scans($$SELECT certificate FROM pca.certificate
	WHERE authority_id = '00000000-0000-4000-8000-000000000000'
		AND serial = '00000000-0000-4000-8000-000000000000'$$) AS scan;
ROLLBACK;
-- And the list of an account's authorities, in its order.
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_sort = off;
SELECT scan
FROM pg_temp.scans($$SELECT csr FROM pca.certificate_authority
	WHERE account_id = '700000000001' AND (created_at, arn) > (now(), '')
	ORDER BY created_at, arn LIMIT 10$$) AS scan;
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET enable_sort;
