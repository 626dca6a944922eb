/*-------------------------------------------------------------------------
 *
 * request.c
 *	  A request, from its first line to the last octet of its answer.
 *
 * libmicrohttpd calls pca_gw_request_begin() with the request line, then
 * pca_gw_request_handle(): once with the headers, for each piece of the body, and
 * once after it.  A request that needs the database is whole by then; its
 * connection is suspended, and pca_gw_request_handle() is called once more when
 * there is an answer.
 *
 *-------------------------------------------------------------------------
 */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configuration.h"
#include "event.h"
#include "kind.h"
#include "log.h"
#include "metrics.h"
#include "server.h"

/* A body up to this size is always taken; larger ones share body_memory. */
#define SMALL_BODY ((size_t) 16 * 1024)

/* As much of a body that is too large is read, and forgotten, for the client to read the answer. */
#define LARGEST_FORGOTTEN ((size_t) 16 * 1024 * 1024)

#define LOGGED_PATH 256

static int	active_count;
static int	working_count;
static size_t large_bodies;

int
pca_gw_requests_active(void)
{
	return active_count;
}

/* Returns how many requests are whole and have no answer yet. */
int
pca_gw_requests_working(void)
{
	return working_count;
}

size_t
pca_gw_requests_memory(void)
{
	return large_bodies;
}

/* Begins a request with its target, as it was sent (an MHD_OPTION_URI_LOG_CALLBACK). */
void *
pca_gw_request_begin(void *argument, const char *uri, struct MHD_Connection *http)
{
	GwRequest  *request = calloc(1, sizeof(GwRequest));

	(void) argument;
	if (request == NULL)
		return NULL;
	request->uri = strdup(uri);
	if (request->uri == NULL)
	{
		free(request);
		return NULL;
	}
	request->http = http;
	request->connection = pca_gw_connection_get(http);
	request->started_at = pca_gw_now();
	request->target.path = pca_gw_bytes(request->uri);
	active_count++;
	return request;
}

/* What the headers say that two servers could understand in two ways. */
typedef struct GwFraming
{
	int			hosts;
	int			lengths;
	int			encodings;
	bool		is_malformed;
	uint64_t	length;
} GwFraming;

/* Reads one header (an MHD_KeyValueIteratorN). */
static enum MHD_Result
read_framing(void *argument, enum MHD_ValueKind kind, const char *name, size_t name_length,
			 const char *value, size_t value_length)
{
	GwFraming  *framing = argument;
	GwBytes		header = {name, name_length};
	GwBytes		text = {value, value_length};

	(void) kind;
	framing->hosts += pca_gw_bytes_match(header, GW_LITERAL("host"));
	if (pca_gw_bytes_match(header, GW_LITERAL("content-length")))
	{
		framing->lengths++;
		framing->is_malformed |= !pca_gw_bytes_number(text, &framing->length);
	}
	if (pca_gw_bytes_match(header, GW_LITERAL("transfer-encoding")))
	{
		framing->encodings++;
		framing->is_malformed |= !pca_gw_bytes_match(text, GW_LITERAL("chunked"));
	}
	return MHD_YES;
}

/*
 * Checks for which host a request is, and how its body comes (RFC 9112 3.2, 6.3).
 * Returns the status to refuse it with, or 0.
 */
static unsigned int
framing_fault(GwRequest *request, const char *version, const char **reason)
{
	size_t		limit = pca_gw_kind_get(request->target.kind)->body_limit;
	GwFraming	framing = {0};

	MHD_get_connection_values_n(request->http, MHD_HEADER_KIND, read_framing, &framing);
	*reason = "the host is missing or given twice";
	if (framing.hosts > 1 || (framing.hosts == 0 && strcmp(version, MHD_HTTP_VERSION_1_1) == 0))
		return MHD_HTTP_BAD_REQUEST;
	*reason = "the length of the body is malformed or given twice";
	if (framing.is_malformed || framing.lengths + framing.encodings > 1)
		return MHD_HTTP_BAD_REQUEST;
	*reason = "not found";
	if (request->target.kind == GW_KIND_NONE && request->target.method == GW_METHOD_POST)
		return MHD_HTTP_NOT_FOUND;
	*reason = "there is no body in such a request";
	if (limit == 0 && framing.length + (uint64_t) framing.encodings > 0)
		return MHD_HTTP_BAD_REQUEST;
	*reason = "the body is too large";
	return framing.length > limit ? MHD_HTTP_CONTENT_TOO_LARGE : 0;
}

