/*-------------------------------------------------------------------------
 *
 * store_authority_state.c
 *	  Changes the state of certificate authorities, and removes them.
 *
 * Every caller holds the authority's lock for changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "store_authority_state.h"
#include "store_locked_authority.h"
#include "store_transaction.h"
#include "utils/array.h"

/*
 * The time of a state change: now, but always after the previous one.  Sessions
 * identify the state that they have cached by this time and by the transaction
 * that set it, because two changes, one of them rolled back, can have the same time.
 */
#define NEXT_CHANGE(now) \
	"GREATEST(" now ", last_state_change_at OPERATOR(pg_catalog.+) '1 microsecond'::pg_catalog.interval)"

static void
change_state(PcaQuery *query, PcaValues values)
{
	pca_query_write_one(query, values);
	pca_locked_authorities_forget();
}

void
pca_authority_status_put(const pg_uuid_t *id, const char *status, TimestampTz now)
{
	static PcaQuery query = {
		.sql = "UPDATE pca.certificate_authority SET status = $2, last_state_change_at = " NEXT_CHANGE("$3")
		" WHERE id OPERATOR(pg_catalog.=) $1"
	};

	change_state(&query, PCA_VALUES(pca_uuid(id), pca_text(status), pca_timestamp(now)));
}

static ArrayType *
make_array(const PcaBytes *elements, int count)
{
	Datum	   *values = palloc(sizeof(Datum) * (count + 1));

	for (int i = 0; i < count; i++)
		values[i] = PointerGetDatum(pca_bytes_to_bytea(elements[i]));
	return construct_array(values, count, BYTEAOID, -1, false, TYPALIGN_INT);
}

/* Stores an authority's own certificate in a row of its own, and makes it the current one. */
void
pca_authority_certificate_put(const pg_uuid_t *authority, const char *status, TimestampTz now,
							  const PcaImportedCertificate *certificate)
{
	static PcaQuery insert = {
		.sql = "INSERT INTO pca.certificate_authority_certificate (id, authority_id, imported_at, certificate, chain)"
		" VALUES ($1, $2, $3, $4, $5)"
	};
	static PcaQuery update = {
		.sql = "UPDATE pca.certificate_authority SET status = $2, last_state_change_at = " NEXT_CHANGE("$3") ", certificate_id = $4,"
		" serial = $5, not_before = $6, not_after = $7 WHERE id OPERATOR(pg_catalog.=) $1"
	};

	pca_query_write(&insert, PCA_VALUES(pca_uuid(&certificate->id), pca_uuid(authority), pca_timestamp(now),
										pca_bytes(certificate->certificate),
										pca_array(make_array(certificate->chain, certificate->chain_count))));
	change_state(&update, PCA_VALUES(pca_uuid(authority), pca_text(status), pca_timestamp(now),
									 pca_uuid(&certificate->id), pca_text(certificate->serial),
									 pca_timestamp(certificate->not_before), pca_timestamp(certificate->not_after)));
}

/* Stores a revocation configuration.  The caller sets the status afterwards, even to the same value. */
void
pca_authority_revocation_put(const pg_uuid_t *id, Jsonb *configuration)
{
	static PcaQuery query = {
		.sql = "UPDATE pca.certificate_authority SET revocation_configuration = $2 WHERE id OPERATOR(pg_catalog.=) $1"
	};

	change_state(&query, PCA_VALUES(pca_uuid(id), pca_jsonb(configuration)));
}

/* Marks an authority as deleted.  until: the end of its restoration period, if it has one. */
void
pca_authority_delete(const pg_uuid_t *id, TimestampTz now, bool is_restorable, TimestampTz until)
{
	static PcaQuery query = {
		.sql = "UPDATE pca.certificate_authority SET status_before_deletion = status, status = 'DELETED',"
		" restorable_until = $3, last_state_change_at = " NEXT_CHANGE("$2") " WHERE id OPERATOR(pg_catalog.=) $1"
	};

	change_state(&query, PCA_VALUES(pca_uuid(id), pca_timestamp(now),
									is_restorable ? pca_timestamp(until) : pca_null(TIMESTAMPTZOID)));
}

/* Gives a deleted authority its former status again. */
void
pca_authority_restore(const pg_uuid_t *id, TimestampTz now)
{
	static PcaQuery query = {
		.sql = "UPDATE pca.certificate_authority SET status = status_before_deletion, status_before_deletion = NULL,"
		" restorable_until = NULL, last_state_change_at = " NEXT_CHANGE("$2") " WHERE id OPERATOR(pg_catalog.=) $1"
	};

	change_state(&query, PCA_VALUES(pca_uuid(id), pca_timestamp(now)));
}

#define GONE "status OPERATOR(pg_catalog.=) 'DELETED' AND (restorable_until IS NULL OR restorable_until OPERATOR(pg_catalog.<=) "

/*
 * Removes an authority; a trigger removes everything that belongs to it.
 * Returns false if it was restored or removed meanwhile.
 */
bool
pca_authority_remove(const pg_uuid_t *id, TimestampTz now)
{
	static PcaQuery query = {
		.sql = "DELETE FROM pca.certificate_authority WHERE id OPERATOR(pg_catalog.=) $1 AND " GONE "$2) RETURNING 1"
	};

	pca_authority_lock(id, PCA_LOCK_FOR_CHANGE);
	if (pca_query_write(&query, PCA_VALUES(pca_uuid(id), pca_timestamp(now))).count == 0)
		return false;
	pca_locked_authorities_forget();
	return true;
}
