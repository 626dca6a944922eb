/*-------------------------------------------------------------------------
 *
 * rule_ca_certificate.h
 *	  The import rules for a CA's certificate, and for those above it, that
 *	  concern each certificate by itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_CA_CERTIFICATE_H
#define RULE_CA_CERTIFICATE_H

#include "postgres.h"

#include "crypto_certificate.h"

extern const char *pca_ca_certificate_place(int i);
extern _Noreturn void pca_ca_certificate_malformed_error(int i, const char *fault, const char *hint);
extern void pca_ca_certificate_check_form(const PcaCertificate *certificate, int i);
extern void pca_ca_certificate_check(const PcaCertificate *certificate, int i, int64 now);
extern const char *pca_ca_certificate_find_unusual(const PcaCertificate *certificate);

#endif							/* RULE_CA_CERTIFICATE_H */
