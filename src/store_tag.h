/*-------------------------------------------------------------------------
 *
 * store_tag.h
 *	  The table of tags.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_TAG_H
#define STORE_TAG_H

#include "postgres.h"

#include "store_query.h"

extern void pca_tag_put(const pg_uuid_t *authority, const char *key, const char *value);
extern void pca_tag_remove(const pg_uuid_t *authority, const char *key, const char *value);
extern int64 pca_tag_count(const pg_uuid_t *authority);
extern PcaRows pca_tag_list(const pg_uuid_t *authority, const char *after, int64 limit);

#endif							/* STORE_TAG_H */
