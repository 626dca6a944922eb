/*-------------------------------------------------------------------------
 *
 * store_revocation.h
 *	  The table of revocations.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_REVOCATION_H
#define STORE_REVOCATION_H

#include "postgres.h"

#include "store_audit.h"
#include "store_crl.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef struct PcaRevocation
{
	pg_uuid_t	authority;
	pg_uuid_t	serial;
	const char *reason;
	TimestampTz revoked_at;
	TimestampTz not_after;		/* of the certificate */
	bool		has_crl_partition;
	pg_uuid_t	crl_partition;	/* of the certificate */
	PcaActor	actor;
} PcaRevocation;

/* What is known about a certificate that is to be revoked */
typedef struct PcaRevocable
{
	PcaOrigin	origin;			/* of the certificate */
	const char *template_name;
	bool		is_revoked;
	PcaRevocation revocation;	/* what the certificate gives to it */
} PcaRevocable;

extern bool pca_revocable_find(const pg_uuid_t *authority, const pg_uuid_t *serial, PcaRevocable *revocable);
extern bool pca_revocation_exists(const pg_uuid_t *authority, const pg_uuid_t *serial);
extern void pca_revocation_put(const PcaRevocation *revocation);
extern bool pca_revocation_find_lost(const PcaCrlScope *crl, const pg_uuid_t *serials, int count, pg_uuid_t *lost);
extern bool pca_revocation_put_lost(const PcaRevocation *revocation);

#endif							/* STORE_REVOCATION_H */
