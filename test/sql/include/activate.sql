-- Gives certificate authorities their certificates, the way a user would: what
-- one transaction issued, the next one gets and imports.
CREATE PROCEDURE pg_temp.activate_root(authority text,
	validity jsonb DEFAULT '{"Value": 10, "Type": "YEARS"}')
LANGUAGE plpgsql AS $$
DECLARE
	certificate_arn text;
BEGIN
	certificate_arn := pca_issue_certificate(
		certificate_authority_arn => authority,
		csr => pca_get_certificate_authority_csr(authority),
		signing_algorithm =>
			(pca_describe_certificate_authority(authority)).certificate_authority_configuration->>'SigningAlgorithm',
		template_arn => 'arn:aws:acm-pca:::template/RootCACertificate/V1',
		validity => validity);
	COMMIT;
	PERFORM pca_import_certificate_authority_certificate(authority, g.certificate)
	FROM pca_get_certificate(authority, certificate_arn) AS g;
	COMMIT;
END
$$;

CREATE PROCEDURE pg_temp.activate_subordinate(authority text, issuer text,
	template text DEFAULT 'SubordinateCACertificate_PathLen0',
	validity jsonb DEFAULT '{"Value": 5, "Type": "YEARS"}')
LANGUAGE plpgsql AS $$
DECLARE
	certificate_arn text;
BEGIN
	certificate_arn := pca_issue_certificate(
		certificate_authority_arn => issuer,
		csr => pca_get_certificate_authority_csr(authority),
		signing_algorithm =>
			(pca_describe_certificate_authority(issuer)).certificate_authority_configuration->>'SigningAlgorithm',
		template_arn => 'arn:aws:acm-pca:::template/' || template || '/V1',
		validity => validity);
	COMMIT;
	PERFORM pca_import_certificate_authority_certificate(authority, g.certificate, g.certificate_chain)
	FROM pca_get_certificate(issuer, certificate_arn) AS g;
	COMMIT;
END
$$;

-- A configuration with an EC key, which is quick to make.
CREATE FUNCTION pg_temp.configuration(common_name text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('KeyAlgorithm', 'EC_prime256v1', 'SigningAlgorithm', 'SHA256WITHECDSA',
		'Subject', jsonb_build_object('CommonName', common_name))
$$;

-- Creates the authorities that the temporary table authority lists, each an active root
-- of an account.
CREATE PROCEDURE pg_temp.make_authorities()
LANGUAGE plpgsql AS $$
DECLARE
	a record;
BEGIN
	FOR a IN SELECT * FROM authority ORDER BY n LOOP
		PERFORM set_config('pca.account_id', a.account, false);
		UPDATE authority
		SET arn = pca_create_certificate_authority(pg_temp.configuration(name), 'ROOT', configuration)
		WHERE n = a.n RETURNING arn INTO a.arn;
		CALL pg_temp.activate_root(a.arn);
	END LOOP;
END
$$;

-- A policy that shares an authority with an account, as the resource-sharing service writes it.
CREATE FUNCTION pg_temp.sharing(authority text, account text, revocation boolean DEFAULT false)
RETURNS text LANGUAGE sql AS $$
	SELECT jsonb_build_object('Version', '2012-10-17', 'Statement', jsonb_agg(s.statement
		|| jsonb_build_object('Effect', 'Allow', 'Resource', authority,
			'Principal', jsonb_build_object('AWS', account)) ORDER BY s.n))::text
	FROM (VALUES
		(1, '{"Action": ["acm-pca:DescribeCertificateAuthority", "acm-pca:GetCertificate",
			"acm-pca:GetCertificateAuthorityCertificate", "acm-pca:ListPermissions", "acm-pca:ListTags"]}'::jsonb),
		(2, '{"Action": "acm-pca:IssueCertificate", "Condition": {"StringEquals": {
			"acm-pca:TemplateArn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1"}}}'),
		(3, '{"Action": "acm-pca:RevokeCertificate"}')) AS s (n, statement)
	WHERE s.n <= 2 OR revocation
$$;

-- The first authority of a cluster makes the key-encryption key and warns of
-- it; which test is the first is not fixed.
SET client_min_messages = error;
BEGIN;
DO $$ BEGIN PERFORM pca_create_certificate_authority(pg_temp.configuration('first'), 'ROOT'); END $$;
ROLLBACK;
RESET client_min_messages;
