/*-------------------------------------------------------------------------
 *
 * crypto_chain.h
 *	  A CA's certificate with the chain above it, as
 *	  ImportCertificateAuthorityCertificate takes them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_CHAIN_H
#define CRYPTO_CHAIN_H

#include "postgres.h"

#include "crypto_certificate.h"

/* The CA's own certificate first, the root last. */
typedef struct PcaChain
{
	int			count;
	PcaCertificate certificates[PCA_CHAIN_MAX_COUNT];
} PcaChain;

extern void pca_chain_parse(const char *certificate_pem, const char *chain_pem, PcaChain *chain);
extern void pca_chain_check(const PcaChain *chain, PcaBytes spki, bool is_root, int64 now);
extern void pca_chain_issuer(const PcaChain *chain, PcaIssuer *issuer);

/* crypto_chain_identifier.c */
extern void pca_chain_check_key_identifiers(const PcaChain *chain, int i);

#endif							/* CRYPTO_CHAIN_H */
