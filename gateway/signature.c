/*-------------------------------------------------------------------------
 *
 * signature.c
 *	  What a signature of AWS (SigV4) covers.
 *
 * The gateway cannot check a signature: it has no secret.  It builds the
 * canonical request, which the database checks, and refuses what the canonical
 * request does not show: headers that are sent twice, or x-amz headers that are
 * not signed.  Which headers are signed differs between clients, so that no fixed
 * set is expected.
 *
 * Everything here is pure: octets with their length in, nothing else read.
 *
 *-------------------------------------------------------------------------
 */
#include "signature.h"

static const GwRefusal no_authorization = {
	"MissingAuthenticationTokenException", "Missing Authentication Token"
};
static const GwRefusal malformed_authorization = {
	"IncompleteSignatureException",
	"The Authorization header must have the form AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=..."
};
static const GwRefusal session_token = {
	"UnrecognizedClientException", "The security token included in the request is invalid."
};
static const GwRefusal unsigned_header = {
	"InvalidSignatureException", "A header whose name begins with x-amz- is not among the signed headers."
};
static const GwRefusal repeated_header = {
	"InvalidSignatureException", "A header that is signed must be sent exactly once."
};
static const GwRefusal unsorted_headers = {
	"InvalidSignatureException", "The names of the signed headers must be in lower case, sorted, and each given once."
};
static const GwRefusal strange_value = {
	"InvalidSignatureException", "The value of a header that is signed must be visible ASCII."
};
static const GwRefusal unsigned_payload = {
	"InvalidSignatureException", "The payload must be signed: UNSIGNED-PAYLOAD and STREAMING are not accepted."
};

/* Returns the first header of a name, or no octets. */
GwBytes
pca_gw_header_find(const GwHeader *headers, int count, GwBytes name)
{
	for (int i = 0; i < count; i++)
		if (pca_gw_bytes_match(headers[i].name, name))
			return (GwBytes) {headers[i].value.data != NULL ? headers[i].value.data : "", headers[i].value.length};
	return (GwBytes) {0};
}

static int
count_header(const GwHeader *headers, int count, GwBytes name)
{
	int			found = 0;

	for (int i = 0; i < count; i++)
		found += pca_gw_bytes_match(headers[i].name, name);
	return found;
}

/* Takes one part, NAME=VALUE; each name may come once. */
static bool
take_part(GwBytes part, GwAuthorization *authorization)
{
	GwBytes		value = part;
	GwBytes		name;
	GwBytes    *place = NULL;

	pca_gw_bytes_split(&value, '=', &name);
	if (pca_gw_bytes_equal(name, GW_LITERAL("Credential")))
		place = &authorization->credential;
	if (pca_gw_bytes_equal(name, GW_LITERAL("SignedHeaders")))
		place = &authorization->signed_headers;
	if (pca_gw_bytes_equal(name, GW_LITERAL("Signature")))
		place = &authorization->signature;
	if (place == NULL || place->length > 0 || value.length == 0)
		return false;
	*place = value;
	return true;
}

/* Takes the value of Authorization apart.  Returns false if it is not of SigV4. */
bool
pca_gw_authorization_parse(GwBytes value, GwAuthorization *authorization)
{
	static const GwBytes algorithm = {"AWS4-HMAC-SHA256", 16};
	GwBytes		rest = pca_gw_bytes_trim(value);
	GwBytes		part;

	*authorization = (GwAuthorization) {0};
	if (rest.length <= algorithm.length || !pca_gw_bytes_are_visible(rest) ||
		!pca_gw_bytes_equal(pca_gw_bytes_clip(rest, algorithm.length), algorithm) || rest.data[algorithm.length] != ' ')
		return false;
	rest = pca_gw_bytes_from(rest, algorithm.length);
	while (pca_gw_bytes_split(&rest, ',', &part))
		if (!take_part(pca_gw_bytes_trim(part), authorization))
			return false;
	part = authorization->credential;
	return pca_gw_bytes_split(&part, '/', &authorization->access_key) && authorization->signed_headers.length > 0 &&
		authorization->signature.length > 0;
}

/* Compares two names as SigV4 sorts them. */
static int
compare_names(GwBytes one, GwBytes other)
{
	for (size_t i = 0; i < one.length && i < other.length; i++)
		if (one.data[i] != other.data[i])
			return (unsigned char) one.data[i] - (unsigned char) other.data[i];
	return (one.length > other.length) - (one.length < other.length);
}

