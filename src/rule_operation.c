/*-------------------------------------------------------------------------
 *
 * rule_operation.c
 *	  The operations on certificate authorities, and the states that allow them.
 *
 * Terraform's provider and other clients compare some of the service's messages,
 * so those are copied word for word.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "rule_operation.h"

#define IN(status) (1 << PCA_STATUS_##status)
#define WITH_CERTIFICATE (IN(ACTIVE) | IN(DISABLED) | IN(EXPIRED))
#define CREATED (IN(PENDING_CERTIFICATE) | WITH_CERTIFICATE)
#define NOT_DELETED (CREATED | IN(CREATING) | IN(FAILED))
#define ANY_STATE (NOT_DELETED | IN(DELETED))

StaticAssertDecl(ANY_STATE == (1 << PCA_STATUSES) - 1, "a status is in no set of states");

#define DELETED_TEXT "The certificate authority is in the DELETED state"
#define SET_STATUS_TEXT "The certificate authority must be in the ACTIVE or DISABLED state to be updated"
#define ISSUE_TEXT "The certificate authority is not in a valid state for issuing certificates"
#define GET_CERTIFICATE_TEXT "The certificate authority is not in the correct state to have issued certificates"
/* The service really has this text for the certificate. */
#define GET_CA_CERTIFICATE_TEXT "The certificate authority %s is not in the correct state to have a certificate signing request"

static const PcaStateRule any_state = {ANY_STATE, 0, NULL, NULL, false};
static const PcaStateRule having_csr = {CREATED, IN(CREATING), "retrieving a certificate signing request", NULL, false};
static const PcaStateRule importing = {CREATED, 0, "importing its certificate", NULL, false};
static const PcaStateRule having_certificate = {WITH_CERTIFICATE, 0, NULL, GET_CA_CERTIFICATE_TEXT, true};
static const PcaStateRule issuing = {IN(ACTIVE), 0, NULL, ISSUE_TEXT, false};
static const PcaStateRule issuing_root = {IN(PENDING_CERTIFICATE) | IN(ACTIVE) | IN(EXPIRED), 0, NULL, ISSUE_TEXT, false};
static const PcaStateRule having_issued = {CREATED, 0, NULL, GET_CERTIFICATE_TEXT, false};
static const PcaStateRule setting_status = {IN(ACTIVE) | IN(DISABLED), 0, NULL, SET_STATUS_TEXT, false};
static const PcaStateRule being_updated = {NOT_DELETED, 0, "being updated", NULL, false};
static const PcaStateRule deletion = {NOT_DELETED & ~IN(ACTIVE), 0, "deletion", NULL, false};
static const PcaStateRule restoration = {IN(DELETED), 0, "restoration", NULL, false};
static const PcaStateRule having_policy = {CREATED, 0, "resource policies", NULL, false};
static const PcaStateRule having_permissions = {CREATED, 0, "permissions", NULL, false};
static const PcaStateRule revoking = {IN(ACTIVE) | IN(DISABLED), 0, "revoking certificates", NULL, false};
static const PcaStateRule audit_reports = {WITH_CERTIFICATE, 0, "audit reports", NULL, false};
static const PcaStateRule being_tagged = {NOT_DELETED, 0, "being tagged", NULL, false};

static const PcaOperationRow operations[] = {
#define X(name, action, function, arn_parameter, effect, is_audited, states) \
	[PCA_OP_##name] = {action, function, arn_parameter, PCA_EFFECT_##effect, is_audited, &states},
	PCA_OPERATION_ROWS(X)
#undef X
};

/* Returns the row of an operation. */
const PcaOperationRow *
pca_operation_get(PcaOperation operation)
{
	return &operations[operation];
}

/* Returns the message for a refused operation. */
static const char *
format_refusal(PcaStatus status, const PcaStateRule *rule, const char *arn)
{
	if (status == PCA_STATUS_DELETED && (rule->text == NULL || rule->names_deleted))
		return DELETED_TEXT;
	if (rule->text != NULL)
		return psprintf(rule->text, arn);
	return psprintf("certificate authority is not in a valid state for %s", rule->purpose);
}

/*
 * Checks that the status of a certificate authority allows an operation.
 *
 * arn: the authority's, for errors.  Throws InvalidStateException if it does
 * not, or RequestInProgressException if it soon will.
 */
void
pca_operation_check_status(PcaOperation operation, PcaStatus status, const char *arn)
{
	const PcaStateRule *rule = operations[operation].states;

	if ((rule->allowed & (1 << status)) != 0)
		return;
	if ((rule->in_progress & (1 << status)) != 0)
		pca_error(REQUEST_IN_PROGRESS,
				  errmsg("certificate authority is still being created"),
				  errdetail("The status of \"%s\" is %s.", arn, pca_status_word(status)),
				  errhint("%s", pca_status_hint(status)));
	pca_error(INVALID_STATE,
			  errmsg("%s", format_refusal(status, rule, arn)),
			  errdetail("The status of \"%s\" is %s.", arn, pca_status_word(status)),
			  errhint("%s", pca_status_hint(status)));
}
