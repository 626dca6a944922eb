/*-------------------------------------------------------------------------
 *
 * rule_ocsp_responder.h
 *	  Decides the certificate of a CA's own OCSP responder.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_OCSP_RESPONDER_H
#define RULE_OCSP_RESPONDER_H

#include "postgres.h"

#include "rule_issuance.h"

extern int64 pca_ocsp_responder_not_after(const PcaIssuanceRequest *request, int64 answers_hold);
extern bool pca_ocsp_responder_spec(const PcaIssuanceRequest *request, PcaCertificateSpec *spec);

#endif							/* RULE_OCSP_RESPONDER_H */
