-- Issues the certificates of the conformance test, each an element of the matrix
--
--   template × CA key × subject key × requested content × signing algorithm
--
-- and writes them to :directory. Standard input is the output of requests.sh.
--
-- The first four dimensions are combined in every way. The signing algorithm, the
-- end of validity and the CA rotate along with them, so that every pair of values
-- occurs, which is checked. The root templates, which take only one key, are
-- combined with everything else in every way.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = error;
CREATE EXTENSION pca;
\i test/sql/include/activate.sql
SET client_min_messages = error;
CREATE SCHEMA conformance;
SET search_path = conformance, public;

CREATE TABLE request (key text, kind text, csr text NOT NULL, PRIMARY KEY (key, kind));
\copy request FROM pstdin

--
-- Certificate authorities: for each key algorithm a root, and a subordinate that
-- the root with another algorithm signed. No two with the same key algorithm have
-- the same revocation configuration.
--

CREATE TABLE signing (key_algorithm text, n int, signing_algorithm text, PRIMARY KEY (key_algorithm, n));
INSERT INTO signing
SELECT k, row_number() OVER (PARTITION BY k ORDER BY a) - 1, a
FROM (SELECT unnest(ARRAY['EC_prime256v1', 'EC_secp384r1', 'EC_secp521r1']),
		unnest(ARRAY['SHA256WITHECDSA', 'SHA384WITHECDSA', 'SHA512WITHECDSA'])) AS ec (k, x),
	unnest(ARRAY['SHA256WITHECDSA', 'SHA384WITHECDSA', 'SHA512WITHECDSA']) AS a
UNION ALL
SELECT k, row_number() OVER (PARTITION BY k ORDER BY a) - 1, a
FROM unnest(ARRAY['RSA_2048', 'RSA_3072', 'RSA_4096']) AS k,
	unnest(ARRAY['SHA256WITHRSA', 'SHA384WITHRSA', 'SHA512WITHRSA',
		'SHA256WITHRSA_PSS', 'SHA384WITHRSA_PSS', 'SHA512WITHRSA_PSS']) AS a;

CREATE TABLE revocation (n int PRIMARY KEY, name text, configuration jsonb);
INSERT INTO revocation VALUES
	(0, 'none', NULL),
	(1, 'crl', '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket"}}'),
	(2, 'crl+ocsp', '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket",
		"CustomCname": "crl.example.com", "CustomPath": "a/b"},
		"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "ocsp.example.com"}}'),
	(3, 'ocsp', '{"OcspConfiguration": {"Enabled": true}}'),
	(4, 'partitioned', '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket",
		"CrlType": "PARTITIONED"}}'),
	(5, 'omitted', '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket",
		"CrlDistributionPointExtensionConfiguration": {"OmitExtension": true}}}');

CREATE TABLE authority (
	name text PRIMARY KEY,
	type text,
	n int,
	key_algorithm text,
	-- of its own certificate
	signing_algorithm text,
	revocation text,
	parent text,
	arn text
);
INSERT INTO authority (name, type, n, key_algorithm, signing_algorithm, revocation, parent)
SELECT CASE type WHEN 'ROOT' THEN 'root-' ELSE 'subordinate-' END || k.name, type, k.n, k.name,
	s.signing_algorithm, r.name,
	CASE type WHEN 'SUBORDINATE' THEN 'root-' || p.name END
FROM (SELECT key_algorithm, (row_number() OVER (ORDER BY key_algorithm) - 1)::int
		FROM signing WHERE n = 0) AS k (name, n)
	CROSS JOIN (VALUES ('ROOT', 0, 0), ('SUBORDINATE', 3, 1)) AS t (type, turn, next)
	JOIN revocation AS r ON r.n = (k.n + t.turn) % 6
	JOIN (SELECT key_algorithm, (row_number() OVER (ORDER BY key_algorithm) - 1)::int
		FROM signing WHERE n = 0) AS p (name, n)
		ON p.n = (k.n + t.next) % 6
	JOIN signing AS s ON s.key_algorithm = k.name
		AND s.n = (k.n + t.next) % (SELECT count(*) FROM signing WHERE key_algorithm = k.name);

UPDATE authority SET arn = pca_create_certificate_authority(
	jsonb_build_object('KeyAlgorithm', key_algorithm, 'SigningAlgorithm', signing_algorithm,
		'Subject', jsonb_build_object('Country', 'DE', 'Organization', 'Example', 'CommonName', name)),
	type, (SELECT configuration FROM revocation WHERE revocation.name = authority.revocation));
DO $$
DECLARE
	a record;
