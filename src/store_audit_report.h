/*-------------------------------------------------------------------------
 *
 * store_audit_report.h
 *	  The table of audit reports, and the certificates that one lists.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_AUDIT_REPORT_H
#define STORE_AUDIT_REPORT_H

#include "postgres.h"

#include "base_der.h"
#include "store_query.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

typedef struct PcaAuditReport
{
	pg_uuid_t	id;
	pg_uuid_t	authority;
	TimestampTz created_at;
	const char *status;
	const char *bucket;
	const char *key;
	PcaOrigin	origin;			/* of a row that was read */
} PcaAuditReport;

/* A certificate in a report */
typedef struct PcaReportedCertificate
{
	pg_uuid_t	serial;
	PcaBytes	certificate;
	const char *account_id;
	const char *service_principal;	/* or NULL */
	const char *template_name;
	TimestampTz not_before;
	TimestampTz not_after;
	TimestampTz issued_at;
	bool		is_revoked;
	TimestampTz revoked_at;
	const char *revocation_reason;
} PcaReportedCertificate;

/* Receives a certificate, which is valid until this returns. */
typedef void (*PcaReceiveCertificate) (void *state, const PcaReportedCertificate *certificate);

extern void pca_audit_report_lock(const pg_uuid_t *authority);
extern bool pca_audit_report_find_last(const pg_uuid_t *authority, TimestampTz *created_at);
extern bool pca_audit_report_find(const pg_uuid_t *authority, const char *id, PcaAuditReport *report);
extern void pca_audit_report_put(const PcaAuditReport *report);
extern void pca_audit_report_scan(const pg_uuid_t *authority, PcaReceiveCertificate receive, void *state);

#endif							/* STORE_AUDIT_REPORT_H */
