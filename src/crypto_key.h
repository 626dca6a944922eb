/*-------------------------------------------------------------------------
 *
 * crypto_key.h
 *	  The private keys of certificate authorities: made, wrapped, unwrapped,
 *	  kept and used.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include "postgres.h"

#include "base_der.h"
#include "crypto_algorithm.h"
#include "utils/uuid.h"

typedef struct PcaKey PcaKey;

/* A private key as it may be stored. */
typedef struct PcaWrappedKey
{
	PcaBytes	kek_id;			/* which key-encryption key wrapped it */
	PcaBytes	wrapped;
} PcaWrappedKey;

extern PcaKey *pca_key_generate(const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority);
extern PcaWrappedKey pca_key_wrap(PcaKey *key);
extern PcaKey *pca_key_find(const pg_uuid_t *authority);
extern PcaKey *pca_key_unwrap(const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority,
							  const PcaWrappedKey *wrapped, PcaBytes spki);
extern PcaBytes pca_key_public(PcaKey *key);
extern PcaBytes pca_key_sign(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data);
extern void pca_key_check_signature(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data,
									PcaBytes signature);
extern bool pca_key_verify(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data, PcaBytes signature);

#endif							/* CRYPTO_KEY_H */
