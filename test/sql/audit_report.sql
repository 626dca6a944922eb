-- CreateCertificateAuthorityAuditReport, DescribeCertificateAuthorityAuditReport,
-- and the waiter for them.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
\set passthrough 'arn:aws:acm-pca:::template/EndEntityCertificate_APIPassthrough/V1'
SET pca.account_id = '310000000001';
-- A report is in UTC, whatever the session's time zone.
SET timezone = 'Pacific/Kiritimati';

CREATE FUNCTION pg_temp.create_report(authority text, bucket text DEFAULT 'reports',
	format text DEFAULT 'JSON')
RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.exception(format('SELECT pca_create_certificate_authority_audit_report(%L, %L, %L)',
		authority, bucket, format))
$$;
CREATE FUNCTION pg_temp.describe_report(authority text, id text) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.exception(format('SELECT pca_describe_certificate_authority_audit_report(%L, %L)', authority,
		id))
$$;
CREATE FUNCTION pg_temp.wait_report(authority text, id text, delay int DEFAULT 0, attempts int DEFAULT 1)
RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.exception(format('SELECT pca_wait_audit_report_created(%L, %L, %L, %L)', authority, id, delay,
		attempts))
$$;
CREATE FUNCTION pg_temp.content(bucket text, key text) RETURNS text LANGUAGE sql AS $$
	SELECT convert_from(pca_get_object(bucket, key), 'UTF8')
$$;
-- Times too.
CREATE FUNCTION pg_temp.without_times(message text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(message, '\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000', 'TIME', 'g')
$$;

SELECT pca_create_certificate_authority(pg_temp.configuration('Reported'), 'ROOT') AS root \gset
CALL pg_temp.activate_root(:'root');

--
-- Every member, in both formats, byte for byte
--

-- An ordinary certificate, one of another account, one by a service, one that is
-- revoked, one that has expired, one with a subject that has to be quoted.
CREATE ROLE regress_pca_tenant;
CREATE ROLE regress_pca_renewer;
SELECT pca_register_account('regress_pca_tenant', '310000000002'),
	pca_grant_access('regress_pca_tenant', 'administrator');
SELECT pca_register_service_principal('regress_pca_renewer', 'acm.amazonaws.com'),
	pca_grant_access('regress_pca_renewer', 'administrator');
SELECT pca_create_permission(:'root', 'acm.amazonaws.com',
	'{IssueCertificate,GetCertificate,ListPermissions}');
SELECT pca_put_policy(:'root', pg_temp.sharing(:'root', '310000000002'));
CREATE TEMPORARY TABLE issued (n serial, serial uuid);
GRANT INSERT ON issued TO PUBLIC;
GRANT USAGE ON issued_n_seq TO PUBLIC;
CREATE FUNCTION pg_temp.issue(authority text, csr text, template text DEFAULT NULL,
	passthrough jsonb DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
	INSERT INTO issued (serial)
	SELECT right(pca_issue_certificate(authority, csr, 'SHA256WITHECDSA', '{"Value": 30, "Type": "DAYS"}',
		template, passthrough),
		32)::uuid
$$;
SELECT pg_temp.issue(:'root', :'csr');
SET ROLE regress_pca_tenant;
SELECT pg_temp.issue(:'root', :'csr');
SET ROLE regress_pca_renewer;
SELECT pg_temp.issue(:'root', :'csr');
RESET ROLE;
SELECT pg_temp.issue(:'root', :'csr') FROM generate_series(1, 2);
-- No subject has a character that could end a line of the report.
SELECT pg_temp.exception(format('SELECT pg_temp.issue(%L, %L, %L, %L)', :'root', :'csr', :'passthrough',
	jsonb_build_object('Subject', jsonb_build_object('CommonName', 'a' || character || 'b'))))
FROM (VALUES (1, E'\n'), (2, E'\r'), (3, E'\t'), (4, E'\x7f'), (5, U&'\0085')) AS v (n, character) ORDER BY n;
SELECT pg_temp.issue(:'root', :'csr', :'passthrough',
	'{"Subject": {"Country": "DE", "Organization": "Example, \"Inc.\"",
		"OrganizationalUnit": "=cmd|'' /C calc''!A0", "SerialNumber": "42",
	"State": "Baden-Württemberg", "CommonName": "\\ back", "Locality": " Ulm "}}');
-- What is printed below is the same at every run.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE pca.certificate AS c SET
	serial = ('f0e0d0c0-0000-0000-0000-00000000000' || coalesce(i.n, 0))::uuid,
	issued_at = timestamptz '2024-02-29 23:59:59.999999+00' + coalesce(i.n, 0) * interval '1 day',
	not_before = timestamptz '2024-02-29 22:59:59+00' + coalesce(i.n, 0) * interval '1 day',
	not_after = CASE i.n WHEN 5 THEN timestamptz '2024-12-31 00:00:00+00'
		ELSE timestamptz '9999-12-31 23:59:59+00' END
FROM pca.certificate AS o LEFT JOIN issued AS i ON i.serial = o.serial
WHERE :'root' LIKE '%' || c.authority_id AND o.authority_id = c.authority_id AND o.serial = c.serial;
COMMIT;
INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason, not_after, account_id,
	session_user_name, current_user_name)
