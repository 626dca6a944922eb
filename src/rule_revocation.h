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

extern void pca_revocation_check(const PcaJson *configuration);
extern Jsonb *pca_revocation_complete(Jsonb *configuration);

#endif							/* RULE_REVOCATION_H */
