/*-------------------------------------------------------------------------
 *
 * op_access.h
 *	  Decides about access to certificate authorities.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_ACCESS_H
#define OP_ACCESS_H

#include "postgres.h"

#include "rule_template.h"
#include "store_account.h"
#include "store_authority.h"

extern const PcaCaller *pca_access_check(const PcaAuthority *authority, const char *action, const PcaTemplate *template);
extern char *pca_caller_format(void);

#endif							/* OP_ACCESS_H */
