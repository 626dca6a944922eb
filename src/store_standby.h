/*-------------------------------------------------------------------------
 *
 * store_standby.h
 *	  How recent a server's data is.
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
