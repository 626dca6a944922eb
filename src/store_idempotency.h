/*-------------------------------------------------------------------------
 *
 * store_idempotency.h
 *	  The table of idempotency tokens: which call a token means.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_IDEMPOTENCY_H
#define STORE_IDEMPOTENCY_H

#include "postgres.h"

#include "utils/timestamp.h"
#include "utils/uuid.h"

/* What a token belongs to. */
typedef struct PcaTokenScope
{
	const char *account_id;
	const char *operation;		/* CreateCertificateAuthority or IssueCertificate */
	pg_uuid_t	authority;		/* all zeros where there is none */
} PcaTokenScope;

extern void pca_idempotency_define_settings(void);
extern char *pca_idempotency_claim(const PcaTokenScope *scope, const char *token, const char *arn, TimestampTz now);
extern void pca_idempotency_expire(const char *account_id, TimestampTz now);

#endif							/* STORE_IDEMPOTENCY_H */
