/*-------------------------------------------------------------------------
 *
 * crypto_name_readable.c
 *	  Names that everybody reads: what others wrote is judged, and repaired
 *	  where that loses nothing.
 *
 * A name that all relying parties read is copied octet for octet.  One that
 * some refuse is written anew if it then says the same: the attributes of an RDN
 * in DER's order, strings as UTF8String, or as PrintableString where the type of
 * attribute must have that.  What would have to be guessed is a fault:
 *
 * - Octets above 127 in a string type of ASCII are UTF-8, if they are valid
 *   UTF-8: text in another character set hardly ever is, and the octets stay as
 *   they are, under another tag.  Others could be of any character set.
 * - Octets above 127 in TeletexString are of T.61 for some and of Latin-1 for
 *   others, while those up to 127 are ASCII for all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_name_attribute.h"
#include "crypto_name_readable.h"

/* python3-cryptography 38 reads arcs of 28 bits, in at most 63 octets; GnuTLS and Go have limits too. */
#define ARC_MAX_OCTETS 4
#define TYPE_MAX_OCTETS 63

/* What keeps somebody from reading a thing. */
typedef struct Finding
{
	const char *fault;			/* in words; NULL: nothing */
	bool		is_repairable;
} Finding;

static const Finding good = {NULL, false};

static Finding
unreadable(const char *fault)
{
	return (Finding) {fault, false};
}

static Finding
repairable(const char *fault)
{
	return (Finding) {fault, true};
}

/* Adds a finding to those before; the first counts, but that one without repair counts more. */
static void
note(Finding *result, Finding finding)
{
	if (finding.fault != NULL && (result->fault == NULL || (result->is_repairable && !finding.is_repairable)))
		*result = finding;
}

static bool
is_beyond_ascii(PcaBytes content)
{
	for (size_t i = 0; i < content.length; i++)
		if (content.data[i] >= 0x80)
			return true;
	return false;
}

/* The value as it was meant: UTF-8 in a string type of ASCII stands for UTF8String. */
static PcaDerElement
meant(const PcaDerElement *value)
{
	PcaDerElement result = *value;

	if ((value->tag == PCA_DER_PRINTABLE_STRING || value->tag == PCA_DER_IA5_STRING ||
		 value->tag == PCA_DER_NUMERIC_STRING) && is_beyond_ascii(value->content))
		result.tag = PCA_DER_UTF8_STRING;
	return result;
}

/* Are these characters in its string type, and does everybody read that? */
static Finding
judge_string_type(const PcaDerElement *value)
{
	const PcaCharacterSet *set = value->tag == PCA_DER_PRINTABLE_STRING ? &pca_printable_characters
		: value->tag == PCA_DER_NUMERIC_STRING ? &pca_numeric_characters : &pca_ascii_characters;

	switch (value->tag)
	{
		case PCA_DER_BMP_STRING:
		case PCA_DER_UNIVERSAL_STRING:
			return repairable("has a string type that not everybody reads");
		case PCA_DER_PRINTABLE_STRING:
		case PCA_DER_NUMERIC_STRING:
		case PCA_DER_IA5_STRING:
			return pca_string_has_only(value, set) ? good : repairable("has a character that its string type does not have");
		default:
			return good;
	}
}

/* RFC 5280 appendix A.1: countryName and serialNumber are PrintableString. */
static Finding
judge_fixed_type(const PcaAttributeType *type, const PcaDerElement *value, const PcaDerElement *text)
{
	if (type->max_length == 2 && (pca_string_count(text) != 2 || !pca_string_has_only(text, &pca_letters)))
		return unreadable("is not of two letters");
	if (!pca_string_has_only(text, &pca_printable_characters))
		return unreadable("has a character that PrintableString does not have");
	return value->tag == PCA_DER_PRINTABLE_STRING ? good : repairable("is not a PrintableString");
}

static Finding
judge_value(const PcaAttributeType *type, const PcaDerElement *value)
{
	PcaDerElement text = meant(value);
	Finding		finding;
	const char *fault;

	if (!pca_is_string_type(value->tag))
		return unreadable("has a value that is not a string");
	if (value->content.length == 0)
		return unreadable("is empty");
	if (value->tag == PCA_DER_T61_STRING && is_beyond_ascii(value->content))
		return unreadable("is a TeletexString with octets above 127");
	if ((fault = pca_string_fault(&text)) != NULL)
		return unreadable(fault);
	finding = type != NULL && type->is_type_fixed ? judge_fixed_type(type, value, &text) : judge_string_type(value);
	if (type != NULL && type->max_length != 0 && pca_string_count(&text) > (size_t) type->max_length)
		note(&finding, unreadable(psprintf("is longer than %d characters", type->max_length)));
	return finding;
}

