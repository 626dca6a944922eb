/*-------------------------------------------------------------------------
 *
 * crypto_key.c
 *	  The private keys of certificate authorities, whichever provider they are
 *	  in.
 *
 * Each backend keeps the keys that it used last, open, with a context ready to
 * sign: to open one costs more than many signatures.  An entry is found by its
 * CA's id alone because a CA's key never changes.
 *
 * What a key signed is verified by a key of its own, made of the public half
 * that is stored: no provider judges itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_key.h"
#include "crypto_key_family.h"
#include "crypto_ossl.h"

#define KEY_CACHE_SIZE 16

struct PcaKey
{
	pg_uuid_t	authority;
	PcaKeyHandle signer;		/* the provider's; no pkey: the entry is free */
	PcaKeyHandle verifier;		/* the public half that is stored, in OpenSSL's default library */
	const PcaSigningAlgorithm *signing; /* what both are ready for */
	bool		is_sound;		/* false while OpenSSL works with it, and for good after an error there */
	uint64		last_use;
};

static const PcaKeyProvider *const providers[] = {&pca_key_software};

static PcaKey cache[KEY_CACHE_SIZE];
static uint64 uses;

static const PcaKeyProvider *
get_provider(const char *name)
{
	for (size_t i = 0; i < lengthof(providers); i++)
		if (strcmp(providers[i]->name, name) == 0)
			return providers[i];
	elog(ERROR, "unknown key provider \"%s\"", name);
	pg_unreachable();
}

static void
forget_contexts(PcaKey *key)
{
	EVP_PKEY_CTX_free(key->signer.context);
	EVP_PKEY_CTX_free(key->verifier.context);
	key->signer.context = key->verifier.context = NULL;
	key->signing = NULL;
}

static void
forget_key(PcaKey *key)
{
	forget_contexts(key);
	EVP_PKEY_free(key->signer.pkey);
	EVP_PKEY_free(key->verifier.pkey);
	key->signer.pkey = key->verifier.pkey = NULL;
}

/*
 * Returns the key of a CA when this backend has it open, or NULL.  An RSA key
 * that lacked the memory to renew its blinding makes wrong signatures from then
 * on: one that failed is opened again.
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

/* Keeps a key, which a memory context owns, in the place of the one that was not used for longest. */
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
 * Makes a key for a new CA and keeps it in this backend.
 *
 * provider: its name.  stored: what is to be stored of it.  Throws
 * RequestFailedException; for keys in software pca_kek_renew() came before.
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
 * Opens a CA's key and keeps it in this backend.
 *
 * Throws RequestFailedException when the CA is sealed or the stored key is not
 * its own.
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

/* Makes a context ready, which its handle keeps. */
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
 * Makes both halves ready for an algorithm; they are used again for every
 * signature until another algorithm is asked for.
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

/* Signs the data: returns the signature's octets. */
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
	/* OpenSSL may say that it signed and give -1 for the length, as a number without a sign. */
	pca_ossl_check(pca_key_methods(signing->family)->sign(&key->signer, signing, data, signature, &length) &&
				   length > 0 && length <= (size_t) size,
				   "could not sign");
	/* It may say so after an allocation failed: such a signature is not used. */
	pca_ossl_forget_errors();
	key->is_sound = true;
	return (PcaBytes) {signature, length};
}

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
 * Verifies a signature that the key has just made, by the public half that is
 * stored.
 *
 * Throws RequestFailedException when it is wrong: a fault of memory, processor
 * or provider.
 */
void
pca_key_check_signature(PcaKey *key, const PcaSigningAlgorithm *signing, PcaBytes data, PcaBytes signature)
{
	if (!verify_signature(key, signing, data, signature))
		pca_error(REQUEST_FAILED,
				  errmsg("a new signature does not verify"),
				  errdetail("Nothing was stored."),
				  errhint("Check the hardware and the OpenSSL library of this server."));
}
