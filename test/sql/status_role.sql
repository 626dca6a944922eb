-- A role that serves CRLs and OCSP for every account: it finds what it serves, and nothing else.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\i test/sql/include/crl.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`

-- An authority of an account, with CRLs of each kind.
CREATE TEMPORARY TABLE authority (n serial, account text, name text, configuration jsonb, later jsonb,
	arn text);
INSERT INTO authority (account, name, configuration, later) VALUES
	('327000000001', 'complete', pg_temp.crl_configuration(), NULL),
	('327000000001', 'without a CNAME', pg_temp.crl_configuration('{"CustomCname": null}'), NULL),
	('327000000001', 'private', pg_temp.crl_configuration('{"S3ObjectAcl": "BUCKET_OWNER_FULL_CONTROL"}'), NULL),
	('327000000002', 'partitioned', pg_temp.crl_configuration('{"CrlType": "PARTITIONED"}'), NULL),
	('327000000002', 'partitioned since', pg_temp.crl_configuration(),
		pg_temp.crl_configuration('{"CrlType": "PARTITIONED", "CustomPath": "p"}')),
	('327000000002', 'not in certificates',
		pg_temp.crl_configuration(
			'{"CustomCname": null, "CrlDistributionPointExtensionConfiguration": {"OmitExtension": true}}'),
		NULL),
	('327000000002', 'private since', pg_temp.crl_configuration(),
		pg_temp.crl_configuration('{"S3ObjectAcl": "BUCKET_OWNER_FULL_CONTROL"}')),
	('327000000002', 'none', NULL, NULL);
SET client_min_messages = error;
CALL pg_temp.make_authorities();
CREATE FUNCTION pg_temp.issue(csr text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	a record;
BEGIN
	FOR a IN SELECT * FROM authority ORDER BY n LOOP
		PERFORM set_config('pca.account_id', a.account, false);
		PERFORM pca_issue_certificate(a.arn, csr, 'SHA256WITHECDSA', '{"Value": 100, "Type": "DAYS"}');
	END LOOP;
END
$$;
SELECT pg_temp.issue(:'csr');
SELECT pca_run_maintenance();
DO $$
DECLARE
	a record;
BEGIN
	FOR a IN SELECT * FROM authority WHERE later IS NOT NULL ORDER BY n LOOP
		PERFORM set_config('pca.account_id', a.account, false);
		PERFORM pca_update_certificate_authority(a.arn, a.later);
	END LOOP;
END
$$;
SELECT pg_temp.issue(:'csr');
SELECT pca_run_maintenance();
RESET client_min_messages;
SET pca.account_id = '327000000001';
SELECT count(*)
FROM authority, pca_create_certificate_authority_audit_report(arn, 'reports', 'CSV')
WHERE account = '327000000001' AND name = 'complete';

CREATE ROLE regress_pca_server;
CREATE ROLE regress_pca_own;
CREATE ROLE regress_pca_member IN ROLE regress_pca_server;
CREATE ROLE regress_pca_outside NOINHERIT IN ROLE regress_pca_server;
CREATE ROLE regress_pca_auditor;
CREATE ROLE regress_pca_administrator;
CREATE TEMPORARY TABLE role (n serial, name text, account text, access text);
INSERT INTO role (name, account, access) VALUES
	('server', '327000000003', 'status'), ('own', '327000000001', 'status'), ('member', '327000000003', NULL),
	('outside', '327000000003', 'auditor'), ('auditor', '327000000003', 'auditor'),
	('administrator', '327000000003', 'administrator');
SELECT name, pca_register_account(('regress_pca_' || name)::regrole, account),
	pca_grant_access(('regress_pca_' || name)::regrole, access)
FROM role WHERE access IS NOT NULL ORDER BY n;
SELECT pca_register_account('regress_pca_member', '327000000003');
GRANT SELECT ON authority TO PUBLIC;

-- What the views show: the CRLs of each authority with their URLs, and the objects.
SET ROLE regress_pca_server;
SELECT a.name, r.bucket, pg_temp.stable(r.url) AS url, pg_temp.stable(r.key) AS key,
	r.number IS NOT NULL AS is_written
FROM authority AS a JOIN pca.crls AS r ON r.certificate_authority_arn = a.arn
ORDER BY a.n, r.url COLLATE "C";
SELECT a.name, o.bucket, o.acl, count(*)
FROM authority AS a JOIN pca.objects AS o ON o.certificate_authority_arn = a.arn
GROUP BY a.n, a.name, o.bucket, o.acl ORDER BY a.n, o.bucket;
-- All of it can be served, from the bucket, and from the host if there is one.
SELECT count(*) AS crls, count(h.etag) AS heads, count(*) FILTER (WHERE c.etag = h.etag) AS of_hosts
FROM pca.crls AS r JOIN pca.objects AS o USING (bucket, key), pca_object_head(r.bucket, r.key) AS h,
	pca_object_head(split_part(split_part(r.url, '/', 3), ':', 1),
		substr(r.url, length(split_part(r.url, '/', 3)) + 9)) AS c;
RESET ROLE;
-- Which roles see how much: of the public and of the private.
CREATE FUNCTION pg_temp.sees(role text, OUT crls text, OUT objects text, OUT private text)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('role', 'regress_pca_' || role, true);
	crls := (SELECT count(*) FROM pca.crls);
	SELECT count(*), count(*) FILTER (WHERE acl <> 'PUBLIC_READ') INTO objects, private FROM pca.objects;
	PERFORM set_config('role', 'none', true);
END
$$;
SELECT role.name, role.account, role.access, s.* FROM role, pg_temp.sees(role.name) AS s ORDER BY n;
-- A superuser sees what its account sees.
SELECT count(*), count(DISTINCT certificate_authority_arn) FROM pca.crls;
SELECT acl, count(*) FROM pca.objects GROUP BY acl ORDER BY acl;
-- And no other table or view of the schema.
SELECT c.relname
FROM pg_class AS c,
	LATERAL pg_temp.as_role('regress_pca_server', format('SELECT FROM %s', c.oid::regclass)) AS x
WHERE c.relnamespace = 'pca'::regnamespace AND c.relkind IN ('r', 'v') AND x !~ '^42501 ' ORDER BY c.relname;
-- A function of the role's own sees no row that it may not.
SET ROLE regress_pca_server;
SELECT count(*) FROM pca.objects WHERE pg_temp.leak(acl);
SELECT count(*) FROM pca.crls WHERE pg_temp.leak(bucket);
-- A service sees what is public too.
RESET ROLE;
SELECT pca_register_service_principal('regress_pca_own', 'acm.amazonaws.com');
SELECT * FROM pg_temp.sees('own');
SELECT pca_register_service_principal('regress_pca_own', NULL);
SELECT pca_register_account(('regress_pca_' || name)::regrole, NULL) FROM role;
-- So does one without an account.
SELECT * FROM pg_temp.sees('server');
DROP OWNED BY regress_pca_server, regress_pca_own, regress_pca_member, regress_pca_outside,
	regress_pca_auditor, regress_pca_administrator;
DROP ROLE regress_pca_server, regress_pca_own, regress_pca_member, regress_pca_outside, regress_pca_auditor,
	regress_pca_administrator;
