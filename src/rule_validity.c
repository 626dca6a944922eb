/*-------------------------------------------------------------------------
 *
 * rule_validity.c
 *	  Converts the API's Validity to the instants in a certificate, in Unix
 *	  seconds.
 *
 * END_DATE is a number with the digits of UTCTime (YYMMDDHHMMSS, without leading
 * zeros) or GeneralizedTime (YYYYMMDDHHMMSS).  ABSOLUTE is in Unix seconds.  The
 * other types count from the moment of issuance; months and years are those of
 * the calendar.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <time.h>

#include "base_der.h"
#include "base_error.h"
#include "rule_validity.h"
#include "utils/datetime.h"

#define BACKDATE SECS_PER_HOUR	/* default notBefore: an hour before issuance */
#define MONTHS_MAX (10000 * MONTHS_PER_YEAR)

typedef int64 (*ValidityReader) (int64 value, int64 now);

#define NO_DATE PG_INT64_MIN

/* Reads END_DATE.  Returns NO_DATE if it is malformed. */
static int64
read_end_date(int64 value, int64 now)
{
	char	   *digits = psprintf(value < INT64CONST(1000000000000) ? "%012lldZ" : "%lldZ", (long long) value);
	PcaDerElement element = {
		strlen(digits) == 13 ? PCA_DER_UTC_TIME : PCA_DER_GENERALIZED_TIME,
		{(const uint8 *) digits, strlen(digits)}, {NULL, 0}
	};
	int64		result;

	return pca_der_read_time(&element, &result) ? result : NO_DATE;
}

/* Reads ABSOLUTE. */
static int64
read_absolute(int64 value, int64 now)
{
	return value;
}

/* Adds days.  Returns NO_DATE if there are too many. */
static int64
read_days(int64 value, int64 now)
{
	return value > PCA_VALIDITY_MAX / SECS_PER_DAY ? NO_DATE : now + value * SECS_PER_DAY;
}

/*
 * Adds months: the result is the same day of a later month, or the last day of
 * that month.  Returns NO_DATE if there are too many.
 */
static int64
read_months(int64 value, int64 now)
{
	time_t		seconds = (time_t) now;
	struct tm	tm;
	int64		months;

	if (value > MONTHS_MAX)
		return NO_DATE;
	gmtime_r(&seconds, &tm);
	months = tm.tm_year * MONTHS_PER_YEAR + tm.tm_mon + value;
	tm.tm_year = months / MONTHS_PER_YEAR;
	tm.tm_mon = months % MONTHS_PER_YEAR;
	tm.tm_mday = Min(tm.tm_mday, day_tab[isleap(tm.tm_year + 1900)][tm.tm_mon]);
	return timegm(&tm);
}

/* Adds years, as read_months() does. */
static int64
read_years(int64 value, int64 now)
{
	return value > MONTHS_MAX / MONTHS_PER_YEAR ? NO_DATE : read_months(value * MONTHS_PER_YEAR, now);
}

static const struct
{
	const char *type;
	ValidityReader read;
	bool		is_instant;
}			readers[] = {
	{"END_DATE", read_end_date, true},
	{"ABSOLUTE", read_absolute, true},
	{"DAYS", read_days, false},
	{"MONTHS", read_months, false},
	{"YEARS", read_years, false},
};

/*
 * Reads a Validity as Unix seconds.
 *
 * name: the parameter, for errors.  must_be_instant: spans of time are refused.
 */
static int64
read_validity(const PcaJson *validity, const char *name, bool must_be_instant, int64 now)
{
	const char *type = pca_json_find_text(validity, "Type");
	PcaJson		member;
	int64		value = 0;
	int64		result = NO_DATE;

	pca_json_find(validity, "Value", &member);
	pca_json_int64(&member, &value);
	for (size_t i = 0; i < lengthof(readers); i++)
	{
		if (strcmp(readers[i].type, type) != 0)
			continue;
		if (must_be_instant && !readers[i].is_instant)
			pca_error(INVALID_ARGS,
					  errmsg("start of validity must be a point in time"),
					  errdetail("The value at %s.Type is \"%s\".", name, type),
					  errhint("Use ABSOLUTE, with Unix seconds, or END_DATE."));
		result = readers[i].read(value, now);
	}
	if (result == NO_DATE || result > PCA_VALIDITY_MAX || result < 0)
		pca_error(VALIDATION,
				  errmsg("validity is not a date that a certificate can contain"),
				  errdetail("The value at %s.Value is %lld, of type %s.", name, (long long) value, type),
				  errhint("The last date is 9999-12-31T23:59:59Z; END_DATE is YYMMDDHHMMSS or YYYYMMDDHHMMSS."));
	return result;
}

/*
 * Returns notAfter of a certificate that is issued now, in Unix seconds.
 *
 * now: Unix seconds.  Throws ValidationException if it is not a date or has
 * passed.
 */
int64
pca_validity_not_after(const PcaJson *validity, int64 now)
{
	int64		not_after = read_validity(validity, "validity", false, now);

	if (not_after <= now)
		pca_error(VALIDATION,
				  errmsg("validity ends in the past"),
				  errdetail("The value at validity gives %s.", pca_time_format(not_after)),
				  errhint("Specify a date in the future."));
	return not_after;
}

/*
 * Returns notBefore of a certificate that is issued now, in Unix seconds: the
 * given instant, or by default an hour ago, for relying parties whose clocks
 * are slow.
 *
 * validity: or NULL.  now: Unix seconds.  Throws InvalidArgsException for a span
 * of time, and ValidationException if it is not a date.
 */
int64
pca_validity_not_before(const PcaJson *validity, int64 now)
{
	return validity == NULL ? now - BACKDATE : read_validity(validity, "validity_not_before", true, now);
}
