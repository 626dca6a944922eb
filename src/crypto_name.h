/*-------------------------------------------------------------------------
 *
 * crypto_name.h
 *	  X.501 names: from the API's ASN1Subject to DER, from DER to text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_NAME_H
#define CRYPTO_NAME_H

#include "postgres.h"

#include "base_der.h"
#include "base_shape.h"
#include "lib/stringinfo.h"

extern void pca_name_build(PcaDerWriter *writer, const PcaJson *subject, const PcaPath *path);
extern const char *pca_name_fault(PcaBytes rdn_sequence);
extern bool pca_name_is_empty(PcaBytes name);
extern bool pca_name_is_alike(PcaBytes a, PcaBytes b);
extern void pca_name_format(StringInfo text, PcaBytes name);
extern void pca_name_format_rfc2253(StringInfo text, PcaBytes name);

#endif							/* CRYPTO_NAME_H */
