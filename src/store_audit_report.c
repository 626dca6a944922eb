/*-------------------------------------------------------------------------
 *
 * store_audit_report.c
 *	  The table of audit reports, and the certificates that one lists.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "store_audit_report.h"
#include "store_transaction.h"
#include "utils/builtins.h"

/*
 * Locks the reports of an authority until the end of the transaction, so that
 * each new report sees the one before.
 *
 * Throws ConcurrentModificationException if lock_timeout expires.
 */
void
pca_audit_report_lock(const pg_uuid_t *authority)
{
	pca_transaction_lock(PCA_LOCK_AUDIT_REPORTS, authority, sizeof(*authority), ExclusiveLock);
}

/* Finds the time of an authority's last report.  Returns false if there is none. */
bool
pca_audit_report_find_last(const pg_uuid_t *authority, TimestampTz *created_at)
{
	static PcaQuery query = {
		.sql = "SELECT created_at FROM pca.audit_report WHERE authority_id OPERATOR(pg_catalog.=) $1"
		" AND status OPERATOR(pg_catalog.<>) 'FAILED' ORDER BY created_at DESC LIMIT 1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(authority)));

	if (rows.count > 0)
		*created_at = pca_rows_timestamp(&rows, 0, 0);
	return rows.count > 0;
}

/* Reads a report.  Returns false if the authority has none with this id. */
bool
pca_audit_report_find(const pg_uuid_t *authority, const char *id, PcaAuditReport *report)
{
	static PcaQuery query = {
		.sql = "SELECT created_at, status, bucket, key, " PCA_ORIGIN("r") " FROM pca.audit_report AS r"
		" WHERE authority_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2"
	};
	PcaRows		rows;

	*report = (PcaAuditReport) {.authority = *authority};
	if (!pca_uuid_parse(id, &report->id))
		return false;
	rows = pca_query_read(&query, PCA_VALUES(pca_uuid(authority), pca_uuid(&report->id)));
	if (rows.count == 0)
		return false;
	report->created_at = pca_rows_timestamp(&rows, 0, 0);
	report->status = pca_rows_text(&rows, 0, 1);
	report->bucket = pca_rows_text(&rows, 0, 2);
	report->key = pca_rows_text(&rows, 0, 3);
	report->origin = pca_rows_origin(&rows, 4);
	return true;
}

void
pca_audit_report_put(const PcaAuditReport *report)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.audit_report (id, authority_id, created_at, status, bucket, key) VALUES ($1, $2, $3, $4, $5, $6)"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(&report->id), pca_uuid(&report->authority),
									   pca_timestamp(report->created_at), pca_text(report->status),
									   pca_text(report->bucket), pca_text(report->key)));
}

typedef struct CertificateScan
{
	PcaReceiveCertificate receive;
	void	   *state;
} CertificateScan;

static void
receive_certificate(void *state, const PcaRows *row)
{
	const CertificateScan *scan = state;
	PcaReportedCertificate certificate = {
		.serial = *pca_rows_uuid(row, 0, 0),
		.certificate = pca_rows_bytes(row, 0, 1),
		.account_id = pca_rows_text(row, 0, 2),
		.service_principal = pca_rows_text(row, 0, 3),
		.template_name = pca_rows_text(row, 0, 4),
		.not_before = pca_rows_timestamp(row, 0, 5),
		.not_after = pca_rows_timestamp(row, 0, 6),
		.issued_at = pca_rows_timestamp(row, 0, 7),
		.is_revoked = !pca_rows_is_null(row, 0, 8),
		.revocation_reason = pca_rows_text(row, 0, 9)
	};

	if (certificate.is_revoked)
		certificate.revoked_at = pca_rows_timestamp(row, 0, 8);
	scan->receive(scan->state, &certificate);
}

/* Passes every certificate of an authority to receive(), by serial number, as one statement sees them. */
void
pca_audit_report_scan(const pg_uuid_t *authority, PcaReceiveCertificate receive, void *state)
{
	static PcaQuery query = {
		.sql = "SELECT c.serial, c.certificate, c.account_id, c.service_principal, c.template, c.not_before, c.not_after,"
		"  c.issued_at, r.revoked_at, r.reason"
		" FROM pca.certificate AS c LEFT JOIN pca.revocation AS r"
		"  ON r.authority_id OPERATOR(pg_catalog.=) c.authority_id AND r.serial OPERATOR(pg_catalog.=) c.serial"
		" WHERE c.authority_id OPERATOR(pg_catalog.=) $1 ORDER BY c.serial"
	};
	CertificateScan scan = {receive, state};

	pca_query_scan(&query, PCA_VALUES(pca_uuid(authority)), receive_certificate, &scan);
}
