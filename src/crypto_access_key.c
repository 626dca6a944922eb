/*-------------------------------------------------------------------------
 *
 * crypto_access_key.c
 *	  Access keys of callers over HTTP: their secrets, and what they sign.
 *
 * No secret is stored.  Each is derived from its access key's ID and the master
 * key of the database, 32 random octets that are stored like a private key: only
 * wrapped under the key-encryption key.  The signature is that of AWS, version 4,
 * whose key is derived from the secret for a day, a region and a service.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/crypto.h>

#include "common/base64.h"
#include "crypto_access_key.h"
#include "crypto_digest.h"
#include "crypto_kek.h"
#include "crypto_ossl.h"
#include "utils/memutils.h"

#define MASTER_KEY_LENGTH 32
#define SECRET_OCTETS (PCA_SECRET_ACCESS_KEY_LENGTH / 4 * 3)

/* What the wrapping of the master key is bound to */
#define MASTER_KEY_CONTEXT PCA_BYTES_OF("access keys")
#define MASTER_KEY_DATA PCA_BYTES_OF("pca access master key v1")

/* The octets that a signing key was derived for, as one text */
#define SCOPE_SIZE 160
#define CACHED_KEYS 16

/* A signing key that this backend has derived */
typedef struct SigningKey
{
	char		scope[SCOPE_SIZE];	/* empty: the place is free */
	uint8		key[PCA_MAC_LENGTH];
} SigningKey;

/* The master key that this backend has unwrapped, and signing keys that come of it. */
typedef struct Secrets
{
	uint8		master[MASTER_KEY_LENGTH];
	SigningKey	keys[CACHED_KEYS];
	int			next;			/* place that is taken next */
} Secrets;

static Secrets *secrets;		/* in secure memory */
static uint8 *known_form;		/* in which the master key was stored; NULL: the secrets are void */
static size_t known_form_length;

/* Draws the ID of a new access key, as AWS writes them: 80 random bits. */
char *
pca_access_key_draw_id(void)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint8		octets[PCA_ACCESS_KEY_ID_LENGTH - 4];
	char	   *id = pstrdup("AKIA................");

	pca_random(octets, sizeof(octets));
	for (size_t i = 0; i < sizeof(octets); i++)
		id[4 + i] = alphabet[octets[i] % 32];
	return id;
}

/*
 * Makes a master key.  pca_kek_renew() must come first.
 *
 * Returns its stored form; the key itself does not leave this function.
 */
PcaMasterKey
pca_master_key_make(void)
{
	uint8	   *key = pca_secure_palloc(MASTER_KEY_LENGTH);
	PcaMasterKey master;

	pca_random(key, MASTER_KEY_LENGTH);
	master.form = pca_kek_wrap(MASTER_KEY_CONTEXT, (PcaBytes) {key, MASTER_KEY_LENGTH}, MASTER_KEY_DATA);
	master.kek_id = pca_kek_id();
	OPENSSL_cleanse(key, MASTER_KEY_LENGTH);
	return master;
}

/* Keeps the stored form, by which the next call recognizes the master key. */
static void
remember_form(PcaBytes form)
{
	known_form = MemoryContextAlloc(TopMemoryContext, form.length);
	memcpy(known_form, form.data, form.length);
	known_form_length = form.length;
}

static void
forget_secrets(void)
{
	if (known_form != NULL)
		pfree(known_form);
	known_form = NULL;
	OPENSSL_cleanse(secrets, sizeof(Secrets));
}

/* Unwraps the master key, unless this backend has.  Throws RequestFailedException. */
static void
open_master_key(const PcaMasterKey *master)
{
	uint8	   *key;
	size_t		length;

	if (known_form != NULL && pca_bytes_equal((PcaBytes) {known_form, known_form_length}, master->form))
		return;
	if (secrets == NULL)
		secrets = pca_secure_alloc(sizeof(Secrets));
	forget_secrets();
	key = pca_kek_unwrap(master->kek_id, MASTER_KEY_CONTEXT, master->form, MASTER_KEY_DATA, &length);
	if (length != MASTER_KEY_LENGTH)
		elog(ERROR, "master key of access keys has %zu octets", length);
	memcpy(secrets->master, key, MASTER_KEY_LENGTH);
	OPENSSL_cleanse(key, length);
	remember_form(master->form);
}

