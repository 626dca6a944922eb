/*-------------------------------------------------------------------------
 *
 * store_access.c
 *	  The tables of policies and permissions, and the key of next tokens.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store_access.h"
#include "store_query.h"
#include "store_transaction.h"

/* Reads the policy of an authority as it was put.  Returns NULL if it has none. */
char *
pca_policy_find(const pg_uuid_t *authority)
{
	static PcaQuery query = {
		.sql = "SELECT policy FROM pca.policy WHERE authority_id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(authority)));

	return rows.count == 0 ? NULL : pca_rows_text(&rows, 0, 0);
}

/* Stores the policy of an authority that has none.  The caller also stores what it allows. */
void
pca_policy_put(const pg_uuid_t *authority, const char *document)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.policy (authority_id, policy) VALUES ($1, $2)"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(authority), pca_text(document)));
}

/* Removes the policy of an authority, if it has one, and everything that it allowed. */
void
pca_policy_remove(const pg_uuid_t *authority)
{
	static PcaQuery policy = {
		.sql = "DELETE FROM pca.policy WHERE authority_id OPERATOR(pg_catalog.=) $1"
	};
	static PcaQuery grants = {
		.sql = "DELETE FROM pca.policy_grant WHERE authority_id OPERATOR(pg_catalog.=) $1"
	};

	pca_query_write(&policy, PCA_VALUES(pca_uuid(authority)));
	pca_query_write(&grants, PCA_VALUES(pca_uuid(authority)));
}

/* Stores something that a policy allows; several statements may allow the same. */
void
pca_policy_grant_put(const PcaAccess *access)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.policy_grant (authority_id, account_id, action, template) VALUES ($1, $2, $3, $4)"
		" ON CONFLICT DO NOTHING"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(access->authority), pca_text(access->account_id),
									   pca_text(access->action), pca_text(access->template_name)));
}

/* Tells whether a statement of the authority's policy allows an access. */
bool
pca_policy_allows(const PcaAccess *access)
{
	static PcaQuery query = {
		.sql = "SELECT FROM pca.policy_grant WHERE authority_id OPERATOR(pg_catalog.=) $1"
		" AND account_id OPERATOR(pg_catalog.=) $2 AND action OPERATOR(pg_catalog.=) $3"
		" AND template OPERATOR(pg_catalog.=) $4"
	};

	return pca_query_read(&query, PCA_VALUES(pca_uuid(access->authority), pca_text(access->account_id),
											 pca_text(access->action),
											 pca_text(access->template_name))).count > 0;
}

/* Stores a permission.  Returns false if the principal already has one for the account. */
bool
pca_permission_put(const pg_uuid_t *authority, const PcaPermission *permission)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.permission (authority_id, principal, source_account, actions, created_at)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1"
	};

	return pca_query_write(&query, PCA_VALUES(pca_uuid(authority), pca_text(permission->principal),
											  pca_text(permission->source_account),
											  pca_array(permission->actions),
											  pca_timestamp(permission->created_at))).count > 0;
}

/* Removes a permission.  Returns false if it does not exist. */
bool
pca_permission_remove(const pg_uuid_t *authority, const char *principal, const char *source_account)
{
	static PcaQuery query = {
		.sql = "DELETE FROM pca.permission WHERE authority_id OPERATOR(pg_catalog.=) $1"
		" AND principal OPERATOR(pg_catalog.=) $2 AND source_account OPERATOR(pg_catalog.=) $3 RETURNING 1"
	};

	return pca_query_write(&query, PCA_VALUES(pca_uuid(authority), pca_text(principal),
											  pca_text(source_account))).count > 0;
}

/* Tells whether a permission of this principal and account includes the action. */
bool
pca_permission_allows(const pg_uuid_t *authority, const PcaPermission *permission, const char *action)
{
	static PcaQuery query = {
		.sql = "SELECT FROM pca.permission WHERE authority_id OPERATOR(pg_catalog.=) $1"
		" AND principal OPERATOR(pg_catalog.=) $2 AND source_account OPERATOR(pg_catalog.=) $3"
		" AND $4 OPERATOR(pg_catalog.=) ANY (actions)"
	};

	return pca_query_read(&query, PCA_VALUES(pca_uuid(authority), pca_text(permission->principal),
											 pca_text(permission->source_account),
											 pca_text(action))).count > 0;
}

/* Lists the permissions of an authority by principal and account; after: the last ones of the page before, or NULL. */
PcaRows
pca_permission_list(const pg_uuid_t *authority, const char *after, int64 limit)
{
	static PcaQuery query = {
		.sql = "SELECT a.arn, p.created_at, p.principal, p.source_account, p.actions,"
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
		" ORDER BY 7 LIMIT $3"
	};

	return pca_query_read(&query, PCA_VALUES(pca_uuid(authority), pca_text(after), pca_int64(limit)));
}

/* Reads the key that authenticates next tokens; empty if there is none yet. */
PcaBytes
pca_page_key_get(void)
{
	static PcaQuery query = {.sql = "SELECT key FROM pca.next_token_key"};
	PcaRows		rows = pca_query_read(&query, PCA_NO_VALUES);

	return rows.count == 0 ? (PcaBytes) {NULL, 0} : pca_rows_bytes(&rows, 0, 0);
}

/*
 * Makes the key that authenticates next tokens, unless there is one.
 *
 * The column's default generates it, because a parameter could be logged.  The
 * lock comes first, so that another session's key is seen at every isolation
 * level.
 */
void
pca_page_key_make(void)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.next_token_key DEFAULT VALUES ON CONFLICT DO NOTHING"
	};

	if (pca_page_key_get().length > 0)
		return;
	pca_transaction_lock(PCA_LOCK_PAGE_KEY, "", 0, ExclusiveLock);
	pca_query_write(&query, PCA_NO_VALUES);
}

/* Warns if other roles than superusers may create functions in the extension's schema. */
void
pca_creators_warn(void)
{
	static PcaQuery query = {.sql = "SELECT pca.warn_of_creators()"};

	pca_query_read(&query, PCA_NO_VALUES);
}

/* Returns the GRANT statements, as strings, that give a role an access. */
List *
pca_access_grants(Oid role, const char *access)
{
	static PcaQuery query = {
		.sql = "SELECT s FROM pca.grant_statements($1, $2) AS s"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_role(role), pca_text(access)));
	List	   *statements = NIL;

	for (uint64 row = 0; row < rows.count; row++)
		statements = lappend(statements, pca_rows_text(&rows, row, 0));
	return statements;
}

/* Finds an operation of the API by its name.  Returns false if there is none. */
bool
pca_api_operation_find(const char *name, PcaApiOperation *operation)
{
	static PcaQuery query = {
		.sql = "SELECT oid, output_member, is_list FROM pca.access_objects WHERE operation OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_text(name)));

	if (rows.count == 0)
		return false;
	*operation = (PcaApiOperation) {
		.function = pca_rows_oid(&rows, 0, 0),
		.output_member = pca_rows_text(&rows, 0, 1),
		.is_list = pca_rows_bool(&rows, 0, 2)
	};
	return true;
}
