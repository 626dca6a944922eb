-- CreateCertificateAuthority, DescribeCertificateAuthority,
-- ListCertificateAuthorities and GetCertificateAuthorityCsr.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
SET pca.account_id = '100000000001';

--
-- Key and signing algorithms
--

-- Every pair that fits makes a key and a CSR: the CSR's signature algorithm,
-- the algorithm of its key and that key's size are those that were asked for.
CREATE TEMPORARY TABLE made AS
SELECT k.key, s.signing, pca_create_certificate_authority(
		jsonb_build_object('KeyAlgorithm', k.key, 'SigningAlgorithm', s.signing,
			'Subject', jsonb_build_object('CommonName', k.key || ' ' || s.signing)), 'ROOT') AS arn
FROM (VALUES ('EC_prime256v1', 'ECDSA'), ('EC_secp384r1', 'ECDSA'), ('EC_secp521r1', 'ECDSA'),
	('RSA_2048', 'RSA')) AS k (key, family),
	(VALUES ('SHA256WITHECDSA'), ('SHA384WITHECDSA'), ('SHA512WITHECDSA'), ('SHA256WITHRSA'), ('SHA384WITHRSA'),
		('SHA512WITHRSA'), ('SHA256WITHRSA_PSS'), ('SHA384WITHRSA_PSS'), ('SHA512WITHRSA_PSS')) AS s (signing)
WHERE s.signing LIKE '%' || k.family || '%';
INSERT INTO made
SELECT k.key, k.signing, pca_create_certificate_authority(
		jsonb_build_object('KeyAlgorithm', k.key, 'SigningAlgorithm', k.signing,
			'Subject', jsonb_build_object('CommonName', k.key || ' ' || k.signing)), 'ROOT')
FROM (VALUES ('RSA_3072', 'SHA384WITHRSA'), ('RSA_4096', 'SHA512WITHRSA_PSS')) AS k (key, signing);
SELECT m.key, m.signing, encode(pg_temp.der_content(csr.der, 0, 1), 'hex') AS signature_algorithm,
	encode(pg_temp.der_content(csr.der, 0, 0, 2, 0), 'hex') AS key_algorithm,
	length(pg_temp.der_content(csr.der, 0, 0, 2, 1)) AS key_octets
FROM made AS m, LATERAL (SELECT pg_temp.pem_to_der(pca_get_certificate_authority_csr(m.arn)) AS der) AS csr
ORDER BY m.key, m.signing;

-- Import verifies and accepts what they sign with these algorithms.
DO $$
DECLARE
	authority text;
BEGIN
	FOR authority IN SELECT arn FROM made LOOP
		CALL pg_temp.activate_root(authority);
	END LOOP;
END
$$;
SELECT d.status, count(*) FROM made AS m, pca_describe_certificate_authority(m.arn) AS d GROUP BY 1;
-- The certificate's signature algorithm, inside and outside, is the CSR's.
SELECT count(*) FROM made AS m, pca_get_certificate_authority_certificate(m.arn) AS g,
	LATERAL (SELECT pg_temp.pem_to_der(g.certificate) AS der) AS c
WHERE pg_temp.der_content(c.der, 0, 1)
	= pg_temp.der_content(pg_temp.pem_to_der(pca_get_certificate_authority_csr(m.arn)), 0, 1)
	AND pg_temp.der_content(c.der, 0, 1) = pg_temp.der_content(c.der, 0, 0, 2);

-- The families do not mix, and an algorithm that does not exist is reported as such.
SELECT k.key, s.signing, left(pg_temp.exception(format('SELECT pca_create_certificate_authority(%L, %L)',
	jsonb_build_object('KeyAlgorithm', k.key, 'SigningAlgorithm', s.signing,
		'Subject', '{"CommonName": "x"}'::jsonb), 'ROOT')), 5)
FROM (VALUES (1, 'RSA_2048'), (2, 'RSA_3072'), (3, 'RSA_4096'), (4, 'EC_prime256v1'), (5, 'EC_secp384r1'),
	(6, 'EC_secp521r1')) AS k (n, key),
	(VALUES (1, 'SHA256WITHECDSA'), (2, 'SHA384WITHECDSA'), (3, 'SHA512WITHECDSA'), (4, 'SHA256WITHRSA'),
		(5, 'SHA384WITHRSA'), (6, 'SHA512WITHRSA'), (7, 'SHA256WITHRSA_PSS'), (8, 'SHA384WITHRSA_PSS'),
		(9, 'SHA512WITHRSA_PSS')) AS s (n, signing)
