/*-------------------------------------------------------------------------
 *
 * json.c
 *	  jsonb without a server: the functions of jsonb.h that the code under
 *	  test calls, over a tree of its own, and a reader of JSON text.
 *
 * A container is the header that jsonb.h declares, followed by an index into a
 * table of nodes, so that the macros for headers work.  A number is stored as
 * the text that numeric_out() would write.
 *
 *-------------------------------------------------------------------------
 */
#include "json.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#define MAX_DEPTH 64
#define MAX_EXPONENT 400

typedef struct Container
{
	uint32		header;
	uint32		node;
} Container;

typedef struct Entries
{
	int			count;
	int			capacity;
	PcaJson    *names;			/* of an object */
	PcaJson    *values;
} Entries;

typedef struct Document
{
	int32		length;
	Container	root;
} Document;

static Entries *nodes;
static uint32 node_count;
static uint32 node_capacity;

/* Discards the nodes together with the memory that they point to. */
static void
forget_nodes(void *unused)
{
	node_count = 0;
}

static PcaJson
new_container(uint32 flags)
{
	Container  *container = palloc(sizeof(Container));
	PcaJson		json = {.type = jbvBinary};

	if (node_count == 0)
	{
		static MemoryContextCallback callback = {.func = forget_nodes};

		MemoryContextRegisterResetCallback(CurrentMemoryContext, &callback);
	}
	if (node_count == node_capacity)
	{
		node_capacity = node_capacity * 2 + 256;
		nodes = realloc(nodes, node_capacity * sizeof(Entries));
	}
	*container = (Container) {flags, node_count};
	nodes[node_count++] = (Entries) {0};
	json.val.binary.data = (JsonbContainer *) container;
	json.val.binary.len = sizeof(Container);
	return json;
}

PcaJson
fuzz_json_object(void)
{
	return new_container(JB_FOBJECT);
}

PcaJson
fuzz_json_array(void)
{
	return new_container(JB_FARRAY);
}

static Entries *
node_of(const JsonbContainer *container)
{
	return &nodes[((const Container *) container)->node];
}

static PcaJson
string_of(const char *text, size_t length)
{
	PcaJson		json = {.type = jbvString};

	json.val.string.val = pnstrdup(text, length);
	json.val.string.len = length;
	return json;
}

PcaJson
fuzz_json_string(const char *text)
{
	return string_of(text, strlen(text));
}

static PcaJson
number_of(char *text)
{
	PcaJson		json = {.type = jbvNumeric};

	json.val.numeric = (Numeric) text;
	return json;
}

PcaJson
fuzz_json_number(int64 value)
{
	return number_of(psprintf("%lld", (long long) value));
}

/* Compares keys in the order of jsonb: by length, then by octets. */
static int
compare_names(const PcaJson *a, const PcaJson *b)
{
	if (a->val.string.len != b->val.string.len)
		return a->val.string.len < b->val.string.len ? -1 : 1;
	return memcmp(a->val.string.val, b->val.string.val, a->val.string.len);
}

/* Adds an element, or a member; of two members with the same name the last one stays. */
static void
add(PcaJson *container, const PcaJson *name, PcaJson value)
{
	Entries	   *node = node_of(container->val.binary.data);
	int			at = node->count;

	if (name != NULL)
		for (at = 0; at < node->count && compare_names(&node->names[at], name) < 0;)
			at++;
	if (name != NULL && at < node->count && compare_names(&node->names[at], name) == 0)
	{
		node->values[at] = value;
		return;
	}
	if (node->count == node->capacity)
	{
		size_t		size = (node->capacity + 8) * 2 * sizeof(PcaJson);

		node->names = node->count > 0 ? repalloc(node->names, size) : palloc0(size);
		node->values = node->count > 0 ? repalloc(node->values, size) : palloc0(size);
		node->capacity = (node->capacity + 8) * 2;
	}
	memmove(&node->names[at + 1], &node->names[at], (node->count - at) * sizeof(PcaJson));
	memmove(&node->values[at + 1], &node->values[at], (node->count - at) * sizeof(PcaJson));
	if (name != NULL)
		node->names[at] = *name;
	node->values[at] = value;
	node->count++;
	((Container *) container->val.binary.data)->header++;
}

void
fuzz_json_add(PcaJson *container, const char *name, PcaJson value)
{
	PcaJson		key;

	if (name != NULL)
		key = fuzz_json_string(name);
	add(container, name != NULL ? &key : NULL, value);
}

/* What jsonb.h declares */

