/*-------------------------------------------------------------------------
 *
 * rule_signed_request.c
 *	  Requests that AWS Signature Version 4 signs: what they say, and what is
 *	  wrong with them.
 *
 * The canonical request is the text that the client has signed, rebuilt by the
 * gateway: the method, the path, the query, a line per signed header, an empty
 * line, the names of the signed headers, and the digest of the body.  What a
 * request asks for is read from that text alone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_ascii.h"
#include "crypto_access_key.h"
#include "rule_signed_request.h"
#include "utils/timestamp.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"

/* Minutes by which the clocks of a client and of the server may differ */
#define TOLERANCE 5

#define LOWER_CASE "abcdefghijklmnopqrstuvwxyz"
#define UPPER_CASE "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define NAME_CHARACTERS LOWER_CASE UPPER_CASE DIGITS "-_"
#define MAX_NAME_LENGTH 32

/* A UUID's text; also the longest idempotency token of the API */
#define MAX_INVOCATION_ID_LENGTH 36

static const PcaRefusal not_refused = {NULL, NULL};

/* Refuses an Authorization header that is not complete. */
static PcaRefusal
refuse_incomplete(const char *what)
{
	return (PcaRefusal) {
		"IncompleteSignatureException",
		psprintf("Authorization header requires existence of %s.", what)
	};
}

static PcaRefusal
refuse_signature(const char *message)
{
	return (PcaRefusal) {"InvalidSignatureException", message};
}

/* Takes a text up to a delimiter.  Returns NULL if the delimiter is missing. */
static char *
take_until(const char **at, char delimiter)
{
	const char *end = strchr(*at, delimiter);
	char	   *text;

	if (end == NULL)
		return NULL;
	text = pnstrdup(*at, end - *at);
	*at = end + 1;
	return text;
}

/* Finds a parameter of the Authorization header, which has each once.  Returns NULL if it is missing or repeated. */
static char *
find_parameter(const char *authorization, const char *name)
{
	char	   *value = NULL;
	const char *at = authorization + strlen(ALGORITHM);

	while (*at != '\0')
	{
		size_t		length;

		at += strspn(at, " ,");
		length = strcspn(at, ", ");
		if (length > strlen(name) && strncmp(at, name, strlen(name)) == 0 && at[strlen(name)] == '=')
		{
			if (value != NULL)
				return NULL;
			value = pnstrdup(at + strlen(name) + 1, length - strlen(name) - 1);
		}
		at += length;
	}
	return value;
}

static bool
is_name(const char *text, const char *characters, size_t max_length)
{
	return text != NULL && text[0] != '\0' && strlen(text) <= max_length && text[strspn(text, characters)] == '\0';
}

/* Splits a credential: the access key's ID, date, region, service, and a word that ends it. */
static bool
split_credential(const char *credential, PcaSignedRequest *request)
{
	request->access_key_id = take_until(&credential, '/');
	request->date = request->access_key_id == NULL ? NULL : take_until(&credential, '/');
	request->region = request->date == NULL ? NULL : take_until(&credential, '/');
	request->service = request->region == NULL ? NULL : take_until(&credential, '/');
	return request->service != NULL && strcmp(credential, TERMINATOR) == 0 &&
		is_name(request->access_key_id, NAME_CHARACTERS, 128 - 1) &&
		is_name(request->date, DIGITS, 8) && strlen(request->date) == 8 &&
		is_name(request->region, NAME_CHARACTERS, MAX_NAME_LENGTH) &&
		is_name(request->service, NAME_CHARACTERS, MAX_NAME_LENGTH);
}

