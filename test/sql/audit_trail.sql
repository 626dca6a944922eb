-- The view pca.audit_trail: every change of state and every use of a private key,
-- with the role that did it, shown only to the accounts that it concerns.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.audit_report_interval = 0;
CREATE ROLE regress_pca_trail_owner;
CREATE ROLE regress_pca_trail_tenant;
CREATE ROLE regress_pca_trail_service;
CREATE ROLE regress_pca_trail_stranger;
SELECT pca_register_account(role::regrole, account), pca_grant_access(role::regrole, 'administrator')
FROM (VALUES ('regress_pca_trail_owner', '330000000001'),
	('regress_pca_trail_tenant', '330000000002'), ('regress_pca_trail_service', '330000000001'),
	('regress_pca_trail_stranger', '330000000003')) AS v (role, account);
SELECT pca_register_service_principal('regress_pca_trail_service', 'acm.amazonaws.com');

-- One of each.
SET ROLE regress_pca_trail_owner;
SELECT pca_create_certificate_authority(pg_temp.configuration('Audited'), 'ROOT',
	tags => '[{"Key": "k"}]') AS ca \gset
CALL pg_temp.activate_root(:'ca');
SELECT pca_tag_certificate_authority(:'ca', '[{"Key": "l"}]'),
	pca_untag_certificate_authority(:'ca', '[{"Key": "k"}]');
SELECT pca_create_permission(:'ca', 'acm.amazonaws.com', '{IssueCertificate,GetCertificate,ListPermissions}');
SELECT pca_put_policy(:'ca', pg_temp.sharing(:'ca', '330000000002'));
SELECT pca_issue_certificate(:'ca', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}') AS issued \gset
SET ROLE regress_pca_trail_tenant;
SELECT pca_issue_certificate(:'ca', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS by_tenant \gset
SET ROLE regress_pca_trail_service;
SELECT pca_issue_certificate(:'ca', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS by_service \gset
SET ROLE regress_pca_trail_owner;
SELECT s3_key AS report FROM pca_create_certificate_authority_audit_report(:'ca', 'reports', 'JSON') \gset
SELECT pca_delete_policy(:'ca'), pca_delete_permission(:'ca', 'acm.amazonaws.com');
SELECT pca_update_certificate_authority(:'ca', status => 'DISABLED');
SELECT pca_delete_certificate_authority(:'ca', 7);
SELECT pca_restore_certificate_authority(:'ca');
RESET ROLE;
-- A revocation by the tenant, and one that a CRL brought.
INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason, not_after, account_id,
	session_user_name, current_user_name)
SELECT authority_id, serial, clock_timestamp(), 'SUPERSEDED', not_after, '330000000002', session_user,
	'regress_pca_trail_tenant'
FROM pca.certificate WHERE serial = right(:'by_tenant', 32)::uuid;
INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason, not_after, account_id,
	session_user_name, current_user_name)
SELECT authority_id, serial, clock_timestamp(), 'UNSPECIFIED', not_after, NULL, session_user,
	'regress_pca_trail_owner'
FROM pca.certificate WHERE serial = right(:'by_service', 32)::uuid;

