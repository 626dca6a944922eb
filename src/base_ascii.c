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

/*
 * Reads octets from hexadecimal digits.  Returns false if a character is not in
 * the alphabet.
 *
 * digits: at least 2 * count characters; a terminating NUL is not needed.
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

/* Appends octets as hexadecimal digits in lower case, two for each. */
void
pca_hex_append(StringInfo text, PcaBytes octets)
{
	enlargeStringInfo(text, 2 * octets.length);
	text->len += hex_encode((const char *) octets.data, octets.length, text->data + text->len);
	text->data[text->len] = '\0';
}
