/*-------------------------------------------------------------------------
 *
 * op_wait.c
 *	  The waiters CertificateAuthorityCSRCreated, CertificateIssued and
 *	  AuditReportCreated.
 *
 * A waiter checks repeatedly, each time what is committed by then, and can be
 * cancelled while it waits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "miscadmin.h"
#include "op_operation.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "store_audit_report.h"
#include "store_certificate.h"
#include "store_transaction.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

/* The pause between two checks of a waiter, and the number of checks */
typedef struct Patience
{
	int32		delay;			/* seconds */
	int32		max_attempts;
} Patience;

static Patience
read_patience(FunctionCallInfo fcinfo, int i)
{
	static const PcaShape delay = {.kind = PCA_SHAPE_INTEGER, .min = 0, .max = 3600};
	static const PcaShape max_attempts = {.kind = PCA_SHAPE_INTEGER, .min = 1, .max = 1000000};
	Patience	patience;

	pca_argument_require(fcinfo, i, "delay");
	pca_argument_require(fcinfo, i + 1, "max_attempts");
	pca_argument_integer(fcinfo, i, "delay", &delay, &patience.delay);
	pca_argument_integer(fcinfo, i + 1, "max_attempts", &max_attempts, &patience.max_attempts);
	return patience;
}

static void
rest_between_tries(int32 seconds)
{
	TimestampTz until = GetCurrentTimestamp() + seconds * USECS_PER_SEC;
	long		left;

	while ((left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
	CHECK_FOR_INTERRUPTS();
}

/* Waits for the next attempt.  Throws RequestInProgressException if this was the last one. */
static void
rest_or_give_up(const Patience *patience, int attempt, const char *what, const char *arn)
{
	if (attempt >= patience->max_attempts)
		pca_error(REQUEST_IN_PROGRESS,
				  errmsg("%s is not available yet", what),
				  errdetail("All attempts (%d) were made with \"%s\".", patience->max_attempts, arn),
				  errhint("Wait longer: increase delay or max_attempts."));
	rest_between_tries(patience->delay);
}

/*
 * pca_wait_certificate_authority_csr_created(certificate_authority_arn, delay,
 * max_attempts)
 *
 * Throws what GetCertificateAuthorityCsr does, and RequestInProgressException
 * after the last attempt.
 */
PCA_FUNCTION(pca_wait_certificate_authority_csr_created)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_GET_CERTIFICATE_AUTHORITY_CSR);
	Patience	patience = read_patience(fcinfo, 1);
	PcaAuthority authority;

	for (int attempt = 1;; attempt++)
	{
		PcaStatus	status;

		pca_authority_get(PCA_OP_GET_CERTIFICATE_AUTHORITY_CSR, arn, NULL, &authority);
		status = pca_authority_status(&authority, GetCurrentTimestamp());
		if (status != PCA_STATUS_CREATING)
		{
			pca_operation_check_status(PCA_OP_GET_CERTIFICATE_AUTHORITY_CSR, status, arn);
			PG_RETURN_VOID();
		}
		rest_or_give_up(&patience, attempt, "certificate signing request", arn);
	}
}

/*
 * pca_wait_certificate_issued(certificate_authority_arn, certificate_arn,
 * delay, max_attempts)
 *
 * Waits for the commit of another session that issues the certificate.  What
 * the current transaction issued cannot be waited for.
 *
 * Throws what GetCertificate does, except that it waits for a certificate that
 * does not exist; RequestInProgressException after the last attempt.
 */
PCA_FUNCTION(pca_wait_certificate_issued)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_GET_CERTIFICATE);
	const PcaArn *certificate_arn = pca_arn_argument_certificate(fcinfo, 1, "certificate_arn");
	Patience	patience = read_patience(fcinfo, 2);
	PcaIssuedCertificate certificate;
	PcaAuthority authority;
	pg_uuid_t	serial;

	for (int attempt = 1;; attempt++)
	{
		pca_operation_begin(PCA_OP_GET_CERTIFICATE, arn, &authority);
		if (pca_arn_parse_serial(certificate_arn, arn, &serial) &&
			pca_certificate_find(&authority.id, &serial, &certificate))
		{
			pca_transaction_check_committed(&certificate.origin, "certificate", certificate_arn->text);
			PG_RETURN_VOID();
		}
		rest_or_give_up(&patience, attempt, "certificate", certificate_arn->text);
	}
}

/* Tells whether the report exists.  Throws RequestFailedException if it never will. */
static bool
is_report_created(const pg_uuid_t *authority, const char *id)
{
	PcaAuditReport report;

	if (!pca_audit_report_find(authority, id, &report))
		return false;
	pca_transaction_check_committed(&report.origin, "audit report", id);
	if (strcmp(report.status, "FAILED") == 0)
		pca_error(REQUEST_FAILED,
				  errmsg("audit report could not be created"),
				  errdetail("The status of \"%s\" is FAILED.", id),
				  errhint("Create another one with pca_create_certificate_authority_audit_report."));
	return strcmp(report.status, "SUCCESS") == 0;
}

/*
 * pca_wait_audit_report_created(certificate_authority_arn, audit_report_id,
 * delay, max_attempts)
 *
 * Waits for the commit of another session that makes the report.  What the
 * current transaction made cannot be waited for.
 *
 * Throws what DescribeCertificateAuthorityAuditReport does, except that it waits
 * for a report that does not exist; RequestFailedException for one that failed;
 * RequestInProgressException after the last attempt.
 */
PCA_FUNCTION(pca_wait_audit_report_created)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_DESCRIBE_CERTIFICATE_AUTHORITY_AUDIT_REPORT);
	char	   *id = pca_argument_required_text(fcinfo, 1, "audit_report_id", &pca_shape_audit_report_id);
	Patience	patience = read_patience(fcinfo, 2);
	PcaAuthority authority;

	for (int attempt = 1;; attempt++)
	{
		pca_operation_begin(PCA_OP_DESCRIBE_CERTIFICATE_AUTHORITY_AUDIT_REPORT, arn, &authority);
		if (is_report_created(&authority.id, id))
			PG_RETURN_VOID();
		rest_or_give_up(&patience, attempt, "audit report", id);
	}
}
