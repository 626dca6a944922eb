-- What the certificates of every template hold: the template's own extensions,
-- those that the CA adds, those that ApiPassthrough and the CSR may add.
\set ECHO none
\i test/sql/include/exception.sql
\i test/sql/include/der.sql
\i test/sql/include/activate.sql
\set ECHO all
\pset format unaligned
SET pca.account_id = '400000000001';

-- A CSR that asks for much: O=Example, CN=from.csr.example.com, with basicConstraints
-- (CA, path length 9), keyUsage (keyAgreement, not critical), extKeyUsage (critical,
-- emailProtection), subjectAltName, certificatePolicies, cRLDistributionPoints,
-- authorityInfoAccess, subjectKeyIdentifier (wrong), 1.2.3.5 (critical), 1.2.3.6.
SELECT '-----BEGIN CERTIFICATE REQUEST-----
MIIB/zCCAaUCAQAwMTEQMA4GA1UECgwHRXhhbXBsZTEdMBsGA1UEAwwUZnJvbS5j
c3IuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATh3I0GprB4
pvOm3+P9UEcHsv6dWUFLFHERNvChPydwG5dfBD3jrf4VF5WwcmmEV/qPaCCegbO/
kenzhWMVpHpLoIIBEDCCAQwGCSqGSIb3DQEJDjGB/jCB+zASBgNVHRMBAf8ECDAG
AQH/AgEJMAsGA1UdDwQEAwIDCDAWBgNVHSUBAf8EDDAKBggrBgEFBQcDBDAfBgNV
HREEGDAWghRmcm9tLmNzci5leGFtcGxlLmNvbTAQBgNVHSAECTAHMAUGAyoDBDAr
BgNVHR8EJDAiMCCgHqAchhpodHRwOi8vY3NyLmV4YW1wbGUuY29tL2NybDA3Bggr
BgEFBQcBAQQrMCkwJwYIKwYBBQUHMAGGG2h0dHA6Ly9jc3IuZXhhbXBsZS5jb20v
b2NzcDALBgNVHQ4EBAQCAQIwDAYDKgMFAQH/BAIFADAMBgMqAwYEBQwDY3NyMAoG
CCqGSM49BAMCA0gAMEUCIF0I/YhapQF5wBmx+A09x1ULkZLW94KuHzvP03BFB+q5
AiEA83mTng8BzBodYucdt0ps3m0AER/VIPEiSk60QY5R3EY=
-----END CERTIFICATE REQUEST-----' AS csr \gset
-- A request to the API that asks for as much.
SELECT '{"Subject": {"CommonName": "from.api.example.com"}, "Extensions": {
	"KeyUsage": {"NonRepudiation": true, "DecipherOnly": true},
	"ExtendedKeyUsage": [{"ExtendedKeyUsageType": "TIME_STAMPING"},
		{"ExtendedKeyUsageObjectIdentifier": "1.2.3.4.5"}],
	"CertificatePolicies": [{"CertPolicyId": "1.2.3.7",
		"PolicyQualifiers": [{"PolicyQualifierId": "CPS", "Qualifier": {"CpsUri": "http://cps"}}]}],
	"SubjectAlternativeNames": [{"DnsName": "from.api.example.com"}],
	"CustomExtensions": [{"ObjectIdentifier": "2.5.29.19", "Value": "MAMBAf8=", "Critical": true},
		{"ObjectIdentifier": "2.5.29.31", "Value": "MA4wDKAKoAiGBmE6Ly9hYg=="},
		{"ObjectIdentifier": "1.2.3.6", "Value": "DANhcGk="},
		{"ObjectIdentifier": "1.2.3.8", "Value": "BQA=", "Critical": true}]}}' AS passthrough \gset

-- Both ask for what some relying parties refuse together: test/t/042_extension.pl has the WARNINGs.
SET client_min_messages = error;

