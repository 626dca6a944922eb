/*-------------------------------------------------------------------------
 *
 * crypto_chain.h
 *	  A CA's certificate with the chain above it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_CHAIN_H
#define CRYPTO_CHAIN_H

#include "postgres.h"

#include "crypto_certificate.h"

/* A chain: the CA's own certificate first, the root last */
typedef struct PcaChain
{
	int			count;
	PcaCertificate certificates[PCA_CHAIN_MAX_COUNT];
} PcaChain;

extern int	pca_chain_count_below(const PcaChain *chain, int i);
extern void pca_chain_issuer(const PcaChain *chain, PcaIssuer *issuer);

/* crypto_chain_identifier.c */
extern bool pca_certificate_may_be_issuer(const PcaCertificate *certificate, const PcaCertificate *issuer);
extern bool pca_chain_is_mistaken(const PcaChain *chain, int i, int other);

#endif							/* CRYPTO_CHAIN_H */
