/*-------------------------------------------------------------------------
 *
 * rule_passthrough.h
 *	  Converts the Extensions of ApiPassthrough to X.509 extensions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_PASSTHROUGH_H
#define RULE_PASSTHROUGH_H

#include "postgres.h"

#include "base_shape.h"
#include "crypto_extension.h"

extern void pca_passthrough_extensions(const PcaJson *extensions, const PcaPath *path, PcaExtensions *result);

#endif							/* RULE_PASSTHROUGH_H */
