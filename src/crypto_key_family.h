/*-------------------------------------------------------------------------
 *
 * crypto_key_family.h
 *	  The families of keys: a row of functions for each, in which they differ,
 *	  and the encoding of keys, which they share.
 *
 * A row does not know where a private key is: it works with an EVP_PKEY of any
 * provider of OpenSSL.  Only the functions about PKCS#8 need keys that OpenSSL
 * gives out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_KEY_FAMILY_H
#define CRYPTO_KEY_FAMILY_H

#include "postgres.h"

#include "base_der.h"
#include "crypto_algorithm.h"
#include "crypto_ossl.h"

/* A key to sign or to verify with */
typedef struct PcaKeyHandle
{
	EVP_PKEY   *pkey;
	OSSL_LIB_CTX *library;		/* which has its algorithms; NULL for OpenSSL's default */
	EVP_PKEY_CTX *context;		/* ready for a signing algorithm; or NULL */
} PcaKeyHandle;

#define PCA_KEY_MAX_PARAMETERS 8

/* The parts of a key, in OpenSSL's form */
typedef struct PcaKeyParameters
{
	const PcaKeyAlgorithm *algorithm;
	int			count;
	OSSL_PARAM	list[PCA_KEY_MAX_PARAMETERS + 1];
} PcaKeyParameters;

/* The row of a family */
typedef struct PcaKeyMethods
{
	/* Sets the size of a key to be generated.  Returns false if OpenSSL failed. */
	bool		(*set_size) (EVP_PKEY_CTX *generation, const PcaKeyAlgorithm *algorithm);
	/* Writes the content of PKCS#8's privateKey; public_key is the subjectPublicKey's content. */
	void		(*write_private) (PcaDerWriter *writer, EVP_PKEY *pkey, PcaBytes public_key);
	/* Read that, and a subjectPublicKey's content.  Return false if it is malformed. */
	bool		(*read_private) (PcaKeyParameters *parameters, PcaBytes private_key);
	bool		(*read_public) (PcaKeyParameters *parameters, PcaBytes public_key);
	/* Makes a context ready.  Returns false if OpenSSL failed.  NULL for keys that sign the data itself, without one. */
	bool		(*set_algorithm) (EVP_PKEY_CTX *context, const PcaSigningAlgorithm *signing);
	/* Signs into a buffer of *length octets.  Returns false if OpenSSL failed. */
	bool		(*sign) (const PcaKeyHandle *key, const PcaSigningAlgorithm *signing, PcaBytes data,
						 uint8 *signature, size_t *length);
	/* Tells whether the signature is the key's.  Leaves errors of OpenSSL in its queue. */
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

/* For the rows: */
extern void pca_key_get_number(EVP_PKEY *pkey, const char *name, uint8 *number, size_t size);
extern void pca_key_add_parameter(PcaKeyParameters *parameters, OSSL_PARAM parameter);
extern void pca_key_add_number(PcaKeyParameters *parameters, const char *name, PcaBytes number);
extern bool pca_key_sign_digest(const PcaKeyHandle *key, const PcaSigningAlgorithm *signing, PcaBytes data,
								uint8 *signature, size_t *length);
extern bool pca_key_verify_digest(const PcaKeyHandle *key, const PcaSigningAlgorithm *signing, PcaBytes data,
								  PcaBytes signature);

#endif							/* CRYPTO_KEY_FAMILY_H */
