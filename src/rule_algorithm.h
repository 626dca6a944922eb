/*-------------------------------------------------------------------------
 *
 * rule_algorithm.h
 *	  The API's KeyAlgorithm and SigningAlgorithm.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_ALGORITHM_H
#define RULE_ALGORITHM_H

#include "postgres.h"

#include "crypto_algorithm.h"

extern const PcaKeyAlgorithm *pca_key_algorithm_get(const char *name);
extern const PcaSigningAlgorithm *pca_signing_algorithm_get(const char *name);
extern void pca_signing_algorithm_check(const PcaSigningAlgorithm *signing, const PcaKeyAlgorithm *key);

#endif							/* RULE_ALGORITHM_H */
