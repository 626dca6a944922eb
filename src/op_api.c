/*-------------------------------------------------------------------------
 *
 * op_api.c
 *	  pca_api(): finds the function of an operation of the API and calls it.
 *
 * A function is called by its OID, not by its name, because roles that may create
 * functions in the extension's schema could create another one with the same name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base_argument.h"
#include "base_error.h"
#include "catalog/pg_proc.h"
#include "executor/execExpr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "op_api.h"
#include "store_access.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#define MAX_OPERATIONS 32
#define MAX_OPERATION_SIZE 1024

/* The operations that this backend has called, until a function changes. */
static PcaApiCall *known_calls;
static int	known_count;

static void
at_function_change(Datum arg, int cache, uint32 hash)
{
	known_count = 0;
}

/* Makes the member of the API that a parameter or column is: CertificateAuthorityArn of certificate_authority_arn. */
void
pca_api_member_format(const char *name, char *member)
{
	bool		begins_word = true;
	size_t		length = 0;

	for (; *name != '\0'; name++)
	{
		if (*name != '_')
			member[length++] = begins_word ? pg_ascii_toupper(*name) : *name;
		if (length == PCA_API_NAME_SIZE)
			elog(ERROR, "name \"%s\" is too long", name);
		begins_word = *name == '_';
	}
	member[length] = '\0';
}

/* Reads the input parameters of a function, which precede those for output. */
static void
read_parameters(PcaApiCall *call)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(call->function));
	Oid		   *types;
	char	  **names;
	char	   *modes;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", call->function);
	get_func_arg_info(tuple, &types, &names, &modes);
	call->parameter_count = ((Form_pg_proc) GETSTRUCT(tuple))->pronargs;
	if (call->parameter_count > PCA_API_MAX_PARAMETERS)
		elog(ERROR, "function %u has too many parameters", call->function);
	for (int i = 0; i < call->parameter_count; i++)
	{
		pca_api_member_format(names[i], call->parameters[i].member);
		call->parameters[i].type = types[i];
	}
	ReleaseSysCache(tuple);
}

static void
throw_unknown_operation(const char *operation)
{
	pca_error(VALIDATION,
			  errmsg("operation does not exist"),
			  errdetail("The value at operation is \"%.*s\".", pg_mbcliplen(operation, strlen(operation), 64), operation),
			  errhint("Specify the name of an operation of the API, for example IssueCertificate."));
}

/* Looks an operation up in the tables.  Returns false if it does not exist. */
static bool
look_up_call(const char *operation, PcaApiCall *call)
{
	PcaApiOperation found;

	if (strlen(operation) >= PCA_API_NAME_SIZE || !pca_api_operation_find(operation, &found))
		return false;
	*call = (PcaApiCall) {.function = found.function, .is_list = found.is_list};
	strlcpy(call->operation, operation, PCA_API_NAME_SIZE);
	strlcpy(call->output_member, found.output_member != NULL ? found.output_member : "", PCA_API_NAME_SIZE);
	read_parameters(call);
	return true;
}

/* Finds an operation, and keeps it.  Returns false if it does not exist. */
static bool
find_call(const char *operation, PcaApiCall *call)
{
	if (known_calls == NULL)
	{
		known_calls = MemoryContextAllocZero(TopMemoryContext, MAX_OPERATIONS * sizeof(PcaApiCall));
		CacheRegisterSyscacheCallback(PROCOID, at_function_change, (Datum) 0);
	}
	for (int i = 0; i < known_count; i++)
		if (strcmp(known_calls[i].operation, operation) == 0)
		{
			*call = known_calls[i];
			return true;
		}
	if (!look_up_call(operation, call))
		return false;
	if (known_count < MAX_OPERATIONS)
		known_calls[known_count++] = *call;
	return true;
}

/* Tells whether an operation of the API exists. */
bool
pca_api_has(const char *operation)
{
	PcaApiCall	call;

	return find_call(operation, &call);
}

/* Describes the rows of a function; those of one that returns a value have one column. */
static TupleDesc
describe_rows(const FuncExpr *expression, bool *is_value)
{
	TupleDesc	descriptor;

	*is_value = get_expr_result_type((Node *) expression, NULL, &descriptor) != TYPEFUNC_COMPOSITE;
	if (!*is_value)
		return descriptor;
	descriptor = CreateTemplateTupleDesc(1);
	TupleDescInitEntry(descriptor, 1, "value", expression->funcresulttype, -1, 0);
	return descriptor;
}

/* Calls the function as the caller, who needs EXECUTE on it: the executor checks that. */
static Jsonb *
run_call(const PcaApiCall *call, List *arguments)
{
	FuncExpr   *expression = makeFuncExpr(call->function, get_func_rettype(call->function), arguments,
										  InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	bool		is_value;
	TupleDesc	descriptor;
	EState	   *state;
	ExprContext *context;
	Tuplestorestate *rows;
	Jsonb	   *result;

	expression->funcretset = get_func_retset(call->function);
	descriptor = BlessTupleDesc(describe_rows(expression, &is_value));
	state = CreateExecutorState();
	context = CreateExprContext(state);
	rows = ExecMakeTableFunctionResult(ExecInitTableFunctionResult((Expr *) expression, context, NULL), context,
									   AllocSetContextCreate(CurrentMemoryContext, "pca arguments", ALLOCSET_DEFAULT_SIZES),
									   descriptor, false);
	result = pca_api_result(call, rows, descriptor, is_value);
	tuplestore_end(rows);
	FreeExecutorState(state);
	return result;
}

/*
 * Runs an operation of the API.
 *
 * request: the members of the operation's input, not larger than
 * pca_api_longest_request().
 *
 * Returns the output, an empty object for an operation that has none.  Throws
 * ValidationException for an operation that does not exist or a request that is
 * not well-formed, and what the operation throws.
 */
Jsonb *
pca_api_run(const char *operation, Jsonb *request)
{
	PcaApiCall	call;

	if (!find_call(operation, &call))
		throw_unknown_operation(operation);
	return run_call(&call, pca_api_arguments(&call, request));
}

/*
 * pca_api(operation text, request jsonb) returns jsonb: calls the function of an
 * operation of the API with the API's own JSON in and out
 */
PCA_FUNCTION(pca_api)
{
	char	   *operation = "";
	Jsonb	   *request = NULL;

	if (!PG_ARGISNULL(0))
	{
		pca_argument_check_size(fcinfo, 0, "operation", MAX_OPERATION_SIZE);
		operation = text_to_cstring(PG_GETARG_TEXT_PP(0));
	}
	if (!PG_ARGISNULL(1))
	{
		pca_argument_check_size(fcinfo, 1, "request", pca_api_longest_request(operation));
		request = PG_GETARG_JSONB_P(1);
	}
	PG_RETURN_JSONB_P(pca_api_run(operation, request));
}
