/*-------------------------------------------------------------------------
 *
 * crypto_key.c
 *	  The private keys of certificate authorities.
 *
 * The only file that holds one.  A key leaves it wrapped (see crypto_kek.c) or
 * as a signature, never else.  Each backend keeps the keys that it used last,
 * unwrapped in OpenSSL's secure memory, with a context ready to sign: to
 * unwrap an RSA key costs a third of a millisecond, an EC key 20 microseconds.
 * An entry is found by its CA's id alone because a CA's key never changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rsa.h>

#include "base_error.h"
#include "crypto_kek.h"
#include "crypto_key.h"
#include "crypto_ossl.h"
#include "miscadmin.h"

#define KEY_CACHE_SIZE 16
#define DIGEST_LENGTH 32
#define MAX_EC_BITS 521
#define ENCODED_EC_SIZE 512		/* a P-521 key takes 241 */

struct PcaKey
{
	pg_uuid_t	authority;
	const PcaKeyAlgorithm *algorithm;
	EVP_PKEY   *pkey;			/* NULL: the entry is free */
	const PcaSigningAlgorithm *signing; /* what the contexts are ready for */
	EVP_PKEY_CTX *sign;
	EVP_PKEY_CTX *verify;
	bool		is_sound;		/* false while OpenSSL works with it, and for good after an error there */
	uint64		last_use;
};

static PcaKey cache[KEY_CACHE_SIZE];
static uint64 uses;

static void
forget_contexts(PcaKey *key)
{
	EVP_PKEY_CTX_free(key->sign);
	EVP_PKEY_CTX_free(key->verify);
	key->sign = key->verify = NULL;
	key->signing = NULL;
}

static void
forget(PcaKey *key)
{
	forget_contexts(key);
	EVP_PKEY_free(key->pkey);
	key->pkey = NULL;
}

/*
 * The key of a CA when this backend has it unwrapped, or NULL.  An RSA key that
 * lacked the memory to renew its blinding makes wrong signatures from then on:
 * one that failed is unwrapped again.
 */
PcaKey *
pca_key_find(const pg_uuid_t *authority)
{
	for (int i = 0; i < KEY_CACHE_SIZE; i++)
	{
		if (cache[i].pkey == NULL || memcmp(&cache[i].authority, authority, sizeof(*authority)) != 0)
			continue;
		cache[i].last_use = ++uses;
		if (cache[i].is_sound)
			return &cache[i];
		forget(&cache[i]);
	}
	return NULL;
}

/* Keeps a key, which a memory context owns, in the place of the one that was not used for longest. */
static PcaKey *
keep(EVP_PKEY *pkey, const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority)
{
	PcaKey	   *key = &cache[0];

	pca_ossl_check(EVP_PKEY_up_ref(pkey) == 1, "could not keep a private key");
	for (int i = 1; i < KEY_CACHE_SIZE && key->pkey != NULL; i++)
		if (cache[i].pkey == NULL || cache[i].last_use < key->last_use)
			key = &cache[i];
	forget(key);
	key->pkey = pkey;
	key->is_sound = true;
	key->algorithm = algorithm;
	key->authority = *authority;
	key->last_use = ++uses;
	return key;
}

/* Called by OpenSSL between the steps of a generation: 0 stops it. */
static int
may_go_on(EVP_PKEY_CTX *context)
{
	return !QueryCancelPending && !ProcDiePending;
}

static bool
set_size(EVP_PKEY_CTX *context, const PcaKeyAlgorithm *algorithm)
{
	switch (algorithm->family)
	{
		case PCA_FAMILY_RSA:
			return EVP_PKEY_CTX_set_rsa_keygen_bits(context, algorithm->bits) == 1;
		case PCA_FAMILY_EC:
			return EVP_PKEY_CTX_set_group_name(context, algorithm->group) == 1;
		case PCA_FAMILY_ML_DSA:
			return true;
	}
	return false;
}

static EVP_PKEY *
generate(const PcaKeyAlgorithm *algorithm)
{
	EVP_PKEY_CTX *context = pca_own_EVP_PKEY_CTX(EVP_PKEY_CTX_new_from_name(NULL, algorithm->type, NULL),
												 "could not generate a private key");
	EVP_PKEY   *pkey = NULL;

	pca_ossl_check(EVP_PKEY_keygen_init(context) == 1 && set_size(context, algorithm),
				   "could not generate a private key");
	EVP_PKEY_CTX_set_cb(context, may_go_on);
	pca_ossl_begin();
	if (EVP_PKEY_generate(context, &pkey) != 1)
	{
		if (QueryCancelPending || ProcDiePending)
			pca_ossl_forget_errors();
		CHECK_FOR_INTERRUPTS();
		pca_ossl_error("could not generate a private key");
	}
	return pca_own_EVP_PKEY(pkey, "could not generate a private key");
}

