/*-------------------------------------------------------------------------
 *
 * op_maintenance.c
 *	  Runs the tasks of maintenance: CRLs, certificates of OCSP responders,
 *	  permanent deletion, expired tokens.
 *
 * Each task runs in a subtransaction of its own, so that a failure does not
 * prevent the others.  The error goes to the server's log, and stays in the view
 * pca.maintenance_failures until the task succeeds.  pca_run_maintenance() runs
 * the tasks of one account, or of all, in the caller's transaction.  The
 * background worker runs each in a transaction of its own.  Both may run at the
 * same time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base_argument.h"
#include "base_error.h"
#include "catalog/pg_type_d.h"
#include "commands/dbcommands.h"
#include "crypto_kek.h"
#include "miscadmin.h"
#include "op_crl.h"
#include "op_maintenance.h"
#include "op_ocsp_responder.h"
#include "store_access_key.h"
#include "store_account.h"
#include "store_audit.h"
#include "store_authority.h"
#include "store_authority_state.h"
#include "store_crl_place.h"
#include "store_idempotency.h"
#include "store_installation.h"
#include "store_transaction.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

static void
remove_authority(const PcaTask *task)
{
	pca_transaction_make_durable();
	if (pca_authority_remove(&task->object, task->listed_at))
		pca_audit_put_maintenance("RemoveCertificateAuthority", task->authority_arn, NULL);
}

static void
sign_crl(const PcaTask *task)
{
	bool		is_complete = memcmp(&task->object, &task->authority, sizeof(pg_uuid_t)) == 0;
	PcaCrlScope scope = pca_crl_scope(&task->authority, is_complete ? NULL : &task->object);

	pca_crl_write(task->authority_arn, &scope, task->listed_at);
}

static void
issue_ocsp_responder(const PcaTask *task)
{
	pca_ocsp_responder_issue(task->authority_arn, &task->object);
}

static void
expire_tokens(const PcaTask *task)
{
	pca_idempotency_expire(task->account_id, task->listed_at);
}

static void
expire_crl_urls(const PcaTask *task)
{
	pca_crl_place_expire(task->account_id, task->listed_at);
}

static void
expire_registrations(const PcaTask *task)
{
	bool		is_access_key = pca_access_keys_expire();

	if (pca_registrations_expire() || is_access_key)
		pca_audit_put_maintenance("ExpireRegistrations", NULL, NULL);
}

static const struct
{
	const char *name;
	void		(*run) (const PcaTask *task);
}			kinds[PCA_TASKS] = {
	[PCA_TASK_REMOVE_AUTHORITY] = {"RemoveCertificateAuthority", remove_authority},
	[PCA_TASK_SIGN_CRL] = {"SignCRL", sign_crl},
	[PCA_TASK_ISSUE_OCSP_RESPONDER] = {"IssueOCSPSigningCertificate", issue_ocsp_responder},
	[PCA_TASK_EXPIRE_TOKENS] = {"ExpireTokens", expire_tokens},
	[PCA_TASK_EXPIRE_CRL_URLS] = {"ExpireCRLURLs", expire_crl_urls},
	[PCA_TASK_EXPIRE_REGISTRATIONS] = {"ExpireRegistrations", expire_registrations},
};

/* Returns the names of all tasks, text[]. */
ArrayType *
pca_maintenance_task_names(void)
{
	Datum		names[PCA_TASKS];

	for (int kind = 0; kind < PCA_TASKS; kind++)
		names[kind] = CStringGetTextDatum(kinds[kind].name);
	return construct_array(names, PCA_TASKS, TEXTOID, -1, false, TYPALIGN_INT);
}

/* Lists the tasks that are due; none in a dormant database. */
List *
pca_maintenance_list(const PcaDue *due)
{
	PcaInstallation installation = pca_installation_get();
	List	   *tasks;

	if (installation != PCA_INSTALLATION_ACTIVE && installation != PCA_INSTALLATION_EMPTY)
		return NIL;
	tasks = list_concat(list_concat(pca_task_list_removals(due), pca_task_list_crls(due)), pca_task_list_ocsp_responders(due));

	for (PcaTaskKind kind = PCA_TASK_EXPIRE_TOKENS; kind < PCA_TASKS; kind++)
	{
		PcaTask    *task = palloc0(sizeof(PcaTask));

		task->kind = kind;
		task->account_id = due->account_id;
		task->listed_at = due->now;
		tasks = lappend(tasks, task);
	}
	return tasks;
}

/*
 * Runs a task or, given a failure, records it.  A task that concerns no authority
 * is recorded only if it runs for all accounts: one account's call says nothing
 * about the others, and must not lock a row that all share.
 */
static void
attempt_task(const PcaTask *task, const ErrorData *failure)
{
	const char *name = kinds[task->kind].name;
	bool		is_kept = task->account_id == NULL;

	if (failure != NULL)
	{
		if (is_kept)
			pca_task_failure_put(task, name, unpack_sql_state(failure->sqlerrcode), failure->message);
		return;
	}
	kinds[task->kind].run(task);
	if (is_kept)
		pca_task_failure_remove(task, name);
}

/*
 * Does so in a subtransaction, with memory of its own.  Returns the error, or
 * NULL.  A cancel or termination request is not the task's error and is thrown.
 */
