/*-------------------------------------------------------------------------
 *
 * store_object.h
 *	  Objects in buckets: what the service would write to S3.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_OBJECT_H
#define STORE_OBJECT_H

#include "postgres.h"

#include "base_der.h"
#include "store_query.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Where the certificates of authorities are found; no bucket of the API has so short a name. */
#define PCA_CERTIFICATE_BUCKET "ca"
#define PCA_CERTIFICATE_SUFFIX ".cer"

/* An object without its content */
typedef struct PcaObject
{
	const char *bucket;
	const char *key;
	pg_uuid_t	id;				/* of this content; new each time it is written */
	pg_uuid_t	authority;
	const char *account_id;		/* the owner's */
	const char *content_type;
	const char *acl;			/* PUBLIC_READ or BUCKET_OWNER_FULL_CONTROL */
	TimestampTz written_at;
	TimestampTz next_update;	/* DT_NOEND if it never becomes stale */
	int64		size;			/* of a row that was read */
	PcaOrigin	origin;			/* the same */
	bool		is_certificate; /* of the authority; it is not in pca.object */
} PcaObject;

/* An object that is being written piece by piece */
typedef struct PcaObjectWriter
{
	const PcaObject *object;
	bytea	   *chunk;
	size_t		chunk_length;	/* of what the chunk holds so far */
	int32		chunk_count;
	int64		size;
} PcaObjectWriter;

extern void pca_object_remove(const char *bucket, const char *key);
extern void pca_object_begin(PcaObjectWriter *writer, const PcaObject *object);
extern void pca_object_append(PcaObjectWriter *writer, PcaBytes bytes);
extern void pca_object_end(PcaObjectWriter *writer);

extern bool pca_object_find(const char *bucket, const char *key, PcaObject *object);
extern bool pca_object_find_version(const pg_uuid_t *id, PcaObject *object);
extern bool pca_object_load(const PcaObject *object, PcaBytes *content);
extern bool pca_object_find_certificate(const pg_uuid_t *authority, PcaObject *object);
extern bool pca_object_find_certificate_version(const pg_uuid_t *id, PcaObject *object);
extern bool pca_object_read_certificate(const pg_uuid_t *id, bytea **content);
extern bool pca_object_read(const char *bucket, const char *key, const pg_uuid_t *id, bytea **content);

#endif							/* STORE_OBJECT_H */
