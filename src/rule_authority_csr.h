/*-------------------------------------------------------------------------
 *
 * rule_authority_csr.h
 *	  The content of the CSR of a new certificate authority.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_AUTHORITY_CSR_H
#define RULE_AUTHORITY_CSR_H

#include "postgres.h"

#include "base_der.h"
#include "base_json.h"

extern PcaBytes pca_authority_csr_subject(const PcaJson *configuration);
extern PcaBytes pca_authority_csr_extensions(const PcaJson *configuration);

#endif							/* RULE_AUTHORITY_CSR_H */
