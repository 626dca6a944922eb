/*-------------------------------------------------------------------------
 *
 * rule_validity.h
 *	  Converts the API's Validity to the instants in a certificate.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_VALIDITY_H
#define RULE_VALIDITY_H

#include "postgres.h"

#include "base_json.h"

/* 9999-12-31T23:59:59Z, the last second that a certificate can express (RFC 5280 4.1.2.5) */
#define PCA_VALIDITY_MAX INT64CONST(253402300799)

extern int64 pca_validity_not_after(const PcaJson *validity, int64 now);
extern int64 pca_validity_not_before(const PcaJson *validity, int64 now);

#endif							/* RULE_VALIDITY_H */
