CREATE EXTENSION pca;
SELECT extversion AS version,
       (SELECT count(*) FROM pg_proc WHERE proname ^@ 'pca_') AS functions,
       (SELECT count(*) FROM pg_tables WHERE schemaname = 'pca') AS tables
FROM pg_extension WHERE extname = 'pca';

-- The gateway's sessions: each role can do what it serves, and nothing else.
-- They act for an account that owns no CA.
CREATE ROLE status LOGIN;
CREATE ROLE gateway LOGIN;
CREATE ROLE monitor LOGIN;
\pset tuples_only on
SELECT pca_register_account(role::regrole, '999999999999'::text),
       pca_grant_access(role::regrole, role::text)
FROM (VALUES ('status'), ('gateway'), ('monitor')) AS r (role);
\pset tuples_only off

-- Where certificates say that their CRL and their OCSP responder are.
ALTER DATABASE demo SET pca.crl_base_url = :'url';
ALTER DATABASE demo SET pca.ocsp_url = :'ocsp_url';
