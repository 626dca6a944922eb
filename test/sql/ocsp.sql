-- The OCSP responder: what it says of which certificate, and when it says nothing.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\i test/sql/include/ocsp.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '310000000001';

SELECT pca_create_certificate_authority(pg_temp.configuration('Root'), 'ROOT') AS root \gset
CALL pg_temp.activate_root(:'root');
SELECT pca_create_certificate_authority(pg_temp.configuration('Subordinate'),
	'SUBORDINATE') AS subordinate \gset
CALL pg_temp.activate_subordinate(:'subordinate', :'root');
CREATE TEMPORARY TABLE leaf (n serial, arn text);
INSERT INTO leaf (arn)
SELECT pca_issue_certificate(:'subordinate', :'csr', 'SHA256WITHECDSA', '{"Value": 30, "Type": "DAYS"}')
FROM generate_series(1, 12);
CREATE FUNCTION pg_temp.leaf(n int) RETURNS text LANGUAGE sql AS $$ SELECT arn FROM leaf WHERE leaf.n = $1 $$;
SELECT pg_temp.leaf(1) AS good, pg_temp.leaf(2) AS revoked \gset
CALL pg_temp.revoke(:'revoked');

--
-- How a request names an issuer
--

-- The digests of the subject's DER and of the key's octets. (OpenSSL judges SHA-1: 013_ocsp.pl)
SELECT pg_temp.pem_to_der(certificate) AS certificate
FROM pca_get_certificate_authority_certificate(:'subordinate') \gset
SELECT length(i.key_hash),
	CASE length(i.key_hash) WHEN 32 THEN i.name_hash = sha256(s.name) AND i.key_hash = sha256(k.key)
		WHEN 48 THEN i.name_hash = sha384(s.name) AND i.key_hash = sha384(k.key)
		WHEN 64 THEN i.name_hash = sha512(s.name) AND i.key_hash = sha512(k.key) END AS is_right
FROM pca.ocsp_issuer AS i JOIN pca.certificate_authority AS a ON a.id = i.authority_id,
	(SELECT whole FROM pg_temp.der(pg_temp.der_content(:'certificate', 0, 0)) WHERE n = 5) AS s (name),
	substr(pg_temp.der_content(:'certificate', 0, 0, 6, 1), 2) AS k (key)
WHERE a.arn = :'subordinate' ORDER BY 1;

--
-- The answers
--

SELECT pg_temp.ocsp(pg_temp.id(:'good')), pg_temp.ocsp(pg_temp.id(:'revoked'));
SELECT name,
	pg_temp.ocsp(pg_temp.id(:'good', name), pg_temp.id(:'revoked', name),
		pg_temp.cert_id(:'subordinate', '\x0203123456', name))
FROM ocsp_digest ORDER BY name;
-- Each reason; none for UNSPECIFIED (RFC 5280 5.3.1).
CALL pg_temp.revoke(pg_temp.leaf(3), 'UNSPECIFIED', '2020-02-29 12:34:56.999Z');
CALL pg_temp.revoke(pg_temp.leaf(4), 'CERTIFICATE_AUTHORITY_COMPROMISE');
CALL pg_temp.revoke(pg_temp.leaf(5), 'AFFILIATION_CHANGED');
CALL pg_temp.revoke(pg_temp.leaf(6), 'SUPERSEDED');
CALL pg_temp.revoke(pg_temp.leaf(7), 'CESSATION_OF_OPERATION');
CALL pg_temp.revoke(pg_temp.leaf(8), 'PRIVILEGE_WITHDRAWN');
CALL pg_temp.revoke(pg_temp.leaf(9), 'A_A_COMPROMISE', '2051-01-01 00:00:00Z');
SELECT pg_temp.ocsp(VARIADIC array_agg(pg_temp.id(arn) ORDER BY n)) FROM leaf;
SELECT a.status, a.reason, a.revoked_at AT TIME ZONE 'UTC' AS revoked_at
FROM pg_temp.ocsp_answers(pca_ocsp_response(pg_temp.ocsp_request(ARRAY[pg_temp.id(pg_temp.leaf(3)),
	pg_temp.id(pg_temp.leaf(9))]))) AS a;
