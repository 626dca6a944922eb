/*-------------------------------------------------------------------------
 *
 * crypto_name.c
 *	  X.501 names: from attributes to DER, from DER to text.
 *
 * What is written is what everybody reads (crypto_name_readable); what others
 * have written is shown, whatever it is, as a line of text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_ascii.h"
#include "crypto_name.h"
#include "crypto_name_attribute.h"
#include "crypto_name_readable.h"

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
		if (!pca_is_string_type(value.tag) && value.tag != PCA_DER_BIT_STRING)
			return "an attribute of a name has a value that is not a string";
		if (pca_is_string_type(value.tag) && (fault = pca_string_fault(&value)) != NULL)
			return psprintf("a name %s", fault);
	}
	return NULL;
}

/*
 * Checks the content of a Name (RFC 5280 4.1.2.4) that passed pca_der_scan():
 * is it one, without what could deceive?  NULL, or the fault in words.  Whether
 * everybody reads it is more: crypto_name_readable.
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

/* Is this Name, given whole, without any RDN? */
bool
pca_name_is_empty(PcaBytes name)
{
	return name.length <= 2;
}

/* In the string type that this type of attribute has; UTF8String where none is known. */
static PcaDerElement
attribute_value(const PcaAttribute *attribute)
{
	const PcaAttributeType *type = pca_attribute_type_find(attribute->type);

	return (PcaDerElement) {type != NULL ? type->string_type : PCA_DER_UTF8_STRING, attribute->value, {NULL, 0}};
}

/*
 * Says what keeps an attribute from being written so that everybody reads it:
 * NULL, or the fault in words.
 */
const char *
pca_attribute_fault(const PcaAttribute *attribute)
{
	PcaDerElement value = attribute_value(attribute);

	return pca_attribute_readable_fault(attribute->type, &value);
}

/*
 * Builds the Name of these attributes, each in an RDN of its own: DER.
 *
 * attributes: pca_attribute_fault() finds nothing wrong with any of them.
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

/* What is written as text; Java knows no NumericString, and no text behind an object identifier. */
static bool
is_text(const PcaDerElement *value, const char *keyword, const NameStyle *style)
{
	if (style->is_rfc2253 && (keyword == NULL || value->tag == PCA_DER_NUMERIC_STRING))
		return false;
	return pca_is_string_type(value->tag) && pca_string_fault(value) == NULL;
}

static void
append_value(StringInfo text, const PcaDerElement *value, const char *keyword, const NameStyle *style)
{
	PcaBytes	utf8;

	if (is_text(value, keyword, style))
	{
		utf8 = pca_string_to_utf8(value);
		style->append_text(text, (const char *) utf8.data, utf8.length);
		return;
	}
	appendStringInfoChar(text, '#');
	pca_hex_append(text, value->whole);
}

/* NULL: it has none in this style. */
static const char *
find_keyword(PcaBytes oid, const NameStyle *style)
{
	const PcaAttributeType *type = pca_attribute_type_find(oid);

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
