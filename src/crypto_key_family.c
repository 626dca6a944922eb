/*-------------------------------------------------------------------------
 *
 * crypto_key_family.c
 *	  The families of keys, a row each, and the code that they share: the
 *	  encoding of keys, and signatures over a digest.
 *
 * Keys are encoded and decoded by hand.  OpenSSL's encoders and decoders of
 * private keys leave copies in the ordinary heap, which they do not cleanse;
 * those of public keys take 100 microseconds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/params.h>

#include "crypto_key_family.h"

/* A key of RSA_4096 takes 2.4 kB; one of ML_DSA_87 takes 4.9 kB if OpenSSL did not keep its seed. */
#define MAX_PKCS8_SIZE 8192

static const PcaKeyMethods *const families[] = {
	[PCA_FAMILY_RSA] = &pca_key_rsa,
	[PCA_FAMILY_EC] = &pca_key_ec,
	[PCA_FAMILY_ML_DSA] = &pca_key_ml_dsa,
};

StaticAssertDecl(lengthof(families) == PCA_KEY_FAMILIES, "each family has its row");

/* Returns the row of a family. */
const PcaKeyMethods *
pca_key_methods(PcaKeyFamily family)
{
	return families[family];
}

/*
 * Gets a number of a key, big-endian and padded with zeros.
 *
 * number: secure memory of size octets.  Throws RequestFailedException if the
 * key does not give the number out, or if it is larger.
 */
void
pca_key_get_number(EVP_PKEY *pkey, const char *name, uint8 *number, size_t size)
{
	OSSL_PARAM	parameters[] = {OSSL_PARAM_construct_BN(name, number, size), OSSL_PARAM_construct_end()};

	pca_ossl_check(EVP_PKEY_get_params(pkey, parameters) == 1 && OSSL_PARAM_modified(&parameters[0]),
				   "could not encode a private key");
	pca_ossl_turn_number(number, size);
}

/* Adds a part of a key.  A key has at most PCA_KEY_MAX_PARAMETERS. */
void
pca_key_add_parameter(PcaKeyParameters *parameters, OSSL_PARAM parameter)
{
	if (parameters->count == PCA_KEY_MAX_PARAMETERS)
		elog(ERROR, "a key has too many parts");
	parameters->list[parameters->count++] = parameter;
}

/* Adds a number, which is given big-endian and copied to secure memory. */
void
pca_key_add_number(PcaKeyParameters *parameters, const char *name, PcaBytes number)
{
	uint8	   *native = pca_secure_palloc(number.length);

	memcpy(native, number.data, number.length);
	pca_ossl_turn_number(native, number.length);
	pca_key_add_parameter(parameters, OSSL_PARAM_construct_BN(name, native, number.length));
}

/*
 * Makes a key from its parts.  The current memory context owns it.
 *
 * attempt: the message of the error if OpenSSL fails.
 */
static EVP_PKEY *
make_key(PcaKeyParameters *parameters, int selection, const char *attempt)
{
	EVP_PKEY_CTX *context = pca_own_EVP_PKEY_CTX(EVP_PKEY_CTX_new_from_name(NULL, parameters->algorithm->type, NULL),
												 attempt);
	EVP_PKEY   *pkey = NULL;

	parameters->list[parameters->count] = OSSL_PARAM_construct_end();
	pca_ossl_begin();
	pca_ossl_check(EVP_PKEY_fromdata_init(context) == 1 &&
				   EVP_PKEY_fromdata(context, &pkey, selection, parameters->list) == 1,
				   attempt);
	pca_own_EVP_PKEY(pkey, attempt);
	/* OpenSSL may report success after a failed allocation; such a key is not used. */
	pca_ossl_forget_errors();
	return pkey;
}

/*
 * Splits a SubjectPublicKeyInfo (RFC 5280 4.1) into its AlgorithmIdentifier and
 * the octets of its key.  Returns false if it is malformed.
 */
static bool
split_public(PcaBytes spki, PcaBytes *identifier, PcaBytes *public_key)
{
	PcaDerReader reader = pca_der_reader(spki);
	PcaDerReader inner;
	PcaDerElement algorithm;
	PcaDerElement bits;

	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner) || !pca_der_take(&inner, PCA_DER_SEQUENCE, &algorithm) ||
		!pca_der_take(&inner, PCA_DER_BIT_STRING, &bits) || bits.content.length < 2)
		return false;
	*identifier = algorithm.whole;
	*public_key = (PcaBytes) {bits.content.data + 1, bits.content.length - 1};
	return true;
}

