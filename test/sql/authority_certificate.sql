-- ImportCertificateAuthorityCertificate and GetCertificateAuthorityCertificate.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
SET pca.account_id = '200000000001';

CREATE FUNCTION pg_temp.import(authority text, certificate text, chain text DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.exception(format('SELECT pca_import_certificate_authority_certificate(%L, %L, %L)', authority,
		certificate, chain))
$$;
-- Each level of CAs ends a year before the one above it.
CREATE FUNCTION pg_temp.issue(authority text, csr text, template text) RETURNS text LANGUAGE sql AS $$
	SELECT pca_issue_certificate(authority, csr, 'SHA256WITHECDSA', jsonb_build_object('Type', 'YEARS',
			'Value', CASE template WHEN 'RootCACertificate' THEN 4 WHEN 'SubordinateCACertificate_PathLen1' THEN 3
				WHEN 'SubordinateCACertificate_PathLen0' THEN 2 ELSE 1 END),
		'arn:aws:acm-pca:::template/' || template || '/V1')
$$;

--
-- A root: from the CSR to ACTIVE
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Root'), 'ROOT') AS root \gset
SELECT pg_temp.exception(format('SELECT pca_get_certificate_authority_certificate(%L)', :'root'));
SELECT pg_temp.issue(:'root', pca_get_certificate_authority_csr(:'root'),
	'RootCACertificate') AS root_arn \gset
SELECT certificate AS root_certificate, certificate_chain IS NULL AS has_no_chain
FROM pca_get_certificate(:'root', :'root_arn') \gset
SELECT :'has_no_chain' AS has_no_chain;
-- An import that is rolled back leaves nothing; in the transaction that made
-- it, and in a subtransaction of it, its certificate is not available.
BEGIN;
SELECT pca_import_certificate_authority_certificate(:'root', :'root_certificate');
SELECT status FROM pca_describe_certificate_authority(:'root');
SELECT pg_temp.exception(format('SELECT pca_get_certificate_authority_certificate(%L)', :'root'));
ROLLBACK;
SELECT status, serial, not_before, not_after FROM pca_describe_certificate_authority(:'root');
SELECT count(*)
FROM pca.certificate_authority_certificate AS c JOIN pca.certificate_authority AS a ON a.id = c.authority_id
WHERE a.arn = :'root';
BEGIN;
SAVEPOINT s;
SELECT pca_import_certificate_authority_certificate(certificate_authority_arn => :'root',
	certificate => :'root_certificate', certificate_chain => NULL);
RELEASE s;
SELECT pg_temp.exception(format('SELECT pca_get_certificate_authority_certificate(%L)', :'root'));
COMMIT;
SELECT d.status, d.failure_reason, d.not_before = c.not_before AS not_before,
	d.not_after = c.not_after AS not_after, d.serial = pg_temp.decimal(c.serial) AS serial
FROM pca_describe_certificate_authority(:'root') AS d, pca.certificates AS c
WHERE c.certificate_arn = :'root_arn';
SELECT certificate = :'root_certificate' AS certificate, certificate_chain
FROM pca_get_certificate_authority_certificate(:'root');

--
-- Two subordinates below it
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Upper'), 'SUBORDINATE') AS upper \gset
SELECT pg_temp.issue(:'root', pca_get_certificate_authority_csr(:'upper'),
	'SubordinateCACertificate_PathLen1') AS upper_arn \gset
SELECT certificate AS upper_certificate, certificate_chain AS upper_chain
FROM pca_get_certificate(:'root', :'upper_arn') \gset
SELECT :'upper_chain' = :'root_certificate' AS chain_is_root;
SELECT pca_import_certificate_authority_certificate(:'upper', :'upper_certificate', :'upper_chain');
SELECT pca_create_certificate_authority(pg_temp.configuration('Lower'), 'SUBORDINATE') AS lower \gset
SELECT pg_temp.issue(:'upper', pca_get_certificate_authority_csr(:'lower'),
	'SubordinateCACertificate_PathLen0') AS lower_arn \gset
SELECT certificate AS lower_certificate, certificate_chain AS lower_chain
FROM pca_get_certificate(:'upper', :'lower_arn') \gset
-- The issuer first, the root last, one newline between, none at the end.
SELECT :'lower_chain' = :'upper_certificate' || E'\n' || :'root_certificate' AS chain;
SELECT pca_import_certificate_authority_certificate(:'lower', :'lower_certificate', :'lower_chain');
SELECT d.status, g.certificate = :'lower_certificate' AS certificate,
	g.certificate_chain = :'lower_chain' AS chain
FROM pca_describe_certificate_authority(:'lower') AS d,
	pca_get_certificate_authority_certificate(:'lower') AS g;
-- White space around and text before a block are no part of it.
SELECT pg_temp.import(:'lower', E'\nSubject: CN=Lower\n' || :'lower_certificate' || E'\n\n',
	E'text\n' || :'upper_certificate' || E'\r\n\r\n' || :'root_certificate' || E' \t\n');
SELECT pg_temp.import(:'lower', replace(:'lower_certificate', E'\n', E'\r\n'),
	replace(:'lower_chain', E'\n', E'\r\n'));

--
-- What is refused
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Other root'), 'ROOT') AS other_root \gset
CALL pg_temp.activate_root(:'other_root');
SELECT certificate AS other_certificate FROM pca_get_certificate_authority_certificate(:'other_root') \gset
-- The key and name of Lower with other basic constraints; the key of Lower under another root.
SELECT pg_temp.issue(:'upper', pca_get_certificate_authority_csr(:'lower'),
	'EndEntityCertificate') AS entity_arn \gset
SELECT pg_temp.issue(:'upper', pca_get_certificate_authority_csr(:'lower'),
	'BlankEndEntityCertificate_CriticalBasicConstraints_CSRPassthrough') AS critical_arn \gset
SELECT certificate AS entity_certificate FROM pca_get_certificate(:'upper', :'entity_arn') \gset
SELECT certificate AS critical_certificate FROM pca_get_certificate(:'upper', :'critical_arn') \gset
-- A critical extension outside the list, and one inside it.
SELECT pca_issue_certificate(:'upper', pca_get_certificate_authority_csr(:'lower'), 'SHA256WITHECDSA',
	'{"Value": 30, "Type": "DAYS"}',
	'arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0_APIPassthrough/V1',
	'{"Extensions": {"CustomExtensions": [{"ObjectIdentifier": "1.2.3.4",
		"Value": "BQA=", "Critical": true}]}}') AS unknown_arn \gset
