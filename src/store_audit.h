/*-------------------------------------------------------------------------
 *
 * store_audit.h
 *	  The audit trail: who used a private key or changed a state.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "postgres.h"

#include "store_account.h"

/* The names of an actor, as a record keeps them */
typedef struct PcaActor
{
	const char *session_user_name;
	const char *current_user_name;
	const char *account_id;		/* NULL for none, as in maintenance */
	const char *service_principal;	/* NULL for a role of the account itself */
} PcaActor;

extern PcaActor pca_actor_of(const PcaCaller *caller);
extern PcaActor pca_actor_of_account(const char *account_id);
extern void pca_audit_put(const char *operation, const char *authority_arn, const char *resource);
extern void pca_audit_put_maintenance(const char *operation, const char *authority_arn, const char *resource);
extern void pca_audit_put_registration(const char *operation, const char *role, const char *account_id,
									   const char *principal);
extern void pca_audit_put_access_key(const char *operation, const char *access_key_id, const char *account_id);

#endif							/* STORE_AUDIT_H */
