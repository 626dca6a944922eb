/*-------------------------------------------------------------------------
 *
 * base_json.c
 *	  Reads typed values from jsonb.
 *
 * pca_shape_check() has checked the document before.  So a wrong type is an
 * internal error, not the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_json.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

PcaJson
pca_json_root(Jsonb *jsonb)
{
	PcaJson		json;

	if (JB_ROOT_IS_SCALAR(jsonb))
	{
		JsonbExtractScalar(&jsonb->root, &json);
		return json;
	}
	json.type = jbvBinary;
	json.val.binary.data = &jsonb->root;
	json.val.binary.len = VARSIZE(jsonb) - VARHDRSZ;
	return json;
}

/* Returns the document without its null members, as it is stored. */
Jsonb *
pca_json_strip_nulls(Jsonb *jsonb)
{
	/* From PostgreSQL 18 on the second argument is strip_in_arrays. */
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_strip_nulls, JsonbPGetDatum(jsonb), BoolGetDatum(false)));
}

bool
pca_json_is_object(const PcaJson *json)
{
	return json->type == jbvBinary && JsonContainerIsObject(json->val.binary.data);
}

bool
pca_json_is_array(const PcaJson *json)
{
	return json->type == jbvBinary && JsonContainerIsArray(json->val.binary.data) &&
		!JsonContainerIsScalar(json->val.binary.data);
}

/* Finds a member by its name.  Returns false if it is absent or null. */
bool
pca_json_find(const PcaJson *object, const char *name, PcaJson *member)
{
	return getKeyJsonValueFromContainer(object->val.binary.data, name, strlen(name), member) != NULL &&
		member->type != jbvNull;
}

char *
pca_json_text(const PcaJson *json)
{
	if (json->type != jbvString)
		elog(ERROR, "JSON value is not a string");
	return pnstrdup(json->val.string.val, json->val.string.len);
}

/* Reads a JSON number as an integer.  Returns false if it has a fraction or does not fit. */
bool
pca_json_int64(const PcaJson *json, int64 *value)
{
	char	   *digits;
	char	   *end;

	if (json->type != jbvNumeric)
		return false;
	digits = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(json->val.numeric)));
	errno = 0;
	*value = strtoi64(digits, &end, 10);
	return errno == 0 && end != digits && *end == '\0';
}

char *
pca_json_find_text(const PcaJson *object, const char *name)
{
	PcaJson		member;

	return pca_json_find(object, name, &member) ? pca_json_text(&member) : NULL;
}

bool
pca_json_find_boolean(const PcaJson *object, const char *name)
{
	PcaJson		member;

	return pca_json_find(object, name, &member) && member.type == jbvBool && member.val.boolean;
}

int
pca_json_count(const PcaJson *array)
{
	return JsonContainerSize(array->val.binary.data);
}

PcaJson
pca_json_element(const PcaJson *array, int i)
{
	JsonbValue *element = getIthJsonbValueFromContainer(array->val.binary.data, i);

	if (element == NULL)
		elog(ERROR, "JSON array has no element %d", i);
	return *element;
}
