/*-------------------------------------------------------------------------
 *
 * store_revocation.c
 *	  The table of revocations: a row for each, which never changes.  That is
 *	  promise P7: a revocation is final.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "catalog/pg_type_d.h"
#include "store_crl.h"
#include "store_revocation.h"
#include "utils/array.h"

/*
 * Reads what a revocation takes from a certificate.  Returns false if the
 * authority has issued none with the serial number.
 */
bool
pca_revocable_find(const pg_uuid_t *authority, const pg_uuid_t *serial, PcaRevocable *revocable)
{
	static PcaQuery query = {
		.sql = "SELECT c.not_after, c.crl_partition, c.template, EXISTS (SELECT FROM pca.revocation AS r"
		"  WHERE r.authority_id OPERATOR(pg_catalog.=) $1 AND r.serial OPERATOR(pg_catalog.=) $2), " PCA_ORIGIN("c")
		" FROM pca.certificate AS c"
		" WHERE c.authority_id OPERATOR(pg_catalog.=) $1 AND c.serial OPERATOR(pg_catalog.=) $2"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(authority), pca_uuid(serial)));

	if (rows.count == 0)
		return false;
	*revocable = (PcaRevocable) {.revocation = {.authority = *authority, .serial = *serial}};
	revocable->revocation.not_after = pca_rows_timestamp(&rows, 0, 0);
	revocable->revocation.has_crl_partition = !pca_rows_is_null(&rows, 0, 1);
	if (revocable->revocation.has_crl_partition)
		revocable->revocation.crl_partition = *pca_rows_uuid(&rows, 0, 1);
	revocable->template_name = pca_rows_text(&rows, 0, 2);
	revocable->is_revoked = pca_rows_bool(&rows, 0, 3);
	revocable->origin = pca_rows_origin(&rows, 4);
	return true;
}

/* Tells whether a certificate has been revoked. */
bool
pca_revocation_exists(const pg_uuid_t *authority, const pg_uuid_t *serial)
{
	static PcaQuery query = {
		.sql = "SELECT 1 FROM pca.revocation WHERE authority_id OPERATOR(pg_catalog.=) $1 AND serial OPERATOR(pg_catalog.=) $2"
	};

	return pca_query_read(&query, PCA_VALUES(pca_uuid(authority), pca_uuid(serial))).count > 0;
}

#define INSERT_INTO \
	"INSERT INTO pca.revocation (authority_id, serial, revoked_at, reason, not_after, crl_partition, account_id," \
	" session_user_name, current_user_name) "
#define INSERT INSERT_INTO "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"

/* Runs a statement that begins with INSERT.  Returns whether it inserted a row. */
static bool
insert_revocation(PcaQuery *query, const PcaRevocation *revocation)
{
	const PcaActor *actor = &revocation->actor;
	const pg_uuid_t *partition = revocation->has_crl_partition ? &revocation->crl_partition : NULL;

	return pca_query_write(query, PCA_VALUES(pca_uuid(&revocation->authority), pca_uuid(&revocation->serial),
											 pca_timestamp(revocation->revoked_at),
											 pca_text(revocation->reason),
											 pca_timestamp(revocation->not_after), pca_uuid(partition),
											 pca_text(actor->account_id),
											 pca_text(actor->session_user_name),
											 pca_text(actor->current_user_name))).processed > 0;
}

/* Marks the CRLs that now lack a revocation: the complete one and the partition's. */
static void
mark_crls(const PcaRevocation *revocation)
{
	PcaCrlScope complete = pca_crl_scope(&revocation->authority, NULL);
	PcaCrlScope partition = pca_crl_scope(&revocation->authority, &revocation->crl_partition);

	pca_crl_change_put(&complete, revocation->revoked_at);
	if (revocation->has_crl_partition)
		pca_crl_change_put(&partition, revocation->revoked_at);
}

/* Reports an error of the wait for another transaction that revokes the same certificate. */
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
	errmsg("certificate is already revoked");
	errdetail("Another transaction revoked it at the same time.");
	errhint("A revocation is final: see pca.certificates.");
}

/*
 * Stores a revocation.
 *
 * Waits for another transaction that is revoking the same certificate.  Throws
 * RequestAlreadyProcessedException, at every isolation level, if another one has
 * revoked it, and ConcurrentModificationException if lock_timeout expires.
 */
void
pca_revocation_put(const PcaRevocation *revocation)
{
	static PcaQuery query = {.sql = INSERT};
	ErrorContextCallback callback = {error_context_stack, at_other, NULL};

	error_context_stack = &callback;
	insert_revocation(&query, revocation);
	error_context_stack = callback.previous;
	mark_crls(revocation);
}

/*
 * Moves a revocation without a partition into one: the complete CRL, which does
 * not name partitions, restored it earlier.  This makes a new row, because rows
 * never change.
 */
static bool
take_into_partition(const PcaRevocation *revocation)
{
	static PcaQuery query = {
		.sql = "WITH known AS (DELETE FROM pca.revocation WHERE authority_id OPERATOR(pg_catalog.=) $1"
		"  AND serial OPERATOR(pg_catalog.=) $2 AND crl_partition IS NULL RETURNING *) "
		INSERT_INTO "SELECT authority_id, serial, revoked_at, reason, not_after, $3, account_id,"
		"  session_user_name, current_user_name FROM known RETURNING 1"
	};

	if (!revocation->has_crl_partition)
		return false;
	return pca_query_write(&query, PCA_VALUES(pca_uuid(&revocation->authority),
											  pca_uuid(&revocation->serial),
											  pca_uuid(&revocation->crl_partition))).count > 0;
}

/* Stores a revocation that a CRL contains.  Returns false if it is already stored. */
bool
pca_revocation_put_lost(const PcaRevocation *revocation)
{
	static PcaQuery query = {.sql = INSERT " ON CONFLICT DO NOTHING"};
	bool		is_new = insert_revocation(&query, revocation);

	if (is_new || take_into_partition(revocation))
		mark_crls(revocation);
	return is_new;
}

/*
 * Finds one of the serial numbers that has no revocation.  Returns false if each
 * has one.
 *
 * crl_partition: the partition in which the revocation must be, or NULL.
 */
bool
pca_revocation_find_lost(const PcaCrlScope *crl, const pg_uuid_t *serials, int count, pg_uuid_t *lost)
{
	static PcaQuery query = {
		.sql = "SELECT u.serial FROM pg_catalog.unnest($3) AS u (serial) WHERE NOT EXISTS (SELECT FROM pca.revocation AS r"
		"  WHERE r.authority_id OPERATOR(pg_catalog.=) $1 AND r.serial OPERATOR(pg_catalog.=) u.serial"
		"  AND ($2 IS NULL OR r.crl_partition OPERATOR(pg_catalog.=) $2)) LIMIT 1"
	};
	Datum	   *elements = palloc(sizeof(Datum) * (count + 1));
	ArrayType  *array;
	PcaRows		rows;

	for (int i = 0; i < count; i++)
		elements[i] = UUIDPGetDatum(&serials[i]);
	array = construct_array(elements, count, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR);
	rows = pca_query_read(&query, PCA_VALUES(pca_uuid(&crl->authority), pca_uuid(crl->is_complete ? NULL : &crl->partition),
											pca_array(array)));
	pfree(array);
	pfree(elements);
	if (rows.count == 0)
		return false;
	*lost = *pca_rows_uuid(&rows, 0, 0);
	return true;
}
