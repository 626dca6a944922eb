/*-------------------------------------------------------------------------
 *
 * crypto_algorithm.h
 *	  The key algorithms of the API and the algorithms of signatures, a row each.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_ALGORITHM_H
#define CRYPTO_ALGORITHM_H

#include "postgres.h"

#include "base_der.h"
#include "crypto_digest.h"

/* The families of keys; each has a row of functions in crypto_key_family.h. */
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
	const char *name;			/* the API's; NULL if such signatures are verified but not made */
	PcaKeyFamily family;
	PcaDigest	digest;			/* none for ML-DSA, which signs the data itself */
	bool		is_pss;
	PcaBytes	oid;			/* content of the OID, which is the same in all rows of RSASSA-PSS */
	PcaBytes	pss_digests;	/* differs in these rows: hashAlgorithm and maskGenAlgorithm, DER */
	PcaBytes	identifier;		/* AlgorithmIdentifier, DER, as it is written */
	const char *fault;			/* why such a signature is never accepted; or NULL */
} PcaSigningAlgorithm;

extern const PcaKeyAlgorithm *pca_key_algorithm_find(const char *name);
extern bool pca_key_algorithm_is_offered(const PcaKeyAlgorithm *algorithm);
extern const PcaSigningAlgorithm *pca_signing_algorithm_find_by_name(const char *name);
extern const PcaSigningAlgorithm *pca_signing_algorithm_find(PcaBytes oid);
extern const PcaSigningAlgorithm *pca_signing_algorithm_find_pss(PcaBytes digests);
extern bool pca_signing_algorithm_fits(const PcaSigningAlgorithm *signing, const PcaKeyAlgorithm *key);
extern char *pca_signing_algorithm_list(const PcaKeyAlgorithm *key);

#endif							/* CRYPTO_ALGORITHM_H */
