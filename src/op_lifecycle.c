/*-------------------------------------------------------------------------
 *
 * op_lifecycle.c
 *	  UpdateCertificateAuthority, DeleteCertificateAuthority and
 *	  RestoreCertificateAuthority.
 *
 * Each operation waits for the transactions that are issuing, and all later
 * ones see what it did.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_error.h"
#include "miscadmin.h"
#include "op_chain_warning.h"
#include "op_crl_place.h"
#include "op_operation.h"
#include "rule_revocation.h"
#include "store_authority_state.h"
#include "store_crl.h"
#include "utils/timestamp.h"

#define DEFAULT_DELETION_DAYS 30

/* Throws InvalidArgsException unless the status is one that a caller may set. */
static void
check_status(const char *status)
{
	if (status != NULL && strcmp(status, "ACTIVE") != 0 && strcmp(status, "DISABLED") != 0)
		pca_error(INVALID_ARGS,
				  errmsg("status cannot be set"),
				  errdetail("The value at status is \"%s\".", status),
				  errhint("Set the status to ACTIVE or DISABLED."));
}

static void
update_revocation(const PcaAuthority *authority, Jsonb *given)
{
	Jsonb	   *before = pca_authority_revocation_get(&authority->id);
	Jsonb	   *configuration = pca_revocation_update(before, pca_revocation_read(given));
	PcaJson		root_before = pca_json_root(before);
	PcaJson		root = pca_json_root(configuration);

	pca_crl_place_leave(&authority->id, &root_before, &root);
	pca_crl_change_put_all(&authority->id, GetCurrentTimestamp());
	/* Existing certificates name the CRL, whatever the new configuration says. */
	pca_crl_keep(&authority->id);
	pca_authority_revocation_put(&authority->id, configuration);
	pca_revocation_warn(&root);
	pca_chain_warn_of_crls(authority, &root);
}

/*
 * pca_update_certificate_authority(certificate_authority_arn,
 * revocation_configuration, status)
 *
 * What is left out stays as it is, and so does each half of the revocation
 * configuration.  The authority must be ACTIVE or DISABLED only if a status is
 * given.  With the ARN alone nothing happens.
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidArgsException, InvalidStateException,
 * ConcurrentModificationException.
 */
PCA_FUNCTION(pca_update_certificate_authority)
{
	PcaAuthority authority;
	TimestampTz now;
	PcaJson		revocation;
	bool		has_revocation = pca_argument_json(fcinfo, 1, "revocation_configuration",
												   &pca_shape_revocation_configuration, &revocation);
	char	   *status = pca_argument_text(fcinfo, 2, "status", &pca_shape_status);
	PcaOperation operation = status != NULL ? PCA_OP_SET_STATUS : PCA_OP_UPDATE_CERTIFICATE_AUTHORITY;

	now = pca_operation_begin(operation, pca_operation_argument(fcinfo, operation), &authority);
	check_status(status);
	if (status == NULL && !has_revocation)
		PG_RETURN_VOID();
	if (has_revocation)
		update_revocation(&authority, PG_GETARG_JSONB_P(1));
	pca_authority_status_put(&authority.id, status != NULL ? status : authority.status, now);
	pca_operation_end(operation, authority.arn, status);
	PG_RETURN_VOID();
}

/*
 * pca_delete_certificate_authority(certificate_authority_arn,
 * permanent_deletion_time_in_days)
 *
 * The authority can be restored for 7 to 30 days, unless its creation was never
 * completed.
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException, ConcurrentModificationException.
 */
PCA_FUNCTION(pca_delete_certificate_authority)
{
	PcaOperation operation = PCA_OP_DELETE_CERTIFICATE_AUTHORITY;
	int32		days = DEFAULT_DELETION_DAYS;
	TimestampTz now;
	PcaAuthority authority;

	pca_argument_integer(fcinfo, 1, "permanent_deletion_time_in_days", &pca_shape_deletion_days, &days);
	now = pca_operation_begin(operation, pca_operation_argument(fcinfo, operation), &authority);
	pca_authority_delete(&authority.id, now, pca_lifecycle_is_restorable(pca_status_get(authority.status)),
						 now + days * USECS_PER_DAY);
	pca_operation_end(operation, authority.arn, NULL);
	PG_RETURN_VOID();
}

/*
 * pca_restore_certificate_authority(certificate_authority_arn)
 *
 * The authority gets its former status back, or is EXPIRED.
 *
 * Throws InvalidArnException, ResourceNotFoundException, AccessDeniedException,
 * InvalidStateException, ConcurrentModificationException.
 */
PCA_FUNCTION(pca_restore_certificate_authority)
{
	PcaOperation operation = PCA_OP_RESTORE_CERTIFICATE_AUTHORITY;
	PcaAuthority authority;
	TimestampTz now = pca_operation_begin(operation, pca_operation_argument(fcinfo, operation), &authority);

	pca_authority_restore(&authority.id, now);
	pca_operation_end(operation, authority.arn, NULL);
	PG_RETURN_VOID();
}