-- One CA that adds a CRL distribution point and an OCSP responder, one that does not.
SELECT pca_create_certificate_authority(pg_temp.configuration('Adding'), 'ROOT',
	'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket", "CustomCname": "c"},
		"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "o"}}') AS adding \gset
CALL pg_temp.activate_root(:'adding');
SELECT pca_create_certificate_authority(pg_temp.configuration('Plain'), 'ROOT') AS plain \gset
CALL pg_temp.activate_root(:'plain');

-- Everything below is about every row of pca.templates, whatever rows it has.
CREATE TEMPORARY TABLE template AS
SELECT row_number() OVER () AS n, regexp_replace(t.name, '/V1$', '') AS name, t.template_arn,
	t.is_self_signed, t.api_passthrough, t.csr_passthrough, to_jsonb(t) AS says
FROM pca.templates AS t;
SELECT count(*) FROM template;
-- Names are unique; the end of one says what is passed through; the ARN is that of new authorities.
SELECT name FROM template GROUP BY name HAVING count(*) > 1;
SELECT name FROM template
WHERE coalesce(substring(name FROM '_([A-Z]+)Passthrough$'), '') <>
	CASE WHEN api_passthrough THEN 'API' ELSE '' END || CASE WHEN csr_passthrough THEN 'CSR' ELSE '' END;
SELECT name FROM template WHERE template_arn <> 'arn:aws:acm-pca:::template/' || name || '/V1';
SET pca.partition = 'aws-cn';
SELECT bool_and(template_arn = 'arn:aws-cn:acm-pca:::template/' || name) AS of_the_partition
FROM pca.templates;
RESET pca.partition;

CREATE FUNCTION pg_temp.issue(authority text, csr text, template text, passthrough text DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
	SELECT pca_issue_certificate(authority, csr, 'SHA256WITHECDSA', '{"Value": 30, "Type": "DAYS"}',
		'arn:aws:acm-pca:::template/' || template || '/V1', passthrough::jsonb)
$$;
CREATE FUNCTION pg_temp.key_identifier(certificate bytea) RETURNS bytea LANGUAGE sql AS $$
	SELECT substr(x.value, 3) FROM pg_temp.certificate_extensions(certificate) AS x
	WHERE x.extension = 'subjectKeyIdentifier'
$$;
-- The subject, and each extension: its name, ! when it is critical, its value.
-- Key identifiers are shown as right instead of by value.
CREATE FUNCTION pg_temp.contents(authority text, certificate_arn text, key_of text)
RETURNS TABLE (subject text, extensions text) LANGUAGE sql AS $$
	SELECT pca.certificate_subject(c.der),
		string_agg(x.extension || CASE WHEN x.critical THEN '! ' ELSE ' ' END || CASE
			WHEN x.extension = 'subjectKeyIdentifier'
				AND substr(x.value, 3) = pg_temp.key_identifier(own.der) THEN 'own'
			WHEN x.extension = 'authorityKeyIdentifier'
				AND substr(x.value, 5) = pg_temp.key_identifier(issuer.der) THEN 'issuer'
			WHEN x.extension IN ('cRLDistributionPoints', 'authorityInfoAccess', 'subjectAltName') THEN
				pg_temp.stable(regexp_replace(encode(x.value, 'escape'), '\\[0-9]{3}|[[:cntrl:]]', '.', 'g'))
			ELSE encode(x.value, 'hex') END, ', ' ORDER BY x.n)
	FROM (SELECT pg_temp.pem_to_der(certificate) AS der
		FROM pca_get_certificate(authority, certificate_arn)) AS c,
		(SELECT pg_temp.pem_to_der(certificate) AS der
			FROM pca_get_certificate_authority_certificate(authority)) AS issuer,
		(SELECT pg_temp.pem_to_der(certificate) AS der FROM pca_get_certificate(authority, key_of)) AS own,
		LATERAL pg_temp.certificate_extensions(c.der) AS x
	GROUP BY 1
$$;
-- The subject key identifiers of the two keys.
SELECT pg_temp.issue(:'adding', pca_get_certificate_authority_csr(:'adding'),
	'RootCACertificate') AS adding_root \gset
SELECT pg_temp.issue(:'plain', pca_get_certificate_authority_csr(:'plain'),
	'RootCACertificate') AS plain_root \gset
SELECT pg_temp.issue(:'plain', :'csr', 'EndEntityCertificate') AS own \gset
SELECT encode(x.value, 'hex') = '0414' || encode(i.id, 'hex') AS is_sha1_of_the_key
FROM pca_get_certificate(:'plain', :'own') AS g,
	pg_temp.certificate_extensions(pg_temp.pem_to_der(g.certificate)) AS x,
	(VALUES ('\xadf829df1ac256ef80e6dd2ba9f807b35648d24d'::bytea)) AS i (id)
WHERE x.extension = 'subjectKeyIdentifier';

-- Every template, asked for everything, by the CA that adds.
CREATE TEMPORARY TABLE certificate AS
SELECT t.*, pg_temp.issue(:'adding',
	CASE WHEN t.is_self_signed THEN pca_get_certificate_authority_csr(:'adding') ELSE :'csr' END,
	t.name, :'passthrough') AS arn
FROM template AS t;
SELECT pg_temp.issue(:'adding', :'csr', 'EndEntityCertificate') AS own \gset
SELECT c.name, x.subject, x.extensions
FROM certificate AS c,
	LATERAL pg_temp.contents(:'adding', c.arn,
		CASE WHEN c.is_self_signed THEN :'adding_root' ELSE :'own' END) AS x
ORDER BY c.n;
-- The view names the template.
SELECT count(*)
FROM certificate AS c
	JOIN pca.certificates AS v ON v.certificate_arn = c.arn AND v.template_arn = c.template_arn;
-- A root template signs itself: the issuer is the subject.
SELECT count(*),
	count(*) FILTER (WHERE pg_temp.der_content(d.der, 0, 0, 3) = pg_temp.der_content(d.der, 0, 0,
		5)) AS self_issued
FROM certificate AS c, pca_get_certificate(:'adding', c.arn) AS g,
	LATERAL (SELECT pg_temp.pem_to_der(g.certificate) AS der) AS d
WHERE c.is_self_signed;

-- The certificate has what the row of its template says. What the row leaves open
-- comes from the API, or else from the CSR.
CREATE FUNCTION pg_temp.key_usage(value bytea) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(u.name ORDER BY u.bit)
	FROM pg_temp.der_content(value, 0) AS bits, (VALUES (0, 'digitalSignature'), (1, 'nonRepudiation'),
		(2, 'keyEncipherment'), (3, 'dataEncipherment'), (4, 'keyAgreement'), (5, 'keyCertSign'),
		(6, 'cRLSign'), (7, 'encipherOnly'), (8, 'decipherOnly')) AS u (bit, name)
	WHERE u.bit < 8 * (length(bits) - 1) AND get_byte(bits, 1 + u.bit / 8) & (128 >> u.bit % 8) > 0
$$;
CREATE FUNCTION pg_temp.purposes(value bytea) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(coalesce(p.name, encode(d.content, 'hex')) ORDER BY d.n)
	FROM pg_temp.der(pg_temp.der_content(value, 0)) AS d
		LEFT JOIN (VALUES ('\x2b06010505070301'::bytea, 'serverAuth'), ('\x2b06010505070302', 'clientAuth'),
			('\x2b06010505070303', 'codeSigning'), ('\x2b06010505070304', 'emailProtection'),
			('\x2b06010505070308', 'timeStamping'), ('\x2b06010505070309', 'OCSPSigning')) AS p (oid, name)
			ON p.oid = d.content
$$;
CREATE FUNCTION pg_temp.said(der bytea) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object(
		'is_self_signed', pg_temp.der_content(der, 0, 0, 3) = pg_temp.der_content(der, 0, 0, 5)
			AND count(*) FILTER (WHERE extension = 'authorityKeyIdentifier') = 0,
		'is_ca', coalesce(bool_or(c.tag = '1' AND c.content = '\xff'), false),
		'path_length', max(get_byte(c.content, 0)) FILTER (WHERE c.tag = '2'),
		'basic_constraints_critical', bool_or(x.critical AND x.extension = 'basicConstraints'),
		'key_usage', max(pg_temp.key_usage(x.value)) FILTER (WHERE x.extension = 'keyUsage'),
		'extended_key_usage', max(pg_temp.purposes(x.value)) FILTER (WHERE x.extension = 'extKeyUsage'),
		'extended_key_usage_critical', bool_or(x.critical) FILTER (WHERE x.extension = 'extKeyUsage'),
		'api_passthrough', bool_or(x.extension = '2a0308'),
		'csr_passthrough', bool_or(x.extension = '2a0305'))
	FROM pg_temp.certificate_extensions(der) AS x
		LEFT JOIN LATERAL pg_temp.der(CASE x.extension
			WHEN 'basicConstraints' THEN pg_temp.der_content(x.value, 0) ELSE '' END) AS c ON true
$$;
SELECT c.name, d.key, d.value AS certificate, c.says -> d.key AS template
FROM certificate AS c, pca_get_certificate(:'adding', c.arn) AS g,
	LATERAL jsonb_each(pg_temp.said(pg_temp.pem_to_der(g.certificate))) AS d,
	LATERAL (SELECT CASE
		WHEN c.api_passthrough THEN '{"key_usage": ["nonRepudiation", "decipherOnly"],
			"extended_key_usage": ["timeStamping", "2a030405"], "extended_key_usage_critical": false}'
		WHEN c.csr_passthrough THEN '{"key_usage": ["keyAgreement"],
			"extended_key_usage": ["emailProtection"], "extended_key_usage_critical": true}'
		ELSE '{}' END::jsonb || jsonb_strip_nulls(c.says) AS member) AS expected
