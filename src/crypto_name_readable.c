/*-------------------------------------------------------------------------
 *
 * crypto_name_readable.c
 *	  Names that every relying party reads: judges the names of clients, and
 *	  repairs them if that loses nothing.
 *
 * A name that all relying parties read is copied octet for octet.  One that some
 * refuse is rewritten if its meaning stays the same: the attributes of an RDN in
 * DER's order, and strings as UTF8String, or as PrintableString if the attribute
 * type requires that.  Anything that would have to be guessed is a fault:
 *
 * - Octets above 127 in a string type of ASCII are UTF-8 if they are valid UTF-8:
 *   text in another character set hardly ever is, and the octets stay as they
 *   are, under another tag.  Otherwise they could be of any character set.
 * - Octets above 127 in TeletexString are T.61 to some relying parties and
 *   Latin-1 to others, while those up to 127 are ASCII to all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_name_attribute.h"
#include "crypto_name_readable.h"

/* python3-cryptography 38 reads arcs of 28 bits, in at most 63 octets; GnuTLS and Go have limits too. */
#define ARC_MAX_OCTETS 4
#define TYPE_MAX_OCTETS 63

/* The reason why some relying party cannot read a part of a name */
typedef struct Finding
{
	const char *fault;			/* NULL if all can read it */
	bool		is_repairable;
} Finding;

static const Finding good = {NULL, false};

/* Returns a finding that cannot be repaired. */
static Finding
unreadable_finding(const char *fault)
{
	return (Finding) {fault, false};
}

/* Returns a finding that can be repaired. */
static Finding
repairable_finding(const char *fault)
{
	return (Finding) {fault, true};
}

/* Adds a finding.  The first one counts, but one without repair takes precedence. */
static void
add_finding(Finding *result, Finding finding)
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

/* Returns the value as it was intended: UTF-8 in a string type of ASCII stands for a UTF8String. */
static PcaDerElement
intended_value(const PcaDerElement *value)
{
	PcaDerElement result = *value;

	if ((value->tag == PCA_DER_PRINTABLE_STRING || value->tag == PCA_DER_IA5_STRING ||
		 value->tag == PCA_DER_NUMERIC_STRING) && is_beyond_ascii(value->content))
		result.tag = PCA_DER_UTF8_STRING;
	return result;
}

/* Judges the string type of a value, and whether it has the characters. */
static Finding
judge_string_type(const PcaDerElement *value)
{
	const PcaCharacterSet *set = value->tag == PCA_DER_PRINTABLE_STRING ? &pca_printable_characters
		: value->tag == PCA_DER_NUMERIC_STRING ? &pca_numeric_characters : &pca_ascii_characters;

	switch (value->tag)
	{
		case PCA_DER_BMP_STRING:
		case PCA_DER_UNIVERSAL_STRING:
			return repairable_finding("has a string type that not all software can read");
		case PCA_DER_PRINTABLE_STRING:
		case PCA_DER_NUMERIC_STRING:
		case PCA_DER_IA5_STRING:
			return pca_string_has_only(value, set) ? good : repairable_finding("has a character that its string type does not allow");
		default:
			return good;
	}
}

/* Judges a value that must be a PrintableString (RFC 5280 appendix A.1).  text: the value as intended. */
static Finding
judge_fixed_type(const PcaAttributeType *type, const PcaDerElement *value, const PcaDerElement *text)
{
	if (type->max_length == 2 && (pca_string_count(text) != 2 || !pca_string_has_only(text, &pca_letters)))
		return unreadable_finding("is not two letters");
	if (!pca_string_has_only(text, &pca_printable_characters))
		return unreadable_finding("has a character that PrintableString does not allow");
	return value->tag == PCA_DER_PRINTABLE_STRING ? good : repairable_finding("is not a PrintableString");
}

/* Judges the value of an attribute.  type: NULL if it is unknown. */
static Finding
judge_value(const PcaAttributeType *type, const PcaDerElement *value)
{
	PcaDerElement text = intended_value(value);
	Finding		finding;
	const char *fault;

	if (!pca_is_string_type(value->tag))
		return unreadable_finding("has a value that is not a string");
	if (value->content.length == 0)
		return unreadable_finding("is empty");
	if (value->tag == PCA_DER_T61_STRING && is_beyond_ascii(value->content))
		return unreadable_finding("is a TeletexString with octets above 127");
	if ((fault = pca_string_fault(&text)) != NULL)
		return unreadable_finding(fault);
	finding = type != NULL && type->is_type_fixed ? judge_fixed_type(type, value, &text) : judge_string_type(value);
	if (type != NULL && type->max_length != 0 && pca_string_count(&text) > (size_t) type->max_length)
		add_finding(&finding, unreadable_finding(psprintf("is longer than %d characters", type->max_length)));
	return finding;
}

/* Tells whether every relying party reads the object identifier of a type. */
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
		: unreadable_finding("has an object identifier that not all software can read");

	if (finding.fault != NULL)
		finding.fault = psprintf("attribute %s of a name %s", pca_attribute_name(oid), finding.fault);
	return finding;
}

/*
 * Checks that every relying party can read the value of an attribute as it is.
 * Returns NULL or the fault.
 *
 * oid: the content of the OID of its type.  value: of any type.
 */
const char *
pca_attribute_readable_fault(PcaBytes oid, const PcaDerElement *value)
{
	return judge_attribute(oid, value).fault;
}

