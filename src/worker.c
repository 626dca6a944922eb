/*-------------------------------------------------------------------------
 *
 * worker.c
 *	  The background worker, which runs maintenance automatically.
 *
 * With the library in shared_preload_libraries, the postmaster starts a
 * launcher, which is connected to no database.  The launcher keeps starting
 * workers, for pca.database or for one database after another, and waits for
 * each to end.  So there are two processes at most, however many databases there
 * are.  A worker looks for tasks that are due, runs each in a transaction of its
 * own, and ends.
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
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "op_maintenance.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"
#include "worker.h"

/* The time after which a failed task is tried again */
#define RETRY_SECONDS 60
#define LONGEST_NAP_SECONDS 15

/* The time after which a worker leaves the remaining tasks for its next round, because other databases wait */
#define ROUND_SECONDS 30

/* How often the log repeats what prevents maintenance, after the first time at the launcher's start */
#define REPORT_SECONDS 3600

/* The longest that an open transaction of others can delay a task; it delays no later task */
#define LOCK_TIMEOUT "2s"

static char *database_setting;
static int	crl_refresh_delay_setting;
static int	worker_timeout_setting;

extern PGDLLEXPORT void pca_launcher_main(Datum argument);
extern PGDLLEXPORT void pca_worker_main(Datum argument);

static BackgroundWorker
describe_worker(const char *function, const char *name)
{
	BackgroundWorker worker = {
		.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_RecoveryFinished,
		.bgw_restart_time = BGW_NEVER_RESTART
	};

	strlcpy(worker.bgw_library_name, "pca", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, function, sizeof(worker.bgw_function_name));
	strlcpy(worker.bgw_name, name, sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, name, sizeof(worker.bgw_type));
	return worker;
}

/* Defines the worker's settings, and registers the launcher while the postmaster loads the library. */
void
pca_worker_define_settings(void)
{
	BackgroundWorker launcher;

	DefineCustomStringVariable("pca.database",
							   "Sets the database in which the background worker works.",
							   "If it is empty, the worker visits every database that has the extension.",
							   &database_setting, "", PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("pca.worker_timeout",
							"Sets the time after which the background worker is terminated in a database.",
							"The worker then goes on to the next database.",
							&worker_timeout_setting, 300, 1, 86400, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("pca.crl_refresh_delay",
							"Sets how long the background worker waits after a revocation before it writes the CRL.",
							"Revocations within this time go into the same CRL.",
							&crl_refresh_delay_setting, 60, 0, 86400, PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);
	/* pg_upgrade's servers run no maintenance. */
	if (!process_shared_preload_libraries_in_progress || IsBinaryUpgrade)
		return;
	launcher = describe_worker("pca_launcher_main", "pca launcher");
	launcher.bgw_restart_time = 10;
	RegisterBackgroundWorker(&launcher);
}

/* Tells whether a database accepts connections.  A limit below -1 marks one that was left half dropped. */
static bool
is_open(Form_pg_database database)
{
	return database->datallowconn && !database->datistemplate && database->datconnlimit >= -1;
}

/* Lists the databases to work in, as OIDs, in the memory context. */
static List *
list_databases(MemoryContext context)
{
	List	   *databases = NIL;
	Relation	relation;
	TableScanDesc scan;
	HeapTuple	tuple;

	StartTransactionCommand();
	GetTransactionSnapshot();
	relation = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(relation, 0, NULL);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);
		MemoryContext old = MemoryContextSwitchTo(context);

		if (is_open(database) &&
			(database_setting[0] == '\0' || strcmp(NameStr(database->datname), database_setting) == 0))
			databases = lappend_oid(databases, database->oid);
		MemoryContextSwitchTo(old);
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
	CommitTransactionCommand();
	return databases;
}

/* A worker that did not end in time although it was terminated */
typedef struct LateWorker
{
	Oid			database;
	BackgroundWorkerHandle *handle;
} LateWorker;

static List *late_workers = NIL;

/* Tells whether an earlier worker is still in a database, and forgets those that have ended. */
static bool
has_late_worker(Oid database)
{
	bool		is_found = false;
	ListCell   *cell;

	foreach(cell, late_workers)
	{
		LateWorker *late = lfirst(cell);

		if (pca_background_has_ended(late->handle))
		{
			late_workers = foreach_delete_current(late_workers, cell);
			pfree(late->handle);
			pfree(late);
		}
		else
			is_found |= late->database == database;
	}
	return is_found;
}

/* Terminates a worker that takes too long, without waiting: it may hang where it ignores signals. */
static void
leave_worker(Oid database, BackgroundWorkerHandle *handle)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	LateWorker *late = palloc(sizeof(LateWorker));

	*late = (LateWorker) {database, handle};
	late_workers = lappend(late_workers, late);
	MemoryContextSwitchTo(old);
	TerminateBackgroundWorker(handle);
	ereport(LOG,
			errcode(ERRCODE_QUERY_CANCELED),
			errmsg("worker of pca in the database with OID %u was terminated after %d seconds", database, worker_timeout_setting),
			errhint("If a CRL takes that long, increase pca.worker_timeout."));
}

