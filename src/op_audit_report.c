/*-------------------------------------------------------------------------
 *
 * op_audit_report.c
 *	  CreateCertificateAuthorityAuditReport and its Describe.
 *
 * The report is written in the call, row by row.  It has what the call's
 * transaction would leave if it ended there: the certificates that others have
 * committed, and those that it issued itself, because the report is stored by
 * the same commit or not at all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "crypto_certificate.h"
#include "crypto_ossl.h"
#include "funcapi.h"
#include "op_operation.h"
#include "rule_audit_report.h"
#include "store_audit_report.h"
#include "store_object.h"
#include "store_transaction.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* A report that is being written. */
typedef struct Report
{
	const PcaAuthority *authority;
	const PcaAuditReportFormat *format;
	PcaObjectWriter writer;
	StringInfoData line;		/* of one certificate */
	bool		has_rows;
	bool		has_warned;
} Report;

/* Reads the subject of a certificate.  Returns no data if the certificate cannot be read. */
static PcaBytes
subject_of(Report *report, const PcaReportedCertificate *row)
{
	PcaCertificate certificate;

	if (pca_der_scan(row->certificate) == NULL && pca_certificate_parse(row->certificate, &certificate) == NULL)
		return certificate.subject;
	if (!report->has_warned)
		ereport(WARNING,
				errcode(ERRCODE_DATA_CORRUPTED),
				errmsg("could not read certificate"),
				errdetail("The audit report lists \"%s\" without its subject.",
						  pca_arn_format_certificate(report->authority->arn, &row->serial)));
	report->has_warned = true;
	return (PcaBytes) {NULL, 0};
}

static void
append_text(Report *report, const char *text)
{
	pca_object_append(&report->writer, (PcaBytes) {(const uint8 *) text, strlen(text)});
}

static void
append_certificate(void *state, const PcaReportedCertificate *certificate)
{
	Report	   *report = state;
	PcaAuditReportRow row = {
		.account_id = certificate->account_id,
		.service_principal = certificate->service_principal,
		.authority_arn = report->authority->arn,
		.serial = certificate->serial,
		.subject = subject_of(report, certificate),
		.not_before = certificate->not_before,
		.not_after = certificate->not_after,
		.issued_at = certificate->issued_at,
		.is_revoked = certificate->is_revoked,
		.revoked_at = certificate->revoked_at,
		.revocation_reason = certificate->revocation_reason,
		.template_name = certificate->template_name
	};

	resetStringInfo(&report->line);
	if (report->has_rows)
		appendStringInfoString(&report->line, report->format->separator);
	report->format->append_row(&report->line, &row);
	pca_object_append(&report->writer, (PcaBytes) {(const uint8 *) report->line.data, report->line.len});
	report->has_rows = true;
}

/* Writes the object of a report. */
static void
write_object(const PcaAuditReport *report, const PcaAuthority *authority, const PcaAuditReportFormat *format)
{
	Report		state = {.authority = authority, .format = format};
	PcaObject	object = {
		.bucket = report->bucket,
		.key = report->key,
		.authority = authority->id,
		.account_id = authority->account_id,
		.content_type = format->content_type,
		.acl = "BUCKET_OWNER_FULL_CONTROL",
		.written_at = report->created_at,
		.next_update = DT_NOEND
	};

	pca_random_uuid(&object.id);
	initStringInfo(&state.line);
	pca_object_begin(&state.writer, &object);
	append_text(&state, format->head);
	pca_audit_report_scan(&authority->id, append_certificate, &state);
	append_text(&state, format->foot);
	pca_object_end(&state.writer);
}

/* Gets the authority, which may have a report now, for the only transaction that makes one.  Returns the report's time. */
static TimestampTz
begin_report(const char *arn, PcaAuthority *authority)
{
	PcaOperation operation = PCA_OP_CREATE_CERTIFICATE_AUTHORITY_AUDIT_REPORT;
	TimestampTz last;
	TimestampTz now;

	pca_operation_check_writable(operation);
	pca_authority_get(operation, arn, NULL, authority);
	pca_audit_report_lock(&authority->id);
	now = GetCurrentTimestamp();	/* only now: both locks may have been waited for */
	pca_authority_check_status(operation, authority, now);
	if (pca_audit_report_find_last(&authority->id, &last))
		pca_audit_report_check_interval(arn, last, now);
	return now;
}