/*
 * Makes a key for a new CA.  An RSA key takes up to seconds and can be
 * cancelled.
 */
PcaKey *
pca_key_generate(const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority)
{
	pca_secure_free(pca_secure_alloc(1), 1);	/* the heap must be there before the key */
	return keep(generate(algorithm), algorithm, authority);
}

/* Between big-endian octets and the processor's order, in which OSSL_PARAM has numbers. */
static void
reverse_if_little_endian(uint8 *number, size_t size)
{
#ifndef WORDS_BIGENDIAN
	for (size_t i = 0; i < size / 2; i++)
	{
		uint8		octet = number[i];

		number[i] = number[size - 1 - i];
		number[size - 1 - i] = octet;
	}
#endif
}

static PcaBytes
encode_public(EVP_PKEY *pkey)
{
	int			length = i2d_PUBKEY(pkey, NULL);
	uint8	   *spki;
	uint8	   *at;

	pca_ossl_check(length > 0, "could not encode a public key");
	spki = at = palloc(length);
	pca_ossl_check(i2d_PUBKEY(pkey, &at) == length, "could not encode a public key");
	return (PcaBytes) {spki, length};
}

/* The SubjectPublicKeyInfo, DER. */
PcaBytes
pca_key_public(PcaKey *key)
{
	return encode_public(key->pkey);
}

/*
 * What is authenticated beside the wrapped key: the format's version, the CA,
 * the algorithm, and the SHA-256 of the public key.
 */
static PcaBytes
additional_data(const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority, PcaBytes spki)
{
	PcaDerWriter writer;
	uint8		digest[EVP_MAX_MD_SIZE];

	pca_digest(PCA_SHA256, spki, digest);
	pca_der_init(&writer, 128);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_integer(&writer, 1);
	pca_der_primitive(&writer, PCA_DER_OCTET_STRING, PCA_BYTES(authority->data));
	pca_der_primitive(&writer, PCA_DER_UTF8_STRING, (PcaBytes) {(const uint8 *) algorithm->name, strlen(algorithm->name)});
	pca_der_primitive(&writer, PCA_DER_OCTET_STRING, (PcaBytes) {digest, DIGEST_LENGTH});
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/* The octets of the private number of an EC key. */
static size_t
get_ec_size(EVP_PKEY *pkey)
{
	int			bits = EVP_PKEY_get_bits(pkey);

	pca_ossl_check(bits > 0 && bits <= MAX_EC_BITS, "could not encode a private key");
	return (bits + 7) / 8;
}

/*
 * An EC key as PKCS#8 (RFC 5915, RFC 5958), by hand: OpenSSL's own structure
 * leaves a copy of the private number in the ordinary heap.
 */
static PcaBytes
encode_ec(PcaKey *key, PcaBytes spki)
{
	size_t		size = get_ec_size(key->pkey);
	uint8	   *number = pca_secure_palloc(size);
	uint8	   *result = pca_secure_palloc(ENCODED_EC_SIZE);
	PcaDerReader reader = pca_der_reader(spki);
	PcaDerReader inner = {0};
	PcaDerElement algorithm = {0};
	PcaDerElement point = {0};
	PcaDerWriter writer = {.data = result, .capacity = ENCODED_EC_SIZE};

	pca_ossl_check(EVP_PKEY_get_params(key->pkey, (OSSL_PARAM[]) {
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number, size), OSSL_PARAM_construct_end()
	}) == 1, "could not encode a private key");
	reverse_if_little_endian(number, size);
	pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner);
	pca_der_take(&inner, PCA_DER_SEQUENCE, &algorithm);
	pca_der_take(&inner, PCA_DER_BIT_STRING, &point);

	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_integer(&writer, 0);
	pca_der_raw(&writer, algorithm.whole);
	pca_der_begin(&writer, PCA_DER_OCTET_STRING);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_integer(&writer, 1);
	pca_der_primitive(&writer, PCA_DER_OCTET_STRING, (PcaBytes) {number, size});
	pca_der_begin(&writer, PCA_DER_CONTEXT_CONSTRUCTED + 1);
	pca_der_raw(&writer, point.whole);
	pca_der_end(&writer);
	pca_der_end(&writer);
	pca_der_end(&writer);
	pca_der_end(&writer);
	Assert(writer.data == result);
	return pca_der_finish(&writer);
}

