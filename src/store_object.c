/*-------------------------------------------------------------------------
 *
 * store_object.c
 *	  Objects in buckets: what the service would write to S3.
 *
 * An object is a row, and its content is in pieces, so that writing one needs
 * memory for one piece only.  An object that is rewritten gets a new row, so that
 * its xmin is the transaction that wrote the content.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "store_object.h"

#define CHUNK_SIZE (1024 * 1024)

/* Removes an object with its content. */
void
pca_object_remove(const char *bucket, const char *key)
{
	static PcaQuery query = {
		.sql = "WITH removed AS (DELETE FROM pca.object WHERE bucket OPERATOR(pg_catalog.=) $1"
		"  AND key OPERATOR(pg_catalog.=) $2 RETURNING id)"
		" DELETE FROM pca.object_chunk WHERE object_id IN (SELECT id FROM removed)"
	};

	pca_query_write(&query, PCA_VALUES(pca_text(bucket), pca_text(key)));
}

/*
 * Begins to write an object, which replaces one with the same key.
 *
 * object: must outlive the writer.
 */
void
pca_object_begin(PcaObjectWriter *writer, const PcaObject *object)
{
	pca_object_remove(object->bucket, object->key);
	*writer = (PcaObjectWriter) {.object = object, .chunk = palloc(VARHDRSZ + CHUNK_SIZE)};
}

static void
put_chunk(PcaObjectWriter *writer)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.object_chunk (object_id, number, content) VALUES ($1, $2, $3)"
	};

	SET_VARSIZE(writer->chunk, VARHDRSZ + writer->chunk_length);
	pca_query_write(&query, PCA_VALUES(pca_uuid(&writer->object->id), pca_int32(writer->chunk_count),
									   pca_bytea(writer->chunk)));
	writer->chunk_count++;
	writer->size += writer->chunk_length;
	writer->chunk_length = 0;
}

void
pca_object_append(PcaObjectWriter *writer, PcaBytes bytes)
{
	while (bytes.length > 0)
	{
		size_t		part = Min(bytes.length, CHUNK_SIZE - writer->chunk_length);

		memcpy(VARDATA(writer->chunk) + writer->chunk_length, bytes.data, part);
		writer->chunk_length += part;
		bytes.data += part;
		bytes.length -= part;
		if (writer->chunk_length == CHUNK_SIZE)
			put_chunk(writer);
	}
}

/* Completes an object, which can be read once the transaction has committed. */
void
pca_object_end(PcaObjectWriter *writer)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.object (bucket, key, id, authority_id, account_id, content_type, acl, written_at,"
		" next_update, size) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULLIF($9, 'infinity'), $10)"
	};
	const PcaObject *object = writer->object;

	if (writer->chunk_length > 0)
		put_chunk(writer);
	pfree(writer->chunk);
	pca_query_write(&query, PCA_VALUES(pca_text(object->bucket), pca_text(object->key),
									   pca_uuid(&object->id), pca_uuid(&object->authority),
									   pca_text(object->account_id), pca_text(object->content_type),
									   pca_text(object->acl), pca_timestamp(object->written_at),
									   pca_timestamp(object->next_update), pca_int64(writer->size)));
}

/* The columns of an object, and the condition that its authority's restoration period has not ended */
#define OBJECT_COLUMNS \
	"SELECT o.bucket, o.key, o.id, o.authority_id, o.account_id, o.content_type, o.acl, o.written_at," \
	" COALESCE(o.next_update, 'infinity'), o.size, " PCA_ORIGIN("o") \
	" FROM pca.object AS o JOIN pca.certificate_authority AS a ON a.id OPERATOR(pg_catalog.=) o.authority_id" \
	" WHERE pca.certificate_authority_status(a.status, a.not_after, a.restorable_until) IS NOT NULL"

static bool
read_object(const PcaRows *rows, PcaObject *object)
{
	if (rows->count == 0)
		return false;
	*object = (PcaObject) {
		.bucket = pca_rows_text(rows, 0, 0),
		.key = pca_rows_text(rows, 0, 1),
		.id = *pca_rows_uuid(rows, 0, 2),
		.authority = *pca_rows_uuid(rows, 0, 3),
		.account_id = pca_rows_text(rows, 0, 4),
		.content_type = pca_rows_text(rows, 0, 5),
		.acl = pca_rows_text(rows, 0, 6),
		.written_at = pca_rows_timestamp(rows, 0, 7),
		.next_update = pca_rows_timestamp(rows, 0, 8),
		.size = pca_rows_int64(rows, 0, 9),
		.origin = pca_rows_origin(rows, 10)
	};
	return true;
}

/*
 * Reads an object without its content.  Returns false if it does not exist or its
 * authority's restoration period has ended.
 */
bool
pca_object_find(const char *bucket, const char *key, PcaObject *object)
{
	static PcaQuery query = {
		.sql = OBJECT_COLUMNS " AND o.bucket OPERATOR(pg_catalog.=) $1 AND o.key OPERATOR(pg_catalog.=) $2"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_text(bucket), pca_text(key)));

	return read_object(&rows, object);
}

