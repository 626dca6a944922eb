/*-------------------------------------------------------------------------
 *
 * store_ocsp.h
 *	  Look-ups for OCSP.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_OCSP_H
#define STORE_OCSP_H

#include "postgres.h"

#include "store_authority.h"

/* What is committed about a serial number of an authority */
typedef struct PcaCertificateState
{
	PcaAuthority authority;		/* its ARN is in the memory context of the call */
	bool		is_issued;
	bool		is_revoked;		/* possible without is_issued if the revocation was imported */
	TimestampTz revoked_at;
	const char *reason;			/* the API's word, or NULL */
	pg_uuid_t	responder_id;	/* the name that the request used for the authority */
} PcaCertificateState;

extern PcaRows pca_ocsp_issuer_list(PcaBytes key_hash);
extern bool pca_ocsp_find(PcaBytes name_hash, PcaBytes key_hash, const pg_uuid_t *serial,
						  PcaCertificateState *state);

#endif							/* STORE_OCSP_H */
