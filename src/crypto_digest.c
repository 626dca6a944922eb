/*-------------------------------------------------------------------------
 *
 * crypto_digest.c
 *	  Message digests, a row each.
 *
 * Each digest is fetched from OpenSSL once per backend, and its context is
 * allocated once: either costs more than calculating a short digest.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>

#include "crypto_digest.h"
#include "crypto_ossl.h"

/* RFC 8017 B.1: the content of each OID */
#define SHA1_OID "\x2b\x0e\x03\x02\x1a"
#define SHA2_OID(last) "\x60\x86\x48\x01\x65\x03\x04\x02" last

static const struct
{
	const char *name;			/* OpenSSL's */
	size_t		length;
	PcaBytes	oid;
	PcaBytes	info;			/* RFC 8017 9.2: DigestInfo, up to the digest */
}			digests[] = {
	[PCA_SHA1] = {
		"SHA1", 20, PCA_BYTES_INIT(SHA1_OID),
		PCA_BYTES_INIT("\x30\x21\x30\x09\x06\x05" SHA1_OID "\x05\x00\x04\x14")
	},
	[PCA_SHA256] = {
		"SHA256", 32, PCA_BYTES_INIT(SHA2_OID("\x01")),
		PCA_BYTES_INIT("\x30\x31\x30\x0d\x06\x09" SHA2_OID("\x01") "\x05\x00\x04\x20")
	},
	[PCA_SHA384] = {
		"SHA384", 48, PCA_BYTES_INIT(SHA2_OID("\x02")),
		PCA_BYTES_INIT("\x30\x41\x30\x0d\x06\x09" SHA2_OID("\x02") "\x05\x00\x04\x30")
	},
	[PCA_SHA512] = {
		"SHA512", 64, PCA_BYTES_INIT(SHA2_OID("\x03")),
		PCA_BYTES_INIT("\x30\x51\x30\x0d\x06\x09" SHA2_OID("\x03") "\x05\x00\x04\x40")
	},
};

StaticAssertDecl(lengthof(digests) == PCA_DIGESTS, "each digest has its row");

/* Finds a digest by the content of its OID in an AlgorithmIdentifier.  Returns false if it has no row. */
bool
pca_digest_find(PcaBytes oid, PcaDigest *digest)
{
	for (int i = 0; i < PCA_DIGESTS; i++)
		if (pca_bytes_equal(digests[i].oid, oid))
		{
			*digest = i;
			return true;
		}
	return false;
}

/* Returns the number of octets of a digest. */
size_t
pca_digest_length(PcaDigest digest)
{
	return digests[digest].length;
}

/* Returns what precedes the digest in a signature of RSASSA-PKCS1-v1_5 (RFC 8017 9.2). */
PcaBytes
pca_digest_info(PcaDigest digest)
{
	return digests[digest].info;
}

/* Returns OpenSSL's method of a digest, which is fetched once per backend. */
const EVP_MD *
pca_digest_method(PcaDigest digest)
{
	static EVP_MD *methods[PCA_DIGESTS];

	if (methods[digest] == NULL)
		methods[digest] = pca_ossl_keep(EVP_MD_fetch(NULL, digests[digest].name, NULL), "could not find a digest");
	return methods[digest];
}

/*
 * Calculates the digest of the data.  Returns its length in octets.
 *
 * result: a buffer of EVP_MAX_MD_SIZE octets.  Throws RequestFailedException.
 */
size_t
pca_digest(PcaDigest digest, PcaBytes data, uint8 *result)
{
	static EVP_MD_CTX *contexts[PCA_DIGESTS];
	unsigned int length = 0;

	if (contexts[digest] == NULL)
		contexts[digest] = pca_ossl_keep(EVP_MD_CTX_new(), "could not allocate a digest");
	pca_ossl_check(EVP_DigestInit_ex2(contexts[digest], pca_digest_method(digest), NULL) == 1 &&
				   EVP_DigestUpdate(contexts[digest], data.data, data.length) == 1 &&
				   EVP_DigestFinal_ex(contexts[digest], result, &length) == 1 &&
				   length == digests[digest].length,
				   "could not calculate a digest");
	return length;
}

/* Calculates the HMAC-SHA256 of data (RFC 2104), PCA_MAC_LENGTH octets. */
void
pca_mac(PcaBytes key, PcaBytes data, uint8 *mac)
{
	unsigned int length = PCA_MAC_LENGTH;

	pca_ossl_check(HMAC(pca_digest_method(PCA_SHA256), key.data, key.length, data.data, data.length, mac, &length) != NULL &&
				   length == PCA_MAC_LENGTH,
				   "could not calculate a message authentication code");
}

/*
 * Derives octets from a key with HKDF-SHA256 (RFC 5869).
 *
 * label: what they are for.  context: what of it, or empty; both together have
 * up to 64 octets.
 */
void
pca_hkdf(PcaBytes key, const char *label, PcaBytes context, uint8 *result, size_t length)
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
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, unconstify(uint8 *, key.data), key.length),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, label_length + context.length),
		OSSL_PARAM_construct_end()
	}) == 1, "could not derive a key");
}