Jsonb *
JsonbValueToJsonb(JsonbValue *value)
{
	Document   *document = palloc(sizeof(Document));
	PcaJson		array;

	if (value->type == jbvBinary)
		document->root = *(Container *) value->val.binary.data;
	else
	{
		array = fuzz_json_array();
		add(&array, NULL, *value);
		document->root = *(Container *) array.val.binary.data;
		document->root.header |= JB_FSCALAR;
	}
	SET_VARSIZE(document, sizeof(Document));
	return (Jsonb *) document;
}

bool
JsonbExtractScalar(JsonbContainer *container, JsonbValue *result)
{
	*result = node_of(container)->values[0];
	return true;
}

static int
find_name(const Entries *node, const char *name, int length)
{
	for (int i = 0; i < node->count; i++)
		if (node->names[i].val.string.len == length && memcmp(node->names[i].val.string.val, name, length) == 0)
			return i;
	return -1;
}

JsonbValue *
getKeyJsonValueFromContainer(JsonbContainer *container, const char *name, int length, JsonbValue *result)
{
	int			i;

	FUZZ_CHECK(JsonContainerIsObject(container));
	i = find_name(node_of(container), name, length);
	if (i < 0)
		return NULL;
	*result = node_of(container)->values[i];
	return result;
}

JsonbValue *
getIthJsonbValueFromContainer(JsonbContainer *container, uint32 i)
{
	JsonbValue *result;

	FUZZ_CHECK(JsonContainerIsArray(container));
	if (i >= (uint32) node_of(container)->count)
		return NULL;
	result = palloc(sizeof(JsonbValue));
	*result = node_of(container)->values[i];
	return result;
}

JsonbIterator *
JsonbIteratorInit(JsonbContainer *container)
{
	JsonbIterator *iterator = palloc0(sizeof(JsonbIterator));

	FUZZ_CHECK(JsonContainerIsObject(container));
	iterator->container = container;
	iterator->curIndex = -1;
	return iterator;
}

/* Of an object, without entering its values: begin, names and values by turns, end. */
JsonbIteratorToken
JsonbIteratorNext(JsonbIterator **iterator, JsonbValue *value, bool skip_nested)
{
	Entries	   *node;
	int			step;

	if (*iterator == NULL)
		return WJB_DONE;
	FUZZ_CHECK(skip_nested);
	node = node_of((*iterator)->container);
	step = (*iterator)->curIndex++;
	if (step < 0)
		return WJB_BEGIN_OBJECT;
	if (step == 2 * node->count)
	{
		*iterator = NULL;
		return WJB_END_OBJECT;
	}
	*value = step % 2 == 0 ? node->names[step / 2] : node->values[step / 2];
	return step % 2 == 0 ? WJB_KEY : WJB_VALUE;
}

Datum
numeric_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(pstrdup((char *) DatumGetPointer(PG_GETARG_DATUM(0))));
}

Datum
jsonb_in(PG_FUNCTION_ARGS)
{
	Jsonb	   *result = fuzz_json_parse(PG_GETARG_CSTRING(0));

	if (result == NULL)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				errmsg("invalid input syntax for type %s", "json"));
	PG_RETURN_POINTER(result);
}

/* Removes null members of objects, at every level; lists keep their nulls. */
static PcaJson
strip_nulls(const PcaJson *json)
{
	PcaJson		result = *json;
	uint32		node;
	int			count;

	if (json->type != jbvBinary)
		return result;
	result = JsonContainerIsObject(json->val.binary.data) ? fuzz_json_object() : fuzz_json_array();
	node = ((Container *) json->val.binary.data)->node;
	count = nodes[node].count;
	for (int i = 0; i < count; i++)
	{
		bool		is_member = JsonContainerIsObject(json->val.binary.data);
		PcaJson		value = nodes[node].values[i];

		if (!is_member || value.type != jbvNull)
			add(&result, is_member ? &nodes[node].names[i] : NULL, strip_nulls(&value));
	}
	return result;
}

Datum
jsonb_strip_nulls(PG_FUNCTION_ARGS)
{
	PcaJson		json = pca_json_root((Jsonb *) DatumGetPointer(PG_GETARG_DATUM(0)));
	PcaJson		stripped = strip_nulls(&json);

	PG_RETURN_POINTER(JsonbValueToJsonb(&stripped));
}