static ErrorData *
attempt_apart(const PcaTask *task, const ErrorData *failure, MemoryContext context)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		attempt_task(task, failure);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	if (error != NULL && (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN))
		ReThrowError(error);
	return error;
}

static void
log_failure(const PcaTask *task, const ErrorData *error, const char *what)
{
	ereport(LOG,
			errcode(error->sqlerrcode),
			errmsg("maintenance task %s %s: %s", kinds[task->kind].name, what, error->message),
			errdetail("Certificate authority: \"%s\". %s", task->authority_arn != NULL ? task->authority_arn : "none",
					  error->detail != NULL ? error->detail : ""));
}

/*
 * Tells whether a failure could not be recorded because another transaction is
 * recording it, which may still be open when lock_timeout expires.
 */
static bool
is_kept_by_other(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE || error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE;
}

/*
 * Runs a task.  An error of the task is not thrown, but logged and recorded.
 *
 * Returns the error that prevented the recording, or NULL.
 */
ErrorData *
pca_maintenance_run(const PcaTask *task)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pca maintenance task", ALLOCSET_DEFAULT_SIZES);
	ErrorData  *error = attempt_apart(task, NULL, context);

	if (error != NULL)
	{
		log_failure(task, error, "failed");
		error = attempt_apart(task, error, context);
		if (error != NULL)
			log_failure(task, error, "failed, which could not be recorded");
	}
	MemoryContextDelete(context);
	return error == NULL || is_kept_by_other(error) ? NULL : error;
}

/* Throws the error for a failure that could not be recorded, because the log alone is not enough. */
static void
unkept_error(const PcaTask *task, const ErrorData *error)
{
	ereport(ERROR,
			errcode(error->sqlerrcode),
			errmsg("could not record that maintenance task %s failed: %s", kinds[task->kind].name, error->message),
			errhint("See the server log for why the task failed. Nothing of this maintenance is stored: run it again."));
}

/*
 * Returns the account whose authorities the caller may maintain; NULL for all
 * accounts.  It is limited because the caller's transaction keeps other sessions
 * from changing these authorities until it ends.
 */
static const char *
account_to_maintain(void)
{
	const PcaCaller *caller;

	if (superuser())
		return NULL;
	caller = pca_caller_get();
	/* A service has no authorities. */
	return caller->service_principal[0] != '\0' ? "" : pstrdup(caller->account_id);
}

/* Warns, in the server's log, of authorities of this database that cannot sign, with the reason. */
static void
report_sealed(void)
{
	PcaRows		rows = pca_private_key_wrappers();

	for (uint64 row = 0; row < rows.count; row++)
	{
		const char *fault = pca_kek_fault(pca_rows_bytes(&rows, row, 0));

		if (fault != NULL)
			ereport(WARNING,
					errcode(PCA_SQLSTATE_REQUEST_FAILED),
					errmsg("certificate authorities of database \"%s\" are sealed", get_database_name(MyDatabaseId)),
					errdetail("The key-encryption key of " INT64_FORMAT " private keys cannot be used: %s.",
							  pca_rows_int64(&rows, row, 1), fault),
					errhint("Put the key in place that pca.key_encryption_key_file or pca.key_encryption_key_command names. pg_upgrade leaves a file in the old data directory."));
	}
}

/* Warns, in the server's log, of what prevents maintenance in this database. */
void
pca_maintenance_report(bool is_read_only)
{
	pca_installation_warn();
	report_sealed();
	if (is_read_only)
		ereport(WARNING,
				errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				errmsg("maintenance does nothing in database \"%s\"", get_database_name(MyDatabaseId)),
				errdetail("Its transactions are read-only by default, so no CRL is written."),
				errhint("Use ALTER DATABASE ... RESET default_transaction_read_only."));
}

/*
 * pca_run_maintenance()
 *
 * Writes the CRLs that lack a revocation, are halfway to their nextUpdate or do
 * not exist yet.  Issues the certificates that OCSP responders lack.  Removes the
 * authorities whose restoration period is over, with their keys, certificates and
 * everything else; the idempotency tokens whose window is over; the former URLs of
 * CRLs that no unexpired certificate names; and the registrations of roles that
 * have been dropped.  Except for the registrations, it works for the caller's
 * account alone, or for every account if the caller is a superuser.  Failures are
 * in pca.maintenance_failures; if one cannot be recorded there, the whole call
 * fails.
 *
 * Throws AccessDeniedException for a caller without an account, and
 * RequestFailedException in a dormant database.
 */
PCA_FUNCTION(pca_run_maintenance)
{
	TimestampTz now = GetCurrentTimestamp();
	PcaDue		due = {.now = now, .changed_before = DT_NOEND, .failed_before = DT_NOEND};
	ListCell   *cell;

	pca_transaction_check_writable("pca_run_maintenance()");
	pca_installation_check();
	due.account_id = account_to_maintain();
	foreach(cell, pca_maintenance_list(&due))
	{
		const ErrorData *error;

		CHECK_FOR_INTERRUPTS();
		error = pca_maintenance_run(lfirst(cell));
		if (error != NULL)
			unkept_error(lfirst(cell), error);
	}
	PG_RETURN_VOID();
}
