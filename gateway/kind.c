/*-------------------------------------------------------------------------
 *
 * kind.c
 *	  The kinds of requests, a row each.
 *
 *-------------------------------------------------------------------------
 */
#include "kind.h"

/* As many octets as pca_ocsp reads */
#define OCSP_LIMIT ((size_t) 64 * 1024)

/* The largest request of the API that is not refused for another reason has 2.9 MB. */
#define API_LIMIT ((size_t) 4 * 1024 * 1024)

/* Answers a request for something that is not here. */
static void
start_none(GwRequest *request)
{
	if (request->target.method != GW_METHOD_OTHER)
	{
		pca_gw_respond_text(request, MHD_HTTP_NOT_FOUND, "not found");
		return;
	}
	pca_gw_respond_text(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed");
}

static const GwKindMethods kinds[GW_KINDS] = {
	[GW_KIND_NONE] = {"none", 0, start_none, NULL},
	[GW_KIND_API] = {"api", API_LIMIT, pca_gw_api_start, pca_gw_api_refuse},
	[GW_KIND_OCSP] = {"ocsp", OCSP_LIMIT, pca_gw_ocsp_start, NULL},
	[GW_KIND_OBJECT] = {"object", 0, pca_gw_object_start, NULL},
	[GW_KIND_METRICS] = {"metrics", 0, pca_gw_metrics_start, NULL},
	[GW_KIND_HEALTH] = {"health", 0, pca_gw_health_start, NULL},
	[GW_KIND_READY] = {"ready", 0, pca_gw_ready_start, NULL},
};

const GwKindMethods *
pca_gw_kind_get(GwKind kind)
{
	return &kinds[kind];
}