/* Tells whether a name is in lower case. */
static bool
is_lower(GwBytes name)
{
	for (size_t i = 0; i < name.length; i++)
		if (name.data[i] != pca_gw_lower(name.data[i]))
			return false;
	return name.length > 0;
}

/* Checks the headers that are signed. */
static const GwRefusal *
check_signed(const GwHeader *headers, int count, GwBytes names)
{
	GwBytes		before = {0};
	GwBytes		name;

	while (pca_gw_bytes_split(&names, ';', &name))
	{
		if (!is_lower(name) || (before.length > 0 && compare_names(before, name) >= 0))
			return &unsorted_headers;
		if (count_header(headers, count, name) != 1)
			return &repeated_header;
		if (!pca_gw_bytes_are_visible(pca_gw_bytes_trim(pca_gw_header_find(headers, count, name))))
			return &strange_value;
		before = name;
	}
	return NULL;
}

static bool
is_signed(GwBytes name, GwBytes names)
{
	GwBytes		entry;

	while (pca_gw_bytes_split(&names, ';', &entry))
		if (pca_gw_bytes_match(entry, name))
			return true;
	return false;
}

/* Checks the headers that AWS defines: each must be signed. */
static const GwRefusal *
check_own(const GwHeader *headers, int count, GwBytes names)
{
	for (int i = 0; i < count; i++)
		if (pca_gw_bytes_begin(headers[i].name, GW_LITERAL("x-amz-")) && !is_signed(headers[i].name, names))
			return &unsigned_header;
	return NULL;
}

/*
 * Checks what the canonical request does not show, and takes Authorization apart.
 * Returns why the request is refused, or NULL.
 */
const GwRefusal *
pca_gw_signature_check(const GwHeader *headers, int count, GwAuthorization *authorization)
{
	GwBytes		value = pca_gw_header_find(headers, count, GW_LITERAL("authorization"));
	GwBytes		payload = pca_gw_header_find(headers, count, GW_LITERAL("x-amz-content-sha256"));
	const GwRefusal *refusal;

	*authorization = (GwAuthorization) {0};
	if (value.data == NULL)
		return &no_authorization;
	if (count_header(headers, count, GW_LITERAL("authorization")) > 1 || !pca_gw_authorization_parse(value, authorization))
		return &malformed_authorization;
	if (pca_gw_header_find(headers, count, GW_LITERAL("x-amz-security-token")).data != NULL)
		return &session_token;
	if (pca_gw_bytes_begin(payload, GW_LITERAL("UNSIGNED")) || pca_gw_bytes_begin(payload, GW_LITERAL("STREAMING")))
		return &unsigned_payload;
	refusal = check_signed(headers, count, authorization->signed_headers);
	return refusal != NULL ? refusal : check_own(headers, count, authorization->signed_headers);
}

/* Appends a value as SigV4 wants it: without spaces around it, and one where there are more. */
static void
append_folded(GwBuffer *text, GwBytes value)
{
	value = pca_gw_bytes_trim(value);
	while (value.length > 0)
	{
		size_t		length = 1;

		while (value.data[0] != ' ' && length < value.length && value.data[length] != ' ')
			length++;
		pca_gw_buffer_append(text, value.data, length);
		while (value.data[0] == ' ' && length < value.length && value.data[length] == ' ')
			length++;
		value = pca_gw_bytes_from(value, length);
	}
}

/*
 * Builds the canonical request of a POST of "/", but for the digest of the body, its
 * last line, which the database adds.
 *
 * headers: as pca_gw_signature_check() has found them good.
 */
void
pca_gw_canonical_request(const GwHeader *headers, int count, const GwAuthorization *authorization, GwBuffer *text)
{
	GwBytes		names = authorization->signed_headers;
	GwBytes		name;

	pca_gw_buffer_add(text, "POST\n/\n\n");
	while (pca_gw_bytes_split(&names, ';', &name))
	{
		pca_gw_buffer_append(text, name.data, name.length);
		pca_gw_buffer_add(text, ":");
		append_folded(text, pca_gw_header_find(headers, count, name));
		pca_gw_buffer_add(text, "\n");
	}
	pca_gw_buffer_add(text, "\n");
	pca_gw_buffer_append(text, authorization->signed_headers.data, authorization->signed_headers.length);
	pca_gw_buffer_add(text, "\n");
}
