/*-------------------------------------------------------------------------
 *
 * rule_template.h
 *	  The certificate templates of AWS Private CA, a row each.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_TEMPLATE_H
#define RULE_TEMPLATE_H

#include "postgres.h"

#include "base_arn.h"
#include "crypto_extension.h"

/* The row of a template */
typedef struct PcaTemplate
{
	const char *name;			/* the part of the ARN after "template/" */
	bool		is_root;		/* self-signed, for a CA's own CSR */
	bool		passes_api;		/* ApiPassthrough is honored */
	bool		passes_csr;		/* the CSR's extensions are honored */
	bool		is_basic_constraints_critical;
	PcaBasicConstraints constraints;
	uint32		key_usage;		/* critical; 0 if it sets none */
	bool		is_extended_key_usage_critical;
	uint32		purposes;		/* of extended key usage, a PCA_PURPOSE_BIT of each; 0 if it sets none */
} PcaTemplate;

extern const PcaTemplate *pca_template_at(int row);
extern uint32 pca_template_purposes(void);
extern const PcaTemplate *pca_template_get_named(const char *name);
extern const PcaTemplate *pca_template_get(const PcaArn *template_arn, const char *authority_arn);
extern bool pca_template_is_root(const char *name);

#endif							/* RULE_TEMPLATE_H */
