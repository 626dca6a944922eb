/*-------------------------------------------------------------------------
 *
 * crypto_chain.c
 *	  Collects what a CA's certificate and the chain above it pass on to the
 *	  certificates that the CA signs.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_chain.h"

/*
 * Counts the certificates below the one at index i that count for its path
 * length: those that are not self-issued (RFC 5280 6.1.4 (l)).
 */
int
pca_chain_count_below(const PcaChain *chain, int i)
{
	int			count = 0;

	for (int below = 0; below < i; below++)
		count += !pca_certificate_is_self_issued(&chain->certificates[below]);
	return count;
}

/* Returns the smaller of two path lengths, each of which may be PCA_NO_PATH_LENGTH. */
static int
shorter_path_length(int a, int b)
{
	if (a == PCA_NO_PATH_LENGTH || b == PCA_NO_PATH_LENGTH)
		return Max(a, b);
	return Min(a, b);
}

/*
 * Collects what a CA's certificate and the chain above it pass on to the
 * certificates that the CA signs: apart from the CA's own data, the path length
 * that the CAs above leave to it (RFC 5280 6.1.4 (l), (m)), and all name
 * constraints.
 */
void
pca_chain_issuer(const PcaChain *chain, PcaIssuer *issuer)
{
	pca_certificate_issuer(&chain->certificates[0], issuer);
	for (int i = 0; i < chain->count; i++)
	{
		const PcaExtension *extension = pca_extension_find(&chain->certificates[i].extensions, pca_oid_name_constraints);
		int			length = pca_certificate_path_length(&chain->certificates[i]);

		if (extension != NULL)
			issuer->name_constraints[issuer->name_constraint_count++] =
				(PcaNameConstraints) {chain->certificates[i].subject, extension->value};
		if (length != PCA_NO_PATH_LENGTH)
			issuer->constraints.path_length = shorter_path_length(issuer->constraints.path_length,
																  length - pca_chain_count_below(chain, i));
	}
}
