/*-------------------------------------------------------------------------
 *
 * store_access_key.c
 *	  The tables of access keys and of their master key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store_access_key.h"
#include "store_query.h"

/* Finds an access key.  Returns false if it does not exist. */
bool
pca_access_key_find(const char *id, PcaAccessKey *key)
{
	static PcaQuery query = {
		.sql = "SELECT k.role::pg_catalog.oid, k.account_id, k.disabled_at IS NULL,"
		" k.last_used_on IS NOT DISTINCT FROM pg_catalog.date(pg_catalog.timezone('UTC', pg_catalog.now())),"
		" m.key_encryption_key_id, m.wrapped_key"
		" FROM pca.access_key AS k CROSS JOIN pca.access_master_key AS m WHERE k.id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_text(id)));

	if (rows.count == 0)
		return false;
	*key = (PcaAccessKey) {
		.id = id,
		.role = pca_rows_oid(&rows, 0, 0),
		.account_id = pca_rows_text(&rows, 0, 1),
		.is_enabled = pca_rows_bool(&rows, 0, 2),
		.is_used_today = pca_rows_bool(&rows, 0, 3),
		.master_kek_id = pca_rows_bytes(&rows, 0, 4),
		.master_form = pca_rows_bytes(&rows, 0, 5)
	};
	return true;
}

/* Stores a new access key; description may be NULL. */
void
pca_access_key_put(const PcaAccessKey *key, const char *description)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.access_key (id, role, account_id, description, created_at)"
		" VALUES ($1, $2, $3, $4, pg_catalog.now())"
	};

	pca_query_write_one(&query, PCA_VALUES(pca_text(key->id), pca_role(key->role), pca_text(key->account_id),
										   pca_text(description)));
}

/* Enables or disables an access key.  Returns false if that is what it was already. */
bool
pca_access_key_set_enabled(const char *id, bool is_enabled)
{
	static PcaQuery enable = {
		.sql = "UPDATE pca.access_key SET disabled_at = NULL WHERE id OPERATOR(pg_catalog.=) $1 AND disabled_at IS NOT NULL"
	};
	static PcaQuery disable = {
		.sql = "UPDATE pca.access_key SET disabled_at = pg_catalog.now()"
		" WHERE id OPERATOR(pg_catalog.=) $1 AND disabled_at IS NULL"
	};

	return pca_query_write(is_enabled ? &enable : &disable, PCA_VALUES(pca_text(id))).processed > 0;
}

/* Removes an access key. */
void
pca_access_key_remove(const char *id)
{
	static PcaQuery query = {.sql = "DELETE FROM pca.access_key WHERE id OPERATOR(pg_catalog.=) $1"};

	pca_query_write(&query, PCA_VALUES(pca_text(id)));
}

/* Records that an access key is used today, unless another transaction is doing so. */
void
pca_access_key_touch(const char *id)
{
	static PcaQuery query = {
		.sql = "UPDATE pca.access_key SET last_used_on = pg_catalog.date(pg_catalog.timezone('UTC', pg_catalog.now()))"
		" WHERE id OPERATOR(pg_catalog.=) (SELECT k.id FROM pca.access_key AS k WHERE k.id OPERATOR(pg_catalog.=) $1"
		"  FOR NO KEY UPDATE SKIP LOCKED)"
	};

	pca_query_write(&query, PCA_VALUES(pca_text(id)));
}

/* Removes the access keys of roles that no longer exist, because their OIDs may be reused.  Returns false if there were none. */
bool
pca_access_keys_expire(void)
{
	static PcaQuery query = {
		.sql = "DELETE FROM pca.access_key"
		" WHERE role::pg_catalog.oid OPERATOR(pg_catalog.<>) ALL (SELECT oid FROM pg_catalog.pg_roles)"
	};

	return pca_query_write(&query, PCA_NO_VALUES).processed > 0;
}

/* Finds the master key of access keys.  Returns false if it does not exist yet. */
bool
pca_master_key_find(PcaBytes *kek_id, PcaBytes *form)
{
	static PcaQuery query = {.sql = "SELECT key_encryption_key_id, wrapped_key FROM pca.access_master_key"};
	PcaRows		rows = pca_query_read(&query, PCA_NO_VALUES);

	if (rows.count == 0)
		return false;
	*kek_id = pca_rows_bytes(&rows, 0, 0);
	*form = pca_rows_bytes(&rows, 0, 1);
	return true;
}

/* Stores the master key of access keys. */
void
pca_master_key_put(PcaBytes kek_id, PcaBytes form)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.access_master_key (key_encryption_key_id, wrapped_key) VALUES ($1, $2)"
	};

	pca_query_write_one(&query, PCA_VALUES(pca_bytes(kek_id), pca_bytes(form)));
}
