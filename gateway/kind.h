/*-------------------------------------------------------------------------
 *
 * kind.h
 *	  The kinds of requests, and what answers each.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_KIND_H
#define GATEWAY_KIND_H

#include "request.h"

/* A kind of request. */
typedef struct GwKindMethods
{
	const char *name;			/* in the log and in /metrics */
	size_t		body_limit;

	/* Answers a request that is whole, or makes a call that will. */
	void		(*start) (GwRequest *request);

	/* Answers one that is not whole; NULL: in plain text. */
	void		(*refuse) (GwRequest *request, unsigned int status, const char *reason);
} GwKindMethods;

extern const GwKindMethods *pca_gw_kind_get(GwKind kind);

extern void pca_gw_api_start(GwRequest *request);
extern void pca_gw_api_refuse(GwRequest *request, unsigned int status, const char *reason);
extern void pca_gw_ocsp_start(GwRequest *request);
extern void pca_gw_object_start(GwRequest *request);
extern void pca_gw_metrics_start(GwRequest *request);
extern void pca_gw_health_start(GwRequest *request);
extern void pca_gw_ready_start(GwRequest *request);

#endif							/* GATEWAY_KIND_H */
