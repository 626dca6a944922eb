/*-------------------------------------------------------------------------
 *
 * store_installation.c
 *	  Whether this database is the one that may sign, publish and answer for
 *	  its certificate authorities.
 *
 * Two databases that sign for one certificate authority contradict each other:
 * one says "good" about a certificate that the other has revoked.  And a database
 * that is being restored has its keys before its revocations.  So a database acts
 * only while pca.installation has a row with the database's own OID.  A dump does
 * not contain the row, COPY into the tables of keys deletes it, a copy of the
 * database has another OID, and a logical subscription does not write the row.
 * Such a database is dormant until pca_resume().  Crash recovery, promotion and
 * pg_upgrade keep the row and the OID, so the database continues to act.
 *
 * The answer is cached until the table or the subscriptions change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base_argument.h"
#include "base_error.h"
#include "catalog/namespace.h"
#include "catalog/pg_subscription_rel.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "replication/logicalworker.h"
#include "store_installation.h"
#include "utils/catcache.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static bool is_known_active;
static Oid	installation_table;

static void
at_installation_change(Datum arg, Oid relation)
{
	if (relation == InvalidOid || relation == installation_table)
		is_known_active = false;
}

static void
at_subscription_change(Datum arg, int cache, uint32 hash)
{
	is_known_active = false;
}

static void
watch_installation(void)
{
	static bool is_watching = false;

	if (is_watching)
		return;
	CacheRegisterRelcacheCallback(at_installation_change, (Datum) 0);
	CacheRegisterSyscacheCallback(SUBSCRIPTIONRELMAP, at_subscription_change, (Datum) 0);
	is_watching = true;
}

/* Tells whether a logical subscription of this database writes one of our tables. */
static bool
is_subscribed(void)
{
	static const char *const tables[] = {"certificate_authority", "certificate", "revocation"};
	Oid			schema = get_namespace_oid("pca", false);

	for (size_t i = 0; i < lengthof(tables); i++)
	{
		Oid			table = get_relname_relid(tables[i], schema);
		CatCList   *subscriptions = SearchSysCacheList1(SUBSCRIPTIONRELMAP, ObjectIdGetDatum(table));
		bool		is_found = subscriptions->n_members > 0;

		ReleaseSysCacheList(subscriptions);
		if (is_found)
			return true;
	}
	return false;
}

/* Tells whether the tables have any record of a certificate authority. */
static bool
has_records(void)
{
	static PcaQuery query = {
		.sql = "SELECT EXISTS (SELECT FROM pca.certificate_authority) OR EXISTS (SELECT FROM pca.private_key)"
		" OR EXISTS (SELECT FROM pca.certificate) OR EXISTS (SELECT FROM pca.revocation) OR EXISTS (SELECT FROM pca.crl)"
	};
	PcaRows		rows = pca_query_read(&query, PCA_NO_VALUES);

	return pca_rows_bool(&rows, 0, 0);
}

static PcaInstallation
read_installation(void)
{
	static PcaQuery query = {.sql = "SELECT database FROM pca.installation"};
	PcaRows		rows;

	if (is_subscribed())
		return PCA_INSTALLATION_SUBSCRIBED;
	rows = pca_query_read(&query, PCA_NO_VALUES);
	if (rows.count > 0)
		return pca_rows_oid(&rows, 0, 0) == MyDatabaseId
			? PCA_INSTALLATION_ACTIVE : PCA_INSTALLATION_COPIED;
	return has_records() ? PCA_INSTALLATION_RESTORED : PCA_INSTALLATION_EMPTY;
}

/* Returns the state of this database as of the latest snapshot. */
PcaInstallation
pca_installation_get(void)
{
	PcaInstallation installation;

	AcceptInvalidationMessages();
	if (is_known_active)
		return PCA_INSTALLATION_ACTIVE;
	watch_installation();
	installation_table = get_relname_relid("installation", get_namespace_oid("pca", false));
	is_known_active = true;		/* changes from here on reset it */
	installation = read_installation();
	is_known_active &= installation == PCA_INSTALLATION_ACTIVE;
	return installation;
}

