/*-------------------------------------------------------------------------
 *
 * base_argument_digest.c
 *	  By what a call can be told from another one of the same function.
 *
 * Apart from base_argument.c, because it asks the catalog for the types, which
 * what fuzzes the rest has not.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* The SHA-256 of all arguments of a call, each as its type prints it and behind its length. */
bytea *
pca_argument_digest(FunctionCallInfo fcinfo)
{
	StringInfoData text;
	Oid		   *types;
	int			count;

	get_func_signature(fcinfo->flinfo->fn_oid, &types, &count);
	initStringInfo(&text);
	for (int i = 0; i < count; i++)
	{
		Oid			function;
		bool		is_varlena;
		char	   *value;

		if (PG_ARGISNULL(i))
		{
			appendStringInfoString(&text, "null ");
			continue;
		}
		getTypeOutputInfo(types[i], &function, &is_varlena);
		value = OidOutputFunctionCall(function, PG_GETARG_DATUM(i));
		appendStringInfo(&text, "%zu %s", strlen(value), value);
	}
	return DatumGetByteaPP(DirectFunctionCall1(sha256_bytea,
											   PointerGetDatum(cstring_to_text_with_len(text.data, text.len))));
}
