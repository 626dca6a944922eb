/*-------------------------------------------------------------------------
 *
 * crypto_public_key.h
 *	  The public key of a CSR or a certificate.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_PUBLIC_KEY_H
#define CRYPTO_PUBLIC_KEY_H

#include "postgres.h"

#include "base_der.h"

struct PcaKeyKind;

/* A public key, as slices of the input */
typedef struct PcaPublicKey
{
	const struct PcaKeyKind *kind;
	PcaBytes	spki;			/* SubjectPublicKeyInfo, whole */
	PcaBytes	bits;			/* the subjectPublicKey's octets */
	PcaBytes	modulus;		/* of an RSA key, without the sign's zero */
	PcaBytes	exponent;
} PcaPublicKey;

extern const char *pca_public_key_parse(PcaBytes spki, PcaPublicKey *key);
extern const char *pca_public_key_weakness(const PcaPublicKey *key);
extern char *pca_public_key_format_algorithm(const PcaPublicKey *key);
extern void pca_public_key_identifier(PcaBytes bits, uint8 *identifier);

#define PCA_KEY_IDENTIFIER_LENGTH 20

#endif							/* CRYPTO_PUBLIC_KEY_H */
