/*-------------------------------------------------------------------------
 *
 * rule_extension.h
 *	  Which extensions a certificate gets.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_EXTENSION_H
#define RULE_EXTENSION_H

#include "postgres.h"

#include "rule_issuance_request.h"

extern void pca_extensions_decide(const PcaIssuanceRequest *request, PcaBytes subject, PcaExtensions *result);

#endif							/* RULE_EXTENSION_H */
