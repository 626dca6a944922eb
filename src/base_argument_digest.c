/*-------------------------------------------------------------------------
 *
 * base_argument_digest.c
 *	  Digests the arguments of a call, so that two calls can be compared.
 *
 * This is separate from base_argument.c because it needs the catalog, which the
 * fuzz targets of the rest do not have.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Returns the SHA-256 of all arguments of a call: the length of each, then its text form. */
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
