-- TagCertificateAuthority, UntagCertificateAuthority, ListTags.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
SET pca.account_id = '130000000001';
SELECT pca_create_certificate_authority(pg_temp.configuration('Tagged'), 'ROOT') AS tagged \gset
SELECT pca_create_certificate_authority(pg_temp.configuration('Other'), 'ROOT') AS other \gset
CREATE FUNCTION pg_temp.tags(authority text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(key || coalesce('=' || value, ''), ', ' ORDER BY key COLLATE "C"), 'none')
	FROM pca_list_tags(authority)
$$;
-- The result of a call: its exception, or the tags after it.
CREATE FUNCTION pg_temp.tag(authority text, tags text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	exception text := pg_temp.exception(format('SELECT pca_tag_certificate_authority(%L, %L)', authority, tags));
BEGIN
	IF exception = 'no exception' THEN
		PERFORM pca_tag_certificate_authority(authority, tags::jsonb);
		RETURN pg_temp.tags(authority);
	END IF;
	RETURN exception;
END
$$;
CREATE FUNCTION pg_temp.untag(authority text, tags text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	exception text := pg_temp.exception(format('SELECT pca_untag_certificate_authority(%L, %L)', authority,
		tags));
BEGIN
	IF exception = 'no exception' THEN
		PERFORM pca_untag_certificate_authority(authority, tags::jsonb);
		RETURN pg_temp.tags(authority);
	END IF;
	RETURN exception;
END
$$;

--
-- Tag and untag
--

SELECT tags, pg_temp.tag(:'tagged', tags)
FROM (VALUES (1, '[{"Key": "a", "Value": "1"}, {"Key": "b"}]'),
	(2, '[{"Key": "c", "Value": ""}, {"Key": "A", "Value": "case"}]'),
	-- an existing key takes the new value, also none
	(3, '[{"Key": "a", "Value": "2"}]'), (4, '[{"Key": "b", "Value": "new"}]'), (5, '[{"Key": "a"}]'),
	(6, '[{"Key": "a", "Value": "3"}, {"Key": "d", "Value": "4"}]'),
	(7, '[{"Key": "e", "Value": null}]')) AS v (n, tags)
ORDER BY n;
SELECT key, value, value IS NULL AS is_null FROM pca_list_tags(:'tagged')
WHERE key IN ('c', 'e') ORDER BY key;
SELECT tags, pg_temp.untag(:'tagged', tags)
FROM (VALUES
	-- with a value only if it matches, without one in any case; a missing key is no error
	(1, '[{"Key": "a", "Value": "2"}]'), (2, '[{"Key": "a", "Value": "3"}]'), (3, '[{"Key": "b"}]'),
	(4, '[{"Key": "b"}]'), (5, '[{"Key": "unknown", "Value": "x"}]'), (6, '[{"Key": "a"}]'),
	(7, '[{"Key": "D", "Value": "4"}]'), (8, '[{"Key": "c", "Value": ""}, {"Key": "d", "Value": "other"}]'),
	(9, '[{"Key": "A", "Value": null}]'), (10, '[{"Key": "e"}, {"Key": "d"}]')) AS v (n, tags)
ORDER BY n;
-- Other authorities keep theirs.
SELECT pca_tag_certificate_authority(:'other', '[{"Key": "a", "Value": "other"}]');
SELECT pg_temp.tag(:'tagged', '[{"Key": "a", "Value": "tagged"}]'),
	pg_temp.untag(:'tagged', '[{"Key": "a"}]'), pg_temp.tags(:'other');

--
-- Bounds
--

SELECT what, pg_temp.tag(:'tagged', tags) AS tag, pg_temp.untag(:'tagged', tags) AS untag
FROM (VALUES (1, 'NULL', NULL), (2, 'null', 'null'), (3, 'none', '[]'), (4, 'not a list', '{"Key": "a"}'),
	(5, 'no key', '[{"Value": "a"}]'), (6, 'key, null', '[{"Key": null}]'), (7, 'key, a number', '[{"Key": 1}]'),
	(8, 'value, a number', '[{"Key": "a", "Value": 1}]'), (9, 'another member', '[{"Key": "a", "value": "b"}]'),
	(10, 'empty key', '[{"Key": ""}]'), (11, 'key of 129 characters', '[{"Key": "' || repeat('k', 129) || '"}]'),
	(12, 'value of 257 characters', '[{"Key": "a", "Value": "' || repeat('v', 257) || '"}]'),
	(13, 'key with %', '[{"Key": "100%"}]'), (14, 'key with a line feed', '[{"Key": "a\nb"}]'),
	(15, 'value with *', '[{"Key": "a", "Value": "*"}]'),
	(16, 'value with quotes', '[{"Key": "a", "Value": "\""}]'),
	(17, 'reserved', '[{"Key": "a"}, {"Key": "aws:x"}]'), (18, 'reserved too', '[{"Key": "rds:"}]'),
	(19, 'twice', '[{"Key": "a", "Value": "1"}, {"Key": "b"}, {"Key": "a", "Value": "2"}]'),
	(20, 'twice the same', '[{"Key": "a"}, {"Key": "a"}]'),
	(21, '51', (SELECT jsonb_agg(jsonb_build_object('Key', i)) FROM generate_series(1, 51) AS i)::text),
	(22, 'JSON text', '"a"')) AS v (n, what, tags)
ORDER BY n;
SELECT pg_temp.tags(:'tagged');
-- At the bounds.
SELECT what, length(pg_temp.tag(:'tagged', tags)) AS tagged, pg_temp.untag(:'tagged', tags) AS untagged
FROM (VALUES (1, 'key of 128 characters', '[{"Key": "' || repeat('k', 128) || '"}]'),
	(2, 'key of 128 characters, 384 octets', '[{"Key": "' || repeat('東', 128) || '"}]'),
	(3, 'value of 256 characters', '[{"Key": "a", "Value": "' || repeat('é', 256) || '"}]'),
	(4, 'every character', '[{"Key": "Ключ 1 _.:/=+-@\u00a0", "Value": "१Ⅷ _.:/=+-@ "}]'),
	(5, 'not reserved',
		'[{"Key": "awsx"}, {"Key": "aws"}, {"Key": "x aws:"}, {"Key": "AWS:x"}]')) AS v (n, what, tags)
ORDER BY n;

--
-- 50 tags
--

CREATE FUNCTION pg_temp.numbered(first int, last int, value text DEFAULT NULL) RETURNS jsonb
LANGUAGE sql AS $$
	SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('Key', 'key ' || i, 'Value', value)))
	FROM generate_series(first, last) AS i