/* Refuses a request before it is whole, or instead of answering it; its connection is closed. */
static void
refuse_request(GwRequest *request, unsigned int status, const char *reason)
{
	const GwKindMethods *kind = pca_gw_kind_get(request->target.kind);

	if (kind->refuse != NULL)
		kind->refuse(request, status, reason);
	else
		pca_gw_respond_text(request, status, reason);
	pca_gw_response_header(request->response, "Connection", "close");
}

/* Gives libmicrohttpd the answer. */
static enum MHD_Result
queue_answer(GwRequest *request)
{
	enum MHD_Result result;

	if (pca_gw_server_is_draining())
		pca_gw_response_header(request->response, "Connection", "close");
	result = MHD_queue_response(request->http, request->status, request->response);
	MHD_destroy_response(request->response);
	request->response = NULL;
	pca_gw_connection_sends(request->connection);
	return result;
}

/* Looks at the headers.  A request that is refused now is answered before its body comes. */
static enum MHD_Result
begin_body(GwRequest *request, const char *method, const char *version)
{
	const char *reason;
	unsigned int status;

	pca_gw_copy_clipped(request->method, sizeof(request->method), pca_gw_bytes(method));
	pca_gw_copy_clipped(request->forwarded, sizeof(request->forwarded), pca_gw_request_header(request, "X-Forwarded-For"));
	request->target = pca_gw_target_parse(pca_gw_method_parse(pca_gw_bytes(method)), pca_gw_bytes(request->uri),
										  pca_gw_request_header(request, "Content-Type"),
										  pca_gw_bytes(pca_gw_configuration.ocsp_path));
	request->stage = GW_STAGE_RECEIVING;
	status = framing_fault(request, version, &reason);
	if (status == 0)
		return MHD_YES;
	refuse_request(request, status, reason);
	return queue_answer(request);
}

/* Counts a large body against the memory that all share.  Returns false if that is used up. */
static bool
count_body(GwRequest *request)
{
	size_t		now = request->body.length > SMALL_BODY ? request->body.length : 0;

	large_bodies += now - request->counted;
	request->counted = now;
	return large_bodies <= (size_t) pca_gw_configuration.body_memory << 20;
}

static void
forget_body(GwRequest *request)
{
	pca_gw_buffer_free(&request->body);
	count_body(request);
}

/*
 * Takes a piece of the body.  Returns MHD_NO, which closes the connection, when
 * too much has come to go on reading.
 */
static enum MHD_Result
take_body(GwRequest *request, GwBytes piece)
{
	size_t		limit = pca_gw_kind_get(request->target.kind)->body_limit;

	request->received += piece.length;
	if (request->received > limit)
		request->is_too_large = true;
	if (!request->is_too_large && !request->is_refused)
		pca_gw_buffer_append(&request->body, piece.data, piece.length);
	if (!count_body(request) || request->body.is_broken)
		request->is_refused = true;
	if (request->is_too_large || request->is_refused)
		forget_body(request);
	return request->received > LARGEST_FORGOTTEN ? MHD_NO : MHD_YES;
}

