/*-------------------------------------------------------------------------
 *
 * crypto_name.c
 *	  X.501 names: builds DER from attributes, and formats DER as text.
 *
 * Names that are built are readable by every relying party
 * (crypto_name_readable).  Any name that others have built can be shown, as a
 * line of text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_ascii.h"
#include "crypto_name.h"
#include "crypto_name_attribute.h"
#include "crypto_name_readable.h"

/* Checks a relative distinguished name.  Returns NULL or the fault. */
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
		/* Relying parties can read these; a BIT STRING is an x500UniqueIdentifier. */
		if (!pca_is_string_type(value.tag) && value.tag != PCA_DER_BIT_STRING)
			return "an attribute of a name has a value that is not a string";
		if (pca_is_string_type(value.tag) && (fault = pca_string_fault(&value)) != NULL)
			return psprintf("a name %s", fault);
	}
	return NULL;
}

/*
 * Checks that octets are the content of a Name (RFC 5280 4.1.2.4) without
 * characters that could deceive.  Returns NULL or the fault.
 *
 * rdn_sequence: passed pca_der_scan().  Whether every relying party can read the
 * name is checked in crypto_name_readable.
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

/* Tells whether a Name, given whole, has no RDN. */
bool
pca_name_is_empty(PcaBytes name)
{
	return name.length <= 2;
}

/* Returns the value of an attribute in the string type of its attribute type: UTF8String if that is unknown. */
static PcaDerElement
attribute_value(const PcaAttribute *attribute)
{
	const PcaAttributeType *type = pca_attribute_type_find(attribute->type);

	return (PcaDerElement) {type != NULL ? type->string_type : PCA_DER_UTF8_STRING, attribute->value, {NULL, 0}};
}

/*
 * Checks that an attribute can be written so that every relying party can read
 * it.  Returns NULL or the fault.
 */
const char *
pca_attribute_fault(const PcaAttribute *attribute)
{
	PcaDerElement value = attribute_value(attribute);

	return pca_attribute_readable_fault(attribute->type, &value);
}

/*
 * Builds a Name, DER, with each attribute in an RDN of its own.
 *
 * attributes: each has passed pca_attribute_fault().
 */
PcaBytes
pca_name_build(const PcaAttribute *attributes, int count)
{
	PcaDerWriter writer;

	pca_der_init(&writer, 512);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < count; i++)
	{
		PcaDerElement value = attribute_value(&attributes[i]);

		Assert(pca_attribute_readable_fault(attributes[i].type, &value) == NULL);
		pca_der_begin(&writer, PCA_DER_SET);
		pca_der_begin(&writer, PCA_DER_SEQUENCE);
		pca_der_primitive(&writer, PCA_DER_OID, attributes[i].type);
		pca_der_primitive(&writer, value.tag, value.content);
		pca_der_end(&writer);
		pca_der_end(&writer);
	}
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/* A form in which names are written as text */
typedef struct NameStyle
{
	bool		is_rfc2253;
	void		(*append_text) (StringInfo text, const char *value, int length);
} NameStyle;

/* Appends a value with the escapes of RFC 4514 2.4. */
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

/* Appends a value with the escapes that Java uses.  RFC 2253 2.4 allows more escapes than it requires. */
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

/*
 * Tells whether a value is written as text.  Java does not know NumericString,
 * and writes no text after an object identifier.
 */
static bool
is_shown_as_text(const PcaDerElement *value, const char *keyword, const NameStyle *style)
{
	if (style->is_rfc2253 && (keyword == NULL || value->tag == PCA_DER_NUMERIC_STRING))
		return false;
	return pca_is_string_type(value->tag) && pca_string_fault(value) == NULL;
}

/* Appends the value of an attribute: as text, or as # and the hexadecimal digits of its DER. */
static void
append_value(StringInfo text, const PcaDerElement *value, const char *keyword, const NameStyle *style)
{
	PcaBytes	utf8;

	if (is_shown_as_text(value, keyword, style))
	{
		utf8 = pca_string_to_utf8(value);
		style->append_text(text, (const char *) utf8.data, utf8.length);
		return;
	}
	appendStringInfoChar(text, '#');
	pca_hex_append(text, value->whole);
}

/* Returns the keyword of an attribute type, or NULL if it has none in this style. */
static const char *
find_keyword(PcaBytes oid, const NameStyle *style)
{
	const PcaAttributeType *type = pca_attribute_type_find(oid);

	return type == NULL || (style->is_rfc2253 && !type->is_in_rfc2253) ? NULL : type->keyword;
}

/* Appends an RDN, its attributes separated by plus signs. */
static void
append_rdn_text(StringInfo text, PcaDerReader rdn, const NameStyle *style)
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

/* Appends a Name, the last RDN first, separated by commas. */
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
		append_rdn_text(text, found[i], style);
		if (i > 0)
			appendStringInfoChar(text, ',');
	}
}

/*
 * Appends a Name in the form of RFC 4514.
 *
 * name: a whole Name.
 */
void
pca_name_format(StringInfo text, PcaBytes name)
{
	append_name(text, name, &rfc4514);
}

/*
 * Appends a Name in the form of RFC 2253, as Java's X500Principal writes it: an
 * attribute type without a keyword is its object identifier, and its value the
 * hexadecimal digits of its DER.
 *
 * name: a whole Name.
 */
void
pca_name_format_rfc2253(StringInfo text, PcaBytes name)
{
	append_name(text, name, &rfc2253);
}

/* Returns the text of a Name without spaces, in lower case. */
static char *
fold_name(PcaBytes name)
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
 * Tells whether a relying party could take two Names for the same one (RFC 5280
 * 7.1).
 *
 * Spaces, the case of ASCII letters and the types of strings are ignored.  So
 * some names that differ count as alike, but no names that are the same count
 * as different.
 */
bool
pca_name_is_alike(PcaBytes a, PcaBytes b)
{
	return strcmp(fold_name(a), fold_name(b)) == 0;
}
