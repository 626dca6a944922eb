/*-------------------------------------------------------------------------
 *
 * op_object.h
 *	  Reads the objects in buckets, for callers that may read them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_OBJECT_H
#define OP_OBJECT_H

#include "postgres.h"

extern bytea *pca_object_get(const char *bucket, const char *key);

#endif							/* OP_OBJECT_H */
