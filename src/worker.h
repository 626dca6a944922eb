/*-------------------------------------------------------------------------
 *
 * worker.h
 *	  The background worker.
 *
 *-------------------------------------------------------------------------
 */
#ifndef WORKER_H
#define WORKER_H

extern void pca_worker_define_settings(void);

#endif							/* WORKER_H */
