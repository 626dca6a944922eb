/*-------------------------------------------------------------------------
 *
 * store_transaction.c
 *	  Durability, locks and visibility of PostgreSQL's transactions.
 *
 * Nothing leaves the database before its record is durable: the commit of a
 * transaction that signed is synchronous, whatever synchronous_commit says, and a
 * reader of an uncommitted row is told to wait.  A transaction that has locked or
 * written something of ours cannot be prepared, because others could wait for it
 * forever, even after a restart of the server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base_error.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "store_transaction.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* whether this transaction must end in the session that began it */
static bool is_bound;

static void
at_end_of_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_PREPARE:
			if (is_bound)
				ereport(ERROR,
						errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("cannot PREPARE a transaction that has locked or changed a certificate authority"),
						errhint("Commit it instead."));
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
			is_bound = false;
			break;
		default:
			break;
	}
}

/*
 * Throws if a privileged user may be calling the function without knowing it, as
 * REINDEX or REFRESH MATERIALIZED VIEW of another role's object would.
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

/* Does the same, and also throws unless this transaction may write. */
void
pca_transaction_check_writable(const char *function)
{
	PreventCommandIfReadOnly(function);
	PreventCommandIfParallelMode(function);
	pca_transaction_check_aware(function);
}

/*
 * Prevents this transaction from being prepared.  The rollback of a
 * subtransaction, which gives up its locks and writes, does not change that.
 */
void
pca_transaction_bind(void)
{
	static bool is_registered = false;

	if (!is_registered)
		RegisterXactCallback(at_end_of_transaction, NULL);
	is_registered = true;
	is_bound = true;
}

static void
forget_at_end(XactEvent event, void *memory)
{
	((PcaTransactionMemory *) memory)->forget();
}

static void
forget_at_rollback(SubXactEvent event, SubTransactionId self, SubTransactionId parent, void *memory)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		((PcaTransactionMemory *) memory)->forget();
}

/*
 * Registers memory about transactions, which is cleared at the end of this and
 * every later transaction, and when a subtransaction, which may have locked or
 * written what the memory is about, is rolled back.
 */
void
pca_transaction_watch(PcaTransactionMemory *memory)
{
	if (memory->is_watched)
		return;
	RegisterXactCallback(forget_at_end, memory);
	RegisterSubXactCallback(forget_at_rollback, memory);
	memory->is_watched = true;
}

/* Makes the commit of this transaction synchronous. */
void
pca_transaction_make_durable(void)
{
	pca_transaction_bind();
	ForceSyncCommit();
}

/*
 * Tells whether the row is older than every open transaction.
 *
 * The row was read in this statement, so it is still in its place.
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
 * Tells whether the current transaction, or a subtransaction, wrote the row.
 *
 * A frozen row keeps its xmin, which becomes the number of another transaction
 * after four billion more have begun.
 */
bool
pca_transaction_is_open(const PcaOrigin *origin)
{
	return TransactionIdIsCurrentTransactionId(origin->xmin) && !is_frozen(origin);
}

/*
 * Throws RequestInProgressException for a row that the current transaction wrote,
 * because only committed data leaves the database.
 */
void
pca_transaction_check_committed(const PcaOrigin *origin, const char *what, const char *arn)
{
	if (pca_transaction_is_open(origin))
		pca_error(REQUEST_IN_PROGRESS,
				  errmsg("%s is still being created", what),
				  errdetail("The current transaction created \"%s\" and has not been committed.", arn),
				  errhint("Commit the transaction, then try again."));
}

/* Turns the expiry of lock_timeout into the API's exception. */
static void
at_lock_error(void *arg)
{
	if (geterrcode() != ERRCODE_LOCK_NOT_AVAILABLE)
		return;
	errcode(PCA_SQLSTATE_CONCURRENT_MODIFICATION);
	errhint("Another transaction is using the certificate authority or the idempotency token: try again when it has ended.");
}

/*
 * Makes the tag of a lock: 64 bits of the SHA-256 of its name.  pg_locks shows the
 * tag to every role, so it must be hard to find another name with the same tag,
 * with which one could keep others waiting.
 */
static LOCKTAG
make_tag(PcaLockKind kind, const void *name, size_t length)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	uint32		bits[2];
	LOCKTAG		tag = {
		.locktag_field1 = MyDatabaseId,
		.locktag_field4 = kind,
		.locktag_type = LOCKTAG_USERLOCK,
		.locktag_lockmethodid = DEFAULT_LOCKMETHOD
	};

	if (pg_cryptohash_init(context) < 0 || pg_cryptohash_update(context, name, length) < 0 ||
		pg_cryptohash_final(context, digest, sizeof(digest)) < 0)
		/* SHA-256 itself never fails, so OpenSSL had no memory for its state. */
		ereport(ERROR,
				errcode(ERRCODE_OUT_OF_MEMORY),
				errmsg("out of memory"),
				errdetail("OpenSSL could not hash the name of a lock: %s.", pg_cryptohash_error(context)));
	pg_cryptohash_free(context);
	memcpy(bits, digest, sizeof(bits));
	tag.locktag_field2 = bits[0];
	tag.locktag_field3 = bits[1];
	return tag;
}

/*
 * Locks a name until the end of the transaction.
 *
 * The lock has a type that no statement of a user can take: row locks would make a
 * hot row, and advisory locks are open to every role.
 *
 * Throws ConcurrentModificationException if lock_timeout expires.
 */
void
pca_transaction_lock(PcaLockKind kind, const void *name, size_t length, LOCKMODE mode)
{
	ErrorContextCallback callback = {error_context_stack, at_lock_error, NULL};
	LOCKTAG		tag = make_tag(kind, name, length);

	pca_transaction_bind();
	error_context_stack = &callback;
	(void) LockAcquire(&tag, mode, false, false);
	error_context_stack = callback.previous;
	/* The session that had the lock may have changed what is cached here. */
	AcceptInvalidationMessages();
}

/* Takes such a lock exclusively, if no other session has it.  Returns whether it did. */
bool
pca_transaction_try_lock(PcaLockKind kind, const void *name, size_t length)
{
	LOCKTAG		tag = make_tag(kind, name, length);

	pca_transaction_bind();
	return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

/* Locks a CA until the end of the transaction. */
void
pca_authority_lock(const pg_uuid_t *id, LOCKMODE mode)
{
	pca_transaction_lock(PCA_LOCK_AUTHORITY, id, sizeof(*id), mode);
}

/* Locks the tags of a CA.  Issuing does not depend on them and does not wait for this lock. */
void
pca_authority_lock_metadata(const pg_uuid_t *id)
{
	pca_transaction_lock(PCA_LOCK_TAGS, id, sizeof(*id), ExclusiveLock);
}
