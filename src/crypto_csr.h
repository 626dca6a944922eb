/*-------------------------------------------------------------------------
 *
 * crypto_csr.h
 *	  Certification requests (PKCS#10, RFC 2986).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_CSR_H
#define CRYPTO_CSR_H

#include "postgres.h"

#include "base_der.h"
#include "crypto_algorithm.h"
#include "crypto_extension.h"
#include "crypto_key.h"
#include "crypto_public_key.h"

/* A request whose signature was verified with its key */
typedef struct PcaCsr
{
	PcaBytes	subject;		/* Name, whole, readable by every relying party */
	PcaPublicKey key;
	PcaExtensions extensions;
	const PcaExtension *subject_alternative_name;	/* or NULL */
} PcaCsr;

extern char *pca_csr_find_subject(const char *pem);
extern char *pca_csr_label(const char *pem);
extern const char *pca_csr_parse(const char *pem, PcaCsr *csr);
extern PcaBytes pca_csr_sign(PcaBytes subject, PcaBytes extensions, PcaKey *key,
							 const PcaSigningAlgorithm *signing);

#endif							/* CRYPTO_CSR_H */
