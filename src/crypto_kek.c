/*-------------------------------------------------------------------------
 *
 * crypto_kek.c
 *	  The key-encryption key: where it comes from, and wrapping under it.
 *
 * It comes from a file or from a command and is never in a table.  A private
 * key is wrapped with AES-256-GCM under a key derived by HKDF-SHA256 from the
 * key-encryption key and a context, the CA's id, so that no two CAs share a
 * wrapping key and a wrapped key moved to another row does not open.
 *
 * The form of a wrapped key: nonce (12 octets), ciphertext, tag (16 octets).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include "base_error.h"
#include "crypto_kek.h"
#include "crypto_ossl.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#define DEFAULT_FILE "pca_kek"
#define MARKER "pca_kek.made"
#define KEK_LENGTH 32
#define KEK_DIGITS (2 * KEK_LENGTH)
#define NONCE_LENGTH 12
#define TAG_LENGTH 16

static char *file_setting;
static char *command_setting;

/* The key of this backend, in secure memory; NULL until it is needed. */
static uint8 *kek;
static uint8 kek_id[PCA_KEK_ID_LENGTH];

static void
forget(const char *value, void *extra)
{
	if (kek != NULL)
		pca_secure_free(kek, KEK_LENGTH);
	kek = NULL;
}

/* Superuser only, and shown to superusers only. */
void
pca_kek_define_settings(void)
{
	DefineCustomStringVariable("pca.key_encryption_key_file",
							   "File with the key-encryption key, 64 hexadecimal digits.",
							   "A relative path starts in the data directory.",
							   &file_setting, DEFAULT_FILE, PGC_SUSET, GUC_SUPERUSER_ONLY,
							   NULL, forget, NULL);
	DefineCustomStringVariable("pca.key_encryption_key_command",
							   "Shell command that prints the key-encryption key, 64 hexadecimal digits.",
							   "When it is set, the file is not used.",
							   &command_setting, "", PGC_SUSET, GUC_SUPERUSER_ONLY,
							   NULL, forget, NULL);
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

/* Derives octets from a key-encryption key (RFC 5869). */
static void
derive(const uint8 *from, const char *label, PcaBytes context, uint8 *result, size_t length)
{
	EVP_KDF    *hkdf = pca_own_EVP_KDF(EVP_KDF_fetch(NULL, "HKDF", NULL), "could not derive a key");
	EVP_KDF_CTX *kdf = pca_own_EVP_KDF_CTX(EVP_KDF_CTX_new(hkdf), "could not derive a key");
	uint8		info[64];
	size_t		label_length = strlen(label);

	Assert(label_length + context.length <= sizeof(info));
	memcpy(info, label, label_length);
	if (context.length > 0)
		memcpy(info + label_length, context.data, context.length);
	pca_ossl_check(EVP_KDF_derive(kdf, result, length, (OSSL_PARAM[]) {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *) from, KEK_LENGTH),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, label_length + context.length),
		OSSL_PARAM_construct_end()
	}) == 1, "could not derive a key");
}

static int
hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

static bool
parse_digits(const char *text, size_t length, uint8 *key)
{
	if (length < KEK_DIGITS)
		return false;
	for (int i = 0; i < KEK_LENGTH; i++)
	{
		int			high = hex_digit(text[2 * i]);
		int			low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = high << 4 | low;
	}
	for (size_t i = KEK_DIGITS; i < length; i++)
		if (strchr(" \t\r\n", text[i]) == NULL)
			return false;
	return true;
}

/* Takes the key from 64 digits and white space behind them, and cleanses the text. */
static void
take_digits(char *text, size_t length)
{
	uint8	   *key = pca_secure_palloc(KEK_LENGTH);
	uint8		id[PCA_KEK_ID_LENGTH];
	bool		is_key = parse_digits(text, length, key);

	OPENSSL_cleanse(text, length);
	if (!is_key)
		sealed_error("it is not 64 hexadecimal digits");
	derive(key, "pca key-encryption key id v1", (PcaBytes) {NULL, 0}, id, sizeof(id));
	/* Nothing fails from here on. */
	if (kek == NULL)
		kek = pca_secure_alloc(KEK_LENGTH);
	memcpy(kek, key, KEK_LENGTH);
	memcpy(kek_id, id, sizeof(id));
}

/* The rules of ssl_key_file: a regular file, not a link, the server's or root's, closed to others. */
static const char *
file_fault(const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return "its file is not a regular file";
	if (status->st_uid != geteuid() && status->st_uid != 0)
		return "its file is owned by neither the server's user nor root";
	if ((status->st_uid == geteuid() && (status->st_mode & (S_IRWXG | S_IRWXO)) != 0) ||
		(status->st_uid == 0 && (status->st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) != 0))
		return "its file is open to group or others; its mode must be 0600, or 0640 if root owns it";
	return NULL;
}

/* Reads the file; false when there is none. */
static bool
read_file(void)
{
	int			fd = OpenTransientFile(file_setting, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | PG_BINARY);
	struct stat status;
	const char *fault;
	char		text[2 * KEK_DIGITS];
	ssize_t		length;

	if (fd < 0 && errno == ENOENT)
		return false;
	if (fd < 0)
		sealed_error(errno == ELOOP ? "its file is a symbolic link" : "its file cannot be opened");
	fault = fstat(fd, &status) != 0 ? "its file cannot be examined" : file_fault(&status);
	if (fault != NULL)
		sealed_error(fault);
	length = read(fd, text, sizeof(text));
	CloseTransientFile(fd);
	if (length < 0)
		sealed_error("its file cannot be read");
	take_digits(text, length);
	return true;
}

