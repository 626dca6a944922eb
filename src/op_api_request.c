/*-------------------------------------------------------------------------
 *
 * op_api_request.c
 *	  Prepares a request for pca_api(): checks sizes first, and decodes each blob in
 *	  one pass.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_error.h"
#include "crypto_pem.h"
#include "rule_operation.h"
#include "utils/builtins.h"

/* A structure of the model has 1 MiB at most, a request ten members. */
#define MAX_REQUEST_SIZE (1536 * 1024)
#define MAX_REQUEST_MEMBERS 100

/* This one has a chain of 2 MiB, in base 64. */
#define LONGEST_OPERATION (pca_operation_get(PCA_OP_IMPORT_CERTIFICATE_AUTHORITY_CERTIFICATE)->action)
#define LONGEST_REQUEST_SIZE (3 * 1024 * 1024)

#define MAX_OPERATION_SIZE 1024

/*
 * pca.api_request(operation text, request jsonb) returns jsonb: the request,
 * in memory, so that what reads its members does not decompress it each time
 *
 * Throws ValidationException for what is larger than any of the API.
 */
PCA_FUNCTION(pca_api_request)
{
	char	   *operation = "";
	Jsonb	   *request;

	if (!PG_ARGISNULL(0))
	{
		pca_argument_check_size(fcinfo, 0, "operation", MAX_OPERATION_SIZE);
		operation = text_to_cstring(PG_GETARG_TEXT_PP(0));
	}
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	pca_argument_check_size(fcinfo, 1, "request",
							strcmp(operation, LONGEST_OPERATION) == 0 ? LONGEST_REQUEST_SIZE : MAX_REQUEST_SIZE);
	request = PG_GETARG_JSONB_P(1);
	if (JB_ROOT_COUNT(request) > MAX_REQUEST_MEMBERS)
		pca_error(VALIDATION,
				  errmsg("request has too many members"),
				  errdetail("The value at request has %u members.", JB_ROOT_COUNT(request)),
				  errhint("Specify the members of the operation's input."));
	PG_RETURN_JSONB_P(request);
}

/*
 * Decodes the text of a blob in place.  Returns NULL if it is not base64 in one
 * line.
 *
 * The shapes count bytes, so each byte becomes one character.  Non-ASCII bytes and
 * backslashes are either before a PEM block, where nothing reads them, or wrong.
 */
static text *
decode_blob(PcaBytes base64)
{
	text	   *result = palloc(VARHDRSZ + PCA_BASE64_DECODED_SIZE(base64.length));
	uint8	   *octets = (uint8 *) VARDATA(result);
	size_t		length;

	for (size_t i = 0; i < base64.length; i++)
		if (isspace(base64.data[i]))
			return NULL;
	if (pca_base64_decode_to(base64, octets, &length) != NULL)
		return NULL;
	for (size_t i = 0; i < length; i++)
		if (octets[i] == 0 || octets[i] >= 0x80 || octets[i] == '\\')
			octets[i] = '?';
	SET_VARSIZE(result, VARHDRSZ + length);
	return result;
}

/*
 * pca.api_blob(member text, value jsonb, max_size integer) returns text: the
 * octets of a blob, which is a string of base64 without line breaks
 *
 * Throws ValidationException for anything else, and for one that is longer,
 * before it is decoded.
 */
PCA_FUNCTION(pca_api_blob)
{
	char	   *member = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int64		max_size = PG_GETARG_INT32(2);
	PcaJson		value = pca_json_root(PG_GETARG_JSONB_P(1));
	bool		is_string = value.type == jbvString;
	text	   *result;

	if (is_string && value.val.string.len > (max_size + 2) / 3 * 4)
		pca_error(VALIDATION,
				  errmsg("value of \"%s\" is too long", member),
				  errdetail("The value at request.%s has %d characters.", member, value.val.string.len),
				  errhint("Specify at most %lld bytes in base64.", (long long) max_size));
	result = is_string ? decode_blob((PcaBytes) {(const uint8 *) value.val.string.val, value.val.string.len}) : NULL;
	if (result == NULL)
		pca_error(VALIDATION,
				  errmsg("value of \"%s\" has the wrong type", member),
				  errdetail("The value at request.%s must be %s.", member,
							is_string ? "base64 without line breaks" : "a string"),
				  errhint("Compare the value with the structure in the AWS Private CA API reference."));
	PG_RETURN_TEXT_P(result);
}
