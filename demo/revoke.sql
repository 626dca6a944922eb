\pset tuples_only on
\pset format unaligned
SELECT arn AS subordinate FROM pca.certificate_authorities WHERE type = 'SUBORDINATE'
\gset
-- One statement revokes what a query finds.
SELECT pca_revoke_certificate(certificate_authority_arn, serial, 'KEY_COMPROMISE')
FROM pca.certificates
WHERE subject LIKE '%CN=device-07.example.com%';

\pset tuples_only off
\pset format aligned
SELECT subject_alternative_names[1] AS device, status, revocation_reason
FROM pca.certificates
WHERE certificate_authority_arn = :'subordinate' AND status = 'REVOKED';

-- The background worker would write the CRL within a minute; this does it now.
SELECT pca_run_maintenance();
SELECT key, this_update::date, next_update::date, entries FROM pca.crls;
