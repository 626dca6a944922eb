-- What clients of the service call, in their order, and the texts that they look
-- for: the acceptance tests of Terraform's provider and others run these sequences
-- against the real service. Each runs by the functions and by pca_api.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '190000000001';
SET pca.crl_base_url = 'http://crl.example.com';
SET pca.ocsp_url = 'http://ocsp.example.com';

-- The exception and its message, "ok" when there is none. The effects of the call stay.
CREATE FUNCTION pg_temp.outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN pg_temp.stable(SQLSTATE || ' ' || SQLERRM);
END
$$;
CREATE FUNCTION pg_temp.snake(name text) RETURNS text LANGUAGE sql AS $$
	SELECT lower(regexp_replace(name, '(?<!^)([A-Z])', '_\1', 'g'))
$$;
-- An operation, by pca_api or by its own function with the request's members as parameters.
CREATE FUNCTION pg_temp.call(way text, operation text, request jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.outcome(CASE way WHEN 'pca_api' THEN format('SELECT pca_api(%L, %L)', operation, request)
		ELSE format('SELECT public.pca_%s(%s)', pg_temp.snake(operation),
			(SELECT string_agg(format('%s => %L', pg_temp.snake(m.key), m.value), ', ')
				FROM jsonb_each_text(request) AS m)) END)
$$;
-- A sequence of operations on an authority, one statement each: their results.
CREATE TEMPORARY TABLE sequence (client text, n int, operation text, members jsonb);
CREATE FUNCTION pg_temp.status(authority text) RETURNS text LANGUAGE sql AS $$
	SELECT status FROM pca.certificate_authorities WHERE arn = authority
$$;
CREATE FUNCTION pg_temp.replay(way text, which text, authority text, OUT n int, OUT operation text,
	OUT outcome text, OUT status text)
RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
	FOR n, operation, outcome IN
		SELECT s.n, s.operation, s.members::text FROM sequence AS s WHERE s.client = which ORDER BY s.n
	LOOP
		outcome := pg_temp.call(way, operation,
			outcome::jsonb || jsonb_build_object('CertificateAuthorityArn', authority));
		status := pg_temp.status(authority);
		RETURN NEXT;
	END LOOP;
END
$$;
CREATE FUNCTION pg_temp.replay_both(which text, first text, second text)
RETURNS TABLE (n int, operation text, outcome text, status text, same_by_api boolean)
LANGUAGE sql AS $$
	SELECT f.*, (f.outcome, f.status) IS NOT DISTINCT FROM (a.outcome, a.status)
	FROM pg_temp.replay('function', which, first) AS f
		JOIN pg_temp.replay('pca_api', which, second) AS a USING (n)
	ORDER BY f.n
$$;
CREATE FUNCTION pg_temp.authority(name text) RETURNS text LANGUAGE sql AS $$
	SELECT pca_create_certificate_authority(pg_temp.configuration(name), 'ROOT')
$$;

--
-- Terraform: aws_acmpca_certificate_authority that never got a certificate
--

-- Its create and its updates, with and without what is disabled or empty, then destroy, which
-- begins with the status.
INSERT INTO sequence VALUES
	('pending', 1, 'DescribeCertificateAuthority', '{}'),
	('pending', 2, 'GetCertificateAuthorityCertificate', '{}'),
	('pending', 3, 'GetCertificateAuthorityCsr', '{}'), ('pending', 4, 'ListTags', '{}'),
	('pending', 5, 'UpdateCertificateAuthority',
		'{"RevocationConfiguration": {"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1,
			"S3BucketName": "bucket", "CustomCname": ""}}}'),
	('pending', 6, 'UpdateCertificateAuthority',
		'{"RevocationConfiguration": {"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 2,
			"S3BucketName": "bucket", "CustomCname": "crl.example.com",
			"S3ObjectAcl": "BUCKET_OWNER_FULL_CONTROL"}}}'),
	('pending', 7, 'UpdateCertificateAuthority',
		'{"RevocationConfiguration": {"OcspConfiguration": {"Enabled": true,
			"OcspCustomCname": "ocsp.example.com"}}}'),
	('pending', 8, 'UpdateCertificateAuthority',
		'{"RevocationConfiguration": {"CrlConfiguration": {"Enabled": false},
			"OcspConfiguration": {"Enabled": false}}}'),
	('pending', 9, 'UpdateCertificateAuthority', '{}'),
	('pending', 10, 'TagCertificateAuthority', '{"Tags": [{"Key": "k", "Value": "v"}]}'),
	('pending', 11, 'UpdateCertificateAuthority', '{"Status": "DISABLED"}'),
	('pending', 12, 'DeleteCertificateAuthority', '{"PermanentDeletionTimeInDays": 7}');
