/*-------------------------------------------------------------------------
 *
 * store_rows.h
 *	  Reads the rows that a statement returned, by the types of their columns.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "base_der.h"
#include "store_transaction.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* The rows of a result, one after another; if there are none, there are no types either. */
typedef struct PcaRows
{
	uint64		count;
	uint64		processed;		/* rows that the statement processed, whether it returns them or not */
	int			columns;
	Oid		   *types;			/* of the columns */
	Datum	   *values;
	bool	   *nulls;
} PcaRows;

/* The three columns of a SELECT list that pca_rows_origin() reads. */
#define PCA_ORIGIN(table) table ".xmin, " table ".tableoid, " table ".ctid"

extern bool pca_rows_is_null(const PcaRows *rows, uint64 row, int column);
extern bool pca_rows_bool(const PcaRows *rows, uint64 row, int column);
extern int32 pca_rows_int32(const PcaRows *rows, uint64 row, int column);
extern int64 pca_rows_int64(const PcaRows *rows, uint64 row, int column);
extern TimestampTz pca_rows_timestamp(const PcaRows *rows, uint64 row, int column);
extern Oid pca_rows_oid(const PcaRows *rows, uint64 row, int column);
extern TransactionId pca_rows_xid(const PcaRows *rows, uint64 row, int column);
extern const pg_uuid_t *pca_rows_uuid(const PcaRows *rows, uint64 row, int column);
extern Jsonb *pca_rows_jsonb(const PcaRows *rows, uint64 row, int column);
extern ArrayType *pca_rows_array(const PcaRows *rows, uint64 row, int column, Oid type);
extern char *pca_rows_text(const PcaRows *rows, uint64 row, int column);
extern void pca_rows_word(const PcaRows *rows, int column, char *word, size_t size);
extern bytea *pca_rows_bytea(const PcaRows *rows, uint64 row, int column);
extern PcaBytes pca_rows_bytes(const PcaRows *rows, uint64 row, int column);
extern PcaOrigin pca_rows_origin(const PcaRows *rows, int column);
extern void pca_rows_check(const PcaRows *rows, TupleDesc descriptor, int columns);

#endif							/* STORE_ROWS_H */
