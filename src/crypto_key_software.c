/*-------------------------------------------------------------------------
 *
 * crypto_key_software.c
 *	  The provider of keys in software: OpenSSL generates them in this backend,
 *	  and they are stored as PKCS#8, wrapped by the key-encryption key.
 *
 * Such a key leaves the backend only wrapped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/crypto.h>

#include "crypto_kek.h"
#include "crypto_key_provider.h"
#include "miscadmin.h"

/* Returns whether a generation may continue; 0 stops it.  OpenSSL calls it between the steps. */
static int
may_go_on(EVP_PKEY_CTX *generation)
{
	return !QueryCancelPending && !ProcDiePending;
}

/* Generates a key.  An RSA key can take seconds, and its generation can be cancelled. */
static EVP_PKEY *
generate_key(const PcaKeyAlgorithm *algorithm)
{
	EVP_PKEY_CTX *generation = pca_own_EVP_PKEY_CTX(EVP_PKEY_CTX_new_from_name(NULL, algorithm->type, NULL),
													"could not generate a private key");
	EVP_PKEY   *pkey = NULL;

	pca_ossl_check(EVP_PKEY_keygen_init(generation) == 1 &&
				   pca_key_methods(algorithm->family)->set_size(generation, algorithm),
				   "could not generate a private key");
	EVP_PKEY_CTX_set_cb(generation, may_go_on);
	pca_ossl_begin();
	if (EVP_PKEY_generate(generation, &pkey) != 1)
	{
		if (QueryCancelPending || ProcDiePending)
			pca_ossl_forget_errors();
		CHECK_FOR_INTERRUPTS();
		pca_ossl_error("could not generate a private key");
	}
	return pca_own_EVP_PKEY(pkey, "could not generate a private key");
}

/*
 * Builds the data that is authenticated with the wrapped key: the version of
 * the format, the CA, the algorithm, and the SHA-256 of the public key.
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
	pca_der_primitive(&writer, PCA_DER_OCTET_STRING, (PcaBytes) {digest, PCA_SHA256_LENGTH});
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/* Creates a key and wraps it.  pca_kek_renew() must come first. */
static PcaKeyHandle
create_software_key(const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority, PcaStoredKey *stored)
{
	PcaKeyHandle key = {0};
	PcaBytes	pkcs8;

	pca_secure_free(pca_secure_alloc(1), 1);	/* makes the secure heap, which must exist before the key */
	key.pkey = generate_key(algorithm);
	stored->public_key = pca_key_encode_public(key.pkey);
	pkcs8 = pca_key_encode(algorithm, key.pkey, stored->public_key);
	stored->form = pca_kek_wrap(PCA_BYTES(authority->data), pkcs8,
								additional_data(algorithm, authority, stored->public_key));
	stored->kek_id = pca_kek_id();
	OPENSSL_cleanse(unconstify(uint8 *, pkcs8.data), pkcs8.length);
	return key;
}

/*
 * Unwraps a key.
 *
 * Throws RequestFailedException if the CA is sealed, or if the stored key does
 * not belong to it.
 */
static PcaKeyHandle
open_software_key(const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority, const PcaStoredKey *stored)
{
	PcaKeyHandle key = {0};
	PcaBytes	pkcs8 = {NULL, 0};

	pkcs8.data = pca_kek_unwrap(stored->kek_id, PCA_BYTES(authority->data), stored->form,
								additional_data(algorithm, authority, stored->public_key), &pkcs8.length);
	key.pkey = pca_key_decode(algorithm, pkcs8);
	OPENSSL_cleanse(unconstify(uint8 *, pkcs8.data), pkcs8.length);
	return key;
}

const PcaKeyProvider pca_key_software = {
	.name = PCA_KEY_SOFTWARE,
	.create = create_software_key,
	.open = open_software_key,
};
