/*-------------------------------------------------------------------------
 *
 * fuzz_gateway_target.c
 *	  Any text as the target of a request to the gateway, and as an OCSP request by
 *	  GET: what is decoded encodes to the same request again.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "../../gateway/target.h"
#include "common/base64.h"

#define CAPACITY 4096

/* Percent-encodes every octet, which is the longest form of a text. */
static GwBytes
encode_percent(const char *text, size_t length)
{
	char	   *encoded = palloc(3 * length + 1);

	for (size_t i = 0; i < length; i++)
		sprintf(encoded + 3 * i, "%%%02X", (unsigned char) text[i]);
	return (GwBytes) {encoded, 3 * length};
}

/* A request that was decoded is decoded again from its usual form, and from the longest one. */
static void
check_request(GwBytes encoded)
{
	char	   *request = palloc(CAPACITY);
	char	   *again = palloc(CAPACITY);
	char	   *base64 = palloc(2 * CAPACITY);
	size_t		length = pca_gw_ocsp_decode(encoded, request, CAPACITY);
	int			characters;
	GwBytes		percent;

	FUZZ_CHECK(length <= CAPACITY);
	if (length == 0)
		return;
	characters = pg_b64_encode((const void *) request, (int) length, base64, 2 * CAPACITY);
	FUZZ_CHECK(pca_gw_ocsp_decode((GwBytes) {base64, characters}, again, CAPACITY) == length);
	FUZZ_CHECK(memcmp(request, again, length) == 0);
	percent = encode_percent(base64, characters);
	FUZZ_CHECK(pca_gw_ocsp_decode(percent, again, CAPACITY) == length && memcmp(request, again, length) == 0);
}

static void
check_path(GwBytes path)
{
	char	   *decoded = palloc(path.length + 1);
	char	   *again = palloc(path.length + 1);
	size_t		length;
	size_t		length_again;

	if (!pca_gw_percent_decode(path, decoded, &length))
		return;
	FUZZ_CHECK(length <= path.length && memchr(decoded, '\0', length) == NULL && fuzz_is_text(decoded, length));
	FUZZ_CHECK(pca_gw_percent_decode(encode_percent(decoded, length), again, &length_again) &&
			   length == length_again && memcmp(decoded, again, length) == 0);
}

static bool
is_inside(GwBytes part, PcaBytes whole)
{
	return part.length == 0 ||
		(part.data >= (const char *) whole.data && part.data + part.length <= (const char *) whole.data + whole.length);
}

void
fuzz_one(PcaBytes input)
{
	static const GwMethod methods[] = {GW_METHOD_GET, GW_METHOD_HEAD, GW_METHOD_POST, GW_METHOD_OTHER};
	GwBytes		uri = {(const char *) input.data, input.length};

	for (size_t i = 0; i < lengthof(methods); i++)
	{
		GwTarget	target = pca_gw_target_parse(methods[i], uri, GW_LITERAL("application/ocsp-request"), GW_LITERAL("/ocsp"));

		FUZZ_CHECK(target.method == methods[i] && (int) target.kind < GW_KINDS);
		FUZZ_CHECK(is_inside(target.path, input) && is_inside(target.query, input) && is_inside(target.request, input));
		FUZZ_CHECK(target.kind != GW_KIND_OCSP || methods[i] == GW_METHOD_POST || target.request.length > 0);
		check_request(target.request);
		check_path(target.path);
	}
	check_request(uri);
}
