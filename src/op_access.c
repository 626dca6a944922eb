/*-------------------------------------------------------------------------
 *
 * op_access.c
 *	  Decides about access to certificate authorities, and grants it:
 *	  pca_grant_access().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "miscadmin.h"
#include "op_access.h"
#include "op_account.h"
#include "parser/parser.h"
#include "store_access.h"
#include "store_transaction.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

/* Tells whether the authority's policy allows the action to the caller's account. */
static bool
is_allowed_by_policy(const PcaAuthority *authority, const char *account_id, const char *action,
					 const PcaTemplate *template)
{
	PcaAccess	access = {&authority->id, account_id, action, template != NULL ? template->name : ""};

	return pca_policy_allows(&access);
}

static bool
is_allowed_by_permission(const PcaAuthority *authority, const PcaCaller *caller, const char *action)
{
	PcaPermission permission = {.principal = caller->service_principal, .source_account = caller->account_id};

	return pca_permission_allows(&authority->id, &permission, action);
}

/* Formats the caller for messages: the service, or the role as IAM would name it. */
char *
pca_caller_format(void)
{
	const PcaCaller *caller = pca_caller_get();

	if (caller->service_principal[0] != '\0')
		return pstrdup(caller->service_principal);
	return pca_arn_format_role(caller->account_id, GetUserNameFromId(caller->role, false));
}

/*
 * Checks that the caller may call an action.  This is the only place that decides
 * it: a service may do what a permission allows, the owner's account everything,
 * and another account what the policy allows.
 *
 * action: the API's name.  template: the one of IssueCertificate, else NULL.
 *
 * Returns the caller, on whose behalf the call continues.  Throws
 * AccessDeniedException.
 */
const PcaCaller *
pca_access_check(const PcaAuthority *authority, const char *action, const PcaTemplate *template)
{
	const PcaCaller *caller = pca_caller_get();
	bool		is_service = caller->service_principal[0] != '\0';

	if (is_service
		? is_allowed_by_permission(authority, caller, action)
		: strcmp(authority->account_id, caller->account_id) == 0 ||
		is_allowed_by_policy(authority, caller->account_id, action, template))
		return caller;
	pca_error(ACCESS_DENIED,
			  errmsg("\"%s\" is not authorized to perform acm-pca:%s", pca_caller_format(), action),
			  errdetail("No %s of \"%s\" allows the action.", is_service ? "permission" : "resource-based policy",
						authority->arn),
			  errhint("Ask account %s, which owns the certificate authority.", authority->account_id));
	pg_unreachable();
}

/*
 * Runs a GRANT as the caller, who must be allowed to grant; one statement, and
 * no other.  Its names are found by the search path of the function that is
 * running, which is pinned.
 */
static void
run_grant(const char *statement)
{
	RawStmt    *parsed = linitial_node(RawStmt, raw_parser(statement, RAW_PARSE_DEFAULT));

	ExecuteGrantStmt(castNode(GrantStmt, parsed->stmt));
}

/*
 * pca_grant_access(role regrole, access text)
 *
 * Grants a role EXECUTE on the functions that an administrator, issuer, revoker,
 * auditor, status responder, HTTP gateway or monitor calls, and SELECT on the
 * views.  Registers a role that was never registered for the caller's account.
 *
 * Throws ValidationException for another word.
 */
PCA_FUNCTION(pca_grant_access)
{
	static const char *const access_words[] = {"administrator", "issuer", "revoker", "auditor", "status", "gateway", "monitor", NULL};
	static const PcaShape access_shape = {
		.kind = PCA_SHAPE_STRING,
		.words = access_words
	};
	char	   *access;
	Oid			role;
	ListCell   *cell;

	pca_registrar_check(fcinfo);
	access = pca_argument_required_text(fcinfo, 1, "access", &access_shape);
	pca_transaction_check_writable("pca_grant_access()");
	pca_argument_require(fcinfo, 0, "role");
	role = PG_GETARG_OID(0);
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("role with OID %u does not exist", role));
	foreach(cell, pca_access_grants(role, access))
		run_grant(lfirst(cell));
	pca_account_register_first(role);
	pca_creators_warn();
	PG_RETURN_VOID();
}
