/*-------------------------------------------------------------------------
 *
 * op_object.c
 *	  Reads the objects in buckets: CRLs and audit reports, and the certificates of
 *	  authorities, which are published like them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "base_record.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "op_access.h"
#include "op_crl_place.h"
#include "op_object.h"
#include "store_account.h"
#include "store_installation.h"
#include "store_object.h"
#include "store_transaction.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Tells whether an object is for anyone. */
static bool
is_public(const PcaObject *object)
{
	return strcmp(object->acl, "PUBLIC_READ") == 0;
}

/*
 * Checks that the caller may read an object.  A public object may be read by
 * every role that may call the function, any other object only by its owner, and
 * by no service, because permissions do not cover objects.
 *
 * Throws AccessDeniedException, and RequestFailedException for what a dormant
 * database would publish.
 */
static void
check_object_access(const PcaObject *object)
{
	const PcaCaller *caller;

	if (is_public(object))
	{
		pca_installation_check();
		return;
	}
	caller = pca_caller_get();
	if (caller->service_principal[0] == '\0' && strcmp(caller->account_id, object->account_id) == 0)
		return;
	pca_error(ACCESS_DENIED,
			  errmsg("\"%s\" is not authorized to perform s3:GetObject", pca_caller_format()),
			  errdetail("The object \"%s\" in bucket \"%s\" can be read only by its owner.", object->key, object->bucket),
			  errhint("Ask account %s, which owns the object.", object->account_id));
}

/* Checks that the content fits a value of bytea, which has at most 1 GB. */
static void
check_size(const PcaObject *object)
{
	if (object->size > (int64) (MaxAllocSize - VARHDRSZ))
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("object is too large for one value"),
				errdetail("The object \"%s\" in bucket \"%s\" has %lld bytes.", object->key, object->bucket,
						  (long long) object->size),
				errhint("As a superuser, read its pieces one by one from pca.object_chunk."));
}

/* Finds the certificate of an authority, which is the object "ID.cer" in bucket "ca". */
static bool
find_authority_certificate(const char *bucket, const char *key, PcaObject *object)
{
	size_t		id_length = strlen(key) - Min(strlen(key), strlen(PCA_CERTIFICATE_SUFFIX));
	pg_uuid_t	authority;

	return strcmp(bucket, PCA_CERTIFICATE_BUCKET) == 0 && strcmp(key + id_length, PCA_CERTIFICATE_SUFFIX) == 0 &&
		pca_uuid_parse(pnstrdup(key, id_length), &authority) && pca_object_find_certificate(&authority, object);
}

/*
 * Checks that the caller may have an object that was found, and that another
 * transaction has written it.
 */
static void
check_object(const PcaObject *object)
{
	check_object_access(object);
	pca_transaction_check_committed(&object->origin, "object", object->key);
}

/* Finds an object at its place, at a former place of a CRL, or among the certificates of authorities. */
static bool
find_object(const char *bucket, const char *key, PcaObject *object)
{
	return pca_object_find(bucket, key, object) || pca_crl_place_find(bucket, key, object) ||
		find_authority_certificate(bucket, key, object);
}

static void
get_object(const char *bucket, const char *key, PcaObject *object)
{
	if (!find_object(bucket, key, object))
		pca_error(RESOURCE_NOT_FOUND,
				  errmsg("object does not exist"),
				  errdetail("There is no \"%s\" in bucket \"%s\".", key, bucket),
				  errhint("The view pca.objects lists those of your account."));
	check_object(object);
}

/* Reads the content of an object that was found.  Returns false if it has been written again since. */
static bool
read_content(const PcaObject *object, bytea **content)
{
	check_size(object);
	return object->is_certificate
		? pca_object_read_certificate(&object->id, content)
		: pca_object_read(object->bucket, object->key, &object->id, content);
}

/*
 * Returns the content of an object that the caller may read.
 *
 * Throws ResourceNotFoundException (also when the object's certificate
 * authority is gone), AccessDeniedException, RequestInProgressException.
 */
