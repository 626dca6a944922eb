/*-------------------------------------------------------------------------
 *
 * base_ascii.c
 *	  Texts of ASCII characters, and hexadecimal digits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_ascii.h"
#include "utils/builtins.h"

/* Tells whether a text is not empty and consists of visible ASCII, which is neither space nor control. */
bool
pca_is_visible_ascii(PcaBytes text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] <= 0x20 || text.data[i] >= 0x7f)
			return false;
	return text.length > 0;
}

/* Returns the number that a hexadecimal digit denotes, or -1. */
static int
hex_value(char digit, PcaHexCase letters)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return letters == PCA_HEX_ANY && digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/*
 * Reads octets from hexadecimal digits.  Returns false if a character is not
 * one.
 *
 * digits: at least 2 * count characters; a terminating NUL is not needed.
 */
bool
pca_hex_parse(const char *digits, PcaHexCase letters, uint8 *octets, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		int			high = hex_value(digits[2 * i], letters);
		int			low = high < 0 ? -1 : hex_value(digits[2 * i + 1], letters);

		if (low < 0)
			return false;
		octets[i] = high << 4 | low;
	}
	return true;
}

/* Appends octets as hexadecimal digits in lower case, two for each. */
void
pca_hex_append(StringInfo text, PcaBytes octets)
{
	enlargeStringInfo(text, 2 * octets.length);
	text->len += hex_encode((const char *) octets.data, octets.length, text->data + text->len);
	text->data[text->len] = '\0';
}
