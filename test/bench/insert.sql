-- pgbench: a row of a certificate's size, stored.
\set number random(1, :requests)
INSERT INTO bench.plain
	(authority_id, serial, issued_at, not_before, not_after, account_id, template, certificate,
		session_user_name, current_user_name)
	SELECT authority_id, gen_random_uuid(), now(), not_before, not_after, account_id, template, certificate,
		session_user_name, current_user_name
	FROM bench.issued WHERE number = :number;
