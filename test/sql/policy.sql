-- PutPolicy, GetPolicy, DeletePolicy, and what a policy decides for another
-- account.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
\set csr `cat test/fixtures/csr/good/ec-p256-sha256.pem`
\set owner 120000000001
\set tenant 120000000002
SET pca.account_id = :'owner';
SELECT pca_create_certificate_authority(pg_temp.configuration('Shared'), 'ROOT',
	tags => '[{"Key": "k"}]') AS shared \gset
CALL pg_temp.activate_root(:'shared');
SELECT pca_issue_certificate(:'shared', :'csr', 'SHA256WITHECDSA',
	'{"Value": 1, "Type": "DAYS"}') AS issued \gset

-- A document as the service wants it, for an account or "*" and an organization.
CREATE FUNCTION pg_temp.policy(authority text, principal jsonb, template text DEFAULT 'EndEntityCertificate',
	revocation boolean DEFAULT false, organization jsonb DEFAULT '{}', other jsonb DEFAULT '{}')
RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('Version', '2012-10-17', 'Statement', jsonb_agg(s.members
		|| jsonb_build_object('Effect', 'Allow', 'Principal', principal, 'Resource', authority)
		|| CASE s.equals WHEN '{}' THEN '{}'
			ELSE jsonb_build_object('Condition', jsonb_build_object('StringEquals', s.equals) || other) END
		ORDER BY s.n))
	FROM format('arn:%s:acm-pca:::template/%s/V1', split_part(authority, ':', 2), template) AS t (arn),
		LATERAL (VALUES
			(1, '{"Sid": "1", "Action": ["acm-pca:DescribeCertificateAuthority", "acm-pca:GetCertificate",
				"acm-pca:GetCertificateAuthorityCertificate", "acm-pca:ListPermissions",
				"acm-pca:ListTags"]}'::jsonb, organization),
			(2, '{"Sid": "1", "Action": "acm-pca:IssueCertificate"}',
				organization || jsonb_build_object('acm-pca:TemplateArn', t.arn)),
			(3, '{"Action": "acm-pca:RevokeCertificate"}', organization)) AS s (n, members, equals)
	WHERE s.n <= 2 OR revocation
$$;
SELECT jsonb_pretty(pg_temp.policy('CA', '{"AWS": "120000000002"}'));
SELECT jsonb_pretty(pg_temp.policy('CA', '"*"', revocation => true,
	organization => '{"aws:PrincipalOrgID": "o-abcdefghij"}',
	other => '{"StringNotEquals": {"aws:PrincipalAccount": "120000000001"}}'));

--
-- What is accepted
--

-- What is stored of it: the accounts with the capitals of what they may do, DCA for
-- DescribeCertificateAuthority.
CREATE FUNCTION pg_temp.put(authority text, document text, OUT exception text, OUT is_same boolean,
	OUT grants text)
LANGUAGE plpgsql AS $$
BEGIN
	exception := pg_temp.exception(format('SELECT pca_put_policy(%L, %L)', authority, document));
	IF exception = 'no exception' THEN
		PERFORM pca_put_policy(authority, document);
		is_same := convert_to(pca_get_policy(authority), 'UTF8') = convert_to(document, 'UTF8');
		SELECT string_agg(g.account_id || g.actions, ', ' ORDER BY g.account_id) INTO grants
		FROM (SELECT g.account_id,
			string_agg(' ' || regexp_replace(g.action, '[a-z]', '', 'g')
				|| coalesce('(' || nullif(replace(g.template, '/V1', ''), '') || ')', ''),
				'' ORDER BY g.action COLLATE "C", g.template COLLATE "C") AS actions
			FROM pca.policy_grant AS g JOIN pca.certificate_authority AS a ON a.id = g.authority_id
			WHERE a.arn = authority GROUP BY g.account_id) AS g;
	END IF;
END
$$;
-- Each template that may be shared, for an account.
SELECT v.template, p.*
FROM (VALUES (1, 'EndEntityCertificate'), (2, 'EndEntityClientAuthCertificate'),
	(3, 'EndEntityServerAuthCertificate'), (4, 'BlankEndEntityCertificate_APIPassthrough'),
	(5, 'BlankEndEntityCertificate_APICSRPassthrough'),
	(6, 'SubordinateCACertificate_PathLen0')) AS v (n, template),
	pg_temp.put(:'shared', pg_temp.policy(:'shared', '{"AWS": "120000000002"}', v.template)::text) AS p