/* Runs the command as the server runs ssl_passphrase_command. */
static void
run_command(void)
{
	FILE	   *pipe = OpenPipeStream(command_setting, "r");
	char		text[2 * KEK_DIGITS];
	size_t		length;
	bool		has_failed;

	if (pipe == NULL)
		sealed_error("its command cannot be run");
	length = fread(text, 1, sizeof(text), pipe);
	has_failed = ferror(pipe) != 0;
	if (ClosePipeStream(pipe) != 0 || has_failed)
	{
		OPENSSL_cleanse(text, sizeof(text));
		sealed_error("its command failed");
	}
	take_digits(text, length);
}

/* Writes a new file, which only the server's user can read. */
static bool
write_file(const char *path, const char *text, size_t length)
{
	int			fd = OpenTransientFilePerm(path, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY, 0600);
	bool		is_written;

	if (fd < 0)
		return false;
	is_written = write(fd, text, length) == (ssize_t) length && pg_fsync(fd) == 0;
	CloseTransientFile(fd);
	return is_written;
}

/*
 * Remembers that this data directory has had a key-encryption key, so that a
 * lost one is missed and not replaced, also by another database's first CA.
 */
static bool
write_marker(void)
{
	struct stat status;

	return stat(MARKER, &status) == 0 || write_file(MARKER, "", 0) || errno == EEXIST;
}

/*
 * Makes a new key in the default file.  The finished file gets its name by
 * link(), which the first of several backends wins; all of them then read it.
 */
static void
create_file(void)
{
	uint8	   *key = pca_secure_palloc(KEK_LENGTH);
	char	   *text = pca_secure_palloc(KEK_DIGITS + 1);
	char	   *temporary = psprintf("%s.%d", file_setting, MyProcPid);
	bool		is_written;
	bool		is_made;

	pca_random(key, KEK_LENGTH);
	hex_encode((const char *) key, KEK_LENGTH, text);
	text[KEK_DIGITS] = '\n';
	unlink(temporary);
	is_written = write_marker() && write_file(temporary, text, KEK_DIGITS + 1);
	OPENSSL_cleanse(key, KEK_LENGTH);
	OPENSSL_cleanse(text, KEK_DIGITS + 1);
	is_made = is_written && link(temporary, file_setting) == 0;
	is_written &= is_made || errno == EEXIST;
	unlink(temporary);
	if (!is_written)
		sealed_error("its file cannot be made");
	/* The file is in the data directory, which is where the server works. */
	fsync_fname(".", true);
	if (is_made)
		ereport(WARNING,
				errcode(ERRCODE_WARNING),
				errmsg("a key-encryption key was made in file \"%s\"", file_setting),
				errdetail("It serves every database of this cluster, and backups of the data directory contain it."),
				errhint("Move it out of the data directory with pca.key_encryption_key_file, and keep a copy: without it no certificate authority can sign."));
}

/* May the file be made?  Only the default one, and only where there never was one. */
static bool
may_create_file(void)
{
	struct stat status;

	return strcmp(file_setting, DEFAULT_FILE) == 0 && stat(MARKER, &status) != 0 && errno == ENOENT;
}

static void
load(bool may_create)
{
	if (command_setting[0] != '\0')
		run_command();
	else if (!read_file())
	{
		if (!may_create || !may_create_file())
			sealed_error("its file does not exist");
		create_file();
		if (!read_file())
			sealed_error("its file does not exist");
	}
}

/*
 * Makes the key-encryption key ready to wrap a new private key: it is read
 * again, since it may have been exchanged after this backend read it.
 *
 * may_create: no private key exists yet, so that a missing file may be made.
 * Throws RequestFailedException when the key is not to be had.
 */
void
pca_kek_renew(bool may_create)
{
	forget(NULL, NULL);
	load(may_create);
}

static void
require(void)
{
	if (kek == NULL)
		load(false);
}

/* The name under which rows say which key-encryption key wrapped them. */
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

	derive(kek, "pca private key v1", context, key, KEK_LENGTH);
	is_ready = EVP_CipherInit_ex2(cipher, EVP_aes_256_gcm(), key, nonce, is_wrapping, NULL) == 1;
	OPENSSL_cleanse(key, KEK_LENGTH);
	pca_ossl_check(is_ready && EVP_CipherUpdate(cipher, NULL, &length, additional_data.data, additional_data.length) == 1,
				   "could not wrap a key");
	return cipher;
}

/* Wraps a private key; pca_kek_renew() came before. */
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
 * Throws RequestFailedException when it was wrapped under another
 * key-encryption key, for another CA, or was changed since.
 */
uint8 *
pca_kek_unwrap(PcaBytes wrapper_id, PcaBytes context, PcaBytes wrapped, PcaBytes additional_data, size_t *length)
{
	EVP_CIPHER_CTX *cipher;
	uint8	   *plaintext;
	int			part = 0;
	int			last = 0;

	require();
	/* The key may have been exchanged since this backend read it. */
	if (!pca_bytes_equal(wrapper_id, pca_kek_id()))
		pca_kek_renew(false);
	if (!pca_bytes_equal(wrapper_id, pca_kek_id()))
		sealed_error("another one wrapped the private key");
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