SELECT authority_id, serial, '2024-06-30 12:00:00.5+14', 'KEY_COMPROMISE', not_after, account_id, 'somebody',
	'somebody'
FROM pca.certificate
WHERE :'root' LIKE '%' || authority_id AND serial = 'f0e0d0c0-0000-0000-0000-000000000004';
SET pca.audit_report_interval = 0;
SELECT audit_report_id AS id, s3_key AS key FROM pca_create_certificate_authority_audit_report(
	certificate_authority_arn => :'root', s3_bucket_name => 'reports',
	audit_report_response_format => 'JSON') \gset
SELECT :'id' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' AS is_uuid,
	:'key' = 'audit-report/' || right(:'root', 36) || '/' || :'id' || '.json' AS key;
SELECT audit_report_status, s3_bucket_name, s3_key = :'key' AS key,
	created_at BETWEEN clock_timestamp() - interval '1 hour' AND clock_timestamp() AS created_at
FROM pca_describe_certificate_authority_audit_report(certificate_authority_arn => :'root',
	audit_report_id => :'id');
SELECT content_type, acl, size = length(pca_get_object('reports', :'key')) AS size,
	certificate_authority_arn = :'root' AS authority
FROM pca.objects WHERE key = :'key';
\pset tuples_only on
SELECT replace(pg_temp.content('reports', :'key'), right(:'root', 36), 'CA_ID');
SELECT s3_key AS csv FROM pca_create_certificate_authority_audit_report(:'root', 'reports', 'CSV') \gset
SELECT replace(pg_temp.content('reports', :'csv'), right(:'root', 36), 'CA_ID');
\pset tuples_only off
SELECT :'csv' ~ ('^audit-report/' || right(:'root', 36) || '/[-0-9a-f]{36}\.csv$') AS key;
SELECT content_type, acl, account_id FROM pca.object WHERE key = :'csv';
-- The members are in the order of the text; jsonb would not keep it.
SELECT string_agg(m.key, ' ' ORDER BY m.n)
FROM json_array_elements(pg_temp.content('reports', :'key')::json) WITH ORDINALITY AS r (row, n),
	json_object_keys(r.row) WITH ORDINALITY AS m (key, n) WHERE r.n = 5;
-- Each format has the same certificates, and no other line break.
SELECT length(content) - length(replace(content, E'\n', '')) AS line_feeds,
	position(E'\r' IN content) AS carriage_return, right(content, 1) = E'\n' AS ends_in_line_feed
FROM (VALUES (pg_temp.content('reports', :'key')), (pg_temp.content('reports', :'csv'))) AS v (content);

-- Another partition appears in every ARN.
SET pca.partition = 'aws-cn';
SELECT pca_create_certificate_authority(pg_temp.configuration('Elsewhere'), 'ROOT') AS elsewhere \gset
RESET pca.partition;
BEGIN;
SELECT pca_issue_certificate(:'elsewhere', pca_get_certificate_authority_csr(:'elsewhere'), 'SHA256WITHECDSA',
	'{"Value": 30, "Type": "DAYS"}', 'arn:aws-cn:acm-pca:::template/RootCACertificate/V1') AS own \gset
