-- Gives the certificate authority :authority as many revocations as :rows, of
-- certificates that do not exist: only these rows are needed for a CRL.
SET client_min_messages = error;
SET session_replication_role = replica;
DELETE FROM pca.revocation
	WHERE authority_id = (SELECT id FROM pca.certificate_authority WHERE arn = :'authority');
RESET session_replication_role;
INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason,
	not_after, session_user_name, current_user_name)
SELECT a.id, gen_random_uuid(), now(), 'KEY_COMPROMISE', now() + interval '1 year', 'bench', 'bench'
FROM pca.certificate_authority AS a, generate_series(1, :rows) WHERE a.arn = :'authority';
SELECT count(pca_update_certificate_authority(:'authority',
	'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7,
	"S3BucketName": "bench", "CustomCname": "crl.example.com"}}'));
VACUUM (ANALYZE, FREEZE) pca.revocation;
CHECKPOINT;
