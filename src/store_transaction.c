/*-------------------------------------------------------------------------
 *
 * store_transaction.c
 *	  What the extension asks of PostgreSQL's transactions.
 *
 * What leaves the database has a durable record first: the commit of a
 * transaction that signed is synchronous whatever synchronous_commit says, and
 * a reader is told to wait for the transaction that is still open.  A
 * transaction that locked or wrote something of ours cannot be prepared: others
 * would wait for it for ever, also after the server has been restarted.
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

/* Must this transaction end in the session that began it? */
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

/*
 * From here on this transaction cannot be prepared.  That a subtransaction which
 * is rolled back gives up its locks and writes changes nothing.
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
 * Has what is kept of a transaction forgotten when this one, and each that
 * follows, ends, or when a subtransaction, which may have locked or written what
 * it is about, is rolled back.
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

/* From here on the commit of this transaction is synchronous. */
void
pca_transaction_make_durable(void)
{
	pca_transaction_bind();
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
 * The tag of a lock: 64 bits of the SHA-256 of what it is named by.  pg_locks
 * shows every role the tag, so that nobody may be able to find another name
 * with the same one and keep somebody waiting by it.
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
		/* SHA-256 itself never fails: OpenSSL had no memory for its state. */
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
 * Locks what has this name until the end of the transaction.
 *
 * A lock of a type that no statement of a user can take: a row lock makes a hot
 * row, and an advisory lock is open to every role.
 *
 * Throws ConcurrentModificationException when lock_timeout passes.
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
	/* Whoever had the lock may have changed what is cached here. */
	AcceptInvalidationMessages();
}

/* Takes such a lock for itself alone, if nobody else has it. */
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

/* Locks what issuing does not depend on, the tags: those who issue do not wait for it. */
void
pca_authority_lock_metadata(const pg_uuid_t *id)
{
	pca_transaction_lock(PCA_LOCK_TAGS, id, sizeof(*id), ExclusiveLock);
}
