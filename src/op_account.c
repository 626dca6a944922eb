/*-------------------------------------------------------------------------
 *
 * op_account.c
 *	  Registers the accounts and services of database roles, and shows the caller's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "catalog/pg_proc.h"
#include "commands/trigger.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "op_account.h"
#include "store_account.h"
#include "store_audit.h"
#include "store_transaction.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"

static Oid
read_role(FunctionCallInfo fcinfo)
{
	pca_argument_require(fcinfo, 0, "role");
	/* throws an error if the role does not exist */
	GetUserNameFromId(PG_GETARG_OID(0), false);
	return PG_GETARG_OID(0);
}

/* Tells whether the current user may grant EXECUTE on a function, rather than only execute it. */
static bool
may_grant(Oid function)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_GRANT_OPTION_FOR(ACL_EXECUTE)) == ACLCHECK_OK;
#else
	return pg_proc_aclcheck(function, GetUserId(), ACL_GRANT_OPTION_FOR(ACL_EXECUTE)) == ACLCHECK_OK;
#endif
}

/*
 * Throws 42501 for a function that gives rights, unless the caller is a superuser
 * or a registrar, which is a role that may grant EXECUTE on it.  EXECUTE alone is
 * not enough, because GRANT ... ON ALL FUNCTIONS IN SCHEMA gives it.
 */
void
pca_registrar_check(FunctionCallInfo fcinfo)
{
	Oid			function = fcinfo->flinfo->fn_oid;

	if (may_grant(function))
		return;
	ereport(ERROR,
			errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			errmsg("permission denied for function %s", get_func_name(function)),
			errdetail("The function grants rights to roles. The role \"%s\" is neither a superuser nor a registrar.",
					  GetUserNameFromId(GetUserId(), false)),
			errhint("A superuser can make a registrar with GRANT EXECUTE ON FUNCTION %s ... WITH GRANT OPTION.",
					format_procedure_qualified(function)));
}

/*
 * Registers a role that was never registered, for the caller's account, so that
 * it can use what it was granted.  A registration that was taken back stays so.
 */
void
pca_account_register_first(Oid role)
{
	const char *name = GetUserNameFromId(role, false);
	const char *account_id;

	switch (pca_account_state(role))
	{
		case PCA_ACCOUNT_SET:
			return;
		case PCA_ACCOUNT_REFUSED:
			ereport(WARNING,
					errcode(ERRCODE_WARNING),
					errmsg("role \"%s\" does not act for an account", name),
					errdetail("Its registration, or that of a role whose rights it inherits, was withdrawn."),
					errhint("Register it with pca_register_account()."));
			return;
		case PCA_ACCOUNT_NONE:
			break;
	}
	account_id = pstrdup(pca_caller_get()->account_id);
	if (pca_account_put_first(role, account_id))
		pca_audit_put_registration("RegisterAccount", name, account_id, NULL);
}

/*
 * pca_register_account(role regrole, account_id text)
 *
 * The role, and every role that inherits its rights and has no registration of
 * its own, acts for the account; NULL takes the registration back.
 *
 * Throws ValidationException.
 */
PCA_FUNCTION(pca_register_account)
{
	char	   *account_id;
	Oid			role;
	const char *name;

	pca_registrar_check(fcinfo);
	account_id = pca_argument_text(fcinfo, 1, "account_id", &pca_shape_account_id);
	pca_transaction_check_writable("pca_register_account()");
	role = read_role(fcinfo);
	name = GetUserNameFromId(role, false);
	if (account_id != NULL)
		pca_audit_put_registration("RegisterAccount", name, account_id, NULL);
	else
		pca_audit_put_registration("DeregisterAccount", name, pca_account_of(role), NULL);
	pca_account_put(role, account_id);
	PG_RETURN_VOID();
}

/*
 * pca_register_service_principal(role regrole, principal text)
 *
 * The role acts as the service, for the account that it is registered for: it may
 * do what CreatePermission allows the service.  NULL takes both registrations
 * back.
 *
 * Throws ValidationException.
 */
PCA_FUNCTION(pca_register_service_principal)
{
	char	   *principal;
	Oid			role;

	pca_registrar_check(fcinfo);
	principal = pca_argument_text(fcinfo, 1, "principal", &pca_shape_principal);
	pca_transaction_check_writable("pca_register_service_principal()");
	role = read_role(fcinfo);
	pca_audit_put_registration(principal != NULL ? "RegisterServicePrincipal" : "DeregisterServicePrincipal",
							   GetUserNameFromId(role, false), pca_account_of(role), principal);
	pca_service_principal_put(role, principal);
	PG_RETURN_VOID();
}

/*
 * pca_caller_identity() returns (account_id, service_principal, arn)
 *
 * Throws AccessDeniedException for a role that acts for no account, or for two.
 */
PCA_FUNCTION(pca_caller_identity)
{
	const PcaCaller *caller = pca_caller_get();
	bool		is_service = caller->service_principal[0] != '\0';
	TupleDesc	descriptor;

	get_call_result_type(fcinfo, NULL, &descriptor);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), (Datum[]) {
		CStringGetTextDatum(caller->account_id),
		CStringGetTextDatum(caller->service_principal),
		CStringGetTextDatum(pca_arn_format_role(caller->account_id, GetUserNameFromId(caller->role, false)))
	}, (bool[]) {false, !is_service, false}));
}

/* pca.registration_changed(): tells every session that registrations have changed */
PCA_FUNCTION(pca_registration_changed)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "pca.registration_changed() was not called as a trigger");
	CacheInvalidateRelcache(((TriggerData *) fcinfo->context)->tg_relation);
	PG_RETURN_POINTER(NULL);
}
