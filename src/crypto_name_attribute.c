/*-------------------------------------------------------------------------
 *
 * crypto_name_attribute.c
 *	  Attributes of X.501 names: a row per attribute type, and the strings that
 *	  are their values.
 *
 * A row has the names of a type in the RFCs and in OpenSSL, its string type and
 * its greatest length (RFC 5280 appendix A.1, X.520).  Characters that could end a
 * line or a string early are refused everywhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_name_attribute.h"
#include "mb/pg_wchar.h"

static const PcaAttributeType types[] = {
	{PCA_BYTES_INIT("\x55\x04\x06"), "countryName", "C", PCA_DER_PRINTABLE_STRING, true, true, 2},
	{PCA_BYTES_INIT("\x55\x04\x0a"), "organizationName", "O", PCA_DER_UTF8_STRING, true, false, 64},
	{PCA_BYTES_INIT("\x55\x04\x0b"), "organizationalUnitName", "OU", PCA_DER_UTF8_STRING, true, false, 64},
	{PCA_BYTES_INIT("\x55\x04\x2e"), "dnQualifier", "dnQualifier", PCA_DER_PRINTABLE_STRING, false, false, 0},
	{PCA_BYTES_INIT("\x55\x04\x08"), "stateOrProvinceName", "ST", PCA_DER_UTF8_STRING, true, false, 128},
	{PCA_BYTES_INIT("\x55\x04\x03"), "commonName", "CN", PCA_DER_UTF8_STRING, true, false, 64},
	{PCA_BYTES_INIT("\x55\x04\x05"), "serialNumber", "serialNumber", PCA_DER_PRINTABLE_STRING, false, true, 64},
	{PCA_BYTES_INIT("\x55\x04\x07"), "localityName", "L", PCA_DER_UTF8_STRING, true, false, 128},
	{PCA_BYTES_INIT("\x55\x04\x0c"), "title", "title", PCA_DER_UTF8_STRING, false, false, 64},
	{PCA_BYTES_INIT("\x55\x04\x04"), "surname", "SN", PCA_DER_UTF8_STRING, false, false, 32768},
	{PCA_BYTES_INIT("\x55\x04\x2a"), "givenName", "GN", PCA_DER_UTF8_STRING, false, false, 32768},
	{PCA_BYTES_INIT("\x55\x04\x2b"), "initials", "initials", PCA_DER_UTF8_STRING, false, false, 32768},
	{PCA_BYTES_INIT("\x55\x04\x41"), "pseudonym", "pseudonym", PCA_DER_UTF8_STRING, false, false, 128},
	{PCA_BYTES_INIT("\x55\x04\x2c"), "generationQualifier", "generationQualifier", PCA_DER_UTF8_STRING, false, false, 32768},
	{PCA_BYTES_INIT("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"), "domainComponent", "DC", PCA_DER_IA5_STRING, true, false, 0},
	{PCA_BYTES_INIT("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01"), "userId", "UID", PCA_DER_UTF8_STRING, true, false, 0},
	{PCA_BYTES_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"), "emailAddress", "emailAddress", PCA_DER_IA5_STRING, false, false, 255},
	{PCA_BYTES_INIT("\x55\x04\x09"), "streetAddress", "STREET", PCA_DER_UTF8_STRING, true, false, 128},
	/* X.411, upper bound ub-postal-code-length */
	{PCA_BYTES_INIT("\x55\x04\x11"), "postalCode", NULL, PCA_DER_UTF8_STRING, false, false, 16},
	{PCA_BYTES_INIT("\x55\x04\x0d"), "description", NULL, PCA_DER_UTF8_STRING, false, false, 0},
	{PCA_BYTES_INIT("\x55\x04\x10"), "postalAddress", NULL, PCA_DER_UTF8_STRING, false, false, 0},
	{PCA_BYTES_INIT("\x55\x04\x14"), "telephoneNumber", NULL, PCA_DER_UTF8_STRING, false, false, 0},
	{PCA_BYTES_INIT("\x55\x04\x29"), "name", NULL, PCA_DER_UTF8_STRING, false, false, 32768},
	{PCA_BYTES_INIT("\x55\x04\x2d"), "x500UniqueIdentifier", NULL, PCA_DER_UTF8_STRING, false, false, 0},
	{PCA_BYTES_INIT("\x55\x04\x61"), "organizationIdentifier", NULL, PCA_DER_UTF8_STRING, false, false, 0},
	/* RFC 2985 5.4 */
	{PCA_BYTES_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02"), "unstructuredName", NULL, PCA_DER_UTF8_STRING, false, false, 0},
	{PCA_BYTES_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x08"), "unstructuredAddress", NULL, PCA_DER_UTF8_STRING, false, false, 0},
	/* RFC 3739 3.2.2 */
	{PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x09\x01"), "dateOfBirth", NULL, PCA_DER_UTF8_STRING, false, false, 0},
};

/* X.680 41.4 */
const PcaCharacterSet pca_printable_characters = {{UINT64CONST(0xa7fffb8100000000), UINT64CONST(0x07fffffe07fffffe)}};
/* X.680 41.2 */
const PcaCharacterSet pca_numeric_characters = {{UINT64CONST(0x03ff000100000000), 0}};
const PcaCharacterSet pca_ascii_characters = {{~UINT64CONST(0), ~UINT64CONST(0)}};
const PcaCharacterSet pca_letters = {{0, UINT64CONST(0x07fffffe07fffffe)}};

/* Finds an attribute type by the content of its OID.  Returns NULL if it is unknown. */
const PcaAttributeType *
pca_attribute_type_find(PcaBytes oid)
{
	for (size_t i = 0; i < lengthof(types); i++)
		if (pca_bytes_equal(types[i].oid, oid))
			return &types[i];
	return NULL;
}

/* Returns the name of an attribute type in the RFCs, or its object identifier if it is unknown. */
const char *
pca_attribute_name(PcaBytes oid)
{
	const PcaAttributeType *type = pca_attribute_type_find(oid);

	return type != NULL ? type->name : pca_oid_format(oid);
}

/* Tells whether a character is a C0 or C1 control or DEL. */
static bool
is_control(pg_wchar character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

/* Returns a character of a string type whose characters have a fixed width, in octets. */
static inline pg_wchar
wide_character(const uint8 *at, int width)
{
	pg_wchar	character = 0;

	if (width == 1)
		return *at;
	for (int i = 0; i < width; i++)
		character = character << 8 | at[i];
	return character;
}

/* Returns the octets per character of a string type other than UTF8String. */
static int
width_of(uint8 tag)
{
	return tag == PCA_DER_UNIVERSAL_STRING ? 4 : tag == PCA_DER_BMP_STRING ? 2 : 1;
}

/* Returns the content of a whole Name. */
PcaBytes
pca_name_content(PcaBytes name)
{
	PcaDerReader reader = pca_der_reader(name);
	PcaDerElement element = {0};

	pca_der_take(&reader, PCA_DER_SEQUENCE, &element);
	return element.content;
}

/* Tells whether a tag is that of a type of characters, not of numbers or octets. */
bool
pca_is_string_type(uint8 tag)
{
	switch (tag)
	{
		case PCA_DER_UTF8_STRING:
		case PCA_DER_NUMERIC_STRING:
		case PCA_DER_PRINTABLE_STRING:
		case PCA_DER_T61_STRING:
		case PCA_DER_IA5_STRING:
		case PCA_DER_UNIVERSAL_STRING:
		case PCA_DER_BMP_STRING:
			return true;
		default:
			return false;
	}
}

/* Checks the characters of a UTF8String.  Returns NULL or the fault, as pca_string_fault() does. */
static const char *
utf8_fault(PcaBytes content)
{
	const uint8 *at = content.data;
	const uint8 *end = at + content.length;

	/* Most are ASCII. */
	while (at < end && *at >= 0x20 && *at < 0x7f)
		at++;
	if (at == end)
		return NULL;
	at = content.data;
	/* PostgreSQL's UTF-8 has no NUL. */
	if (memchr(at, '\0', content.length) != NULL)
		return "has a control character";
	if (pg_encoding_verifymbstr(PG_UTF8, (const char *) at, content.length) != (int) content.length)
		return "has octets that are not UTF-8";
	for (; at < end; at += pg_utf_mblen(at))
		if (is_control(utf8_to_unicode(at)))
			return "has a control character";
	return NULL;
}

/*
 * Checks the characters of a value of a string type.  Returns NULL or the fault,
 * as a predicate whose subject the caller adds: "has a control character".
 */
const char *
pca_string_fault(const PcaDerElement *value)
{
	int			width = width_of(value->tag);

	if (value->tag == PCA_DER_UTF8_STRING)
		return utf8_fault(value->content);
	if (value->content.length % width != 0)
		return "ends in an incomplete character";
	for (size_t i = 0; i < value->content.length; i += width)
	{
		pg_wchar	character = wide_character(value->content.data + i, width);

		if (is_control(character))
			return "has a control character";
		if (character > 0x7e && value->tag != PCA_DER_T61_STRING && width == 1)
			return "has a character that its string type does not allow";
		if (character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
			return "has an invalid character";
	}
	return NULL;
}

/* Returns the number of characters in a string without fault. */
size_t
pca_string_count(const PcaDerElement *value)
{
	size_t		count = 0;

	if (value->tag != PCA_DER_UTF8_STRING)
		return value->content.length / width_of(value->tag);
	for (size_t i = 0; i < value->content.length; i++)
		count += (value->content.data[i] & 0xc0) != 0x80;
	return count;
}

/* Tells whether all characters of a string without fault are in a set. */
bool
pca_string_has_only(const PcaDerElement *value, const PcaCharacterSet *set)
{
	int			width = width_of(value->tag);

	for (size_t i = 0; i < value->content.length; i += width)
	{
		pg_wchar	character = wide_character(value->content.data + i, width);

		if (character >= 0x80 || (set->bits[character / 64] >> character % 64 & 1) == 0)
			return false;
	}
	return true;
}

/* Converts a string without fault to UTF-8.  An octet above 127 of TeletexString is taken for Latin-1. */
PcaBytes
pca_string_to_utf8(const PcaDerElement *value)
{
	int			width = width_of(value->tag);
	unsigned char *result;
	unsigned char *at;

	if (value->tag == PCA_DER_UTF8_STRING)
		return value->content;
	result = palloc(value->content.length * 4 + 1);
	at = result;
	for (size_t i = 0; i < value->content.length; i += width)
	{
		unicode_to_utf8(wide_character(value->content.data + i, width), at);
		at += pg_utf_mblen(at);
	}
	return (PcaBytes) {result, at - result};
}
