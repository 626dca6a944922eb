/*-------------------------------------------------------------------------
 *
 * store_audit_report.c
 *	  The table of audit reports, and the certificates that one lists.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "catalog/pg_type_d.h"
#include "store_audit_report.h"
#include "store_transaction.h"
#include "utils/builtins.h"

/*
 * Locks the reports of an authority until the end of the transaction: who makes
 * one sees that of the other, or is the first.
 *
 * Throws ConcurrentModificationException when lock_timeout passes.
 */
void
pca_audit_report_lock(const pg_uuid_t *authority)
{
	pca_transaction_lock(PCA_LOCK_AUDIT_REPORTS, authority, sizeof(*authority), ExclusiveLock);
}

/* When the last report of an authority was made; false when there is none. */
bool
pca_audit_report_find_last(const pg_uuid_t *authority, TimestampTz *created_at)
{
	static PcaQuery query = {
		"SELECT created_at FROM pca.audit_report WHERE authority_id OPERATOR(pg_catalog.=) $1"
		" AND status OPERATOR(pg_catalog.<>) 'FAILED' ORDER BY created_at DESC LIMIT 1",
		{UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;

	pca_argument_add_uuid(&arguments, authority);
	rows = pca_query_read(&query, &arguments);
	if (rows.count > 0)
		*created_at = DatumGetTimestampTz(pca_rows_datum(&rows, 0, 0));
	return rows.count > 0;
}

/* Reads a report; false when the authority has none of this id. */
bool
pca_audit_report_find(const pg_uuid_t *authority, const char *id, PcaAuditReport *report)
{
	static PcaQuery query = {
		"SELECT created_at, status, bucket, key, " PCA_ORIGIN("r") " FROM pca.audit_report AS r"
		" WHERE authority_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2",
		{UUIDOID, UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;

	*report = (PcaAuditReport) {.authority = *authority};
	if (!pca_uuid_parse(id, &report->id))
		return false;
	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add_uuid(&arguments, &report->id);
	rows = pca_query_read(&query, &arguments);
	if (rows.count == 0)
		return false;
	report->created_at = DatumGetTimestampTz(pca_rows_datum(&rows, 0, 0));
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
		"INSERT INTO pca.audit_report (id, authority_id, created_at, status, bucket, key) VALUES ($1, $2, $3, $4, $5, $6)",
		{UUIDOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, &report->id);
	pca_argument_add_uuid(&arguments, &report->authority);
	pca_argument_add(&arguments, TimestampTzGetDatum(report->created_at));
	pca_argument_add_text(&arguments, report->status);
	pca_argument_add_text(&arguments, report->bucket);
	pca_argument_add_text(&arguments, report->key);
	pca_query_write(&query, &arguments);
}

typedef struct CertificateScan
{
	PcaReceiveCertificate receive;
	void	   *state;
} CertificateScan;

static void
receive_row(void *state, const Datum *values, const bool *nulls)
{
	const CertificateScan *scan = state;
	bytea	   *certificate = DatumGetByteaPP(values[1]);
	PcaReportedCertificate row = {
		.serial = *DatumGetUUIDP(values[0]),
		.certificate = {(const uint8 *) VARDATA_ANY(certificate), VARSIZE_ANY_EXHDR(certificate)},
		.account_id = TextDatumGetCString(values[2]),
		.service_principal = nulls[3] ? NULL : TextDatumGetCString(values[3]),
		.template_name = TextDatumGetCString(values[4]),
		.not_before = DatumGetTimestampTz(values[5]),
		.not_after = DatumGetTimestampTz(values[6]),
		.issued_at = DatumGetTimestampTz(values[7]),
		.is_revoked = !nulls[8]
	};

	if (row.is_revoked)
	{
		row.revoked_at = DatumGetTimestampTz(values[8]);
		row.revocation_reason = TextDatumGetCString(values[9]);
	}
	scan->receive(scan->state, &row);
}

/* Hands on every certificate that an authority has issued, by serial number, as one statement sees them. */
void
pca_audit_report_scan(const pg_uuid_t *authority, PcaReceiveCertificate receive, void *state)
{
	static PcaQuery query = {
		"SELECT c.serial, c.certificate, c.account_id, c.service_principal, c.template, c.not_before, c.not_after,"
		"  c.issued_at, r.revoked_at, r.reason"
		" FROM pca.certificate AS c LEFT JOIN pca.revocation AS r"
		"  ON r.authority_id OPERATOR(pg_catalog.=) c.authority_id AND r.serial OPERATOR(pg_catalog.=) c.serial"
		" WHERE c.authority_id OPERATOR(pg_catalog.=) $1 ORDER BY c.serial",
		{UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	CertificateScan scan = {receive, state};

	pca_argument_add_uuid(&arguments, authority);
	pca_query_scan(&query, &arguments, receive_row, &scan);
}
