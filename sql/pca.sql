-- The script of CREATE EXTENSION pca: the whole schema of the current version.
--
-- The functions of the API go into the extension's schema, everything else into
-- the schema "pca". This script creates that schema, which must not exist: objects
-- that another role has prepared are not taken over. The tables belong to the
-- extension's owner and are granted to no role; the functions access them as that
-- owner.

\echo Use "CREATE EXTENSION pca" to load this file. \quit

-- All operators and functions below are looked up in pg_catalog only.
SET LOCAL search_path TO pg_catalog, pg_temp;

DO $$
BEGIN
	IF current_setting('server_encoding') <> 'UTF8' THEN
		RAISE EXCEPTION 'extension "pca" needs a database with encoding UTF8'
			USING ERRCODE = 'feature_not_supported',
			      DETAIL = format('The encoding of this database is %s.', current_setting('server_encoding')),
			      HINT = 'Names in certificates are Unicode: use CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0.';
	END IF;
END
$$;

CREATE SCHEMA pca;
COMMENT ON SCHEMA pca IS 'tables, views and types of the private certificate authority';

--
-- Certificate authorities
--

-- No table has a foreign key, because pg_restore with several jobs fills the tables
-- of an extension in any order, and would lose rows. Only the functions write to the
-- tables, and pca_resume() checks the references in a restored database.

CREATE TABLE pca.certificate_authority (
	id uuid PRIMARY KEY,
	arn text NOT NULL UNIQUE,
	account_id text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
	type text NOT NULL CHECK (type IN ('ROOT', 'SUBORDINATE')),
	-- EXPIRED is not stored: it follows from not_after
	status text NOT NULL CHECK (status IN ('CREATING', 'PENDING_CERTIFICATE', 'ACTIVE', 'DISABLED', 'DELETED', 'FAILED')),
	usage_mode text NOT NULL CHECK (usage_mode IN ('GENERAL_PURPOSE', 'SHORT_LIVED_CERTIFICATE')),
	-- the API's words; crypto_algorithm.c has a row for each
	key_algorithm text NOT NULL CHECK (key_algorithm <> ''),
	signing_algorithm text NOT NULL CHECK (signing_algorithm <> ''),
	key_storage_security_standard text NOT NULL CHECK (key_storage_security_standard IN
		('FIPS_140_2_LEVEL_2_OR_HIGHER', 'FIPS_140_2_LEVEL_3_OR_HIGHER', 'CCPC_LEVEL_1_OR_HIGHER')),
	configuration jsonb NOT NULL CHECK (jsonb_typeof(configuration) = 'object'),
	revocation_configuration jsonb NOT NULL CHECK (jsonb_typeof(revocation_configuration) = 'object'),
	public_key bytea NOT NULL CHECK (public_key <> ''),
	csr bytea NOT NULL CHECK (csr <> ''),
	created_at timestamptz NOT NULL,
	last_state_change_at timestamptz NOT NULL,
	failure_reason text CHECK (failure_reason IN ('REQUEST_TIMED_OUT', 'UNSUPPORTED_ALGORITHM', 'OTHER')),
	restorable_until timestamptz,
	status_before_deletion text CHECK (status_before_deletion IN ('CREATING', 'PENDING_CERTIFICATE', 'ACTIVE', 'DISABLED', 'FAILED')),
	-- of its own current certificate
	certificate_id uuid,
	-- decimal, of at most 20 octets
	serial text CHECK (serial ~ '^(0|[1-9][0-9]{0,48})$'),
	not_before timestamptz,
	not_after timestamptz,
	CHECK (split_part(arn, ':', 5) = account_id AND right(arn, 36) = id::text),
	CHECK (last_state_change_at >= created_at),
	CHECK (num_nulls(certificate_id, serial, not_before, not_after) IN (0, 4)),
	CHECK (status NOT IN ('ACTIVE', 'DISABLED') OR certificate_id IS NOT NULL),
	CHECK ((status = 'DELETED') = (status_before_deletion IS NOT NULL)),
	CHECK (status = 'DELETED' OR restorable_until IS NULL),
	CHECK (status IN ('FAILED', 'DELETED') OR failure_reason IS NULL)
);
CREATE INDEX certificate_authority_account_id_idx ON pca.certificate_authority (account_id, created_at, arn);
COMMENT ON TABLE pca.certificate_authority IS 'certificate authorities; id is the UUID in the ARN';

CREATE TABLE pca.private_key (
	authority_id uuid PRIMARY KEY,
	key_encryption_key_id bytea NOT NULL CHECK (octet_length(key_encryption_key_id) = 8),
	wrapped_key bytea NOT NULL
);
COMMENT ON TABLE pca.private_key IS 'private keys of certificate authorities, each wrapped under the key-encryption key that the row names';

-- Rows are never updated, so xmin is always the transaction that imported the certificate.
CREATE TABLE pca.certificate_authority_certificate (
	id uuid PRIMARY KEY,
	authority_id uuid NOT NULL,
	imported_at timestamptz NOT NULL,
	certificate bytea NOT NULL CHECK (certificate <> ''),
	-- issuer first, root last; empty for a root
	chain bytea[] NOT NULL CHECK (cardinality(chain) <= 15 AND array_position(chain, NULL) IS NULL)
);
CREATE INDEX certificate_authority_certificate_authority_id_idx
	ON pca.certificate_authority_certificate (authority_id);
COMMENT ON TABLE pca.certificate_authority_certificate IS 'certificates that were imported for certificate authorities, with their chains';

CREATE TABLE pca.tag (
	authority_id uuid NOT NULL,
	key text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 128),
	value text CHECK (char_length(value) <= 256),
	PRIMARY KEY (authority_id, key)
);
COMMENT ON TABLE pca.tag IS 'tags of certificate authorities';

--
-- Issued certificates
--

-- A foreign key to the authority would also lock one hot row for every certificate.
-- Rows are never updated, as above. The bytes are too random to be compressed. There
-- is only one CHECK, a cheap one, because the executor parses each CHECK again for
-- every row of a bulk statement.
CREATE TABLE pca.certificate (
	authority_id uuid NOT NULL,
	serial uuid NOT NULL,
	issued_at timestamptz NOT NULL,
	not_before timestamptz NOT NULL,
	not_after timestamptz NOT NULL,
	account_id text NOT NULL,
	template text NOT NULL,
	certificate bytea NOT NULL,
	-- who issued it: this row is its own audit row
	session_user_name text NOT NULL,
	current_user_name text NOT NULL,
	service_principal text,
	-- the partition that its CRL distribution point names
	crl_partition uuid,
	PRIMARY KEY (authority_id, serial),
	CHECK (not_before < not_after)
);
ALTER TABLE pca.certificate ALTER COLUMN certificate SET STORAGE EXTERNAL;
CREATE INDEX certificate_not_after_idx ON pca.certificate (not_after);
COMMENT ON TABLE pca.certificate IS 'issued certificates; serial is the serial number as a UUID';

-- A row has everything about the certificate that a CRL needs, which reads no other table.
CREATE TABLE pca.revocation (
	authority_id uuid NOT NULL,
	serial uuid NOT NULL,
	revoked_at timestamptz NOT NULL,
	-- the API's word; there is no CHECK, as above
	reason text NOT NULL,
	-- of the certificate
	not_after timestamptz NOT NULL,
	crl_partition uuid,
	-- who revoked it: this row is its own audit row; without an account it was imported with a CRL
	account_id text,
	session_user_name text NOT NULL,
	current_user_name text NOT NULL,
	PRIMARY KEY (authority_id, serial)
);
-- No other index begins with the authority, so that a revocation is looked up by the
-- primary key, whatever the planner's statistics are.
CREATE INDEX revocation_crl_partition_idx ON pca.revocation (crl_partition) WHERE crl_partition IS NOT NULL;
COMMENT ON TABLE pca.revocation IS 'revocations of issued certificates';

--
-- CRLs
--

-- A partition is full when it has as many certificates as fit into a CRL of 1 MB if
-- all of them are revoked. The place and the URL of its CRL never change, because the
-- URL is in signed certificates.
CREATE TABLE pca.crl_partition (
	id uuid PRIMARY KEY,
	authority_id uuid NOT NULL,
	created_at timestamptz NOT NULL,
	key text NOT NULL,
	url text NOT NULL,
	-- places that are reserved for certificates; the unused ones are lost
	certificates integer NOT NULL CHECK (certificates >= 0),
	-- when the last certificate expires
	not_after timestamptz NOT NULL
);
CREATE INDEX crl_partition_authority_id_idx ON pca.crl_partition (authority_id, created_at);
COMMENT ON TABLE pca.crl_partition IS 'partitions of CRLs; a certificate belongs to one from its issuance';

-- The content of a CRL is in pca.object.
CREATE TABLE pca.crl (
	-- by which other rows refer to the CRL; not a generated column, for logical replication
	id uuid PRIMARY KEY,
	authority_id uuid NOT NULL,
	-- NULL for the complete CRL of the authority
	partition_id uuid,
	-- of the newest CRL; NULL until one has been written
	number bigint,
	generated_at timestamptz,
	this_update timestamptz,
	next_update timestamptz,
	entries bigint,
	bucket text,
	key text,
	-- the greatest number that is known to have been used, also by a CRL that a restore lost
	number_floor bigint NOT NULL DEFAULT 0 CHECK (number_floor >= 0),
	CHECK (id = coalesce(partition_id, authority_id)),
	CHECK (num_nulls(number, generated_at, this_update, next_update, entries, bucket, key) IN (0, 7)),
	CHECK (number > 0 AND entries >= 0 AND this_update <= generated_at AND this_update < next_update)
);
CREATE INDEX crl_authority_id_idx ON pca.crl (authority_id);
COMMENT ON TABLE pca.crl IS 'the newest CRL of each certificate authority or partition';

-- A CRL is found by these URLs too, and the newest content is returned. The URL of
-- an object in a bucket is s3://BUCKET/KEY.
CREATE TABLE pca.crl_former_url (
	crl_id uuid NOT NULL,
	url text NOT NULL CHECK (url <> ''),
	authority_id uuid NOT NULL,
	-- the last certificate that can name it has expired by then
	not_after timestamptz NOT NULL,
	PRIMARY KEY (crl_id, url)
);
CREATE INDEX crl_former_url_authority_id_idx ON pca.crl_former_url (authority_id);
COMMENT ON TABLE pca.crl_former_url IS 'URLs that certificates name although their CRL has moved';