SELECT * FROM pg_temp.replay_both('pending', pg_temp.authority('Pending'), pg_temp.authority('Pending'));
-- What it stored: a half that was given, an empty CNAME as none.
CREATE FUNCTION pg_temp.configured(authority text, configuration jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pca_update_certificate_authority(authority, configuration);
	RETURN (pca_describe_certificate_authority(authority)).revocation_configuration;
END
$$;
SELECT pg_temp.authority('Configured') AS configured \gset
SELECT v.n, pg_temp.configured(:'configured', v.configuration::jsonb)
FROM (VALUES
	(1, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket",
		"CustomCname": ""}}'),
	(2, '{"OcspConfiguration": {"Enabled": true, "OcspCustomCname": ""}}'),
	(3, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket",
		"CustomCname": "", "CrlDistributionPointExtensionConfiguration": {"OmitExtension": true}}}'),
	(4, '{"CrlConfiguration": {"Enabled": false, "CustomCname": ""},
		"OcspConfiguration": {"Enabled": false, "OcspCustomCname": ""}}'),
	(5, '{"CrlConfiguration": {"Enabled": false, "CustomCname": null}}')) AS v (n, configuration) ORDER BY v.n;
SELECT v.n,
	(pca_describe_certificate_authority(pca_create_certificate_authority(pg_temp.configuration('Empty'), 'ROOT',
		v.configuration::jsonb))).revocation_configuration
FROM (VALUES
	(1, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket",
		"CustomCname": ""}, "OcspConfiguration": {"Enabled": true, "OcspCustomCname": ""}}'),
	(2, '{"CrlConfiguration": {"Enabled": false, "CustomCname": ""}}')) AS v (n, configuration) ORDER BY v.n;
-- A CNAME that is not empty is still refused where the half is disabled.
SELECT pg_temp.exception(format('SELECT pca_update_certificate_authority(%L, %L)', :'configured',
	v.configuration))
FROM (VALUES (1, '{"CrlConfiguration": {"Enabled": false, "CustomCname": " "}}'),
	(2, '{"CrlConfiguration": {"Enabled": false, "CustomPath": ""}}'),
	(3, '{"OcspConfiguration": {"Enabled": false, "OcspCustomCname": "x"}}'),
	(4, '{"OcspConfiguration": {"Enabled": true, "CustomCname": ""}}'),
	(5, '{"CrlConfiguration": {"CustomCname": ""}}')) AS v (n, configuration)