WHERE d.value <> coalesce(expected.member -> d.key, 'null')
	-- the authority's own CSR asks for nothing
	AND NOT (c.is_self_signed AND d.key = 'csr_passthrough')
ORDER BY c.n, d.key;

-- The same by the CA that does not add: a distribution point and access
-- information come from those that may add them, without which there are none.
DROP TABLE certificate;
CREATE TEMPORARY TABLE certificate AS
SELECT t.*, pg_temp.issue(:'plain',
	CASE WHEN t.is_self_signed THEN pca_get_certificate_authority_csr(:'plain') ELSE :'csr' END,
	t.name, :'passthrough') AS arn
FROM template AS t;
SELECT pg_temp.issue(:'plain', :'csr', 'EndEntityCertificate') AS own \gset
SELECT c.name, substring(x.extensions from 'cRLDistributionPoints[^,]*') AS points,
	substring(x.extensions from 'authorityInfoAccess[^,]*') AS access
FROM certificate AS c,
	LATERAL pg_temp.contents(:'plain', c.arn, CASE WHEN c.is_self_signed THEN :'plain_root' ELSE :'own' END) AS x
ORDER BY c.n;

-- OmitExtension leaves the distribution point to those that may add it.
SELECT pca_create_certificate_authority(pg_temp.configuration('Omitting'), 'ROOT',
	'{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 7, "S3BucketName": "bucket",
		"CrlDistributionPointExtensionConfiguration": {"OmitExtension": true}}}') AS omitting \gset
