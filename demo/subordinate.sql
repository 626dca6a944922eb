\pset tuples_only on
\pset format unaligned
SELECT arn AS root FROM pca.certificate_authorities WHERE type = 'ROOT'
\gset
SELECT pca_create_certificate_authority(
    certificate_authority_type => 'SUBORDINATE',
    revocation_configuration => '{
        "CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "demo-crls"},
        "OcspConfiguration": {"Enabled": true}}',
    certificate_authority_configuration => '{
        "KeyAlgorithm": "EC_prime256v1",
        "SigningAlgorithm": "SHA256WITHECDSA",
        "Subject": {"Country": "US", "Organization": "Example",
                    "CommonName": "Example Device CA"}}') AS subordinate
\gset
\echo :subordinate
\echo

-- The root signs it, for five years.
SELECT pca_issue_certificate(
    certificate_authority_arn => :'root',
    csr => pca_get_certificate_authority_csr(:'subordinate'),
    signing_algorithm => 'SHA256WITHECDSA',
    template_arn => 'arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1',
    validity => '{"Value": 5, "Type": "YEARS"}') AS certificate
\gset
\echo
-- Imported with the chain that leads to its trust anchor.
SELECT pca_import_certificate_authority_certificate(
    certificate_authority_arn => :'subordinate',
    certificate => certificate,
    certificate_chain => certificate_chain)
FROM pca_get_certificate(:'root', :'certificate');

\pset tuples_only off
\pset format aligned
SELECT type, status, not_before::date, not_after::date
FROM pca_describe_certificate_authority(:'subordinate');
