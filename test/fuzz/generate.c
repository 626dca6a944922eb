/*-------------------------------------------------------------------------
 *
 * generate.c
 *	  Generates JSON from a stream of octets by a shape of the model.  The
 *	  document mostly matches its shape, so that the code after the check
 *	  of shapes is reached.
 *
 *-------------------------------------------------------------------------
 */
#include "json.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#define MAX_ELEMENTS 6

/* Texts with a meaning for some member */
static const char *const texts[] = {
	"www.example.com", "a", "", "http://example.com/", "user@example.com", "192.0.2.1",
	"2001:db8::1", "::ffff:192.0.2.1",
	"256.0.0.1", "Example Corp", "J\303\266rg", "\345\220\215\345\211\215", "US", "de", "123456",
	"*.example.com", "line\nbreak", "\302\205",
	"\360\237\224\221", ", +\"\\<>;=#", " edge ", "/", "path/to", "a//b", "cps.example.com/cps.html",
	"bucket-1", "ab..cd", "://",
};

static const char *const oids[] = {
	"2.5.29.17", "2.5.29.15", "2.5.29.19", "2.5.29.37", "2.5.29.32", "2.5.29.30", "2.5.29.14",
	"2.5.29.35", "2.5.29.31",
	"1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.1.24", "2.5.4.3", "2.5.4.6", "2.5.4.5",
	"0.9.2342.19200300.100.1.25", "1.2.840.113549.1.9.1",
	"1.3.6.1.5.5.7.3.1", "2.25.329800735698586629295641978511506172918", "2.999",
	"0.0", "1.39", "1.40", "2.39.0.00",
};

static const char *const blobs[] = {
	"BQA=", "MAA=", "MAMBAf8=", "MAYBAf8CAQA=", "AwIBBg==", "MAuCCWxvY2FsaG9zdA==",
	"MAaHBMAAAgE=", "BBRAQUJDREVGR0hJSktMTU5PUFFSUw==",
	"MAoGCCsGAQUFBwMB", "DARoZWxv", "MIA=", "BQAA", "MBGgDzANggsuZXhhbXBsZS5pbw==", "AA==", "====",
};

static const char *
choose(FuzzStream *stream, const char *const *choices, size_t count)
{
	return choices[fuzz_byte(stream) % count];
}

/* Appends characters from the stream. */
static char *
characters(FuzzStream *stream, int64 max)
{
	StringInfoData text;
	int			count = fuzz_byte(stream) % 32;

	if (fuzz_byte(stream) % 32 == 0)
		count = Min(max, 4096) + fuzz_byte(stream) % 3 - 1;
	initStringInfo(&text);
	while (count-- > 0)
	{
		unsigned char utf8[5] = {0};
		uint8		octet = fuzz_byte(stream);
		pg_wchar	character = octet == 0 ? 'x' : octet;

		if (octet >= 0xf0)
			character = Max(1, (octet & 15) << 16 | fuzz_byte(stream) << 8 | fuzz_byte(stream));
		if (character >= 0xd800 && character < 0xe000)
			character = 'y';
		unicode_to_utf8(character, utf8);
		appendBinaryStringInfo(&text, (const char *) utf8, pg_utf_mblen(utf8));
	}
	return text.data;
}

static const char *
oid(FuzzStream *stream)
{
	StringInfoData text;

	if (fuzz_byte(stream) % 4 != 0)
		return choose(stream, oids, lengthof(oids));
	initStringInfo(&text);
	appendStringInfo(&text, "%d.%d", fuzz_byte(stream) % 3, fuzz_byte(stream) % 40);
	for (int arcs = fuzz_byte(stream) % 8; arcs > 0; arcs--)
		appendStringInfo(&text, ".%llu", (unsigned long long) fuzz_int64(stream));
	return text.data;
}

static PcaJson
generate_string(FuzzStream *stream, const PcaShape *shape)
{
	uint8		kind = fuzz_byte(stream);
	size_t		words = 0;

	if (shape->words != NULL && kind % 16 != 0)
	{
		while (shape->words[words] != NULL)
			words++;
		return fuzz_json_string(choose(stream, shape->words, words));
	}
	if (shape->matches == pca_pattern_is_oid && kind % 16 != 0)
		return fuzz_json_string(oid(stream));
	if (shape->matches == pca_pattern_is_base64 && kind % 16 != 0)
		return fuzz_json_string(choose(stream, blobs, lengthof(blobs)));
	if (shape->matches == pca_pattern_is_country_code && kind % 16 != 0)
		return fuzz_json_string("US");
	if (kind % 4 != 0)
		return fuzz_json_string(choose(stream, texts, lengthof(texts)));
	return fuzz_json_string(characters(stream, shape->max));
}

/* Of a union, mostly one member is set. */
static bool
is_union(const PcaShape *shape)
{
	return shape == &pca_shape_general_name || shape == &pca_shape_access_method ||
		shape == &pca_shape_extended_key_usage;
}

static PcaJson
generate_structure(FuzzStream *stream, const PcaShape *shape)
{
	PcaJson		object = fuzz_json_object();
	uint8		kind = fuzz_byte(stream);
	int			count = 0;
	int			chosen;

	while (shape->members[count].name != NULL)
		count++;
	chosen = is_union(shape) && kind % 16 != 0 ? fuzz_byte(stream) % count : -1;
	for (int i = 0; i < count; i++)
	{
		const PcaMember *member = &shape->members[i];
		bool		is_there = chosen >= 0 ? i == chosen
			: member->is_required ? kind != 255 : fuzz_byte(stream) % 2 != 0;

		if (is_there)
			fuzz_json_add(&object, member->name, fuzz_generate(stream, member->shape));
	}
	return object;
}

static PcaJson
generate_list(FuzzStream *stream, const PcaShape *shape)
{
	PcaJson		array = fuzz_json_array();
	int64		count = Max(shape->min, fuzz_byte(stream) % MAX_ELEMENTS);

	while (count-- > 0)
		fuzz_json_add(&array, NULL, fuzz_generate(stream, shape->element));
	return array;
}

PcaJson
fuzz_generate(FuzzStream *stream, const PcaShape *shape)
{
	switch (shape->kind)
	{
		case PCA_SHAPE_STRING:
		case PCA_SHAPE_BLOB:
			return generate_string(stream, shape);
		case PCA_SHAPE_INTEGER:
			return fuzz_json_number(fuzz_int64(stream));
		case PCA_SHAPE_BOOLEAN:
			return (PcaJson) {.type = jbvBool, .val.boolean = fuzz_byte(stream) % 2};
		case PCA_SHAPE_LIST:
			return generate_list(stream, shape);
		case PCA_SHAPE_STRUCTURE:
			return generate_structure(stream, shape);
	}
	return (PcaJson) {.type = jbvNull};
}
