-- The life of a certificate authority: every operation in every status,
-- UpdateCertificateAuthority, DeleteCertificateAuthority,
-- RestoreCertificateAuthority, and the end.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
\set account 110000000001
SET pca.account_id = :'account';

--
-- Every operation in every status
--

SELECT pca_create_certificate_authority(pg_temp.configuration('Matrix'), 'ROOT',
	tags => '[{"Key": "k", "Value": "v"}]') AS matrix \gset
CALL pg_temp.activate_root(:'matrix');
SELECT pca_issue_certificate(:'matrix', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS issued \gset
SELECT certificate FROM pca_get_certificate_authority_certificate(:'matrix') \gset
SELECT pg_temp.sharing(:'matrix', '110000000009') AS policy \gset
SELECT pca_put_policy(:'matrix', :'policy');
SELECT pca_create_permission(:'matrix', 'acm.amazonaws.com', '{IssueCertificate}');
SET pca.audit_report_interval = 0;
SELECT audit_report_id AS report
FROM pca_create_certificate_authority_audit_report(:'matrix', 'reports', 'CSV') \gset

-- Puts the authority into a status, also into one that no operation leads to.
CREATE TEMPORARY TABLE original AS SELECT * FROM pca.certificate_authority WHERE arn = :'matrix';
CREATE FUNCTION pg_temp.put_status(authority text, state text) RETURNS void LANGUAGE sql AS $$
	UPDATE pca.certificate_authority AS a SET
		status = CASE WHEN state LIKE 'EXPIRED, was %' THEN split_part(state, ' ', 3)
			WHEN state LIKE 'gone%' THEN 'DELETED' ELSE state END,
		status_before_deletion = CASE WHEN state LIKE 'gone%' OR state = 'DELETED' THEN 'DISABLED' END,
		restorable_until = CASE state WHEN 'DELETED' THEN clock_timestamp() + interval '1 hour'
			WHEN 'gone' THEN clock_timestamp() END,
		failure_reason = CASE state WHEN 'FAILED' THEN 'OTHER' END,
		certificate_id = CASE
			WHEN state NOT IN ('CREATING', 'PENDING_CERTIFICATE', 'FAILED') THEN o.certificate_id END,
		serial = CASE WHEN state NOT IN ('CREATING', 'PENDING_CERTIFICATE', 'FAILED') THEN o.serial END,
		not_before = CASE WHEN state NOT IN ('CREATING', 'PENDING_CERTIFICATE', 'FAILED') THEN o.not_before END,
		not_after = CASE WHEN state LIKE 'EXPIRED%' THEN clock_timestamp()
			WHEN state NOT IN ('CREATING', 'PENDING_CERTIFICATE', 'FAILED') THEN o.not_after END
	FROM original AS o
	WHERE a.arn = put_status.authority
$$;
CREATE TEMPORARY TABLE state (n serial, state text);
INSERT INTO state (state) VALUES
	('CREATING'), ('PENDING_CERTIFICATE'), ('ACTIVE'), ('DISABLED'), ('EXPIRED, was ACTIVE'),
	('EXPIRED, was DISABLED'), ('FAILED'), ('DELETED'), ('gone'), ('gone, never restorable');
CREATE FUNCTION pg_temp.cell(authority text, state text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.put_status(authority, state);
	RETURN replace(left(pg_temp.exception(statement), 5), 'no ex', 'ok');
END
$$;
-- An expectation is the word of each state in the order above.
CREATE TEMPORARY TABLE expectation (n serial, operation text, cells text, arguments text);
INSERT INTO expectation (operation, cells, arguments) VALUES
	--                                           CREATING PENDING ACTIVE DISABLED EXPIRED EXPIRED
	-- FAILED DELETED gone gone
	('describe_certificate_authority',          'ok    ok    ok    ok    ok    ok    ok    ok    PCRNF PCRNF',
		'%1$L'),
	('get_certificate_authority_csr',           'PCRIP ok    ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L'),
	('wait_certificate_authority_csr_created',  'PCRIP ok    ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L, 0, 1'),
	('import_certificate_authority_certificate','PCIST ok    ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L, %4$L'),
	('get_certificate_authority_certificate',   'PCIST PCIST ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L'),
	-- its own certificate, by a root template
	('issue_certificate',                       'PCIST ok    ok    PCIST ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L, %5$L, ''SHA256WITHECDSA'', ''{"Value": 1, "Type": "DAYS"}'', '
			'''arn:aws:acm-pca:::template/RootCACertificate/V1'''),
	('issue_certificate',                       'PCIST PCIST ok    PCIST PCIST PCIST PCIST PCIST PCRNF PCRNF',
		'%1$L, %3$L, ''SHA256WITHECDSA'', ''{"Value": 1, "Type": "DAYS"}'''),
	('get_certificate',                         'PCIST ok    ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L, %2$L'),
	('wait_certificate_issued',                 'PCIST ok    ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L, %2$L, 0, 1'),
	('update_certificate_authority',            'ok    ok    ok    ok    ok    ok    ok    PCIST PCRNF PCRNF',
		'%1$L'),
	('update_certificate_authority',            'PCIST PCIST ok    ok    PCIST PCIST PCIST PCIST PCRNF PCRNF',
		'%1$L, status => ''ACTIVE'''),
	('update_certificate_authority',            'PCIST PCIST ok    ok    PCIST PCIST PCIST PCIST PCRNF PCRNF',
		'%1$L, status => ''DISABLED'''),
	('update_certificate_authority',            'ok    ok    ok    ok    ok    ok    ok    PCIST PCRNF PCRNF',
		'%1$L, ''{"OcspConfiguration": {"Enabled": false}}'''),
	('update_certificate_authority',            'PCIST PCIST ok    ok    PCIST PCIST PCIST PCIST PCRNF PCRNF',
		'%1$L, ''{"OcspConfiguration": {"Enabled": false}}'', ''ACTIVE'''),
	('delete_certificate_authority',            'ok    ok    PCIST ok    ok    ok    ok    PCIST PCRNF PCRNF',
		'%1$L'),
	('restore_certificate_authority',           'PCIST PCIST PCIST PCIST PCIST PCIST PCIST ok    PCRNF PCRNF',
		'%1$L'),
	('put_policy',                              'PCIST ok    ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L, %6$L'),
	('get_policy',                              'PCIST ok    ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L'),
	('delete_policy',                           'PCIST ok    ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L'),
	('create_permission',                       'PCIST ok    ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L, ''acm.amazonaws.com'', ''{IssueCertificate}'', ''110000000002'''),
	('delete_permission',                       'PCIST ok    ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L, ''acm.amazonaws.com'''),
	('list_permissions',                        'PCIST ok    ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF',
		'%1$L'),
	('tag_certificate_authority',               'ok    ok    ok    ok    ok    ok    ok    PCIST PCRNF PCRNF',
		'%1$L, ''[{"Key": "a"}]'''),
	('untag_certificate_authority',             'ok    ok    ok    ok    ok    ok    ok    PCIST PCRNF PCRNF',
		'%1$L, ''[{"Key": "a"}]'''),
	('list_tags',                               'ok    ok    ok    ok    ok    ok    ok    PCIST PCRNF PCRNF',
		'%1$L'),
	('revoke_certificate',                      'PCIST PCIST PCRNF PCRNF PCIST PCIST PCIST PCIST PCRNF PCRNF',
		'%1$L, ''00'', ''SUPERSEDED'''),
	('revoke_certificate',                      'PCIRQ PCIRQ PCIRQ PCIRQ PCIRQ PCIRQ PCIRQ PCIRQ PCRNF PCRNF',
		'%1$L, right(%8$L, 32), ''SUPERSEDED'''),
	('import_crl',                              'PCIST PCIST PCIAG PCIAG PCIST PCIST PCIST PCIST PCRNF PCRNF',
		'%1$L, ''\x00'''),
	('get_crl',                                 'PCRNF PCRNF PCRNF PCRNF PCRNF PCRNF PCRNF PCRNF PCRNF PCRNF',
		'%1$L'),
	('create_certificate_authority_audit_report',
		'PCIST PCIST ok    ok    ok    ok    PCIST PCIST PCRNF PCRNF', '%1$L, ''reports'', ''JSON'''),
	('describe_certificate_authority_audit_report',
		'ok    ok    ok    ok    ok    ok    ok    ok    PCRNF PCRNF', '%1$L, %7$L'),
	('wait_audit_report_created',
		'ok    ok    ok    ok    ok    ok    ok    ok    PCRNF PCRNF', '%1$L, %7$L, 0, 1');
-- Every operation on a certificate authority has a row, and every cell is as expected.
SELECT p.proname FROM pg_proc AS p
WHERE p.proname ^@ 'pca_' AND p.proargnames && '{certificate_authority_arn,resource_arn}'
	AND p.proname <> 'pca_list_certificate_authorities'
	AND NOT EXISTS (SELECT FROM expectation AS e WHERE p.proname = 'pca_' || e.operation);
CREATE TEMPORARY VIEW own AS
SELECT certificate_arn AS arn FROM pca.certificates
WHERE template_arn LIKE '%/RootCACertificate/V1' AND certificate_authority_arn = (SELECT arn FROM original);
CREATE TEMPORARY TABLE cell AS
SELECT e.operation, e.arguments, s.state,
	(string_to_array(regexp_replace(e.cells, ' +', ' ', 'g'), ' '))[s.n] AS expected,
	pg_temp.cell(:'matrix', s.state, format('SELECT public.pca_%s(%s)', e.operation,
		format(e.arguments, :'matrix', :'issued', :'csr', :'certificate', pca_get_certificate_authority_csr,
			:'policy', :'report', own.arn))) AS found
FROM pca_get_certificate_authority_csr(:'matrix'), own, expectation AS e, state AS s;
SELECT count(*), count(DISTINCT operation) AS operations, count(DISTINCT state) AS states FROM cell;
SELECT * FROM cell WHERE found IS DISTINCT FROM expected;

-- The status that is shown, and which of the lists and views show it.
CREATE FUNCTION pg_temp.seen(authority text, state text, OUT described text, OUT listed text, OUT viewed text,
	OUT certificates bigint)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.put_status(authority, state);
	SELECT status INTO listed FROM pca_list_certificate_authorities() WHERE arn = authority;
	SELECT status INTO viewed FROM pca.certificate_authorities WHERE arn = authority;
	SELECT count(*) INTO certificates FROM pca.certificates WHERE certificate_authority_arn = authority;
	IF pg_temp.exception(format('SELECT pca_describe_certificate_authority(%L)',
		authority)) = 'no exception' THEN
		described := (pca_describe_certificate_authority(authority)).status;
	END IF;
END
$$;
SELECT s.state, v.* FROM state AS s, pg_temp.seen(:'matrix', s.state) AS v ORDER BY s.n;
-- The error in each state.
CREATE FUNCTION pg_temp.said(authority text, state text, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.put_status(authority, state);
	RETURN pg_temp.exception(statement);
END
$$;
SELECT s.state,
	pg_temp.said(:'matrix', s.state,
		format('SELECT pca_issue_certificate(%L, %L, %L, %L)', :'matrix', :'csr', 'SHA256WITHECDSA',
			'{"Value": 1, "Type": "DAYS"}'))
FROM state AS s ORDER BY s.n;
SELECT operation, pg_temp.said(:'matrix', state, format('SELECT pca_%s', format(operation, :'matrix')))
FROM (VALUES (1, 'ACTIVE', 'delete_certificate_authority(%L)'),
	(2, 'ACTIVE', 'restore_certificate_authority(%L)'),
	(3, 'PENDING_CERTIFICATE', 'update_certificate_authority(%L, status => ''DISABLED'')'),
	(4, 'DELETED', 'list_permissions(%L)'), (5, 'FAILED', 'list_permissions(%L)'),
	(6, 'FAILED', 'get_policy(%L)'), (7, 'PENDING_CERTIFICATE', 'get_certificate_authority_certificate(%L)'),
	(8, 'CREATING', 'get_certificate_authority_csr(%L)'), (9, 'gone', 'restore_certificate_authority(%L)'),
	(10, 'gone', 'get_policy(%L)')) AS v (n, state, operation)
ORDER BY n;
SELECT pg_temp.put_status(:'matrix', 'ACTIVE');
-- Every operation on a deleted authority: the texts that clients look for, and one for all others.
SELECT e.operation,
	split_part(pg_temp.said(:'matrix', 'DELETED',
		format('SELECT public.pca_%s(%s)', e.operation,
			format(e.arguments, :'matrix', :'issued', :'csr', :'certificate', pca_get_certificate_authority_csr,
				:'policy', :'report', own.arn))),
		' | ', 1) AS message
FROM pca_get_certificate_authority_csr(:'matrix'), own, expectation AS e ORDER BY e.n;
-- A renewal keeps DISABLED, also after expiry; nothing else is stored.
SELECT s.state, v.exception, v.status
FROM state AS s, LATERAL (SELECT pg_temp.said(:'matrix', s.state, 'SELECT 1') AS exception,
	pca_import_certificate_authority_certificate(:'matrix', :'certificate'),
	(pca_describe_certificate_authority(:'matrix')).status) AS v
WHERE s.n BETWEEN 2 AND 6 ORDER BY s.n;
SELECT pg_temp.put_status(:'matrix', 'ACTIVE');

--
-- UpdateCertificateAuthority
--

CREATE FUNCTION pg_temp.update_exception(authority text, revocation text, state text)
RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.exception(format('SELECT pca_update_certificate_authority(%L, %L, %L)', authority, revocation,
		state))
$$;
SELECT pca_create_certificate_authority(pg_temp.configuration('Updated'), 'ROOT') AS updated \gset
CALL pg_temp.activate_root(:'updated');
SELECT pca_update_certificate_authority(:'updated', status => 'DISABLED');
SELECT status FROM pca_describe_certificate_authority(:'updated');
SELECT pg_temp.exception(format('SELECT pca_issue_certificate(%L, %L, %L, %L)', :'updated', :'csr',
	'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}'));
SELECT pca_update_certificate_authority(:'updated', status => 'DISABLED');
SELECT pca_update_certificate_authority(:'updated', status => 'ACTIVE');
SELECT pca_update_certificate_authority(:'updated', status => 'ACTIVE');
SELECT status FROM pca_describe_certificate_authority(:'updated');
SELECT count(pca_issue_certificate(:'updated', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}'));
-- Only the status and the revocation configuration change, and without arguments neither of them.
SELECT to_jsonb(d) - 'last_state_change_at' AS before, last_state_change_at AS changed
FROM pca_describe_certificate_authority(:'updated') AS d \gset
SELECT pca_update_certificate_authority(:'updated');
SELECT pca_update_certificate_authority(:'updated', NULL, NULL);
SELECT pca_update_certificate_authority(:'updated', 'null');
SELECT pca_update_certificate_authority(:'updated', '{}');
SELECT pca_update_certificate_authority(:'updated', '{"CrlConfiguration": null, "OcspConfiguration": null}');
SELECT to_jsonb(d) - 'last_state_change_at' = :'before' AS same, last_state_change_at >= :'changed' AS changed
FROM pca_describe_certificate_authority(:'updated') AS d;
-- Each change has a time of its own, also in one transaction.
BEGIN;
SELECT last_state_change_at AS first FROM pca_describe_certificate_authority(:'updated') \gset
SELECT pca_update_certificate_authority(:'updated', status => 'DISABLED');
SELECT last_state_change_at AS second FROM pca_describe_certificate_authority(:'updated') \gset
SELECT pca_update_certificate_authority(:'updated', status => 'ACTIVE');
SELECT :'first'::timestamptz < :'second'::timestamptz AS second,
	:'second'::timestamptz < last_state_change_at AS third
FROM pca_describe_certificate_authority(:'updated');
COMMIT;
-- Words: the API's other statuses, and words that are none.
SELECT word, pg_temp.update_exception(:'updated', NULL, word)
FROM (VALUES (1, 'CREATING'), (2, 'PENDING_CERTIFICATE'), (3, 'ACTIVE'), (4, 'DELETED'), (5, 'DISABLED'),
	(6, 'EXPIRED'), (7, 'FAILED'), (8, 'active'), (9, ''), (10, 'ACTIVE ')) AS v (n, word)
ORDER BY n;
-- A status that cannot be set changes nothing else either.
SELECT pg_temp.update_exception(:'updated',
	'{"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "ocsp.example.com"}}', 'EXPIRED');
SELECT revocation_configuration FROM pca_describe_certificate_authority(:'updated');

-- An omitted half stays as it is; a given half replaces the old one entirely.
CREATE FUNCTION pg_temp.updated(authority text, half jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pca_update_certificate_authority(authority, half);
	RETURN (pca_describe_certificate_authority(authority)).revocation_configuration;
END
$$;
SELECT step, pg_temp.updated(:'updated', half::jsonb)
FROM (VALUES
	(1, 'OCSP alone', '{"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "ocsp.example.com"}}'),
	(2, 'CRL alone',
		'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket",
			"CustomCname": "crl.example.com", "S3ObjectAcl": "BUCKET_OWNER_FULL_CONTROL"}}'),
	(3, 'another CRL',
		'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 8, "S3BucketName": "other",
			"CustomCname": "crl.example.com", "CustomPath": "path"}, "OcspConfiguration": null}'),
	(4, 'OCSP off', '{"OcspConfiguration": {"Enabled": false}}'),
	(5, 'CRL off', '{"CrlConfiguration": {"Enabled": false}}'),
	(6, 'both',
		'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 5000, "S3BucketName": "bucket",
			"CustomCname": "crl.example.com", "CrlType": "COMPLETE"},
		"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "ocsp.example.com/path"}}')) AS v (n, step, half)
ORDER BY n;
-- Together with a status; only certificates that are issued later name them.
CREATE FUNCTION pg_temp.urls(authority text, csr text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	number uuid := right(pca_issue_certificate(authority, csr, 'SHA256WITHECDSA',
		'{"Value": 1, "Type": "DAYS"}'),
		32);
BEGIN
	RETURN QUERY
	SELECT x.extension || ' ' || pg_temp.stable(substring(encode(x.value, 'escape') from 'http://[-a-z0-9./]*'))
	FROM pca.certificate AS c, pg_temp.certificate_extensions(c.certificate) AS x
	WHERE c.serial = number AND x.extension IN ('cRLDistributionPoints', 'authorityInfoAccess') ORDER BY 1;
END
$$;
SELECT pg_temp.urls(:'updated', :'csr');
SELECT pca_update_certificate_authority(:'updated', '{"OcspConfiguration": {"Enabled": false}}', 'DISABLED');
SELECT status, revocation_configuration -> 'OcspConfiguration' AS ocsp
FROM pca_describe_certificate_authority(:'updated');
SELECT pca_update_certificate_authority(:'updated',
	'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket",
		"CustomCname": "new.example.com"}}',
	'ACTIVE');
SELECT pg_temp.urls(:'updated', :'csr');
-- A partition is opened by the first certificate that is issued once a CRL is partitioned.
SELECT '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket",
	"CustomCname": "partition.example.com", "CrlType": "PARTITIONED", "CustomPath": "p"}}' AS partitioned \gset
SELECT pca_update_certificate_authority(:'updated', :'partitioned');
SELECT pg_temp.urls(:'updated', :'csr');
SELECT pca_update_certificate_authority(:'updated', '{"CrlConfiguration": {"Enabled": false}}');
SELECT pg_temp.urls(:'updated', :'csr');
SELECT pca_update_certificate_authority(:'updated', :'partitioned');
SELECT pg_temp.urls(:'updated', :'csr');
SELECT count(*), sum(certificates) AS certificates
FROM pca.crl_partition AS p JOIN pca.certificate_authority AS a ON a.id = p.authority_id
WHERE a.arn = :'updated';
-- The same rules as at creation; if one half is wrong the other one does not change.
SELECT n, pg_temp.update_exception(:'updated', revocation, NULL)
FROM (VALUES
	(1,
		'{"CrlConfiguration": {"Enabled": false, "ExpirationInDays": 7}, "OcspConfiguration": {"Enabled": true}}'),
	(2, '{"CrlConfiguration": {"Enabled": true, "S3BucketName": "bucket"}}'),
	(3, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7}}'),
	(4, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "Bucket"}}'),
	(5, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 0, "S3BucketName": "bucket"}}'),
	(6, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 5001, "S3BucketName": "bucket"}}'),
	(7, '{"CrlConfiguration": {"ExpirationInDays": 7, "S3BucketName": "bucket"}}'),
	(8, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket",
		"CustomCname": "http://crl.example.com"}}'),
	(9, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket",
		"CustomCname": "crl.example.com", "CrlDistributionPointExtensionConfiguration": {"OmitExtension": true}}}'),
	(10, '{"OcspConfiguration": {"Enabled": false, "OcspCustomCname": "ocsp.example.com"}}'),
	(11, '{"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "https://ocsp.example.com"}}'),
	(12, '{"OcspConfiguration": {}}'), (13, '{"OcspConfiguration": true}'), (14, '[]'),
	(15, '{"Crl": {}}')) AS v (n, revocation)