/*
 * Encodes a private key as PKCS#8 (RFC 5958), in secure memory of the current
 * memory context.
 *
 * spki: its public half.  Throws RequestFailedException if OpenSSL does not give
 * the key out.
 */
PcaBytes
pca_key_encode(const PcaKeyAlgorithm *algorithm, EVP_PKEY *pkey, PcaBytes spki)
{
	PcaBytes	identifier;
	PcaBytes	public_key;
	PcaDerWriter writer;

	pca_ossl_check(split_public(spki, &identifier, &public_key), "could not encode a private key");
	pca_der_init_fixed(&writer, pca_secure_palloc(MAX_PKCS8_SIZE), MAX_PKCS8_SIZE);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_integer(&writer, 0);
	/* In every family, both halves have the same identifier. */
	pca_der_raw(&writer, identifier);
	pca_der_begin(&writer, PCA_DER_OCTET_STRING);
	pca_key_methods(algorithm->family)->write_private(&writer, pkey, public_key);
	pca_der_end(&writer);
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/*
 * Decodes the result of pca_key_encode().  The current memory context owns the
 * key.
 *
 * Throws RequestFailedException if it is not a key of the algorithm.
 */
EVP_PKEY *
pca_key_decode(const PcaKeyAlgorithm *algorithm, PcaBytes pkcs8)
{
	PcaKeyParameters parameters = {.algorithm = algorithm};
	PcaDerReader reader = pca_der_reader(pkcs8);
	PcaDerReader inner;
	PcaDerElement element;

	pca_ossl_check(pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner) &&
				   pca_der_take(&inner, PCA_DER_INTEGER, &element) && pca_der_take(&inner, PCA_DER_SEQUENCE, &element) &&
				   pca_der_take(&inner, PCA_DER_OCTET_STRING, &element) &&
				   pca_key_methods(algorithm->family)->read_private(&parameters, element.content),
				   "could not decode a private key");
	return make_key(&parameters, EVP_PKEY_KEYPAIR, "could not decode a private key");
}

/* Encodes the public half of a key as SubjectPublicKeyInfo, DER.  Throws RequestFailedException. */
PcaBytes
pca_key_encode_public(EVP_PKEY *pkey)
{
	int			length = i2d_PUBKEY(pkey, NULL);
	uint8	   *spki;
	uint8	   *at;

	pca_ossl_check(length > 0, "could not encode a public key");
	spki = at = palloc(length);
	pca_ossl_check(i2d_PUBKEY(pkey, &at) == length, "could not encode a public key");
	return (PcaBytes) {spki, length};
}

/*
 * Decodes a SubjectPublicKeyInfo that pca_key_encode_public() made.  The current
 * memory context owns the key.
 *
 * Throws RequestFailedException if it is not a key of the algorithm.
 */
EVP_PKEY *
pca_key_decode_public(const PcaKeyAlgorithm *algorithm, PcaBytes spki)
{
	PcaKeyParameters parameters = {.algorithm = algorithm};
	PcaBytes	identifier;
	PcaBytes	public_key;

	pca_ossl_check(split_public(spki, &identifier, &public_key) &&
				   pca_key_methods(algorithm->family)->read_public(&parameters, public_key),
				   "could not decode a public key");
	return make_key(&parameters, EVP_PKEY_PUBLIC_KEY, "could not decode a public key");
}

/* Signs the digest of the data with the prepared context, as sign in PcaKeyMethods does. */
bool
pca_key_sign_digest(const PcaKeyHandle *key, const PcaSigningAlgorithm *signing, PcaBytes data,
					uint8 *signature, size_t *length)
{
	uint8		digest[EVP_MAX_MD_SIZE];
	size_t		digest_length = pca_digest(signing->digest, data, digest);

	return EVP_PKEY_sign(key->context, signature, length, digest, digest_length) == 1;
}

/*
 * Verifies a signature over the digest of the data with the prepared context,
 * as verify in PcaKeyMethods does.
 */
bool
pca_key_verify_digest(const PcaKeyHandle *key, const PcaSigningAlgorithm *signing, PcaBytes data, PcaBytes signature)
{
	uint8		digest[EVP_MAX_MD_SIZE];
	size_t		digest_length = pca_digest(signing->digest, data, digest);

	return EVP_PKEY_verify(key->context, signature.data, signature.length, digest, digest_length) == 1;
}
