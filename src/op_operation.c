/*-------------------------------------------------------------------------
 *
 * op_operation.c
 *	  Begins and ends an operation.
 *
 * The order is the same for all operations.  The arguments have been checked.
 * Then come the transaction, the caller's right, the lock, the right again,
 * whether the database is dormant, and the state.  Only then does the operation
 * do something, and record it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "base_error.h"
#include "op_access.h"
#include "op_operation.h"
#include "store_audit.h"
#include "store_installation.h"
#include "store_locked_authority.h"
#include "store_transaction.h"
#include "utils/timestamp.h"

/* The way in which an operation gets its authority */
typedef struct Approach
{
	LOCKMODE	lock;			/* of the authority, or NoLock */
	bool		locks_tags;
	bool		is_checked_first;	/* the right, without the lock: a caller without it must not delay others */
	bool		refuses_dormant;
} Approach;

static const Approach approaches[] = {
	[PCA_EFFECT_READS] = {NoLock, false, false, false},
	[PCA_EFFECT_USES] = {PCA_LOCK_FOR_ISSUE, false, false, true},
	[PCA_EFFECT_REBUILDS] = {PCA_LOCK_FOR_ISSUE, false, false, false},
	[PCA_EFFECT_CHANGES] = {PCA_LOCK_FOR_CHANGE, false, true, true},
	[PCA_EFFECT_TAGS] = {NoLock, true, true, false},
};

/* Returns the status of an authority at a given time. */
PcaStatus
pca_authority_status(const PcaAuthority *authority, TimestampTz now)
{
	return pca_lifecycle_status(pca_status_get(authority->status), authority->has_certificate,
								authority->not_after, now);
}

/*
 * Reads the first parameter, the ARN of the operation's authority.
 *
 * Throws ValidationException, InvalidArnException.
 */
char *
pca_operation_argument(FunctionCallInfo fcinfo, PcaOperation operation)
{
	return pca_arn_argument(fcinfo, 0, pca_operation_get(operation)->arn_parameter);
}

/* Throws an error if the operation writes but this transaction may not. */
void
pca_operation_check_writable(PcaOperation operation)
{
	const PcaOperationRow *row = pca_operation_get(operation);

	if (row->effect != PCA_EFFECT_READS)
		pca_transaction_check_writable(row->function);
}

static void
find_authority(const char *arn, const char *parameter, LOCKMODE lock, PcaAuthority *authority)
{
	pg_uuid_t	id;
	bool		is_found = pca_arn_parse_authority(arn, &id);

	if (is_found)
		is_found = lock == NoLock
			? pca_authority_find(arn, &id, authority)
			: pca_authority_find_locked(arn, &id, lock, authority);
	is_found = is_found &&
		!pca_lifecycle_is_gone(pca_status_get(authority->status), authority->is_restorable,
							   authority->restorable_until, GetCurrentTimestamp());
	if (!is_found)
		pca_error(RESOURCE_NOT_FOUND,
				  errmsg("certificate authority does not exist"),
				  errdetail("The value at %s is \"%s\".", parameter, arn),
				  errhint("List the certificate authorities with pca_list_certificate_authorities."));
}

/*
 * Finds the authority of an ARN without a lock and checks the caller's right.
 * The decision must be made again under the lock.
 *
 * Throws as pca_authority_get() does.
 */
void
pca_authority_get_unlocked(PcaOperation operation, const char *arn, PcaAuthority *authority)
{
	const PcaOperationRow *row = pca_operation_get(operation);

	pca_caller_get();			/* first, because a caller without an account must not learn which authorities exist */
	find_authority(arn, row->arn_parameter, NoLock, authority);
	pca_access_check(authority, row->action, NULL);
}

/*
 * Finds the authority of an ARN, locks it as the operation requires, and checks
 * the caller's right.
 *
 * template: the one of IssueCertificate, else NULL.
 *
 * Returns the caller whose right was checked, because registrations may change
 * before the operation ends.  Throws ResourceNotFoundException (also for an
 * authority whose restoration period has ended), AccessDeniedException,
 * ConcurrentModificationException, and RequestFailedException for an operation
 * that a dormant database refuses.
 */
const PcaCaller *
pca_authority_get(PcaOperation operation, const char *arn, const PcaTemplate *template, PcaAuthority *authority)
{
	const PcaOperationRow *row = pca_operation_get(operation);
	const Approach *approach = &approaches[row->effect];
	const PcaCaller *caller;

	if (approach->is_checked_first)
		pca_authority_get_unlocked(operation, arn, authority);
	else
		pca_caller_get();		/* likewise first */
	if (approach->locks_tags)
		pca_authority_lock_metadata(&authority->id);
	find_authority(arn, row->arn_parameter, approach->lock, authority);
	caller = pca_access_check(authority, row->action, template);
	if (approach->refuses_dormant)
		pca_installation_check();
	return caller;
}

/*
 * Finds the authority of an ARN, for data about it that is public.
 *
 * Throws ResourceNotFoundException.
 */
void
pca_authority_get_public(const char *arn, PcaAuthority *authority)
{
	find_authority(arn, "certificate_authority_arn", NoLock, authority);
}

/* Throws InvalidStateException or RequestInProgressException if the current status does not allow the operation. */
void
pca_authority_check_status(PcaOperation operation, const PcaAuthority *authority, TimestampTz now)
{
	pca_operation_check_status(operation, pca_authority_status(authority, now), authority->arn);
}

/*
 * Begins an operation whose arguments have been checked: gets the authority of
 * an ARN if the transaction, the caller's right and the authority's state allow
 * it.  If the operation writes, the commit will be synchronous.
 *
 * Returns the time at which the state was checked.  Throws as
 * pca_authority_get() and pca_authority_check_status() do.
 */
TimestampTz
pca_operation_begin(PcaOperation operation, const char *arn, PcaAuthority *authority)
{
	TimestampTz now;

	pca_operation_check_writable(operation);
	pca_authority_get(operation, arn, NULL, authority);
	now = GetCurrentTimestamp();	/* only now: the lock may have been waited for */
	pca_authority_check_status(operation, authority, now);
	if (pca_operation_get(operation)->effect != PCA_EFFECT_READS)
		pca_transaction_make_durable();
	return now;
}

/*
 * Ends an operation that has written: records it in the audit trail, unless the
 * row that it wrote records the caller.
 *
 * arn: of the certificate authority.  resource: the part of it that the
 * operation was about, or NULL.
 */
void
pca_operation_end(PcaOperation operation, const char *arn, const char *resource)
{
	const PcaOperationRow *row = pca_operation_get(operation);

	if (row->is_audited)
		pca_audit_put(row->action, arn, resource);
}
