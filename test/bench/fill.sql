-- Fills the table to :rows certificates, with copies of issued ones under new
-- serial numbers.
INSERT INTO pca.certificate
	(authority_id, serial, issued_at, not_before, not_after, account_id, template, certificate,
		session_user_name, current_user_name)
	SELECT authority_id, gen_random_uuid(), issued_at, not_before, not_after, account_id, template, certificate,
		session_user_name, current_user_name
	FROM generate_series(1, :rows), bench.issued WHERE template !~ 'Root'
	LIMIT greatest(0, :rows - (SELECT count(*) FROM pca.certificate));
VACUUM (ANALYZE, FREEZE) pca.certificate;
CHECKPOINT;
