-- What the specs share; test/fresh.sh loads it into the database of each spec.
--
-- A spec makes a CA, calls functions with the columns of the table ca, and cleans up:
--
--	setup { CALL make_root(); }
--	teardown { CALL clean_up(); }
--	step s1_issue { SELECT issue(); }
--
-- A procedure that commits must be alone in its setup. A spec creates its own objects
-- in the schema spec, which clean_up() empties.

CREATE SCHEMA spec;
GRANT USAGE ON SCHEMA spec TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT ON TABLES TO PUBLIC;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = spec, public', current_database()); END $$;

-- The CA, a request to sign, and what it has issued, with the session.
CREATE TABLE ca (arn text, csr text, certificate text, request text);
CREATE TABLE issued (who text, arn text);

--
-- Certificate authorities
--

CREATE FUNCTION create_ca(name text DEFAULT 'Root', token text DEFAULT NULL, revocation jsonb DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
	SELECT pca_create_certificate_authority(
		jsonb_build_object('KeyAlgorithm', 'EC_prime256v1', 'SigningAlgorithm', 'SHA256WITHECDSA',
			'Subject', jsonb_build_object('CommonName', name)),
		'ROOT', revocation, idempotency_token => token)
$$;

-- The same for a session. Returns "created", or the error; the result is kept.
CREATE TABLE created (who text, arn text);
CREATE FUNCTION create_authority(who text DEFAULT 's', token text DEFAULT NULL, name text DEFAULT 'Root')
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO created SELECT who, create_ca(name, token);
	RETURN 'created';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- Revocation configurations. (A spec's SQL has no braces.)
CREATE FUNCTION crl(host text DEFAULT 'crl.example.com', bucket text DEFAULT 'bucket')
RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('CrlConfiguration', jsonb_build_object('Enabled', true, 'ExpirationInDays', 7,
		'S3BucketName', bucket, 'CustomCname', host))
$$;
CREATE FUNCTION no_crl() RETURNS jsonb LANGUAGE sql AS $$
	SELECT '{"CrlConfiguration": {"Enabled": false}}'::jsonb
$$;
CREATE FUNCTION ocsp() RETURNS jsonb LANGUAGE sql AS $$
	SELECT '{"OcspConfiguration": {"Enabled": true}}'::jsonb
$$;

CREATE FUNCTION days(n int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('Type', 'DAYS', 'Value', n)
$$;

-- A CA without a certificate.
CREATE PROCEDURE make_pending(revocation jsonb DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('client_min_messages', 'error', false);
	INSERT INTO ca (arn, request) SELECT create_ca(revocation => revocation), csr FROM leaf;
	COMMIT;
	UPDATE ca SET csr = pca_get_certificate_authority_csr(arn);
	COMMIT;
END $$;

-- Issues a certificate to the CA itself.
CREATE FUNCTION issue_root(who text, days int DEFAULT 3650) RETURNS void LANGUAGE sql AS $$
	INSERT INTO issued SELECT who, pca_issue_certificate(arn, csr, 'SHA256WITHECDSA', days(days),
		'arn:aws:acm-pca:::template/RootCACertificate/V1') FROM ca
$$;

CREATE FUNCTION import(certificate_of text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pca_import_certificate_authority_certificate(ca.arn, g.certificate)
	FROM ca, issued AS i, pca_get_certificate(ca.arn, i.arn) AS g WHERE i.who = certificate_of;
	RETURN 'imported';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- Returns the name of the CA's current certificate.
CREATE FUNCTION current_certificate() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT i.who FROM ca, pca_describe_certificate_authority(ca.arn) AS d,
		issued AS i JOIN pca.certificates AS c ON c.certificate_arn = i.arn WHERE d.not_after = c.not_after);
END $$;

-- A CA with a certificate.
CREATE PROCEDURE make_root(revocation jsonb DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
	CALL make_pending(revocation);
	UPDATE ca SET certificate = pca_issue_certificate(arn, csr, 'SHA256WITHECDSA', days(3650),
		'arn:aws:acm-pca:::template/RootCACertificate/V1');
	COMMIT;
	UPDATE ca SET certificate = (pca_get_certificate(arn, certificate)).certificate;
	PERFORM pca_import_certificate_authority_certificate(arn, certificate) FROM ca;
	COMMIT;
END $$;

-- A CA that has issued itself certificates of different lengths, none of them imported.
CREATE PROCEDURE make_roots() LANGUAGE plpgsql AS $$
BEGIN
	CALL make_pending();
	PERFORM issue_root('old', 3650), issue_root('new', 3000), issue_root('third', 2000);
	COMMIT;
END $$;

-- The same, with the first one imported.
CREATE PROCEDURE make_renewable() LANGUAGE plpgsql AS $$
BEGIN
	CALL make_roots();
	IF import('old') <> 'imported' THEN
		RAISE 'the certificate could not be imported';
	END IF;
	COMMIT;
END $$;

--
-- Roles
--

-- Creates a role, registers it if an account or a service is given, and grants an access unless that is NULL.
CREATE PROCEDURE make_role(name text, access text, account text DEFAULT NULL, service text DEFAULT NULL,
	options text DEFAULT '')
LANGUAGE plpgsql SET client_min_messages = error AS $$
BEGIN
	EXECUTE format('CREATE ROLE %I %s', name, options);
	PERFORM pca_register_account(name::regrole, account) WHERE account IS NOT NULL;
	PERFORM pca_register_service_principal(name::regrole, service) WHERE service IS NOT NULL;
	PERFORM pca_grant_access(name::regrole, access) WHERE access IS NOT NULL;
END $$;

-- Lets another account issue with one template, by a policy.
CREATE FUNCTION policy(account text, template text DEFAULT 'EndEntityCertificate')
RETURNS text LANGUAGE sql AS $$
	SELECT jsonb_build_object('Version', '2012-10-17', 'Statement', jsonb_build_array(
		jsonb_build_object('Effect', 'Allow', 'Principal', p, 'Resource', arn, 'Action',
			'["acm-pca:DescribeCertificateAuthority", "acm-pca:GetCertificate",
				"acm-pca:GetCertificateAuthorityCertificate", "acm-pca:ListPermissions", "acm-pca:ListTags"]'::jsonb),
		jsonb_build_object('Effect', 'Allow', 'Principal', p, 'Resource', arn, 'Action', 'acm-pca:IssueCertificate',
			'Condition', jsonb_build_object('StringEquals',
				jsonb_build_object('acm-pca:TemplateArn', 'arn:aws:acm-pca:::template/' || template || '/V1')))))::text
	FROM ca, jsonb_build_object('AWS', account) AS p
$$;

--
-- Calls
--

-- Makes a call with the columns of ca. Returns its result.
CREATE FUNCTION attempt(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE 'SELECT ' || call || ' FROM ca' INTO result;
	RETURN coalesce(nullif(result, ''), 'done');
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- The same, but of an error only the SQLSTATE.
CREATE FUNCTION attempt_state(call text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(attempt(call), '^([0-9A-Z]{5}) .*', '\1')
$$;

-- Makes calls that must succeed, before the steps.
CREATE PROCEDURE make_calls(VARIADIC calls text[]) LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
	call text;
BEGIN
	FOREACH call IN ARRAY calls LOOP
		EXECUTE 'SELECT ' || call || ' FROM ca';
	END LOOP;
END $$;

-- Issues a certificate. Returns "issued", or the error.
CREATE FUNCTION issue(template text DEFAULT 'EndEntityCertificate') RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(attempt(format('pca_issue_certificate(arn, %s, ''SHA256WITHECDSA'', days(1),
		''arn:aws:acm-pca:::template/%s/V1'')',
		CASE template WHEN 'RootCACertificate' THEN 'csr' ELSE 'request' END, template)), '^arn:.*', 'issued')
$$;

-- The same for a session, with a token or NULL; the result is kept in issued.
CREATE FUNCTION issue(who text, token text, days int DEFAULT 1) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO issued SELECT who, pca_issue_certificate(ca.arn, request, 'SHA256WITHECDSA', days(days),
		idempotency_token => token) FROM ca;
	RETURN 'issued';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- Numbered certificates, and the results of their revocation.
CREATE FUNCTION issue(n int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO issued SELECT n, pca_issue_certificate(ca.arn, request, 'SHA256WITHECDSA', days(1)) FROM ca
$$;
CREATE FUNCTION revoke(n int, reason text DEFAULT 'SUPERSEDED') RETURNS text LANGUAGE sql AS $$
	SELECT attempt(format('pca_revoke_certificate(arn, %L, %L)', right(i.arn, 32), reason))
	FROM issued AS i WHERE i.who = n::text
$$;

CREATE FUNCTION tags(VARIADIC keys text[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(jsonb_build_object('Key', key)) FROM unnest(keys) AS key
$$;
CREATE FUNCTION tags(prefix text, count int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(jsonb_build_object('Key', prefix || n, 'Value', prefix)) FROM generate_series(1, count) AS n
$$;

-- Returns how many CRLs have been written, the newest one's entries, whether it is outdated, and failures.
CREATE FUNCTION state(OUT written bigint, OUT entries bigint, OUT marks bigint, OUT failures bigint)
LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM ca, pca.audit_event AS e
			WHERE e.certificate_authority_arn = ca.arn AND e.operation = 'SignCRL'),
		(SELECT r.entries FROM pca.crl AS r), (SELECT count(*) FROM pca.crl_change),
		(SELECT count(*) FROM pca.maintenance_failure)
$$;

-- Returns the next page of a list. The query returns names and next tokens for a token and a number of rows.
CREATE TABLE page (n serial, name text, token text);
CREATE FUNCTION next_page(list text, count int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	first int := nextval('page_n_seq') + 1;
BEGIN
	EXECUTE 'INSERT INTO page (name, token) ' || list
		USING (SELECT token FROM page ORDER BY n DESC LIMIT 1), count;
	RETURN (SELECT string_agg(name || CASE WHEN token IS NULL THEN '' ELSE ' ...' END, ', ' ORDER BY n)
		FROM page WHERE n >= first);
END $$;

-- Passes a number of 128 bits out of an open transaction in two sequences, which no rollback resets.
CREATE SEQUENCE high MINVALUE -9223372036854775808;
CREATE SEQUENCE low MINVALUE -9223372036854775808;
CREATE FUNCTION tell(hex text) RETURNS boolean LANGUAGE sql AS $$
	SELECT setval('high', ('x' || left(hex, 16))::bit(64)::bigint) IS NOT NULL
		AND setval('low', ('x' || right(hex, 16))::bit(64)::bigint) IS NOT NULL
$$;
CREATE FUNCTION told() RETURNS text LANGUAGE sql AS $$
	SELECT lpad(to_hex(high.last_value), 16, '0') || lpad(to_hex(low.last_value), 16, '0') FROM high, low
$$;
-- The serial of what s1 has issued.
CREATE FUNCTION tell() RETURNS boolean LANGUAGE sql AS $$
	SELECT tell(right(arn, 32)) FROM issued WHERE who = 's1'
$$;

-- An element of DER.
CREATE FUNCTION tlv(tag text, content bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT decode(tag || CASE WHEN length(content) < 128 THEN '' ELSE '81' END
		|| lpad(to_hex(length(content)), 2, '0'), 'hex') || content
$$;

--
-- The end
--

-- Removes the CAs, their certificates and the roles, except the records of the audit trail.
CREATE PROCEDURE clean_up() LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
	name text;
BEGIN
	DELETE FROM ca;
	DELETE FROM issued;
	DELETE FROM created;
	DELETE FROM page;
	DELETE FROM pca.certificate_authority;
	DELETE FROM pca.certificate;
	DELETE FROM pca.revocation;
	DELETE FROM pca.idempotency_token;
	DELETE FROM pca.object_chunk;
	DELETE FROM pca.object;
	DELETE FROM pca.crl_change;
	DELETE FROM pca.maintenance_failure;
	DELETE FROM pca.account;
	DELETE FROM pca.service_principal;
	FOR name IN SELECT quote_ident(rolname) FROM pg_roles WHERE rolname ^@ 'regress_' LOOP
		EXECUTE format('DROP OWNED BY %s', name);
		EXECUTE format('DROP ROLE %s', name);
	END LOOP;
	DROP SCHEMA spec CASCADE;
	CREATE SCHEMA spec;
	GRANT USAGE ON SCHEMA spec TO PUBLIC;
END $$;

-- The request comes from another CA, which is not kept. The first CA of a cluster warns of the key
-- that it makes.
CREATE TABLE leaf AS SELECT create_ca('leaf') AS arn;
ALTER TABLE leaf ADD csr text;
UPDATE leaf SET csr = pca_get_certificate_authority_csr(arn);
CALL clean_up();
