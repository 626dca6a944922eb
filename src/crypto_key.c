/*-------------------------------------------------------------------------
 *
 * crypto_key.c
 *	  The private keys of certificate authorities, in any provider.
 *
 * Each backend caches the keys that it used last, open and with a context ready
 * to sign, because opening one costs more than many signatures.  An entry is
 * found by its CA's id alone because a CA's key never changes.
 *
 * Signatures are verified with a separate key, made from the stored public half,
 * so that no provider verifies its own work.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_key.h"
#include "crypto_key_family.h"
#include "crypto_ossl.h"

#define KEY_CACHE_SIZE 16

/* An open key, which is an entry of the cache */
struct PcaKey
{
	pg_uuid_t	authority;
	PcaKeyHandle signer;		/* the provider's; without a pkey, the entry is free */
	PcaKeyHandle verifier;		/* the stored public half, in OpenSSL's default library */
	const PcaSigningAlgorithm *signing; /* the algorithm that both are ready for */
	bool		is_sound;		/* false while OpenSSL works with it, and forever after an error there */
	uint64		last_use;
};

static const PcaKeyProvider *const providers[] = {&pca_key_software};

static PcaKey cache[KEY_CACHE_SIZE];
static uint64 uses;

/* Returns the row of a provider by its name. */
static const PcaKeyProvider *
get_provider(const char *name)
{
	for (size_t i = 0; i < lengthof(providers); i++)
		if (strcmp(providers[i]->name, name) == 0)
			return providers[i];
	elog(ERROR, "unknown key provider \"%s\"", name);
	pg_unreachable();
}

/* Frees the contexts of a key. */
static void
forget_contexts(PcaKey *key)
{
	EVP_PKEY_CTX_free(key->signer.context);
	EVP_PKEY_CTX_free(key->verifier.context);
	key->signer.context = key->verifier.context = NULL;
	key->signing = NULL;
}

/* Closes a key, which frees its entry. */
static void
forget_key(PcaKey *key)
{
	forget_contexts(key);
	EVP_PKEY_free(key->signer.pkey);
	EVP_PKEY_free(key->verifier.pkey);
	key->signer.pkey = key->verifier.pkey = NULL;
}

/*
 * Returns the key of a CA if this backend has it open, or NULL.  An RSA key that
 * lacked the memory to renew its blinding makes wrong signatures from then on,
 * so a key that failed is closed and must be opened again.
 */
PcaKey *
pca_key_find(const pg_uuid_t *authority)
{
	for (int i = 0; i < KEY_CACHE_SIZE; i++)
	{
		if (cache[i].signer.pkey == NULL || memcmp(&cache[i].authority, authority, sizeof(*authority)) != 0)
			continue;
		cache[i].last_use = ++uses;
		if (cache[i].is_sound)
			return &cache[i];
		forget_key(&cache[i]);
	}
	return NULL;
}

/*
 * Caches a key, which a memory context owns, in a free entry or in that of the
 * key that was not used for longest.
 *
 * Throws RequestFailedException.
 */
static PcaKey *
keep_key(const PcaKeyHandle *signer, const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority, PcaBytes spki)
{
	EVP_PKEY   *verifier = pca_key_decode_public(algorithm, spki);
	PcaKey	   *key = &cache[0];

	pca_ossl_check(EVP_PKEY_up_ref(signer->pkey) == 1 && EVP_PKEY_up_ref(verifier) == 1,
				   "could not keep a private key");
	for (int i = 1; i < KEY_CACHE_SIZE && key->signer.pkey != NULL; i++)
		if (cache[i].signer.pkey == NULL || cache[i].last_use < key->last_use)
			key = &cache[i];
	forget_key(key);
	key->signer = *signer;
	key->verifier.pkey = verifier;
	key->is_sound = true;
	key->authority = *authority;
	key->last_use = ++uses;
	return key;
}

/*
 * Creates a key for a new CA and caches it in this backend.
 *
 * provider: its name.  stored: returns what must be stored.  Throws
 * RequestFailedException.  For keys in software, pca_kek_renew() must come
 * first.
 */
