/*-------------------------------------------------------------------------
 *
 * base_der_write.c
 *	  Writes DER (X.690): values are appended in reading order; a constructed
 *	  value gets its length when it ends.
 *
 * pca_der_begin() reserves one length octet; pca_der_end() moves the content if
 * the length needs more.  So callers can follow the order of their
 * specification, for the cost of a few memmove()s of some hundred bytes per
 * certificate.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_der.h"

/* Begins a value in the current memory context.  capacity: octets; the buffer grows. */
void
pca_der_init(PcaDerWriter *writer, size_t capacity)
{
	writer->data = palloc(capacity);
	writer->length = 0;
	writer->capacity = capacity;
	writer->is_fixed = false;
	writer->depth = 0;
}

/*
 * Begins a value that never leaves the caller's buffer.  This is for secrets,
 * because a growing buffer leaves copies.
 *
 * capacity: octets.  What does not fit throws program_limit_exceeded, before a
 * byte is written beyond the buffer.
 */
void
pca_der_init_fixed(PcaDerWriter *writer, uint8 *buffer, size_t capacity)
{
	writer->data = buffer;
	writer->length = 0;
	writer->capacity = capacity;
	writer->is_fixed = true;
	writer->depth = 0;
}

/* Returns the octets that were written.  Every constructed value must have ended. */
PcaBytes
pca_der_finish(PcaDerWriter *writer)
{
	Assert(writer->depth == 0);
	return (PcaBytes) {writer->data, writer->length};
}

/* Makes room for at least size more octets.  Throws program_limit_exceeded if the buffer is the caller's. */
static void
grow_buffer(PcaDerWriter *writer, size_t size)
{
	if (writer->is_fixed)
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg_internal("DER does not fit into its buffer"));
	writer->capacity = (writer->length + size) * 2;
	writer->data = repalloc_huge(writer->data, writer->capacity);
}

/* Reserves octets at the end of the value, and returns their place. */
static inline uint8 *
reserve_octets(PcaDerWriter *writer, size_t size)
{
	uint8	   *at;

	if (size > writer->capacity - writer->length)
		grow_buffer(writer, size);
	at = writer->data + writer->length;
	writer->length += size;
	return at;
}

/* Returns how many octets a length takes. */
static int
length_octets(size_t length)
{
	if (length < 0x80)
		return 1;
	return length <= 0xff ? 2 : length <= 0xffff ? 3 : length <= 0xffffff ? 4 : 5;
}

/* Writes the octets of a length, as many as length_octets() returns. */
static void
put_length(uint8 *at, size_t length, int octets)
{
	if (octets == 1)
	{
		at[0] = (uint8) length;
		return;
	}
	at[0] = 0x80 | (octets - 1);
	for (int i = octets - 1; i > 0; i--, length >>= 8)
		at[i] = (uint8) length;
}

/* Begins a constructed value: what is appended until pca_der_end() is its content. */
void
pca_der_begin(PcaDerWriter *writer, uint8 tag)
{
	uint8	   *at = reserve_octets(writer, 2);

	if (writer->depth == PCA_DER_MAX_DEPTH)
		elog(ERROR, "DER is nested too deeply");
	at[0] = tag;
	writer->open[writer->depth++] = writer->length;
}

/* Ends the constructed value that began last. */
void
pca_der_end(PcaDerWriter *writer)
{
	size_t		start = writer->open[--writer->depth];
	size_t		length = writer->length - start;
	int			octets = length_octets(length);

	if (octets > 1)
	{
		reserve_octets(writer, octets - 1);
		memmove(writer->data + start + octets - 1, writer->data + start, length);
	}
	put_length(writer->data + start - 1, length, octets);
}

/* Appends octets that are DER already. */
void
pca_der_raw(PcaDerWriter *writer, PcaBytes der)
{
	if (der.length > 0)
		memcpy(reserve_octets(writer, der.length), der.data, der.length);
}

/* Appends a primitive value. */
void
pca_der_primitive(PcaDerWriter *writer, uint8 tag, PcaBytes content)
{
	int			octets = length_octets(content.length);
	uint8	   *at = reserve_octets(writer, 1 + octets + content.length);

	at[0] = tag;
	put_length(at + 1, content.length, octets);
	if (content.length > 0)
		memcpy(at + 1 + octets, content.data, content.length);
}

/* Appends a BOOLEAN. */
void
pca_der_boolean(PcaDerWriter *writer, bool value)
{
	uint8		octet = value ? 0xff : 0;

	pca_der_primitive(writer, PCA_DER_BOOLEAN, (PcaBytes) {&octet, 1});
}

/* Appends an INTEGER. */
void
pca_der_integer(PcaDerWriter *writer, uint32 value)
{
	uint8		octets[4] = {value >> 24, value >> 16, value >> 8, value};

	pca_der_unsigned(writer, PCA_BYTES(octets));
}

/* Appends an INTEGER from an unsigned number, with no leading zero other than that of the sign. */
void
pca_der_unsigned(PcaDerWriter *writer, PcaBytes big_endian)
{
	uint8	   *at;
	int			octets;
	bool		needs_sign;

	while (big_endian.length > 1 && big_endian.data[0] == 0)
	{
		big_endian.data++;
		big_endian.length--;
	}
	needs_sign = big_endian.data[0] >= 0x80;
	octets = length_octets(big_endian.length + needs_sign);
	at = reserve_octets(writer, 1 + octets + needs_sign + big_endian.length);
	at[0] = PCA_DER_INTEGER;
	put_length(at + 1, big_endian.length + needs_sign, octets);
	at[1 + octets] = 0;
	memcpy(at + 1 + octets + needs_sign, big_endian.data, big_endian.length);
}

/* Appends a BIT STRING of whole octets. */
void
pca_der_bit_string(PcaDerWriter *writer, PcaBytes bits)
{
	int			octets = length_octets(bits.length + 1);
	uint8	   *at = reserve_octets(writer, 2 + octets + bits.length);

	at[0] = PCA_DER_BIT_STRING;
	put_length(at + 1, bits.length + 1, octets);
	at[1 + octets] = 0;
	if (bits.length > 0)
		memcpy(at + 2 + octets, bits.data, bits.length);
}

/*
 * Appends a BIT STRING with named bits; bit 0 of the mask is bit 0 of the type.
 *
 * X.690 11.2.2: trailing zero bits are left out.
 */
void
pca_der_named_bits(PcaDerWriter *writer, uint32 mask)
{
	uint8		content[5] = {0};
	size_t		length = 1;

	for (int bit = 0; bit < 32; bit++)
	{
		if ((mask & (1u << bit)) == 0)
			continue;
		content[1 + bit / 8] |= 0x80 >> (bit % 8);
		content[0] = 7 - bit % 8;
		length = 2 + bit / 8;
	}
	pca_der_primitive(writer, PCA_DER_BIT_STRING, (PcaBytes) {content, length});
}

/* Appends an object identifier.  Its dotted form is known to be valid. */
void
pca_der_oid(PcaDerWriter *writer, const char *dotted)
{
	uint8		content[PCA_OID_MAX_LENGTH];
	size_t		length;

	if (!pca_oid_parse(dotted, content, &length))
		elog(ERROR, "invalid object identifier \"%s\"", dotted);
	pca_der_primitive(writer, PCA_DER_OID, (PcaBytes) {content, length});
}
