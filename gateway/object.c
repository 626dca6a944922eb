/*-------------------------------------------------------------------------
 *
 * object.c
 *	  CRLs, audit reports and certificates of CAs by GET and HEAD.
 *
 * An object is at /BUCKET/KEY, or at /KEY of a host that is a custom CNAME.  The
 * database is asked for its head each time; its content comes from the cache.
 *
 * Which of the two forms a host has is remembered, so that the database is asked
 * once for most requests.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "configuration.h"
#include "http.h"
#include "kind.h"
#include "object_cache.h"

#define LONGEST_HOST 253
#define HOSTS 64

/* How often a head is asked for when the content is replaced between the two questions */
#define ATTEMPTS 3

/* The columns of pca_object_head() */
enum
{
	ETAG,
	SIZE,
	CONTENT_TYPE,
	WRITTEN_AT,
	NEXT_UPDATE
};

/* What is known of the object that a request is about. */
typedef struct GwObject
{
	GwBytes		path;			/* decoded, without the first slash */
	GwBytes		host;			/* without its port */
	bool		is_by_host;
	bool		has_tried_both;
	int			attempts;
	PGresult   *head;
	char		text[];			/* what path and host point into */
} GwObject;

/* Hosts, and which form they have. */
static struct
{
	char		name[LONGEST_HOST + 1];
	bool		is_by_host;
}			hosts[HOSTS];

static void ask_head(GwRequest *request);

static void
free_object(GwRequest *request)
{
	GwObject   *object = request->state;

	PQclear(object->head);
	free(object);
}

/* Returns where a host is remembered. */
static size_t
host_slot(GwBytes host)
{
	return pca_gw_bytes_hash(host) % HOSTS;
}

/* Tells whether a host was last found to be a custom CNAME. */
static bool
recall_host(GwBytes host)
{
	size_t		slot = host_slot(host);

	return host.length > 0 && hosts[slot].is_by_host && pca_gw_bytes_equal(pca_gw_bytes(hosts[slot].name), host);
}

static void
remember_host(GwBytes host, bool is_by_host)
{
	size_t		slot = host_slot(host);

	if (host.length == 0 || recall_host(host) == is_by_host)
		return;
	memcpy(hosts[slot].name, host.data, host.length);
	hosts[slot].name[host.length] = '\0';
	hosts[slot].is_by_host = is_by_host;
}

/* Takes the port off a host, in lower case; what cannot be a host has no octets. */
static GwBytes
parse_host(GwBytes host, char *place)
{
	size_t		length = 0;

	while (length < host.length && host.data[length] != ':')
	{
		char		character = pca_gw_lower(host.data[length]);

		if (length == LONGEST_HOST || !(pca_gw_is_letter(character) || pca_gw_is_digit(character) ||
										character == '.' || character == '-' || character == '_'))
			return (GwBytes) {place, 0};
		place[length++] = character;
	}
	return (GwBytes) {place, length};
}

/* Adds the headers that 200, 206 and 304 have in common. */
static void
add_head(struct MHD_Response *response, const PGresult *head)
{
	int64_t		next_update = pca_gw_result_time(head, NEXT_UPDATE);
	int64_t		age = next_update - (int64_t) time(NULL);
	GwBytes		etag = pca_gw_result_field(head, ETAG);
	char		text[256];

	snprintf(text, sizeof(text), "\"%.*s\"", (int) etag.length, etag.data);
	pca_gw_response_header(response, "ETag", text);
	pca_gw_response_date(response, "Last-Modified", pca_gw_result_time(head, WRITTEN_AT));
	age = age < pca_gw_configuration.max_age ? age : pca_gw_configuration.max_age;
	snprintf(text, sizeof(text), "public, max-age=%lld", (long long) age);
	pca_gw_response_header(response, "Cache-Control", next_update > 0 && age > 0 ? text : "no-cache");
}

/* Adds what else is said of the content that is sent. */
static void
add_content_head(struct MHD_Response *response, const PGresult *head)
{
	GwBytes		type = pca_gw_result_field(head, CONTENT_TYPE);
	char		text[128];

	snprintf(text, sizeof(text), "%.*s", (int) type.length, type.data);
	pca_gw_response_header(response, "Content-Type", text);
	pca_gw_response_header(response, "Accept-Ranges", "bytes");
	pca_gw_response_header(response, "X-Content-Type-Options", "nosniff");
}

