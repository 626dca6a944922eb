/*-------------------------------------------------------------------------
 *
 * store_access.c
 *	  Who calls, and what the installation needs to tell callers apart.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "catalog/pg_type_d.h"
#include "store_access.h"
#include "store_query.h"

/* The account that the current role acts for: 12 digits. */
const char *
pca_caller_account(void)
{
	return pca_account_id_setting;
}

/* Stores the key that next tokens are made with, unless there is one. */
void
pca_page_key_put(PcaBytes key)
{
	static PcaQuery query = {
		"INSERT INTO pca.next_token_key (key) VALUES ($1) ON CONFLICT DO NOTHING",
		{BYTEAOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_bytes(&arguments, key);
	pca_query_write(&query, &arguments);
}

/* The key that next tokens are made with; empty while there is none. */
PcaBytes
pca_page_key_get(void)
{
	static PcaQuery query = {"SELECT key FROM pca.next_token_key", {InvalidOid}, NULL};
	PcaArguments arguments = {0};
	PcaRows		rows = pca_query_read(&query, &arguments);

	return rows.count == 0 ? (PcaBytes) {NULL, 0} : pca_rows_bytes(&rows, 0, 0);
}

/* The names of the functions that an access includes, as strings. */
List *
pca_access_functions(const char *access)
{
	static PcaQuery query = {
		"SELECT function FROM pca.access WHERE access OPERATOR(pg_catalog.=) $1 ORDER BY function",
		{TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;
	List	   *functions = NIL;

	pca_argument_add_text(&arguments, access);
	rows = pca_query_read(&query, &arguments);
	for (uint64 row = 0; row < rows.count; row++)
		functions = lappend(functions, pca_rows_text(&rows, row, 0));
	return functions;
}
