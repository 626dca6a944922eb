/*-------------------------------------------------------------------------
 *
 * op_policy.c
 *	  PutPolicy, GetPolicy, DeletePolicy.
 *
 * A change of a policy waits for the transactions that are issuing.  So nothing
 * is issued under the old policy after the change has returned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_error.h"
#include "op_operation.h"
#include "rule_policy.h"
#include "store_access.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static void
put_policy_grants(const pg_uuid_t *authority, const List *grants)
{
	ListCell   *cell;

	foreach(cell, grants)
	{
		const PcaPolicyGrant *grant = lfirst(cell);
		PcaAccess	access = {authority, grant->account_id, grant->action, grant->template_name};

		pca_policy_grant_put(&access);
	}
}

/*
 * pca_put_policy(resource_arn, policy)
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException, InvalidPolicyException,
 * LockoutPreventedException, ConcurrentModificationException.
 */
PCA_FUNCTION(pca_put_policy)
{
	PcaOperation operation = PCA_OP_PUT_POLICY;
	char	   *arn = pca_operation_argument(fcinfo, operation);
	char	   *document = pca_argument_required_text(fcinfo, 1, "policy", &pca_shape_policy);
	PcaAuthority authority;
	List	   *grants;

	pca_operation_check_writable(operation);
	/* The document is read before the lock is taken, because the lock makes issuers wait. */
	pca_authority_get_unlocked(operation, arn, &authority);
	pca_authority_check_status(operation, &authority, GetCurrentTimestamp());
	grants = pca_policy_parse(document, arn, authority.account_id);
	pca_operation_begin(operation, arn, &authority);
	pca_policy_remove(&authority.id);
	pca_policy_put(&authority.id, document);
	put_policy_grants(&authority.id, grants);
	pca_operation_end(operation, arn, NULL);
	pca_policy_warn(grants);
	PG_RETURN_VOID();
}

/*
 * pca_get_policy(resource_arn) returns the document as it was stored
 *
 * Throws InvalidArnException, ResourceNotFoundException (also without a
 * policy), AccessDeniedException, InvalidStateException.
 */
PCA_FUNCTION(pca_get_policy)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_GET_POLICY);
	PcaAuthority authority;
	char	   *document;

	pca_operation_begin(PCA_OP_GET_POLICY, arn, &authority);
	document = pca_policy_find(&authority.id);
	if (document == NULL)
		pca_error(RESOURCE_NOT_FOUND,
				  errmsg("certificate authority has no policy"),
				  errdetail("The value at resource_arn is \"%s\".", arn),
				  errhint("Attach one with pca_put_policy."));
	PG_RETURN_TEXT_P(cstring_to_text(document));
}

/*
 * pca_delete_policy(resource_arn)
 *
 * It is not an error if there is no policy.
 *
 * Throws InvalidArnException, ResourceNotFoundException, AccessDeniedException,
 * InvalidStateException, ConcurrentModificationException.
 */
PCA_FUNCTION(pca_delete_policy)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_DELETE_POLICY);
	PcaAuthority authority;

	pca_operation_begin(PCA_OP_DELETE_POLICY, arn, &authority);
	pca_policy_remove(&authority.id);
	pca_operation_end(PCA_OP_DELETE_POLICY, arn, NULL);
	PG_RETURN_VOID();
}
