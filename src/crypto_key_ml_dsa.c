/*-------------------------------------------------------------------------
 *
 * crypto_key_ml_dsa.c
 *	  ML-DSA keys: a row of crypto_key_family.h.  OpenSSL has them from 3.5 on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/core_names.h>

#include "crypto_key_family.h"

/* OSSL_PKEY_PARAM_ML_DSA_SEED, which OpenSSL before 3.5 does not define. */
#define SEED "seed"

#define MAX_EXPANDED_SIZE 4896	/* of ML_DSA_87 (FIPS 204 table 2) */

/* Does nothing, because the size follows from the type. */
static bool
set_ml_dsa_size(EVP_PKEY_CTX *generation, const PcaKeyAlgorithm *algorithm)
{
	return true;
}

/*
 * Writes a CHOICE of seed [0] and expandedKey (RFC 9881 6).  OpenSSL keeps the
 * seed unless it was configured not to.
 */
static void
write_ml_dsa_private(PcaDerWriter *writer, EVP_PKEY *pkey, PcaBytes public_key)
{
	uint8	   *octets = pca_secure_palloc(MAX_EXPANDED_SIZE);
	size_t		length = 0;
	bool		has_seed;

	pca_ossl_begin();
	has_seed = EVP_PKEY_get_octet_string_param(pkey, SEED, octets, MAX_EXPANDED_SIZE, &length) == 1;
	if (!has_seed)
	{
		pca_ossl_forget_errors();
		pca_ossl_check(EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, octets, MAX_EXPANDED_SIZE, &length) == 1,
					   "could not encode a private key");
	}
	pca_der_primitive(writer, has_seed ? PCA_DER_CONTEXT + 0 : PCA_DER_OCTET_STRING, (PcaBytes) {octets, length});
}

/* Adds a part of a key.  Returns true. */
static bool
add_octets(PcaKeyParameters *parameters, const char *name, PcaBytes octets)
{
	pca_key_add_parameter(parameters, OSSL_PARAM_construct_octet_string(name, unconstify(uint8 *, octets.data), octets.length));
	return true;
}

/* Reads a seed, an expanded key, or both, of which the seed is enough (RFC 9881 6). */
static bool
read_ml_dsa_private(PcaKeyParameters *parameters, PcaBytes private_key)
{
	PcaDerReader reader = pca_der_reader(private_key);
	PcaDerReader both;
	PcaDerElement octets;

	if (pca_der_take(&reader, PCA_DER_CONTEXT + 0, &octets) ||
		(pca_der_enter(&reader, PCA_DER_SEQUENCE, &both) && pca_der_take(&both, PCA_DER_OCTET_STRING, &octets)))
		return add_octets(parameters, SEED, octets.content);
	return pca_der_take(&reader, PCA_DER_OCTET_STRING, &octets) &&
		add_octets(parameters, OSSL_PKEY_PARAM_PRIV_KEY, octets.content);
}

/* Reads the octets of a public key. */
static bool
read_ml_dsa_public(PcaKeyParameters *parameters, PcaBytes public_key)
{
	return add_octets(parameters, OSSL_PKEY_PARAM_PUB_KEY, public_key);
}

/* Returns a context for one signature. */
static EVP_MD_CTX *
new_context(void)
{
	return pca_own_EVP_MD_CTX(EVP_MD_CTX_new(), "could not prepare a signature");
}

/* Signs the data itself, as sign in PcaKeyMethods does. */
static bool
sign_data(const PcaKeyHandle *key, const PcaSigningAlgorithm *signing, PcaBytes data, uint8 *signature, size_t *length)
{
	EVP_MD_CTX *context = new_context();

	return EVP_DigestSignInit_ex(context, NULL, NULL, key->library, NULL, key->pkey, NULL) == 1 &&
		EVP_DigestSign(context, signature, length, data.data, data.length) == 1;
}

/* Verifies a signature over the data itself, as verify in PcaKeyMethods does. */
static bool
verify_data(const PcaKeyHandle *key, const PcaSigningAlgorithm *signing, PcaBytes data, PcaBytes signature)
{
	EVP_MD_CTX *context = new_context();

	return EVP_DigestVerifyInit_ex(context, NULL, NULL, key->library, NULL, key->pkey, NULL) == 1 &&
		EVP_DigestVerify(context, signature.data, signature.length, data.data, data.length) == 1;
}

const PcaKeyMethods pca_key_ml_dsa = {
	.set_size = set_ml_dsa_size,
	.write_private = write_ml_dsa_private,
	.read_private = read_ml_dsa_private,
	.read_public = read_ml_dsa_public,
	.sign = sign_data,
	.verify = verify_data,
};