ORDER BY n;
SELECT revocation_configuration -> 'OcspConfiguration' AS ocsp
FROM pca_describe_certificate_authority(:'updated');
-- Without a CNAME, and the settings at their defaults, certificates would name localhost.
\set VERBOSITY terse
SELECT pca_update_certificate_authority(:'updated', '{"OcspConfiguration": {"Enabled": true}}');
\set VERBOSITY default

--
-- DeleteCertificateAuthority
--

SELECT days,
	pg_temp.said(:'matrix', 'DISABLED',
		format('SELECT pca_delete_certificate_authority(%L, %L)', :'matrix', days))
FROM (VALUES (-1), (0), (6), (7), (30), (31), (2147483647)) AS v (days);
CREATE FUNCTION pg_temp.deleted(authority text, days integer, OUT status text, OUT period interval)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pca_delete_certificate_authority(authority, days);
	SELECT d.status, d.restorable_until - d.last_state_change_at INTO status, period
	FROM pca_describe_certificate_authority(authority) AS d;
	PERFORM pca_restore_certificate_authority(authority);
END
$$;
SELECT pca_create_certificate_authority(pg_temp.configuration('Deleted'), 'ROOT') AS deleted \gset
SELECT d.status,
	d.period BETWEEN make_interval(days => coalesce(v.days, 30)) - interval '1 day'
		AND make_interval(days => coalesce(v.days, 30)) AS is_period
