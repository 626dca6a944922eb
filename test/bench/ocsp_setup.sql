-- Requests for as many certificates as the P-256 CA has issued, up to :count: one
-- certificate each, SHA-1, no nonce. One in a hundred is revoked. The responder has
-- its certificate, which goes with each answer.
SET client_min_messages = error;
SELECT pca_update_certificate_authority(arn, '{"OcspConfiguration": {"Enabled": true}}') AS enabled
	FROM bench.authorities WHERE name = 'P-256' \gset
SELECT pca_run_maintenance() AS maintained \gset
RESET client_min_messages;
CREATE FUNCTION pg_temp.element(tag text, content bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT decode(tag || CASE WHEN length(content) < 128 THEN '' ELSE '81' END
		|| lpad(to_hex(length(content)), 2, '0'), 'hex') || content
$$;
CREATE FUNCTION pg_temp.number(serial uuid) RETURNS bytea LANGUAGE sql AS $$
	SELECT CASE WHEN get_byte(octets, 0) < 128 THEN octets ELSE '\x00' || octets END
	FROM decode(regexp_replace(replace(serial::text, '-', ''), '^(00)+', ''), 'hex') AS n (octets)
$$;
CREATE TABLE bench.ocsp (number integer PRIMARY KEY, request bytea NOT NULL, authority_id uuid,
	serial uuid, not_after timestamptz);
INSERT INTO bench.ocsp
	SELECT row_number() OVER (),
		pg_temp.element('30', pg_temp.element('30', pg_temp.element('30',
		pg_temp.element('30', pg_temp.element('30',
		'\x300906052b0e03021a0500' || pg_temp.element('04', i.name_hash) || pg_temp.element('04', i.key_hash)
		|| pg_temp.element('02', pg_temp.number(c.serial))))))), c.authority_id, c.serial, c.not_after
	FROM bench.authorities AS b JOIN pca.certificate_authority AS a ON a.arn = b.arn
		JOIN pca.ocsp_issuer AS i ON i.authority_id = a.id AND length(i.key_hash) = 20
		JOIN LATERAL (SELECT * FROM pca.certificate AS c
			WHERE c.authority_id = a.id ORDER BY c.serial LIMIT :count) AS c ON true
	WHERE b.name = 'P-256';
INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason,
	not_after, session_user_name, current_user_name)
	SELECT authority_id, serial, now(), 'SUPERSEDED', not_after, 'bench', 'bench'
		FROM bench.ocsp WHERE number % 100 = 0;
VACUUM (ANALYZE) bench.ocsp, pca.certificate, pca.revocation, pca.certificate_authority, pca.ocsp_issuer;
SELECT encode(request, 'hex') FROM bench.ocsp ORDER BY random();
