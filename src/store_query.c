/*-------------------------------------------------------------------------
 *
 * store_query.c
 *	  The only user of SPI: kept plans, the owner's rights, the latest
 *	  snapshot, rows copied to the caller's memory context.
 *
 * The functions of the extension run as their caller, which determines what they
 * may do.  The tables belong to the extension's owner, and statements run as that
 * owner, as those of foreign keys do.  Every statement takes the latest snapshot,
 * at every isolation level, so that a committed change of state counts at once.
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

/* The most values that a statement has */
#define MAX_VALUES 20

/* The owner of the schema "pca", which is the owner of the extension. */
static Oid
get_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACENAME, CStringGetDatum("pca"));
	Oid			result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "schema \"pca\" does not exist");
	result = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Checks that each value has its $n in a statement.  PostgreSQL finds a $n
 * without a value by itself, but not a value without a $n.  No literal in a
 * statement has a "$".
 */
static void
check_parameters(const char *sql, int count)
{
	uint64		used = 0;

	for (const char *at = strchr(sql, '$'); at != NULL; at = strchr(at + 1, '$'))
		used |= UINT64CONST(1) << Min(atoi(at + 1), 63);
	if (count > MAX_VALUES || used != (UINT64CONST(1) << (count + 1)) - 2)
		elog(ERROR, "statement \"%s\" does not have the parameters of its %d values", sql, count);
}

static void
prepare_query(PcaQuery *query, PcaValues values)
{
	Oid			types[MAX_VALUES];
	SPIPlanPtr	plan;

	check_parameters(query->sql, values.count);
	for (int i = 0; i < values.count; i++)
		types[i] = values.values[i].type;
	plan = SPI_prepare_cursor(query->sql, values.count, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare statement \"%s\"", query->sql);
	query->plan = plan;
}

/* Checks that the values have the types of those that the statement was prepared with. */
static void
check_types(const PcaQuery *query, PcaValues values)
{
	if (values.count != SPI_getargcount(query->plan))
		elog(ERROR, "statement \"%s\" has %d parameters, not %d", query->sql,
			 SPI_getargcount(query->plan), values.count);
	for (int i = 0; i < values.count; i++)
		if (values.values[i].type != SPI_getargtypeid(query->plan, i))
			elog(ERROR, "parameter $%d of statement \"%s\" has type %s, not %s", i + 1, query->sql,
				 format_type_be(SPI_getargtypeid(query->plan, i)), format_type_be(values.values[i].type));
}

