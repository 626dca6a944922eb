/*-------------------------------------------------------------------------
 *
 * rule_extension.h
 *	  Decides the extensions of a certificate.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_EXTENSION_H
#define RULE_EXTENSION_H

#include "postgres.h"

#include "rule_issuance_request.h"

extern void pca_extensions_decide(const PcaIssuanceRequest *request, PcaBytes subject, PcaExtensions *result);

#endif							/* RULE_EXTENSION_H */
