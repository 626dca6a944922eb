/*-------------------------------------------------------------------------
 *
 * crypto_signature.c
 *	  Verifies the signatures of CSRs, certificates and CRLs.
 *
 * Signatures over SHA-256, SHA-384 and SHA-512 are accepted, and those over SHA-1
 * if a signature only shows possession of the key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "crypto_key_kind.h"
#include "crypto_ossl.h"
#include "crypto_signature.h"
#include "crypto_signature_scheme.h"

/*
 * Splits a signed structure into its parts (RFC 5280 4.1.1 and 5.1.1, RFC 2986
 * 4.2).  Returns NULL or the fault.
 *
 * otherwise: the fault to return if it does not have this form.
 */
const char *
pca_signed_parse(PcaBytes der, const char *otherwise, PcaSigned *parts)
{
	PcaDerReader reader = pca_der_reader(der);
	PcaDerReader inner;
	PcaDerElement algorithm;
	PcaDerElement signature;

	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner) || !pca_der_at_end(&reader) ||
		!pca_der_take(&inner, PCA_DER_SEQUENCE, &parts->tbs) ||
		!pca_der_take(&inner, PCA_DER_SEQUENCE, &algorithm) ||
		!pca_der_take(&inner, PCA_DER_BIT_STRING, &signature) || !pca_der_at_end(&inner))
		return otherwise;
	if (signature.content.length < 2 || signature.content.data[0] != 0)
		return "its signature is not a whole number of octets";
	parts->algorithm = algorithm.whole;
	parts->signature = (PcaBytes) {signature.content.data + 1, signature.content.length - 1};
	return NULL;
}

/*
 * Loads a key on a curve.  Each backend has one key per curve, whose point is
 * replaced.  After a refused point the key holds it until the next one, and must
 * not be used to verify.  Returns NULL if the point is invalid.
 */
static EVP_PKEY *
load_ec(const PcaPublicKey *key)
{
	static EVP_PKEY *keys[PCA_KEY_KINDS];
	EVP_PKEY  **kept = &keys[key->kind->number];

	if (*kept == NULL)
		*kept = pca_ossl_keep(EVP_EC_gen(key->kind->name), "could not load a public key");
	if (EVP_PKEY_set1_encoded_public_key(*kept, key->bits.data, key->bits.length) != 1)
		return NULL;
	return *kept;
}

/* Returns a number in the processor's order of octets, which OSSL_PARAM uses. */
static OSSL_PARAM
number_parameter(const char *name, PcaBytes big_endian)
{
	uint8	   *native = palloc(big_endian.length);

	memcpy(native, big_endian.data, big_endian.length);
	pca_ossl_turn_number(native, big_endian.length);
	return OSSL_PARAM_construct_BN(name, native, big_endian.length);
}

/* Loads an RSA key.  Returns NULL if it is invalid. */
static EVP_PKEY *
load_rsa(const PcaPublicKey *key)
{
	static EVP_PKEY_CTX *maker;
	EVP_PKEY   *result = NULL;

	/* Initializing it again is harmless, and repairs one that failed. */
	if (maker == NULL)
		maker = pca_ossl_keep(EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL), "could not load a public key");
	pca_ossl_check(EVP_PKEY_fromdata_init(maker) == 1, "could not load a public key");
	if (EVP_PKEY_fromdata(maker, &result, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM[]) {
		number_parameter(OSSL_PKEY_PARAM_RSA_N, key->modulus),
		number_parameter(OSSL_PKEY_PARAM_RSA_E, key->exponent),
		OSSL_PARAM_construct_end()
	}) != 1)
		return NULL;
	return pca_own_EVP_PKEY(result, "could not load a public key");
}

/* Loads a public key for OpenSSL.  Returns NULL if it is invalid. */
static EVP_PKEY *
load_public_key(const PcaPublicKey *key)
{
	EVP_PKEY   *raw;

	switch (key->kind->scheme)
	{
		case PCA_SCHEME_EC:
			return load_ec(key);
		case PCA_SCHEME_RSA:
			return load_rsa(key);
		case PCA_SCHEME_PURE:
			raw = EVP_PKEY_new_raw_public_key_ex(NULL, key->kind->name, NULL, key->bits.data, key->bits.length);
			return raw != NULL ? pca_own_EVP_PKEY(raw, "could not load a public key") : NULL;
	}
	return NULL;
}

/*
 * Tells whether a signature is that of a key on a curve.  There is one context
 * per curve and backend; its key is the one in which load_ec() replaces the
 * point.
 */
