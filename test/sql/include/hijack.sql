-- A schema "evil" full of objects that an attacker could put before those that the
-- extension uses, temporary tables and types of its names, and casts. A call of one
-- is reported. hijack and hijack_access put them all in the search path.
CREATE SCHEMA evil;
-- Reports that one of these was called.
CREATE FUNCTION evil.caught(text) RETURNS boolean
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked by %', $1; END $$;
-- Operators of the built-in names for every type that the extension compares or joins.
DO $$
DECLARE
	type text;
	name text;
BEGIN
	FOREACH type IN ARRAY ARRAY['text', 'uuid', 'bytea', 'timestamptz', 'bigint', 'integer', 'boolean', 'jsonb',
		'interval', 'oid', 'name', 'numeric', 'text[]', 'regtype', 'regrole', 'regnamespace'] LOOP
		EXECUTE format('CREATE FUNCTION evil.operator(a %1$s, b %1$s) RETURNS boolean LANGUAGE sql '
			'AS $f$ SELECT evil.caught(%2$L) $f$', type, 'an operator of ' || type);
		FOREACH name IN ARRAY ARRAY['=', '<>', '<', '>', '<=', '>=', '||', '~', '+', '-'] LOOP
			EXECUTE format('CREATE OPERATOR evil.%s (LEFTARG = %2$s, RIGHTARG = %2$s, FUNCTION = evil.operator)', name,
				type);
		END LOOP;
	END LOOP;
END
$$;
-- Functions of the names that the views and the statements use.
DO $$
DECLARE
	signature text;
BEGIN
	FOREACH signature IN ARRAY ARRAY['now()', 'split_part(text, text, integer)', 'replace(text, text, text)',
		'current_setting(text)', 'clock_timestamp()',
		'certificate_subject(bytea)', 'caller_account()',
		'certificate_authority_status(text, timestamptz, timestamptz)', 'crl_url(jsonb, uuid)', 'format(text)',
		'to_jsonb(anyelement)', 'jsonb_typeof(jsonb)', 'jsonb_each(jsonb)', 'jsonb_object_keys(jsonb)',
		'lower(text)', 'initcap(text)', 'regexp_replace(text, text, text, text)', 'encode(bytea, text)',
		'decode(text, text)', 'left(text, integer)', 'unnest(text[])', 'trunc(numeric)'] LOOP
		EXECUTE format('CREATE FUNCTION evil.%s RETURNS text LANGUAGE sql AS $f$ SELECT evil.caught(%L)::text $f$',
			signature, signature);
	END LOOP;
END
$$;
-- Tables and views of the extension's names, in the caller's own temporary schema and in another.
CREATE TEMPORARY TABLE certificate_authority (LIKE pca.certificate_authority);
CREATE TEMPORARY TABLE private_key (LIKE pca.private_key);
CREATE TEMPORARY TABLE certificate (LIKE pca.certificate);
CREATE TEMPORARY TABLE revocation (LIKE pca.revocation);
CREATE TEMPORARY TABLE tag (LIKE pca.tag);
CREATE TEMPORARY TABLE idempotency_token (LIKE pca.idempotency_token);
CREATE TEMPORARY TABLE next_token_key (LIKE pca.next_token_key);
CREATE TEMPORARY TABLE access (LIKE pca.access);
CREATE TEMPORARY TABLE access_objects (LIKE pca.access_objects);
CREATE TEMPORARY TABLE account (LIKE pca.account);
CREATE TEMPORARY TABLE service_principal (LIKE pca.service_principal);
CREATE TEMPORARY TABLE policy (LIKE pca.policy);
CREATE TEMPORARY TABLE policy_grant (LIKE pca.policy_grant);
CREATE TEMPORARY TABLE permission (LIKE pca.permission);
CREATE TEMPORARY TABLE crl_partition (LIKE pca.crl_partition);
CREATE TEMPORARY TABLE crl (LIKE pca.crl);
CREATE TEMPORARY TABLE crl_change (LIKE pca.crl_change);
CREATE TEMPORARY TABLE crl_states (LIKE pca.crl_states);
CREATE TEMPORARY TABLE ocsp_issuer (LIKE pca.ocsp_issuer);
CREATE TEMPORARY TABLE ocsp_responder (LIKE pca.ocsp_responder);
CREATE TEMPORARY TABLE ocsp_responder_states (LIKE pca.ocsp_responder_states);
CREATE TEMPORARY TABLE object (LIKE pca.object);
CREATE TEMPORARY TABLE object_chunk (LIKE pca.object_chunk);
CREATE TEMPORARY TABLE audit_report (LIKE pca.audit_report);
CREATE TEMPORARY TABLE audit_event (LIKE pca.audit_event);
CREATE TEMPORARY TABLE maintenance_failure (LIKE pca.maintenance_failure);
CREATE TEMPORARY TABLE certificate_authority_description (LIKE pca.certificate_authority_description);
CREATE TEMPORARY TABLE pg_namespace (LIKE pg_catalog.pg_namespace);
CREATE TEMPORARY TABLE pg_proc (LIKE pg_catalog.pg_proc);
CREATE TEMPORARY TABLE pg_roles (LIKE pg_catalog.pg_roles);
CREATE TABLE evil.certificate_authority (LIKE pca.certificate_authority);
CREATE DOMAIN pg_temp.uuid AS text CHECK (false);
CREATE DOMAIN pg_temp.timestamptz AS text CHECK (false);
CREATE DOMAIN pg_temp.jsonb AS text CHECK (false);
-- An implicit cast where there was none.
CREATE FUNCTION evil.text_to_uuid(text) RETURNS pg_catalog.uuid
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked by a cast'; END $$;
CREATE CAST (pg_catalog.text AS pg_catalog.uuid) WITH FUNCTION evil.text_to_uuid AS IMPLICIT;
CREATE FUNCTION evil.bytea_to_text(pg_catalog.bytea) RETURNS pg_catalog.text
LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked by a cast'; END $$;
CREATE CAST (pg_catalog.bytea AS pg_catalog.text) WITH FUNCTION evil.bytea_to_text AS IMPLICIT;
