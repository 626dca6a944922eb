-- Every function of the extension with a call that is right, for the tests that
-- go through all of them: privileges, hijack_access.
--
-- To add a function, add a row: its name, who has it by pca_grant_access(), the
-- API's action if the call is about a certificate authority, whether it changes
-- something, and the call. What stands in the call:
--   %1$L  the authority, ACTIVE      %3$L  a CSR                    %5$L  a policy for an
-- account without roles
--   %2$L  a certificate of it        %4$L  its own certificate      %6$L  a certificate's bytes
-- The owner makes the preparation before the call. An outcome is ok, or the
-- SQLSTATE that the call ends in where everything is allowed. A function has
-- more than one row if what decides lies in its arguments; each says what.
CREATE TEMPORARY TABLE call (n serial, function text, what text DEFAULT '', access text, action text,
	changes boolean DEFAULT false,
	call text, preparation text, fits_policy boolean DEFAULT true, outcome text DEFAULT 'ok');
INSERT INTO call (function, access, action, changes, call) VALUES
	('pca_describe_certificate_authority', 'administrator issuer revoker auditor status',
		'DescribeCertificateAuthority', false, 'pca_describe_certificate_authority(%1$L)'),
	('pca_get_certificate_authority_csr', 'administrator', 'GetCertificateAuthorityCsr', false,
		'pca_get_certificate_authority_csr(%1$L)'),
	('pca_wait_certificate_authority_csr_created', 'administrator', 'GetCertificateAuthorityCsr', false,
		'pca_wait_certificate_authority_csr_created(%1$L, 0, 1)'),
	('pca_import_certificate_authority_certificate', 'administrator', 'ImportCertificateAuthorityCertificate',
		true, 'pca_import_certificate_authority_certificate(%1$L, %4$L)'),
	('pca_get_certificate_authority_certificate', 'administrator issuer auditor status',
		'GetCertificateAuthorityCertificate', false, 'pca_get_certificate_authority_certificate(%1$L)'),
	('pca_update_certificate_authority', 'administrator', 'UpdateCertificateAuthority', true,
		'pca_update_certificate_authority(%1$L, status => ''DISABLED'')'),
	('pca_tag_certificate_authority', 'administrator', 'TagCertificateAuthority', true,
		'pca_tag_certificate_authority(%1$L, ''[{"Key": "k"}]'')'),
	('pca_untag_certificate_authority', 'administrator', 'UntagCertificateAuthority', true,
		'pca_untag_certificate_authority(%1$L, ''[{"Key": "k"}]'')'),
	('pca_list_tags', 'administrator issuer auditor', 'ListTags', false, 'pca_list_tags(%1$L)'),
	('pca_issue_certificate', 'administrator issuer', 'IssueCertificate', true,
		'pca_issue_certificate(%1$L, %3$L, ''SHA256WITHECDSA'', ''{"Value": 1, "Type": "DAYS"}'')'),
	('pca_get_certificate', 'administrator issuer revoker auditor', 'GetCertificate', false,
		'pca_get_certificate(%1$L, %2$L)'),
	('pca_wait_certificate_issued', 'administrator issuer revoker auditor', 'GetCertificate', false,
		'pca_wait_certificate_issued(%1$L, %2$L, 0, 1)'),
	('pca_create_permission', 'administrator', 'CreatePermission', true,
		'pca_create_permission(%1$L, ''acm.amazonaws.com'', ''{GetCertificate}'', ''690000000009'')'),
	('pca_list_permissions', 'administrator issuer auditor', 'ListPermissions', false,
		'pca_list_permissions(%1$L)'),
	('pca_put_policy', 'administrator', 'PutPolicy', true, 'pca_put_policy(%1$L, %5$L)'),
	('pca_get_policy', 'administrator auditor', 'GetPolicy', false, 'pca_get_policy(%1$L)'),
	('pca_delete_policy', 'administrator', 'DeletePolicy', true, 'pca_delete_policy(%1$L)'),
	('pca_revoke_certificate', 'administrator revoker', 'RevokeCertificate', true,
		'pca_revoke_certificate(%1$L, right(%2$L, 32), ''SUPERSEDED'')'),
	('pca_create_certificate_authority_audit_report', 'administrator auditor',
		'CreateCertificateAuthorityAuditReport', true,
		'pca_create_certificate_authority_audit_report(%1$L, ''bucket'', ''JSON'')');
-- pca_api needs itself and the function that it calls.
INSERT INTO call (function, what, access, action, changes, call) VALUES
	('pca_api', 'DescribeCertificateAuthority', 'administrator issuer revoker auditor',
		'DescribeCertificateAuthority', false,
		'pca_api(''DescribeCertificateAuthority'', jsonb_build_object(''CertificateAuthorityArn'', %1$L))'),
	('pca_api', 'DeletePolicy', 'administrator', 'DeletePolicy', true,
		'pca_api(''DeletePolicy'', jsonb_build_object(''ResourceArn'', %1$L))');
