/*-------------------------------------------------------------------------
 *
 * rule_subject.h
 *	  The API's ASN1Subject as an X.501 name.
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
