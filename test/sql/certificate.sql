-- IssueCertificate and GetCertificate.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '300000000001';
-- Calendar arithmetic is in UTC, whatever the session's time zone.
SET timezone = 'Pacific/Kiritimati';

CREATE FUNCTION pg_temp.template(name text) RETURNS text LANGUAGE sql AS $$
	SELECT 'arn:aws:acm-pca:::template/' || name || '/V1'
$$;
-- What IssueCertificate throws when all other arguments are right.
CREATE FUNCTION pg_temp.issue(authority text, csr text, signing text DEFAULT 'SHA256WITHECDSA',
	validity text DEFAULT '{"Value": 30, "Type": "DAYS"}',
	template text DEFAULT NULL, not_before text DEFAULT NULL, token text DEFAULT NULL) RETURNS text
LANGUAGE sql AS $$
	SELECT pg_temp.exception(format('SELECT pca_issue_certificate(%L, %L, %L, %L, %L, NULL, %L, %L)',
		authority, csr, signing, validity, pg_temp.template(template), not_before, token))
$$;

SELECT pca_create_certificate_authority(pg_temp.configuration('Root'), 'ROOT') AS root \gset
CALL pg_temp.activate_root(:'root', '{"Value": 99991231235959, "Type": "END_DATE"}');
SELECT pca_create_certificate_authority(pg_temp.configuration('Subordinate'),
	'SUBORDINATE') AS subordinate \gset
CALL pg_temp.activate_subordinate(:'subordinate', :'root');

--
-- Issue, then get
--

SELECT pca_issue_certificate(certificate_authority_arn => :'subordinate', csr => :'csr',
	signing_algorithm => 'SHA256WITHECDSA', validity => '{"Value": 30, "Type": "DAYS"}') AS arn \gset
SELECT :'arn' ~ ('^' || :'subordinate' || '/certificate/[0-9a-f]{32}$') AS is_arn;
SELECT certificate, certificate_chain FROM pca_get_certificate(:'subordinate', :'arn') \gset
SELECT :'certificate'
	~ ('^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/]{64}\n)+([A-Za-z0-9+/=]{1,64}\n)?'
		|| '-----END CERTIFICATE-----$') AS is_pem,
	:'certificate_chain' = certificate || E'\n' || certificate_chain AS chain
FROM pca_get_certificate_authority_certificate(:'subordinate');
SELECT pg_temp.pem_to_der(:'certificate') AS der, pg_temp.pem_to_der(:'csr') AS request,
	pg_temp.pem_to_der(certificate) AS issuer
FROM pca_get_certificate_authority_certificate(:'subordinate') \gset
-- Version 3; the serial of the ARN, positive; the CA's name; the CSR's name and key byte for byte.
SELECT pg_temp.der_content(:'der', 0, 0, 0, 0) = '\x02' AS version,
	ltrim(encode(pg_temp.der_content(:'der', 0, 0, 1), 'hex'), '0') = ltrim(right(:'arn', 32), '0') AS serial,
	get_byte(pg_temp.der_content(:'der', 0, 0, 1), 0) < 128 AS is_positive,
	pg_temp.der_content(:'der', 0, 0, 3) = pg_temp.der_content(:'issuer', 0, 0, 5) AS issuer,
	pg_temp.der_content(:'der', 0, 0, 5) = pg_temp.der_content(:'request', 0, 0, 1) AS subject,
	pg_temp.der_content(:'der', 0, 0, 6) = pg_temp.der_content(:'request', 0, 0, 2) AS key;
-- The key identifiers: of the issuer's key, and SHA-1 of the subject's.
SELECT substr(a.value, 5) = substr(i.value, 3) AS authority_key_identifier,
	left(encode(a.value, 'hex'), 8) AS form
FROM pg_temp.certificate_extensions(:'der') AS a, pg_temp.certificate_extensions(:'issuer') AS i
WHERE a.extension = 'authorityKeyIdentifier' AND i.extension = 'subjectKeyIdentifier';
SELECT certificate_arn = :'arn' AS arn, certificate_authority_arn = :'subordinate' AS authority,
	serial = right(:'arn', 32) AS serial, subject,
	subject_alternative_names, template_arn, status, revoked_at, revocation_reason,
	not_before = date_trunc('second', issued_at) - interval '1 hour' AS not_before,
	not_after = date_trunc('second', issued_at) + interval '30 days' AS not_after