WHERE left(k.key, 2) = 'EC' AND s.signing LIKE '%RSA%' OR left(k.key, 3) = 'RSA' AND s.signing LIKE '%ECDSA'
ORDER BY k.n, s.n;
SELECT pg_temp.exception($$
	SELECT pca_create_certificate_authority(
		'{"KeyAlgorithm": "RSA_2048", "SigningAlgorithm": "SHA256WITHECDSA", "Subject": {"CommonName": "x"}}',
		'ROOT')$$);
SELECT pg_temp.exception($$
	SELECT pca_create_certificate_authority(
		'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHRSA", "Subject": {"CommonName": "x"}}',
		'ROOT')$$);
SELECT pg_temp.exception($$
	SELECT pca_create_certificate_authority(
		'{"KeyAlgorithm": "SM2", "SigningAlgorithm": "SM3WITHSM2", "Subject": {"CommonName": "x"}}',
		'ROOT')$$);
SELECT pg_temp.exception($$
	SELECT pca_create_certificate_authority(
		'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SM3WITHSM2", "Subject": {"CommonName": "x"}}',
		'ROOT')$$);

--
-- The subject
--

-- Every attribute, given in another order than the model's, which the RDNs
-- have: Country, dnQualifier and serialNumber are PrintableString (13), the
-- rest UTF8String (C).
SELECT pca_create_certificate_authority(
	'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA", "Subject": {
	"GenerationQualifier": "III", "Pseudonym": "Ghost", "Initials": "A.B.", "GivenName": "Zoë",
	"Surname": "Ångström", "Title": "Dr, \"Prof\"", "Locality": "東京", "SerialNumber": "0042-A",
	"CommonName": "  All, of+it=#; <é>\\ ",
	"State": "Übersee", "DistinguishedNameQualifier": "dn''(q)+,-./:=? 1", "OrganizationalUnit": "Research",
	"Organization": "#Example", "Country": "DE"}}', 'ROOT') AS everything \gset
SELECT n, oid, tag, value
FROM pg_temp.name_attributes(
	pg_temp.der_content(pg_temp.pem_to_der(pca_get_certificate_authority_csr(:'everything')), 0, 0, 1));
CALL pg_temp.activate_root(:'everything');
SELECT subject FROM pca.certificates WHERE certificate_authority_arn = :'everything';
-- Subject and issuer of the certificate are the CSR's, byte for byte.
SELECT pg_temp.der_content(c.der, 0, 0, 5) = pg_temp.der_content(csr.der, 0, 0, 1) AS subject,
	pg_temp.der_content(c.der, 0, 0, 3) = pg_temp.der_content(csr.der, 0, 0, 1) AS issuer
FROM pca_get_certificate_authority_certificate(:'everything') AS g,
	LATERAL (SELECT pg_temp.pem_to_der(g.certificate) AS der) AS c,
	LATERAL (SELECT pg_temp.pem_to_der(pca_get_certificate_authority_csr(:'everything')) AS der) AS csr;

-- Custom attributes keep their order and repeat; domainComponent and
-- emailAddress are IA5String (16).
SELECT pca_create_certificate_authority(
	'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA", "Subject": {"CustomAttributes": [
	{"ObjectIdentifier": "0.9.2342.19200300.100.1.25", "Value": "com"},
	{"ObjectIdentifier": "2.5.4.3", "Value": "Custom"},
	{"ObjectIdentifier": "0.9.2342.19200300.100.1.25", "Value": "example"},
	{"ObjectIdentifier": "0.9.2342.19200300.100.1.25", "Value": "example"},
	{"ObjectIdentifier": "1.2.840.113549.1.9.1", "Value": "ca@example.com"},
	{"ObjectIdentifier": "2.5.4.6", "Value": "FR"},
	{"ObjectIdentifier": "0.9.2342.19200300.100.1.1", "Value": "uid"},
	{"ObjectIdentifier": "1.3.6.1.4.1.37244.1.4", "Value": "CACACACA00000001"},
	{"ObjectIdentifier": "2.39.1", "Value": "é"}]}}', 'ROOT') AS custom \gset
