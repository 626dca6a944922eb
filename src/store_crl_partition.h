/*-------------------------------------------------------------------------
 *
 * store_crl_partition.h
 *	  The table of partitions of CRLs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_CRL_PARTITION_H
#define STORE_CRL_PARTITION_H

#include "postgres.h"

#include "utils/timestamp.h"
#include "utils/uuid.h"

/*
 * The number of certificates in a partition.  An entry of a CRL has at most 52
 * octets, so the CRL stays below 1 MB even if all of them are revoked.
 */
#define PCA_CRL_PARTITION_CERTIFICATES 16000

/* A partition that this transaction has locked, with the places that it holds */
typedef struct PcaCrlPartition
{
	pg_uuid_t	id;
	pg_uuid_t	authority;
	char		url[1024];
	int32		places;
	TimestampTz not_after;		/* as stored */
} PcaCrlPartition;

/* The row of a partition */
typedef struct PcaCrlPartitionRow
{
	pg_uuid_t	id;
	pg_uuid_t	authority;
	const char *key;
	const char *url;
	TimestampTz not_after;
} PcaCrlPartitionRow;

extern bool pca_crl_partition_reserve(const pg_uuid_t *authority, const char *url_prefix, int32 places,
									  TimestampTz not_after, PcaCrlPartition *partition);
extern void pca_crl_partition_open(const pg_uuid_t *id, const pg_uuid_t *authority, const char *key_prefix,
								   const char *url_prefix);
extern void pca_crl_partition_put_lost(const PcaCrlPartitionRow *row);
extern bool pca_crl_partition_find(const pg_uuid_t *id, char **key, char **url);

#endif							/* STORE_CRL_PARTITION_H */