/* Do all read the object identifier of a type? */
static bool
is_type_readable(PcaBytes oid)
{
	int			octets = 0;

	for (size_t i = 0; i < oid.length && octets < ARC_MAX_OCTETS; i++)
		octets = oid.data[i] >= 0x80 ? octets + 1 : 0;
	return oid.length <= TYPE_MAX_OCTETS && octets < ARC_MAX_OCTETS;
}

static Finding
judge_attribute(PcaBytes oid, const PcaDerElement *value)
{
	Finding		finding = is_type_readable(oid) ? judge_value(pca_attribute_type_find(oid), value)
		: unreadable("has an object identifier that not everybody reads");

	if (finding.fault != NULL)
		finding.fault = psprintf("attribute %s of a name %s", pca_attribute_name(oid), finding.fault);
	return finding;
}

/*
 * What keeps somebody from reading this value of an attribute, as it stands;
 * NULL, or the fault in words.
 *
 * oid: the content of the OID of its type.  value: of any type.
 */
const char *
pca_attribute_readable_fault(PcaBytes oid, const PcaDerElement *value)
{
	return judge_attribute(oid, value).fault;
}

/* An AttributeTypeAndValue. */
typedef struct Attribute
{
	PcaBytes	whole;
	PcaBytes	oid;
	PcaDerElement value;
} Attribute;

static bool
take_attribute(PcaDerReader *rdn, Attribute *attribute)
{
	PcaDerElement element;
	PcaDerElement type;
	PcaDerReader reader;

	if (!pca_der_take(rdn, PCA_DER_SEQUENCE, &element))
		return false;
	attribute->whole = element.whole;
	reader = pca_der_reader(element.content);
	if (!pca_der_take(&reader, PCA_DER_OID, &type))
		return false;
	attribute->oid = type.content;
	return pca_der_next(&reader, &attribute->value) && pca_der_at_end(&reader);
}

/* X.690 11.6; no encoding begins with a whole other one. */
static int
compare(PcaBytes a, PcaBytes b)
{
	int			result = memcmp(a.data, b.data, Min(a.length, b.length));

	return result != 0 ? result : (a.length > b.length) - (a.length < b.length);
}

/* X.501 9.3: an RDN has a type once.  Is that of the last attribute before among those before? */
static bool
is_type_repeated(PcaDerReader rdn, const Attribute *last)
{
	Attribute	other;

	while (take_attribute(&rdn, &other) && other.whole.data != last->whole.data)
		if (pca_bytes_equal(other.oid, last->oid))
			return true;
	return false;
}

static void
judge_rdn(PcaDerReader rdn, Finding *result)
{
	PcaDerReader reader = rdn;
	PcaBytes	before = {NULL, 0};

	if (pca_der_at_end(&reader))
		note(result, unreadable("a relative distinguished name is empty"));
	while (!pca_der_at_end(&reader))
	{
		Attribute	attribute;

		if (!take_attribute(&reader, &attribute))
		{
			note(result, unreadable("an attribute of a name is not a type and a value"));
			return;
		}
		note(result, judge_attribute(attribute.oid, &attribute.value));
		if (before.data != NULL && compare(before, attribute.whole) > 0)
			note(result, repairable("a relative distinguished name is not in the order of DER"));
		if (before.data != NULL && is_type_repeated(rdn, &attribute))
			note(result, unreadable(psprintf("attribute %s of a name is there twice in one relative distinguished name",
											 pca_attribute_name(attribute.oid))));
		before = attribute.whole;
	}
}

static Finding
judge_name(PcaBytes name)
{
	PcaDerReader reader = pca_der_reader(pca_name_content(name));
	PcaDerReader rdn;
	Finding		result = good;

	while (!pca_der_at_end(&reader) && (result.fault == NULL || result.is_repairable))
	{
		if (!pca_der_enter(&reader, PCA_DER_SET, &rdn))
			return unreadable("a name is not a sequence of relative distinguished names");
		judge_rdn(rdn, &result);
	}
	return result;
}

/*
 * What keeps somebody from reading a Name as it stands; NULL, or the fault in
 * words.  It is for names that cannot be written anew, such as the subject of a
 * CA's own certificate, which is copied into all that the CA signs.
 *
 * name: a Name (RFC 5280 4.1.2.4), whole, that passed pca_der_scan().
 */
