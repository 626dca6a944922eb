-- A column of another type than its rows are read by, in a database that was
-- changed by hand: an error, where the server would crash if it took a number
-- for a pointer.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
SET pca.account_id = '130000000001';
SELECT pca_create_certificate_authority(pg_temp.configuration('Changed'), 'ROOT') AS ca \gset
SELECT pca_tag_certificate_authority(:'ca', '[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]');
CALL pg_temp.activate_root(:'ca');
SELECT pca_put_policy(:'ca', format('{"Version": "2012-10-17", "Statement": [{"Sid": "1", "Effect": "Allow",
	"Principal": {"AWS": "222222222222"}, "Action": ["acm-pca:ListTags"], "Resource": "%s"}]}', :'ca'));

-- A row that becomes the result of a function as it is.
SELECT key, value FROM pca_list_tags(:'ca');
BEGIN;
ALTER TABLE pca.tag DROP CONSTRAINT tag_value_check, ALTER COLUMN value TYPE integer USING value::integer;
SELECT pg_temp.exception(format('SELECT * FROM pca_list_tags(%L)', :'ca'));
ROLLBACK;
SELECT key, value FROM pca_list_tags(:'ca');

-- A cell that C reads.
SELECT length(pca_get_policy(:'ca')) > 0;
BEGIN;
ALTER TABLE pca.policy DROP CONSTRAINT policy_policy_check, ALTER COLUMN policy TYPE bigint USING 1;
SELECT pg_temp.exception(format('SELECT pca_get_policy(%L)', :'ca'));
ROLLBACK;
SELECT length(pca_get_policy(:'ca')) > 0;
