-- pca_metrics(): which certificates expire without a younger one for the same names.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '336000000001';
SELECT pca_create_certificate_authority(pg_temp.configuration('One'), 'ROOT') AS one, pca_create_certificate_authority(pg_temp.configuration('Other'), 'ROOT') AS other \gset
CALL pg_temp.activate_root(:'one');
CALL pg_temp.activate_root(:'other');
-- A certificate for some names, by a template that takes them from the call.
CREATE FUNCTION pg_temp.issue(authority text, csr text, subject text, names text[], days int) RETURNS text LANGUAGE sql AS $$
	SELECT right(pca_issue_certificate(authority, csr, 'SHA256WITHECDSA', jsonb_build_object('Type', 'DAYS', 'Value', days), 'arn:aws:acm-pca:::template/EndEntityCertificate_APIPassthrough/V1',
		jsonb_strip_nulls(jsonb_build_object('Subject', jsonb_build_object('CommonName', subject),
			'Extensions', CASE WHEN names <> '{}' THEN jsonb_build_object('SubjectAlternativeNames', (SELECT jsonb_agg(jsonb_build_object('DnsName', n)) FROM unnest(names) AS n)) END))), 32)
$$;
CREATE FUNCTION pg_temp.unrenewed(authority text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(labels ->> 'within' || ': ' || value, ', ' ORDER BY length(labels ->> 'within'), labels ->> 'within') FROM pca_metrics() WHERE name = 'pca_certificates_expiring_unrenewed' AND labels ->> 'authority' = authority
$$;
SELECT pg_temp.unrenewed(:'one');
SELECT pg_temp.issue(:'one', :'csr', 'a', '{a.example}', 5) AS a \gset
SELECT pg_temp.issue(:'one', :'csr', 'b', '{b.example,c.example}', 20) AS b \gset
SELECT pg_temp.issue(:'one', :'csr', 'c', '{}', 20) AS c \gset
SELECT pg_temp.unrenewed(:'one'), pg_temp.unrenewed(:'other');
-- Another name, another subject, another order, another CA, one that ends earlier, a revoked one: none is a renewal.
SELECT pg_temp.issue(:'one', :'csr', 'a', '{a.example,x.example}', 100) IS NOT NULL, pg_temp.issue(:'one', :'csr', 'x', '{a.example}', 100) IS NOT NULL, pg_temp.issue(:'one', :'csr', 'b', '{c.example,b.example}', 100) IS NOT NULL,
	pg_temp.issue(:'one', :'csr', 'a', '{}', 100) IS NOT NULL, pg_temp.issue(:'other', :'csr', 'a', '{a.example}', 100) IS NOT NULL;
SELECT pg_temp.issue(:'one', :'csr', 'a', '{a.example}', 200) AS revoked \gset
SELECT pca_revoke_certificate(:'one', :'revoked', 'SUPERSEDED');
SELECT pg_temp.unrenewed(:'one'), pg_temp.unrenewed(:'other');
SELECT pg_temp.issue(:'one', :'csr', 'a', '{a.example}', 4) AS earlier \gset
SELECT pg_temp.unrenewed(:'one');
-- A renewal, one by one; and what is revoked needs none.
SELECT pg_temp.issue(:'one', :'csr', 'a', '{a.example}', 100) IS NOT NULL AS renewed;
SELECT pg_temp.unrenewed(:'one');
SELECT pg_temp.issue(:'one', :'csr', 'c', '{}', 100) IS NOT NULL AS renewed;
SELECT pg_temp.unrenewed(:'one');
SELECT pca_revoke_certificate(:'one', :'b', 'SUPERSEDED');
SELECT pg_temp.unrenewed(:'one');
-- Every certificate has a key of its names.
SELECT count(*) FROM pca.certificate WHERE names_key IS NULL;
-- One that ends within a day.
SELECT pg_temp.issue(:'one', :'csr', 'd', '{d.example}', 1) AS d \gset
SELECT pg_temp.unrenewed(:'one');
