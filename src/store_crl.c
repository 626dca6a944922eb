/*-------------------------------------------------------------------------
 *
 * store_crl.c
 *	  The tables of CRLs.
 *
 * A revocation marks the CRLs that lack it, with one row for each transaction
 * and CRL, so that sessions that revoke do not wait for one another.  The writer
 * of a CRL removes the marks before it reads the revocations, so that a revocation
 * whose mark is gone is in that CRL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store_crl.h"
#include "store_transaction.h"

#define COLUMNS "authority_id, partition_id, number, generated_at, this_update, next_update, entries, bucket, key"

/*
 * Makes the scope of a CRL.
 *
 * partition: NULL for the complete CRL.
 */
PcaCrlScope
pca_crl_scope(const pg_uuid_t *authority, const pg_uuid_t *partition)
{
	PcaCrlScope scope = {.authority = *authority, .is_complete = partition == NULL};

	if (partition != NULL)
		scope.partition = *partition;
	return scope;
}

/* Returns the partition of a scope, or NULL. */
static const pg_uuid_t *
scope_partition(const PcaCrlScope *scope)
{
	return scope->is_complete ? NULL : &scope->partition;
}

/* Returns the id by which other rows know the CRL. */
static const pg_uuid_t *
scope_id(const PcaCrlScope *scope)
{
	return scope->is_complete ? &scope->authority : &scope->partition;
}

/* Reads the scope in the first two columns of a row, as pca_crl_list() has them. */
PcaCrlScope
pca_crl_list_scope(const PcaRows *rows, uint64 row)
{
	return pca_crl_scope(pca_rows_uuid(rows, row, 0),
						 pca_rows_is_null(rows, row, 1) ? NULL : pca_rows_uuid(rows, row, 1));
}

static bool
read_row(const PcaRows *rows, PcaCrlRow *row)
{
	if (rows->count == 0)
		return false;
	*row = (PcaCrlRow) {
		.scope = pca_crl_list_scope(rows, 0),
		.number = pca_rows_int64(rows, 0, 2),
		.generated_at = pca_rows_timestamp(rows, 0, 3),
		.this_update = pca_rows_timestamp(rows, 0, 4),
		.next_update = pca_rows_timestamp(rows, 0, 5),
		.entries = pca_rows_int64(rows, 0, 6),
		.bucket = pca_rows_text(rows, 0, 7),
		.key = pca_rows_text(rows, 0, 8)
	};
	return true;
}

/* Reads the newest CRL of a scope.  Returns false if there is none yet. */
bool
pca_crl_find(const PcaCrlScope *scope, PcaCrlRow *row)
{
	static PcaQuery query = {
		.sql = "SELECT " COLUMNS " FROM pca.crl WHERE id OPERATOR(pg_catalog.=) $1 AND number IS NOT NULL"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(scope_id(scope))));

	return read_row(&rows, row);
}

/* Reads the complete CRL of an authority or, if it has none, the partition's that was written last. */
bool
pca_crl_find_newest(const pg_uuid_t *authority, PcaCrlRow *row)
{
	static PcaQuery query = {
		.sql = "SELECT " COLUMNS " FROM pca.crl WHERE authority_id OPERATOR(pg_catalog.=) $1 AND number IS NOT NULL"
		" ORDER BY partition_id IS NULL DESC, number DESC LIMIT 1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(authority)));

	return read_row(&rows, row);
}

/* Returns the greatest number of the authority's CRLs so far, or 0. */
int64
pca_crl_last_number(const pg_uuid_t *authority)
{
	static PcaQuery query = {
		.sql = "SELECT COALESCE(pg_catalog.max(GREATEST(number, number_floor)), 0) FROM pca.crl"
		" WHERE authority_id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(authority)));

	return pca_rows_int64(&rows, 0, 0);
}

/* Stores the row of a new CRL, which replaces the previous one's. */
void
pca_crl_put(const PcaCrlRow *row)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.crl (id, " COLUMNS ") VALUES (COALESCE($2, $1), $1, $2, $3, $4, $5, $6, $7, $8, $9)"
		" ON CONFLICT (id) DO UPDATE SET number = excluded.number, generated_at = excluded.generated_at,"
		" this_update = excluded.this_update, next_update = excluded.next_update, entries = excluded.entries,"
		" bucket = excluded.bucket, key = excluded.key"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(&row->scope.authority), pca_uuid(scope_partition(&row->scope)),
									   pca_int64(row->number), pca_timestamp(row->generated_at),
									   pca_timestamp(row->this_update), pca_timestamp(row->next_update),
									   pca_int64(row->entries), pca_text(row->bucket), pca_text(row->key)));
}

/* Makes the numbers of a CRL rise above this one from now on. */
void
pca_crl_put_floor(const PcaCrlScope *scope, int64 number)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.crl AS c (id, authority_id, partition_id, number_floor) VALUES (COALESCE($2, $1), $1, $2, $3)"
		" ON CONFLICT (id) DO UPDATE SET number_floor = GREATEST(c.number_floor, excluded.number_floor)"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(&scope->authority), pca_uuid(scope_partition(scope)), pca_int64(number)));
}

