/*-------------------------------------------------------------------------
 *
 * pool.c
 *	  Pools of database sessions, and the calls that wait for one.
 *
 * Each pool has its own sessions and its own queue, so that calls that wait for
 * locks in one never delay those of another.  A pool opens one session at a time,
 * while calls wait.  When none can be opened it tries again after a while, twice
 * as long each time, and meanwhile refuses calls at once.
 *
 *-------------------------------------------------------------------------
 */
#include "pool.h"

#include <string.h>

#include "configuration.h"
#include "log.h"
#include "session.h"

#define SHORTEST_DELAY (100 * GW_MILLISECOND)
#define LONGEST_DELAY (5 * GW_SECOND)
#define ACTIVE_TICK (100 * GW_MILLISECOND)
#define IDLE_TICK GW_SECOND

/* A result above this closes its session, since libpq's buffers never shrink. */
#define LARGE_RESULT (1024 * 1024)

/* Calls in the order in which they came. */
typedef struct GwQueue
{
	GwCall	   *first;
	GwCall	   *last;
	int			length;
} GwQueue;

typedef struct GwPool
{
	const char *name;
	const char *conninfo;		/* NULL: not configured */
	int			max_sessions;
	GwSession	sessions[GW_MAX_SESSIONS];
	GwQueue		queue;
	GwCall	   *later;			/* by their deadline, at which they join the queue */
	bool		is_down;
	int64_t		retry_at;
	int64_t		delay;
	uint64_t	connections_made;
	uint64_t	connections_failed;
	uint64_t	sessions_lost;
} GwPool;

static GwPool pools[GW_POOLS] = {
	[GW_POOL_STATUS] = {.name = "status"},
	[GW_POOL_API] = {.name = "api"},
	[GW_POOL_MONITOR] = {.name = "monitor"},
};

static void
append_call(GwQueue *queue, GwCall *call)
{
	call->next = NULL;
	if (queue->last != NULL)
		queue->last->next = call;
	else
		queue->first = call;
	queue->last = call;
	queue->length++;
}

/* Puts a call before all others. */
static void
prepend_call(GwQueue *queue, GwCall *call)
{
	call->next = queue->first;
	queue->first = call;
	if (queue->last == NULL)
		queue->last = call;
	queue->length++;
}

static GwCall *
take_call(GwQueue *queue)
{
	GwCall	   *call = queue->first;

	queue->first = call->next;
	if (queue->first == NULL)
		queue->last = NULL;
	queue->length--;
	return call;
}

static GwSession *
find_session(GwPool *pool, GwSessionState state)
{
	for (int i = 0; i < pool->max_sessions; i++)
		if (pool->sessions[i].state == state)
			return &pool->sessions[i];
	return NULL;
}

static int
count_sessions(const GwPool *pool, GwSessionState state)
{
	int			count = 0;

	for (int i = 0; i < GW_MAX_SESSIONS; i++)
		count += pool->sessions[i].state == state;
	return count;
}

/* Tells whether a pool has a session that can execute. */
static bool
has_session(const GwPool *pool)
{
	return count_sessions(pool, GW_SESSION_IDLE) + count_sessions(pool, GW_SESSION_BUSY) > 0;
}

/* Refuses every call that waits. */
static void
refuse_waiting(GwPool *pool, GwFault fault)
{
	while (pool->queue.first != NULL)
	{
		GwCall	   *call = take_call(&pool->queue);

		call->done(call, fault, NULL);
	}
}

/* Puts the next attempt to connect off. */
static void
back_off(GwPool *pool, const char *reason)
{
	pca_gw_log("database", "%s: could not connect: %s", pool->name, reason);
	pool->connections_failed++;
	pool->delay = pool->delay == 0 ? SHORTEST_DELAY : pool->delay * 2 > LONGEST_DELAY ? LONGEST_DELAY : pool->delay * 2;
	pool->retry_at = pca_gw_now() + pool->delay;
	if (has_session(pool))
		return;
	pool->is_down = true;
	refuse_waiting(pool, GW_FAULT_DOWN);
}

/* Opens one more session if there is one to open, none is being opened, and it is time. */
static void
open_session(GwPool *pool)
{
	GwSession  *session = find_session(pool, GW_SESSION_CLOSED);

	if (session == NULL || pca_gw_now() < pool->retry_at || find_session(pool, GW_SESSION_CONNECTING) != NULL ||
		find_session(pool, GW_SESSION_PREPARING) != NULL)
		return;
	if (!pca_gw_session_open(session, pool->conninfo))
	{
		session->state = GW_SESSION_CONNECTING;
		pca_gw_pool_at_failure(session, pca_gw_session_error(session));
	}
}