/* Reads the Authorization header.  *signed_headers: its list of names. */
static PcaRefusal
read_authorization(const char *authorization, PcaSignedRequest *request, char **signed_headers)
{
	char	   *credential;
	char	   *signature;
	uint8	   *octets = palloc(PCA_REQUEST_SIGNATURE_LENGTH);

	if (authorization == NULL || authorization[0] == '\0')
		return (PcaRefusal) {"MissingAuthenticationTokenException", "Missing Authentication Token"};
	if (strncmp(authorization, ALGORITHM " ", strlen(ALGORITHM) + 1) != 0)
		return refuse_incomplete("the algorithm '" ALGORITHM "'");
	credential = find_parameter(authorization, "Credential");
	*signed_headers = find_parameter(authorization, "SignedHeaders");
	signature = find_parameter(authorization, "Signature");
	if (credential == NULL)
		return refuse_incomplete("one 'Credential' parameter");
	if (*signed_headers == NULL)
		return refuse_incomplete("one 'SignedHeaders' parameter");
	if (signature == NULL || strlen(signature) != 2 * PCA_REQUEST_SIGNATURE_LENGTH ||
		!pca_hex_parse(signature, PCA_HEX_LOWER, octets, PCA_REQUEST_SIGNATURE_LENGTH))
		return refuse_incomplete("one 'Signature' parameter of 64 hexadecimal digits");
	if (!split_credential(credential, request))
		return refuse_incomplete("a credential of the form ID/YYYYMMDD/REGION/SERVICE/" TERMINATOR);
	request->signature = (PcaBytes) {octets, PCA_REQUEST_SIGNATURE_LENGTH};
	return not_refused;
}

/*
 * Reads the amz-sdk-invocation-id header.  text: may be NULL.
 *
 * Returns NULL if it is not one, since a client that sends something else there
 * does not repeat it either.
 */
const char *
pca_invocation_id_parse(const char *text)
{
	return is_name(text, NAME_CHARACTERS, MAX_INVOCATION_ID_LENGTH) ? text : NULL;
}

/* The signed headers that a request is read from */
typedef struct SignedHeaders
{
	bool		has_host;
	const char *date;
	const char *target;
	const char *invocation_id;
	const char *payload_hash;
	bool		has_security_token;
} SignedHeaders;

static void
keep_header(SignedHeaders *headers, const char *name, const char *value)
{
	if (strcmp(name, "host") == 0)
		headers->has_host = value[0] != '\0';
	else if (strcmp(name, "x-amz-date") == 0)
		headers->date = value;
	else if (strcmp(name, "x-amz-target") == 0)
		headers->target = value;
	else if (strcmp(name, "amz-sdk-invocation-id") == 0)
		headers->invocation_id = pca_invocation_id_parse(value);
	else if (strcmp(name, "x-amz-content-sha256") == 0)
		headers->payload_hash = value;
	else if (strcmp(name, "x-amz-security-token") == 0)
		headers->has_security_token = true;
}

/*
 * Reads the lines of the signed headers, which have the names of the list, in its
 * order, and each once.  Returns false if they are otherwise.
 */
static bool
read_headers(const char **at, const char *signed_headers, SignedHeaders *headers)
{
	const char *previous = "";

	for (;;)
	{
		size_t		length = strcspn(signed_headers, ";");
		char	   *name = pnstrdup(signed_headers, length);
		char	   *line_name = take_until(at, ':');
		char	   *value = line_name == NULL ? NULL : take_until(at, '\n');

		if (value == NULL || strcmp(name, line_name) != 0 || strcmp(previous, name) >= 0 ||
			!is_name(name, LOWER_CASE DIGITS "-_", 128))
			return false;
		keep_header(headers, name, value);
		previous = name;
		signed_headers += length;
		if (*signed_headers == '\0')
			break;
		signed_headers++;
	}
	return *(*at)++ == '\n';
}

/* Skips a line.  Returns false if it is another one. */
static bool
skip_line(const char **at, const char *text)
{
	char	   *line = take_until(at, '\n');

	return line != NULL && strcmp(line, text) == 0;
}

static bool
read_canonical_request(const char *text, const char *signed_headers, const char *payload_hash, SignedHeaders *headers)
{
	return skip_line(&text, "POST") && skip_line(&text, "/") && skip_line(&text, "") &&
		read_headers(&text, signed_headers, headers) &&
		skip_line(&text, signed_headers) &&
		strcmp(text, payload_hash) == 0;
}

/*
 * Reads a signed request.
 *
 * authorization: the Authorization header, or NULL.  canonical_request: the text
 * that the client has signed.  payload_hash: SHA-256 of the body that came with
 * them, in hexadecimal digits.
 *
 * Returns why it is refused before its signature is looked at.
 */