/* Answers a request that is whole, or lets it wait for its answer. */
static enum MHD_Result
start_request(GwRequest *request)
{
	pca_gw_connection_works(request->connection);
	working_count++;
	request->is_working = true;
	if (request->is_too_large)
		refuse_request(request, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
	else if (request->is_refused)
		refuse_request(request, MHD_HTTP_SERVICE_UNAVAILABLE, "too many large requests at once");
	else
		pca_gw_kind_get(request->target.kind)->start(request);
	if (request->response != NULL)
		return queue_answer(request);
	request->stage = GW_STAGE_WAITING;
	MHD_suspend_connection(request->http);
	return MHD_YES;
}

/* Goes on with a request (an MHD_AccessHandlerCallback). */
enum MHD_Result
pca_gw_request_handle(void *argument, struct MHD_Connection *http, const char *url, const char *method,
					  const char *version, const char *data, size_t *length, void **state)
{
	GwRequest  *request = *state;
	GwBytes		piece = {data, *length};

	(void) argument;
	(void) http;
	(void) url;
	if (request == NULL)
		return MHD_NO;
	if (request->stage == GW_STAGE_NEW)
		return begin_body(request, method, version);
	if (piece.length > 0)
	{
		*length = 0;
		return take_body(request, piece);
	}
	if (request->response != NULL)
		return queue_answer(request);
	return request->stage == GW_STAGE_RECEIVING ? start_request(request) : MHD_YES;
}

/* Sets the answer.  The connection of a request that waited goes on. */
void
pca_gw_respond(GwRequest *request, unsigned int status, struct MHD_Response *response)
{
	bool		is_suspended = request->stage == GW_STAGE_WAITING;

	request->stage = GW_STAGE_ANSWERED;
	request->status = status;
	request->response = response;
	request->answered_at = pca_gw_now();
	if (is_suspended)
		MHD_resume_connection(request->http);
}

/* Returns the path as the log shows it: without the OCSP request in it. */
static GwBytes
logged_path(const GwRequest *request)
{
	GwBytes		path = request->target.path;

	if (request->target.request.length > 0)
		path.length = (size_t) (request->target.request.data - path.data);
	return pca_gw_bytes_clip(path, LOGGED_PATH);
}

/* Returns a text that is left out of the log when it is empty. */
static GwBytes
optional_text(const char *text)
{
	return pca_gw_bytes(text[0] != '\0' ? text : NULL);
}

/* Writes the request's line in the log. */
static void
log_request(const GwRequest *request, int64_t duration, bool is_complete)
{
	char		status[16];
	char		time[32];
	char		received[32];
	const GwLogMember members[] = {
		{"kind", pca_gw_bytes(pca_gw_kind_get(request->target.kind)->name), false},
		{"client", pca_gw_bytes(request->connection->client), false},
		{"forwarded", optional_text(request->forwarded), false},
		{"method", optional_text(request->method), false},
		{"path", logged_path(request), false},
		{"operation", optional_text(request->operation), false},
		{"access_key", optional_text(request->access_key), false},
		{"request_id", optional_text(request->request_id), false},
		{"status", {status, (size_t) snprintf(status, sizeof(status), "%u", request->status)}, true},
		{"error", optional_text(request->error), false},
		{"sqlstate", optional_text(request->sqlstate), false},
		{"received", {received, (size_t) snprintf(received, sizeof(received), "%zu", request->received)}, true},
		{"duration_ms", {time, (size_t) snprintf(time, sizeof(time), "%lld.%03d", (long long) duration / 1000, (int) (duration % 1000))}, true},
		{"complete", pca_gw_bytes(is_complete ? NULL : "false"), true},
	};

	pca_gw_log_members("request", members, (int) (sizeof(members) / sizeof(members[0])));
}

/* Returns the status that libmicrohttpd itself has answered with, or 0. */
static unsigned int
own_status(struct MHD_Connection *http)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_HTTP_STATUS);

	return info != NULL ? info->http_status : 0;
}

static void
free_request(GwRequest *request)
{
	if (request->free_state != NULL)
		request->free_state(request);
	if (request->response != NULL)
		MHD_destroy_response(request->response);
	forget_body(request);
	free(request->uri);
	free(request);
}

/* Ends a request, however it ends (an MHD_RequestCompletedCallback). */
void
pca_gw_request_end(void *argument, struct MHD_Connection *http, void **state, enum MHD_RequestTerminationCode reason)
{
	GwRequest  *request = *state;
	int64_t		duration;

	(void) argument;
	if (request == NULL)
		return;
	if (request->status == 0)
		request->status = own_status(http);
	duration = (request->answered_at > 0 ? request->answered_at : pca_gw_now()) - request->started_at;
	log_request(request, duration, reason == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	pca_gw_metrics_count(request->target.kind, request->status, duration);
	pca_gw_connection_receives(request->connection);
	active_count--;
	working_count -= request->is_working;
	free_request(request);
	*state = NULL;
}
