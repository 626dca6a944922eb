/*-------------------------------------------------------------------------
 *
 * store_ocsp.c
 *	  What OCSP asks of the tables: whose certificate it is, and what is
 *	  committed about it.
 *
 * All in one statement, because it is run for each certificate of each request.
 * Rows of the transaction that is still open here are passed over: what leaves
 * the database has been committed before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type_d.h"
#include "store_ocsp.h"
#include "utils/builtins.h"

/* Stores how requests call an authority, unless that is there. */
void
pca_ocsp_issuer_put(const pg_uuid_t *authority, PcaBytes name_hash, PcaBytes key_hash)
{
	static PcaQuery query = {
		"INSERT INTO pca.ocsp_issuer (authority_id, name_hash, key_hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
		{UUIDOID, BYTEAOID, BYTEAOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_bytes(&arguments, name_hash);
	pca_argument_add_bytes(&arguments, key_hash);
	pca_query_write(&query, &arguments);
}

/* Is there a row, and has its transaction, whose xmin is in this column, been committed? */
static bool
is_committed(const PcaRows *rows, int column)
{
	return !pca_rows_is_null(rows, 0, column) &&
		!TransactionIdIsCurrentTransactionId(DatumGetTransactionId(pca_rows_datum(rows, 0, column)));
}

static void
read_state(const PcaRows *rows, PcaCertificateState *state)
{
	memset(state, 0, sizeof(*state));
	pca_authority_read(rows, &state->authority);
	state->authority.arn = pca_rows_text(rows, 0, PCA_AUTHORITY_COLUMNS);
	state->authority.id = *DatumGetUUIDP(pca_rows_datum(rows, 0, PCA_AUTHORITY_COLUMNS + 1));
	state->is_issued = is_committed(rows, PCA_AUTHORITY_COLUMNS + 3);
	state->is_revoked = is_committed(rows, PCA_AUTHORITY_COLUMNS + 4);
	if (!state->is_revoked)
		return;
	state->revoked_at = DatumGetTimestampTz(pca_rows_datum(rows, 0, PCA_AUTHORITY_COLUMNS + 5));
	state->reason = pca_rows_text(rows, 0, PCA_AUTHORITY_COLUMNS + 6);
}

/*
 * Reads what is committed about a certificate; false when nobody here is
 * called so.
 *
 * serial: NULL for a number that no certificate here can have.
 */
bool
pca_ocsp_find(PcaBytes name_hash, PcaBytes key_hash, const pg_uuid_t *serial, PcaCertificateState *state)
{
	static PcaQuery query = {
		"SELECT " PCA_AUTHORITY_LIST("a") ", a.arn, a.id, i.xmin, c.xmin, r.xmin, r.revoked_at, r.reason"
		" FROM pca.ocsp_issuer AS i"
		" JOIN pca.certificate_authority AS a ON a.id OPERATOR(pg_catalog.=) i.authority_id"
		" LEFT JOIN pca.certificate AS c"
		"  ON c.authority_id OPERATOR(pg_catalog.=) i.authority_id AND c.serial OPERATOR(pg_catalog.=) $3"
		" LEFT JOIN pca.revocation AS r"
		"  ON r.authority_id OPERATOR(pg_catalog.=) i.authority_id AND r.serial OPERATOR(pg_catalog.=) $3"
		" WHERE i.key_hash OPERATOR(pg_catalog.=) $1 AND i.name_hash OPERATOR(pg_catalog.=) $2",
		{BYTEAOID, BYTEAOID, UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;

	pca_argument_add_bytes(&arguments, key_hash);
	pca_argument_add_bytes(&arguments, name_hash);
	if (serial != NULL)
		pca_argument_add_uuid(&arguments, serial);
	else
		pca_argument_add_null(&arguments);
	rows = pca_query_read(&query, &arguments);
	if (rows.count == 0 || !is_committed(&rows, PCA_AUTHORITY_COLUMNS + 2))
		return false;
	read_state(&rows, state);
	return true;
}
