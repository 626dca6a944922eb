/*-------------------------------------------------------------------------
 *
 * store_metrics.h
 *	  What a monitor watches in the tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_METRICS_H
#define STORE_METRICS_H

#include "postgres.h"

#include "store_query.h"

/* Receives the samples of some metrics, rows of a name, labels and a value. */
typedef void (*PcaReceiveSamples) (void *state, const PcaRows *rows);

extern void pca_metrics_read(TimestampTz now, PcaReceiveSamples receive, void *state);
extern PcaRows pca_metrics_read_failures(const ArrayType *tasks);

#endif							/* STORE_METRICS_H */
