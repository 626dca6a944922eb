/*-------------------------------------------------------------------------
 *
 * crypto_public_key.c
 *	  Public keys of CSRs and certificates.
 *
 * A key is read once, by the DER reader, and its own octets go into the
 * certificate.  OpenSSL's decoders take 100 microseconds for what takes one here,
 * and they accept explicit curve parameters and moduli of any size.
 *
 * The accepted keys are RSA of 2048 to 8192 bits with an odd exponent from 65537
 * up to 256 bits, the named curves P-256, P-384 and P-521, Ed25519 and Ed448, and
 * ML-DSA if OpenSSL has it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_digest.h"
#include "crypto_key_kind.h"
#include "crypto_ossl.h"
#include "crypto_public_key.h"

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192
#define RSA_MAX_EXPONENT_BITS 256

/* Returns the number of bits of a positive number. */
static int
bit_length(PcaBytes number)
{
	int			bits = number.length * 8;

	for (uint8 top = number.data[0]; top < 0x80 && bits > 0; top <<= 1)
		bits--;
	return bits;
}

/* Reads a positive INTEGER without the zero of its sign.  Returns false for zero and negative numbers. */
static bool
take_positive(PcaDerReader *reader, PcaBytes *number)
{
	PcaDerElement element;

	if (!pca_der_take(reader, PCA_DER_INTEGER, &element) || element.content.data[0] >= 0x80)
		return false;
	*number = element.content;
	if (number->length > 1 && number->data[0] == 0)
	{
		number->data++;
		number->length--;
	}
	return number->data[0] != 0;
}

/* Reads and checks an RSAPublicKey (RFC 8017 A.1.1).  Returns NULL or the fault. */
static const char *
rsa_fault(PcaPublicKey *key)
{
	PcaDerReader sequence;
	PcaDerReader inner = {0};

	if (pca_der_scan(key->bits) != NULL)
		return "its RSA key is not DER";
	sequence = pca_der_reader(key->bits);
	if (!pca_der_enter(&sequence, PCA_DER_SEQUENCE, &inner) ||
		!take_positive(&inner, &key->modulus) || !take_positive(&inner, &key->exponent) ||
		!pca_der_at_end(&inner))
		return "its RSA key is not a modulus and an exponent";
	if (bit_length(key->modulus) < RSA_MIN_BITS || bit_length(key->modulus) > RSA_MAX_BITS)
		return "its RSA key is not 2048 to 8192 bits long";
	if ((key->modulus.data[key->modulus.length - 1] & 1) == 0)
		return "its RSA modulus is even";
	if (bit_length(key->exponent) < 17 || bit_length(key->exponent) > RSA_MAX_EXPONENT_BITS ||
		(key->exponent.data[key->exponent.length - 1] & 1) == 0)
		return "its RSA exponent is not an odd number from 65537 up to 256 bits";
	return NULL;
}

/*
 * Checks the form of a point (RFC 5480 2.2), which must be uncompressed or
 * compressed.  Returns NULL or the fault.  OpenSSL would also accept hybrid
 * points, and infinity, under which anyone can sign.
 */
static const char *
ec_fault(const PcaPublicKey *key)
{
	uint8		form = key->bits.length > 0 ? key->bits.data[0] : 0;

	if (form == 4 && key->bits.length == 1 + 2 * key->kind->length)
		return NULL;
	if ((form == 2 || form == 3) && key->bits.length == 1 + key->kind->length)
		return NULL;
	return "its EC point has the wrong form or length";
}

/* Checks the octets of a key by its kind.  Returns NULL or the fault. */
static const char *
kind_fault(PcaPublicKey *key)
{
	switch (key->kind->scheme)
	{
		case PCA_SCHEME_RSA:
			return rsa_fault(key);
		case PCA_SCHEME_EC:
			return ec_fault(key);
		case PCA_SCHEME_PURE:
			return key->bits.length == key->kind->length ? NULL : "its key has the wrong length";
	}
	return NULL;
}

/*
 * Reads a SubjectPublicKeyInfo (RFC 5280 4.1.2.7) that passed pca_der_scan().
 *
 * Returns NULL, or the reason why the key is not accepted.  Whether an EC point
 * is on its curve shows when the key verifies its first signature.  Whether
 * anyone can sign with the key is checked by pca_public_key_weakness().
 */
const char *
pca_public_key_parse(PcaBytes spki, PcaPublicKey *key)
{
	PcaDerReader reader = pca_der_reader(spki);
	PcaDerReader inner;
	PcaDerElement algorithm;
	PcaDerElement bits;
	const char *fault;

	memset(key, 0, sizeof(*key));
	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner) ||
		!pca_der_take(&inner, PCA_DER_SEQUENCE, &algorithm) ||
		!pca_der_take(&inner, PCA_DER_BIT_STRING, &bits) || !pca_der_at_end(&inner))
		return "its public key is not a SubjectPublicKeyInfo";
	if (bits.content.data[0] != 0)
		return "its public key is not a whole number of octets";
	key->spki = spki;
	key->bits = (PcaBytes) {bits.content.data + 1, bits.content.length - 1};
	key->kind = pca_key_kind_find(algorithm.content, &fault);
	return key->kind == NULL ? fault : kind_fault(key);
}

/*
 * Checks a key that was parsed.  Returns NULL, or the reason why anyone can
 * sign with it.
 *
 * For an RSA key that this backend has not seen lately it takes an
 * exponentiation.  So it is meant for keys of clients, after the signature that
 * the key must have made was verified.
 */
const char *
pca_public_key_weakness(const PcaPublicKey *key)
{
	if (key->kind->weakness == NULL)
		return NULL;
	return key->kind->weakness(key->kind->scheme == PCA_SCHEME_RSA ? key->modulus : key->bits);
}

/*
 * Calculates the key identifier by method 1 of RFC 5280 4.2.1.2, the SHA-1 of
 * the key's octets.
 *
 * identifier: a buffer of PCA_KEY_IDENTIFIER_LENGTH octets.
 */
void
pca_public_key_identifier(PcaBytes bits, uint8 *identifier)
{
	uint8		digest[EVP_MAX_MD_SIZE];

	pca_digest(PCA_SHA1, bits, digest);
	memcpy(identifier, digest, PCA_KEY_IDENTIFIER_LENGTH);
}

/*
 * Returns the name that the API has for the key's algorithm, or would have:
 * RSA_2048, EC_prime256v1, Ed25519.
 */
char *
pca_public_key_format_algorithm(const PcaPublicKey *key)
{
	return key->kind->scheme == PCA_SCHEME_RSA
		? psprintf("%s_%d", key->kind->word, bit_length(key->modulus)) : pstrdup(key->kind->word);
}
