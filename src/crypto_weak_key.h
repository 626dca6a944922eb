/*-------------------------------------------------------------------------
 *
 * crypto_weak_key.h
 *	  Detects public keys under which anyone can sign.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_WEAK_KEY_H
#define CRYPTO_WEAK_KEY_H

#include "postgres.h"

#include "base_der.h"

extern const char *pca_weak_rsa_fault(PcaBytes modulus);
extern const char *pca_weak_ed25519_fault(PcaBytes point);
extern const char *pca_weak_ed448_fault(PcaBytes point);

#endif							/* CRYPTO_WEAK_KEY_H */
