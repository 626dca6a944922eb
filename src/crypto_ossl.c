/*-------------------------------------------------------------------------
 *
 * crypto_ossl.c
 *	  Ownership of OpenSSL's objects, its error queue, digests, random bytes
 *	  and secure memory.
 *
 * OpenSSL's error queue is shared with the server's own TLS: it is drained
 * where it is read.  Nothing here throws inside a callback of the library.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "base_error.h"
#include "crypto_ossl.h"
#include "utils/memutils.h"

/*
 * Private keys live in memory that is locked and never dumped.  A key of
 * RSA_4096 takes about 4 kB of it, the cache holds PCA_KEY_CACHE_SIZE keys.
 */
#define SECURE_HEAP_SIZE (1024 * 1024)
#define SECURE_HEAP_MINIMUM 32

static void
own(void *object, MemoryContextCallbackFunction release, const char *attempt)
{
	MemoryContextCallback *callback;

	if (object == NULL)
		pca_ossl_error(attempt);
	/* Out of memory here would leak the object, not the key: accept it. */
	callback = palloc(sizeof(MemoryContextCallback));
	callback->func = release;
	callback->arg = object;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
}

#define X(type) \
static void \
release_##type(void *object) \
{ \
	type##_free(object); \
} \
type * \
pca_own_##type(type *object, const char *attempt) \
{ \
	own(object, release_##type, attempt); \
	return object; \
}
PCA_OSSL_OWNED_TYPES(X)
#undef X

/*
 * Throws RequestFailedException for what OpenSSL could not do; the DETAIL is
 * its reason for the first error, which never holds data.
 */
void
pca_ossl_error(const char *attempt)
{
	unsigned long code = ERR_get_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	pca_error(REQUEST_FAILED,
			  errmsg("%s", attempt),
			  reason != NULL ? errdetail("OpenSSL reports: %s.", reason) : 0,
			  errhint("Try again; if it fails again, see the server log."));
}

void
pca_ossl_check(bool succeeded, const char *attempt)
{
	if (!succeeded)
		pca_ossl_error(attempt);
}

/* After a failure that is an answer, not an error. */
void
pca_ossl_forget_errors(void)
{
	ERR_clear_error();
}

/* An object that lives as long as the backend. */
void *
pca_ossl_keep(void *object, const char *attempt)
{
	if (object == NULL)
		pca_ossl_error(attempt);
	return object;
}

/*
 * Memory for key material.  Where the system's limit of locked memory is too
 * low the heap is made unlocked, which OpenSSL reports as success: keys are
 * still cleansed and kept out of core dumps.
 */
void *
pca_secure_alloc(size_t size)
{
	void	   *data;

	if (!CRYPTO_secure_malloc_initialized())
	{
		CRYPTO_secure_malloc_init(SECURE_HEAP_SIZE, SECURE_HEAP_MINIMUM);
		ERR_clear_error();
	}
	data = OPENSSL_secure_zalloc(size);
	if (data == NULL)
		pca_ossl_error("could not allocate memory for a key");
	return data;
}

void
pca_secure_free(void *data, size_t size)
{
	OPENSSL_secure_clear_free(data, size);
}

typedef struct SecureMemory
{
	void	   *data;
	size_t		size;
} SecureMemory;

static void
release_secure_memory(void *arg)
{
	SecureMemory *memory = arg;

	pca_secure_free(memory->data, memory->size);
}

/* The same, cleansed and freed with the current memory context. */
void *
pca_secure_palloc(size_t size)
{
	SecureMemory *memory = palloc(sizeof(SecureMemory));
	MemoryContextCallback *callback = palloc(sizeof(MemoryContextCallback));

	memory->data = pca_secure_alloc(size);
	memory->size = size;
	callback->func = release_secure_memory;
	callback->arg = memory;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	return memory->data;
}

/* The method of a digest, fetched once per backend. */
const EVP_MD *
pca_digest_method(PcaDigest digest)
{
	static const char *const names[PCA_DIGESTS] = {
		[PCA_SHA1] = "SHA1",
		[PCA_SHA256] = "SHA256",
		[PCA_SHA384] = "SHA384",
		[PCA_SHA512] = "SHA512",
	};
	static EVP_MD *methods[PCA_DIGESTS];

	if (methods[digest] == NULL)
		methods[digest] = pca_ossl_keep(EVP_MD_fetch(NULL, names[digest], NULL), "could not find a digest");
	return methods[digest];
}

/* The digest of the data in a buffer of EVP_MAX_MD_SIZE; its length. */
size_t
pca_digest(PcaDigest digest, PcaBytes data, uint8 *result)
{
	static EVP_MD_CTX *contexts[PCA_DIGESTS];
	unsigned int length = 0;

	if (contexts[digest] == NULL)
		contexts[digest] = pca_ossl_keep(EVP_MD_CTX_new(), "could not allocate a digest");
	pca_ossl_check(EVP_DigestInit_ex2(contexts[digest], pca_digest_method(digest), NULL) == 1 &&
				   EVP_DigestUpdate(contexts[digest], data.data, data.length) == 1 &&
				   EVP_DigestFinal_ex(contexts[digest], result, &length) == 1,
				   "could not calculate a digest");
	return length;
}

/* Bytes from OpenSSL's generator. */
void
pca_random(uint8 *data, size_t length)
{
	pca_ossl_check(RAND_bytes(data, length) == 1, "could not generate random bytes");
}

/* A version 4 UUID (RFC 9562 5.4). */
void
pca_random_uuid(pg_uuid_t *id)
{
	pca_random(id->data, sizeof(id->data));
	id->data[6] = (id->data[6] & 0x0f) | 0x40;
	id->data[8] = (id->data[8] & 0x3f) | 0x80;
}
