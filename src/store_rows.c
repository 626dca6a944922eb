/*-------------------------------------------------------------------------
 *
 * store_rows.c
 *	  Reads the rows that a statement returned, by the types of their columns.
 *
 * Rows and columns are numbered from 0.  A cell that does not exist, has a
 * different type than expected, or is null where it cannot be, is an error in all
 * builds, because its Datum would be taken for a pointer.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "store_rows.h"
#include "utils/builtins.h"

/* Throws for a cell that does not exist.  What throws is not inlined, so that what checks is. */
static pg_noinline _Noreturn void
missing_cell_error(uint64 row, int column)
{
	elog(ERROR, "result of a statement has no column %d in row " UINT64_FORMAT, column, row);
}

/* Throws for a cell of another type. */
static pg_noinline _Noreturn void
cell_type_error(const PcaRows *rows, int column, Oid type)
{
	elog(ERROR, "column %d of a statement's result has type %s, not %s", column,
		 format_type_be(rows->types[column]), format_type_be(type));
}

/* Returns the index of a cell in rows. */
static inline uint64
find_cell(const PcaRows *rows, uint64 row, int column)
{
	if (row >= rows->count || column < 0 || column >= rows->columns)
		missing_cell_error(row, column);
	return row * rows->columns + column;
}

/* Returns the index of a cell of this type. */
static inline uint64
find_typed_cell(const PcaRows *rows, uint64 row, int column, Oid type)
{
	uint64		cell = find_cell(rows, row, column);

	if (rows->types[column] != type)
		cell_type_error(rows, column, type);
	return cell;
}

/* Returns a cell of this type that is not null. */
static inline Datum
get_datum(const PcaRows *rows, uint64 row, int column, Oid type)
{
	uint64		cell = find_typed_cell(rows, row, column, type);

	if (rows->nulls[cell])
		elog(ERROR, "column %d of a statement's result is null", column);
	return rows->values[cell];
}

/* Tells whether a cell of any type is null. */
bool
pca_rows_is_null(const PcaRows *rows, uint64 row, int column)
{
	return rows->nulls[find_cell(rows, row, column)];
}

/* Reads a boolean. */
bool
pca_rows_bool(const PcaRows *rows, uint64 row, int column)
{
	return DatumGetBool(get_datum(rows, row, column, BOOLOID));
}

/* Reads an integer. */
int32
pca_rows_int32(const PcaRows *rows, uint64 row, int column)
{
	return DatumGetInt32(get_datum(rows, row, column, INT4OID));
}

/* Reads a bigint. */
int64
pca_rows_int64(const PcaRows *rows, uint64 row, int column)
{
	return DatumGetInt64(get_datum(rows, row, column, INT8OID));
}

/* Reads a timestamptz. */
TimestampTz
pca_rows_timestamp(const PcaRows *rows, uint64 row, int column)
{
	return DatumGetTimestampTz(get_datum(rows, row, column, TIMESTAMPTZOID));
}

/* Reads an oid. */
Oid
pca_rows_oid(const PcaRows *rows, uint64 row, int column)
{
	return DatumGetObjectId(get_datum(rows, row, column, OIDOID));
}

/* Reads an xid. */
TransactionId
pca_rows_xid(const PcaRows *rows, uint64 row, int column)
{
	return DatumGetTransactionId(get_datum(rows, row, column, XIDOID));
}

/* Reads a uuid, which lives as long as the rows. */
const pg_uuid_t *
pca_rows_uuid(const PcaRows *rows, uint64 row, int column)
{
	return DatumGetUUIDP(get_datum(rows, row, column, UUIDOID));
}

/* Reads a jsonb. */
Jsonb *
pca_rows_jsonb(const PcaRows *rows, uint64 row, int column)
{
	return DatumGetJsonbP(get_datum(rows, row, column, JSONBOID));
}

/* Reads an array.  type: of the array, for example TEXTARRAYOID. */
ArrayType *
pca_rows_array(const PcaRows *rows, uint64 row, int column, Oid type)
{
	return DatumGetArrayTypeP(get_datum(rows, row, column, type));
}

/* Reads a text; NULL for SQL's NULL. */
char *
pca_rows_text(const PcaRows *rows, uint64 row, int column)
{
	uint64		cell = find_typed_cell(rows, row, column, TEXTOID);

	return rows->nulls[cell] ? NULL : TextDatumGetCString(rows->values[cell]);
}

/* Copies a short text of the first row to a buffer. */
void
pca_rows_word(const PcaRows *rows, int column, char *word, size_t size)
{
	text_to_cstring_buffer(DatumGetTextPP(get_datum(rows, 0, column, TEXTOID)), word, size);
}

/* Reads a bytea in PostgreSQL's form, for a result. */
bytea *
pca_rows_bytea(const PcaRows *rows, uint64 row, int column)
{
	return DatumGetByteaP(get_datum(rows, row, column, BYTEAOID));
}

/* Reads the bytes of a bytea, which live as long as the rows; NULL for SQL's NULL. */
PcaBytes
pca_rows_bytes(const PcaRows *rows, uint64 row, int column)
{
	uint64		cell = find_typed_cell(rows, row, column, BYTEAOID);

	if (rows->nulls[cell])
		return (PcaBytes) {NULL, 0};
	return pca_bytes_of_bytea(DatumGetByteaPP(rows->values[cell]));
}

/* Reads the origin of the first row.  column: the first of its three columns. */
PcaOrigin
pca_rows_origin(const PcaRows *rows, int column)
{
	return (PcaOrigin) {
		.xmin = pca_rows_xid(rows, 0, column),
		.table = pca_rows_oid(rows, 0, column + 1),
		.place = *(ItemPointer) DatumGetPointer(get_datum(rows, 0, column + 2, TIDOID))
	};
}

/* Checks that the first columns have the types of a function's result, which they will become. */
void
pca_rows_check(const PcaRows *rows, TupleDesc descriptor, int columns)
{
	if (rows->count == 0)
		return;
	if (columns > rows->columns || columns > descriptor->natts)
		elog(ERROR, "result of a statement has %d columns, not %d", rows->columns, columns);
	for (int i = 0; i < columns; i++)
		(void) find_typed_cell(rows, 0, i, TupleDescAttr(descriptor, i)->atttypid);
}
