/*-------------------------------------------------------------------------
 *
 * rule_lifecycle.h
 *	  The states of a certificate authority.
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

extern PcaStatus pca_status_get(const char *word);
extern const char *pca_status_word(PcaStatus status);
extern const char *pca_status_hint(PcaStatus status);
extern PcaStatus pca_lifecycle_status(PcaStatus stored, bool has_certificate, TimestampTz not_after, TimestampTz now);
extern bool pca_lifecycle_is_gone(PcaStatus stored, bool is_restorable, TimestampTz restorable_until, TimestampTz now);
extern bool pca_lifecycle_signs_status(PcaStatus status);
extern PcaStatus pca_lifecycle_after_import(PcaStatus stored);
extern bool pca_lifecycle_is_restorable(PcaStatus stored);

#endif							/* RULE_LIFECYCLE_H */
