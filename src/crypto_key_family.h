/*-------------------------------------------------------------------------
 *
 * crypto_key_family.h
 *	  What one family of keys does otherwise than another, a row of functions
 *	  each; and the encoding of keys, which all share.
 *
 * A row knows nothing of where a private key is: it works with an EVP_PKEY,
 * whichever provider of OpenSSL that belongs to.  Only what concerns PKCS#8 is
 * for keys that OpenSSL gives out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_KEY_FAMILY_H
#define CRYPTO_KEY_FAMILY_H

#include "postgres.h"

#include "base_der.h"
#include "crypto_algorithm.h"
#include "crypto_ossl.h"

/* A key to sign or to verify with. */
typedef struct PcaKeyHandle
{
	EVP_PKEY   *pkey;
	OSSL_LIB_CTX *library;		/* where its algorithms are; NULL: OpenSSL's default */
	EVP_PKEY_CTX *context;		/* ready for a signing algorithm; NULL: none is */
} PcaKeyHandle;

#define PCA_KEY_MAX_PARAMETERS 8

/* A key taken apart, as OpenSSL takes it. */
typedef struct PcaKeyParameters
{
	const PcaKeyAlgorithm *algorithm;
	int			count;
	OSSL_PARAM	list[PCA_KEY_MAX_PARAMETERS + 1];
} PcaKeyParameters;

/* The row of a family. */
typedef struct PcaKeyMethods
{
	/* Tells a generation how large a key to make; false: OpenSSL failed. */
	bool		(*set_size) (EVP_PKEY_CTX *generation, const PcaKeyAlgorithm *algorithm);
	/* Writes what PKCS#8 holds of the private key; public_key is the subjectPublicKey's content. */
	void		(*write_private) (PcaDerWriter *writer, EVP_PKEY *pkey, PcaBytes public_key);
	/* Reads that, or a subjectPublicKey's content; false: it is malformed. */
	bool		(*read_private) (PcaKeyParameters *parameters, PcaBytes private_key);
	bool		(*read_public) (PcaKeyParameters *parameters, PcaBytes public_key);
	/* Makes a context ready; NULL: such keys sign the data itself, and have no context to keep. */
	bool		(*set_algorithm) (EVP_PKEY_CTX *context, const PcaSigningAlgorithm *signing);
	/* Signs into a buffer of *length octets; false: OpenSSL failed. */
	bool		(*sign) (const PcaKeyHandle *key, const PcaSigningAlgorithm *signing, PcaBytes data,
						 uint8 *signature, size_t *length);
	/* Says whether the signature is the key's; errors of OpenSSL are left in its queue. */
	bool		(*verify) (const PcaKeyHandle *key, const PcaSigningAlgorithm *signing, PcaBytes data,
						   PcaBytes signature);
} PcaKeyMethods;

extern const PcaKeyMethods pca_key_rsa;
extern const PcaKeyMethods pca_key_ec;
extern const PcaKeyMethods pca_key_ml_dsa;

extern const PcaKeyMethods *pca_key_methods(PcaKeyFamily family);

extern PcaBytes pca_key_encode(const PcaKeyAlgorithm *algorithm, EVP_PKEY *pkey, PcaBytes spki);
extern EVP_PKEY *pca_key_decode(const PcaKeyAlgorithm *algorithm, PcaBytes pkcs8);
extern PcaBytes pca_key_encode_public(EVP_PKEY *pkey);
extern EVP_PKEY *pca_key_decode_public(const PcaKeyAlgorithm *algorithm, PcaBytes spki);

/* For the rows. */
extern void pca_key_get_number(EVP_PKEY *pkey, const char *name, uint8 *number, size_t size);
extern void pca_key_add_parameter(PcaKeyParameters *parameters, OSSL_PARAM parameter);
extern void pca_key_add_number(PcaKeyParameters *parameters, const char *name, PcaBytes number);
extern bool pca_key_sign_digest(const PcaKeyHandle *key, const PcaSigningAlgorithm *signing, PcaBytes data,
								uint8 *signature, size_t *length);
extern bool pca_key_verify_digest(const PcaKeyHandle *key, const PcaSigningAlgorithm *signing, PcaBytes data,
								  PcaBytes signature);

#endif							/* CRYPTO_KEY_FAMILY_H */