-- A row for each transaction and CRL, which the next CRL removes.
CREATE TABLE pca.crl_change (
	crl_id uuid NOT NULL,
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	authority_id uuid NOT NULL,
	changed_at timestamptz NOT NULL,
	PRIMARY KEY (crl_id, id)
);
COMMENT ON TABLE pca.crl_change IS 'CRLs that lack revocations made since they were written';

--
-- OCSP
--

-- The hashes by which a request identifies an issuer (RFC 6960 4.1.1), for each supported digest.
CREATE TABLE pca.ocsp_issuer (
	key_hash bytea NOT NULL,
	name_hash bytea NOT NULL,
	authority_id uuid NOT NULL,
	-- the name
	responder_id uuid NOT NULL,
	PRIMARY KEY (key_hash, name_hash, authority_id),
	-- by SHA-1, SHA-256, SHA-384 or SHA-512
	CHECK (octet_length(key_hash) IN (20, 32, 48, 64) AND octet_length(name_hash) = octet_length(key_hash))
);
CREATE INDEX ocsp_issuer_authority_id_idx ON pca.ocsp_issuer (authority_id);
COMMENT ON TABLE pca.ocsp_issuer IS 'hashes by which OCSP requests identify certificate authorities';

-- A row for each name that an authority's own certificates have had, with the
-- certificate that goes with answers to requests that use the name.
CREATE TABLE pca.ocsp_responder (
	id uuid PRIMARY KEY,
	authority_id uuid NOT NULL,
	-- the newest of its own certificates with this name
	certificate_id uuid NOT NULL,
	certificate_not_after timestamptz NOT NULL,
	-- the one under which the responder's certificate was issued; NULL before the first attempt
	issuer_id uuid,
	-- of the responder's certificate; NULL if there is none, perhaps because name constraints permit no subject
	serial uuid,
	CHECK (serial IS NULL OR issuer_id IS NOT NULL)
);
CREATE INDEX ocsp_responder_authority_id_idx ON pca.ocsp_responder (authority_id);
COMMENT ON TABLE pca.ocsp_responder IS 'names of certificate authorities, and the certificate of the OCSP responder for each';

--
-- Objects that the service would write to buckets
--

CREATE TABLE pca.object (
	bucket text NOT NULL CHECK (bucket <> ''),
	key text NOT NULL CHECK (key <> ''),
	-- of this content; an object that is rewritten gets a new one
	id uuid NOT NULL UNIQUE,
	authority_id uuid NOT NULL,
	-- of the owner
	account_id text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
	content_type text NOT NULL CHECK (content_type <> ''),
	acl text NOT NULL CHECK (acl IN ('PUBLIC_READ', 'BUCKET_OWNER_FULL_CONTROL')),
	written_at timestamptz NOT NULL,
	-- of a CRL; NULL for other objects
	next_update timestamptz,
	size bigint NOT NULL CHECK (size >= 0),
	PRIMARY KEY (bucket, key)
);
CREATE INDEX object_authority_id_idx ON pca.object (authority_id);
COMMENT ON TABLE pca.object IS 'objects in buckets: CRLs and audit reports';

CREATE TABLE pca.object_chunk (
	object_id uuid NOT NULL,
	number integer NOT NULL CHECK (number >= 0),
	content bytea NOT NULL,
	PRIMARY KEY (object_id, number)
);
ALTER TABLE pca.object_chunk ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE pca.object_chunk IS 'content of objects, in pieces';

CREATE TABLE pca.audit_report (
	id uuid PRIMARY KEY,
	authority_id uuid NOT NULL,
	created_at timestamptz NOT NULL,
	status text NOT NULL CHECK (status IN ('CREATING', 'SUCCESS', 'FAILED')),
	bucket text NOT NULL CHECK (bucket <> ''),
	key text NOT NULL CHECK (key <> '')
);
CREATE INDEX audit_report_authority_id_idx ON pca.audit_report (authority_id, created_at);
COMMENT ON TABLE pca.audit_report IS 'audit reports; their content is in pca.object';

--
-- The audit trail
--

-- An event outlives the authority, so it has the ARN.
CREATE TABLE pca.audit_event (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	at timestamptz NOT NULL,
	operation text NOT NULL CHECK (operation <> ''),
	certificate_authority_arn text,
	resource text,
	-- that the actor acts for; NULL for maintenance, which acts for no account; of a registration, the registered one
	account_id text CHECK (account_id ~ '^[0-9]{12}$'),
	service_principal text,
	session_user_name text NOT NULL,
	current_user_name text NOT NULL
);
CREATE INDEX audit_event_certificate_authority_arn_idx ON pca.audit_event (certificate_authority_arn, at);
COMMENT ON TABLE pca.audit_event IS 'uses of private keys and changes of state, except issued and revoked certificates, which have rows of their own';

-- The argument is a command that superusers and the extension's owner may still run; the functions write as that owner.
CREATE FUNCTION pca.refuse_change() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS $$
	BEGIN
		IF TG_OP = ANY (TG_ARGV) AND pg_has_role((SELECT nspowner FROM pg_namespace WHERE nspname = 'pca'), 'USAGE') THEN
			RETURN NULL;
		END IF;
		RAISE EXCEPTION 'cannot % table "%"', lower(TG_OP COLLATE "C"), TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation',
			DETAIL = 'Its rows are records of what was done.';
	END
	$$;
COMMENT ON FUNCTION pca.refuse_change() IS 'refuses changes of records';
-- The certificates and revocations of an authority are deleted together with it.
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON pca.certificate
	FOR EACH STATEMENT EXECUTE FUNCTION pca.refuse_change('DELETE');
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON pca.revocation
	FOR EACH STATEMENT EXECUTE FUNCTION pca.refuse_change('DELETE');
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON pca.audit_event
	FOR EACH STATEMENT EXECUTE FUNCTION pca.refuse_change();

-- Everything that belongs to an authority is deleted together with it, whichever role deletes it.
CREATE FUNCTION pca.remove_dependents() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS $$
	BEGIN
		DELETE FROM pca.private_key WHERE authority_id = OLD.id;
		DELETE FROM pca.certificate_authority_certificate WHERE authority_id = OLD.id;
		DELETE FROM pca.tag WHERE authority_id = OLD.id;
		DELETE FROM pca.certificate WHERE authority_id = OLD.id;
		DELETE FROM pca.revocation WHERE authority_id = OLD.id;
		DELETE FROM pca.crl_partition WHERE authority_id = OLD.id;
		DELETE FROM pca.crl WHERE authority_id = OLD.id;
		DELETE FROM pca.crl_change WHERE authority_id = OLD.id;
		DELETE FROM pca.crl_former_url WHERE authority_id = OLD.id;
		DELETE FROM pca.ocsp_issuer WHERE authority_id = OLD.id;
		DELETE FROM pca.ocsp_responder WHERE authority_id = OLD.id;
		WITH removed AS (DELETE FROM pca.object WHERE authority_id = OLD.id RETURNING id)
			DELETE FROM pca.object_chunk WHERE object_id IN (SELECT id FROM removed);
		DELETE FROM pca.audit_report WHERE authority_id = OLD.id;
		DELETE FROM pca.maintenance_failure WHERE authority_id = OLD.id;
		DELETE FROM pca.idempotency_token WHERE authority_id = OLD.id;
		DELETE FROM pca.policy WHERE authority_id = OLD.id;
		DELETE FROM pca.policy_grant WHERE authority_id = OLD.id;
		DELETE FROM pca.permission WHERE authority_id = OLD.id;
		RETURN NULL;
	END
	$$;
COMMENT ON FUNCTION pca.remove_dependents() IS 'removes everything that belongs to a certificate authority that is deleted';
CREATE TRIGGER remove_dependents AFTER DELETE ON pca.certificate_authority
	FOR EACH ROW EXECUTE FUNCTION pca.remove_dependents();

CREATE TABLE pca.maintenance_failure (
	task text NOT NULL,
	-- the CRL, the name for OCSP or the authority that the task is about
	object_id uuid NOT NULL,
	authority_id uuid,
	failed_at timestamptz NOT NULL,
	failures integer NOT NULL CHECK (failures > 0),
	sqlstate text NOT NULL CHECK (sqlstate ~ '^[0-9A-Z]{5}$'),
	message text NOT NULL,
	PRIMARY KEY (task, object_id)
);
COMMENT ON TABLE pca.maintenance_failure IS 'tasks of maintenance that failed and have not succeeded since';

--
-- Tokens of calls
--

CREATE TABLE pca.idempotency_token (
	account_id text NOT NULL,
	operation text NOT NULL,
	-- all zeros for an operation that is not on a certificate authority
	authority_id uuid NOT NULL,
	token text NOT NULL,
	created_at timestamptz NOT NULL,
	arn text NOT NULL,
	-- SHA-256 of the call's arguments
	digest bytea NOT NULL CHECK (octet_length(digest) = 32),
	PRIMARY KEY (account_id, operation, authority_id, token)
);
CREATE INDEX idempotency_token_created_at_idx ON pca.idempotency_token (created_at);
COMMENT ON TABLE pca.idempotency_token IS 'idempotency tokens, and the ARN that the first call with each returned';

CREATE TABLE pca.next_token_key (
	only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
	-- 244 random bits, which no statement contains
	key bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) CHECK (octet_length(key) = 32)
);
COMMENT ON TABLE pca.next_token_key IS 'the key that makes next tokens of lists unforgeable';

--
-- Accounts and services of roles, and the rights of other accounts
--

CREATE TABLE pca.account (
	role regrole PRIMARY KEY,
	-- NULL for none, because the registration was taken back
	account_id text CHECK (account_id ~ '^[0-9]{12}$')
);
COMMENT ON TABLE pca.account IS 'accounts that roles act for';

CREATE TABLE pca.service_principal (
	role regrole PRIMARY KEY,
	principal text NOT NULL CHECK (principal <> '')
);
COMMENT ON TABLE pca.service_principal IS 'services that roles act as';