/* Makes maintenance keep the complete CRL of an authority up to date, even before the first one is written. */
void
pca_crl_keep(const pg_uuid_t *authority)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.crl (id, authority_id, partition_id) SELECT id, authority_id, partition_id FROM pca.crl_states"
		" WHERE id OPERATOR(pg_catalog.=) $1 ON CONFLICT (id) DO NOTHING"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(authority)));
}

/* Lets one transaction at a time write CRLs of an authority, so that their numbers rise. */
void
pca_crl_lock(const pg_uuid_t *authority)
{
	pca_transaction_lock(PCA_LOCK_CRLS, authority, sizeof(*authority), ExclusiveLock);
}

/* The CRLs that this transaction has marked; a bulk revocation marks each once */
#define REMEMBERED_MARKS 64

static pg_uuid_t marked[REMEMBERED_MARKS];
static int	marked_count;

static void
forget_marks(void)
{
	marked_count = 0;
}

static bool
is_marked(const pg_uuid_t *crl)
{
	static PcaTransactionMemory memory = {.forget = forget_marks};

	pca_transaction_watch(&memory);
	for (int i = 0; i < marked_count; i++)
		if (memcmp(&marked[i], crl, sizeof(*crl)) == 0)
			return true;
	return false;
}

/* Marks a CRL as lacking a revocation of this transaction, if the CRL is kept up to date. */
void
pca_crl_change_put(const PcaCrlScope *scope, TimestampTz now)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.crl_change (crl_id, authority_id, changed_at)"
		" SELECT id, authority_id, $2 FROM pca.crl_states WHERE id OPERATOR(pg_catalog.=) $1"
	};

	if (is_marked(scope_id(scope)))
		return;
	pca_query_write(&query, PCA_VALUES(pca_uuid(scope_id(scope)), pca_timestamp(now)));
	if (marked_count < REMEMBERED_MARKS)
		marked[marked_count++] = *scope_id(scope);
}

/* Marks every CRL of an authority, because its configuration has changed. */
void
pca_crl_change_put_all(const pg_uuid_t *authority, TimestampTz now)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.crl_change (crl_id, authority_id, changed_at)"
		" SELECT id, authority_id, $2 FROM pca.crl WHERE authority_id OPERATOR(pg_catalog.=) $1"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(authority), pca_timestamp(now)));
	marked_count = 0;
}

/*
 * Removes the marks of a CRL that is about to be written.
 *
 * Returns the time of the earliest mark, before which no missing revocation was
 * made, or DT_NOEND if there was none.
 */
TimestampTz
pca_crl_change_take(const PcaCrlScope *scope)
{
	static PcaQuery query = {
		.sql = "WITH taken AS (DELETE FROM pca.crl_change WHERE crl_id OPERATOR(pg_catalog.=) $1 RETURNING changed_at)"
		" SELECT COALESCE(pg_catalog.min(changed_at), 'infinity') FROM taken"
	};
	PcaRows		rows = pca_query_write(&query, PCA_VALUES(pca_uuid(scope_id(scope))));

	marked_count = 0;
	return pca_rows_timestamp(&rows, 0, 0);
}

/* Counts the revocations that belong in a CRL, or did until their certificates expired. */
int64
pca_crl_count(const PcaCrlScope *scope)
{
	static PcaQuery query = {
		.sql = "SELECT pg_catalog.count(*) FROM pca.revocation WHERE authority_id OPERATOR(pg_catalog.=) $1"
		" AND ($2 IS NULL OR crl_partition OPERATOR(pg_catalog.=) $2)"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(&scope->authority), pca_uuid(scope_partition(scope))));

	return pca_rows_int64(&rows, 0, 0);
}

/* Lists the scopes of the CRLs that have been written. */
PcaRows
pca_crl_list(void)
{
	static PcaQuery query = {
		.sql = "SELECT authority_id, partition_id FROM pca.crl WHERE number IS NOT NULL ORDER BY id"
	};

	return pca_query_read(&query, PCA_NO_VALUES);
}

#define SINCE(time) \
	" AND (not_after OPERATOR(pg_catalog.>) " time " OR revoked_at OPERATOR(pg_catalog.>=) " time ")"

/*
 * Reads the revocations that belong in a CRL: those of the authority or the
 * partition that no earlier CRL can contain, or whose certificates had not
 * expired by then.
 */
void
pca_crl_scan(const PcaCrlScope *scope, TimestampTz since, PcaReceiveRow receive, void *state)
{
	static PcaQuery complete = {
		.sql = "SELECT serial, revoked_at, reason FROM pca.revocation"
		" WHERE authority_id OPERATOR(pg_catalog.=) $1" SINCE("$2")
	};
	static PcaQuery partition = {
		.sql = "SELECT serial, revoked_at, reason FROM pca.revocation"
		" WHERE crl_partition OPERATOR(pg_catalog.=) $1" SINCE("$2")
	};

	pca_query_scan(scope->is_complete ? &complete : &partition,
				   PCA_VALUES(pca_uuid(scope_id(scope)), pca_timestamp(since)), receive, state);
}
