/*-------------------------------------------------------------------------
 *
 * api.c
 *	  The API as AWS clients call it: JSON 1.1, and GetCallerIdentity of STS.
 *
 * The body goes to the database and the answer comes from it, both as they are.
 * The gateway builds what the signature covers, and says errors as AWS does: the
 * name in the body and in a header, since some clients read only one of them.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "api_error.h"
#include "event.h"
#include "kind.h"
#include "log.h"
#include "signature.h"

#define JSON_TYPE "application/x-amz-json-1.1"
#define TARGET_PREFIX "ACMPrivateCA."

/* How often a call is repeated that failed because of another one, and after how long at first */
#define RETRIES 5
#define FIRST_DELAY (10 * GW_MILLISECOND)

#define LONGEST_MESSAGE 4096

/* A UUID's text */
#define INVOCATION_ID_LENGTH 36

/* The columns of the api statement */
enum
{
	STATUS,
	ERROR,
	REQUEST_ID,
	BODY,
	MESSAGE,
	ARN,
	USER_ID,
	ACCOUNT
};

/* A call of the API. */
typedef struct GwApi
{
	GwBuffer	canonical;
	int			retries;
} GwApi;

static void
free_api(GwRequest *request)
{
	GwApi	   *api = request->state;

	pca_gw_buffer_free(&api->canonical);
	free(api);
}

/* Tells whether a request is one of STS, which has forms and XML. */
static bool
is_sts(const GwRequest *request)
{
	return pca_gw_bytes_begin(pca_gw_request_header(request, "Content-Type"), GW_LITERAL("application/x-www-form-urlencoded"));
}

/* Gives a request that the database has not named an ID: a random UUID (RFC 9562 5.4). */
static void
draw_request_id(GwRequest *request)
{
	unsigned char octets[16] = {0};
	size_t		at = 0;

	if (request->request_id[0] != '\0')
		return;
	if (getrandom(octets, sizeof(octets), 0) != sizeof(octets))
		pca_gw_log("api", "there are no random octets");
	octets[6] = (octets[6] & 0x0F) | 0x40;
	octets[8] = (octets[8] & 0x3F) | 0x80;
	for (int i = 0; i < 16; i++)
		at += (size_t) snprintf(request->request_id + at, sizeof(request->request_id) - at, "%02x%s", octets[i],
								i == 3 || i == 5 || i == 7 || i == 9 ? "-" : "");
}

/* Sends a text of a type, with the request's ID. */
static void
send_text(GwRequest *request, unsigned int status, const char *type, struct MHD_Response *response)
{
	draw_request_id(request);
	pca_gw_response_header(response, "Content-Type", type);
	pca_gw_response_header(response, "Cache-Control", "no-store");
	pca_gw_response_header(response, "x-amzn-RequestId", request->request_id);
	if (request->error[0] != '\0')
		pca_gw_response_header(response, "x-amzn-ErrorType", request->error);
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		pca_gw_response_header(response, "Retry-After", "1");
	pca_gw_respond(request, status, response);
}

static void
add_element(GwBuffer *text, const char *name, GwBytes content)
{
	pca_gw_buffer_format(text, "<%s>", name);
	pca_gw_buffer_xml(text, content);
	pca_gw_buffer_format(text, "</%s>", name);
}

/* Writes an error in XML. */
static void
format_xml_error(const GwRequest *request, unsigned int status, GwBytes message, GwBuffer *text)
{
	pca_gw_buffer_add(text, "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>");
	add_element(text, "Type", pca_gw_bytes(status < 500 ? "Sender" : "Receiver"));
	add_element(text, "Code", pca_gw_bytes(pca_gw_api_error_sts_name(request->error)));
	add_element(text, "Message", message);
	pca_gw_buffer_add(text, "</Error>");
	add_element(text, "RequestId", pca_gw_bytes(request->request_id));
	pca_gw_buffer_add(text, "</ErrorResponse>");
}

static void
format_json_error(const GwRequest *request, GwBytes message, GwBuffer *text)
{
	pca_gw_buffer_add(text, "{\"__type\":");
	pca_gw_buffer_json(text, pca_gw_bytes(request->error));
	pca_gw_buffer_add(text, ",\"message\":");
	pca_gw_buffer_json(text, message);
	pca_gw_buffer_add(text, "}");
}

