/*-------------------------------------------------------------------------
 *
 * rule_csr.h
 *	  Refuses a malformed CSR, or a malformed extension of one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_CSR_H
#define RULE_CSR_H

#include "postgres.h"

#include "crypto_csr.h"

extern void pca_csr_read(const char *pem, PcaCsr *csr);
extern void pca_csr_check_extension(PcaBytes oid, PcaBytes *value);

#endif							/* RULE_CSR_H */
