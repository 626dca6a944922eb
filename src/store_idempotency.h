/*-------------------------------------------------------------------------
 *
 * store_idempotency.h
 *	  The table of idempotency tokens.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_IDEMPOTENCY_H
#define STORE_IDEMPOTENCY_H

#include "postgres.h"

#include "utils/timestamp.h"
#include "utils/uuid.h"

/* A call with a token, and the scope of the token */
typedef struct PcaTokenCall
{
	const char *account_id;
	const char *operation;		/* CreateCertificateAuthority or IssueCertificate */
	pg_uuid_t	authority;		/* all zeros if there is none */
	const char *token;
	bytea	   *digest;			/* of the call's arguments */
	TimestampTz called_at;		/* decides about the window, however long the call waits */
} PcaTokenCall;

extern void pca_idempotency_define_settings(void);
extern char *pca_idempotency_claim(const PcaTokenCall *call, const char *arn);
extern void pca_idempotency_expire(const char *account_id, TimestampTz now);

#endif							/* STORE_IDEMPOTENCY_H */
