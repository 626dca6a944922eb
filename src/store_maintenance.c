/*-------------------------------------------------------------------------
 *
 * store_maintenance.c
 *	  Lists the tasks of maintenance that are due, and records those that failed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store_maintenance.h"
#include "store_ocsp_responder.h"
#include "store_query.h"

/* The clock may have been ahead once, so a failure in the future delays nothing. */
#define NOT_WAITING(task, id) \
	" NOT EXISTS (SELECT FROM pca.maintenance_failure AS f WHERE f.task OPERATOR(pg_catalog.=) '" task "'" \
	"  AND f.object_id OPERATOR(pg_catalog.=) " id \
	"  AND f.failed_at OPERATOR(pg_catalog.>) $2 AND f.failed_at OPERATOR(pg_catalog.<=) $1)"

/* Makes tasks from rows of an object's id, its authority's id and the authority's ARN. */
static List *
make_tasks(const PcaRows *rows, PcaTaskKind kind, TimestampTz now)
{
	List	   *tasks = NIL;

	for (uint64 row = 0; row < rows->count; row++)
	{
		PcaTask    *task = palloc0(sizeof(PcaTask));

		task->kind = kind;
		task->object = *pca_rows_uuid(rows, row, 0);
		task->has_authority = true;
		task->authority = *pca_rows_uuid(rows, row, 1);
		task->authority_arn = pca_rows_text(rows, row, 2);
		task->listed_at = now;
		tasks = lappend(tasks, task);
	}
	return tasks;
}

/* Lists the authorities whose restoration period is over. */
List *
pca_task_list_removals(const PcaDue *due)
{
	static PcaQuery query = {
		.sql = "SELECT id, id, arn FROM pca.certificate_authority AS a WHERE status OPERATOR(pg_catalog.=) 'DELETED'"
		" AND (restorable_until IS NULL OR restorable_until OPERATOR(pg_catalog.<=) $1)"
		" AND ($3 IS NULL OR account_id OPERATOR(pg_catalog.=) $3)"
		" AND " NOT_WAITING("RemoveCertificateAuthority", "a.id") " ORDER BY id"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_timestamp(due->now),
														 pca_timestamp(due->failed_before),
														 pca_text(due->account_id)));

	return make_tasks(&rows, PCA_TASK_REMOVE_AUTHORITY, due->now);
}

/*
 * Lists the CRLs that are due: those that do not exist yet, that lack a
 * revocation, that belong in another bucket, or that are halfway to their
 * nextUpdate while one of their certificates is valid or has not yet been in a CRL
 * past its expiry.
 */
List *
pca_task_list_crls(const PcaDue *due)
{
	static PcaQuery query = {
		.sql = "SELECT s.id, s.authority_id, s.arn FROM pca.crl_states AS s"
		" WHERE s.authority_not_after OPERATOR(pg_catalog.>) $1"
		" AND ($4 IS NULL OR s.account_id OPERATOR(pg_catalog.=) $4) AND " NOT_WAITING("SignCRL", "s.id")
		" AND (s.number IS NULL"
		"  OR s.changed_at OPERATOR(pg_catalog.<=) $3 OR s.changed_at OPERATOR(pg_catalog.>) $1"
		"  OR s.written_bucket OPERATOR(pg_catalog.<>) s.bucket"
		"  OR (s.certificates_not_after OPERATOR(pg_catalog.>) LEAST(s.generated_at, $1)"
		"   AND (s.generated_at OPERATOR(pg_catalog.>) $1 OR s.half_of_life_at OPERATOR(pg_catalog.<=) $1)))"
		" ORDER BY s.authority_id, s.id"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_timestamp(due->now),
														 pca_timestamp(due->failed_before),
														 pca_timestamp(due->changed_before),
														 pca_text(due->account_id)));

	return make_tasks(&rows, PCA_TASK_SIGN_CRL, due->now);
}

/* Lists the names of authorities under which an OCSP responder needs a certificate, or a new one. */
List *
pca_task_list_ocsp_responders(const PcaDue *due)
{
	static PcaQuery query = {
		.sql = "SELECT s.id, s.authority_id, s.arn FROM pca.ocsp_responder_states AS s WHERE" PCA_OCSP_RESPONDER_DUE
		" AND ($3 IS NULL OR s.account_id OPERATOR(pg_catalog.=) $3)"
		" AND " NOT_WAITING("IssueOCSPSigningCertificate", "s.id") " ORDER BY s.authority_id, s.id"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_timestamp(due->now),
														 pca_timestamp(due->failed_before),
														 pca_text(due->account_id)));

	return make_tasks(&rows, PCA_TASK_ISSUE_OCSP_RESPONDER, due->now);
}

/* Records that a task failed, perhaps again. */
void
pca_task_failure_put(const PcaTask *task, const char *name, const char *sqlstate, const char *message)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.maintenance_failure AS f (task, object_id, authority_id, failed_at, failures, sqlstate, message)"
		" VALUES ($1, $2, $3, $4, 1, $5, $6)"
		" ON CONFLICT (task, object_id) DO UPDATE SET failed_at = excluded.failed_at,"
		" failures = f.failures OPERATOR(pg_catalog.+) 1, sqlstate = excluded.sqlstate, message = excluded.message"
	};

	pca_query_write(&query, PCA_VALUES(pca_text(name), pca_uuid(&task->object),
									   pca_uuid(task->has_authority ? &task->authority : NULL),
									   pca_timestamp(GetCurrentTimestamp()), pca_text(sqlstate),
									   pca_text(message)));
}

/* Removes the record of a task's failures, because the task has succeeded. */
void
pca_task_failure_remove(const PcaTask *task, const char *name)
{
	static PcaQuery query = {
		.sql = "DELETE FROM pca.maintenance_failure WHERE task OPERATOR(pg_catalog.=) $1 AND object_id OPERATOR(pg_catalog.=) $2"
	};

	pca_query_write(&query, PCA_VALUES(pca_text(name), pca_uuid(&task->object)));
}
