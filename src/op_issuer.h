/*-------------------------------------------------------------------------
 *
 * op_issuer.h
 *	  What signing for a certificate authority needs, kept per backend.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_ISSUER_H
#define OP_ISSUER_H

#include "postgres.h"

#include "crypto_certificate.h"
#include "store_authority.h"

/* What does not change as long as the authority has the same certificate. */
typedef struct PcaSigner
{
	PcaKey	   *key;
	PcaBytes	spki;
	bool		has_issuer;
	PcaIssuer	issuer;
} PcaSigner;

extern const PcaSigner *pca_signer_get(const PcaAuthority *authority);

#endif							/* OP_ISSUER_H */