$$;
CREATE FUNCTION pg_temp.try_tag(authority text, tags jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.exception(format('SELECT pca_tag_certificate_authority(%L, %L)', authority, tags))
$$;
SELECT pca_tag_certificate_authority(:'tagged', pg_temp.numbered(1, 48));
-- 50 are not too many; 51 are, in one call or by one more call, and then nothing is stored.
SELECT what, pg_temp.try_tag(:'tagged', tags)
FROM (VALUES (1, '50', pg_temp.numbered(49, 50)), (2, '51', pg_temp.numbered(49, 51)),
	(3, '51, some there', pg_temp.numbered(40, 51)), (4, '50 at once, all new', pg_temp.numbered(101, 150)),
	(5, '50 at once, two new', pg_temp.numbered(1, 50))) AS v (n, what, tags)
ORDER BY n;
SELECT pca_tag_certificate_authority(:'tagged', pg_temp.numbered(49, 50));
SELECT pg_temp.try_tag(:'tagged', '[{"Key": "one more"}]');
SELECT count(*) FROM pca_list_tags(:'tagged');
-- With 50 a value can still be changed, and one tag replaced by another.
SELECT pca_tag_certificate_authority(:'tagged', pg_temp.numbered(1, 50, 'v'));
SELECT pca_untag_certificate_authority(:'tagged', pg_temp.numbered(50, 50));
SELECT pca_tag_certificate_authority(:'tagged', '[{"Key": "one more"}]');
SELECT count(*), count(value) FROM pca_list_tags(:'tagged');
SELECT pca_untag_certificate_authority(:'tagged', pg_temp.numbered(1, 50));
SELECT pg_temp.tags(:'tagged');

--
-- Pages
--

SELECT pca_tag_certificate_authority(:'tagged', pg_temp.numbered(11, 15));
-- The keys of a page, and whether there is a token, which the last row carries and no other.
CREATE FUNCTION pg_temp.page(authority text, token text, size int, OUT keys text, OUT tokens int,
	OUT last_has_it boolean, OUT token_out text)
LANGUAGE sql AS $$
	SELECT string_agg(key, ', ' ORDER BY n), count(next_token)::int,
		bool_or(next_token IS NOT NULL) FILTER (WHERE n = rows), max(next_token)
	FROM (SELECT *, row_number() OVER () AS n, count(*) OVER () AS rows
		FROM pca_list_tags(authority, token, size)) AS l
$$;
SELECT size, p.keys, p.tokens, p.last_has_it
FROM (VALUES (NULL), (1), (2), (5), (6), (7), (1000)) AS v (size), pg_temp.page(:'tagged', NULL, v.size) AS p;
-- All pages of one, of two, of four.
WITH RECURSIVE pages AS (
	SELECT size, 1 AS n, p.* FROM (VALUES (1), (2), (4)) AS v (size), pg_temp.page(:'tagged', NULL, v.size) AS p
	UNION ALL
	SELECT size, n + 1, p.* FROM pages, pg_temp.page(:'tagged', pages.token_out, size) AS p
	WHERE pages.token_out IS NOT NULL
)
SELECT size, n, keys FROM pages ORDER BY size, n;
-- A token resumes after its row, whatever came or went meanwhile, and with another size; it
-- can be used again.
SELECT token_out AS token FROM pg_temp.page(:'tagged', NULL, 2) \gset
SELECT pca_tag_certificate_authority(:'tagged', '[{"Key": "a first"}, {"Key": "key 13a"}]');
SELECT pca_untag_certificate_authority(:'tagged', '[{"Key": "key 12"}, {"Key": "key 11"}]');
SELECT keys, tokens FROM pg_temp.page(:'tagged', :'token', 2);
SELECT keys, tokens FROM pg_temp.page(:'tagged', :'token', 1000);
SELECT keys, tokens FROM pg_temp.page(:'tagged', :'token', NULL);
-- Not a token of another authority or another call, or a made-up one.
SELECT pca_list_certificate_authorities.next_token AS authorities
FROM pca_list_certificate_authorities(max_results => 1) \gset
SELECT what, pg_temp.exception(format('SELECT pca_list_tags(%L, %L, 1)', arn, token))
FROM (VALUES (1, 'another authority', :'other', :'token'), (2, 'another call', :'tagged', :'authorities'),
	(3, 'changed', :'tagged',
		overlay(:'token' placing CASE right(:'token', 1) WHEN '0' THEN '1' ELSE '0' END from length(:'token'))),
	(4, 'shorter', :'tagged', left(:'token', -2)), (5, 'longer', :'tagged', :'token' || '00'),
	(6, 'upper case', :'tagged', upper(:'token')), (7, 'not a token', :'tagged', 'x'),
	(8, 'empty', :'tagged', ''), (9, 'zeros', :'tagged', repeat('0', 100)),
	(10, 'too long', :'tagged', repeat('0', 43740))) AS v (n, what, arn, token)
ORDER BY n;
SELECT pg_temp.exception(format('SELECT pca_list_certificate_authorities(%L, 1)', :'token'));
SELECT pg_temp.exception(format('SELECT pca_list_permissions(%L, %L, 1)', :'tagged', :'token'));
SELECT size, pg_temp.exception(format('SELECT pca_list_tags(%L, max_results => %L)', :'tagged', size))
FROM (VALUES (-1), (0), (1), (1000), (1001)) AS v (size);
-- A token can hold keys of any script.
SELECT pca_tag_certificate_authority(:'other', '[{"Key": "é"}, {"Key": "東京"}, {"Key": "Ключ"}]');
WITH RECURSIVE pages AS (
	SELECT 1 AS n, p.* FROM pg_temp.page(:'other', NULL, 1) AS p
	UNION ALL
	SELECT n + 1, p.* FROM pages, pg_temp.page(:'other', pages.token_out, 1) AS p
	WHERE pages.token_out IS NOT NULL
)
SELECT count(*), count(DISTINCT keys) FROM pages;

--
-- Transactions and owners
--

BEGIN;
SELECT pca_tag_certificate_authority(:'other', '[{"Key": "gone"}]');
SELECT count(*) FROM pca_list_tags(:'other') WHERE key = 'gone';
ROLLBACK;
SELECT count(*) FROM pca_list_tags(:'other') WHERE key = 'gone';
BEGIN READ ONLY;
SELECT pg_temp.try_tag(:'other', '[{"Key": "a"}]');
SELECT pg_temp.exception(format('SELECT pca_untag_certificate_authority(%L, %L)', :'other',
	'[{"Key": "a"}]'));
SELECT count(*) FROM pca_list_tags(:'other');
ROLLBACK;
SELECT o.operation, v.what, pg_temp.exception(format('SELECT pca_%s', format(o.operation, v.arn)))
FROM (VALUES (1, 'tag_certificate_authority(%L, ''[{"Key": "a"}]'')'),
	(2, 'untag_certificate_authority(%L, ''[{"Key": "a"}]'')'), (3, 'list_tags(%L)')) AS o (n, operation),
	(VALUES (1, 'NULL', NULL), (2, 'not an ARN', 'xxxxx'),
		(3, 'a certificate', :'other' || '/certificate/' || repeat('0', 32)),
		(4, 'unknown',
			'arn:aws:acm-pca:us-east-1:130000000001:certificate-authority/00000000-0000-4000-8000-000000000000')
	) AS v (n, what, arn)
ORDER BY o.n, v.n;
SET pca.account_id = '130000000002';
SELECT split_part(pg_temp.exception(format('SELECT pca_%s', format(o.operation, :'other'))), ' | ', 1)
FROM (VALUES (1, 'tag_certificate_authority(%L, ''[{"Key": "a"}]'')'),
	(2, 'untag_certificate_authority(%L, ''[{"Key": "a"}]'')'), (3, 'list_tags(%L)')) AS o (n, operation)
ORDER BY n;
