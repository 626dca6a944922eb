/*-------------------------------------------------------------------------
 *
 * store_ocsp_responder.c
 *	  The tables of the names by which OCSP requests identify authorities, and of
 *	  the responder's certificate for each name.
 *
 * A name lasts forever.  Its id is that of the first certificate of the authority
 * that had the name.  What was read about a responder may be cached until the
 * version changes: the commit of a change sends an invalidation to every session,
 * also on standbys, as a change of the catalog does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "store_ocsp_responder.h"
#include "store_transaction.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

static uint64 version = 1;
static Oid	responder_table;

static void
at_responder_change(Datum arg, Oid relation)
{
	if (relation == InvalidOid || relation == responder_table)
		version++;
}

/* Returns the version, which changes whenever what was read about responders may have changed. */
uint64
pca_ocsp_responders_version(void)
{
	static bool is_watching = false;

	if (!is_watching)
		CacheRegisterRelcacheCallback(at_responder_change, (Datum) 0);
	is_watching = true;
	return version;
}

/* Makes every session read responders again once this transaction has committed. */
void
pca_ocsp_responders_forget(void)
{
	CacheInvalidateRelcacheByRelid(get_relname_relid("ocsp_responder", get_namespace_oid("pca", false)));
}

/*
 * Tells whether a row, whose origin is in these columns, exists.  If its
 * transaction is still open here, *is_settled becomes false.
 */
static bool
is_there(const PcaRows *rows, int column, bool *is_settled)
{
	PcaOrigin	origin;

	if (pca_rows_is_null(rows, 0, column))
		return false;
	origin = pca_rows_origin(rows, column);
	if (!pca_transaction_is_open(&origin))
		return true;
	*is_settled = false;
	return false;
}

/* Reads the certificate that goes with answers under a name. */
void
pca_ocsp_responder_get(const pg_uuid_t *id, PcaOcspResponder *responder)
{
	static PcaQuery query = {
		.sql = "SELECT o.serial, o.issuer_id, " PCA_ORIGIN("o") ", " PCA_ORIGIN("r") " FROM pca.ocsp_responder AS o"
		" LEFT JOIN pca.revocation AS r ON r.authority_id OPERATOR(pg_catalog.=) o.authority_id"
		"  AND r.serial OPERATOR(pg_catalog.=) o.serial"
		" WHERE o.id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows;

	responder_table = get_relname_relid("ocsp_responder", get_namespace_oid("pca", false));
	*responder = (PcaOcspResponder) {.is_settled = true};
	rows = pca_query_read(&query, PCA_VALUES(pca_uuid(id)));
	if (rows.count == 0 || !is_there(&rows, 2, &responder->is_settled) || pca_rows_is_null(&rows, 0, 0))
		return;
	responder->has_certificate = !is_there(&rows, 5, &responder->is_settled);
	responder->serial = *pca_rows_uuid(&rows, 0, 0);
	responder->issuer_id = *pca_rows_uuid(&rows, 0, 1);
}

/* Finds the id of an authority's name.  Returns false if the authority never had this name. */
bool
pca_ocsp_responder_find(const pg_uuid_t *authority, PcaBytes name_hash, PcaBytes key_hash, pg_uuid_t *id)
{
	static PcaQuery query = {
		.sql = "SELECT responder_id FROM pca.ocsp_issuer WHERE key_hash OPERATOR(pg_catalog.=) $1"
		" AND name_hash OPERATOR(pg_catalog.=) $2 AND authority_id OPERATOR(pg_catalog.=) $3"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_bytes(key_hash), pca_bytes(name_hash),
														 pca_uuid(authority)));

	if (rows.count == 0)
		return false;
	*id = *pca_rows_uuid(&rows, 0, 0);
	return true;
}

/* Stores an identification of an authority in OCSP requests, unless it is already stored. */
void
pca_ocsp_issuer_put(const pg_uuid_t *authority, PcaBytes name_hash, PcaBytes key_hash, const pg_uuid_t *responder)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.ocsp_issuer (authority_id, name_hash, key_hash, responder_id) VALUES ($1, $2, $3, $4)"
		" ON CONFLICT DO NOTHING"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(authority), pca_bytes(name_hash), pca_bytes(key_hash),
									   pca_uuid(responder)));
}

/* Stores a name of an authority, or a newer certificate of the authority with this name. */
void
pca_ocsp_responder_put(const pg_uuid_t *id, const pg_uuid_t *authority, const pg_uuid_t *certificate_id,
					   TimestampTz not_after)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.ocsp_responder (id, authority_id, certificate_id, certificate_not_after)"
		" VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE"
		" SET certificate_id = excluded.certificate_id, certificate_not_after = excluded.certificate_not_after"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(id), pca_uuid(authority), pca_uuid(certificate_id),
									   pca_timestamp(not_after)));
	pca_ocsp_responders_forget();
}

/* Locks a name until the end of the transaction, so that concurrent maintenance issues only once. */
void
pca_ocsp_responder_lock(const pg_uuid_t *id)
{
	pca_transaction_lock(PCA_LOCK_OCSP_RESPONDER, id, sizeof(*id), ExclusiveLock);
}

/* Finds the authority's own certificate under which one for the responder is due.  Returns false if none is due. */
bool
pca_ocsp_responder_find_due(const pg_uuid_t *id, TimestampTz now, pg_uuid_t *certificate_id)
{
	static PcaQuery query = {
		.sql = "SELECT o.certificate_id FROM pca.ocsp_responder AS o"
		" JOIN pca.ocsp_responder_states AS s ON s.id OPERATOR(pg_catalog.=) o.id"
		" WHERE o.id OPERATOR(pg_catalog.=) $2 AND" PCA_OCSP_RESPONDER_DUE
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_timestamp(now), pca_uuid(id)));

	if (rows.count == 0)
		return false;
	*certificate_id = *pca_rows_uuid(&rows, 0, 0);
	return true;
}

/* Stores the responder's certificate.  serial: NULL if the responder cannot have one. */
void
pca_ocsp_responder_certificate_put(const pg_uuid_t *id, const pg_uuid_t *issuer_id, const pg_uuid_t *serial)
{
	static PcaQuery query = {
		.sql = "UPDATE pca.ocsp_responder SET issuer_id = $2, serial = $3 WHERE id OPERATOR(pg_catalog.=) $1"
	};

	pca_query_write_one(&query, PCA_VALUES(pca_uuid(id), pca_uuid(issuer_id), pca_uuid(serial)));
	pca_ocsp_responders_forget();
}
