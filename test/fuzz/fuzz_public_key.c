/*-------------------------------------------------------------------------
 *
 * fuzz_public_key.c
 *	  Reads any octets as a public key, a signature algorithm and a
 *	  signature.
 *
 * OpenSSL decodes every key that we accept, except a point that is not on its
 * curve, under which nothing verifies.  The contexts that are kept from one
 * key to the next must not confuse them: after each input a good signature
 * still verifies, and not over other data.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "crypto_algorithm.h"
#include "crypto_signature.h"
#include "x509.h"

/* A key on a curve, and its signature over some data */
typedef struct KnownKey
{
	const char *curve;
	PcaBytes	spki;
	PcaBytes	signature;
} KnownKey;

static KnownKey known[] = {{.curve = "P-256"}, {.curve = "P-384"}, {.curve = "P-521"}};
static const PcaBytes data = PCA_BYTES_INIT("data");
static const PcaBytes other_data = PCA_BYTES_INIT("other");

static void
make(KnownKey *key)
{
	EVP_PKEY   *pkey = EVP_EC_gen(key->curve);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8	   *encoded = NULL;
	uint8	   *signature = malloc(256);
	size_t		length = 256;

	key->spki.length = i2d_PUBKEY(pkey, &encoded);
	key->spki.data = encoded;
	FUZZ_CHECK(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pkey) == 1 &&
			   EVP_DigestSign(context, signature, &length, data.data, data.length) == 1);
	key->signature = (PcaBytes) {signature, length};
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(pkey);
}

static void
check_known(KnownKey *known_key)
{
	PcaBytes	algorithm = pca_signing_algorithm_find_by_name("SHA256WITHECDSA")->identifier;
	PcaPublicKey key;

	if (known_key->spki.data == NULL)
		make(known_key);
	FUZZ_CHECK(pca_public_key_parse(known_key->spki, &key) == NULL);
	FUZZ_CHECK(pca_public_key_verify(&key, algorithm, data, known_key->signature) == NULL);
	FUZZ_CHECK(pca_public_key_verify(&key, algorithm, other_data, known_key->signature) != NULL);
}

static void
check_decoded(const PcaPublicKey *key)
{
	const uint8 *at = key->spki.data;
	X509_PUBKEY *decoded = d2i_X509_PUBKEY(NULL, &at, key->spki.length);
	const uint8 *bits;
	int			length;

	FUZZ_CHECK(decoded != NULL && at == key->spki.data + key->spki.length);
	FUZZ_CHECK(X509_PUBKEY_get0_param(NULL, &bits, &length, NULL, decoded) == 1);
	FUZZ_CHECK(pca_bytes_equal(key->bits, (PcaBytes) {bits, length}));
	if (key->modulus.length > 0)
	{
		EVP_PKEY   *pkey = X509_PUBKEY_get0(decoded);

		FUZZ_CHECK(pkey != NULL && EVP_PKEY_get_bits(pkey) >= 2048 && EVP_PKEY_get_bits(pkey) <= 8192);
	}
	X509_PUBKEY_free(decoded);
	ERR_clear_error();
}

/* Tells whether OpenSSL accepts the signature as one over our data. */
static bool
is_good_for_openssl(const PcaPublicKey *key, PcaBytes algorithm, PcaBytes signature)
{
	const uint8 *at = key->spki.data;
	EVP_PKEY   *pkey = d2i_PUBKEY(NULL, &at, key->spki.length);
	const uint8 *algorithm_at = algorithm.data;
	X509_ALGOR *decoded = d2i_X509_ALGOR(NULL, &algorithm_at, algorithm.length);
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
	ASN1_OCTET_STRING *item = ASN1_OCTET_STRING_new();
	bool		result;

	ASN1_STRING_set(bits, signature.data, signature.length);
	bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;
	ASN1_STRING_set(item, data.data, data.length);
	result = pkey != NULL && decoded != NULL &&
		ASN1_item_verify(ASN1_ITEM_rptr(ASN1_OCTET_STRING), decoded, bits, item, pkey) == 1;
	ASN1_OCTET_STRING_free(item);
	ASN1_BIT_STRING_free(bits);
	X509_ALGOR_free(decoded);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return result;
}

void
fuzz_one(PcaBytes input)
{
	PcaDerReader reader = pca_der_reader(input);
	PcaDerElement spki;
	PcaDerElement algorithm;
	PcaDerElement signature;
	PcaPublicKey key;
	PcaDerWriter item;

	if (!pca_der_next(&reader, &spki) || pca_der_scan(spki.whole) != NULL ||
		pca_public_key_parse(spki.whole, &key) != NULL)
		return;
	check_decoded(&key);
	/* Long RSA keys cost time, which is left to fuzz_csr. */
	if (!pca_der_next(&reader, &algorithm) || pca_der_scan(algorithm.whole) != NULL)
		return;
	/* The caller has checked that the signature is not empty. */
	if (!pca_der_next(&reader, &signature) || signature.content.length == 0)
		return;
	pca_der_init(&item, 16);
	pca_der_primitive(&item, PCA_DER_OCTET_STRING, data);
	if (pca_public_key_verify(&key, algorithm.whole, pca_der_finish(&item), signature.content) == NULL)
		FUZZ_CHECK(is_good_for_openssl(&key, algorithm.whole, signature.content));
	FUZZ_CHECK(ERR_peek_error() == 0);
	for (size_t i = 0; i < lengthof(known); i++)
		check_known(&known[i]);
}