-- A revocation without a certificate, as one that was imported with a CRL.
CALL pg_temp.revoke(:'subordinate' || '/certificate/00000000000000000000000000abcdef', 'SUPERSEDED');
SELECT pg_temp.ocsp(pg_temp.cert_id(:'subordinate', '\x020400abcdef'),
	pg_temp.cert_id(:'subordinate', '\x0203abcdef'));
-- Numbers that no CA here issues: zero, negative, of 17 and of 30 octets. And a very small one.
SELECT pg_temp.ocsp(pg_temp.cert_id(:'subordinate', '\x020100'), pg_temp.cert_id(:'subordinate', '\x0201ff'),
	pg_temp.cert_id(:'subordinate', pg_temp.tlv('02', '\x01', substr(pg_temp.serial(:'good'), 3))),
	pg_temp.cert_id(:'subordinate', pg_temp.tlv('02', decode(repeat('11', 30), 'hex'))),
	pg_temp.cert_id(:'subordinate', '\x020101'));
-- The root answers for what it signed, its own certificate too.
SELECT pg_temp.ocsp(pg_temp.cert_id(:'root', s.serial), pg_temp.cert_id(:'root', r.serial))
FROM (SELECT pg_temp.der_content(pg_temp.pem_to_der(certificate), 0, 0, 1)
	FROM pca_get_certificate_authority_certificate(:'subordinate')) AS sub (content),
	(SELECT pg_temp.der_content(pg_temp.pem_to_der(certificate), 0, 0, 1)
		FROM pca_get_certificate_authority_certificate(:'root')) AS own (content),
	LATERAL pg_temp.tlv('02', sub.content) AS s (serial), LATERAL pg_temp.tlv('02', own.content) AS r (serial);
-- A serial number of one CA means nothing to the other.
SELECT pg_temp.ocsp(pg_temp.cert_id(:'root', pg_temp.serial(:'good'))),
	pg_temp.ocsp(pg_temp.cert_id(:'root', pg_temp.serial(:'revoked')));

--
-- The response
--

SELECT pg_temp.ocsp_request(ARRAY[pg_temp.id(:'good', 'SHA-512'), pg_temp.id(:'revoked')]) AS request \gset
SELECT clock_timestamp() AS before, pca_ocsp_response(:'request') AS response,
	clock_timestamp() AS after \gset
SELECT pg_temp.basic_response(:'response') AS basic \gset
-- id-pkix-ocsp-basic; a signature and no certificates; the key's SHA-1; the CertIDs as they
-- came; no extensions.
SELECT encode(pg_temp.der_content(:'response', 0, 1, 0, 0), 'hex') AS type,
	(SELECT string_agg(tag, ' ' ORDER BY n) FROM pg_temp.der(pg_temp.der_content(:'basic', 0))) AS basic,
	(SELECT string_agg(tag, ' ' ORDER BY n) FROM pg_temp.der(pg_temp.der_content(:'basic', 0, 0))) AS data,
	(SELECT i.key_hash = pg_temp.der_content(:'basic', 0, 0, 0, 0)
		FROM pca.ocsp_issuer AS i JOIN pca.certificate_authority AS a ON a.id = i.authority_id
		WHERE a.arn = :'subordinate' AND length(i.key_hash) = 20) AS by_key,
	(SELECT array_agg(id ORDER BY n) = ARRAY[pg_temp.id(:'good', 'SHA-512'), pg_temp.id(:'revoked')]
		FROM pg_temp.ocsp_answers(:'response')) AS ids;
-- Whole seconds; this update an hour before now, as a CRL's, the next one an hour after.
SELECT produced_at BETWEEN date_trunc('second', :'before'::timestamptz) AND :'after' AS produced,
	produced_at - this_update AS backdate,
	next_update - produced_at AS validity
FROM pg_temp.ocsp_answers(:'response'),
	pg_temp.ocsp_time(pg_temp.der_content(:'basic', 0, 0, 1)) AS produced_at;
