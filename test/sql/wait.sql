-- The waiters. What they do while another session commits is shown by the
-- isolation tests.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '150000000001';
SELECT pca_create_certificate_authority(pg_temp.configuration('Waited for'), 'ROOT') AS authority \gset
-- The reference's defaults.
SELECT proname, pg_get_function_arguments(oid) FROM pg_proc WHERE proname ^@ 'pca_wait_' ORDER BY 1;

-- What already exists is not waited for.
SELECT pca_wait_certificate_authority_csr_created(:'authority');
SELECT pca_wait_certificate_authority_csr_created(certificate_authority_arn => :'authority', delay => 3600,
	max_attempts => 1000000);
CALL pg_temp.activate_root(:'authority');
SELECT pca_issue_certificate(:'authority', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS issued \gset
SELECT pca_wait_certificate_issued(:'authority', :'issued');
SELECT pca_wait_certificate_issued(certificate_authority_arn => :'authority', certificate_arn => :'issued',
	delay => 3600, max_attempts => 1);
BEGIN TRANSACTION READ ONLY, ISOLATION LEVEL SERIALIZABLE;
SELECT pca_wait_certificate_authority_csr_created(:'authority');
SELECT pca_wait_certificate_issued(:'authority', :'issued');
COMMIT;

-- What does not exist is looked for as often as requested, and then it is still in progress.
\set missing :authority '/certificate/00000000000000000000000000000001'
SELECT attempts,
	pg_temp.exception(format('SELECT pca_wait_certificate_issued(%L, %L, 0, %s)', :'authority', :'missing',
		attempts))
FROM (VALUES (1), (2), (50)) AS v (attempts);
SELECT pg_temp.exception(format('SELECT pca_wait_certificate_issued(%L, %L, 1, 2)', :'authority',
	:'missing'));
BEGIN;
UPDATE pca.certificate_authority SET status = 'CREATING' WHERE arn = :'authority';
SELECT attempts,
	pg_temp.exception(format('SELECT pca_wait_certificate_authority_csr_created(%L, 0, %s)', :'authority',
		attempts))
FROM (VALUES (1), (3)) AS v (attempts);
ROLLBACK;
-- The transaction's own certificate cannot be waited for, since it cannot commit meanwhile.
BEGIN;
SELECT pca_issue_certificate(:'authority', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS own \gset
SELECT pg_temp.exception(format('SELECT pca_wait_certificate_issued(%L, %L, 3600, 1000000)', :'authority',
	:'own'));
COMMIT;
SELECT pca_wait_certificate_issued(:'authority', :'own');
-- The current state counts, whatever the snapshot: a status that forbids the call ends the wait.
BEGIN;
SELECT pca_update_certificate_authority(:'authority', status => 'DISABLED');
SELECT pca_delete_certificate_authority(:'authority');
SELECT pg_temp.exception(format('SELECT pca_wait_certificate_issued(%L, %L, 3600)', :'authority',
	:'missing'));
SELECT pg_temp.exception(format('SELECT pca_wait_certificate_authority_csr_created(%L, 3600)', :'authority'));
ROLLBACK;
-- It can be canceled while it waits, between two looks and without a pause. The setting ends
-- with the statement.
\set VERBOSITY terse
SET statement_timeout = '200ms'\; SELECT pca_wait_certificate_issued(:'authority', :'missing', 3600);
SET statement_timeout = '200ms'\; SELECT pca_wait_certificate_issued(:'authority', :'missing', 0, 1000000);
BEGIN;
UPDATE pca.certificate_authority SET status = 'CREATING' WHERE arn = :'authority';
SET LOCAL statement_timeout = '200ms';
SELECT pca_wait_certificate_authority_csr_created(:'authority', 3600);
ROLLBACK;
\set VERBOSITY default

-- Bounds, ARNs, and owners.
SELECT delay, attempts,
	pg_temp.exception(format('SELECT pca_wait_certificate_issued(%L, %L, %L, %L)', :'authority', :'issued',
		delay, attempts)) AS issued,
	pg_temp.exception(format('SELECT pca_wait_certificate_authority_csr_created(%L, %L, %L)', :'authority',
		delay, attempts)) AS csr_created
FROM (VALUES (1, -1, 1), (2, 0, 0), (3, 3600, -1), (4, 3601, 1), (5, 1, 1000001), (6, NULL, 1),
	(7, 1, NULL)) AS v (n, delay, attempts)
ORDER BY n;
SELECT what, pg_temp.exception(format('SELECT pca_wait_certificate_issued(%L, %L)', authority, certificate))
FROM (VALUES (1, 'NULL', NULL, :'issued'), (2, 'certificate, NULL', :'authority', NULL),
	(3, 'not an ARN', 'xxxxx', :'issued'), (4, 'certificate, not an ARN', :'authority', 'xxxxx'),
	(5, 'certificate, a CA', :'authority', :'authority'), (6, 'a certificate', :'issued', :'issued'),
	(7, 'unknown', replace(:'authority', right(:'authority', 36), '00000000-0000-4000-8000-000000000000'),
		:'issued')) AS v (n, what, authority, certificate)
ORDER BY n;
SELECT what, pg_temp.exception(format('SELECT pca_wait_certificate_authority_csr_created(%L)', authority))
FROM (VALUES (1, 'NULL', NULL), (2, 'not an ARN', 'xxxxx'), (3, 'a certificate', :'issued'),
	(4, 'unknown',
		replace(:'authority', right(:'authority', 36),
			'00000000-0000-4000-8000-000000000000'))) AS v (n, what, authority)
ORDER BY n;
-- Access that is denied ends the wait.
SET pca.account_id = '150000000002';
SELECT split_part(pg_temp.exception(format('SELECT pca_wait_certificate_issued(%L, %L, 3600)', :'authority',
	:'missing')),
	' | ', 1);
SELECT split_part(pg_temp.exception(format('SELECT pca_wait_certificate_authority_csr_created(%L, 3600)',
	:'authority')),
	' | ', 1);
