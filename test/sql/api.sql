-- pca_api(): the operations with the API's own names and JSON. That every
-- operation is as the API's model says is shown by test/t/011_api_model.pl.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
SET pca.account_id = '160000000001';
-- A blob is base64 without line breaks.
CREATE FUNCTION pg_temp.blob(text) RETURNS text LANGUAGE sql AS $$
	SELECT translate(encode(convert_to($1, 'UTF8'), 'base64'), E'\n', '')
$$;
-- An answer without what differs from run to run.
CREATE FUNCTION pg_temp.shown(answer jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.stable(
		regexp_replace(regexp_replace(jsonb_pretty(answer), '("\w*(?:At|Until|NotBefore|NotAfter)"): [0-9.]+',
			'\1: TIME', 'g'),
			'("Serial"): "[0-9]+"', '\1: "SERIAL"'))
$$;
CREATE FUNCTION pg_temp.fault(operation text, request text) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.exception(format('SELECT pca_api(%L, %L)', operation, request))
$$;

--
-- The life of an authority
--

-- An operation that returns something has the member that the API has.
SELECT pca_api('CreateCertificateAuthority', '{
	"CertificateAuthorityConfiguration": {"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA",
		"Subject": {"Organization": "Example", "CommonName": "Root"}},
	"CertificateAuthorityType": "ROOT",
	"Tags": [{"Key": "team", "Value": "red"}, {"Key": "empty", "Value": ""}, {"Key": "none"}]}') AS created \gset
SELECT pg_temp.shown(:'created');
SELECT :'created'::jsonb ->> 'CertificateAuthorityArn' AS root \gset
-- A member without a value is absent, not null: here serial, validity, failure reason, end of
-- the restoration period.
SELECT pg_temp.shown(pca_api('DescribeCertificateAuthority',
	jsonb_build_object('CertificateAuthorityArn', :'root')));
SELECT pca_api('GetCertificateAuthorityCsr', jsonb_build_object('CertificateAuthorityArn', :'root'))
	= jsonb_build_object('Csr', pca_get_certificate_authority_csr(:'root')) AS is_csr;
-- The PEM of a request is in base64, that of an answer is plain.
SELECT pca_api('IssueCertificate', jsonb_build_object(
	'CertificateAuthorityArn', :'root', 'Csr', pg_temp.blob(pca_get_certificate_authority_csr(:'root')),
	'SigningAlgorithm', 'SHA256WITHECDSA',
	'TemplateArn', 'arn:aws:acm-pca:::template/RootCACertificate/V1', 'Validity',
	'{"Value": 10, "Type": "YEARS"}'::jsonb)) ->> 'CertificateArn' AS own \gset
SELECT pca_api('GetCertificate',
	jsonb_build_object('CertificateAuthorityArn', :'root', 'CertificateArn', :'own')) AS got \gset
SELECT member, left(value, 27) AS value FROM jsonb_each_text(:'got') AS m (member, value) ORDER BY 1;
-- An operation that returns nothing answers with an empty structure.
SELECT pca_api('ImportCertificateAuthorityCertificate',
	jsonb_build_object('CertificateAuthorityArn', :'root',
		'Certificate', pg_temp.blob(:'got'::jsonb ->> 'Certificate')));
SELECT pg_temp.shown(pca_api('DescribeCertificateAuthority',
	jsonb_build_object('CertificateAuthorityArn', :'root')));
-- Timestamps are numbers: Unix seconds, to the millisecond.
SELECT m.key, jsonb_typeof(m.value) AS type,
	m.value::text::numeric = round(m.value::text::numeric, 3) AS to_the_millisecond,
	abs(m.value::text::numeric - extract(epoch FROM CASE m.key WHEN 'CreatedAt' THEN d.created_at
		WHEN 'LastStateChangeAt' THEN d.last_state_change_at WHEN 'NotBefore' THEN d.not_before
		ELSE d.not_after END)) <= 0.0005 AS is_right
FROM pca_describe_certificate_authority(:'root') AS d,
	jsonb_each(pca_api('DescribeCertificateAuthority',
		jsonb_build_object('CertificateAuthorityArn', :'root')) -> 'CertificateAuthority') AS m
WHERE m.key IN ('CreatedAt', 'LastStateChangeAt', 'NotBefore', 'NotAfter') ORDER BY 1;
-- The time zone of the session has no effect on them.
SELECT pca_api('DescribeCertificateAuthority',
	jsonb_build_object('CertificateAuthorityArn', :'root')) AS described \gset
SET TimeZone = 'Asia/Kathmandu';
SET DateStyle = 'German';
SELECT pca_api('DescribeCertificateAuthority',
	jsonb_build_object('CertificateAuthorityArn', :'root')) = :'described' AS same;
RESET TimeZone;
RESET DateStyle;
-- A certificate and its chain; a root has none.
SELECT pca_api('IssueCertificate',
	jsonb_build_object('CertificateAuthorityArn', :'root', 'Csr', pg_temp.blob(:'csr'),
		'SigningAlgorithm', 'SHA256WITHECDSA',
		'Validity', '{"Value": 1, "Type": "DAYS"}'::jsonb)) ->> 'CertificateArn' AS issued \gset
SELECT pca_api('GetCertificate',
	jsonb_build_object('CertificateAuthorityArn', :'root', 'CertificateArn', :'issued'))
	= jsonb_build_object('Certificate', certificate, 'CertificateChain', certificate_chain) AS same
FROM pca_get_certificate(:'root', :'issued');
SELECT jsonb_object_keys(pca_api('GetCertificateAuthorityCertificate',
	jsonb_build_object('CertificateAuthorityArn', :'root')));

--
-- Lists
--

-- A list without rows is an empty list.
SELECT pca_api('ListCertificateAuthorities', '{"ResourceOwner": "OTHER_ACCOUNTS"}');
SELECT pca_api('ListTags', jsonb_build_object('CertificateAuthorityArn', :'root'));
-- NextToken is next to the list, on all pages except the last. An absent value is no value, an empty one is.
SELECT pca_api('ListTags',
	jsonb_build_object('CertificateAuthorityArn', :'root', 'MaxResults', 2)) AS page \gset
SELECT :'page'::jsonb -> 'Tags' AS tags, :'page'::jsonb ? 'NextToken' AS has_next_token;
SELECT pca_api('ListTags',
	jsonb_build_object('CertificateAuthorityArn', :'root', 'MaxResults', 2,
		'NextToken', :'page'::jsonb ->> 'NextToken'));
SELECT pg_temp.shown(pca_api('ListCertificateAuthorities',
	'{}') #- '{CertificateAuthorities,0,CertificateAuthorityConfiguration}');
-- A list of texts goes in and comes out as a list.
SELECT pca_api('CreatePermission',
	jsonb_build_object('CertificateAuthorityArn', :'root', 'Principal', 'acm.amazonaws.com',
		'Actions', '["GetCertificate", "ListPermissions"]'::jsonb));
SELECT pg_temp.shown(pca_api('ListPermissions',
	jsonb_build_object('CertificateAuthorityArn', :'root')) #- '{Permissions,0,Policy}');
-- A member that is null counts as absent.
SELECT pca_api('ListPermissions',
	jsonb_build_object('CertificateAuthorityArn', :'root', 'MaxResults', NULL, 'NextToken', NULL))
	= pca_api('ListPermissions', jsonb_build_object('CertificateAuthorityArn', :'root')) AS same;

--
-- What is not well-formed
--

SELECT v.what, pg_temp.fault(v.operation, v.request)
FROM (VALUES (1, 'no operation', NULL, '{}'), (2, 'unknown operation', 'Foo', '{}'),
	(3, 'other case', 'listTags', '{}'), (4, 'name of the function', 'pca_list_tags', '{}'),
	(5, 'white space', 'ListTags ', '{}'), (6, 'empty', '', '{}'),
	(7, 'not an operation of the API', 'GrantAccess', '{"Role": "public", "Access": "issuer"}'),
	(8, 'another one', 'RunMaintenance', '{}'), (9, 'itself', 'Api', '{}'),
	(10, 'a long one', repeat('x', 100), '{}'), (11, 'SQL', 'ListTags(); SELECT 1; --', '{}'),
	(12, 'no request', 'ListTags', NULL), (13, 'null', 'ListTags', 'null'), (14, 'a list', 'ListTags', '[]'),
	(15, 'a text', 'ListTags', '"{}"'), (16, 'a number', 'ListTags', '1'),
	(17, 'nothing in it', 'ListTags', '{}')) AS v (n, what, operation, request) ORDER BY n;
-- Members: pca_api names them as the request does, the function that it calls by its parameter.
SELECT v.what, pg_temp.fault('ListTags', v.request)
FROM (VALUES (1, 'unknown', '{"Foo": 1}'), (2, 'parameter for member', '{"certificate_authority_arn": "x"}'),
	(3, 'other case', '{"certificateAuthorityArn": "x"}'), (4, 'empty', '{"": 1}'), (5, 'null', '{"Foo": null}'),
	(6, 'quotes', '{"x\"y''z": 1}'), (7, 'a long one', format('{"%s": 1}', repeat('x', 100))),
	(8, 'number for text', '{"CertificateAuthorityArn": 5}'),
	(9, 'list for text', '{"CertificateAuthorityArn": ["x"]}'),
	(10, 'text for number', '{"CertificateAuthorityArn": "x", "MaxResults": "1"}'),
	(11, 'fraction', '{"CertificateAuthorityArn": "x", "MaxResults": 1.5}'),
	(12, 'fraction of nothing', '{"CertificateAuthorityArn": "x", "MaxResults": 1.0}'),
	(13, 'beyond integers', '{"CertificateAuthorityArn": "x", "MaxResults": 2147483648}'),
	(14, 'far beyond', '{"CertificateAuthorityArn": "x", "MaxResults": -1e1000}'),
	(15, 'out of range', format('{"CertificateAuthorityArn": "%s", "MaxResults": 1001}', :'root')),
	(16, 'an exponent', format('{"CertificateAuthorityArn": "%s", "MaxResults": 1e3}', :'root')),
	(17, 'not an ARN', '{"CertificateAuthorityArn": "xxxxx"}')) AS v (n, what, request) ORDER BY n;
SELECT pg_temp.fault('CreatePermission',
	format(
		'{"CertificateAuthorityArn": "%s", "Principal": "acm.amazonaws.com", "SourceAccount": "160000000002",
			"Actions": %s}',
		:'root', v.actions))
FROM (VALUES (1, '"GetCertificate"'), (2, '["GetCertificate", 1]'), (3, '["GetCertificate", null]'),
	(4, '[["GetCertificate"]]'), (5, '[]'), (6, '["a,b", "{c}"]'), (7, '{}')) AS v (n, actions)
ORDER BY n;
SELECT pg_temp.fault('TagCertificateAuthority',
	format('{"CertificateAuthorityArn": "%s", "Tags": %s}', :'root', v.tags))
FROM (VALUES (1, '[{"Key": "k", "Vlaue": "v"}]'), (2, '[{"Value": "v"}]'), (3, '{"Key": "k"}'),
	(4, '[{"Key": "k", "Value": null}]')) AS v (n, tags)
ORDER BY n;
-- Blobs: base64 with its padding, in one line. What the bytes are is judged afterwards.
SELECT v.what,
	split_part(pg_temp.fault('IssueCertificate',
		format(
			'{"CertificateAuthorityArn": "%s", "Csr": %s, "SigningAlgorithm": "SHA256WITHECDSA",
				"Validity": {"Value": 1, "Type": "DAYS"}}',
			:'root', v.csr)),
		' | Compare', 1) AS fault
FROM (VALUES (1, 'PEM as it is', to_json(:'csr'::text)::text),
	(2, 'line breaks', to_json(encode(convert_to(:'csr', 'UTF8'), 'base64'))::text),
	(3, 'padding missing', '"QUI"'), (4, 'padding alone', '"===="'), (5, 'padding inside', '"QQ==QQ=="'),
	(6, 'other alphabet', '"-_-_"'), (7, 'beyond ASCII', '"éééé"'), (8, 'not text', '5'),
	(9, 'bytes in a list', '[77, 78]'), (10, 'empty', '""'), (11, 'null', 'null'), (12, 'not PEM', '"QUJD"'),
	(13, 'NUL', '"AAAA"'), (14, 'not UTF-8', '"////"'),
	(15, 'DER', format('"%s"', encode('\x3003020100', 'base64'))),
	(16, 'text before it, in UTF-8', format('"%s"', pg_temp.blob(E'Größe \\ 1\n' || :'csr'))),
	(17, 'text before it, in Latin-1',
		format('"%s"',
			translate(encode('\x4772f6df65205c0a'::bytea || convert_to(:'csr', 'UTF8'), 'base64'), E'\n', ''))),
	(18, '32768 bytes', format('"%s"', pg_temp.blob(repeat('é', 16384)))),
	(19, '32769 bytes', format('"%s"', pg_temp.blob('x' || repeat('é', 16384)))),
	(20, 'more than any blob may have', format('"%s"', repeat('QUJD', 699052)))) AS v (n, what, csr) ORDER BY n;
-- A nested structure is checked by the function.
SELECT pg_temp.fault('CreateCertificateAuthority',
	'{"CertificateAuthorityConfiguration": {"KeyAlgorithm": "EC_prime256v1",
		"SigningAlgorithm": "SHA256WITHECDSA", "Subject": {"Comonname": "x"}},
		"CertificateAuthorityType": "ROOT"}');