/* Starts a worker in a database, and waits until it has ended or its time is up. */
static void
work_in(Oid database, bool is_to_report)
{
	BackgroundWorker worker = describe_worker("pca_worker_main", "pca worker");
	BackgroundWorkerHandle *handle;

	if (has_late_worker(database))
		return;
	worker.bgw_main_arg = ObjectIdGetDatum(database);
	worker.bgw_extra[0] = is_to_report;
	worker.bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		ereport(LOG,
				errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				errmsg("could not start a worker of pca: no free slot"),
				errhint("Increase max_worker_processes."));
	else if (pca_background_wait(handle, worker_timeout_setting))
		pfree(handle);
	else
		leave_worker(database, handle);
}

/* Sleeps briefly, so that a revocation reaches its CRL soon after pca.crl_refresh_delay. */
static void
take_nap(void)
{
	int			seconds = Max(1, Min(crl_refresh_delay_setting / 4, LONGEST_NAP_SECONDS));

	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, seconds * 1000L, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
}

/* Runs the launcher, of which a server has one. */
void
pca_launcher_main(Datum argument)
{
	MemoryContext context;
	TimestampTz last_report = 0;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	context = AllocSetContextCreate(TopMemoryContext, "pca launcher", ALLOCSET_DEFAULT_SIZES);
	for (;;)
	{
		TimestampTz now = GetCurrentTimestamp();
		bool		is_to_report = TimestampDifferenceExceeds(last_report, now, REPORT_SECONDS * 1000);
		ListCell   *cell;

		if (is_to_report)
			last_report = now;
		foreach(cell, list_databases(context))
		{
			CHECK_FOR_INTERRUPTS();
			work_in(lfirst_oid(cell), is_to_report);
		}
		MemoryContextReset(context);
		take_nap();
	}
}

static void
begin_transaction(void)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
}

static void
end_transaction(void)
{
	PopActiveSnapshot();
	CommitTransactionCommand();
}

/*
 * Locks the extension until the end of the transaction.  Returns false if it
 * does not exist in this database.  DROP EXTENSION waits for this lock, but if it
 * already holds its own, this returns false instead of waiting.
 */
static bool
hold_extension(void)
{
	Oid			extension = get_extension_oid("pca", true);
	LOCKTAG		tag;

	if (!OidIsValid(extension))
		return false;
	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, extension, 0);
	if (LockAcquire(&tag, AccessShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	AcceptInvalidationMessages();
	return get_extension_oid("pca", true) == extension;
}

/* Lists the tasks that are due in this database, in the memory context. */
static List *
list_tasks(MemoryContext context, bool is_to_report)
{
	TimestampTz now = GetCurrentTimestamp();
	PcaDue		due = {
		.now = now,
		.changed_before = now - crl_refresh_delay_setting * USECS_PER_SEC,
		.failed_before = now - RETRY_SECONDS * USECS_PER_SEC
	};
	List	   *tasks = NIL;

	begin_transaction();
	if (hold_extension())
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		if (is_to_report)
			pca_maintenance_report(DefaultXactReadOnly);
		/* In a read-only database no task could succeed, nor could its failure be recorded. */
		if (!DefaultXactReadOnly)
			tasks = pca_maintenance_list(&due);
		MemoryContextSwitchTo(old);
	}
	end_transaction();
	return tasks;
}

/* Runs a task.  Returns false if the extension is dropped or being dropped. */
static bool
run_task(const PcaTask *task)
{
	bool		is_there;

	begin_transaction();
	is_there = hold_extension();
	if (is_there)
	{
		pgstat_report_activity(STATE_RUNNING, "pca maintenance");
		/* A failure that could not be recorded is in the log. */
		(void) pca_maintenance_run(task);
	}
	end_transaction();
	pgstat_report_activity(STATE_IDLE, NULL);
	return is_there;
}

static void
name_database(void *database)
{
	errcontext("background worker of pca in the database with OID %u", *(Oid *) database);
}

/* Runs one round in the database whose OID is the argument. */
void
pca_worker_main(Datum argument)
{
	Oid			database = DatumGetObjectId(argument);
	ErrorContextCallback callback = {.callback = name_database, .arg = &database, .previous = error_context_stack};
	TimestampTz start = GetCurrentTimestamp();
	MemoryContext context;
	ListCell   *cell;

	error_context_stack = &callback;
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	/* This also covers the locks that a session needs to start, for example during VACUUM FULL of a catalog. */
	SetConfigOption("lock_timeout", LOCK_TIMEOUT, PGC_SUSET, PGC_S_OVERRIDE);
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	/* The same as the functions have */
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_SUSET, PGC_S_OVERRIDE);
	context = AllocSetContextCreate(TopMemoryContext, "pca worker", ALLOCSET_DEFAULT_SIZES);
	foreach(cell, list_tasks(context, MyBgworkerEntry->bgw_extra[0]))
		if (TimestampDifferenceExceeds(start, GetCurrentTimestamp(), ROUND_SECONDS * 1000) || !run_task(lfirst(cell)))
			break;
	proc_exit(0);
}
