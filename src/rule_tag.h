/*-------------------------------------------------------------------------
 *
 * rule_tag.h
 *	  The tags of a certificate authority.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_TAG_H
#define RULE_TAG_H

#include "postgres.h"

#include "base_json.h"

extern void pca_tags_check(const PcaJson *tags);

#endif							/* RULE_TAG_H */
