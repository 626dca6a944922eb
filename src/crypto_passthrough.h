/*-------------------------------------------------------------------------
 *
 * crypto_passthrough.h
 *	  The Extensions of ApiPassthrough as X.509 extensions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_PASSTHROUGH_H
#define CRYPTO_PASSTHROUGH_H

#include "postgres.h"

#include "base_shape.h"
#include "crypto_extension.h"

extern void pca_passthrough_extensions(const PcaJson *extensions, const PcaPath *path, PcaExtensions *result);

#endif							/* CRYPTO_PASSTHROUGH_H */
