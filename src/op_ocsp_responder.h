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

#include "utils/uuid.h"

#define PCA_OCSP_RESPONDER_TEMPLATE "OCSPSigningCertificate/V1"

extern void pca_ocsp_responder_issue(const char *authority_arn, const pg_uuid_t *id);

#endif							/* OP_OCSP_RESPONDER_H */
