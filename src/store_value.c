/*-------------------------------------------------------------------------
 *
 * store_value.c
 *	  Values of statements, each with its type.
 *
 * Values that are passed by pointer are not copied, except texts and bytes, which
 * have a different form in PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "store_value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static PcaValue
make_value(Oid type, Datum datum)
{
	return (PcaValue) {.datum = datum, .type = type};
}

/* Makes SQL's NULL of a type. */
PcaValue
pca_null(Oid type)
{
	return (PcaValue) {.type = type, .is_null = true};
}

/* Makes an integer. */
PcaValue
pca_int32(int32 value)
{
	return make_value(INT4OID, Int32GetDatum(value));
}

/* Makes a bigint. */
PcaValue
pca_int64(int64 value)
{
	return make_value(INT8OID, Int64GetDatum(value));
}

/* Makes a timestamptz. */
PcaValue
pca_timestamp(TimestampTz value)
{
	return make_value(TIMESTAMPTZOID, TimestampTzGetDatum(value));
}

/* Makes an oid. */
PcaValue
pca_oid(Oid value)
{
	return make_value(OIDOID, ObjectIdGetDatum(value));
}

/* Makes a regrole. */
PcaValue
pca_role(Oid value)
{
	return make_value(REGROLEOID, ObjectIdGetDatum(value));
}

/* Makes a uuid; NULL becomes SQL's NULL. */
PcaValue
pca_uuid(const pg_uuid_t *value)
{
	return value == NULL ? pca_null(UUIDOID) : make_value(UUIDOID, UUIDPGetDatum(value));
}

/* Makes a text; NULL becomes SQL's NULL. */
PcaValue
pca_text(const char *value)
{
	return value == NULL ? pca_null(TEXTOID) : make_value(TEXTOID, CStringGetTextDatum(value));
}

/* Makes a bytea from a copy of the bytes. */
PcaValue
pca_bytes(PcaBytes value)
{
	return pca_bytea(pca_bytes_to_bytea(value));
}

/* Makes a value from a bytea, without a copy. */
PcaValue
pca_bytea(const bytea *value)
{
	return make_value(BYTEAOID, PointerGetDatum(value));
}

/* Makes a jsonb. */
PcaValue
pca_jsonb(const Jsonb *value)
{
	return make_value(JSONBOID, PointerGetDatum(value));
}

/* Makes an array, whose type follows from that of its elements. */
PcaValue
pca_array(const ArrayType *value)
{
	return make_value(get_array_type(ARR_ELEMTYPE(value)), PointerGetDatum(value));
}
