-- Every parameter's bounds, as the service's model has them (API version
-- 2017-08-22): what lies on them is accepted, what lies one beyond is refused
-- with the path of the value.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
\set longest_csr `cat test/fixtures/csr/good/size-32768-bytes.pem`
\set too_long_csr `cat test/fixtures/csr/size/32769-bytes.pem`
SET pca.account_id = '500000000001';
SET client_min_messages = error;	-- what has every member set is refused by some relying parties
SELECT pca_create_certificate_authority(pg_temp.configuration('Root'), 'ROOT') AS root \gset
CALL pg_temp.activate_root(:'root');
SELECT pca_issue_certificate(:'root', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS certificate_arn \gset
SELECT certificate FROM pca_get_certificate_authority_certificate(:'root') \gset
SELECT pca_create_certificate_authority(pg_temp.configuration('Other'), 'ROOT') AS other \gset

--
-- Calls with every argument, each of which can be replaced
--

CREATE TEMPORARY TABLE argument (operation text, n serial, name text, value text);
INSERT INTO argument (operation, name, value) VALUES
	('create', 'certificate_authority_configuration',
		'{"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA",
			"Subject": {"Country": "US", "Organization": "o", "OrganizationalUnit": "ou",
			"DistinguishedNameQualifier": "q", "State": "s", "CommonName": "cn", "SerialNumber": "1", "Locality": "l",
			"Title": "t", "Surname": "sn", "GivenName": "gn", "Initials": "i", "Pseudonym": "p",
			"GenerationQualifier": "gq"}, "CsrExtensions": {"KeyUsage": {"DigitalSignature": true,
			"NonRepudiation": true, "KeyEncipherment": true, "DataEncipherment": true, "KeyAgreement": true,
			"KeyCertSign": true, "CRLSign": true, "EncipherOnly": true, "DecipherOnly": true},
			"SubjectInformationAccess": [{"AccessMethod": {"AccessMethodType": "CA_REPOSITORY"},
			"AccessLocation": {"OtherName": {"TypeId": "1.2.3", "Value": "x"}}},
			{"AccessMethod": {"CustomObjectIdentifier": "1.2.3"}, "AccessLocation": {"Rfc822Name": "x"}},
			{"AccessMethod": {"CustomObjectIdentifier": "1.2.3"}, "AccessLocation": {"DnsName": "x"}},
			{"AccessMethod": {"CustomObjectIdentifier": "1.2.3"},
			"AccessLocation": {"DirectoryName": {"CustomAttributes": [{"ObjectIdentifier": "2.5.4.13",
			"Value": "x"}]}}}, {"AccessMethod": {"CustomObjectIdentifier": "1.2.3"},
			"AccessLocation": {"EdiPartyName": {"PartyName": "p", "NameAssigner": "n"}}},
			{"AccessMethod": {"CustomObjectIdentifier": "1.2.3"},
			"AccessLocation": {"UniformResourceIdentifier": "x"}},
			{"AccessMethod": {"CustomObjectIdentifier": "1.2.3"}, "AccessLocation": {"IpAddress": "192.0.2.1"}},
			{"AccessMethod": {"CustomObjectIdentifier": "1.2.3"}, "AccessLocation": {"RegisteredId": "1.2.3"}}]}}'),
	('create', 'certificate_authority_type', 'ROOT'),
	('create', 'revocation_configuration',
		'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "CustomCname": "c", "S3BucketName": "bucket",
			"S3ObjectAcl": "PUBLIC_READ", "CrlDistributionPointExtensionConfiguration": {"OmitExtension": false},
			"CrlType": "COMPLETE", "CustomPath": "a"}, "OcspConfiguration": {"Enabled": true,
			"OcspCustomCname": "o"}}'),
	('create', 'idempotency_token', NULL),
	('create', 'key_storage_security_standard', NULL),
	('create', 'tags', '[{"Key": "k", "Value": "v"}]'),
	('create', 'usage_mode', NULL),
	('describe', 'certificate_authority_arn', :'root'),
	('get_csr', 'certificate_authority_arn', :'root'),
	('get_authority_certificate', 'certificate_authority_arn', :'root'),
	('import', 'certificate_authority_arn', :'root'),
	('import', 'certificate', :'certificate'),
	('import', 'certificate_chain', NULL),
	('issue', 'certificate_authority_arn', :'root'),
	('issue', 'csr', :'csr'),
	('issue', 'signing_algorithm', 'SHA256WITHECDSA'),
	('issue', 'validity', '{"Value": 1, "Type": "DAYS"}'),
	('issue', 'template_arn', 'arn:aws:acm-pca:::template/BlankEndEntityCertificate_APIPassthrough/V1'),
	('issue', 'api_passthrough',
		'{"Subject": {"CustomAttributes": [{"ObjectIdentifier": "2.5.4.13", "Value": "x"}]},
			"Extensions": {"CertificatePolicies": [{"CertPolicyId": "1.2.3",
			"PolicyQualifiers": [{"PolicyQualifierId": "CPS", "Qualifier": {"CpsUri": "http://x"}}]}],
			"ExtendedKeyUsage": [{"ExtendedKeyUsageType": "SERVER_AUTH"},
			{"ExtendedKeyUsageObjectIdentifier": "1.2.3"}], "KeyUsage": {"DigitalSignature": true,
			"NonRepudiation": true, "KeyEncipherment": true, "DataEncipherment": true, "KeyAgreement": true,
			"KeyCertSign": true, "CRLSign": true, "EncipherOnly": true, "DecipherOnly": true},
			"SubjectAlternativeNames": [{"OtherName": {"TypeId": "1.2.3", "Value": "x"}}, {"Rfc822Name": "x"},
			{"DnsName": "x"}, {"DirectoryName": {"CustomAttributes": [{"ObjectIdentifier": "2.5.4.13",
			"Value": "x"}]}}, {"EdiPartyName": {"PartyName": "p", "NameAssigner": "n"}},
			{"UniformResourceIdentifier": "x:y"}, {"IpAddress": "192.0.2.1"}, {"RegisteredId": "1.2.3"}],
			"CustomExtensions": [{"ObjectIdentifier": "1.2.3", "Value": "BQA=", "Critical": false}]}}'),
	('issue', 'validity_not_before', '{"Value": 1000000000, "Type": "ABSOLUTE"}'),
	('issue', 'idempotency_token', NULL),
	('get', 'certificate_authority_arn', :'root'),
	('get', 'certificate_arn', :'certificate_arn'),
	('list', 'next_token', NULL),
	('list', 'max_results', NULL),
	('list', 'resource_owner', NULL);
