/*-------------------------------------------------------------------------
 *
 * text.c
 *	  Octets with their length, and a buffer that grows.
 *
 * Nothing here depends on the locale, reads beyond a length or does I/O.
 *
 *-------------------------------------------------------------------------
 */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for more octets and a NUL. */
static bool
reserve_room(GwBuffer *buffer, size_t more)
{
	size_t		capacity = buffer->capacity > 0 ? buffer->capacity : 256;
	char	   *data;

	if (buffer->is_broken || more >= GW_BUFFER_MAX || buffer->length + more >= GW_BUFFER_MAX)
		return false;
	while (capacity <= buffer->length + more)
		capacity *= 2;
	if (capacity == buffer->capacity)
		return true;
	data = realloc(buffer->data, capacity);
	if (data == NULL)
		return false;
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

/* Appends octets.  A NUL follows them, which does not count. */
void
pca_gw_buffer_append(GwBuffer *buffer, const char *data, size_t length)
{
	if (!reserve_room(buffer, length))
	{
		buffer->is_broken = true;
		return;
	}
	if (length > 0)
		memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

void
pca_gw_buffer_add(GwBuffer *buffer, const char *text)
{
	pca_gw_buffer_append(buffer, text, strlen(text));
}

/* Appends what a format makes of its arguments, of which there is never much. */
void
pca_gw_buffer_format(GwBuffer *buffer, const char *format, ...)
{
	char		text[1024];
	va_list		arguments;
	int			length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t) length >= sizeof(text))
		buffer->is_broken = true;
	else
		pca_gw_buffer_append(buffer, text, (size_t) length);
}

/* Tells whether an octet goes on a UTF-8 sequence. */
static bool
is_continuation(char octet)
{
	return ((unsigned char) octet & 0xC0) == 0x80;
}

/* Returns the length that the first octet of a UTF-8 sequence gives it, or 0. */
static size_t
claimed_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xC2 && first <= 0xDF)
		return 2;
	if ((first & 0xF0) == 0xE0)
		return 3;
	return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

/* Returns the length of the UTF-8 sequence at the beginning of a text, or 0 if there is none (RFC 3629). */
size_t
pca_gw_utf8_length(GwBytes text)
{
	const unsigned char *octets = (const unsigned char *) text.data;
	size_t		length = text.length > 0 ? claimed_length(octets[0]) : 0;

	if (length == 0 || length > text.length)
		return 0;
	for (size_t i = 1; i < length; i++)
		if (!is_continuation(text.data[i]))
			return 0;
	/* No longer form than needed, no surrogate, nothing above U+10FFFF */
	if ((octets[0] == 0xE0 && octets[1] < 0xA0) || (octets[0] == 0xED && octets[1] > 0x9F) ||
		(octets[0] == 0xF0 && octets[1] < 0x90) || (octets[0] == 0xF4 && octets[1] > 0x8F))
		return 0;
	return length;
}

bool
pca_gw_bytes_are_utf8(GwBytes text)
{
	size_t		length;

	for (; text.length > 0; text = pca_gw_bytes_from(text, length))
	{
		length = pca_gw_utf8_length(text);
		if (length == 0)
			return false;
	}
	return true;
}

/* Appends a text as a JSON string with its quotes (RFC 8259).  What is not UTF-8 becomes U+FFFD. */
void
pca_gw_buffer_json(GwBuffer *buffer, GwBytes text)
{
	pca_gw_buffer_append(buffer, "\"", 1);
	while (text.length > 0)
	{
		size_t		length = pca_gw_utf8_length(text);
		unsigned char first = (unsigned char) text.data[0];

		if (length == 0)
			pca_gw_buffer_add(buffer, "\\ufffd");
		else if (first == '"' || first == '\\')
			pca_gw_buffer_format(buffer, "\\%c", first);
		else if (first < 0x20 || first == 0x7F)
			pca_gw_buffer_format(buffer, "\\u%04x", first);
		else
			pca_gw_buffer_append(buffer, text.data, length);
		text = pca_gw_bytes_from(text, length > 0 ? length : 1);
	}
	pca_gw_buffer_append(buffer, "\"", 1);
}