FROM pca.certificates WHERE certificate_arn = :'arn';
-- Many in one statement have as many serial numbers.
CREATE TEMPORARY TABLE many AS
SELECT pca_issue_certificate(:'subordinate', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}') AS arn
FROM generate_series(1, 200);
SELECT count(DISTINCT right(m.arn, 32)), count(DISTINCT g.certificate)
FROM many AS m, pca_get_certificate(:'subordinate', m.arn) AS g;

--
-- Which certificate
--

-- The ARN's decimal form too, and nothing else.
SELECT g.certificate = :'certificate' AS decimal
FROM pca_get_certificate(:'subordinate',
	:'subordinate' || '/certificate/' || pg_temp.decimal(right(:'arn', 32))) AS g;
SELECT what, pg_temp.exception(format('SELECT pca_get_certificate(%L, %L)', authority, certificate))
FROM (VALUES
	(1, 'of another CA', :'root', :'arn'),
	(2, 'under the ARN of another CA', :'root', :'root' || '/certificate/' || right(:'arn', 32)),
	(3, 'unknown serial', :'subordinate', :'subordinate' || '/certificate/00000000000000000000000000000001'),
	(4, 'upper case', :'subordinate', :'subordinate' || '/certificate/' || upper(right(:'arn', 32))),
	(5, '31 digits', :'subordinate', :'subordinate' || '/certificate/' || right(:'arn', 31)),
	(6, '33 hexadecimal digits', :'subordinate', :'subordinate' || '/certificate/a' || right(:'arn', 32)),
	(7, 'decimal, leading zeros', :'subordinate',
		:'subordinate' || '/certificate/00' || pg_temp.decimal(right(:'arn', 32))),
	(8, 'decimal, 2^128', :'subordinate',
		:'subordinate' || '/certificate/340282366920938463463374607431768211456'),
	(9, 'unknown CA', replace(:'subordinate', right(:'subordinate', 36), '00000000-0000-4000-8000-000000000000'),
		:'arn'),
	(10, 'the CA', :'subordinate', :'subordinate'),
	(11, 'a template', :'subordinate',
		'arn:aws:acm-pca:::template/EndEntityCertificate/V1')) AS v (n, what, authority, certificate)
ORDER BY n;
SET pca.account_id = '300000000002';
SELECT pg_temp.exception(format('SELECT pca_get_certificate(%L, %L)', :'subordinate', :'arn'));
SELECT pg_temp.issue(:'subordinate', :'csr');
SELECT count(*) FROM pca.certificates;
SET pca.account_id = '300000000001';

--
-- What leaves the database has a durable record first
--

