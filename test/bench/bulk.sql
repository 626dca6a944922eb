-- One statement issues for the first :count requests; prints the rate per
-- second, the rate per second of the backend's processor time, and the octets
-- of WAL per certificate.
--
-- authority: a name in bench.authorities; verify: pca.verify_signatures; start: the
-- time in seconds since 1970, so that several sessions begin together.
SET pca.verify_signatures = :verify;
SELECT arn, signing_algorithm FROM bench.authorities WHERE name = :'authority' \gset

-- What a backend does only once (keys, plans) is not measured here.
SELECT count(pca_issue_certificate(:'arn', csr, :'signing_algorithm',
	'{"Value": 365, "Type": "DAYS"}')) AS warm_up
	FROM bench.csrs WHERE number = 1 \gset
SELECT pg_sleep(:start - extract(epoch FROM clock_timestamp())) AS waited \gset

SELECT extract(epoch FROM clock_timestamp()) AS begin,
	split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e9 AS processor,
	pg_current_wal_insert_lsn() AS wal \gset

SELECT count(pca_issue_certificate(:'arn', csr, :'signing_algorithm',
	'{"Value": 365, "Type": "DAYS"}')) AS issued
	FROM bench.csrs WHERE number <= :count \gset

SELECT round(:issued / (extract(epoch FROM clock_timestamp()) - :begin), 1),
	round(:issued / (split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric
		/ 1e9 - :processor), 1),
	round((pg_current_wal_insert_lsn() - :'wal') / :issued);