SELECT pca_issue_certificate(:'upper', pca_get_certificate_authority_csr(:'lower'), 'SHA256WITHECDSA',
	'{"Value": 30, "Type": "DAYS"}',
	'arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0_APIPassthrough/V1',
	'{"Extensions": {"CustomExtensions": [{"ObjectIdentifier": "2.5.29.32", "Value": "MAgwBgYEVR0gAA==",
		"Critical": true}]}}') AS policies_arn \gset
-- Not valid yet.
SELECT pca_issue_certificate(:'upper', pca_get_certificate_authority_csr(:'lower'), 'SHA256WITHECDSA',
	'{"Value": 30, "Type": "DAYS"}', 'arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1',
	validity_not_before => jsonb_build_object('Type', 'ABSOLUTE',
		'Value', extract(epoch FROM now() + interval '1 day')::bigint)) AS future_arn \gset
SELECT certificate AS unknown_certificate FROM pca_get_certificate(:'upper', :'unknown_arn') \gset
SELECT certificate AS policies_certificate FROM pca_get_certificate(:'upper', :'policies_arn') \gset
SELECT certificate AS future_certificate FROM pca_get_certificate(:'upper', :'future_arn') \gset

SELECT what,
	regexp_replace(pg_temp.import(authority, certificate, chain), 'but from .*? on\.', 'but from a time on.')
