/*-------------------------------------------------------------------------
 *
 * rule_audit_report.h
 *	  Audit reports: limits how often one is made, and formats the rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef RULE_AUDIT_REPORT_H
#define RULE_AUDIT_REPORT_H

#include "postgres.h"

#include "base_der.h"
#include "lib/stringinfo.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* A certificate in a report */
typedef struct PcaAuditReportRow
{
	const char *account_id;		/* of the account that issued it */
	const char *service_principal;	/* NULL if the account itself issued it */
	const char *authority_arn;
	pg_uuid_t	serial;
	PcaBytes	subject;		/* Name, whole */
	TimestampTz not_before;
	TimestampTz not_after;
	TimestampTz issued_at;
	bool		is_revoked;
	TimestampTz revoked_at;
	const char *revocation_reason;
	const char *template_name;
} PcaAuditReportRow;

/* A format of reports */
typedef struct PcaAuditReportFormat
{
	const char *word;			/* of the API */
	const char *extension;		/* of the object's key */
	const char *content_type;
	const char *head;			/* before the first row */
	const char *separator;		/* between two rows */
	const char *foot;			/* after the last row */
	void		(*append_row) (StringInfo text, const PcaAuditReportRow *row);
} PcaAuditReportFormat;

extern void pca_audit_report_define_settings(void);
extern const PcaAuditReportFormat *pca_audit_report_format_get(const char *word);
extern void pca_audit_report_check_interval(const char *authority_arn, TimestampTz last, TimestampTz now);

#endif							/* RULE_AUDIT_REPORT_H */
