-- pca_import_crl: what a restore has lost comes back from a CRL, and from nowhere
-- else.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\i test/sql/include/crl.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '170000000001';

CREATE FUNCTION pg_temp.issue(authority text, csr text) RETURNS text LANGUAGE sql AS $$
	SELECT right(pca_issue_certificate(authority, csr, 'SHA256WITHECDSA', '{"Value": 100, "Type": "DAYS"}'), 32)
$$;
-- What a restore to an earlier time would lose.
CREATE FUNCTION pg_temp.lose(authority text, what text[]) RETURNS void
LANGUAGE plpgsql SET session_replication_role = replica AS $$
DECLARE
	authority_id uuid := right(authority, 36);
	lost text;
BEGIN
	FOREACH lost IN ARRAY what LOOP
		EXECUTE format('DELETE FROM pca.%I AS t WHERE t.authority_id = $1', lost) USING authority_id;
	END LOOP;
END
$$;
CREATE FUNCTION pg_temp.revocations(authority text)
RETURNS TABLE (serial text, reason text, revoked_at timestamptz, not_after timestamptz, crl_partition uuid)
LANGUAGE sql AS $$
	SELECT replace(r.serial::text, '-', ''), r.reason, date_trunc('second', r.revoked_at), r.not_after,
		r.crl_partition
	FROM pca.revocation AS r WHERE r.authority_id = right(authority, 36)::uuid
$$;
CREATE FUNCTION pg_temp.import(authority text, crl bytea) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.exception(format('SELECT pca_import_crl(%L, %L)', authority, crl))
$$;

--
-- Revocations that were lost
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Restored'), 'ROOT',
	pg_temp.crl_configuration()) AS ca \gset
CALL pg_temp.activate_root(:'ca');
CREATE TEMPORARY TABLE issued AS
SELECT n, pg_temp.issue(:'ca', :'csr') AS serial FROM generate_series(1, 6) AS n;
SELECT count(pca_revoke_certificate(:'ca', i.serial, v.reason)) FROM issued AS i
	JOIN (VALUES (1, 'KEY_COMPROMISE'), (2, 'UNSPECIFIED'), (3, 'A_A_COMPROMISE'),
		(4, 'SUPERSEDED')) AS v (n, reason)
		ON v.n = i.n;
SELECT pg_temp.maintain(:'ca') AS written;
SELECT pca_get_crl(:'ca') AS crl \gset
SELECT pg_temp.crl_number(:'crl') AS number \gset
CREATE TEMPORARY TABLE before AS SELECT * FROM pg_temp.revocations(:'ca');
-- Nothing to bring back.
SELECT pca_import_crl(:'ca', :'crl');
SELECT pg_temp.maintain(:'ca') AS nothing_new;
SELECT pg_temp.lose(:'ca', '{revocation}');
SELECT status, count(*) FROM issued AS i JOIN pca.certificates AS c ON c.serial = i.serial GROUP BY 1;
SELECT pca_import_crl(:'ca', :'crl');
SELECT status, count(*) FROM issued AS i JOIN pca.certificates AS c ON c.serial = i.serial
GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM (TABLE before EXCEPT SELECT * FROM pg_temp.revocations(:'ca')) AS lost;
SELECT DISTINCT account_id, session_user_name = session_user AS session_user_name
FROM pca.revocation WHERE authority_id = right(:'ca', 36)::uuid;
SELECT outdated_since IS NOT NULL AS is_outdated FROM pca.crls WHERE certificate_authority_arn = :'ca';
SELECT pg_temp.maintain(:'ca') AS written;
SELECT pca_import_crl(:'ca', :'crl') AS again;
SELECT operation, pg_temp.stable(regexp_replace(resource, 'number [0-9]+', 'number N')) AS resource,
	account_id
