/*-------------------------------------------------------------------------
 *
 * pca.c
 *	  The module's entry point, which runs when PostgreSQL loads the library.
 *
 * Each setting is defined next to the code that uses it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base_argument.h"
#include "base_arn.h"
#include "crypto_certificate.h"
#include "crypto_kek.h"
#include "crypto_ossl.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "op_ocsp.h"
#include "rule_audit_report.h"
#include "rule_issuance.h"
#include "rule_revocation.h"
#include "store_idempotency.h"
#include "store_standby.h"
#include "utils/guc_tables.h"
#include "worker.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

/* Returns all settings of the server, and their number. */
static struct config_generic **
all_settings(int *count)
{
#if PG_VERSION_NUM >= 160000
	return get_guc_variables(count);
#else
	*count = GetNumConfigOptions();
	return get_guc_variables();
#endif
}

/* Tells whether a setting is ours and its value came with the connection. */
static bool
is_from_client(const struct config_generic *setting)
{
	return strncmp(setting->name, "pca.", 4) == 0 && setting->reset_source == PGC_S_CLIENT;
}

/* Lists our settings that came with the connection, before it was known which of them a client may set. */
static List *
list_client_settings(void)
{
	List	   *names = NIL;
	int			count;
	struct config_generic **settings = all_settings(&count);

	for (int i = 0; i < count; i++)
		if (is_from_client(settings[i]))
			names = lappend(names, pstrdup(settings[i]->name));
	return names;
}

/*
 * Ends a session whose client gave a setting that it may not give.  PostgreSQL
 * now drops the client's value, but that value had already replaced the one in
 * the configuration.  To continue would be to continue with the default, for
 * example with another account than the role's.  Where the library is preloaded,
 * the client does not even connect.
 */
static void
check_client_settings(List *names)
{
	int			count;
	struct config_generic **settings = all_settings(&count);
	ListCell   *cell;

	foreach(cell, names)
		for (int i = 0; i < count; i++)
			if (strcmp(settings[i]->name, lfirst(cell)) == 0 && !is_from_client(settings[i]))
				ereport(FATAL,
						errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("permission denied to set parameter \"%s\"", settings[i]->name),
						errhint("Connect without it: only a superuser may set it."));
}

/*
 * Refuses to load the library in a parallel operation, in which no setting can
 * be set: each would keep its default for the rest of the session, whatever is
 * configured.  If a session has loaded the library, its parallel workers load it
 * before they begin.  pca_planner_support() makes sure of that, but the planner
 * does not see what a function of another extension calls.
 */
static void
check_not_parallel(void)
{
	if (IsInParallelMode())
		ereport(ERROR,
				errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				errmsg("cannot load library \"pca\" during a parallel operation"),
				errhint("Call pca_caller_identity() first, or add pca to shared_preload_libraries."));
}

/* pca.planner_support(internal): returns nothing.  It exists so that the planner loads the library when it calls it. */
PCA_FUNCTION(pca_planner_support)
{
	PG_RETURN_POINTER(NULL);
}

/* Runs when PostgreSQL loads the library: defines the settings. */
void
_PG_init(void)
{
	List	   *names;

	check_not_parallel();
	if (process_shared_preload_libraries_in_progress)
		pca_ossl_prepare();
	names = list_client_settings();
	pca_arn_define_settings();
	pca_kek_define_settings();
	pca_certificate_define_settings();
	pca_idempotency_define_settings();
	pca_issuance_define_settings();
	pca_revocation_define_settings();
	pca_audit_report_define_settings();
	pca_ocsp_define_settings();
	pca_standby_define_settings();
	pca_worker_define_settings();
	check_client_settings(names);
	MarkGUCPrefixReserved("pca");
}