-- A secret is in no row: it is derived from the master key and the key's ID.
CREATE TABLE pca.access_key (
	id text PRIMARY KEY CHECK (id ~ '^AKIA[A-Z2-7]{16}$'),
	-- that requests act as
	role regrole NOT NULL,
	-- that the role acted for when the key was made, and must act for when it is used
	account_id text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
	description text,
	created_at timestamptz NOT NULL,
	disabled_at timestamptz CHECK (disabled_at >= created_at),
	-- in UTC
	last_used_on date
);
CREATE INDEX access_key_account_id_idx ON pca.access_key (account_id);
COMMENT ON TABLE pca.access_key IS 'access keys of callers over HTTP, without their secrets';

CREATE TABLE pca.access_master_key (
	only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
	key_encryption_key_id bytea NOT NULL CHECK (octet_length(key_encryption_key_id) = 8),
	wrapped_key bytea NOT NULL CHECK (octet_length(wrapped_key) > 0)
);
COMMENT ON TABLE pca.access_master_key
	IS 'the key from which the secrets of access keys are derived, wrapped under the key-encryption key that is named';

CREATE FUNCTION pca.registration_changed() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_registration_changed';
COMMENT ON FUNCTION pca.registration_changed() IS 'tells every session that the registrations of roles have changed';
CREATE TRIGGER registration_changed AFTER INSERT OR UPDATE OR DELETE ON pca.account
	FOR EACH STATEMENT EXECUTE FUNCTION pca.registration_changed();
CREATE TRIGGER registration_changed AFTER INSERT OR UPDATE OR DELETE ON pca.service_principal
	FOR EACH STATEMENT EXECUTE FUNCTION pca.registration_changed();

CREATE TABLE pca.policy (
	authority_id uuid PRIMARY KEY,
	policy text NOT NULL CHECK (policy <> '')
);
COMMENT ON TABLE pca.policy IS 'resource policies of certificate authorities, in their original text';

CREATE TABLE pca.policy_grant (
	authority_id uuid NOT NULL,
	account_id text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
	action text NOT NULL CHECK (action IN ('DescribeCertificateAuthority', 'GetCertificate',
		'GetCertificateAuthorityCertificate', 'IssueCertificate', 'ListPermissions', 'ListTags', 'RevokeCertificate')),
	-- the one that IssueCertificate may use; empty for the other actions
	template text NOT NULL,
	PRIMARY KEY (authority_id, account_id, action, template),
	CHECK ((action = 'IssueCertificate') = (template <> ''))
);
CREATE INDEX policy_grant_account_id_idx ON pca.policy_grant (account_id, action);
COMMENT ON TABLE pca.policy_grant IS 'what the statements of the resource policies allow other accounts';

CREATE TABLE pca.permission (
	authority_id uuid NOT NULL,
	principal text NOT NULL CHECK (principal <> ''),
	source_account text NOT NULL CHECK (source_account ~ '^[0-9]{12}$'),
	actions text[] NOT NULL CHECK (actions <> '{}' AND actions <@ '{IssueCertificate,GetCertificate,ListPermissions}'),
	created_at timestamptz NOT NULL,
	PRIMARY KEY (authority_id, principal, source_account)
);
COMMENT ON TABLE pca.permission IS 'what services may do with certificate authorities';

-- The row is not dumped, so a restored database is dormant. pg_upgrade keeps the row.
CREATE TABLE pca.installation (
	only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
	database oid NOT NULL,
	resumed_at timestamptz NOT NULL
);
COMMENT ON TABLE pca.installation IS 'the database that acts for its certificate authorities; without a row with its own OID it is dormant';
CREATE TRIGGER registration_changed AFTER INSERT OR UPDATE OR DELETE ON pca.installation
	FOR EACH STATEMENT EXECUTE FUNCTION pca.registration_changed();

CREATE FUNCTION pca.rows_restored() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_rows_restored';
COMMENT ON FUNCTION pca.rows_restored() IS 'makes the database dormant when a restore inserts rows';
CREATE TRIGGER rows_restored BEFORE INSERT ON pca.certificate_authority
	FOR EACH STATEMENT EXECUTE FUNCTION pca.rows_restored();
CREATE TRIGGER rows_restored BEFORE INSERT ON pca.private_key
	FOR EACH STATEMENT EXECUTE FUNCTION pca.rows_restored();

-- The triggers are ENABLE ALWAYS so that they fire for a logical subscription, which they are made for.
CREATE FUNCTION pca.keep_local() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_keep_local';
COMMENT ON FUNCTION pca.keep_local() IS 'keeps a logical subscription from changing rows that belong to this database alone';
CREATE TRIGGER keep_local BEFORE INSERT OR UPDATE OR DELETE ON pca.installation
	FOR EACH ROW EXECUTE FUNCTION pca.keep_local();
ALTER TABLE pca.installation ENABLE ALWAYS TRIGGER keep_local;
CREATE TRIGGER keep_local BEFORE INSERT OR UPDATE OR DELETE ON pca.private_key
	FOR EACH ROW EXECUTE FUNCTION pca.keep_local();
ALTER TABLE pca.private_key ENABLE ALWAYS TRIGGER keep_local;
CREATE TRIGGER keep_local BEFORE INSERT OR UPDATE OR DELETE ON pca.next_token_key
	FOR EACH ROW EXECUTE FUNCTION pca.keep_local();
ALTER TABLE pca.next_token_key ENABLE ALWAYS TRIGGER keep_local;
CREATE TRIGGER keep_local BEFORE INSERT OR UPDATE OR DELETE ON pca.access_key
	FOR EACH ROW EXECUTE FUNCTION pca.keep_local();
ALTER TABLE pca.access_key ENABLE ALWAYS TRIGGER keep_local;
CREATE TRIGGER keep_local BEFORE INSERT OR UPDATE OR DELETE ON pca.access_master_key
	FOR EACH ROW EXECUTE FUNCTION pca.keep_local();
ALTER TABLE pca.access_master_key ENABLE ALWAYS TRIGGER keep_local;

-- The functions and views that pca_grant_access grants, and the operations of the
-- API, which pca_api calls. A name means the extension's own object
-- (pca.access_objects).
CREATE TABLE pca.access (
	name text PRIMARY KEY,
	kind text NOT NULL DEFAULT 'function' CHECK (kind IN ('function', 'view')),
	accesses text[] NOT NULL CHECK (accesses <> '{}' AND accesses <@ '{administrator,issuer,revoker,auditor,status,gateway,monitor}'),
	operation text UNIQUE,
	-- the member of the operation's output that the result becomes; if NULL, its columns become members, if it has any
	output_member text,
	-- whether the member is a list of the result's rows
	is_list boolean NOT NULL DEFAULT false,
	CHECK (operation IS NOT NULL OR output_member IS NULL),
	CHECK (output_member IS NOT NULL OR NOT is_list)
);
COMMENT ON TABLE pca.access IS 'functions and views of each access that pca_grant_access grants, and the operations of pca_api';
CREATE TRIGGER keep_local BEFORE INSERT OR UPDATE OR DELETE ON pca.access
	FOR EACH ROW EXECUTE FUNCTION pca.keep_local();
ALTER TABLE pca.access ENABLE ALWAYS TRIGGER keep_local;

INSERT INTO pca.access (name, accesses, operation, output_member, is_list) VALUES
	('pca_create_certificate_authority', '{administrator}', 'CreateCertificateAuthority', 'CertificateAuthorityArn', false),
	('pca_create_certificate_authority_audit_report', '{administrator,auditor}', 'CreateCertificateAuthorityAuditReport', NULL, false),
	('pca_create_permission', '{administrator}', 'CreatePermission', NULL, false),
	('pca_delete_certificate_authority', '{administrator}', 'DeleteCertificateAuthority', NULL, false),
	('pca_delete_permission', '{administrator}', 'DeletePermission', NULL, false),
	('pca_delete_policy', '{administrator}', 'DeletePolicy', NULL, false),
	('pca_describe_certificate_authority', '{administrator,issuer,revoker,auditor,status}', 'DescribeCertificateAuthority', 'CertificateAuthority', false),
	('pca_describe_certificate_authority_audit_report', '{administrator,auditor}', 'DescribeCertificateAuthorityAuditReport', NULL, false),
	('pca_get_certificate', '{administrator,issuer,revoker,auditor}', 'GetCertificate', NULL, false),
	('pca_get_certificate_authority_certificate', '{administrator,issuer,auditor,status}', 'GetCertificateAuthorityCertificate', NULL, false),
	('pca_get_certificate_authority_csr', '{administrator}', 'GetCertificateAuthorityCsr', 'Csr', false),
	('pca_get_policy', '{administrator,auditor}', 'GetPolicy', 'Policy', false),
	('pca_import_certificate_authority_certificate', '{administrator}', 'ImportCertificateAuthorityCertificate', NULL, false),
	('pca_issue_certificate', '{administrator,issuer}', 'IssueCertificate', 'CertificateArn', false),
	('pca_list_certificate_authorities', '{administrator,issuer,revoker,auditor}', 'ListCertificateAuthorities', 'CertificateAuthorities', true),
	('pca_list_permissions', '{administrator,issuer,auditor}', 'ListPermissions', 'Permissions', true),
	('pca_list_tags', '{administrator,issuer,auditor}', 'ListTags', 'Tags', true),
	('pca_put_policy', '{administrator}', 'PutPolicy', NULL, false),
	('pca_restore_certificate_authority', '{administrator}', 'RestoreCertificateAuthority', NULL, false),
	('pca_revoke_certificate', '{administrator,revoker}', 'RevokeCertificate', NULL, false),
	('pca_tag_certificate_authority', '{administrator}', 'TagCertificateAuthority', NULL, false),
	('pca_untag_certificate_authority', '{administrator}', 'UntagCertificateAuthority', NULL, false),
	('pca_update_certificate_authority', '{administrator}', 'UpdateCertificateAuthority', NULL, false);