SELECT pg_temp.fault('IssueCertificate',
	format(
		'{"CertificateAuthorityArn": "%s", "Csr": "QUJD", "SigningAlgorithm": "SHA256WITHECDSA",
			"Validity": "{\"Value\": 1, \"Type\": \"DAYS\"}"}',
		:'root'));
SELECT pg_temp.fault('IssueCertificate',
	format(
		'{"CertificateAuthorityArn": "%s", "Csr": "QUJD", "SigningAlgorithm": "SHA256WITHECDSA",
			"Validity": {"Value": 1.0, "Type": "DAYS"}}',
		:'root'));
-- Exceptions are those of the function.
SELECT pg_temp.fault('IssueCertificate',
	jsonb_build_object('CertificateAuthorityArn', :'root', 'Csr', pg_temp.blob(:'csr'),
		'SigningAlgorithm', 'SHA256WITHRSA', 'Validity', '{"Value": 1, "Type": "DAYS"}'::jsonb)::text);
SELECT pg_temp.fault('GetPolicy', jsonb_build_object('ResourceArn', :'root')::text);
SELECT pg_temp.fault('DeleteCertificateAuthority',
	jsonb_build_object('CertificateAuthorityArn', :'root')::text);

--
-- Who may
--

-- It adds no right: the caller needs EXECUTE on both functions.
CREATE ROLE regress_pca_api;
GRANT EXECUTE ON FUNCTION pca_list_certificate_authorities TO regress_pca_api;
SET ROLE regress_pca_api;
SELECT pca_api('ListCertificateAuthorities', '{"MaxResults": 1}') ? 'CertificateAuthorities' AS listed;
RESET ROLE;
SELECT pca_grant_access('regress_pca_api', 'auditor');
SET ROLE regress_pca_api;
SELECT pca_api('ListCertificateAuthorities', '{"MaxResults": 1}') ? 'CertificateAuthorities' AS listed;
SELECT pg_temp.fault('DeleteCertificateAuthority',
	jsonb_build_object('CertificateAuthorityArn', :'root')::text);
