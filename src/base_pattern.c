/*-------------------------------------------------------------------------
 *
 * base_pattern.c
 *	  The patterns of the API's model, a function for each.
 *
 * The patterns are few and fixed, and the text may be long and hostile, so each
 * is a loop over character classes, which cannot backtrack.  The comment above a
 * function is its pattern.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_shape.h"
#include "base_unicode.h"
#include "mb/pg_wchar.h"

static bool
is_all_of(const char *text, const char *set)
{
	return text[strspn(text, set)] == '\0';
}

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* ([0-2])\.([0-9]|([0-3][0-9]))((\.([0-9]+)){0,126}) */
bool
pca_pattern_is_oid(const char *text)
{
	size_t		arc;

	if (text[0] < '0' || text[0] > '2' || text[1] != '.')
		return false;
	text += 2;
	arc = strspn(text, DIGITS);
	if (arc == 0 || arc > 2 || (arc == 2 && text[0] > '3'))
		return false;
	for (text += arc; *text == '.'; text += arc)
	{
		text++;
		arc = strspn(text, DIGITS);
		if (arc == 0)
			return false;
	}
	return *text == '\0';
}

/* (?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)? */
bool
pca_pattern_is_base64(const char *text)
{
	size_t		length = strlen(text);
	size_t		plain = strspn(text, LETTERS DIGITS "+/");

	return length % 4 == 0 && length - plain <= 2 && is_all_of(text + plain, "=");
}

/* [-a-zA-Z0-9;/?:@&=+$,%_.!~*()']* */
bool
pca_pattern_is_cname(const char *text)
{
	return is_all_of(text, LETTERS DIGITS "-;/?:@&=+$,%_.!~*()'");
}

/* (/|[-a-zA-Z0-9;?:@&=+$,%_.!~*()']+(/[-a-zA-Z0-9;?:@&=+$,%_.!~*()']+)*) */
bool
pca_pattern_is_crl_path(const char *text)
{
	if (strcmp(text, "/") == 0)
		return true;
	return pca_pattern_is_cname(text) && text[0] != '\0' && text[0] != '/' &&
		text[strlen(text) - 1] != '/' && strstr(text, "//") == NULL;
}

/* [-a-zA-Z0-9._/]+ */
bool
pca_pattern_is_bucket_name(const char *text)
{
	return is_all_of(text, LETTERS DIGITS "-._/");
}

/* [A-Za-z]{2} */
bool
pca_pattern_is_country_code(const char *text)
{
	return is_all_of(text, LETTERS);
}

/* [a-zA-Z0-9'()+-.?:/= ]*, where +-. is the range of plus, comma, minus, dot */
bool
pca_pattern_is_printable(const char *text)
{
	return is_all_of(text, LETTERS DIGITS "'()+,-.?:/= ");
}

/* [\u0009\u000A\u000D\u0020-\u00FF]* */
bool
pca_pattern_is_latin1(const char *text)
{
	for (const unsigned char *at = (const unsigned char *) text; *at != '\0'; at += pg_utf_mblen(at))
	{
		pg_wchar	character = utf8_to_unicode(at);

		if ((character < 0x20 && character != 0x09 && character != 0x0a && character != 0x0d) ||
			character > 0xff)
			return false;
	}
	return true;
}

/* ([\p{L}\p{Z}\p{N}_.:/=+\-@]*) */
bool
pca_pattern_is_tag(const char *text)
{
	for (const unsigned char *at = (const unsigned char *) text; *at != '\0'; at += pg_utf_mblen(at))
	{
		if (*at < 0x80 ? strchr(LETTERS DIGITS " _.:/=+-@", *at) == NULL
			: !pca_unicode_is_letter_space_or_number(utf8_to_unicode(at)))
			return false;
	}
	return true;
}

/* [^*]+ */
bool
pca_pattern_is_principal(const char *text)
{
	return text[0] != '\0' && strchr(text, '*') == NULL;
}

/* [0-9]+ */
bool
pca_pattern_is_account_id(const char *text)
{
	return is_all_of(text, DIGITS);
}

/* [a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12} */
bool
pca_pattern_is_audit_report_id(const char *text)
{
	for (int i = 0; text[i] != '\0'; i++)
	{
		bool		is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_hyphen ? text[i] != '-' : strchr("abcdefghijklmnopqrstuvwxyz" DIGITS, text[i]) == NULL)
			return false;
	}
	return strlen(text) == 36;
}

/*
 * Tells whether a name follows S3's rules, to which the API's model refers: 3 to
 * 63 lower-case letters, digits, dots and hyphens, and not an IPv4 address.
 */
bool
pca_pattern_is_s3_bucket_name(const char *text)
{
	static const char letters_and_digits[] = "abcdefghijklmnopqrstuvwxyz" DIGITS;
	size_t		length = strlen(text);

	return length >= 3 && length <= 63 && is_all_of(text, "abcdefghijklmnopqrstuvwxyz" DIGITS ".-") &&
		strchr(letters_and_digits, text[0]) != NULL && strchr(letters_and_digits, text[length - 1]) != NULL &&
		strstr(text, "..") == NULL && !is_all_of(text, DIGITS ".");
}
