-- The CAs that issue, and the requests that they issue for. Standard input is the
-- output of `issue write`; library is the path of the built crypto_alone.c. The
-- cluster is deleted afterwards, so the place of its key-encryption key does not
-- matter.
SET client_min_messages = error;
CREATE EXTENSION pca;
CREATE SCHEMA bench;

CREATE TABLE bench.csrs (number integer PRIMARY KEY, csr text NOT NULL);
\copy bench.csrs FROM pstdin
VACUUM (ANALYZE, FREEZE) bench.csrs;

CREATE TABLE bench.authorities (name text PRIMARY KEY, key_algorithm text, signing_algorithm text, arn text);
INSERT INTO bench.authorities VALUES
	('P-256', 'EC_prime256v1', 'SHA256WITHECDSA'),
	('P-384', 'EC_secp384r1', 'SHA384WITHECDSA'),
	('RSA-2048', 'RSA_2048', 'SHA256WITHRSA');

-- Each step has its own transaction: the one that issues a certificate cannot read it.
UPDATE bench.authorities SET arn = pca_create_certificate_authority(
	certificate_authority_configuration => jsonb_build_object(
		'KeyAlgorithm', key_algorithm, 'SigningAlgorithm', signing_algorithm,
		'Subject', '{"Country": "US", "Organization": "Example", "CommonName": "Example Root"}'::jsonb),
	certificate_authority_type => 'ROOT');
ALTER TABLE bench.authorities ADD root_arn text;
UPDATE bench.authorities SET root_arn = pca_issue_certificate(
	certificate_authority_arn => arn, csr => pca_get_certificate_authority_csr(arn),
	signing_algorithm => signing_algorithm, validity => '{"Value": 10, "Type": "YEARS"}',
	template_arn => 'arn:aws:acm-pca:::template/RootCACertificate/V1');
SELECT count(pca_import_certificate_authority_certificate(arn, certificate, certificate_chain)::text)
	AS authorities
	FROM bench.authorities, pca_get_certificate(arn, root_arn);

CREATE FUNCTION bench.crypto_alone(csr text) RETURNS integer
	AS :'library' LANGUAGE C STRICT;
