/*-------------------------------------------------------------------------
 *
 * rule_policy.h
 *	  Reads resource policies: the documents that are accepted, and what they
 *	  allow.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_POLICY_H
#define RULE_POLICY_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* An action that an accepted document allows an account */
typedef struct PcaPolicyGrant
{
	const char *account_id;
	const char *action;
	const char *template_name;	/* of IssueCertificate; else empty */
} PcaPolicyGrant;

extern List *pca_policy_parse(const char *document, const char *authority_arn, const char *owner);
extern void pca_policy_warn(const List *grants);

#endif							/* RULE_POLICY_H */
