/*-------------------------------------------------------------------------
 *
 * session.c
 *	  A database session, which never waits.
 *
 * It connects, sets its timeouts and prepares its statements, and then executes
 * one statement after another, each a transaction of its own.  A result counts
 * only when the server is ready for the next statement: the commit, which may
 * still fail, comes after the rows.
 *
 *-------------------------------------------------------------------------
 */
#include "session.h"

#include <string.h>

#include "configuration.h"

#define CONNECT_TIMEOUT (10 * GW_SECOND)

/* How long after its statement_timeout a statement that says nothing is given up */
#define GRACE (10 * GW_SECOND)

/* libpq's buffers never shrink: a session that had to move more than this is closed. */
#define LARGE (1024 * 1024)

static void handle_events(GwWatch *watch, uint32_t events);

/* Drops what the server has to say besides its results. */
static void
ignore_notice(void *argument, const PGresult *result)
{
	(void) argument;
	(void) result;
}

/* Begins to connect.  Returns false if nothing comes of it. */
bool
pca_gw_session_open(GwSession *session, const char *conninfo)
{
	const char *const names[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
	const char *const values[] = {conninfo, "pca-gateway", "UTF8", NULL};

	session->connection = PQconnectStartParams(names, values, 1);
	if (session->connection == NULL || PQstatus(session->connection) == CONNECTION_BAD)
		return false;
	PQsetNoticeReceiver(session->connection, ignore_notice, NULL);
	session->state = GW_SESSION_CONNECTING;
	session->deadline = pca_gw_now() + CONNECT_TIMEOUT;
	session->watch.ready = handle_events;
	pca_gw_watch(&session->watch, PQsocket(session->connection), EPOLLOUT);
	return true;
}

void
pca_gw_session_close(GwSession *session)
{
	pca_gw_unwatch(&session->watch);
	PQclear(session->result);
	PQfinish(session->connection);
	session->result = NULL;
	session->connection = NULL;
	session->state = GW_SESSION_CLOSED;
	session->is_stale = false;
}

const char *
pca_gw_session_error(const GwSession *session)
{
	return PQerrorMessage(session->connection);
}

/* Sends what has not been sent, and waits for what there is to wait for.  Returns false if the session is lost. */
static bool
flush_output(GwSession *session)
{
	int			pending = PQflush(session->connection);
	uint32_t	events = pending > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN;

	if (pending < 0)
		return false;
	if (session->watch.events != events)
		pca_gw_watch(&session->watch, PQsocket(session->connection), events);
	return true;
}

/* Begins to prepare: one message, so one transaction. */
static bool
prepare_statements(GwSession *session)
{
	GwBuffer	sql = {0};
	bool		is_sent;

	pca_gw_buffer_format(&sql, "SET statement_timeout = '%llds'; SET lock_timeout = '%llds'; SET client_min_messages = error",
						 (long long) pca_gw_configuration.statement_timeout, (long long) pca_gw_configuration.lock_timeout);
	for (const GwStatement *const *statement = pca_gw_statements; *statement != NULL; statement++)
		if ((*statement)->pool == session->pool)
		{
			pca_gw_buffer_add(&sql, "; ");
			pca_gw_buffer_add(&sql, (*statement)->prepare);
		}
	session->state = GW_SESSION_PREPARING;
	is_sent = !sql.is_broken && PQsetnonblocking(session->connection, 1) == 0 &&
		PQsendQuery(session->connection, sql.data) && flush_output(session);
	pca_gw_buffer_free(&sql);
	return is_sent;
}

/* Takes the next step of connecting. */
static void
continue_connecting(GwSession *session)
{
	switch (PQconnectPoll(session->connection))
	{
		case PGRES_POLLING_READING:
			pca_gw_watch(&session->watch, PQsocket(session->connection), EPOLLIN);
			return;
		case PGRES_POLLING_WRITING:
			pca_gw_watch(&session->watch, PQsocket(session->connection), EPOLLOUT);
			return;
		case PGRES_POLLING_OK:
			pca_gw_watch(&session->watch, PQsocket(session->connection), EPOLLIN);
			if (prepare_statements(session))
				return;
			break;
		default:
			break;
	}
	pca_gw_pool_at_failure(session, pca_gw_session_error(session));
}

static bool
is_error(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
}

/* Keeps a result: the last one, but no error is forgotten. */
static void
keep_result(GwSession *session, PGresult *result)
{
	if (session->result != NULL && is_error(session->result))
	{
		PQclear(result);
		return;
	}
	PQclear(session->result);
	session->result = result;
}

/* Takes the results that are there.  Returns true after the last one. */
static bool
take_results(GwSession *session)
{
	while (!PQisBusy(session->connection))
	{
		PGresult   *result = PQgetResult(session->connection);

		if (result == NULL)
			return true;
		keep_result(session, result);
	}
	return false;
}

/* Ends the preparation. */
static void
finish_preparing(GwSession *session)
{
	bool		is_good = session->result != NULL && !is_error(session->result);

	if (is_good)
	{
		PQclear(session->result);
		session->result = NULL;
		session->state = GW_SESSION_IDLE;
		pca_gw_pool_at_ready(session);
	}
	else
		pca_gw_pool_at_failure(session, PQresultErrorMessage(session->result));
}

/* Handles what a session has to say that is connected. */
static void
continue_session(GwSession *session, uint32_t events)
{
	bool		is_alive = true;

	if ((events & EPOLLOUT) != 0)
		is_alive = flush_output(session);
	if (is_alive && (events & ~(uint32_t) EPOLLOUT) != 0)
		is_alive = PQconsumeInput(session->connection) && PQstatus(session->connection) == CONNECTION_OK;
	if (!is_alive)
		pca_gw_pool_at_failure(session, pca_gw_session_error(session));
	else if (session->state != GW_SESSION_IDLE && take_results(session))
	{
		if (session->state == GW_SESSION_PREPARING)
			finish_preparing(session);
		else
			pca_gw_pool_at_result(session);
	}
}

static void
handle_events(GwWatch *watch, uint32_t events)
{
	GwSession  *session = (GwSession *) watch;

	if (session->state == GW_SESSION_CONNECTING)
		continue_connecting(session);
	else if (session->state != GW_SESSION_CLOSED)
		continue_session(session, events);
}

/* Sends a statement.  Returns false if the session turns out to be lost. */
bool
pca_gw_session_send(GwSession *session, GwCall *call)
{
	const char *values[GW_MAX_PARAMETERS];
	int			lengths[GW_MAX_PARAMETERS];
	int			formats[GW_MAX_PARAMETERS];
	const GwStatement *statement = call->statement;

	for (int i = 0; i < statement->parameters; i++)
	{
		values[i] = call->values[i].data;
		lengths[i] = (int) call->values[i].length;
		formats[i] = 1;
		session->is_stale |= call->values[i].length > LARGE;
	}
	session->state = GW_SESSION_BUSY;
	session->call = call;
	session->deadline = pca_gw_now() + pca_gw_configuration.statement_timeout * GW_SECOND + GRACE;
	return PQsendQueryPrepared(session->connection, statement->name, statement->parameters, values, lengths, formats,
							   statement->is_binary) && flush_output(session);
}
