/*-------------------------------------------------------------------------
 *
 * op_ocsp_responder.h
 *	  The certificates of OCSP responders.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_OCSP_RESPONDER_H
#define OP_OCSP_RESPONDER_H

#include "postgres.h"

#include "store_ocsp.h"

#define PCA_OCSP_RESPONDER_TEMPLATE "OCSPSigningCertificate/V1"

/* What goes with an answer. */
typedef struct PcaOcspCertificates
{
	PcaBytes	list;			/* certificates, one behind the other, the responder's first */
	int64		not_before;		/* of the responder's, Unix seconds */
	int64		not_after;
} PcaOcspCertificates;

extern PcaOcspCertificates pca_ocsp_certificates_get(const PcaCertificateState *state);
extern void pca_ocsp_responder_issue(const char *authority_arn, const pg_uuid_t *id);

#endif							/* OP_OCSP_RESPONDER_H */
