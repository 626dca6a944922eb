/*-------------------------------------------------------------------------
 *
 * op_access.c
 *	  Access: who may do what with a certificate authority, and
 *	  pca_grant_access().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "op_access.h"
#include "op_account.h"
#include "store_access.h"
#include "store_account.h"
#include "store_transaction.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* Does the policy of the authority allow the caller's account the action? */
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

/* The caller as messages name it: the service, or the role as IAM would. */
char *
pca_caller_format(void)
{
	const PcaCaller *caller = pca_caller_get();

	if (caller->service_principal[0] != '\0')
		return pstrdup(caller->service_principal);
	return pca_arn_format_role(caller->account_id, GetUserNameFromId(caller->role, false));
}

/*
 * Decides about a caller, the only place to do so: a service may do what a
 * permission says, the owner's account everything, another account what the
 * policy says.
 *
 * action: the API's name.  template: with which IssueCertificate issues, else
 * NULL.
 *
 * Returns the caller, as whom the call goes on.  Throws AccessDeniedException.
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

/* GRANT privilege ON objects TO role, by the node that the parser would make. */
static void
grant(ObjectType type, const char *privilege, List *objects, Oid role)
{
	GrantStmt  *statement = makeNode(GrantStmt);
	AccessPriv *access = makeNode(AccessPriv);
	RoleSpec   *grantee = makeNode(RoleSpec);

	access->priv_name = pstrdup(privilege);
	grantee->roletype = ROLESPEC_CSTRING;
	grantee->rolename = GetUserNameFromId(role, false);
	grantee->location = -1;
	statement->is_grant = true;
	statement->targtype = ACL_TARGET_OBJECT;
	statement->objtype = type;
	statement->objects = objects;
	statement->privileges = list_make1(access);
	statement->grantees = list_make1(grantee);
	statement->behavior = DROP_RESTRICT;
	ExecuteGrantStmt(statement);
}

/* A function as GRANT names it: with argument types, because others may have the same name. */
static ObjectWithArgs *
function_object(Oid function)
{
	ObjectWithArgs *object = makeNode(ObjectWithArgs);
	Oid		   *types;
	int			count;

	get_func_signature(function, &types, &count);
	object->objname = list_make2(makeString(get_namespace_name(get_func_namespace(function))),
								 makeString(get_func_name(function)));
	for (int i = 0; i < count; i++)
		object->objargs = lappend(object->objargs, makeTypeNameFromOid(types[i], -1));
	return object;
}

static List *
function_objects(const char *access)
{
	List	   *objects = NIL;
	ListCell   *cell;

	foreach(cell, pca_access_objects(access, "function"))
		objects = lappend(objects, function_object(lfirst_oid(cell)));
	return objects;
}

static List *
view_objects(const char *access)
{
	List	   *objects = NIL;
	ListCell   *cell;

	foreach(cell, pca_access_objects(access, "view"))
		objects = lappend(objects, makeRangeVar("pca", get_rel_name(lfirst_oid(cell)), -1));
	return objects;
}

/*
 * pca_grant_access(role regrole, access text)
 *
 * Grants a role EXECUTE on what an administrator, issuer, revoker, auditor or
 * status responder calls, and SELECT on the views; registers one that never was
 * for the caller's account.
 *
 * Throws ValidationException for another word.
 */
PCA_FUNCTION(pca_grant_access)
{
	static const char *const access_words[] = {"administrator", "issuer", "revoker", "auditor", "status", NULL};
	static const PcaShape access_shape = {
		.kind = PCA_SHAPE_STRING,
		.words = access_words
	};
	char	   *schema = get_namespace_name(get_func_namespace(fcinfo->flinfo->fn_oid));
	char	   *access;
	List	   *views;
	Oid			role;

	pca_registrar_check(fcinfo);
	access = pca_argument_required_text(fcinfo, 1, "access", &access_shape);
	views = view_objects(access);
	pca_transaction_check_writable("pca_grant_access()");
	pca_argument_require(fcinfo, 0, "role");
	role = PG_GETARG_OID(0);
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("role with OID %u does not exist", role));
	/* Whoever may not look into the schema finds no function there. */
	if (strcmp(schema, "public") != 0)
		grant(OBJECT_SCHEMA, "usage", list_make1(makeString(schema)), role);
	grant(OBJECT_FUNCTION, "execute", function_objects(access), role);
	if (views != NIL)
	{
		grant(OBJECT_SCHEMA, "usage", list_make1(makeString("pca")), role);
		grant(OBJECT_TABLE, "select", views, role);
	}
	pca_account_register_first(role);
	pca_creators_warn();
	PG_RETURN_VOID();
}