static void
set_for_planning(const char *setting)
{
	(void) set_config_option(setting, "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Plans a statement that looks rows up, so that it uses an index wherever there
 * is one.
 *
 * The planner's statistics of a table may be old.  If the table was empty at that
 * time, the planner would choose a sequential scan, for every row that a bulk
 * statement adds.  With enable_seqscan off, a table without an index has a high
 * cost, which must not cause JIT compilation.
 */
static void
plan_by_index(PcaQuery *query, PcaValues values)
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
		prepare_query(query, values);
	plan = SPI_plan_get_cached_plan(query->plan);
	if (plan != NULL)
		ReleaseCachedPlan(plan, CurrentResourceOwner);
	AtEOXact_GUC(true, level);
}

/* Allocates room for the rows in one piece, the largest elements first so that all are aligned. */
static void
allocate_rows(PcaRows *rows)
{
	uint64		cells = rows->columns * rows->count;

	rows->values = palloc((sizeof(Datum) + sizeof(bool)) * cells + sizeof(Oid) * rows->columns);
	rows->types = (Oid *) (rows->values + cells);
	rows->nulls = (bool *) (rows->types + rows->columns);
}

static void
read_types(TupleDesc descriptor, Oid *types)
{
	for (int i = 0; i < descriptor->natts; i++)
		types[i] = TupleDescAttr(descriptor, i)->atttypid;
}

/* Copies what SPI found to the caller's memory context. */
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
	allocate_rows(&rows);
	read_types(descriptor, rows.types);
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

/* The calling role, while a statement runs as the owner */
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
	SetUserIdAndSecContext(get_owner(), caller.security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
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
 * Tells whether a statement of the extension itself is running, so that a trigger
 * knows who fired it.  Foreign keys of other tables set the same context while
 * they run their actions, but not as our owner.
 */
bool
pca_query_is_running(void)
{
	return InNoForceRLSOperation() && GetUserId() == get_owner();
}

/* Splits values into the arrays that SPI expects. */
static void
split_values(PcaValues values, Datum *datums, char *nulls)
{
	for (int i = 0; i < values.count; i++)
	{
		datums[i] = values.values[i].datum;
		nulls[i] = values.values[i].is_null ? 'n' : ' ';
	}
}

static PcaRows
execute_query(PcaQuery *query, PcaValues values, bool is_read)
{
	MemoryContext context = CurrentMemoryContext;
	Caller		caller = become_owner();
	Datum		datums[MAX_VALUES];
	char		nulls[MAX_VALUES];
	Snapshot	snapshot;
	PcaRows		rows;
	int			result;

	if (!is_read)
		pca_transaction_bind();
	plan_by_index(query, values);
	check_types(query, values);
	split_values(values, datums, nulls);
	/* The leader and the workers of a parallel query, which only read, share the snapshot of its statement. */
	snapshot = RegisterSnapshot(IsInParallelMode() ? GetActiveSnapshot() : GetLatestSnapshot());
	result = SPI_execute_snapshot(query->plan, datums, nulls, snapshot, InvalidSnapshot, is_read, !is_read, 0);
	if (result < 0)
		elog(ERROR, "could not execute statement \"%s\": %s", query->sql, SPI_result_code_string(result));
	UnregisterSnapshot(snapshot);
	rows = copy_rows(context);
	become_caller(&caller);
	return rows;
}

/* A receiver that passes each row on when the executor has made it; its memory context is reset after each row. */
typedef struct RowReceiver
{
	DestReceiver pub;
	PcaReceiveRow receive;
	void	   *state;
	MemoryContext row_context;
	PcaRows		row;
} RowReceiver;

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->row_context);

	slot_getallattrs(slot);
	receiver->row.values = slot->tts_values;
	receiver->row.nulls = slot->tts_isnull;
	receiver->receive(receiver->state, &receiver->row);
	MemoryContextSwitchTo(old);
	MemoryContextReset(receiver->row_context);
	return true;
}

static void
start_rows(DestReceiver *self, int operation, TupleDesc descriptor)
{
	RowReceiver *receiver = (RowReceiver *) self;

	receiver->row = (PcaRows) {.count = 1, .columns = descriptor->natts};
	receiver->row.types = palloc(sizeof(Oid) * descriptor->natts);
	read_types(descriptor, receiver->row.types);
}

static void
end_rows(DestReceiver *self)
{
}

static ParamListInfo
make_parameters(PcaValues values)
{
	ParamListInfo parameters = makeParamList(values.count);

	for (int i = 0; i < values.count; i++)
		parameters->params[i] = (ParamExternData) {
			.value = values.values[i].datum,
			.isnull = values.values[i].is_null,
			.pflags = PARAM_FLAG_CONST,
			.ptype = values.values[i].type
		};
	return parameters;
}

/*
 * Reads any number of rows in bounded memory: passes each to receive() with the
 * state, and frees what receive() allocated before the next one.
 */
void
pca_query_scan(PcaQuery *query, PcaValues values, PcaReceiveRow receive, void *state)
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
		.params = make_parameters(values),
		.read_only = true,
		.dest = &receiver.pub
	};
	Caller		caller = become_owner();
	int			result;

	if (query->plan == NULL)
		prepare_query(query, values);
	check_types(query, values);
	PushActiveSnapshot(GetLatestSnapshot());
	result = SPI_execute_plan_extended(query->plan, &options);
	if (result < 0)
		elog(ERROR, "could not execute statement \"%s\": %s", query->sql, SPI_result_code_string(result));
	PopActiveSnapshot();
	become_caller(&caller);
	MemoryContextDelete(receiver.row_context);
}

/* Runs a statement that reads.  It sees what is committed now, and the changes of this transaction. */
PcaRows
pca_query_read(PcaQuery *query, PcaValues values)
{
	return execute_query(query, values, true);
}

/* Runs a statement that writes.  Returns the rows of its RETURNING clause. */
PcaRows
pca_query_write(PcaQuery *query, PcaValues values)
{
	return execute_query(query, values, false);
}

/* Runs a statement that changes exactly one row, which exists. */
void
pca_query_write_one(PcaQuery *query, PcaValues values)
{
	if (execute_query(query, values, false).processed != 1)
		elog(ERROR, "statement did not change one row: \"%s\"", query->sql);
}
