/*-------------------------------------------------------------------------
 *
 * base_argument.c
 *	  Reads the arguments of a SQL function and checks them against their shapes.
 *
 * The functions are not STRICT: a missing required parameter is an error that
 * names it, never a silent NULL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "base_argument.h"
#include "base_error.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

/* The longest text of the model is a certificate chain; no structure comes near the second limit. */
#define MAX_TEXT_SIZE (2 * 1024 * 1024)
#define MAX_JSON_SIZE (1024 * 1024)

static void
missing_error(const char *name)
{
	pca_error(VALIDATION,
			  errmsg("parameter \"%s\" is missing", name),
			  errdetail("The value at %s is null.", name),
			  errhint("Pass a value: %s => ...", name));
}

/* Throws ValidationException if a required parameter is NULL. */
void
pca_argument_require(FunctionCallInfo fcinfo, int i, const char *name)
{
	if (PG_ARGISNULL(i))
		missing_error(name);
}

/*
 * Throws ValidationException for a value that is larger than any in the model,
 * before it is decompressed.
 */
void
pca_argument_check_size(FunctionCallInfo fcinfo, int i, const char *name, Size limit)
{
	Size		size = toast_raw_datum_size(PG_GETARG_DATUM(i)) - VARHDRSZ;

	if (size > limit)
		pca_error(VALIDATION,
				  errmsg("value of \"%s\" is too long", name),
				  errdetail("The value at %s has %zu bytes.", name, size),
				  errhint("Specify at most %zu bytes.", limit));
}

/* Reads a text and checks it against its shape.  Returns NULL if it is not given. */
char *
pca_argument_text(FunctionCallInfo fcinfo, int i, const char *name, const PcaShape *shape)
{
	PcaPath		path = {NULL, name, 0};
	char	   *value;

	if (PG_ARGISNULL(i))
		return NULL;
	pca_argument_check_size(fcinfo, i, name, MAX_TEXT_SIZE);
	value = text_to_cstring(PG_GETARG_TEXT_PP(i));
	pca_shape_check_text(shape, value, &path);
	return value;
}

char *
pca_argument_required_text(FunctionCallInfo fcinfo, int i, const char *name, const PcaShape *shape)
{
	pca_argument_require(fcinfo, i, name);
	return pca_argument_text(fcinfo, i, name, shape);
}

/* Reads a structure and checks it against its shape.  Returns false for NULL and for JSON's null. */
bool
pca_argument_json(FunctionCallInfo fcinfo, int i, const char *name, const PcaShape *shape, PcaJson *json)
{
	PcaPath		path = {NULL, name, 0};

	if (PG_ARGISNULL(i))
		return false;
	pca_argument_check_size(fcinfo, i, name, MAX_JSON_SIZE);
	*json = pca_json_root(PG_GETARG_JSONB_P(i));
	if (json->type == jbvNull)
		return false;
	pca_shape_check(shape, json, &path);
	return true;
}

PcaJson
pca_argument_required_json(FunctionCallInfo fcinfo, int i, const char *name, const PcaShape *shape)
{
	PcaJson		json;

	if (!pca_argument_json(fcinfo, i, name, shape, &json))
		missing_error(name);
	return json;
}

bool
pca_argument_integer(FunctionCallInfo fcinfo, int i, const char *name, const PcaShape *shape, int32 *value)
{
	PcaPath		path = {NULL, name, 0};

	if (PG_ARGISNULL(i))
		return false;
	*value = PG_GETARG_INT32(i);
	pca_shape_check_integer(shape, *value, &path);
	return true;
}
