/*-------------------------------------------------------------------------
 *
 * crypto_algorithm.c
 *	  The key and signing algorithms of the API, a row each.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_algorithm.h"
#include "lib/stringinfo.h"

static const PcaKeyAlgorithm key_algorithms[] = {
	{.name = "RSA_2048", .family = PCA_FAMILY_RSA, .bits = 2048},
	{.name = "RSA_3072", .family = PCA_FAMILY_RSA, .bits = 3072},
	{.name = "RSA_4096", .family = PCA_FAMILY_RSA, .bits = 4096},
	{.name = "EC_prime256v1", .family = PCA_FAMILY_EC, .group = "P-256"},
	{.name = "EC_secp384r1", .family = PCA_FAMILY_EC, .group = "P-384"},
	{.name = "EC_secp521r1", .family = PCA_FAMILY_EC, .group = "P-521"},
};

/* RFC 5758 3.2: ecdsa-with-SHA2 has no parameters. */
#define ECDSA(last) \
	PCA_BYTES_INIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" last)

/* RFC 4055 5: sha*WithRSAEncryption has NULL parameters. */
#define RSA_PKCS1(last) \
	PCA_BYTES_INIT("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" last "\x05\x00")

/* RFC 4055 3.1: RSASSA-PSS with MGF1 over the same digest, a salt of its length. */
#define RSA_PSS(last, salt) \
	PCA_BYTES_INIT("\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34" \
				 "\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" last "\x05\x00" \
				 "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08" \
				 "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" last "\x05\x00" \
				 "\xa2\x03\x02\x01" salt)

#define ROW(word, of_family, of_digest, pss, der) \
	{.name = (word), .family = PCA_FAMILY_##of_family, .digest = PCA_SHA##of_digest, .is_pss = (pss), .identifier = der}

static const PcaSigningAlgorithm signing_algorithms[] = {
	ROW("SHA256WITHECDSA", EC, 256, false, ECDSA("\x02")),
	ROW("SHA384WITHECDSA", EC, 384, false, ECDSA("\x03")),
	ROW("SHA512WITHECDSA", EC, 512, false, ECDSA("\x04")),
	ROW("SHA256WITHRSA", RSA, 256, false, RSA_PKCS1("\x0b")),
	ROW("SHA384WITHRSA", RSA, 384, false, RSA_PKCS1("\x0c")),
	ROW("SHA512WITHRSA", RSA, 512, false, RSA_PKCS1("\x0d")),
	ROW("SHA256WITHRSA_PSS", RSA, 256, true, RSA_PSS("\x01", "\x20")),
	ROW("SHA384WITHRSA_PSS", RSA, 384, true, RSA_PSS("\x02", "\x30")),
	ROW("SHA512WITHRSA_PSS", RSA, 512, true, RSA_PSS("\x03", "\x40")),
};

/* Throws InvalidArgsException for an algorithm that OpenSSL here does not have. */
static void
unavailable_error(const char *name)
{
	pca_error(INVALID_ARGS,
			  errmsg("algorithm \"%s\" is not available", name),
			  errdetail("The OpenSSL library of this server does not offer it."),
			  errhint("Use an RSA or EC algorithm."));
}

/* The row of a KeyAlgorithm of the model. */
const PcaKeyAlgorithm *
pca_key_algorithm_get(const char *name)
{
	for (size_t i = 0; i < lengthof(key_algorithms); i++)
		if (strcmp(key_algorithms[i].name, name) == 0)
			return &key_algorithms[i];
	unavailable_error(name);
	pg_unreachable();
}

/* The row of a SigningAlgorithm of the model. */
const PcaSigningAlgorithm *
pca_signing_algorithm_get(const char *name)
{
	for (size_t i = 0; i < lengthof(signing_algorithms); i++)
		if (strcmp(signing_algorithms[i].name, name) == 0)
			return &signing_algorithms[i];
	unavailable_error(name);
	pg_unreachable();
}

/* The row with this AlgorithmIdentifier; NULL when there is none. */
const PcaSigningAlgorithm *
pca_signing_algorithm_find(PcaBytes identifier)
{
	for (size_t i = 0; i < lengthof(signing_algorithms); i++)
		if (pca_bytes_equal(signing_algorithms[i].identifier, identifier))
			return &signing_algorithms[i];
	return NULL;
}

/*
 * Throws InvalidArgsException unless a key of this algorithm can sign so.
 */
void
pca_signing_algorithm_check(const PcaSigningAlgorithm *signing, const PcaKeyAlgorithm *key)
{
	StringInfoData valid;

	if (signing->family == key->family)
		return;
	initStringInfo(&valid);
	for (size_t i = 0; i < lengthof(signing_algorithms); i++)
		if (signing_algorithms[i].family == key->family)
			appendStringInfo(&valid, "%s%s", valid.len > 0 ? ", " : "", signing_algorithms[i].name);
	pca_error(INVALID_ARGS,
			  errmsg("signing algorithm %s cannot be used with key type %s", signing->name, key->name),
			  errdetail("The signing algorithm's family differs from the key's."),
			  errhint("Valid signing algorithms are: %s.", valid.data));
}