ORDER BY v.n;
-- From here on without the warning for the Blank ones.
SET client_min_messages = error;
-- The forms of a principal, organizations, and a third statement that allows revocation.
SELECT v.what, p.*
FROM pg_temp.policy(:'shared', '{"AWS": "120000000002"}') AS d (d), LATERAL (VALUES
	(1, 'account', pg_temp.policy(:'shared', '{"AWS": "120000000002"}')::text),
	(2, 'list of one account', pg_temp.policy(:'shared', '{"AWS": ["120000000002"]}')::text),
	(3, 'ARN of an account', pg_temp.policy(:'shared', '{"AWS": "arn:aws:iam::120000000002:root"}')::text),
	(4, 'the owner', pg_temp.policy(:'shared', '{"AWS": "120000000001"}')::text),
	(5, 'organization',
		pg_temp.policy(:'shared', '"*"', organization => '{"aws:PrincipalOrgID": "o-abcdefghij"}')::text),
	(6, 'organization, other form',
		pg_temp.policy(:'shared', '{"AWS": "*"}',
			organization => '{"aws:PrincipalOrgID": ["o-abcdefghij"]}')::text),
	(7, 'organization except the owner',
		pg_temp.policy(:'shared', '"*"', organization => '{"aws:PrincipalOrgID": "o-abcdefghij"}',
			other => '{"StringNotEquals": {"aws:PrincipalAccount": "120000000001"}}')::text),
	(8, 'revocation', pg_temp.policy(:'shared', '{"AWS": "120000000002"}', revocation => true)::text),
	(9, 'revocation for an organization',
		pg_temp.policy(:'shared', '"*"', revocation => true,
			organization => '{"aws:PrincipalOrgID": "o-abcdefghij"}')::text),
	(10, 'statements in reverse order',
		jsonb_set(d.d, '{Statement}', jsonb_build_array(d.d #> '{Statement,1}', d.d #> '{Statement,0}'))::text),
	(11, 'actions in another order',
		jsonb_set(d.d, '{Statement,0,Action}',
			'["acm-pca:ListTags", "acm-pca:GetCertificateAuthorityCertificate", "acm-pca:DescribeCertificateAuthority",
				"acm-pca:ListPermissions", "acm-pca:GetCertificate"]')::text),
	(12, 'lists of one',
		jsonb_set(jsonb_set(jsonb_set(d.d, '{Statement,1,Action}', '["acm-pca:IssueCertificate"]'),
			'{Statement,0,Resource}', jsonb_build_array(:'shared')),
			'{Statement,1,Condition,StringEquals,acm-pca:TemplateArn}',
			'["arn:aws:acm-pca:::template/EndEntityCertificate/V1"]')::text),
	(13, 'no Sid', (d.d #- '{Statement,0,Sid}' #- '{Statement,1,Sid}')::text),
	(14, 'Id', (d.d || '{"Id": "policy"}')::text),
	(15, 'no Version', (d.d - 'Version')::text)) AS v (n, what, document),
	pg_temp.put(:'shared', v.document) AS p
ORDER BY v.n;

-- Any statements for any accounts. A statement as the resource-sharing service makes one.
CREATE FUNCTION pg_temp.allow(authority text, accounts text, actions text, templates text DEFAULT NULL)
RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('Effect', 'Allow',
		'Principal', jsonb_build_object('AWS', string_to_array(accounts, ' ')), 'Resource', authority,
		'Action', (SELECT jsonb_agg('acm-pca:' || a.action) FROM string_to_table(actions, ' ') AS a (action)))
		|| CASE WHEN templates IS NULL THEN '{}' ELSE jsonb_build_object('Condition',
			jsonb_build_object('StringEquals', jsonb_build_object('acm-pca:TemplateArn',
				(SELECT jsonb_agg(format('arn:aws:acm-pca:::template/%s/V1', t.template))
				FROM string_to_table(templates, ' ') AS t (template))))) END
$$;
SELECT policy AS organization
FROM pg_temp.policy(:'shared', '"*"',
	organization => '{"aws:PrincipalOrgID": "o-abcdefghij"}') AS policy \gset
CREATE FUNCTION pg_temp.allows(VARIADIC statements jsonb[]) RETURNS text LANGUAGE sql AS $$
	SELECT jsonb_build_object('Version', '2012-10-17', 'Statement', to_jsonb(statements))::text
$$;
SELECT 'DescribeCertificateAuthority GetCertificate GetCertificateAuthorityCertificate '
	'ListPermissions ListTags IssueCertificate RevokeCertificate' AS all \gset
\set one 120000000002
\set two 120000000003
-- Each action by itself, and each with each other one: 28 documents.
SELECT a.action, b.action AS and, p.exception, p.is_same, p.grants
FROM string_to_table(:'all', ' ') WITH ORDINALITY AS a (action, n),
	string_to_table(:'all', ' ') WITH ORDINALITY AS b (action, n),
	pg_temp.put(:'shared',
		pg_temp.allows(pg_temp.allow(:'shared', :'one',
			a.action || CASE WHEN a.n = b.n THEN '' ELSE ' ' || b.action END))) AS p
WHERE a.n <= b.n ORDER BY a.n, b.n;
SELECT v.what, p.*
FROM pg_temp.allow(:'shared', :'one', 'GetCertificate') AS get (s),
	pg_temp.allow(:'shared', :'one', 'IssueCertificate', 'EndEntityCertificate') AS issue (s),
	(SELECT :'organization'::jsonb) AS o (d), LATERAL (VALUES
	(1, 'all seven, no condition', pg_temp.allows(pg_temp.allow(:'shared', :'one', :'all'))),
	(2, 'two accounts in one statement',
		pg_temp.allows(pg_temp.allow(:'shared', :'one' || ' arn:aws:iam::' || :'two' || ':root',
			'GetCertificate ListTags'))),
	(3, 'an account twice',
		pg_temp.allows(pg_temp.allow(:'shared', :'one' || ' ' || :'one' || ' arn:aws:iam::' || :'one' || ':root',
			'GetCertificate'))),
	(4, 'two accounts, a statement each',
		pg_temp.allows(get.s, pg_temp.allow(:'shared', :'two', 'RevokeCertificate IssueCertificate'))),
	(5, 'two accounts, two templates',
		pg_temp.allows(pg_temp.allow(:'shared', :'one', 'IssueCertificate', 'EndEntityServerAuthCertificate'),
			pg_temp.allow(:'shared', :'two', 'IssueCertificate', 'EndEntityClientAuthCertificate'))),
	(6, 'two templates, a statement each',
		pg_temp.allows(issue.s,
			pg_temp.allow(:'shared', :'one', 'IssueCertificate', 'SubordinateCACertificate_PathLen0'))),
	(7, 'two templates in a condition',
		pg_temp.allows(pg_temp.allow(:'shared', :'one', 'IssueCertificate',
			'EndEntityServerAuthCertificate BlankEndEntityCertificate_APIPassthrough'))),
	(8, 'with a condition and without',
		pg_temp.allows(pg_temp.allow(:'shared', :'one', 'IssueCertificate', 'EndEntityServerAuthCertificate'),
			pg_temp.allow(:'shared', :'one', 'IssueCertificate'))),
	(9, 'the same twice', pg_temp.allows(get.s, issue.s, get.s, issue.s)),
	(10, 'an action often',
		pg_temp.allows(pg_temp.allow(:'shared', :'one', repeat('ListTags ', 3000) || 'IssueCertificate'))),
	(15, 'a template often',
		pg_temp.allows(pg_temp.allow(:'shared', :'one', 'IssueCertificate IssueCertificate',
			repeat('EndEntityServerAuthCertificate ', 900) || 'EndEntityServerAuthCertificate'))),
	(11, 'an organization and an account',
		pg_temp.allows(get.s, o.d #> '{Statement,0}', o.d #> '{Statement,1}')),
	(12, 'two organizations',
		pg_temp.allows(o.d #> '{Statement,0}',
			jsonb_set(o.d #> '{Statement,0}', '{Condition,StringEquals,aws:PrincipalOrgID}', '"o-abcdefghik"'))),
	(13, 'an organization, all seven',
		pg_temp.allows(jsonb_set(o.d #> '{Statement,0}', '{Action}', pg_temp.allow('', '', :'all') -> 'Action'))),
	(14, 'the owner and an account',
		pg_temp.allows(pg_temp.allow(:'shared', :'one' || ' ' || :'owner',
			'GetCertificate')))) AS v (n, what, document),
	pg_temp.put(:'shared', v.document) AS p
ORDER BY v.n;
-- What is repeated is stored once: half a document of accounts, the other half of one action.
SELECT p.exception, p.is_same
FROM (SELECT pg_temp.allows(pg_temp.allow(:'shared',
	(SELECT string_agg((130000000000 + n)::text, ' ' ORDER BY n) FROM generate_series(1, 2500) AS n),
	repeat('ListTags ', 1700) || 'ListTags'))) AS v (document),
	LATERAL pg_temp.put(:'shared', v.document) AS p;
SELECT count(*) FROM pca.policy_grant;
-- As many accounts as fit in a document.
SELECT length(v.document) AS length, p.exception, p.is_same
FROM (SELECT pg_temp.allows(pg_temp.allow(:'shared',
	(SELECT string_agg((130000000000 + n)::text, ' ' ORDER BY n) FROM generate_series(1, 5000) AS n),
	'GetCertificate ListTags'))) AS v (document),
	LATERAL pg_temp.put(:'shared', v.document) AS p;
SELECT count(*), count(DISTINCT account_id) AS accounts, min(account_id), max(account_id)
FROM pca.policy_grant;

-- Byte for byte: white space, the order of members, every character that the pattern has.
SELECT v.what, length(v.document) AS length, p.exception, p.is_same
FROM (VALUES (1, 'pretty', jsonb_pretty(pg_temp.policy(:'shared', '{"AWS": "120000000002"}'))),
	(2, 'white space', E'\t\r\n ' || pg_temp.policy(:'shared', '{"AWS": "120000000002"}')::text || E'\n\n\t '),
	(3, 'Latin-1',
		jsonb_set(pg_temp.policy(:'shared', '{"AWS": "120000000002"}'), '{Statement,0,Sid}', '"é ÿ ~"')::text),
	(4, 'escapes',
		replace(pg_temp.policy(:'shared', '{"AWS": "120000000002"}')::text, '"Allow"', '"\u0041llow"')),
	(5, '81920 characters', rpad(pg_temp.policy(:'shared', '{"AWS": "120000000002"}')::text, 81920, ' ')),
	(6, '81920 characters of two octets',
		regexp_replace(pg_temp.policy(:'shared', '{"AWS": "120000000002"}')::text, '"Sid": "1"',
			'"Sid": "' || repeat('é', 81920 - length(pg_temp.policy(:'shared', '{"AWS": "120000000002"}')::text) + 1)
				|| '"'))) AS v (n, what, document),
	LATERAL pg_temp.put(:'shared', v.document) AS p
ORDER BY v.n;

--
-- What is refused
--

SELECT pca_put_policy(:'shared', pg_temp.policy(:'shared', '{"AWS": "120000000002"}')::text);
SELECT pca_get_policy(:'shared') AS kept \gset
SELECT policy AS refused FROM pg_temp.policy(:'shared', '{"AWS": "120000000002"}') AS policy \gset
CREATE TEMPORARY TABLE refused (n serial, what text, document text);
-- The text and the document.
INSERT INTO refused (what, document) VALUES
	('not JSON', 'x'), ('JSON that ends early', left(:'refused', -1)), ('JSON and more', :'refused' || '}'),
	('white space alone', ' '), ('an invalid character', replace(:'refused', '"Allow"', '"\ud800"')),
	('U+0000', replace(:'refused', '"Sid": "1"', '"Sid": "\u0000"')),
	('a number out of range', replace(:'refused', '"2012-10-17"', '1e999999')),
	('text', '"text"'), ('null', 'null'), ('list', '[]'), ('empty', '{}'),
	('no statement', '{"Version": "2012-10-17", "Statement": []}'),
	('one statement, not in a list',
		jsonb_set(:'refused', '{Statement}', :'refused'::jsonb #> '{Statement,0}')::text),
	('another member', (:'refused'::jsonb || '{"Comment": "x"}')::text),
	('other case', replace(:'refused', '"Statement"', '"statement"'));
-- The statements.
INSERT INTO refused (what, document)
SELECT what, jsonb_set(:'refused', '{Statement}', statements)::text
FROM (SELECT :'refused'::jsonb #> '{Statement,0}' AS reading,
	:'refused'::jsonb #> '{Statement,1}' AS issue) AS s,
	LATERAL (VALUES (6, 'a text', jsonb_build_array(reading, issue, 'x')),
		(7, 'null', jsonb_build_array(reading, issue, NULL)),
		(8, 'nothing', jsonb_build_array(reading, issue, '{}'::jsonb)),
		(9, 'all seven with a template',
			jsonb_build_array(pg_temp.allow(:'shared', :'one', :'all', 'EndEntityCertificate'))),
		(10, 'revocation with a template',
			jsonb_build_array(reading, issue, jsonb_set(issue, '{Action}', '"acm-pca:RevokeCertificate"'))),
		(11, 'another action',
			jsonb_build_array(reading, issue, jsonb_set(reading, '{Action}', '"acm-pca:GetCertificateAuthorityCsr"'))),
		(12, 'a management action',
			jsonb_build_array(reading, issue,
				jsonb_set(reading, '{Action}', '"acm-pca:DeleteCertificateAuthority"')))) AS v (n, what, statements)
ORDER BY n;
-- The members of one statement.
INSERT INTO refused (what, document)
SELECT what, jsonb_set(:'refused', path::text[], value::jsonb)::text
FROM (VALUES
	(1, 'Deny of another account', '{Statement,0,Effect}', '"Deny"'),
	(2, 'effect, other case', '{Statement,0,Effect}', '"allow"'),
	(3, 'effect, null', '{Statement,1,Effect}', 'null'),
	(5, 'NotPrincipal', '{Statement,0,NotPrincipal}', '{"AWS": "120000000001"}'),
	(6, 'NotAction', '{Statement,0,NotAction}', '[]'), (7, 'NotResource', '{Statement,1,NotResource}', '"x"'),
	(10, 'principal, everyone in one', '{Statement,1,Principal}', '"*"'),
	(11, 'principal, two, one of them everyone', '{Statement,0,Principal}', '{"AWS": ["120000000002", "*"]}'),
	(9, 'principal, two, one of them a role', '{Statement,0,Principal}',
		'{"AWS": ["120000000002", "arn:aws:iam::120000000003:role/x"]}'),
	(8, 'principal, two, one of them a number', '{Statement,0,Principal}',
		'{"AWS": ["120000000002", 120000000003]}'),
	(4, 'principal, a list in a list', '{Statement,0,Principal}', '{"AWS": [["120000000002"]]}'),
	(12, 'principal, no account', '{Statement,0,Principal}', '{"AWS": []}'),
	(13, 'principal, a role', '{Statement,0,Principal}', '{"AWS": "arn:aws:iam::120000000002:role/x"}'),
	(14, 'principal, a user', '{Statement,0,Principal}', '{"AWS": "arn:aws:iam::120000000002:user/x"}'),
	(15, 'principal, a service', '{Statement,0,Principal}', '{"Service": "acm.amazonaws.com"}'),
	(16, 'principal, two kinds', '{Statement,0,Principal}',
		'{"AWS": "120000000002", "Service": "acm.amazonaws.com"}'),
	(17, 'principal, 11 digits', '{Statement,0,Principal}', '{"AWS": "12000000000"}'),
	(18, 'principal, 13 digits', '{Statement,0,Principal}', '{"AWS": "1200000000022"}'),
	(19, 'principal, a number', '{Statement,0,Principal}', '{"AWS": 120000000002}'),
	(20, 'principal, text', '{Statement,0,Principal}', '"120000000002"'),
	(21, 'principal, null', '{Statement,0,Principal}', 'null'),
	(22, 'principal, a pattern', '{Statement,0,Principal}', '{"AWS": "1200000000*"}'),
	(23, 'principal, ARN without an account', '{Statement,0,Principal}',
		'{"AWS": "arn:aws:iam::12000000000x:root"}'),
	(24, 'principal, ARN and more', '{Statement,0,Principal}', '{"AWS": "arn:aws:iam::120000000002:root/x"}'),
	(26, 'resource, everything', '{Statement,0,Resource}', '"*"'),
	(27, 'resource, two', '{Statement,0,Resource}', '["x", "y"]'),
	(28, 'resource, null', '{Statement,1,Resource}', 'null'),
	(29, 'resource, another authority', '{Statement,1,Resource}',
		'"arn:aws:acm-pca:us-east-1:120000000001:certificate-authority/00000000-0000-4000-8000-000000000000"'),
	(30, 'action, none', '{Statement,0,Action}', '[]'),
	(31, 'action, one too many', '{Statement,0,Action,5}', '"acm-pca:GetPolicy"'),
	(32, 'action, one a number', '{Statement,0,Action,4}', '5'),
	(33, 'action, everything', '{Statement,0,Action}', '"*"'),
	(34, 'action, everything of the service', '{Statement,0,Action}', '"acm-pca:*"'),
	(35, 'action, a number', '{Statement,0,Action}', '5'),
	(36, 'action, other case', '{Statement,1,Action}', '"acm-pca:issuecertificate"'),
	(37, 'action, without service', '{Statement,1,Action}', '"IssueCertificate"'),
	(38, 'action, issuing and reading', '{Statement,1,Action}',
		'["acm-pca:IssueCertificate", "acm-pca:GetCertificate"]'),
	(39, 'condition on reading', '{Statement,0,Condition}',
		'{"StringEquals": {"acm-pca:TemplateArn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1"}}'),
	(40, 'condition on reading, an organization', '{Statement,0,Condition}',
		'{"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}'),
	(41, 'condition, empty', '{Statement,0,Condition}', '{}'),
	(42, 'condition, null', '{Statement,1,Condition}', 'null'),
	(43, 'condition, a list', '{Statement,1,Condition}', '[]'),
	(44, 'condition, empty operator', '{Statement,1,Condition}', '{"StringEquals": {}}'),
	(45, 'condition, another operator', '{Statement,1,Condition}',
		'{"StringLike": {"acm-pca:TemplateArn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1"}}'),
	(46, 'condition, another key', '{Statement,1,Condition,StringEquals,aws:SourceIp}', '"192.0.2.1"'),
	(47, 'condition, another operator too', '{Statement,1,Condition,Bool}', '{"aws:SecureTransport": "true"}'),
	(48, 'condition, an organization for an account', '{Statement,1,Condition,StringEquals,aws:PrincipalOrgID}',
		'"o-abcdefghij"'),
	(49, 'condition, not the owner for an account', '{Statement,1,Condition,StringNotEquals}',
		'{"aws:PrincipalAccount": "120000000001"}'),
	(50, 'template, null', '{Statement,1,Condition,StringEquals,acm-pca:TemplateArn}', 'null'),
	(51, 'template, two, one that may not be shared', '{Statement,1,Condition,StringEquals,acm-pca:TemplateArn}',
		'["arn:aws:acm-pca:::template/EndEntityCertificate/V1",
			"arn:aws:acm-pca:::template/CodeSigningCertificate/V1"]'),
	(59, 'template, none', '{Statement,1,Condition,StringEquals,acm-pca:TemplateArn}', '[]'),
	(52, 'template that may not be shared', '{Statement,1,Condition,StringEquals,acm-pca:TemplateArn}',
		'"arn:aws:acm-pca:::template/CodeSigningCertificate/V1"'),
	(53, 'template of a root', '{Statement,1,Condition,StringEquals,acm-pca:TemplateArn}',
		'"arn:aws:acm-pca:::template/RootCACertificate/V1"'),
	(54, 'template, longer path', '{Statement,1,Condition,StringEquals,acm-pca:TemplateArn}',
		'"arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen1/V1"'),
	(55, 'template with passthrough', '{Statement,1,Condition,StringEquals,acm-pca:TemplateArn}',
		'"arn:aws:acm-pca:::template/EndEntityCertificate_CSRPassthrough/V1"'),
	(56, 'template of another partition', '{Statement,1,Condition,StringEquals,acm-pca:TemplateArn}',
		'"arn:aws-cn:acm-pca:::template/EndEntityCertificate/V1"'),
	(57, 'template, a pattern', '{Statement,1,Condition,StringEquals,acm-pca:TemplateArn}',
		'"arn:aws:acm-pca:::template/*"'),
	(58, 'template, V2', '{Statement,1,Condition,StringEquals,acm-pca:TemplateArn}',
		'"arn:aws:acm-pca:::template/EndEntityCertificate/V2"')) AS v (n, what, path, value)
ORDER BY n;
-- What is missing.
INSERT INTO refused (what, document)
SELECT what, (:'refused'::jsonb #- path::text[])::text
FROM (VALUES (1, 'no effect', '{Statement,0,Effect}'), (2, 'no principal', '{Statement,0,Principal}'),
	(3, 'no action', '{Statement,0,Action}'), (4, 'no resource', '{Statement,1,Resource}'),
	(6, 'statements that are not in a list', '{Statement}')) AS v (n, what, path) ORDER BY n;
-- Organizations.
INSERT INTO refused (what, document)
SELECT what, jsonb_set(:'organization', path::text[], value::jsonb)::text
FROM (VALUES (1, 'everyone, of no organization', '{Statement,0,Condition}', '{"StringEquals": {}}'),
	(2, 'an organization, a number', '{Statement,0,Condition,StringEquals,aws:PrincipalOrgID}', '5'),
	(3, 'two organizations', '{Statement,0,Condition,StringEquals,aws:PrincipalOrgID}',
		'["o-abcdefghij", "o-abcdefghik"]'),
	(5, 'not, an account other than the owner', '{Statement,0,Condition,StringNotEquals}',
		'{"aws:PrincipalAccount": "120000000002"}'),
	(6, 'not, another key', '{Statement,0,Condition,StringNotEquals}',
		'{"aws:PrincipalArn": "120000000001"}'),
	(7, 'not, empty', '{Statement,0,Condition,StringNotEquals}', '{}'),
	(8, 'everyone, without a condition', '{Statement,0,Condition}', 'null'),
	(9, 'everyone may issue', '{Statement,1,Condition,StringEquals}',
		'{"acm-pca:TemplateArn": "arn:aws:acm-pca:::template/EndEntityCertificate/V1"}')
	) AS v (n, what, path, value)
ORDER BY n;
INSERT INTO refused (what, document)
VALUES ('everyone, no condition', (:'organization'::jsonb #- '{Statement,0,Condition}')::text);
SELECT r.what, left(x.exception, 5),
	CASE WHEN x.exception LIKE '%invalid resource policy%' THEN
		replace(split_part(x.exception, ' | ', 2), 'The document at policy is not accepted: ', '') END AS reason
FROM refused AS r,
	pg_temp.exception(format('SELECT pca_put_policy(%L, %L)', :'shared', r.document)) AS x (exception)
ORDER BY r.n;
SELECT pg_temp.exception(format('SELECT pca_put_policy(%L, %L)', :'shared', '{}'));
-- What would decide the same, or only looks the same, is not that structure either.
SELECT v.what, left(pg_temp.exception(format('SELECT pca_put_policy(%L, %L)', :'shared', v.document)), 5)
FROM (VALUES (1, 'deeply nested', repeat('[', 40000)),
	(2, 'deeply nested, complete', repeat('[', 20000) || repeat(']', 20000)),
	(3, 'another version', jsonb_set(:'refused', '{Version}', '"2012-10-18"')::text),
	(4, 'version, a number', jsonb_set(:'refused', '{Version}', '2012')::text),
	(5, 'Id, a list', (:'refused'::jsonb || '{"Id": []}')::text),
	(6, 'Sid, a number', jsonb_set(:'refused', '{Statement,0,Sid}', '1')::text),
	(7, 'a member twice', replace(:'refused', '"Effect": "Allow"', '"Effect": "Deny", "Effect": "Allow"')),
	(8, 'two lists of statements',
		left(:'refused', -1) || ', "Statement": ' || (:'refused'::jsonb -> 'Statement') || '}'),
	(9, 'effect, a list', jsonb_set(:'refused', '{Statement,1,Effect}', '["Allow"]')::text),
	(10, 'an empty condition on reading',
		jsonb_set(:'refused', '{Statement,0,Condition}', '{"StringEquals": {}}')::text),
	(11, 'an account of another partition',
		jsonb_set(:'refused', '{Statement,0,Principal}', '{"AWS": "arn:aws-cn:iam::120000000002:root"}')::text),
	(12, 'the five, each in a list of its own',
		jsonb_set(:'refused', '{Statement,0,Action}',
			'[["acm-pca:GetCertificate"], ["acm-pca:ListTags"]]')::text)) AS v (n, what, document)
ORDER BY v.n;
-- What takes something away from the owner, or from everyone.
SELECT v.what, pg_temp.exception(format('SELECT pca_put_policy(%L, %L)', :'shared', v.document))
FROM (VALUES (1, 'everyone', jsonb_set(:'organization', '{Statement,0,Effect}', '"Deny"')),
	(2, 'everyone, other form',
		jsonb_set(jsonb_set(:'organization', '{Statement,1,Effect}', '"Deny"'), '{Statement,1,Principal}',
			'{"AWS": "*"}')),
	(3, 'the owner',
		jsonb_set(pg_temp.policy(:'shared', '{"AWS": "120000000001"}'), '{Statement,0,Effect}', '"Deny"')),
	(4, 'the owner by ARN',
		jsonb_set(pg_temp.policy(:'shared', '{"AWS": "arn:aws:iam::120000000001:root"}'), '{Statement,1,Effect}',
			'"Deny"')),
	(6, 'the owner among others',
		jsonb_set(pg_temp.policy(:'shared', '{"AWS": ["120000000002", "120000000001"]}'), '{Statement,0,Effect}',
			'"Deny"')),
	(7, 'everyone among others',
		jsonb_set(pg_temp.policy(:'shared', '{"AWS": ["120000000002", "*"]}'), '{Statement,0,Effect}', '"Deny"')),
	(5, 'the owner, in one more statement',
		jsonb_set(:'refused', '{Statement,2}',
			'{"Effect": "Deny", "Principal": {"AWS": "120000000001"}, "Action": "acm-pca:DeletePolicy",
				"Resource": "*"}'))) AS v (n, what, document)
ORDER BY v.n;
-- Bounds of the text.
SELECT v.what, pg_temp.exception(format('SELECT pca_put_policy(%L, %L)', :'shared', v.document))
FROM (VALUES (1, 'NULL', NULL), (2, 'empty', ''), (3, '81921 characters', rpad(:'refused', 81921, ' ')),
	(4, 'U+0100', replace(:'refused', '"Sid": "1"', '"Sid": "Ā"')), (5, 'U+000B', :'refused' || E'\x0b'),
	(6, 'U+0001', E'\x01' || :'refused')) AS v (n, what, document)
ORDER BY v.n;
-- None of them was stored.
SELECT pca_get_policy(:'shared') = :'kept' AS kept;
-- A policy of an authority in another partition names templates of that partition.
SET pca.partition = 'aws-cn';
SELECT pca_create_certificate_authority(pg_temp.configuration('China'), 'ROOT') AS china \gset
RESET pca.partition;
SELECT p.* FROM pg_temp.put(:'china', pg_temp.policy(:'china', '{"AWS": "120000000002"}')::text) AS p;
SELECT p.*
FROM pg_temp.put(:'china',
	replace(pg_temp.policy(:'china', '{"AWS": "120000000002"}')::text, 'arn:aws-cn:acm-pca:::',
		'arn:aws:acm-pca:::')) AS p;

--
-- Get and delete
--

SELECT what, pg_temp.exception(format('SELECT pca_%s', format(operation, arn)))
FROM (VALUES (1, 'put_policy(%L, ''{}'')'), (2, 'get_policy(%L)'),
	(3, 'delete_policy(%L)')) AS o (n, operation),
	(VALUES (1, 'NULL', NULL), (2, 'not an ARN', 'xxxxx'), (3, 'a certificate', :'issued'),
		(4, 'unknown',
			'arn:aws:acm-pca:us-east-1:' || :'owner'
				|| ':certificate-authority/00000000-0000-4000-8000-000000000000')) AS v (n, what, arn)
ORDER BY o.n, v.n;
SELECT pca_delete_policy(:'china');
SELECT pg_temp.exception(format('SELECT pca_get_policy(%L)', :'china'));
-- Deleting none is no error.
SELECT pca_delete_policy(:'china');
BEGIN READ ONLY;
SELECT pg_temp.exception(format('SELECT pca_put_policy(%L, %L)', :'shared', :'kept'));
SELECT pg_temp.exception(format('SELECT pca_delete_policy(%L)', :'shared'));
SELECT pca_get_policy(:'shared') = :'kept' AS kept;
ROLLBACK;

--
-- What it decides
--

CREATE TEMPORARY TABLE call (n serial, name text, statement text);
INSERT INTO call (name, statement) VALUES
	('describe_certificate_authority', 'SELECT pca_describe_certificate_authority(%1$L)'),
	('get_certificate', 'SELECT pca_get_certificate(%1$L, %2$L)'),
	('get_certificate_authority_certificate', 'SELECT pca_get_certificate_authority_certificate(%1$L)'),
	('list_permissions', 'SELECT pca_list_permissions(%1$L)'), ('list_tags', 'SELECT pca_list_tags(%1$L)'),
	('wait_certificate_issued', 'SELECT pca_wait_certificate_issued(%1$L, %2$L, 0, 1)'),
	('revoke_certificate', 'SELECT pca_revoke_certificate(%1$L, right(%2$L, 32), ''SUPERSEDED'')'),
	('issue_certificate',
		'SELECT pca_issue_certificate(%1$L, %3$L, ''SHA256WITHECDSA'', ''{"Value": 1, "Type": "DAYS"}'')');
INSERT INTO call (name, statement)
SELECT template,
	'SELECT pca_issue_certificate(%1$L, %3$L, ''SHA256WITHECDSA'', ''{"Value": 1, "Type": "DAYS"}'', '
		'''arn:aws:acm-pca:::template/' || template || '/V1'')'
FROM unnest('{EndEntityCertificate,EndEntityClientAuthCertificate,EndEntityServerAuthCertificate,
	BlankEndEntityCertificate_APIPassthrough,BlankEndEntityCertificate_APICSRPassthrough,
	SubordinateCACertificate_PathLen0,EndEntityCertificate_APIPassthrough,
	CodeSigningCertificate}'::text[]) WITH ORDINALITY AS t (template, n)
ORDER BY n;
INSERT INTO call (name, statement) VALUES
	('RootCACertificate',
		'SELECT pca_issue_certificate(%1$L, %4$L, ''SHA256WITHECDSA'', ''{"Value": 1, "Type": "DAYS"}'', '
			'''arn:aws:acm-pca:::template/RootCACertificate/V1'')'),
	('get_certificate_authority_csr', 'SELECT pca_get_certificate_authority_csr(%1$L)'),
	('wait_certificate_authority_csr_created', 'SELECT pca_wait_certificate_authority_csr_created(%1$L, 0, 1)'),
	('import_certificate_authority_certificate',
		'SELECT pca_import_certificate_authority_certificate(%1$L, ''x'')'),
	('update_certificate_authority', 'SELECT pca_update_certificate_authority(%1$L)'),
	('delete_certificate_authority', 'SELECT pca_delete_certificate_authority(%1$L)'),
	('restore_certificate_authority', 'SELECT pca_restore_certificate_authority(%1$L)'),
	('tag_certificate_authority', 'SELECT pca_tag_certificate_authority(%1$L, ''[{"Key": "k"}]'')'),
	('untag_certificate_authority', 'SELECT pca_untag_certificate_authority(%1$L, ''[{"Key": "k"}]'')'),
	('create_permission', 'SELECT pca_create_permission(%1$L, ''acm.amazonaws.com'', ''{GetCertificate}'')'),
	('delete_permission', 'SELECT pca_delete_permission(%1$L, ''acm.amazonaws.com'')'),
	('put_policy', 'SELECT pca_put_policy(%1$L, ''{}'')'), ('get_policy', 'SELECT pca_get_policy(%1$L)'),
	('delete_policy', 'SELECT pca_delete_policy(%1$L)');
CREATE TEMPORARY TABLE document (n serial, name text, document text);
INSERT INTO document (name, document) VALUES
	('none', NULL), ('EndEntityCertificate', :'refused'),
	('EndEntityServerAuthCertificate',
		pg_temp.policy(:'shared', '{"AWS": "120000000002"}', 'EndEntityServerAuthCertificate')::text),
	('BlankEndEntityCertificate_APIPassthrough',
		pg_temp.policy(:'shared', '{"AWS": "120000000002"}', 'BlankEndEntityCertificate_APIPassthrough')::text),
	('BlankEndEntityCertificate_APICSRPassthrough',
		pg_temp.policy(:'shared', '{"AWS": "120000000002"}', 'BlankEndEntityCertificate_APICSRPassthrough',
			true)::text),
	('SubordinateCACertificate_PathLen0',
		pg_temp.policy(:'shared', '{"AWS": "arn:aws:iam::120000000002:root"}',
			'SubordinateCACertificate_PathLen0')::text),
	('for another account', pg_temp.policy(:'shared', '{"AWS": "120000000003"}')::text),
	('for the owner', pg_temp.policy(:'shared', '{"AWS": "120000000001"}')::text),
	('for an organization', :'organization');
-- A cell is ok or an SQLSTATE, in the order of the documents above. The owner puts the policy,
-- and the tenant calls.
CREATE FUNCTION pg_temp.decided(caller text, owner text, authority text, document text, statement text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	cell text;
BEGIN
	PERFORM set_config('pca.account_id', owner, true),
		CASE WHEN document IS NULL THEN pca_delete_policy(authority) ELSE pca_put_policy(authority, document) END;
	PERFORM set_config('pca.account_id', caller, true);
	cell := replace(left(pg_temp.exception(statement), 5), 'no ex', 'ok');
	PERFORM set_config('pca.account_id', owner, true);
	RETURN cell;
END
$$;
CREATE FUNCTION pg_temp.decision(caller text, owner text, authority text, issued text, csr text,
	document text, OUT allowed text, OUT others bigint)
LANGUAGE sql AS $$
	SELECT string_agg(c.name, ' ' ORDER BY c.n) FILTER (WHERE c.cell = 'ok'),
		count(*) FILTER (WHERE c.cell NOT IN ('ok', 'PCACD'))
	FROM (SELECT c.n, c.name,
		pg_temp.decided(caller, owner, authority, document,
			format(c.statement, authority, issued, csr, pca_get_certificate_authority_csr)) AS cell
		FROM call AS c, pca_get_certificate_authority_csr(authority)) AS c
$$;
SELECT c.name,
	string_agg(pg_temp.decided(:'tenant', :'owner', :'shared', d.document,
		format(c.statement, :'shared', :'issued', :'csr', pca_get_certificate_authority_csr)),
		' ' ORDER BY d.n)
	AS cells
FROM call AS c, document AS d, pca_get_certificate_authority_csr(:'shared') GROUP BY c.n, c.name ORDER BY c.n;
-- Several statements: each account is allowed what any of them allows it, and nothing that
-- they allow another.
CREATE TEMPORARY TABLE several (n serial, name text, document text);
INSERT INTO several (name, document) VALUES
	('one reads, two issues and revokes',
		pg_temp.allows(pg_temp.allow(:'shared', :'one', 'DescribeCertificateAuthority GetCertificate'),
			pg_temp.allow(:'shared', :'two', 'IssueCertificate', 'EndEntityServerAuthCertificate'),
			pg_temp.allow(:'shared', :'two', 'RevokeCertificate GetCertificateAuthorityCertificate'))),
	('one has the odd ones, two the even ones',
		pg_temp.allows(pg_temp.allow(:'shared', :'one',
			'DescribeCertificateAuthority GetCertificateAuthorityCertificate ListTags RevokeCertificate'),
			pg_temp.allow(:'shared', :'two', 'GetCertificate ListPermissions IssueCertificate'))),
	('both in one list, and more for one',
		pg_temp.allows(pg_temp.allow(:'shared', :'one' || ' ' || :'two', 'GetCertificate'),
			pg_temp.allow(:'shared', :'one', 'IssueCertificate', 'EndEntityClientAuthCertificate'),
			pg_temp.allow(:'shared', :'one', 'IssueCertificate',
				'SubordinateCACertificate_PathLen0 BlankEndEntityCertificate_APIPassthrough'),
			pg_temp.allow(:'shared', :'two', 'ListTags'))),
	('two alone, all seven',
		pg_temp.allows(pg_temp.allow(:'shared', 'arn:aws:iam::' || :'two' || ':root', :'all')));
SELECT s.name, a.account, d.*
FROM several AS s, (VALUES (1, :'one'), (2, :'two'), (3, '120000000004')) AS a (n, account),
	pg_temp.decision(a.account, :'owner', :'shared', :'issued', :'csr', s.document) AS d
ORDER BY s.n, a.n;
-- Each action of each account by itself: that action and nothing else, for that account and no other.
SELECT a.action, d.allowed AS one, d.others, e.allowed AS two
FROM string_to_table(:'all', ' ') WITH ORDINALITY AS a (action, n),
	LATERAL (SELECT pg_temp.allows(pg_temp.allow(:'shared', :'one', a.action))) AS p (document),
	LATERAL pg_temp.decision(:'one', :'owner', :'shared', :'issued', :'csr', p.document) AS d,
	LATERAL pg_temp.decision(:'two', :'owner', :'shared', :'issued', :'csr', p.document) AS e
ORDER BY a.n;
-- The same statements decide what the lists and views show.
CREATE FUNCTION pg_temp.shown(caller text, owner text, authority text, document text, OUT described bigint,
	OUT listed bigint, OUT certificates bigint)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('pca.account_id', owner, true), pca_put_policy(authority, document);
	PERFORM set_config('pca.account_id', caller, true);
	SELECT count(*) INTO described FROM pca.certificate_authorities;
	SELECT count(*) INTO listed FROM pca_list_certificate_authorities(resource_owner => 'OTHER_ACCOUNTS');
	SELECT count(*) INTO certificates FROM pca.certificates;
	PERFORM set_config('pca.account_id', owner, true);
END
$$;
INSERT INTO pca.certificate (authority_id, serial, account_id, session_user_name, current_user_name, template,
	issued_at, not_before, not_after, certificate)
SELECT c.authority_id, gen_random_uuid(), :'one', 'somebody', 'somebody', c.template, c.issued_at,
	c.not_before, c.not_after, c.certificate
FROM pca.certificate AS c WHERE replace(c.serial::text, '-', '') = right(:'issued', 32);
SELECT a.action, s.*
FROM string_to_table(:'all', ' ') WITH ORDINALITY AS a (action, n),
	pg_temp.shown(:'one', :'owner', :'shared', pg_temp.allows(pg_temp.allow(:'shared', :'one', a.action))) AS s
ORDER BY a.n;
DELETE FROM pca.certificate WHERE account_id = :'one';
-- What the owner may do depends on no policy.
SELECT count(*),
	count(*) FILTER (WHERE pg_temp.decided(:'owner', :'owner', :'shared', d.document,
		format(c.statement, :'shared', :'issued', :'csr', pca_get_certificate_authority_csr)) = 'PCACD') AS denied
FROM call AS c, document AS d, pca_get_certificate_authority_csr(:'shared');
-- What a denial says.
SELECT pca_put_policy(:'shared', :'refused');
SET pca.account_id = :'tenant';
SELECT pg_temp.exception(format('SELECT pca_issue_certificate(%L, %L, %L, %L, %L)', :'shared', :'csr',
	'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}', 'arn:aws:acm-pca:::template/CodeSigningCertificate/V1'));
SELECT pg_temp.exception(format('SELECT pca_get_policy(%L)', :'shared'));
-- A policy does not lift the other rules.
SELECT pg_temp.exception(format('SELECT pca_issue_certificate(%L, %L, %L, %L)', :'shared', :'csr',
	'SHA256WITHECDSA', '{"Value": 11, "Type": "YEARS"}'));
SELECT pg_temp.exception(format('SELECT pca_issue_certificate(%L, %L, %L, %L, %L)', :'shared', :'csr',
	'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}', 'arn:aws-cn:acm-pca:::template/EndEntityCertificate/V1'));

--
-- What the other account sees
--

SELECT pca_issue_certificate(:'shared', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}',
	idempotency_token => 'token') AS theirs \gset
SELECT count(*) FROM pca_get_certificate(:'shared', :'theirs');
SELECT account_id FROM pca.certificate AS c WHERE replace(c.serial::text, '-', '') = right(:'theirs', 32);
SELECT certificate_arn = :'theirs' AS theirs, subject, status FROM pca.certificates;
SELECT arn = :'shared' AS shared, owner_account, status FROM pca.certificate_authorities;
SELECT resource_owner,
	(SELECT count(*) FROM pca_list_certificate_authorities(resource_owner => v.resource_owner))
FROM (VALUES (1, NULL), (2, 'SELF'), (3, 'OTHER_ACCOUNTS')) AS v (n, resource_owner) ORDER BY n;
SELECT arn = :'shared' AS shared, owner_account, status, next_token
FROM pca_list_certificate_authorities(resource_owner => 'OTHER_ACCOUNTS', max_results => 1);
SELECT key FROM pca_list_tags(:'shared');
SET pca.account_id = :'owner';
-- The owner sees what both issued; a token means a call of one account.
SELECT count(*), count(*) FILTER (WHERE certificate_arn = :'theirs') AS theirs
FROM pca.certificates WHERE certificate_authority_arn = :'shared';
SELECT pca_issue_certificate(:'shared', :'csr', 'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}',
	idempotency_token => 'token') = :'theirs' AS same;
SELECT count(*) FROM pca_list_certificate_authorities(resource_owner => 'OTHER_ACCOUNTS');
-- A policy for the owner's own account shares nothing.
SELECT pca_put_policy(:'shared', pg_temp.policy(:'shared', '{"AWS": "120000000001"}')::text);
SELECT count(*) FROM pca_list_certificate_authorities(resource_owner => 'OTHER_ACCOUNTS');
SELECT count(*) FROM pca.certificate_authorities WHERE arn = :'shared';
SELECT pca_put_policy(:'shared', :'refused');
-- In pages: two shared authorities, one after the other.
SELECT pca_put_policy(:'china', pg_temp.policy(:'china', '{"AWS": "120000000002"}')::text);
SET pca.account_id = :'tenant';
SELECT arn = :'shared' AS first, next_token AS token
FROM pca_list_certificate_authorities(max_results => 1, resource_owner => 'OTHER_ACCOUNTS') \gset
\echo :first
SELECT arn = :'china' AS second, next_token
FROM pca_list_certificate_authorities(:'token', 1, 'OTHER_ACCOUNTS');
SELECT pg_temp.exception(format('SELECT pca_list_certificate_authorities(%L, 1, %L)', :'token', owner))
FROM (VALUES ('SELF'), (NULL)) AS v (owner);
SET pca.account_id = '120000000003';
SELECT pg_temp.exception(format('SELECT pca_list_certificate_authorities(%L, 1, %L)', :'token',
	'OTHER_ACCOUNTS'));
-- After it is deleted, nothing is left of it.
SET pca.account_id = :'owner';
SELECT pca_delete_policy(:'shared');
SELECT pg_temp.exception(format('SELECT pca_get_policy(%L)', :'shared'));
SET pca.account_id = :'tenant';
SELECT c.name, pg_temp.exception(format(c.statement, :'shared', :'theirs', :'csr', NULL))
FROM call AS c
WHERE c.name ^@ 'get_certificate' OR c.name IN ('describe_certificate_authority', 'issue_certificate')
ORDER BY c.n;
SELECT (SELECT count(*) FROM pca.certificates WHERE certificate_authority_arn = :'shared') AS certificates,
	(SELECT count(*) FROM pca.certificate_authorities WHERE arn = :'shared') AS authorities,
	(SELECT count(*) FROM pca_list_certificate_authorities(resource_owner => 'OTHER_ACCOUNTS')
		WHERE arn = :'shared') AS listed;
-- The same for one that is rolled back.
SET pca.account_id = :'owner';
BEGIN;
SELECT pca_put_policy(:'shared', :'refused');
SET LOCAL pca.account_id = :'tenant';
SELECT status FROM pca_describe_certificate_authority(:'shared');
ROLLBACK;
SET pca.account_id = :'tenant';
SELECT left(pg_temp.exception(format('SELECT pca_describe_certificate_authority(%L)', :'shared')), 5);
-- A deleted authority is shared as long as it exists.
SET pca.account_id = :'owner';
SELECT pca_put_policy(:'shared', :'refused');
SELECT pca_update_certificate_authority(:'shared', status => 'DISABLED');
SELECT pca_delete_certificate_authority(:'shared');
SET pca.account_id = :'tenant';
SELECT status FROM pca_describe_certificate_authority(:'shared');
SELECT status FROM pca_list_certificate_authorities(resource_owner => 'OTHER_ACCOUNTS') WHERE arn = :'shared';
SELECT pg_temp.exception(format('SELECT pca_issue_certificate(%L, %L, %L, %L)', :'shared', :'csr',
	'SHA256WITHECDSA', '{"Value": 1, "Type": "DAYS"}'));
UPDATE pca.certificate_authority SET restorable_until = clock_timestamp() WHERE arn = :'shared';
SELECT left(pg_temp.exception(format('SELECT pca_describe_certificate_authority(%L)', :'shared')), 5);
SELECT count(*) FROM pca_list_certificate_authorities(resource_owner => 'OTHER_ACCOUNTS')
WHERE arn = :'shared';
SELECT count(*) FROM pca.certificate_authorities WHERE arn = :'shared';