ORDER BY v.n;
-- A call with the ARN alone changes nothing, whatever is configured: no time, no row of the audit trail.
SELECT last_state_change_at AS before FROM pca_describe_certificate_authority(:'configured') \gset
SELECT count(*) AS events FROM pca.audit_trail \gset
SELECT pca_update_certificate_authority(:'configured');
SELECT pca_api('UpdateCertificateAuthority', jsonb_build_object('CertificateAuthorityArn', :'configured'));
SELECT last_state_change_at = :'before' AS same, (SELECT count(*) FROM pca.audit_trail) - :events AS events
FROM pca_describe_certificate_authority(:'configured');
-- What was configured before the certificate is what certificates name after it.
SELECT count(pg_temp.configured(:'configured',
	'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket", "CustomCname": ""},
		"OcspConfiguration": {"Enabled": true}}'));
CALL pg_temp.activate_root(:'configured');
SELECT pca_issue_certificate(:'configured', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS leaf \gset
SELECT x.extension, pg_temp.stable(substring(encode(x.value, 'escape') from 'http://[-a-z0-9./]*')) AS url
FROM pca.certificate AS c, pg_temp.certificate_extensions(c.certificate) AS x
WHERE replace(c.serial::text, '-', '') = right(:'leaf', 32)
	AND x.extension IN ('cRLDistributionPoints', 'authorityInfoAccess')
ORDER BY 1;
SELECT bucket, count(*) FROM pca.crls WHERE certificate_authority_arn = :'configured' GROUP BY bucket;
SELECT count(pca_run_maintenance());
SELECT bucket, count(*) FROM pca.crls WHERE certificate_authority_arn = :'configured' GROUP BY bucket;

--
-- Terraform: a root, and its aws_acmpca_certificate with the root template
--

-- The certificate is issued, never imported, and destroyed first: the provider expects to hear
-- that it cannot be revoked.
SELECT pg_temp.authority('Root') AS first \gset
SELECT pg_temp.authority('Root') AS second \gset
SELECT pca_issue_certificate(:'first', pca_get_certificate_authority_csr(:'first'), 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "YEARS"}', 'arn:aws:acm-pca:::template/RootCACertificate/V1') AS own_first \gset
SELECT pca_issue_certificate(:'second', pca_get_certificate_authority_csr(:'second'), 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "YEARS"}', 'arn:aws:acm-pca:::template/RootCACertificate/V1') AS own_second \gset
SELECT count(*) FROM pca_get_certificate(:'first', :'own_first');
-- Without leading zeros, as that provider prints a serial number.
SELECT v.way,
	pg_temp.call(v.way, 'RevokeCertificate',
		jsonb_build_object('CertificateAuthorityArn', v.authority,
			'CertificateSerial', ltrim(right(v.own, 32), '0'), 'RevocationReason', 'UNSPECIFIED'))
FROM (VALUES ('function', :'first', :'own_first'),
	('pca_api', :'second', :'own_second')) AS v (way, authority, own);
-- In the transaction that issues it too.
BEGIN;
SELECT pca_issue_certificate(:'first', pca_get_certificate_authority_csr(:'first'), 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "YEARS"}',
	'arn:aws:acm-pca:::template/BlankRootCACertificate_APIPassthrough/V1') AS own \gset
SELECT pg_temp.outcome(format('SELECT pca_revoke_certificate(%L, %L, %L)', :'first', right(:'own', 32),
	'UNSPECIFIED'));
ROLLBACK;
-- For another serial number the error is about the state, also for one that does not exist.
SELECT pg_temp.outcome(format('SELECT pca_revoke_certificate(%L, %L, %L)', :'first', '01', 'UNSPECIFIED'));
-- Then the policy, the permission and the authority; after that, what the provider and its
-- tests ask about it.
INSERT INTO sequence VALUES
	('root', 1, 'DeletePermission', '{"Principal": "acm.amazonaws.com"}'),
	('root', 2, 'UpdateCertificateAuthority', '{"Status": "DISABLED"}'),
	('root', 3, 'DeleteCertificateAuthority', '{"PermanentDeletionTimeInDays": 7}'),
	('root', 4, 'DescribeCertificateAuthority', '{}'), ('root', 5, 'ListPermissions', '{}'),
	('root', 6, 'GetCertificateAuthorityCertificate', '{}'),
	('root', 7, 'UpdateCertificateAuthority', '{"Status": "DISABLED"}'),
	('root', 8, 'UpdateCertificateAuthority', '{}'), ('root', 9, 'DeleteCertificateAuthority', '{}'),
	('root', 10, 'ListTags', '{}'), ('root', 11, 'RestoreCertificateAuthority', '{}'),
	('root', 12, 'DeleteCertificateAuthority', '{}');
SELECT * FROM pg_temp.replay_both('root', :'first', :'second');
SELECT v.way,
	pg_temp.call(v.way, v.operation, jsonb_build_object('CertificateAuthorityArn', v.authority) || v.members)
FROM (VALUES (1, 'function', 'GetCertificate', :'first', jsonb_build_object('CertificateArn', :'own_first')),
	(2, 'pca_api', 'GetCertificate', :'second', jsonb_build_object('CertificateArn', :'own_second')),
	(3, 'function', 'RevokeCertificate', :'first',
		jsonb_build_object('CertificateSerial', right(:'own_first', 32), 'RevocationReason', 'UNSPECIFIED')),
	(4, 'pca_api', 'RevokeCertificate', :'second',
		jsonb_build_object('CertificateSerial', right(:'own_second', 32), 'RevocationReason', 'UNSPECIFIED')),
	(5, 'function', 'IssueCertificate', :'first',
		jsonb_build_object('Csr', :'csr', 'SigningAlgorithm', 'SHA256WITHECDSA',
			'Validity', '{"Value": 1, "Type": "DAYS"}'::jsonb)),
	(6, 'pca_api', 'IssueCertificate', :'second',
		jsonb_build_object('Csr', translate(encode(convert_to(:'csr', 'UTF8'), 'base64'), E'\n', ''),
			'SigningAlgorithm', 'SHA256WITHECDSA',
			'Validity', '{"Value": 1, "Type": "DAYS"}'::jsonb))) AS v (n, way, operation, authority, members)
ORDER BY v.n;

--
-- Terraform: a root that was activated, with a leaf
--

-- aws_acmpca_certificate of the leaf is revoked, that of the root is not; the authority is
-- disabled and deleted.
SELECT pg_temp.authority('Active') AS first \gset
SELECT pg_temp.authority('Active') AS second \gset
CALL pg_temp.activate_root(:'first');
CALL pg_temp.activate_root(:'second');
CREATE TEMPORARY TABLE issued AS
SELECT authority,
	pca_issue_certificate(authority, :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}') AS arn
FROM (VALUES (:'first'), (:'second')) AS v (authority);
SELECT c.template_arn, v.way,
	pg_temp.call(v.way, 'RevokeCertificate',
		jsonb_build_object('CertificateAuthorityArn', v.authority, 'CertificateSerial', c.serial,
			'RevocationReason', 'UNSPECIFIED'))
FROM (VALUES ('function', :'first'), ('pca_api', :'second')) AS v (way, authority)
	JOIN pca.certificates AS c ON c.certificate_authority_arn = v.authority
ORDER BY c.template_arn, v.way;
SELECT * FROM pg_temp.replay_both('root', :'first', :'second');

--
-- aws-controllers-k8s, CloudFormation
--

-- They update the revocation configuration of what they have just created, and disable before they delete.
INSERT INTO sequence VALUES
	('controller', 1, 'UpdateCertificateAuthority',
		'{"RevocationConfiguration": {"CrlConfiguration": {"Enabled": false},
			"OcspConfiguration": {"Enabled": true}}}'),
	('controller', 2, 'UpdateCertificateAuthority', '{"Status": "ACTIVE"}'),
	('controller', 3, 'UpdateCertificateAuthority',
		'{"RevocationConfiguration": {"OcspConfiguration": {"Enabled": false}}, "Status": "ACTIVE"}'),
	('controller', 4, 'DeleteCertificateAuthority', '{}');
