/*-------------------------------------------------------------------------
 *
 * fuzz_signed_request.c
 *	  Any text as an Authorization header with its canonical request: refused, or
 *	  read as what it says, and with nothing in it that the signature leaves out.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "rule_signed_request.h"

#define PAYLOAD_HASH "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

/* 28 November 2026, noon; the seeds are of that time. */
#define NOW INT64CONST(1795867200)

/* A part of a request that was read is in the text that was signed. */
static void
check_part(const char *text, const char *part)
{
	FUZZ_CHECK(part == NULL || strstr(text, part) != NULL);
}

static void
check_request(const char *authorization, const char *canonical_request)
{
	PcaSignedRequest request = {0};
	PcaRefusal	refusal = pca_signed_request_parse(authorization, canonical_request, PAYLOAD_HASH, &request);

	FUZZ_CHECK((refusal.error == NULL) == (refusal.message == NULL));
	if (refusal.error != NULL)
		return;
	FUZZ_CHECK(strncmp(canonical_request, "POST\n/\n\n", 8) == 0);
	FUZZ_CHECK(strlen(request.date) == 8 && request.signature.length == 32);
	check_part(authorization, psprintf("%s/%s/%s/%s/aws4_request", request.access_key_id, request.date,
									   request.region, request.service));
	check_part(canonical_request, psprintf("\nx-amz-date:%s\n", request.signed_at));
	check_part(canonical_request, "\nhost:");
	if (request.target != NULL)
		check_part(canonical_request, psprintf("\nx-amz-target:%s\n", request.target));
	if (request.invocation_id != NULL)
		check_part(canonical_request, psprintf("amz-sdk-invocation-id:%s\n", request.invocation_id));
	refusal = pca_signed_request_check(&request, "us-east-1", NOW);
	if (refusal.error == NULL)
		FUZZ_CHECK(strncmp(request.signed_at, "20261128T1", 10) == 0 && strncmp(request.date, "20261128", 8) == 0);
}

/* The header is the first line, the canonical request the rest. */
void
fuzz_one(PcaBytes input)
{
	char	   *text = fuzz_text(input);
	char	   *end = text == NULL ? NULL : strchr(text, '\n');

	if (text == NULL)
		return;
	if (end == NULL)
	{
		check_request(text, "");
		return;
	}
	*end = '\0';
	check_request(text, end + 1);
}
