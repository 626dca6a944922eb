/*-------------------------------------------------------------------------
 *
 * crypto_algorithm.c
 *	  The key algorithms of the API and the algorithms of signatures, a row each.
 *	  A signing algorithm is found by its name in the API to sign, and by its OID
 *	  to verify.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_algorithm.h"
#include "crypto_ossl.h"
#include "lib/stringinfo.h"

static const PcaKeyAlgorithm key_algorithms[] = {
	{.name = "RSA_2048", .family = PCA_FAMILY_RSA, .type = "RSA", .bits = 2048},
	{.name = "RSA_3072", .family = PCA_FAMILY_RSA, .type = "RSA", .bits = 3072},
	{.name = "RSA_4096", .family = PCA_FAMILY_RSA, .type = "RSA", .bits = 4096},
	{.name = "EC_prime256v1", .family = PCA_FAMILY_EC, .type = "EC", .group = "P-256"},
	{.name = "EC_secp384r1", .family = PCA_FAMILY_EC, .type = "EC", .group = "P-384"},
	{.name = "EC_secp521r1", .family = PCA_FAMILY_EC, .type = "EC", .group = "P-521"},
	{.name = "ML_DSA_44", .family = PCA_FAMILY_ML_DSA, .type = "ML-DSA-44"},
	{.name = "ML_DSA_65", .family = PCA_FAMILY_ML_DSA, .type = "ML-DSA-65"},
	{.name = "ML_DSA_87", .family = PCA_FAMILY_ML_DSA, .type = "ML-DSA-87"},
};

/*
 * Each macro below ends a row, with the content of the OID and the whole
 * AlgorithmIdentifier.
 */
#define OID(content) .oid = PCA_BYTES_INIT(content)
#define IDENTIFIER(der) .identifier = PCA_BYTES_INIT(der)

/* RFC 3279 2.2.3, RFC 5758 3.2: ecdsa-with-SHA* has no parameters. */
#define ECDSA_OID(last) "\x2a\x86\x48\xce\x3d\x04" last
#define ECDSA(last) OID(ECDSA_OID("\x03" last)), IDENTIFIER("\x30\x0a\x06\x08" ECDSA_OID("\x03" last))

/* RFC 4055 5: sha*WithRSAEncryption has NULL parameters. */
#define PKCS1_OID(last) "\x2a\x86\x48\x86\xf7\x0d\x01\x01" last
#define RSA_PKCS1(last) OID(PKCS1_OID(last)), IDENTIFIER("\x30\x0d\x06\x09" PKCS1_OID(last) "\x05\x00")

/* RFC 4055 3.1: RSASSA-PSS with MGF1 over the same digest, a salt of its length. */
#define SHA2_IDENTIFIER(last) "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" last "\x05\x00"
#define PSS_DIGESTS(last) \
	"\xa0\x0f" SHA2_IDENTIFIER(last) "\xa1\x1c\x30\x1a\x06\x09" PKCS1_OID("\x08") SHA2_IDENTIFIER(last)
#define RSA_PSS(last, salt) OID(PKCS1_OID("\x0a")), .pss_digests = PCA_BYTES_INIT(PSS_DIGESTS(last)), \
	IDENTIFIER("\x30\x41\x06\x09" PKCS1_OID("\x0a") "\x30\x34" PSS_DIGESTS(last) "\xa2\x03\x02\x01" salt)

/* RFC 9881 2: no parameters */
#define ML_DSA_OID(last) "\x60\x86\x48\x01\x65\x03\x04\x03" last
#define ML_DSA(last) OID(ML_DSA_OID(last)), IDENTIFIER("\x30\x0b\x06\x09" ML_DSA_OID(last))

