/*-------------------------------------------------------------------------
 *
 * respond.c
 *	  What answers are made of: headers of requests, results, responses.
 *
 *-------------------------------------------------------------------------
 */
#include "request.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "log.h"

/* From 1970 to 2000, where the server's timestamps begin */
#define EPOCH_DIFFERENCE INT64_C(946684800)

/* Returns the value of a request's header, the first of that name, or no octets. */
GwBytes
pca_gw_request_header(const GwRequest *request, const char *name)
{
	GwBytes		value = {0};

	if (MHD_lookup_connection_value_n(request->http, MHD_HEADER_KIND, name, strlen(name), &value.data, &value.length) != MHD_YES)
		return (GwBytes) {0};
	return value;
}

/* Takes a header (an MHD_KeyValueIteratorN). */
static enum MHD_Result
take_header(void *argument, enum MHD_ValueKind kind, const char *name, size_t name_length,
			const char *value, size_t value_length)
{
	GwHeaders  *headers = argument;

	(void) kind;
	if (headers->count == GW_MAX_HEADERS)
	{
		headers->is_too_long = true;
		return MHD_NO;
	}
	headers->list[headers->count++] = (GwHeader) {{name, name_length}, {value, value_length}};
	return MHD_YES;
}

/* Lists the headers of a request. */
void
pca_gw_request_headers(const GwRequest *request, GwHeaders *headers)
{
	headers->count = 0;
	headers->is_too_long = false;
	MHD_get_connection_values_n(request->http, MHD_HEADER_KIND, take_header, headers);
}

/* Ends the process if libmicrohttpd found no memory. */
static struct MHD_Response *
check_response(struct MHD_Response *response)
{
	if (response == NULL)
		pca_gw_fatal("out of memory");
	return response;
}

struct MHD_Response *
pca_gw_response_from_copy(GwBytes content)
{
	return check_response(MHD_create_response_from_buffer(content.length, (void *) (uintptr_t) content.data,
														  MHD_RESPMEM_MUST_COPY));
}

/* Frees a result (an MHD_ContentReaderFreeCallback). */
static void
free_result(void *result)
{
	PQclear(result);
}

/* Makes a response of a part of a result, which it owns from now on. */
struct MHD_Response *
pca_gw_response_from_result(PGresult *result, GwBytes content)
{
	return check_response(MHD_create_response_from_buffer_with_free_callback_cls(
		content.length, (void *) (uintptr_t) content.data, free_result, result));
}

void
pca_gw_response_header(struct MHD_Response *response, const char *name, const char *value)
{
	MHD_add_response_header(response, name, value);
}

/* Adds a header with a date, unless there is none. */
void
pca_gw_response_date(struct MHD_Response *response, const char *name, int64_t seconds)
{
	char		date[GW_DATE_SIZE];

	pca_gw_date_format(seconds, date);
	if (seconds != 0 && date[0] != '\0')
		pca_gw_response_header(response, name, date);
}

/* Makes a response of a type, of a copy of some octets, which no cache keeps. */
struct MHD_Response *
pca_gw_response_uncached(GwBytes content, const char *type)
{
	struct MHD_Response *response = pca_gw_response_from_copy(content);

	pca_gw_response_header(response, "Content-Type", type);
	pca_gw_response_header(response, "Cache-Control", "no-store");
	return response;
}

/* Answers with a line of plain text, which no cache keeps. */
void
pca_gw_respond_text(GwRequest *request, unsigned int status, const char *text)
{
	char		line[256];
	struct MHD_Response *response;

	snprintf(line, sizeof(line), "%s\n", text);
	response = pca_gw_response_uncached(pca_gw_bytes(line), "text/plain");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		pca_gw_response_header(response, "Allow", "GET, HEAD, POST");
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		pca_gw_response_header(response, "Retry-After", "1");
	pca_gw_respond(request, status, response);
}

/* Answers in plain text that the database cannot be asked now. */
void
pca_gw_respond_fault(GwRequest *request, GwFault fault)
{
	static const char *const texts[] = {
		[GW_FAULT_NONE] = "the database refuses to answer",
		[GW_FAULT_BUSY] = "too many requests wait for the database",
		[GW_FAULT_DOWN] = "the database cannot be reached",
		[GW_FAULT_LOST] = "the connection to the database was lost",
	};

	pca_gw_respond_text(request, MHD_HTTP_SERVICE_UNAVAILABLE, texts[fault]);
}

/* Returns a field of the first row, without octets if it is NULL. */
GwBytes
pca_gw_result_field(const PGresult *result, int field)
{
	if (PQntuples(result) == 0 || field >= PQnfields(result) || PQgetisnull(result, 0, field))
		return (GwBytes) {0};
	return (GwBytes) {PQgetvalue(result, 0, field), (size_t) PQgetlength(result, 0, field)};
}

/* Returns a number of eight octets in the first row of a binary result; 0 if it is NULL. */
int64_t
pca_gw_result_number(const PGresult *result, int field)
{
	GwBytes		value = pca_gw_result_field(result, field);
	uint64_t	number;

	if (value.length != sizeof(number))
		return 0;
	memcpy(&number, value.data, sizeof(number));
	return (int64_t) be64toh(number);
}

/* Returns a timestamp of the first row of a binary result in seconds since 1970; 0 if it is NULL. */
int64_t
pca_gw_result_time(const PGresult *result, int field)
{
	int64_t		microseconds = pca_gw_result_number(result, field);

	if (pca_gw_result_field(result, field).data == NULL)
		return 0;
	return microseconds / 1000000 - (microseconds % 1000000 < 0) + EPOCH_DIFFERENCE;
}

/* Keeps the SQLSTATE of an error for the log. */
void
pca_gw_request_keep_sqlstate(GwRequest *request, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	snprintf(request->sqlstate, sizeof(request->sqlstate), "%s", state != NULL ? state : "");
}

/* Copies what a client has sent for the log, at most what fits. */
void
pca_gw_copy_clipped(char *place, size_t size, GwBytes text)
{
	text = pca_gw_bytes_clip(text, size - 1);
	if (text.length > 0)
		memcpy(place, text.data, text.length);
	place[text.length] = '\0';
}
