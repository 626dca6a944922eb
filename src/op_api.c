/*-------------------------------------------------------------------------
 *
 * op_api.c
 *	  The operations that pca_api() knows, and the call that it makes.
 *
 * A function is called by its OID, not by its name, because roles that may create
 * functions in the extension's schema could create another one with the same name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base_argument.h"
#include "catalog/dependency.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type_d.h"
#include "executor/execExpr.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "store_access.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

/* Reads the arguments, each a text, by the input functions of the parameters' types. */
static List *
make_constants(Oid function, ArrayType *texts)
{
	Oid		   *types;
	int			expected;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	List	   *constants = NIL;

	get_func_signature(function, &types, &expected);
	deconstruct_array(texts, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	if (count != expected)
		elog(ERROR, "function %u has %d parameters, not %d", function, expected, count);
	for (int i = 0; i < count; i++)
	{
		Oid			input;
		Oid			io_parameter;
		int16		length;
		bool		is_by_value;
		Datum		value = (Datum) 0;

		getTypeInputInfo(types[i], &input, &io_parameter);
		get_typlenbyval(types[i], &length, &is_by_value);
		if (!nulls[i])
			value = OidInputFunctionCall(input, TextDatumGetCString(values[i]), io_parameter, -1);
		constants = lappend(constants, makeConst(types[i], -1, get_typcollation(types[i]), length, value, nulls[i], is_by_value));
	}
	return constants;
}

/* Describes the rows of a function; those of one that returns a value have one column. */
static TupleDesc
describe_rows(const FuncExpr *call)
{
	TupleDesc	descriptor;

	if (get_expr_result_type((Node *) call, NULL, &descriptor) == TYPEFUNC_COMPOSITE)
		return descriptor;
	descriptor = CreateTemplateTupleDesc(1);
	TupleDescInitEntry(descriptor, 1, "value", call->funcresulttype, -1, 0);
	return descriptor;
}

/* Returns the rows as jsonb. */
static void
put_rows(Tuplestorestate *rows, TupleDesc descriptor, ReturnSetInfo *result)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);

	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		Datum		json = DirectFunctionCall1(row_to_json, ExecFetchSlotHeapTupleDatum(slot));
		Datum		value = DirectFunctionCall1(jsonb_in, CStringGetDatum(TextDatumGetCString(json)));

		tuplestore_putvalues(result->setResult, result->setDesc, &value, &(bool) {false});
		CHECK_FOR_INTERRUPTS();
	}
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * pca.api_operation(operation text) returns (function oid, member text, is_list
 * boolean), NULLs for an unknown operation
 *
 * The caller needs no privilege to read pca.access.
 */
PCA_FUNCTION(pca_api_operation)
{
	PcaApiOperation operation;
	TupleDesc	descriptor;

	if (!pca_api_operation_find(text_to_cstring(PG_GETARG_TEXT_PP(0)), &operation))
		PG_RETURN_NULL();
	get_call_result_type(fcinfo, NULL, &descriptor);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), (Datum[]) {
		ObjectIdGetDatum(operation.function),
		operation.output_member != NULL ? CStringGetTextDatum(operation.output_member) : (Datum) 0,
		BoolGetDatum(operation.is_list)
	}, (bool[]) {false, operation.output_member == NULL, false}));
}

/*
 * pca.api_call(function oid, arguments text[]) returns setof jsonb: the rows of
 * one of the extension's functions, called as the caller, who needs EXECUTE on it
 * (the executor checks that); a scalar result is in the member "value".
 */
PCA_FUNCTION(pca_api_call)
{
	Oid			function = PG_GETARG_OID(0);
	FuncExpr   *call;
	TupleDesc	descriptor;
	EState	   *state;
	ExprContext *context;
	Tuplestorestate *rows;

	if (getExtensionOfObject(ProcedureRelationId, function) !=
		getExtensionOfObject(ProcedureRelationId, fcinfo->flinfo->fn_oid))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("function %u is not one of the extension", function));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	call = makeFuncExpr(function, get_func_rettype(function), make_constants(function, PG_GETARG_ARRAYTYPE_P(1)),
						InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	call->funcretset = get_func_retset(function);
	descriptor = BlessTupleDesc(describe_rows(call));
	state = CreateExecutorState();
	context = CreateExprContext(state);
	rows = ExecMakeTableFunctionResult(ExecInitTableFunctionResult((Expr *) call, context, NULL), context,
									   AllocSetContextCreate(CurrentMemoryContext, "pca arguments", ALLOCSET_DEFAULT_SIZES),
									   descriptor, false);
	put_rows(rows, descriptor, (ReturnSetInfo *) fcinfo->resultinfo);
	tuplestore_end(rows);
	FreeExecutorState(state);
	return (Datum) 0;
}
