/*-------------------------------------------------------------------------
 *
 * crypto_signature_scheme.c
 *	  Reads the AlgorithmIdentifier of a signature.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_algorithm.h"
#include "crypto_key_kind.h"
#include "crypto_signature_scheme.h"

/*
 * Reads an INTEGER in an explicit tag.  Leaves value as it is if the tag is
 * absent.  Returns false if the tag contains anything else.
 */
static bool
take_tagged_number(PcaDerReader *reader, uint8 tag, uint32 *value)
{
	PcaDerReader inner;
	PcaDerElement number;

	return !pca_der_enter(reader, tag, &inner) ||
		(pca_der_take(&inner, PCA_DER_INTEGER, &number) && pca_der_at_end(&inner) &&
		 pca_der_read_uint32(number.content, value));
}

/*
 * Reads hashAlgorithm [0] and maskGenAlgorithm [1]: those of one of our rows,
 * or neither, which means SHA-1 (RFC 4055 3.1).  Returns false for others.
 */
static bool
take_pss_digest(PcaDerReader *parameters, PcaDigest *digest)
{
	PcaDerElement hash;
	PcaDerElement mask;
	const PcaSigningAlgorithm *row;

	*digest = PCA_SHA1;
	if (!pca_der_take(parameters, PCA_DER_CONTEXT_CONSTRUCTED + 0, &hash))
		return true;
	if (!pca_der_take(parameters, PCA_DER_CONTEXT_CONSTRUCTED + 1, &mask))
		return false;
	row = pca_signing_algorithm_find_pss((PcaBytes) {hash.whole.data, hash.whole.length + mask.whole.length});
	if (row != NULL)
		*digest = row->digest;
	return row != NULL;
}

/*
 * Reads RSASSA-PSS-params (RFC 4055 3.1): an accepted digest, a salt that fits
 * the key, and the only trailer field that is defined.  Returns false for
 * others.
 */
static bool
read_pss(const PcaPublicKey *key, PcaDerReader *algorithm, PcaSignatureScheme *found)
{
	PcaDerReader parameters;
	uint32		salt = 20;
	uint32		trailer = 1;

	if (!pca_der_enter(algorithm, PCA_DER_SEQUENCE, &parameters) || !pca_der_at_end(algorithm) ||
		!take_pss_digest(&parameters, &found->digest) ||
		!take_tagged_number(&parameters, PCA_DER_CONTEXT_CONSTRUCTED + 2, &salt) ||
		!take_tagged_number(&parameters, PCA_DER_CONTEXT_CONSTRUCTED + 3, &trailer))
		return false;
	found->salt_length = salt;
	return pca_der_at_end(&parameters) && trailer == 1 && salt < key->modulus.length;
}

/*
 * Checks what follows the OID.  Returns NULL or the fault.  RSA allows NULL as
 * well as nothing (RFC 4055 5), EC only nothing (RFC 5758 3.2).
 */
static const char *
parameters_fault(const PcaDerReader *rest, PcaKeyScheme scheme)
{
	if (pca_der_at_end(rest) ||
		(scheme == PCA_SCHEME_RSA && rest->end - rest->next == 2 && rest->next[0] == PCA_DER_NULL))
		return NULL;
	return "its signature algorithm has invalid parameters";
}

/*
 * Reads the AlgorithmIdentifier of a signature.  Returns NULL or the fault.
 *
 * key: the key that should have made it.  The algorithm may belong to another
 * kind of key, which is then the caller's to refuse.
 */
const char *
pca_signature_scheme_parse(const PcaPublicKey *key, PcaBytes identifier, PcaSignatureScheme *found)
{
	PcaDerReader reader = pca_der_reader(identifier);
	PcaDerReader inner;
	PcaDerElement oid;
	const PcaSigningAlgorithm *row;

	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner) || !pca_der_take(&inner, PCA_DER_OID, &oid))
		return "its signature algorithm is malformed";
	found->scheme = key->kind->scheme;
	/* RFC 8410 6, RFC 9881 2: the signature algorithm has the key's own identifier. */
	if (key->kind->scheme == PCA_SCHEME_PURE &&
		pca_bytes_equal((PcaBytes) {oid.whole.data, inner.end - oid.whole.data}, key->kind->algorithm))
		return NULL;
	row = pca_signing_algorithm_find(oid.content);
	if (row == NULL || row->family == PCA_FAMILY_ML_DSA)
		return "its signature algorithm is not one of ECDSA, RSA or RSASSA-PSS with SHA-256, SHA-384 or SHA-512, Ed25519 and Ed448";
	if (row->fault != NULL)
		return row->fault;
	found->scheme = row->family == PCA_FAMILY_RSA ? PCA_SCHEME_RSA : PCA_SCHEME_EC;
	found->is_pss = row->is_pss;
	if (row->is_pss)
		return read_pss(key, &inner, found) ? NULL : "its RSASSA-PSS parameters are not supported";
	found->digest = row->digest;
	return parameters_fault(&inner, found->scheme);
}
