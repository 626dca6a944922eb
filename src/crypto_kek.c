/*-------------------------------------------------------------------------
 *
 * crypto_kek.c
 *	  The key-encryption key: its settings, and wrapping under it.
 *
 * The key comes from a file or from a command and is never stored in a table.
 * A private key is wrapped with AES-256-GCM under a key that HKDF-SHA256 derives
 * from the key-encryption key and a context, the CA's id.  So no two CAs share a
 * wrapping key, and a wrapped key that was moved to another row does not open.
 *
 * A wrapped key is a nonce (12 octets), the ciphertext and a tag (16 octets).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include "base_ascii.h"
#include "base_error.h"
#include "crypto_digest.h"
#include "crypto_kek.h"
#include "crypto_ossl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#define DEFAULT_FILE "pca_kek"
#define KEK_LENGTH 32
#define KEK_DIGITS (2 * KEK_LENGTH)
#define NONCE_LENGTH 12
#define TAG_LENGTH 16
#define OTHER_KEY "the private key was wrapped with another one"

static char *file_setting;
static char *command_setting;
static int	timeout_setting;

/* This backend's copy of the key, in secure memory; NULL until it is needed. */
static uint8 *kek;
static uint8 kek_id[PCA_KEK_ID_LENGTH];

static void
forget_kek(const char *value, void *extra)
{
	if (kek != NULL)
		pca_secure_free(kek, KEK_LENGTH);
	kek = NULL;
}

/* Defines the settings of the key's source; only superusers set and see them. */
void
pca_kek_define_settings(void)
{
	DefineCustomStringVariable("pca.key_encryption_key_file",
							   "Sets the file with the key-encryption key, 64 hexadecimal digits.",
							   "A relative path starts in the data directory.",
							   &file_setting, DEFAULT_FILE, PGC_SUSET, GUC_SUPERUSER_ONLY,
							   NULL, forget_kek, NULL);
	DefineCustomStringVariable("pca.key_encryption_key_command",
							   "Sets the shell command that prints the key-encryption key, 64 hexadecimal digits.",
							   "If it is set, the file is not used.",
							   &command_setting, "", PGC_SUSET, GUC_SUPERUSER_ONLY,
							   NULL, forget_kek, NULL);
	DefineCustomIntVariable("pca.key_encryption_key_command_timeout",
							"Sets the time after which the command for the key-encryption key is killed.",
							NULL,
							&timeout_setting, 30, 1, 86400, PGC_SUSET, GUC_UNIT_S | GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
}

static _Noreturn void sealed_error(const char *reason);

static void
sealed_error(const char *reason)
{
	pca_error(REQUEST_FAILED,
			  errmsg("certificate authorities are sealed"),
			  errdetail("The key-encryption key cannot be used: %s.", reason),
			  errhint("Put the key in place that pca.key_encryption_key_file or pca.key_encryption_key_command names; reading works without it."));
}

static bool
parse_digits(const char *text, size_t length, uint8 *key)
{
	if (length < KEK_DIGITS || !pca_hex_parse(text, PCA_HEX_ANY, key, KEK_LENGTH))
		return false;
	for (size_t i = KEK_DIGITS; i < length; i++)
		if (strchr(" \t\r\n", text[i]) == NULL)
			return false;
	return true;
}

/* Takes the key from 64 hexadecimal digits and optional white space.  Returns NULL or the fault. */
static const char *
take_digits(const PcaKekText *text)
{
	uint8	   *key = pca_secure_palloc(KEK_LENGTH);
	uint8		id[PCA_KEK_ID_LENGTH];

	if (!parse_digits(text->data, text->length, key))
		return PCA_KEK_NO_DIGITS;
	pca_hkdf((PcaBytes) {key, KEK_LENGTH}, "pca key-encryption key id v1", (PcaBytes) {NULL, 0}, id, sizeof(id));
	if (kek == NULL)
		kek = pca_secure_alloc(KEK_LENGTH);
	/* Nothing can fail from here on. */
	memcpy(kek, key, KEK_LENGTH);
	memcpy(kek_id, id, sizeof(id));
	return NULL;
}

/* Generates a new key and writes it to the default file. */
static void
make_file(void)
{
	PcaKekText *text = pca_secure_palloc(sizeof(PcaKekText));
	uint8	   *key = pca_secure_palloc(KEK_LENGTH);
	const char *fault;
	bool		is_made;

	pca_random(key, KEK_LENGTH);
	text->length = hex_encode((const char *) key, KEK_LENGTH, text->data);
	text->data[text->length++] = '\n';
	fault = pca_kek_make_file(file_setting, text, &is_made);
	if (fault != NULL)
		sealed_error(fault);
	if (is_made)
		ereport(WARNING,
				errcode(ERRCODE_WARNING),
				errmsg("a key-encryption key was created in file \"%s\"", file_setting),
				errdetail("It serves every database of this cluster, and backups of the data directory contain it."),
				errhint("Move it out of the data directory with pca.key_encryption_key_file, and keep a copy: without it no certificate authority can sign."));
}

/* Reads the key, or generates one if it is missing and may be made.  Returns NULL or the fault. */
static const char *
load_kek(PcaKekMayMake may_make)
{
	PcaKekText *text = pca_secure_palloc(sizeof(PcaKekText));
	const char *fault;

	if (command_setting[0] != '\0')
		fault = pca_kek_run_command(command_setting, timeout_setting, text);
	else
	{
		bool		is_default = strcmp(file_setting, DEFAULT_FILE) == 0;

		if (is_default && may_make != NULL)
			pca_kek_remove_leftovers(file_setting);
		fault = pca_kek_read_file(file_setting, text);
		if (fault != NULL && strcmp(fault, PCA_KEK_NO_FILE) == 0 && is_default && may_make != NULL && may_make())
		{
			make_file();
			fault = pca_kek_read_file(file_setting, text);
		}
	}
	return fault != NULL ? fault : take_digits(text);
}

/*
 * Prepares the key-encryption key to wrap a new private key.  The key is read
 * again, because it may have been replaced after this backend read it.
 *
 * may_make: called when the default file is missing; NULL if no key may be made.
 * Throws RequestFailedException when no key is available.
 */
void
pca_kek_renew(PcaKekMayMake may_make)
{
	const char *fault;

	forget_kek(NULL, NULL);
	fault = load_kek(may_make);
	if (fault != NULL)
		sealed_error(fault);
}

/* Forgets the key-encryption key, so that it is read again when it is needed. */
void
pca_kek_forget(void)
{
	forget_kek(NULL, NULL);
}

/*
 * Explains why a private key that the named key-encryption key wrapped cannot
 * be used.  Returns NULL if it can.
 */
const char *
pca_kek_fault(PcaBytes wrapper_id)
{
	const char *fault = kek == NULL ? load_kek(NULL) : NULL;

	return fault != NULL ? fault : pca_bytes_equal(wrapper_id, pca_kek_id()) ? NULL : OTHER_KEY;
}

/* Returns the identifier by which rows name the key-encryption key that wrapped them. */
PcaBytes
pca_kek_id(void)
{
	return PCA_BYTES(kek_id);
}

static EVP_CIPHER_CTX *
begin_cipher(PcaBytes context, const uint8 *nonce, PcaBytes additional_data, bool is_wrapping)
{
	EVP_CIPHER_CTX *cipher = pca_own_EVP_CIPHER_CTX(EVP_CIPHER_CTX_new(), "could not wrap a key");
	uint8	   *key = pca_secure_palloc(KEK_LENGTH);
	int			length;
	bool		is_ready;

	pca_hkdf((PcaBytes) {kek, KEK_LENGTH}, "pca private key v1", context, key, KEK_LENGTH);
	is_ready = EVP_CipherInit_ex2(cipher, EVP_aes_256_gcm(), key, nonce, is_wrapping, NULL) == 1;
	OPENSSL_cleanse(key, KEK_LENGTH);
	pca_ossl_check(is_ready && EVP_CipherUpdate(cipher, NULL, &length, additional_data.data, additional_data.length) == 1,
				   "could not wrap a key");
	return cipher;
}

/* Wraps a private key.  The caller has called pca_kek_renew(). */
PcaBytes
pca_kek_wrap(PcaBytes context, PcaBytes plaintext, PcaBytes additional_data)
{
	uint8	   *wrapped = palloc(NONCE_LENGTH + plaintext.length + TAG_LENGTH);
	EVP_CIPHER_CTX *cipher;
	int			length = 0;
	int			last = 0;

	pca_random(wrapped, NONCE_LENGTH);
	cipher = begin_cipher(context, wrapped, additional_data, true);
	pca_ossl_check(EVP_CipherUpdate(cipher, wrapped + NONCE_LENGTH, &length, plaintext.data, plaintext.length) == 1 &&
				   length == (int) plaintext.length &&
				   EVP_CipherFinal_ex(cipher, wrapped + NONCE_LENGTH + length, &last) == 1 && last == 0 &&
				   EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_LENGTH,
									   wrapped + NONCE_LENGTH + plaintext.length) == 1,
				   "could not wrap a key");
	return (PcaBytes) {wrapped, NONCE_LENGTH + plaintext.length + TAG_LENGTH};
}

