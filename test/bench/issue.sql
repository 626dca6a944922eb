-- pgbench: a certificate.
\set number random(1, :requests)
SELECT pca_issue_certificate(:authority, csr, 'SHA256WITHECDSA', '{"Value": 365, "Type": "DAYS"}')
	FROM bench.csrs WHERE number = :number;
