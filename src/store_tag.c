/*-------------------------------------------------------------------------
 *
 * store_tag.c
 *	  The table of tags.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store_tag.h"

/* Stores a tag, replacing the one with the same key.  The value may be NULL. */
void
pca_tag_put(const pg_uuid_t *authority, const char *key, const char *value)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.tag (authority_id, key, value) VALUES ($1, $2, $3)"
		" ON CONFLICT (authority_id, key) DO UPDATE SET value = excluded.value"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(authority), pca_text(key), pca_text(value)));
}

/* Removes the tag with this key if it has this value; NULL matches any value. */
void
pca_tag_remove(const pg_uuid_t *authority, const char *key, const char *value)
{
	static PcaQuery query = {
		.sql = "DELETE FROM pca.tag WHERE authority_id OPERATOR(pg_catalog.=) $1 AND key OPERATOR(pg_catalog.=) $2"
		" AND ($3 IS NULL OR value OPERATOR(pg_catalog.=) $3)"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(authority), pca_text(key), pca_text(value)));
}

int64
pca_tag_count(const pg_uuid_t *authority)
{
	static PcaQuery query = {
		.sql = "SELECT pg_catalog.count(*) FROM pca.tag WHERE authority_id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(authority)));

	return pca_rows_int64(&rows, 0, 0);
}

/* Lists the tags of an authority by their keys.  after: the last key of the page before, or NULL. */
PcaRows
pca_tag_list(const pg_uuid_t *authority, const char *after, int64 limit)
{
	static PcaQuery query = {
		.sql = "SELECT key, value FROM pca.tag WHERE authority_id OPERATOR(pg_catalog.=) $1"
		" AND ($2 IS NULL OR key OPERATOR(pg_catalog.>) $2) ORDER BY key LIMIT $3"
	};

	return pca_query_read(&query, PCA_VALUES(pca_uuid(authority), pca_text(after), pca_int64(limit)));
}