BEGIN
	FOR a IN SELECT arn FROM authority WHERE type = 'ROOT' LOOP
		CALL pg_temp.activate_root(a.arn, '{"Value": 60, "Type": "YEARS"}');
	END LOOP;
	FOR a IN SELECT s.arn, p.arn AS parent FROM authority AS s JOIN authority AS p ON p.name = s.parent LOOP
		CALL pg_temp.activate_subordinate(a.arn, a.parent, 'SubordinateCACertificate_PathLen3',
			'{"Value": 50, "Type": "YEARS"}');
	END LOOP;
END
$$;

--
-- Templates
--

CREATE TABLE template (name text PRIMARY KEY, class text, path_length int, family int, variety int,
	passes_api boolean, passes_csr boolean);
INSERT INTO template
SELECT t.name, CASE WHEN t.is_self_signed THEN 'root' WHEN t.is_ca THEN 'ca' ELSE 'leaf' END, t.path_length,
	dense_rank() OVER (ORDER BY t.is_self_signed, t.first) - 1,
	CASE WHEN t.api_passthrough THEN 1 ELSE 0 END + CASE WHEN t.csr_passthrough THEN 2 ELSE 0 END,
	t.api_passthrough, t.csr_passthrough
FROM (
	SELECT replace(n.name, '/V1', '') AS name, n.is_self_signed, n.is_ca, n.path_length,
		n.api_passthrough, n.csr_passthrough,
		min(n.n) OVER (PARTITION BY regexp_replace(n.name, '_[A-Z]+Passthrough', '')) AS first
	FROM (SELECT row_number() OVER () AS n, pca.templates.* FROM pca.templates) AS n) AS t;

--
-- The content that is requested through the API: every member that makes sense for
-- the class and the key. Values that the CA's own must replace are wrong in a way
-- that a judge would notice.
--