PcaRefusal
pca_signed_request_parse(const char *authorization, const char *canonical_request, const char *payload_hash,
						 PcaSignedRequest *request)
{
	SignedHeaders headers = {0};
	char	   *signed_headers;
	PcaRefusal	refusal = read_authorization(authorization, request, &signed_headers);

	if (refusal.error != NULL)
		return refusal;
	if (!read_canonical_request(canonical_request, signed_headers, payload_hash, &headers))
		return refuse_signature("The request signature we calculated does not match the signature you provided. "
								"The method, the path, the signed headers or the body are not those of a call of the API.");
	if (headers.has_security_token)
		return (PcaRefusal) {"UnrecognizedClientException", "The security token included in the request is invalid."};
	if (!headers.has_host || headers.date == NULL)
		return refuse_signature("'Host' and 'X-Amz-Date' must be signed headers.");
	if (headers.payload_hash != NULL && strcmp(headers.payload_hash, payload_hash) != 0)
		return refuse_signature("The value of 'X-Amz-Content-SHA256' is not the SHA-256 of the body.");
	request->signed_at = headers.date;
	request->target = headers.target;
	request->invocation_id = headers.invocation_id;
	return not_refused;
}

/* Reads a time of the form YYYYMMDDTHHMMSSZ as Unix seconds.  Returns false if it is none. */
static bool
read_time(const char *text, int64 *unix_seconds)
{
	PcaDerElement element = {.tag = PCA_DER_GENERALIZED_TIME};

	if (strlen(text) != 16 || text[8] != 'T')
		return false;
	element.content = pca_bytes_of_text(psprintf("%.8s%s", text, text + 9));
	return pca_der_read_time(&element, unix_seconds);
}

/* Formats a time as in x-amz-date: YYYYMMDDTHHMMSSZ. */
static char *
format_basic_time(int64 unix_seconds)
{
	char	   *text = pca_time_format(unix_seconds);
	char	   *end = text;

	for (const char *at = text; *at != '\0'; at++)
		if (*at != '-' && *at != ':')
			*end++ = *at;
	*end = '\0';
	return text;
}

/* Checks the time of a request, which cannot be repeated later. */
static PcaRefusal
check_time(const PcaSignedRequest *request, int64 now)
{
	int64		tolerance = TOLERANCE * SECS_PER_MINUTE;
	int64		time;

	if (!read_time(request->signed_at, &time))
		return refuse_signature("Date must be in ISO-8601 'basic format', as in 20261231T235959Z.");
	if (strncmp(request->signed_at, request->date, 8) != 0)
		return refuse_signature(psprintf("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%.8s'.",
										 request->date, request->signed_at));
	if (time < now - tolerance)
		return refuse_signature(psprintf("Signature expired: %s is now earlier than %s (%s - %d min.)",
										 request->signed_at, format_basic_time(now - tolerance), format_basic_time(now), TOLERANCE));
	if (time > now + tolerance)
		return refuse_signature(psprintf("Signature not yet current: %s is still later than %s (%s + %d min.)",
										 request->signed_at, format_basic_time(now + tolerance), format_basic_time(now), TOLERANCE));
	return not_refused;
}

/*
 * Checks the scope and the time of a request whose signature is right.
 *
 * region: of this database.  now: in Unix seconds.
 */
PcaRefusal
pca_signed_request_check(const PcaSignedRequest *request, const char *region, int64 now)
{
	if (strcmp(request->service, PCA_SIGNED_REQUEST_SERVICE) != 0 && strcmp(request->service, PCA_SIGNED_REQUEST_STS) != 0)
		return refuse_signature("Credential should be scoped to correct service: '" PCA_SIGNED_REQUEST_SERVICE "'.");
	/* The global endpoint of STS is in us-east-1. */
	if (strcmp(request->region, region) != 0 &&
		!(strcmp(request->service, PCA_SIGNED_REQUEST_STS) == 0 && strcmp(request->region, "us-east-1") == 0))
		return refuse_signature(psprintf("Credential should be scoped to a valid region, not '%s'.", request->region));
	return check_time(request, now);
}