CALL pg_temp.activate_root(:'omitting');
CREATE TEMPORARY TABLE omitted AS SELECT name, pg_temp.issue(:'omitting', :'csr', name, :'passthrough') AS arn
FROM (VALUES ('EndEntityCertificate'), ('EndEntityCertificate_APIPassthrough'),
	('EndEntityCertificate_CSRPassthrough'), ('EndEntityCertificate_APICSRPassthrough')) AS v (name);
SELECT o.name, substring(x.extensions from 'cRLDistributionPoints[^,]*') AS points
FROM omitted AS o, LATERAL pg_temp.contents(:'omitting', o.arn, o.arn) AS x ORDER BY 1;

-- The URLs of the distribution point and the responder.
CREATE TEMPORARY TABLE configured (n serial, configuration jsonb, authority text, arn text);
SET client_min_messages = error;
INSERT INTO configured (configuration, authority)
SELECT c.j, pca_create_certificate_authority(pg_temp.configuration('URLs'), 'ROOT', c.j)
FROM (VALUES
	(1, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket"},
		"OcspConfiguration": {"Enabled": true}}'),
	(2, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket",
		"CustomPath": "a/b"}}'),
	(3, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket",
		"CustomPath": "/"}}'),
	(4, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket",
		"CustomCname": "crl.example.com", "CustomPath": "a"}}'),
	(5, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket",
		"CustomCname": "crl.example.com", "CustomPath": "/"}}'),
	(6, '{"CrlConfiguration": {"Enabled": true, "ExpirationInDays": 1, "S3BucketName": "bucket",
		"CrlType": "PARTITIONED"}}'),
	(7, '{"OcspConfiguration": {"Enabled": true, "OcspCustomCname": "ocsp.example.com"}}')) AS v (n, t),
	LATERAL (SELECT t::jsonb) AS c (j)
