/*-------------------------------------------------------------------------
 *
 * crypto_signature_scheme.h
 *	  Reads the AlgorithmIdentifier of a signature.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_SIGNATURE_SCHEME_H
#define CRYPTO_SIGNATURE_SCHEME_H

#include "postgres.h"

#include "crypto_digest.h"
#include "crypto_key_kind.h"
#include "crypto_public_key.h"

/* The algorithm of a signature */
typedef struct PcaSignatureScheme
{
	PcaKeyScheme scheme;
	PcaDigest	digest;			/* unless the scheme is PCA_SCHEME_PURE */
	bool		is_pss;
	int			salt_length;
} PcaSignatureScheme;

extern const char *pca_signature_scheme_parse(const PcaPublicKey *key, PcaBytes identifier, PcaSignatureScheme *found);

#endif							/* CRYPTO_SIGNATURE_SCHEME_H */
