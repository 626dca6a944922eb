/*-------------------------------------------------------------------------
 *
 * metrics.c
 *	  What /metrics says of the gateway itself, as Prometheus reads it.
 *
 *-------------------------------------------------------------------------
 */
#include "metrics.h"

#include "kind.h"
#include "object_cache.h"
#include "pool.h"
#include "server.h"

#define HIGHEST_STATUS 599

/* The bounds of the histogram in microseconds; what takes longer is in the last bucket. */
static const int64_t bounds[] = {
	500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000
};

#define BOUNDS (sizeof(bounds) / sizeof(bounds[0]))

/* How many requests of a kind there were, by their status and by their duration. */
typedef struct GwTally
{
	uint64_t	by_status[HIGHEST_STATUS + 1];
	uint64_t	by_duration[BOUNDS + 1];
	uint64_t	count;
	int64_t		microseconds;
} GwTally;

static GwTally tallies[GW_KINDS];

/* Counts a request that has ended.  Status 0: it went away without an answer. */
void
pca_gw_metrics_count(GwKind kind, unsigned int status, int64_t microseconds)
{
	GwTally    *tally = &tallies[kind];
	size_t		bucket = 0;

	while (bucket < BOUNDS && microseconds > bounds[bucket])
		bucket++;
	tally->by_duration[bucket]++;
	tally->by_status[status <= HIGHEST_STATUS ? status : 0]++;
	tally->count++;
	tally->microseconds += microseconds;
}

static void
describe_metric(GwBuffer *text, const char *name, const char *type, const char *help)
{
	pca_gw_buffer_format(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
format_requests(GwBuffer *text)
{
	describe_metric(text, "pca_gateway_requests_total", "counter", "requests, by kind and status; 0: the client went away");
	for (int kind = 0; kind < GW_KINDS; kind++)
		for (int status = 0; status <= HIGHEST_STATUS; status++)
			if (tallies[kind].by_status[status] > 0)
				pca_gw_buffer_format(text, "pca_gateway_requests_total{kind=\"%s\",code=\"%d\"} %llu\n",
									 pca_gw_kind_get((GwKind) kind)->name, status,
									 (unsigned long long) tallies[kind].by_status[status]);
}

/* Formats the histogram of one kind. */
static void
format_histogram(GwBuffer *text, const char *kind, const GwTally *tally)
{
	static const char name[] = "pca_gateway_request_duration_seconds";
	uint64_t	sum = 0;

	for (size_t i = 0; i < BOUNDS; i++)
	{
		sum += tally->by_duration[i];
		pca_gw_buffer_format(text, "%s_bucket{kind=\"%s\",le=\"%g\"} %llu\n", name, kind,
							 (double) bounds[i] / 1e6, (unsigned long long) sum);
	}
	pca_gw_buffer_format(text, "%s_bucket{kind=\"%s\",le=\"+Inf\"} %llu\n", name, kind, (unsigned long long) tally->count);
	pca_gw_buffer_format(text, "%s_sum{kind=\"%s\"} %.6f\n", name, kind, (double) tally->microseconds / 1e6);
	pca_gw_buffer_format(text, "%s_count{kind=\"%s\"} %llu\n", name, kind, (unsigned long long) tally->count);
}

static void
format_durations(GwBuffer *text)
{
	describe_metric(text, "pca_gateway_request_duration_seconds", "histogram", "time from a request's first line to its answer");
	for (int kind = 0; kind < GW_KINDS; kind++)
		if (tallies[kind].count > 0)
			format_histogram(text, pca_gw_kind_get((GwKind) kind)->name, &tallies[kind]);
}

/* What is said of each pool; a row reads one number. */
static const struct
{
	const char *name;
	const char *type;
	const char *help;
	size_t		offset;
	enum
	{
		FLAG,
		NUMBER,
		COUNTER
	}			size;
}			pool_metrics[] = {
	{"pca_gateway_pool_up", "gauge", "1 if the database can be reached", offsetof(GwPoolState, is_up), FLAG},
	{"pca_gateway_pool_sessions", "gauge", "sessions that are open", offsetof(GwPoolState, connected), NUMBER},
	{"pca_gateway_pool_busy", "gauge", "sessions that execute", offsetof(GwPoolState, busy), NUMBER},
	{"pca_gateway_pool_waiting", "gauge", "requests that wait for a session", offsetof(GwPoolState, waiting), NUMBER},
	{"pca_gateway_pool_connections_total", "counter", "sessions that were opened", offsetof(GwPoolState, connections_made), COUNTER},
	{"pca_gateway_pool_connection_failures_total", "counter", "sessions that could not be opened",
	offsetof(GwPoolState, connections_failed), COUNTER},
	{"pca_gateway_pool_lost_total", "counter", "sessions that were lost", offsetof(GwPoolState, sessions_lost), COUNTER},
};

#define POOL_METRICS (sizeof(pool_metrics) / sizeof(pool_metrics[0]))

static unsigned long long
read_member(const GwPoolState *state, size_t metric)
{
	const char *member = (const char *) state + pool_metrics[metric].offset;

	switch (pool_metrics[metric].size)
	{
		case FLAG:
			return *(const bool *) member;
		case NUMBER:
			return (unsigned long long) *(const int *) (const void *) member;
		case COUNTER:
			return *(const uint64_t *) (const void *) member;
	}
	return 0;
}

static void
format_pools(GwBuffer *text)
{
	for (size_t i = 0; i < POOL_METRICS; i++)
	{
		describe_metric(text, pool_metrics[i].name, pool_metrics[i].type, pool_metrics[i].help);
		for (int pool = 0; pool < GW_POOLS; pool++)
		{
			GwPoolState state = pca_gw_pool_state((GwPoolNumber) pool);

			if (state.is_configured)
				pca_gw_buffer_format(text, "%s{pool=\"%s\"} %llu\n", pool_metrics[i].name, state.name,
									 read_member(&state, i));
		}
	}
}

static void
format_gauge(GwBuffer *text, const char *name, const char *help, size_t value)
{
	describe_metric(text, name, "gauge", help);
	pca_gw_buffer_format(text, "%s %zu\n", name, value);
}

/* Formats what the gateway counts. */
void
pca_gw_metrics_format(GwBuffer *text)
{
	format_requests(text);
	format_durations(text);
	format_pools(text);
	format_gauge(text, "pca_gateway_connections", "connections of clients", (size_t) pca_gw_server_connections());
	format_gauge(text, "pca_gateway_body_bytes", "memory of request bodies above 16 kB", pca_gw_requests_memory());
	format_gauge(text, "pca_gateway_object_bytes", "memory of objects", pca_gw_object_cache_memory());
}