static bool
verify_ec(const PcaPublicKey *key, EVP_PKEY *pkey, PcaBytes digest, PcaBytes signature)
{
	static EVP_PKEY_CTX *contexts[PCA_KEY_KINDS];
	EVP_PKEY_CTX **kept = &contexts[key->kind->number];
	static bool is_ready[PCA_KEY_KINDS];

	if (*kept == NULL)
		*kept = pca_ossl_keep(EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL), "could not verify a signature");
	if (!is_ready[key->kind->number])
		pca_ossl_check(EVP_PKEY_verify_init(*kept) == 1, "could not verify a signature");
	is_ready[key->kind->number] = true;
	return EVP_PKEY_verify(*kept, signature.data, signature.length, digest.data, digest.length) == 1;
}

/*
 * Tells whether a signature is that of an RSA key.  The DigestInfo is our own,
 * because the OpenSSL of some distributions has a policy that refuses SHA-1 by
 * name, even for requests.  Without a digest OpenSSL accepts a signature of any
 * length, so the length is checked here.
 */
static bool
verify_rsa(const PcaPublicKey *key, const PcaSignatureScheme *scheme, EVP_PKEY *pkey, PcaBytes digest, PcaBytes signature)
{
	EVP_PKEY_CTX *context = pca_own_EVP_PKEY_CTX(EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL),
												 "could not verify a signature");
	PcaDerWriter info;

	pca_ossl_check(EVP_PKEY_verify_init(context) == 1 &&
				   EVP_PKEY_CTX_set_rsa_padding(context, scheme->is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1,
				   "could not verify a signature");
	if (scheme->is_pss)
		return EVP_PKEY_CTX_set_signature_md(context, pca_digest_method(scheme->digest)) == 1 &&
			EVP_PKEY_CTX_set_rsa_pss_saltlen(context, scheme->salt_length) == 1 &&
			EVP_PKEY_verify(context, signature.data, signature.length, digest.data, digest.length) == 1;
	pca_der_init(&info, 128);
	pca_der_raw(&info, pca_digest_info(scheme->digest));
	pca_der_raw(&info, digest);
	return signature.length == key->modulus.length &&
		EVP_PKEY_verify(context, signature.data, signature.length, info.data, info.length) == 1;
}

/* Tells whether a signature over the data itself is that of a key. */
static bool
verify_pure(EVP_PKEY *pkey, PcaBytes data, PcaBytes signature)
{
	EVP_MD_CTX *context = pca_own_EVP_MD_CTX(EVP_MD_CTX_new(), "could not verify a signature");

	return EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
		EVP_DigestVerify(context, signature.data, signature.length, data.data, data.length) == 1;
}

/*
 * Verifies a signature that only shows possession of the key, for which SHA-1
 * is good enough.  Returns NULL or the fault.
 *
 * algorithm_identifier: of the signature, whole.
 */
const char *
pca_public_key_verify_possession(const PcaPublicKey *key, PcaBytes algorithm_identifier, PcaBytes data, PcaBytes signature)
{
	PcaSignatureScheme scheme = {0};
	uint8		digest[EVP_MAX_MD_SIZE];
	const char *fault = pca_signature_scheme_parse(key, algorithm_identifier, &scheme);
	EVP_PKEY   *pkey;
	bool		is_good;

	if (fault != NULL)
		return fault;
	if (scheme.scheme != key->kind->scheme)
		return "its signature algorithm does not belong to its key";
	pca_ossl_begin();
	pkey = load_public_key(key);
	if (pkey == NULL)
	{
		pca_ossl_forget_errors();
		return "its public key is not a valid key";
	}
	if (scheme.scheme == PCA_SCHEME_PURE)
		is_good = verify_pure(pkey, data, signature);
	else
	{
		PcaBytes	hash = {digest, pca_digest(scheme.digest, data, digest)};

		is_good = scheme.scheme == PCA_SCHEME_EC
			? verify_ec(key, pkey, hash, signature)
			: verify_rsa(key, &scheme, pkey, hash, signature);
	}
	if (!is_good)
		pca_ossl_forget_errors();
	return is_good ? NULL : "its signature does not verify";
}

/*
 * Verifies a signature on which relying parties depend.  Returns NULL or the
 * fault.
 *
 * algorithm_identifier: of the signature, whole.
 */
const char *
pca_public_key_verify(const PcaPublicKey *key, PcaBytes algorithm_identifier, PcaBytes data, PcaBytes signature)
{
	PcaSignatureScheme scheme = {0};

	if (pca_signature_scheme_parse(key, algorithm_identifier, &scheme) == NULL && scheme.digest == PCA_SHA1 &&
		scheme.scheme != PCA_SCHEME_PURE)
		return "its signature uses SHA-1";
	return pca_public_key_verify_possession(key, algorithm_identifier, data, signature);
}