INSERT INTO pca.access (name, accesses) VALUES
	('pca_api', '{administrator,issuer,revoker,auditor}'),
	('pca_delete_access_key', '{administrator}'),
	('pca_disable_access_key', '{administrator}'),
	('pca_enable_access_key', '{administrator}'),
	('pca_caller_identity', '{administrator,issuer,revoker,auditor}'),
	('pca_check_csr', '{administrator,issuer}'),
	('pca_http_api', '{gateway}'),
	('pca_get_crl', '{administrator,revoker,auditor,status}'),
	('pca_get_object', '{administrator,revoker,auditor,status}'),
	('pca_import_crl', '{administrator}'),
	('pca_metrics', '{monitor}'),
	('pca_object_content', '{status}'),
	('pca_object_head', '{status}'),
	('pca_ocsp', '{administrator,status}'),
	('pca_ocsp_response', '{administrator,status}'),
	('pca_run_maintenance', '{administrator}'),
	('pca_wait_audit_report_created', '{administrator,auditor}'),
	('pca_wait_certificate_authority_csr_created', '{administrator}'),
	('pca_wait_certificate_issued', '{administrator,issuer,revoker,auditor}'),
	-- pca_check_csr calls these as its caller
	('csr_names', '{administrator,issuer}'),
	('csr_subject', '{administrator,issuer}'),
	-- the views call these as the role that reads them
	('caller_account', '{administrator,issuer,revoker,auditor,status}'),
	('certificate_authority_status', '{administrator,issuer,revoker,auditor,status}'),
	('certificate_subject', '{administrator,issuer,revoker,auditor}'),
	('certificate_subject_alternative_names', '{administrator,issuer,revoker,auditor}'),
	('crl_url', '{administrator,issuer,revoker,auditor,status}'),
	('template_rows', '{administrator,issuer,revoker,auditor,status}');
INSERT INTO pca.access (name, kind, accesses) VALUES
	('access_keys', 'view', '{administrator}'),
	('audit_trail', 'view', '{administrator,auditor}'),
	('certificate_authorities', 'view', '{administrator,issuer,revoker,auditor}'),
	('certificates', 'view', '{administrator,issuer,revoker,auditor}'),
	('crls', 'view', '{administrator,revoker,auditor,status}'),
	('maintenance_failures', 'view', '{administrator,revoker,auditor}'),
	('objects', 'view', '{administrator,issuer,revoker,auditor,status}'),
	('templates', 'view', '{administrator,issuer,revoker,auditor}');

-- All tables are dumped, except pca.access, which this script fills, and pca.installation.
SELECT pg_extension_config_dump('pca.certificate_authority', '');
SELECT pg_extension_config_dump('pca.private_key', '');
SELECT pg_extension_config_dump('pca.certificate_authority_certificate', '');
SELECT pg_extension_config_dump('pca.tag', '');
SELECT pg_extension_config_dump('pca.certificate', '');
SELECT pg_extension_config_dump('pca.revocation', '');
-- A dropped role would be dumped as its OID, which can be another role's where the dump is restored.
SELECT pg_extension_config_dump('pca.account', 'WHERE role::pg_catalog.oid IN (SELECT r.oid FROM pg_catalog.pg_roles AS r)');
SELECT pg_extension_config_dump('pca.service_principal', 'WHERE role::pg_catalog.oid IN (SELECT r.oid FROM pg_catalog.pg_roles AS r)');
SELECT pg_extension_config_dump('pca.access_key', 'WHERE role::pg_catalog.oid IN (SELECT r.oid FROM pg_catalog.pg_roles AS r)');
SELECT pg_extension_config_dump('pca.access_master_key', '');
SELECT pg_extension_config_dump('pca.policy', '');
SELECT pg_extension_config_dump('pca.policy_grant', '');
SELECT pg_extension_config_dump('pca.permission', '');
SELECT pg_extension_config_dump('pca.crl_partition', '');
SELECT pg_extension_config_dump('pca.crl', '');
SELECT pg_extension_config_dump('pca.crl_change', '');
SELECT pg_extension_config_dump('pca.crl_former_url', '');
SELECT pg_extension_config_dump('pca.ocsp_issuer', '');
SELECT pg_extension_config_dump('pca.ocsp_responder', '');
SELECT pg_extension_config_dump('pca.object', '');
SELECT pg_extension_config_dump('pca.object_chunk', '');
SELECT pg_extension_config_dump('pca.audit_report', '');
SELECT pg_extension_config_dump('pca.audit_event', '');
SELECT pg_extension_config_dump('pca.maintenance_failure', '');
SELECT pg_extension_config_dump('pca.idempotency_token', '');
SELECT pg_extension_config_dump('pca.next_token_key', '');

--
-- Views
--

-- The functions of the views run in parallel queries, in which the library can no
-- longer be loaded. The planner loads it before, because it calls this function.
CREATE FUNCTION pca.planner_support(internal) RETURNS internal
	LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_planner_support';
COMMENT ON FUNCTION pca.planner_support(internal) IS 'loads the library before a query that needs it can be parallel';

CREATE FUNCTION pca.certificate_subject(certificate bytea) RETURNS text
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SUPPORT pca.planner_support
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_certificate_subject';
COMMENT ON FUNCTION pca.certificate_subject(bytea) IS 'subject of a certificate as text (RFC 4514)';

CREATE FUNCTION pca.certificate_subject_alternative_names(certificate bytea) RETURNS text[]
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SUPPORT pca.planner_support
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_certificate_subject_alternative_names';
COMMENT ON FUNCTION pca.certificate_subject_alternative_names(bytea)
	IS 'subject alternative names of a certificate, each after its form, as in DNS:www.example.com';

CREATE FUNCTION pca.certificate_authority_status(stored text, not_after timestamptz, restorable_until timestamptz)
	RETURNS text
	LANGUAGE C STABLE PARALLEL SAFE SUPPORT pca.planner_support
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_certificate_authority_status';
COMMENT ON FUNCTION pca.certificate_authority_status(text, timestamptz, timestamptz)
	IS 'current status of a certificate authority; NULL if its restoration period has ended';

CREATE FUNCTION pca.crl_url(revocation_configuration jsonb, authority_id uuid) RETURNS text
	LANGUAGE C STABLE PARALLEL SAFE SUPPORT pca.planner_support
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_crl_url';
COMMENT ON FUNCTION pca.crl_url(jsonb, uuid)
	IS 'URL of the complete CRL of a certificate authority with this configuration; NULL if it has none';

CREATE FUNCTION pca.caller_account() RETURNS text
	LANGUAGE C STABLE PARALLEL SAFE SUPPORT pca.planner_support
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_caller_account_id';
COMMENT ON FUNCTION pca.caller_account() IS 'account that the current role acts for; NULL for a service and for a role that is not registered';

CREATE FUNCTION pca.template_rows(
		OUT name text,
		OUT template_arn text,
		OUT is_self_signed boolean,
		OUT is_ca boolean,
		OUT path_length integer,
		OUT basic_constraints_critical boolean,
		OUT key_usage text[],
		OUT extended_key_usage text[],
		OUT extended_key_usage_critical boolean,
		OUT api_passthrough boolean,
		OUT csr_passthrough boolean)
	RETURNS SETOF record
	LANGUAGE C STABLE PARALLEL SAFE ROWS 100 SUPPORT pca.planner_support
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_template_rows';
COMMENT ON FUNCTION pca.template_rows() IS 'rows of the view pca.templates';

-- The rows are those by which certificates are issued.
CREATE VIEW pca.templates WITH (security_barrier) AS
	SELECT t.name,
		t.template_arn,
		t.is_self_signed,
		t.is_ca,
		t.path_length,
		t.basic_constraints_critical,
		t.key_usage,
		t.extended_key_usage,
		t.extended_key_usage_critical,
		t.api_passthrough,
		t.csr_passthrough
	FROM pca.template_rows() AS t;
COMMENT ON VIEW pca.templates IS 'certificate templates, and what each sets in every certificate';
COMMENT ON COLUMN pca.templates.name IS 'name and version, as at the end of the ARN';
COMMENT ON COLUMN pca.templates.template_arn IS 'ARN in the partition of new certificate authorities';
COMMENT ON COLUMN pca.templates.is_self_signed IS 'the certificate authority signs its own certificate, for its own CSR';
COMMENT ON COLUMN pca.templates.is_ca IS 'cA of basicConstraints';
COMMENT ON COLUMN pca.templates.path_length IS 'pathLenConstraint of basicConstraints; NULL if there is none';
COMMENT ON COLUMN pca.templates.basic_constraints_critical IS 'basicConstraints is critical';
COMMENT ON COLUMN pca.templates.key_usage IS 'keyUsage, which is critical; NULL if the template sets none';
COMMENT ON COLUMN pca.templates.extended_key_usage IS 'extKeyUsage; NULL if the template sets none';
COMMENT ON COLUMN pca.templates.extended_key_usage_critical IS 'extKeyUsage is critical; NULL if the template sets none';
COMMENT ON COLUMN pca.templates.api_passthrough IS 'subject and extensions of ApiPassthrough count, where the template sets none';
COMMENT ON COLUMN pca.templates.csr_passthrough IS 'extensions of the CSR count, where neither the template nor ApiPassthrough sets them';

-- Other roles may have created functions with the same names, and the extension's schema may have been renamed.
CREATE VIEW pca.access_objects AS
	SELECT a.*, o.oid, o.namespace
	FROM pca.access AS a
		CROSS JOIN LATERAL (
			SELECT 'pg_proc'::regclass AS catalog, p.oid, p.pronamespace AS namespace
			FROM pg_proc AS p
			WHERE a.kind = 'function' AND p.proname = a.name
			UNION ALL
			SELECT 'pg_class'::regclass, c.oid, c.relnamespace
			FROM pg_class AS c
			WHERE a.kind = 'view' AND c.relname = a.name
		) AS o
	WHERE EXISTS (SELECT FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
		WHERE d.classid = o.catalog AND d.objid = o.oid AND d.deptype = 'e' AND e.extname = 'pca');
COMMENT ON VIEW pca.access_objects IS 'objects that pca_grant_access grants, with their OIDs, for the functions of the extension';

-- Objects and roles are named by the output of their OIDs, which quotes and qualifies
-- names. Schemas other than public are granted, too, because a role without USAGE
-- finds nothing in them.
CREATE FUNCTION pca.grant_statements(role regrole, access text) RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS $$
		WITH object AS (
			SELECT o.oid, o.kind, n.oid AS namespace, n.nspname
			FROM pca.access_objects AS o JOIN pg_namespace AS n ON n.oid = o.namespace
			WHERE access = ANY (o.accesses)
		)
		SELECT format('GRANT %s %s TO %s', g.what, string_agg(g.object, ', ' ORDER BY g.object), role)
		FROM (
			SELECT 1 AS position, 'EXECUTE ON FUNCTION' AS what, oid::regprocedure::text AS object
			FROM object WHERE kind = 'function'
			UNION ALL
			SELECT DISTINCT 2, 'USAGE ON SCHEMA', namespace::regnamespace::text
			FROM object WHERE nspname <> 'public'
			UNION ALL
			SELECT 3, 'SELECT ON TABLE', oid::regclass::text
			FROM object WHERE kind = 'view'
		) AS g
		GROUP BY g.position, g.what
		ORDER BY g.position
	$$;