CREATE TEMPORARY TABLE operation (operation text, function text);
INSERT INTO operation VALUES
	('create', 'pca_create_certificate_authority'), ('describe', 'pca_describe_certificate_authority'),
	('get_csr', 'pca_get_certificate_authority_csr'),
	('get_authority_certificate', 'pca_get_certificate_authority_certificate'),
	('import', 'pca_import_certificate_authority_certificate'), ('issue', 'pca_issue_certificate'),
	('get', 'pca_get_certificate'),
	('list', 'pca_list_certificate_authorities');
-- SQLSTATE, message and DETAIL of the call with one argument replaced.
CREATE FUNCTION pg_temp.call(operation text, parameter text, value text) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' | ', split_part(x.exception, ' | ', 1), nullif(split_part(x.exception, ' | ', 2), ''))
	FROM (SELECT pg_temp.exception(format('SELECT %s(%s)', o.function, string_agg(format('%I => %L', a.name,
				CASE WHEN a.name = call.parameter THEN call.value ELSE a.value END), ', ' ORDER BY a.n))) AS exception
		FROM operation AS o JOIN argument AS a USING (operation)
		WHERE o.operation = call.operation
		GROUP BY o.function) AS x
$$;
CREATE FUNCTION pg_temp.original(operation text, parameter text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT a.value::jsonb FROM argument AS a
	WHERE a.operation = original.operation AND a.name = original.parameter
$$;
-- The call with a member of a structure replaced.
CREATE FUNCTION pg_temp.call(operation text, parameter text, path text[], value jsonb)
RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.call(operation, parameter, CASE WHEN path = '{}' THEN value
		ELSE jsonb_set(pg_temp.original(operation, parameter), path, value) END::text)
$$;
SELECT o.operation, pg_temp.call(o.operation, NULL, NULL) FROM operation AS o;

--
-- Parameters
--

-- NULL where a value is required.
SELECT a.operation, pg_temp.call(a.operation, a.name, NULL) FROM argument AS a
WHERE (a.operation, a.name) IN (('create', 'certificate_authority_configuration'),
	('create', 'certificate_authority_type'), ('import', 'certificate'), ('issue', 'csr'),
	('issue', 'signing_algorithm'), ('issue', 'validity'), ('get', 'certificate_arn'))
	OR a.name = 'certificate_authority_arn'
ORDER BY a.n;
-- JSON's null is no value either.
SELECT operation, pg_temp.call(operation, name, 'null')
FROM (VALUES ('create', 'certificate_authority_configuration'), ('issue', 'validity'), ('create', 'tags'),
	('create', 'revocation_configuration'), ('issue', 'api_passthrough'),
	('issue', 'validity_not_before')) AS v (operation, name);

-- Words. The error for algorithms that not every OpenSSL has depends on OpenSSL.
SELECT w.operation, w.name, word,
	CASE WHEN word ~ '^(SM[23]|ML_)' THEN left(pg_temp.call(w.operation, w.name, word), 5)
		ELSE pg_temp.call(w.operation, w.name, word) END AS call
FROM (VALUES
		(1, 'create', 'certificate_authority_type', '{ROOT,SUBORDINATE}'::text[]),
		(2, 'create', 'key_storage_security_standard',
			'{FIPS_140_2_LEVEL_2_OR_HIGHER,FIPS_140_2_LEVEL_3_OR_HIGHER,CCPC_LEVEL_1_OR_HIGHER}'),
		(3, 'create', 'usage_mode', '{GENERAL_PURPOSE,SHORT_LIVED_CERTIFICATE}'),
		(4, 'issue', 'signing_algorithm',
			'{SHA256WITHECDSA,SHA384WITHECDSA,SHA512WITHECDSA,SHA256WITHRSA,SHA384WITHRSA,SHA512WITHRSA,
				SHA256WITHRSA_PSS,SHA384WITHRSA_PSS,SHA512WITHRSA_PSS,SM3WITHSM2,ML_DSA_44,ML_DSA_65,ML_DSA_87}'),
		(5, 'list', 'resource_owner', '{SELF,OTHER_ACCOUNTS}')) AS w (n, operation, name, words),
	unnest(words
		|| ARRAY[lower(words[1]), words[1] || ' ', ' ' || words[1], left(words[1], -1), '', repeat('W', 100),
			'é']) WITH ORDINALITY AS u (word, m)
ORDER BY w.n, u.m;

-- The idempotency token: 1 to 36 characters, which the error does not show.
SELECT operation, what, pg_temp.call(operation, 'idempotency_token', token)
FROM (VALUES (1, 'create'), (2, 'issue')) AS o (n, operation),
	(VALUES (1, 'empty', ''), (2, 'one', 'x'), (3, '36', repeat('x', 36)), (4, '37', repeat('x', 37)),
		(5, '36 of two octets', repeat('ÿ', 36)), (6, '37 of two octets', repeat('ÿ', 37)),
		(7, 'U+0100', 'secretĀ'), (8, 'U+0001', E'secret\x01'), (9, 'U+000B', E'secret\x0b'),
		(10, 'U+001F', E'secret\x1f'), (11, 'U+20AC', 'secret€'), (12, 'U+1F600', 'secret😀'),
		(13, 'tab, line feed, carriage return', E'\t\n\r'), (14, 'U+007F', E'\x7f'),
		(15, 'U+0085', E'\u0085')) AS v (n, what, token)
ORDER BY o.n, v.n;

-- Octets of blobs.
SELECT operation, name, what, pg_temp.call(operation, name, value)
FROM (VALUES
	(1, 'issue', 'csr', 'empty', ''), (2, 'issue', 'csr', '1', 'x'),
	(3, 'issue', 'csr', '32768', :'longest_csr' || E'\n'),
	(4, 'issue', 'csr', '32769', :'too_long_csr' || E'\n'),
	(5, 'issue', 'csr', '16385 of two octets', repeat('é', 16385)),
	(6, 'import', 'certificate', 'empty', ''), (7, 'import', 'certificate', '1', 'x'),
	(8, 'import', 'certificate', '32768', rpad(:'certificate', 32768, ' ')),
	(9, 'import', 'certificate', '32769', rpad(:'certificate', 32769, ' ')),
	(10, 'import', 'certificate_chain', 'empty', ''),
	(11, 'import', 'certificate_chain', '2097152', repeat(' ', 2097152)),
	(12, 'import', 'certificate_chain', '2097153', repeat(' ', 2097153)),
	(13, 'issue', 'csr', '10000000', repeat('x', 10000000)),
	(14, 'import', 'certificate_chain', '10000000', repeat('x', 10000000)),
	(15, 'list', 'next_token', 'empty', ''), (16, 'list', 'next_token', '43739', repeat('0', 43739)),
	(17, 'list', 'next_token', '43740', repeat('0', 43740)), (18, 'list', 'max_results', '0', '0'),
	(19, 'list', 'max_results', '1', '1'), (20, 'list', 'max_results', '1000', '1000'),
	(21, 'list', 'max_results', '1001', '1001')) AS v (n, operation, name, what, value)
ORDER BY n;

--
-- ARNs
--

-- Every parameter that is an ARN: lengths, pattern, other kinds, one that does not exist.
CREATE TEMPORARY TABLE bad_arn (n serial, what text, value text);
INSERT INTO bad_arn (what, value) VALUES
	('empty', ''), ('4 characters', 'arn:'), ('5 characters', 'arn:x'),
	('200 characters', rpad('arn:aws:acm-pca:us-east-1:500000000001:certificate-authority/', 200, 'x')),
	('201 characters', rpad('arn:aws:acm-pca:us-east-1:500000000001:certificate-authority/', 201, 'x')),
	('200 of two octets', rpad('arn:aws:acm-pca:us-east-1:500000000001:certificate-authority/', 200, 'é')),
	('not an ARN', 'certificate-authority'),
	('another service', 'arn:aws:acm:us-east-1:500000000001:certificate/00000000-0000-4000-8000-000000000000'),
	('upper case',
		'ARN:aws:acm-pca:us-east-1:500000000001:certificate-authority/00000000-0000-4000-8000-000000000000'),
	('no partition',
		'arn::acm-pca:us-east-1:500000000001:certificate-authority/00000000-0000-4000-8000-000000000000'),
	('account that is not a number',
		'arn:aws:acm-pca:us-east-1:50000000000x:certificate-authority/00000000-0000-4000-8000-000000000000'),
	('character outside the pattern',
		'arn:aws:acm-pca:us-east-1:500000000001:certificate-authority/00000000-0000-4000-8000-00000000000*'),
	('newline at the end',
		E'arn:aws:acm-pca:us-east-1:500000000001:certificate-authority/00000000-0000-4000-8000-000000000000\n'),
	('space before',
		' arn:aws:acm-pca:us-east-1:500000000001:certificate-authority/00000000-0000-4000-8000-000000000000'),
	('slash at the end', 'arn:aws:acm-pca:us-east-1:500000000001:certificate-authority/'),
	('two slashes',
		'arn:aws:acm-pca:us-east-1:500000000001:certificate-authority//00000000-0000-4000-8000-000000000000'),
	('no resource', 'arn:aws:acm-pca:us-east-1:500000000001:'),
	('template', 'arn:aws:acm-pca:::template/EndEntityCertificate/V1'),
	('unknown kind', 'arn:aws:acm-pca:us-east-1:500000000001:authority/00000000-0000-4000-8000-000000000000'),
	('certificate of an unknown CA',
		'arn:aws:acm-pca:us-east-1:500000000001:certificate-authority/00000000-0000-4000-8000-000000000000'
			'/certificate/00000000000000000000000000000001'),
	('part of a certificate',
		'arn:aws:acm-pca:us-east-1:500000000001:certificate-authority/00000000-0000-4000-8000-000000000000'
			'/certificate/1/2'),
	('unknown CA',
		'arn:aws:acm-pca:us-east-1:500000000001:certificate-authority/00000000-0000-4000-8000-000000000000'),
	('CA that is not a UUID', 'arn:aws:acm-pca:us-east-1:500000000001:certificate-authority/x'),
	('this CA in another region', replace(:'root', 'us-east-1', 'us-east-2')),
	('this CA of another account', replace(:'root', '500000000001', '500000000002')),
	('this CA in another partition', replace(:'root', 'arn:aws:', 'arn:aws-cn:')),
	('this CA in upper case', left(:'root', -36) || upper(right(:'root', 36))),
	('this CA without hyphens', left(:'root', -36) || replace(right(:'root', 36), '-', ''));
SELECT a.name, what, pg_temp.call(a.operation, a.name, b.value)
FROM argument AS a, bad_arn AS b
WHERE (a.operation, a.name) IN (('describe', 'certificate_authority_arn'), ('issue', 'template_arn'),
	('get', 'certificate_arn'))
ORDER BY a.n, b.n;
-- The other operations report what describe reports; issue reports the template first, which
-- is of another partition.
SELECT a.operation, b.what, pg_temp.call(a.operation, a.name, b.value)
FROM argument AS a, bad_arn AS b
WHERE a.operation <> 'describe' AND a.name = 'certificate_authority_arn'
	AND pg_temp.call(a.operation, a.name, b.value) <> pg_temp.call('describe', a.name, b.value);

--
-- Structures
--

-- All nodes of the structures that the arguments above are.
CREATE TEMPORARY TABLE node AS
WITH RECURSIVE node (n, operation, parameter, path, value, ordinal) AS (
	SELECT a.n, a.operation, a.name, '{}'::text[], a.value::jsonb, ARRAY[]::bigint[]
	FROM argument AS a WHERE a.value LIKE '{%' OR a.value LIKE '[%'
	UNION ALL
	SELECT n.n, n.operation, n.parameter, n.path || c.key, c.value, n.ordinal || c.ordinal
	FROM node AS n, LATERAL (
		SELECT e.key, e.value, e.ordinal
		FROM jsonb_each(CASE WHEN jsonb_typeof(n.value) = 'object' THEN n.value
			ELSE '{}' END) WITH ORDINALITY AS e (key, value, ordinal)
		UNION ALL
		SELECT (e.ordinal - 1)::text, e.value, e.ordinal
		FROM jsonb_array_elements(CASE WHEN jsonb_typeof(n.value) = 'array' THEN n.value
			ELSE '[]' END) WITH ORDINALITY AS e (value, ordinal)) AS c)
SELECT * FROM node;
CREATE FUNCTION pg_temp.shown(parameter text, path text[]) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(array_to_string(parameter || path, '.'), '\.([0-9]+)', '[\1]', 'g')
$$;

-- A value of each wrong type, at every node: the error for some, and the check that it is the same for all.
SELECT jsonb_typeof(n.value) AS type, w.wrong, pg_temp.shown(n.parameter, n.path) AS path,
	pg_temp.call(n.operation, n.parameter, n.path, w.wrong)
FROM node AS n,
	(VALUES (1, 'string', '"x"'::jsonb), (2, 'number', '1'), (3, 'boolean', 'true'), (4, 'array', '[]'),
		(5, 'object', '{}')) AS w (m, type, wrong)
WHERE w.type <> jsonb_typeof(n.value) AND n.operation = 'create'
	AND (n.path = '{}'
		OR n.path[cardinality(n.path)] IN ('0', 'Key', 'ExpirationInDays', 'OmitExtension', 'PartyName', 'CRLSign'))
ORDER BY n.n, n.ordinal, w.m;
SELECT n.parameter, n.path, w.wrong, pg_temp.call(n.operation, n.parameter, n.path, w.wrong)
FROM node AS n,
	(VALUES ('string', '"x"'::jsonb), ('number', '1'), ('boolean', 'true'), ('array', '[]'),
		('object', '{}')) AS w (type, wrong)
WHERE w.type <> jsonb_typeof(n.value)
	AND pg_temp.call(n.operation, n.parameter, n.path, w.wrong)
		NOT LIKE 'PCVAL value of "' || pg_temp.shown(n.parameter, n.path) || '" has the wrong type | The value at '
			|| pg_temp.shown(n.parameter, n.path) || ' must be %.';
-- No fractions, and no number that does not fit.
SELECT path, value, pg_temp.call(operation, parameter, path::text[], value::jsonb)
FROM (VALUES (1, 'issue', 'validity', '{Value}', '1.5'), (3, 'issue', 'validity', '{Value}', '1e3'),
	(4, 'issue', 'validity', '{Value}', '9223372036854775808'),
	(5, 'issue', 'validity', '{Value}', '-9223372036854775809'),
	(6, 'create', 'revocation_configuration', '{CrlConfiguration,ExpirationInDays}',
		'1e400')) AS v (n, operation, parameter, path, value)
ORDER BY n;

-- A member that the structure does not have, at every structure, also one that differs in case only.
SELECT pg_temp.shown(n.parameter, n.path) AS path,
	pg_temp.call(n.operation, n.parameter, n.path || '{Unknown}', 'null')
FROM node AS n WHERE jsonb_typeof(n.value) = 'object' ORDER BY n.n, n.ordinal;
SELECT count(*),
	count(*) FILTER (WHERE pg_temp.call(n.operation, n.parameter, trim_array(n.path, 1) || m.member, n.value)
		LIKE 'PCVAL unrecognized member "' || m.member || '" | No member is defined at %') AS refused
FROM node AS n, LATERAL (SELECT lower(n.path[cardinality(n.path)])) AS m (member)
WHERE n.path[cardinality(n.path)] ~ '^[A-Z]';
SELECT pg_temp.call('create', 'certificate_authority_configuration', '{Subject,Comonname}', '"x"');
SELECT split_part(exception, ' | ', 1)
FROM pg_temp.call('create', 'certificate_authority_configuration', ARRAY['Subject', repeat('é', 100)],
	'"x"') AS c (exception);

-- A required member that is missing, or null.
SELECT pg_temp.shown(parameter, path_array) AS path, without.exception,
	without.exception = pg_temp.call(operation, parameter, path_array, 'null') AS null_too
FROM (VALUES
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,0,AccessLocation,OtherName,TypeId}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,0,AccessLocation,OtherName,Value}'),
	('create', 'certificate_authority_configuration', '{CsrExtensions,SubjectInformationAccess,0,AccessMethod}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,0,AccessLocation}'),
	('create', 'certificate_authority_configuration', '{CsrExtensions,SubjectInformationAccess,1,AccessMethod}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,1,AccessLocation}'),
	('create', 'certificate_authority_configuration', '{CsrExtensions,SubjectInformationAccess,2,AccessMethod}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,2,AccessLocation}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,3,AccessLocation,DirectoryName,CustomAttributes,0,
			ObjectIdentifier}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,3,AccessLocation,DirectoryName,CustomAttributes,0,Value}'),
	('create', 'certificate_authority_configuration', '{CsrExtensions,SubjectInformationAccess,3,AccessMethod}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,3,AccessLocation}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,4,AccessLocation,EdiPartyName,PartyName}'),
	('create', 'certificate_authority_configuration', '{CsrExtensions,SubjectInformationAccess,4,AccessMethod}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,4,AccessLocation}'),
	('create', 'certificate_authority_configuration', '{CsrExtensions,SubjectInformationAccess,5,AccessMethod}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,5,AccessLocation}'),
	('create', 'certificate_authority_configuration', '{CsrExtensions,SubjectInformationAccess,6,AccessMethod}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,6,AccessLocation}'),
	('create', 'certificate_authority_configuration', '{CsrExtensions,SubjectInformationAccess,7,AccessMethod}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,7,AccessLocation}'),
	('create', 'certificate_authority_configuration', '{KeyAlgorithm}'),
	('create', 'certificate_authority_configuration', '{SigningAlgorithm}'),
	('create', 'certificate_authority_configuration', '{Subject}'),
	('create', 'revocation_configuration',
		'{CrlConfiguration,CrlDistributionPointExtensionConfiguration,OmitExtension}'),
	('create', 'revocation_configuration', '{CrlConfiguration,Enabled}'),
	('create', 'revocation_configuration', '{OcspConfiguration,Enabled}'),
	('create', 'tags', '{0,Key}'),
	('issue', 'validity', '{Value}'),
	('issue', 'validity', '{Type}'),
	('issue', 'validity_not_before', '{Value}'),
	('issue', 'validity_not_before', '{Type}'),
	('issue', 'api_passthrough', '{Extensions,CertificatePolicies,0,PolicyQualifiers,0,Qualifier,CpsUri}'),
	('issue', 'api_passthrough', '{Extensions,CertificatePolicies,0,PolicyQualifiers,0,PolicyQualifierId}'),
	('issue', 'api_passthrough', '{Extensions,CertificatePolicies,0,PolicyQualifiers,0,Qualifier}'),
	('issue', 'api_passthrough', '{Extensions,CertificatePolicies,0,CertPolicyId}'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,0,OtherName,TypeId}'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,0,OtherName,Value}'),
	('issue', 'api_passthrough',
		'{Extensions,SubjectAlternativeNames,3,DirectoryName,CustomAttributes,0,ObjectIdentifier}'),
	('issue', 'api_passthrough',
		'{Extensions,SubjectAlternativeNames,3,DirectoryName,CustomAttributes,0,Value}'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,4,EdiPartyName,PartyName}'),
	('issue', 'api_passthrough', '{Extensions,CustomExtensions,0,ObjectIdentifier}'),
	('issue', 'api_passthrough', '{Extensions,CustomExtensions,0,Value}'),
	('issue', 'api_passthrough', '{Subject,CustomAttributes,0,ObjectIdentifier}'),
	('issue', 'api_passthrough', '{Subject,CustomAttributes,0,Value}')) AS v (operation, parameter, path),
	LATERAL (SELECT path::text[]) AS p (path_array),
	LATERAL (SELECT pg_temp.call(operation, parameter,
		(pg_temp.original(operation, parameter) #- path_array)::text)) AS without (exception);

-- Lengths of texts, in characters: one below the least, the least, the most, one above.
CREATE FUNCTION pg_temp.text_of(length int, sample text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN sample NOT IN ('oid', 'ip') THEN repeat(sample, length) WHEN length = 0 THEN ''
		WHEN sample = 'ip' THEN '2001:0db8:0000:0000:0000:0000:0000:0001' || repeat('0', length - 39)
		ELSE '1.2' || repeat('.1', (length - 3) / 2) || repeat('1', (length - 3) % 2) END
$$;
SELECT pg_temp.shown(parameter, path::text[]) AS path, length,
	pg_temp.call(operation, parameter, path::text[], to_jsonb(pg_temp.text_of(length, sample)))
FROM (VALUES
	('create', 'certificate_authority_configuration', '{Subject,Country}', 2, 2, 'U'),
	('create', 'certificate_authority_configuration', '{Subject,Organization}', 0, 64, 'é'),
	('create', 'certificate_authority_configuration', '{Subject,OrganizationalUnit}', 0, 64, 'é'),
	('create', 'certificate_authority_configuration', '{Subject,DistinguishedNameQualifier}', 0, 64, 'x'),
	('create', 'certificate_authority_configuration', '{Subject,State}', 0, 128, 'é'),
	('create', 'certificate_authority_configuration', '{Subject,CommonName}', 0, 64, 'é'),
	('create', 'certificate_authority_configuration', '{Subject,SerialNumber}', 0, 64, 'x'),
	('create', 'certificate_authority_configuration', '{Subject,Locality}', 0, 128, 'é'),
	('create', 'certificate_authority_configuration', '{Subject,Title}', 0, 64, 'é'),
	('create', 'certificate_authority_configuration', '{Subject,Surname}', 0, 40, 'é'),
	('create', 'certificate_authority_configuration', '{Subject,GivenName}', 0, 16, 'é'),
	('create', 'certificate_authority_configuration', '{Subject,Initials}', 0, 5, 'é'),
	('create', 'certificate_authority_configuration', '{Subject,Pseudonym}', 0, 128, 'é'),
	('create', 'certificate_authority_configuration', '{Subject,GenerationQualifier}', 0, 3, 'é'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,0,AccessLocation,OtherName,TypeId}', 0, 64, 'oid'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,0,AccessLocation,OtherName,Value}', 0, 256, 'é'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,1,AccessMethod,CustomObjectIdentifier}', 0, 64, 'oid'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,1,AccessLocation,Rfc822Name}', 0, 256, 'x'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,2,AccessMethod,CustomObjectIdentifier}', 0, 64, 'oid'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,2,AccessLocation,DnsName}', 0, 253, 'x'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,3,AccessMethod,CustomObjectIdentifier}', 0, 64, 'oid'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,3,AccessLocation,DirectoryName,CustomAttributes,0,
			ObjectIdentifier}',
		0, 64, 'oid'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,3,AccessLocation,DirectoryName,CustomAttributes,0,Value}', 1, 256,
		'é'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,4,AccessMethod,CustomObjectIdentifier}', 0, 64, 'oid'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,4,AccessLocation,EdiPartyName,PartyName}', 0, 256, 'é'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,4,AccessLocation,EdiPartyName,NameAssigner}', 0, 256, 'é'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,5,AccessMethod,CustomObjectIdentifier}', 0, 64, 'oid'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,5,AccessLocation,UniformResourceIdentifier}', 0, 253, 'x'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,6,AccessMethod,CustomObjectIdentifier}', 0, 64, 'oid'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,6,AccessLocation,IpAddress}', 0, 39, 'ip'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,7,AccessMethod,CustomObjectIdentifier}', 0, 64, 'oid'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,7,AccessLocation,RegisteredId}', 0, 64, 'oid'),
	('create', 'revocation_configuration', '{CrlConfiguration,CustomCname}', 0, 253, 'x'),
	('create', 'revocation_configuration', '{CrlConfiguration,S3BucketName}', 3, 255, 'b'),
	('create', 'revocation_configuration', '{CrlConfiguration,CustomPath}', 0, 253, 'x'),
	('create', 'revocation_configuration', '{OcspConfiguration,OcspCustomCname}', 0, 253, 'x'),
	('create', 'tags', '{0,Key}', 1, 128, 'x'),
	('create', 'tags', '{0,Value}', 0, 256, 'x'),
	('issue', 'api_passthrough', '{Extensions,CertificatePolicies,0,CertPolicyId}', 0, 64, 'oid'),
	('issue', 'api_passthrough', '{Extensions,CertificatePolicies,0,PolicyQualifiers,0,Qualifier,CpsUri}', 0,
		256, 'x'),
	('issue', 'api_passthrough', '{Extensions,ExtendedKeyUsage,1,ExtendedKeyUsageObjectIdentifier}', 0, 64,
		'oid'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,0,OtherName,TypeId}', 0, 64, 'oid'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,0,OtherName,Value}', 0, 256, 'é'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,1,Rfc822Name}', 0, 256, 'x'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,2,DnsName}', 0, 253, 'x'),
	('issue', 'api_passthrough',
		'{Extensions,SubjectAlternativeNames,3,DirectoryName,CustomAttributes,0,ObjectIdentifier}', 0, 64, 'oid'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,3,DirectoryName,CustomAttributes,0,Value}',
		1, 256, 'é'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,4,EdiPartyName,PartyName}', 0, 256, 'é'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,4,EdiPartyName,NameAssigner}', 0, 256,
		'é'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,5,UniformResourceIdentifier}', 0, 253,
		'x'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,6,IpAddress}', 0, 39, 'ip'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,7,RegisteredId}', 0, 64, 'oid'),
	('issue', 'api_passthrough', '{Extensions,CustomExtensions,0,ObjectIdentifier}', 0, 64, 'oid'),
	('issue', 'api_passthrough', '{Extensions,CustomExtensions,0,Value}', 1, 4096, 'A'),
	('issue', 'api_passthrough', '{Subject,CustomAttributes,0,ObjectIdentifier}', 0, 64, 'oid'),
	('issue', 'api_passthrough', '{Subject,CustomAttributes,0,Value}', 1, 256,
		'é')) AS v (operation, parameter, path, least, most, sample),
	unnest(CASE WHEN least = 0 THEN ARRAY[0, most, most + 1]
		WHEN least = most THEN ARRAY[least - 1, least, most + 1]
		ELSE ARRAY[least - 1, least, most, most + 1] END) WITH ORDINALITY AS l (length, n)