SELECT n, oid, tag, value
FROM pg_temp.name_attributes(
	pg_temp.der_content(pg_temp.pem_to_der(pca_get_certificate_authority_csr(:'custom')), 0, 0, 1));
CALL pg_temp.activate_root(:'custom');
SELECT subject FROM pca.certificates WHERE certificate_authority_arn = :'custom';

-- What is not a valid name.
SELECT pg_temp.exception(format('SELECT pca_create_certificate_authority(%L, %L)',
	jsonb_set(pg_temp.configuration('x'), '{Subject}', subject::jsonb), 'ROOT'))
FROM (VALUES (1, '{}'), (2, '{"CommonName": ""}'), (3, '{"CommonName": null}'),
	(4, '{"CommonName": "x", "CustomAttributes": [{"ObjectIdentifier": "2.5.4.10", "Value": "x"}]}'),
	(5, '{"CustomAttributes": [{"ObjectIdentifier": "2.5.4.3", "Value": "x"},
		{"ObjectIdentifier": "", "Value": "x"}]}'),
	(6, '{"CustomAttributes": [{"ObjectIdentifier": "0.9.2342.19200300.100.1.25", "Value": "exämple"}]}'),
	(7, '{"CustomAttributes": [{"ObjectIdentifier": "2.5.4.6", "Value": "F_"}]}'),
	(8, '{"CommonName": "line\nbreak"}'), (9, '{"Organization": "\u007f"}'),
	(10, '{"Locality": "\u0085"}')) AS v (n, subject)
ORDER BY n;

--
-- The CSR's extensions
--

CREATE FUNCTION pg_temp.csr_extensions(arn text)
RETURNS TABLE (n int, extension text, critical boolean, value bytea) LANGUAGE sql AS $$
	SELECT x.*
	FROM pg_temp.extensions_of(pg_temp.der_content(pg_temp.pem_to_der(pca_get_certificate_authority_csr(arn)), 0,
		0, 3, 0, 1, 0)) AS x
$$;
SELECT * FROM pg_temp.csr_extensions(:'everything');
-- Every bit of KeyUsage, alone and all together.
SELECT bits, x.critical, x.value
FROM (VALUES (1, '{"DigitalSignature": true}'), (2, '{"NonRepudiation": true}'),
	(3, '{"KeyEncipherment": true}'), (4, '{"DataEncipherment": true}'), (5, '{"KeyAgreement": true}'),
	(6, '{"KeyCertSign": true}'), (7, '{"CRLSign": true}'), (8, '{"EncipherOnly": true}'),
	(9, '{"DecipherOnly": true}'), (10, '{"DigitalSignature": false}'), (11, '{}'),
	(12, '{"DigitalSignature": true, "NonRepudiation": true, "KeyEncipherment": true, "DataEncipherment": true, '
		'"KeyAgreement": true, "KeyCertSign": true, "CRLSign": true, "EncipherOnly": true, '
		'"DecipherOnly": true}')) AS k (n, bits),
	LATERAL pca_create_certificate_authority(jsonb_set(pg_temp.configuration('x'), '{CsrExtensions}',
		jsonb_build_object('KeyUsage', bits::jsonb)), 'ROOT') AS a (arn)
	LEFT JOIN LATERAL pg_temp.csr_extensions(a.arn) AS x ON x.extension = 'keyUsage'
