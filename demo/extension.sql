CREATE EXTENSION pca;
SELECT extversion AS version,
       (SELECT count(*) FROM pg_proc WHERE proname ^@ 'pca_') AS functions,
       (SELECT count(*) FROM pg_tables WHERE schemaname = 'pca') AS tables
FROM pg_extension WHERE extname = 'pca';
