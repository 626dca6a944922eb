/*-------------------------------------------------------------------------
 *
 * rule_issuance.h
 *	  Decides what to sign, from template, CSR and CA.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_ISSUANCE_H
#define RULE_ISSUANCE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "rule_issuance_request.h"

/* The longest validity, from now, of a short-lived authority's certificates */
#define PCA_SHORT_LIVED_SECONDS (7 * SECS_PER_DAY)

extern void pca_issuance_define_settings(void);
extern const char *pca_issuance_names_fault(const PcaIssuer *issuer, const PcaCertificateSpec *spec);
extern void pca_issuance_decide(const PcaIssuanceRequest *request, PcaCertificateSpec *spec);
extern void pca_issuance_spec(const PcaIssuanceRequest *request, PcaCertificateSpec *spec);
extern void pca_issuance_check_readable(const char *fault);

#endif							/* RULE_ISSUANCE_H */