/* Tells whether the client has this version already (RFC 9110 13.2.2). */
static bool
is_not_modified(const GwRequest *request, const PGresult *head)
{
	GwBytes		list = pca_gw_request_header(request, "If-None-Match");
	int64_t		since;

	if (list.data != NULL)
		return pca_gw_etag_matches(list, pca_gw_result_field(head, ETAG));
	return pca_gw_date_parse(pca_gw_request_header(request, "If-Modified-Since"), &since) &&
		pca_gw_result_time(head, WRITTEN_AT) <= since;
}

/* Reads no content: a HEAD has none, so this is never called (an MHD_ContentReaderCallback). */
static ssize_t
read_nothing(void *argument, uint64_t position, char *place, size_t size)
{
	(void) argument;
	(void) position;
	(void) place;
	(void) size;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* Answers with everything but the content, whose length is said all the same (RFC 9110 8.6). */
static void
respond_head(GwRequest *request, unsigned int status, const PGresult *head)
{
	struct MHD_Response *response = MHD_create_response_from_callback((uint64_t) pca_gw_result_number(head, SIZE),
																	  4096, read_nothing, NULL, NULL);

	add_head(response, head);
	if (status == MHD_HTTP_OK)
		add_content_head(response, head);
	pca_gw_respond(request, status, response);
}

static void
respond_unsatisfiable(GwRequest *request, uint64_t size)
{
	struct MHD_Response *response = pca_gw_response_from_copy(GW_LITERAL("there is nothing in this range\n"));
	char		text[64];

	snprintf(text, sizeof(text), "bytes */%llu", (unsigned long long) size);
	pca_gw_response_header(response, "Content-Range", text);
	pca_gw_response_header(response, "Content-Type", "text/plain");
	pca_gw_respond(request, MHD_HTTP_RANGE_NOT_SATISFIABLE, response);
}

/* Returns the range that is asked for, if it is of this version (RFC 9110 13.1.5). */
static GwRange
wanted_range(const GwRequest *request, const PGresult *head, uint64_t size)
{
	GwBytes		condition = pca_gw_request_header(request, "If-Range");
	int64_t		date;
	bool		is_same = condition.data == NULL;

	if (condition.length > 0 && condition.data[0] == '"')
		is_same = pca_gw_etag_matches(condition, pca_gw_result_field(head, ETAG));
	else if (pca_gw_date_parse(condition, &date))
		is_same = date == pca_gw_result_time(head, WRITTEN_AT);
	return is_same ? pca_gw_range_parse(pca_gw_request_header(request, "Range"), size) : (GwRange) {.kind = GW_RANGE_NONE};
}

/* Sends content, or the part of it that is asked for.  The response releases it. */
static void
send_content(GwRequest *request, GwContent *content)
{
	const PGresult *head = ((GwObject *) request->state)->head;
	GwBytes		octets = pca_gw_content_octets(content);
	GwBytes		part = octets;
	GwRange		range = wanted_range(request, head, octets.length);
	struct MHD_Response *response;
	char		text[96];

	if (range.kind == GW_RANGE_UNSATISFIABLE)
	{
		pca_gw_content_release(content);
		respond_unsatisfiable(request, octets.length);
		return;
	}
	if (range.kind == GW_RANGE_PART)
		part = (GwBytes) {octets.data + range.first, (size_t) range.length};
	response = MHD_create_response_from_buffer_with_free_callback_cls(
		part.length, (void *) (uintptr_t) part.data, pca_gw_content_release, content);
	add_head(response, head);
	add_content_head(response, head);
	snprintf(text, sizeof(text), "bytes %llu-%llu/%zu", (unsigned long long) range.first,
			 (unsigned long long) (range.first + range.length - 1), octets.length);
	if (range.kind == GW_RANGE_PART)
		pca_gw_response_header(response, "Content-Range", text);
	pca_gw_respond(request, range.kind == GW_RANGE_PART ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, response);
}

/* Takes the content that a request waited for; without it the head is asked for again. */
void
pca_gw_object_at_content(GwRequest *request, GwContent *content, GwFault fault)
{
	GwObject   *object = request->state;

	if (content != NULL)
		send_content(request, content);
	else if (fault == GW_FAULT_NONE && ++object->attempts < ATTEMPTS)
		ask_head(request);
	else
		pca_gw_respond_fault(request, fault != GW_FAULT_NONE ? fault : GW_FAULT_BUSY);
}

/* Answers with what the head says, or gets the content. */
static void
use_head(GwRequest *request)
{
	const PGresult *head = ((GwObject *) request->state)->head;
	bool		is_known = is_not_modified(request, head);
	GwContent  *content;

	if (is_known || request->target.method == GW_METHOD_HEAD)
	{
		respond_head(request, is_known ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, head);
		return;
	}
	switch (pca_gw_content_get(request, pca_gw_result_field(head, ETAG), (size_t) pca_gw_result_number(head, SIZE), &content))
	{
		case GW_CONTENT_READY:
			send_content(request, content);
			break;
		case GW_CONTENT_LOADING:
			break;
		case GW_CONTENT_REFUSED:
			pca_gw_respond_fault(request, GW_FAULT_BUSY);
			break;
	}
}

/* Answers that the path can be of no object, or that the database has a fault. */
static void
respond_error(GwRequest *request)
{
	if (strcmp(request->sqlstate, "PCVAL") == 0)
		pca_gw_respond_text(request, MHD_HTTP_NOT_FOUND, "not found");
	else
		pca_gw_respond_text(request, MHD_HTTP_SERVICE_UNAVAILABLE, "the database refuses to answer");
}

/* Tells whether a path has a bucket and a key. */
static bool
has_bucket(GwBytes path)
{
	GwBytes		bucket;

	pca_gw_bytes_split(&path, '/', &bucket);
	return bucket.length > 0 && path.length > 0;
}

/* Turns to the other form of a URL, if there is one that was not tried. */
static bool
try_other_form(GwObject *object)
{
	if (object->has_tried_both || object->host.length == 0 || (object->is_by_host && !has_bucket(object->path)))
		return false;
	object->has_tried_both = true;
	object->is_by_host = !object->is_by_host;
	return true;
}

/* Takes the head, whose columns are NULL if no public object is there. */
static void
finish_head(GwCall *call, GwFault fault, PGresult *result)
{
	GwRequest  *request = call->owner;
	GwObject   *object = request->state;

	if (fault != GW_FAULT_NONE)
	{
		pca_gw_respond_fault(request, fault);
		return;
	}
	PQclear(object->head);
	object->head = result;
	pca_gw_request_keep_sqlstate(request, result);
	if (PQresultStatus(result) == PGRES_TUPLES_OK && pca_gw_result_field(result, ETAG).length > 0)
	{
		remember_host(object->host, object->is_by_host);
		use_head(request);
	}
	else if (PQresultStatus(result) != PGRES_TUPLES_OK)
		respond_error(request);
	else if (try_other_form(object))
		ask_head(request);
	else
		pca_gw_respond_text(request, MHD_HTTP_NOT_FOUND, "not found");
}

/* Asks the database for the object's head. */
static void
ask_head(GwRequest *request)
{
	GwObject   *object = request->state;
	GwCall	   *call = &request->call;
	GwBytes		key = object->path;
	GwBytes		bucket = object->host;
	GwFault		fault;

	if (!object->is_by_host)
		pca_gw_bytes_split(&key, '/', &bucket);
	*call = (GwCall) {.statement = &pca_gw_object_head_statement, .done = finish_head, .owner = request};
	call->values[0] = bucket;
	call->values[1] = key;
	fault = pca_gw_call(call);
	if (fault != GW_FAULT_NONE)
		pca_gw_respond_fault(request, fault);
}

/* Takes a request apart.  Returns false if it can be for no object. */
static bool
parse_request(GwRequest *request)
{
	GwBytes		encoded = pca_gw_bytes_from(request->target.path, 1);
	GwObject   *object = calloc(1, sizeof(GwObject) + encoded.length + LONGEST_HOST + 2);

	if (object == NULL)
		return false;
	request->state = object;
	request->free_state = free_object;
	object->path.data = object->text;
	if (!pca_gw_percent_decode(encoded, object->text, &object->path.length) || object->path.length == 0)
		return false;
	object->host = parse_host(pca_gw_request_header(request, "Host"), object->text + encoded.length + 1);
	object->is_by_host = recall_host(object->host);
	object->is_by_host |= !has_bucket(object->path);
	return !object->is_by_host || object->host.length > 0;
}

/* Answers a request for an object. */
void
pca_gw_object_start(GwRequest *request)
{
	if (parse_request(request))
		ask_head(request);
	else
		pca_gw_respond_text(request, MHD_HTTP_NOT_FOUND, "not found");
}