/*
 * Unwraps a private key into secure memory of the current memory context.
 *
 * Throws RequestFailedException if it was wrapped under another key-encryption
 * key or for another CA, or if it has been modified since.
 */
uint8 *
pca_kek_unwrap(PcaBytes wrapper_id, PcaBytes context, PcaBytes wrapped, PcaBytes additional_data, size_t *length)
{
	EVP_CIPHER_CTX *cipher;
	uint8	   *plaintext;
	int			part = 0;
	int			last = 0;

	if (kek == NULL)
		pca_kek_renew(NULL);
	/* The key may have been replaced since this backend read it. */
	if (!pca_bytes_equal(wrapper_id, pca_kek_id()))
		pca_kek_renew(NULL);
	if (!pca_bytes_equal(wrapper_id, pca_kek_id()))
		sealed_error(OTHER_KEY);
	if (wrapped.length <= NONCE_LENGTH + TAG_LENGTH)
		sealed_error("the wrapped private key is damaged");
	*length = wrapped.length - NONCE_LENGTH - TAG_LENGTH;
	cipher = begin_cipher(context, wrapped.data, additional_data, false);
	plaintext = pca_secure_palloc(*length);
	pca_ossl_begin();
	if (EVP_CipherUpdate(cipher, plaintext, &part, wrapped.data + NONCE_LENGTH, *length) == 1 &&
		part == (int) *length &&
		EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_LENGTH,
							(void *) (wrapped.data + NONCE_LENGTH + *length)) == 1 &&
		EVP_CipherFinal_ex(cipher, plaintext + part, &last) == 1 && last == 0)
		return plaintext;
	pca_ossl_forget_errors();
	sealed_error("the wrapped private key belongs to another certificate authority or was changed");
}