FROM pca.audit_event WHERE certificate_authority_arn = :'ca' AND operation = 'ImportCRL'
ORDER BY at;
-- A revocation that was repeated meanwhile stays as it was made; what the CRL does not revoke stays good.
SELECT pg_temp.lose(:'ca', '{revocation}');
SELECT pca_revoke_certificate(:'ca', serial, 'CESSATION_OF_OPERATION') FROM issued WHERE n = 1;
SELECT pca_import_crl(:'ca', :'crl');
SELECT i.n, c.status, c.revocation_reason
FROM issued AS i JOIN pca.certificates AS c ON c.serial = i.serial ORDER BY i.n;
-- It belongs to the transaction like any other.
BEGIN;
SELECT pg_temp.lose(:'ca', '{revocation}');
SAVEPOINT s;
SELECT pca_import_crl(:'ca', :'crl');
ROLLBACK TO s;
SELECT count(*) FROM pg_temp.revocations(:'ca');
SELECT pca_import_crl(:'ca', :'crl');
ROLLBACK;
-- Numbers are above the CRL's from then on, also when all that was known of CRLs is lost.
SELECT pg_temp.lose(:'ca', '{revocation,crl,crl_change}');
SELECT pca_import_crl(:'ca', :'crl');
UPDATE pca.crl SET number_floor = number_floor + 315360000000 WHERE id = right(:'ca', 36)::uuid;
SELECT pca_import_crl(:'ca', :'crl') AS an_older_one;
DELETE FROM known_crl;
SELECT pg_temp.maintain(:'ca') AS written;
SELECT pg_temp.crl_number(pca_get_crl(:'ca')) - :number - 315360000000 AS above;

-- The certificates are lost too: it is unknown when they expire.
SELECT pg_temp.lose(:'ca', '{revocation,certificate}');
SELECT pca_import_crl(:'ca', :'crl');
SELECT r.reason, r.revoked_at = b.revoked_at AS revoked_at, r.not_after, r.crl_partition
FROM before AS b LEFT JOIN pg_temp.revocations(:'ca') AS r USING (serial) ORDER BY r.reason;
SELECT count(*) FROM pca.certificates WHERE certificate_authority_arn = :'ca';
SELECT pg_temp.maintain(:'ca') AS written;
SELECT count(*)
FROM before AS b
	JOIN pg_temp.crl_entries(pca_get_crl(:'ca')) AS e ON e.serial = b.serial AND e.revoked_at = b.revoked_at;
-- A CA that was renewed under another subject takes a CRL under the one before.
SELECT pca_issue_certificate(:'ca', pca_get_certificate_authority_csr(:'ca'), 'SHA256WITHECDSA',
	'{"Value": 10, "Type": "YEARS"}', 'arn:aws:acm-pca:::template/RootCACertificate_APIPassthrough/V1',
	'{"Subject": {"CommonName": "Renamed"}}') AS renamed \gset
-- The warning names its ARN.
SET client_min_messages = error;
SELECT pca_import_certificate_authority_certificate(:'ca', certificate)
FROM pca_get_certificate(:'ca', :'renamed');
RESET client_min_messages;
SELECT pg_temp.lose(:'ca', '{revocation}');
SELECT pca_import_crl(:'ca', :'crl') AS under_the_earlier_name;
-- They cannot be revoked again: there is no such certificate.
SELECT left(pg_temp.exception(format('SELECT pca_revoke_certificate(%L, %L, %L)', :'ca', serial,
	'SUPERSEDED')),
	5)
FROM issued WHERE n IN (1, 6);
-- No CRL is configured now: what was revoked counts all the same.
SELECT pg_temp.lose(:'ca', '{revocation}');
SELECT pca_update_certificate_authority(:'ca', '{"CrlConfiguration": {"Enabled": false}}');
SELECT pca_import_crl(:'ca', :'crl');
SELECT pg_temp.maintain(:'ca') AS off;

--
-- Partitions
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Partitioned'), 'ROOT',
	pg_temp.crl_configuration('{"CrlType": "PARTITIONED", "CustomPath": "a/b"}')) AS ca \gset
