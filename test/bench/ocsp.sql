-- One statement answers every OCSP request; prints the rate per second, and the
-- rate per second of the backend's processor time.
SELECT count(pca_ocsp_response(request)) AS warm_up FROM bench.ocsp WHERE number < 20 \gset

SELECT extract(epoch FROM clock_timestamp()) AS begin,
	split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e9 AS processor \gset

-- A response without an answer has 5 octets.
SELECT count(*) AS answered FROM bench.ocsp WHERE length(pca_ocsp_response(request)) > 100 \gset

SELECT round(:answered / (extract(epoch FROM clock_timestamp()) - :begin), 1),
	round(:answered / (split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric
		/ 1e9 - :processor), 1),
	:answered = (SELECT count(*) FROM bench.ocsp);
