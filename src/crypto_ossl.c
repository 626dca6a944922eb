/*-------------------------------------------------------------------------
 *
 * crypto_ossl.c
 *	  Ownership of OpenSSL's objects, its error queue, random bytes and secure
 *	  memory.
 *
 * OpenSSL's error queue is shared with the server's own TLS, so it is emptied
 * wherever it is read.  Nothing here throws inside a callback of the library.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <setjmp.h>
#include <signal.h>

#include <openssl/crypto.h>
#include <openssl/cryptoerr.h>
#include <openssl/decoder.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "base_error.h"
#include "crypto_ossl.h"
#include "utils/memutils.h"

/*
 * Key material is in memory that is locked and never dumped.  A key of RSA_4096
 * that was generated here takes about 4 kB of it; a key that is being encoded
 * takes 8 kB.  OpenSSL keeps the numbers of a stored RSA key in ordinary memory,
 * and a copy of the factors of every RSA key that signs; it cleanses both.
 */
#define SECURE_HEAP_SIZE (1024 * 1024)
#define SECURE_HEAP_MINIMUM 32

/* Registers an object to be released with the current memory context.  Throws if it is NULL. */
static void
own_object(void *object, MemoryContextCallbackFunction release, const char *attempt)
{
	MemoryContextCallback *callback;

	if (object == NULL)
		pca_ossl_error(attempt);
	/* Running out of memory here would leak the object, but not disclose the key, which is acceptable. */
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
	own_object(object, release_##type, attempt); \
	return object; \
}
PCA_OSSL_OWNED_TYPES(X)
#undef X

/* Tells whether an error of OpenSSL is that an allocation failed. */
static bool
is_memory_error(unsigned long code)
{
	return ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE ||
		(ERR_GET_LIB(code) == ERR_LIB_CRYPTO && ERR_GET_REASON(code) == CRYPTO_R_SECURE_MALLOC_FAILURE);
}

static _Noreturn void out_of_memory(void);

/* Throws out_of_memory. */
static void
out_of_memory(void)
{
	pca_ossl_begin();
	ereport(ERROR,
			errcode(ERRCODE_OUT_OF_MEMORY),
			errmsg("out of memory"),
			errdetail("OpenSSL could not allocate memory."));
}

/*
 * Empties the error queue.  Throws out_of_memory if an allocation failed,
 * whatever OpenSSL reported: some of its functions put that in the queue,
 * others only that something failed.  But malloc() sets errno in any case.
 */
static void
drain_errors(void)
{
	bool		is_out_of_memory = errno == ENOMEM;
	unsigned long code;

	while ((code = ERR_get_error()) != 0)
		is_out_of_memory |= is_memory_error(code);
	errno = 0;
	if (is_out_of_memory)
		out_of_memory();
}

/* Begins an attempt whose failure may be a regular result, by forgetting earlier errors. */
void
pca_ossl_begin(void)
{
	ERR_clear_error();
	errno = 0;
}

/*
 * Throws RequestFailedException for what OpenSSL could not do, or
 * out_of_memory.  The DETAIL is the reason that OpenSSL gives for the first
 * error, which never contains data.
 *
 * attempt: the message.
 */
void
pca_ossl_error(const char *attempt)
{
	unsigned long code = ERR_peek_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

	drain_errors();
	pca_error(REQUEST_FAILED,
			  errmsg("%s", attempt),
			  reason != NULL ? errdetail("OpenSSL reports: %s.", reason) : 0,
			  errhint("Try again; if it fails again, see the server log."));
}

/* Throws as pca_ossl_error() does, unless an attempt succeeded. */
void
pca_ossl_check(bool succeeded, const char *attempt)
{
	if (!succeeded)
		pca_ossl_error(attempt);
}

/* Forgets errors after a failure that is a regular result.  Throws out_of_memory if that was the reason. */
void
pca_ossl_forget_errors(void)
{
	drain_errors();
}

/* Returns an object that lives as long as the backend.  Throws as pca_ossl_error() does if it is NULL. */
void *
pca_ossl_keep(void *object, const char *attempt)
{
	if (object == NULL)
		pca_ossl_error(attempt);
	return object;
}

/*
 * Turns a number of size octets from big-endian order into the processor's,
 * which OSSL_PARAM uses, or back.
 */
void
pca_ossl_turn_number(uint8 *number, size_t size)
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

static sigjmp_buf aborted;

/* Handles SIGABRT while the secure heap is made. */
static void
leave_abort(int signal_number)
{
	siglongjmp(aborted, 1);
}

/*
 * Makes the secure heap.  Returns false if there is no memory for it.  OpenSSL
 * calls abort() if it cannot allocate the tables of the heap.  POSIX allows a
 * signal handler to jump out of that, and at this point OpenSSL holds no lock
 * and has no state to lose.
 */
static bool
make_secure_heap(void)
{
	struct sigaction handler = {.sa_handler = leave_abort};
	struct sigaction old;
	volatile bool is_made = false;

	sigemptyset(&handler.sa_mask);
	sigaction(SIGABRT, &handler, &old);
	if (sigsetjmp(aborted, 1) == 0)
		is_made = CRYPTO_secure_malloc_init(SECURE_HEAP_SIZE, SECURE_HEAP_MINIMUM) != 0;
	sigaction(SIGABRT, &old, NULL);
	/* errno is also set if the heap could not be locked. */
	pca_ossl_begin();
	return is_made;
}

/*
 * Allocates memory for key material, filled with zeros.  pca_secure_free() frees
 * it.  If the system's limit of locked memory is too low, the heap is made
 * unlocked, which OpenSSL reports as success: keys are still cleansed and kept
 * out of core dumps.  Without the heap OpenSSL would use ordinary memory; this
 * function throws out_of_memory instead.
 *
 * size: octets.
 */
void *
pca_secure_alloc(size_t size)
{
	void	   *data = NULL;

	if (CRYPTO_secure_malloc_initialized() || make_secure_heap())
		data = OPENSSL_secure_zalloc(size);
	if (data == NULL)
		out_of_memory();
	return data;
}

/* Cleanses and frees memory of pca_secure_alloc(). */
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

/* Frees memory of pca_secure_palloc() when its memory context goes away. */
static void
release_secure_memory(void *arg)
{
	SecureMemory *memory = arg;

	pca_secure_free(memory->data, memory->size);
}

/* Does the same as pca_secure_alloc().  The memory is cleansed and freed with the current memory context. */
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

/*
 * Lets OpenSSL create what it caches of its algorithms while the postmaster
 * loads the library, so that all sessions have it from the beginning.  If a
 * session lacked the memory for it at the first request, OpenSSL would not
 * create it again in that session.
 */
void
pca_ossl_prepare(void)
{
	uint8		random;

	EVP_MD_free(EVP_MD_fetch(NULL, "SHA256", NULL));
	EVP_CIPHER_free(EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL));
	EVP_MAC_free(EVP_MAC_fetch(NULL, "HMAC", NULL));
	EVP_KDF_free(EVP_KDF_fetch(NULL, "HKDF", NULL));
	/* Its generators of public and private numbers, which each session seeds again. */
	RAND_bytes(&random, sizeof(random));
	RAND_priv_bytes(&random, sizeof(random));
	EVP_KEYMGMT_free(EVP_KEYMGMT_fetch(NULL, "EC", NULL));
	EVP_SIGNATURE_free(EVP_SIGNATURE_fetch(NULL, "ECDSA", NULL));
	OSSL_ENCODER_free(OSSL_ENCODER_fetch(NULL, "EC", NULL));
	OSSL_DECODER_free(OSSL_DECODER_fetch(NULL, "EC", NULL));
	pca_ossl_begin();
}

/* Fills a buffer with bytes of OpenSSL's generator.  Throws RequestFailedException. */
void
pca_random(uint8 *data, size_t length)
{
	pca_ossl_check(RAND_bytes(data, length) == 1, "could not generate random bytes");
}

/* Generates a version 4 UUID (RFC 9562 5.4).  Throws RequestFailedException. */
void
pca_random_uuid(pg_uuid_t *id)
{
	pca_random(id->data, sizeof(id->data));
	id->data[6] = (id->data[6] & 0x0f) | 0x40;
	id->data[8] = (id->data[8] & 0x3f) | 0x80;
}
