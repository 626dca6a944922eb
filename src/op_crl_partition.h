/*-------------------------------------------------------------------------
 *
 * op_crl_partition.h
 *	  The partition of a CRL that a new certificate belongs to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_CRL_PARTITION_H
#define OP_CRL_PARTITION_H

#include "postgres.h"

#include "rule_revocation.h"
#include "store_crl_partition.h"

extern const PcaCrlPartition *pca_crl_partition_take(const pg_uuid_t *authority, const PcaJson *revocation,
													 TimestampTz not_after);

#endif							/* OP_CRL_PARTITION_H */
