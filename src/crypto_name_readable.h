/*-------------------------------------------------------------------------
 *
 * crypto_name_readable.h
 *	  Names that every relying party reads: judges the names of clients, and
 *	  repairs them if that loses nothing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_NAME_READABLE_H
#define CRYPTO_NAME_READABLE_H

#include "postgres.h"

#include "base_der.h"

extern const char *pca_attribute_readable_fault(PcaBytes oid, const PcaDerElement *value);
extern const char *pca_name_readable_fault(PcaBytes name);
extern const char *pca_name_repair(PcaBytes *name);
extern const char *pca_extension_names_repair(PcaBytes oid, PcaBytes *value);

#endif							/* CRYPTO_NAME_READABLE_H */
