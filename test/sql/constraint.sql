-- Rows that no function writes: the CHECKs of the tables refuse them to every
-- role, and each CHECK refuses something.
\set ECHO none
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '370000000000';
CREATE ROLE regress_pca_constrained;

-- A row in every table that has a CHECK.
SELECT pca_create_certificate_authority(pg_temp.configuration('Root'), 'ROOT',
	'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket",
		"CustomCname": "crl.example.com", "CrlType": "PARTITIONED"}}',
	tags => '[{"Key": "k"}]', idempotency_token => 't') AS root \gset
CALL pg_temp.activate_root(:'root');
SELECT pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}') AS leaf \gset
SELECT count(*) FROM pca_create_certificate_authority_audit_report(:'root', 'bucket', 'JSON');
SELECT pca_create_permission(:'root', 'acm.amazonaws.com', '{GetCertificate}');
SELECT pca_put_policy(:'root', jsonb_build_object('Statement', jsonb_build_array(
	jsonb_build_object('Effect', 'Allow', 'Resource', :'root',
		'Principal', '{"AWS": "370000000009"}'::jsonb, 'Action', 'acm-pca:IssueCertificate')))::text);
SELECT count(*) FROM pca_list_certificate_authorities(max_results => 1);
SELECT pca_register_account('regress_pca_constrained'::regrole, '370000000001'::text),
	pca_register_service_principal('regress_pca_constrained'::regrole, 'acm.amazonaws.com'::text);
SELECT length(access_key_id) FROM pca_create_access_key('regress_pca_constrained'::regrole);
SELECT pca_run_maintenance();
INSERT INTO pca.crl_former_url SELECT gen_random_uuid(), 's3://bucket/key', gen_random_uuid(), now();
INSERT INTO pca.maintenance_failure SELECT 'x', gen_random_uuid(), NULL, now(), 1, 'XX000', 'x';

-- The CHECK that a change of every row breaks.
CREATE FUNCTION pg_temp.broken(relation text, change text) RETURNS text
	LANGUAGE plpgsql SET session_replication_role = replica AS $$
DECLARE
	name text;
BEGIN
	EXECUTE format('UPDATE pca.%I SET %s', relation, change);
	RETURN 'none';
EXCEPTION WHEN check_violation THEN
	GET STACKED DIAGNOSTICS name = CONSTRAINT_NAME;
	RETURN name;
