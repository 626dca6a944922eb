/*-------------------------------------------------------------------------
 *
 * crypto_signature_scheme.c
 *	  What the AlgorithmIdentifier of a signature says.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_algorithm.h"
#include "crypto_key_kind.h"
#include "crypto_signature_scheme.h"

/* Names of signatures (RFC 4055 5, RFC 5758 3.2, RFC 3279 2.2). */
#define RSA(last) PCA_BYTES_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01" last)
#define ECDSA(last) PCA_BYTES_INIT("\x2a\x86\x48\xce\x3d\x04" last)

static const struct
{
	PcaBytes	oid;
	PcaKeyScheme scheme;
	PcaDigest	digest;
}			signatures[] = {
	{ECDSA("\x03\x02"), PCA_SCHEME_EC, PCA_SHA256},
	{ECDSA("\x03\x03"), PCA_SCHEME_EC, PCA_SHA384},
	{ECDSA("\x03\x04"), PCA_SCHEME_EC, PCA_SHA512},
	{ECDSA("\x01"), PCA_SCHEME_EC, PCA_SHA1},
	{RSA("\x0b"), PCA_SCHEME_RSA, PCA_SHA256},
	{RSA("\x0c"), PCA_SCHEME_RSA, PCA_SHA384},
	{RSA("\x0d"), PCA_SCHEME_RSA, PCA_SHA512},
	{RSA("\x05"), PCA_SCHEME_RSA, PCA_SHA1},
};

static const PcaBytes md5_with_rsa = RSA("\x04");
static const PcaBytes rsassa_pss = RSA("\x0a");

/* The row whose hashAlgorithm [0] and maskGenAlgorithm [1] these are; NULL: none. */
static const PcaSigningAlgorithm *
find_pss_row(PcaBytes hash, PcaBytes mask)
{
	static const char *const rows[] = {"SHA256WITHRSA_PSS", "SHA384WITHRSA_PSS", "SHA512WITHRSA_PSS"};

	for (size_t i = 0; i < lengthof(rows); i++)
	{
		const PcaSigningAlgorithm *row = pca_signing_algorithm_get(rows[i]);
		PcaDerReader reader = pca_der_reader(row->identifier);
		PcaDerReader identifier;
		PcaDerReader parameters;
		PcaDerElement element;
		PcaDerElement row_hash;
		PcaDerElement row_mask;

		if (pca_der_enter(&reader, PCA_DER_SEQUENCE, &identifier) && pca_der_next(&identifier, &element) &&
			pca_der_enter(&identifier, PCA_DER_SEQUENCE, &parameters) &&
			pca_der_next(&parameters, &row_hash) && pca_der_next(&parameters, &row_mask) &&
			pca_bytes_equal(row_hash.whole, hash) && pca_bytes_equal(row_mask.whole, mask))
			return row;
	}
	return NULL;
}

/*
 * RFC 4055 3.1: RSASSA-PSS-params with the digest and mask of one of the rows,
 * or those of SHA-1, which are left out; a salt that fits the key, and the one
 * trailer field that there is.
 */
static bool
find_pss(const PcaPublicKey *key, PcaDerReader algorithm, PcaSignatureScheme *found)
{
	const PcaSigningAlgorithm *row = NULL;
	PcaDerReader parameters;
	PcaDerReader inner;
	PcaDerElement hash;
	PcaDerElement mask;
	PcaDerElement number;
	uint32		salt = 20;
	uint32		trailer = 1;

	if (!pca_der_enter(&algorithm, PCA_DER_SEQUENCE, &parameters) || !pca_der_at_end(&algorithm))
		return false;
	if (pca_der_take(&parameters, PCA_DER_CONTEXT_CONSTRUCTED + 0, &hash) &&
		(!pca_der_take(&parameters, PCA_DER_CONTEXT_CONSTRUCTED + 1, &mask) ||
		 (row = find_pss_row(hash.whole, mask.whole)) == NULL))
		return false;
	if (pca_der_enter(&parameters, PCA_DER_CONTEXT_CONSTRUCTED + 2, &inner) &&
		(!pca_der_take(&inner, PCA_DER_INTEGER, &number) || !pca_der_at_end(&inner) ||
		 !pca_der_read_uint32(number.content, &salt)))
		return false;
	if (pca_der_enter(&parameters, PCA_DER_CONTEXT_CONSTRUCTED + 3, &inner) &&
		(!pca_der_take(&inner, PCA_DER_INTEGER, &number) || !pca_der_at_end(&inner) ||
		 !pca_der_read_uint32(number.content, &trailer)))
		return false;
	found->digest = row != NULL ? row->digest : PCA_SHA1;
	found->salt_length = salt;
	return pca_der_at_end(&parameters) && trailer == 1 && salt < key->modulus.length;
}

/*
 * What the AlgorithmIdentifier of a signature by this key says, also if it says
 * that of another kind of key; the fault in words, or NULL.
 */
const char *
pca_signature_scheme_parse(const PcaPublicKey *key, PcaBytes identifier, PcaSignatureScheme *found)
{
	PcaDerReader reader = pca_der_reader(identifier);
	PcaDerReader inner;
	PcaDerElement oid;

	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner) || !pca_der_take(&inner, PCA_DER_OID, &oid))
		return "its signature algorithm is malformed";
	found->scheme = key->kind->scheme;
	found->is_pss = pca_bytes_equal(oid.content, rsassa_pss);
	if (found->is_pss)
	{
		found->scheme = PCA_SCHEME_RSA;
		return find_pss(key, inner, found)
			? NULL : "its RSASSA-PSS parameters are not supported";
	}
	for (size_t i = 0; i < lengthof(signatures); i++)
	{
		if (!pca_bytes_equal(signatures[i].oid, oid.content))
			continue;
		found->scheme = signatures[i].scheme;
		found->digest = signatures[i].digest;
		/* RFC 4055 5: for RSA both NULL and nothing; RFC 5758 3.2: for EC nothing */
		if (pca_der_at_end(&inner) ||
			(found->scheme == PCA_SCHEME_RSA && inner.end - inner.next == 2 && inner.next[0] == PCA_DER_NULL))
			return NULL;
		return "its signature algorithm has wrong parameters";
	}
	/* RFC 8410 6, RFC 9881 2: the signature algorithm has the key's own identifier. */
	if (key->kind->scheme == PCA_SCHEME_PURE &&
		pca_bytes_equal((PcaBytes) {oid.whole.data, inner.end - oid.whole.data}, key->kind->algorithm))
		return NULL;
	if (pca_bytes_equal(oid.content, md5_with_rsa))
		return "its signature is over MD5, which proves nothing";
	return "its signature algorithm is not one of ECDSA, RSA or RSASSA-PSS with SHA-256, SHA-384 or SHA-512, Ed25519 and Ed448";
}
