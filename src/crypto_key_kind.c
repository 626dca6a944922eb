/*-------------------------------------------------------------------------
 *
 * crypto_key_kind.c
 *	  The kinds of public keys, a row for each: those that are accepted, and those
 *	  that are refused by name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_key_kind.h"
#include "crypto_weak_key.h"

/* Object identifiers and parameters, as they appear in an AlgorithmIdentifier */
#define RSA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define EC "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define ED(last) "\x06\x03\x2b\x65" last
#define ML_DSA(last) "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03" last

#define ROW(at, family, identifier, of_openssl, of_api, octets, weak) \
	{.number = (at), .scheme = PCA_SCHEME_##family, .algorithm = PCA_BYTES_INIT(identifier), \
	.name = (of_openssl), .word = (of_api), .length = (octets), .weakness = (weak)}

/* RFC 8017 A.1, RFC 5480 2.1.1, RFC 8410 3, RFC 9881 3 */
static const PcaKeyKind kinds[] = {
	ROW(0, EC, EC "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", "P-256", "EC_prime256v1", 32, NULL),
	ROW(1, RSA, RSA "\x01\x05\x00", "RSA", "RSA", 0, pca_weak_rsa_fault),
	ROW(2, EC, EC "\x06\x05\x2b\x81\x04\x00\x22", "P-384", "EC_secp384r1", 48, NULL),
	ROW(3, EC, EC "\x06\x05\x2b\x81\x04\x00\x23", "P-521", "EC_secp521r1", 66, NULL),
	ROW(4, PURE, ED("\x70"), "ED25519", "Ed25519", 32, pca_weak_ed25519_fault),
	ROW(5, PURE, ED("\x71"), "ED448", "Ed448", 57, pca_weak_ed448_fault),
	ROW(6, PURE, ML_DSA("\x11"), "ML-DSA-44", "ML_DSA_44", 1312, NULL),
	ROW(7, PURE, ML_DSA("\x12"), "ML-DSA-65", "ML_DSA_65", 1952, NULL),
	ROW(8, PURE, ML_DSA("\x13"), "ML-DSA-87", "ML_DSA_87", 2592, NULL),
};

StaticAssertDecl(lengthof(kinds) == PCA_KEY_KINDS, "each kind has its number");

/* Prefixes of the identifiers of other keys that occur in requests; the first match gives the reason for refusal */
static const struct
{
	PcaBytes	beginning;
	const char *fault;
}			refused[] = {
	{PCA_BYTES_INIT(RSA "\x01"), "the algorithm of its RSA key does not have NULL parameters"},
	{PCA_BYTES_INIT(RSA "\x0a"), "its key is only for RSASSA-PSS (id-RSASSA-PSS), but an RSA key (rsaEncryption) is required"},
	{PCA_BYTES_INIT(RSA "\x07"), "its key is for RSAES-OAEP, which does not sign"},
	{PCA_BYTES_INIT(EC "\x30"), "its EC key has explicit curve parameters, but a named curve is required"},
	{PCA_BYTES_INIT(EC "\x06"), "its EC key is not on P-256, P-384 or P-521"},
	{PCA_BYTES_INIT(EC), "its EC key names no curve"},
	{PCA_BYTES_INIT(ED("\x6e")), "its key is for X25519, which does not sign"},
	{PCA_BYTES_INIT(ED("\x6f")), "its key is for X448, which does not sign"},
	{PCA_BYTES_INIT(ED("\x70")), "the algorithm of its Ed25519 key has parameters"},
	{PCA_BYTES_INIT(ED("\x71")), "the algorithm of its Ed448 key has parameters"},
	{PCA_BYTES_INIT("\x06\x07\x2a\x86\x48\xce\x38\x04\x01"), "its key is for DSA, which is no longer accepted"},
	{{NULL, 0}, "its public key is not RSA, P-256, P-384, P-521, Ed25519 or Ed448"},
};

/* Tells whether octets begin with others. */
static bool
begins_with(PcaBytes bytes, PcaBytes beginning)
{
	return bytes.length >= beginning.length &&
		(beginning.length == 0 || memcmp(bytes.data, beginning.data, beginning.length) == 0);
}

/*
 * Finds the kind of key that the content of an AlgorithmIdentifier names.
 * Returns NULL and sets the fault for one that is not accepted.
 */
const PcaKeyKind *
pca_key_kind_find(PcaBytes algorithm, const char **fault)
{
	size_t		i = 0;

	*fault = NULL;
	for (size_t n = 0; n < lengthof(kinds); n++)
		if (pca_bytes_equal(kinds[n].algorithm, algorithm))
			return &kinds[n];
	while (!begins_with(algorithm, refused[i].beginning))
		i++;
	*fault = refused[i].fault;
	return NULL;
}