-- The keyUsage of a leaf by the algorithm of the key (RFC 3279, 5480, 8410).
CREATE FUNCTION key_usage(class text, key text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_object_agg(member, member = ANY (CASE
		WHEN class <> 'leaf' THEN '{DigitalSignature,KeyCertSign,CRLSign}'
		WHEN key LIKE 'RSA%' THEN '{DigitalSignature,NonRepudiation,KeyEncipherment,DataEncipherment}'
		WHEN key LIKE 'P-%' THEN '{DigitalSignature,NonRepudiation,KeyAgreement,EncipherOnly}'
		ELSE '{DigitalSignature,NonRepudiation}' END::text[]))
	FROM unnest('{DigitalSignature,NonRepudiation,KeyEncipherment,DataEncipherment,
		KeyAgreement,KeyCertSign,CRLSign,EncipherOnly,DecipherOnly}'::text[]) AS member
$$;

CREATE FUNCTION custom(oid text, der bytea, is_critical boolean DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('ObjectIdentifier', oid,
		'Value', translate(encode(der, 'base64'), E'\n', ''), 'Critical', is_critical))
$$;

CREATE FUNCTION custom_extensions(class text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(custom)
	FROM (
		-- instead of those of the template and the CA
		SELECT custom('2.5.29.19', CASE WHEN class = 'leaf' THEN '\x30030101ff'::bytea ELSE '\x3000' END, true)
		UNION ALL SELECT custom('2.5.29.14', '\x040400010203')
		UNION ALL SELECT custom('2.5.29.35', '\x3006800400010203') WHERE class <> 'root'
		-- if the CA has none of its own
		UNION ALL SELECT custom('2.5.29.31', '\x3020301ea01ca01a8618'::bytea || 'http://api.example.com/1')
			WHERE class <> 'root'
		UNION ALL SELECT custom('1.3.6.1.5.5.7.1.1', '\x3026302406082b060105050730018618'::bytea ||
			'http://api.example.com/2') WHERE class <> 'root'
		-- issuerAltName DNS:api.example.com, freshestCRL, tlsFeature, qcStatements,
		-- subjectInfoAccess, a private one
		UNION ALL SELECT custom('2.5.29.18', '\x3011820f'::bytea || 'api.example.com', false)
		UNION ALL SELECT custom('2.5.29.46', '\x3020301ea01ca01a8618'::bytea || 'http://api.example.com/3', false)
			WHERE class <> 'root'
		UNION ALL SELECT custom('1.3.6.1.5.5.7.1.24', '\x3003020105', false) WHERE class = 'leaf'
		UNION ALL SELECT custom('1.3.6.1.5.5.7.1.3', '\x300a3008060604008e460101', false) WHERE class = 'leaf'
		UNION ALL SELECT custom('1.3.6.1.5.5.7.1.11', '\x3026302406082b060105050730058618'::bytea ||
			'http://api.example.com/4', false) WHERE class <> 'leaf'
		UNION ALL SELECT custom('1.3.6.1.4.1.55555.3.1', '\x0c0c'::bytea || 'from the API', false)
		-- nameConstraints: permitted DNS:example.com; policyConstraints: inhibitPolicyMapping 1; inhibitAnyPolicy 1
		UNION ALL SELECT custom('2.5.29.30', '\x3011a00f300d820b'::bytea || 'example.com', true) WHERE class = 'ca'
		UNION ALL SELECT custom('2.5.29.36', '\x3003810101', true) WHERE class = 'ca'
		UNION ALL SELECT custom('2.5.29.54', '\x020101', true) WHERE class = 'ca'
	) AS c (custom)
$$;

CREATE FUNCTION passthrough(class text, key text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object(
		'Subject', '{"Country": "FR", "Organization": "Exämple", "OrganizationalUnit": "Unit",
			"DistinguishedNameQualifier": "q1", "State": "State",
			"CommonName": "from the API", "SerialNumber": "S-1", "Locality": "Town",
			"Title": "Dr", "Surname": "Sur", "GivenName": "Given",
			"Initials": "GS", "Pseudonym": "Nym", "GenerationQualifier": "Jr"}'::jsonb,
		'Extensions', jsonb_build_object(
			'CertificatePolicies', '[{"CertPolicyId": "1.3.6.1.4.1.55555.2.1", "PolicyQualifiers": [
				{"PolicyQualifierId": "CPS", "Qualifier": {"CpsUri": "http://api.example.com/cps"}},
				{"PolicyQualifierId": "CPS", "Qualifier": {"CpsUri": "http://api.example.com/cps2"}}]},
				{"CertPolicyId": "2.5.29.32.0"}]'::jsonb,
			'ExtendedKeyUsage', '[
				{"ExtendedKeyUsageType": "SERVER_AUTH"}, {"ExtendedKeyUsageType": "CLIENT_AUTH"},
				{"ExtendedKeyUsageType": "CODE_SIGNING"}, {"ExtendedKeyUsageType": "EMAIL_PROTECTION"},
				{"ExtendedKeyUsageType": "TIME_STAMPING"}, {"ExtendedKeyUsageType": "OCSP_SIGNING"},
				{"ExtendedKeyUsageType": "SMART_CARD_LOGIN"}, {"ExtendedKeyUsageType": "DOCUMENT_SIGNING"},
				{"ExtendedKeyUsageType": "CERTIFICATE_TRANSPARENCY"},
				{"ExtendedKeyUsageObjectIdentifier": "1.3.6.1.4.1.55555.1.2"}]'::jsonb,
			'KeyUsage', key_usage(class, key),
			'SubjectAlternativeNames', '[
				{"OtherName": {"TypeId": "1.3.6.1.4.1.311.20.2.3", "Value": "someone@example.com"}},
				{"Rfc822Name": "someone@example.com"}, {"DnsName": "api.example.com"},
				{"DirectoryName": {"Country": "FR", "Organization": "Example", "CommonName": "Directory"}},
				{"EdiPartyName": {"PartyName": "party", "NameAssigner": "assigner"}},
				{"UniformResourceIdentifier": "https://api.example.com/a?b=c"},
				{"IpAddress": "192.0.2.2"}, {"IpAddress": "2001:db8::2"},
				{"RegisteredId": "1.3.6.1.4.1.55555.4"}]'::jsonb,
			'CustomExtensions', custom_extensions(class)))
$$;

