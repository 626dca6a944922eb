/*-------------------------------------------------------------------------
 *
 * store_cluster.c
 *	  Finds out whether other databases of the cluster have private keys.
 *
 * A backend cannot look into another database, but a background worker can be
 * started in each, even in one that accepts no connections; the library need not
 * be preloaded for that.  A worker writes its answer into a segment of shared
 * memory.  A missing answer is an error.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base_background.h"
#include "base_error.h"
#include "catalog/pg_database.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "store_authority.h"
#include "store_cluster.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#define ANSWER_SECONDS 15
#define LOCK_TIMEOUT "10s"

typedef enum Answer
{
	ANSWER_NONE,
	ANSWER_NO_KEY,
	ANSWER_KEY
} Answer;

typedef struct Database
{
	Oid			oid;
	char	   *name;
} Database;

extern PGDLLEXPORT void pca_cluster_worker_main(Datum argument);

/* Tells whether the worker's database has a private key. */
static Answer
look_for_key(void)
{
	Answer		answer = ANSWER_NO_KEY;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (OidIsValid(get_extension_oid("pca", true)) && pca_private_key_exists())
		answer = ANSWER_KEY;
	PopActiveSnapshot();
	CommitTransactionCommand();
	return answer;
}

/* Runs the worker.  Its argument is the segment for the answer, bgw_extra the database. */
void
pca_cluster_worker_main(Datum argument)
{
	dsm_segment *segment;
	Oid			database;

	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	segment = dsm_attach(DatumGetUInt32(argument));
	/* The backend that asked has given up. */
	if (segment == NULL)
		proc_exit(0);
	memcpy(&database, MyBgworkerEntry->bgw_extra, sizeof(database));
	SetConfigOption("lock_timeout", LOCK_TIMEOUT, PGC_SUSET, PGC_S_OVERRIDE);
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, BGWORKER_BYPASS_ALLOWCONN);
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_SUSET, PGC_S_OVERRIDE);
	*(volatile Answer *) dsm_segment_address(segment) = look_for_key();
	proc_exit(0);
}

/*
 * Lists the other databases.  A template that accepts no connections, such as
 * template0, has no keys; a limit below -1 marks a database that was left half
 * dropped.
 */
static List *
list_others(void)
{
	List	   *databases = NIL;
	Relation	relation = table_open(DatabaseRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_database form = (Form_pg_database) GETSTRUCT(tuple);
		Database   *database;

		if (form->oid == MyDatabaseId || form->datconnlimit < -1 || strcmp(NameStr(form->datname), "template0") == 0)
			continue;
		database = palloc(sizeof(Database));
		database->oid = form->oid;
		database->name = pstrdup(NameStr(form->datname));
		databases = lappend(databases, database);
	}
	systable_endscan(scan);
	table_close(relation, AccessShareLock);
	return databases;
}

static void
terminate_worker(void *handle)
{
	TerminateBackgroundWorker(handle);
}

/*
 * Starts a worker, which does not outlive the current memory context.  Returns
 * NULL if no worker slot is free.
 */
static BackgroundWorkerHandle *
start_worker(const Database *database, dsm_segment *segment)
{
	BackgroundWorker worker = {
		.bgw_name = "pca key search",
		.bgw_type = "pca key search",
		.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_RecoveryFinished,
		.bgw_restart_time = BGW_NEVER_RESTART,
		.bgw_library_name = "pca",
		.bgw_function_name = "pca_cluster_worker_main",
		.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment)),
		.bgw_notify_pid = MyProcPid
	};
	BackgroundWorkerHandle *handle;
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));

	memcpy(worker.bgw_extra, &database->oid, sizeof(database->oid));
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		return NULL;
	callback->func = terminate_worker;
	callback->arg = handle;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	return handle;
}

static Answer
ask_database(const Database *database)
{
	dsm_segment *segment = dsm_create(sizeof(Answer), 0);
	volatile Answer *answer = dsm_segment_address(segment);
	BackgroundWorkerHandle *handle;
	const char *fault = NULL;
	Answer		result;

	*answer = ANSWER_NONE;
	handle = start_worker(database, segment);
	if (handle == NULL)
		fault = "there is no free slot for a background worker";
	else if (!pca_background_wait(handle, ANSWER_SECONDS))
		fault = "its background worker did not answer in time";
	else if (*answer == ANSWER_NONE)
		fault = "its background worker failed, see the server log";
	if (fault != NULL)
		pca_error(REQUEST_FAILED,
				  errmsg("certificate authorities are sealed"),
				  errdetail("There is no key-encryption key, and it is unknown whether database \"%s\" has private keys: %s.",
							database->name, fault),
				  errhint("A new one is created only if no database has any. Try again, put a key-encryption key in place, or increase max_worker_processes."));
	result = *answer;
	dsm_detach(segment);
	return result;
}

/*
 * Returns the name of another database of the cluster that has a private key,
 * or NULL.
 *
 * Throws RequestFailedException if a database could not be examined.
 */
const char *
pca_cluster_find_private_key(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pca key search", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	const char *found = NULL;
	ListCell   *cell;

	foreach(cell, list_others())
	{
		const Database *database = lfirst(cell);

		if (ask_database(database) != ANSWER_KEY)
			continue;
		found = MemoryContextStrdup(old, database->name);
		break;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return found;
}
