/*-------------------------------------------------------------------------
 *
 * op_api_request.c
 *	  Makes the arguments of an operation's function of a request of pca_api().
 *
 * Sizes are checked first: what no member of the API has is not even looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "catalog/pg_type_d.h"
#include "crypto_pem.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "op_api.h"
#include "rule_operation.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* A structure of the model has 1 MiB at most, a request ten members. */
#define MAX_REQUEST_SIZE (1536 * 1024)
#define MAX_REQUEST_MEMBERS 100

/* This one has a chain of 2 MiB, in base 64. */
#define LONGEST_OPERATION (pca_operation_get(PCA_OP_IMPORT_CERTIFICATE_AUTHORITY_CERTIFICATE)->action)
#define LONGEST_REQUEST_SIZE (3 * 1024 * 1024)

/* A type of parameters */
typedef struct ParameterType
{
	Oid			type;
	const char *description;	/* "The value at ... must be ..." */
	uint32		max_size;		/* of a value, in bytes */
	bool		(*convert) (const PcaJson *value, Datum *argument);
} ParameterType;

/* A member that is larger than others of its type, or a blob, which is text in base64. */
typedef struct SpecialMember
{
	const char *member;
	uint32		max_size;		/* in bytes; of a blob, when it is decoded */
	bool		is_blob;
} SpecialMember;

static const SpecialMember special_members[] = {
	{"ApiPassthrough", 1024 * 1024, false}, /* has up to 150 extensions of 4 KB */
	{"Certificate", 32 * 1024, true},
	{"CertificateChain", 2 * 1024 * 1024, true},
	{"Csr", 32 * 1024, true},
};

static bool
convert_string(const PcaJson *value, Datum *argument)
{
	if (value->type != jbvString)
		return false;
	*argument = PointerGetDatum(cstring_to_text_with_len(value->val.string.val, value->val.string.len));
	return true;
}

static bool
convert_integer(const PcaJson *value, Datum *argument)
{
	int64		number;

	if (!pca_json_int64(value, &number) || number < -PG_INT32_MAX || number > PG_INT32_MAX)
		return false;
	*argument = Int32GetDatum((int32) number);
	return true;
}

static bool
convert_structure(const PcaJson *value, Datum *argument)
{
	*argument = JsonbPGetDatum(JsonbValueToJsonb(unconstify(PcaJson *, value)));
	return true;
}