static char *
bucket_argument(FunctionCallInfo fcinfo, int i, const char *name)
{
	char	   *bucket = pca_argument_required_text(fcinfo, i, name, &pca_shape_s3_bucket_name);

	if (!pca_pattern_is_s3_bucket_name(bucket))
		pca_error(INVALID_ARGS,
				  errmsg("value of \"%s\" is not a bucket name", name),
				  errdetail("The value at %s is \"%s\".", name, bucket),
				  errhint("A bucket name is 3 to 63 lowercase letters, digits, dots and hyphens."));
	return bucket;
}

/*
 * pca_create_certificate_authority_audit_report(certificate_authority_arn,
 * s3_bucket_name, audit_report_response_format) returns (audit_report_id,
 * s3_key)
 *
 * Lists every certificate that the authority has issued.  The report can be
 * read with pca_get_object() once the transaction has been committed.
 *
 * Throws ValidationException, InvalidArnException, InvalidArgsException,
 * ResourceNotFoundException, AccessDeniedException, InvalidStateException,
 * RequestInProgressException (too early), ConcurrentModificationException.
 */
PCA_FUNCTION(pca_create_certificate_authority_audit_report)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_CREATE_CERTIFICATE_AUTHORITY_AUDIT_REPORT);
	PcaAuditReport report = {.status = "SUCCESS", .bucket = bucket_argument(fcinfo, 1, "s3_bucket_name")};
	char	   *word = pca_argument_required_text(fcinfo, 2, "audit_report_response_format",
												  &pca_shape_audit_report_response_format);
	const PcaAuditReportFormat *format = pca_audit_report_format_get(word);
	PcaAuthority authority;
	TupleDesc	descriptor;

	report.created_at = begin_report(arn, &authority);
	pca_random_uuid(&report.id);
	report.authority = authority.id;
	report.key = psprintf("audit-report/%s/%s.%s", pca_uuid_format(&authority.id), pca_uuid_format(&report.id),
						  format->extension);
	write_object(&report, &authority, format);
	pca_audit_report_put(&report);
	pca_operation_end(PCA_OP_CREATE_CERTIFICATE_AUTHORITY_AUDIT_REPORT, arn, report.key);

	get_call_result_type(fcinfo, NULL, &descriptor);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), (Datum[]) {
		CStringGetTextDatum(pca_uuid_format(&report.id)),
		CStringGetTextDatum(report.key)
	}, (bool[]) {false, false}));
}

/*
 * pca_describe_certificate_authority_audit_report(certificate_authority_arn,
 * audit_report_id) returns (audit_report_status, s3_bucket_name, s3_key,
 * created_at)
 *
 * The status is CREATING for the transaction that makes the report, which can
 * be read after its commit.
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException.
 */
PCA_FUNCTION(pca_describe_certificate_authority_audit_report)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_DESCRIBE_CERTIFICATE_AUTHORITY_AUDIT_REPORT);
	char	   *id = pca_argument_required_text(fcinfo, 1, "audit_report_id", &pca_shape_audit_report_id);
	PcaAuthority authority;
	PcaAuditReport report;
	TupleDesc	descriptor;

	pca_operation_begin(PCA_OP_DESCRIBE_CERTIFICATE_AUTHORITY_AUDIT_REPORT, arn, &authority);
	if (!pca_audit_report_find(&authority.id, id, &report))
		pca_error(RESOURCE_NOT_FOUND,
				  errmsg("audit report does not exist"),
				  errdetail("The value at audit_report_id is \"%s\".", id),
				  errhint("Pass the id that pca_create_certificate_authority_audit_report returned, with the ARN of the same certificate authority."));

	get_call_result_type(fcinfo, NULL, &descriptor);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), (Datum[]) {
		CStringGetTextDatum(pca_transaction_is_open(&report.origin) ? "CREATING" : report.status),
		CStringGetTextDatum(report.bucket),
		CStringGetTextDatum(report.key),
		TimestampTzGetDatum(report.created_at)
	}, (bool[]) {false, false, false, false}));
}