SET pca.ocsp_validity = '1s';
SELECT next_update - this_update AS span FROM pg_temp.ocsp_answers(pca_ocsp_response(:'request'));
SET pca.ocsp_backdate = '5min';
SELECT next_update - this_update AS span FROM pg_temp.ocsp_answers(pca_ocsp_response(:'request'));
SET pca.ocsp_backdate = 0;
SELECT next_update - this_update AS span FROM pg_temp.ocsp_answers(pca_ocsp_response(:'request'));
RESET pca.ocsp_backdate;
-- Not beyond the CA's certificate.
SET pca.ocsp_validity = 2147483647;
SELECT next_update = (SELECT not_after FROM pca_describe_certificate_authority(:'subordinate')) AS is_capped
FROM pg_temp.ocsp_answers(pca_ocsp_response(:'request'));
\set VERBOSITY terse
\set VERBOSITY sqlstate
SET pca.ocsp_validity = 0;
SET pca.ocsp_backdate = -1;
SET pca.ocsp_backdate = '86401s';
SET pca.max_status_lag = -1;
\set VERBOSITY default
\set VERBOSITY default
RESET pca.ocsp_validity;
-- Signed again each time.
SELECT pca_ocsp_response(:'request') <> pca_ocsp_response(:'request') AS is_new;

--
-- The nonce (RFC 8954, RFC 9654) and other extensions
--

CREATE FUNCTION pg_temp.extension(oid bytea, value bytea, critical boolean DEFAULT false)
RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.tlv('30', pg_temp.tlv('06', oid), CASE WHEN critical THEN '\x0101ff'::bytea ELSE '' END,
		pg_temp.tlv('04', value))
