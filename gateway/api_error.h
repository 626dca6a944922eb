/*-------------------------------------------------------------------------
 *
 * api_error.h
 *	  What an SQL error is to a client of the API.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_API_ERROR_H
#define GATEWAY_API_ERROR_H

#include <stdbool.h>

/* An error of the API. */
typedef struct GwApiError
{
	const char *sqlstate;		/* or the beginning of it */
	const char *name;
	unsigned int status;
	const char *message;		/* NULL: what the database says */
	bool		is_retried;		/* by the gateway, some times */
} GwApiError;

extern const GwApiError *pca_gw_api_error_find(const char *sqlstate);
extern const GwApiError *pca_gw_api_error_throttling(void);
extern const GwApiError *pca_gw_api_error_unavailable(void);
extern const char *pca_gw_api_error_sts_name(const char *name);

#endif							/* GATEWAY_API_ERROR_H */
