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

/* The newest CRL of an authority or a partition */
typedef struct PcaCrlRow
{
	pg_uuid_t	id;				/* the authority's for its complete CRL, else the partition's */
	pg_uuid_t	authority;
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

extern bool pca_crl_find(const pg_uuid_t *id, PcaCrlRow *row);
extern bool pca_crl_find_newest(const pg_uuid_t *authority, PcaCrlRow *row);
extern int64 pca_crl_last_number(const pg_uuid_t *authority);
extern void pca_crl_put(const PcaCrlRow *row);
extern void pca_crl_put_floor(const pg_uuid_t *id, const pg_uuid_t *authority, int64 number);
extern void pca_crl_keep(const pg_uuid_t *authority);
extern void pca_crl_lock(const pg_uuid_t *authority);

extern void pca_crl_change_put(const pg_uuid_t *crl, TimestampTz now);
extern void pca_crl_change_put_all(const pg_uuid_t *authority, TimestampTz now);
extern TimestampTz pca_crl_change_take(const pg_uuid_t *crl);
extern int64 pca_crl_count(const PcaCrlRow *crl);
extern PcaRows pca_crl_list(void);
extern void pca_crl_scan(const PcaCrlRow *crl, TimestampTz since, PcaReceiveRow receive, void *state);

#endif							/* STORE_CRL_H */
