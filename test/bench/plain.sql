-- The target of the plain INSERT of T3, and the source of its rows: a table like
-- that of the certificates, and issued certificates.
CREATE TABLE bench.plain (LIKE pca.certificate INCLUDING ALL);
CREATE TABLE bench.issued AS
	SELECT row_number() OVER ()::integer AS number, issued.*
	FROM (SELECT c.* FROM pca.certificate c
			JOIN bench.authorities a ON a.name = 'P-256'
				AND a.arn LIKE '%/' || c.authority_id
			LIMIT :requests) AS issued;
ALTER TABLE bench.issued ADD PRIMARY KEY (number);
VACUUM (ANALYZE, FREEZE) bench.issued;
SELECT count(*) = :requests AS is_complete FROM bench.issued;
