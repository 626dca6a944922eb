/*-------------------------------------------------------------------------
 *
 * crypto_signature.h
 *	  Splits signed structures (CSRs, certificates, CRLs) and verifies their
 *	  signatures.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_SIGNATURE_H
#define CRYPTO_SIGNATURE_H

#include "postgres.h"

#include "crypto_public_key.h"

/* The parts of a signed structure: a CSR, a certificate or a CRL */
typedef struct PcaSigned
{
	PcaDerElement tbs;			/* the part that is signed */
	PcaBytes	algorithm;		/* AlgorithmIdentifier, whole */
	PcaBytes	signature;		/* its octets */
} PcaSigned;

extern const char *pca_signed_parse(PcaBytes der, const char *otherwise, PcaSigned *parts);
extern const char *pca_public_key_verify(const PcaPublicKey *key, PcaBytes algorithm_identifier,
										 PcaBytes data, PcaBytes signature);
extern const char *pca_public_key_verify_possession(const PcaPublicKey *key, PcaBytes algorithm_identifier,
													PcaBytes data, PcaBytes signature);

#endif							/* CRYPTO_SIGNATURE_H */
