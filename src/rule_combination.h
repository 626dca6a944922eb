/*-------------------------------------------------------------------------
 *
 * rule_combination.h
 *	  Extensions that are well-formed, but are refused in combination.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_COMBINATION_H
#define RULE_COMBINATION_H

#include "postgres.h"

#include "crypto_extension.h"
#include "rule_template.h"

extern void pca_combination_warn(const PcaTemplate *template, const PcaExtensions *extensions);

#endif							/* RULE_COMBINATION_H */
