/*-------------------------------------------------------------------------
 *
 * base_argument.h
 *	  Reads the arguments of a SQL function and checks them against their shapes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_ARGUMENT_H
#define BASE_ARGUMENT_H

#include "postgres.h"

#include "base_json.h"
#include "base_shape.h"
#include "fmgr.h"

/* Declares and defines a function that is callable from SQL. */
#define PCA_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS)

extern void pca_argument_require(FunctionCallInfo fcinfo, int i, const char *name);
extern void pca_argument_check_size(FunctionCallInfo fcinfo, int i, const char *name, Size limit);
extern char *pca_argument_text(FunctionCallInfo fcinfo, int i, const char *name, const PcaShape *shape);
extern char *pca_argument_required_text(FunctionCallInfo fcinfo, int i, const char *name, const PcaShape *shape);
extern bool pca_argument_json(FunctionCallInfo fcinfo, int i, const char *name, const PcaShape *shape,
							  PcaJson *json);
extern PcaJson pca_argument_required_json(FunctionCallInfo fcinfo, int i, const char *name,
										  const PcaShape *shape);
extern bool pca_argument_integer(FunctionCallInfo fcinfo, int i, const char *name, const PcaShape *shape,
								 int32 *value);
extern bytea *pca_argument_digest(FunctionCallInfo fcinfo);

#endif							/* BASE_ARGUMENT_H */
