/*-------------------------------------------------------------------------
 *
 * rule_subject.h
 *	  Converts the API's ASN1Subject to an X.501 name.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_SUBJECT_H
#define RULE_SUBJECT_H

#include "postgres.h"

#include "base_der.h"
#include "base_shape.h"

extern PcaBytes pca_subject_name(const PcaJson *subject, const PcaPath *path);

#endif							/* RULE_SUBJECT_H */
