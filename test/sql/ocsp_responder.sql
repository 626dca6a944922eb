-- The certificates of OCSP responders: for which CAs maintenance issues them, and when it does so again.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\i test/sql/include/ocsp.sql
\set ECHO all
\pset format unaligned
SET pca.account_id = '310000000002';

CREATE TEMPORARY TABLE ca (n serial, name text, arn text);
INSERT INTO ca (name, arn) SELECT name, pca_create_certificate_authority(pg_temp.configuration(name), 'ROOT',
		jsonb_build_object('OcspConfiguration', CASE enabled
			WHEN true THEN '{"Enabled": true, "OcspCustomCname": "ocsp.example.com"}'
			ELSE '{"Enabled": false}' END::jsonb))
	FROM (VALUES ('active', true), ('disabled', true), ('without', false), ('deleted', true),
		('pending', true)) AS v (name, enabled);
CREATE FUNCTION pg_temp.arn(text) RETURNS text LANGUAGE sql AS $$ SELECT arn FROM ca WHERE name = $1 $$;
\set ECHO none
SELECT format('CALL pg_temp.activate_root(%L)', arn) FROM ca WHERE name <> 'pending' ORDER BY n \gexec
\set ECHO all
SELECT pca_update_certificate_authority(pg_temp.arn('disabled'), NULL, 'DISABLED');
SELECT pca_update_certificate_authority(pg_temp.arn('deleted'), NULL, 'DISABLED');
SELECT pca_delete_certificate_authority(pg_temp.arn('deleted'));

-- How many each has, and whether answers have a list of certificates.
CREATE FUNCTION pg_temp.responders(OUT name text, OUT certificates bigint, OUT of_answer int)
RETURNS SETOF record LANGUAGE sql AS $$
	SELECT ca.name,
		(SELECT count(*) FROM pca.certificate AS c
			WHERE c.authority_id = a.id AND c.template = 'OCSPSigningCertificate/V1'),
		CASE WHEN a.status IN ('ACTIVE', 'DISABLED') THEN (SELECT count(*)::int
			FROM pca_ocsp_response(pg_temp.ocsp_request(ARRAY[pg_temp.cert_id(ca.arn, '\x020101')])) AS r,
				pg_temp.der(pg_temp.der_content(pg_temp.basic_response(r), 0)) AS e
			WHERE e.tag = 'A0') END
	FROM ca JOIN pca.certificate_authority AS a ON a.arn = ca.arn ORDER BY ca.n
$$;
SELECT * FROM pg_temp.responders();
-- A role that may run it does so for its own account.
SET pca.account_id = '310000000003';
CREATE ROLE regress_pca_cron;
SELECT pca_grant_access('regress_pca_cron', 'administrator');
SET ROLE regress_pca_cron;
SELECT pca_run_maintenance();
RESET ROLE;
SET pca.account_id = '310000000002';
SELECT * FROM pg_temp.responders() WHERE certificates > 0;
SELECT pca_run_maintenance();
SELECT * FROM pg_temp.responders();
SELECT pca_run_maintenance();
SELECT count(*) FROM pca.certificate WHERE template = 'OCSPSigningCertificate/V1';
-- Its row is its audit row.
SELECT operation, t.account_id, t.session_user_name = session_user AS by_user,
	resource LIKE certificate_authority_arn || '/certificate/%' AS resource
FROM pca.audit_trail AS t
	JOIN pca.certificate AS c
		ON c.template LIKE 'OCSP%' AND resource LIKE '%/' || replace(c.serial::text, '-', '');

--
-- When another one is issued
--

-- Only the functions change rows; this simulates a clock that goes on, or went wrong.
CREATE PROCEDURE pg_temp.shift(new_not_before timestamptz, new_not_after timestamptz) LANGUAGE sql AS $$
	SET LOCAL session_replication_role = replica;
	UPDATE pca.certificate AS c SET not_before = new_not_before, not_after = new_not_after
	FROM pca.ocsp_responder AS o JOIN ca ON o.authority_id = right(ca.arn, 36)::uuid
	WHERE ca.name = 'active' AND c.authority_id = o.authority_id AND c.serial = o.serial;
	SET LOCAL session_replication_role = origin;
$$;
CREATE FUNCTION pg_temp.issued() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	before bigint := (SELECT count(*) FROM pca.certificate WHERE template = 'OCSPSigningCertificate/V1');
BEGIN
	PERFORM pca_run_maintenance();
	RETURN (SELECT count(*) FROM pca.certificate WHERE template = 'OCSPSigningCertificate/V1') - before;
