/*-------------------------------------------------------------------------
 *
 * base_background.h
 *	  Background workers, for those who wait for one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_BACKGROUND_H
#define BASE_BACKGROUND_H

#include "postgres.h"

#include "postmaster/bgworker.h"

extern bool pca_background_has_ended(BackgroundWorkerHandle *handle);
extern bool pca_background_wait(BackgroundWorkerHandle *handle, int seconds);

#endif							/* BASE_BACKGROUND_H */