COMMIT;
SELECT pca_import_certificate_authority_certificate(:'elsewhere', certificate)
FROM pca_get_certificate(:'elsewhere', :'own');
SELECT s3_key AS other
FROM pca_create_certificate_authority_audit_report(:'elsewhere', 'reports', 'JSON') \gset
SELECT r->>'templateArn' AS template, r->>'certificateArn' = :'own' AS certificate
FROM jsonb_array_elements(pg_temp.content('reports', :'other')::jsonb) AS r;
-- A CA that has issued nothing: an empty array, a header alone.
BEGIN;
DELETE FROM pca.certificate WHERE :'elsewhere' LIKE '%' || authority_id;
COMMIT;
SELECT s3_key AS json
FROM pca_create_certificate_authority_audit_report(:'elsewhere', 'reports', 'JSON') \gset
SELECT s3_key AS csv FROM pca_create_certificate_authority_audit_report(:'elsewhere', 'reports', 'CSV') \gset
SELECT pg_temp.content('reports', :'json')::json AS json,
	encode(pca_get_object('reports', :'csv'), 'escape') AS csv;

--
-- Subjects: RFC 2253 as Java writes it, against RFC 4514 and what is hostile
--

CREATE FUNCTION pg_temp.attribute(oid text, value text, tag text DEFAULT '0c') RETURNS bytea
LANGUAGE sql AS $$
	SELECT pg_temp.tlv('30', pg_temp.tlv('06', decode(oid, 'hex')), pg_temp.tlv(tag, convert_to(value, 'UTF8')))
