/*-------------------------------------------------------------------------
 *
 * store_transaction.h
 *	  What the extension asks of PostgreSQL's transactions: durability, locks,
 *	  and who did what is still open.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_TRANSACTION_H
#define STORE_TRANSACTION_H

#include "postgres.h"

#include "storage/lockdefs.h"
#include "store_query.h"
#include "utils/uuid.h"

/* Issuers never wait for one another; who changes a CA's state waits for all of them. */
#define PCA_LOCK_FOR_ISSUE ShareLock
#define PCA_LOCK_FOR_CHANGE AccessExclusiveLock

extern void pca_transaction_check_aware(const char *function);
extern void pca_transaction_check_writable(const char *function);
extern void pca_transaction_make_durable(void);
extern bool pca_transaction_is_open(const PcaOrigin *origin);
extern void pca_transaction_check_committed(const PcaOrigin *origin, const char *what, const char *arn);
extern void pca_transaction_lock(const char *table, uint32 object, LOCKMODE mode);
extern bool pca_transaction_try_lock(const char *table, uint32 object);
extern void pca_authority_lock(const pg_uuid_t *id, LOCKMODE mode);
extern void pca_authority_lock_metadata(const pg_uuid_t *id);

#endif							/* STORE_TRANSACTION_H */
