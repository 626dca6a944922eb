/*-------------------------------------------------------------------------
 *
 * op_access_key.h
 *	  Access keys: the roles that requests over HTTP act as.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_ACCESS_KEY_H
#define OP_ACCESS_KEY_H

#include "postgres.h"

/* What is done as a role */
typedef void (*PcaAction) (void *state);

extern const char *pca_access_key_role_fault(Oid role);
extern void pca_act_as(Oid role, PcaAction action, void *state);

#endif							/* OP_ACCESS_KEY_H */