/* Gives calls that wait to sessions that are idle; opens another session if calls are left over. */
static void
pump_calls(GwPool *pool)
{
	GwSession  *session;

	while (pool->queue.first != NULL && (session = find_session(pool, GW_SESSION_IDLE)) != NULL)
		if (!pca_gw_session_send(session, take_call(&pool->queue)))
			pca_gw_pool_at_failure(session, pca_gw_session_error(session));
	if (pool->conninfo != NULL && (pool->queue.first != NULL || !has_session(pool)))
		open_session(pool);
}

/* Takes in that a session can be used. */
void
pca_gw_pool_at_ready(GwSession *session)
{
	GwPool	   *pool = &pools[session->pool];

	if (pool->is_down || pool->connections_made == 0)
		pca_gw_log("database", "%s: connected", pool->name);
	pool->connections_made++;
	pool->is_down = false;
	pool->delay = 0;
	/* The settings may have changed meanwhile. */
	if (session->is_stale)
		pca_gw_session_close(session);
	pump_calls(pool);
}

/* Settles a call whose session was lost. */
static void
settle_lost(GwPool *pool, GwCall *call)
{
	if (call->statement->is_repeatable && !call->is_repeated)
	{
		call->is_repeated = true;
		prepend_call(&pool->queue, call);
	}
	else
		call->done(call, GW_FAULT_LOST, NULL);
}

/* Takes in that a session could not be opened or is lost. */
void
pca_gw_pool_at_failure(GwSession *session, const char *reason)
{
	GwPool	   *pool = &pools[session->pool];
	GwCall	   *call = session->call;
	bool		was_open = session->state == GW_SESSION_IDLE || session->state == GW_SESSION_BUSY;
	GwBuffer	text = {0};

	/* The reason ends with its session; libpq ends it with a newline. */
	pca_gw_buffer_append(&text, reason, strlen(reason) - (strlen(reason) > 0 && reason[strlen(reason) - 1] == '\n'));
	session->call = NULL;
	pca_gw_session_close(session);
	if (was_open)
	{
		pool->sessions_lost++;
		pca_gw_log("database", "%s: session lost: %s", pool->name, text.data);
	}
	else
		back_off(pool, text.data);
	pca_gw_buffer_free(&text);
	if (call != NULL)
		settle_lost(pool, call);
	pump_calls(pool);
}

/* Tells whether a session is to be closed after this result: a function has changed, or buffers are large. */
static bool
is_spent(const GwSession *session, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return session->is_stale || PQresultMemorySize(result) > LARGE_RESULT ||
		(state != NULL && (strcmp(state, "26000") == 0 || strcmp(state, "0A000") == 0));
}

/* Takes in that a session has executed its call. */
void
pca_gw_pool_at_result(GwSession *session)
{
	GwPool	   *pool = &pools[session->pool];
	GwCall	   *call = session->call;
	PGresult   *result = session->result;

	session->call = NULL;
	session->result = NULL;
	session->state = GW_SESSION_IDLE;
	if (is_spent(session, result))
		pca_gw_session_close(session);
	call->done(call, GW_FAULT_NONE, result);
	pump_calls(pool);
}

/*
 * Executes a call as soon as there is a session.  Returns the fault for which it
 * is refused, and then `done` is not called.
 */
GwFault
pca_gw_call(GwCall *call)
{
	GwPool	   *pool = &pools[call->statement->pool];

	if (pool->conninfo == NULL || pool->is_down)
		return GW_FAULT_DOWN;
	if (pool->queue.length >= pca_gw_configuration.queue)
		return GW_FAULT_BUSY;
	call->deadline = pca_gw_now() + pca_gw_configuration.queue_timeout * GW_SECOND;
	call->is_repeated = false;
	append_call(&pool->queue, call);
	pump_calls(pool);
	return GW_FAULT_NONE;
}

/* Executes a call again after a delay. */
void
pca_gw_call_later(GwCall *call, int64_t delay)
{
	GwCall	  **at = &pools[call->statement->pool].later;

	call->deadline = pca_gw_now() + delay;
	while (*at != NULL && (*at)->deadline <= call->deadline)
		at = &(*at)->next;
	call->next = *at;
	*at = call;
}

/* Lets the calls whose delay is over join the queue. */
static void
join_queue(GwPool *pool, int64_t now)
{
	while (pool->later != NULL && pool->later->deadline <= now)
	{
		GwCall	   *call = pool->later;
		GwFault		fault;

		pool->later = call->next;
		fault = pca_gw_call(call);
		if (fault != GW_FAULT_NONE)
			call->done(call, fault, NULL);
	}
}

/* Gives up what has taken too long. */
static void
expire_calls(GwPool *pool, int64_t now)
{
	while (pool->queue.first != NULL && pool->queue.first->deadline <= now)
	{
		GwCall	   *call = take_call(&pool->queue);

		call->done(call, has_session(pool) ? GW_FAULT_BUSY : GW_FAULT_DOWN, NULL);
	}
	for (int i = 0; i < GW_MAX_SESSIONS; i++)
	{
		GwSession  *session = &pool->sessions[i];

		if (session->state != GW_SESSION_CLOSED && session->state != GW_SESSION_IDLE && session->deadline <= now)
			pca_gw_pool_at_failure(session, "the server does not answer");
	}
}

