/*-------------------------------------------------------------------------
 *
 * crypto_key_rsa.c
 *	  RSA keys: a row of crypto_key_family.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "crypto_key_family.h"

#define MAX_MODULUS_BITS 4096

/* The numbers of a key in the order of RSAPrivateKey (RFC 8017 A.1.2); RSAPublicKey (A.1.1) has the first two. */
static const char *const numbers[] = {
	OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
	OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1
};

#define PUBLIC_NUMBERS 2

StaticAssertDecl(lengthof(numbers) <= PCA_KEY_MAX_PARAMETERS, "a key has room for its numbers");

/* Sets the bits of the modulus of a key to be generated. */
static bool
set_rsa_size(EVP_PKEY_CTX *generation, const PcaKeyAlgorithm *algorithm)
{
	return EVP_PKEY_CTX_set_rsa_keygen_bits(generation, algorithm->bits) == 1;
}

/* Writes an RSAPrivateKey (RFC 8017 A.1.2). */
static void
write_rsa_private(PcaDerWriter *writer, EVP_PKEY *pkey, PcaBytes public_key)
{
	int			bits = EVP_PKEY_get_bits(pkey);
	size_t		size = (bits + 7) / 8;
	uint8	   *number;

	pca_ossl_check(bits > 0 && bits <= MAX_MODULUS_BITS, "could not encode a private key");
	number = pca_secure_palloc(size);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_integer(writer, 0);
	for (size_t i = 0; i < lengthof(numbers); i++)
	{
		pca_key_get_number(pkey, numbers[i], number, size);
		pca_der_unsigned(writer, (PcaBytes) {number, size});
	}
	pca_der_end(writer);
}

/* Reads the first numbers of a key, after which nothing may follow. */
static bool
take_numbers(PcaKeyParameters *parameters, PcaDerReader *reader, size_t count)
{
	PcaDerElement number;

	for (size_t i = 0; i < count; i++)
	{
		if (!pca_der_take(reader, PCA_DER_INTEGER, &number))
			return false;
		pca_key_add_number(parameters, numbers[i], number.content);
	}
	return pca_der_at_end(reader);
}

/* Reads an RSAPrivateKey. */
static bool
read_rsa_private(PcaKeyParameters *parameters, PcaBytes private_key)
{
	PcaDerReader reader = pca_der_reader(private_key);
	PcaDerReader inner;
	PcaDerElement version;

	return pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner) && pca_der_take(&inner, PCA_DER_INTEGER, &version) &&
		take_numbers(parameters, &inner, lengthof(numbers));
}

/* Reads an RSAPublicKey. */
static bool
read_rsa_public(PcaKeyParameters *parameters, PcaBytes public_key)
{
	PcaDerReader reader = pca_der_reader(public_key);
	PcaDerReader inner;

	return pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner) && take_numbers(parameters, &inner, PUBLIC_NUMBERS);
}

/* Sets the digest and the padding of a context. */
static bool
set_rsa_algorithm(EVP_PKEY_CTX *context, const PcaSigningAlgorithm *signing)
{
	return EVP_PKEY_CTX_set_signature_md(context, pca_digest_method(signing->digest)) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(context, signing->is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
		(!signing->is_pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

const PcaKeyMethods pca_key_rsa = {
	.set_size = set_rsa_size,
	.write_private = write_rsa_private,
	.read_private = read_rsa_private,
	.read_public = read_rsa_public,
	.set_algorithm = set_rsa_algorithm,
	.sign = pca_key_sign_digest,
	.verify = pca_key_verify_digest,
};