/* An AttributeTypeAndValue */
typedef struct Attribute
{
	PcaBytes	whole;
	PcaBytes	oid;
	PcaDerElement value;
} Attribute;

/* Reads an AttributeTypeAndValue.  Returns false if it is malformed. */
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

/* Compares two encodings in the order of X.690 11.6.  No encoding is a prefix of another. */
static int
compare_encodings(PcaBytes a, PcaBytes b)
{
	int			result = memcmp(a.data, b.data, Min(a.length, b.length));

	return result != 0 ? result : (a.length > b.length) - (a.length < b.length);
}

/* Tells whether an attribute of an RDN has the type of an earlier one, which X.501 9.3 forbids. */
static bool
is_type_repeated(PcaDerReader rdn, const Attribute *last)
{
	Attribute	other;

	while (take_attribute(&rdn, &other) && other.whole.data != last->whole.data)
		if (pca_bytes_equal(other.oid, last->oid))
			return true;
	return false;
}

/* Judges an RDN, and adds its findings to the result. */
static void
judge_rdn(PcaDerReader rdn, Finding *result)
{
	PcaDerReader reader = rdn;
	PcaBytes	before = {NULL, 0};

	if (pca_der_at_end(&reader))
		add_finding(result, unreadable_finding("a relative distinguished name is empty"));
	while (!pca_der_at_end(&reader))
	{
		Attribute	attribute;

		if (!take_attribute(&reader, &attribute))
		{
			add_finding(result, unreadable_finding("an attribute of a name is not a type and a value"));
			return;
		}
		add_finding(result, judge_attribute(attribute.oid, &attribute.value));
		if (before.data != NULL && compare_encodings(before, attribute.whole) > 0)
			add_finding(result, repairable_finding("a relative distinguished name is not in DER order"));
		if (before.data != NULL && is_type_repeated(rdn, &attribute))
			add_finding(result, unreadable_finding(psprintf("attribute %s of a name appears more than once in a relative distinguished name",
											 pca_attribute_name(attribute.oid))));
		before = attribute.whole;
	}
}

/* Judges a whole Name. */
static Finding
judge_name(PcaBytes name)
{
	PcaDerReader reader = pca_der_reader(pca_name_content(name));
	PcaDerReader rdn;
	Finding		result = good;

	while (!pca_der_at_end(&reader) && (result.fault == NULL || result.is_repairable))
	{
		if (!pca_der_enter(&reader, PCA_DER_SET, &rdn))
			return unreadable_finding("a name is not a sequence of relative distinguished names");
		judge_rdn(rdn, &result);
	}
	return result;
}

/*
 * Checks that every relying party can read a Name as it is.  Returns NULL or the
 * fault.  This is for names that cannot be rewritten, such as the subject of a
 * CA's own certificate, which is copied into everything that the CA signs.
 *
 * name: a whole Name (RFC 5280 4.1.2.4) that passed pca_der_scan().
 */
const char *
pca_name_readable_fault(PcaBytes name)
{
	return judge_name(name).fault;
}

/* Returns an attribute, DER, in a form that every relying party reads. */
static PcaBytes
rewrite_attribute(const Attribute *attribute)
{
	const PcaAttributeType *type = pca_attribute_type_find(attribute->oid);
	PcaDerElement text = intended_value(&attribute->value);
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

/* Compares two elements of an array of encodings, for qsort(). */
static int
compare_in_array(const void *a, const void *b)
{
	return compare_encodings(*(const PcaBytes *) a, *(const PcaBytes *) b);
}

/* Appends an RDN in a form that every relying party reads. */
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

/* Returns a Name, DER, in a form that every relying party reads. */
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
 * Makes a Name readable by every relying party: leaves it as it is, or rewrites
 * it with the same attributes in the same RDNs.  Returns NULL, or the fault if
 * it cannot be repaired without loss, in which case the Name stays as it is.
 *
 * name: a whole Name (RFC 5280 4.1.2.4) that passed pca_der_scan().
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

/* The path to GeneralNames within the value of an extension, as a tree of tags */
typedef struct Nest
{
	uint8		tag;
	const struct Nest *content; /* ends with a tag of 0; NULL for GeneralNames, perhaps among other values */
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

/* Finds the row of a tag.  Returns NULL if there is none. */
static const Nest *
find_nest(const Nest *content, uint8 tag)
{
	for (; content->tag != 0; content++)
		if (content->tag == tag)
			return content;
	return NULL;
}

/* Repairs a directoryName, given whole.  Returns NULL or the fault. */
static const char *
repair_directory_name(PcaBytes *whole)
{
	PcaDerReader reader = pca_der_reader(*whole);
	PcaDerReader inner;
	PcaDerElement name;
	PcaDerWriter writer;
	PcaBytes	repaired;
	const char *fault;

	/* If it is not a name at all, the check of the extension refuses it. */
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
 * Repairs the directory names in a value, given whole.  Returns NULL or the
 * fault.  The value is rewritten from the first repair on, and stays as it is if
 * there is none.
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

/* Repairs the directory names in a part of such a value.  Returns NULL or the fault. */
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
 * Makes the directory names in the value of an extension readable by every
 * relying party.  Returns NULL, or the fault if a name cannot be repaired
 * without loss.  Nothing else is checked; pca_extension_fault() does that
 * afterwards.
 *
 * oid: of the extension.  value: any octets; they are replaced if something is
 * repaired.
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
