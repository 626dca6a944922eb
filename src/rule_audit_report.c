/*-------------------------------------------------------------------------
 *
 * rule_audit_report.c
 *	  Audit reports: limits how often one is made, and formats the rows.
 *
 * The members, their order, and the forms of serial numbers, times and subjects
 * are the service's.  It does not define the lines: here JSON has an object on
 * each line, and lines of either format end in a line feed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "base_error.h"
#include "crypto_name.h"
#include "rule_audit_report.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/json.h"

#define SERIAL_TEXT_SIZE (3 * UUID_LEN)
#define TIME_TEXT_SIZE 32

static int	interval_setting;

/* Defines pca.audit_report_interval.  Only a superuser may set it. */
void
pca_audit_report_define_settings(void)
{
	DefineCustomIntVariable("pca.audit_report_interval",
							"Sets the time in which a certificate authority can have one audit report.",
							"Zero means no limit.", &interval_setting, 1800, 0, 86400, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
}

/*
 * Formats an instant in UTC, independent of the session's time zone:
 * yyyy-MM-ddTHH:mm:ss+0000.
 *
 * text: a buffer of TIME_TEXT_SIZE.
 */
static void
format_time(char *text, TimestampTz time)
{
	struct pg_tm tm;
	fsec_t		fraction;

	if (timestamp2tm(time, NULL, &tm, &fraction, NULL, NULL) != 0)
		elog(ERROR, "timestamp is out of range");
	snprintf(text, TIME_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d+0000",
			 tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* Throws RequestInProgressException if the last report of an authority is too recent for another. */
void
pca_audit_report_check_interval(const char *authority_arn, TimestampTz last, TimestampTz now)
{
	TimestampTz next = last + interval_setting * USECS_PER_SEC;
	char		last_text[TIME_TEXT_SIZE];
	char		next_text[TIME_TEXT_SIZE];

	if (now >= next)
		return;
	format_time(last_text, last);
	format_time(next_text, next + USECS_PER_SEC - 1);	/* rounded up */
	pca_error(REQUEST_IN_PROGRESS,
			  errmsg("audit report requested too soon"),
			  errdetail("The last audit report of \"%s\" was created at %s; the next one can be created from %s.",
						authority_arn, last_text, next_text),
			  errhint("Read the last one, or try again then. The setting pca.audit_report_interval is the time between two reports."));
}

/*
 * Formats a serial number as hexadecimal digits with a colon between octets.
 *
 * text: a buffer of SERIAL_TEXT_SIZE.
 */
static void
format_serial(char *text, const pg_uuid_t *serial)
{
	for (int i = 0; i < UUID_LEN; i++)
	{
		hex_encode((const char *) serial->data + i, 1, text + 3 * i);
		text[3 * i + 2] = ':';
	}
	text[SERIAL_TEXT_SIZE - 1] = '\0';
}

/* The values of a row as texts, in the order of the members; NULL if not applicable */
typedef struct RowText
{
	const char *values[11];
	char		serial[SERIAL_TEXT_SIZE];
	char		times[4][TIME_TEXT_SIZE];
} RowText;

static const char *const members[] = {
	"awsAccountId", "requestedByServicePrincipal", "certificateArn", "serial", "subject", "notBefore", "notAfter",
	"issuedAt", "revokedAt", "revocationReason", "templateArn"
};

#define CSV_HEAD \
	"awsAccountId,requestedByServicePrincipal,certificateArn,serial,subject,notBefore,notAfter," \
	"issuedAt,revokedAt,revocationReason,templateArn\n"
#define SUBJECT_MEMBER 4

StaticAssertDecl(lengthof(members) == lengthof(((RowText *) 0)->values), "each member has a value");

/* Formats the values of a row. */
static void
make_texts(RowText *text, const PcaAuditReportRow *row)
{
	StringInfoData subject;

	initStringInfo(&subject);
	pca_name_format_rfc2253(&subject, row->subject);
	format_serial(text->serial, &row->serial);
	format_time(text->times[0], row->not_before);
	format_time(text->times[1], row->not_after);
	format_time(text->times[2], row->issued_at);
	if (row->is_revoked)
		format_time(text->times[3], row->revoked_at);
	memcpy(text->values, (const char *[]) {
		row->account_id,
		row->service_principal,
		pca_arn_format_certificate(row->authority_arn, &row->serial),
		text->serial,
		row->subject.length > 0 ? subject.data : NULL,
		text->times[0],
		text->times[1],
		text->times[2],
		row->is_revoked ? text->times[3] : NULL,
		row->is_revoked ? row->revocation_reason : NULL,
		pca_arn_format_template(row->authority_arn, row->template_name)
	}, sizeof(text->values));
}

/* Appends a row as a JSON object, without the members that are not applicable. */
static void
append_json_row(StringInfo text, const PcaAuditReportRow *row)
{
	RowText		row_text;
	const char *before = "{";

	make_texts(&row_text, row);
	for (size_t i = 0; i < lengthof(members); i++)
	{
		if (row_text.values[i] == NULL)
			continue;
		appendStringInfo(text, "%s\"%s\":", before, members[i]);
		escape_json(text, row_text.values[i]);
		before = ",";
	}
	appendStringInfoChar(text, '}');
}

/* Appends a field, quoted if RFC 4180 2.5 to 2.7 requires it or if is_quoted is set. */
static void
append_csv_field(StringInfo text, const char *value, bool is_quoted)
{
	if (!is_quoted && strpbrk(value, ",\"\r\n") == NULL)
	{
		appendStringInfoString(text, value);
		return;
	}
	appendStringInfoChar(text, '"');
	for (; *value != '\0'; value++)
	{
		if (*value == '"')
			appendStringInfoChar(text, '"');
		appendStringInfoChar(text, *value);
	}
	appendStringInfoChar(text, '"');
}

/*
 * Appends a row as a line of CSV.  A value that a spreadsheet would take for a
 * formula is not changed; no field begins like one, not even a subject.
 */
static void
append_csv_row(StringInfo text, const PcaAuditReportRow *row)
{
	RowText		row_text;

	make_texts(&row_text, row);
	for (size_t i = 0; i < lengthof(members); i++)
	{
		if (i > 0)
			appendStringInfoChar(text, ',');
		if (row_text.values[i] != NULL)
			append_csv_field(text, row_text.values[i], i == SUBJECT_MEMBER);
	}
	appendStringInfoChar(text, '\n');
}

static const PcaAuditReportFormat formats[] = {
	{"JSON", "json", "application/json", "[\n", ",\n", "\n]\n", append_json_row},
	{"CSV", "csv", "text/csv", CSV_HEAD, "", "", append_csv_row},
};

/*
 * Returns the row of a format.
 *
 * word: its name in the API, which has passed the check of its shape.
 */
const PcaAuditReportFormat *
pca_audit_report_format_get(const char *word)
{
	for (size_t i = 0; i < lengthof(formats); i++)
		if (strcmp(formats[i].word, word) == 0)
			return &formats[i];
	elog(ERROR, "unknown format \"%s\" of audit reports", word);
}
