-- What the extension consists of, object by object. Each query below lists what
-- breaks its rule, so that a new object either keeps the rules or is seen here.
\pset format unaligned
CREATE TEMPORARY VIEW member AS
SELECT d.classid::regclass AS catalog, d.objid, d.objsubid
FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'pca' AND d.deptype = 'e';
CREATE TEMPORARY VIEW function AS
SELECT p.*, p.proname ^@ 'pca_' AS is_api
FROM pg_proc AS p JOIN member AS m ON m.catalog = 'pg_proc'::regclass AND m.objid = p.oid;
CREATE TEMPORARY VIEW relation AS
SELECT c.* FROM pg_class AS c JOIN member AS m ON m.catalog = 'pg_class'::regclass AND m.objid = c.oid;
SELECT count(*) > 0 AS functions, (SELECT count(*) > 0 FROM relation) AS relations FROM function;

-- It has no operators, casts, languages, event triggers or other objects that could reach into
-- other roles' statements.
-- Newer versions of PostgreSQL count the row types of tables, and arrays of these.
SELECT catalog::text FROM member AS m
WHERE NOT EXISTS (SELECT FROM pg_type AS t
	WHERE m.catalog = 'pg_type'::regclass AND t.oid = m.objid AND (t.typrelid <> 0 OR t.typelem <> 0))
GROUP BY 1 ORDER BY 1;
-- The functions of the API are in the extension's schema and begin with pca_,
-- everything else is in the schema "pca".
SELECT n.nspname, p.proname FROM function AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE NOT (n.nspname = 'public' AND p.is_api) AND n.nspname <> 'pca';
SELECT relname FROM relation WHERE relnamespace <> 'pca'::regnamespace;
-- No other object is there.
SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend AS d
WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = 'pca'::regnamespace AND d.deptype = 'n'
	AND NOT EXISTS (SELECT FROM member AS m WHERE m.catalog = d.classid AND m.objid = d.objid)
	-- indexes and constraints follow from tables
	AND NOT EXISTS (SELECT FROM pg_depend AS i
		WHERE i.classid = d.classid AND i.objid = d.objid AND i.deptype IN ('i', 'a'));
-- One owner owns all.
SELECT count(DISTINCT owner) FROM (
	SELECT proowner AS owner FROM function UNION ALL SELECT relowner FROM relation
	UNION ALL SELECT t.typowner
		FROM pg_type AS t JOIN member AS m ON m.catalog = 'pg_type'::regclass AND m.objid = t.oid
	UNION ALL SELECT nspowner FROM pg_namespace WHERE nspname = 'pca'
	UNION ALL SELECT extowner FROM pg_extension WHERE extname = 'pca') AS o;
-- Everything has a comment: the extension, its schema, functions, tables, views, types.
SELECT pg_describe_object(m.catalog, m.objid, 0) FROM member AS m
WHERE obj_description(m.objid, m.catalog::text) IS NULL
	AND m.catalog IN ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_namespace'::regclass)
	OR m.catalog = 'pg_type'::regclass AND obj_description(m.objid, 'pg_type') IS NULL AND EXISTS (
		SELECT FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
		WHERE t.oid = m.objid AND t.typelem = 0 AND (c.oid IS NULL OR c.relkind = 'c'));
SELECT obj_description(oid, 'pg_extension') IS NOT NULL AS extension_has_one, extrelocatable
FROM pg_extension WHERE extname = 'pca';

--
-- Functions
--

-- No function is callable by PUBLIC, or by any role except its owner.
SELECT oid::regprocedure, proacl FROM function
WHERE proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) AS a WHERE a.grantee <> proowner);
-- Each has its search_path pinned, to pg_catalog and pg_temp, and no other setting.
SELECT oid::regprocedure, proconfig FROM function
WHERE proconfig IS DISTINCT FROM '{"search_path=pg_catalog, pg_temp"}';
-- None is SECURITY DEFINER, leakproof, an aggregate, a procedure, or variadic.
SELECT oid::regprocedure FROM function WHERE prosecdef OR proleakproof OR prokind <> 'f' OR provariadic <> 0;
-- The functions of the library that can be in a parallel query, and no others, have the
-- support function that loads it first.
SELECT p.oid::regprocedure FROM function AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.prosupport <>
	CASE WHEN l.lanname = 'c' AND p.proparallel <> 'u' THEN 'pca.planner_support'::regproc ELSE 0 END;
