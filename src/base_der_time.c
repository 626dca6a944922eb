/*-------------------------------------------------------------------------
 *
 * base_der_time.c
 *	  Writes and reads times in DER: UTCTime and GeneralizedTime.
 *
 * A CRL has a time for each of up to a million entries, and is read back.  So the
 * calendar is PostgreSQL's and the digits are converted here: the C library's
 * functions and snprintf() take ten times as long.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_ascii.h"
#include "base_der.h"
#include "utils/datetime.h"

/* The years that four digits express, in Unix seconds */
#define YEAR_0 INT64CONST(-62167219200)
#define END_OF_YEAR_9999 INT64CONST(253402300799)
#define YEAR_0_JDATE 1721060	/* date2j(0, 1, 1) */

/* Splits Unix seconds into a date, whose months begin with 1, and a time of day. */
static void
split_time(int64 unix_seconds, struct pg_tm *tm)
{
	uint64		seconds = (uint64) (unix_seconds - YEAR_0);
	uint32		of_day = seconds % SECS_PER_DAY;

	if (unix_seconds < YEAR_0 || unix_seconds > END_OF_YEAR_9999)
		elog(ERROR, "time " INT64_FORMAT " is not in the years from 0 to 9999", unix_seconds);
	j2date(YEAR_0_JDATE + (int) (seconds / SECS_PER_DAY), &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
	tm->tm_hour = of_day / SECS_PER_HOUR;
	tm->tm_min = of_day / SECS_PER_MINUTE % MINS_PER_HOUR;
	tm->tm_sec = of_day % SECS_PER_MINUTE;
}

/* Converts a date and a time of day to Unix seconds.  Returns false if there is no such date or time. */
static bool
join_time(const struct pg_tm *tm, int64 *unix_seconds)
{
	int64		days;

	if (tm->tm_mon < 1 || tm->tm_mon > MONTHS_PER_YEAR || tm->tm_mday < 1 ||
		tm->tm_mday > day_tab[isleap(tm->tm_year)][tm->tm_mon - 1] ||
		tm->tm_hour >= HOURS_PER_DAY || tm->tm_min >= MINS_PER_HOUR || tm->tm_sec >= SECS_PER_MINUTE)
		return false;
	days = date2j(tm->tm_year, tm->tm_mon, tm->tm_mday) - UNIX_EPOCH_JDATE;
	*unix_seconds = days * SECS_PER_DAY + tm->tm_hour * SECS_PER_HOUR + tm->tm_min * SECS_PER_MINUTE + tm->tm_sec;
	return true;
}

static void
put_two_digits(uint8 *at, int number)
{
	at[0] = '0' + number / 10;
	at[1] = '0' + number % 10;
}

/* Returns the number that two decimal digits denote. */
static int
two_digits(const uint8 *at)
{
	return (at[0] - '0') * 10 + (at[1] - '0');
}

/* Appends a time as GeneralizedTime, or as UTCTime if it may be that and has a year that UTCTime can express. */
static void
put_time(PcaDerWriter *writer, int64 unix_seconds, bool may_be_utc_time)
{
	struct pg_tm tm;
	uint8		text[15];

	split_time(unix_seconds, &tm);
	put_two_digits(text, tm.tm_year / 100);
	put_two_digits(text + 2, tm.tm_year % 100);
	put_two_digits(text + 4, tm.tm_mon);
	put_two_digits(text + 6, tm.tm_mday);
	put_two_digits(text + 8, tm.tm_hour);
	put_two_digits(text + 10, tm.tm_min);
	put_two_digits(text + 12, tm.tm_sec);
	text[14] = 'Z';
	if (may_be_utc_time && tm.tm_year >= 1950 && tm.tm_year < 2050)
		pca_der_primitive(writer, PCA_DER_UTC_TIME, (PcaBytes) {text + 2, sizeof(text) - 2});
	else
		pca_der_primitive(writer, PCA_DER_GENERALIZED_TIME, PCA_BYTES(text));
}

/* Appends a time.  RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on. */
void
pca_der_time(PcaDerWriter *writer, int64 unix_seconds)
{
	put_time(writer, unix_seconds, true);
}

/* Appends a GeneralizedTime of whole seconds, for any year. */
void
pca_der_generalized_time(PcaDerWriter *writer, int64 unix_seconds)
{
	put_time(writer, unix_seconds, false);
}

/*
 * Reads a time as Unix seconds.  Returns false if it is neither of the two forms
 * of RFC 5280 4.1.2.5: UTCTime YYMMDDHHMMSSZ, where YY >= 50 is 19YY, and
 * GeneralizedTime YYYYMMDDHHMMSSZ.
 */
bool
pca_der_read_time(const PcaDerElement *element, int64 *unix_seconds)
{
	const uint8 *at = element->content.data;
	size_t		digits = element->tag == PCA_DER_UTC_TIME ? 12 : 14;
	struct pg_tm tm;

	if (element->tag != PCA_DER_UTC_TIME && element->tag != PCA_DER_GENERALIZED_TIME)
		return false;
	if (element->content.length != digits + 1 || at[digits] != 'Z')
		return false;
	for (size_t i = 0; i < digits; i++)
		if (!pca_is_digit(at[i]))
			return false;
	tm.tm_year = two_digits(at);
	if (digits == 12)
		tm.tm_year += tm.tm_year >= 50 ? 1900 : 2000;
	else
		tm.tm_year = tm.tm_year * 100 + two_digits(at + 2);
	at += digits - 10;
	tm.tm_mon = two_digits(at);
	tm.tm_mday = two_digits(at + 2);
	tm.tm_hour = two_digits(at + 4);
	tm.tm_min = two_digits(at + 6);
	tm.tm_sec = two_digits(at + 8);
	return join_time(&tm, unix_seconds);
}

/* Formats an instant as ISO 8601 in UTC: 2027-11-28T04:00:00Z. */
char *
pca_time_format(int64 unix_seconds)
{
	struct pg_tm tm;

	split_time(unix_seconds, &tm);
	return psprintf("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