$$;
CREATE FUNCTION pg_temp.nonce(length int) RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.extension('\x2b0601050507300102', pg_temp.tlv('04', decode(repeat('5a', length), 'hex')))
$$;
CREATE FUNCTION pg_temp.with_extensions(certificate text, extensions bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT pca_ocsp_response(pg_temp.ocsp_request(ARRAY[pg_temp.id(certificate)], extensions))
$$;
SELECT n, s,
	CASE s WHEN 'successful' THEN
		pg_temp.der_content(pg_temp.basic_response(r), 0, 0, 3, 0) = pg_temp.nonce(n) END AS is_echoed
FROM (VALUES (0), (1), (16), (32), (33), (127), (128), (129)) AS v (n),
	LATERAL pg_temp.with_extensions(:'good', pg_temp.nonce(n)) AS r, LATERAL pg_temp.response_status(r) AS s
ORDER BY n;
-- Without an OCTET STRING of its own, as some clients send it: it comes back the same way.
SELECT length(v) AS n, s,
	CASE s WHEN 'successful' THEN
		pg_temp.der_content(pg_temp.basic_response(r), 0, 0, 3, 0)
			= pg_temp.extension('\x2b0601050507300102', v) END AS is_echoed
FROM (VALUES (''::bytea), ('\x5a'), ('\x04'), ('\x0400'), ('\x0402'), ('\x04025a'), ('\x30035a5a5a'),
	(decode(repeat('5a', 128), 'hex')), (decode(repeat('5a', 129), 'hex'))) AS v (v),
	LATERAL pg_temp.with_extensions(:'good', pg_temp.extension('\x2b0601050507300102', v)) AS r,
	LATERAL pg_temp.response_status(r) AS s
ORDER BY 1, v;
SELECT v.n, what, s,
	CASE s
		WHEN 'successful' THEN (SELECT count(*)
			FROM pg_temp.der(pg_temp.der_content(pg_temp.basic_response(r), 0, 0)) AS e
			WHERE tag = 'A1') END AS extensions
FROM (VALUES
	(1, 'a critical nonce', pg_temp.extension('\x2b0601050507300102', '\x040101', true)),
	(2, 'two nonces', pg_temp.nonce(8) || pg_temp.nonce(8)),
	(3, 'acceptable responses', pg_temp.extension('\x2b0601050507300104', '\x300b06092b0601050507300101')),
	(4, 'preferred signature algorithms', pg_temp.extension('\x2b0601050507300108', '\x30003000')),
	(5, 'an unknown one', pg_temp.extension('\x2a0304', '\x0500')),
	(6, 'the same, critical', pg_temp.extension('\x2a0304', '\x0500', true)),
	(7, 'none in an empty list', '')) AS v (n, what, extensions),
	LATERAL pg_temp.with_extensions(:'good', extensions) AS r, LATERAL pg_temp.response_status(r) AS s
ORDER BY n;
-- A request's own: a service locator.
SELECT critical,
	pg_temp.response_status(pca_ocsp_response(pg_temp.tlv('30',
		pg_temp.tlv('30',
			pg_temp.tlv('30',
				pg_temp.tlv('30', pg_temp.id(:'good'),
					pg_temp.tlv('a0', pg_temp.tlv('30', pg_temp.extension('\x2b0601050507300107', '\x3000', critical)))))))))
FROM (VALUES (false), (true)) AS v (critical);

--
-- Several issuers
--

-- The first known one signs; it answers unknown for the others.
SELECT pg_temp.tlv('30', '\x300906052b0e03021a0500', pg_temp.tlv('04', decode(repeat('01', 20), 'hex')),
	pg_temp.tlv('04', decode(repeat('02', 20), 'hex')), '\x020101') AS unknown,
	pg_temp.tlv('30', '\x300c06082a864886f70d02050500', pg_temp.tlv('04', decode(repeat('01', 16), 'hex')),
		pg_temp.tlv('04', decode(repeat('02', 16), 'hex')), '\x020101') AS md5 \gset
SELECT pg_temp.cert_id(:'root',
	pg_temp.tlv('02', pg_temp.der_content(:'certificate', 0, 0, 1))) AS of_root \gset
SELECT pg_temp.ocsp(:'of_root'),
	pg_temp.ocsp(:'unknown', :'md5', pg_temp.id(:'good'), :'of_root', pg_temp.id(:'revoked', 'SHA-256')),
	pg_temp.ocsp(:'of_root', pg_temp.id(:'good'));
SELECT pg_temp.der_content(pg_temp.basic_response(pca_ocsp_response(pg_temp.ocsp_request(ARRAY[:'unknown',
	pg_temp.id(:'good'), pg_temp.cert_id(:'root', '\x020101')]))),
	0, 0, 0, 0)
	= pg_temp.der_content(:'basic', 0, 0, 0, 0) AS by_the_first;
SELECT pg_temp.ocsp(:'unknown'), pg_temp.ocsp(:'unknown', :'md5'), pg_temp.ocsp(:'md5');
-- The name of one CA with the key of another.
SELECT pg_temp.ocsp(pg_temp.tlv('30', d.algorithm, pg_temp.tlv('04', r.name_hash),
	pg_temp.tlv('04', s.key_hash), pg_temp.serial(:'good')))
FROM ocsp_digest AS d, pca.ocsp_issuer AS r, pca.ocsp_issuer AS s
WHERE d.name = 'SHA-256' AND length(r.name_hash) = 32 AND length(s.name_hash) = 32
	AND r.authority_id = right(:'root', 36)::uuid AND s.authority_id = right(:'subordinate', 36)::uuid;
-- SHA-256 hashes with the name of another algorithm of that length, and of one of another length.
SELECT pg_temp.ocsp(overlay(pg_temp.id(:'good', 'SHA-256') PLACING '\x06096086480165030402060500' FROM 5)),
	pg_temp.ocsp(overlay(pg_temp.id(:'good', 'SHA-256') PLACING '\x06096086480165030402020500' FROM 5));

--
-- What a cache may keep: pca_ocsp()
--

-- The status of the response, and what it says; whether the two times are those in it; whether
-- it may be kept.
CREATE FUNCTION pg_temp.keep(request bytea, OUT response text, OUT says text, OUT times boolean,
	OUT is_cacheable boolean)
LANGUAGE plpgsql AS $$
DECLARE
	reply record;
BEGIN
	SELECT * INTO reply FROM pca_ocsp(request);
	response := pg_temp.response_status(reply.response);
	is_cacheable := reply.is_cacheable;
	IF response = 'successful' THEN
		SELECT string_agg(a.status, ' ' ORDER BY a.n),
			bool_and(a.this_update = reply.this_update AND a.next_update = reply.next_update)
		INTO says, times FROM pg_temp.ocsp_answers(reply.response) AS a;
	ELSE
		times := num_nulls(reply.this_update, reply.next_update) = 2;
	END IF;
END
$$;
SELECT v.n, v.what, k.* FROM (VALUES
	(1, 'good', pg_temp.ocsp_request(ARRAY[pg_temp.id(:'good')])),
	(2, 'good and revoked', pg_temp.ocsp_request(ARRAY[pg_temp.id(:'good'), pg_temp.id(:'revoked')])),
	(3, 'unknown', pg_temp.ocsp_request(ARRAY[pg_temp.cert_id(:'subordinate', '\x0203123456')])),
	(4, 'good and unknown',
		pg_temp.ocsp_request(ARRAY[pg_temp.id(:'good'), pg_temp.cert_id(:'subordinate', '\x0203123456')])),
	(5, 'unknown and revoked',
		pg_temp.ocsp_request(ARRAY[pg_temp.cert_id(:'subordinate', '\x0203123456'), pg_temp.id(:'revoked')])),
	(6, 'a nonce', pg_temp.ocsp_request(ARRAY[pg_temp.id(:'good')], pg_temp.nonce(16))),
	(7, 'another extension',
		pg_temp.ocsp_request(ARRAY[pg_temp.id(:'good')], pg_temp.extension('\x2a0304', '\x0500'))),
	(8, 'not a request', '\x3000'),
	(9, 'an unknown CA', pg_temp.ocsp_request(ARRAY[:'unknown'::bytea]))) AS v (n, what, request),
	pg_temp.keep(request) AS k
ORDER BY v.n;
-- The setting of the validity counts here too, and so do the limits of a request.
SET pca.ocsp_validity = '10min';
SELECT next_update - this_update AS span FROM pca_ocsp(:'request');
RESET pca.ocsp_validity;
SELECT pg_temp.response_status(response) FROM pca_ocsp(decode(repeat('00', 65537), 'hex'));
SELECT pg_temp.exception('SELECT pca_ocsp(NULL)');

--
-- What is not a request
--

SELECT what, pg_temp.response_status(r), encode(r, 'hex')
FROM (VALUES
	(1, 'nothing', ''::bytea), (2, 'an octet', '\x30'), (3, 'a text', 'request'),
	(4, 'an empty request', '\x3000'),
	(5, 'an empty list', '\x300430023000'),
	(6, 'something after it',
		pg_temp.ocsp_request(ARRAY[pg_temp.id(:'good')]) || '\x00')) AS v (n, what, request),
	pca_ocsp_response(request) AS r
ORDER BY n;
-- 64 certificates, and one more; 65536 octets, and one more.
SELECT n,
	pg_temp.response_status(pca_ocsp_response(pg_temp.ocsp_request(array_fill(pg_temp.id(:'good'), ARRAY[n]))))
FROM (VALUES (64), (65)) AS v (n);
SELECT count(*), string_agg(DISTINCT status, ' ')
FROM pg_temp.ocsp_answers(pca_ocsp_response(pg_temp.ocsp_request(array_fill(pg_temp.id(:'good'),
	ARRAY[64]))));
SELECT length(r), pg_temp.response_status(pca_ocsp_response(r))
FROM (VALUES (0), (1)) AS v (more),
	LATERAL pg_temp.ocsp_request(ARRAY[pg_temp.cert_id(:'subordinate', '\x020101')],
		pg_temp.extension('\x2a0304', decode(repeat('00', 65443 + more), 'hex'))) AS r;
SELECT pg_temp.exception('SELECT pca_ocsp_response(NULL)');

--
-- Uncommitted changes are not reported
--

BEGIN;
SELECT pca_issue_certificate(:'subordinate', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS open \gset
SELECT pg_temp.ocsp(pg_temp.id(:'open'));
CALL pg_temp.revoke(:'good');
CALL pg_temp.revoke(:'open');
SELECT pg_temp.ocsp(pg_temp.id(:'open'), pg_temp.id(:'good'));
SAVEPOINT s;
SELECT pca_issue_certificate(:'subordinate', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS released \gset
CALL pg_temp.revoke(pg_temp.leaf(10));
RELEASE s;
SELECT pg_temp.ocsp(pg_temp.id(:'released'), pg_temp.id(pg_temp.leaf(10)));
ROLLBACK;
SELECT pg_temp.ocsp(pg_temp.id(:'open'), pg_temp.id(:'good'), pg_temp.id(:'released'),
	pg_temp.id(pg_temp.leaf(10)));
BEGIN;
SELECT pca_issue_certificate(:'subordinate', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS committed \gset
COMMIT;
SELECT pg_temp.ocsp(pg_temp.id(:'committed'));
BEGIN;
CALL pg_temp.revoke(:'committed');
COMMIT;
SELECT pg_temp.ocsp(pg_temp.id(:'committed'));
-- The same for names of issuers: a CA whose first certificate is not committed.
SELECT pca_create_certificate_authority(pg_temp.configuration('Another'), 'SUBORDINATE') AS another \gset
BEGIN;
SELECT pca_issue_certificate(:'root', pca_get_certificate_authority_csr(:'another'), 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "YEARS"}',
	'arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1') AS own \gset
COMMIT;
SELECT certificate AS own_certificate, certificate_chain AS own_chain
FROM pca_get_certificate(:'root', :'own') \gset
BEGIN;
SELECT pca_import_certificate_authority_certificate(:'another', :'own_certificate', :'own_chain');
SELECT pg_temp.ocsp(pg_temp.cert_id(:'another', '\x020101'));
COMMIT;
SELECT pg_temp.ocsp(pg_temp.cert_id(:'another', '\x020101'));

--
-- Transactions of every kind
--

BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT pg_temp.ocsp(pg_temp.id(:'good'), pg_temp.id(:'revoked'));
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_temp.ocsp(pg_temp.id(:'good'), pg_temp.id(:'revoked'));
COMMIT;
-- It writes nothing.
SELECT count(*) AS events FROM pca.audit_event \gset
SELECT pg_temp.ocsp(pg_temp.id(:'good'));
SELECT count(*) - :events AS more_events FROM pca.audit_event;

--
-- The state of the CA
--

CREATE TEMPORARY TABLE before AS SELECT * FROM pca.certificate_authority WHERE arn = :'another';
CREATE FUNCTION pg_temp.in_state(new_status text, new_not_after timestamptz,
	new_restorable_until timestamptz DEFAULT NULL)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	authority text := (SELECT arn FROM before);
BEGIN
	UPDATE pca.certificate_authority
	SET status = new_status, not_after = coalesce(new_not_after, not_after),
		restorable_until = new_restorable_until,
		status_before_deletion = CASE WHEN new_status = 'DELETED' THEN 'DISABLED' END,
		last_state_change_at = clock_timestamp()
	WHERE arn = authority;
	RETURN pg_temp.ocsp(pg_temp.cert_id(authority, '\x020101'));
END
$$;
SELECT n, status, not_after,
	pg_temp.in_state(status, not_after::timestamptz, restorable_until::timestamptz) AS ocsp
FROM (VALUES (1, 'ACTIVE', NULL, NULL), (2, 'DISABLED', NULL, NULL), (3, 'ACTIVE', '2020-01-01', NULL),
	(4, 'DISABLED', '2020-01-01', NULL), (5, 'DELETED', '2100-01-01', '2100-01-01'),
	(6, 'DELETED', '2100-01-01', '2020-01-01'), (7, 'PENDING_CERTIFICATE', '2100-01-01', NULL),
	(8, 'FAILED', '2100-01-01', NULL), (9, 'CREATING', '2100-01-01', NULL),
	(10, 'ACTIVE', '2100-01-01', NULL)) AS v (n, status, not_after, restorable_until)
ORDER BY n;
-- The first CA that is known decides, also when it does not answer.
SELECT pg_temp.in_state('ACTIVE', '2020-01-01'),
	pg_temp.ocsp(pg_temp.cert_id(:'another', '\x020101'), pg_temp.id(:'good')),
	pg_temp.ocsp(pg_temp.id(:'good'), pg_temp.cert_id(:'another', '\x020101'));
-- A CA that is gone.
SELECT pg_temp.cert_id(:'another', '\x020101') AS gone \gset
SELECT pg_temp.ocsp(:'gone');
DELETE FROM pca.certificate_authority WHERE arn = :'another';
SELECT pg_temp.ocsp(:'gone'), pg_temp.ocsp(:'gone', pg_temp.id(:'good'));
SELECT count(*) FROM pca.ocsp_issuer WHERE authority_id = right(:'another', 36)::uuid;

-- A new certificate of the CA under the same name adds nothing, one under another name adds that name:
-- the names in existing certificates stay right.
SELECT array_agg(name_hash ORDER BY name_hash) AS names FROM pca.ocsp_issuer
WHERE authority_id = right(:'subordinate', 36)::uuid \gset
CALL pg_temp.activate_subordinate(:'subordinate', :'root');
SELECT array_agg(name_hash ORDER BY name_hash) = :'names' AS are_the_same FROM pca.ocsp_issuer
WHERE authority_id = right(:'subordinate', 36)::uuid;
BEGIN;
SELECT pca_issue_certificate(:'root', pca_get_certificate_authority_csr(:'subordinate'), 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "YEARS"}',
	'arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0_APIPassthrough/V1',
	'{"Subject": {"CommonName": "Renamed"}}') AS renamed \gset
COMMIT;
-- The warning names its ARN.
SET client_min_messages = error;
SELECT pca_import_certificate_authority_certificate(:'subordinate', certificate, certificate_chain)
FROM pca_get_certificate(:'root', :'renamed');
RESET client_min_messages;
SELECT count(*), array_agg(name_hash) @> :'names' AS has_the_old_ones FROM pca.ocsp_issuer
WHERE authority_id = right(:'subordinate', 36)::uuid;
SELECT pg_temp.ocsp(pg_temp.tlv('30', d.algorithm, pg_temp.tlv('04', i.name_hash),
	pg_temp.tlv('04', i.key_hash), pg_temp.serial(:'good')))
FROM ocsp_digest AS d JOIN pca.ocsp_issuer AS i ON length(i.key_hash) = d.size
WHERE i.authority_id = right(:'subordinate', 36)::uuid;

--
-- Who may ask
--

-- A role that may call the function may ask about every account's CA.
CREATE ROLE regress_pca_ocsp;
SELECT pca_grant_access('regress_pca_ocsp', 'status');
SELECT pca_register_account('regress_pca_ocsp', '310000000002');
SET ROLE regress_pca_ocsp;
SELECT pg_temp.response_status(pca_ocsp_response(:'request')),
	(SELECT count(*) FROM pg_temp.ocsp_answers(pca_ocsp_response(:'request')));
SELECT pg_temp.exception('SET pca.ocsp_validity = 60'), pg_temp.exception('SET pca.max_status_lag = 60');
RESET ROLE;
SELECT unnest(accesses) AS access FROM pca.access WHERE name = 'pca_ocsp_response' ORDER BY 1;
-- No role is tricked into signing.
CREATE FUNCTION regress_pca_answer() RETURNS bytea LANGUAGE sql AS $$
	SELECT public.pca_ocsp_response('\x3000')
$$;
CREATE MATERIALIZED VIEW regress_pca_view AS SELECT regress_pca_answer() WITH NO DATA;
SELECT pg_temp.exception('REFRESH MATERIALIZED VIEW regress_pca_view');
DROP MATERIALIZED VIEW regress_pca_view;
DROP FUNCTION regress_pca_answer;
-- A right that is taken away is gone for the next call.
REVOKE EXECUTE ON FUNCTION pca_ocsp_response FROM regress_pca_ocsp;
SET ROLE regress_pca_ocsp;
SELECT pg_temp.exception(format('SELECT pca_ocsp_response(%L)', :'request'));
RESET ROLE;
SELECT pca_register_account('regress_pca_ocsp', NULL);
DROP OWNED BY regress_pca_ocsp;
DROP ROLE regress_pca_ocsp;
