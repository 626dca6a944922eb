/*-------------------------------------------------------------------------
 *
 * rule_revocation.h
 *	  The revocation configuration of a certificate authority.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_REVOCATION_H
#define RULE_REVOCATION_H

#include "postgres.h"

#include "base_json.h"

extern void pca_revocation_define_settings(void);
extern void pca_revocation_check(const PcaJson *configuration);
extern Jsonb *pca_revocation_complete(Jsonb *configuration);
extern Jsonb *pca_revocation_update(Jsonb *configuration, Jsonb *given);
extern bool pca_revocation_is_partitioned(const PcaJson *configuration);
extern void pca_revocation_warn(const PcaJson *configuration);
extern char *pca_revocation_crl_url(const PcaJson *configuration, const char *crl_name);
extern char *pca_revocation_ocsp_url(const PcaJson *configuration);

#endif							/* RULE_REVOCATION_H */