COMMENT ON FUNCTION pca.grant_statements(regrole, text) IS 'GRANT statements that give a role an access, for pca_grant_access';

-- The row type of this view is the result of DescribeCertificateAuthority.
CREATE VIEW pca.certificate_authority_description AS
	SELECT a.arn,
		a.account_id AS owner_account,
		a.created_at,
		a.last_state_change_at,
		a.type,
		a.serial,
		s.status,
		a.not_before,
		a.not_after,
		a.failure_reason,
		a.configuration AS certificate_authority_configuration,
		a.revocation_configuration,
		a.restorable_until,
		a.key_storage_security_standard,
		a.usage_mode
	FROM pca.certificate_authority AS a
		CROSS JOIN LATERAL pca.certificate_authority_status(a.status, a.not_after, a.restorable_until) AS s (status)
	WHERE s.status IS NOT NULL;
COMMENT ON VIEW pca.certificate_authority_description
	IS 'descriptions of all certificate authorities, for the functions of the extension';

CREATE VIEW pca.certificate_authorities WITH (security_barrier) AS
	SELECT d.*
	FROM pca.certificate_authority_description AS d
	WHERE d.owner_account = pca.caller_account()
		OR EXISTS (SELECT FROM pca.policy_grant AS p JOIN pca.certificate_authority AS a ON a.id = p.authority_id
			WHERE a.arn = d.arn AND p.account_id = pca.caller_account() AND p.action = 'DescribeCertificateAuthority');
COMMENT ON VIEW pca.certificate_authorities
	IS 'descriptions of the certificate authorities that the account of the current role may see';

CREATE VIEW pca.certificates WITH (security_barrier) AS
	SELECT a.arn || '/certificate/' || replace(c.serial::text, '-', '') AS certificate_arn,
		a.arn AS certificate_authority_arn,
		replace(c.serial::text, '-', '') AS serial,
		pca.certificate_subject(c.certificate) AS subject,
		pca.certificate_subject_alternative_names(c.certificate) AS subject_alternative_names,
		c.not_before,
		c.not_after,
		'arn:' || split_part(a.arn, ':', 2) || ':acm-pca:::template/' || c.template AS template_arn,
		c.issued_at,
		CASE
			WHEN r.serial IS NOT NULL THEN 'REVOKED'
			WHEN c.not_after < now() THEN 'EXPIRED'
			ELSE 'ISSUED'
		END AS status,
		r.revoked_at,
		r.reason AS revocation_reason
	FROM pca.certificate AS c
		JOIN pca.certificate_authority AS a ON a.id = c.authority_id
		LEFT JOIN pca.revocation AS r ON r.authority_id = c.authority_id AND r.serial = c.serial
	WHERE (a.account_id = pca.caller_account()
			-- of a shared certificate authority: the certificates that the account itself issued
			OR (c.account_id = pca.caller_account()
				AND EXISTS (SELECT FROM pca.policy_grant AS p
					WHERE p.authority_id = a.id AND p.account_id = pca.caller_account() AND p.action = 'GetCertificate')))
		AND pca.certificate_authority_status(a.status, a.not_after, a.restorable_until) IS NOT NULL;
COMMENT ON VIEW pca.certificates
	IS 'inventory of the certificates that were issued by the certificate authorities of the current role''s account';

-- The certificate authorities whose revocations are published, and what their
-- configurations say about that. Nothing is cast, so that a corrupt row does not
-- cause an error for all.
CREATE VIEW pca.revocation_settings AS
	SELECT a.id AS authority_id,
		a.arn,
		a.account_id,
		a.not_after,
		c.crl -> 'Enabled' = 'true' AS has_crls,
		c.crl ->> 'CrlType' = 'PARTITIONED' AS is_partitioned,
		c.crl ->> 'S3BucketName' AS bucket,
		c.crl ->> 'S3ObjectAcl' AS acl,
		pca.crl_url(a.revocation_configuration, a.id) AS url,
		c.ocsp -> 'Enabled' = 'true' AS has_ocsp
	FROM pca.certificate_authority AS a
		CROSS JOIN LATERAL (SELECT a.revocation_configuration -> 'CrlConfiguration',
			a.revocation_configuration -> 'OcspConfiguration') AS c (crl, ocsp)
	WHERE a.status IN ('ACTIVE', 'DISABLED')
		-- always true; a role that may not execute the function cannot read the view
		AND pca.certificate_authority_status(a.status, a.not_after, a.restorable_until) IS NOT NULL;
COMMENT ON VIEW pca.revocation_settings
	IS 'certificate authorities that publish revocations, and in which way, for the functions of the extension';

-- The CRLs that are kept up to date: that of each partition, and the complete one of
-- each certificate authority that has issued more than its own certificate. The
-- complete one is included even if the authority now uses partitions, and before it
-- is written for the first time.
CREATE VIEW pca.crl_states AS
	SELECT w.*,
		r.number,
		r.generated_at,
		r.this_update,
		r.next_update,
		r.generated_at + (r.next_update - r.generated_at) / 2 AS half_of_life_at,
		r.entries,
		r.bucket AS written_bucket,
		r.key AS written_key,
		(SELECT min(c.changed_at) FROM pca.crl_change AS c WHERE c.crl_id = w.id) AS changed_at
	FROM (
			SELECT a.authority_id AS id,
				a.authority_id,
				NULL::uuid AS partition_id,
				a.arn,
				a.account_id,
				a.not_after AS authority_not_after,
				a.bucket,
				a.acl,
				a.url,
				'infinity'::timestamptz AS certificates_not_after
			FROM pca.revocation_settings AS a
			WHERE a.has_crls
				AND (a.is_partitioned IS NOT TRUE OR EXISTS (SELECT FROM pca.crl AS r WHERE r.id = a.authority_id))
				-- revocations first: if there is one, it is found at once, and the templates are not read
				AND (EXISTS (SELECT FROM pca.revocation AS r WHERE r.authority_id = a.authority_id)
					OR EXISTS (SELECT FROM pca.certificate AS c
						WHERE c.authority_id = a.authority_id
							AND c.template NOT IN (SELECT t.name FROM pca.templates AS t WHERE t.is_self_signed)))
			UNION ALL
			SELECT p.id,
				a.authority_id,
				p.id,
				a.arn,
				a.account_id,
				a.not_after,
				a.bucket,
				a.acl,
				p.url,
				p.not_after
			FROM pca.crl_partition AS p
				JOIN pca.revocation_settings AS a ON a.authority_id = p.authority_id
			WHERE a.has_crls
				AND p.certificates > 0
		) AS w
		LEFT JOIN pca.crl AS r ON r.id = w.id;
COMMENT ON VIEW pca.crl_states IS 'CRLs that are kept up to date, and their state, for the functions of the extension';

-- The names for which OCSP responders get certificates: those of the authorities
-- whose certificates tell relying parties to use OCSP.
CREATE VIEW pca.ocsp_responder_states AS
	SELECT o.id,
		o.authority_id,
		a.arn,
		a.account_id,
		LEAST(a.not_after, o.certificate_not_after) AS not_after,
		-- of the existing one
		c.not_before AS responder_not_before,
		-- when the next one is due; NULL if there is no better one
		CASE
			WHEN o.issuer_id IS DISTINCT FROM o.certificate_id
				OR EXISTS (SELECT FROM pca.revocation AS r WHERE r.authority_id = o.authority_id AND r.serial = o.serial)
				OR (o.serial IS NOT NULL AND c.serial IS NULL) THEN '-infinity'
			WHEN c.not_after < o.certificate_not_after THEN c.not_before + (c.not_after - c.not_before) / 2
		END AS due_at
	FROM pca.ocsp_responder AS o
		JOIN pca.revocation_settings AS a ON a.authority_id = o.authority_id
		LEFT JOIN pca.certificate AS c ON c.authority_id = o.authority_id AND c.serial = o.serial
	WHERE a.has_ocsp;
COMMENT ON VIEW pca.ocsp_responder_states
	IS 'names for which OCSP responders get certificates, and when the next one is due, for the functions of the extension';

-- A role that may call pca_object_head() serves what is public, of every account, and
-- the views list it. A superuser may call everything: it sees what its account does.
CREATE VIEW pca.caller_serves AS
	SELECT EXISTS (SELECT FROM pca.access_objects AS o JOIN pg_roles AS r ON r.rolname = current_user
		WHERE o.name = 'pca_object_head' AND NOT r.rolsuper AND has_function_privilege(o.oid, 'EXECUTE')) AS is_true;
COMMENT ON VIEW pca.caller_serves
	IS 'whether the current role serves the public objects of every account, for the views of the extension';

CREATE VIEW pca.crls WITH (security_barrier) AS
	SELECT s.arn AS certificate_authority_arn,
		s.url,
		s.written_bucket AS bucket,
		s.written_key AS key,
		s.number,
		s.this_update,
		s.next_update,
		s.entries,
		s.changed_at AS outdated_since
	FROM pca.crl_states AS s
	WHERE s.account_id = pca.caller_account()
		OR (s.acl = 'PUBLIC_READ' AND (SELECT c.is_true FROM pca.caller_serves AS c));
COMMENT ON VIEW pca.crls
	IS 'CRLs of the certificate authorities of the current role''s account, and the public ones of every account for a role that serves them: number, dates, entries, place, and since when one lacks a revocation';

CREATE VIEW pca.access_keys WITH (security_barrier) AS
	SELECT k.id AS access_key_id,
		k.role,
		k.description,
		k.created_at,
		k.disabled_at,
		k.last_used_on
	FROM pca.access_key AS k
	WHERE k.account_id = pca.caller_account();
COMMENT ON VIEW pca.access_keys
	IS 'access keys of the current role''s account: the role that requests act as, when they were made and disabled, and the day of the last use';

