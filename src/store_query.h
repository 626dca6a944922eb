/*-------------------------------------------------------------------------
 *
 * store_query.h
 *	  Statements on the extension's tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "postgres.h"

#include "base_der.h"
#include "executor/spi.h"
#include "store_transaction.h"
#include "utils/uuid.h"

#define PCA_QUERY_MAX_ARGUMENTS 20

/*
 * A statement with its parameters' types, ending in InvalidOid.  The text is a
 * literal; its names and operators are qualified with their schemas.
 */
typedef struct PcaQuery
{
	const char *sql;
	Oid			types[PCA_QUERY_MAX_ARGUMENTS + 1];
	SPIPlanPtr	plan;			/* kept from the first use on */
} PcaQuery;

/* Values of the parameters; a Datum that nulls marks is ignored. */
typedef struct PcaArguments
{
	int			count;
	Datum		values[PCA_QUERY_MAX_ARGUMENTS];
	char		nulls[PCA_QUERY_MAX_ARGUMENTS];
} PcaArguments;

/* Rows in the caller's memory context, row after row. */
typedef struct PcaRows
{
	uint64		count;
	uint64		processed;		/* by the statement, whether it returns rows or not */
	int			columns;
	Datum	   *values;
	bool	   *nulls;
} PcaRows;

/* The three columns of a SELECT list that pca_rows_origin() reads. */
#define PCA_ORIGIN(table) table ".xmin, " table ".tableoid, " table ".ctid"

/* What is done with a row of a scan: it lives until this returns. */
typedef void (*PcaReceiveRow) (void *state, const Datum *values, const bool *nulls);

extern PcaRows pca_query_read(PcaQuery *query, const PcaArguments *arguments);
extern PcaRows pca_query_write(PcaQuery *query, const PcaArguments *arguments);
extern void pca_query_write_one(PcaQuery *query, const PcaArguments *arguments);
extern void pca_query_scan(PcaQuery *query, const PcaArguments *arguments, PcaReceiveRow receive, void *state);
extern bool pca_query_is_running(void);

extern void pca_argument_add(PcaArguments *arguments, Datum value);
extern void pca_argument_add_null(PcaArguments *arguments);
extern void pca_argument_add_uuid(PcaArguments *arguments, const pg_uuid_t *value);
extern void pca_argument_add_text(PcaArguments *arguments, const char *value);
extern void pca_argument_add_bytes(PcaArguments *arguments, PcaBytes value);

extern Datum pca_rows_datum(const PcaRows *rows, uint64 row, int column);
extern bool pca_rows_is_null(const PcaRows *rows, uint64 row, int column);
extern char *pca_rows_text(const PcaRows *rows, uint64 row, int column);
extern void pca_rows_word(const PcaRows *rows, int column, char *word, size_t size);
extern PcaBytes pca_rows_bytes(const PcaRows *rows, uint64 row, int column);
extern PcaOrigin pca_rows_origin(const PcaRows *rows, int column);

#endif							/* STORE_QUERY_H */
