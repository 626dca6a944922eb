-- Writes the CRL of :authority: seconds, octets, entries. The transaction is
-- rolled back, so that the next one writes it again.
SELECT pg_backend_pid() \g :pidfile
BEGIN;
SELECT clock_timestamp() AS began \gset
SELECT pca_run_maintenance() \g /dev/null
SELECT extract(epoch FROM clock_timestamp() - :'began'), o.size, c.entries
FROM pca.crl AS c JOIN pca.object AS o USING (bucket, key)
WHERE c.id = (SELECT id FROM pca.certificate_authority WHERE arn = :'authority');
ROLLBACK;
