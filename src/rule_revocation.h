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

/* The place to which CRLs are written, and the beginning of their URLs */
typedef struct PcaCrlPlace
{
	const char *bucket;
	const char *acl;
	const char *key_prefix;
	const char *url_prefix;
} PcaCrlPlace;

extern void pca_revocation_define_settings(void);
extern uint64 pca_revocation_settings(void);
extern bool pca_revocation_allows_expired(void);
extern Jsonb *pca_revocation_read(Jsonb *given);
extern Jsonb *pca_revocation_complete(Jsonb *configuration);
extern Jsonb *pca_revocation_update(Jsonb *configuration, Jsonb *given);
extern bool pca_revocation_is_partitioned(const PcaJson *configuration);
extern void pca_revocation_warn(const PcaJson *configuration);
extern bool pca_revocation_names_crl(const PcaJson *configuration);
extern PcaCrlPlace pca_revocation_crl_place(const PcaJson *configuration);
extern char *pca_revocation_crl_url(const PcaJson *configuration, const char *authority_id);
extern char *pca_revocation_crl_address(const PcaJson *configuration, const char *authority_id);
extern bool pca_revocation_is_at(const char *url, const char *host, const char *path);
extern int32 pca_revocation_crl_days(const PcaJson *configuration);
extern char *pca_revocation_ocsp_url(const PcaJson *configuration);

#endif							/* RULE_REVOCATION_H */
