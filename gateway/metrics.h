/*-------------------------------------------------------------------------
 *
 * metrics.h
 *	  What /metrics says of the gateway itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include "target.h"

extern void pca_gw_metrics_count(GwKind kind, unsigned int status, int64_t microseconds);
extern void pca_gw_metrics_format(GwBuffer *text);

#endif							/* GATEWAY_METRICS_H */