-- A policy names one template, a permission none.
INSERT INTO call (function, what, access, action, changes, fits_policy, call) VALUES
	('pca_issue_certificate', 'another template', 'administrator issuer', 'IssueCertificate', true, false,
		'pca_issue_certificate(%1$L, %3$L, ''SHA256WITHECDSA'', ''{"Value": 1, "Type": "DAYS"}'', '
			'''arn:aws:acm-pca:::template/CodeSigningCertificate/V1'')');
-- After the right is checked these find nothing here.
INSERT INTO call (function, access, action, changes, call, outcome) VALUES
	('pca_describe_certificate_authority_audit_report', 'administrator auditor',
		'DescribeCertificateAuthorityAuditReport', false,
		'pca_describe_certificate_authority_audit_report(%1$L, ''00000000-0000-0000-0000-000000000000'')', 'PCRNF'),
	('pca_wait_audit_report_created', 'administrator auditor', 'DescribeCertificateAuthorityAuditReport', false,
		'pca_wait_audit_report_created(%1$L, ''00000000-0000-0000-0000-000000000000'', 0, 1)', 'PCRIP'),
	('pca_import_crl', 'administrator', 'ImportCRL', true, 'pca_import_crl(%1$L, ''\x00'')', 'PCIAG');
-- Those that need another state.
INSERT INTO call (function, access, action, changes, call, preparation) VALUES
	('pca_delete_certificate_authority', 'administrator', 'DeleteCertificateAuthority', true,
		'pca_delete_certificate_authority(%1$L)',
		'SELECT pca_update_certificate_authority(%1$L, status => ''DISABLED'')'),
	('pca_restore_certificate_authority', 'administrator', 'RestoreCertificateAuthority', true,
		'pca_restore_certificate_authority(%1$L)',
		'SELECT pca_update_certificate_authority(%1$L, status => ''DISABLED''), '
			'pca_delete_certificate_authority(%1$L)'),
	('pca_delete_permission', 'administrator', 'DeletePermission', true,
		'pca_delete_permission(%1$L, ''acm.amazonaws.com'', ''690000000009'')',
		'SELECT pca_create_permission(%1$L, ''acm.amazonaws.com'', ''{GetCertificate}'', ''690000000009'')');
-- Not about a certificate authority.
INSERT INTO call (function, access, changes, call) VALUES
	('pca_create_certificate_authority', 'administrator', true,
		'pca_create_certificate_authority(''{"KeyAlgorithm": "EC_prime256v1", '
			'"SigningAlgorithm": "SHA256WITHECDSA", "Subject": {"CommonName": "x"}}'', ''ROOT'')'),
	('pca_list_certificate_authorities', 'administrator issuer revoker auditor', false,
		'pca_list_certificate_authorities()'),
	('pca_check_csr', 'administrator issuer', false, 'pca_check_csr(%3$L)'),
	('pca_caller_identity', 'administrator issuer revoker auditor', false, 'pca_caller_identity()'),
	('pca_run_maintenance', 'administrator', true, 'pca_run_maintenance()'),
	('pca_metrics', 'monitor', true, 'pca_metrics()'),
	('pca_ocsp', 'administrator status', true, 'pca_ocsp(''\x00'') IS NOT NULL'),
	('pca_ocsp_response', 'administrator status', true, 'pca_ocsp_response(''\x00'') IS NOT NULL'),
	('pca_resume', '', true, 'pca_resume(true)'),
	('pca_suspend', '', true, 'pca_suspend()'),
	('pca_grant_access', '', true, 'pca_grant_access(current_user::regrole, ''status'')'),
	('pca_register_account', '', true, 'pca_register_account(current_user::regrole, ''690000000009'')'),
	('pca_register_service_principal', '', true,
		'pca_register_service_principal(current_user::regrole, ''acm.amazonaws.com'')');
-- What any role may have that may call the function, if it exists.
INSERT INTO call (function, access, call, outcome) VALUES
	('pca_get_crl', 'administrator revoker auditor status', 'pca_get_crl(%1$L)', 'PCRNF'),
	('pca_get_object', 'administrator revoker auditor status', 'pca_get_object(''bucket'', ''key'')', 'PCRNF'),
	('pca_object_head', 'status', 'pca_object_head(''bucket'', ''key'') IS NULL', 'ok'),
	('pca_object_content', 'status', 'pca_object_content(''00000000-0000-0000-0000-000000000000'') IS NULL',
		'ok');
-- Access keys, and what one of them signs.
INSERT INTO call (function, access, changes, call, outcome) VALUES
	('pca_create_access_key', '', true, 'pca_create_access_key(NULL::regrole)', 'PCVAL'),
	('pca_disable_access_key', 'administrator', true, 'pca_disable_access_key(''AKIA'')', 'PCRNF'),
	('pca_enable_access_key', 'administrator', true, 'pca_enable_access_key(''AKIA'')', 'PCRNF'),
	('pca_delete_access_key', 'administrator', true, 'pca_delete_access_key(''AKIA'')', 'PCRNF'),
	('pca_http_api', 'gateway', false, 'pca_http_api(NULL, NULL, NULL)', 'ok');
-- What the views are made of.
INSERT INTO call (function, access, call) VALUES
	('pca.csr_names', 'administrator issuer', 'pca.csr_names(%3$L, NULL, NULL)'),
	('pca.csr_subject', 'administrator issuer', 'pca.csr_subject(%3$L)'),
	('pca.certificate_subject', 'administrator issuer revoker auditor', 'pca.certificate_subject(%6$L)'),
	('pca.certificate_subject_alternative_names', 'administrator issuer revoker auditor',
		'pca.certificate_subject_alternative_names(%6$L)'),
	('pca.certificate_authority_status', 'administrator issuer revoker auditor status',
		'pca.certificate_authority_status(''ACTIVE'', NULL, NULL)'),
	('pca.crl_url', 'administrator issuer revoker auditor status', 'pca.crl_url(''{}'', gen_random_uuid())'),
	('pca.caller_account', 'administrator issuer revoker auditor status', 'pca.caller_account()'),
	('pca.template_rows', 'administrator issuer revoker auditor status', 'pca.template_rows()'),
	('pca.grant_statements', '', 'pca.grant_statements(current_user::regrole, ''issuer'') IS NOT NULL'),
	('pca.warn_of_creators', '', 'pca.warn_of_creators()');
-- A trigger's function is no more than that.
INSERT INTO call (function, access, call, outcome) VALUES
	('pca.registration_changed', '', 'pca.registration_changed()', 'XX000'),
	('pca.rows_restored', '', 'pca.rows_restored()', 'XX000'),
	('pca.keep_local', '', 'pca.keep_local()', 'XX000'),
	('pca.refuse_change', '', 'pca.refuse_change()', '0A000'),
	('pca.remove_dependents', '', 'pca.remove_dependents()', '0A000');

-- The functions that are missing above, and rows of functions that do not exist.
CREATE TEMPORARY VIEW uncalled AS
	SELECT function FROM call
	EXCEPT
	SELECT CASE n.nspname WHEN 'pca' THEN 'pca.' ELSE '' END || p.proname
	FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
		JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
		JOIN pg_namespace AS n ON n.oid = p.pronamespace
	WHERE e.extname = 'pca' AND d.deptype = 'e'
	UNION ALL (
	SELECT CASE n.nspname WHEN 'pca' THEN 'pca.' ELSE '' END || p.proname
	FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
		JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
		JOIN pg_namespace AS n ON n.oid = p.pronamespace
	WHERE e.extname = 'pca' AND d.deptype = 'e'
		-- SQL has no value of this type, and cannot call such a function
		AND p.proargtypes[0] IS DISTINCT FROM 'internal'::regtype
	EXCEPT
	SELECT function FROM call);

-- A statement that makes a call; the functions of the API are in public.
CREATE FUNCTION pg_temp.statement(call text, VARIADIC arguments text[]) RETURNS text LANGUAGE sql AS $$
	SELECT 'SELECT ' || CASE WHEN call ^@ 'pca.' THEN '' ELSE 'public.' END || format(call, VARIADIC arguments)
$$;

-- A document that shares an authority with an account.
CREATE FUNCTION pg_temp.policy(authority text, account text) RETURNS text LANGUAGE sql AS $$
	SELECT format('{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Principal": {"AWS": "%2$s"}, "Resource": "%1$s", "Action": [
			"acm-pca:DescribeCertificateAuthority", "acm-pca:GetCertificate",
			"acm-pca:GetCertificateAuthorityCertificate", "acm-pca:ListPermissions", "acm-pca:ListTags"]},
		{"Effect": "Allow", "Principal": {"AWS": "%2$s"}, "Resource": "%1$s",
			"Action": "acm-pca:IssueCertificate", "Condition": {"StringEquals": {
				"acm-pca:TemplateArn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1"}}},
		{"Effect": "Allow", "Principal": {"AWS": "%2$s"}, "Resource": "%1$s",
			"Action": "acm-pca:RevokeCertificate"}]}', authority, account)
$$;
