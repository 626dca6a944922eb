/*-------------------------------------------------------------------------
 *
 * store_transaction.h
 *	  Durability, locks and visibility of PostgreSQL's transactions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_TRANSACTION_H
#define STORE_TRANSACTION_H

#include "postgres.h"

#include "storage/itemptr.h"
#include "storage/lockdefs.h"
#include "utils/uuid.h"

/* Issuers never wait for one another; a change of a CA's state waits for all of them. */
#define PCA_LOCK_FOR_ISSUE ShareLock
#define PCA_LOCK_FOR_CHANGE AccessExclusiveLock

/* The kinds of locks; pg_locks shows the number as objsubid */
typedef enum PcaLockKind
{
	PCA_LOCK_AUTHORITY = 1,
	PCA_LOCK_TAGS,
	PCA_LOCK_CRLS,
	PCA_LOCK_AUDIT_REPORTS,
	PCA_LOCK_TOKEN,
	PCA_LOCK_PARTITION,
	PCA_LOCK_PAGE_KEY,
	PCA_LOCK_OCSP_RESPONDER,
	PCA_LOCK_MASTER_KEY
} PcaLockKind;

/* The transaction that wrote a row, and the row's location */
typedef struct PcaOrigin
{
	TransactionId xmin;
	Oid			table;
	ItemPointerData place;
} PcaOrigin;

/* Static memory about the current transaction */
typedef struct PcaTransactionMemory
{
	void		(*forget) (void);
	bool		is_watched;
} PcaTransactionMemory;

extern void pca_transaction_check_aware(const char *function);
extern void pca_transaction_check_writable(const char *function);
extern void pca_transaction_bind(void);
extern void pca_transaction_make_durable(void);
extern void pca_transaction_watch(PcaTransactionMemory *memory);
extern bool pca_transaction_is_open(const PcaOrigin *origin);
extern void pca_transaction_check_committed(const PcaOrigin *origin, const char *what, const char *arn);
extern void pca_transaction_lock(PcaLockKind kind, const void *name, size_t length, LOCKMODE mode);
extern bool pca_transaction_try_lock(PcaLockKind kind, const void *name, size_t length);
extern void pca_authority_lock(const pg_uuid_t *id, LOCKMODE mode);
extern void pca_authority_lock_metadata(const pg_uuid_t *id);

#endif							/* STORE_TRANSACTION_H */