CREATE VIEW pca.maintenance_failure_states AS
	SELECT t.*
	FROM (
		SELECT f.*, a.arn AS certificate_authority_arn, a.account_id, a.status
		FROM pca.maintenance_failure AS f
			LEFT JOIN pca.certificate_authority AS a ON a.id = f.authority_id
		UNION ALL
		-- in a read-only database no failure can be recorded
		SELECT 'Maintenance', NULL, NULL, NULL, NULL, '25006',
			'transactions of this database are read-only by default: the background worker does nothing here', NULL, NULL, NULL
		FROM pg_database AS d
			JOIN pg_db_role_setting AS r ON r.setdatabase = d.oid AND r.setrole = 0,
			unnest(r.setconfig) AS c (setting)
		WHERE d.datname = current_database() AND split_part(c.setting, '=', 1) = 'default_transaction_read_only'
			AND split_part(c.setting, '=', 2)::boolean
	) AS t
	-- a task that is no longer needed is not a failure
	WHERE (t.task <> 'SignCRL' OR EXISTS (SELECT FROM pca.crl_states AS s WHERE s.id = t.object_id))
		AND (t.task <> 'IssueOCSPSigningCertificate' OR EXISTS (SELECT FROM pca.ocsp_responder_states AS s WHERE s.id = t.object_id))
		AND (t.task <> 'RemoveCertificateAuthority' OR t.status = 'DELETED');
COMMENT ON VIEW pca.maintenance_failure_states
	IS 'tasks of maintenance that failed and have not succeeded since, of all accounts, for the functions of the extension';

CREATE VIEW pca.maintenance_failures WITH (security_barrier) AS
	SELECT t.task,
		t.certificate_authority_arn,
		t.object_id,
		t.failed_at,
		t.failures,
		t.sqlstate,
		t.message
	FROM pca.maintenance_failure_states AS t
	WHERE t.authority_id IS NULL OR t.account_id = pca.caller_account();
COMMENT ON VIEW pca.maintenance_failures
	IS 'tasks of maintenance for the current role''s account that failed and have not succeeded since, and whether the database is read-only by default';

CREATE VIEW pca.objects WITH (security_barrier) AS
	SELECT o.bucket,
		o.key,
		o.content_type,
		o.acl,
		o.written_at,
		o.size,
		a.arn AS certificate_authority_arn,
		o.next_update
	FROM pca.object AS o
		JOIN pca.certificate_authority AS a ON a.id = o.authority_id
	WHERE (o.account_id = pca.caller_account()
			OR (o.acl = 'PUBLIC_READ' AND (SELECT c.is_true FROM pca.caller_serves AS c)))
		AND pca.certificate_authority_status(a.status, a.not_after, a.restorable_until) IS NOT NULL;
COMMENT ON VIEW pca.objects
	IS 'CRLs and audit reports of the current role''s account, and what is public of every account for a role that serves it; next_update is that of a CRL, also of one that is no longer kept up to date';

-- The account is taken from the ARN because the certificate authority may be gone. The
-- condition is outside the UNION ALL: a view that consists of a UNION ALL is flattened
-- even if it is a security barrier, and each part would show its rows to a function of
-- the caller.
CREATE VIEW pca.audit_trail WITH (security_barrier) AS
	SELECT t.*
	FROM (
		SELECT e.at, e.operation, e.certificate_authority_arn, e.resource,
			e.account_id, e.service_principal, e.session_user_name, e.current_user_name
		FROM pca.audit_event AS e
		UNION ALL
		SELECT c.issued_at, 'IssueCertificate', a.arn, a.arn || '/certificate/' || replace(c.serial::text, '-', ''),
			c.account_id, c.service_principal, c.session_user_name, c.current_user_name
		FROM pca.certificate AS c
			JOIN pca.certificate_authority AS a ON a.id = c.authority_id
		UNION ALL
		SELECT r.revoked_at, CASE WHEN r.account_id IS NULL THEN 'ImportCRL' ELSE 'RevokeCertificate' END,
			a.arn, a.arn || '/certificate/' || replace(r.serial::text, '-', ''),
			r.account_id, NULL, r.session_user_name, r.current_user_name
		FROM pca.revocation AS r
			JOIN pca.certificate_authority AS a ON a.id = r.authority_id
	) AS t
	WHERE (SELECT pca.caller_account()) IN (t.account_id, split_part(t.certificate_authority_arn, ':', 5));
COMMENT ON VIEW pca.audit_trail
	IS 'who used or changed the certificate authorities of the current role''s account, and what the account did with those of other accounts';

-- Records that a complete database has, because other records refer to them.
CREATE VIEW pca.restore_faults AS
	SELECT 'a certificate authority has no private key' AS fault, a.arn AS object
	FROM pca.certificate_authority AS a
	WHERE NOT EXISTS (SELECT FROM pca.private_key AS k WHERE k.authority_id = a.id)
	UNION ALL
	SELECT 'the certificate of a certificate authority is missing', a.arn
	FROM pca.certificate_authority AS a
	WHERE a.certificate_id IS NOT NULL
		AND NOT EXISTS (SELECT FROM pca.certificate_authority_certificate AS c WHERE c.id = a.certificate_id)
	UNION ALL
	SELECT 'a certificate authority is missing', e.certificate_authority_arn
	FROM pca.audit_event AS e
	WHERE e.operation = 'CreateCertificateAuthority'
		AND NOT EXISTS (SELECT FROM pca.certificate_authority AS a WHERE a.arn = e.certificate_authority_arn)
		AND NOT EXISTS (SELECT FROM pca.audit_event AS r
			WHERE r.operation = 'RemoveCertificateAuthority' AND r.certificate_authority_arn = e.certificate_authority_arn)
	UNION ALL
	SELECT DISTINCT format('table "%s" has rows of a certificate authority that is missing', d.name), d.authority_id::text
	FROM (
			SELECT 'private_key' AS name, authority_id FROM pca.private_key
			UNION SELECT 'certificate_authority_certificate', authority_id FROM pca.certificate_authority_certificate
			UNION SELECT 'tag', authority_id FROM pca.tag
			UNION SELECT 'certificate', authority_id FROM pca.certificate
			UNION SELECT 'revocation', authority_id FROM pca.revocation
			UNION SELECT 'crl_partition', authority_id FROM pca.crl_partition
			UNION SELECT 'crl', authority_id FROM pca.crl
			UNION SELECT 'crl_former_url', authority_id FROM pca.crl_former_url
			UNION SELECT 'ocsp_issuer', authority_id FROM pca.ocsp_issuer
			UNION SELECT 'ocsp_responder', authority_id FROM pca.ocsp_responder
			UNION SELECT 'object', authority_id FROM pca.object
			UNION SELECT 'audit_report', authority_id FROM pca.audit_report
			UNION SELECT 'policy', authority_id FROM pca.policy
			UNION SELECT 'policy_grant', authority_id FROM pca.policy_grant
			UNION SELECT 'permission', authority_id FROM pca.permission
		) AS d
	WHERE NOT EXISTS (SELECT FROM pca.certificate_authority AS a WHERE a.id = d.authority_id)
	UNION ALL
	SELECT DISTINCT 'a policy that grants something is missing', g.authority_id::text
	FROM pca.policy_grant AS g
	WHERE NOT EXISTS (SELECT FROM pca.policy AS p WHERE p.authority_id = g.authority_id)
	UNION ALL
	-- an imported revocation has no account, and its certificate may have been lost earlier
	SELECT 'a revoked certificate is missing', replace(r.serial::text, '-', '')
	FROM pca.revocation AS r
	WHERE r.account_id IS NOT NULL
		AND NOT EXISTS (SELECT FROM pca.certificate AS c WHERE c.authority_id = r.authority_id AND c.serial = r.serial)
	UNION ALL
	SELECT DISTINCT 'the OCSP responder of a certificate authority is missing', i.responder_id::text
	FROM pca.ocsp_issuer AS i
	WHERE NOT EXISTS (SELECT FROM pca.ocsp_responder AS o WHERE o.id = i.responder_id)
	UNION ALL
	SELECT 'the certificate of an OCSP responder is missing', replace(o.serial::text, '-', '')
	FROM pca.ocsp_responder AS o
	WHERE o.serial IS NOT NULL
		AND NOT EXISTS (SELECT FROM pca.certificate AS c WHERE c.authority_id = o.authority_id AND c.serial = o.serial)
	UNION ALL
	SELECT 'a partition of a CRL is missing', u.partition_id::text
	FROM (SELECT crl_partition FROM pca.certificate UNION SELECT partition_id FROM pca.crl) AS u (partition_id)
	WHERE u.partition_id IS NOT NULL
		AND NOT EXISTS (SELECT FROM pca.crl_partition AS p WHERE p.id = u.partition_id)
	UNION ALL
	SELECT 'a CRL is missing', r.bucket || '/' || r.key
	FROM pca.crl AS r
	WHERE r.number IS NOT NULL
		AND NOT EXISTS (SELECT FROM pca.object AS o WHERE o.bucket = r.bucket AND o.key = r.key)
	UNION ALL
	SELECT 'pieces of an object are missing', o.bucket || '/' || o.key
	FROM pca.object AS o
	WHERE o.size <> (SELECT coalesce(sum(octet_length(c.content)), 0) FROM pca.object_chunk AS c WHERE c.object_id = o.id);
COMMENT ON VIEW pca.restore_faults IS 'missing records that other records refer to, as after a partial restore';

CREATE VIEW pca.restore_counts AS
	SELECT 1 AS position, 'certificate authorities' AS item, count(*) AS number FROM pca.certificate_authority
	UNION ALL SELECT 2, 'private keys', count(*) FROM pca.private_key
	UNION ALL SELECT 3, 'certificates', count(*) FROM pca.certificate
	UNION ALL SELECT 4, 'revocations', count(*) FROM pca.revocation
	UNION ALL SELECT 5, 'objects', count(*) FROM pca.object
	UNION ALL SELECT 6, 'audit events', count(*) FROM pca.audit_event
	UNION ALL SELECT 7, 'newest CRL number of ' || a.arn, max(r.number)
		FROM pca.crl AS r JOIN pca.certificate_authority AS a ON a.id = r.authority_id
		GROUP BY a.arn;
COMMENT ON VIEW pca.restore_counts IS 'counts of records, to be compared with those of the database that this one was restored from';

--
-- The operations of the API
--

