-- A reader and a writer of DER, independent of the extension's, to look into its output
-- and to make its input.
-- The planner expects many rows of these functions, and would compile statements that
-- take less time than that.
SET jit = off;

-- The elements that follow one another in data.
CREATE FUNCTION pg_temp.der(data bytea)
RETURNS TABLE (n int, tag text, content bytea, whole bytea) LANGUAGE plpgsql AS $$
DECLARE
	at int := 0;
	size int;
	head int;
BEGIN
	n := 0;
	WHILE at < length(data) LOOP
		tag := upper(to_hex(get_byte(data, at)));
		size := get_byte(data, at + 1);
		head := 2;
		IF size > 128 THEN
			head := head + size - 128;
			size := 0;
			FOR i IN 2 .. head - 1 LOOP
				size := size * 256 + get_byte(data, at + i);
			END LOOP;
		END IF;
		content := substr(data, at + head + 1, size);
		whole := substr(data, at + 1, head + size);
		RETURN NEXT;
		at := at + head + size;
		n := n + 1;
	END LOOP;
END
$$;

-- The content of the element that a path of positions leads to.
CREATE FUNCTION pg_temp.der_content(data bytea, VARIADIC path int[]) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	step int;
BEGIN
	FOREACH step IN ARRAY path LOOP
		SELECT d.content INTO STRICT data FROM pg_temp.der(data) AS d WHERE d.n = step;
	END LOOP;
	RETURN data;
END
$$;

CREATE FUNCTION pg_temp.pem_to_der(pem text) RETURNS bytea LANGUAGE sql AS $$
	SELECT decode(regexp_replace(pem, '-----[A-Z ]+-----|\s', '', 'g'), 'base64')
$$;

-- The extensions of an Extensions sequence's content, in their order.
CREATE FUNCTION pg_temp.extensions_of(list bytea)
RETURNS TABLE (n int, extension text, critical boolean, value bytea)
LANGUAGE sql AS $$
	SELECT d.n,
		coalesce((SELECT name FROM (VALUES
			('\x551d0e'::bytea, 'subjectKeyIdentifier'), ('\x551d0f', 'keyUsage'), ('\x551d11', 'subjectAltName'),
			('\x551d13', 'basicConstraints'), ('\x551d1e', 'nameConstraints'), ('\x551d1f', 'cRLDistributionPoints'),
			('\x551d20', 'certificatePolicies'), ('\x551d23', 'authorityKeyIdentifier'), ('\x551d25', 'extKeyUsage'),
			('\x2b06010505070101', 'authorityInfoAccess'),
			('\x2b0601050507010b', 'subjectInfoAccess')) AS k (oid, name)
			WHERE k.oid = pg_temp.der_content(d.content, 0)), encode(pg_temp.der_content(d.content, 0), 'hex')),
		EXISTS (SELECT FROM pg_temp.der(d.content) AS e WHERE e.tag = '1' AND e.content = '\xff'),
		(SELECT e.content FROM pg_temp.der(d.content) AS e WHERE e.tag = '4')
	FROM pg_temp.der(list) AS d
$$;

CREATE FUNCTION pg_temp.certificate_extensions(certificate bytea)
RETURNS TABLE (n int, extension text, critical boolean, value bytea) LANGUAGE sql AS $$
	SELECT x.*
	FROM pg_temp.der(pg_temp.der_content(certificate, 0, 0)) AS tbs,
		pg_temp.extensions_of(pg_temp.der_content(tbs.content, 0)) AS x
	WHERE tbs.tag = 'A3'
$$;

-- The attributes of a Name's content: object identifier, tag and text of each.
CREATE FUNCTION pg_temp.name_attributes(name bytea) RETURNS TABLE (n int, oid text, tag text, value text)
LANGUAGE sql AS $$
	SELECT rdn.n, encode(pg_temp.der_content(rdn.content, 0, 0), 'hex'), v.tag, convert_from(v.content, 'UTF8')
	FROM pg_temp.der(name) AS rdn, pg_temp.der(pg_temp.der_content(rdn.content, 0)) AS v
	WHERE v.n = 1
$$;

-- A serial number, hexadecimal in a certificate's ARN, as decimal text.
CREATE FUNCTION pg_temp.decimal(hex text) RETURNS text LANGUAGE sql AS $$
	SELECT trim_scale(sum(get_byte(decode(hex, 'hex'), i) * 256::numeric ^ (length(hex) / 2 - 1 - i)))::text
	FROM generate_series(0, length(hex) / 2 - 1) AS i
$$;

-- An element of some contents.
CREATE FUNCTION pg_temp.tlv(tag text, VARIADIC contents bytea[]) RETURNS bytea LANGUAGE sql AS $$
	SELECT decode(tag || CASE
			WHEN length(c.content) < 128 THEN lpad(to_hex(length(c.content)), 2, '0')
			WHEN length(c.content) < 256 THEN '81' || lpad(to_hex(length(c.content)), 2, '0')
			WHEN length(c.content) < 65536 THEN '82' || lpad(to_hex(length(c.content)), 4, '0')
			ELSE '83' || lpad(to_hex(length(c.content)), 6, '0') END, 'hex') || c.content
	FROM (SELECT coalesce(string_agg(part, '' ORDER BY n), '')
		FROM unnest(contents) WITH ORDINALITY AS p (part, n)) AS c (content)
$$;
