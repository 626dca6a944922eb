/*-------------------------------------------------------------------------
 *
 * store_authority_state.c
 *	  Changes of the state of a certificate authority, and its end.
 *
 * Whoever calls holds the authority's lock for a change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "store_authority_state.h"
#include "store_locked_authority.h"
#include "store_transaction.h"

static void
change(PcaQuery *query, const PcaArguments *arguments)
{
	pca_query_write_one(query, arguments);
	pca_locked_authorities_forget();
}

void
pca_authority_status_put(const pg_uuid_t *id, const char *status, TimestampTz now)
{
	static PcaQuery query = {
		"UPDATE pca.certificate_authority SET status = $2, last_state_change_at = " NEXT_CHANGE("$3")
		" WHERE id OPERATOR(pg_catalog.=) $1",
		{UUIDOID, TEXTOID, TIMESTAMPTZOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, id);
	pca_argument_add_text(&arguments, status);
	pca_argument_add(&arguments, TimestampTzGetDatum(now));
	change(&query, &arguments);
}

/* The caller changes the status, or says that it is the same, after this. */
void
pca_authority_revocation_put(const pg_uuid_t *id, Jsonb *configuration)
{
	static PcaQuery query = {
		"UPDATE pca.certificate_authority SET revocation_configuration = $2 WHERE id OPERATOR(pg_catalog.=) $1",
		{UUIDOID, JSONBOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, id);
	pca_argument_add(&arguments, JsonbPGetDatum(configuration));
	change(&query, &arguments);
}

/* Marks an authority as deleted; until: when its restoration period ends, if it has one. */
void
pca_authority_delete(const pg_uuid_t *id, TimestampTz now, bool is_restorable, TimestampTz until)
{
	static PcaQuery query = {
		"UPDATE pca.certificate_authority SET status_before_deletion = status, status = 'DELETED',"
		" restorable_until = $3, last_state_change_at = " NEXT_CHANGE("$2") " WHERE id OPERATOR(pg_catalog.=) $1",
		{UUIDOID, TIMESTAMPTZOID, TIMESTAMPTZOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, id);
	pca_argument_add(&arguments, TimestampTzGetDatum(now));
	if (is_restorable)
		pca_argument_add(&arguments, TimestampTzGetDatum(until));
	else
		pca_argument_add_null(&arguments);
	change(&query, &arguments);
}

/* Gives a deleted authority the status that it had. */
void
pca_authority_restore(const pg_uuid_t *id, TimestampTz now)
{
	static PcaQuery query = {
		"UPDATE pca.certificate_authority SET status = status_before_deletion, status_before_deletion = NULL,"
		" restorable_until = NULL, last_state_change_at = " NEXT_CHANGE("$2") " WHERE id OPERATOR(pg_catalog.=) $1",
		{UUIDOID, TIMESTAMPTZOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, id);
	pca_argument_add(&arguments, TimestampTzGetDatum(now));
	change(&query, &arguments);
}

#define GONE "status OPERATOR(pg_catalog.=) 'DELETED' AND (restorable_until IS NULL OR restorable_until OPERATOR(pg_catalog.<=) "

/* Removes an authority; a trigger removes all that belongs to it with it; false when it was restored meanwhile, or is gone. */
bool
pca_authority_remove(const pg_uuid_t *id, TimestampTz now)
{
	static PcaQuery query = {
		"DELETE FROM pca.certificate_authority WHERE id OPERATOR(pg_catalog.=) $1 AND " GONE "$2) RETURNING 1",
		{UUIDOID, TIMESTAMPTZOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_authority_lock(id, PCA_LOCK_FOR_CHANGE);
	pca_argument_add_uuid(&arguments, id);
	pca_argument_add(&arguments, TimestampTzGetDatum(now));
	if (pca_query_write(&query, &arguments).count == 0)
		return false;
	pca_locked_authorities_forget();
	return true;
}