CREATE FUNCTION pg_temp.resource(resource text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN resource ~ '^[0-9]+$' THEN 'DECIMAL' ELSE pg_temp.stable(resource) END
$$;
SET ROLE regress_pca_trail_owner;
SELECT operation, certificate_authority_arn = :'ca' AS ca,
	replace(pg_temp.resource(resource), 'arn:aws:acm-pca:us-east-1:330000000001:certificate-authority/UUID',
		'CA') AS resource,
	account_id, service_principal,
	session_user_name = session_user AS session, current_user_name
FROM pca.audit_trail ORDER BY at;
-- A certificate's row is about that certificate.
SELECT operation,
	CASE resource WHEN :'issued' THEN 'issued' WHEN :'by_tenant' THEN 'by tenant'
		WHEN :'by_service' THEN 'by service' ELSE 'another' END AS resource
FROM pca.audit_trail WHERE operation IN ('IssueCertificate', 'RevokeCertificate', 'ImportCRL') ORDER BY at;
-- The time is the one that the other functions show.
SELECT bool_and(t.at = c.issued_at) AS issued_at
FROM pca.audit_trail AS t
	JOIN pca.certificates AS c ON c.certificate_arn = t.resource AND t.operation = 'IssueCertificate';
SELECT bool_and(t.at = c.revoked_at) AS revoked_at
FROM pca.audit_trail AS t
	JOIN pca.certificates AS c
		ON c.certificate_arn = t.resource AND t.operation IN ('RevokeCertificate', 'ImportCRL');
-- The other account sees what it did itself, also when nothing is shared with it any more, and
-- which roles were registered for it.
SET ROLE regress_pca_trail_tenant;
SELECT operation, CASE resource WHEN :'by_tenant' THEN 'by tenant' ELSE 'another' END AS resource, account_id,
	current_user_name
FROM pca.audit_trail ORDER BY at;
-- Others see which roles were registered for them, and nothing else; a service sees nothing.
SET ROLE regress_pca_trail_stranger;
SELECT count(*) FROM pca.audit_trail;
SET ROLE regress_pca_trail_service;
SELECT count(*) FROM pca.audit_trail;
-- A function of the caller's own sees no row before the view has decided.
SET ROLE regress_pca_trail_stranger;
SELECT count(*) FROM pca.audit_trail WHERE pg_temp.leak(operation || account_id);
SELECT count(*) FROM pca.audit_trail WHERE pg_temp.leak(operation) OR pg_temp.leak(resource);
RESET ROLE;
-- Who registered which role, for what: by a grant too, and when it is taken back.
CREATE ROLE regress_pca_trail_granted;
SELECT pca_grant_access('regress_pca_trail_granted', 'status'),
	pca_grant_access('regress_pca_trail_granted', 'issuer');
SELECT pca_register_service_principal('regress_pca_trail_granted', 'acm.amazonaws.com'),
	pca_register_service_principal('regress_pca_trail_granted', NULL),
	pca_register_account('regress_pca_trail_granted', NULL);
SELECT operation, resource, account_id, service_principal, current_user_name = current_user AS by_me
FROM pca.audit_event WHERE resource = 'regress_pca_trail_granted' ORDER BY at;
SELECT count(*) FROM pca.audit_trail WHERE resource = 'regress_pca_trail_granted';
DELETE FROM pca.account WHERE role = 'regress_pca_trail_granted'::regrole;
DROP OWNED BY regress_pca_trail_granted;
DROP ROLE regress_pca_trail_granted;
-- Administrators and auditors have access to the trail.
CREATE ROLE regress_pca_trail_reader;
SELECT pca_register_account('regress_pca_trail_reader', '330000000001');
CREATE FUNCTION pg_temp.sees(access text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM pca_grant_access('regress_pca_trail_reader', access);
	PERFORM set_config('role', 'regress_pca_trail_reader', true);
	result := left(pg_temp.exception('SELECT * FROM pca.audit_trail'), 5);
	RAISE EXCEPTION USING ERRCODE = '00P01';
EXCEPTION WHEN SQLSTATE '00P01' THEN
	RETURN result;
END
$$;
SELECT access, pg_temp.sees(access)
FROM unnest('{administrator,issuer,revoker,auditor,status}'::text[]) AS access;

-- Neither a rolled-back act nor a failed one leaves a row.
SELECT count(*) AS before FROM pca.audit_event \gset
BEGIN;
SET LOCAL ROLE regress_pca_trail_owner;
SELECT pca_update_certificate_authority(:'ca', status => 'ACTIVE');
SELECT operation, current_user_name FROM pca.audit_trail ORDER BY at DESC LIMIT 1;
ROLLBACK;
SET ROLE regress_pca_trail_stranger;
SELECT split_part(pg_temp.exception(format('SELECT pca_create_certificate_authority_audit_report(%L, %L, %L)',
	:'ca', 'reports', 'JSON')),
	' ', 1);
RESET ROLE;
SELECT count(*) - :before AS new FROM pca.audit_event;
-- Records stay as they were made.
SELECT pg_temp.exception(statement)
FROM (VALUES (1, 'UPDATE pca.audit_event SET operation = operation'), (2, 'DELETE FROM pca.audit_event'),
	(3, 'TRUNCATE pca.audit_event'), (4, 'UPDATE pca.revocation SET reason = reason'),
	(5, 'UPDATE pca.audit_trail SET operation = operation')) AS v (n, statement)
ORDER BY n;

-- The events outlive their authority, for its account; what was issued goes with it.
UPDATE pca.certificate_authority
SET status = 'DELETED', status_before_deletion = 'ACTIVE', restorable_until = clock_timestamp()
WHERE arn = :'ca';
SET client_min_messages = error;
SELECT pca_run_maintenance();
RESET client_min_messages;
SET ROLE regress_pca_trail_owner;
SELECT operation, count(*) FROM pca.audit_trail WHERE certificate_authority_arn = :'ca'
GROUP BY operation ORDER BY 1;
RESET ROLE;

SELECT pca_register_account(role::regrole, NULL)
FROM unnest(
	'{regress_pca_trail_owner,regress_pca_trail_tenant,regress_pca_trail_service,regress_pca_trail_stranger,
		regress_pca_trail_reader}'::text[]) AS role;
SELECT pca_register_service_principal('regress_pca_trail_service', NULL);
DROP OWNED BY regress_pca_trail_owner, regress_pca_trail_tenant, regress_pca_trail_service,
	regress_pca_trail_stranger, regress_pca_trail_reader;
DROP ROLE regress_pca_trail_owner, regress_pca_trail_tenant, regress_pca_trail_service,
	regress_pca_trail_stranger, regress_pca_trail_reader;