CREATE FUNCTION @extschema@.pca_create_certificate_authority(
		certificate_authority_configuration jsonb,
		certificate_authority_type text,
		revocation_configuration jsonb DEFAULT NULL,
		idempotency_token text DEFAULT NULL,
		key_storage_security_standard text DEFAULT NULL,
		tags jsonb DEFAULT NULL,
		usage_mode text DEFAULT NULL)
	RETURNS text
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_create_certificate_authority(jsonb, text, jsonb, text, text, jsonb, text)
	IS 'CreateCertificateAuthority: creates a private key and its CSR; returns the ARN';

CREATE FUNCTION @extschema@.pca_describe_certificate_authority(certificate_authority_arn text)
	RETURNS pca.certificate_authority_description
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_describe_certificate_authority(text)
	IS 'DescribeCertificateAuthority: configuration and status of a certificate authority';

CREATE FUNCTION @extschema@.pca_list_certificate_authorities(
		next_token text DEFAULT NULL,
		max_results integer DEFAULT NULL,
		resource_owner text DEFAULT NULL,
		OUT arn text,
		OUT owner_account text,
		OUT created_at timestamptz,
		OUT last_state_change_at timestamptz,
		OUT type text,
		OUT serial text,
		OUT status text,
		OUT not_before timestamptz,
		OUT not_after timestamptz,
		OUT failure_reason text,
		OUT certificate_authority_configuration jsonb,
		OUT revocation_configuration jsonb,
		OUT restorable_until timestamptz,
		OUT key_storage_security_standard text,
		OUT usage_mode text,
		OUT next_token text)
	RETURNS SETOF record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_list_certificate_authorities(text, integer, text)
	IS 'ListCertificateAuthorities: the certificate authorities of an account, in pages';

CREATE FUNCTION @extschema@.pca_get_certificate_authority_csr(certificate_authority_arn text)
	RETURNS text
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_get_certificate_authority_csr(text)
	IS 'GetCertificateAuthorityCsr: the certificate signing request of a certificate authority, PEM';

CREATE FUNCTION @extschema@.pca_import_certificate_authority_certificate(
		certificate_authority_arn text,
		certificate text,
		certificate_chain text DEFAULT NULL)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_import_certificate_authority_certificate(text, text, text)
	IS 'ImportCertificateAuthorityCertificate: gives a certificate authority its signed certificate, PEM, and the chain above it';

CREATE FUNCTION @extschema@.pca_get_certificate_authority_certificate(
		certificate_authority_arn text,
		OUT certificate text,
		OUT certificate_chain text)
	RETURNS record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_get_certificate_authority_certificate(text)
	IS 'GetCertificateAuthorityCertificate: the certificate of a certificate authority and the chain above it, PEM';

CREATE FUNCTION @extschema@.pca_issue_certificate(
		certificate_authority_arn text,
		csr text,
		signing_algorithm text,
		validity jsonb,
		template_arn text DEFAULT NULL,
		api_passthrough jsonb DEFAULT NULL,
		validity_not_before jsonb DEFAULT NULL,
		idempotency_token text DEFAULT NULL)
	RETURNS text
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_issue_certificate(text, text, text, jsonb, text, jsonb, jsonb, text)
	IS 'IssueCertificate: signs a certificate for a CSR, PEM; returns the ARN, by which pca_get_certificate finds it after the commit';

-- A fault of a request is the error that issuing would cause: these functions decide
-- by the same code, and pca_check_csr catches the error. It is PARALLEL UNSAFE because
-- it begins a subtransaction.
CREATE FUNCTION pca.csr_names(
		csr text,
		template_arn text,
		api_passthrough jsonb,
		OUT subject text,
		OUT subject_alternative_names text[],
		OUT key_algorithm text)
	RETURNS record
	LANGUAGE C STABLE PARALLEL SAFE SUPPORT pca.planner_support
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_csr_names';
COMMENT ON FUNCTION pca.csr_names(text, text, jsonb)
	IS 'names and key algorithm of the certificate that pca_issue_certificate would issue; throws its error if it would not';

CREATE FUNCTION pca.csr_subject(csr text) RETURNS text
	LANGUAGE C STABLE PARALLEL SAFE SUPPORT pca.planner_support
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'pca_csr_subject';
COMMENT ON FUNCTION pca.csr_subject(text)
	IS 'subject of a certificate signing request, even if the rest is invalid; NULL if it cannot be read';

CREATE FUNCTION @extschema@.pca_check_csr(
		csr text,
		template_arn text DEFAULT NULL,
		api_passthrough jsonb DEFAULT NULL,
		OUT is_acceptable boolean,
		OUT sqlstate text,
		OUT message text,
		OUT detail text,
		OUT hint text,
		OUT subject text,
		OUT subject_alternative_names text[],
		OUT key_algorithm text)
	RETURNS record
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS $$
	BEGIN
		SELECT n.* INTO subject, subject_alternative_names, key_algorithm
		FROM pca.csr_names($1, $2, $3) AS n;
		is_acceptable := true;
	-- The errors about an argument. Any other error, such as out of memory, says nothing about the request.
	EXCEPTION WHEN SQLSTATE 'PCMCS' OR SQLSTATE 'PCVAL' OR SQLSTATE 'PCIAG' OR SQLSTATE 'PCIAN' THEN
		-- without a prefix, SQLSTATE is PL/pgSQL's variable
		GET STACKED DIAGNOSTICS pca_check_csr.sqlstate = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
			detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		is_acceptable := false;
		subject := pca.csr_subject($1);
	END
	$$;
COMMENT ON FUNCTION @extschema@.pca_check_csr(text, text, jsonb)
	IS 'tells whether pca_issue_certificate would accept a certificate signing request, or why not, and what the certificate would name; issues nothing';

CREATE FUNCTION @extschema@.pca_get_certificate(
		certificate_authority_arn text,
		certificate_arn text,
		OUT certificate text,
		OUT certificate_chain text)
	RETURNS record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_get_certificate(text, text)
	IS 'GetCertificate: an issued certificate and the chain above it, PEM';

CREATE FUNCTION @extschema@.pca_update_certificate_authority(
		certificate_authority_arn text,
		revocation_configuration jsonb DEFAULT NULL,
		status text DEFAULT NULL)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_update_certificate_authority(text, jsonb, text)
	IS 'UpdateCertificateAuthority: enables, disables, or changes the revocation configuration';

CREATE FUNCTION @extschema@.pca_delete_certificate_authority(
		certificate_authority_arn text,
		permanent_deletion_time_in_days integer DEFAULT NULL)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_delete_certificate_authority(text, integer)
	IS 'DeleteCertificateAuthority: deletes a certificate authority, which can be restored for 7 to 30 days';

CREATE FUNCTION @extschema@.pca_restore_certificate_authority(certificate_authority_arn text)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_restore_certificate_authority(text)
	IS 'RestoreCertificateAuthority: undoes a deletion';

CREATE FUNCTION @extschema@.pca_tag_certificate_authority(certificate_authority_arn text, tags jsonb)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_tag_certificate_authority(text, jsonb)
	IS 'TagCertificateAuthority: adds tags, or changes their values';

CREATE FUNCTION @extschema@.pca_untag_certificate_authority(certificate_authority_arn text, tags jsonb)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_untag_certificate_authority(text, jsonb)
	IS 'UntagCertificateAuthority: removes tags; one that is given with a value only if it has that value';

CREATE FUNCTION @extschema@.pca_list_tags(
		certificate_authority_arn text,
		next_token text DEFAULT NULL,
		max_results integer DEFAULT NULL,
		OUT key text,
		OUT value text,
		OUT next_token text)
	RETURNS SETOF record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_list_tags(text, text, integer)
	IS 'ListTags: the tags of a certificate authority, in pages';

CREATE FUNCTION @extschema@.pca_create_permission(
		certificate_authority_arn text,
		principal text,
		actions text[],
		source_account text DEFAULT NULL)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_create_permission(text, text, text[], text)
	IS 'CreatePermission: lets a service use a certificate authority';

CREATE FUNCTION @extschema@.pca_delete_permission(
		certificate_authority_arn text,
		principal text,
		source_account text DEFAULT NULL)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_delete_permission(text, text, text)
	IS 'DeletePermission: takes a permission back from a service';

CREATE FUNCTION @extschema@.pca_list_permissions(
		certificate_authority_arn text,
		next_token text DEFAULT NULL,
		max_results integer DEFAULT NULL,
		OUT certificate_authority_arn text,
		OUT created_at timestamptz,
		OUT principal text,
		OUT source_account text,
		OUT actions text[],
		OUT policy text,
		OUT next_token text)
	RETURNS SETOF record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_list_permissions(text, text, integer)
	IS 'ListPermissions: what services may do with a certificate authority, in pages';

CREATE FUNCTION @extschema@.pca_put_policy(resource_arn text, policy text)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_put_policy(text, text)
	IS 'PutPolicy: shares a certificate authority with other accounts';

CREATE FUNCTION @extschema@.pca_get_policy(resource_arn text)
	RETURNS text
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_get_policy(text)
	IS 'GetPolicy: the policy of a certificate authority, in its original text';

CREATE FUNCTION @extschema@.pca_delete_policy(resource_arn text)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_delete_policy(text)
	IS 'DeletePolicy: stops sharing a certificate authority';

CREATE FUNCTION @extschema@.pca_revoke_certificate(
		certificate_authority_arn text,
		certificate_serial text,
		revocation_reason text)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_revoke_certificate(text, text, text)
	IS 'RevokeCertificate: revokes a certificate by its serial number in hexadecimal';

CREATE FUNCTION @extschema@.pca_create_certificate_authority_audit_report(
		certificate_authority_arn text,
		s3_bucket_name text,
		audit_report_response_format text,
		OUT audit_report_id text,
		OUT s3_key text)
	RETURNS record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_create_certificate_authority_audit_report(text, text, text)
	IS 'CreateCertificateAuthorityAuditReport: writes a list of all certificates that a certificate authority has issued';

CREATE FUNCTION @extschema@.pca_describe_certificate_authority_audit_report(
		certificate_authority_arn text,
		audit_report_id text,
		OUT audit_report_status text,
		OUT s3_bucket_name text,
		OUT s3_key text,
		OUT created_at timestamptz)
	RETURNS record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_describe_certificate_authority_audit_report(text, text)
	IS 'DescribeCertificateAuthorityAuditReport: status, place and time of an audit report';

