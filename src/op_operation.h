/*-------------------------------------------------------------------------
 *
 * op_operation.h
 *	  How an operation begins and ends: what its row says of the transaction,
 *	  the caller's right, the lock, the state and the audit trail.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_OPERATION_H
#define OP_OPERATION_H

#include "postgres.h"

#include "fmgr.h"
#include "rule_operation.h"
#include "rule_template.h"
#include "store_account.h"
#include "store_authority.h"

extern char *pca_operation_argument(FunctionCallInfo fcinfo, PcaOperation operation);
extern TimestampTz pca_operation_begin(PcaOperation operation, const char *arn, PcaAuthority *authority);
extern void pca_operation_end(PcaOperation operation, const char *arn, const char *resource);

/* The steps of pca_operation_begin(), for operations that do something in between. */
extern void pca_operation_check_writable(PcaOperation operation);
extern const PcaCaller *pca_authority_get(PcaOperation operation, const char *arn, const PcaTemplate *template,
										  PcaAuthority *authority);
extern void pca_authority_check_status(PcaOperation operation, const PcaAuthority *authority, TimestampTz now);

extern void pca_authority_get_unlocked(PcaOperation operation, const char *arn, PcaAuthority *authority);
extern void pca_authority_get_public(const char *arn, PcaAuthority *authority);
extern PcaStatus pca_authority_status(const PcaAuthority *authority, TimestampTz now);

#endif							/* OP_OPERATION_H */
