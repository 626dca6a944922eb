/*-------------------------------------------------------------------------
 *
 * crypto_name_constraints.h
 *	  Name constraints (RFC 5280 4.2.1.10).
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_NAME_CONSTRAINTS_H
#define CRYPTO_NAME_CONSTRAINTS_H

#include "postgres.h"

#include "crypto_extension.h"

#define PCA_NAME_CONSTRAINTS_MAX_NAMES 16

/* The most comparisons of a certificate's names with the subtrees above it */
#define PCA_NAME_COMPARISONS_MAX 250000

/* The name constraints of one CA */
typedef struct PcaNameConstraints
{
	PcaBytes	authority;		/* its subject, whole */
	PcaBytes	value;			/* of the extension */
} PcaNameConstraints;

extern const char *pca_names_fault(const PcaNameConstraints *constraints, int count, PcaBytes subject,
								   const PcaExtensions *extensions, bool is_ca);
extern int	pca_name_constraints_permitted(PcaBytes constraints, PcaBytes names[PCA_NAME_CONSTRAINTS_MAX_NAMES]);

#endif							/* CRYPTO_NAME_CONSTRAINTS_H */
