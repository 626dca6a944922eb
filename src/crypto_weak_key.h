/*-------------------------------------------------------------------------
 *
 * crypto_weak_key.h
 *	  Public keys under which everybody can sign.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_WEAK_KEY_H
#define CRYPTO_WEAK_KEY_H

#include "postgres.h"

#include "crypto_public_key.h"

extern const char *pca_weak_rsa_fault(const PcaPublicKey *key);
extern const char *pca_weak_ed25519_fault(const PcaPublicKey *key);
extern const char *pca_weak_ed448_fault(const PcaPublicKey *key);

#endif							/* CRYPTO_WEAK_KEY_H */