--
-- The waiters of the API
--

CREATE FUNCTION @extschema@.pca_wait_certificate_authority_csr_created(
		certificate_authority_arn text,
		delay integer DEFAULT 3,
		max_attempts integer DEFAULT 60)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_wait_certificate_authority_csr_created(text, integer, integer)
	IS 'CertificateAuthorityCSRCreated: waits until a certificate authority has its CSR; delay in seconds';

CREATE FUNCTION @extschema@.pca_wait_certificate_issued(
		certificate_authority_arn text,
		certificate_arn text,
		delay integer DEFAULT 1,
		max_attempts integer DEFAULT 60)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_wait_certificate_issued(text, text, integer, integer)
	IS 'CertificateIssued: waits until another session has issued a certificate; delay in seconds';

CREATE FUNCTION @extschema@.pca_wait_audit_report_created(
		certificate_authority_arn text,
		audit_report_id text,
		delay integer DEFAULT 3,
		max_attempts integer DEFAULT 60)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_wait_audit_report_created(text, text, integer, integer)
	IS 'AuditReportCreated: waits until another session has created an audit report; delay in seconds';

--
-- Functions that the API does not have
--

CREATE FUNCTION @extschema@.pca_get_object(bucket text, key text)
	RETURNS bytea
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_get_object(text, text)
	IS 'content of an object in a bucket: a CRL, also where it was before it moved, an audit report, or ID.cer in bucket ca, the certificate of a certificate authority';

CREATE FUNCTION @extschema@.pca_object_head(
		bucket text,
		key text,
		OUT etag text,
		OUT size bigint,
		OUT content_type text,
		OUT written_at timestamptz,
		OUT next_update timestamptz)
	RETURNS record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_object_head(text, text)
	IS 'what a server says of a public object before its content: an ETag, which is another one each time that it is written, and when a CRL becomes stale, infinity for others; NULL if it does not exist';

CREATE FUNCTION @extschema@.pca_object_content(etag text)
	RETURNS bytea
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_object_content(text)
	IS 'content of the object that had this ETag; NULL when it has been written again since';

CREATE FUNCTION @extschema@.pca_grant_access(role regrole, access text)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_grant_access(regrole, text)
	IS 'grants a role what an administrator, issuer, revoker, auditor, status responder, HTTP gateway or monitor needs';

CREATE FUNCTION @extschema@.pca_register_account(role regrole, account_id text)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_register_account(regrole, text)
	IS 'registers the account that a role acts for; NULL takes the registration back, and the role acts for no account';

CREATE FUNCTION @extschema@.pca_register_service_principal(role regrole, principal text)
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_register_service_principal(regrole, text)
	IS 'registers the service that a role acts as; NULL takes this registration and that of the account back';

CREATE FUNCTION @extschema@.pca_caller_identity(OUT account_id text, OUT service_principal text, OUT arn text)
	RETURNS record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_caller_identity()
	IS 'account, service and ARN of the current role';

CREATE FUNCTION @extschema@.pca_ocsp_response(request bytea)
	RETURNS bytea
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_ocsp_response(bytea)
	IS 'answers an OCSP request (RFC 6960), both DER: which certificates are currently good, revoked or unknown';

CREATE FUNCTION @extschema@.pca_ocsp(
		request bytea,
		OUT response bytea,
		OUT is_cacheable boolean,
		OUT this_update timestamptz,
		OUT next_update timestamptz)
	RETURNS record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_ocsp(bytea)
	IS 'answers an OCSP request as pca_ocsp_response does, and says whether a cache may keep the response, and its times, which are NULL if it is not signed';

CREATE FUNCTION @extschema@.pca_metrics(OUT name text, OUT labels jsonb, OUT value double precision)
	RETURNS SETOF record
	LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_metrics()
	IS 'what a monitor watches, of every account: ends of certificate authorities, of CRLs and of certificates, failures of maintenance, the key-encryption key';

CREATE FUNCTION @extschema@.pca_run_maintenance()
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_run_maintenance()
	IS 'runs the maintenance that is due, for the caller''s account, or for all if the caller is a superuser: CRLs, certificates of OCSP responders, permanent deletion, expired tokens, former URLs of CRLs, registrations of dropped roles';

CREATE FUNCTION @extschema@.pca_resume(accept_loss boolean DEFAULT false, OUT item text, OUT number bigint)
	RETURNS SETOF record
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_resume(boolean)
	IS 'lets a restored, copied or suspended database act for its certificate authorities if it is complete; returns counts of its records';

CREATE FUNCTION @extschema@.pca_suspend()
	RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_suspend()
	IS 'makes the database dormant: it does not sign, publish or answer until pca_resume()';

CREATE FUNCTION @extschema@.pca_get_crl(certificate_authority_arn text)
	RETURNS bytea
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_get_crl(text)
	IS 'the newest CRL of a certificate authority, DER: the complete one if there is one, else that of a partition';

CREATE FUNCTION @extschema@.pca_import_crl(certificate_authority_arn text, crl bytea)
	RETURNS bigint
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_import_crl(text, bytea)
	IS 'recovers revocations that a restore has lost, from a CRL of the certificate authority; returns their number';

--
-- The same operations with the API's own JSON
--

CREATE FUNCTION @extschema@.pca_api(operation text, request jsonb)
	RETURNS jsonb
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_api(text, jsonb)
	IS 'calls the function of an operation of the API with the API''s own JSON in and out';

--
-- The same over HTTP: what a gateway calls, and the access keys of its callers
--

CREATE FUNCTION @extschema@.pca_http_api(authorization text, canonical_request text, body bytea, invocation_id text DEFAULT NULL,
		OUT status integer, OUT error text, OUT request_id uuid, OUT body jsonb)
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_http_api(text, text, bytea, text)
	IS 'runs a request of the API that an access key has signed (AWS Signature Version 4), as the role of that key';

CREATE FUNCTION @extschema@.pca_create_access_key(role regrole, description text DEFAULT NULL,
		OUT access_key_id text, OUT secret_access_key text)
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_create_access_key(regrole, text)
	IS 'makes an access key, by which requests over HTTP act as a role; the secret is shown only here';

CREATE FUNCTION @extschema@.pca_disable_access_key(access_key_id text) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_disable_access_key(text)
	IS 'disables an access key of the caller''s account: requests that it has signed are refused';

CREATE FUNCTION @extschema@.pca_enable_access_key(access_key_id text) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_enable_access_key(text)
	IS 'enables an access key of the caller''s account again';

CREATE FUNCTION @extschema@.pca_delete_access_key(access_key_id text) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.pca_delete_access_key(text)
	IS 'deletes an access key of the caller''s account';

--
-- Access to the tables without the functions
--

-- Row security without a policy hides all rows of the tables. It does not apply to the
-- owner, as which the functions and views read and write, nor to superusers, who dump
-- and restore. It does apply to roles that were granted everything (pg_read_all_data,
-- pg_write_all_data, ALL TABLES IN SCHEMA). Row security does not cover TRUNCATE, so a
-- trigger refuses it, even to superusers: every table records what was done, or
-- determines what is done next.
DO $$
DECLARE
	made regclass;
BEGIN
	FOR made IN SELECT c.oid FROM pg_class AS c WHERE c.relnamespace = 'pca'::regnamespace AND c.relkind = 'r' LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', made);
		EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION pca.refuse_change()', made);
	END LOOP;
END
$$;

--
-- Other roles that may create functions in the extension's schema
--

CREATE FUNCTION pca.warn_of_creators() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
	AS $$
	DECLARE
		creators text;
		schema text;
	BEGIN
		SELECT string_agg(DISTINCT coalesce(quote_ident(r.rolname), 'PUBLIC'), ', '), min(n.nspname)
		INTO creators, schema
		FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace JOIN pg_database AS d ON d.datname = current_database()
			CROSS JOIN LATERAL (SELECT n.nspowner
				UNION
				SELECT a.grantee FROM aclexplode(n.nspacl) AS a WHERE a.privilege_type = 'CREATE') AS c (role)
			-- The database's owner is the only member of pg_database_owner.
			LEFT JOIN pg_roles AS r ON r.oid = CASE c.role WHEN 'pg_database_owner'::regrole THEN d.datdba ELSE c.role END
		WHERE e.extname = 'pca' AND r.rolsuper IS NOT TRUE;
		IF creators IS NOT NULL THEN
			RAISE WARNING 'roles other than superusers can create functions in schema "%"', schema USING
				DETAIL = format('They are: %s. A function of theirs can be called in place of one of the extension, with the rights of the caller.', creators),
				HINT = 'Create the extension in a schema of its own, or REVOKE CREATE ON SCHEMA.';
		END IF;
	END
	$$;
COMMENT ON FUNCTION pca.warn_of_creators() IS 'warns if roles other than superusers may create functions in the extension''s schema';

SELECT pca.warn_of_creators();

-- Nothing is granted to any role: neither to PUBLIC, nor by default privileges of the
-- role that creates the extension.
DO $$
DECLARE
	granted record;
BEGIN
	FOR granted IN
		WITH member AS (
			SELECT d.classid, d.objid
			FROM pg_depend AS d
				JOIN pg_extension AS e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
			WHERE e.extname = 'pca' AND d.deptype = 'e'
		), object AS (
			SELECT 'FUNCTION ' || p.oid::regprocedure AS name, p.proowner AS owner,
				coalesce(p.proacl, acldefault('f', p.proowner)) AS acl
			FROM member AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
			UNION ALL
			SELECT 'TABLE ' || c.oid::regclass, c.relowner, coalesce(c.relacl, acldefault('r', c.relowner))
			FROM member AS m JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
			WHERE c.relkind IN ('r', 'v')
			UNION ALL
			SELECT 'SCHEMA ' || n.oid::regnamespace, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
			FROM member AS m JOIN pg_namespace AS n ON m.classid = 'pg_namespace'::regclass AND n.oid = m.objid
		)
		SELECT DISTINCT o.name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
		FROM object AS o CROSS JOIN LATERAL aclexplode(o.acl) AS a
		WHERE a.grantee <> o.owner
	LOOP
		EXECUTE format('REVOKE ALL ON %s FROM %s', granted.name, granted.grantee);
	END LOOP;
END
$$;
