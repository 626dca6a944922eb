/*-------------------------------------------------------------------------
 *
 * store_query.c
 *	  The only user of SPI: kept plans, the owner's rights, the latest
 *	  snapshot, rows copied to the caller's memory context.
 *
 * The functions of the extension run as their caller, because who the caller
 * is decides what it may do; the tables belong to the extension's owner, as
 * whom a statement runs, the way foreign keys do it.  Every statement takes the
 * latest snapshot, at every isolation level: a state change that has been
 * committed counts from then on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "store_query.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* The owner of the schema "pca", which is the owner of the extension. */
static Oid
owner(void)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACENAME, CStringGetDatum("pca"));
	Oid			result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "schema \"pca\" does not exist");
	result = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	return result;
}

static int
count_types(const PcaQuery *query)
{
	int			count = 0;

	while (OidIsValid(query->types[count]))
		count++;
	return count;
}

static void
prepare(PcaQuery *query)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(query->sql, count_types(query), query->types, CURSOR_OPT_GENERIC_PLAN);

	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare statement \"%s\"", query->sql);
	query->plan = plan;
}

static void
set_for_planning(const char *setting)
{
	(void) set_config_option(setting, "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Plans a statement that looks rows up: by an index wherever there is one.
 *
 * What the planner knows of a table is from before: one that was empty then is
 * read from its beginning, once for every row that a bulk statement adds to it.
 * A table without an index is dear to it then, which must not call for JIT.
 */
static void
plan_by_index(PcaQuery *query)
{
	int			level;
	CachedPlan *plan;

	AcceptInvalidationMessages();
	if (query->plan != NULL && SPI_plan_is_valid(query->plan))
		return;
	level = NewGUCNestLevel();
	set_for_planning("enable_seqscan");
	set_for_planning("jit");
	if (query->plan == NULL)
		prepare(query);
	plan = SPI_plan_get_cached_plan(query->plan);
	if (plan != NULL)
		ReleaseCachedPlan(plan, CurrentResourceOwner);
	AtEOXact_GUC(true, level);
}

/* Copies what SPI found to the memory context that called. */
static PcaRows
copy_rows(MemoryContext context)
{
	PcaRows		rows = {.count = SPI_tuptable != NULL ? SPI_processed : 0, .processed = SPI_processed};
	MemoryContext old;
	TupleDesc	descriptor;

	if (rows.count == 0)
		return rows;
	old = MemoryContextSwitchTo(context);
	descriptor = SPI_tuptable->tupdesc;
	rows.columns = descriptor->natts;
	rows.values = palloc(sizeof(Datum) * rows.columns * rows.count);
	rows.nulls = palloc(sizeof(bool) * rows.columns * rows.count);
	for (uint64 row = 0; row < rows.count; row++)
	{
		Datum	   *values = rows.values + row * rows.columns;
		bool	   *nulls = rows.nulls + row * rows.columns;

		heap_deform_tuple(SPI_tuptable->vals[row], descriptor, values, nulls);
		for (int i = 0; i < rows.columns; i++)
		{
			Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

			if (nulls[i])
				continue;
			values[i] = attribute->attlen == -1
				? PointerGetDatum(PG_DETOAST_DATUM_COPY(values[i]))
				: datumCopy(values[i], attribute->attbyval, attribute->attlen);
		}
	}
	MemoryContextSwitchTo(old);
	return rows;
}

/* Who called, while a statement runs as the owner. */
typedef struct Caller
{
	Oid			user;
	int			security;
} Caller;

static Caller
become_owner(void)
{
	Caller		caller;

	GetUserIdAndSecContext(&caller.user, &caller.security);
	SetUserIdAndSecContext(owner(), caller.security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	return caller;
}

static void
become_caller(const Caller *caller)
{
	SPI_finish();
	SetUserIdAndSecContext(caller->user, caller->security);
}

/*
 * Says whether a statement of the extension itself is running: what a trigger
 * needs to know of whom it serves.  Foreign keys of others set the same context
 * while they run their actions, but not as our owner.
 */
bool
pca_query_is_running(void)
{
	return InNoForceRLSOperation() && GetUserId() == owner();
}

static PcaRows
execute(PcaQuery *query, const PcaArguments *arguments, bool is_read)
{
	MemoryContext context = CurrentMemoryContext;
	Caller		caller = become_owner();
	Snapshot	snapshot;
	PcaRows		rows;
	int			result;

	if (!is_read)
		pca_transaction_bind();
	plan_by_index(query);
	/* The leader and the workers of a parallel query, which only read, share the snapshot of its statement. */
	snapshot = RegisterSnapshot(IsInParallelMode() ? GetActiveSnapshot() : GetLatestSnapshot());
	result = SPI_execute_snapshot(query->plan, (Datum *) arguments->values, arguments->nulls,
								  snapshot, InvalidSnapshot, is_read, !is_read, 0);
	if (result < 0)
		elog(ERROR, "could not execute statement \"%s\": %s", query->sql, SPI_result_code_string(result));
	UnregisterSnapshot(snapshot);
	rows = copy_rows(context);
	become_caller(&caller);
	return rows;
}

/* Hands each row on as the executor makes it, in a memory context that lives as long as the row. */
typedef struct RowReceiver
{
	DestReceiver pub;
	PcaReceiveRow receive;
	void	   *state;
	MemoryContext row_context;
} RowReceiver;

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->row_context);

	slot_getallattrs(slot);
	receiver->receive(receiver->state, slot->tts_values, slot->tts_isnull);
	MemoryContextSwitchTo(old);
	MemoryContextReset(receiver->row_context);
	return true;
}

static void
start_rows(DestReceiver *self, int operation, TupleDesc descriptor)
{
}

static void
end_rows(DestReceiver *self)
{
}

static ParamListInfo
make_parameters(const PcaQuery *query, const PcaArguments *arguments)
{
	ParamListInfo parameters = makeParamList(arguments->count);

	for (int i = 0; i < arguments->count; i++)
		parameters->params[i] = (ParamExternData) {
			.value = arguments->values[i],
			.isnull = arguments->nulls[i] == 'n',
			.pflags = PARAM_FLAG_CONST,
			.ptype = query->types[i]
		};
	return parameters;
}

/*
 * Reads rows without bound in bounded memory: each is handed to receive() with
 * the state, and what that allocates is freed before the next one.
 */
void
pca_query_scan(PcaQuery *query, const PcaArguments *arguments, PcaReceiveRow receive, void *state)
{
	RowReceiver receiver = {
		.pub = {
			.receiveSlot = receive_row,
			.rStartup = start_rows,
			.rShutdown = end_rows,
			.rDestroy = end_rows,
			.mydest = DestNone
		},
		.receive = receive,
		.state = state,
		.row_context = AllocSetContextCreate(CurrentMemoryContext, "pca row", ALLOCSET_DEFAULT_SIZES)
	};
	SPIExecuteOptions options = {
		.params = make_parameters(query, arguments),
		.read_only = true,
		.dest = &receiver.pub
	};
	Caller		caller = become_owner();
	int			result;

	if (query->plan == NULL)
		prepare(query);
	PushActiveSnapshot(GetLatestSnapshot());
	result = SPI_execute_plan_extended(query->plan, &options);
	if (result < 0)
		elog(ERROR, "could not execute statement \"%s\": %s", query->sql, SPI_result_code_string(result));
	PopActiveSnapshot();
	become_caller(&caller);
	MemoryContextDelete(receiver.row_context);
}

/* Reads what is committed at this moment, and what this transaction did. */
PcaRows
pca_query_read(PcaQuery *query, const PcaArguments *arguments)
{
	return execute(query, arguments, true);
}

/* Runs a statement that writes; the rows are those of its RETURNING clause. */
PcaRows
pca_query_write(PcaQuery *query, const PcaArguments *arguments)
{
	return execute(query, arguments, false);
}

/* Runs a statement that changes one row, which is there. */
void
pca_query_write_one(PcaQuery *query, const PcaArguments *arguments)
{
	if (execute(query, arguments, false).processed != 1)
		elog(ERROR, "statement did not change one row: \"%s\"", query->sql);
}

void
pca_argument_add(PcaArguments *arguments, Datum value)
{
	Assert(arguments->count < PCA_QUERY_MAX_ARGUMENTS);
	arguments->nulls[arguments->count] = ' ';
	arguments->values[arguments->count++] = value;
}

void
pca_argument_add_null(PcaArguments *arguments)
{
	pca_argument_add(arguments, (Datum) 0);
	arguments->nulls[arguments->count - 1] = 'n';
}

void
pca_argument_add_uuid(PcaArguments *arguments, const pg_uuid_t *value)
{
	pca_argument_add(arguments, UUIDPGetDatum(value));
}

/* NULL becomes SQL's NULL. */
void
pca_argument_add_text(PcaArguments *arguments, const char *value)
{
	if (value == NULL)
		pca_argument_add_null(arguments);
	else
		pca_argument_add(arguments, CStringGetTextDatum(value));
}

void
pca_argument_add_bytes(PcaArguments *arguments, PcaBytes value)
{
	pca_argument_add(arguments, PointerGetDatum(pca_bytes_to_bytea(value)));
}

Datum
pca_rows_datum(const PcaRows *rows, uint64 row, int column)
{
	Assert(row < rows->count && column < rows->columns);
	return rows->values[row * rows->columns + column];
}

bool
pca_rows_is_null(const PcaRows *rows, uint64 row, int column)
{
	Assert(row < rows->count && column < rows->columns);
	return rows->nulls[row * rows->columns + column];
}

/* NULL for SQL's NULL. */
char *
pca_rows_text(const PcaRows *rows, uint64 row, int column)
{
	return pca_rows_is_null(rows, row, column) ? NULL : TextDatumGetCString(pca_rows_datum(rows, row, column));
}

/* A short text of the first row, copied to its place. */
void
pca_rows_word(const PcaRows *rows, int column, char *word, size_t size)
{
	text_to_cstring_buffer(DatumGetTextPP(pca_rows_datum(rows, 0, column)), word, size);
}

PcaBytes
pca_rows_bytes(const PcaRows *rows, uint64 row, int column)
{
	bytea	   *value;

	if (pca_rows_is_null(rows, row, column))
		return (PcaBytes) {NULL, 0};
	value = DatumGetByteaPP(pca_rows_datum(rows, row, column));
	return (PcaBytes) {(const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
}

/* The origin of the first row, whose columns begin there. */
PcaOrigin
pca_rows_origin(const PcaRows *rows, int column)
{
	return (PcaOrigin) {
		.xmin = DatumGetTransactionId(pca_rows_datum(rows, 0, column)),
		.table = DatumGetObjectId(pca_rows_datum(rows, 0, column + 1)),
		.place = *(ItemPointer) DatumGetPointer(pca_rows_datum(rows, 0, column + 2))
	};
}
