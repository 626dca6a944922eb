/*-------------------------------------------------------------------------
 *
 * store_installation.h
 *	  Whether this database is the one that may sign, publish and answer for
 *	  its certificate authorities.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_INSTALLATION_H
#define STORE_INSTALLATION_H

#include "postgres.h"

#include "store_query.h"

/* The reason why a database may, or may not, act for its certificate authorities */
typedef enum PcaInstallation
{
	PCA_INSTALLATION_ACTIVE,
	PCA_INSTALLATION_EMPTY,		/* it has no certificate authority yet */
	PCA_INSTALLATION_RESTORED,	/* its rows came from a dump, or pca_suspend() was called */
	PCA_INSTALLATION_COPIED,	/* it is a copy of a database that was active */
	PCA_INSTALLATION_SUBSCRIBED /* a logical subscription writes its rows */
} PcaInstallation;

extern PcaInstallation pca_installation_get(void);
extern void pca_installation_check(void);
extern void pca_installation_warn(void);
extern void pca_installation_begin(void);
extern void pca_installation_resume(void);
extern void pca_installation_suspend(void);
extern PcaRows pca_installation_list_faults(void);
extern PcaRows pca_installation_count(void);

#endif							/* STORE_INSTALLATION_H */
