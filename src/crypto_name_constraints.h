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

#include "base_der.h"

extern const char *pca_name_constraints_fault(PcaBytes constraints, PcaBytes certificate, bool is_ca);

#endif							/* CRYPTO_NAME_CONSTRAINTS_H */
