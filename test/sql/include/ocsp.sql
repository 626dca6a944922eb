-- A writer of OCSP requests and a reader of responses, independent of the
-- extension's. Needs der.sql.

-- An INTEGER from the hexadecimal number at the end of a certificate's ARN.
CREATE FUNCTION pg_temp.serial(arn text) RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.tlv('02', CASE WHEN get_byte(s.octets, 0) < 128 THEN s.octets ELSE '\x00' || s.octets END)
	FROM (SELECT regexp_replace(right(arn, 32), '^(00)*', '')) AS h (hex), decode(h.hex, 'hex') AS s (octets)
$$;

CREATE TEMPORARY TABLE ocsp_digest (name text PRIMARY KEY, size int, algorithm bytea);
INSERT INTO ocsp_digest VALUES
	('SHA-1', 20, '\x300906052b0e03021a0500'), ('SHA-256', 32, '\x300d06096086480165030402010500'),
	('SHA-384', 48, '\x300d06096086480165030402020500'), ('SHA-512', 64, '\x300b0609608648016503040203');

-- A CertID for a certificate of an authority. The hashes are those that are stored:
-- another test shows that they are right.
CREATE FUNCTION pg_temp.cert_id(authority text, number bytea, digest text DEFAULT 'SHA-1')
RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.tlv('30', d.algorithm, pg_temp.tlv('04', i.name_hash), pg_temp.tlv('04', i.key_hash), number)
	FROM ocsp_digest AS d, pca.ocsp_issuer AS i JOIN pca.certificate_authority AS a ON a.id = i.authority_id
	WHERE d.name = digest AND length(i.key_hash) = d.size AND a.arn = authority
	ORDER BY i.name_hash LIMIT 1
$$;
CREATE FUNCTION pg_temp.id(certificate text, digest text DEFAULT 'SHA-1') RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.cert_id(split_part(certificate, '/certificate/', 1), pg_temp.serial(certificate), digest)
$$;

-- A request for some CertIDs, with requestExtensions when they are given.
CREATE FUNCTION pg_temp.ocsp_request(ids bytea[], extensions bytea DEFAULT NULL) RETURNS bytea
LANGUAGE sql AS $$
	SELECT pg_temp.tlv('30', pg_temp.tlv('30',
		pg_temp.tlv('30',
			VARIADIC ARRAY(SELECT pg_temp.tlv('30', id) FROM unnest(ids) WITH ORDINALITY AS i (id, n) ORDER BY n)),
		CASE WHEN extensions IS NULL THEN '' ELSE pg_temp.tlv('a2', pg_temp.tlv('30', extensions)) END))
$$;

CREATE FUNCTION pg_temp.response_status(response bytea) RETURNS text LANGUAGE sql AS $$
	SELECT (ARRAY['successful', 'malformedRequest', 'internalError', 'tryLater', NULL, 'sigRequired',
		'unauthorized'])[
		get_byte(pg_temp.der_content(response, 0, 0), 0) + 1]
$$;

-- The BasicOCSPResponse of a response.
CREATE FUNCTION pg_temp.basic_response(response bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.der_content(response, 0, 1, 0, 1)
$$;

CREATE FUNCTION pg_temp.ocsp_time(content bytea) RETURNS timestamptz LANGUAGE sql AS $$
	SELECT (regexp_replace(convert_from(content, 'UTF8'), '^(\d{8})(\d\d)(\d\d)(\d\d)Z$',
		'\1 \2:\3:\4+00'))::timestamptz
$$;

-- What a response says of each certificate.
CREATE FUNCTION pg_temp.ocsp_answers(response bytea)
RETURNS TABLE (n int, id bytea, status text, revoked_at timestamptz, reason int, this_update timestamptz,
	next_update timestamptz)
LANGUAGE sql AS $$
	SELECT s.n, (SELECT whole FROM pg_temp.der(s.content) AS d WHERE d.n = 0),
		CASE c.tag WHEN '80' THEN 'good' WHEN 'A1' THEN 'revoked' WHEN '82' THEN 'unknown' ELSE c.tag END,
		CASE c.tag WHEN 'A1' THEN pg_temp.ocsp_time(pg_temp.der_content(c.content, 0)) END,
		CASE WHEN c.tag = 'A1' AND (SELECT count(*) FROM pg_temp.der(c.content)) > 1
			THEN get_byte(pg_temp.der_content(c.content, 1, 0), 0) END,
		pg_temp.ocsp_time(pg_temp.der_content(s.content, 2)),
		pg_temp.ocsp_time(pg_temp.der_content(s.content, 3, 0))
	FROM pg_temp.der(pg_temp.der_content(pg_temp.basic_response(response), 0, 0, 2)) AS s,
		pg_temp.der(s.content) AS c
	WHERE c.n = 1
$$;

-- The statuses of some certificates, asked for in one request, or the response's own.
CREATE FUNCTION pg_temp.ocsp(VARIADIC ids bytea[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	response bytea := pca_ocsp_response(pg_temp.ocsp_request(ids));
BEGIN
	IF pg_temp.response_status(response) <> 'successful' THEN
		RETURN pg_temp.response_status(response);
	END IF;
	RETURN (SELECT string_agg(concat_ws(' ', status, reason), ', ' ORDER BY n)
		FROM pg_temp.ocsp_answers(response));
END
$$;

-- Revokes a certificate.
CREATE PROCEDURE pg_temp.revoke(certificate text, reason text DEFAULT 'KEY_COMPROMISE',
	revoked_at timestamptz DEFAULT now())
LANGUAGE sql AS $$
	INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason, not_after, session_user_name,
		current_user_name)
	SELECT a.id, right(certificate, 32)::uuid, revoked_at, reason, now() + interval '1 year', 'somebody',
		'somebody'
	FROM pca.certificate_authority AS a WHERE a.arn = split_part(certificate, '/certificate/', 1)
$$;
