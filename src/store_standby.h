/*-------------------------------------------------------------------------
 *
 * store_standby.h
 *	  As of when a server knows what has been committed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_STANDBY_H
#define STORE_STANDBY_H

#include "postgres.h"

#include "datatype/timestamp.h"

extern void pca_standby_define_settings(void);
extern bool pca_standby_is_current(TimestampTz now, TimestampTz *as_of);

#endif							/* STORE_STANDBY_H */