/* Any other key as PKCS#8, by OpenSSL. */
static PcaBytes
encode_other(PcaKey *key)
{
	PKCS8_PRIV_KEY_INFO *pkcs8 = pca_own_PKCS8_PRIV_KEY_INFO(EVP_PKEY2PKCS8(key->pkey), "could not encode a private key");
	int			length = i2d_PKCS8_PRIV_KEY_INFO(pkcs8, NULL);
	uint8	   *result;
	uint8	   *at;

	pca_ossl_check(length > 0, "could not encode a private key");
	result = at = pca_secure_palloc(length);
	pca_ossl_check(i2d_PKCS8_PRIV_KEY_INFO(pkcs8, &at) == length, "could not encode a private key");
	return (PcaBytes) {result, length};
}

/* The key as PKCS#8, wrapped; pca_kek_renew() came before. */
PcaWrappedKey
pca_key_wrap(PcaKey *key)
{
	PcaBytes	spki = pca_key_public(key);
	PcaBytes	plaintext = key->algorithm->family == PCA_FAMILY_EC ? encode_ec(key, spki) : encode_other(key);
	PcaWrappedKey result;

	result.wrapped = pca_kek_wrap(PCA_BYTES(key->authority.data), plaintext,
								  additional_data(key->algorithm, &key->authority, spki));
	result.kek_id = pca_kek_id();
	OPENSSL_cleanse((void *) plaintext.data, plaintext.length);
	return result;
}

/* The inverse of encode_ec(); NULL when it is none. */
static EVP_PKEY *
decode_ec(PcaBytes plaintext, const PcaKeyAlgorithm *algorithm, PcaBytes spki)
{
	EVP_PKEY_CTX *context = pca_own_EVP_PKEY_CTX(EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL), "could not decode a private key");
	PcaDerReader reader = pca_der_reader(plaintext);
	PcaDerReader info;
	PcaDerReader wrapped;
	PcaDerReader ec_key;
	PcaDerElement skipped;
	PcaDerElement number;
	PcaDerElement point;
	uint8	   *native;
	EVP_PKEY   *result = NULL;

	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &info) || !pca_der_next(&info, &skipped) ||
		!pca_der_next(&info, &skipped) || !pca_der_enter(&info, PCA_DER_OCTET_STRING, &wrapped) ||
		!pca_der_enter(&wrapped, PCA_DER_SEQUENCE, &ec_key) || !pca_der_next(&ec_key, &skipped) ||
		!pca_der_take(&ec_key, PCA_DER_OCTET_STRING, &number))
		return NULL;
	reader = pca_der_reader(spki);
	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &info) || !pca_der_next(&info, &skipped) ||
		!pca_der_take(&info, PCA_DER_BIT_STRING, &point))
		return NULL;
	native = pca_secure_palloc(number.content.length);
	memcpy(native, number.content.data, number.content.length);
	reverse_if_little_endian(native, number.content.length);
	if (EVP_PKEY_fromdata_init(context) != 1 ||
		EVP_PKEY_fromdata(context, &result, EVP_PKEY_KEYPAIR, (OSSL_PARAM[]) {
			OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *) algorithm->group, 0),
			OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *) (point.content.data + 1), point.content.length - 1),
			OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native, number.content.length),
			OSSL_PARAM_construct_end()
		}) != 1)
		return NULL;
	return result;
}

/* The inverse of encode_other(); NULL when it is none. */
static EVP_PKEY *
decode_other(PcaBytes plaintext)
{
	const uint8 *at = plaintext.data;
	PKCS8_PRIV_KEY_INFO *pkcs8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, plaintext.length);

	if (pkcs8 == NULL)
		return NULL;
	return EVP_PKCS82PKEY(pca_own_PKCS8_PRIV_KEY_INFO(pkcs8, "could not decode a private key"));
}

/*
 * Unwraps a CA's key and keeps it in this backend.
 *
 * spki: the public key that it must belong to.  Throws RequestFailedException
 * when the CA is sealed or the stored key is not its own.
 */
PcaKey *
pca_key_unwrap(const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority,
			   const PcaWrappedKey *wrapped, PcaBytes spki)
{
	PcaBytes	plaintext = {NULL, 0};
	EVP_PKEY   *pkey;

	plaintext.data = pca_kek_unwrap(wrapped->kek_id, PCA_BYTES(authority->data), wrapped->wrapped,
									additional_data(algorithm, authority, spki), &plaintext.length);
	pkey = algorithm->family == PCA_FAMILY_EC ? decode_ec(plaintext, algorithm, spki) : decode_other(plaintext);
	OPENSSL_cleanse((void *) plaintext.data, plaintext.length);
	pkey = pca_own_EVP_PKEY(pkey, "could not decode a private key");
	if (pca_bytes_equal(encode_public(pkey), spki))
		return keep(pkey, algorithm, authority);
	pca_error(REQUEST_FAILED,
			  errmsg("private key does not belong to its certificate authority"),
			  errdetail("The public half of the unwrapped key differs from the stored one."),
			  errhint("Restore the row of the key from a backup."));
}