END
$$;
CREATE TEMPORARY TABLE attempt (n serial, relation text, change text, broken text);
INSERT INTO attempt (relation, change) VALUES
	('certificate_authority', $$account_id = '1'$$),
	('certificate_authority', $$account_id = '370000000001'$$),
	('certificate_authority', $$id = gen_random_uuid()$$),
	('certificate_authority', $$type = 'LEAF'$$),
	('certificate_authority', $$status = 'EXPIRED'$$),
	('certificate_authority', $$status = 'DELETED'$$),
	('certificate_authority', $$status_before_deletion = 'ACTIVE'$$),
	('certificate_authority', $$status = 'DELETED', status_before_deletion = 'DELETED'$$),
	('certificate_authority', $$restorable_until = now()$$),
	('certificate_authority', $$failure_reason = 'OTHER'$$),
	('certificate_authority', $$status = 'FAILED', failure_reason = 'NONE'$$),
	('certificate_authority', $$usage_mode = 'LONG_LIVED'$$),
	('certificate_authority', $$key_algorithm = ''$$),
	('certificate_authority', $$signing_algorithm = ''$$),
	('certificate_authority', $$key_storage_security_standard = 'FIPS_140_3'$$),
	('certificate_authority', $$configuration = '[]'$$),
	('certificate_authority', $$revocation_configuration = '"x"'$$),
	('certificate_authority', $$public_key = ''$$),
	('certificate_authority', $$csr = ''$$),
	('certificate_authority', $$created_at = last_state_change_at + interval '1 microsecond'$$),
	('certificate_authority', $$serial = 'ff'$$),
	('certificate_authority', $$serial = '01'$$),
	('certificate_authority', $$serial = NULL$$),
	('certificate_authority', $$(certificate_id, serial, not_before, not_after) = (NULL, NULL, NULL, NULL)$$),
	('private_key', $$key_encryption_key_id = '\x00'$$),
	('certificate_authority_certificate', $$certificate = ''$$),
	('certificate_authority_certificate', $$chain = '{NULL}'$$),
	('certificate_authority_certificate', $$chain = array_fill('\x30'::bytea, '{16}')$$),
	('tag', $$key = ''$$),
	('tag', $$key = repeat('k', 129)$$),
	('tag', $$value = repeat('v', 257)$$),
	('certificate', $$not_after = not_before$$),
	('crl_partition', $$certificates = -1$$),
	('crl', $$partition_id = NULL$$),
	('crl', $$number_floor = -1$$),
	('crl', $$number = NULL$$),
	('crl', $$number = 0$$),
	('crl', $$entries = -1$$),
	('crl', $$this_update = generated_at + interval '1 second'$$),
	('crl', $$next_update = this_update$$),
	('ocsp_issuer', $$key_hash = '\x00'$$),
	('ocsp_issuer', $$name_hash = key_hash || '\x00'$$),
	('ocsp_responder', $$serial = gen_random_uuid(), issuer_id = NULL$$),
	('object', $$bucket = ''$$),
	('object', $$key = ''$$),
	('object', $$account_id = 'x'$$),
	('object', $$content_type = ''$$),
	('object', $$acl = 'PUBLIC'$$),
	('object', $$size = -1$$),
	('object_chunk', $$number = -1$$),
	('audit_report', $$status = 'DONE'$$),
	('audit_report', $$bucket = ''$$),
	('audit_report', $$key = ''$$),
	('audit_event', $$operation = ''$$),
	('audit_event', $$account_id = '37000000000'$$),
	('maintenance_failure', $$failures = 0$$),
	('maintenance_failure', $$sqlstate = 'xx000'$$),
	('idempotency_token', $$digest = sha512('')$$),
	('next_token_key', $$key = ''$$),
	('next_token_key', $$only_row = false$$),
	('crl_former_url', $$url = ''$$),
	('access_key', $$id = 'AKIA'$$),
	('access_key', $$account_id = '1'$$),
	('access_key', $$disabled_at = created_at - interval '1 second'$$),
	('access_master_key', $$key_encryption_key_id = ''$$),
	('access_master_key', $$wrapped_key = ''$$),
	('access_master_key', $$only_row = false$$),
	('account', $$account_id = '3700000000010'$$),
	('service_principal', $$principal = ''$$),
	('policy', $$policy = ''$$),
	('policy_grant', $$account_id = '*'$$),
	('policy_grant', $$action = 'PutPolicy'$$),
	('policy_grant', $$action = 'ListTags'$$),
	('policy_grant', $$template = ''$$),
	('permission', $$principal = ''$$),
	('permission', $$source_account = ''$$),
	('permission', $$actions = '{}'$$),
	('permission', $$actions = '{GetCertificate,PutPolicy}'$$),
	('installation', $$only_row = false$$);
UPDATE attempt SET broken = pg_temp.broken(relation, change);
SELECT relation, change, broken FROM attempt ORDER BY n;
-- The CHECKs that these attempts do not meet, of the tables that are the user's.
SELECT c.conrelid::regclass AS relation, c.conname
FROM pg_constraint AS c JOIN pg_class AS r ON r.oid = c.conrelid
	JOIN pg_extension AS e ON r.oid = ANY (e.extconfig)
WHERE e.extname = 'pca' AND c.contype = 'c'
	AND NOT EXISTS (SELECT FROM attempt AS a WHERE a.relation = r.relname AND a.broken = c.conname)
ORDER BY 1, 2;
SELECT pca_register_service_principal('regress_pca_constrained'::regrole, NULL::text);
DROP ROLE regress_pca_constrained;
