/*-------------------------------------------------------------------------
 *
 * store_transaction.c
 *	  What the extension asks of PostgreSQL's transactions.
 *
 * What leaves the database has a durable record first: the commit of a
 * transaction that signed is synchronous whatever synchronous_commit says, a
 * reader is told to wait for the transaction that is still open, and a
 * transaction that signed cannot be prepared, because it could then stay open
 * for ever.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base_error.h"
#include "catalog/namespace.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "store_transaction.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

static bool is_durable;

static void
at_end_of_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_PREPARE:
			if (is_durable)
				ereport(ERROR,
						errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("cannot PREPARE a transaction that changed a certificate authority"),
						errhint("Commit it instead."));
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
			is_durable = false;
			break;
		default:
			break;
	}
}

/*
 * Throws when somebody may have made a privileged user call the function
 * unawares (as REINDEX or REFRESH MATERIALIZED VIEW of somebody else's object
 * would).
 */
void
pca_transaction_check_aware(const char *function)
{
	if (InSecurityRestrictedOperation())
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("cannot execute %s within a security-restricted operation", function),
				errhint("Call it from a statement of your own."));
}

/* The same, and throws unless this transaction may write. */
void
pca_transaction_check_writable(const char *function)
{
	PreventCommandIfReadOnly(function);
	PreventCommandIfParallelMode(function);
	pca_transaction_check_aware(function);
}

/* From here on the commit of this transaction is synchronous. */
void
pca_transaction_make_durable(void)
{
	static bool is_registered = false;

	if (!is_registered)
		RegisterXactCallback(at_end_of_transaction, NULL);
	is_registered = true;
	is_durable = true;
	ForceSyncCommit();
}

/*
 * Is the row older than every transaction that is open anywhere?
 *
 * The row was read in this statement, so that it is where it was.
 */
static bool
is_frozen(const PcaOrigin *origin)
{
	Relation	table = table_open(origin->table, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(table, NULL);
	ItemPointerData place = origin->place;
	bool		result;

	if (!table_tuple_fetch_row_version(table, &place, SnapshotAny, slot))
		elog(ERROR, "could not find a row that was read");
	result = HeapTupleHeaderXminFrozen(ExecFetchSlotHeapTuple(slot, false, NULL)->t_data);
	ExecDropSingleTupleTableSlot(slot);
	table_close(table, NoLock);
	return result;
}

/*
 * Did the transaction that is still open here, or a part of it, write the row?
 *
 * A frozen row keeps its xmin, which is the number of another transaction when
 * four thousand million later ones have begun.
 */
bool
pca_transaction_is_open(const PcaOrigin *origin)
{
	return TransactionIdIsCurrentTransactionId(origin->xmin) && !is_frozen(origin);
}

/*
 * Throws RequestInProgressException for a row of the transaction that is still
 * open here: what leaves the database has been committed before.
 */
void
pca_transaction_check_committed(const PcaOrigin *origin, const char *what, const char *arn)
{
	if (pca_transaction_is_open(origin))
		pca_error(REQUEST_IN_PROGRESS,
				  errmsg("%s is still being made", what),
				  errdetail("The current transaction made \"%s\" and has not been committed.", arn),
				  errhint("Commit the transaction, then ask again."));
}

/* A lock that lock_timeout gave up on is the API's exception. */
static void
at_lock_error(void *arg)
{
	if (geterrcode() != ERRCODE_LOCK_NOT_AVAILABLE)
		return;
	errcode(PCA_SQLSTATE_CONCURRENT_MODIFICATION);
	errhint("Another transaction is using the certificate authority or the idempotency token: try again when it has ended.");
}

/*
 * Locks an object of one of our tables until the end of the transaction.
 *
 * A lock of the lock manager's own, which no statement of a user can take: a
 * row lock makes a hot row, and an advisory lock is open to every role.
 *
 * Throws ConcurrentModificationException when lock_timeout passes.
 */
void
pca_transaction_lock(const char *table, uint32 object, LOCKMODE mode)
{
	Oid			class = get_relname_relid(table, get_namespace_oid("pca", false));
	ErrorContextCallback callback = {error_context_stack, at_lock_error, NULL};

	error_context_stack = &callback;
	LockDatabaseObject(class, object, 0, mode);
	error_context_stack = callback.previous;
}

/* Takes such a lock for itself alone, if nobody else has it. */
bool
pca_transaction_try_lock(const char *table, uint32 object)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, get_relname_relid(table, get_namespace_oid("pca", false)), object, 0);
	return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

/*
 * Locks a CA until the end of the transaction.  Two CAs whose ids begin alike
 * share a lock, which costs waiting, nothing else.
 */
void
pca_authority_lock(const pg_uuid_t *id, LOCKMODE mode)
{
	uint32		object;

	memcpy(&object, id->data, sizeof(object));
	pca_transaction_lock("certificate_authority", object, mode);
}

/* Locks what issuing does not depend on, the tags: those who issue do not wait for it. */
void
pca_authority_lock_metadata(const pg_uuid_t *id)
{
	uint32		object;

	memcpy(&object, id->data, sizeof(object));
	pca_transaction_lock("tag", object, ExclusiveLock);
}
