-- CRLs, as the reader of DER sees them (der.sql), and what maintenance makes of them.

CREATE FUNCTION pg_temp.object_content(object_bucket text, object_key text) RETURNS bytea LANGUAGE sql AS $$
	SELECT string_agg(c.content, '' ORDER BY c.number)
	FROM pca.object AS o JOIN pca.object_chunk AS c ON c.object_id = o.id
	WHERE o.bucket = object_bucket AND o.key = object_key
$$;

-- The newest CRL of an authority: the complete one, or that of a partition.
CREATE FUNCTION pg_temp.crl_of(authority text, partition uuid DEFAULT NULL) RETURNS bytea LANGUAGE sql AS $$
	SELECT pg_temp.object_content(r.bucket, r.key)
	FROM pca.crl AS r JOIN pca.certificate_authority AS a ON a.id = r.authority_id
	WHERE a.arn = authority AND r.id = coalesce(partition, a.id)
$$;

-- RFC 5280 4.1.2.5
CREATE FUNCTION pg_temp.der_time(tag text, content bytea) RETURNS timestamptz LANGUAGE sql AS $$
	SELECT make_timestamptz(left(t, 4)::int, substr(t, 5, 2)::int, substr(t, 7, 2)::int, substr(t, 9, 2)::int,
		substr(t, 11, 2)::int, substr(t, 13, 2)::int, 'UTC')
	FROM (SELECT CASE WHEN tag = '18' THEN '' WHEN convert_from(content, 'UTF8') >= '5' THEN '19' ELSE '20' END
		|| convert_from(content, 'UTF8')) AS v (t)
	WHERE t ~ '^[0-9]{14}Z$' AND (tag = '18' AND left(t, 4) NOT BETWEEN '1950' AND '2049' OR tag = '17')
$$;

CREATE FUNCTION pg_temp.der_number(content bytea) RETURNS numeric LANGUAGE sql AS $$
	SELECT pg_temp.decimal(encode(content, 'hex'))::numeric
$$;

-- RFC 5280 5.1; the elements of revokedCertificates and the extensions as they are.
CREATE FUNCTION pg_temp.crl_fields(crl bytea, OUT version bytea, OUT algorithm bytea,
	OUT outer_algorithm bytea, OUT issuer bytea,
	OUT this_update timestamptz, OUT next_update timestamptz, OUT revoked bytea, OUT extensions bytea)
LANGUAGE plpgsql AS $$
DECLARE
	element record;
BEGIN
	outer_algorithm := pg_temp.der_content(crl, 0, 1);
	FOR element IN SELECT * FROM pg_temp.der(pg_temp.der_content(crl, 0, 0)) AS d ORDER BY d.n LOOP
		CASE
			WHEN element.n = 0 AND element.tag = '2' THEN version := element.content;
			WHEN element.n = 1 AND element.tag = '30' THEN algorithm := element.content;
			WHEN element.n = 2 AND element.tag = '30' THEN issuer := element.content;
			WHEN element.n = 3 THEN this_update := pg_temp.der_time(element.tag, element.content);
			WHEN element.n = 4 THEN next_update := pg_temp.der_time(element.tag, element.content);
			WHEN element.n = 5 AND element.tag = '30' THEN revoked := element.content;
			WHEN element.n IN (5, 6) AND element.tag = 'A0' THEN extensions := pg_temp.der_content(element.content, 0);
		END CASE;
	END LOOP;
END
$$;

CREATE FUNCTION pg_temp.crl_extensions(crl bytea)
RETURNS TABLE (n int, extension text, critical boolean, value bytea) LANGUAGE sql AS $$
	SELECT x.n,
		CASE x.extension WHEN '551d14' THEN 'cRLNumber' WHEN '551d1c' THEN 'issuingDistributionPoint'
			ELSE x.extension END,
		x.critical, x.value
	FROM pg_temp.crl_fields(crl) AS f, pg_temp.extensions_of(f.extensions) AS x
$$;

CREATE FUNCTION pg_temp.crl_number(crl bytea) RETURNS numeric LANGUAGE sql AS $$
	SELECT pg_temp.der_number(pg_temp.der_content(x.value, 0))
	FROM pg_temp.crl_extensions(crl) AS x WHERE x.extension = 'cRLNumber'
$$;

-- The URL of the issuing distribution point, or NULL.
CREATE FUNCTION pg_temp.crl_url(crl bytea) RETURNS text LANGUAGE sql AS $$
	SELECT convert_from(pg_temp.der_content(x.value, 0, 0, 0, 0), 'UTF8')
	FROM pg_temp.crl_extensions(crl) AS x WHERE x.extension = 'issuingDistributionPoint'
$$;

-- RFC 5280 5.3; extensions: hexadecimal, except the reason
CREATE FUNCTION pg_temp.crl_entries(crl bytea)
RETURNS TABLE (serial text, revoked_at timestamptz, reason int, extensions text)
LANGUAGE sql AS $$
	SELECT lpad(ltrim(encode(pg_temp.der_content(e.content, 0), 'hex'), '0'), 32, '0'),
		(SELECT pg_temp.der_time(d.tag, d.content) FROM pg_temp.der(e.content) AS d WHERE d.n = 1),
		(SELECT get_byte(pg_temp.der_content(x.value, 0), 0)
			FROM pg_temp.der(e.content) AS d, pg_temp.extensions_of(d.content) AS x
			WHERE d.n = 2 AND x.extension = '551d15' AND NOT x.critical),
		(SELECT string_agg(encode(x.value, 'hex'), ' ')
			FROM pg_temp.der(e.content) AS d, pg_temp.extensions_of(d.content) AS x
			WHERE d.n = 2 AND x.extension <> '551d15')
	FROM pg_temp.crl_fields(crl) AS f, pg_temp.der(f.revoked) AS e
$$;

-- Which CRLs of an authority maintenance writes now: "complete", or the number
-- of the partition by its age, each with the count of its entries.
CREATE TEMPORARY TABLE known_crl (id uuid, number bigint, PRIMARY KEY (id, number));
CREATE FUNCTION pg_temp.new_crls(authority text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	SELECT string_agg(coalesce('partition ' || p.n, 'complete') || ': ' || r.entries,
		', ' ORDER BY p.n NULLS FIRST)
	INTO result
	FROM pca.certificate_authority AS a JOIN pca.crl AS r ON r.authority_id = a.id
		LEFT JOIN (SELECT id, row_number() OVER (PARTITION BY authority_id ORDER BY created_at) AS n
			FROM pca.crl_partition) AS p
			ON p.id = r.id
	WHERE a.arn = authority AND NOT EXISTS (SELECT FROM known_crl AS k WHERE k.id = r.id AND k.number = r.number)
		AND r.number IS NOT NULL;
	INSERT INTO known_crl
	SELECT r.id, r.number
	FROM pca.certificate_authority AS a JOIN pca.crl AS r ON r.authority_id = a.id
	WHERE a.arn = authority AND r.number IS NOT NULL ON CONFLICT DO NOTHING;
	RETURN coalesce(result, 'none');
END
$$;
CREATE FUNCTION pg_temp.maintain(authority text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pca_run_maintenance();
	RETURN pg_temp.new_crls(authority);
END
$$;

-- A configuration with CRLs that are good for 7 days, in the bucket "bucket", and what else is given.
CREATE FUNCTION pg_temp.crl_configuration(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('CrlConfiguration', jsonb_strip_nulls('{"Enabled": true, "ExpirationInDays": 7,
		"S3BucketName": "bucket", "CustomCname": "crl.example.com"}' || more))
$$;