/* Answers with an error. */
static void
send_error(GwRequest *request, unsigned int status, const char *name, GwBytes message)
{
	GwBuffer	text = {0};
	bool		is_xml = is_sts(request);

	draw_request_id(request);
	snprintf(request->error, sizeof(request->error), "%s", name);
	if (is_xml)
		format_xml_error(request, status, message, &text);
	else
		format_json_error(request, message, &text);
	send_text(request, status, is_xml ? "text/xml" : JSON_TYPE,
			  pca_gw_response_from_copy((GwBytes) {text.data, text.length}));
	pca_gw_buffer_free(&text);
}

/* Answers a request that is not whole. */
void
pca_gw_api_refuse(GwRequest *request, unsigned int status, const char *reason)
{
	const char *name = status == MHD_HTTP_SERVICE_UNAVAILABLE ? "ServiceUnavailable" :
		status == MHD_HTTP_CONTENT_TOO_LARGE ? "RequestEntityTooLargeException" : "SerializationException";

	send_error(request, status, name, pca_gw_bytes(reason));
}

/* Answers a request of STS that has succeeded. */
static void
send_identity(GwRequest *request, const PGresult *result)
{
	GwBuffer	text = {0};

	pca_gw_buffer_add(&text, "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
					  "<GetCallerIdentityResult>");
	add_element(&text, "Arn", pca_gw_result_field(result, ARN));
	add_element(&text, "UserId", pca_gw_result_field(result, USER_ID));
	add_element(&text, "Account", pca_gw_result_field(result, ACCOUNT));
	pca_gw_buffer_add(&text, "</GetCallerIdentityResult><ResponseMetadata>");
	add_element(&text, "RequestId", pca_gw_bytes(request->request_id));
	pca_gw_buffer_add(&text, "</ResponseMetadata></GetCallerIdentityResponse>");
	send_text(request, MHD_HTTP_OK, "text/xml", pca_gw_response_from_copy((GwBytes) {text.data, text.length}));
	pca_gw_buffer_free(&text);
}

/* Sends what the database has answered: an output, or why the request is refused.  Owns the result. */
static void
send_answer(GwRequest *request, PGresult *result)
{
	GwBytes		status = pca_gw_result_field(result, STATUS);
	GwBytes		error = pca_gw_result_field(result, ERROR);
	uint64_t	number;

	request->sqlstate[0] = '\0';
	snprintf(request->request_id, sizeof(request->request_id), "%s", PQgetvalue(result, 0, REQUEST_ID));
	snprintf(request->error, sizeof(request->error), "%.*s", (int) error.length, error.data != NULL ? error.data : "");
	if (!pca_gw_bytes_number(status, &number) || number < 200 || number > 599)
		number = MHD_HTTP_INTERNAL_SERVER_ERROR;
	if (!is_sts(request))
	{
		send_text(request, (unsigned int) number, JSON_TYPE,
				  pca_gw_response_from_result(result, pca_gw_result_field(result, BODY)));
		return;
	}
	if (error.data == NULL)
		send_identity(request, result);
	else
		send_error(request, (unsigned int) number, PQgetvalue(result, 0, ERROR), pca_gw_result_field(result, MESSAGE));
	PQclear(result);
}

/* Writes what the database says of an error: its message and its detail. */
static void
format_message(const PGresult *result, GwBuffer *text)
{
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);

	pca_gw_buffer_add(text, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
	if (detail != NULL)
	{
		pca_gw_buffer_add(text, ". ");
		pca_gw_buffer_add(text, detail);
	}
}

