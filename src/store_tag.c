/*-------------------------------------------------------------------------
 *
 * store_tag.c
 *	  The table of tags.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "store_tag.h"

/* Stores a tag in the place of the one with its key; the value may be NULL. */
void
pca_tag_put(const pg_uuid_t *authority, const char *key, const char *value)
{
	static PcaQuery query = {
		"INSERT INTO pca.tag (authority_id, key, value) VALUES ($1, $2, $3)"
		" ON CONFLICT (authority_id, key) DO UPDATE SET value = excluded.value",
		{UUIDOID, TEXTOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_text(&arguments, key);
	pca_argument_add_text(&arguments, value);
	pca_query_write(&query, &arguments);
}

/* Removes the tag with this key if it has this value; NULL: whatever its value. */
void
pca_tag_remove(const pg_uuid_t *authority, const char *key, const char *value)
{
	static PcaQuery query = {
		"DELETE FROM pca.tag WHERE authority_id OPERATOR(pg_catalog.=) $1 AND key OPERATOR(pg_catalog.=) $2"
		" AND ($3 IS NULL OR value OPERATOR(pg_catalog.=) $3)",
		{UUIDOID, TEXTOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_text(&arguments, key);
	pca_argument_add_text(&arguments, value);
	pca_query_write(&query, &arguments);
}

int64
pca_tag_count(const pg_uuid_t *authority)
{
	static PcaQuery query = {
		"SELECT pg_catalog.count(*) FROM pca.tag WHERE authority_id OPERATOR(pg_catalog.=) $1",
		{UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;

	pca_argument_add_uuid(&arguments, authority);
	rows = pca_query_read(&query, &arguments);
	return DatumGetInt64(pca_rows_datum(&rows, 0, 0));
}

/* The tags of an authority by their keys, from behind the given one on, if any. */
PcaRows
pca_tag_list(const pg_uuid_t *authority, const char *after, int64 limit)
{
	static PcaQuery query = {
		"SELECT key, value FROM pca.tag WHERE authority_id OPERATOR(pg_catalog.=) $1"
		" AND ($2 IS NULL OR key OPERATOR(pg_catalog.>) $2) ORDER BY key LIMIT $3",
		{UUIDOID, TEXTOID, INT8OID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_text(&arguments, after);
	pca_argument_add(&arguments, Int64GetDatum(limit));
	return pca_query_read(&query, &arguments);
}
