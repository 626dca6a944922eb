-- Prints the microseconds of processor time that a look-up takes the first time
-- and the second time, when its pages are in the buffers, and the octets that a
-- certificate takes in its table and indexes.
SELECT least(100, 2000000 / greatest(reltuples, 1)) AS percent FROM pg_class
	WHERE oid = 'pca.certificate'::regclass \gset
CREATE TEMPORARY TABLE wanted AS
	SELECT :'authority' || '/certificate/' || replace(serial::text, '-', '') AS arn
	FROM pca.certificate TABLESAMPLE SYSTEM (:percent)
	WHERE :'authority' LIKE '%/' || authority_id
	ORDER BY random() LIMIT 5000;
SELECT count((pca_get_certificate(:'authority', arn)).certificate) AS warm_up
	FROM (SELECT arn FROM wanted LIMIT 1) AS one \gset

SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS began \gset
SELECT count((pca_get_certificate(:'authority', arn)).certificate) AS found FROM wanted \gset
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS between \gset
SELECT count((pca_get_certificate(:'authority', arn)).certificate) AS found FROM wanted \gset
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS ended \gset

SELECT round((:between - :began) / :found, 1), round((:ended - :between) / :found, 1),
	pg_total_relation_size('pca.certificate') / count(*)
	FROM pca.certificate;
