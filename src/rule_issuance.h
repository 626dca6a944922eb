/*-------------------------------------------------------------------------
 *
 * rule_issuance.h
 *	  What to sign: template, CSR and CA put together.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_ISSUANCE_H
#define RULE_ISSUANCE_H

#include "postgres.h"

#include "crypto_certificate.h"
#include "crypto_csr.h"
#include "rule_template.h"

/* All that the decision rests on. */
typedef struct PcaIssuanceRequest
{
	const PcaTemplate *template;
	const PcaCsr *csr;
	const PcaSigningAlgorithm *signing;
	int64		now;			/* Unix seconds, as the next two */
	int64		not_before;
	int64		not_after;
	bool		is_root_authority;
	bool		is_short_lived;
	bool		is_foreign;		/* for another account than the authority's, or for a service */
	bool		is_responder;	/* of the authority's own OCSP responder */
	PcaBytes	authority_spki;
	const PcaIssuer *issuer;	/* NULL for a root template */
	const PcaJson *passthrough; /* ApiPassthrough, or NULL */
	const char *crl_url;		/* NULL: none in the certificate */
	const char *ocsp_url;
} PcaIssuanceRequest;

extern void pca_issuance_define_settings(void);
extern const char *pca_issuance_names_fault(const PcaIssuer *issuer, const PcaCertificateSpec *spec);
extern void pca_issuance_decide(const PcaIssuanceRequest *request, PcaCertificateSpec *spec);
extern void pca_issuance_spec(const PcaIssuanceRequest *request, PcaCertificateSpec *spec);

#endif							/* RULE_ISSUANCE_H */