-- All are in C and of this library, by symbols with its prefix, except what pca_api() consists
-- of, triggers and warnings.
SELECT p.oid::regprocedure, l.lanname
FROM function AS p JOIN pg_language AS l ON l.oid = p.prolang WHERE l.lanname <> 'c'
ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT oid::regprocedure, probin, prosrc FROM function
WHERE probin <> '$libdir/pca' OR probin IS NOT NULL AND NOT prosrc ^@ 'pca_';
-- The functions of the API and what goes with them are VOLATILE, PARALLEL UNSAFE and called
-- with NULL; their parameters have names.
SELECT oid::regprocedure FROM function
WHERE is_api AND (provolatile <> 'v' OR proparallel <> 'u' OR proisstrict);
SELECT oid::regprocedure FROM function
WHERE is_api AND pronargs > 0 AND (proargnames IS NULL OR '' = ANY (proargnames));
-- Each has a name of its own.
SELECT proname FROM function GROUP BY proname HAVING count(*) > 1;
-- The others have the volatility that fits: those that read a table or the clock are not IMMUTABLE.
SELECT oid::regprocedure, provolatile, proparallel, proisstrict FROM function WHERE NOT is_api
ORDER BY oid::regprocedure::text COLLATE "C";
-- What is granted exists, and none of it is for superusers only.
SELECT a.name, count(o.oid) FROM pca.access AS a LEFT JOIN pca.access_objects AS o USING (name)
GROUP BY a.name HAVING count(o.oid) <> 1;
SELECT name FROM pca.access
WHERE name IN ('pca_grant_access', 'pca_register_account', 'pca_register_service_principal', 'pca_resume',
	'pca_suspend');
-- Each operation of the API is the function whose comment says so.
SELECT operation, oid::regprocedure FROM pca.access_objects
WHERE NOT obj_description(oid, 'pg_proc') ^@ (operation || ': ');
SELECT count(*) FROM pca.access WHERE operation IS NOT NULL;

--
-- Tables, views, types
--

-- They are granted to no role, and neither is a column, the schema, or a type beyond PostgreSQL's default.
SELECT relname, relacl FROM relation
WHERE EXISTS (SELECT FROM aclexplode(relacl) AS a WHERE a.grantee <> relowner);
SELECT attrelid::regclass, attname FROM pg_attribute
WHERE attrelid IN (SELECT oid FROM relation) AND attacl IS NOT NULL;
SELECT nspname, nspacl FROM pg_namespace
WHERE nspname = 'pca' AND EXISTS (SELECT FROM aclexplode(nspacl) AS a WHERE a.grantee <> nspowner);
SELECT has_schema_privilege('pg_database_owner', 'pca', 'USAGE') AS usage,
	has_schema_privilege('pg_database_owner', 'pca', 'CREATE') AS create;
SELECT t.oid::regtype, t.typacl
FROM pg_type AS t JOIN member AS m ON m.catalog = 'pg_type'::regclass AND m.objid = t.oid
WHERE t.typacl IS NOT NULL;
SELECT t.oid::regtype, t.typtype
FROM pg_type AS t JOIN member AS m ON m.catalog = 'pg_type'::regclass AND m.objid = t.oid
	LEFT JOIN pg_class AS c ON c.oid = t.typrelid WHERE t.typelem = 0 AND coalesce(c.relkind, 'c') = 'c';
-- Tables and views, and nothing else; permanent, not partitioned, without rules or foreign triggers.
SELECT relname, relkind FROM relation WHERE relkind NOT IN ('r', 'v');
SELECT relname FROM relation
WHERE relpersistence <> 'p' OR relispartition OR relhassubclass OR relforcerowsecurity
	OR relkind = 'r' AND relhasrules;
