/*-------------------------------------------------------------------------
 *
 * http.h
 *	  Values of HTTP headers: dates, entity tags and ranges.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include "text.h"

#define GW_DATE_SIZE 32

typedef enum GwRangeKind
{
	GW_RANGE_NONE,				/* none, or one that is ignored: the whole is sent */
	GW_RANGE_PART,
	GW_RANGE_UNSATISFIABLE
} GwRangeKind;

/* A part of some content. */
typedef struct GwRange
{
	GwRangeKind kind;
	uint64_t	first;
	uint64_t	length;
} GwRange;

extern void pca_gw_date_format(int64_t seconds, char text[GW_DATE_SIZE]);
extern bool pca_gw_date_parse(GwBytes text, int64_t *seconds);
extern bool pca_gw_etag_matches(GwBytes list, GwBytes etag);
extern GwRange pca_gw_range_parse(GwBytes text, uint64_t size);

#endif							/* GATEWAY_HTTP_H */
