-- pgbench: a row of a certificate's size, stored.
\set number random(1, :requests)
INSERT INTO bench.plain
	(authority_id, serial, issued_at, not_before, not_after, account_id, template, certificate)
	SELECT authority_id, gen_random_uuid(), now(), not_before, not_after, account_id, template, certificate
	FROM bench.issued WHERE number = :number;