-- The structured SAN without ediPartyName, which not every reader accepts.
CREATE FUNCTION without_edi_party_name(passthrough jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_set(passthrough, '{Extensions,SubjectAlternativeNames}',
		(passthrough #> '{Extensions,SubjectAlternativeNames}') - 4)
$$;

--
-- The matrix
--

CREATE TABLE certificate (
	name text PRIMARY KEY,
	template text, class text,
	authority text, authority_key text, authority_type text, revocation text,
	signing_algorithm text,
	key text,
	-- what the request and the API ask for, and which part of it the template passes
	asked text, passed text,
	has_edi_party_name boolean,
	validity jsonb,
	csr text,
	api_passthrough jsonb,
	arn text
);

CREATE FUNCTION validity(turn int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT ('[{"Value": 90, "Type": "DAYS"}, {"Value": 13, "Type": "MONTHS"}, {"Value": 49, "Type": "YEARS"},
		{"Value": 491231235959, "Type": "END_DATE"},
		{"Value": 20500101000000, "Type": "END_DATE"}]'::jsonb)->turn % 5
$$;

-- The part of the requested content that a template passes.
CREATE FUNCTION passed(t template, asked text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE
		WHEN asked = 'nameless' THEN 'nameless'
		WHEN t.passes_api AND t.passes_csr THEN asked
		WHEN t.passes_api AND asked IN ('api', 'both') THEN 'api'
		WHEN t.passes_csr AND asked IN ('csr', 'both') THEN 'csr'
		ELSE 'none' END
$$;

CREATE VIEW subject_key AS
	SELECT key, row_number() OVER (ORDER BY key)::int - 1 AS n FROM request GROUP BY key;

-- Names and keys of leaves and CAs below an authority.
INSERT INTO certificate
SELECT concat_ws(',', t.name, a.name, k.key, q.asked), t.name, t.class, a.name,
	a.key_algorithm, a.type, a.revocation,
	s.signing_algorithm, k.key, q.asked, passed(t, q.asked),
	q.asked IN ('api', 'both') AND t.passes_api AND is_edi, validity(turn + q.n), r.csr,
	CASE WHEN q.asked IN ('api', 'both') THEN
		CASE WHEN is_edi THEN passthrough(t.class, k.key)
			ELSE without_edi_party_name(passthrough(t.class, k.key)) END END
FROM template AS t
	CROSS JOIN (SELECT DISTINCT n, key_algorithm FROM authority) AS f
	CROSS JOIN subject_key AS k
	CROSS JOIN (VALUES ('none', 0), ('api', 1), ('csr', 2), ('both', 3), ('nameless', 4)) AS q (asked, n)
	CROSS JOIN LATERAL (SELECT t.family + t.variety + f.n + k.n + q.n) AS sum (turn)
	CROSS JOIN LATERAL (SELECT turn % 3 = 0) AS e (is_edi)
	-- the path length of a subordinate is 3
	JOIN authority AS a ON a.n = f.n
		AND a.type = CASE WHEN t.path_length >= 3 OR (turn / 3 + k.n) % 2 = 0 THEN 'ROOT' ELSE 'SUBORDINATE' END
	JOIN signing AS s ON s.key_algorithm = f.key_algorithm
		AND s.n = (turn / 2 + k.n) % (SELECT count(*) FROM signing WHERE key_algorithm = f.key_algorithm)
	JOIN request AS r ON r.key = k.key
		AND r.kind = CASE
			WHEN q.asked IN ('csr', 'both') THEN t.class
			WHEN q.asked = 'nameless' THEN 'nameless'
			ELSE 'plain' END
WHERE t.class <> 'root' AND (q.asked <> 'nameless' OR t.class = 'leaf');

-- Roots: with and without what the API may add. An authority key identifier with
-- the identifier of the key is also passed.
INSERT INTO certificate
SELECT concat_ws(',', t.name, a.name, s.signing_algorithm, asked), t.name, t.class, a.name,
	a.key_algorithm, a.type, a.revocation,
	s.signing_algorithm, a.key_algorithm, asked, passed(t, asked), false, '{"Value": 20, "Type": "YEARS"}',
	pca_get_certificate_authority_csr(a.arn),
	CASE WHEN asked = 'api' THEN jsonb_insert(without_edi_party_name(passthrough(t.class, a.key_algorithm)),
		'{Extensions,CustomExtensions,0}',
		custom('2.5.29.35', '\x30168014' ||
			(SELECT substr(der, position('\x0603551d0e04160414'::bytea IN der) + 9, 20)
			FROM pca_get_certificate_authority_certificate(a.arn) AS g, LATERAL (
				SELECT decode(regexp_replace(g.certificate, '-----[A-Z ]+-----|\s', '', 'g'), 'base64')
			) AS d (der)))) END
FROM template AS t
	CROSS JOIN authority AS a
	JOIN signing AS s ON s.key_algorithm = a.key_algorithm
	CROSS JOIN unnest('{none,api}'::text[]) AS asked
WHERE t.class = 'root' AND a.type = 'ROOT';

-- Checks that every pair of values occurs.
CREATE FUNCTION check_pairs(one text, other text, expected bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	found bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (SELECT DISTINCT %I, %I
		FROM certificate WHERE class <> ''root'' AND asked <> ''nameless'')
		AS d', one, other) INTO found;
	IF found <> expected THEN
		RAISE EXCEPTION '% of % pairs of % and % occur', found, expected, one, other;
	END IF;
END
$$;
DO $$
DECLARE
	templates bigint := count(*) FROM template WHERE class <> 'root';
BEGIN
	PERFORM check_pairs('template', 'signing_algorithm', templates * 9);
	-- only roots issue a path length of 3
	PERFORM check_pairs('template', 'authority_type', templates * 2 -
		(SELECT count(*) FROM template WHERE class <> 'root' AND path_length >= 3));
	PERFORM check_pairs('template', 'validity', templates * 5);
	PERFORM check_pairs('template', 'revocation', templates * 6);
	PERFORM check_pairs('authority', 'asked', 12 * 4);
	PERFORM check_pairs('authority', 'key', 12 * 8);
	PERFORM check_pairs('authority', 'signing_algorithm', 6 * 3 + 6 * 6);
	PERFORM check_pairs('authority', 'validity', 12 * 5);
	PERFORM check_pairs('key', 'signing_algorithm', 8 * 9);
	PERFORM check_pairs('key', 'validity', 8 * 5);
	PERFORM check_pairs('asked', 'signing_algorithm', 4 * 9);
	PERFORM check_pairs('asked', 'validity', 4 * 5);
	PERFORM check_pairs('signing_algorithm', 'validity', 9 * 5);
END $$;

-- Names of every kind, as they are in requests, for a leaf and for a CA.
INSERT INTO certificate
SELECT concat_ws(',', t.name, a.name, r.key, r.kind), t.name, t.class, a.name,
	a.key_algorithm, a.type, a.revocation,
	'SHA256WITHECDSA', r.key, r.kind, 'none', false, validity(0), r.csr, NULL
FROM request AS r
	JOIN template AS t ON t.name IN ('EndEntityCertificate', 'SubordinateCACertificate_PathLen0')
	JOIN authority AS a ON a.name = 'subordinate-EC_prime256v1'
WHERE r.kind LIKE 'name-%';
DO $$ BEGIN
	IF (SELECT count(*) FROM certificate WHERE asked LIKE 'name-%') < 80 THEN
		RAISE EXCEPTION 'requests with names of every kind are missing';
	END IF;
END $$;

-- Extensions of every kind, as they are in requests. Those about a CA's subordinates
-- are in the certificate of a CA.
INSERT INTO certificate
SELECT concat_ws(',', t.name, a.name, r.key, r.kind), t.name, t.class, a.name,
	a.key_algorithm, a.type, a.revocation,
	'SHA256WITHECDSA', r.key, r.kind, 'csr', false, validity(0), r.csr, NULL
FROM request AS r
	JOIN template AS t ON t.name = CASE
		WHEN r.kind ~ '^extension-(nameConstraints|policyConstraints|policyMappings|inhibitAnyPolicy)-'
			THEN 'SubordinateCACertificate_PathLen0_CSRPassthrough'
		ELSE 'EndEntityCertificate_CSRPassthrough' END
	JOIN authority AS a ON a.name = 'subordinate-EC_prime256v1'
WHERE r.kind LIKE 'extension-%';
DO $$ BEGIN
	IF (SELECT count(*) FROM certificate WHERE asked LIKE 'extension-%') < 110 THEN
		RAISE EXCEPTION 'requests with extensions of every kind are missing';
	END IF;
END $$;

UPDATE certificate AS c SET arn = pca_issue_certificate(
	certificate_authority_arn => a.arn,
	csr => c.csr,
	signing_algorithm => c.signing_algorithm,
	validity => c.validity,
	template_arn => 'arn:aws:acm-pca:::template/' || c.template || '/V1',
	api_passthrough => c.api_passthrough)
FROM authority AS a
WHERE a.name = c.authority;

--
-- Files: the certificates with their properties, and the authorities.
--

\set output :directory/certificates.tsv
COPY (
	SELECT c.name, c.template, c.class, c.authority, c.authority_key,
		lower(c.authority_type) AS authority_type, c.revocation,
		c.signing_algorithm, c.key, c.asked, c.passed,
		CASE WHEN c.has_edi_party_name THEN 'yes' ELSE 'no' END AS edi_party_name,
		c.validity->>'Type' AS validity, g.certificate
	FROM certificate AS c JOIN authority AS a ON a.name = c.authority, pca_get_certificate(a.arn, c.arn) AS g
	ORDER BY c.name
) TO STDOUT (FORMAT csv, HEADER, DELIMITER E'\t') \g :output
\set output :directory/authorities.tsv
COPY (
	SELECT a.name, a.parent, g.certificate
	FROM authority AS a, pca_get_certificate_authority_certificate(a.arn) AS g
	ORDER BY a.name
) TO STDOUT (FORMAT csv, HEADER, DELIMITER E'\t') \g :output
