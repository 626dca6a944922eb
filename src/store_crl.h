/*-------------------------------------------------------------------------
 *
 * store_crl.h
 *	  The tables of CRLs: the newest of each authority and partition, and
 *	  which of them lack a revocation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_CRL_H
#define STORE_CRL_H

#include "postgres.h"

#include "store_query.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Which CRL: the complete one of an authority, or that of one of its partitions */
typedef struct PcaCrlScope
{
	pg_uuid_t	authority;
	bool		is_complete;
	pg_uuid_t	partition;		/* of one that is not complete */
} PcaCrlScope;

/* The newest CRL of a scope */
typedef struct PcaCrlRow
{
	PcaCrlScope scope;
	int64		number;
	TimestampTz generated_at;
	TimestampTz this_update;
	TimestampTz next_update;
	int64		entries;
	const char *bucket;
	const char *key;
} PcaCrlRow;

/* The columns of a revocation that a CRL needs */
enum
{
	PCA_CRL_SERIAL,
	PCA_CRL_REVOKED_AT,
	PCA_CRL_REASON
};

extern PcaCrlScope pca_crl_scope(const pg_uuid_t *authority, const pg_uuid_t *partition);
extern bool pca_crl_find(const PcaCrlScope *scope, PcaCrlRow *row);
extern bool pca_crl_find_newest(const pg_uuid_t *authority, PcaCrlRow *row);
extern int64 pca_crl_last_number(const pg_uuid_t *authority);
extern void pca_crl_put(const PcaCrlRow *row);
extern void pca_crl_put_floor(const PcaCrlScope *scope, int64 number);
extern void pca_crl_keep(const pg_uuid_t *authority);
extern void pca_crl_lock(const pg_uuid_t *authority);

extern void pca_crl_change_put(const PcaCrlScope *scope, TimestampTz now);
extern void pca_crl_change_put_all(const pg_uuid_t *authority, TimestampTz now);
extern TimestampTz pca_crl_change_take(const PcaCrlScope *scope);
extern int64 pca_crl_count(const PcaCrlScope *scope);
extern PcaRows pca_crl_list(void);
extern PcaCrlScope pca_crl_list_scope(const PcaRows *crls, uint64 row);
extern void pca_crl_scan(const PcaCrlScope *scope, TimestampTz since, PcaReceiveRow receive, void *state);

#endif							/* STORE_CRL_H */
