/*-------------------------------------------------------------------------
 *
 * base_oid.c
 *	  Converts object identifiers between their dotted form and their DER
 *	  content, and formats serial numbers in decimal.
 *
 * Arcs have no upper limit (2.25.<UUID as a decimal number> has 39 digits), so
 * both directions calculate on digits, not on machine integers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_der.h"
#include "lib/stringinfo.h"

#define MAX_DIGITS 320			/* decimal digits of 128 octets */

/* Divides a decimal number by 128 in place.  Returns the remainder. */
static int
divide_by_128(char *digits, int count)
{
	int			rest = 0;

	for (int i = 0; i < count; i++)
	{
		rest = rest * 10 + digits[i];
		digits[i] = rest / 128;
		rest %= 128;
	}
	return rest;
}

/* Tells whether all digits are zero. */
static bool
is_zero(const char *digits, int count)
{
	for (int i = 0; i < count; i++)
		if (digits[i] != 0)
			return false;
	return true;
}

/* Appends one arc in base 128, the high group first.  Returns false if there is no room. */
static bool
put_arc(char *digits, int count, uint8 *content, size_t *length)
{
	uint8		groups[PCA_OID_MAX_LENGTH];
	int			n = 0;

	do
	{
		if (n == PCA_OID_MAX_LENGTH)
			return false;
		groups[n++] = divide_by_128(digits, count);
	} while (!is_zero(digits, count));

	if (*length + n > PCA_OID_MAX_LENGTH)
		return false;
	while (n-- > 0)
		content[(*length)++] = groups[n] | (n > 0 ? 0x80 : 0);
	return true;
}

/* Adds 40 or 80 for the first arc (X.690 8.19.4) to a number that has a digit to spare. */
static void
add_tens(char *digits, int count, int tens)
{
	for (int i = count - 2; tens > 0 && i >= 0; i--)
	{
		tens += digits[i];
		digits[i] = tens % 10;
		tens /= 10;
	}
}

/*
 * Encodes a dotted object identifier as DER content.
 *
 * content: a buffer of PCA_OID_MAX_LENGTH octets.  Returns false if the text is
 * not an object identifier or does not fit.
 */
bool
pca_oid_parse(const char *dotted, uint8 *content, size_t *length)
{
	char		digits[MAX_DIGITS];
	int			first = dotted[0] - '0';
	bool		is_second = true;

	*length = 0;
	if (first < 0 || first > 2 || dotted[1] != '.')
		return false;
	dotted += 2;
	for (;;)
	{
		int			count = 2;

		digits[0] = digits[1] = 0;
		while (*dotted >= '0' && *dotted <= '9' && count < MAX_DIGITS)
			digits[count++] = *dotted++ - '0';
		if (count == 2 || (*dotted != '.' && *dotted != '\0'))
			return false;
		if (is_second && first < 2 && (count > 4 || digits[2] * (count == 4 ? 10 : 1) + (count == 4 ? digits[3] : 0) > 39))
			return false;
		if (is_second)
			add_tens(digits, count, first * 4);
		is_second = false;
		if (!put_arc(digits, count, content, length))
			return false;
		if (*dotted++ == '\0')
			return true;
	}
}

/* Multiplies a little-endian decimal number and adds to it.  Returns the new number of digits. */
static int
multiply_decimal(char *digits, int count, int factor, int add)
{
	for (int i = 0; i < count; i++)
	{
		add += digits[i] * factor;
		digits[i] = add % 10;
		add /= 10;
	}
	for (; add > 0; add /= 10)
		digits[count++] = add % 10;
	return count;
}

/* Appends an arc in decimal, after a dot unless it is the first. */
static void
append_arc(StringInfo text, const char *digits, int count)
{
	if (text->len > 0)
		appendStringInfoChar(text, '.');
	if (count == 0)
		appendStringInfoChar(text, '0');
	while (count-- > 0)
		appendStringInfoChar(text, '0' + digits[count]);
}

/* Appends the first two arcs, which share a number (X.690 8.19.4). */
static void
append_first_arcs(StringInfo text, char *digits, int count)
{
	int			value = 0;

	if (count <= 2)
		value = (count > 1 ? digits[1] * 10 : 0) + (count > 0 ? digits[0] : 0);
	if (count <= 2 && value < 80)
	{
		appendStringInfo(text, "%d.%d", value / 40, value % 40);
		return;
	}
	appendStringInfoString(text, "2.");
	/* subtract 80: borrow from the digits above the tens */
	digits[1] -= 8;
	for (int i = 1; digits[i] < 0; i++)
	{
		digits[i] += 10;
		digits[i + 1]--;
	}
	while (count > 1 && digits[count - 1] == 0)
		count--;
	while (count-- > 0)
		appendStringInfoChar(text, '0' + digits[count]);
}

/* Formats an object identifier that passed pca_der_scan() in its dotted form. */
char *
pca_oid_format(PcaBytes content)
{
	StringInfoData text;
	char		digits[MAX_DIGITS];
	int			count = 0;

	initStringInfo(&text);
	for (size_t i = 0; i < content.length && i < PCA_OID_MAX_LENGTH; i++)
	{
		count = multiply_decimal(digits, count, 128, content.data[i] & 0x7f);
		if ((content.data[i] & 0x80) != 0)
			continue;
		if (text.len == 0)
			append_first_arcs(&text, digits, count);
		else
			append_arc(&text, digits, count);
		count = 0;
	}
	return text.data;
}

/* Formats the content of a non-negative INTEGER as a decimal number, in which certificate serials are shown. */
char *
pca_decimal_format(PcaBytes big_endian)
{
	StringInfoData text;
	char		digits[MAX_DIGITS];
	int			count = 0;

	initStringInfo(&text);
	for (size_t i = 0; i < big_endian.length && i < PCA_OID_MAX_LENGTH; i++)
		count = multiply_decimal(digits, count, 256, big_endian.data[i]);
	append_arc(&text, digits, count);
	return text.data;
}