SELECT *
FROM pg_temp.replay_both('controller', pg_temp.authority('Controller'), pg_temp.authority('Controller'));

--
-- One token for another call
--

-- cert-manager's issuer makes its token from a name alone. The first ARN comes back, with one
-- WARNING for a statement.
SELECT pg_temp.authority('Tokens') AS tokens \gset
CALL pg_temp.activate_root(:'tokens');
\set other_csr `cat test/fixtures/csr/good/ec-p384-sha384.pem`
SET pca.issue_idempotency_window = '1d';
SET pca.create_idempotency_window = '1d';
CREATE FUNCTION pg_temp.issue(csr text, signing text DEFAULT 'SHA256WITHECDSA',
	validity jsonb DEFAULT '{"Value": 1, "Type": "DAYS"}', template text DEFAULT 'EndEntityCertificate',
	passthrough jsonb DEFAULT NULL, not_before jsonb DEFAULT NULL, token text DEFAULT 'token')
RETURNS text LANGUAGE sql AS $$
	SELECT pca_issue_certificate((SELECT arn FROM pca.certificate_authorities
		WHERE certificate_authority_configuration #>> '{Subject,CommonName}' = 'Tokens'),
		csr, signing, validity, 'arn:aws:acm-pca:::template/' || template || '/V1', passthrough, not_before, token)
$$;
SELECT pg_temp.issue(:'csr') AS first \gset
\set VERBOSITY terse
-- The same call, also with the members of a structure in another order.
SELECT pg_temp.issue(:'csr') = :'first' AS same;
SELECT pg_temp.issue(:'csr', validity => '{"Type": "DAYS", "Value": 1}') = :'first' AS same;
-- Another CSR, signing algorithm, validity, template, subject or beginning, or an argument
-- that is not even valid.
SELECT pg_temp.issue(:'other_csr') = :'first' AS same;
SELECT pg_temp.issue(:'csr', signing => 'SHA384WITHECDSA') = :'first' AS same;
SELECT pg_temp.issue(:'csr', validity => '{"Value": 2, "Type": "DAYS"}') = :'first' AS same;
SELECT pg_temp.issue(:'csr', template => 'EndEntityClientAuthCertificate') = :'first' AS same;
SELECT pg_temp.issue(:'csr', passthrough => '{"Subject": {"CommonName": "other"}}') = :'first' AS same;
SELECT pg_temp.issue(:'csr', not_before => '{"Value": 1767225600, "Type": "ABSOLUTE"}') = :'first' AS same;
SELECT pg_temp.issue('x') = :'first' AS same;
-- A device fleet with a constant token: one warning, one certificate; with a token for each
-- row none, and a certificate each.
CREATE TEMPORARY TABLE device (name text, csr text, certificate_arn text);
INSERT INTO device VALUES ('a', :'csr'), ('b', :'other_csr'), ('c', :'other_csr' || ' ');
UPDATE device SET certificate_arn = pg_temp.issue(csr, token => 'fleet');
SELECT count(DISTINCT certificate_arn) FROM device;
UPDATE device SET certificate_arn = pg_temp.issue(csr, token => 'fleet of ' || name);
SELECT count(DISTINCT certificate_arn) FROM device;
UPDATE device SET certificate_arn = pg_temp.issue(csr, token => NULL);
SELECT count(DISTINCT certificate_arn) FROM device;
-- Two tokens in one statement are two warnings.
SELECT pg_temp.issue(:'other_csr') = pg_temp.issue(:'csr') AS same,
	pg_temp.issue(:'csr', token => 'fleet of b') = pg_temp.issue(:'other_csr', token => 'fleet of b') AS same;
-- A call that was rolled back is no earlier call, nor is one after its window; from then on
-- the later one counts.
BEGIN;
SELECT count(pg_temp.issue(:'csr', token => 'rolled back'));
ROLLBACK;
SELECT count(pg_temp.issue(:'other_csr', token => 'rolled back'));
SET pca.issue_idempotency_window = 0;
SELECT pg_temp.issue(:'other_csr') <> :'first' AS other;
SET pca.issue_idempotency_window = '1d';
SELECT count(pg_temp.issue(:'other_csr'));
SELECT count(pg_temp.issue(:'csr'));
-- Creating.
CREATE FUNCTION pg_temp.create(name text DEFAULT 'Created', type text DEFAULT 'ROOT',
	revocation jsonb DEFAULT NULL, standard text DEFAULT NULL, tags jsonb DEFAULT NULL, mode text DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
	SELECT pca_create_certificate_authority(pg_temp.configuration(name), type, revocation, 'token', standard,
		tags, mode)
$$;
SELECT pg_temp.create() AS first \gset
SELECT pg_temp.create() = :'first' AS same;
SELECT pg_temp.create('Other') = :'first' AS same;
SELECT pg_temp.create(type => 'SUBORDINATE') = :'first' AS same;
SELECT pg_temp.create(revocation => '{"OcspConfiguration": {"Enabled": true}}') = :'first' AS same;
SELECT pg_temp.create(standard => 'FIPS_140_2_LEVEL_2_OR_HIGHER') = :'first' AS same;
SELECT pg_temp.create(tags => '[{"Key": "k"}]') = :'first' AS same;
SELECT pg_temp.create(mode => 'SHORT_LIVED_CERTIFICATE') = :'first' AS same;
-- What the warning says: which ARN comes back, and what to do; not the token.
\set VERBOSITY default
INSERT INTO pca.idempotency_token
VALUES ('190000000001', 'CreateCertificateAuthority', '00000000-0000-0000-0000-000000000000', 'a secret',
	clock_timestamp(),
	'arn:aws:acm-pca:us-east-1:190000000001:certificate-authority/00000000-0000-4000-8000-000000000000',
	sha256(''));
SELECT pca_create_certificate_authority(pg_temp.configuration('x'), 'ROOT', idempotency_token => 'a secret');
SELECT digest <> '' AS is_digest, length(digest), count(*) FROM pca.idempotency_token GROUP BY 1, 2;
-- By pca_api the same call is the same, whatever the request looks like.
SELECT pca_api('CreateCertificateAuthority',
	'{"CertificateAuthorityConfiguration": {"KeyAlgorithm": "EC_prime256v1",
		"SigningAlgorithm": "SHA256WITHECDSA", "Subject": {"CommonName": "Api"}},
	"CertificateAuthorityType": "ROOT", "IdempotencyToken": "api"}') AS api \gset
SELECT pca_api('CreateCertificateAuthority', '{"IdempotencyToken": "api", "CertificateAuthorityType": "ROOT",
	"CertificateAuthorityConfiguration": {"Subject": {"CommonName": "Api"},
		"SigningAlgorithm": "SHA256WITHECDSA", "KeyAlgorithm": "EC_prime256v1"}}') = :'api' AS same;
SELECT pca_create_certificate_authority(
	'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA", "Subject": {"CommonName": "Api"}}',
	'ROOT', idempotency_token => 'api')
	= :'api'::jsonb ->> 'CertificateAuthorityArn' AS same;

--
-- What is reported once in a session
--

RESET pca.crl_base_url;
RESET pca.ocsp_url;
\set VERBOSITY terse
SELECT count(pca_create_certificate_authority(pg_temp.configuration('Local'), 'ROOT',
	'{"OcspConfiguration": {"Enabled": true}}'));
SELECT count(pca_create_certificate_authority(pg_temp.configuration('Local'), 'ROOT',
	'{"OcspConfiguration": {"Enabled": true}}'));
SELECT count(pca_update_certificate_authority(:'tokens',
	'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket"}}'));
\c
SET pca.account_id = '190000000001';
SELECT count(pca_update_certificate_authority(:'tokens',
	'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket"}}'));
SELECT count(pca_update_certificate_authority(:'tokens', '{"OcspConfiguration": {"Enabled": true}}'));