/* Does what is due. */
void
pca_gw_pools_tick(int64_t now)
{
	for (int i = 0; i < GW_POOLS; i++)
	{
		join_queue(&pools[i], now);
		expire_calls(&pools[i], now);
		pump_calls(&pools[i]);
	}
}

/* Returns for how long one pool has nothing to do. */
static int64_t
quiet_time(const GwPool *pool, int64_t now)
{
	int64_t		longest = pool->queue.first != NULL || (pool->conninfo != NULL && pool->is_down) ? ACTIVE_TICK : IDLE_TICK;

	if (pool->later != NULL && pool->later->deadline - now < longest)
		longest = pool->later->deadline - now;
	return longest > 0 ? longest : 0;
}

/* Returns for how many microseconds there is nothing to do but to handle events. */
int64_t
pca_gw_pools_next(int64_t now)
{
	int64_t		longest = IDLE_TICK;

	for (int i = 0; i < GW_POOLS; i++)
	{
		int64_t		time = quiet_time(&pools[i], now);

		longest = time < longest ? time : longest;
	}
	return longest;
}

/* Takes the settings of a pool over. */
static void
configure_pool(GwPoolNumber number, const char *conninfo, int64_t sessions)
{
	pools[number].conninfo = strcmp(conninfo, "none") == 0 ? NULL : conninfo;
	pools[number].max_sessions = (int) sessions;
	pools[number].delay = 0;
	pools[number].retry_at = 0;
}

static void
configure_pools(void)
{
	const GwConfiguration *settings = &pca_gw_configuration;

	configure_pool(GW_POOL_STATUS, settings->status_connection, settings->status_sessions);
	configure_pool(GW_POOL_API, settings->api_connection, settings->api_sessions);
	configure_pool(GW_POOL_MONITOR, settings->monitor_connection, 1);
}

void
pca_gw_pools_begin(void)
{
	configure_pools();
	for (int i = 0; i < GW_POOLS; i++)
		for (int j = 0; j < GW_MAX_SESSIONS; j++)
		{
			pools[i].sessions[j].pool = (GwPoolNumber) i;
			pools[i].sessions[j].watch.fd = -1;
		}
}

/* Makes a session follow new settings: at once, or when it has done what it does. */
static void
renew_session(GwSession *session)
{
	if (session->state == GW_SESSION_IDLE)
		pca_gw_session_close(session);
	else if (session->state != GW_SESSION_CLOSED)
		session->is_stale = true;
}

/* Follows new settings. */
void
pca_gw_pools_reload(void)
{
	configure_pools();
	for (int i = 0; i < GW_POOLS; i++)
	{
		for (int j = 0; j < GW_MAX_SESSIONS; j++)
			renew_session(&pools[i].sessions[j]);
		if (pools[i].conninfo == NULL)
			refuse_waiting(&pools[i], GW_FAULT_DOWN);
		pump_calls(&pools[i]);
	}
}

/* Closes every session.  What is in flight is lost. */
void
pca_gw_pools_end(void)
{
	for (int i = 0; i < GW_POOLS; i++)
	{
		pools[i].conninfo = NULL;
		for (int j = 0; j < GW_MAX_SESSIONS; j++)
		{
			GwSession  *session = &pools[i].sessions[j];
			GwCall	   *call = session->call;

			session->call = NULL;
			pca_gw_session_close(session);
			if (call != NULL)
				call->done(call, GW_FAULT_LOST, NULL);
		}
		while (pools[i].later != NULL)
		{
			GwCall	   *call = pools[i].later;

			pools[i].later = call->next;
			call->done(call, GW_FAULT_DOWN, NULL);
		}
		refuse_waiting(&pools[i], GW_FAULT_DOWN);
	}
}

bool
pca_gw_pool_is_configured(GwPoolNumber pool)
{
	return pools[pool].conninfo != NULL;
}

GwPoolState
pca_gw_pool_state(GwPoolNumber number)
{
	const GwPool *pool = &pools[number];
	int			busy = count_sessions(pool, GW_SESSION_BUSY);

	return (GwPoolState) {
		.name = pool->name,
		.is_configured = pool->conninfo != NULL,
		.is_up = !pool->is_down && has_session(pool),
		.connected = busy + count_sessions(pool, GW_SESSION_IDLE),
		.busy = busy,
		.waiting = pool->queue.length,
		.connections_made = pool->connections_made,
		.connections_failed = pool->connections_failed,
		.sessions_lost = pool->sessions_lost,
	};
}