static void
set_algorithm(EVP_PKEY_CTX *context, const PcaSigningAlgorithm *signing)
{
	pca_ossl_check(EVP_PKEY_CTX_set_signature_md(context, pca_digest_method(signing->digest)) == 1,
				   "could not prepare a signature");
	if (signing->family != PCA_FAMILY_RSA)
		return;
	pca_ossl_check(EVP_PKEY_CTX_set_rsa_padding(context, signing->is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
				   (!signing->is_pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1),
				   "could not prepare a signature");
}

/*
 * Makes both contexts ready for an algorithm; they are used again for every
 * signature until another algorithm is asked for.
 */
static void
prepare(PcaKey *key, const PcaSigningAlgorithm *signing)
{
	if (key->signing == signing)
		return;
	forget_contexts(key);
	key->sign = pca_ossl_keep(EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL), "could not prepare a signature");
	key->verify = pca_ossl_keep(EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL), "could not prepare a signature");
	pca_ossl_check(EVP_PKEY_sign_init(key->sign) == 1 && EVP_PKEY_verify_init(key->verify) == 1,
				   "could not prepare a signature");
	set_algorithm(key->sign, signing);
	set_algorithm(key->verify, signing);
	key->signing = signing;
}

/* ML-DSA signs and verifies the data itself; it has no kept context. */
static EVP_MD_CTX *
new_pure_context(void)
{
	return pca_own_EVP_MD_CTX(EVP_MD_CTX_new(), "could not prepare a signature");
}

static bool
sign_pure(PcaKey *key, PcaBytes data, uint8 *signature, size_t *length)
{
	EVP_MD_CTX *context = new_pure_context();

	return EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
		EVP_DigestSign(context, signature, length, data.data, data.length) == 1;
}

static bool
verify_pure(PcaKey *key, PcaBytes data, PcaBytes signature)
{
	EVP_MD_CTX *context = new_pure_context();

	return EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
		EVP_DigestVerify(context, signature.data, signature.length, data.data, data.length) == 1;
}

static bool
sign_digest(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data, uint8 *signature, size_t *length)
{
	uint8		digest[EVP_MAX_MD_SIZE];
	size_t		digest_length = pca_digest(signing->digest, data, digest);

	prepare(key, signing);
	return EVP_PKEY_sign(key->sign, signature, length, digest, digest_length) == 1;
}

static bool
verify_digest(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data, PcaBytes signature)
{
	uint8		digest[EVP_MAX_MD_SIZE];
	size_t		digest_length = pca_digest(signing->digest, data, digest);

	prepare(key, signing);
	return EVP_PKEY_verify(key->verify, signature.data, signature.length, digest, digest_length) == 1;
}

/* The signature over the data. */
PcaBytes
pca_key_sign(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data)
{
	int			size = EVP_PKEY_get_size(key->pkey);
	uint8	   *signature;
	size_t		length = size;

	pca_ossl_check(size > 0, "could not sign");
	signature = palloc(size);
	key->is_sound = false;
	pca_ossl_begin();
	/* OpenSSL may say that it signed and give -1 for the length, as a number without a sign. */
	pca_ossl_check((signing->family == PCA_FAMILY_ML_DSA
					? sign_pure(key, data, signature, &length)
					: sign_digest(key, signing, data, signature, &length)) &&
				   length > 0 && length <= (size_t) size,
				   "could not sign");
	/* It may say so after an allocation failed: such a signature is not used. */
	pca_ossl_forget_errors();
	key->is_sound = true;
	return (PcaBytes) {signature, length};
}

/* Is this the signature over the data? */
bool
pca_key_verify(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data, PcaBytes signature)
{
	bool		is_good;

	key->is_sound = false;
	pca_ossl_begin();
	is_good = signing->family == PCA_FAMILY_ML_DSA
		? verify_pure(key, data, signature)
		: verify_digest(key, signing, data, signature);
	if (!is_good)
		pca_ossl_forget_errors();
	key->is_sound = is_good;
	return is_good;
}

/*
 * Throws RequestFailedException when a signature that the key has just made is
 * wrong: a fault of memory or processor.
 */
void
pca_key_check_signature(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data, PcaBytes signature)
{
	if (!pca_key_verify(key, signing, data, signature))
		pca_error(REQUEST_FAILED,
				  errmsg("a new signature does not verify"),
				  errdetail("Nothing was stored."),
				  errhint("Check the hardware and the OpenSSL library of this server."));
}
