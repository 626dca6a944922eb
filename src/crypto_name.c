/*-------------------------------------------------------------------------
 *
 * crypto_name.c
 *	  X.501 names: from the API's ASN1Subject to DER, from DER to text.
 *
 * A row per attribute type says what the API calls it, which string type it
 * has (RFC 5280 appendix A) and what RFC 4514 and OpenSSL call it.  The order
 * of the rows is the model's order of members, which is the order of the RDNs.
 * Characters that could end a line or a string early are refused everywhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_name.h"
#include "mb/pg_wchar.h"

typedef struct AttributeType
{
	const char *member;			/* of ASN1Subject; NULL when it has none */
	PcaBytes	oid;
	const char *keyword;
	uint8		string_type;
	bool		is_in_rfc2253;	/* has this keyword in RFC 2253 2.3 */
} AttributeType;

static const AttributeType attribute_types[] = {
	{"Country", PCA_BYTES_INIT("\x55\x04\x06"), "C", PCA_DER_PRINTABLE_STRING, true},
	{"Organization", PCA_BYTES_INIT("\x55\x04\x0a"), "O", PCA_DER_UTF8_STRING, true},
	{"OrganizationalUnit", PCA_BYTES_INIT("\x55\x04\x0b"), "OU", PCA_DER_UTF8_STRING, true},
	{"DistinguishedNameQualifier", PCA_BYTES_INIT("\x55\x04\x2e"), "dnQualifier", PCA_DER_PRINTABLE_STRING, false},
	{"State", PCA_BYTES_INIT("\x55\x04\x08"), "ST", PCA_DER_UTF8_STRING, true},
	{"CommonName", PCA_BYTES_INIT("\x55\x04\x03"), "CN", PCA_DER_UTF8_STRING, true},
	{"SerialNumber", PCA_BYTES_INIT("\x55\x04\x05"), "serialNumber", PCA_DER_PRINTABLE_STRING, false},
	{"Locality", PCA_BYTES_INIT("\x55\x04\x07"), "L", PCA_DER_UTF8_STRING, true},
	{"Title", PCA_BYTES_INIT("\x55\x04\x0c"), "title", PCA_DER_UTF8_STRING, false},
	{"Surname", PCA_BYTES_INIT("\x55\x04\x04"), "SN", PCA_DER_UTF8_STRING, false},
	{"GivenName", PCA_BYTES_INIT("\x55\x04\x2a"), "GN", PCA_DER_UTF8_STRING, false},
	{"Initials", PCA_BYTES_INIT("\x55\x04\x2b"), "initials", PCA_DER_UTF8_STRING, false},
	{"Pseudonym", PCA_BYTES_INIT("\x55\x04\x41"), "pseudonym", PCA_DER_UTF8_STRING, false},
	{"GenerationQualifier", PCA_BYTES_INIT("\x55\x04\x2c"), "generationQualifier", PCA_DER_UTF8_STRING, false},
	{NULL, PCA_BYTES_INIT("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"), "DC", PCA_DER_IA5_STRING, true},
	{NULL, PCA_BYTES_INIT("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01"), "UID", PCA_DER_UTF8_STRING, true},
	{NULL, PCA_BYTES_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"), "emailAddress", PCA_DER_IA5_STRING, false},
	{NULL, PCA_BYTES_INIT("\x55\x04\x09"), "STREET", PCA_DER_UTF8_STRING, true},
};

static const AttributeType *
find_attribute_type(PcaBytes oid)
{
	for (size_t i = 0; i < lengthof(attribute_types); i++)
		if (pca_bytes_equal(attribute_types[i].oid, oid))
			return &attribute_types[i];
	return NULL;
}

/* C0 and C1 controls, and DEL */
static bool
is_control(pg_wchar character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

/* Next character of a string type with fixed-width characters. */
static pg_wchar
wide_character(const uint8 *at, int width)
{
	pg_wchar	character = 0;

	for (int i = 0; i < width; i++)
		character = character << 8 | at[i];
	return character;
}

static int
width_of(uint8 tag)
{
	return tag == PCA_DER_UNIVERSAL_STRING ? 4 : tag == PCA_DER_BMP_STRING ? 2 : 1;
}

/* Is this a type of characters, and not of numbers or octets? */
static bool
is_string_type(uint8 tag)
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

static const char *
utf8_fault(PcaBytes content)
{
	const uint8 *at = content.data;
	const uint8 *end = at + content.length;

	if (pg_encoding_verifymbstr(PG_UTF8, (const char *) at, content.length) != (int) content.length)
		return "a name has invalid UTF-8";
	for (; at < end; at += pg_utf_mblen(at))
		if (is_control(utf8_to_unicode(at)))
			return "a name has a control character";
	return NULL;
}

/* The fault of a string's characters, or NULL. */
static const char *
string_fault(const PcaDerElement *value)
{
	int			width = width_of(value->tag);

	if (value->tag == PCA_DER_UTF8_STRING)
		return utf8_fault(value->content);
	if (value->content.length % width != 0)
		return "a name has half a character";
	for (size_t i = 0; i < value->content.length; i += width)
	{
		pg_wchar	character = wide_character(value->content.data + i, width);

		if (is_control(character))
			return "a name has a control character";
		if (character > 0x7e && value->tag != PCA_DER_T61_STRING && width == 1)
			return "a name has a character that its string type does not have";
		if (character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
			return "a name has an invalid character";
	}
	return NULL;
}

static const char *
rdn_fault(PcaDerReader rdn)
{
	PcaDerReader attribute;
	PcaDerElement type;
	PcaDerElement value;
	const char *fault;

	if (pca_der_at_end(&rdn))
		return "a relative distinguished name is empty";
	while (!pca_der_at_end(&rdn))
	{
		if (!pca_der_enter(&rdn, PCA_DER_SEQUENCE, &attribute) ||
			!pca_der_take(&attribute, PCA_DER_OID, &type) ||
			!pca_der_next(&attribute, &value) || !pca_der_at_end(&attribute))
			return "an attribute of a name is not a type and a value";
		/* What relying parties can read; a BIT STRING is an x500UniqueIdentifier. */
		if (!is_string_type(value.tag) && value.tag != PCA_DER_BIT_STRING)
			return "an attribute of a name has a value that is not a string";
		if (is_string_type(value.tag) && (fault = string_fault(&value)) != NULL)
			return fault;
	}
	return NULL;
}

/*
 * Checks the content of a Name (RFC 5280 4.1.2.4) that passed pca_der_scan();
 * NULL, or the fault in words.
 */
const char *
pca_name_fault(PcaBytes rdn_sequence)
{
	PcaDerReader reader = pca_der_reader(rdn_sequence);
	PcaDerReader rdn;
	const char *fault;

	while (!pca_der_at_end(&reader))
	{
		if (!pca_der_enter(&reader, PCA_DER_SET, &rdn))
			return "a name is not a sequence of relative distinguished names";
		if ((fault = rdn_fault(rdn)) != NULL)
			return fault;
	}
	return NULL;
}

/* The content of a Name that is given whole. */
PcaBytes
pca_name_content(PcaBytes name)
{
	PcaDerReader reader = pca_der_reader(name);
	PcaDerElement element = {0};

	pca_der_take(&reader, PCA_DER_SEQUENCE, &element);
	return element.content;
}

/* Is this Name, given whole, without any RDN? */
bool
pca_name_is_empty(PcaBytes name)
{
	return name.length <= 2;
}

/*
 * The fault of a string that we write, or NULL: of PrintableString, X.680 41.4
 * alone is good, where a CSR may have what other software takes for it.
 */
static const char *
written_fault(PcaBytes oid, uint8 string_type, const char *value)
{
	PcaDerElement element = {string_type, {(const uint8 *) value, strlen(value)}, {NULL, 0}};
	const AttributeType *type = find_attribute_type(oid);

	if (string_type == PCA_DER_PRINTABLE_STRING && !pca_pattern_is_printable(value))
		return "a name has a character that PrintableString does not have";
	/* RFC 5280 appendix A.1 */
	if (type != NULL && strcmp(type->keyword, "C") == 0 && strlen(value) != 2)
		return "a country is not of two letters";
	return string_fault(&element);
}

static void
build_rdn(PcaDerWriter *writer, PcaBytes oid, uint8 string_type, const char *value, const PcaPath *path)
{
	const char *fault = written_fault(oid, string_type, value);

	if (fault != NULL)
		pca_error(INVALID_ARGS,
				  errmsg("value of \"%s\" cannot stand in a name", pca_path_format(path)),
				  errdetail("At %s, %s.", pca_path_format(path), fault),
				  errhint("Countries, qualifiers, serial numbers, domain components and e-mail addresses are ASCII; control characters are never allowed."));
	pca_der_begin(writer, PCA_DER_SET);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_primitive(writer, PCA_DER_OID, oid);
	pca_der_primitive(writer, string_type, (PcaBytes) {(const uint8 *) value, strlen(value)});
	pca_der_end(writer);
	pca_der_end(writer);
}

static void
build_custom_attribute(PcaDerWriter *writer, const PcaJson *attribute, const PcaPath *path)
{
	PcaPath		here = {path, "ObjectIdentifier", 0};
	char	   *dotted = pca_json_find_text(attribute, "ObjectIdentifier");
	uint8		content[PCA_OID_MAX_LENGTH];
	PcaBytes	oid = {content, 0};
	const AttributeType *type;

	if (!pca_oid_parse(dotted, content, &oid.length))
		pca_error(INVALID_ARGS,
				  errmsg("value of \"%s\" is not an object identifier", pca_path_format(&here)),
				  errdetail("The value at %s is \"%s\".", pca_path_format(&here), dotted),
				  errhint("The second number of an object identifier below 2 is at most 39."));
	type = find_attribute_type(oid);
	here.member = "Value";
	build_rdn(writer, oid, type != NULL ? type->string_type : PCA_DER_UTF8_STRING,
			  pca_json_find_text(attribute, "Value"), &here);
}

static void
build_custom_attributes(PcaDerWriter *writer, const PcaJson *list, const PcaPath *path)
{
	for (int i = 0; i < pca_json_count(list); i++)
	{
		PcaPath		here = {path, NULL, i};
		PcaJson		attribute = pca_json_element(list, i);

		build_custom_attribute(writer, &attribute, &here);
	}
}

/*
 * Appends the Name that an ASN1Subject describes: a single-valued RDN for each
 * member that is not empty, in the model's order, or the CustomAttributes in
 * their own.
 *
 * Throws InvalidArgsException for custom beside standard attributes, and for
 * characters that cannot stand in a name.
 */
void
pca_name_build(PcaDerWriter *writer, const PcaJson *subject, const PcaPath *path)
{
	PcaPath		custom_path = {path, "CustomAttributes", 0};
	PcaJson		custom;
	bool		has_custom = pca_json_find(subject, "CustomAttributes", &custom);

	pca_der_begin(writer, PCA_DER_SEQUENCE);
	for (size_t i = 0; i < lengthof(attribute_types) && attribute_types[i].member != NULL; i++)
	{
		const AttributeType *type = &attribute_types[i];
		PcaPath		here = {path, type->member, 0};
		char	   *value = pca_json_find_text(subject, type->member);

		if (value == NULL)
			continue;
		if (has_custom)
			pca_error(INVALID_ARGS,
					  errmsg("custom attributes cannot be used in combination with standard attributes"),
					  errdetail("There are values at %s and at %s.", pca_path_format(&here), pca_path_format(&custom_path)),
					  errhint("Give the standard attributes as CustomAttributes too, by their object identifiers."));
		if (value[0] != '\0')
			build_rdn(writer, type->oid, type->string_type, value, &here);
	}
	if (has_custom)
		build_custom_attributes(writer, &custom, &custom_path);
	pca_der_end(writer);
}

/* How a name is written. */
typedef struct NameStyle
{
	bool		is_rfc2253;
	void		(*append_text) (StringInfo text, const char *value, int length);
} NameStyle;

/* RFC 4514 2.4 */
static void
append_rfc4514(StringInfo text, const char *value, int length)
{
	for (int i = 0; i < length; i++)
	{
		bool		is_edge_space = value[i] == ' ' && (i == 0 || i == length - 1);

		if (strchr(",+\"\\<>;", value[i]) != NULL || is_edge_space || (value[i] == '#' && i == 0))
			appendStringInfoChar(text, '\\');
		appendStringInfoChar(text, value[i]);
	}
}

/* RFC 2253 2.4, which lets more be escaped: what Java escapes. */
static void
append_rfc2253(StringInfo text, const char *value, int length)
{
	int			first = 0;
	int			last = length;

	while (first < length && value[first] == ' ')
		first++;
	while (last > first && value[last - 1] == ' ')
		last--;
	for (int i = 0; i < length; i++)
	{
		if (strchr(",=+<>#;\"\\", value[i]) != NULL || i < first || i >= last)
			appendStringInfoChar(text, '\\');
		appendStringInfoChar(text, value[i]);
	}
}

static const NameStyle rfc4514 = {false, append_rfc4514};
static const NameStyle rfc2253 = {true, append_rfc2253};

static char *
to_utf8(const PcaDerElement *value, int *length)
{
	int			width = width_of(value->tag);
	unsigned char *result = palloc(value->content.length * 4 + 1);
	unsigned char *at = result;

	if (value->tag == PCA_DER_UTF8_STRING)
	{
		*length = value->content.length;
		return pnstrdup((const char *) value->content.data, value->content.length);
	}
	for (size_t i = 0; i < value->content.length; i += width)
	{
		unicode_to_utf8(wide_character(value->content.data + i, width), at);
		at += pg_utf_mblen(at);
	}
	*length = at - result;
	return (char *) result;
}

/* What is written as text; Java knows no NumericString, and no text behind an object identifier. */
static bool
is_text(const PcaDerElement *value, const char *keyword, const NameStyle *style)
{
	if (style->is_rfc2253 && (keyword == NULL || value->tag == PCA_DER_NUMERIC_STRING))
		return false;
	return is_string_type(value->tag) && string_fault(value) == NULL;
}

static void
append_value(StringInfo text, const PcaDerElement *value, const char *keyword, const NameStyle *style)
{
	int			length;
	char	   *utf8;

	if (is_text(value, keyword, style))
	{
		utf8 = to_utf8(value, &length);
		style->append_text(text, utf8, length);
		return;
	}
	appendStringInfoChar(text, '#');
	for (size_t i = 0; i < value->whole.length; i++)
		appendStringInfo(text, "%02x", value->whole.data[i]);
}

/* NULL: it has none in this style. */
static const char *
find_keyword(PcaBytes oid, const NameStyle *style)
{
	const AttributeType *type = find_attribute_type(oid);

	return type == NULL || (style->is_rfc2253 && !type->is_in_rfc2253) ? NULL : type->keyword;
}

static void
append_rdn(StringInfo text, PcaDerReader rdn, const NameStyle *style)
{
	PcaDerReader attribute;
	PcaDerElement oid;
	PcaDerElement value;
	bool		is_first = true;

	while (pca_der_enter(&rdn, PCA_DER_SEQUENCE, &attribute))
	{
		const char *keyword;

		if (!pca_der_take(&attribute, PCA_DER_OID, &oid) || !pca_der_next(&attribute, &value))
			return;
		keyword = find_keyword(oid.content, style);
		appendStringInfo(text, "%s%s=", is_first ? "" : "+", keyword != NULL ? keyword : pca_oid_format(oid.content));
		append_value(text, &value, keyword, style);
		is_first = false;
	}
}

/* The last RDN first, separated by commas. */
static void
append_name(StringInfo text, PcaBytes name, const NameStyle *style)
{
	PcaDerReader reader = pca_der_reader(name);
	PcaDerReader rdns;
	PcaDerReader *found;
	int			count = 0;

	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &rdns))
		return;
	found = palloc(sizeof(PcaDerReader) * (name.length / 2 + 1));
	while (pca_der_enter(&rdns, PCA_DER_SET, &found[count]))
		count++;
	for (int i = count - 1; i >= 0; i--)
	{
		append_rdn(text, found[i], style);
		if (i > 0)
			appendStringInfoChar(text, ',');
	}
}

/* Appends the text of a Name as RFC 4514 has it. */
void
pca_name_format(StringInfo text, PcaBytes name)
{
	append_name(text, name, &rfc4514);
}

/*
 * Appends the text of a Name as RFC 2253 has it and Java's X500Principal
 * writes it: an attribute type without a keyword there is an object identifier,
 * and its value is the hexadecimal digits of its DER.
 */
void
pca_name_format_rfc2253(StringInfo text, PcaBytes name)
{
	append_name(text, name, &rfc2253);
}

/* The text without spaces, in small letters. */
static char *
fold(PcaBytes name)
{
	StringInfoData text;
	char	   *to;

	initStringInfo(&text);
	pca_name_format(&text, name);
	to = text.data;
	for (const char *from = text.data; *from != '\0'; from++)
		if (*from != ' ' && *from != '\\')
			*to++ = pg_ascii_tolower((unsigned char) *from);
	*to = '\0';
	return text.data;
}

/*
 * Could a relying party take two Names for the same one (RFC 5280 7.1)?
 *
 * Spaces, the case of ASCII letters and the types of strings do not count.  It
 * says so of more names than are the same, never of fewer of these.
 */
bool
pca_name_is_alike(PcaBytes a, PcaBytes b)
{
	return strcmp(fold(a), fold(b)) == 0;
}
