/*-------------------------------------------------------------------------
 *
 * fuzz_der.c
 *	  Reads any octets as DER.
 *
 * What passes pca_der_scan() is read by the readers to the last octet, and
 * written again unchanged by the writer, into its own buffer and into one of
 * the caller.  OpenSSL reads the same values.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <time.h>

/* Checks that OpenSSL reads a whole primitive value, and writes it unchanged. */
#define CHECK_ROUND_TRIP(TYPE, whole) \
	do { \
		const uint8 *at = (whole).data; \
		TYPE	   *value = d2i_##TYPE(NULL, &at, (whole).length); \
		uint8	   *encoded = NULL; \
		int			length; \
		FUZZ_CHECK(value != NULL && at == (whole).data + (whole).length); \
		length = i2d_##TYPE(value, &encoded); \
		FUZZ_CHECK(length >= 0 && pca_bytes_equal((whole), (PcaBytes) {encoded, length})); \
		OPENSSL_free(encoded); \
		TYPE##_free(value); \
	} while (0)

static void
check_integer(const PcaDerElement *element)
{
	const uint8 *at = element->whole.data;
	ASN1_INTEGER *integer = d2i_ASN1_INTEGER(NULL, &at, element->whole.length);
	int64_t		number;
	uint32		value;
	bool		is_small = ASN1_INTEGER_get_int64(&number, integer) == 1 && number >= 0 && number <= PG_INT32_MAX;

	ERR_clear_error();
	FUZZ_CHECK(pca_der_read_uint32(element->content, &value) == is_small);
	FUZZ_CHECK(!is_small || value == number);
	ASN1_INTEGER_free(integer);
}

/* Checks that OpenSSL reads each date that we read, as the same second. */
static void
check_time(const PcaDerElement *element)
{
	const uint8 *at = element->whole.data;
	ASN1_TIME  *value = d2i_ASN1_TIME(NULL, &at, element->whole.length);
	struct tm	tm;
	int64		seconds;

	if (pca_der_read_time(element, &seconds))
	{
		PcaDerWriter writer;
		PcaDerElement again;
		PcaDerReader reader;
		int64		seconds_again;

		FUZZ_CHECK(value != NULL && ASN1_TIME_to_tm(value, &tm) == 1 && timegm(&tm) == seconds);
		/* None of our certificates begins or ends before 1970. */
		if (seconds < 0)
			return ASN1_TIME_free(value);
		pca_der_init(&writer, 1);
		pca_der_time(&writer, seconds);
		reader = pca_der_reader(pca_der_finish(&writer));
		FUZZ_CHECK(pca_der_next(&reader, &again) && pca_der_read_time(&again, &seconds_again) &&
				   seconds_again == seconds);
	}
	ASN1_TIME_free(value);
}

static void
check_primitive(const PcaDerElement *element)
{
	switch (element->tag)
	{
		case PCA_DER_BOOLEAN:
			FUZZ_CHECK(element->content.length == 1);
			break;
		case PCA_DER_INTEGER:
			CHECK_ROUND_TRIP(ASN1_INTEGER, element->whole);
			check_integer(element);
			break;
		case PCA_DER_BIT_STRING:
			CHECK_ROUND_TRIP(ASN1_BIT_STRING, element->whole);
			break;
		case PCA_DER_NULL:
			CHECK_ROUND_TRIP(ASN1_NULL, element->whole);
			break;
		case PCA_DER_OID:
			CHECK_ROUND_TRIP(ASN1_OBJECT, element->whole);
			break;
		case PCA_DER_UTC_TIME:
		case PCA_DER_GENERALIZED_TIME:
			check_time(element);
			break;
		default:
			break;
	}
}

/* Checks that OpenSSL reads the same header. */
static void
check_header(const PcaDerElement *element)
{
	const uint8 *at = element->whole.data;
	long		length;
	int			tag;
	int			class;
	int			flags = ASN1_get_object(&at, &length, &tag, &class, element->whole.length);

	FUZZ_CHECK((flags & 0x81) == 0);
	FUZZ_CHECK(at == element->content.data && (size_t) length == element->content.length);
	FUZZ_CHECK((Min(tag, 0x1f) | class | (flags & 0x20)) == element->tag);
}

static void
walk(PcaDerReader reader, PcaDerWriter *writer, int depth)
{
	PcaDerElement element;

	FUZZ_CHECK(depth <= PCA_DER_MAX_DEPTH);
	while (!pca_der_at_end(&reader))
	{
		PcaDerReader copy = reader;

		FUZZ_CHECK(!pca_der_peek(&reader, *reader.next ^ 1));
		FUZZ_CHECK(pca_der_next(&reader, &element) && pca_der_take(&copy, element.tag, &element));
		FUZZ_CHECK(copy.next == reader.next);
		check_header(&element);
		/* Our writer has no tag numbers above 30. */
		if ((element.tag & 0x1f) == 0x1f)
		{
			pca_der_raw(writer, element.whole);
			continue;
		}
		if ((element.tag & 0x20) == 0)
		{
			check_primitive(&element);
			pca_der_primitive(writer, element.tag, element.content);
			continue;
		}
		if (depth == PCA_DER_MAX_DEPTH)
		{
			pca_der_raw(writer, element.whole);
			continue;
		}
		pca_der_begin(writer, element.tag);
		walk(pca_der_reader(element.content), writer, depth + 1);
		pca_der_end(writer);
	}
}

/* Checks that a buffer of that many octets is enough and that one octet less is an error. */
static void
check_fixed(PcaBytes input)
{
	uint8	   *buffer = palloc(input.length);
	PcaDerWriter writer;
	int			state;

	pca_der_init_fixed(&writer, buffer, input.length);
	walk(pca_der_reader(input), &writer, 0);
	FUZZ_CHECK(writer.data == buffer && pca_bytes_equal(pca_der_finish(&writer), input));

	buffer = palloc(input.length - 1);
	pca_der_init_fixed(&writer, buffer, input.length - 1);
	state = FUZZ_CATCH(walk(pca_der_reader(input), &writer, 0));
	FUZZ_CHECK(state == ERRCODE_PROGRAM_LIMIT_EXCEEDED && writer.data == buffer);
}

void
fuzz_one(PcaBytes input)
{
	PcaDerWriter writer;
	PcaDerReader reader = pca_der_reader(input);
	PcaDerElement element;
	const uint8 *at = input.data;
	ASN1_TYPE  *type;

	/* What does not pass must still be safe to read. */
	while (pca_der_next(&reader, &element))
	{
		int64		seconds;
		uint32		value;

		pca_der_read_uint32(element.content, &value);
		pca_der_read_time(&element, &seconds);
		pca_oid_is_valid(element.content);
	}
	if (pca_der_scan(input) != NULL)
		return;

	type = d2i_ASN1_TYPE(NULL, &at, input.length);
	ERR_clear_error();
	FUZZ_CHECK(type == NULL || at == input.data + input.length);
	ASN1_TYPE_free(type);

	pca_der_init(&writer, 1);
	walk(pca_der_reader(input), &writer, 0);
	FUZZ_CHECK(pca_bytes_equal(pca_der_finish(&writer), input));
	check_fixed(input);
}