static const struct
{
	const char *detail;
	const char *hint;
}			reasons[] = {
	[PCA_INSTALLATION_RESTORED] = {
		"Its rows were restored from a dump, or it was suspended.",
		"When the restore is complete, call pca_resume() as a superuser: it checks the rows first."
	},
	[PCA_INSTALLATION_COPIED] = {
		"It is a copy of another database, which may sign for the same certificate authorities.",
		"If this database is to replace the other, call pca_suspend() there, then pca_resume() here, as a superuser."
	},
	[PCA_INSTALLATION_SUBSCRIBED] = {
		"A logical subscription writes its rows: another database signs for their certificate authorities.",
		"Call the function in the database that publishes them."
	},
};

/* Reports that the database is dormant, if it is. */
static void
report_dormant(int level)
{
	PcaInstallation installation = pca_installation_get();

	if (installation == PCA_INSTALLATION_ACTIVE || installation == PCA_INSTALLATION_EMPTY)
		return;
	ereport(level,
			errcode(PCA_SQLSTATE_REQUEST_FAILED),
			errmsg("certificate authorities of this database are dormant"),
			errdetail("%s", reasons[installation].detail),
			errhint("%s", reasons[installation].hint));
}

/*
 * Throws RequestFailedException unless this database may sign, publish and
 * answer for its certificate authorities.
 */
void
pca_installation_check(void)
{
	report_dormant(ERROR);
}

/* Warns, in the server's log of a worker, that the database is dormant. */
void
pca_installation_warn(void)
{
	report_dormant(WARNING);
}

/* Makes this database the one that acts, whatever it was before. */
void
pca_installation_resume(void)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.installation (database, resumed_at) VALUES ($1, pg_catalog.clock_timestamp())"
		" ON CONFLICT (only_row) DO UPDATE SET database = excluded.database, resumed_at = excluded.resumed_at"
	};

	pca_query_write(&query, PCA_VALUES(pca_oid(MyDatabaseId)));
}

/* Makes this database dormant. */
void
pca_installation_suspend(void)
{
	static PcaQuery query = {.sql = "DELETE FROM pca.installation"};

	pca_query_write(&query, PCA_NO_VALUES);
}

/*
 * Makes an empty database active, because its first certificate authority is
 * about to be created.
 *
 * Throws RequestFailedException if the database is dormant.
 */
void
pca_installation_begin(void)
{
	pca_installation_check();
	if (pca_installation_get() == PCA_INSTALLATION_EMPTY)
		pca_installation_resume();
}

/* Lists what the tables lack after an incomplete restore: each fault and its object. */
PcaRows
pca_installation_list_faults(void)
{
	static PcaQuery query = {.sql = "SELECT fault, object FROM pca.restore_faults ORDER BY fault, object LIMIT 100"};

	return pca_query_read(&query, PCA_NO_VALUES);
}

/* Counts the records of this database.  Returns rows of an item and a number. */
PcaRows
pca_installation_count(void)
{
	static PcaQuery query = {.sql = "SELECT item, number FROM pca.restore_counts ORDER BY position, item"};

	return pca_query_read(&query, PCA_NO_VALUES);
}

static const TriggerData *
get_trigger_data(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "%s was not called as a trigger", function);
	return (const TriggerData *) fcinfo->context;
}

/*
 * pca.rows_restored(): makes the database dormant when anything other than a
 * function of the extension inserts certificate authorities or keys, as a restore
 * does
 */
PCA_FUNCTION(pca_rows_restored)
{
	get_trigger_data(fcinfo, "pca.rows_restored()");
	if (!pca_query_is_running())
		pca_installation_suspend();
	PG_RETURN_POINTER(NULL);
}

/*
 * pca.keep_local(): skips changes by a logical subscription to rows that belong
 * to this database alone
 */
PCA_FUNCTION(pca_keep_local)
{
	const TriggerData *data = get_trigger_data(fcinfo, "pca.keep_local()");

	if (IsLogicalWorker())
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple);
}