$$;
CREATE FUNCTION pg_temp.raw(oid text, value text) RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.tlv('30', pg_temp.tlv('06', decode(oid, 'hex')), decode(value, 'hex'))
$$;
CREATE FUNCTION pg_temp.rdn(VARIADIC attributes bytea[]) RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.tlv('31', VARIADIC attributes)
$$;
-- The certificate with another subject; its signature does not matter here.
CREATE FUNCTION pg_temp.with_subject(certificate bytea, subject bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.tlv('30', pg_temp.tlv('30', VARIADIC tbs.parts), signature.rest)
	FROM (SELECT array_agg(CASE d.n WHEN 5 THEN pg_temp.tlv('30', subject) ELSE d.whole END ORDER BY d.n)
		FROM pg_temp.der(pg_temp.der_content(certificate, 0, 0)) AS d) AS tbs (parts),
		(SELECT string_agg(d.whole, ''::bytea ORDER BY d.n)
			FROM pg_temp.der(pg_temp.der_content(certificate, 0)) AS d WHERE d.n > 0) AS signature (rest)
$$;
\set cn 550403
\set dc 0992268993f22c640119
\set uid 0992268993f22c640101
CREATE TEMPORARY TABLE subject (n int, what text, name bytea);
INSERT INTO subject VALUES
	(1, 'none', ''),
	(2, 'every keyword',
		pg_temp.rdn(pg_temp.attribute('550406', 'US', '13'))
			|| pg_temp.rdn(pg_temp.attribute('550408', 'Washington'))
			|| pg_temp.rdn(pg_temp.attribute('550407', 'Seattle'))
			|| pg_temp.rdn(pg_temp.attribute('55040a', 'Example Company'))
			|| pg_temp.rdn(pg_temp.attribute('55040b', 'Sales'))
			|| pg_temp.rdn(pg_temp.attribute(:'cn', 'www.example1.com'))
			|| pg_temp.rdn(pg_temp.attribute('550409', '1 Main Street'))
			|| pg_temp.rdn(pg_temp.attribute(:'dc', 'example', '16'))
			|| pg_temp.rdn(pg_temp.attribute(:'uid', 'jsmith'))),
	(3, 'no keyword there',
		pg_temp.rdn(pg_temp.attribute('550405', '42', '13')) || pg_temp.rdn(pg_temp.attribute('55040c', 'Dr.'))
			|| pg_temp.rdn(pg_temp.attribute('550404', 'Lučić'))
			|| pg_temp.rdn(pg_temp.attribute('55042e', 'q', '13'))
			|| pg_temp.rdn(pg_temp.attribute('2a864886f70d010901', 'sales@example.com', '16'))),
	(4, 'RFC 4514: Sales',
		pg_temp.rdn(pg_temp.attribute(:'dc', 'net', '16')) || pg_temp.rdn(pg_temp.attribute(:'dc', 'example', '16'))
			|| pg_temp.rdn(pg_temp.attribute('55040b', 'Sales'), pg_temp.attribute(:'cn', 'J.  Smith'))),
	(5, 'RFC 4514: James',
		pg_temp.rdn(pg_temp.attribute(:'dc', 'net', '16'))
			|| pg_temp.rdn(pg_temp.attribute(:'cn', 'James "Jim" Smith, III'))),
	(6, 'RFC 4514: Before',
		pg_temp.rdn(pg_temp.attribute(:'dc', 'net', '16'))
			|| pg_temp.rdn(pg_temp.attribute(:'cn', E'Before\rAfter'))),
	(7, 'RFC 4514: 1466', pg_temp.rdn(pg_temp.raw('2b060104018b3a00', '04024869'))),
	(8, 'every special', pg_temp.rdn(pg_temp.attribute(:'cn', ',=+<>#;"\'))),
	(9, 'others', pg_temp.rdn(pg_temp.attribute(:'cn', $$!$%&'()*-./:?@[]^_`{|}~$$))),
	(10, 'number sign first', pg_temp.rdn(pg_temp.attribute(:'cn', '#1'))),
	(11, 'spaces around', pg_temp.rdn(pg_temp.attribute(:'cn', '  a  b  '))),
	(12, 'spaces alone', pg_temp.rdn(pg_temp.attribute(:'cn', '   '))),
	(13, 'a space', pg_temp.rdn(pg_temp.attribute(:'cn', ' '))),
	(14, 'empty', pg_temp.rdn(pg_temp.attribute(:'cn', ''))),
	(15, 'a backslash before the last space', pg_temp.rdn(pg_temp.attribute(:'cn', 'a\ '))),
	(16, 'beyond ASCII', pg_temp.rdn(pg_temp.attribute(:'cn', 'Zürich 東京 🔑'))),
	(17, 'no-break space, line separator', pg_temp.rdn(pg_temp.attribute(:'cn', U&'\00A0x\2028'))),
	(18, 'BMPString', pg_temp.rdn(pg_temp.raw(:'cn', '1e06005a00fc007a'))),
	(19, 'UniversalString', pg_temp.rdn(pg_temp.raw(:'cn', '1c080001f5110000002c'))),
	(20, 'T61String', pg_temp.rdn(pg_temp.raw(:'cn', '14035afc7a'))),
	(21, 'NumericString', pg_temp.rdn(pg_temp.raw(:'cn', '1203343220'))),
	(22, 'BIT STRING', pg_temp.rdn(pg_temp.raw(:'cn', '03020780'))),
	(23, 'UTF8String under an object identifier', pg_temp.rdn(pg_temp.attribute('2b06010401b737', 'x,y'))),
	(24, 'three in a set',
		pg_temp.rdn(pg_temp.attribute(:'cn', 'a+b'), pg_temp.attribute('550405', '1', '13'),
			pg_temp.attribute('55040b', 'c,d'))
			|| pg_temp.rdn(pg_temp.attribute('55040a', 'last'))),
	(25, 'a formula', pg_temp.rdn(pg_temp.attribute(:'cn', '=HYPERLINK("http://example.com","x")'))),
	(26, 'a row of its own', pg_temp.rdn(pg_temp.attribute(:'cn', '","x",2020-01-01T00:00:00+0000,'))),
	(27, 'an object of its own', pg_temp.rdn(pg_temp.attribute(:'cn', '"},{"awsAccountId":"0'))),
	(28, 'long', pg_temp.rdn(pg_temp.attribute(:'cn', repeat('x', 300))));
INSERT INTO pca.certificate (authority_id, serial, issued_at, not_before, not_after, account_id, template,
	certificate, session_user_name, current_user_name)
SELECT right(:'elsewhere', 36)::uuid, lpad(s.n::text, 32, '0')::uuid, c.issued_at, c.not_before, c.not_after,
	c.account_id, c.template, pg_temp.with_subject(c.certificate, s.name), 'x', 'x'
FROM subject AS s, pca.certificate AS c
WHERE :'root' LIKE '%' || c.authority_id AND c.serial = 'f0e0d0c0-0000-0000-0000-000000000001';
SELECT s3_key AS json
FROM pca_create_certificate_authority_audit_report(:'elsewhere', 'reports', 'JSON') \gset
SELECT s3_key AS csv FROM pca_create_certificate_authority_audit_report(:'elsewhere', 'reports', 'CSV') \gset
SELECT s.n, s.what, r.row->>'subject' AS subject
FROM subject AS s
	JOIN json_array_elements(pg_temp.content('reports', :'json')::json) AS r (row)
		ON ltrim(replace(r.row->>'serial', ':', ''), '0') = s.n::text
ORDER BY s.n;
-- A line for each in CSV too; the subject is what lies between the serial number and the first time.
SELECT s.n,
	substring(l.line FROM '[0-9],("(?:[^"]|"")*"),2024-03-01T22:59:59\+0000,')
		IS NOT DISTINCT FROM '"' || replace(r.row->>'subject', '"', '""') || '"' AS is_quoted,
	(SELECT count(*) FROM regexp_matches(l.line, ',', 'g')) AS commas
FROM subject AS s
	JOIN json_array_elements(pg_temp.content('reports', :'json')::json) AS r (row)
		ON ltrim(replace(r.row->>'serial', ':', ''), '0') = s.n::text
	LEFT JOIN regexp_split_to_table(pg_temp.content('reports', :'csv'), '\n') AS l (line)
		ON ltrim(replace(split_part(l.line, ',', 4), ':', ''), '0') = s.n::text
ORDER BY s.n;

--
-- One report per interval
--

RESET pca.audit_report_interval;
SHOW pca.audit_report_interval;
SELECT name, setting, unit, boot_val, min_val, max_val, context FROM pg_settings
WHERE name = 'pca.audit_report_interval';
SELECT pg_temp.without_times(pg_temp.create_report(:'root'));
-- DETAIL says when: the half hour is that of the last one.
DO $$ BEGIN
	PERFORM pca_create_certificate_authority_audit_report(arn, 'reports', 'JSON')
	FROM pca.certificate_authorities WHERE owner_account = '310000000001' AND arn LIKE 'arn:aws:%';
EXCEPTION WHEN SQLSTATE 'PCRIP' THEN
	DECLARE
		detail text;
		last timestamptz;
		times timestamptz[];
	BEGIN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		SELECT max(r.created_at) INTO last
		FROM pca.audit_report AS r JOIN pca.certificate_authority AS a ON a.id = r.authority_id
		WHERE detail LIKE '%' || a.arn || '%';
		SELECT array_agg(t[1]::timestamptz) INTO times
		FROM regexp_matches(detail, '\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000', 'g') AS t;
		RAISE NOTICE 'last: %, next: %', times[1] = date_trunc('second', last),
		times[2] - (last + interval '30 minutes') BETWEEN '0' AND interval '1 second';
	END;
END $$;
-- The age of the last one decides; one that failed does not count; other CAs have their own.
CREATE FUNCTION pg_temp.after(change text, authority text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE replace(change, 'MINE', format('%L LIKE ''%%'' || authority_id', authority));
	result := pg_temp.without_times(left(pg_temp.create_report(authority), 12));
	RAISE EXCEPTION USING ERRCODE = '00P01', MESSAGE = result;
EXCEPTION WHEN SQLSTATE '00P01' THEN
	RETURN result;
END
$$;
SELECT n, pg_temp.after(change, :'root') FROM (VALUES
	(1, $$UPDATE pca.audit_report SET created_at = clock_timestamp() - interval '15 minutes' WHERE MINE$$),
	(2, $$UPDATE pca.audit_report SET created_at = clock_timestamp() - interval '1800 seconds' WHERE MINE$$),
	(3, $$UPDATE pca.audit_report SET status = 'CREATING' WHERE MINE$$),
	(4, $$UPDATE pca.audit_report SET status = 'FAILED' WHERE MINE$$),
	(5, $$DELETE FROM pca.audit_report WHERE MINE$$),
	(6, $$SET LOCAL pca.audit_report_interval = 0$$),
	(7, $$UPDATE pca.audit_report SET created_at = clock_timestamp() - interval '1 minute' WHERE MINE;
		SET LOCAL pca.audit_report_interval = '1min'$$),
	(8, $$UPDATE pca.audit_report SET created_at = clock_timestamp() - interval '1 minute' WHERE MINE;
		SET LOCAL pca.audit_report_interval = '1h'$$)) AS v (n, change)
ORDER BY n;
-- The transaction's own report counts, that of a savepoint only until it is rolled back.
BEGIN;
DELETE FROM pca.audit_report WHERE :'root' LIKE '%' || authority_id;
SAVEPOINT s;
SELECT count(*) FROM pca_create_certificate_authority_audit_report(:'root', 'reports', 'JSON');
SELECT left(pg_temp.create_report(:'root'), 5);
ROLLBACK TO s;
SELECT count(*) FROM pca_create_certificate_authority_audit_report(:'root', 'reports', 'JSON');
ROLLBACK;
SET pca.audit_report_interval = 0;

--
-- What leaves the database has a durable record first
--

-- The report has what its own transaction issued: one commit stores both. Until
-- then its status is CREATING, and it cannot be read.
BEGIN;
SELECT pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}') AS open \gset
SELECT audit_report_id AS own, s3_key AS own_key
FROM pca_create_certificate_authority_audit_report(:'root', 'reports', 'JSON') \gset
SELECT audit_report_status FROM pca_describe_certificate_authority_audit_report(:'root', :'own');
SELECT pg_temp.exception(format('SELECT pca_get_object(%L, %L)', 'reports', :'own_key'));
SELECT pg_temp.wait_report(:'root', :'own', 3600, 1000000);
COMMIT;
SELECT audit_report_status FROM pca_describe_certificate_authority_audit_report(:'root', :'own');
SELECT pca_wait_audit_report_created(:'root', :'own');
SELECT count(*) FROM jsonb_array_elements(pg_temp.content('reports', :'own_key')::jsonb) AS r
WHERE r->>'certificateArn' = :'open';
BEGIN;
SELECT audit_report_id AS undone, s3_key AS undone_key
FROM pca_create_certificate_authority_audit_report(:'root', 'reports', 'JSON') \gset
ROLLBACK;
SELECT pg_temp.describe_report(:'root', :'undone'),
	pg_temp.exception(format('SELECT pca_get_object(%L, %L)', 'reports', :'undone_key'));
SELECT count(*) FROM pca.object_chunk AS c
WHERE NOT EXISTS (SELECT FROM pca.object AS o WHERE o.id = c.object_id);
-- The audit trail names the role that makes one.
SELECT operation, certificate_authority_arn = :'root' AS authority, resource = :'own_key' AS resource,
	account_id, service_principal
FROM pca.audit_trail WHERE resource IN (:'own_key', :'undone_key');

--
-- States, arguments, callers
--

-- In every state; an EXPIRED CA still has reports.
CREATE FUNCTION pg_temp.in_state(authority text, id text, change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('UPDATE pca.certificate_authority SET %s WHERE arn = %L', change, authority);
	result := pg_temp.create_report(authority) || E'\n  describe: ' || pg_temp.describe_report(authority, id)
		|| E'\n  wait: ' || pg_temp.wait_report(authority, id);
	RAISE EXCEPTION USING ERRCODE = '00P01';
EXCEPTION WHEN SQLSTATE '00P01' THEN
	RETURN result;
END
$$;
SELECT state, pg_temp.in_state(:'root', :'own', change) FROM (VALUES
	(1, 'CREATING', $$status = 'CREATING'$$), (2, 'PENDING_CERTIFICATE', $$status = 'PENDING_CERTIFICATE'$$),
	(3, 'ACTIVE', $$status = 'ACTIVE'$$), (4, 'DISABLED', $$status = 'DISABLED'$$),
	(5, 'EXPIRED', $$not_after = clock_timestamp()$$),
	(6, 'EXPIRED, was DISABLED', $$status = 'DISABLED', not_after = clock_timestamp()$$),
	(7, 'FAILED', $$status = 'FAILED'$$),
	(8, 'DELETED', $$status = 'DELETED', status_before_deletion = 'DISABLED',
		restorable_until = clock_timestamp() + interval '1 hour'$$),
	(9, 'gone', $$status = 'DELETED', status_before_deletion = 'DISABLED',
		restorable_until = clock_timestamp()$$)) AS v (n, state, change)
ORDER BY n;
-- What the waiter makes of each status of a report.
UPDATE pca.audit_report SET status = 'FAILED' WHERE id = :'own';
SELECT pg_temp.wait_report(:'root', :'own', 3600, 1000000),
	(pca_describe_certificate_authority_audit_report(:'root', :'own')).audit_report_status;
UPDATE pca.audit_report SET status = 'CREATING' WHERE id = :'own';
SELECT pg_temp.wait_report(:'root', :'own', 0, 3),
	(pca_describe_certificate_authority_audit_report(:'root', :'own')).audit_report_status;
UPDATE pca.audit_report SET status = 'SUCCESS' WHERE id = :'own';

SELECT what, pg_temp.create_report(authority, bucket, format)
FROM (VALUES
	(1, 'authority, NULL', NULL, 'reports', 'JSON'), (2, 'authority, not an ARN', 'xxxxx', 'reports', 'JSON'),
	(3, 'authority, a certificate', :'open', 'reports', 'JSON'),
	(4, 'authority, unknown', replace(:'root', right(:'root', 36), '00000000-0000-4000-8000-000000000000'),
		'reports', 'JSON'),
	(5, 'bucket, NULL', :'root', NULL, 'JSON'), (6, 'bucket, empty', :'root', '', 'JSON'),
	(7, 'bucket, 2', :'root', 'ab', 'JSON'), (8, 'bucket, 64', :'root', repeat('a', 64), 'JSON'),
	(9, 'bucket, 63', :'root', repeat('a', 63), 'JSON'), (10, 'bucket, 3', :'root', 'a.1', 'JSON'),
	(11, 'bucket, upper case', :'root', 'Reports', 'JSON'),
	(12, 'bucket, underscore', :'root', 'my_reports', 'JSON'),
	(13, 'bucket, two dots', :'root', 'my..reports', 'JSON'),
	(14, 'bucket, hyphen first', :'root', '-reports', 'JSON'),
	(15, 'bucket, dot last', :'root', 'reports.', 'JSON'),
	(16, 'bucket, an address', :'root', '192.168.5.4', 'JSON'),
	(17, 'bucket, a path', :'root', 'reports/x', 'JSON'),
	(18, 'bucket, a quote', :'root', 'reports''--', 'JSON'),
	(19, 'bucket, beyond ASCII', :'root', 'räports', 'JSON'), (20, 'format, NULL', :'root', 'reports', NULL),
	(21, 'format, another', :'root', 'reports', 'XML'),
	(22, 'format, lower case', :'root', 'reports', 'json')) AS v (n, what, authority, bucket, format)
ORDER BY n;
SELECT what, pg_temp.describe_report(authority, id) AS describe,
	pg_temp.wait_report(authority, id) = pg_temp.describe_report(authority, id) AS wait
FROM (VALUES
	(1, 'authority, NULL', NULL, :'own'), (2, 'authority, not an ARN', 'xxxxx', :'own'),
	(3, 'id, NULL', :'root', NULL), (4, 'id, 35 characters', :'root', left(:'own', 35)),
	(5, 'id, upper case', :'root', upper(:'own')),
	(6, 'id, not a UUID', :'root', 'zzzzzzzz-zzzz-4zzz-8zzz-zzzzzzzzzzzz'),
	(7, 'id, unknown', :'root', '00000000-0000-4000-8000-000000000000'),
	(8, 'id, of another CA', :'elsewhere', :'own')) AS v (n, what, authority, id)
ORDER BY n;
SELECT delay, attempts, pg_temp.wait_report(:'root', :'own', delay, attempts)
FROM (VALUES (1, -1, 1), (2, 3601, 1), (3, 0, 0), (4, 0, 1000001), (5, NULL, 1), (6, 0, NULL),
	(7, 3600, 1)) AS v (n, delay, attempts)
ORDER BY n;
BEGIN READ ONLY;
SELECT pg_temp.create_report(:'root'), pg_temp.describe_report(:'root', :'own'),
	pg_temp.wait_report(:'root', :'own');
ROLLBACK;

-- Reports are for the owner alone: the policy lets another account read and issue, the
-- permission lets a service, and neither lets them have a report.
SET ROLE regress_pca_tenant;
SELECT pg_temp.create_report(:'root'), pg_temp.describe_report(:'root', :'own'),
	pg_temp.wait_report(:'root', :'own', 3600);
SELECT pg_temp.exception(format('SELECT pca_get_object(%L, %L)', 'reports', :'own_key'));
SET ROLE regress_pca_renewer;
SELECT pg_temp.create_report(:'root'), pg_temp.describe_report(:'root', :'own'),
	pg_temp.wait_report(:'root', :'own', 3600);
SELECT pg_temp.exception(format('SELECT pca_get_object(%L, %L)', 'reports', :'own_key'));
RESET ROLE;
-- The setting is for superusers.
SET ROLE regress_pca_tenant;
SELECT pg_temp.exception('SET pca.audit_report_interval = 0');
RESET ROLE;
-- Waiting too long for a lock ends in the API's exception: see the isolation tests.

--
-- The API's JSON
--

SELECT pca_api('CreateCertificateAuthorityAuditReport',
	jsonb_build_object('CertificateAuthorityArn', :'root', 'S3BucketName', 'reports',
		'AuditReportResponseFormat', 'CSV')) AS output \gset
SELECT pg_temp.stable(:'output');
SELECT pg_temp.stable((o - 'CreatedAt')::text) AS output,
	o->'CreatedAt' = to_jsonb(round(extract(epoch FROM
		(SELECT created_at FROM pca.audit_report ORDER BY created_at DESC LIMIT 1)), 3)) AS created_at
FROM pca_api('DescribeCertificateAuthorityAuditReport',
	jsonb_build_object('CertificateAuthorityArn', :'root',
		'AuditReportId', :'output'::jsonb->'AuditReportId')) AS o;
SELECT pg_temp.exception(format('SELECT pca_api(%L, %L)', operation, request))
FROM (VALUES (1, 'CreateCertificateAuthorityAuditReport', '{"S3Bucketname": "reports"}'),
	(2, 'CreateCertificateAuthorityAuditReport', '{"S3BucketName": 1}'),
	(3, 'CreateCertificateAuthorityAuditReport', '{}'),
	(4, 'DescribeCertificateAuthorityAuditReport', '{"AuditReportID": "x"}')) AS v (n, operation, request)
ORDER BY n;

-- The end: reports go with their CA.
BEGIN;
UPDATE pca.certificate_authority
SET status = 'DELETED', status_before_deletion = 'ACTIVE', restorable_until = clock_timestamp()
WHERE arn = :'elsewhere';
SELECT pca_run_maintenance();
SELECT count(*) FROM pca.audit_report WHERE :'elsewhere' LIKE '%' || authority_id;
SELECT count(*) FROM pca.object WHERE :'elsewhere' LIKE '%' || authority_id;
ROLLBACK;

DROP OWNED BY regress_pca_tenant, regress_pca_renewer;
SELECT pca_register_account('regress_pca_tenant', NULL),
	pca_register_service_principal('regress_pca_renewer', NULL);
DROP ROLE regress_pca_tenant, regress_pca_renewer;