WHERE sample <> 'A';
-- Base64 comes in groups of four.
SELECT length,
	pg_temp.call('issue', 'api_passthrough', '{Extensions,CustomExtensions,0,Value}',
		to_jsonb(repeat('A', length)))
FROM (VALUES (0), (1), (3), (4), (4096), (4097), (4100)) AS l (length);

-- Elements of lists.
SELECT pg_temp.shown(parameter, path::text[]) AS path, count,
	pg_temp.call(operation, parameter, path::text[], to_jsonb(array_fill(element::jsonb, ARRAY[count])))
FROM (VALUES
	('create', 'certificate_authority_configuration', '{CsrExtensions,SubjectInformationAccess}', 0, NULL,
		'{"AccessMethod": {"AccessMethodType": "CA_REPOSITORY"},
			"AccessLocation": {"OtherName": {"TypeId": "1.2.3", "Value": "x"}}}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,3,AccessLocation,DirectoryName,CustomAttributes}', 1, 150,
		'{"ObjectIdentifier": "2.5.4.13", "Value": "x"}'),
	('create', 'tags', '{}', 1, 50, '{"Key": "k", "Value": "v"}'),
	('issue', 'api_passthrough', '{Extensions,CertificatePolicies}', 1, 20,
		'{"CertPolicyId": "1.2.3", "PolicyQualifiers": [{"PolicyQualifierId": "CPS",
			"Qualifier": {"CpsUri": "http://x"}}]}'),
	('issue', 'api_passthrough', '{Extensions,CertificatePolicies,0,PolicyQualifiers}', 1, 20,
		'{"PolicyQualifierId": "CPS", "Qualifier": {"CpsUri": "http://x"}}'),
	('issue', 'api_passthrough', '{Extensions,ExtendedKeyUsage}', 1, 20,
		'{"ExtendedKeyUsageType": "SERVER_AUTH"}'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames}', 1, 150,
		'{"OtherName": {"TypeId": "1.2.3", "Value": "x"}}'),
	('issue', 'api_passthrough', '{Extensions,SubjectAlternativeNames,3,DirectoryName,CustomAttributes}', 1, 150,
		'{"ObjectIdentifier": "2.5.4.13", "Value": "x"}'),
	('issue', 'api_passthrough', '{Extensions,CustomExtensions}', 1, 150,
		'{"ObjectIdentifier": "1.2.3", "Value": "BQA=", "Critical": false}'),
	('issue', 'api_passthrough', '{Subject,CustomAttributes}', 1, 150,
		'{"ObjectIdentifier": "2.5.4.13", "Value": "x"}')) AS v (operation, parameter, path, least, most, element),
	unnest(CASE WHEN least = 0 THEN ARRAY[0, 100] ELSE ARRAY[least - 1, least, most, most + 1] END) AS count;

