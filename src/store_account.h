/*-------------------------------------------------------------------------
 *
 * store_account.h
 *	  The account and the service that a database role acts as.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include "postgres.h"

typedef struct PcaCaller
{
	Oid			role;
	char		account_id[16];
	char		service_principal[4 * 128 + 1]; /* empty for a role of the account itself */
} PcaCaller;

/* What pca_grant_access() needs to know about a role's account */
typedef enum PcaAccountState
{
	PCA_ACCOUNT_NONE,			/* the role was never registered for one */
	PCA_ACCOUNT_SET,			/* it has one, or inherits several */
	PCA_ACCOUNT_REFUSED			/* its registration was taken back, or it inherits one for no account */
} PcaAccountState;

extern const PcaCaller *pca_caller_find(void);
extern const PcaCaller *pca_caller_get(void);
extern PcaAccountState pca_account_state(Oid role);
extern char *pca_account_of(Oid role);
extern bool pca_account_put_first(Oid role, const char *account_id);
extern void pca_account_put(Oid role, const char *account_id);
extern void pca_service_principal_put(Oid role, const char *principal);
extern bool pca_registrations_expire(void);

#endif							/* STORE_ACCOUNT_H */
