/*-------------------------------------------------------------------------
 *
 * crypto_general_name.h
 *	  GeneralName (RFC 5280 4.2.1.6) in its forms: from the API's JSON to DER,
 *	  checked in DER, from DER to text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_GENERAL_NAME_H
#define CRYPTO_GENERAL_NAME_H

#include "postgres.h"

#include "base_der.h"
#include "base_shape.h"

extern void pca_general_name_build(PcaDerWriter *writer, const PcaJson *name, const PcaPath *path);
extern const char *pca_general_name_fault(const PcaDerElement *name);
extern char *pca_general_name_format(const PcaDerElement *name);
extern bool pca_is_visible_ascii(PcaBytes content);
extern void pca_choice_check(const PcaJson *object, const PcaShape *shape, const PcaPath *path);

#endif							/* CRYPTO_GENERAL_NAME_H */