/* Appends a text as character data of XML.  What XML has no place for becomes U+FFFD. */
void
pca_gw_buffer_xml(GwBuffer *buffer, GwBytes text)
{
	while (text.length > 0)
	{
		size_t		length = pca_gw_utf8_length(text);
		unsigned char first = (unsigned char) text.data[0];

		if (length == 0 || (first < 0x20 && first != '\t' && first != '\n'))
			pca_gw_buffer_add(buffer, "&#xFFFD;");
		else if (strchr("<>&\"'", first) != NULL)
			pca_gw_buffer_format(buffer, "&#%d;", first);
		else
			pca_gw_buffer_append(buffer, text.data, length);
		text = pca_gw_bytes_from(text, length > 0 ? length : 1);
	}
}

void
pca_gw_buffer_free(GwBuffer *buffer)
{
	free(buffer->data);
	*buffer = (GwBuffer) {0};
}

/* Returns the octets of a C string; those of NULL are none. */
GwBytes
pca_gw_bytes(const char *text)
{
	return (GwBytes) {text, text != NULL ? strlen(text) : 0};
}

/* Returns the beginning of a text, at most so many octets. */
GwBytes
pca_gw_bytes_clip(GwBytes text, size_t length)
{
	return (GwBytes) {text.data, text.length < length ? text.length : length};
}

/* Returns what follows so many octets. */
GwBytes
pca_gw_bytes_from(GwBytes text, size_t offset)
{
	return (GwBytes) {text.data + offset, text.length - offset};
}

bool
pca_gw_bytes_equal(GwBytes one, GwBytes other)
{
	return one.length == other.length && (one.length == 0 || memcmp(one.data, other.data, one.length) == 0);
}

/* Tells whether two texts are equal but for the case of ASCII letters. */
bool
pca_gw_bytes_match(GwBytes one, GwBytes other)
{
	if (one.length != other.length)
		return false;
	for (size_t i = 0; i < one.length; i++)
		if (pca_gw_lower(one.data[i]) != pca_gw_lower(other.data[i]))
			return false;
	return true;
}

/* Tells whether a text begins with a prefix, but for the case of ASCII letters. */
bool
pca_gw_bytes_begin(GwBytes text, GwBytes prefix)
{
	return text.length >= prefix.length && pca_gw_bytes_match(pca_gw_bytes_clip(text, prefix.length), prefix);
}

static bool
is_blank(char character)
{
	return character == ' ' || character == '\t';
}

/* Returns a text without the spaces and tabs around it. */
GwBytes
pca_gw_bytes_trim(GwBytes text)
{
	while (text.length > 0 && is_blank(text.data[0]))
		text = pca_gw_bytes_from(text, 1);
	while (text.length > 0 && is_blank(text.data[text.length - 1]))
		text.length--;
	return text;
}

/*
 * Takes the part before the next separator from the rest of a list.  Returns
 * false when nothing is left.
 */
bool
pca_gw_bytes_split(GwBytes *rest, char separator, GwBytes *part)
{
	const char *end;

	if (rest->data == NULL)
		return false;
	end = rest->length > 0 ? memchr(rest->data, separator, rest->length) : NULL;
	*part = end != NULL ? pca_gw_bytes_clip(*rest, (size_t) (end - rest->data)) : *rest;
	*rest = end != NULL ? pca_gw_bytes_from(*rest, part->length + 1) : (GwBytes) {0};
	return true;
}

/* Reads a number: digits alone, at least one, and no number above INT64_MAX. */
bool
pca_gw_bytes_number(GwBytes digits, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < digits.length; i++)
	{
		if (!pca_gw_is_digit(digits.data[i]) || *number > (INT64_MAX - 9) / 10)
			return false;
		*number = *number * 10 + (uint64_t) (digits.data[i] - '0');
	}
	return digits.length > 0;
}

/* Returns a hash of some octets: FNV-1a. */
uint64_t
pca_gw_bytes_hash(GwBytes octets)
{
	uint64_t	hash = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < octets.length; i++)
		hash = (hash ^ (unsigned char) octets.data[i]) * UINT64_C(0x100000001B3);
	return hash;
}

/* Tells whether a text is of visible ASCII and spaces alone. */
bool
pca_gw_bytes_are_visible(GwBytes text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7E)
			return false;
	return true;
}

/* Returns the value of a hexadecimal digit, or -1. */
int
pca_gw_hex_digit(char character)
{
	char		lower = pca_gw_lower(character);

	if (pca_gw_is_digit(character))
		return character - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
