CREATE EXTENSION pca;
SELECT extversion AS version,
       (SELECT count(*) FROM pg_depend AS d WHERE d.refobjid = e.oid AND d.classid = 'pg_proc'::regclass) AS functions,
       (SELECT count(*) FROM pg_tables WHERE schemaname = 'pca') AS tables
FROM pg_extension AS e WHERE extname = 'pca';
