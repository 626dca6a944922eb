-- Prints the microseconds of processor time that an audit report in :format takes
-- for a certificate, those that COPY takes for the same rows, the backend's peak
-- memory in MB without shared buffers, and the number of certificates.
SET pca.audit_report_interval = 0;
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS began \gset
SELECT s3_key AS key
	FROM pca_create_certificate_authority_audit_report(:'authority', 'reports', :'format') \gset
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS between \gset
SELECT round(((regexp_match(status, 'VmHWM:\s*(\d+) kB'))[1]::numeric
	- (regexp_match(status, 'RssShmem:\s*(\d+) kB'))[1]::numeric) / 1024, 1) AS memory
	FROM pg_read_file('/proc/self/status', 0, 10000, true) AS f (status) \gset
-- COPY takes no parameters.
SELECT format($$COPY (SELECT c.account_id, c.service_principal, c.serial, c.certificate,
	c.not_before, c.not_after, c.issued_at, r.revoked_at, r.reason, c.template
	FROM pca.certificate AS c
		LEFT JOIN pca.revocation AS r ON r.authority_id = c.authority_id AND r.serial = c.serial
	WHERE c.authority_id = %L ORDER BY c.serial) TO '/dev/null' (FORMAT csv)$$,
		right(:'authority', 36)) AS copy \gset
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3
	AS began_copy \gset
:copy;
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3
	AS ended_copy \gset
SELECT round((:between - :began) / count(*), 2),
	round((:ended_copy - :began_copy) / count(*), 2), :memory, count(*)
	FROM pca.certificate WHERE authority_id = right(:'authority', 36)::uuid;
DELETE FROM pca.object_chunk WHERE object_id = (SELECT id FROM pca.object WHERE key = :'key');
DELETE FROM pca.object WHERE key = :'key';
