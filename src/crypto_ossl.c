/*-------------------------------------------------------------------------
 *
 * crypto_ossl.c
 *	  Ownership of OpenSSL's objects, its error queue, random bytes and secure
 *	  memory.
 *
 * OpenSSL's error queue is shared with the server's own TLS: it is drained
 * where it is read.  Nothing here throws inside a callback of the library.
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
 * that was made here takes about 4 kB of it, a key while it is encoded 8 kB.  Of
 * an RSA key that was stored OpenSSL keeps the numbers in ordinary memory, which
 * it cleanses, as it does with a copy of the factors of every one that signs.
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
 * Empties the error queue.  Throws out_of_memory when an allocation failed,
 * whatever OpenSSL made of that: some of its functions say so in the queue,
 * others only that something failed.  But malloc() leaves a trace of its own.
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

/* Begins an attempt whose failure may be an answer: what failed before is none. */
void
pca_ossl_begin(void)
{
	ERR_clear_error();
	errno = 0;
}

/*
 * Throws RequestFailedException for what OpenSSL could not do, or out_of_memory;
 * the DETAIL is its reason for the first error, which never holds data.
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

void
pca_ossl_check(bool succeeded, const char *attempt)
{
	if (!succeeded)
		pca_ossl_error(attempt);
}

/* After a failure that is an answer, not an error.  Throws out_of_memory when it is none. */
void
pca_ossl_forget_errors(void)
{
	drain_errors();
}

/* An object that lives as long as the backend. */
void *
pca_ossl_keep(void *object, const char *attempt)
{
	if (object == NULL)
		pca_ossl_error(attempt);
	return object;
}

static sigjmp_buf aborted;

static void
leave_abort(int signal_number)
{
	siglongjmp(aborted, 1);
}

/*
 * Makes the secure heap; false when there is no memory for it.  OpenSSL calls
 * abort() when it cannot allocate the heap's tables.  POSIX allows a handler to
 * leave that by a jump, and OpenSSL holds no lock and counts on nothing then.
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
	/* A heap that could not be locked sets errno too. */
	pca_ossl_begin();
	return is_made;
}

/*
 * Memory for key material.  Where the system's limit of locked memory is too
 * low the heap is made unlocked, which OpenSSL reports as success: keys are
 * still cleansed and kept out of core dumps.  Without the heap OpenSSL would
 * take ordinary memory; here there is none then.
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

/*
 * Lets OpenSSL make what it keeps of its algorithms, while the postmaster loads
 * the library: all sessions then have it from the beginning.  What it lacked the
 * memory for when a session first asked, it would not make in that session again.
 */
void
pca_ossl_prepare(void)
{
	uint8		random;

	EVP_MD_free(EVP_MD_fetch(NULL, "SHA256", NULL));
	EVP_CIPHER_free(EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL));
	EVP_MAC_free(EVP_MAC_fetch(NULL, "HMAC", NULL));
	EVP_KDF_free(EVP_KDF_fetch(NULL, "HKDF", NULL));
	/* Its generators, for public and for private numbers, which each session seeds again. */
	RAND_bytes(&random, sizeof(random));
	RAND_priv_bytes(&random, sizeof(random));
	EVP_KEYMGMT_free(EVP_KEYMGMT_fetch(NULL, "EC", NULL));
	EVP_SIGNATURE_free(EVP_SIGNATURE_fetch(NULL, "ECDSA", NULL));
	OSSL_ENCODER_free(OSSL_ENCODER_fetch(NULL, "EC", NULL));
	OSSL_DECODER_free(OSSL_DECODER_fetch(NULL, "EC", NULL));
	pca_ossl_begin();
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
