/*-------------------------------------------------------------------------
 *
 * op_page.c
 *	  Splits a list into pages.
 *
 * Without max_results a list has every row.  With it, the query reads one row
 * more than the page has.  If that row exists, the last row of the page carries
 * the token with which the same call continues after it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_error.h"
#include "crypto_next_token.h"
#include "funcapi.h"
#include "op_page.h"
#include "store_access.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#define MAX_COLUMNS 32

/* Reads the position in a token that an earlier call returned.  Throws InvalidNextTokenException. */
static char *
open_token(const char *call, const char *token)
{
	PcaBytes	position;
	const char *fault = pca_next_token_open(pca_page_key_get(), call, token, &position);

	if (fault != NULL)
		pca_error(INVALID_NEXT_TOKEN,
				  errmsg("next token was not returned by this call"),
				  errdetail("The value at next_token is %s.", fault),
				  errhint("Pass the next_token of the last row that the same call returned, or leave it out."));
	return (char *) pca_bytes_copy(position).data;
}

/*
 * Begins a list: reads the parameters next_token and max_results.
 *
 * token, max_results: their indexes, from 0.  scope: the arguments that select
 * rows; a token is valid only for the same ones.
 *
 * Throws ValidationException, and InvalidNextTokenException for a token that
 * this call never returned.
 */
PcaPage
pca_page_begin(FunctionCallInfo fcinfo, int token, int max_results, PcaOperation operation, const char *scope)
{
	char	   *call = psprintf("%s of %s", pca_operation_get(operation)->action, scope);
	PcaPage		page = {.fcinfo = fcinfo, .call = call};
	char	   *text = pca_argument_text(fcinfo, token, "next_token", &pca_shape_next_token);

	page.has_limit = pca_argument_integer(fcinfo, max_results, "max_results", &pca_shape_max_results,
										  &page.max_results);
	if (text != NULL)
		page.after = open_token(call, text);
	InitMaterializedSRF(fcinfo, 0);
	return page;
}

/* Returns the number of rows to ask for. */
int64
pca_page_limit(const PcaPage *page)
{
	return page->has_limit ? (int64) page->max_results + 1 : PG_INT64_MAX;
}

static char *
make_token(const PcaPage *page, const char *position)
{
	return pca_next_token_make(pca_page_key_get(), page->call,
							   (PcaBytes) {(const uint8 *) position, strlen(position)});
}

/* Returns the first columns of the rows, and a next_token after them. */
void
pca_page_put(const PcaPage *page, const PcaRows *rows, int columns, PcaPagePosition position)
{
	ReturnSetInfo *result = (ReturnSetInfo *) page->fcinfo->resultinfo;
	uint64		count = page->has_limit ? Min(rows->count, (uint64) page->max_results) : rows->count;

	pca_rows_check(rows, result->setDesc, columns);
	for (uint64 row = 0; row < count; row++)
	{
		bool		is_cut = row + 1 == count && rows->count > count;
		Datum		values[MAX_COLUMNS];
		bool		nulls[MAX_COLUMNS];

		memcpy(values, rows->values + row * rows->columns, sizeof(Datum) * columns);
		memcpy(nulls, rows->nulls + row * rows->columns, sizeof(bool) * columns);
		nulls[columns] = !is_cut;
		if (is_cut)
			values[columns] = CStringGetTextDatum(make_token(page, position(rows, row)));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}
