/*-------------------------------------------------------------------------
 *
 * http.c
 *	  Values of HTTP headers: dates, entity tags and ranges.
 *
 * Everything here is pure.  The process never sets a locale, so that names of
 * days and months are English.
 *
 *-------------------------------------------------------------------------
 */
#include "http.h"

#include <string.h>
#include <time.h>

/* Formats a time as IMF-fixdate (RFC 9110 5.6.7). */
void
pca_gw_date_format(int64_t seconds, char text[GW_DATE_SIZE])
{
	time_t		time = (time_t) seconds;
	struct tm	parts;

	if (gmtime_r(&time, &parts) == NULL || parts.tm_year > 9999 - 1900 ||
		strftime(text, GW_DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &parts) == 0)
		text[0] = '\0';
}

/* Reads a date in one of the three forms of RFC 9110 5.6.7. */
bool
pca_gw_date_parse(GwBytes text, int64_t *seconds)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"
	};
	char		copy[GW_DATE_SIZE * 2];

	text = pca_gw_bytes_trim(text);
	if (text.length == 0 || text.length >= sizeof(copy))
		return false;
	memcpy(copy, text.data, text.length);
	copy[text.length] = '\0';
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
	{
		struct tm	parts = {0};
		const char *end = strptime(copy, forms[i], &parts);

		if (end != NULL && *end == '\0' && strlen(copy) == text.length)
		{
			*seconds = (int64_t) timegm(&parts);
			return true;
		}
	}
	return false;
}

/*
 * Tells whether a list of If-None-Match has an entity tag, or is "*".  The
 * comparison is the weak one (RFC 9110 13.1.2).
 *
 * etag: without its quotes.
 */
bool
pca_gw_etag_matches(GwBytes list, GwBytes etag)
{
	GwBytes		entry;

	while (pca_gw_bytes_split(&list, ',', &entry))
	{
		entry = pca_gw_bytes_trim(entry);
		if (pca_gw_bytes_equal(entry, GW_LITERAL("*")))
			return true;
		if (pca_gw_bytes_begin(entry, GW_LITERAL("W/")))
			entry = pca_gw_bytes_from(entry, 2);
		if (entry.length >= 2 && entry.data[0] == '"' && entry.data[entry.length - 1] == '"' &&
			pca_gw_bytes_equal((GwBytes) {entry.data + 1, entry.length - 2}, etag))
			return true;
	}
	return false;
}

/* Reads the last octets of some content, "-LENGTH". */
static GwRange
parse_suffix(GwBytes digits, uint64_t size)
{
	uint64_t	length;

	if (!pca_gw_bytes_number(digits, &length))
		return (GwRange) {.kind = GW_RANGE_NONE};
	if (length == 0 || size == 0)
		return (GwRange) {.kind = GW_RANGE_UNSATISFIABLE};
	length = length < size ? length : size;
	return (GwRange) {.kind = GW_RANGE_PART, .first = size - length, .length = length};
}

/*
 * Reads the header Range for content of this size.  What is not one range of
 * octets is ignored, as RFC 9110 14.2 allows.
 */
GwRange
pca_gw_range_parse(GwBytes text, uint64_t size)
{
	GwBytes		rest = pca_gw_bytes_trim(text);
	GwBytes		digits;
	uint64_t	first;
	uint64_t	last = INT64_MAX;

	if (!pca_gw_bytes_begin(rest, GW_LITERAL("bytes=")))
		return (GwRange) {.kind = GW_RANGE_NONE};
	rest = pca_gw_bytes_trim(pca_gw_bytes_from(rest, 6));
	pca_gw_bytes_split(&rest, '-', &digits);
	if (rest.data == NULL)
		return (GwRange) {.kind = GW_RANGE_NONE};
	if (digits.length == 0)
		return parse_suffix(rest, size);
	if (!pca_gw_bytes_number(digits, &first) || (rest.length > 0 && !pca_gw_bytes_number(rest, &last)) || last < first)
		return (GwRange) {.kind = GW_RANGE_NONE};
	if (first >= size)
		return (GwRange) {.kind = GW_RANGE_UNSATISFIABLE};
	last = last < size - 1 ? last : size - 1;
	return (GwRange) {.kind = GW_RANGE_PART, .first = first, .length = last - first + 1};
}
