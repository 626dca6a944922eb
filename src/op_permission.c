/*-------------------------------------------------------------------------
 *
 * op_permission.c
 *	  CreatePermission, DeletePermission, ListPermissions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_error.h"
#include "catalog/pg_type_d.h"
#include "op_operation.h"
#include "op_page.h"
#include "store_access.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* The only principal that may have permissions */
#define RENEWAL_PRINCIPAL "acm.amazonaws.com"

/* A list has at most three words; longer ones are read so that the error can quote them. */
#define MAX_ACTIONS_SIZE (64 * 1024)

/* Reads a required list of actions, and checks them.  Returns each action once. */
static ArrayType *
read_actions(FunctionCallInfo fcinfo, int i)
{
	PcaPath		path = {NULL, "actions", 0};
	ArrayBuildState *actions = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	Datum	   *values;
	bool	   *nulls;
	int			count;

	pca_argument_require(fcinfo, i, "actions");
	pca_argument_check_size(fcinfo, i, "actions", MAX_ACTIONS_SIZE);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(i), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	pca_shape_check_count(&pca_shape_action_list, count, &path);
	for (int n = 0; n < count; n++)
	{
		PcaPath		here = {&path, NULL, n};
		bool		is_twice = false;

		pca_shape_check_text(pca_shape_action_list.element, nulls[n] ? "" : TextDatumGetCString(values[n]), &here);
		for (int earlier = 0; earlier < n; earlier++)
			is_twice |= strcmp(TextDatumGetCString(values[earlier]), TextDatumGetCString(values[n])) == 0;
		if (!is_twice)
			accumArrayResult(actions, values[n], false, TEXTOID, CurrentMemoryContext);
	}
	return DatumGetArrayTypeP(makeArrayResult(actions, CurrentMemoryContext));
}

static char *
read_principal(FunctionCallInfo fcinfo, int i)
{
	char	   *principal = pca_argument_required_text(fcinfo, i, "principal", &pca_shape_principal);

	if (strcmp(principal, RENEWAL_PRINCIPAL) != 0)
		pca_error(VALIDATION,
				  errmsg("principal cannot have permissions"),
				  errdetail("The value at principal is \"%s\".", principal),
				  errhint("The only valid principal is " RENEWAL_PRINCIPAL "."));
	return principal;
}

/*
 * pca_create_permission(certificate_authority_arn, principal, actions,
 * source_account)
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException,
 * PermissionAlreadyExistsException, ConcurrentModificationException.
 */
PCA_FUNCTION(pca_create_permission)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_CREATE_PERMISSION);
	PcaPermission permission = {.principal = read_principal(fcinfo, 1), .actions = read_actions(fcinfo, 2)};
	PcaAuthority authority;

	permission.source_account = pca_argument_text(fcinfo, 3, "source_account", &pca_shape_account_id);
	permission.created_at = pca_operation_begin(PCA_OP_CREATE_PERMISSION, arn, &authority);
	if (permission.source_account == NULL)
		permission.source_account = authority.account_id;
	if (!pca_permission_put(&authority.id, &permission))
		pca_error(PERMISSION_ALREADY_EXISTS,
				  errmsg("principal already has a permission"),
				  errdetail("\"%s\" of account %s has one for \"%s\".",
							permission.principal, permission.source_account, arn),
				  errhint("Remove it with pca_delete_permission first."));
	pca_operation_end(PCA_OP_CREATE_PERMISSION, arn, permission.principal);
	PG_RETURN_VOID();
}

/*
 * pca_delete_permission(certificate_authority_arn, principal, source_account)
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException, ConcurrentModificationException.
 */
PCA_FUNCTION(pca_delete_permission)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_DELETE_PERMISSION);
	char	   *principal = pca_argument_required_text(fcinfo, 1, "principal", &pca_shape_principal);
	char	   *account = pca_argument_text(fcinfo, 2, "source_account", &pca_shape_account_id);
	PcaAuthority authority;

	pca_operation_begin(PCA_OP_DELETE_PERMISSION, arn, &authority);
	if (!pca_permission_remove(&authority.id, principal, account != NULL ? account : authority.account_id))
		pca_error(RESOURCE_NOT_FOUND,
				  errmsg("permission does not exist"),
				  errdetail("\"%s\" of account %s has none for \"%s\".",
							principal, account != NULL ? account : authority.account_id, arn),
				  errhint("List the permissions with pca_list_permissions."));
	pca_operation_end(PCA_OP_DELETE_PERMISSION, arn, principal);
	PG_RETURN_VOID();
}

#define POSITION_COLUMN 6

static char *
get_permission_position(const PcaRows *rows, uint64 row)
{
	return pca_rows_text(rows, row, POSITION_COLUMN);
}

/*
 * pca_list_permissions(certificate_authority_arn, next_token, max_results)
 * returns (certificate_authority_arn, created_at, principal, source_account,
 * actions, policy, next_token)
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException, InvalidNextTokenException.
 */
PCA_FUNCTION(pca_list_permissions)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_LIST_PERMISSIONS);
	PcaAuthority authority;
	PcaPage		page;
	PcaRows		rows;

	page = pca_page_begin(fcinfo, 1, 2, PCA_OP_LIST_PERMISSIONS, arn);
	pca_operation_begin(PCA_OP_LIST_PERMISSIONS, arn, &authority);
	rows = pca_permission_list(&authority.id, page.after, pca_page_limit(&page));
	pca_page_put(&page, &rows, POSITION_COLUMN, get_permission_position);
	return (Datum) 0;
}