FROM (VALUES (1, 7), (2, 30), (3, NULL), (4, 15)) AS v (n, days), pg_temp.deleted(:'deleted', v.days) AS d
ORDER BY v.n;
-- While it is being created, or when that failed, it cannot be restored: it is gone, whatever
-- the period. The period is still checked.
CREATE FUNCTION pg_temp.deleted_unfinished(authority text, state text, days integer)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.put_status(authority, state);
	PERFORM pca_delete_certificate_authority(authority, days);
	RETURN pg_temp.exception(format('SELECT pca_restore_certificate_authority(%L)', authority));
END
$$;
SELECT state, days, pg_temp.deleted_unfinished(:'matrix', state, days)
FROM (VALUES (1, 'CREATING', NULL), (2, 'FAILED', NULL), (3, 'CREATING', 7),
	(4, 'FAILED', 30)) AS v (n, state, days)
ORDER BY n;
SELECT status, restorable_until FROM pca.certificate_authority WHERE arn = :'matrix';
SELECT pg_temp.said(:'matrix', 'FAILED', format('SELECT pca_delete_certificate_authority(%L, 6)', :'matrix'));

--
-- RestoreCertificateAuthority
--

-- It is again what it was, and can be deleted a second time.
CREATE FUNCTION pg_temp.restored(authority text, state text, OUT deleted text, OUT restored text,
	OUT stored text, OUT restorable_until timestamptz, OUT same boolean)
