/*-------------------------------------------------------------------------
 *
 * rule_lifecycle.c
 *	  The states of a certificate authority: one matrix of operation by status.
 *
 * EXPIRED is not stored: it is what ACTIVE and DISABLED become when the CA's
 * certificate has passed its notAfter.  DELETED wins over it, and a deleted CA
 * whose restoration period has ended is gone.
 *
 * Terraform's provider and others look for some of the service's own texts, so
 * these are the messages of their operations, word for word.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "rule_lifecycle.h"

static const char *const status_words[PCA_STATUSES] = {
	[PCA_STATUS_CREATING] = "CREATING",
	[PCA_STATUS_PENDING_CERTIFICATE] = "PENDING_CERTIFICATE",
	[PCA_STATUS_ACTIVE] = "ACTIVE",
	[PCA_STATUS_DELETED] = "DELETED",
	[PCA_STATUS_DISABLED] = "DISABLED",
	[PCA_STATUS_EXPIRED] = "EXPIRED",
	[PCA_STATUS_FAILED] = "FAILED",
};

/* The next step that a status asks for. */
static const char *const status_hints[PCA_STATUSES] = {
	[PCA_STATUS_CREATING] = "Wait until it has been created.",
	[PCA_STATUS_PENDING_CERTIFICATE] = "Import its certificate with pca_import_certificate_authority_certificate first.",
	[PCA_STATUS_ACTIVE] = "Set its status with pca_update_certificate_authority first.",
	[PCA_STATUS_DELETED] = "Restore it with pca_restore_certificate_authority first.",
	[PCA_STATUS_DISABLED] = "Set its status to ACTIVE with pca_update_certificate_authority first.",
	[PCA_STATUS_EXPIRED] = "Import a new certificate with pca_import_certificate_authority_certificate first.",
	[PCA_STATUS_FAILED] = "Create another certificate authority.",
};

#define IN(status) (1 << PCA_STATUS_##status)
#define WITH_CERTIFICATE (IN(ACTIVE) | IN(DISABLED) | IN(EXPIRED))
#define CREATED (IN(PENDING_CERTIFICATE) | WITH_CERTIFICATE)
#define NOT_DELETED (CREATED | IN(CREATING) | IN(FAILED))

#define DELETED_TEXT "The certificate authority is in the DELETED state"
#define SET_STATUS_TEXT "The certificate authority must be in the ACTIVE or DISABLED state to be updated"
#define ISSUE_TEXT "The certificate authority is not in a valid state for issuing certificates"
#define GET_CERTIFICATE_TEXT "The certificate authority is not in the correct state to have issued certificates"
/* That is what the service says of the certificate. */
#define GET_CA_CERTIFICATE_TEXT "The certificate authority %s is not in the correct state to have a certificate signing request"

typedef struct OperationRule
{
	const char *purpose;		/* "... is not in a valid state for ..." */
	int			allowed;
	int			in_progress;	/* the caller is told to try again */
	const char *text;			/* instead; %s is the ARN */
	bool		names_deleted;	/* DELETED_TEXT stands before the text of its own */
} OperationRule;