/* Does so with the object that has this content.  Returns false if it has been written again since, too. */
bool
pca_object_find_version(const pg_uuid_t *id, PcaObject *object)
{
	static PcaQuery query = {
		.sql = OBJECT_COLUMNS " AND o.id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(id)));

	return read_object(&rows, object);
}

/* The content of an object, as far as its pieces have been read */
typedef struct ObjectContent
{
	uint8	   *data;
	size_t		length;
	size_t		size;
	bool		is_too_long;
} ObjectContent;

static void
receive_piece(void *state, const PcaRows *row)
{
	ObjectContent *content = state;
	PcaBytes	piece = pca_rows_bytes(row, 0, 0);

	content->is_too_long |= piece.length > content->size - content->length;
	if (content->is_too_long)
		return;
	memcpy(content->data + content->length, piece.data, piece.length);
	content->length += piece.length;
}

/*
 * Reads the content of an object piece by piece, so that memory holds one copy of
 * it.  Returns false if pieces are missing, as in a partial restore.
 */
bool
pca_object_load(const PcaObject *object, PcaBytes *content)
{
	static PcaQuery query = {
		.sql = "SELECT content FROM pca.object_chunk WHERE object_id OPERATOR(pg_catalog.=) $1 ORDER BY number"
	};
	ObjectContent loaded = {.size = object->size};

	loaded.data = palloc_extended(Max(loaded.size, 1), MCXT_ALLOC_HUGE);
	pca_query_scan(&query, PCA_VALUES(pca_uuid(&object->id)), receive_piece, &loaded);
	*content = (PcaBytes) {loaded.data, loaded.length};
	return !loaded.is_too_long && loaded.length == loaded.size;
}

/*
 * Reads the content of an object that was found.  Returns false if it has been
 * rewritten since.
 *
 * One statement sees the object and all of its pieces.
 */
bool
pca_object_read(const char *bucket, const char *key, const pg_uuid_t *id, bytea **content)
{
	static PcaQuery query = {
		.sql = "SELECT COALESCE(pg_catalog.string_agg(c.content, ''::pg_catalog.bytea ORDER BY c.number), '')"
		" FROM pca.object AS o LEFT JOIN pca.object_chunk AS c ON c.object_id OPERATOR(pg_catalog.=) o.id"
		" WHERE o.bucket OPERATOR(pg_catalog.=) $1 AND o.key OPERATOR(pg_catalog.=) $2"
		"  AND o.id OPERATOR(pg_catalog.=) $3"
		" GROUP BY o.id"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_text(bucket), pca_text(key), pca_uuid(id)));

	if (rows.count > 0)
		*content = pca_rows_bytea(&rows, 0, 0);
	return rows.count > 0;
}

#define CERTIFICATE_COLUMNS \
	"SELECT c.id, a.id, a.account_id, c.imported_at, pg_catalog.octet_length(c.certificate), " PCA_ORIGIN("c") \
	" FROM pca.certificate_authority AS a" \
	" JOIN pca.certificate_authority_certificate AS c ON c.id OPERATOR(pg_catalog.=) a.certificate_id" \
	" WHERE pca.certificate_authority_status(a.status, a.not_after, a.restorable_until) IS NOT NULL"

static bool
read_certificate_object(const PcaRows *rows, PcaObject *object)
{
	if (rows->count == 0)
		return false;
	*object = (PcaObject) {
		.bucket = PCA_CERTIFICATE_BUCKET,
		.key = psprintf("%s" PCA_CERTIFICATE_SUFFIX, pca_uuid_format(pca_rows_uuid(rows, 0, 1))),
		.id = *pca_rows_uuid(rows, 0, 0),
		.authority = *pca_rows_uuid(rows, 0, 1),
		.account_id = pca_rows_text(rows, 0, 2),
		.content_type = "application/pkix-cert",
		.acl = "PUBLIC_READ",
		.written_at = pca_rows_timestamp(rows, 0, 3),
		.next_update = DT_NOEND,
		.size = pca_rows_int32(rows, 0, 4),
		.origin = pca_rows_origin(rows, 5),
		.is_certificate = true
	};
	return true;
}

/*
 * Reads the certificate of an authority as an object without its content.
 * Returns false if there is none or the authority's restoration period has ended.
 */
bool
pca_object_find_certificate(const pg_uuid_t *authority, PcaObject *object)
{
	static PcaQuery query = {
		.sql = CERTIFICATE_COLUMNS " AND a.id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(authority)));

	return read_certificate_object(&rows, object);
}

/* Does so with the certificate of this id.  Returns false if it has been replaced since, too. */
bool
pca_object_find_certificate_version(const pg_uuid_t *id, PcaObject *object)
{
	static PcaQuery query = {
		.sql = CERTIFICATE_COLUMNS " AND c.id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(id)));

	return read_certificate_object(&rows, object);
}

/* Reads a certificate that was found.  Returns false if its authority has been removed since. */
bool
pca_object_read_certificate(const pg_uuid_t *id, bytea **content)
{
	static PcaQuery query = {
		.sql = "SELECT certificate FROM pca.certificate_authority_certificate WHERE id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(id)));

	if (rows.count > 0)
		*content = pca_rows_bytea(&rows, 0, 0);
	return rows.count > 0;
}
