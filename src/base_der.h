/*-------------------------------------------------------------------------
 *
 * base_der.h
 *	  Reads and writes DER (X.690): a bounded reader of a byte slice, a growing
 *	  writer, and the scan that hostile input must pass before any library sees
 *	  a byte of it.
 *
 * This is our own code for speed and safety: it writes a certificate in about a
 * microsecond, where OpenSSL's object API needs a hundred, and a scan that knows
 * only tags and lengths is small enough to be fuzzed thoroughly.  It knows
 * nothing of X.509.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_DER_H
#define BASE_DER_H

#include "postgres.h"

/* A slice of memory that is owned elsewhere */
typedef struct PcaBytes
{
	const uint8 *data;
	size_t		length;
} PcaBytes;

#define PCA_BYTES(array) ((PcaBytes) {(const uint8 *) (array), sizeof(array)})
/* The octets of a string literal, as an initializer */
#define PCA_BYTES_INIT(text) {(const uint8 *) (text), sizeof(text) - 1}
#define PCA_BYTES_OF(text) ((PcaBytes) PCA_BYTES_INIT(text))

/* Identifier octets.  A tag number above 30 takes several; none of those has a name here. */
enum
{
	PCA_DER_BOOLEAN = 0x01,
	PCA_DER_INTEGER = 0x02,
	PCA_DER_BIT_STRING = 0x03,
	PCA_DER_OCTET_STRING = 0x04,
	PCA_DER_NULL = 0x05,
	PCA_DER_OID = 0x06,
	PCA_DER_ENUMERATED = 0x0a,
	PCA_DER_UTF8_STRING = 0x0c,
	PCA_DER_NUMERIC_STRING = 0x12,
	PCA_DER_PRINTABLE_STRING = 0x13,
	PCA_DER_T61_STRING = 0x14,
	PCA_DER_IA5_STRING = 0x16,
	PCA_DER_UTC_TIME = 0x17,
	PCA_DER_GENERALIZED_TIME = 0x18,
	PCA_DER_VISIBLE_STRING = 0x1a,
	PCA_DER_UNIVERSAL_STRING = 0x1c,
	PCA_DER_BMP_STRING = 0x1e,
	PCA_DER_SEQUENCE = 0x30,
	PCA_DER_SET = 0x31,
	PCA_DER_CONTEXT = 0x80,		/* [n], primitive */
	PCA_DER_CONTEXT_CONSTRUCTED = 0xa0	/* [n], constructed */
};

#define PCA_DER_MAX_DEPTH 16
#define PCA_DER_MAX_NODES 5000
#define PCA_OID_MAX_LENGTH 63	/* not every relying party reads longer ones */

/* One element, as slices of the input */
typedef struct PcaDerElement
{
	uint8		tag;			/* the first identifier octet */
	PcaBytes	content;		/* the octets that the length counts */
	PcaBytes	whole;			/* identifier and length octets included */
} PcaDerElement;

typedef struct PcaDerReader
{
	const uint8 *next;
	const uint8 *end;
} PcaDerReader;

extern bool pca_bytes_equal(PcaBytes a, PcaBytes b);
extern PcaBytes pca_bytes_of_text(const char *text);
extern PcaBytes pca_bytes_copy(PcaBytes bytes);
extern bytea *pca_bytes_to_bytea(PcaBytes bytes);
extern PcaBytes pca_bytes_of_bytea(const bytea *value);

extern const char *pca_der_scan(PcaBytes der);
extern const char *pca_der_scan_within(PcaBytes der, int room);
extern const char *pca_der_scan_at(PcaBytes der, size_t *octet);
extern const char *pca_der_primitive_fault(uint8 tag, PcaBytes content);

extern PcaDerReader pca_der_reader(PcaBytes content);
extern bool pca_der_at_end(const PcaDerReader *reader);
extern bool pca_der_peek(const PcaDerReader *reader, uint8 tag);
extern bool pca_der_next(PcaDerReader *reader, PcaDerElement *element);
extern bool pca_der_take(PcaDerReader *reader, uint8 tag, PcaDerElement *element);
extern bool pca_der_enter(PcaDerReader *reader, uint8 tag, PcaDerReader *inner);
extern bool pca_der_read_uint32(PcaBytes integer, uint32 *value);
extern bool pca_der_read_unsigned(PcaBytes integer, uint8 *value, size_t size);
extern char *pca_time_format(int64 unix_seconds);
extern bool pca_der_read_time(const PcaDerElement *element, int64 *unix_seconds);

/* A DER value under construction, in the memory context in which it began or in a buffer of the caller */
typedef struct PcaDerWriter
{
	uint8	   *data;
	size_t		length;
	size_t		capacity;
	bool		is_fixed;		/* the buffer is the caller's and must not grow */
	int			depth;
	size_t		open[PCA_DER_MAX_DEPTH];	/* where each open content begins */
} PcaDerWriter;

extern void pca_der_init(PcaDerWriter *writer, size_t capacity);
extern void pca_der_init_fixed(PcaDerWriter *writer, uint8 *buffer, size_t capacity);
extern PcaBytes pca_der_finish(PcaDerWriter *writer);
extern void pca_der_begin(PcaDerWriter *writer, uint8 tag);
extern void pca_der_end(PcaDerWriter *writer);
extern void pca_der_raw(PcaDerWriter *writer, PcaBytes der);
extern void pca_der_primitive(PcaDerWriter *writer, uint8 tag, PcaBytes content);
extern void pca_der_boolean(PcaDerWriter *writer, bool value);
extern void pca_der_integer(PcaDerWriter *writer, uint32 value);
extern void pca_der_unsigned(PcaDerWriter *writer, PcaBytes big_endian);
extern void pca_der_bit_string(PcaDerWriter *writer, PcaBytes bits);
extern void pca_der_named_bits(PcaDerWriter *writer, uint32 mask);
extern void pca_der_time(PcaDerWriter *writer, int64 unix_seconds);
extern void pca_der_generalized_time(PcaDerWriter *writer, int64 unix_seconds);
extern void pca_der_oid(PcaDerWriter *writer, const char *dotted);

extern char *pca_decimal_format(PcaBytes big_endian);
extern bool pca_oid_is_valid(PcaBytes content);
extern bool pca_oid_parse(const char *dotted, uint8 *content, size_t *length);
extern char *pca_oid_format(PcaBytes content);

#endif							/* BASE_DER_H */
