/*-------------------------------------------------------------------------
 *
 * crypto_signature_scheme.h
 *	  What the AlgorithmIdentifier of a signature says.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_SIGNATURE_SCHEME_H
#define CRYPTO_SIGNATURE_SCHEME_H

#include "postgres.h"

#include "crypto_digest.h"
#include "crypto_key_kind.h"
#include "crypto_public_key.h"

typedef struct PcaSignatureScheme
{
	PcaKeyScheme scheme;
	PcaDigest	digest;			/* none of PCA_SCHEME_PURE */
	bool		is_pss;
	int			salt_length;
} PcaSignatureScheme;

extern const char *pca_signature_scheme_parse(const PcaPublicKey *key, PcaBytes identifier, PcaSignatureScheme *found);

#endif							/* CRYPTO_SIGNATURE_SCHEME_H */
