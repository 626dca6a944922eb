/*-------------------------------------------------------------------------
 *
 * crypto_key_kind.h
 *	  The kinds of public keys, a row for each: those that are accepted, and those
 *	  that are refused by name.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_KEY_KIND_H
#define CRYPTO_KEY_KIND_H

#include "postgres.h"

#include "base_der.h"

#define PCA_KEY_KINDS 9

typedef enum PcaKeyScheme
{
	PCA_SCHEME_RSA,
	PCA_SCHEME_EC,
	PCA_SCHEME_PURE				/* signs the data itself: EdDSA, ML-DSA */
} PcaKeyScheme;

/* The row of a kind of public key */
typedef struct PcaKeyKind
{
	int			number;			/* its index among the kinds */
	PcaKeyScheme scheme;
	PcaBytes	algorithm;		/* content of the key's AlgorithmIdentifier */
	const char *name;			/* OpenSSL's name of the group or type */
	const char *word;			/* the API's, where it has one; of RSA, before the size */
	size_t		length;			/* of a coordinate or of a raw key */
	const char *(*weakness) (PcaBytes number);	/* returns why anyone can sign with a key of this modulus or these octets, or NULL */
} PcaKeyKind;

extern const PcaKeyKind *pca_key_kind_find(PcaBytes algorithm, const char **fault);

#endif							/* CRYPTO_KEY_KIND_H */