-- Row security hides the rows of each table from all roles except its owner and superusers.
SELECT relname FROM relation
WHERE relkind = 'r' AND (NOT relrowsecurity OR EXISTS (SELECT FROM pg_policy WHERE polrelid = relation.oid));
SELECT tgrelid::regclass, tgname, tgfoid::regprocedure, tgenabled FROM pg_trigger
WHERE tgrelid IN (SELECT oid FROM relation) AND NOT tgisinternal AND tgname <> 'refuse_truncate'
ORDER BY tgrelid::regclass::text COLLATE "C", tgname;
-- No table can be truncated, not even by a superuser or together with other tables.
CREATE FUNCTION pg_temp.outcome(statement text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
SELECT oid::regclass, outcome
FROM relation, pg_temp.outcome('TRUNCATE ' || oid::regclass || ' CASCADE')
WHERE relkind = 'r' AND outcome <> '23000';
-- The extension depends on the language that it is written in.
SELECT r.extname
FROM pg_depend AS d JOIN pg_extension AS e ON d.classid = 'pg_extension'::regclass AND d.objid = e.oid
	JOIN pg_extension AS r ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = r.oid
WHERE e.extname = 'pca';
SELECT ev_class::regclass, rulename FROM pg_rewrite
WHERE ev_class IN (SELECT oid FROM relation) AND rulename <> '_RETURN';
-- Each table has a primary key; each constraint and index is valid.
SELECT relname FROM relation
WHERE relkind = 'r'
	AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation.oid AND contype = 'p');
SELECT conrelid::regclass, conname FROM pg_constraint
WHERE conrelid IN (SELECT oid FROM relation) AND NOT convalidated;
SELECT indexrelid::regclass FROM pg_index
WHERE indrelid IN (SELECT oid FROM relation) AND NOT (indisvalid AND indisready);
-- There is no foreign key, which a parallel restore would violate. What belongs to an
-- authority is still removed with it.
SELECT conrelid::regclass, conname FROM pg_constraint
WHERE conrelid IN (SELECT oid FROM relation) AND contype = 'f';
SELECT relname
FROM relation JOIN pg_attribute ON attrelid = relation.oid AND attname = 'authority_id'
WHERE relkind = 'r'
	AND NOT EXISTS (SELECT FROM function
		WHERE proname = 'remove_dependents'
			AND prosrc LIKE format('%%DELETE FROM pca.%s WHERE authority_id = OLD.id%%', relname));
-- The views for callers are security barriers with the owner of the tables; pca_grant_access()
-- grants no other view.
SELECT name FROM pca.access_objects AS o JOIN relation AS r ON r.oid = o.oid
WHERE r.reloptions IS DISTINCT FROM '{security_barrier=true}';
SELECT relname, reloptions FROM relation WHERE relkind = 'v' ORDER BY 1;
SELECT table_name, is_updatable, is_insertable_into FROM information_schema.views
WHERE table_schema = 'pca' ORDER BY 1;
-- A dump has every table except pca.access, which the script fills, and pca.installation,
-- without which a restored database is dormant. For two tables it leaves out the rows of
-- dropped roles.
SELECT relname FROM relation
WHERE relkind = 'r' AND NOT (SELECT relation.oid = ANY (extconfig) FROM pg_extension WHERE extname = 'pca');
SELECT c.oid::regclass, c.condition
FROM pg_extension, unnest(extconfig, extcondition) AS c (oid, condition)
WHERE extname = 'pca' AND condition <> '' ORDER BY c.oid::regclass::text COLLATE "C";

--
-- Settings
--

DO $$ BEGIN PERFORM pca_caller_identity(); END $$;
SELECT count(*) > 0 AS there_are_some FROM pg_settings WHERE name LIKE 'pca.%';
-- Ordinary roles can set none of them.
SELECT name, context FROM pg_settings
WHERE name LIKE 'pca.%' AND context NOT IN ('superuser', 'postmaster', 'sighup', 'superuser-backend');
SELECT name FROM pg_settings WHERE name LIKE 'pca.%' AND coalesce(short_desc, '') = '';
