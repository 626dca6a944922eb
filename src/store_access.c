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

/* The policy of an authority as it was put; NULL when it has none. */
char *
pca_policy_find(const pg_uuid_t *authority)
{
	static PcaQuery query = {
		"SELECT policy FROM pca.policy WHERE authority_id OPERATOR(pg_catalog.=) $1", {UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;

	pca_argument_add_uuid(&arguments, authority);
	rows = pca_query_read(&query, &arguments);
	return rows.count == 0 ? NULL : pca_rows_text(&rows, 0, 0);
}

/* Stores the policy of an authority that has none; the caller stores what it allows. */
void
pca_policy_put(const pg_uuid_t *authority, const char *document)
{
	static PcaQuery query = {
		"INSERT INTO pca.policy (authority_id, policy) VALUES ($1, $2)", {UUIDOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_text(&arguments, document);
	pca_query_write(&query, &arguments);
}

/* Removes the policy of an authority, if it has one, and all that it allowed. */
void
pca_policy_remove(const pg_uuid_t *authority)
{
	static PcaQuery policy = {
		"DELETE FROM pca.policy WHERE authority_id OPERATOR(pg_catalog.=) $1", {UUIDOID, InvalidOid}, NULL
	};
	static PcaQuery grants = {
		"DELETE FROM pca.policy_grant WHERE authority_id OPERATOR(pg_catalog.=) $1", {UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_query_write(&policy, &arguments);
	pca_query_write(&grants, &arguments);
}

static void
add_grant(PcaArguments *arguments, const PcaAccess *access)
{
	pca_argument_add_uuid(arguments, access->authority);
	pca_argument_add_text(arguments, access->account_id);
	pca_argument_add_text(arguments, access->action);
	pca_argument_add_text(arguments, access->template_name);
}

/* Stores what a policy allows; several statements may allow the same. */
void
pca_policy_grant_put(const PcaAccess *access)
{
	static PcaQuery query = {
		"INSERT INTO pca.policy_grant (authority_id, account_id, action, template) VALUES ($1, $2, $3, $4)"
		" ON CONFLICT DO NOTHING",
		{UUIDOID, TEXTOID, TEXTOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	add_grant(&arguments, access);
	pca_query_write(&query, &arguments);
}

/* Does a statement of the authority's policy allow it? */
bool
pca_policy_allows(const PcaAccess *access)
{
	static PcaQuery query = {
		"SELECT FROM pca.policy_grant WHERE authority_id OPERATOR(pg_catalog.=) $1"
		" AND account_id OPERATOR(pg_catalog.=) $2 AND action OPERATOR(pg_catalog.=) $3"
		" AND template OPERATOR(pg_catalog.=) $4",
		{UUIDOID, TEXTOID, TEXTOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	add_grant(&arguments, access);
	return pca_query_read(&query, &arguments).count > 0;
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
