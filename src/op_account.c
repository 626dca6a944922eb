/*-------------------------------------------------------------------------
 *
 * op_account.c
 *	  Who a database role is to the CA: registration and look-up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "commands/trigger.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "store_account.h"
#include "store_audit.h"
#include "store_transaction.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"

static Oid
read_role(FunctionCallInfo fcinfo)
{
	pca_argument_require(fcinfo, 0, "role");
	/* throws when there is no such role */
	GetUserNameFromId(PG_GETARG_OID(0), false);
	return PG_GETARG_OID(0);
}

/* By nobody's account: which one the caller has may just have changed. */
static void
put_audit(const char *operation, Oid role)
{
	pca_audit_put_maintenance(operation, NULL, GetUserNameFromId(role, false));
}

/*
 * pca_register_account(role regrole, account_id text)
 *
 * The role, and every role that is a member of it and has no registration of
 * its own, acts for the account; NULL takes the registration back.
 *
 * Throws ValidationException.
 */
PCA_FUNCTION(pca_register_account)
{
	char	   *account_id = pca_argument_text(fcinfo, 1, "account_id", &pca_shape_account_id);

	pca_transaction_check_writable("pca_register_account()");
	pca_account_put(read_role(fcinfo), account_id);
	put_audit("RegisterAccount", PG_GETARG_OID(0));
	PG_RETURN_VOID();
}

/*
 * pca_register_service_principal(role regrole, principal text)
 *
 * The role is that service: it may do what CreatePermission gave the service,
 * for the account that it acts for; NULL takes the registration back.
 *
 * Throws ValidationException.
 */
PCA_FUNCTION(pca_register_service_principal)
{
	char	   *principal = pca_argument_text(fcinfo, 1, "principal", &pca_shape_principal);

	pca_transaction_check_writable("pca_register_service_principal()");
	pca_service_principal_put(read_role(fcinfo), principal);
	put_audit("RegisterServicePrincipal", PG_GETARG_OID(0));
	PG_RETURN_VOID();
}

/*
 * pca_caller_identity() returns (account_id, service_principal, arn)
 *
 * Throws AccessDeniedException for a role that acts for two accounts.
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
