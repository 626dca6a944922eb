/*-------------------------------------------------------------------------
 *
 * object_cache.h
 *	  The content of objects, one copy of each version.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_OBJECT_CACHE_H
#define GATEWAY_OBJECT_CACHE_H

#include "request.h"

typedef struct GwContent GwContent;

typedef enum GwContentAnswer
{
	GW_CONTENT_READY,			/* there it is; the caller releases it */
	GW_CONTENT_LOADING,			/* pca_gw_object_at_content() will be called */
	GW_CONTENT_REFUSED			/* there is no memory for it now, or no session */
} GwContentAnswer;

extern GwContentAnswer pca_gw_content_get(GwRequest *request, GwBytes etag, size_t size, GwContent **content);
extern GwBytes pca_gw_content_octets(const GwContent *content);
extern void pca_gw_content_release(void *content);
extern size_t pca_gw_object_cache_memory(void);

/* What the one who waits is told; without content it was replaced, or there is a fault. */
extern void pca_gw_object_at_content(GwRequest *request, GwContent *content, GwFault fault);

#endif							/* GATEWAY_OBJECT_CACHE_H */