FROM (VALUES
	(1, 'root with a chain', :'root', :'root_certificate', :'other_certificate'),
	(2, 'root with itself as chain', :'root', :'root_certificate', :'root_certificate'),
	(3, 'root with an empty chain', :'root', :'root_certificate', ''),
	(4, 'root with a chain of white space', :'root', :'root_certificate', E' \n'),
	(5, 'root with a certificate of another key', :'root', :'other_certificate', NULL),
	(6, 'subordinate without a chain', :'lower', :'lower_certificate', NULL),
	(7, 'subordinate with an empty chain', :'lower', :'lower_certificate', ''),
	(8, 'subordinate with a certificate of another key', :'lower', :'upper_certificate', :'upper_chain'),
	(9, 'chain without the root', :'lower', :'lower_certificate', :'upper_certificate'),
	(10, 'chain without the issuer', :'lower', :'lower_certificate', :'root_certificate'),
	(11, 'chain in the wrong order', :'lower', :'lower_certificate',
		:'root_certificate' || E'\n' || :'upper_certificate'),
	(12, 'chain with the certificate itself', :'lower', :'lower_certificate',
		:'lower_certificate' || E'\n' || :'lower_chain'),
	(13, 'chain to another root', :'lower', :'lower_certificate',
		:'upper_certificate' || E'\n' || :'other_certificate'),
	(14, 'chain with more after the root', :'lower', :'lower_certificate',
		:'lower_chain' || E'\n' || :'other_certificate'),
	(15, 'certificate of an end entity', :'lower', :'entity_certificate', :'lower_chain'),
	(16, 'critical basic constraints, but no CA', :'lower', :'critical_certificate', :'lower_chain'),
	(17, 'unknown critical extension', :'lower', :'unknown_certificate', :'lower_chain'),
	(18, 'critical certificate policies', :'lower', :'policies_certificate', :'lower_chain'),
	(19, 'not valid yet', :'lower', :'future_certificate', :'lower_chain'),
	(20, 'not PEM', :'lower', 'MIIB', :'lower_chain'),
	(21, 'a CSR', :'lower', pca_get_certificate_authority_csr(:'lower'), :'lower_chain'),
	(22, 'text after the certificate', :'lower', :'lower_certificate' || E'\nx', :'lower_chain'),
	(23, 'two certificates', :'lower', :'lower_certificate' || E'\n' || :'upper_certificate', :'lower_chain'),
	(24, 'certificate cut off', :'lower', left(:'lower_certificate', -40), :'lower_chain'),
	(25, 'chain cut off', :'lower', :'lower_certificate', left(:'lower_chain', -40)),
	(26, 'text after the chain', :'lower', :'lower_certificate', :'lower_chain' || E'\nx'),
	(27, 'chain that is not PEM', :'lower', :'lower_certificate', 'x'),
	(28, 'changed signature', :'lower',
		(SELECT E'-----BEGIN CERTIFICATE-----\n'
			|| encode(set_byte(der, length(der) - 1, get_byte(der, length(der) - 1) # 1), 'base64')
			|| E'\n-----END CERTIFICATE-----'
			FROM pg_temp.pem_to_der(:'lower_certificate') AS der), :'lower_chain'),
	(29, 'byte after the certificate', :'lower',
		E'-----BEGIN CERTIFICATE-----\n' || encode(pg_temp.pem_to_der(:'lower_certificate') || '\x00', 'base64')
			|| E'\n-----END CERTIFICATE-----',
		:'lower_chain'))
	AS v (n, what, authority, certificate, chain)
ORDER BY n;

--
-- The states
--

-- Renewal: the new certificate is the current one, the old one stays in its row.
SELECT pg_temp.issue(:'upper', pca_get_certificate_authority_csr(:'lower'),
	'SubordinateCACertificate_PathLen0') AS renewed_arn \gset
SELECT certificate AS renewed_certificate, certificate_chain AS renewed_chain
FROM pca_get_certificate(:'upper', :'renewed_arn') \gset
SELECT created_at, last_state_change_at, serial
FROM pca_describe_certificate_authority(:'lower') \gset before_
SELECT pca_import_certificate_authority_certificate(:'lower', :'renewed_certificate', :'renewed_chain');
SELECT status, created_at = :'before_created_at' AS created_at,
	last_state_change_at > :'before_last_state_change_at' AS last_state_change_at,
	serial <> :'before_serial' AS serial
FROM pca_describe_certificate_authority(:'lower');
SELECT certificate = :'renewed_certificate' AS certificate
FROM pca_get_certificate_authority_certificate(:'lower');
SELECT count(*)
FROM pca.certificate_authority_certificate AS c JOIN pca.certificate_authority AS a ON a.id = c.authority_id
WHERE a.arn = :'lower';

-- Every status: what import and get say, and what status follows.
CREATE FUNCTION pg_temp.in_status(authority text, state text, end_of_life timestamptz, restorable timestamptz,
	certificate text, chain text)
RETURNS TABLE (stored text, described text, get text, import text, afterwards text) LANGUAGE plpgsql AS $$
BEGIN
	UPDATE pca.certificate_authority
	SET status = state, not_after = coalesce(end_of_life, not_after), restorable_until = restorable,
		status_before_deletion = CASE WHEN state = 'DELETED' THEN 'DISABLED' END WHERE arn = authority;
	stored := state;
	described := (SELECT c.status FROM pca.certificate_authorities AS c WHERE arn = authority);
	get := pg_temp.exception(format('SELECT pca_get_certificate_authority_certificate(%L)', authority));
	import := pg_temp.import(authority, certificate, chain);
	IF import = 'no exception' THEN
		PERFORM pca_import_certificate_authority_certificate(authority, certificate, chain);
	END IF;
	afterwards := (SELECT c.status FROM pca.certificate_authorities AS c WHERE arn = authority);
	RETURN NEXT;
END
$$;
BEGIN;
SELECT s.stored, split_part(s.get, ' | ', 1) AS get
FROM (VALUES (1, 'ACTIVE'), (2, 'DISABLED')) AS v (n, state),
	LATERAL pg_temp.in_status(:'lower', state, NULL, NULL, 'x', NULL) AS s;
SELECT s.*
FROM (VALUES (1, 'CREATING', NULL::timestamptz, NULL::timestamptz), (2, 'PENDING_CERTIFICATE', NULL, NULL),
	(3, 'ACTIVE', NULL, NULL), (4, 'DISABLED', NULL, NULL),
		(5, 'FAILED', NULL, NULL), (6, 'DELETED', NULL, now() + interval '1 day'),
		(7, 'DELETED', NULL, now())) AS v (n, state, end_of_life, restorable),
	LATERAL pg_temp.in_status(:'lower', state, end_of_life, restorable, :'lower_certificate',
		:'lower_chain') AS s;
ROLLBACK;
BEGIN;
SELECT described, left(get, 12) AS get, import, afterwards
FROM pg_temp.in_status(:'lower', 'ACTIVE', now() - interval '1 second', NULL, :'lower_certificate',
	:'lower_chain');
ROLLBACK;
BEGIN;
SELECT described, left(get, 12) AS get, import, afterwards
FROM pg_temp.in_status(:'lower', 'DISABLED', now() - interval '1 second', NULL, :'lower_certificate',
	:'lower_chain');
ROLLBACK;

-- Other kinds of transactions may neither read nor write.
BEGIN READ ONLY;
SELECT pg_temp.import(:'root', :'root_certificate');
SELECT certificate = :'root_certificate' AS certificate
FROM pca_get_certificate_authority_certificate(:'root');
ROLLBACK;
BEGIN;
SELECT pca_import_certificate_authority_certificate(:'root', :'root_certificate');
\set VERBOSITY terse
PREPARE TRANSACTION 'pca';
\set VERBOSITY default
