/*-------------------------------------------------------------------------
 *
 * crypto_algorithm.h
 *	  The key algorithms of the API, and the algorithms of signatures, a row
 *	  each.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_ALGORITHM_H
#define CRYPTO_ALGORITHM_H

#include "postgres.h"

#include "base_der.h"
#include "crypto_digest.h"

/* What keys of a family do alike is a row of functions (crypto_key_family.h). */
typedef enum PcaKeyFamily
{
	PCA_FAMILY_RSA,
	PCA_FAMILY_EC,
	PCA_FAMILY_ML_DSA,
	PCA_KEY_FAMILIES
} PcaKeyFamily;

typedef struct PcaKeyAlgorithm
{
	const char *name;			/* the API's */
	PcaKeyFamily family;
	const char *type;			/* OpenSSL's name of the type */
	int			bits;			/* of an RSA modulus */
	const char *group;			/* of an EC key, OpenSSL's name */
} PcaKeyAlgorithm;

typedef struct PcaSigningAlgorithm
{
	const char *name;			/* the API's; NULL: signatures of it are read, none is made */
	PcaKeyFamily family;
	PcaDigest	digest;			/* none for ML-DSA, which signs the data itself */
	bool		is_pss;
	PcaBytes	oid;			/* its content; the rows of RSASSA-PSS share one */
	PcaBytes	pss_digests;	/* what tells these apart: hashAlgorithm and maskGenAlgorithm, DER */
	PcaBytes	identifier;		/* AlgorithmIdentifier, DER, as we write it */
	const char *fault;			/* why no such signature is accepted, in words; or NULL */
} PcaSigningAlgorithm;

extern const PcaKeyAlgorithm *pca_key_algorithm_get(const char *name);
extern const PcaSigningAlgorithm *pca_signing_algorithm_get(const char *name);
extern const PcaSigningAlgorithm *pca_signing_algorithm_find(PcaBytes oid);
extern const PcaSigningAlgorithm *pca_signing_algorithm_find_pss(PcaBytes digests);
extern void pca_signing_algorithm_check(const PcaSigningAlgorithm *signing, const PcaKeyAlgorithm *key);

#endif							/* CRYPTO_ALGORITHM_H */