bytea *
pca_object_get(const char *bucket, const char *key)
{
	PcaObject	object;
	bytea	   *content;

	/* Try again if the object was rewritten between the two look-ups. */
	do
	{
		CHECK_FOR_INTERRUPTS();
		get_object(bucket, key, &object);
	} while (!read_content(&object, &content));
	return content;
}

/* Reads the first two arguments of a function: a bucket, or the host that stands for one, and a key. */
static void
read_place(FunctionCallInfo fcinfo, char **bucket, char **key)
{
	static const PcaShape bucket_shape = {.kind = PCA_SHAPE_STRING, .min = 1, .max = 253};
	static const PcaShape key_shape = {.kind = PCA_SHAPE_STRING, .min = 1, .max = 1024};

	*bucket = pca_argument_required_text(fcinfo, 0, "bucket", &bucket_shape);
	*key = pca_argument_required_text(fcinfo, 1, "key", &key_shape);
}

/*
 * pca_get_object(bucket, key) returns the object's content
 *
 * A CRL is also found where it was before it moved, and at the host and path of
 * its URL, as long as certificates name that; the certificate of an authority is
 * "ID.cer" in bucket "ca".
 *
 * Throws ValidationException, ResourceNotFoundException (also when the object's
 * certificate authority is gone), AccessDeniedException,
 * RequestInProgressException.
 */
PCA_FUNCTION(pca_get_object)
{
	char	   *bucket;
	char	   *key;

	read_place(fcinfo, &bucket, &key);
	PG_RETURN_BYTEA_P(pca_object_get(bucket, key));
}

/*
 * pca_object_head(bucket, key) returns (etag, size, content_type, written_at,
 * next_update) of what pca_get_object() returns, or NULL if no public object is
 * there: a stranger asks a server for it, and writes no error into the log
 *
 * The ETag is another one each time that the object is written.  What does not
 * become stale has its next_update at infinity.
 *
 * Throws ValidationException, RequestInProgressException, and RequestFailedException
 * in a dormant database.
 */
PCA_FUNCTION(pca_object_head)
{
	static const PcaColumn columns[] = {
		{"etag", TEXTOID}, {"size", INT8OID}, {"content_type", TEXTOID}, {"written_at", TIMESTAMPTZOID},
		{"next_update", TIMESTAMPTZOID}
	};
	static PcaRecord record = {.columns = columns, .count = lengthof(columns)};
	char	   *bucket;
	char	   *key;
	PcaObject	object;

	read_place(fcinfo, &bucket, &key);
	if (!find_object(bucket, key, &object) || !is_public(&object))
		PG_RETURN_NULL();
	check_object(&object);
	return pca_record_make(&record, (Datum[]) {
		CStringGetTextDatum(pca_uuid_format(&object.id)),
		Int64GetDatum(object.size),
		CStringGetTextDatum(object.content_type),
		TimestampTzGetDatum(object.written_at),
		TimestampTzGetDatum(object.next_update)
	}, (bool[]) {false, false, false, false, false});
}

/*
 * pca_object_content(etag) returns the content that pca_object_head() said this
 * ETag of; NULL if it has been replaced since
 *
 * Throws as pca_object_head().
 */
PCA_FUNCTION(pca_object_content)
{
	static const PcaShape etag_shape = {.kind = PCA_SHAPE_STRING, .min = 1, .max = 64};
	char	   *etag = pca_argument_required_text(fcinfo, 0, "etag", &etag_shape);
	pg_uuid_t	id;
	PcaObject	object;
	bytea	   *content;

	if (!pca_uuid_parse(etag, &id) ||
		(!pca_object_find_version(&id, &object) && !pca_object_find_certificate_version(&id, &object)))
		PG_RETURN_NULL();
	if (!is_public(&object))
		PG_RETURN_NULL();
	check_object(&object);
	if (!read_content(&object, &content))
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(content);
}