END
$$;
SELECT o.certificate_not_after AS ca_ends FROM pca.ocsp_responder AS o
WHERE o.authority_id = right(pg_temp.arn('active'), 36)::uuid \gset
CALL pg_temp.shift(now() - interval '99 days', now() + interval '101 days');
SELECT pg_temp.issued() AS before_half_way;
CALL pg_temp.shift(now() - interval '101 days', now() + interval '99 days');
SELECT pg_temp.issued() AS half_way, pg_temp.issued() AS once;
CALL pg_temp.shift(now() - interval '100 days', now() - interval '1 day');
SELECT pg_temp.issued() AS expired;
CALL pg_temp.shift(now() + interval '1 day', :'ca_ends');
SELECT pg_temp.issued() AS from_the_future;
CALL pg_temp.shift(now() - interval '9999 days', :'ca_ends');
SELECT pg_temp.issued() AS until_the_ca_ends;
-- A CA without answers needs none: a name under which no certificate is good any more, an EXPIRED CA.
CALL pg_temp.shift(now() - interval '101 days', now() + interval '99 days');
BEGIN;
UPDATE pca.ocsp_responder SET certificate_not_after = now() - interval '1 second';
SELECT pg_temp.issued() AS of_a_name_that_has_ended;
ROLLBACK;
BEGIN;
UPDATE pca.certificate_authority
SET not_after = now() - interval '1 second', last_state_change_at = clock_timestamp()
WHERE certificate_id IS NOT NULL;
SELECT pg_temp.issued() AS of_an_expired_ca;
ROLLBACK;
BEGIN;
SELECT pca_update_certificate_authority(pg_temp.arn('active'), '{"OcspConfiguration": {"Enabled": false}}');
SELECT pg_temp.issued() AS without_ocsp;
ROLLBACK;
SELECT pg_temp.issued() AS good_again;
-- OCSP is switched off: the existing certificate still goes with the answers.
SELECT pca_update_certificate_authority(pg_temp.arn('active'), '{"OcspConfiguration": {"Enabled": false}}');
SELECT of_answer FROM pg_temp.responders() WHERE name = 'active';
SELECT pca_update_certificate_authority(pg_temp.arn('active'),
	'{"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "ocsp.example.com"}}');
SELECT pg_temp.issued() AS switched_on_again;
-- Restored.
SELECT pca_restore_certificate_authority(pg_temp.arn('deleted'));
SELECT pg_temp.issued() AS restored;

--
-- How long the answers hold
--

-- Not as long as the certificate that goes with them.
SET pca.ocsp_validity = '100000h';
SELECT a.next_update = c.not_after - interval '5 minutes' AS before_its_end
FROM pca.ocsp_responder AS o JOIN pca.certificate AS c USING (authority_id, serial),
	pg_temp.ocsp_answers(pca_ocsp_response(pg_temp.ocsp_request(ARRAY[pg_temp.cert_id(pg_temp.arn('active'),
		'\x020101')]))) AS a
WHERE o.authority_id = right(pg_temp.arn('active'), 36)::uuid;
-- A new one is good for twice that, but for no longer than the CA.
BEGIN;
UPDATE pca.ocsp_responder SET issuer_id = NULL, serial = NULL
WHERE authority_id = right(pg_temp.arn('active'), 36)::uuid;
SELECT pg_temp.issued();
SELECT c.not_after = o.certificate_not_after AS until_the_ca_ends
FROM pca.ocsp_responder AS o JOIN pca.certificate AS c USING (authority_id, serial)
WHERE o.authority_id = right(pg_temp.arn('active'), 36)::uuid;
ROLLBACK;
RESET pca.ocsp_validity;

--
-- What fails
--

\c -
SET pca.account_id = '310000000002';
SELECT arn AS active FROM pca.certificate_authorities
WHERE certificate_authority_configuration -> 'Subject' ->> 'CommonName' = 'active' \gset
UPDATE pca.ocsp_responder SET issuer_id = NULL, serial = NULL WHERE authority_id = right(:'active', 36)::uuid;
SET pca.key_encryption_key_file = 'nowhere';
SELECT pca_run_maintenance();
SELECT task, certificate_authority_arn = :'active' AS of_the_ca, failures, sqlstate, message
FROM pca.maintenance_failures;
BEGIN;
SELECT pca_update_certificate_authority(:'active', '{"OcspConfiguration": {"Enabled": false}}');
SELECT count(*) AS failures FROM pca.maintenance_failures;
ROLLBACK;
RESET pca.key_encryption_key_file;
SELECT pca_run_maintenance();
SELECT count(*) AS failures FROM pca.maintenance_failures;
SELECT serial IS NOT NULL AS has_one FROM pca.ocsp_responder WHERE authority_id = right(:'active', 36)::uuid;

--
-- What a restore can lose
--

SELECT count(*) FROM pca.restore_faults;
BEGIN;
SET LOCAL session_replication_role = replica;
DELETE FROM pca.certificate AS c USING pca.ocsp_responder AS o
WHERE c.serial = o.serial AND o.authority_id = right(:'active', 36)::uuid;
SET LOCAL session_replication_role = origin;
SELECT fault FROM pca.restore_faults;
SELECT pca_run_maintenance();
SELECT count(*) FROM pca.restore_faults;
DELETE FROM pca.ocsp_responder WHERE authority_id = right(:'active', 36)::uuid;
SELECT fault FROM pca.restore_faults;
ROLLBACK;

DROP OWNED BY regress_pca_cron;
DROP ROLE regress_pca_cron;
