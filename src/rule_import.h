/*-------------------------------------------------------------------------
 *
 * rule_import.h
 *	  The import rules for a CA's certificate and its chain, in
 *	  ImportCertificateAuthorityCertificate.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_IMPORT_H
#define RULE_IMPORT_H

#include "postgres.h"

#include "crypto_chain.h"

extern void pca_import_read(const char *certificate_pem, const char *chain_pem, PcaChain *chain);
extern void pca_import_check(const PcaChain *chain, PcaBytes spki, bool is_root, int64 now);

#endif							/* RULE_IMPORT_H */
