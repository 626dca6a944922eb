/*-------------------------------------------------------------------------
 *
 * rule_lifecycle.c
 *	  The states of a certificate authority; which operations each allows is
 *	  in rule_operation.c.
 *
 * EXPIRED is not stored: ACTIVE and DISABLED become EXPIRED when the CA's
 * certificate has passed its notAfter.  DELETED takes precedence, and a deleted CA
 * whose restoration period has ended is gone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

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

static const char *const status_hints[PCA_STATUSES] = {
	[PCA_STATUS_CREATING] = "Wait until it has been created.",
	[PCA_STATUS_PENDING_CERTIFICATE] = "Import its certificate with pca_import_certificate_authority_certificate first.",
	[PCA_STATUS_ACTIVE] = "Set its status with pca_update_certificate_authority first.",
	[PCA_STATUS_DELETED] = "Restore it with pca_restore_certificate_authority first.",
	[PCA_STATUS_DISABLED] = "Set its status to ACTIVE with pca_update_certificate_authority first.",
	[PCA_STATUS_EXPIRED] = "Import a new certificate with pca_import_certificate_authority_certificate first.",
	[PCA_STATUS_FAILED] = "Create another certificate authority.",
};

/* Returns the status that the API calls by this word. */
PcaStatus
pca_status_get(const char *word)
{
	for (int i = 0; i < PCA_STATUSES; i++)
		if (strcmp(status_words[i], word) == 0)
			return i;
	elog(ERROR, "unknown status \"%s\"", word);
}

/* Returns the API's word for a status. */
const char *
pca_status_word(PcaStatus status)
{
	return status_words[status];
}

/* Returns the next step that a status asks for, a sentence. */
const char *
pca_status_hint(PcaStatus status)
{
	return status_hints[status];
}

/* Returns the status at a moment, from the stored one and the end of validity of the CA's certificate. */
PcaStatus
pca_lifecycle_status(PcaStatus stored, bool has_certificate, TimestampTz not_after, TimestampTz now)
{
	if ((stored == PCA_STATUS_ACTIVE || stored == PCA_STATUS_DISABLED) && has_certificate && now > not_after)
		return PCA_STATUS_EXPIRED;
	return stored;
}

/* Tells whether an authority is deleted and its restoration period has ended, or it never had one. */
bool
pca_lifecycle_is_gone(PcaStatus stored, bool is_restorable, TimestampTz restorable_until, TimestampTz now)
{
	return stored == PCA_STATUS_DELETED && (!is_restorable || now >= restorable_until);
}

/* Tells whether an authority with this status signs CRLs and OCSP responses. */
bool
pca_lifecycle_signs_status(PcaStatus status)
{
	return status == PCA_STATUS_ACTIVE || status == PCA_STATUS_DISABLED;
}

/* Returns the status to store after a certificate has been imported: DISABLED stays. */
PcaStatus
pca_lifecycle_after_import(PcaStatus stored)
{
	return stored == PCA_STATUS_DISABLED ? PCA_STATUS_DISABLED : PCA_STATUS_ACTIVE;
}

/* Tells whether an authority of this stored status has a restoration period after it is deleted. */
bool
pca_lifecycle_is_restorable(PcaStatus stored)
{
	return stored != PCA_STATUS_CREATING && stored != PCA_STATUS_FAILED;
}
