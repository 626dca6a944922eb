-- Revokes :rows certificates in one statement, and inserts as many such rows into a
-- plain table one by one. Prints the microseconds of processor time for each.
SET client_min_messages = error;
CREATE TABLE IF NOT EXISTS bench.revocation (LIKE pca.revocation INCLUDING ALL);
CREATE TEMPORARY TABLE wanted AS
SELECT certificate_authority_arn, serial FROM pca.certificates
WHERE certificate_authority_arn = :'authority' AND status = 'ISSUED' AND template_arn !~ 'Root' LIMIT :rows;
BEGIN;
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS began \gset
SELECT count(pca_revoke_certificate(certificate_authority_arn, serial, 'SUPERSEDED'))
	AS revoked FROM wanted \gset
SELECT split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric / 1e3 AS between \gset
DO $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT * FROM pca.revocation LOOP
		INSERT INTO bench.revocation VALUES (one.authority_id, one.serial, one.revoked_at, one.reason,
			one.not_after, one.crl_partition, one.account_id, one.session_user_name, one.current_user_name);
	END LOOP;
END
$$;
SELECT round((:between - :began) / :revoked, 2),
	round((split_part(pg_read_file('/proc/self/schedstat', 0, 100, true), ' ', 1)::numeric
		/ 1e3 - :between) / :revoked, 2), :revoked;
ROLLBACK;
