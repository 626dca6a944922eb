/*-------------------------------------------------------------------------
 *
 * statement.h
 *	  The statements that the gateway executes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_STATEMENT_H
#define GATEWAY_STATEMENT_H

#include <stdbool.h>

#define GW_MAX_PARAMETERS 4

typedef enum GwPoolNumber
{
	GW_POOL_STATUS,
	GW_POOL_API,
	GW_POOL_MONITOR
} GwPoolNumber;

#define GW_POOLS (GW_POOL_MONITOR + 1)

/* A prepared statement.  All parameters are sent in binary, which text is too. */
typedef struct GwStatement
{
	GwPoolNumber pool;
	const char *name;
	const char *prepare;
	int			parameters;
	bool		is_binary;		/* its result */
	bool		is_repeatable;	/* writes nothing, so may be sent again */
} GwStatement;

extern const GwStatement pca_gw_ocsp_statement;
extern const GwStatement pca_gw_object_head_statement;
extern const GwStatement pca_gw_object_content_statement;
extern const GwStatement pca_gw_api_statement;
extern const GwStatement pca_gw_metrics_statement;
extern const GwStatement pca_gw_ready_statements[GW_POOLS];

extern const GwStatement *const pca_gw_statements[];

#endif							/* GATEWAY_STATEMENT_H */