CALL pg_temp.activate_root(:'ca');
TRUNCATE issued, before;
INSERT INTO issued SELECT n, pg_temp.issue(:'ca', :'csr') FROM generate_series(1, 3) AS n;
SELECT count(pca_revoke_certificate(:'ca', serial, 'KEY_COMPROMISE')) FROM issued WHERE n < 3;
SELECT pg_temp.maintain(:'ca') AS written;
SELECT pca_get_crl(:'ca') AS crl \gset
INSERT INTO before SELECT * FROM pg_temp.revocations(:'ca');
CREATE TEMPORARY TABLE partition AS
SELECT p.* FROM pca.crl_partition AS p WHERE p.authority_id = right(:'ca', 36)::uuid;
-- What is known of the certificates says which partition they are in.
SELECT pg_temp.lose(:'ca', '{revocation}');
SELECT pca_import_crl(:'ca', :'crl');
SELECT count(*) FROM (TABLE before EXCEPT SELECT * FROM pg_temp.revocations(:'ca')) AS lost;
SELECT pg_temp.maintain(:'ca') AS written;
-- Otherwise the CRL does; the partition is opened again, full, at its old place.
SELECT pg_temp.lose(:'ca', '{revocation,certificate,crl_partition,crl,crl_change}');
SELECT pca_import_crl(:'ca', :'crl');
SELECT n.id = p.id AS id, n.url = p.url AS url, n.key = p.key AS key, n.certificates, n.not_after
FROM partition AS p, pca.crl_partition AS n WHERE n.authority_id = right(:'ca', 36)::uuid;
SELECT count(*) FROM pg_temp.revocations(:'ca') AS r JOIN partition AS p ON p.id = r.crl_partition;
DELETE FROM known_crl;
SELECT pg_temp.maintain(:'ca') AS written;
SELECT pg_temp.crl_url(crl) = p.url AS url, pg_temp.crl_number(crl) > pg_temp.crl_number(:'crl') AS number
FROM partition AS p, pg_temp.crl_of(:'ca', p.id) AS crl;
-- New certificates get another partition.
SELECT pg_temp.issue(:'ca', :'csr') AS serial \gset
SELECT pg_temp.maintain(:'ca') AS written;
SELECT pca_import_crl(:'ca', :'crl') AS again;
-- With no CRL configured its key is the default one.
SELECT pg_temp.lose(:'ca', '{revocation,certificate,crl_partition,crl,crl_change}');
SELECT pca_update_certificate_authority(:'ca', '{"CrlConfiguration": {"Enabled": false}}');
SELECT pca_import_crl(:'ca', :'crl');
SELECT pg_temp.stable(key) AS key, pg_temp.stable(url) AS url FROM pca.crl_partition
WHERE authority_id = right(:'ca', 36)::uuid;

-- A partition that certificates have named since is not the one that was restored: it takes no more of
-- them and is kept as long as the authority is good. The partition's own CRL also puts into the partition
-- what the complete CRL brought back without its certificate, whichever of the two is imported first.
SELECT pca_create_certificate_authority(pg_temp.configuration('Both'), 'ROOT',
	pg_temp.crl_configuration()) AS ca \gset
CALL pg_temp.activate_root(:'ca');
SELECT pg_temp.issue(:'ca', :'csr') AS serial \gset
SELECT pca_update_certificate_authority(:'ca', pg_temp.crl_configuration('{"CrlType": "PARTITIONED"}'));
TRUNCATE issued, before, partition;
INSERT INTO issued SELECT n, pg_temp.issue(:'ca', :'csr') FROM generate_series(1, 3) AS n;
SELECT count(pca_revoke_certificate(:'ca', serial, 'KEY_COMPROMISE')) FROM issued WHERE n < 3;
SELECT pg_temp.maintain(:'ca') AS written;
INSERT INTO before SELECT * FROM pg_temp.revocations(:'ca');
INSERT INTO partition SELECT p.* FROM pca.crl_partition AS p WHERE p.authority_id = right(:'ca', 36)::uuid;
SELECT pg_temp.crl_of(:'ca') AS complete, pg_temp.crl_of(:'ca', p.id) AS of_partition
FROM partition AS p \gset
SELECT order_of, pg_temp.lose(:'ca', '{revocation,certificate,crl,crl_change}'), pca_import_crl(:'ca', first),
	pca_import_crl(:'ca', second)
FROM (VALUES ('partition first', :'of_partition'::bytea, :'complete'::bytea)) AS v (order_of, first, second);
DELETE FROM known_crl;
SELECT pg_temp.maintain(:'ca') AS written;
UPDATE pca.crl_partition SET certificates = 1, not_after = now() + interval '1 day'
WHERE authority_id = right(:'ca', 36)::uuid;
SELECT order_of, pg_temp.lose(:'ca', '{revocation,certificate,crl,crl_change}'), pca_import_crl(:'ca', first),
	pca_import_crl(:'ca', second), pca_import_crl(:'ca', second) AS again
FROM (VALUES ('complete first', :'complete'::bytea, :'of_partition'::bytea)) AS v (order_of, first, second);
DELETE FROM known_crl;
SELECT pg_temp.maintain(:'ca') AS written;
SELECT count(*)
FROM before AS b JOIN pg_temp.revocations(:'ca') AS r USING (serial, reason, revoked_at, crl_partition);
SELECT n.certificates, n.not_after
FROM pca.crl_partition AS n WHERE n.authority_id = right(:'ca', 36)::uuid;

