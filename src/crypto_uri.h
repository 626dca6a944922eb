/*-------------------------------------------------------------------------
 *
 * crypto_uri.h
 *	  URIs (RFC 3986) as names in certificates.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_URI_H
#define CRYPTO_URI_H

#include "postgres.h"

#include "base_der.h"

extern const char *pca_uri_fault(PcaBytes uri);

#endif							/* CRYPTO_URI_H */
