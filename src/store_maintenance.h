/*-------------------------------------------------------------------------
 *
 * store_maintenance.h
 *	  Lists the tasks of maintenance that are due, and records those that failed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_MAINTENANCE_H
#define STORE_MAINTENANCE_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef enum PcaTaskKind
{
	PCA_TASK_REMOVE_AUTHORITY,
	PCA_TASK_SIGN_CRL,
	PCA_TASK_ISSUE_OCSP_RESPONDER,
	PCA_TASK_EXPIRE_TOKENS,
	PCA_TASK_EXPIRE_CRL_URLS,	/* that no certificate names any more */
	PCA_TASK_EXPIRE_REGISTRATIONS,	/* of roles that were dropped */
	PCA_TASKS
} PcaTaskKind;

typedef struct PcaTask
{
	PcaTaskKind kind;
	pg_uuid_t	object;			/* of a CRL the partition, or the authority; the name for OCSP; zeros for none */
	bool		has_authority;
	pg_uuid_t	authority;
	char	   *authority_arn;
	const char *account_id;		/* the account whose tokens and URLs expire; NULL for all */
	TimestampTz listed_at;
} PcaTask;

/* The limits that decide which tasks are due; an event must be before its time */
typedef struct PcaDue
{
	TimestampTz now;
	TimestampTz changed_before; /* since when a CRL lacks a revocation */
	TimestampTz failed_before;	/* a task that failed later is not tried yet */
	const char *account_id;		/* the account that owns the authorities; NULL for all */
} PcaDue;

extern List *pca_task_list_removals(const PcaDue *due);
extern List *pca_task_list_crls(const PcaDue *due);
extern List *pca_task_list_ocsp_responders(const PcaDue *due);
extern void pca_task_failure_put(const PcaTask *task, const char *name, const char *sqlstate, const char *message);
extern void pca_task_failure_remove(const PcaTask *task, const char *name);

#endif							/* STORE_MAINTENANCE_H */
