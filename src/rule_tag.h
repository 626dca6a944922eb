/*-------------------------------------------------------------------------
 *
 * rule_tag.h
 *	  Checks the keys of a certificate authority's tags.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_TAG_H
#define RULE_TAG_H

#include "postgres.h"

#include "base_json.h"

extern void pca_tags_check(const PcaJson *tags);

#endif							/* RULE_TAG_H */
