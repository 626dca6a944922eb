/*-------------------------------------------------------------------------
 *
 * op_api.h
 *	  The operations of the API by the API's own names and JSON.
 *
 * op_api.c finds the function of an operation and calls it, op_api_request.c
 * makes its arguments of a request, op_api_result.c the output of its rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_API_H
#define OP_API_H

#include "postgres.h"

#include "base_json.h"
#include "executor/executor.h"
#include "utils/tuplestore.h"

/* A name of the API, for example CertificateAuthorityConfiguration, with its NUL */
#define PCA_API_NAME_SIZE 64
#define PCA_API_MAX_PARAMETERS 16

typedef struct PcaApiParameter
{
	char		member[PCA_API_NAME_SIZE];	/* of the request */
	Oid			type;
} PcaApiParameter;

/* An operation as it is called */
typedef struct PcaApiCall
{
	char		operation[PCA_API_NAME_SIZE];
	Oid			function;
	int			parameter_count;
	PcaApiParameter parameters[PCA_API_MAX_PARAMETERS];
	char		output_member[PCA_API_NAME_SIZE];	/* that the result becomes; empty: its columns become members */
	bool		is_list;		/* of the result's rows */
} PcaApiCall;

extern bool pca_api_has(const char *operation);
extern Jsonb *pca_api_run(const char *operation, Jsonb *request);

extern void pca_api_member_format(const char *name, char *member);
extern int64 pca_api_longest_request(const char *operation);
extern List *pca_api_arguments(const PcaApiCall *call, Jsonb *request);
extern JsonbValue pca_api_string(const char *text);
extern void pca_api_push_member(JsonbParseState **state, const char *member, JsonbValue value);
extern Jsonb *pca_api_result(const PcaApiCall *call, Tuplestorestate *rows, TupleDesc descriptor, bool is_value);

#endif							/* OP_API_H */
