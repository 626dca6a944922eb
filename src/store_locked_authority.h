/*-------------------------------------------------------------------------
 *
 * store_locked_authority.h
 *	  The authorities that the current transaction has locked and read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_LOCKED_AUTHORITY_H
#define STORE_LOCKED_AUTHORITY_H

#include "postgres.h"

#include "storage/lockdefs.h"
#include "store_authority.h"

extern bool pca_authority_find_locked(const char *arn, const pg_uuid_t *id, LOCKMODE mode, PcaAuthority *authority);
extern void pca_locked_authorities_forget(void);

#endif							/* STORE_LOCKED_AUTHORITY_H */
