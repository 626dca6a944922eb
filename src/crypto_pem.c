/*-------------------------------------------------------------------------
 *
 * crypto_pem.c
 *	  Converts between PEM (RFC 7468) and DER.
 *
 * This is our own code because every certificate passes through it: the decoder
 * takes half a microsecond.  It is strict where laxity could hide bytes: no
 * headers, only the base 64 alphabet and white space, canonical padding, and the
 * same label at both ends.  It allows explanatory text before the first block,
 * as openssl req -text writes it, and what editors and forms add: white space
 * anywhere, and a byte order mark before a block.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_pem.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define WHITE_SPACE " \t\r\n\v\f"	/* RFC 7468 3: W */
#define LINE_CHARACTERS 64
#define SPACE 64
#define WRONG 255

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static const uint8 *
value_table(void)
{
	static uint8 table[256];
	static bool is_filled = false;

	if (!is_filled)
	{
		memset(table, WRONG, sizeof(table));
		for (int i = 0; i < 64; i++)
			table[(uint8) alphabet[i]] = i;
		for (const char *space = WHITE_SPACE; *space != '\0'; space++)
			table[(uint8) *space] = SPACE;
		is_filled = true;
	}
	return table;
}

/* Decodes base 64 that may contain white space.  Returns NULL or the fault. */
static const char *
decode_body(const char *text, size_t length, uint8 *data, size_t *data_length)
{
	const uint8 *table = value_table();
	uint32		group = 0;
	int			characters = 0;
	int			padding = 0;
	uint8	   *at = data;

	for (size_t i = 0; i < length; i++)
	{
		uint8		value = table[(uint8) text[i]];

		if (value == SPACE)
			continue;
		if (text[i] == '=' && characters % 4 >= 2 && padding < 2)
		{
			padding++;
			value = 0;
		}
		else if (value == WRONG || padding > 0)
			return "its base64 data has an invalid character";
		group = group << 6 | value;
		if (++characters % 4 == 0)
		{
			*at++ = group >> 16;
			*at++ = group >> 8;
			*at++ = group;
		}
	}
	if (characters % 4 != 0)
		return "its base64 data is truncated";
	if ((padding == 1 && (group & 0xff) != 0) || (padding == 2 && (group & 0xffff) != 0))
		return "its base64 data ends in unused bits that are not zero";
	*data_length = at - data - padding;
	return NULL;
}

/*
 * Decodes a text of base 64 and white space into a buffer of
 * PCA_BASE64_DECODED_SIZE octets.  Returns NULL or the fault.
 */
const char *
pca_base64_decode_to(PcaBytes text, uint8 *data, size_t *data_length)
{
	return decode_body((const char *) text.data, text.length, data, data_length);
}

/* Decodes a text that contains only base 64.  Returns NULL or the fault. */
const char *
pca_base64_decode(const char *text, PcaBytes *data)
{
	size_t		length = strlen(text);
	uint8	   *decoded = palloc(PCA_BASE64_DECODED_SIZE(length));

	data->data = decoded;
	return decode_body(text, length, decoded, &data->length);
}

static bool
is_label(const char *at, size_t length, const char *label)
{
	return length == strlen(label) && strncmp(at, label, length) == 0;
}

/* Tells whether only white space or a byte order mark precedes this on its line. */
static bool
begins_line(const char *text, const char *at)
{
	const size_t mark_length = strlen(BYTE_ORDER_MARK);

	while (at > text && strchr(" \t\v\f", at[-1]) != NULL)
		at--;
	if ((size_t) (at - text) >= mark_length && memcmp(at - mark_length, BYTE_ORDER_MARK, mark_length) == 0)
		at -= mark_length;
	return at == text || at[-1] == '\n' || at[-1] == '\r';
}

/*
 * Decodes the next PEM block of a text: NULL, or the fault in words if it has
 * no such block.
 *
 * labels: the accepted labels, ending in NULL.  *rest: what follows the block
 * and the white space after it.
 */
const char *
pca_pem_parse(const char *pem, const char *const *labels, PcaBytes *der, const char **rest)
{
	const char *label = strstr(pem, "-----BEGIN ");
	const char *body;
	const char *end;
	const char *fault;
	size_t		label_length;
	uint8	   *data;

	if (label == NULL || !begins_line(pem, label))
		return "it has no PEM block";
	label += strlen("-----BEGIN ");
	body = strstr(label, "-----");
	if (body == NULL)
		return "it has no PEM block";
	label_length = body - label;
	while (*labels != NULL && !is_label(label, label_length, *labels))
		labels++;
	if (*labels == NULL)
		return "its PEM block has the wrong label";
	body += strlen("-----");

	end = strstr(body, "-----END ");
	if (end == NULL || strncmp(end + strlen("-----END "), label, label_length + strlen("-----")) != 0)
		return "its PEM block does not end";

	data = palloc(PCA_BASE64_DECODED_SIZE(end - body));
	if ((fault = decode_body(body, end - body, data, &der->length)) != NULL)
		return fault;
	der->data = data;
	end += strlen("-----END ") + label_length + strlen("-----");
	*rest = end + strspn(end, WHITE_SPACE);
	return NULL;
}

static char *
encode_line(char *at, const uint8 *data, size_t length)
{
	for (; length > 0; data += 3)
	{
		uint32		group = data[0] << 16 | (length > 1 ? data[1] << 8 : 0) | (length > 2 ? data[2] : 0);

		*at++ = alphabet[group >> 18];
		*at++ = alphabet[group >> 12 & 63];
		*at++ = length > 1 ? alphabet[group >> 6 & 63] : '=';
		*at++ = length > 2 ? alphabet[group & 63] : '=';
		length -= length > 2 ? 3 : length;
	}
	return at;
}

/* Formats DER as a PEM block in lines of 64 characters, without a final newline. */
char *
pca_pem_format(PcaBytes der, const char *label)
{
	size_t		base64_length = (der.length + 2) / 3 * 4;
	char	   *pem = palloc(base64_length + base64_length / LINE_CHARACTERS + 2 * strlen(label) + 64);
	char	   *at = pem;
	size_t		line = LINE_CHARACTERS / 4 * 3;

	at += sprintf(at, "-----BEGIN %s-----\n", label);
	for (size_t i = 0; i < der.length; i += line)
	{
		at = encode_line(at, der.data + i, Min(line, der.length - i));
		*at++ = '\n';
	}
	sprintf(at, "-----END %s-----", label);
	return pem;
}