ORDER BY v.n;
RESET client_min_messages;
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT authority FROM configured LOOP
		CALL pg_temp.activate_root(c.authority);
	END LOOP;
END
$$;
UPDATE configured SET arn = pg_temp.issue(authority, :'csr', 'EndEntityCertificate');
SELECT c.configuration, substring(x.extensions from 'cRLDistributionPoints[^,]*') AS points,
	substring(x.extensions from 'authorityInfoAccess[^,]*') AS access,
	p.id IS NOT NULL AS names_partition
FROM configured AS c, LATERAL pg_temp.contents(c.authority, c.arn, c.arn) AS x,
	LATERAL pca_get_certificate(c.authority, c.arn) AS g
	LEFT JOIN pca.crl_partition AS p
		ON position(convert_to(p.id || '.crl', 'UTF8') IN pg_temp.pem_to_der(g.certificate)) > 0
ORDER BY c.n;

-- The subject alternative name: critical when, and only when, the subject is empty.
\set nameless `cat test/fixtures/csr/good/san-only.pem`
CREATE TEMPORARY TABLE named AS
SELECT n, what, pg_temp.issue(:'plain', csr, template, passthrough) AS arn
FROM (VALUES
	(1, 'no subject', :'nameless', 'EndEntityCertificate', NULL),
	(2, 'subject by the API', :'nameless', 'EndEntityCertificate_APIPassthrough',
		'{"Subject": {"CommonName": "x"}}'),
	(3, 'empty subject by the API', :'nameless', 'EndEntityCertificate_APIPassthrough',
		'{"Subject": {"CommonName": ""}}'),
	(4, 'name by the API, no subject', :'nameless', 'EndEntityCertificate_APIPassthrough',
		'{"Extensions": {"SubjectAlternativeNames": [{"IpAddress": "192.0.2.1"}, {"DnsName": "x"}]}}'),
	(5, 'name by the API, a subject', :'csr', 'EndEntityCertificate_APIPassthrough',
		'{"Extensions": {"SubjectAlternativeNames": [{"DnsName": "x"}]}}'),
	(6, 'the API is ignored', :'csr', 'EndEntityCertificate',
		'{"Subject": {"CommonName": "x"}, "Extensions": {"SubjectAlternativeNames": [{"DnsName": "x"}]}}')
	) AS v (n, what, csr, template, passthrough);
SELECT what, x.subject, substring(x.extensions from 'subjectAltName[^,]*') AS name
FROM named, LATERAL pg_temp.contents(:'plain', named.arn, named.arn) AS x ORDER BY n;

