/*-------------------------------------------------------------------------
 *
 * target.h
 *	  What a request is about, by its method, target and headers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_TARGET_H
#define GATEWAY_TARGET_H

#include "text.h"

typedef enum GwKind
{
	GW_KIND_NONE,				/* nothing that is here */
	GW_KIND_API,
	GW_KIND_OCSP,
	GW_KIND_OBJECT,
	GW_KIND_METRICS,
	GW_KIND_HEALTH,
	GW_KIND_READY
} GwKind;

#define GW_KINDS (GW_KIND_READY + 1)

typedef enum GwMethod
{
	GW_METHOD_GET,
	GW_METHOD_HEAD,
	GW_METHOD_POST,
	GW_METHOD_OTHER
} GwMethod;

/* A target, taken apart.  The path begins with "/" and is still encoded. */
typedef struct GwTarget
{
	GwMethod	method;
	GwKind		kind;
	GwBytes		path;
	GwBytes		query;
	GwBytes		request;		/* of an OCSP request by GET: what is encoded in base64 */
	bool		has_query;
} GwTarget;

extern GwMethod pca_gw_method_parse(GwBytes method);
extern GwTarget pca_gw_target_parse(GwMethod method, GwBytes uri, GwBytes content_type, GwBytes ocsp_path);
extern bool pca_gw_percent_decode(GwBytes encoded, char *decoded, size_t *length);
extern size_t pca_gw_ocsp_decode(GwBytes encoded, char *request, size_t capacity);

#endif							/* GATEWAY_TARGET_H */
