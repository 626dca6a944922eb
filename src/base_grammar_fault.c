/*-------------------------------------------------------------------------
 *
 * base_grammar_fault.c
 *	  Checks that rows of grammars share: what X.690 and the types of ASN.1
 *	  require beyond the order of elements.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_grammar.h"
#include "mb/pg_wchar.h"

/*
 * Integers, bits, octets
 */

/* Lengths, counts and versions are small, and not every reader has room for larger ones. */
const char *
pca_small_integer_fault(const PcaDerElement *element, PcaPlace *place)
{
	uint32		value;

	return pca_der_read_uint32(element->content, &value) ? NULL : "the number is negative or above 2147483647";
}

/* RFC 7633 4.1: the number of a TLS extension */
const char *
pca_short_integer_fault(const PcaDerElement *element, PcaPlace *place)
{
	uint32		value;

	return pca_der_read_uint32(element->content, &value) && value <= 0xffff ? NULL : "the number is negative or above 65535";
}

/* X.690 11.5 */
const char *
pca_true_fault(const PcaDerElement *element, PcaPlace *place)
{
	return element->content.data[0] != 0 ? NULL : "FALSE is the default value, which DER omits";
}

/* Refuses an element without content. */
const char *
pca_empty_fault(const PcaDerElement *element, PcaPlace *place)
{
	return element->content.length > 0 ? NULL : "it is empty";
}

/*
 * X.690 11.2.2: a named bit list ends with a bit that is set.  It must not be
 * empty, and no list in certificates names more than 9 bits.
 */
const char *
pca_named_bits_fault(const PcaDerElement *element, PcaPlace *place)
{
	PcaBytes	content = element->content;
	int			unused = content.data[0];
	bool		is_zero = true;

	for (size_t i = 1; i < content.length; i++)
		is_zero &= content.data[i] == 0;
	if (is_zero)
		return "no bit is set";
	if ((content.data[content.length - 1] >> unused & 1) == 0)
		return "the bits end with one that is not set, which DER does not allow";
	return 8 * (content.length - 1) - unused > 9 ? "a bit without a meaning is set" : NULL;
}

/*
 * Texts and times
 */

/* Checks the characters of a string type, which must not be empty. */
const char *
pca_text_fault(const PcaDerElement *element, PcaPlace *place)
{
	PcaBytes	content = element->content;

	if (content.length == 0)
		return "it is empty";
	if (element->tag == PCA_DER_UTF8_STRING)
		return pg_encoding_verifymbstr(PG_UTF8, (const char *) content.data, content.length) == (int) content.length
			? NULL : "it is not UTF-8";
	if (element->tag == PCA_DER_BMP_STRING || element->tag == PCA_DER_UNIVERSAL_STRING)
		return content.length % (element->tag == PCA_DER_BMP_STRING ? 2 : 4) == 0 ? NULL : "it ends in an incomplete character";
	for (size_t i = 0; i < content.length; i++)
		if (content.data[i] == 0 || content.data[i] >= 0x80)
			return "it has a character other than ASCII";
		else if (element->tag == PCA_DER_VISIBLE_STRING && (content.data[i] < 0x20 || content.data[i] == 0x7f))
			return "it has a control character";
	return NULL;
}

/* Checks that an element has one of the string types, a list that ends in 0. */
static const char *
string_fault(const PcaDerElement *element, PcaPlace *place, const uint8 *types)
{
	while (*types != 0 && *types != element->tag)
		types++;
	return *types != 0 ? pca_text_fault(element, place) : "it is not of a string type";
}

/* RFC 5280 4.2.1.4; texts of more than its 200 characters are in use, and readers accept them. */
const char *
pca_display_text_fault(const PcaDerElement *element, PcaPlace *place)
{
	static const uint8 types[] = {PCA_DER_UTF8_STRING, PCA_DER_IA5_STRING, PCA_DER_VISIBLE_STRING, PCA_DER_BMP_STRING, 0};

	return string_fault(element, place, types);
}

/* RFC 5280 4.1.2.4 */
const char *
pca_directory_string_fault(const PcaDerElement *element, PcaPlace *place)
{
	static const uint8 types[] = {
		PCA_DER_UTF8_STRING, PCA_DER_PRINTABLE_STRING, PCA_DER_T61_STRING, PCA_DER_UNIVERSAL_STRING, PCA_DER_BMP_STRING, 0
	};

	return string_fault(element, place, types);
}

const char *
pca_generalized_time_fault(const PcaDerElement *element, PcaPlace *place)
{
	PcaDerElement time = {PCA_DER_GENERALIZED_TIME, element->content, element->whole};
	int64		seconds;

	return pca_der_read_time(&time, &seconds) ? NULL : "it is not a time of the form YYYYMMDDHHMMSSZ";
}

/*
 * Lists
 */

/* Returns the object identifier that an element is or begins with. */
static PcaBytes
oid_of(const PcaDerElement *element)
{
	PcaDerReader reader = pca_der_reader(element->tag == PCA_DER_OID ? element->whole : element->content);
	PcaDerElement oid = {0};

	pca_der_take(&reader, PCA_DER_OID, &oid);
	return oid.whole;
}

static int
compare_places(const void *a, const void *b)
{
	const PcaBytes *one = a;
	const PcaBytes *other = b;
	int			order = memcmp(one->data, other->data, Min(one->length, other->length));

	if (order == 0)
		order = one->length < other->length ? -1 : one->length > other->length;
	return order != 0 ? order : one->data < other->data ? -1 : 1;
}

/* Refuses a repeated object identifier.  Sorts them, so that a long list costs little. */
const char *
pca_repeated_fault(const PcaDerElement *element, PcaPlace *place)
{
	PcaDerReader reader = pca_der_reader(element->content);
	PcaBytes   *oids = palloc((element->content.length / 3 + 1) * sizeof(PcaBytes));
	PcaDerElement item;
	int			count = 0;
	const char *fault = NULL;

	while (pca_der_next(&reader, &item))
		oids[count++] = oid_of(&item);
	if (count > 1)
		qsort(oids, count, sizeof(PcaBytes), compare_places);
	for (int i = 1; i < count; i++)
		if (pca_bytes_equal(oids[i - 1], oids[i]) && (fault == NULL || oids[i].data < place->at))
		{
			place->at = oids[i].data;
			fault = "an object identifier appears more than once";
		}
	pfree(oids);
	return fault;
}

/* X.690 11.6: the encodings of a SET OF are in ascending order */
const char *
pca_set_order_fault(const PcaDerElement *element, PcaPlace *place)
{
	PcaDerReader reader = pca_der_reader(element->content);
	PcaBytes	before = {0};
	PcaDerElement item;

	for (; pca_der_next(&reader, &item); before = item.whole)
		if (before.length > 0 && memcmp(before.data, item.whole.data, Min(before.length, item.whole.length)) > 0)
		{
			place->at = item.whole.data;
			return "the values of a SET are not in DER order";
		}
	return NULL;
}

/* Checks that exactly one of the alternatives is present. */
const char *
pca_choice_fault(const PcaDerElement *element, PcaPlace *place)
{
	PcaDerReader reader = pca_der_reader(element->content);
	PcaDerElement chosen;

	return pca_der_next(&reader, &chosen) && pca_der_at_end(&reader) ? NULL : "it is not exactly one of its alternatives";
}
