/*-------------------------------------------------------------------------
 *
 * health.c
 *	  /healthz, /readyz and /metrics.
 *
 * /healthz says that the process lives, /readyz whether each pool's database
 * answers, and with a monitor connection whether the key-encryption key can be
 * used.  /metrics is for a monitor connection alone.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "kind.h"
#include "metrics.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* The columns of the metrics statement */
enum
{
	NAME,
	LABELS,
	VALUE
};

/* What /readyz has found out. */
typedef struct GwReadiness
{
	GwPoolNumber pool;			/* the one that is asked */
	bool		is_ready;
	const char *sealed;			/* NULL: unknown */
	GwBuffer	pools;			/* members of JSON */
} GwReadiness;

static void ask_pools(GwRequest *request);

void
pca_gw_health_start(GwRequest *request)
{
	pca_gw_respond_text(request, MHD_HTTP_OK, "ok");
}

static void
free_readiness(GwRequest *request)
{
	GwReadiness *readiness = request->state;

	pca_gw_buffer_free(&readiness->pools);
	free(readiness);
}

/* Answers with what each pool said. */
static void
finish_readiness(GwRequest *request)
{
	GwReadiness *readiness = request->state;
	GwBuffer	text = {0};

	pca_gw_buffer_format(&text, "{\"ready\":%s,\"pools\":{", readiness->is_ready ? "true" : "false");
	pca_gw_buffer_append(&text, readiness->pools.data, readiness->pools.length);
	pca_gw_buffer_add(&text, "}");
	if (readiness->sealed != NULL)
		pca_gw_buffer_format(&text, ",\"sealed\":%s", readiness->sealed);
	pca_gw_buffer_add(&text, "}\n");
	pca_gw_respond(request, readiness->is_ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
				   pca_gw_response_uncached((GwBytes) {text.data, text.length}, "application/json"));
	pca_gw_buffer_free(&text);
}

/* Takes in whether a pool's database has answered. */
static void
note_pool(GwReadiness *readiness, bool is_up)
{
	pca_gw_buffer_format(&readiness->pools, "%s\"%s\":\"%s\"", readiness->pools.length > 0 ? "," : "",
						 pca_gw_pool_state(readiness->pool).name, is_up ? "up" : "down");
	readiness->is_ready &= is_up;
	readiness->pool++;
}

/* Takes the answer of one pool's database, and asks the next. */
static void
finish_pool(GwCall *call, GwFault fault, PGresult *result)
{
	GwRequest  *request = call->owner;
	GwReadiness *readiness = request->state;
	bool		is_up = fault == GW_FAULT_NONE && PQresultStatus(result) == PGRES_TUPLES_OK;
	GwBytes		usable = is_up ? pca_gw_result_field(result, 0) : (GwBytes) {0};

	if (readiness->pool == GW_POOL_MONITOR && usable.length > 0)
		readiness->sealed = usable.data[0] == '0' ? "true" : "false";
	if (fault == GW_FAULT_NONE)
		pca_gw_request_keep_sqlstate(request, result);
	note_pool(readiness, is_up);
	PQclear(result);
	ask_pools(request);
}

/* Asks the database of the next pool that is configured; answers after the last. */
static void
ask_pools(GwRequest *request)
{
	GwReadiness *readiness = request->state;

	while (readiness->pool < GW_POOLS)
	{
		if (!pca_gw_pool_is_configured(readiness->pool))
		{
			readiness->pool++;
			continue;
		}
		request->call = (GwCall) {
			.statement = &pca_gw_ready_statements[readiness->pool], .done = finish_pool, .owner = request
		};
		if (pca_gw_call(&request->call) == GW_FAULT_NONE)
			return;
		note_pool(readiness, false);
	}
	finish_readiness(request);
}

/* Answers whether the gateway can serve. */
void
pca_gw_ready_start(GwRequest *request)
{
	GwReadiness *readiness = calloc(1, sizeof(GwReadiness));

	if (readiness == NULL)
	{
		pca_gw_respond_text(request, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
		return;
	}
	readiness->is_ready = true;
	request->state = readiness;
	request->free_state = free_readiness;
	ask_pools(request);
}

/* Appends a number as Prometheus writes it. */
static void
append_number(GwBuffer *text, const char *number)
{
	if (strcmp(number, "Infinity") == 0)
		pca_gw_buffer_add(text, "+Inf");
	else if (strcmp(number, "-Infinity") == 0)
		pca_gw_buffer_add(text, "-Inf");
	else
		pca_gw_buffer_add(text, number);
}

/* Appends the rows of pca_metrics(), which are sorted by name. */
static void
append_rows(GwBuffer *text, const PGresult *result)
{
	for (int row = 0; row < PQntuples(result); row++)
	{
		const char *name = PQgetvalue(result, row, NAME);

		if (row == 0 || strcmp(name, PQgetvalue(result, row - 1, NAME)) != 0)
			pca_gw_buffer_format(text, "# TYPE %s gauge\n", name);
		pca_gw_buffer_add(text, name);
		if (PQgetlength(result, row, LABELS) > 0)
		{
			pca_gw_buffer_add(text, "{");
			pca_gw_buffer_add(text, PQgetvalue(result, row, LABELS));
			pca_gw_buffer_add(text, "}");
		}
		pca_gw_buffer_add(text, " ");
		append_number(text, PQgetisnull(result, row, VALUE) ? "NaN" : PQgetvalue(result, row, VALUE));
		pca_gw_buffer_add(text, "\n");
	}
}

/* Sends the metrics.  The gateway's own are there even if the database says nothing. */
static void
send_metrics(GwRequest *request, const PGresult *result)
{
	GwBuffer	text = {0};

	if (PQresultStatus(result) == PGRES_TUPLES_OK)
		append_rows(&text, result);
	pca_gw_metrics_format(&text);
	pca_gw_respond(request, text.is_broken ? MHD_HTTP_INTERNAL_SERVER_ERROR : MHD_HTTP_OK,
				   pca_gw_response_uncached((GwBytes) {text.data, text.length}, METRICS_TYPE));
	pca_gw_buffer_free(&text);
}

/* Takes the database's metrics. */
static void
finish_metrics(GwCall *call, GwFault fault, PGresult *result)
{
	if (fault == GW_FAULT_NONE)
		pca_gw_request_keep_sqlstate(call->owner, result);
	send_metrics(call->owner, result);
	PQclear(result);
}

/* Answers with metrics. */
void
pca_gw_metrics_start(GwRequest *request)
{
	if (!pca_gw_pool_is_configured(GW_POOL_MONITOR))
	{
		pca_gw_respond_text(request, MHD_HTTP_NOT_FOUND, "not found: there is no monitor_connection");
		return;
	}
	request->call = (GwCall) {.statement = &pca_gw_metrics_statement, .done = finish_metrics, .owner = request};
	if (pca_gw_call(&request->call) != GW_FAULT_NONE)
		send_metrics(request, NULL);
}
