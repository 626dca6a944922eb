/*-------------------------------------------------------------------------
 *
 * rule_policy.h
 *	  Resource policies: which documents are accepted, and what they allow.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_POLICY_H
#define RULE_POLICY_H

#include "postgres.h"

/* What an accepted document grants. */
typedef struct PcaPolicyGrant
{
	char	   *account_id;		/* NULL: an organisation */
	char	   *template_arn;
	bool		allows_revocation;
} PcaPolicyGrant;

extern void pca_policy_parse(const char *document, const char *authority_arn, const char *owner,
							 PcaPolicyGrant *grant);
extern void pca_policy_warn(const PcaPolicyGrant *grant, const char *authority_arn);
extern bool pca_policy_allows(const PcaPolicyGrant *grant, const char *account_id, const char *action,
							  const char *template_arn);

#endif							/* RULE_POLICY_H */