--
-- Whose CRL it is
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Restored'), 'ROOT',
	pg_temp.crl_configuration()) AS namesake \gset
CALL pg_temp.activate_root(:'namesake');
SELECT pca_create_certificate_authority(pg_temp.configuration('Other'), 'ROOT',
	pg_temp.crl_configuration()) AS other \gset
CALL pg_temp.activate_root(:'other');
SELECT pg_temp.issue(:'namesake', :'csr') AS serial \gset
SELECT pca_revoke_certificate(:'namesake', :'serial', 'SUPERSEDED');
SELECT pca_run_maintenance();
SELECT pca_get_crl(:'namesake') AS crl \gset
SELECT arn AS restored FROM pca.certificate_authorities
WHERE certificate_authority_configuration #>> '{Subject,CommonName}' = 'Restored' AND arn <> :'namesake' \gset
SELECT what, pg_temp.import(authority, crl)
FROM (VALUES
	(1, 'another name', :'other', :'crl'::bytea),
	(2, 'the same name, another key', :'restored', :'crl'),
	(3, 'NULL', :'namesake', NULL),
	(4, 'empty', :'namesake', ''),
	(5, 'not a CRL', :'namesake', 'CRL'),
	(6, 'unknown CA', replace(:'namesake', right(:'namesake', 36), '00000000-0000-4000-8000-000000000000'),
		:'crl'),
	(7, 'no CA', NULL, :'crl')) AS v (n, what, authority, crl)
ORDER BY n;
-- Any bit flipped.
CREATE FUNCTION pg_temp.flips(authority text, crl bytea, OUT bits int, OUT outcome text)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	counts jsonb := '{}';
	key text;
BEGIN
	FOR i IN 0 .. 8 * length(crl) - 1 LOOP
		BEGIN
			PERFORM pca_import_crl(authority, set_bit(crl, i, 1 - get_bit(crl, i)));
			key := 'taken';
		EXCEPTION WHEN OTHERS THEN
			key := SQLSTATE || ' ' || SQLERRM;
		END;
		counts := counts || jsonb_build_object(key, coalesce((counts ->> key)::int, 0) + 1);
	END LOOP;
	RETURN QUERY SELECT e.value::int - 8 * length(crl), e.key FROM jsonb_each_text(counts) AS e;
END
$$;
SELECT * FROM pg_temp.flips(:'namesake', :'crl');
-- Any octet too few or too many.
SELECT DISTINCT left(pg_temp.import(:'namesake', substr(:'crl'::bytea, 1, i)), 5)
FROM generate_series(0, length(:'crl'::bytea) - 1) AS i;
SELECT DISTINCT left(pg_temp.import(:'namesake', :'crl'::bytea || set_byte('\x00', 0, i)), 5)
FROM generate_series(0, 255) AS i;

--
-- Who may, and when
--