LANGUAGE plpgsql AS $$
DECLARE
	before jsonb;
BEGIN
	PERFORM pg_temp.put_status(authority, state);
	SELECT to_jsonb(d) - 'last_state_change_at' INTO before
	FROM pca_describe_certificate_authority(authority) AS d;
	PERFORM pca_delete_certificate_authority(authority);
	SELECT d.status INTO deleted FROM pca_describe_certificate_authority(authority) AS d;
	PERFORM pca_restore_certificate_authority(authority);
	SELECT d.status, d.restorable_until, to_jsonb(d) - 'last_state_change_at' = before
	INTO restored, restorable_until, same FROM pca_describe_certificate_authority(authority) AS d;
	SELECT status INTO stored FROM pca.certificate_authority WHERE arn = authority;
END
$$;
SELECT s.state, v.* FROM state AS s, pg_temp.restored(:'matrix', s.state) AS v
WHERE s.state IN ('PENDING_CERTIFICATE', 'DISABLED') OR s.state LIKE 'EXPIRED%' ORDER BY s.n;
-- Its tags, policy and permissions are those that it had.
SELECT pg_temp.put_status(:'matrix', 'DISABLED');
SELECT pca_delete_certificate_authority(:'matrix');
SELECT pca_restore_certificate_authority(:'matrix');
SELECT key, value FROM pca_list_tags(:'matrix');
SELECT principal, actions FROM pca_list_permissions(:'matrix');
SELECT pca_get_policy(:'matrix') = :'policy' AS policy;
SELECT count(*) FROM pca_get_certificate(:'matrix', :'issued');
-- What expires while it is deleted is EXPIRED, and a renewal leaves it DISABLED.
SELECT pca_delete_certificate_authority(:'matrix');
UPDATE pca.certificate_authority SET not_after = clock_timestamp() WHERE arn = :'matrix';
SELECT status FROM pca_describe_certificate_authority(:'matrix');
SELECT pca_restore_certificate_authority(:'matrix');
SELECT status FROM pca_describe_certificate_authority(:'matrix');
SELECT pca_import_certificate_authority_certificate(:'matrix', :'certificate');
SELECT status FROM pca_describe_certificate_authority(:'matrix');
-- With its key it issues again.
SELECT pca_update_certificate_authority(:'matrix', status => 'ACTIVE');
SELECT pca_issue_certificate(:'matrix', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS again \gset
SELECT count(*) FROM pca_get_certificate(:'matrix', :'again');

--
-- Transactions
--

-- A rollback undoes a change; the transaction itself sees its own changes.
BEGIN;
SELECT count(pca_issue_certificate(:'updated', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}'));
SAVEPOINT s;
SELECT pca_update_certificate_authority(:'updated', status => 'DISABLED');
SELECT pg_temp.exception(format('SELECT pca_issue_certificate(%L, %L, %L, %L)', :'updated', :'csr',
	'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}'));
SELECT pca_delete_certificate_authority(:'updated');
SELECT pg_temp.exception(format('SELECT pca_issue_certificate(%L, %L, %L, %L)', :'updated', :'csr',
	'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}'));
ROLLBACK TO s;
SELECT count(pca_issue_certificate(:'updated', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}'));
ROLLBACK;
SELECT status FROM pca_describe_certificate_authority(:'updated');
-- Read-only transactions can read.
BEGIN READ ONLY;
SELECT v.call, pg_temp.exception(format('SELECT %s', format(v.call, :'updated')))
FROM (VALUES (1, 'pca_update_certificate_authority(%L)'), (2, 'pca_delete_certificate_authority(%L)'),
	(3, 'pca_restore_certificate_authority(%L)'), (4, 'pca_run_maintenance()'),
	(5, 'pca_describe_certificate_authority(%L)')) AS v (n, call) ORDER BY n;
ROLLBACK;
-- A change of state cannot be prepared.
\set VERBOSITY terse
BEGIN;
SELECT pca_update_certificate_authority(:'updated', status => 'DISABLED');
PREPARE TRANSACTION 'pca';
BEGIN;
SELECT pca_delete_certificate_authority(:'deleted');
PREPARE TRANSACTION 'pca';
\set VERBOSITY default

--
-- Owners
--

SELECT what, pg_temp.exception(format('SELECT pca_%s(%L)', operation, arn))
FROM (VALUES (1, 'update_certificate_authority'), (2, 'delete_certificate_authority'),
	(3, 'restore_certificate_authority')) AS o (n, operation),
	(VALUES (1, 'NULL', NULL), (2, 'not an ARN', 'x'), (3, 'a certificate', :'issued'),
		(4, 'a template', 'arn:aws:acm-pca:::template/EndEntityCertificate/V1'),
		(5, 'unknown',
			'arn:aws:acm-pca:us-east-1:' || :'account'
				|| ':certificate-authority/00000000-0000-4000-8000-000000000000'),
		(6, 'another region', replace(:'updated', 'us-east-1', 'us-east-2')),
		(7, 'upper case', upper(:'updated'))) AS v (n, what, arn)
ORDER BY o.n, v.n;
SET pca.account_id = '110000000003';
SELECT pg_temp.exception(format('SELECT pca_%s(%L)', operation, :'updated'))
FROM (VALUES (1, 'update_certificate_authority'), (2, 'delete_certificate_authority'),
	(3, 'restore_certificate_authority')) AS o (n, operation)
ORDER BY n;
SET pca.account_id = :'account';

--
-- The end
--

-- The tokens of the authorities outlast this test.
SET pca.issue_idempotency_window = '1d';
-- Authorities that have everything: two whose period is over, one never to be restored, one
-- deleted, one alive.
CREATE TEMPORARY TABLE life (n serial, name text, arn text, id uuid);
INSERT INTO life (name) VALUES ('over'), ('over too'), ('never to be restored'), ('deleted'), ('alive');
UPDATE life
SET arn = pca_create_certificate_authority(pg_temp.configuration(name), 'ROOT', :'partitioned',
	tags => '[{"Key": "k", "Value": "v"}]');
UPDATE life SET id = right(arn, 36)::uuid;
DO $$
DECLARE
	authority text;
BEGIN
	FOR authority IN SELECT arn FROM life LOOP
		CALL pg_temp.activate_root(authority);
		PERFORM pca_create_permission(authority, 'acm.amazonaws.com', '{GetCertificate}');
	END LOOP;
END
$$;
CREATE TEMPORARY TABLE certificate AS
SELECT l.name,
	pca_issue_certificate(l.arn, :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}',
		idempotency_token => 'token') AS arn
FROM life AS l;
SELECT count(pca_put_policy(arn, replace(:'policy', :'matrix', arn))) FROM life;
INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason, not_after, session_user_name,
	current_user_name)
SELECT authority_id, serial, now(), 'SUPERSEDED', not_after, 'somebody', 'somebody'
FROM pca.certificate WHERE authority_id IN (SELECT id FROM life);
-- Whatever else is due is done first.
SELECT pca_run_maintenance();
UPDATE pca.certificate_authority SET status = 'DELETED', status_before_deletion = 'DISABLED',
	restorable_until = CASE name WHEN 'deleted' THEN clock_timestamp() + interval '1 hour'
		WHEN 'never to be restored' THEN NULL ELSE clock_timestamp() - interval '1 second' END
FROM life AS l WHERE l.arn = certificate_authority.arn AND l.name <> 'alive';
-- The rows of every table, each with its authority.
CREATE FUNCTION pg_temp.rows_of() RETURNS TABLE (relation text, authority uuid, content text)
LANGUAGE plpgsql AS $$
DECLARE
	name regclass;
BEGIN
	FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'pca'::regnamespace AND relkind = 'r' LOOP
		RETURN QUERY EXECUTE format($query$
			SELECT %L, coalesce((SELECT o.authority_id::text FROM pca.object AS o
				WHERE o.id::text = j ->> 'object_id'), j ->> 'authority_id', j ->> 'id')::uuid, j::text
			FROM %s AS r, to_jsonb(r) AS j$query$, name, name);
	END LOOP;
END
$$;
CREATE TEMPORARY TABLE before AS SELECT * FROM pg_temp.rows_of();
SELECT b.relation, count(*) FILTER (WHERE l.name LIKE 'over%' OR l.name LIKE 'never%') AS of_the_gone,
	count(*) FILTER (WHERE l.name IN ('deleted', 'alive')) AS of_others
FROM before AS b JOIN life AS l ON l.id = b.authority GROUP BY b.relation ORDER BY b.relation COLLATE "C";
-- They are already gone before maintenance has run.
SELECT name, left(pg_temp.exception(format('SELECT pca_describe_certificate_authority(%L)', arn)), 5),
	left(pg_temp.exception(format('SELECT pca_get_certificate(%L, %L)', arn,
		(SELECT c.arn FROM certificate AS c WHERE c.name = life.name))),
		5)
	FROM life ORDER BY n;
SELECT name FROM life AS l
WHERE EXISTS (SELECT FROM pca.certificates AS c WHERE c.certificate_authority_arn = l.arn)
ORDER BY n;
SELECT name FROM life AS l JOIN pca_list_certificate_authorities() AS a USING (arn) ORDER BY n;
-- A token after its window, and one within it.
INSERT INTO pca.idempotency_token VALUES
	(:'account', 'CreateCertificateAuthority', '00000000-0000-0000-0000-000000000000', 'over',
		now() - interval '2 days', 'x', sha256('')),
	(:'account', 'CreateCertificateAuthority', '00000000-0000-0000-0000-000000000000', 'not over',
		clock_timestamp(), 'x', sha256(''))
	ON CONFLICT DO NOTHING;
SELECT pca_run_maintenance();
SELECT l.name, count(*) FROM pg_temp.rows_of() AS r JOIN life AS l ON l.id = r.authority
GROUP BY l.n, l.name ORDER BY l.n;
SELECT token FROM pca.idempotency_token WHERE token IN ('over', 'not over');
-- The rows of the others are as they were, and apart from the gone only expired tokens went.
(SELECT b.* FROM before AS b
	WHERE b.relation <> 'pca.idempotency_token'
		AND NOT EXISTS (SELECT FROM life AS l
			WHERE l.id = b.authority AND (l.name LIKE 'over%' OR l.name LIKE 'never%'))
	AND NOT EXISTS (SELECT FROM before AS a
		WHERE a.relation = 'pca.certificate_authority' AND a.authority = b.authority
			AND a.content::jsonb ->> 'status' = 'DELETED'
		AND coalesce((a.content::jsonb ->> 'restorable_until')::timestamptz <= now(), true)))
EXCEPT SELECT * FROM pg_temp.rows_of();
SELECT count(*)
FROM (SELECT * FROM pg_temp.rows_of() AS r WHERE r.content NOT LIKE '%"not over"%' EXCEPT
	SELECT * FROM before) AS new;
-- A second run does nothing; what is deleted can still be restored.
SELECT pca_run_maintenance();
SELECT pca_restore_certificate_authority(arn) FROM life WHERE name = 'deleted';
SELECT name, (pca_describe_certificate_authority(arn)).status FROM life
WHERE name IN ('deleted', 'alive') ORDER BY n;
SELECT name, left(pg_temp.exception(format('SELECT pca_restore_certificate_authority(%L)', arn)), 5)
FROM life ORDER BY n;
-- A rollback undoes maintenance.
UPDATE pca.certificate_authority
SET status = 'DELETED', status_before_deletion = 'ACTIVE', restorable_until = clock_timestamp()
FROM life AS l WHERE l.arn = certificate_authority.arn AND l.name = 'alive';
BEGIN;
SELECT pca_run_maintenance();
SELECT count(*) FROM pca.private_key JOIN life ON id = authority_id;
ROLLBACK;
SELECT count(*) FROM pca.private_key JOIN life ON id = authority_id;
