/*-------------------------------------------------------------------------
 *
 * base_der.c
 *	  Reads DER (X.690): the scan of hostile input and the bounded reader.
 *
 * pca_der_scan() is the gate: definite and minimal lengths, canonical
 * primitives, bounded depth and count, nothing after the value.  What passes can
 * still be any structure.  What does not pass never reaches OpenSSL, which itself
 * follows 10,000 levels of nesting.  The readers check their bounds again and
 * never throw, because only the caller knows which exception applies.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_der.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Tells whether two slices have the same octets. */
bool
pca_bytes_equal(PcaBytes a, PcaBytes b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* Returns the octets of a text without its terminating NUL. */
PcaBytes
pca_bytes_of_text(const char *text)
{
	return (PcaBytes) {(const uint8 *) text, strlen(text)};
}

/* Copies octets, and appends a NUL that the length does not count. */
PcaBytes
pca_bytes_copy(PcaBytes bytes)
{
	uint8	   *copy = palloc(bytes.length + 1);

	memcpy(copy, bytes.data, bytes.length);
	copy[bytes.length] = 0;
	return (PcaBytes) {copy, bytes.length};
}

/* Copies octets into a bytea. */
bytea *
pca_bytes_to_bytea(PcaBytes bytes)
{
	bytea	   *result = palloc(VARHDRSZ + bytes.length);

	SET_VARSIZE(result, VARHDRSZ + bytes.length);
	memcpy(VARDATA(result), bytes.data, bytes.length);
	return result;
}

/* Returns the octets of a bytea that is not compressed; its header may be short. */
PcaBytes
pca_bytes_of_bytea(const bytea *value)
{
	return (PcaBytes) {(const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
}

/*
 * Skips a tag number above 30, which follows the first identifier octet.
 * Returns NULL or the fault.
 *
 * X.690 8.1.2.4: it is in base 128, in as few octets as possible.
 */
static const char *
skip_tag_number(const uint8 **next, const uint8 *end)
{
	const uint8 *at = *next;
	uint32		number = 0;

	do
	{
		if (at == end)
			return "a value is truncated";
		if (at - *next == 4)
			return "a tag number is longer than four octets";
		number = number << 7 | (*at & 0x7f);
	} while ((*at++ & 0x80) != 0);
	if (number < 0x1f || **next == 0x80)
		return "a tag number is not in its shortest form";
	*next = at;
	return NULL;
}

/*
 * Reads identifier and length octets.  Returns NULL or the fault.
 *
 * X.690 10.1: the length is definite and in as few octets as possible.
 */
static const char *
read_header(const uint8 **next, const uint8 *end, uint8 *tag, size_t *length)
{
	const uint8 *at = *next;
	const char *fault;
	int			octets;

	if (end - at < 2)
		return "a value is truncated";
	*tag = *at++;
	if ((*tag & 0x1f) == 0x1f && (fault = skip_tag_number(&at, end)) != NULL)
		return fault;
	if (at == end)
		return "a value is truncated";
	*length = *at++;
	if (*length == 0x80)
		return "a length is indefinite";
	if (*length > 0x80)
	{
		octets = *length & 0x7f;
		if (octets > 4)
			return "a length is longer than four octets";
		if (end - at < octets)
			return "a value is truncated";
		*length = 0;
		for (int i = 0; i < octets; i++)
			*length = *length << 8 | *at++;
		if (*length < 0x80 || (octets > 1 && *length >> (8 * (octets - 1)) == 0))
			return "a length is not in its shortest form";
	}
	if (*length > (size_t) (end - at))
		return "a value is truncated";
	*next = at;
	return NULL;
}

/*
 * Tells whether octets are the content of an object identifier.  X.690 8.19:
 * each arc is in base 128 without leading zero groups.
 */
bool
pca_oid_is_valid(PcaBytes content)
{
	bool		is_start = true;

	if (content.length == 0 || content.length > PCA_OID_MAX_LENGTH)
		return false;
	for (size_t i = 0; i < content.length; i++)
	{
		if (is_start && content.data[i] == 0x80)
			return false;
		is_start = (content.data[i] & 0x80) == 0;
	}
	return is_start;
}

/*
 * Tells whether octets are the content of a BIT STRING.  X.690 8.6 and 11.2: the
 * unused bits are counted and zero.
 */
static bool
is_bit_string(PcaBytes content)
{
	uint8		unused;

	if (content.length == 0)
		return false;
	unused = content.data[0];
	if (unused > 7 || (unused > 0 && content.length == 1))
		return false;
	return (content.data[content.length - 1] & ((1 << unused) - 1)) == 0 || content.length == 1;
}

/*
 * Checks the content of a universal primitive type, which an implicit tag may
 * hide from the scan.  Returns NULL or the fault.
 */
const char *
pca_der_primitive_fault(uint8 tag, PcaBytes content)
{
	switch (tag)
	{
		case 0:
			return "a value has the end-of-contents tag";
		case PCA_DER_BOOLEAN:
			if (content.length != 1 || (content.data[0] != 0 && content.data[0] != 0xff))
				return "a BOOLEAN is neither 00 nor FF";
			break;
		case PCA_DER_INTEGER:
			if (content.length == 0)
				return "an INTEGER is empty";
			if (content.length > 1 &&
				((content.data[0] == 0 && content.data[1] < 0x80) ||
				 (content.data[0] == 0xff && content.data[1] >= 0x80)))
				return "an INTEGER is not in its shortest form";
			break;
		case PCA_DER_BIT_STRING:
			if (!is_bit_string(content))
				return "a BIT STRING has invalid unused bits";
			break;
		case PCA_DER_NULL:
			if (content.length != 0)
				return "a NULL is not empty";
			break;
		case PCA_DER_OID:
			if (!pca_oid_is_valid(content))
				return "an object identifier is malformed";
			break;
		default:
			break;
	}
	return NULL;
}

/*
 * Tells whether a universal type is primitive or constructed where it must not
 * be.  Types 16 and 17 are constructed, the others primitive.
 */
static bool
is_form_wrong(uint8 tag)
{
	bool		is_sequence = (tag & 0x1f) == 0x10 || (tag & 0x1f) == 0x11;

	return (tag & 0xc0) == 0 && is_sequence != ((tag & 0x20) != 0);
}

/* The state of a scan */
typedef struct Scan
{
	int			room;			/* how many more values are allowed */
	const uint8 *at;			/* the value being checked */
} Scan;

/* Checks the values in a constructed value.  Returns NULL or the fault, with its place in the scan. */
static const char *
scan_content(const uint8 *next, const uint8 *end, int depth, Scan *scan)
{
	const char *fault;

	if (depth > PCA_DER_MAX_DEPTH)
		return "values are nested too deeply";
	while (next < end)
	{
		uint8		tag;
		size_t		length;

		scan->at = next;
		if (--scan->room < 0)
			return "there are too many values";
		if ((fault = read_header(&next, end, &tag, &length)) != NULL)
			return fault;
		if (is_form_wrong(tag))
			return "a value is primitive where it must be constructed, or vice versa";
		fault = (tag & 0x20) != 0
			? scan_content(next, next + length, depth + 1, scan)
			: pca_der_primitive_fault(tag, (PcaBytes) {next, length});
		if (fault != NULL)
			return fault;
		next += length;
	}
	return NULL;
}

/* Checks a value and that nothing follows it.  Returns NULL or the fault, with its place in the scan. */
static const char *
scan_whole(PcaBytes der, Scan *scan)
{
	const uint8 *next = der.data;
	const char *fault;
	uint8		tag;
	size_t		length;

	scan->at = der.data;
	if ((fault = read_header(&next, der.data + der.length, &tag, &length)) != NULL)
		return fault;
	if (next + length != der.data + der.length)
	{
		scan->at = next + length;
		return "there are trailing bytes after the value";
	}
	return scan_content(der.data, der.data + der.length, 0, scan);
}

/*
 * Checks that octets are exactly one DER value within the limits of depth and
 * count.
 *
 * room: the most values allowed.  Returns NULL, or the fault for an error's
 * DETAIL.  Runs in time linear in the input, on a stack of PCA_DER_MAX_DEPTH
 * small frames.
 */
const char *
pca_der_scan_within(PcaBytes der, int room)
{
	Scan		scan = {room, NULL};

	return scan_whole(der, &scan);
}

/* Does the same for as many values as a whole certificate or request may have. */
const char *
pca_der_scan(PcaBytes der)
{
	return pca_der_scan_within(der, PCA_DER_MAX_NODES);
}

/* Does the same as pca_der_scan(), and sets octet to the offset of the value with the fault. */
const char *
pca_der_scan_at(PcaBytes der, size_t *octet)
{
	Scan		scan = {PCA_DER_MAX_NODES, NULL};
	const char *fault = scan_whole(der, &scan);

	*octet = scan.at - der.data;
	return fault;
}

/* Returns a reader of the elements in a content. */
PcaDerReader
pca_der_reader(PcaBytes content)
{
	/* An empty slice may have a null pointer, to which nothing may be added. */
	return (PcaDerReader) {content.data, content.length > 0 ? content.data + content.length : content.data};
}

/* Tells whether a reader has no more elements. */
bool
pca_der_at_end(const PcaDerReader *reader)
{
	return reader->next == reader->end;
}

/* Tells whether there is a next element and it has this tag. */
bool
pca_der_peek(const PcaDerReader *reader, uint8 tag)
{
	return reader->next < reader->end && *reader->next == tag;
}

/* Reads the next element, of any type.  Returns false at the end and for a malformed element. */
bool
pca_der_next(PcaDerReader *reader, PcaDerElement *element)
{
	const uint8 *start = reader->next;
	const uint8 *next = start;

	if (read_header(&next, reader->end, &element->tag, &element->content.length) != NULL)
		return false;
	element->content.data = next;
	reader->next = next + element->content.length;
	element->whole = (PcaBytes) {start, reader->next - start};
	return true;
}

/* Reads the next element if it has this tag.  Returns false if not, or if it is malformed. */
bool
pca_der_take(PcaDerReader *reader, uint8 tag, PcaDerElement *element)
{
	return pca_der_peek(reader, tag) && pca_der_next(reader, element);
}

/*
 * Reads the next element if it has this tag, and returns a reader of its
 * content in inner.  Returns false as pca_der_take() does.
 */
bool
pca_der_enter(PcaDerReader *reader, uint8 tag, PcaDerReader *inner)
{
	PcaDerElement element;

	if (!pca_der_take(reader, tag, &element))
		return false;
	*inner = pca_der_reader(element.content);
	return true;
}

/* Reads the content of an INTEGER.  Returns false if it is negative or above 2^31 - 1. */
bool
pca_der_read_uint32(PcaBytes integer, uint32 *value)
{
	if (integer.length == 0 || integer.length > 4 || integer.data[0] >= 0x80)
		return false;
	*value = 0;
	for (size_t i = 0; i < integer.length; i++)
		*value = *value << 8 | integer.data[i];
	return true;
}

/*
 * Reads the content of an INTEGER into size octets, big-endian and padded with
 * zeros.  Returns false if it is negative or does not fit.
 */
bool
pca_der_read_unsigned(PcaBytes integer, uint8 *value, size_t size)
{
	if (integer.length == 0 || integer.data[0] >= 0x80)
		return false;
	if (integer.length > 1 && integer.data[0] == 0 && integer.data[1] < 0x80)
		return false;			/* not its shortest form */
	if (integer.data[0] == 0)
		integer = (PcaBytes) {integer.data + 1, integer.length - 1};
	if (integer.length > size)
		return false;
	memset(value, 0, size);
	if (integer.length > 0)
		memcpy(value + size - integer.length, integer.data, integer.length);
	return true;
}