/* Answers with an SQL error, or tries the call again. */
static void
send_sql_error(GwRequest *request, const PGresult *result)
{
	const GwApiError *error = pca_gw_api_error_find(request->sqlstate);
	GwApi	   *api = request->state;
	GwBuffer	text = {0};

	if (error->is_retried && api->retries < RETRIES)
	{
		pca_gw_call_later(&request->call, FIRST_DELAY << api->retries++);
		return;
	}
	if (error->message != NULL)
		pca_gw_buffer_add(&text, error->message);
	else
		format_message(result, &text);
	if (error->status >= MHD_HTTP_INTERNAL_SERVER_ERROR)
		pca_gw_log("api", "%s: %s", request->sqlstate, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
	send_error(request, error->status, error->name,
			   pca_gw_bytes_clip((GwBytes) {text.data, text.length}, LONGEST_MESSAGE));
	pca_gw_buffer_free(&text);
}

/* Takes the database's answer. */
static void
finish_call(GwCall *call, GwFault fault, PGresult *result)
{
	GwRequest  *request = call->owner;
	const GwApiError *error = fault == GW_FAULT_BUSY ? pca_gw_api_error_throttling() : pca_gw_api_error_unavailable();

	if (fault == GW_FAULT_NONE && PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1)
	{
		send_answer(request, result);
		return;
	}
	pca_gw_request_keep_sqlstate(request, result);
	if (request->sqlstate[0] != '\0')
		send_sql_error(request, result);
	else
		send_error(request, error->status, error->name, pca_gw_bytes(error->message));
	PQclear(result);
}

/* Keeps what the log says of a call. */
static void
note_call(GwRequest *request, const GwHeaders *headers, const GwAuthorization *authorization)
{
	GwBytes		target = pca_gw_header_find(headers->list, headers->count, GW_LITERAL("x-amz-target"));

	if (pca_gw_bytes_begin(target, GW_LITERAL(TARGET_PREFIX)))
		target = pca_gw_bytes_from(target, strlen(TARGET_PREFIX));
	pca_gw_copy_clipped(request->operation, sizeof(request->operation), is_sts(request) ? GW_LITERAL("GetCallerIdentity") : target);
	pca_gw_copy_clipped(request->access_key, sizeof(request->access_key), authorization->access_key);
}

/*
 * Returns the ID that is the same in all attempts of a client to make a call, or no
 * octets.  Not every client signs it, so the canonical request may lack it.
 */
static GwBytes
invocation_id(const GwHeaders *headers)
{
	GwBytes		value = pca_gw_header_find(headers->list, headers->count, GW_LITERAL("amz-sdk-invocation-id"));

	return value.length == INVOCATION_ID_LENGTH && pca_gw_bytes_are_visible(value) ? value : (GwBytes) {0};
}

/* Sends a call to the database. */
static void
send_call(GwRequest *request, const GwHeaders *headers, const GwAuthorization *authorization)
{
	GwCall	   *call = &request->call;
	GwApi	   *api = calloc(1, sizeof(GwApi));
	GwFault		fault;

	if (api == NULL)
		pca_gw_fatal("out of memory");
	request->state = api;
	request->free_state = free_api;
	pca_gw_canonical_request(headers->list, headers->count, authorization, &api->canonical);
	*call = (GwCall) {.statement = &pca_gw_api_statement, .done = finish_call, .owner = request};
	call->values[0] = pca_gw_header_find(headers->list, headers->count, GW_LITERAL("authorization"));
	call->values[1] = (GwBytes) {api->canonical.data, api->canonical.length};
	call->values[2] = (GwBytes) {request->body.data != NULL ? request->body.data : "", request->body.length};
	call->values[3] = invocation_id(headers);
	fault = api->canonical.is_broken ? GW_FAULT_BUSY : pca_gw_call(call);
	if (fault != GW_FAULT_NONE)
		finish_call(call, fault, NULL);
}

/* Answers a call of the API. */
void
pca_gw_api_start(GwRequest *request)
{
	GwHeaders	headers;
	GwAuthorization authorization;
	const GwRefusal *refusal;

	pca_gw_request_headers(request, &headers);
	if (headers.is_too_long)
	{
		pca_gw_api_refuse(request, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, "there are too many headers");
		return;
	}
	refusal = pca_gw_signature_check(headers.list, headers.count, &authorization);
	note_call(request, &headers, &authorization);
	if (refusal != NULL)
		send_error(request, MHD_HTTP_BAD_REQUEST, refusal->name, pca_gw_bytes(refusal->message));
	else
		send_call(request, &headers, &authorization);
}
