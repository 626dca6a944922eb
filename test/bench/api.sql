-- Prints the microseconds of processor time that a certificate takes by pca_api
-- and by the direct call, for :count of them in one statement each; then the
-- same for DescribeCertificateAuthority.
SELECT jsonb_build_object('CertificateAuthorityArn', :'authority') AS describe \gset
SELECT count(pca_api('IssueCertificate', request)) AS warm_up FROM bench.api WHERE number < 3 \gset
SELECT count(pca_issue_certificate(:'authority', csr, 'SHA256WITHECDSA', '{"Value": 365, "Type": "DAYS"}')) AS warm_up
	FROM bench.csrs WHERE number < 3 \gset
SELECT count(pca_api('DescribeCertificateAuthority', :'describe')), count((pca_describe_certificate_authority(:'authority')).arn) \g /dev/null

SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS began \gset
SELECT count(pca_api('IssueCertificate', request)) AS issued FROM bench.api WHERE number <= :count \gset
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS issued_by_api \gset
SELECT count(pca_issue_certificate(:'authority', csr, 'SHA256WITHECDSA', '{"Value": 365, "Type": "DAYS"}')) AS issued
	FROM bench.csrs WHERE number <= :count \gset
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS issued_directly \gset
SELECT count(pca_api('DescribeCertificateAuthority', :'describe')) AS described FROM generate_series(1, :count) \gset
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS described_by_api \gset
SELECT count((pca_describe_certificate_authority(:'authority')).arn) AS described FROM generate_series(1, :count) \gset
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS described_directly \gset

SELECT round((:issued_by_api - :began) / :count, 2), round((:issued_directly - :issued_by_api) / :count, 2),
	round((:described_by_api - :issued_directly) / :count, 2), round((:described_directly - :described_by_api) / :count, 2);