RESET ROLE;
-- Hostile objects of other roles have no effect.
CREATE SCHEMA regress_pca_api AUTHORIZATION regress_pca_api;
CREATE FUNCTION regress_pca_api.pca_list_tags(certificate_authority_arn text, next_token text DEFAULT NULL,
	max_results integer DEFAULT NULL, OUT key text)
RETURNS SETOF text LANGUAGE sql AS $$
	SELECT 'false'
$$;
CREATE FUNCTION regress_pca_api.encode(bytea, text) RETURNS text LANGUAGE sql AS $$ SELECT 'false' $$;
GRANT CREATE ON SCHEMA public TO regress_pca_api;
SET ROLE regress_pca_api;
CREATE FUNCTION public.pca_list_tags(certificate_authority_arn bytea, OUT key text)
RETURNS SETOF text LANGUAGE sql AS $$
	SELECT 'false'
$$;
RESET ROLE;
SET search_path = regress_pca_api, public, pg_catalog;
SELECT pca_api('ListTags', jsonb_build_object('CertificateAuthorityArn', :'root', 'MaxResults', 1)) -> 'Tags';
RESET search_path;
DROP FUNCTION regress_pca_api.pca_list_tags, regress_pca_api.encode, public.pca_list_tags(bytea);
DROP SCHEMA regress_pca_api;
DROP OWNED BY regress_pca_api;
DROP ROLE regress_pca_api;
