/*-------------------------------------------------------------------------
 *
 * rule_lifecycle.h
 *	  The states of a certificate authority, and what each allows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_LIFECYCLE_H
#define RULE_LIFECYCLE_H

#include "postgres.h"

#include "datatype/timestamp.h"

typedef enum PcaStatus
{
	PCA_STATUS_CREATING,
	PCA_STATUS_PENDING_CERTIFICATE,
	PCA_STATUS_ACTIVE,
	PCA_STATUS_DELETED,
	PCA_STATUS_DISABLED,
	PCA_STATUS_EXPIRED,
	PCA_STATUS_FAILED,
	PCA_STATUSES
} PcaStatus;

/* Those whose right depends on the status; DescribeCertificateAuthority has it in every one. */
typedef enum PcaOperation
{
	PCA_OP_GET_CSR,
	PCA_OP_IMPORT,
	PCA_OP_GET_CA_CERTIFICATE,
	PCA_OP_ISSUE_ROOT,
	PCA_OP_ISSUE,
	PCA_OP_GET_CERTIFICATE,
	PCA_OP_SET_STATUS,
	PCA_OP_CONFIGURE,			/* UpdateCertificateAuthority without a status */
	PCA_OP_DELETE,
	PCA_OP_RESTORE,
	PCA_OP_POLICY,
	PCA_OP_PERMISSION,
	PCA_OP_REVOKE,
	PCA_OP_STATUS,				/* signing CRLs and OCSP responses */
	PCA_OP_AUDIT_REPORT,
	PCA_OP_TAG,
	PCA_OPERATIONS
} PcaOperation;

extern PcaStatus pca_status_get(const char *word);
extern const char *pca_status_word(PcaStatus status);
extern PcaStatus pca_lifecycle_status(PcaStatus stored, bool has_certificate, TimestampTz not_after, TimestampTz now);
extern bool pca_lifecycle_is_gone(PcaStatus stored, bool is_restorable, TimestampTz restorable_until, TimestampTz now);
extern bool pca_lifecycle_allows(PcaStatus status, PcaOperation operation);
extern void pca_lifecycle_check(PcaStatus status, PcaOperation operation, const char *arn);
extern PcaStatus pca_lifecycle_after_import(PcaStatus stored);
extern bool pca_lifecycle_is_restorable(PcaStatus stored);

#endif							/* RULE_LIFECYCLE_H */
