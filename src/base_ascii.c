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

/* Says whether a text has characters and all of them are visible: ASCII, neither space nor control. */
bool
pca_is_visible_ascii(PcaBytes text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] <= 0x20 || text.data[i] >= 0x7f)
			return false;
	return text.length > 0;
}

/*
 * Reads octets from hexadecimal digits; false when a character is not a digit
 * of the alphabet.
 *
 * digits: at least 2 * count characters, which no NUL need follow.
 * alphabet: PCA_HEX_LOWER or PCA_HEX_ANY.
 */
bool
pca_hex_parse(const char *digits, const char *alphabet, uint8 *octets, size_t count)
{
	for (size_t i = 0; i < 2 * count; i++)
		if (digits[i] == '\0' || strchr(alphabet, digits[i]) == NULL)
			return false;
	hex_decode(digits, 2 * count, (char *) octets);
	return true;
}

/* Appends two hexadecimal digits, in lower case, for each octet. */
void
pca_hex_append(StringInfo text, PcaBytes octets)
{
	enlargeStringInfo(text, 2 * octets.length);
	text->len += hex_encode((const char *) octets.data, octets.length, text->data + text->len);
	text->data[text->len] = '\0';
}
