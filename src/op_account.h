/*-------------------------------------------------------------------------
 *
 * op_account.h
 *	  Who may register roles, and the registration that goes with a grant.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_ACCOUNT_H
#define OP_ACCOUNT_H

#include "postgres.h"

#include "fmgr.h"

extern void pca_registrar_check(FunctionCallInfo fcinfo);
extern void pca_account_register_first(Oid role);

#endif							/* OP_ACCOUNT_H */
