/*-------------------------------------------------------------------------
 *
 * op_policy.c
 *	  PutPolicy, GetPolicy, DeletePolicy.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "op_access.h"
#include "rule_policy.h"
#include "store_access.h"
#include "store_audit.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/*
 * The authority of a policy.  Whoever changes one waits for those who issue,
 * so that nothing is issued by the old policy once the change has returned.
 */
static void
begin(FunctionCallInfo fcinfo, const char *action, LOCKMODE lock, PcaAuthority *authority)
{
	char	   *arn = pca_arn_argument(fcinfo, 0, "resource_arn");

	pca_authority_get(arn, action, lock, authority);
	pca_lifecycle_check(pca_authority_status(authority, GetCurrentTimestamp()), PCA_OP_POLICY, arn);
}

static void
put_grants(const pg_uuid_t *authority, const List *grants)
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
	PcaAuthority authority;
	char	   *document;
	List	   *grants;

	pca_arn_argument(fcinfo, 0, "resource_arn");
	document = pca_argument_required_text(fcinfo, 1, "policy", &pca_shape_policy);
	pca_transaction_check_writable("pca_put_policy()");
	/* The document is read before the lock, for which whoever issues has to wait. */
	begin(fcinfo, "PutPolicy", NoLock, &authority);
	grants = pca_policy_parse(document, authority.arn, authority.account_id);
	begin(fcinfo, "PutPolicy", PCA_LOCK_FOR_CHANGE, &authority);
	pca_transaction_make_durable();
	pca_policy_remove(&authority.id);
	pca_policy_put(&authority.id, document);
	put_grants(&authority.id, grants);
	pca_audit_put("PutPolicy", authority.arn, NULL);
	pca_policy_warn(grants);
	PG_RETURN_VOID();
}

/*
 * pca_get_policy(resource_arn) returns the document as it was put
 *
 * Throws InvalidArnException, ResourceNotFoundException (also without a
 * policy), AccessDeniedException, InvalidStateException.
 */
PCA_FUNCTION(pca_get_policy)
{
	PcaAuthority authority;
	char	   *document;

	begin(fcinfo, "GetPolicy", NoLock, &authority);
	document = pca_policy_find(&authority.id);
	if (document == NULL)
		pca_error(RESOURCE_NOT_FOUND,
				  errmsg("certificate authority has no policy"),
				  errdetail("The value at resource_arn is \"%s\".", authority.arn),
				  errhint("Attach one with pca_put_policy."));
	PG_RETURN_TEXT_P(cstring_to_text(document));
}

/*
 * pca_delete_policy(resource_arn)
 *
 * It is no error when there is none.
 *
 * Throws InvalidArnException, ResourceNotFoundException, AccessDeniedException,
 * InvalidStateException, ConcurrentModificationException.
 */
PCA_FUNCTION(pca_delete_policy)
{
	PcaAuthority authority;

	pca_transaction_check_writable("pca_delete_policy()");
	begin(fcinfo, "DeletePolicy", PCA_LOCK_FOR_CHANGE, &authority);
	pca_transaction_make_durable();
	pca_policy_remove(&authority.id);
	pca_audit_put("DeletePolicy", authority.arn, NULL);
	PG_RETURN_VOID();
}
