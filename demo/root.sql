\pset tuples_only on
\pset format unaligned
-- The key pair is made in the server, and never leaves it in clear.
SELECT pca_create_certificate_authority(
    certificate_authority_type => 'ROOT',
    certificate_authority_configuration => '{
        "KeyAlgorithm": "EC_prime256v1",
        "SigningAlgorithm": "SHA256WITHECDSA",
        "Subject": {"Country": "US", "Organization": "Example",
                    "CommonName": "Example Root"}}') AS root
\gset
\echo :root
\echo

-- The root signs its own request, for ten years.
SELECT pca_issue_certificate(
    certificate_authority_arn => :'root',
    csr => pca_get_certificate_authority_csr(:'root'),
    signing_algorithm => 'SHA256WITHECDSA',
    template_arn => 'arn:aws:acm-pca:::template/RootCACertificate/V1',
    validity => '{"Value": 10, "Type": "YEARS"}') AS certificate
\gset
\echo
-- That is committed, so it can be read, and importing it opens the CA.
SELECT pca_import_certificate_authority_certificate(
    certificate_authority_arn => :'root',
    certificate => certificate)
FROM pca_get_certificate(:'root', :'certificate');

\pset tuples_only off
\pset format aligned
SELECT type, status, not_before::date, not_after::date
FROM pca_describe_certificate_authority(:'root');