const char *
pca_name_readable_fault(PcaBytes name)
{
	return judge_name(name).fault;
}

/* The attribute as everybody reads it. */
static PcaBytes
rewrite_attribute(const Attribute *attribute)
{
	const PcaAttributeType *type = pca_attribute_type_find(attribute->oid);
	PcaDerElement text = meant(&attribute->value);
	PcaDerWriter writer;

	if (judge_value(type, &attribute->value).fault == NULL)
		return attribute->whole;
	pca_der_init(&writer, attribute->whole.length * 2 + 16);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_primitive(&writer, PCA_DER_OID, attribute->oid);
	pca_der_primitive(&writer, type != NULL && type->is_type_fixed ? PCA_DER_PRINTABLE_STRING : PCA_DER_UTF8_STRING,
					  pca_string_to_utf8(&text));
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

static int
compare_in_array(const void *a, const void *b)
{
	return compare(*(const PcaBytes *) a, *(const PcaBytes *) b);
}

static void
rewrite_rdn(PcaDerWriter *writer, PcaDerReader rdn)
{
	PcaBytes   *attributes = palloc((rdn.end - rdn.next) * sizeof(PcaBytes) / 2);
	Attribute	attribute;
	int			count = 0;

	while (take_attribute(&rdn, &attribute))
		attributes[count++] = rewrite_attribute(&attribute);
	qsort(attributes, count, sizeof(PcaBytes), compare_in_array);
	pca_der_begin(writer, PCA_DER_SET);
	for (int i = 0; i < count; i++)
		pca_der_raw(writer, attributes[i]);
	pca_der_end(writer);
}

static PcaBytes
rewrite_name(PcaBytes name)
{
	PcaDerReader reader = pca_der_reader(pca_name_content(name));
	PcaDerReader rdn;
	PcaDerWriter writer;

	pca_der_init(&writer, name.length * 2);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	while (pca_der_enter(&reader, PCA_DER_SET, &rdn))
		rewrite_rdn(&writer, rdn);
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/*
 * Makes a Name one that everybody reads: it stays where it is, or is written
 * anew with the same attributes in the same RDNs.  NULL, or the fault in words,
 * which no repair without loss can mend; then the Name stays as it is.
 *
 * name: a Name (RFC 5280 4.1.2.4), whole, that passed pca_der_scan().
 */
const char *
pca_name_repair(PcaBytes *name)
{
	Finding		finding = judge_name(*name);

	if (finding.fault != NULL && !finding.is_repairable)
		return finding.fault;
	if (finding.fault != NULL)
		*name = rewrite_name(*name);
	return NULL;
}

/* Where the values of an extension are that have GeneralNames. */
typedef struct Nest
{
	uint8		tag;
	const struct Nest *content; /* up to a tag of 0; NULL: GeneralNames, maybe beside other values */
} Nest;

static const Nest names[] = {{PCA_DER_SEQUENCE, NULL}, {0}};
static const Nest full_name[] = {{PCA_DER_CONTEXT_CONSTRUCTED + 0, NULL}, {0}};
static const Nest distribution_point[] = {
	{PCA_DER_CONTEXT_CONSTRUCTED + 0, full_name}, {PCA_DER_CONTEXT_CONSTRUCTED + 2, NULL}, {0}
};
static const Nest distribution_points[] = {{PCA_DER_SEQUENCE, distribution_point}, {0}};
static const Nest subtrees[] = {
	{PCA_DER_CONTEXT_CONSTRUCTED + 0, names}, {PCA_DER_CONTEXT_CONSTRUCTED + 1, names}, {0}
};
static const Nest key_identifier[] = {{PCA_DER_CONTEXT_CONSTRUCTED + 1, NULL}, {0}};

static const struct
{
	PcaBytes	oid;
	Nest		nest;
}			extensions[] = {
	{PCA_BYTES_INIT("\x55\x1d\x11"), {PCA_DER_SEQUENCE, NULL}}, /* subjectAltName */
	{PCA_BYTES_INIT("\x55\x1d\x12"), {PCA_DER_SEQUENCE, NULL}}, /* issuerAltName */
	{PCA_BYTES_INIT("\x55\x1d\x1e"), {PCA_DER_SEQUENCE, subtrees}}, /* nameConstraints */
	{PCA_BYTES_INIT("\x55\x1d\x1f"), {PCA_DER_SEQUENCE, distribution_points}}, /* cRLDistributionPoints */
	{PCA_BYTES_INIT("\x55\x1d\x2e"), {PCA_DER_SEQUENCE, distribution_points}}, /* freshestCRL */
	{PCA_BYTES_INIT("\x55\x1d\x23"), {PCA_DER_SEQUENCE, key_identifier}},	/* authorityKeyIdentifier */
	{PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x01\x01"), {PCA_DER_SEQUENCE, names}},	/* authorityInfoAccess */
	{PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x01\x0b"), {PCA_DER_SEQUENCE, names}},	/* subjectInfoAccess */
};

/* directoryName [4], explicit, since Name is a CHOICE */
#define DIRECTORY_NAME (PCA_DER_CONTEXT_CONSTRUCTED + 4)

static const Nest *
find_nest(const Nest *content, uint8 tag)
{
	for (; content->tag != 0; content++)
		if (content->tag == tag)
			return content;
	return NULL;
}

static const char *
repair_directory_name(PcaBytes *whole)
{
	PcaDerReader reader = pca_der_reader(*whole);
	PcaDerReader inner;
	PcaDerElement name;
	PcaDerWriter writer;
	PcaBytes	repaired;
	const char *fault;

	/* What is no name at all is left to who checks the extension. */
	if (pca_der_scan(*whole) != NULL || !pca_der_enter(&reader, DIRECTORY_NAME, &inner) ||
		!pca_der_take(&inner, PCA_DER_SEQUENCE, &name) || !pca_der_at_end(&inner))
		return NULL;
	repaired = name.whole;
	if ((fault = pca_name_repair(&repaired)) != NULL || repaired.data == name.whole.data)
		return fault;
	pca_der_init(&writer, repaired.length + 8);
	pca_der_begin(&writer, DIRECTORY_NAME);
	pca_der_raw(&writer, repaired);
	pca_der_end(&writer);
	*whole = pca_der_finish(&writer);
	return NULL;
}

static const char *repair_part(PcaBytes *whole, uint8 tag, const Nest *content);

/*
 * Repairs the directory names in a value, given whole.  It is written anew from
 * the first repair on, and stays where it is without one.
 */
static const char *
repair_within(PcaBytes *whole, const Nest *nest)
{
	PcaDerReader reader = pca_der_reader(*whole);
	PcaDerElement element = {0};
	PcaDerElement part;
	PcaDerWriter writer = {0};

	pca_der_next(&reader, &element);
	reader = pca_der_reader(element.content);
	while (pca_der_next(&reader, &part))
	{
		PcaBytes	repaired = part.whole;
		const char *fault = repair_part(&repaired, part.tag, nest->content);

		if (fault != NULL)
			return fault;
		if (writer.data == NULL && repaired.data != part.whole.data)
		{
			pca_der_init(&writer, whole->length * 2);
			pca_der_begin(&writer, element.tag);
			pca_der_raw(&writer, (PcaBytes) {element.content.data, part.whole.data - element.content.data});
		}
		if (writer.data != NULL)
			pca_der_raw(&writer, repaired);
	}
	if (writer.data == NULL || !pca_der_at_end(&reader))
		return NULL;
	pca_der_end(&writer);
	*whole = pca_der_finish(&writer);
	return NULL;
}

/* The same of a part of such a value. */
static const char *
repair_part(PcaBytes *whole, uint8 tag, const Nest *content)
{
	const Nest *nest;

	if (content == NULL)
		return tag == DIRECTORY_NAME ? repair_directory_name(whole) : NULL;
	nest = find_nest(content, tag);
	return nest == NULL ? NULL : repair_within(whole, nest);
}

/*
 * Makes the directory names in the value of an extension such that everybody
 * reads them: NULL, or the fault in words, which no repair without loss can mend.
 * It looks at nothing else: pca_extension_fault() is for afterwards.
 *
 * oid: of the extension.  value: any octets, replaced if something is repaired.
 */
const char *
pca_extension_names_repair(PcaBytes oid, PcaBytes *value)
{
	PcaDerReader reader = pca_der_reader(*value);
	PcaDerElement element;

	for (size_t i = 0; i < lengthof(extensions); i++)
		if (pca_bytes_equal(extensions[i].oid, oid))
			return pca_der_take(&reader, extensions[i].nest.tag, &element) && pca_der_at_end(&reader)
				? repair_within(value, &extensions[i].nest) : NULL;
	return NULL;
}
