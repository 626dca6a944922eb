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

#include "executor/spi.h"
#include "store_rows.h"
#include "store_value.h"

/*
 * A statement and its plan, kept from the first use on, with the types of the
 * values of that use.  The text is a literal; its names and operators are
 * qualified with their schemas.
 */
typedef struct PcaQuery
{
	const char *sql;
	SPIPlanPtr	plan;
} PcaQuery;

/* Receives the one row that a scan has just read, which is valid until this returns. */
typedef void (*PcaReceiveRow) (void *state, const PcaRows *row);

extern PcaRows pca_query_read(PcaQuery *query, PcaValues values);
extern PcaRows pca_query_write(PcaQuery *query, PcaValues values);
extern void pca_query_write_one(PcaQuery *query, PcaValues values);
extern void pca_query_scan(PcaQuery *query, PcaValues values, PcaReceiveRow receive, void *state);
extern bool pca_query_is_running(void);

#endif							/* STORE_QUERY_H */
