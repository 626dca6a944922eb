SELECT arn AS subordinate FROM pca.certificate_authorities WHERE type = 'SUBORDINATE'
\gset
\pset tuples_only on
\pset format unaligned
\pset fieldsep '  '
\set FETCH_COUNT 1
SELECT lpad(row_number() OVER () || '/' || count(*) OVER (), 5), name,
       right(pca_issue_certificate(
                 certificate_authority_arn => :'subordinate',
                 csr => csr,
                 signing_algorithm => 'SHA256WITHECDSA',
                 validity => '{"Value": 365, "Type": "DAYS"}'), 32) AS serial
FROM devices;
