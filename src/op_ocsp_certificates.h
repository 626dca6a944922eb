/*-------------------------------------------------------------------------
 *
 * op_ocsp_certificates.h
 *	  The certificates that go with OCSP responses.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_OCSP_CERTIFICATES_H
#define OP_OCSP_CERTIFICATES_H

#include "postgres.h"

#include "store_ocsp.h"

/* The certificates that go with an answer */
typedef struct PcaOcspCertificates
{
	PcaBytes	list;			/* certificates, concatenated, the responder's first */
	int64		not_before;		/* of the responder's, Unix seconds */
	int64		not_after;
} PcaOcspCertificates;

extern PcaOcspCertificates pca_ocsp_certificates_get(const PcaCertificateState *state);

#endif							/* OP_OCSP_CERTIFICATES_H */