/* Of two objects. */
Datum
jsonb_concat(PG_FUNCTION_ARGS)
{
	PcaJson		result = fuzz_json_object();

	for (int i = 0; i < 2; i++)
	{
		JsonbContainer *container = &((Jsonb *) DatumGetPointer(PG_GETARG_DATUM(i)))->root;

		FUZZ_CHECK(JsonContainerIsObject(container));
		for (int n = 0; n < node_of(container)->count; n++)
			add(&result, &node_of(container)->names[n], node_of(container)->values[n]);
	}
	PG_RETURN_POINTER(JsonbValueToJsonb(&result));
}

static void
append_string(StringInfo text, const PcaJson *string)
{
	appendStringInfoChar(text, '"');
	for (int i = 0; i < string->val.string.len; i++)
	{
		uint8		c = string->val.string.val[i];

		if (c < 0x20 || c == '"' || c == '\\')
			appendStringInfo(text, "\\u%04x", c);
		else
			appendStringInfoChar(text, c);
	}
	appendStringInfoChar(text, '"');
}

static void
append_json(StringInfo text, const PcaJson *json)
{
	JsonbContainer *container = json->val.binary.data;
	const Entries *node;

	switch (json->type)
	{
		case jbvNull:
			appendStringInfoString(text, "null");
			return;
		case jbvBool:
			appendStringInfoString(text, json->val.boolean ? "true" : "false");
			return;
		case jbvNumeric:
			appendStringInfoString(text, (char *) json->val.numeric);
			return;
		case jbvString:
			append_string(text, json);
			return;
		default:
			break;
	}
	node = node_of(container);
	appendStringInfoChar(text, JsonContainerIsObject(container) ? '{' : '[');
	for (int i = 0; i < node->count; i++)
	{
		if (i > 0)
			appendStringInfoChar(text, ',');
		if (JsonContainerIsObject(container))
		{
			append_string(text, &node->names[i]);
			appendStringInfoChar(text, ':');
		}
		append_json(text, &node->values[i]);
	}
	appendStringInfoChar(text, JsonContainerIsObject(container) ? '}' : ']');
}

char *
JsonbToCString(StringInfo out, JsonbContainer *container, int estimated_length)
{
	StringInfoData text;
	PcaJson		json = {.type = jbvBinary, .val.binary.data = container};

	initStringInfo(&text);
	append_json(&text, &json);
	return text.data;
}

/* The reader of RFC 8259, as strict as the server's.  Its functions return false at a fault. */

static bool parse_value(const char **at, int depth, PcaJson *json);

static void
skip_space(const char **at)
{
	*at += strspn(*at, " \t\r\n");
}

static bool
parse_hex(const char **at, pg_wchar *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++, (*at)++)
	{
		const char *digits = "0123456789abcdef";
		const char *digit = **at != '\0' ? strchr(digits, pg_tolower((unsigned char) **at)) : NULL;

		if (digit == NULL)
			return false;
		*value = *value << 4 | (digit - digits);
	}
	return true;
}

/* \uXXXX, or a pair of surrogates; never NUL, which text cannot hold. */
static bool
parse_escaped_character(const char **at, StringInfo text)
{
	unsigned char utf8[5] = {0};
	pg_wchar	character;
	pg_wchar	low;

	if (!parse_hex(at, &character) || character == 0 || (character >= 0xdc00 && character < 0xe000))
		return false;
	if (character >= 0xd800 && character < 0xdc00)
	{
		if ((*at)[0] != '\\' || (*at)[1] != 'u')
			return false;
		*at += 2;
		if (!parse_hex(at, &low) || low < 0xdc00 || low >= 0xe000)
			return false;
		character = 0x10000 + ((character & 0x3ff) << 10) + (low & 0x3ff);
	}
	unicode_to_utf8(character, utf8);
	appendBinaryStringInfo(text, (const char *) utf8, pg_utf_mblen(utf8));
	return true;
}

