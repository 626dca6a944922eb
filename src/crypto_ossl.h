/*-------------------------------------------------------------------------
 *
 * crypto_ossl.h
 *	  The interface to OpenSSL: ownership of its objects, and handling of its
 *	  errors.
 *
 * pca_own_TYPE(object, attempt) hands an object to the current memory context
 * in the expression that creates it, so that an ereport(ERROR) anywhere leaks
 * nothing.  If the object is NULL, it throws pca_ossl_error(attempt).
 * pca_ossl_keep() is for objects that live as long as the backend.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_OSSL_H
#define CRYPTO_OSSL_H

#include "postgres.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base_der.h"
#include "utils/uuid.h"

#define PCA_OSSL_OWNED_TYPES(X) \
	X(BN_CTX) \
	X(EVP_PKEY) \
	X(EVP_PKEY_CTX) \
	X(EVP_MD_CTX) \
	X(EVP_CIPHER_CTX) \
	X(EVP_KEYMGMT) \
	X(EVP_KDF) \
	X(EVP_KDF_CTX) \
	X(X509)

#define X(type) extern type *pca_own_##type(type *object, const char *attempt);
PCA_OSSL_OWNED_TYPES(X)
#undef X

extern _Noreturn void pca_ossl_error(const char *attempt);
extern void pca_ossl_prepare(void);
extern void pca_ossl_begin(void);
extern void pca_ossl_check(bool succeeded, const char *attempt);
extern void pca_ossl_forget_errors(void);
extern void *pca_ossl_keep(void *object, const char *attempt);
extern void pca_ossl_turn_number(uint8 *number, size_t size);

extern void *pca_secure_alloc(size_t size);
extern void *pca_secure_palloc(size_t size);
extern void pca_secure_free(void *data, size_t size);

extern void pca_random(uint8 *data, size_t length);
extern void pca_random_uuid(pg_uuid_t *id);

#endif							/* CRYPTO_OSSL_H */
