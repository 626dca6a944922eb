/*-------------------------------------------------------------------------
 *
 * rule_signed_request.h
 *	  Requests that AWS Signature Version 4 signs: what they say, and what is
 *	  wrong with them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_SIGNED_REQUEST_H
#define RULE_SIGNED_REQUEST_H

#include "postgres.h"

#include "base_der.h"

#define PCA_SIGNED_REQUEST_SERVICE "acm-pca"
#define PCA_SIGNED_REQUEST_STS "sts"

/* An answer of the wire protocol that refuses a request before its operation */
typedef struct PcaRefusal
{
	const char *error;			/* NULL: it is not refused */
	const char *message;
} PcaRefusal;

/* The parts of a signed request, which are authentic only when its signature is */
typedef struct PcaSignedRequest
{
	const char *access_key_id;
	const char *date;			/* eight digits */
	const char *region;
	const char *service;
	PcaBytes	signature;		/* 32 octets */
	const char *signed_at;		/* the x-amz-date header */
	const char *target;			/* the x-amz-target header, or NULL */
	const char *invocation_id;	/* the amz-sdk-invocation-id header, or NULL if it is not signed */
} PcaSignedRequest;

extern PcaRefusal pca_signed_request_parse(const char *authorization, const char *canonical_request,
										   const char *payload_hash, PcaSignedRequest *request);
extern const char *pca_invocation_id_parse(const char *text);
extern PcaRefusal pca_signed_request_check(const PcaSignedRequest *request, const char *region, int64 now);

#endif							/* RULE_SIGNED_REQUEST_H */
