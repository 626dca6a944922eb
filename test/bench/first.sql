-- Prints the milliseconds that the first and the second certificate of a
-- session take: the first one loads the CA's key and plans the statements.
SELECT arn FROM bench.authorities WHERE name = 'P-256' \gset
SELECT clock_timestamp() AS begin \gset
SELECT pca_issue_certificate(:'arn', csr, 'SHA256WITHECDSA', '{"Value": 365, "Type": "DAYS"}') AS issued
	FROM bench.csrs WHERE number = 1 \gset
SELECT extract(epoch FROM clock_timestamp() - :'begin') * 1000 AS first, clock_timestamp() AS begin \gset
SELECT pca_issue_certificate(:'arn', csr, 'SHA256WITHECDSA', '{"Value": 365, "Type": "DAYS"}') AS issued
	FROM bench.csrs WHERE number = 2 \gset
SELECT :first, extract(epoch FROM clock_timestamp() - :'begin') * 1000;
