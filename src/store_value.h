/*-------------------------------------------------------------------------
 *
 * store_value.h
 *	  Values of statements, each with its type.
 *
 * A value is made where the statement is called, by the function of its type:
 *
 *	  pca_query_write(&query, PCA_VALUES(pca_uuid(authority), pca_text(key)));
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_VALUE_H
#define STORE_VALUE_H

#include "postgres.h"

#include "base_der.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef struct PcaValue
{
	Datum		datum;
	Oid			type;
	bool		is_null;
} PcaValue;

/* The values of $1, $2 and so on */
typedef struct PcaValues
{
	const PcaValue *values;
	int			count;
} PcaValues;

/* The values live as long as the enclosing block. */
#define PCA_VALUES(...) \
	((PcaValues) {(const PcaValue[]) {__VA_ARGS__}, sizeof((const PcaValue[]) {__VA_ARGS__}) / sizeof(PcaValue)})
#define PCA_NO_VALUES ((PcaValues) {NULL, 0})

extern PcaValue pca_null(Oid type);
extern PcaValue pca_int32(int32 value);
extern PcaValue pca_int64(int64 value);
extern PcaValue pca_timestamp(TimestampTz value);
extern PcaValue pca_oid(Oid value);
extern PcaValue pca_role(Oid value);
extern PcaValue pca_uuid(const pg_uuid_t *value);
extern PcaValue pca_text(const char *value);
extern PcaValue pca_bytes(PcaBytes value);
extern PcaValue pca_bytea(const bytea *value);
extern PcaValue pca_jsonb(const Jsonb *value);
extern PcaValue pca_array(const ArrayType *value);

#endif							/* STORE_VALUE_H */