BEGIN;
SELECT pca_issue_certificate(:'subordinate', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS open \gset
SELECT pg_temp.exception(format('SELECT pca_get_certificate(%L, %L)', :'subordinate', :'open'));
SAVEPOINT s;
SELECT pg_temp.exception(format('SELECT pca_get_certificate(%L, %L)', :'subordinate', :'open'));
SELECT pca_issue_certificate(:'subordinate', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS released \gset
RELEASE s;
SELECT pg_temp.exception(format('SELECT pca_get_certificate(%L, %L)', :'subordinate', :'released'));
SAVEPOINT s;
SELECT pca_issue_certificate(:'subordinate', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS rolled_back \gset
ROLLBACK TO s;
SELECT pg_temp.exception(format('SELECT pca_get_certificate(%L, %L)', :'subordinate', :'rolled_back'));
-- Not by a cursor either.
DECLARE c CURSOR FOR SELECT * FROM pca_get_certificate(:'subordinate', :'open');
\set VERBOSITY terse
FETCH c;
\set VERBOSITY default
ROLLBACK;
SELECT pg_temp.exception(format('SELECT pca_get_certificate(%L, %L)', :'subordinate', arn))
FROM (VALUES (:'open'), (:'released'), (:'rolled_back')) AS v (arn);
SELECT count(*) FROM pca.certificates WHERE certificate_arn IN (:'open', :'released', :'rolled_back');
BEGIN;
SAVEPOINT s;
SELECT pca_issue_certificate(:'subordinate', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS committed \gset
RELEASE s;
COMMIT;
SELECT count(*) FROM pca_get_certificate(:'subordinate', :'committed');
-- Its chain is withheld too while the CA's certificate is not committed.
BEGIN;
SELECT pca_import_certificate_authority_certificate(:'subordinate', certificate, certificate_chain)
FROM pca_get_certificate_authority_certificate(:'subordinate');
SELECT pg_temp.exception(format('SELECT pca_get_certificate(%L, %L)', :'subordinate', :'arn'));
-- But the CA issues with it.
SELECT pg_temp.issue(:'subordinate', :'csr');
ROLLBACK;
BEGIN READ ONLY;
SELECT pg_temp.issue(:'subordinate', :'csr');
SELECT count(*) FROM pca_get_certificate(:'subordinate', :'arn');
ROLLBACK;
BEGIN;
SELECT count(pca_issue_certificate(:'subordinate', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}'));
\set VERBOSITY terse
PREPARE TRANSACTION 'pca';
\set VERBOSITY default

--
-- The base templates
--

SELECT template, x.*
FROM (VALUES (1, NULL), (2, 'EndEntityCertificate'), (3, 'EndEntityClientAuthCertificate'),
	(4, 'EndEntityServerAuthCertificate'), (5, 'CodeSigningCertificate'),
		(6, 'OCSPSigningCertificate'), (7, 'SubordinateCACertificate_PathLen0'),
		(8, 'SubordinateCACertificate_PathLen1'), (9, 'SubordinateCACertificate_PathLen2'),
		(10, 'SubordinateCACertificate_PathLen3')) AS t (n, template),
	LATERAL pg_temp.issue(:'root', :'csr', template => template) AS x (exception)
ORDER BY n;
-- Root templates are for a ROOT authority's own key.
SELECT pg_temp.issue(:'root', pca_get_certificate_authority_csr(:'root'), template => 'RootCACertificate');
SELECT pg_temp.issue(:'root', :'csr', template => 'RootCACertificate');
SELECT pg_temp.issue(:'subordinate', pca_get_certificate_authority_csr(:'subordinate'),
	template => 'RootCACertificate');
SELECT pg_temp.issue(:'subordinate', pca_get_certificate_authority_csr(:'root'),
	template => 'RootCACertificate');
SELECT pg_temp.issue(:'root', :'csr', template => template)
FROM (VALUES (1, 'EndEntityCertificate/V2'), (2, 'endentitycertificate'), (3, 'EndEntityCertificat'),
	(4, 'RootCACertificate_CSRPassthrough'), (5, 'SubordinateCACertificate_PathLen4'),
	(6, 'BlankEndEntityCertificate')) AS t (n, template)
ORDER BY n;
SELECT pg_temp.exception(format('SELECT pca_issue_certificate(%L, %L, %L, %L, %L)', :'root', :'csr',
	'SHA256WITHECDSA', '{"Value": 30, "Type": "DAYS"}', template))
FROM (VALUES (1, 'arn:aws-cn:acm-pca:::template/EndEntityCertificate/V1'),
	(2, 'arn:aws:acm-pca:us-east-1::template/EndEntityCertificate/V1'),
	(3, 'arn:aws:acm-pca:::template/EndEntityCertificate'), (4, 'EndEntityCertificate/V1'),
	(5, :'root')) AS t (n, template)
ORDER BY n;

-- Path lengths: what each CA may issue is shorter than its own.
CREATE TEMPORARY TABLE issuer AS
SELECT length,
	pca_create_certificate_authority(pg_temp.configuration('Path length ' || length), 'SUBORDINATE') AS arn
FROM generate_series(0, 3) AS length;
DO $$
DECLARE
	root text := (SELECT arn FROM pca.certificate_authorities WHERE type = 'ROOT');
	i record;
BEGIN
	FOR i IN SELECT * FROM issuer LOOP
		CALL pg_temp.activate_subordinate(i.arn, root, 'SubordinateCACertificate_PathLen' || i.length);
	END LOOP;
END
$$;
SELECT i.length AS issuer, t.length AS certificate,
	pg_temp.issue(i.arn, :'csr', template => 'SubordinateCACertificate_PathLen' || t.length)
FROM issuer AS i, generate_series(0, 3) AS t (length)
ORDER BY 1, 2;
-- Path length does not matter for end entities.
SELECT count(*) FROM issuer WHERE pg_temp.issue(arn, :'csr') = 'no exception';

--
-- The signing algorithm
--

SELECT signing, pg_temp.issue(:'subordinate', :'csr', signing => signing)
FROM (VALUES (1, 'SHA256WITHECDSA'), (2, 'SHA384WITHECDSA'), (3, 'SHA512WITHECDSA'), (4, 'SHA256WITHRSA'),
	(5, 'SHA384WITHRSA'), (6, 'SHA512WITHRSA'), (7, 'SHA256WITHRSA_PSS'), (8, 'SHA384WITHRSA_PSS'),
	(9, 'SHA512WITHRSA_PSS'), (10, 'SM3WITHSM2')) AS v (n, signing)
ORDER BY n;
SELECT pca_create_certificate_authority(
	'{"KeyAlgorithm": "RSA_2048", "SigningAlgorithm": "SHA256WITHRSA", "Subject": {"CommonName": "RSA"}}',
	'ROOT') AS rsa \gset
CALL pg_temp.activate_root(:'rsa');
SELECT signing, pg_temp.issue(:'rsa', :'csr', signing => signing)
FROM (VALUES (1, 'SHA256WITHECDSA'), (4, 'SHA256WITHRSA'), (5, 'SHA384WITHRSA'), (6, 'SHA512WITHRSA'),
	(7, 'SHA256WITHRSA_PSS'), (8, 'SHA384WITHRSA_PSS'), (9, 'SHA512WITHRSA_PSS')) AS v (n, signing)
ORDER BY n;
-- The certificate has the algorithm of the call, not the CA's.
CREATE TEMPORARY TABLE signed AS
SELECT signing, pca_issue_certificate(:'subordinate', :'csr', signing, '{"Value": 1, "Type": "DAYS"}') AS arn
FROM (VALUES ('SHA256WITHECDSA'), ('SHA384WITHECDSA'), ('SHA512WITHECDSA')) AS v (signing);
SELECT s.signing, encode(pg_temp.der_content(pg_temp.pem_to_der(g.certificate), 0, 1), 'hex') AS algorithm
FROM signed AS s, pca_get_certificate(:'subordinate', s.arn) AS g ORDER BY 1;

--
-- The validity
--

-- notAfter by every type: as PostgreSQL's own arithmetic has it, in UTC.
CREATE TEMPORARY TABLE valid (n serial, type text, value bigint, authority text, arn text,
	not_after timestamptz);
INSERT INTO valid (type, value, authority) VALUES
	('DAYS', 1, :'root'), ('DAYS', 365, :'root'), ('DAYS', 36500, :'root'), ('MONTHS', 1, :'root'),
	('MONTHS', 11, :'root'), ('MONTHS', 13, :'root'), ('MONTHS', 25, :'root'), ('MONTHS', 1200, :'root'),
	('YEARS', 1, :'root'), ('YEARS', 3, :'root'), ('YEARS', 100, :'root'), ('YEARS', 7000, :'root'),
	('ABSOLUTE', 2524607999, :'root'), ('ABSOLUTE', 2524608000, :'root'), ('ABSOLUTE', 253402300799, :'root'),
	('END_DATE', 491231235959, :'root'), ('END_DATE', 400229000000, :'root'),
	('END_DATE', 20491231235959, :'root'), ('END_DATE', 20500101000000, :'root'),
	('END_DATE', 20440229235959, :'root'), ('END_DATE', 99991231235959, :'root');
UPDATE valid
SET arn = pca_issue_certificate(authority, :'csr', 'SHA256WITHECDSA',
	jsonb_build_object('Type', type, 'Value', value));
-- UTCTime (17) to the end of 2049, GeneralizedTime (18) from then on.
SELECT v.type, v.value, t.tag,
	c.not_after = CASE v.type
		WHEN 'DAYS' THEN date_trunc('second', c.issued_at) + v.value * interval '24 hours'
		WHEN 'MONTHS' THEN
			(date_trunc('second', c.issued_at) AT TIME ZONE 'UTC' + v.value * interval '1 month') AT TIME ZONE 'UTC'
		WHEN 'YEARS' THEN
			(date_trunc('second', c.issued_at) AT TIME ZONE 'UTC' + v.value * interval '1 year') AT TIME ZONE 'UTC'
		WHEN 'ABSOLUTE' THEN to_timestamp(v.value)
		ELSE to_timestamp(CASE WHEN v.value < 1000000000000 THEN '20' ELSE '' END || v.value || ' +00',
			'YYYYMMDDHH24MISS TZH') END AS not_after,
	c.not_before = date_trunc('second', c.issued_at) - interval '1 hour' AS not_before,
	CASE WHEN v.type IN ('ABSOLUTE', 'END_DATE') THEN convert_from(t.content, 'UTF8') END AS text
FROM valid AS v JOIN pca.certificates AS c ON c.certificate_arn = v.arn,
	LATERAL pca_get_certificate(v.authority, v.arn) AS g,
	LATERAL pg_temp.der(pg_temp.der_content(pg_temp.pem_to_der(g.certificate), 0, 0, 4)) AS t
WHERE t.n = 1
ORDER BY v.n;
-- An instant a little ahead; the CA's own end, and a second more.
SELECT jsonb_build_object('Type', 'ABSOLUTE',
	'Value', extract(epoch FROM clock_timestamp())::bigint + 600) AS soon \gset
SELECT pg_temp.issue(:'subordinate', :'csr', validity => :'soon');
SELECT extract(epoch FROM not_after)::bigint AS ca_end
FROM pca_describe_certificate_authority(:'subordinate') \gset
SELECT pg_temp.issue(:'subordinate', :'csr',
	validity => jsonb_build_object('Type', 'ABSOLUTE', 'Value', :ca_end)::text);
SELECT replace(pg_temp.issue(:'subordinate', :'csr',
	validity => jsonb_build_object('Type', 'ABSOLUTE', 'Value', :ca_end + 1)::text),
	:'ca_end', 'END');
SELECT regexp_replace(pg_temp.issue(:'subordinate', :'csr', validity => '{"Value": 6, "Type": "YEARS"}'),
	'\m20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z', 'TIME', 'g');
-- A root's own certificate has no such limit.
SELECT pg_temp.issue(:'rsa', pca_get_certificate_authority_csr(:'rsa'), 'SHA256WITHRSA',
	'{"Value": 20, "Type": "YEARS"}', 'RootCACertificate');
-- What is not a date, or a past one.
SELECT validity, pg_temp.issue(:'root', :'csr', validity => validity)
FROM (VALUES
	(1, '{"Type": "END_DATE", "Value": 500101000000}'), (2, '{"Type": "END_DATE", "Value": 50101000000}'),
	(3, '{"Type": "END_DATE", "Value": 1}'), (4, '{"Type": "END_DATE", "Value": 20410229000000}'),
	(5, '{"Type": "END_DATE", "Value": 20410431000000}'), (6, '{"Type": "END_DATE", "Value": 20411301000000}'),
	(7, '{"Type": "END_DATE", "Value": 20410101240000}'), (8, '{"Type": "END_DATE", "Value": 20410101006000}'),
	(9, '{"Type": "END_DATE", "Value": 20410101000060}'), (10, '{"Type": "END_DATE", "Value": 2041010100000}'),
	(11, '{"Type": "END_DATE", "Value": 204101010000000}'),
	(12, '{"Type": "END_DATE", "Value": 9223372036854775807}'),
	(13, '{"Type": "END_DATE", "Value": 20410001000000}'), (14, '{"Type": "END_DATE", "Value": 20410100000000}'),
	(15, '{"Type": "END_DATE", "Value": 21000229000000}'), (16, '{"Type": "ABSOLUTE", "Value": 1}'),
	(17, '{"Type": "ABSOLUTE", "Value": 253402300800}'),
	(18, '{"Type": "ABSOLUTE", "Value": 9223372036854775807}'), (19, '{"Type": "DAYS", "Value": 2932897}'),
	(20, '{"Type": "DAYS", "Value": 9223372036854775807}'), (21, '{"Type": "MONTHS", "Value": 120001}'),
	(22, '{"Type": "MONTHS", "Value": 9223372036854775807}'), (23, '{"Type": "YEARS", "Value": 8000}'),
	(24, '{"Type": "YEARS", "Value": 9223372036854775807}'),
	(25, '{"Type": "YEARS", "Value": 768614336404564651}'),
	(26, '{"Type": "DAYS", "Value": 9223372036854775808}')) AS v (n, validity)
ORDER BY n;
-- notBefore: an instant; notAfter stays relative to the moment of issuance.
CREATE TEMPORARY TABLE begun AS
SELECT n, b,
	pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA', '{"Type": "DAYS", "Value": 10}',
		validity_not_before => b::jsonb) AS arn
FROM (VALUES (1, '{"Type": "ABSOLUTE", "Value": 1}'), (2, '{"Type": "ABSOLUTE", "Value": 1000000000}'),
	(3, '{"Type": "END_DATE", "Value": 20200229010203}'), (4, 'null')) AS v (n, b);
SELECT b,
	CASE WHEN b = 'null' THEN (c.not_before = date_trunc('second', c.issued_at) - interval '1 hour')::text
		ELSE to_char(c.not_before AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') END AS not_before,
	c.not_after = date_trunc('second', c.issued_at) + interval '240 hours' AS not_after
FROM begun JOIN pca.certificates AS c ON c.certificate_arn = begun.arn ORDER BY n;
SELECT not_before,
	pg_temp.issue(:'root', :'csr', validity => '{"Type": "END_DATE", "Value": 20400101000000}',
		not_before => not_before)
FROM (VALUES (1, '{"Type": "DAYS", "Value": 1}'), (2, '{"Type": "MONTHS", "Value": 1}'),
	(3, '{"Type": "YEARS", "Value": 1}'), (4, '{"Type": "END_DATE", "Value": 20391231235959}'),
	(5, '{"Type": "END_DATE", "Value": 20400101000000}'), (6, '{"Type": "END_DATE", "Value": 20400101000001}'),
	(7, '{"Type": "ABSOLUTE", "Value": 253402300800}'),
	(8, '{"Type": "END_DATE", "Value": 500101000000}')) AS v (n, not_before)
ORDER BY n;

-- Short-lived mode: seven days from the moment of issuance; a root's own certificate excepted.
SELECT pca_create_certificate_authority(pg_temp.configuration('Short'), 'ROOT',
	usage_mode => 'SHORT_LIVED_CERTIFICATE') AS short \gset
CALL pg_temp.activate_root(:'short');
SELECT usage_mode, not_after > now() + interval '9 years' AS root_is_long_lived
FROM pca_describe_certificate_authority(:'short');
SELECT validity,
	regexp_replace(pg_temp.issue(:'short', :'csr', validity => validity), 'for [0-9]+ seconds', 'for N seconds')
FROM (VALUES (1, '{"Type": "DAYS", "Value": 1}'), (2, '{"Type": "DAYS", "Value": 7}'),
	(3, '{"Type": "DAYS", "Value": 8}'), (4, '{"Type": "MONTHS", "Value": 1}'),
	(5, '{"Type": "YEARS", "Value": 1}')) AS v (n, validity) ORDER BY n;
SELECT regexp_replace(pg_temp.issue(:'short', :'csr',
	validity => jsonb_build_object('Type', 'ABSOLUTE',
		'Value', extract(epoch FROM clock_timestamp())::bigint + 7 * 86400 + age)::text,
	not_before => '{"Type": "ABSOLUTE", "Value": 1000000000}'),
	'for [0-9]+ seconds', 'for N seconds')
FROM (VALUES (-3600), (3600)) AS v (age);

--
-- The idempotency token
--

CREATE FUNCTION pg_temp.issue_with_token(authority text, csr text, token text, days int DEFAULT 1)
RETURNS text LANGUAGE sql AS $$
	SELECT pca_issue_certificate(authority, csr, 'SHA256WITHECDSA',
		jsonb_build_object('Type', 'DAYS', 'Value', days), idempotency_token => token)
$$;
SELECT count(*) AS issued FROM pca.certificate \gset
SELECT pg_temp.issue_with_token(:'subordinate', :'csr', 'token') AS first \gset
\set VERBOSITY terse
SELECT pg_temp.issue_with_token(:'subordinate', :'csr', 'token') = :'first' AS same,
	pg_temp.issue_with_token(:'subordinate', pca_get_certificate_authority_csr(:'root'), 'token', 2)
		= :'first' AS same_for_other;
\set VERBOSITY default
SELECT count(*) - :issued AS issued FROM pca.certificate;
SELECT pg_temp.issue_with_token(:'subordinate', :'csr', 'other') <> :'first' AS other_token,
	pg_temp.issue_with_token(:'root', :'csr', 'token') <> :'first' AS other_authority;
-- The same text may be the token of another operation.
SELECT pca_create_certificate_authority(pg_temp.configuration('x'), 'ROOT', idempotency_token => 'token')
	LIKE 'arn:aws:acm-pca:us-east-1:300000000001:certificate-authority/' || repeat('_', 36) AS other_operation;
BEGIN;
SAVEPOINT s;
SELECT pg_temp.issue_with_token(:'subordinate', :'csr', 'taken over') AS gone \gset
ROLLBACK TO s;
SELECT pg_temp.issue_with_token(:'subordinate', :'csr', 'taken over') AS taken \gset
SELECT :'taken' <> :'gone' AS taken_over,
	pg_temp.issue_with_token(:'subordinate', :'csr', 'taken over') = :'taken' AS same;
COMMIT;
-- A call that fails does not use up its token.
SELECT pg_temp.issue(:'subordinate', 'x', token => 'failed');
SELECT pg_temp.issue(:'subordinate', :'csr', token => 'failed');
SET pca.issue_idempotency_window = 0;
SELECT pg_temp.issue_with_token(:'subordinate', :'csr', 'token') AS second \gset
RESET pca.issue_idempotency_window;
SELECT :'second' <> :'first' AS another,
	pg_temp.issue_with_token(:'subordinate', :'csr', 'token') = :'second' AS from_then_on;

--
-- The states
--

CREATE FUNCTION pg_temp.in_status(authority text, state text, end_of_life timestamptz, restorable timestamptz,
	csr text, certificate_arn text)
RETURNS TABLE (stored text, described text, issue text, issue_root text, get text) LANGUAGE plpgsql AS $$
BEGIN
	UPDATE pca.certificate_authority
	SET status = state, not_after = coalesce(end_of_life, not_after), restorable_until = restorable,
		status_before_deletion = CASE WHEN state = 'DELETED' THEN 'DISABLED' END WHERE arn = authority;
	stored := state;
	described := (SELECT c.status FROM pca.certificate_authorities AS c WHERE arn = authority);
	issue := split_part(pg_temp.issue(authority, csr), ' | ', 1);
	issue_root := split_part(pg_temp.issue(authority,
		(SELECT E'-----BEGIN CERTIFICATE REQUEST-----\n' || encode(a.csr, 'base64')
			|| E'\n-----END CERTIFICATE REQUEST-----'
		FROM pca.certificate_authority AS a WHERE arn = authority), template => 'RootCACertificate'), ' | ', 1);
	get := split_part(pg_temp.exception(format('SELECT pca_get_certificate(%L, %L)', authority,
		certificate_arn)),
		' | ', 1);
	RETURN NEXT;
END
$$;
SELECT pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS of_root \gset
BEGIN;
SELECT s.*
FROM (VALUES (1, 'PENDING_CERTIFICATE', NULL::timestamptz, NULL::timestamptz), (2, 'ACTIVE', NULL, NULL),
	(3, 'DISABLED', NULL, NULL), (4, 'FAILED', NULL, NULL), (5, 'CREATING', NULL, NULL),
		(6, 'DELETED', NULL, now() + interval '1 day'), (7, 'DELETED', NULL, now()),
		(8, 'ACTIVE', now() - interval '1 second', NULL),
		(9, 'DISABLED', now() - interval '1 second', NULL)) AS v (n, state, end_of_life, restorable),
	LATERAL pg_temp.in_status(:'root', state, end_of_life, restorable, :'csr', :'of_root') AS s;
ROLLBACK;
-- No view has an authority that is gone, or its certificates.
BEGIN;
UPDATE pca.certificate_authority
SET status = 'DELETED', status_before_deletion = 'DISABLED', restorable_until = now()
WHERE arn = :'subordinate';
SELECT (SELECT count(*) FROM pca.certificates
	WHERE certificate_authority_arn = :'subordinate') AS certificates,
	(SELECT count(*) FROM pca.certificate_authorities WHERE arn = :'subordinate') AS authorities;
ROLLBACK;
-- A certificate that has expired or was revoked is still available, and the view says so.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE pca.certificate SET not_after = now() - interval '1 second'
WHERE replace(serial::text, '-', '') = right(:'arn', 32);
SELECT status FROM pca.certificates WHERE certificate_arn = :'arn';
INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason, not_after, session_user_name,
	current_user_name)
SELECT authority_id, serial, '2020-01-01 00:00:00Z', 'KEY_COMPROMISE', not_after, 'somebody', 'somebody'
FROM pca.certificate WHERE replace(serial::text, '-', '') = right(:'arn', 32);
SELECT status, revoked_at AT TIME ZONE 'UTC' AS revoked_at, revocation_reason
FROM pca.certificates WHERE certificate_arn = :'arn';
ROLLBACK;
