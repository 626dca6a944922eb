/*-------------------------------------------------------------------------
 *
 * op_page.h
 *	  The pages of a list: max_results, next_token.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_PAGE_H
#define OP_PAGE_H

#include "postgres.h"

#include "fmgr.h"
#include "rule_operation.h"
#include "store_query.h"

typedef struct PcaPage
{
	FunctionCallInfo fcinfo;
	char	   *call;			/* the operation and the arguments that choose rows */
	char	   *after;			/* where it continues; NULL for the beginning */
	bool		has_limit;
	int32		max_results;
} PcaPage;

/* Returns the position after a row, where a list continues. */
typedef char *(*PcaPagePosition) (const PcaRows *rows, uint64 row);

extern PcaPage pca_page_begin(FunctionCallInfo fcinfo, int token, int max_results,
							  PcaOperation operation, const char *scope);
extern int64 pca_page_limit(const PcaPage *page);
extern void pca_page_put(const PcaPage *page, const PcaRows *rows, int columns, PcaPagePosition position);

#endif							/* OP_PAGE_H */
