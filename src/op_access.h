/*-------------------------------------------------------------------------
 *
 * op_access.h
 *	  The certificate authority that an operation is about, once its caller is
 *	  known to have the right to it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_ACCESS_H
#define OP_ACCESS_H

#include "postgres.h"

#include "rule_lifecycle.h"
#include "rule_template.h"
#include "store_audit.h"
#include "store_authority.h"
#include "store_transaction.h"

extern void pca_authority_get(const char *arn, const char *action, LOCKMODE lock, PcaAuthority *authority);
extern void pca_authority_get_dormant(const char *arn, const char *action, LOCKMODE lock, PcaAuthority *authority);
extern PcaActor pca_authority_get_to_issue(const char *arn, const PcaTemplate *template, PcaAuthority *authority);
extern void pca_authority_get_public(const char *arn, PcaAuthority *authority);
extern char *pca_caller_format(void);
extern PcaStatus pca_authority_status(const PcaAuthority *authority, TimestampTz now);

#endif							/* OP_ACCESS_H */
