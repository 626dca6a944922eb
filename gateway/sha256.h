/*-------------------------------------------------------------------------
 *
 * sha256.h
 *	  SHA-256 (FIPS 180-4).
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_SHA256_H
#define GATEWAY_SHA256_H

#include "text.h"

#define GW_SHA256_HEX_SIZE 65

extern void pca_gw_sha256_hex(GwBytes octets, char hex[GW_SHA256_HEX_SIZE]);

#endif							/* GATEWAY_SHA256_H */
