/*-------------------------------------------------------------------------
 *
 * store_access.c
 *	  What others than the owner may do, and what the installation needs to
 *	  tell calls apart.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "store_access.h"
#include "store_query.h"
#include "store_transaction.h"

/* Reads the policy of an authority; false when it has none. */
bool
pca_policy_find(const pg_uuid_t *authority, PcaPolicy *policy)
{
	static PcaQuery query = {
		"SELECT policy, account_id, template_arn, allows_revocation FROM pca.policy"
		" WHERE authority_id OPERATOR(pg_catalog.=) $1",
		{UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;

	pca_argument_add_uuid(&arguments, authority);
	rows = pca_query_read(&query, &arguments);
	if (rows.count == 0)
		return false;
	policy->document = pca_rows_text(&rows, 0, 0);
	policy->account_id = pca_rows_text(&rows, 0, 1);
	policy->template_arn = pca_rows_text(&rows, 0, 2);
	policy->allows_revocation = DatumGetBool(pca_rows_datum(&rows, 0, 3));
	return true;
}

/* Stores the policy of an authority in the place of the one that it had. */
void
pca_policy_put(const pg_uuid_t *authority, const PcaPolicy *policy)
{
	static PcaQuery query = {
		"INSERT INTO pca.policy (authority_id, policy, account_id, template_arn, allows_revocation)"
		" VALUES ($1, $2, $3, $4, $5)"
		" ON CONFLICT (authority_id) DO UPDATE SET policy = excluded.policy, account_id = excluded.account_id,"
		" template_arn = excluded.template_arn, allows_revocation = excluded.allows_revocation",
		{UUIDOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_text(&arguments, policy->document);
	pca_argument_add_text(&arguments, policy->account_id);
	pca_argument_add_text(&arguments, policy->template_arn);
	pca_argument_add(&arguments, BoolGetDatum(policy->allows_revocation));
	pca_query_write(&query, &arguments);
}

void
pca_policy_remove(const pg_uuid_t *authority)
{
	static PcaQuery query = {
		"DELETE FROM pca.policy WHERE authority_id OPERATOR(pg_catalog.=) $1", {UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_query_write(&query, &arguments);
}

/* Stores a permission; false when the principal has one for the account. */
bool
pca_permission_put(const pg_uuid_t *authority, const PcaPermission *permission)
{
	static PcaQuery query = {
		"INSERT INTO pca.permission (authority_id, principal, source_account, actions, created_at)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1",
		{UUIDOID, TEXTOID, TEXTOID, TEXTARRAYOID, TIMESTAMPTZOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_text(&arguments, permission->principal);
	pca_argument_add_text(&arguments, permission->source_account);
	pca_argument_add(&arguments, permission->actions);
	pca_argument_add(&arguments, TimestampTzGetDatum(permission->created_at));
	return pca_query_write(&query, &arguments).count > 0;
}

/* Removes a permission; false when there is none. */
bool
pca_permission_remove(const pg_uuid_t *authority, const char *principal, const char *source_account)
{
	static PcaQuery query = {
		"DELETE FROM pca.permission WHERE authority_id OPERATOR(pg_catalog.=) $1"
		" AND principal OPERATOR(pg_catalog.=) $2 AND source_account OPERATOR(pg_catalog.=) $3 RETURNING 1",
		{UUIDOID, TEXTOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_text(&arguments, principal);
	pca_argument_add_text(&arguments, source_account);
	return pca_query_write(&query, &arguments).count > 0;
}

/* Is there a permission of this principal and account that has the action? */
bool
pca_permission_allows(const pg_uuid_t *authority, const PcaPermission *permission, const char *action)
{
	static PcaQuery query = {
		"SELECT FROM pca.permission WHERE authority_id OPERATOR(pg_catalog.=) $1"
		" AND principal OPERATOR(pg_catalog.=) $2 AND source_account OPERATOR(pg_catalog.=) $3"
		" AND $4 OPERATOR(pg_catalog.=) ANY (actions)",
		{UUIDOID, TEXTOID, TEXTOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_text(&arguments, permission->principal);
	pca_argument_add_text(&arguments, permission->source_account);
	pca_argument_add_text(&arguments, action);
	return pca_query_read(&query, &arguments).count > 0;
}

/* The permissions of an authority by principal and account, from behind the given ones on, if any. */
PcaRows
pca_permission_list(const pg_uuid_t *authority, const char *after, int64 limit)
{
	static PcaQuery query = {
		"SELECT a.arn, p.created_at, p.principal, p.source_account, p.actions,"
		" pg_catalog.json_build_object('Version', '2012-10-17', 'Statement', pg_catalog.json_build_array("
		"  pg_catalog.json_build_object('Effect', 'Allow', 'Principal', pg_catalog.json_build_object('Service', p.principal),"
		"   'Action', (SELECT pg_catalog.json_agg('acm-pca:' OPERATOR(pg_catalog.||) u.action)"
		"    FROM pg_catalog.unnest(p.actions) AS u (action)),"
		"   'Resource', a.arn, 'Condition', pg_catalog.json_build_object('StringEquals',"
		"    pg_catalog.json_build_object('aws:SourceAccount', p.source_account)))))::pg_catalog.text,"
		" p.principal OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) p.source_account"
		" FROM pca.permission AS p JOIN pca.certificate_authority AS a ON a.id OPERATOR(pg_catalog.=) p.authority_id"
		" WHERE p.authority_id OPERATOR(pg_catalog.=) $1 AND ($2 IS NULL OR"
		"  (p.principal OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) p.source_account) OPERATOR(pg_catalog.>) $2)"
		" ORDER BY 7 LIMIT $3",
		{UUIDOID, TEXTOID, INT8OID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_text(&arguments, after);
	pca_argument_add(&arguments, Int64GetDatum(limit));
	return pca_query_read(&query, &arguments);
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

/*
 * Makes the key that next tokens are made with, unless there is one.
 *
 * The table's default makes it: a parameter could be in a log.  The lock comes
 * first, so that the other's key is seen at every isolation level.
 */
void
pca_page_key_make(void)
{
	static PcaQuery query = {
		"INSERT INTO pca.next_token_key DEFAULT VALUES ON CONFLICT DO NOTHING", {InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	if (pca_page_key_get().length > 0)
		return;
	pca_transaction_lock(PCA_LOCK_PAGE_KEY, "", 0, ExclusiveLock);
	pca_query_write(&query, &arguments);
}

/* Warns when others than superusers may create functions in the extension's schema. */
void
pca_creators_warn(void)
{
	static PcaQuery query = {"SELECT pca.warn_of_creators()", {InvalidOid}, NULL};
	PcaArguments arguments = {0};

	pca_query_read(&query, &arguments);
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
