/*
 * unwrap_key: opens a wrapped private key of a certificate authority, using only
 * the format's description and none of the extension's code. Prints its secret
 * numbers in hexadecimal, a line each: a test looks for them where they must not
 * be.
 *
 * Standard input, a line each: the key-encryption key (hex), the CA's id (UUID),
 * the name of its key algorithm, its SubjectPublicKeyInfo (hex), the wrapped key
 * (hex).
 *
 * The format: nonce (12 octets), ciphertext, tag (16 octets) of AES-256-GCM. Its
 * key: HKDF-SHA256 of the key-encryption key without salt, info = "pca private
 * key v1" and the 16 octets of the id. Additional data: SEQUENCE { INTEGER 1,
 * OCTET STRING id, UTF8String algorithm, OCTET STRING SHA-256 of the public key }.
 * Plaintext: PKCS#8.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#define NONCE 12
#define TAG 16

typedef struct
{
	unsigned char data[16384];
	size_t length;
} Octets;

static void
die(const char *what)
{
	fprintf(stderr, "unwrap_key: %s\n", what);
	exit(1);
}

static char *
read_line(void)
{
	static char line[2 * sizeof(((Octets *) 0)->data)];

	if (!fgets(line, sizeof(line), stdin))
		die("input ends early");
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

/* Reads hexadecimal digits; hyphens between them are ignored. */
static Octets
read_hex(void)
{
	Octets octets = {.length = 0};
	unsigned digit;
	size_t digits = 0;

	for (const char *at = read_line(); *at != '\0'; at++)
	{
		if (*at == '-')
			continue;
		if (sscanf((char[]) {*at, '\0'}, "%x", &digit) != 1)
			die("input is not hexadecimal");
		octets.data[octets.length] = octets.data[octets.length] << 4 | digit;
		octets.length += digits++ % 2;
	}
	return octets;
}

static void
append(Octets *to, int tag, const void *data, size_t length)
{
	to->data[to->length++] = tag;
	to->data[to->length++] = length;
	memcpy(to->data + to->length, data, length);
	to->length += length;
}

/* Derives a key by RFC 5869 with a result of one block: extracts without salt, then expands. */
static void
derive(const Octets *kek, const Octets *id, unsigned char *key)
{
	static const char label[] = "pca private key v1";
	unsigned char no_salt[SHA256_DIGEST_LENGTH] = {0};
	unsigned char secret[SHA256_DIGEST_LENGTH];
	unsigned char info[64];
	size_t length = strlen(label);

	memcpy(info, label, length);
	memcpy(info + length, id->data, id->length);
	length += id->length;
	info[length++] = 1;
	HMAC(EVP_sha256(), no_salt, sizeof(no_salt), kek->data, kek->length, secret, NULL);
	HMAC(EVP_sha256(), secret, sizeof(secret), info, length, key, NULL);
}

static Octets
additional_data(const Octets *id, const char *algorithm, const Octets *spki)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	Octets content = {.length = 0};
	Octets result = {.length = 0};

	append(&content, 0x02, "\1", 1);
	append(&content, 0x04, id->data, id->length);
	append(&content, 0x0c, algorithm, strlen(algorithm));
	append(&content, 0x04, SHA256(spki->data, spki->length, digest), sizeof(digest));
	append(&result, 0x30, content.data, content.length);
	return result;
}

static Octets
unwrap(const unsigned char *key, const Octets *wrapped, const Octets *data)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	Octets plaintext;
	void *tag;
	int length;
	int last;

	if (wrapped->length <= NONCE + TAG)
		die("the wrapped key is too short");
	plaintext.length = wrapped->length - NONCE - TAG;
	tag = (void *) (wrapped->data + NONCE + plaintext.length);
	if (EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, wrapped->data) != 1 ||
		EVP_DecryptUpdate(cipher, NULL, &length, data->data, data->length) != 1 ||
		EVP_DecryptUpdate(cipher, plaintext.data, &length, wrapped->data + NONCE, plaintext.length) != 1 ||
		EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG, tag) != 1 ||
		EVP_DecryptFinal_ex(cipher, plaintext.data + length, &last) != 1)
		die("the wrapped key does not open");
	EVP_CIPHER_CTX_free(cipher);
	return plaintext;
}

static void
print_number(EVP_PKEY *key, const char *name)
{
	BIGNUM *number = NULL;
	char *digits;

	if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
		die("a number of the key is missing");
	digits = BN_bn2hex(number);
	printf("%s %s\n", name, digits);
	OPENSSL_free(digits);
	BN_free(number);
}

static void
print_octets(const char *name, const unsigned char *octets, size_t length)
{
	printf("%s ", name);
	for (size_t i = 0; i < length; i++)
		printf("%02X", octets[i]);
	printf("\n");
}

/*
 * Prints the seed of an ML-DSA key, and the numbers K and the beginning of s1 of its
 * expanded form (FIPS 204 7.2), which also has the public numbers rho and tr.
 */
static void
print_ml_dsa(EVP_PKEY *key)
{
	unsigned char seed[32];
	unsigned char expanded[8192];
	size_t length;

	if (EVP_PKEY_get_octet_string_param(key, "seed", seed, sizeof(seed), &length) != 1 ||
		length != sizeof(seed) ||
		EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PRIV_KEY, expanded, sizeof(expanded), &length) != 1)
		die("a number of the key is missing");
	print_octets("seed", seed, sizeof(seed));
	print_octets("K", expanded + 32, 32);
	print_octets("s1", expanded + 128, 384);
}

int
main(void)
{
	static const char *const rsa[] = {
		OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
		OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1
	};
	Octets kek = read_hex();
	Octets id = read_hex();
	char *algorithm = strdup(read_line());
	Octets spki = read_hex();
	Octets wrapped = read_hex();
	Octets data = additional_data(&id, algorithm, &spki);
	unsigned char key[SHA256_DIGEST_LENGTH];
	Octets plaintext;
	const unsigned char *at;
	PKCS8_PRIV_KEY_INFO *pkcs8;
	EVP_PKEY *private_key;
	unsigned char *public_key = NULL;
	int length;

	derive(&kek, &id, key);
	plaintext = unwrap(key, &wrapped, &data);
	at = plaintext.data;
	pkcs8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, plaintext.length);
	if (!pkcs8 || at != plaintext.data + plaintext.length || !(private_key = EVP_PKCS82PKEY(pkcs8)))
		die("the plaintext is not PKCS#8");
	length = i2d_PUBKEY(private_key, &public_key);
	if (length != (int) spki.length || memcmp(public_key, spki.data, spki.length) != 0)
		die("the private key is not that of the public key");
	if (EVP_PKEY_is_a(private_key, "EC"))
		print_number(private_key, OSSL_PKEY_PARAM_PRIV_KEY);
	else if (!EVP_PKEY_is_a(private_key, "RSA"))
		print_ml_dsa(private_key);
	else
		for (size_t i = 0; i < sizeof(rsa) / sizeof(rsa[0]); i++)
			print_number(private_key, rsa[i]);
	OPENSSL_free(public_key);
	EVP_PKEY_free(private_key);
	PKCS8_PRIV_KEY_INFO_free(pkcs8);
	free(algorithm);
	return 0;
}
