/*-------------------------------------------------------------------------
 *
 * store_cluster.h
 *	  What the other databases of the cluster have.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_CLUSTER_H
#define STORE_CLUSTER_H

#include "postgres.h"

extern const char *pca_cluster_find_private_key(void);

#endif							/* STORE_CLUSTER_H */
