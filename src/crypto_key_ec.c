/*-------------------------------------------------------------------------
 *
 * crypto_key_ec.c
 *	  Keys on elliptic curves: a row of crypto_key_family.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>

#include "crypto_key_family.h"

#define MAX_ORDER_BITS 521

/* Sets the curve of a key to be generated. */
static bool
set_ec_size(EVP_PKEY_CTX *generation, const PcaKeyAlgorithm *algorithm)
{
	return EVP_PKEY_CTX_set_group_name(generation, algorithm->group) == 1;
}

/* Writes an ECPrivateKey (RFC 5915 3) with the public key and without the curve, which PKCS#8 names. */
static void
write_ec_private(PcaDerWriter *writer, EVP_PKEY *pkey, PcaBytes public_key)
{
	int			bits = EVP_PKEY_get_bits(pkey);
	size_t		size = (bits + 7) / 8;
	uint8	   *number;

	pca_ossl_check(bits > 0 && bits <= MAX_ORDER_BITS, "could not encode a private key");
	number = pca_secure_palloc(size);
	pca_key_get_number(pkey, OSSL_PKEY_PARAM_PRIV_KEY, number, size);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_integer(writer, 1);
	pca_der_primitive(writer, PCA_DER_OCTET_STRING, (PcaBytes) {number, size});
	pca_der_begin(writer, PCA_DER_CONTEXT_CONSTRUCTED + 1);
	pca_der_bit_string(writer, public_key);
	pca_der_end(writer);
	pca_der_end(writer);
}

/* Reads the octets of a public key, which are those of its point (RFC 5480 2.2). */
static bool
read_ec_public(PcaKeyParameters *parameters, PcaBytes public_key)
{
	pca_key_add_parameter(parameters, OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
																	   unconstify(char *, parameters->algorithm->group), 0));
	pca_key_add_parameter(parameters, OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
																		unconstify(uint8 *, public_key.data), public_key.length));
	return true;
}

/* Reads an ECPrivateKey, as write_ec_private() writes it. */
static bool
read_ec_private(PcaKeyParameters *parameters, PcaBytes private_key)
{
	PcaDerReader reader = pca_der_reader(private_key);
	PcaDerReader inner;
	PcaDerReader public_key;
	PcaDerElement version;
	PcaDerElement number;
	PcaDerElement bits;

	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner) || !pca_der_take(&inner, PCA_DER_INTEGER, &version) ||
		!pca_der_take(&inner, PCA_DER_OCTET_STRING, &number) ||
		!pca_der_enter(&inner, PCA_DER_CONTEXT_CONSTRUCTED + 1, &public_key) ||
		!pca_der_take(&public_key, PCA_DER_BIT_STRING, &bits) || bits.content.length < 2)
		return false;
	pca_key_add_number(parameters, OSSL_PKEY_PARAM_PRIV_KEY, number.content);
	return read_ec_public(parameters, (PcaBytes) {bits.content.data + 1, bits.content.length - 1});
}

/* Sets the digest of a context. */
static bool
set_ec_algorithm(EVP_PKEY_CTX *context, const PcaSigningAlgorithm *signing)
{
	return EVP_PKEY_CTX_set_signature_md(context, pca_digest_method(signing->digest)) == 1;
}

const PcaKeyMethods pca_key_ec = {
	.set_size = set_ec_size,
	.write_private = write_ec_private,
	.read_private = read_ec_private,
	.read_public = read_ec_public,
	.set_algorithm = set_ec_algorithm,
	.sign = pca_key_sign_digest,
	.verify = pca_key_verify_digest,
};