PcaKey *
pca_key_create(const char *provider, const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority,
			   PcaStoredKey *stored)
{
	const PcaKeyProvider *row = get_provider(provider);
	PcaKeyHandle signer;

	memset(stored, 0, sizeof(*stored));
	signer = row->create(algorithm, authority, stored);
	stored->provider = row->name;
	return keep_key(&signer, algorithm, authority, stored->public_key);
}

/*
 * Opens a CA's key and caches it in this backend.
 *
 * Throws RequestFailedException if the CA is sealed or the stored key does not
 * belong to it.
 */
PcaKey *
pca_key_open(const PcaKeyAlgorithm *algorithm, const pg_uuid_t *authority, const PcaStoredKey *stored)
{
	PcaKeyHandle signer = get_provider(stored->provider)->open(algorithm, authority, stored);

	if (pca_bytes_equal(pca_key_encode_public(signer.pkey), stored->public_key))
		return keep_key(&signer, algorithm, authority, stored->public_key);
	pca_error(REQUEST_FAILED,
			  errmsg("private key does not belong to its certificate authority"),
			  errdetail("The public half of the private key differs from the stored one."),
			  errhint("Restore the row of the key from a backup."));
}

/* Returns the SubjectPublicKeyInfo, DER. */
PcaBytes
pca_key_public(PcaKey *key)
{
	return pca_key_encode_public(key->verifier.pkey);
}

/* Creates a context that is ready for an algorithm; its handle keeps it. */
static void
prepare_context(PcaKeyHandle *key, int (*init) (EVP_PKEY_CTX *context), const PcaSigningAlgorithm *signing)
{
	key->context = pca_ossl_keep(EVP_PKEY_CTX_new_from_pkey(key->library, key->pkey, NULL),
								 "could not prepare a signature");
	pca_ossl_check(init(key->context) == 1 &&
				   pca_key_methods(signing->family)->set_algorithm(key->context, signing),
				   "could not prepare a signature");
}

/*
 * Makes both halves ready for an algorithm.  Their contexts serve every
 * signature until another algorithm is needed.
 */
static void
prepare_key(PcaKey *key, const PcaSigningAlgorithm *signing)
{
	if (key->signing == signing)
		return;
	forget_contexts(key);
	if (pca_key_methods(signing->family)->set_algorithm != NULL)
	{
		prepare_context(&key->signer, EVP_PKEY_sign_init, signing);
		prepare_context(&key->verifier, EVP_PKEY_verify_init, signing);
	}
	key->signing = signing;
}

/*
 * Signs the data.  Returns the octets of the signature.
 *
 * Throws RequestFailedException.
 */
PcaBytes
pca_key_sign(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data)
{
	int			size = EVP_PKEY_get_size(key->verifier.pkey);
	uint8	   *signature;
	size_t		length = size;

	pca_ossl_check(size > 0, "could not sign");
	signature = palloc(size);
	key->is_sound = false;
	pca_ossl_begin();
	prepare_key(key, signing);
	/* OpenSSL may report success with a length of -1, as an unsigned number. */
	pca_ossl_check(pca_key_methods(signing->family)->sign(&key->signer, signing, data, signature, &length) &&
				   length > 0 && length <= (size_t) size,
				   "could not sign");
	/* It may also report success after a failed allocation; such a signature is not used. */
	pca_ossl_forget_errors();
	key->is_sound = true;
	return (PcaBytes) {signature, length};
}

/* Tells whether a signature is the key's. */
static bool
verify_signature(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data, PcaBytes signature)
{
	bool		is_good;

	key->is_sound = false;
	pca_ossl_begin();
	prepare_key(key, signing);
	is_good = pca_key_methods(signing->family)->verify(&key->verifier, signing, data, signature);
	if (!is_good)
		pca_ossl_forget_errors();
	key->is_sound = is_good;
	return is_good;
}

/*
 * Verifies a signature that the key has just made, with the stored public half.
 *
 * Throws RequestFailedException if it is wrong, which is a fault of memory,
 * processor or provider.
 */
void
pca_key_check_signature(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data, PcaBytes signature)
{
	if (!verify_signature(key, signing, data, signature))
		pca_error(REQUEST_FAILED,
				  errmsg("new signature could not be verified"),
				  errdetail("Nothing was stored."),
				  errhint("Check the hardware and the OpenSSL library of this server."));
}
