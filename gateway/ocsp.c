/*-------------------------------------------------------------------------
 *
 * ocsp.c
 *	  OCSP over HTTP (RFC 6960 appendix A, RFC 5019).
 *
 * The database says whether a response may be kept by caches.  One that may says
 * so for as long as it is valid, but not longer than max_age; all others forbid it.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "configuration.h"
#include "kind.h"

#define RESPONSE_TYPE "application/ocsp-response"

/* An OCSPResponse without an answer: tryLater */
static const char try_later[] = {0x30, 0x03, 0x0A, 0x01, 0x03};

/* The columns of pca_ocsp() */
enum
{
	RESPONSE,
	IS_CACHEABLE,
	THIS_UPDATE,
	NEXT_UPDATE
};

/* Says in HTTP too that no answer can be had now, so that no cache keeps it. */
static void
respond_try_later(GwRequest *request)
{
	struct MHD_Response *response = pca_gw_response_uncached((GwBytes) {try_later, sizeof(try_later)}, RESPONSE_TYPE);

	pca_gw_response_header(response, "Retry-After", "1");
	pca_gw_respond(request, MHD_HTTP_SERVICE_UNAVAILABLE, response);
}

/* Adds what RFC 5019 6.2 wants of a response that may be kept until then. */
static void
add_caching(struct MHD_Response *response, const PGresult *result, int64_t now, int64_t age)
{
	char		text[128];

	snprintf(text, sizeof(text), "max-age=%lld, public, no-transform, must-revalidate", (long long) age);
	pca_gw_response_header(response, "Cache-Control", text);
	snprintf(text, sizeof(text), "\"%016llx\"", (unsigned long long) pca_gw_bytes_hash(pca_gw_result_field(result, RESPONSE)));
	pca_gw_response_header(response, "ETag", text);
	pca_gw_response_date(response, "Last-Modified", pca_gw_result_time(result, THIS_UPDATE));
	pca_gw_response_date(response, "Expires", now + age);
}

/* Returns for how many seconds caches may keep a response; 0: not at all. */
static int64_t
cacheable_age(const PGresult *result, int64_t now)
{
	GwBytes		is_cacheable = pca_gw_result_field(result, IS_CACHEABLE);
	int64_t		age = pca_gw_result_time(result, NEXT_UPDATE) - now;

	if (is_cacheable.length != 1 || is_cacheable.data[0] == 0 || age <= 0)
		return 0;
	return age < pca_gw_configuration.max_age ? age : pca_gw_configuration.max_age;
}

/* Sends the response that the database has made. */
static void
send_response(GwRequest *request, PGresult *result)
{
	int64_t		now = (int64_t) time(NULL);
	int64_t		age = cacheable_age(result, now);
	struct MHD_Response *response = pca_gw_response_from_result(result, pca_gw_result_field(result, RESPONSE));

	pca_gw_response_header(response, "Content-Type", RESPONSE_TYPE);
	if (age > 0)
		add_caching(response, result, now, age);
	else
		pca_gw_response_header(response, "Cache-Control", "no-store");
	pca_gw_respond(request, MHD_HTTP_OK, response);
}

/* Takes the database's answer. */
static void
finish_ocsp(GwCall *call, GwFault fault, PGresult *result)
{
	GwRequest  *request = call->owner;

	if (fault == GW_FAULT_NONE && pca_gw_result_field(result, RESPONSE).length > 0)
	{
		send_response(request, result);
		return;
	}
	pca_gw_request_keep_sqlstate(request, result);
	PQclear(result);
	respond_try_later(request);
}

/* Decodes the request in a path into the place of a body. */
static bool
decode_path(GwRequest *request)
{
	GwBytes		encoded = request->target.request;
	char	   *place = malloc(encoded.length + 1);
	size_t		length = place != NULL ? pca_gw_ocsp_decode(encoded, place, encoded.length + 1) : 0;

	if (length > 0)
		pca_gw_buffer_append(&request->body, place, length);
	free(place);
	return length > 0;
}

/* Answers an OCSP request. */
void
pca_gw_ocsp_start(GwRequest *request)
{
	GwCall	   *call = &request->call;

	if (request->target.method != GW_METHOD_POST && !decode_path(request))
	{
		pca_gw_respond_text(request, MHD_HTTP_BAD_REQUEST, "the path is no OCSP request in base64");
		return;
	}
	if (request->body.length == 0)
	{
		pca_gw_respond_text(request, MHD_HTTP_BAD_REQUEST, "there is no OCSP request");
		return;
	}
	*call = (GwCall) {.statement = &pca_gw_ocsp_statement, .done = finish_ocsp, .owner = request};
	call->values[0] = (GwBytes) {request->body.data, request->body.length};
	if (pca_gw_call(call) != GW_FAULT_NONE)
		respond_try_later(request);
}