static bool
convert_strings(const PcaJson *value, Datum *argument)
{
	int			count;
	Datum	   *texts;

	if (!pca_json_is_array(value))
		return false;
	count = pca_json_count(value);
	texts = palloc(Max(count, 1) * sizeof(Datum));
	for (int i = 0; i < count; i++)
	{
		PcaJson		element = pca_json_element(value, i);

		if (!convert_string(&element, &texts[i]))
			return false;
		CHECK_FOR_INTERRUPTS();
	}
	*argument = PointerGetDatum(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
	return true;
}

static const ParameterType parameter_types[] = {
	{TEXTOID, "a string", 1024 * 1024, convert_string},
	{INT4OID, "a whole number of 32 bits", 64 * 1024, convert_integer},
	{JSONBOID, "valid", 256 * 1024, convert_structure},
	{TEXTARRAYOID, "an array of strings", 64 * 1024, convert_strings},
};

/*
 * Returns the size in bytes of the longest request of an operation, also of one
 * that does not exist.
 */
int64
pca_api_longest_request(const char *operation)
{
	return strcmp(operation, LONGEST_OPERATION) == 0 ? LONGEST_REQUEST_SIZE : MAX_REQUEST_SIZE;
}

static const ParameterType *
get_parameter_type(Oid type)
{
	for (size_t i = 0; i < lengthof(parameter_types); i++)
		if (parameter_types[i].type == type)
			return &parameter_types[i];
	elog(ERROR, "type %u is not a type of parameters", type);
}

static const SpecialMember *
find_special_member(const char *member)
{
	for (size_t i = 0; i < lengthof(special_members); i++)
		if (strcmp(special_members[i].member, member) == 0)
			return &special_members[i];
	return NULL;
}

static void
throw_wrong_type(const char *member, const char *expected)
{
	pca_error(VALIDATION,
			  errmsg("value of \"%s\" has the wrong type", member),
			  errdetail("The value at request.%s must be %s.", member, expected),
			  errhint("Compare the value with the structure in the AWS Private CA API reference."));
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

/* Makes an argument of a blob, which is checked for its size before it is decoded. */
static Datum
convert_blob(const char *member, const PcaJson *value, uint32 max_size)
{
	text	   *decoded;

	if (value->type != jbvString)
		throw_wrong_type(member, "a string");
	if ((uint32) value->val.string.len > (max_size + 2) / 3 * 4)
		pca_error(VALIDATION,
				  errmsg("value of \"%s\" is too long", member),
				  errdetail("The value at request.%s has %d characters.", member, value->val.string.len),
				  errhint("Specify at most %u bytes in base64.", max_size));
	decoded = decode_blob((PcaBytes) {(const uint8 *) value->val.string.val, value->val.string.len});
	if (decoded == NULL)
		throw_wrong_type(member, "base64 without line breaks");
	return PointerGetDatum(decoded);
}

/* Returns the size of a value in bytes, for a limit that is far above that of numbers and the like. */
static uint32
value_size(const PcaJson *value)
{
	switch (value->type)
	{
		case jbvString:
			return value->val.string.len;
		case jbvNumeric:
			return VARSIZE_ANY(value->val.numeric);
		case jbvBinary:
			return value->val.binary.len;
		default:
			return 0;
	}
}

static Datum
convert_member(const PcaApiParameter *parameter, const PcaJson *value)
{
	const ParameterType *type = get_parameter_type(parameter->type);
	const SpecialMember *special = find_special_member(parameter->member);
	uint32		max_size = special != NULL ? special->max_size : type->max_size;
	Datum		argument;

	if (special != NULL && special->is_blob)
		return convert_blob(parameter->member, value, max_size);
	if (value_size(value) > max_size)
		pca_error(VALIDATION,
				  errmsg("value of \"%s\" is too long", parameter->member),
				  errdetail("The value at request.%s has %u bytes.", parameter->member, value_size(value)),
				  errhint("Specify at most %u bytes.", max_size));
	if (!type->convert(value, &argument))
		throw_wrong_type(parameter->member, type->description);
	return argument;
}

static bool
is_member(const PcaApiCall *call, const JsonbValue *name)
{
	for (int i = 0; i < call->parameter_count; i++)
	{
		const char *member = call->parameters[i].member;

		if (strlen(member) == (size_t) name->val.string.len && memcmp(member, name->val.string.val, name->val.string.len) == 0)
			return true;
	}
	return false;
}

static void
throw_unknown_member(const PcaApiCall *call, const JsonbValue *name)
{
	int			length = pg_mbcliplen(name->val.string.val, name->val.string.len, 64);
	StringInfoData members;

	initStringInfo(&members);
	for (int i = 0; i < call->parameter_count; i++)
		appendStringInfo(&members, "%s%s", i == 0 ? "" : ", ", call->parameters[i].member);
	pca_error(VALIDATION,
			  errmsg("unrecognized member \"%.*s\"", length, name->val.string.val),
			  errdetail("No member is defined at request.%.*s.", length, name->val.string.val),
			  errhint("Valid members are: %s.", members.data));
}

/* Checks that a request is an object that has no other members than the operation's input. */
static void
check_members(const PcaApiCall *call, PcaJson *root)
{
	JsonbIterator *iterator;
	JsonbValue	name;
	JsonbIteratorToken token;

	if (root == NULL || !pca_json_is_object(root))
		pca_error(VALIDATION,
				  errmsg("request is not an object"),
				  errdetail("The value at request is of type %s.", root == NULL ? "null" : JsonbTypeName(root)),
				  errhint("Specify the members of the operation's input."));
	if (JsonContainerSize(root->val.binary.data) > MAX_REQUEST_MEMBERS)
		pca_error(VALIDATION,
				  errmsg("request has too many members"),
				  errdetail("The value at request has %u members.", JsonContainerSize(root->val.binary.data)),
				  errhint("Specify the members of the operation's input."));
	iterator = JsonbIteratorInit(root->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &name, true)) != WJB_DONE)
		if (token == WJB_KEY && !is_member(call, &name))
			throw_unknown_member(call, &name);
}

/*
 * Makes the arguments of a call, constants in the order of its parameters.  A
 * member that is absent or null is NULL.
 *
 * Throws ValidationException for a request that is not an object, an unknown
 * member, and a value that is too large or of the wrong type.
 */
List *
pca_api_arguments(const PcaApiCall *call, Jsonb *request)
{
	List	   *arguments = NIL;
	PcaJson		root;

	if (request != NULL)
		root = pca_json_root(request);
	check_members(call, request == NULL ? NULL : &root);
	for (int i = 0; i < call->parameter_count; i++)
	{
		const PcaApiParameter *parameter = &call->parameters[i];
		PcaJson		value;
		bool		is_null = !pca_json_find(&root, parameter->member, &value);
		Datum		argument = is_null ? (Datum) 0 : convert_member(parameter, &value);
		int16		length;
		bool		is_by_value;

		get_typlenbyval(parameter->type, &length, &is_by_value);
		arguments = lappend(arguments, makeConst(parameter->type, -1, get_typcollation(parameter->type),
												 length, argument, is_null, is_by_value));
	}
	return arguments;
}
