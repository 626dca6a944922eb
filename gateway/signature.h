/*-------------------------------------------------------------------------
 *
 * signature.h
 *	  What a signature of AWS (SigV4) covers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_SIGNATURE_H
#define GATEWAY_SIGNATURE_H

#include "text.h"

/* A header as it was sent. */
typedef struct GwHeader
{
	GwBytes		name;
	GwBytes		value;
} GwHeader;

/* The header Authorization, taken apart. */
typedef struct GwAuthorization
{
	GwBytes		access_key;		/* the first part of the credential */
	GwBytes		credential;
	GwBytes		signed_headers;
	GwBytes		signature;
} GwAuthorization;

/* Why a request is refused: the exception, and its message. */
typedef struct GwRefusal
{
	const char *name;
	const char *message;
} GwRefusal;

extern bool pca_gw_authorization_parse(GwBytes value, GwAuthorization *authorization);
extern const GwRefusal *pca_gw_signature_check(const GwHeader *headers, int count, GwAuthorization *authorization);
extern void pca_gw_canonical_request(const GwHeader *headers, int count, const GwAuthorization *authorization,
									 GwBuffer *text);
extern GwBytes pca_gw_header_find(const GwHeader *headers, int count, GwBytes name);

#endif							/* GATEWAY_SIGNATURE_H */
