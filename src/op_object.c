/*-------------------------------------------------------------------------
 *
 * op_object.c
 *	  Reads the objects in buckets: CRLs and audit reports.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_error.h"
#include "miscadmin.h"
#include "op_access.h"
#include "op_object.h"
#include "store_account.h"
#include "store_installation.h"
#include "store_object.h"
#include "store_transaction.h"
#include "utils/memutils.h"

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

	if (strcmp(object->acl, "PUBLIC_READ") == 0)
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

static void
get_object(const char *bucket, const char *key, PcaObject *object)
{
	if (!pca_object_find(bucket, key, object))
		pca_error(RESOURCE_NOT_FOUND,
				  errmsg("object does not exist"),
				  errdetail("There is no \"%s\" in bucket \"%s\".", key, bucket),
				  errhint("The view pca.objects lists those of your account."));
	check_object_access(object);
	pca_transaction_check_committed(&object->origin, "object", key);
	check_size(object);
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
	} while (!pca_object_read(bucket, key, &object.id, &content));
	return content;
}

/*
 * pca_get_object(bucket, key) returns the object's content
 *
 * Throws ValidationException, ResourceNotFoundException (also when the object's
 * certificate authority is gone), AccessDeniedException,
 * RequestInProgressException.
 */
PCA_FUNCTION(pca_get_object)
{
	static const PcaShape key_shape = {.kind = PCA_SHAPE_STRING, .min = 1, .max = 1024};
	char	   *bucket = pca_argument_required_text(fcinfo, 0, "bucket", &pca_shape_s3_bucket_name);
	char	   *key = pca_argument_required_text(fcinfo, 1, "key", &key_shape);

	PG_RETURN_BYTEA_P(pca_object_get(bucket, key));
}
