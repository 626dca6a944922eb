/*-------------------------------------------------------------------------
 *
 * rule_operation.h
 *	  The operations on certificate authorities, a row each.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_OPERATION_H
#define RULE_OPERATION_H

#include "postgres.h"

#include "rule_lifecycle.h"

/* The effect of an operation on its certificate authority, which determines the lock (op_operation.c) */
typedef enum PcaEffect
{
	PCA_EFFECT_READS,			/* changes nothing */
	PCA_EFFECT_CREATES,			/* creates it, so that nothing can be locked yet */
	PCA_EFFECT_USES,			/* signs or records something in its name, concurrently with others */
	PCA_EFFECT_REBUILDS,		/* the same, as part of a restore: also in a dormant database */
	PCA_EFFECT_CHANGES,			/* changes its state, on which all of these depend */
	PCA_EFFECT_TAGS				/* changes its tags, on which nothing depends */
} PcaEffect;

/*
 * X(name, action, function, arn_parameter, effect, is_audited, states)
 *
 * The columns are those of PcaOperationRow; states is one of the rules in
 * rule_operation.c.  An operation whose states depend on its arguments has a
 * row for each case.
 */
#define PCA_OPERATION_ROWS(X) \
	X(CREATE_CERTIFICATE_AUTHORITY, "CreateCertificateAuthority", \
	  "pca_create_certificate_authority()", NULL, CREATES, true, any_state) \
	X(CREATE_CERTIFICATE_AUTHORITY_AUDIT_REPORT, "CreateCertificateAuthorityAuditReport", \
	  "pca_create_certificate_authority_audit_report()", "certificate_authority_arn", USES, true, audit_reports) \
	X(CREATE_PERMISSION, "CreatePermission", \
	  "pca_create_permission()", "certificate_authority_arn", CHANGES, true, having_permissions) \
	X(DELETE_CERTIFICATE_AUTHORITY, "DeleteCertificateAuthority", \
	  "pca_delete_certificate_authority()", "certificate_authority_arn", CHANGES, true, deletion) \
	X(DELETE_PERMISSION, "DeletePermission", \
	  "pca_delete_permission()", "certificate_authority_arn", CHANGES, true, having_permissions) \
	X(DELETE_POLICY, "DeletePolicy", \
	  "pca_delete_policy()", "resource_arn", CHANGES, true, having_policy) \
	X(DESCRIBE_CERTIFICATE_AUTHORITY, "DescribeCertificateAuthority", \
	  "pca_describe_certificate_authority()", "certificate_authority_arn", READS, false, any_state) \
	X(DESCRIBE_CERTIFICATE_AUTHORITY_AUDIT_REPORT, "DescribeCertificateAuthorityAuditReport", \
	  "pca_describe_certificate_authority_audit_report()", "certificate_authority_arn", READS, false, any_state) \
	X(GET_CERTIFICATE, "GetCertificate", \
	  "pca_get_certificate()", "certificate_authority_arn", READS, false, having_issued) \
	X(GET_CERTIFICATE_AUTHORITY_CERTIFICATE, "GetCertificateAuthorityCertificate", \
	  "pca_get_certificate_authority_certificate()", "certificate_authority_arn", READS, false, having_certificate) \
	X(GET_CERTIFICATE_AUTHORITY_CSR, "GetCertificateAuthorityCsr", \
	  "pca_get_certificate_authority_csr()", "certificate_authority_arn", READS, false, having_csr) \
	X(GET_POLICY, "GetPolicy", \
	  "pca_get_policy()", "resource_arn", READS, false, having_policy) \
	X(IMPORT_CERTIFICATE_AUTHORITY_CERTIFICATE, "ImportCertificateAuthorityCertificate", \
	  "pca_import_certificate_authority_certificate()", "certificate_authority_arn", CHANGES, true, importing) \
	X(IMPORT_CRL, "ImportCRL", /* not of the API */ \
	  "pca_import_crl()", "certificate_authority_arn", REBUILDS, true, revoking) \
	X(ISSUE_CERTIFICATE, "IssueCertificate", \
	  "pca_issue_certificate()", "certificate_authority_arn", USES, false, issuing) \
	X(ISSUE_ROOT_CERTIFICATE, "IssueCertificate", /* with the template of a root */ \
	  "pca_issue_certificate()", "certificate_authority_arn", USES, false, issuing_root) \
	X(LIST_CERTIFICATE_AUTHORITIES, "ListCertificateAuthorities", \
	  "pca_list_certificate_authorities()", NULL, READS, false, any_state) \
	X(LIST_PERMISSIONS, "ListPermissions", \
	  "pca_list_permissions()", "certificate_authority_arn", READS, false, having_permissions) \
	X(LIST_TAGS, "ListTags", \
	  "pca_list_tags()", "certificate_authority_arn", READS, false, being_tagged) \
	X(PUT_POLICY, "PutPolicy", \
	  "pca_put_policy()", "resource_arn", CHANGES, true, having_policy) \
	X(RESTORE_CERTIFICATE_AUTHORITY, "RestoreCertificateAuthority", \
	  "pca_restore_certificate_authority()", "certificate_authority_arn", CHANGES, true, restoration) \
	X(REVOKE_CERTIFICATE, "RevokeCertificate", \
	  "pca_revoke_certificate()", "certificate_authority_arn", USES, false, revoking) \
	X(SET_STATUS, "UpdateCertificateAuthority", /* with a status */ \
	  "pca_update_certificate_authority()", "certificate_authority_arn", CHANGES, true, setting_status) \
	X(TAG_CERTIFICATE_AUTHORITY, "TagCertificateAuthority", \
	  "pca_tag_certificate_authority()", "certificate_authority_arn", TAGS, true, being_tagged) \
	X(UNTAG_CERTIFICATE_AUTHORITY, "UntagCertificateAuthority", \
	  "pca_untag_certificate_authority()", "certificate_authority_arn", TAGS, true, being_tagged) \
	X(UPDATE_CERTIFICATE_AUTHORITY, "UpdateCertificateAuthority", \
	  "pca_update_certificate_authority()", "certificate_authority_arn", CHANGES, true, being_updated)

typedef enum PcaOperation
{
#define X(name, action, function, arn_parameter, effect, is_audited, states) PCA_OP_##name,
	PCA_OPERATION_ROWS(X)
#undef X
	PCA_OPERATIONS
} PcaOperation;

/* The states of a certificate authority in which something is allowed, and the message in the others */
typedef struct PcaStateRule
{
	int			allowed;		/* a bit per PcaStatus */
	int			in_progress;	/* likewise, where the caller is told to try again */
	const char *purpose;		/* "... is not in a valid state for ..." */
	const char *text;			/* the whole message instead; %s is the ARN */
	bool		names_deleted;	/* the message in DELETED is not the text, but DELETED_TEXT */
} PcaStateRule;

/* The row of an operation */
typedef struct PcaOperationRow
{
	const char *action;			/* the API's name: in policies, permissions, messages, the audit trail */
	const char *function;		/* in SQL, as messages name it */
	const char *arn_parameter;	/* the first parameter if that is the authority's ARN, else NULL */
	PcaEffect	effect;
	bool		is_audited;		/* by an audit event; if not, it only reads, or the row that it writes records the caller */
	const PcaStateRule *states;
} PcaOperationRow;

extern const PcaOperationRow *pca_operation_get(PcaOperation operation);
extern void pca_operation_check_status(PcaOperation operation, PcaStatus status, const char *arn);

#endif							/* RULE_OPERATION_H */
