/*-------------------------------------------------------------------------
 *
 * rule_value.h
 *	  Reads values that occur in several structures of the API.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_VALUE_H
#define RULE_VALUE_H

#include "postgres.h"

#include "base_der.h"
#include "base_shape.h"

extern bool pca_object_identifier_find(const char *dotted, PcaBytes *content);
extern PcaBytes pca_object_identifier_get(const char *dotted, const PcaPath *path);
extern uint32 pca_key_usage_read(const PcaJson *key_usage);
extern void pca_choice_check(const PcaJson *object, const PcaShape *shape, const PcaPath *path);

#endif							/* RULE_VALUE_H */