static const OperationRule rules[PCA_OPERATIONS] = {
	[PCA_OP_GET_CSR] = {"having a certificate signing request", CREATED, IN(CREATING), NULL, false},
	[PCA_OP_IMPORT] = {"importing its certificate", CREATED, 0, NULL, false},
	[PCA_OP_GET_CA_CERTIFICATE] = {NULL, WITH_CERTIFICATE, 0, GET_CA_CERTIFICATE_TEXT, true},
	[PCA_OP_ISSUE_ROOT] = {NULL, IN(PENDING_CERTIFICATE) | IN(ACTIVE) | IN(EXPIRED), 0, ISSUE_TEXT, false},
	[PCA_OP_ISSUE] = {NULL, IN(ACTIVE), 0, ISSUE_TEXT, false},
	[PCA_OP_GET_CERTIFICATE] = {NULL, CREATED, 0, GET_CERTIFICATE_TEXT, false},
	[PCA_OP_SET_STATUS] = {NULL, IN(ACTIVE) | IN(DISABLED), 0, SET_STATUS_TEXT, false},
	[PCA_OP_CONFIGURE] = {"being updated", NOT_DELETED, 0, NULL, false},
	[PCA_OP_DELETE] = {"deletion", NOT_DELETED & ~IN(ACTIVE), 0, NULL, false},
	[PCA_OP_RESTORE] = {"restoration", IN(DELETED), 0, NULL, false},
	[PCA_OP_POLICY] = {"having a policy", CREATED, 0, NULL, false},
	[PCA_OP_PERMISSION] = {"having permissions", CREATED, 0, NULL, false},
	[PCA_OP_REVOKE] = {"revoking certificates", IN(ACTIVE) | IN(DISABLED), 0, NULL, false},
	[PCA_OP_STATUS] = {"saying which certificates are revoked", IN(ACTIVE) | IN(DISABLED), 0, NULL, false},
	[PCA_OP_AUDIT_REPORT] = {"audit reports", WITH_CERTIFICATE, 0, NULL, false},
	[PCA_OP_TAG] = {"being tagged", NOT_DELETED, 0, NULL, false},
};

PcaStatus
pca_status_get(const char *word)
{
	for (int i = 0; i < PCA_STATUSES; i++)
		if (strcmp(status_words[i], word) == 0)
			return i;
	elog(ERROR, "unknown status \"%s\"", word);
}

const char *
pca_status_word(PcaStatus status)
{
	return status_words[status];
}

/* The status that a stored one is at a moment. */
PcaStatus
pca_lifecycle_status(PcaStatus stored, bool has_certificate, TimestampTz not_after, TimestampTz now)
{
	if ((stored == PCA_STATUS_ACTIVE || stored == PCA_STATUS_DISABLED) && has_certificate && now > not_after)
		return PCA_STATUS_EXPIRED;
	return stored;
}

/* Has its restoration period ended? */
bool
pca_lifecycle_is_gone(PcaStatus stored, bool is_restorable, TimestampTz restorable_until, TimestampTz now)
{
	return stored == PCA_STATUS_DELETED && (!is_restorable || now >= restorable_until);
}

bool
pca_lifecycle_allows(PcaStatus status, PcaOperation operation)
{
	return (rules[operation].allowed & (1 << status)) != 0;
}

/* What a refused operation says. */
static const char *
refusal(PcaStatus status, const OperationRule *rule, const char *arn)
{
	if (status == PCA_STATUS_DELETED && (rule->text == NULL || rule->names_deleted))
		return DELETED_TEXT;
	if (rule->text != NULL)
		return psprintf(rule->text, arn);
	return psprintf("certificate authority is not in a valid state for %s", rule->purpose);
}

/*
 * Throws InvalidStateException when the status forbids the operation, or
 * RequestInProgressException when it will allow it soon.
 */
void
pca_lifecycle_check(PcaStatus status, PcaOperation operation, const char *arn)
{
	if (pca_lifecycle_allows(status, operation))
		return;
	if ((rules[operation].in_progress & (1 << status)) != 0)
		pca_error(REQUEST_IN_PROGRESS,
				  errmsg("certificate authority is still being created"),
				  errdetail("The status of \"%s\" is %s.", arn, status_words[status]),
				  errhint("%s", status_hints[status]));
	pca_error(INVALID_STATE,
			  errmsg("%s", refusal(status, &rules[operation], arn)),
			  errdetail("The status of \"%s\" is %s.", arn, status_words[status]),
			  errhint("%s", status_hints[status]));
}

/* The stored status once a certificate has been imported: DISABLED stays. */
PcaStatus
pca_lifecycle_after_import(PcaStatus stored)
{
	return stored == PCA_STATUS_DISABLED ? PCA_STATUS_DISABLED : PCA_STATUS_ACTIVE;
}

/* Does a deleted authority of this stored status have a restoration period? */
bool
pca_lifecycle_is_restorable(PcaStatus stored)
{
	return stored != PCA_STATUS_CREATING && stored != PCA_STATUS_FAILED;
}
