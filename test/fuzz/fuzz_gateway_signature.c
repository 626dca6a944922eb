/*-------------------------------------------------------------------------
 *
 * fuzz_gateway_signature.c
 *	  Any lines as the headers of a request to the gateway: refused, or made into a
 *	  canonical request that the database can read, and that has each header that
 *	  AWS defines.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "../../gateway/signature.h"
#include "rule_signed_request.h"

#define MAX_HEADERS 32
#define PAYLOAD_HASH "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

/* Splits the input into headers, a line each, with their names before a colon. */
static int
read_headers(PcaBytes input, GwHeader *headers)
{
	GwBytes		rest = {(const char *) input.data, input.length};
	GwBytes		line;
	int			count = 0;

	while (count < MAX_HEADERS && pca_gw_bytes_split(&rest, '\n', &line))
	{
		headers[count].value = line;
		pca_gw_bytes_split(&headers[count].value, ':', &headers[count].name);
		count++;
	}
	return count;
}

static char *
copy_text(GwBytes text)
{
	return pnstrdup(text.data == NULL ? "" : text.data, text.length);
}

/* Every header that AWS defines is a line of its own. */
static void
check_lines(const GwHeader *headers, int count, const char *canonical_request)
{
	for (int i = 0; i < count; i++)
		if (pca_gw_bytes_begin(headers[i].name, GW_LITERAL("x-amz-")))
		{
			char	   *name = copy_text(headers[i].name);

			for (char *at = name; *at != '\0'; at++)
				*at = pca_gw_lower(*at);
			FUZZ_CHECK(strstr(canonical_request, psprintf("\n%s:", name)) != NULL);
		}
}

void
fuzz_one(PcaBytes input)
{
	GwHeader	headers[MAX_HEADERS];
	int			count = read_headers(input, headers);
	GwAuthorization authorization;
	const GwRefusal *refusal = pca_gw_signature_check(headers, count, &authorization);
	GwBuffer	text = {0};
	GwBytes		value = pca_gw_header_find(headers, count, GW_LITERAL("authorization"));
	PcaSignedRequest request = {0};
	char	   *canonical_request;

	if (refusal != NULL)
	{
		fuzz_check_fault(refusal->message);
		return;
	}
	pca_gw_canonical_request(headers, count, &authorization, &text);
	FUZZ_CHECK(!text.is_broken);
	canonical_request = psprintf("%.*s%s", (int) text.length, text.data, PAYLOAD_HASH);
	pca_gw_buffer_free(&text);
	check_lines(headers, count, canonical_request);
	/* What the database makes of it is for another target; here it must not fail. */
	pca_signed_request_parse(copy_text(pca_gw_bytes_trim(value)), canonical_request,
							 PAYLOAD_HASH, &request);
}