ORDER BY k.n;
-- SubjectInformationAccess: every method, every form of name.
SELECT pca_create_certificate_authority(jsonb_set(pg_temp.configuration('x'), '{CsrExtensions}', '{
	"KeyUsage": {"KeyCertSign": true, "CRLSign": true},
	"SubjectInformationAccess": [
	{"AccessMethod": {"AccessMethodType": "CA_REPOSITORY"},
		"AccessLocation": {"UniformResourceIdentifier": "https://example.com/repository"}},
	{"AccessMethod": {"AccessMethodType": "RESOURCE_PKI_MANIFEST"},
		"AccessLocation": {"DnsName": "example.com"}},
	{"AccessMethod": {"AccessMethodType": "RESOURCE_PKI_NOTIFY"},
		"AccessLocation": {"Rfc822Name": "ca@example.com"}},
	{"AccessMethod": {"CustomObjectIdentifier": "1.2.3.4"}, "AccessLocation": {"IpAddress": "192.0.2.1"}},
	{"AccessMethod": {"CustomObjectIdentifier": "1.2.3.4"}, "AccessLocation": {"IpAddress": "2001:db8::1"}},
	{"AccessMethod": {"CustomObjectIdentifier": "1.2.3.4"}, "AccessLocation": {"RegisteredId": "1.2.3.4.5"}},
	{"AccessMethod": {"CustomObjectIdentifier": "1.2.3.4"},
		"AccessLocation": {"DirectoryName": {"Country": "US", "CommonName": "x"}}},
	{"AccessMethod": {"CustomObjectIdentifier": "1.2.3.4"},
		"AccessLocation": {"OtherName": {"TypeId": "1.2.3", "Value": "é"}}},
	{"AccessMethod": {"CustomObjectIdentifier": "1.2.3.4"},
		"AccessLocation": {"EdiPartyName": {"PartyName": "p", "NameAssigner": "a"}}},
	{"AccessMethod": {"CustomObjectIdentifier": "1.2.3.4"},
		"AccessLocation": {"EdiPartyName": {"PartyName": "p"}}}]}'), 'SUBORDINATE') AS access \gset
SELECT n, extension, critical FROM pg_temp.csr_extensions(:'access');
SELECT d.n, encode(pg_temp.der_content(d.content, 0), 'hex') AS method, l.tag,
	encode(l.content, 'hex') AS location
FROM pg_temp.csr_extensions(:'access') AS x, pg_temp.der(pg_temp.der_content(x.value, 0)) AS d,
	pg_temp.der(d.content) AS l
WHERE x.extension = 'subjectInfoAccess' AND l.n = 1;
-- Exactly one choice each.
SELECT pg_temp.exception(format('SELECT pca_create_certificate_authority(%L, %L)',
	jsonb_set(pg_temp.configuration('x'), '{CsrExtensions}',
		jsonb_build_object('SubjectInformationAccess', jsonb_build_array(access::jsonb))),
	'ROOT'))
FROM (VALUES
	(1, '{"AccessMethod": {"AccessMethodType": "CA_REPOSITORY", "CustomObjectIdentifier": "1.2.3"},
		"AccessLocation": {"DnsName": "x"}}'),
	(2, '{"AccessMethod": {}, "AccessLocation": {"DnsName": "x"}}'),
	(3, '{"AccessMethod": {"AccessMethodType": "CA_REPOSITORY"},
		"AccessLocation": {"DnsName": "x", "Rfc822Name": "x"}}'),
	(4, '{"AccessMethod": {"AccessMethodType": "CA_REPOSITORY"}, "AccessLocation": {}}'),
	(5,
		'{"AccessMethod": {"AccessMethodType": "CA_REPOSITORY"}, "AccessLocation": {"IpAddress": "192.0.2.256"}}'),
	(6,
		'{"AccessMethod": {"AccessMethodType": "CA_REPOSITORY"}, "AccessLocation": {"DnsName": "exämple.com"}}'),
	(7, '{"AccessMethod": {"AccessMethodType": "CA_REPOSITORY"}, "AccessLocation": {"RegisteredId": ""}}'),
	(8, '{"AccessMethod": {"CustomObjectIdentifier": ""}, "AccessLocation": {"DnsName": "x"}}'),
	(9, '{"AccessMethod": {"AccessMethodType": "CA_REPOSITORY"},
		"AccessLocation": {"UniformResourceIdentifier": "http://x y"}}')) AS v (n, access)
ORDER BY n;
-- An empty list asks for nothing.
SELECT extension
FROM pca_create_certificate_authority(jsonb_set(pg_temp.configuration('x'), '{CsrExtensions}',
	'{"SubjectInformationAccess": []}'),
	'ROOT') AS a (arn),
	LATERAL pg_temp.csr_extensions(a.arn);

--
-- The description
--

SET pca.account_id = '100000000002';
\x on
SELECT pca_create_certificate_authority(pg_temp.configuration('Plain'), 'SUBORDINATE') AS plain \gset
SELECT :'plain'
	~ ('^arn:aws:acm-pca:us-east-1:100000000002:certificate-authority/'
		|| '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$') AS is_arn;
SELECT arn = :'plain' AS arn, owner_account,
	created_at BETWEEN now() - interval '1 hour' AND clock_timestamp() AS created_at,
	last_state_change_at = created_at AS last_state_change_at, type, serial, status, not_before, not_after,
	failure_reason,
	certificate_authority_configuration, revocation_configuration, restorable_until,
	key_storage_security_standard, usage_mode
FROM pca_describe_certificate_authority(:'plain');
SELECT pca_create_certificate_authority(
	certificate_authority_configuration => pg_temp.configuration('Full'),
	certificate_authority_type => 'ROOT',
	revocation_configuration =>
		'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 5000, "CustomCname": "crl.example.com",
			"S3BucketName": "a-bucket"},
		"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "ocsp.example.com"}}',
	key_storage_security_standard => 'FIPS_140_2_LEVEL_2_OR_HIGHER',
	tags =>
		'[{"Key": "Purpose", "Value": "Test"}, {"Key": "aws", "Value": ""}, {"Key": "Ключ é_.:/=+-@ 1"}]',
	usage_mode => 'SHORT_LIVED_CERTIFICATE') AS full \gset
SELECT type, status, certificate_authority_configuration, revocation_configuration,
	key_storage_security_standard, usage_mode
FROM pca_describe_certificate_authority(:'full');
CALL pg_temp.activate_root(:'full');
SELECT d.status, d.serial = pg_temp.decimal(c.serial) AS serial_is_decimal,
	d.not_before = c.not_before AS not_before, d.not_after = c.not_after AS not_after,
	d.last_state_change_at > d.created_at AS last_state_change_at, failure_reason, restorable_until
FROM pca_describe_certificate_authority(:'full') AS d, pca.certificates AS c
WHERE c.certificate_authority_arn = d.arn;
\x off
SELECT key, value FROM pca.tag AS t JOIN pca.certificate_authority AS a ON a.id = t.authority_id
WHERE a.arn = :'full' ORDER BY key COLLATE "C";
-- JSON's null means that a member, or a parameter, is not given.
SELECT d.revocation_configuration, d.usage_mode
FROM pca_create_certificate_authority(pg_temp.configuration('Nulls'), 'ROOT',
	revocation_configuration => 'null', tags => 'null') AS a (arn),
	LATERAL pca_describe_certificate_authority(a.arn) AS d;
SELECT d.revocation_configuration
FROM pca_create_certificate_authority(pg_temp.configuration('Nulls'), 'ROOT',
		revocation_configuration => '{"CrlConfiguration": null}') AS a (arn),
	LATERAL pca_describe_certificate_authority(a.arn) AS d;
SELECT pg_temp.exception($$SELECT pca_create_certificate_authority(pg_temp.configuration('Nulls'), 'ROOT',
	revocation_configuration => '{"OcspConfiguration": {"Enabled": false, "OcspCustomCname": null}}')$$);
-- The settings that form ARNs.
SET pca.partition = 'aws-us-gov';
SET pca.region = 'eu-central-1';
SELECT pg_temp.stable(pca_create_certificate_authority(pg_temp.configuration('Elsewhere'), 'ROOT'));
RESET pca.partition;
RESET pca.region;
SET pca.account_id = '12345678901';
SET pca.region = 'a:b';
SET pca.partition = '';

-- Tags that are refused.
SELECT pg_temp.exception(
	format('SELECT pca_create_certificate_authority(pg_temp.configuration(%L), %L, tags => %L)', 'x', 'ROOT',
		tags))
FROM (VALUES (1, '[{"Key": "aws:x"}]'), (2, '[{"Key": "a"}, {"Key": "rds:x", "Value": "y"}]'),
	(3, '[{"Key": "a"}, {"Key": "b"}, {"Key": "a", "Value": "x"}]'),
	(4, '[{"Key": "a"}, {"Key": "A"}, {"Key": "AWS:x"}]')) AS v (n, tags)
ORDER BY n;

--
-- The revocation configuration
--

-- Combinations: refused, or accepted, some with a warning.
SELECT configuration,
	pg_temp.exception(
		format(
			'SELECT pca_create_certificate_authority(pg_temp.configuration(%L), %L, revocation_configuration => %L)',
			'x', 'ROOT', configuration))
FROM (VALUES
	(1, '{}'),
	(2, '{"CrlConfiguration": {"Enabled": false}}'),
	(3, '{"OcspConfiguration": {"Enabled": false}}'),
	(4, '{"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "x.example.com"}}'),
	(5, '{"OcspConfiguration": {"Enabled": false, "OcspCustomCname": "x.example.com"}}'),
	(6, '{"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "http://x.example.com"}}'),
	(7, '{"CrlConfiguration": {"Enabled": false, "ExpirationInDays": 7}}'),
	(8, '{"CrlConfiguration": {"Enabled": false, "S3BucketName": "bucket"}}'),
	(9, '{"CrlConfiguration": {"Enabled": true, "S3BucketName": "bucket", "CustomCname": "x"}}'),
	(10, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "CustomCname": "x"}}'),
	(11, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "Bucket", '
		'"CustomCname": "x"}}'),
	(12, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket-", '
		'"CustomCname": "x"}}'),
	(13, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "buc..ket", '
		'"CustomCname": "x"}}'),
	(14, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "192.0.2.1", '
		'"CustomCname": "x"}}'),
	(15, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket", '
		'"CustomCname": "https://x"}}'),
	(16, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket", '
		'"CustomCname": "x", "CrlDistributionPointExtensionConfiguration": {"OmitExtension": true}}}'),
	(17, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket", '
		'"CustomCname": "x", "CrlDistributionPointExtensionConfiguration": {"OmitExtension": false}}}'),
	(18, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket", '
		'"CrlDistributionPointExtensionConfiguration": {"OmitExtension": true}}}'),
	(19, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket"}}'),
	(20, '{"OcspConfiguration": {"Enabled": true}}')) AS v (n, configuration)
ORDER BY n;

--
-- The idempotency token
--

CREATE FUNCTION pg_temp.create_with_token(token text, common_name text DEFAULT 'Token')
RETURNS text LANGUAGE sql AS $$
	SELECT pca_create_certificate_authority(pg_temp.configuration(common_name), 'ROOT',
		idempotency_token => token)
$$;
SET pca.account_id = '100000000003';
SELECT pg_temp.create_with_token('token') AS first \gset
-- The same token, also with other parameters: the first call's ARN, no second CA.
\set VERBOSITY terse
SELECT pg_temp.create_with_token('token') = :'first' AS same,
	pg_temp.create_with_token('token', 'Other') = :'first' AS same_for_other;
\set VERBOSITY default
SELECT count(*) FROM pca_list_certificate_authorities();
-- Another token, none, or another account: another CA.
SELECT pg_temp.create_with_token('Token') <> :'first' AS other_token,
	pg_temp.create_with_token(NULL) <> :'first' AS no_token;
SET pca.account_id = '100000000004';
SELECT pg_temp.create_with_token('token') <> :'first' AS other_account;
SET pca.account_id = '100000000003';
SELECT count(*) FROM pca_list_certificate_authorities();
-- In one transaction, and in a subtransaction that is rolled back.
BEGIN;
SELECT pg_temp.create_with_token('in transaction') = pg_temp.create_with_token('in transaction') AS same;
SAVEPOINT s;
SELECT pg_temp.create_with_token('rolled back') AS rolled_back \gset
ROLLBACK TO s;
SELECT pg_temp.create_with_token('rolled back') <> :'rolled_back' AS taken_over;
COMMIT;
-- After the window: another CA, and from then on the token stands for its ARN.
SET pca.create_idempotency_window = 0;
SELECT pg_temp.create_with_token('token') AS second \gset
RESET pca.create_idempotency_window;
SELECT :'second' <> :'first' AS another, pg_temp.create_with_token('token') = :'second' AS from_then_on;
-- The longest token, with characters from both ends of the pattern.
SELECT pg_temp.create_with_token(E'\t\n\r ÿ' || repeat('x', 31))
	= pg_temp.create_with_token(E'\t\n\r ÿ' || repeat('x', 31)) AS same;

--
-- The list
--

SET pca.account_id = '100000000005';
SELECT * FROM pca_list_certificate_authorities();
SELECT * FROM pca_list_certificate_authorities(max_results => 1);
CREATE TEMPORARY TABLE listed AS
SELECT n, pca_create_certificate_authority(pg_temp.configuration('List ' || n), 'ROOT') AS arn
FROM generate_series(1, 5) AS n;
CREATE FUNCTION pg_temp.page(token text, count int) RETURNS TABLE (name text, token text) LANGUAGE sql AS $$
	SELECT certificate_authority_configuration->'Subject'->>'CommonName', next_token
	FROM pca_list_certificate_authorities(next_token => token, max_results => count)
$$;
-- All of them without a limit, in the order of their making; the columns are the description's.
SELECT name, token FROM pg_temp.page(NULL, NULL);
SELECT count(*)
FROM pca_list_certificate_authorities() AS l, LATERAL pca_describe_certificate_authority(l.arn) AS d
WHERE to_jsonb(l) - 'next_token' = to_jsonb(d);
-- Only the last row of a page that was cut has a token; a page that ends the list has none.
SELECT name, token IS NOT NULL AS has_token FROM pg_temp.page(NULL, 2);
SELECT name, token IS NOT NULL AS has_token FROM pg_temp.page(NULL, 4);
SELECT name, token IS NOT NULL AS has_token FROM pg_temp.page(NULL, 5);
SELECT name, token IS NOT NULL AS has_token FROM pg_temp.page(NULL, 1000);
SELECT token AS token FROM pg_temp.page(NULL, 2) WHERE token IS NOT NULL \gset
SELECT name, token IS NOT NULL AS has_token FROM pg_temp.page(:'token', 2);
SELECT name, token IS NOT NULL AS has_token FROM pg_temp.page(:'token', 3);
-- The token may be used again, without a limit too, and continues after its row,
-- whatever was inserted meanwhile.
SELECT pca_create_certificate_authority(pg_temp.configuration('List 6'), 'ROOT') AS sixth \gset
SELECT name, token IS NOT NULL AS has_token FROM pg_temp.page(:'token', NULL);
-- Also when its row is gone, and when two were made in the same instant.
BEGIN;
DELETE FROM pca.certificate_authority WHERE arn = (SELECT arn FROM listed WHERE n = 2);
SELECT name FROM pg_temp.page(:'token', 1);
ROLLBACK;
BEGIN;
UPDATE pca.certificate_authority SET created_at = '2020-01-01 00:00:00.123456+00'
WHERE account_id = '100000000005';
WITH RECURSIVE pages AS (
	SELECT 1 AS n, p.* FROM pg_temp.page(NULL, 1) AS p
	UNION ALL
	SELECT n + 1, p.* FROM pages, LATERAL pg_temp.page(pages.token, 1) AS p
	WHERE pages.token IS NOT NULL AND n < 20)
SELECT count(*), count(DISTINCT name), max(n) FROM pages;
ROLLBACK;
-- A token of another account or another owner, a changed, shortened, empty or made-up one.
SELECT pg_temp.exception(format('SELECT pca_list_certificate_authorities(%L)', token))
FROM (VALUES (1, :'token' || '00'), (2, left(:'token', -2)), (3, left(:'token', 64)), (4, 'x'), (5, '00'),
	(6, upper(:'token')),
	(7, translate(left(:'token', 1), '0123456789abcdef', '123456789abcdef0') || substr(:'token', 2)),
	(8, left(:'token', -1) || translate(right(:'token', 1), '0123456789abcdef', '123456789abcdef0')),
	(9, repeat('0', 64)), (10, repeat('a', 43739)), (11, 'é')) AS v (n, token)
ORDER BY n;
SELECT pg_temp.exception(format('SELECT pca_list_certificate_authorities(%L, resource_owner => %L)', :'token',
	'OTHER_ACCOUNTS'));
SET pca.account_id = '100000000001';
SELECT pg_temp.exception(format('SELECT pca_list_certificate_authorities(%L)', :'token'));
SET pca.account_id = '100000000005';
SELECT count(*) FROM pca_list_certificate_authorities(resource_owner => 'SELF');
SELECT count(*) FROM pca_list_certificate_authorities(next_token => :'token', resource_owner => 'SELF');
SELECT count(*) FROM pca_list_certificate_authorities(resource_owner => 'OTHER_ACCOUNTS');
SELECT max_results,
	pg_temp.exception(format('SELECT pca_list_certificate_authorities(max_results => %s)', max_results))
FROM (VALUES (-2147483648), (-1), (0), (1), (1000), (1001), (2147483647)) AS v (max_results);

--
-- Owner and status
--

SELECT pca_get_certificate_authority_csr(:'sixth') = pca_get_certificate_authority_csr(:'sixth') AS same,
	pca_get_certificate_authority_csr(:'sixth')
		~ ('^-----BEGIN CERTIFICATE REQUEST-----\n([A-Za-z0-9+/]{64}\n)+([A-Za-z0-9+/=]{1,64}\n)?'
			|| '-----END CERTIFICATE REQUEST-----$') AS is_pem;
SET pca.account_id = '100000000001';
SELECT pg_temp.exception(format('SELECT pca_describe_certificate_authority(%L)', :'sixth'));
SELECT pg_temp.exception(format('SELECT pca_get_certificate_authority_csr(%L)', :'sixth'));
SELECT pg_temp.exception(format('SELECT pca_import_certificate_authority_certificate(%L, %L)', :'sixth',
	'x'));
SELECT pg_temp.exception(format('SELECT pca_get_certificate_authority_certificate(%L)', :'sixth'));
SET pca.account_id = '100000000005';
-- Every status: what describe says, and whether the CSR is available. EXPIRED is computed.
CREATE FUNCTION pg_temp.in_status(authority text, state text, end_of_life timestamptz DEFAULT NULL,
	restorable timestamptz DEFAULT NULL)
RETURNS TABLE (stored text, described text, listed bigint, csr text) LANGUAGE plpgsql AS $$
BEGIN
	UPDATE pca.certificate_authority SET status = state, restorable_until = restorable,
		status_before_deletion = CASE WHEN state = 'DELETED' THEN 'DISABLED' END,
		not_after = coalesce(end_of_life, not_after) WHERE arn = authority;
	stored := state;
	described := coalesce(substring(pg_temp.exception(format('SELECT pca_describe_certificate_authority(%L)',
		authority)) from '^PC...'),
		(SELECT status FROM pca.certificate_authority_description WHERE arn = authority));
	listed := (SELECT count(*) FROM pca_list_certificate_authorities() AS l WHERE l.arn = authority);
	csr := replace(left(pg_temp.exception(format('SELECT pca_get_certificate_authority_csr(%L)', authority)), 5),
		'no ex', 'no exception');
	RETURN NEXT;
END
$$;
CALL pg_temp.activate_root(:'sixth');
BEGIN;
SELECT s.*
FROM (VALUES (1, 'CREATING'), (2, 'PENDING_CERTIFICATE'), (3, 'ACTIVE'), (4, 'DISABLED'),
	(5, 'FAILED')) AS v (n, state),
	LATERAL pg_temp.in_status(:'sixth', state) AS s;
SELECT * FROM pg_temp.in_status(:'sixth', 'DELETED', restorable => now() + interval '1 day');
SELECT * FROM pg_temp.in_status(:'sixth', 'DELETED', restorable => now() - interval '1 second');
SELECT * FROM pg_temp.in_status(:'sixth', 'DELETED');
SELECT * FROM pg_temp.in_status(:'sixth', 'ACTIVE', now() - interval '1 second');
SELECT * FROM pg_temp.in_status(:'sixth', 'DISABLED', now() - interval '1 second');
SELECT * FROM pg_temp.in_status(:'sixth', 'DELETED', now() - interval '1 second', now() + interval '1 day');
ROLLBACK;

--
-- A rollback leaves nothing, and a transaction that may not write does not
--

SELECT (SELECT count(*) FROM pca.certificate_authority) AS authorities,
	(SELECT count(*) FROM pca.private_key) AS keys,
	(SELECT count(*) FROM pca.tag) AS tags, (SELECT count(*) FROM pca.idempotency_token) AS tokens \gset
BEGIN;
SELECT count(pca_create_certificate_authority(pg_temp.configuration('x'), 'ROOT', tags => '[{"Key": "a"}]',
	idempotency_token => 'gone'));
ROLLBACK;
SELECT (SELECT count(*) FROM pca.certificate_authority) = :authorities
	AND (SELECT count(*) FROM pca.private_key) = :keys
	AND (SELECT count(*) FROM pca.tag) = :tags
	AND (SELECT count(*) FROM pca.idempotency_token) = :tokens AS nothing_left;
BEGIN READ ONLY;
SELECT pg_temp.exception($$SELECT pca_create_certificate_authority(pg_temp.configuration('x'), 'ROOT')$$);
SELECT count(*) FROM pca_list_certificate_authorities();
ROLLBACK;
-- A transaction that made a key cannot be prepared.
BEGIN;
SELECT count(pca_create_certificate_authority(pg_temp.configuration('x'), 'ROOT'));
\set VERBOSITY terse
PREPARE TRANSACTION 'pca';
\set VERBOSITY default
SELECT (SELECT count(*) FROM pca.certificate_authority) = :authorities AS nothing_left;