/* Derives the secret of an access key into a buffer of PCA_SECRET_ACCESS_KEY_LENGTH + 1. */
static void
derive_secret(const char *access_key_id, char *secret)
{
	uint8	   *octets = pca_secure_palloc(SECRET_OCTETS);
	int			length;

	pca_hkdf(PCA_BYTES(secrets->master), "pca access key v1", pca_bytes_of_text(access_key_id), octets, SECRET_OCTETS);
	length = pg_b64_encode((const void *) octets, SECRET_OCTETS, secret, PCA_SECRET_ACCESS_KEY_LENGTH + 1);
	OPENSSL_cleanse(octets, SECRET_OCTETS);
	if (length != PCA_SECRET_ACCESS_KEY_LENGTH)
		elog(ERROR, "secret of an access key has %d characters", length);
	secret[length] = '\0';
}

/*
 * Derives the secret of an access key, for the one call that shows it.
 *
 * Throws RequestFailedException if the key-encryption key is missing.
 */
char *
pca_secret_access_key_derive(const PcaMasterKey *master, const char *access_key_id)
{
	char	   *secret = pca_secure_palloc(PCA_SECRET_ACCESS_KEY_LENGTH + 1);

	open_master_key(master);
	derive_secret(access_key_id, secret);
	return secret;
}

/* Replaces a key by the HMAC of a text under it. */
static void
replace_key(uint8 *key, const char *text)
{
	uint8	   *mac = pca_secure_palloc(PCA_MAC_LENGTH);

	pca_mac((PcaBytes) {key, PCA_MAC_LENGTH}, pca_bytes_of_text(text), mac);
	memcpy(key, mac, PCA_MAC_LENGTH);
	OPENSSL_cleanse(mac, PCA_MAC_LENGTH);
}

/* Derives a signing key: HMAC by HMAC from the secret (AWS Signature Version 4). */
static void
derive_signing_key(const PcaSigningScope *scope, uint8 *key)
{
	char	   *secret = pca_secure_palloc(4 + PCA_SECRET_ACCESS_KEY_LENGTH + 1);

	memcpy(secret, "AWS4", 4);
	derive_secret(scope->access_key_id, secret + 4);
	pca_mac((PcaBytes) {(const uint8 *) secret, 4 + PCA_SECRET_ACCESS_KEY_LENGTH}, pca_bytes_of_text(scope->date), key);
	OPENSSL_cleanse(secret, 4 + PCA_SECRET_ACCESS_KEY_LENGTH);
	replace_key(key, scope->region);
	replace_key(key, scope->service);
	replace_key(key, "aws4_request");
}

/* Returns the signing key of a scope, of those that this backend keeps. */
static const uint8 *
get_signing_key(const PcaSigningScope *scope)
{
	char		text[SCOPE_SIZE];
	SigningKey *place;

	if (snprintf(text, sizeof(text), "%s/%s/%s/%s", scope->access_key_id, scope->date, scope->region,
				 scope->service) >= (int) sizeof(text))
		elog(ERROR, "scope of a request is too long");
	for (int i = 0; i < CACHED_KEYS; i++)
		if (strcmp(secrets->keys[i].scope, text) == 0)
			return secrets->keys[i].key;
	place = &secrets->keys[secrets->next];
	place->scope[0] = '\0';
	derive_signing_key(scope, place->key);
	strlcpy(place->scope, text, SCOPE_SIZE);
	secrets->next = (secrets->next + 1) % CACHED_KEYS;
	return place->key;
}

/*
 * Signs a request as AWS Signature Version 4 does.
 *
 * scope: its texts have been checked, and together have fewer than SCOPE_SIZE
 * octets.  signature: PCA_REQUEST_SIGNATURE_LENGTH octets.
 *
 * Throws RequestFailedException if the key-encryption key is missing.
 */
void
pca_request_sign(const PcaMasterKey *master, const PcaSigningScope *scope, PcaBytes string_to_sign, uint8 *signature)
{
	open_master_key(master);
	pca_mac((PcaBytes) {get_signing_key(scope), PCA_MAC_LENGTH}, string_to_sign, signature);
}

/* Compares two signatures in constant time. */
bool
pca_request_signature_equal(const uint8 *a, const uint8 *b)
{
	return CRYPTO_memcmp(a, b, PCA_REQUEST_SIGNATURE_LENGTH) == 0;
}
