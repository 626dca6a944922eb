/*-------------------------------------------------------------------------
 *
 * store_account.h
 *	  Who a database role is to the CA: its account, and the service that it
 *	  is, if any.
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
	char		service_principal[4 * 128 + 1]; /* empty: a role of the account's own */
} PcaCaller;

extern const PcaCaller *pca_caller_get(void);
extern void pca_account_put(Oid role, const char *account_id);
extern void pca_service_principal_put(Oid role, const char *principal);
extern bool pca_registrations_expire(void);

#endif							/* STORE_ACCOUNT_H */
