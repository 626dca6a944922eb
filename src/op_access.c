/*-------------------------------------------------------------------------
 *
 * op_access.c
 *	  Access: the authority of a call, and pca_grant_access().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "op_access.h"
#include "store_access.h"
#include "store_locked_authority.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The status at a moment, from the stored one. */
PcaStatus
pca_authority_status(const PcaAuthority *authority, TimestampTz now)
{
	return pca_lifecycle_status(pca_status_get(authority->status), authority->has_certificate,
								authority->not_after, now);
}

static void
find(const char *arn, LOCKMODE lock, PcaAuthority *authority)
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
				  errdetail("The value at certificate_authority_arn is \"%s\".", arn),
				  errhint("List the certificate authorities with pca_list_certificate_authorities."));
}

static void
check_access(const PcaAuthority *authority, const char *action)
{
	if (strcmp(authority->account_id, pca_caller_account()) != 0)
		pca_error(ACCESS_DENIED,
				  errmsg("role \"%s\" of account %s is not authorized to perform acm-pca:%s",
						 GetUserNameFromId(GetUserId(), false), pca_caller_account(), action),
				  errdetail("No resource-based policy of \"%s\" allows the action.", authority->arn),
				  errhint("Ask the account that owns the certificate authority."));
}

/*
 * The authority of an ARN, for an action of the caller.
 *
 * lock: NoLock, or the mode in which the authority is locked before its row is
 * read; whoever has no right to change it does not even wait for that lock,
 * and so keeps nobody from issuing.
 *
 * Throws ResourceNotFoundException, also for an authority whose restoration
 * period has ended, and AccessDeniedException.
 */
void
pca_authority_get(const char *arn, const char *action, LOCKMODE lock, PcaAuthority *authority)
{
	if (lock == PCA_LOCK_FOR_CHANGE)
	{
		find(arn, NoLock, authority);
		check_access(authority, action);
	}
	find(arn, lock, authority);
	check_access(authority, action);
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

static List *
function_objects(const char *schema, List *names)
{
	List	   *objects = NIL;
	ListCell   *cell;

	foreach(cell, names)
	{
		char	   *name = lfirst(cell);
		ObjectWithArgs *object = makeNode(ObjectWithArgs);

		/* A name with a dot is of the schema "pca". */
		object->objname = strncmp(name, "pca.", 4) == 0
			? list_make2(makeString("pca"), makeString(name + 4))
			: list_make2(makeString(pstrdup(schema)), makeString(name));
		object->args_unspecified = true;
		objects = lappend(objects, object);
	}
	return objects;
}

/*
 * pca_grant_access(role regrole, access text)
 *
 * Grants a role EXECUTE on what an administrator, issuer, revoker, auditor or
 * status responder calls, and SELECT on the views.
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
	char	   *access = pca_argument_required_text(fcinfo, 1, "access", &access_shape);
	char	   *schema = get_namespace_name(get_func_namespace(fcinfo->flinfo->fn_oid));
	Oid			role;

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
	grant(OBJECT_FUNCTION, "execute", function_objects(schema, pca_access_functions(access)), role);
	if (strcmp(access, "status") != 0)
	{
		grant(OBJECT_SCHEMA, "usage", list_make1(makeString("pca")), role);
		grant(OBJECT_TABLE, "select",
			  list_make2(makeRangeVar("pca", "certificates", -1),
						 makeRangeVar("pca", "certificate_authorities", -1)), role);
	}
	PG_RETURN_VOID();
}
