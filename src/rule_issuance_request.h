/*-------------------------------------------------------------------------
 *
 * rule_issuance_request.h
 *	  The input of the decision about a certificate.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_ISSUANCE_REQUEST_H
#define RULE_ISSUANCE_REQUEST_H

#include "postgres.h"

#include "base_json.h"
#include "crypto_certificate.h"
#include "crypto_csr.h"
#include "rule_template.h"

/* Template, CSR, CA and the arguments of the call */
typedef struct PcaIssuanceRequest
{
	const PcaTemplate *template;
	const PcaCsr *csr;
	const PcaSigningAlgorithm *signing;
	int64		now;			/* Unix seconds, as are the next two */
	int64		not_before;
	int64		not_after;
	bool		is_root_authority;
	bool		is_short_lived;
	bool		is_foreign;		/* for another account than the authority's, or for a service */
	bool		is_responder;	/* of the authority's own OCSP responder */
	PcaBytes	authority_spki;
	const PcaIssuer *issuer;	/* NULL for a root template */
	const PcaJson *passthrough; /* ApiPassthrough, or NULL */
	const char *crl_url;		/* NULL if the certificate has none, as the next */
	const char *ocsp_url;
} PcaIssuanceRequest;

#endif							/* RULE_ISSUANCE_REQUEST_H */
