/*-------------------------------------------------------------------------
 *
 * crypto_key.h
 *	  The private keys of certificate authorities, in any provider: creates,
 *	  opens, caches and uses them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include "postgres.h"

#include "base_der.h"
#include "crypto_algorithm.h"
#include "crypto_key_provider.h"
#include "utils/uuid.h"

typedef struct PcaKey PcaKey;

extern PcaKey *pca_key_create(const char *provider, const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority,
							  PcaStoredKey *stored);
extern PcaKey *pca_key_find(const pg_uuid_t *authority);
extern PcaKey *pca_key_open(const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority, const PcaStoredKey *stored);
extern PcaBytes pca_key_public(PcaKey *key);
extern PcaBytes pca_key_sign(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data);
extern void pca_key_check_signature(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data,
									PcaBytes signature);

#endif							/* CRYPTO_KEY_H */