#define ROW(word, of_family, of_digest, pss, ...) \
	{.name = (word), .family = PCA_FAMILY_##of_family, .digest = PCA_SHA##of_digest, .is_pss = (pss), __VA_ARGS__}

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
	{.name = "ML_DSA_44", .family = PCA_FAMILY_ML_DSA, ML_DSA("\x11")},
	{.name = "ML_DSA_65", .family = PCA_FAMILY_ML_DSA, ML_DSA("\x12")},
	{.name = "ML_DSA_87", .family = PCA_FAMILY_ML_DSA, ML_DSA("\x13")},
	/* Only to verify */
	ROW(NULL, EC, 1, false, OID(ECDSA_OID("\x01"))),
	ROW(NULL, RSA, 1, false, OID(PKCS1_OID("\x05"))),
	{.family = PCA_FAMILY_RSA, OID(PKCS1_OID("\x04")), .fault = "its signature uses MD5, which is not secure"},
};

/* Finds a KeyAlgorithm of the API by its name.  Returns NULL if it is not implemented. */
const PcaKeyAlgorithm *
pca_key_algorithm_find(const char *name)
{
	for (size_t i = 0; i < lengthof(key_algorithms); i++)
		if (strcmp(key_algorithms[i].name, name) == 0)
			return &key_algorithms[i];
	return NULL;
}

/* Tells whether the OpenSSL of this server has keys of this algorithm. */
bool
pca_key_algorithm_is_offered(const PcaKeyAlgorithm *algorithm)
{
	EVP_KEYMGMT *method;

	if (algorithm->family != PCA_FAMILY_ML_DSA)
		return true;
	pca_ossl_begin();
	method = EVP_KEYMGMT_fetch(NULL, algorithm->type, NULL);
	if (method == NULL)
		pca_ossl_forget_errors();
	else
		pca_own_EVP_KEYMGMT(method, "could not find a key type");
	return method != NULL;
}

/* Finds a SigningAlgorithm of the API by its name.  Returns NULL if it is not implemented. */
const PcaSigningAlgorithm *
pca_signing_algorithm_find_by_name(const char *name)
{
	for (size_t i = 0; i < lengthof(signing_algorithms); i++)
		if (signing_algorithms[i].name != NULL && strcmp(signing_algorithms[i].name, name) == 0)
			return &signing_algorithms[i];
	return NULL;
}

/*
 * Finds the algorithm of a signature by the content of its OID.  Returns NULL if
 * it has no row.
 *
 * For RSASSA-PSS it returns any of the rows: see
 * pca_signing_algorithm_find_pss().
 */
const PcaSigningAlgorithm *
pca_signing_algorithm_find(PcaBytes oid)
{
	for (size_t i = 0; i < lengthof(signing_algorithms); i++)
		if (pca_bytes_equal(signing_algorithms[i].oid, oid))
			return &signing_algorithms[i];
	return NULL;
}

/*
 * Finds the row of RSASSA-PSS by its digests.  Returns NULL if no row has these.
 *
 * digests: hashAlgorithm [0] and maskGenAlgorithm [1] of RSASSA-PSS-params,
 * DER, one after the other (RFC 4055 3.1).
 */
const PcaSigningAlgorithm *
pca_signing_algorithm_find_pss(PcaBytes digests)
{
	for (size_t i = 0; i < lengthof(signing_algorithms); i++)
		if (signing_algorithms[i].is_pss && pca_bytes_equal(signing_algorithms[i].pss_digests, digests))
			return &signing_algorithms[i];
	return NULL;
}

/* Tells whether a key can sign with an algorithm.  The three sizes of ML-DSA are three algorithms. */
bool
pca_signing_algorithm_fits(const PcaSigningAlgorithm *signing, const PcaKeyAlgorithm *key)
{
	return signing->name != NULL && signing->family == key->family &&
		(key->family != PCA_FAMILY_ML_DSA || strcmp(signing->name, key->name) == 0);
}

/* Returns the names of the algorithms that fit a key, separated by commas. */
char *
pca_signing_algorithm_list(const PcaKeyAlgorithm *key)
{
	StringInfoData list;

	initStringInfo(&list);
	for (size_t i = 0; i < lengthof(signing_algorithms); i++)
		if (pca_signing_algorithm_fits(&signing_algorithms[i], key))
			appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "", signing_algorithms[i].name);
	return list.data;
}
