/*-------------------------------------------------------------------------
 *
 * crypto_digest.h
 *	  Message digests: their identifiers and their calculation, and what is made of
 *	  them: HMAC and HKDF.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "postgres.h"

#include <openssl/evp.h>

#include "base_der.h"

typedef enum PcaDigest
{
	PCA_SHA1,
	PCA_SHA256,
	PCA_SHA384,
	PCA_SHA512,
	PCA_DIGESTS
} PcaDigest;

extern bool pca_digest_find(PcaBytes oid, PcaDigest *digest);
extern size_t pca_digest_length(PcaDigest digest);
extern PcaBytes pca_digest_info(PcaDigest digest);
extern const EVP_MD *pca_digest_method(PcaDigest digest);
extern size_t pca_digest(PcaDigest digest, PcaBytes data, uint8 *result);

#define PCA_SHA256_LENGTH 32

/* The octets of an HMAC-SHA256 */
#define PCA_MAC_LENGTH 32

extern void pca_mac(PcaBytes key, PcaBytes data, uint8 *mac);
extern void pca_hkdf(PcaBytes key, const char *label, PcaBytes context, uint8 *result, size_t length);

#endif							/* CRYPTO_DIGEST_H */
