/*-------------------------------------------------------------------------
 *
 * store_revocation.c
 *	  The table of revocations: a row each, made once and never changed (P7).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "catalog/pg_type_d.h"
#include "store_crl.h"
#include "store_revocation.h"
#include "utils/array.h"

/* Reads what a revocation takes from a certificate; false when the authority has issued none with the serial. */
bool
pca_revocable_find(const pg_uuid_t *authority, const pg_uuid_t *serial, PcaRevocable *revocable)
{
	static PcaQuery query = {
		"SELECT c.not_after, c.crl_partition, c.template, EXISTS (SELECT FROM pca.revocation AS r"
		"  WHERE r.authority_id OPERATOR(pg_catalog.=) $1 AND r.serial OPERATOR(pg_catalog.=) $2), " PCA_ORIGIN("c")
		" FROM pca.certificate AS c"
		" WHERE c.authority_id OPERATOR(pg_catalog.=) $1 AND c.serial OPERATOR(pg_catalog.=) $2",
		{UUIDOID, UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_uuid(&arguments, serial);
	rows = pca_query_read(&query, &arguments);
	if (rows.count == 0)
		return false;
	*revocable = (PcaRevocable) {.revocation = {.authority = *authority, .serial = *serial}};
	revocable->revocation.not_after = DatumGetTimestampTz(pca_rows_datum(&rows, 0, 0));
	revocable->revocation.has_crl_partition = !pca_rows_is_null(&rows, 0, 1);
	if (revocable->revocation.has_crl_partition)
		revocable->revocation.crl_partition = *DatumGetUUIDP(pca_rows_datum(&rows, 0, 1));
	revocable->template_name = pca_rows_text(&rows, 0, 2);
	revocable->is_revoked = DatumGetBool(pca_rows_datum(&rows, 0, 3));
	revocable->origin = pca_rows_origin(&rows, 4);
	return true;
}

/* Has a certificate been revoked? */
bool
pca_revocation_exists(const pg_uuid_t *authority, const pg_uuid_t *serial)
{
	static PcaQuery query = {
		"SELECT 1 FROM pca.revocation WHERE authority_id OPERATOR(pg_catalog.=) $1 AND serial OPERATOR(pg_catalog.=) $2",
		{UUIDOID, UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_uuid(&arguments, serial);
	return pca_query_read(&query, &arguments).count > 0;
}

#define INSERT_INTO \
	"INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason, not_after, crl_partition, account_id," \
	" session_user_name, current_user_name) "
#define INSERT INSERT_INTO "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
#define INSERT_TYPES \
	{UUIDOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, InvalidOid}

static PcaArguments
make_arguments(const PcaRevocation *revocation)
{
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, &revocation->authority);
	pca_argument_add_uuid(&arguments, &revocation->serial);
	pca_argument_add(&arguments, TimestampTzGetDatum(revocation->revoked_at));
	pca_argument_add_text(&arguments, revocation->reason);
	pca_argument_add(&arguments, TimestampTzGetDatum(revocation->not_after));
	if (revocation->has_crl_partition)
		pca_argument_add_uuid(&arguments, &revocation->crl_partition);
	else
		pca_argument_add_null(&arguments);
	pca_argument_add_text(&arguments, revocation->actor.account_id);
	pca_argument_add_text(&arguments, revocation->actor.session_user_name);
	pca_argument_add_text(&arguments, revocation->actor.current_user_name);
	return arguments;
}

/* The CRLs that lack it now: the complete one, and that of the partition. */
static void
mark_crls(const PcaRevocation *revocation)
{
	pca_crl_change_put(&revocation->authority, revocation->revoked_at);
	if (revocation->has_crl_partition)
		pca_crl_change_put(&revocation->crl_partition, revocation->revoked_at);
}

/* Of two transactions that revoke the same certificate the second one waits for the first, and finds its row. */
static void
at_other(void *arg)
{
	if (geterrcode() == ERRCODE_LOCK_NOT_AVAILABLE)
	{
		errcode(PCA_SQLSTATE_CONCURRENT_MODIFICATION);
		errhint("Another transaction is revoking the certificate: try again when it has ended.");
	}
	if (geterrcode() != ERRCODE_UNIQUE_VIOLATION)
		return;
	errcode(PCA_SQLSTATE_REQUEST_ALREADY_PROCESSED);
	errmsg("certificate is revoked already");
	errdetail("Another transaction revoked it at the same time.");
	errhint("A revocation does not change: see pca.certificates.");
}

/*
 * Stores a revocation.
 *
 * Throws RequestAlreadyProcessedException when another transaction has done so
 * meanwhile, at every isolation level; it waits for one that is doing it, and
 * ConcurrentModificationException when lock_timeout passes.
 */
void
pca_revocation_put(const PcaRevocation *revocation)
{
	static PcaQuery query = {INSERT, INSERT_TYPES, NULL};
	PcaArguments arguments = make_arguments(revocation);
	ErrorContextCallback callback = {error_context_stack, at_other, NULL};

	error_context_stack = &callback;
	pca_query_write(&query, &arguments);
	error_context_stack = callback.previous;
	mark_crls(revocation);
}

/*
 * Takes a revocation into a partition if it is in none: the complete CRL, which
 * does not say, brought it back before.  A new row: rows do not change.
 */
static bool
take_into_partition(const PcaRevocation *revocation)
{
	static PcaQuery query = {
		"WITH known AS (DELETE FROM pca.revocation WHERE authority_id OPERATOR(pg_catalog.=) $1"
		"  AND serial OPERATOR(pg_catalog.=) $2 AND crl_partition IS NULL RETURNING *) "
		INSERT_INTO "SELECT authority_id, serial, revoked_at, reason, not_after, $3, account_id,"
		"  session_user_name, current_user_name FROM known RETURNING 1",
		{UUIDOID, UUIDOID, UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	if (!revocation->has_crl_partition)
		return false;
	pca_argument_add_uuid(&arguments, &revocation->authority);
	pca_argument_add_uuid(&arguments, &revocation->serial);
	pca_argument_add_uuid(&arguments, &revocation->crl_partition);
	return pca_query_write(&query, &arguments).count > 0;
}

/* Stores a revocation that a CRL remembers, unless it is there; false then. */
bool
pca_revocation_put_lost(const PcaRevocation *revocation)
{
	static PcaQuery query = {INSERT " ON CONFLICT DO NOTHING RETURNING 1", INSERT_TYPES, NULL};
	PcaArguments arguments = make_arguments(revocation);
	bool		is_new = pca_query_write(&query, &arguments).count > 0;

	if (is_new || take_into_partition(revocation))
		mark_crls(revocation);
	return is_new;
}

/*
 * Finds a serial number, of count, that has no revocation; false when each has
 * one.
 *
 * crl_partition: that the revocation must be in, or NULL.
 */
bool
pca_revocation_find_lost(const pg_uuid_t *authority, const pg_uuid_t *crl_partition,
						 const pg_uuid_t *serials, int count, pg_uuid_t *lost)
{
	static PcaQuery query = {
		"SELECT u.serial FROM pg_catalog.unnest($3) AS u (serial) WHERE NOT EXISTS (SELECT FROM pca.revocation AS r"
		"  WHERE r.authority_id OPERATOR(pg_catalog.=) $1 AND r.serial OPERATOR(pg_catalog.=) u.serial"
		"  AND ($2 IS NULL OR r.crl_partition OPERATOR(pg_catalog.=) $2)) LIMIT 1",
		{UUIDOID, UUIDOID, UUIDARRAYOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	Datum	   *values = palloc(sizeof(Datum) * (count + 1));
	PcaRows		rows;

	for (int i = 0; i < count; i++)
		values[i] = UUIDPGetDatum(&serials[i]);
	pca_argument_add_uuid(&arguments, authority);
	if (crl_partition != NULL)
		pca_argument_add_uuid(&arguments, crl_partition);
	else
		pca_argument_add_null(&arguments);
	pca_argument_add(&arguments, PointerGetDatum(construct_array(values, count, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR)));
	rows = pca_query_read(&query, &arguments);
	pfree(DatumGetPointer(arguments.values[2]));
	pfree(values);
	if (rows.count == 0)
		return false;
	*lost = *DatumGetUUIDP(pca_rows_datum(&rows, 0, 0));
	return true;
}