static bool
parse_string(const char **at, PcaJson *json)
{
	static const char escapes[] = "\"\\/bfnrt";
	StringInfoData text;

	initStringInfo(&text);
	for ((*at)++; **at != '"';)
	{
		const char *escape;

		if ((uint8) **at < 0x20)
			return false;
		if (**at != '\\')
		{
			appendStringInfoChar(&text, *(*at)++);
			continue;
		}
		(*at)++;
		if (**at == 'u')
		{
			(*at)++;
			if (!parse_escaped_character(at, &text))
				return false;
			continue;
		}
		escape = **at != '\0' ? strchr(escapes, *(*at)++) : NULL;
		if (escape == NULL)
			return false;
		appendStringInfoChar(&text, "\"\\/\b\f\n\r\t"[escape - escapes]);
	}
	(*at)++;
	*json = string_of(text.data, text.len);
	return true;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?, written without its exponent. */
static bool
parse_number(const char **at, PcaJson *json)
{
	const char *start = *at;
	const char *whole;
	const char *fraction = NULL;
	int			whole_length;
	int			fraction_length = 0;
	long		exponent = 0;
	StringInfoData text;
	StringInfoData digits;
	bool		is_zero;

	*at += **at == '-';
	whole = *at;
	whole_length = strspn(whole, "0123456789");
	if (whole_length == 0 || (whole[0] == '0' && whole_length > 1))
		return false;
	*at += whole_length;
	if (**at == '.')
	{
		fraction = *at + 1;
		fraction_length = strspn(fraction, "0123456789");
		if (fraction_length == 0)
			return false;
		*at = fraction + fraction_length;
	}
	if (**at == 'e' || **at == 'E')
	{
		const char *number = *at + 1;
		size_t		length = strspn(number + (*number == '+' || *number == '-'), "0123456789");

		if (length == 0 || length > 6)
			return false;
		exponent = strtol(number, NULL, 10);
		*at = number + (*number == '+' || *number == '-') + length;
	}
	if (exponent > MAX_EXPONENT || exponent < -MAX_EXPONENT)
		return false;
	initStringInfo(&digits);
	for (long i = exponent; i < 0; i++)
		appendStringInfoChar(&digits, '0');
	appendBinaryStringInfo(&digits, whole, whole_length);
	if (fraction != NULL)
		appendBinaryStringInfo(&digits, fraction, fraction_length);
	for (long i = fraction_length; i < exponent; i++)
		appendStringInfoChar(&digits, '0');
	/* The decimal point is before the last (fraction_length - exponent) digits. */
	fraction_length = Max(0, fraction_length - exponent);
	whole_length = digits.len - fraction_length;
	initStringInfo(&text);
	is_zero = strspn(digits.data, "0") == (size_t) digits.len;
	if (*start == '-' && !is_zero)
		appendStringInfoChar(&text, '-');
	for (whole = digits.data; whole_length > 1 && *whole == '0'; whole_length--)
		whole++;
	appendBinaryStringInfo(&text, whole, whole_length);
	if (fraction_length > 0)
		appendStringInfo(&text, ".%s", whole + whole_length);
	*json = number_of(text.data);
	return true;
}

static bool
parse_members(const char **at, int depth, PcaJson *json)
{
	bool		is_object = **at == '{';
	char		close = is_object ? '}' : ']';

	*json = is_object ? fuzz_json_object() : fuzz_json_array();
	(*at)++;
	skip_space(at);
	if (**at == close)
		return (*at)++, true;
	for (;;)
	{
		PcaJson		name;
		PcaJson		value;

		skip_space(at);
		if (is_object)
		{
			if (**at != '"' || !parse_string(at, &name))
				return false;
			skip_space(at);
			if (*(*at)++ != ':')
				return false;
		}
		if (!parse_value(at, depth + 1, &value))
			return false;
		add(json, is_object ? &name : NULL, value);
		skip_space(at);
		if (**at == close)
			return (*at)++, true;
		if (*(*at)++ != ',')
			return false;
	}
}

static bool
parse_word(const char **at, PcaJson *json)
{
	static const struct
	{
		const char *word;
		PcaJson		json;
	}			words[] = {
		{"null", {.type = jbvNull}},
		{"true", {.type = jbvBool, .val.boolean = true}},
		{"false", {.type = jbvBool, .val.boolean = false}},
	};

	for (size_t i = 0; i < lengthof(words); i++)
	{
		if (strncmp(*at, words[i].word, strlen(words[i].word)) != 0)
			continue;
		*at += strlen(words[i].word);
		*json = words[i].json;
		return true;
	}
	return false;
}

static bool
parse_value(const char **at, int depth, PcaJson *json)
{
	if (depth > MAX_DEPTH)
		return false;
	skip_space(at);
	switch (**at)
	{
		case '{':
		case '[':
			return parse_members(at, depth, json);
		case '"':
			return parse_string(at, json);
		case '-':
		case '0' ... '9':
			return parse_number(at, json);
		default:
			return parse_word(at, json);
	}
}

Jsonb *
fuzz_json_parse(const char *text)
{
	PcaJson		json;

	if (!parse_value(&text, 0, &json))
		return NULL;
	skip_space(&text);
	return *text == '\0' ? JsonbValueToJsonb(&json) : NULL;
}

/* PostgreSQL's own JSON parser, which detects them, is not linked here. */
bool
pca_json_has_duplicates(const char *document)
{
	return false;
}
