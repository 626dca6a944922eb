-- What a statement throws, in one line without anything that differs from run
-- to run: SQLSTATE message | DETAIL | HINT. Nothing that it did stays.
CREATE FUNCTION pg_temp.stable(message text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(regexp_replace(message,
		'(/certificate/)[0-9A-Fa-f]+', '\1SERIAL', 'g'),
		'[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}', 'UUID', 'g'),
		'\m[12][0-9]{9}\M|\m20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z\M', 'TIME', 'g')
$$;

CREATE FUNCTION pg_temp.exception(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	message text;
	detail text;
	hint text;
BEGIN
	BEGIN
		EXECUTE statement;
		RAISE EXCEPTION USING ERRCODE = '00P00';
	EXCEPTION
		WHEN SQLSTATE '00P00' THEN
			RETURN 'no exception';
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
				detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	END;
	RETURN pg_temp.stable(concat_ws(' | ', state || ' ' || message, nullif(detail, ''), nullif(hint, '')));
END
$$;

-- What a role gets when it calls: 42501 without the right, else the function's own error.
CREATE FUNCTION pg_temp.as_role(role text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	exception text;
BEGIN
	PERFORM set_config('role', role, true);
	exception := pg_temp.exception(statement);
	PERFORM set_config('role', 'none', true);
	RETURN exception;
END
$$;

-- A condition that costs nothing, so that it is tried first: it reports what it is given.
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
	RAISE NOTICE 'saw %', $1;
	RETURN true;
END
$$;
