/*-------------------------------------------------------------------------
 *
 * op_chain_warning.h
 *	  What an authority cannot do with a certificate that is accepted.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_CHAIN_WARNING_H
#define OP_CHAIN_WARNING_H

#include "postgres.h"

#include "base_json.h"
#include "crypto_chain.h"
#include "store_authority.h"

extern void pca_chain_warn(const PcaAuthority *authority, const PcaChain *chain);
extern void pca_chain_warn_of_crls(const PcaAuthority *authority, const PcaJson *revocation);

#endif							/* OP_CHAIN_WARNING_H */