CREATE ROLE regress_pca_importer;
SELECT pca_grant_access('regress_pca_importer', 'administrator');
SELECT format('SELECT pca_import_crl(%L, %L)', :'namesake', :'crl') AS statement \gset
SELECT pg_temp.as_role('regress_pca_importer', :'statement');
SELECT pca_register_account('regress_pca_importer', '170000000002');
SELECT pg_temp.as_role('regress_pca_importer', :'statement');
SELECT pca_register_account('regress_pca_importer', '170000000001');
SELECT pca_register_service_principal('regress_pca_importer', 'acm.amazonaws.com');
SELECT pg_temp.as_role('regress_pca_importer', :'statement');
SELECT pca_register_service_principal('regress_pca_importer', NULL);
DROP OWNED BY regress_pca_importer;
SELECT pg_temp.as_role('regress_pca_importer', :'statement');
DROP ROLE regress_pca_importer;
CREATE FUNCTION pg_temp.in_state(authority text, state text, statement text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	exception text;
BEGIN
	UPDATE pca.certificate_authority AS a SET status = CASE state WHEN 'EXPIRED' THEN 'ACTIVE' ELSE state END,
		not_after = CASE state WHEN 'EXPIRED' THEN clock_timestamp() ELSE clock_timestamp() + interval '1 year' END,
		restorable_until = CASE state WHEN 'DELETED' THEN clock_timestamp() + interval '1 hour' END,
		status_before_deletion = CASE state WHEN 'DELETED' THEN 'DISABLED' END
	WHERE a.arn = in_state.authority;
	RETURN pg_temp.exception(statement);
END
$$;
BEGIN;
SELECT state, pg_temp.in_state(:'namesake', state, :'statement')
FROM (VALUES (1, 'CREATING'), (2, 'PENDING_CERTIFICATE'), (3, 'ACTIVE'), (4, 'DISABLED'), (5, 'EXPIRED'),
	(6, 'FAILED'), (7, 'DELETED')) AS v (n, state)
ORDER BY n;
ROLLBACK;
BEGIN READ ONLY;
SELECT pg_temp.exception(:'statement');
ROLLBACK;
BEGIN;
SELECT pca_import_crl(:'namesake', :'crl');
\set VERBOSITY terse
PREPARE TRANSACTION 'pca';
CREATE MATERIALIZED VIEW regress_pca_imported AS
SELECT pca_import_crl(:'namesake', :'crl') AS result WITH NO DATA;
REFRESH MATERIALIZED VIEW regress_pca_imported;
DROP MATERIALIZED VIEW regress_pca_imported;
\set VERBOSITY default

--
-- CRLs that the authority's key has signed and that are not valid: the corpus
--

\set ECHO none
\i test/fixtures/crl/authority.sql
-- Rows that no function has made are a restore.
SET client_min_messages = error;
SELECT count(*) > 0 AS resumed FROM pca_resume(accept_loss => true);
RESET client_min_messages;
\set ECHO all
SET pca.account_id = :'fixture_account';
CREATE TEMPORARY TABLE fixture (n serial, name text, expected text, note text, crl text);
\copy fixture (name, expected, note, crl) FROM 'test/fixtures/crl/crls.tsv' WITH (FORMAT text, HEADER)
SELECT count(*) > 100 AS are_many, count(*) FILTER (WHERE expected LIKE 'ok %') AS good FROM fixture;
-- The result of one: how many revocations it brought back, or the exception. Nothing stays.
CREATE FUNCTION pg_temp.outcome(authority text, crl bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	brought bigint;
	state text;
	detail text;
BEGIN
	BEGIN
		brought := pca_import_crl(authority, crl);
		RAISE EXCEPTION USING ERRCODE = '00P00';
	EXCEPTION
		WHEN SQLSTATE '00P00' THEN
			RETURN 'ok ' || brought;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
			RETURN state || ' ' || detail;
	END;
END
$$;
CREATE TEMPORARY TABLE outcome AS
SELECT f.*, pg_temp.outcome(:'fixture_authority', decode(f.crl, 'hex')) AS found
FROM fixture AS f ORDER BY f.n;
SELECT name, note, expected, found FROM outcome
WHERE expected <> CASE WHEN expected LIKE 'ok %' THEN found ELSE left(found, 5) END ORDER BY n;
SELECT name, replace(found, 'PCIAG The value at crl is not accepted: ', '') AS fault
FROM outcome WHERE expected NOT LIKE 'ok %' ORDER BY n;
SELECT count(*) AS left_over FROM pg_temp.revocations(:'fixture_authority');
-- What the good ones bring.
BEGIN;
SELECT f.name, pca_import_crl(:'fixture_authority', decode(f.crl, 'hex')) FROM fixture AS f
WHERE f.expected LIKE 'ok %' ORDER BY f.n;
SET LOCAL timezone = 'UTC';
SELECT ltrim(serial, '0') AS serial, reason, revoked_at, not_after,
	crl_partition = :'fixture_partition' AS is_partition
FROM pg_temp.revocations(:'fixture_authority') AS r ORDER BY lpad(r.serial, 32, '0');
SELECT partition_id IS NULL AS is_complete, number, number_floor FROM pca.crl
WHERE authority_id = right(:'fixture_authority', 36)::uuid ORDER BY 1;
SELECT pca_update_certificate_authority(:'fixture_authority', pg_temp.crl_configuration());
SELECT pg_temp.maintain(:'fixture_authority') AS written;
SELECT pg_temp.crl_number(pca_get_crl) - 2 ^ 41 AS above
FROM pg_temp.crl_of(:'fixture_authority') AS pca_get_crl;
ROLLBACK;
-- Nothing is left to do for others.
DELETE FROM pca.certificate_authority WHERE arn = :'fixture_authority';
SELECT pca_run_maintenance();
