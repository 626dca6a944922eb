/*-------------------------------------------------------------------------
 *
 * op_maintenance.c
 *	  What waits for its time: CRLs, certificates of OCSP responders, permanent
 *	  deletion, expired tokens.
 *
 * Each task is a subtransaction of its own, so that one that fails does not
 * keep the others from being done; its error is in the server's log and in the
 * view pca.maintenance_failures until it succeeds.  pca_run_maintenance() does
 * the tasks of an account, or of all, in the caller's transaction, the background
 * worker each in one of its own; both at once do no harm.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base_argument.h"
#include "base_error.h"
#include "commands/dbcommands.h"
#include "crypto_kek.h"
#include "miscadmin.h"
#include "op_crl.h"
#include "op_maintenance.h"
#include "op_ocsp_responder.h"
#include "store_account.h"
#include "store_audit.h"
#include "store_authority.h"
#include "store_authority_state.h"
#include "store_idempotency.h"
#include "store_installation.h"
#include "store_transaction.h"
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
expire_registrations(const PcaTask *task)
{
	if (pca_registrations_expire())
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
	[PCA_TASK_EXPIRE_REGISTRATIONS] = {"ExpireRegistrations", expire_registrations},
};

/* Lists what is due: nothing in a dormant database. */
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
 * Does a task, or keeps that it failed.  What is about no authority is kept when
 * it was done for everybody: an account's call says nothing of the whole, and
 * locks no row that all share.
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

/* Does so in a subtransaction, with memory of its own; its error, or NULL.  That the whole is to end is not the task's. */
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

/* Did it fail because another transaction keeps the same failure?  That one may still be open when lock_timeout passes. */
static bool
is_kept_by_other(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE || error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE;
}

/*
 * Runs a task; never throws for its sake.
 *
 * Its error is logged and kept.  Returns why it could not be kept, or NULL.
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

/* Throws: a failure that only the log knows is no success. */
static void
unkept_error(const PcaTask *task, const ErrorData *error)
{
	ereport(ERROR,
			errcode(error->sqlerrcode),
			errmsg("could not record that maintenance task %s failed: %s", kinds[task->kind].name, error->message),
			errhint("See the server log for why the task failed. Nothing of this maintenance is stored: run it again."));
}

/*
 * On whose authorities the caller may do what is due: whoever has an open
 * transaction that did it keeps others from changing them.
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

/* Says in the log which authorities of this database cannot sign, and why. */
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

/* Says in the server's log what keeps this database's maintenance from being done. */
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
 * Writes the CRLs that lack a revocation, are half way to their nextUpdate or
 * are not there yet; issues the certificates that OCSP responders lack; removes the authorities whose restoration period is over,
 * with their keys, certificates and everything else, the idempotency tokens
 * whose time is over, and the registrations of roles that have been dropped.
 * What fails is in pca.maintenance_failures; if that cannot be stored, all
 * fails.  All this for the caller's account alone, but for the registrations;
 * as superuser for every account.
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