-- Numbers.
SELECT pg_temp.shown(parameter, path::text[]) AS path, value,
	pg_temp.call(operation, parameter, path::text[], to_jsonb(value))
FROM (VALUES
	('create', 'revocation_configuration', '{CrlConfiguration,ExpirationInDays}', 1, 5000),
	('issue', 'validity', '{Value}', 1, NULL),
	('issue', 'validity_not_before', '{Value}', 1, NULL)) AS v (operation, parameter, path, least, most),
	unnest(array_remove(ARRAY[-9223372036854775808, -1, least - 1, least, most, most + 1], NULL)) AS value;

-- Words in structures: each of them, and no other.
SELECT pg_temp.shown(parameter, path::text[]) AS path, word,
	CASE WHEN word ~ '^(SM[23]|ML_)' THEN left(pg_temp.call(operation, parameter, path::text[], to_jsonb(word)),
		5)
	ELSE pg_temp.call(operation, parameter, path::text[], to_jsonb(word)) END AS call
FROM (VALUES
	('create', 'certificate_authority_configuration', '{KeyAlgorithm}',
		'{RSA_2048,RSA_3072,RSA_4096,EC_prime256v1,EC_secp384r1,EC_secp521r1,ML_DSA_44,ML_DSA_65,ML_DSA_87,SM2}'),
	('create', 'certificate_authority_configuration', '{SigningAlgorithm}',
		'{SHA256WITHECDSA,SHA384WITHECDSA,SHA512WITHECDSA,SHA256WITHRSA,SHA384WITHRSA,SHA512WITHRSA,
			SHA256WITHRSA_PSS,SHA384WITHRSA_PSS,SHA512WITHRSA_PSS,SM3WITHSM2,ML_DSA_44,ML_DSA_65,ML_DSA_87}'),
	('create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,0,AccessMethod,AccessMethodType}',
		'{CA_REPOSITORY,RESOURCE_PKI_MANIFEST,RESOURCE_PKI_NOTIFY}'),
	('create', 'revocation_configuration', '{CrlConfiguration,S3ObjectAcl}',
		'{PUBLIC_READ,BUCKET_OWNER_FULL_CONTROL}'),
	('create', 'revocation_configuration', '{CrlConfiguration,CrlType}', '{COMPLETE,PARTITIONED}'),
	('issue', 'validity', '{Type}', '{END_DATE,ABSOLUTE,DAYS,MONTHS,YEARS}'),
	('issue', 'validity_not_before', '{Type}', '{END_DATE,ABSOLUTE,DAYS,MONTHS,YEARS}'),
	('issue', 'api_passthrough', '{Extensions,CertificatePolicies,0,PolicyQualifiers,0,PolicyQualifierId}',
		'{CPS}'),
	('issue', 'api_passthrough', '{Extensions,ExtendedKeyUsage,0,ExtendedKeyUsageType}',
		'{SERVER_AUTH,CLIENT_AUTH,CODE_SIGNING,EMAIL_PROTECTION,TIME_STAMPING,OCSP_SIGNING,SMART_CARD_LOGIN,
			DOCUMENT_SIGNING,CERTIFICATE_TRANSPARENCY}')) AS v (operation, parameter, path, words),
	unnest(words::text[] || lower((words::text[])[1]) || ''::text) AS word;

-- As many as a list may have, when they differ.
SELECT pg_temp.call('create', 'tags',
	(SELECT jsonb_agg(jsonb_build_object('Key', 'k' || n)) FROM generate_series(1, 50) AS n)::text) AS tags,
	pg_temp.call('issue', 'api_passthrough', '{Extensions,CustomExtensions}',
		(SELECT jsonb_agg(jsonb_build_object('ObjectIdentifier', '1.2.3.' || n, 'Value', 'BQA='))
			FROM generate_series(1, 150) AS n)) AS extensions,
	pg_temp.call('issue', 'api_passthrough', '{Extensions,CertificatePolicies}',
		(SELECT jsonb_agg(jsonb_build_object('CertPolicyId', '1.2.3.' || n))
			FROM generate_series(1, 20) AS n)) AS policies;

-- Patterns.
SELECT pg_temp.shown(parameter, path::text[]) AS path, to_json(value) AS value,
	pg_temp.call(operation, parameter, path::text[], to_jsonb(value))
FROM (VALUES
	(1, 'create', 'certificate_authority_configuration', '{Subject,Country}',
		ARRAY['us', 'zZ', 'U1', 'U ', 'ÜÜ']),
	(2, 'create', 'certificate_authority_configuration', '{Subject,DistinguishedNameQualifier}',
		ARRAY['aZ09''()+,-./:=? ', '_', '*', '&', '@', '"', ';', 'é', E'a\nb']),
	(3, 'create', 'certificate_authority_configuration', '{Subject,SerialNumber}',
		ARRAY['aZ09''()+,-./:=? ', '_', '!']),
	(4, 'create', 'certificate_authority_configuration',
		'{CsrExtensions,SubjectInformationAccess,1,AccessMethod,CustomObjectIdentifier}',
		ARRAY['0.0', '0.9', '0.39', '1.39', '2.39', '1.2.0', '1.2.00', '1.2.18446744073709551616',
			'1.2.340282366920938463463374607431768211456', '1', '1.', '.1', '3.1', '1.40', '2.40', '2.100', '2.999.1',
			'1.2.', '1.2..3', '1.2.x', '1.-2', '1.2 ', E'1.2\n']),
	(5, 'create', 'revocation_configuration', '{CrlConfiguration,CustomCname}',
		ARRAY['a-Z09;/?:@&=+$,%_.!~*()''', 'a b', 'a\b', 'é', '#', '<', '"', '[::1]', E'a\n']),
	(6, 'create', 'revocation_configuration', '{OcspConfiguration,OcspCustomCname}',
		ARRAY['a-Z09;/?:@&=+$,%_.!~*()''', 'a b', 'é', '|', 'http://x']),
	(7, 'create', 'revocation_configuration', '{CrlConfiguration,CustomPath}',
		ARRAY['/', 'a', 'a/b', 'a/b/c', 'a-Z09;?:@&=+$,%_.!~*()''/b', '', '/a', 'a/', 'a//b', '//', 'é', 'a b',
			E'a\n']),
	(8, 'create', 'revocation_configuration', '{CrlConfiguration,S3BucketName}',
		ARRAY['abc', 'a-b.c', 'a_b', 'a/b', 'ABC', 'a b', 'é..', '-ab', E'abc\n']),
	(9, 'create', 'tags', '{0,Key}',
		ARRAY['aZ09 _.:/=+-@', 'é', '日本語', 'Ⅷ', '²', '½', '٣', ' ', U&'\2003', U&'\00A0', U&'\202F',
			U&'\2028', 'a%', E'a\tb', E'a\nb', 'a;b', U&'\0301', '€', U&'a\200Bb', '😀']),
	(10, 'create', 'tags', '{0,Value}', ARRAY['', 'aZ09 _.:/=+-@', 'é', '²', '%', '*']),
	(11, 'issue', 'api_passthrough', '{Extensions,CustomExtensions,0,Value}',
		ARRAY['BQA=', 'BQAA', 'BQB=', 'BQA', 'BQA==', 'B=A=', '====', E'BQA=\n', E'BQ\nA=', 'BQA-',
			'BQA ='])) AS v (n, operation, parameter, path, texts),
	unnest(texts) WITH ORDINALITY AS t (value, m)
ORDER BY v.n, t.m;

-- Nothing of this stayed.
SELECT count(*) FROM pca.certificate_authorities;
