/*-------------------------------------------------------------------------
 *
 * op_access_key.c
 *	  Access keys, by which callers over HTTP act as a role: they are made,
 *	  disabled, enabled and deleted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base_argument.h"
#include "base_error.h"
#include "crypto_access_key.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "op_access_key.h"
#include "op_account.h"
#include "op_key_encryption_key.h"
#include "store_access_key.h"
#include "store_account.h"
#include "store_audit.h"
#include "store_installation.h"
#include "store_transaction.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

/* A change of an access key */
typedef struct AccessKeyChange
{
	const char *function;
	const char *operation;		/* in the audit trail */
} AccessKeyChange;

/*
 * Explains why requests cannot act as a role.  Returns NULL if they can.
 *
 * The session's user must not be a member of the role: it would act for its own
 * account (store_account.c), and a gateway is a member of no role.
 */
const char *
pca_access_key_role_fault(Oid role)
{
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		return "the role does not exist";
	if (superuser_arg(role))
		return "the role is a superuser";
	return NULL;
}

/*
 * Does something as a role, as in a function that its owner has declared
 * SECURITY DEFINER.  An error ends with the transaction, which restores the user.
 */
void
pca_act_as(Oid role, PcaAction action, void *state)
{
	Oid			user;
	int			security;

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(role, security | SECURITY_LOCAL_USERID_CHANGE);
	action(state);
	SetUserIdAndSecContext(user, security);
}

/* Finds the account that the role acts for, which is empty if there is none. */
static void
find_account(void *state)
{
	const PcaCaller *caller = pca_caller_find();

	if (caller != NULL)
		strlcpy(state, caller->account_id, sizeof(caller->account_id));
}

/* Reads the parameter that is the role, which must act for an account. */
static Oid
read_key_role(FunctionCallInfo fcinfo, char *account_id)
{
	const char *fault;
	Oid			role;

	pca_argument_require(fcinfo, 0, "role");
	role = PG_GETARG_OID(0);
	fault = pca_access_key_role_fault(role);
	if (fault == NULL)
	{
		pca_act_as(role, find_account, account_id);
		if (account_id[0] == '\0')
			fault = "the role does not act for an account";
	}
	if (fault != NULL)
		pca_error(VALIDATION,
				  errmsg("role cannot have access keys"),
				  errdetail("The value at role is \"%s\": %s.", DatumGetCString(DirectFunctionCall1(regroleout, ObjectIdGetDatum(role))), fault),
				  errhint("Specify a role that pca_grant_access() or pca_register_account() has registered."));
	return role;
}

/* Returns the master key of access keys, which the first of them makes. */
static PcaMasterKey
get_or_make_master_key(void)
{
	PcaMasterKey master;

	pca_transaction_lock(PCA_LOCK_MASTER_KEY, "", 0, ExclusiveLock);
	if (pca_master_key_find(&master.kek_id, &master.form))
		return master;
	pca_wrapping_begin();
	master = pca_master_key_make();
	pca_master_key_put(master.kek_id, master.form);
	return master;
}

/*
 * pca_create_access_key(role regrole, description text) returns (access_key_id,
 * secret_access_key)
 *
 * This is the only time that the secret is shown.
 *
 * Throws ValidationException for a role that does not act for an account, and
 * RequestFailedException if the key-encryption key is missing.
 */
PCA_FUNCTION(pca_create_access_key)
{
	static const PcaShape description_shape = {.kind = PCA_SHAPE_STRING, .min = 0, .max = 256};
	char		account_id[sizeof(((PcaCaller *) NULL)->account_id)] = "";
	PcaAccessKey key = {.id = NULL, .account_id = account_id};
	PcaMasterKey master;
	char	   *description;
	TupleDesc	descriptor;

	pca_registrar_check(fcinfo);
	description = pca_argument_text(fcinfo, 1, "description", &description_shape);
	pca_transaction_check_writable("pca_create_access_key()");
	key.role = read_key_role(fcinfo, account_id);
	pca_installation_begin();
	master = get_or_make_master_key();
	key.id = pca_access_key_draw_id();
	pca_access_key_put(&key, description);
	pca_audit_put_access_key("CreateAccessKey", key.id, key.account_id);
	get_call_result_type(fcinfo, NULL, &descriptor);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), (Datum[]) {
		CStringGetTextDatum(key.id),
		CStringGetTextDatum(pca_secret_access_key_derive(&master, key.id))
	}, (bool[]) {false, false}));
}

/*
 * Reads the parameter that is an access key, and checks that the caller may
 * change it: it is of the caller's account.
 *
 * Throws ValidationException, ResourceNotFoundException.
 */
static char *
read_access_key(FunctionCallInfo fcinfo, const AccessKeyChange *change)
{
	static const PcaShape access_key_id_shape = {.kind = PCA_SHAPE_STRING, .min = 1, .max = 128};
	char	   *id = pca_argument_required_text(fcinfo, 0, "access_key_id", &access_key_id_shape);
	const PcaCaller *caller;
	PcaAccessKey key;

	pca_transaction_check_writable(change->function);
	caller = pca_caller_get();
	if (caller->service_principal[0] != '\0' || !pca_access_key_find(id, &key) ||
		strcmp(key.account_id, caller->account_id) != 0)
		pca_error(RESOURCE_NOT_FOUND,
				  errmsg("access key does not exist"),
				  errdetail("The value at access_key_id is \"%s\".", id),
				  errhint("The view pca.access_keys lists those of your account."));
	pca_audit_put_access_key(change->operation, id, key.account_id);
	return id;
}

/*
 * pca_disable_access_key(access_key_id text): requests that it signed are refused
 * from the commit on
 *
 * Throws ValidationException, ResourceNotFoundException.
 */
PCA_FUNCTION(pca_disable_access_key)
{
	static const AccessKeyChange change = {"pca_disable_access_key()", "DisableAccessKey"};

	pca_access_key_set_enabled(read_access_key(fcinfo, &change), false);
	PG_RETURN_VOID();
}

/*
 * pca_enable_access_key(access_key_id text)
 *
 * Throws ValidationException, ResourceNotFoundException.
 */
PCA_FUNCTION(pca_enable_access_key)
{
	static const AccessKeyChange change = {"pca_enable_access_key()", "EnableAccessKey"};

	pca_access_key_set_enabled(read_access_key(fcinfo, &change), true);
	PG_RETURN_VOID();
}

/*
 * pca_delete_access_key(access_key_id text)
 *
 * Throws ValidationException, ResourceNotFoundException.
 */
PCA_FUNCTION(pca_delete_access_key)
{
	static const AccessKeyChange change = {"pca_delete_access_key()", "DeleteAccessKey"};

	pca_access_key_remove(read_access_key(fcinfo, &change));
	PG_RETURN_VOID();
}
