/*-------------------------------------------------------------------------
 *
 * op_api_result.c
 *	  Makes the output of an operation of the API of the rows of its function.
 *
 * It is as on the wire: timestamps are epoch seconds, absent members are absent.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "op_api.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#define NEXT_TOKEN "next_token"

/* A type of columns.  What it converts to does not refer to the row, which the next one replaces. */
typedef struct ColumnType
{
	Oid			type;
	JsonbValue	(*convert) (Datum value);
} ColumnType;

/* Makes a string of a text, which stays where it is. */
JsonbValue
pca_api_string(const char *text)
{
	JsonbValue	value = {.type = jbvString};

	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	return value;
}

static JsonbValue
convert_text(Datum value)
{
	return pca_api_string(TextDatumGetCString(value));
}

static JsonbValue
convert_uuid(Datum value)
{
	return pca_api_string(DatumGetCString(DirectFunctionCall1(uuid_out, value)));
}

static JsonbValue
convert_boolean(Datum value)
{
	return (JsonbValue) {.type = jbvBool, .val.boolean = DatumGetBool(value)};
}

static JsonbValue
convert_number(Numeric number)
{
	return (JsonbValue) {.type = jbvNumeric, .val.numeric = number};
}

static JsonbValue
convert_int32(Datum value)
{
	return convert_number(int64_to_numeric(DatumGetInt32(value)));
}

static JsonbValue
convert_int64(Datum value)
{
	return convert_number(int64_to_numeric(DatumGetInt64(value)));
}

/* Converts a timestamp to Unix seconds, to the millisecond. */
static JsonbValue
convert_timestamp(Datum value)
{
	int64		microseconds = DatumGetTimestampTz(value) +
		(int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	int64		milliseconds = (microseconds + (microseconds < 0 ? -500 : 500)) / 1000;

	return convert_number(DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale,
															  NumericGetDatum(int64_div_fast_to_numeric(milliseconds, 3)))));
}

static JsonbValue
convert_jsonb(Datum value)
{
	return pca_json_root(DatumGetJsonbPCopy(value));
}

static JsonbValue
convert_texts(Datum value)
{
	JsonbParseState *state = NULL;
	Datum	   *texts;
	bool	   *nulls;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &count);
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
	{
		JsonbValue	element = nulls[i] ? (JsonbValue) {.type = jbvNull} : convert_text(texts[i]);

		pushJsonbValue(&state, WJB_ELEM, &element);
	}
	return *pushJsonbValue(&state, WJB_END_ARRAY, NULL);
}

static const ColumnType column_types[] = {
	{TEXTOID, convert_text},
	{UUIDOID, convert_uuid},
	{BOOLOID, convert_boolean},
	{INT4OID, convert_int32},
	{INT8OID, convert_int64},
	{TIMESTAMPTZOID, convert_timestamp},
	{JSONBOID, convert_jsonb},
	{TEXTARRAYOID, convert_texts},
};

static JsonbValue
convert_column(Oid type, Datum value)
{
	for (size_t i = 0; i < lengthof(column_types); i++)
		if (column_types[i].type == type)
			return column_types[i].convert(value);
	elog(ERROR, "type %u is not a type of results", type);
}

/* Adds a member to an object that is being made. */
void
pca_api_push_member(JsonbParseState **state, const char *member, JsonbValue value)
{
	JsonbValue	name = pca_api_string(member);

	pushJsonbValue(state, WJB_KEY, &name);
	pushJsonbValue(state, WJB_VALUE, &value);
}

/* Adds each column of a row that has a value as a member, except the next token of a list. */
static void
push_columns(JsonbParseState **state, TupleTableSlot *row, bool is_list)
{
	TupleDesc	descriptor = row->tts_tupleDescriptor;

	slot_getallattrs(row);
	for (int i = 0; i < descriptor->natts; i++)
	{
		const char *name = NameStr(TupleDescAttr(descriptor, i)->attname);
		char	   *member;

		if (row->tts_isnull[i] || (is_list && strcmp(name, NEXT_TOKEN) == 0))
			continue;
		member = palloc(PCA_API_NAME_SIZE);
		pca_api_member_format(name, member);
		pca_api_push_member(state, member, convert_column(TupleDescAttr(descriptor, i)->atttypid, row->tts_values[i]));
	}
}

static JsonbValue *
make_structure(TupleTableSlot *row, bool is_list)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_columns(&state, row, is_list);
	return pushJsonbValue(&state, WJB_END_OBJECT, NULL);
}

/* Returns the next token of a row, which the rows of one page share, or NULL. */
static char *
find_next_token(TupleTableSlot *row)
{
	TupleDesc	descriptor = row->tts_tupleDescriptor;

	for (int i = 0; i < descriptor->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(descriptor, i)->attname), NEXT_TOKEN) == 0)
			return row->tts_isnull[i] ? NULL : TextDatumGetCString(row->tts_values[i]);
	return NULL;
}

/* Adds the rows as a list, and the token of the next page if there is one. */
static void
push_list(JsonbParseState **state, const PcaApiCall *call, Tuplestorestate *rows, TupleTableSlot *row)
{
	JsonbParseState *list = NULL;
	char	   *next_token = NULL;

	pushJsonbValue(&list, WJB_BEGIN_ARRAY, NULL);
	while (tuplestore_gettupleslot(rows, true, false, row))
	{
		pushJsonbValue(&list, WJB_ELEM, make_structure(row, true));
		next_token = find_next_token(row);
		CHECK_FOR_INTERRUPTS();
	}
	pca_api_push_member(state, call->output_member, *pushJsonbValue(&list, WJB_END_ARRAY, NULL));
	if (next_token != NULL)
		pca_api_push_member(state, "NextToken", pca_api_string(next_token));
}

/* Adds the one row of an operation: as members, or as one, which is a structure if it has several columns. */
static void
push_row(JsonbParseState **state, const PcaApiCall *call, TupleTableSlot *row, bool is_value)
{
	if (call->output_member[0] == '\0')
		push_columns(state, row, false);
	else if (!is_value)
		pca_api_push_member(state, call->output_member, *make_structure(row, false));
	else if (!row->tts_isnull[0])
		pca_api_push_member(state, call->output_member,
					convert_column(TupleDescAttr(row->tts_tupleDescriptor, 0)->atttypid, row->tts_values[0]));
}

/*
 * Makes the output of an operation of the rows of its function.
 *
 * Returns an empty object for a function that returns nothing.
 */
Jsonb *
pca_api_result(const PcaApiCall *call, Tuplestorestate *rows, TupleDesc descriptor, bool is_value)
{
	JsonbParseState *state = NULL;
	TupleTableSlot *row = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	if (call->is_list)
		push_list(&state, call, rows, row);
	else if (TupleDescAttr(descriptor, 0)->atttypid != VOIDOID && tuplestore_gettupleslot(rows, true, false, row))
	{
		slot_getallattrs(row);
		push_row(&state, call, row, is_value);
	}
	ExecDropSingleTupleTableSlot(row);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}
