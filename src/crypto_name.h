/*-------------------------------------------------------------------------
 *
 * crypto_name.h
 *	  X.501 names: builds DER from attributes, and formats DER as text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_NAME_H
#define CRYPTO_NAME_H

#include "postgres.h"

#include "base_der.h"
#include "lib/stringinfo.h"

/* An attribute of a name to be built */
typedef struct PcaAttribute
{
	PcaBytes	type;			/* the content of its OID */
	PcaBytes	value;			/* UTF-8 */
} PcaAttribute;

extern const char *pca_attribute_fault(const PcaAttribute *attribute);
extern PcaBytes pca_name_build(const PcaAttribute *attributes, int count);
extern const char *pca_name_fault(PcaBytes rdn_sequence);
extern bool pca_name_is_empty(PcaBytes name);
extern bool pca_name_is_alike(PcaBytes a, PcaBytes b);
extern void pca_name_format(StringInfo text, PcaBytes name);
extern void pca_name_format_rfc2253(StringInfo text, PcaBytes name);

#endif							/* CRYPTO_NAME_H */