-- A CSR without a name, and a CA without a subject.
\set anonymous `cat test/fixtures/csr/evil/subject-and-san-missing.pem`
SELECT template,
	pg_temp.exception(format('SELECT pca_issue_certificate(%L, %L, %L, %L, %L, %L)', :'plain', csr,
		'SHA256WITHECDSA', '{"Value": 30, "Type": "DAYS"}', 'arn:aws:acm-pca:::template/' || template || '/V1',
		passthrough))
FROM (VALUES
	(1, :'anonymous', 'EndEntityCertificate', NULL),
	(2, :'anonymous', 'EndEntityCertificate', '{"Subject": {"CommonName": "x"}}'),
	(3, :'anonymous', 'EndEntityCertificate_APIPassthrough', '{"Subject": {"CommonName": "x"}}'),
	(4, :'anonymous', 'EndEntityCertificate_APIPassthrough',
		'{"Extensions": {"SubjectAlternativeNames": [{"DnsName": "x"}]}}'),
	(5, :'nameless', 'SubordinateCACertificate_PathLen0', NULL),
	(6, :'nameless', 'SubordinateCACertificate_PathLen0_APIPassthrough',
		'{"Subject": {"CommonName": "x"}}')) AS v (n, csr, template, passthrough)
ORDER BY n;

-- What ApiPassthrough cannot mean.
SELECT passthrough,
	pg_temp.exception(format('SELECT pca_issue_certificate(%L, %L, %L, %L, %L, %L)', :'plain', :'csr',
		'SHA256WITHECDSA', '{"Value": 30, "Type": "DAYS"}',
		'arn:aws:acm-pca:::template/BlankEndEntityCertificate_APIPassthrough/V1', passthrough))
FROM (VALUES
	(1, '{}'), (2, '{"Extensions": {}}'), (3, '{"Extensions": {"KeyUsage": {}}}'),
	(4, '{"Extensions": null, "Subject": null}'),
	(5, '{"Extensions": {"SubjectAlternativeNames": [{"DnsName": "a", "Rfc822Name": "b"}]}}'),
	(6, '{"Extensions": {"SubjectAlternativeNames": [{}]}}'),
	(7, '{"Extensions": {"ExtendedKeyUsage": [{"ExtendedKeyUsageType": "CLIENT_AUTH", '
		'"ExtendedKeyUsageObjectIdentifier": "1.2.3"}]}}'),
	(8, '{"Extensions": {"ExtendedKeyUsage": [{}]}}'),
	(9, '{"Extensions": {"CustomExtensions": [{"ObjectIdentifier": "1.2.3", "Value": "BQA="}, '
		'{"ObjectIdentifier": "1.2.3", "Value": "BQA="}]}}'),
	(10, '{"Extensions": {"KeyUsage": {"DigitalSignature": true}, '
		'"CustomExtensions": [{"ObjectIdentifier": "2.5.29.15", "Value": "AwIHgA=="}]}}'),
	(11, '{"Extensions": {"CustomExtensions": [{"ObjectIdentifier": "1.2.3", "Value": "BQAA"}]}}'),
	(12, '{"Extensions": {"CustomExtensions": [{"ObjectIdentifier": "1.2.3", "Value": "MIA="}]}}'),
	(14, '{"Extensions": {"CustomExtensions": [{"ObjectIdentifier": "2.5.29.17", "Value": "MAA="}]}}'),
	(15, '{"Extensions": {"CertificatePolicies": [{"CertPolicyId": "1.2.3"}, {"CertPolicyId": "1.2.3"}]}}'),
	(16, '{"Extensions": {"CertificatePolicies": [{"CertPolicyId": "1.2.3", '
		'"PolicyQualifiers": [{"PolicyQualifierId": "CPS", "Qualifier": {"CpsUri": "é"}}]}]}}'),
	(17,
		'{"Subject": {"CommonName": "x", "CustomAttributes": [{"ObjectIdentifier": "2.5.4.3", "Value": "x"}]}}'),
	(18, '{"Subject": {"Organization": "a\nb"}}')) AS v (n, passthrough)
ORDER BY n;
