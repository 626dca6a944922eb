-- The roles of the gateway and of its clients, once; and what a client asks for.
SET client_min_messages = error;
SELECT count(*) = 0 AS is_first FROM pg_roles WHERE rolname = 'bench_client' \gset
\if :is_first
CREATE ROLE bench_status LOGIN;
CREATE ROLE bench_gateway LOGIN;
CREATE ROLE bench_client;
SELECT pca_register_account(role::regrole, '999999999999'::text), pca_grant_access(role::regrole, access)
FROM (VALUES ('bench_status', 'status'), ('bench_gateway', 'gateway')) AS r (role, access);
SELECT pca_grant_access('bench_client'::regrole, 'administrator'::text);
CREATE FUNCTION bench.issue_request(authority text, csr text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('CertificateAuthorityArn', authority, 'Csr', replace(encode(convert_to(csr, 'UTF8'), 'base64'), E'\n', ''),
		'SigningAlgorithm', 'SHA256WITHECDSA', 'Validity', '{"Value": 365, "Type": "DAYS"}'::jsonb)
$$;
CREATE TABLE bench.api (number integer PRIMARY KEY, request jsonb NOT NULL);
INSERT INTO bench.api SELECT number, bench.issue_request(:'authority', csr) FROM bench.csrs;
VACUUM (ANALYZE, FREEZE) bench.api;
-- This one has a small CRL.
SELECT pca_issue_certificate(a.arn, c.csr, a.signing_algorithm, '{"Value": 365, "Type": "DAYS"}')
FROM bench.authorities AS a, bench.csrs AS c WHERE a.name = 'P-384' AND c.number = 1;
\endif
