/*-------------------------------------------------------------------------
 *
 * crypto_ocsp.h
 *	  OCSP (RFC 6960): reading requests, building and signing responses.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CRYPTO_OCSP_H
#define CRYPTO_OCSP_H

#include "postgres.h"

#include "crypto_key.h"

#define PCA_OCSP_MAX_REQUEST_SIZE 65536
#define PCA_OCSP_MAX_CERTIFICATES 64
#define PCA_OCSP_DIGESTS 4

/* RFC 6960 4.2.1: OCSPResponseStatus */
typedef enum PcaOcspResponseStatus
{
	PCA_OCSP_SUCCESSFUL = 0,
	PCA_OCSP_MALFORMED_REQUEST = 1,
	PCA_OCSP_TRY_LATER = 3,
	PCA_OCSP_UNAUTHORIZED = 6
} PcaOcspResponseStatus;

/* RFC 6960 4.2.1: CertStatus; the values are the tags' numbers. */
typedef enum PcaOcspStatus
{
	PCA_OCSP_GOOD = 0,
	PCA_OCSP_REVOKED = 1,
	PCA_OCSP_UNKNOWN = 2
} PcaOcspStatus;

/* The identification of an issuer: the digests of its name and of its key. */
typedef struct PcaOcspIssuer
{
	PcaBytes	name_hash;
	PcaBytes	key_hash;
} PcaOcspIssuer;

/* A CertID. */
typedef struct PcaOcspId
{
	PcaBytes	whole;
	bool		is_known_digest;	/* if false, no issuer can be found */
	PcaOcspIssuer issuer;
	PcaBytes	serial;			/* content of the INTEGER */
} PcaOcspId;

typedef struct PcaOcspRequest
{
	int			count;
	PcaOcspId	ids[PCA_OCSP_MAX_CERTIFICATES];
	PcaBytes	nonce;			/* the extension's value; none: no data */
} PcaOcspRequest;

/* The answer about one certificate. */
typedef struct PcaOcspAnswer
{
	PcaOcspStatus status;
	int64		revoked_at;		/* Unix seconds */
	int			reason;			/* CRLReason; 0 for none */
} PcaOcspAnswer;

/* The content of a response that is to be signed; times are Unix seconds. */
typedef struct PcaOcspResponse
{
	const PcaOcspRequest *request;
	const PcaOcspAnswer *answers;	/* one for each CertID of the request */
	PcaBytes	key_identifier; /* SHA-1 of the CA's public key */
	PcaBytes	certificates;	/* to include, concatenated; no data for none */
	const PcaSigningAlgorithm *signing;
	int64		produced_at;
	int64		this_update;
	int64		next_update;
} PcaOcspResponse;

extern const char *pca_ocsp_parse(PcaBytes der, PcaOcspRequest *request);
extern void pca_ocsp_issuers(PcaBytes name, PcaBytes spki, PcaOcspIssuer issuers[PCA_OCSP_DIGESTS]);
extern PcaBytes pca_ocsp_key_identifier(PcaBytes spki);
extern PcaBytes pca_ocsp_refuse(PcaOcspResponseStatus status);
extern PcaBytes pca_ocsp_sign(const PcaOcspResponse *response, PcaKey *key);

#endif							/* CRYPTO_OCSP_H */
