CREATE ROLE operator;
SELECT pca_grant_access('operator'::regrole, 'administrator'::text) \g /dev/null
SELECT * FROM pca_create_access_key('operator'::regrole, 'of the demo'::text);
