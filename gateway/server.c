/*-------------------------------------------------------------------------
 *
 * server.c
 *	  The HTTP server: its sockets, connections and limits.
 *
 * libmicrohttpd parses HTTP, in an epoll instance of its own that is part of the
 * main loop's.  Connections are accepted here, so that one more than the limit
 * waits in the kernel, or takes the place of the one that has waited for its
 * client longest.
 *
 *-------------------------------------------------------------------------
 */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "configuration.h"
#include "listener.h"
#include "log.h"
#include "request.h"

/* What libmicrohttpd has for a connection: the request line, the headers and what it sends */
#define CONNECTION_MEMORY ((size_t) 16 * 1024)
#define ACCEPTED_AT_ONCE 64

/* After so long a connection that waits for its client may lose its place to another one */
#define EVICTABLE_AFTER (2 * GW_SECOND)

/* Descriptors for everything but clients */
#define OTHER_DESCRIPTORS 256

static struct MHD_Daemon *daemon_handle;
static GwWatch daemon_watch = {.fd = -1};
static GwConnection *first_listed;
static GwConnection *last_listed;
static int	connection_count;
static bool is_draining;

static void
unlist_connection(GwConnection *connection)
{
	if (!connection->is_listed)
		return;
	*(connection->before != NULL ? &connection->before->after : &first_listed) = connection->after;
	*(connection->after != NULL ? &connection->after->before : &last_listed) = connection->before;
	connection->is_listed = false;
}

/* Puts a connection at the end of the list. */
static void
list_connection(GwConnection *connection, bool is_sending)
{
	unlist_connection(connection);
	connection->before = last_listed;
	connection->after = NULL;
	*(last_listed != NULL ? &last_listed->after : &first_listed) = connection;
	last_listed = connection;
	connection->is_listed = true;
	connection->is_sending = is_sending;
	connection->since = pca_gw_now();
}

/* Notes that the client is to send its next request. */
void
pca_gw_connection_receives(GwConnection *connection)
{
	list_connection(connection, false);
}

/* Notes that the request is whole, so that the client no longer makes the gateway wait. */
void
pca_gw_connection_works(GwConnection *connection)
{
	unlist_connection(connection);
}

/* Notes that the client is to take the answer. */
void
pca_gw_connection_sends(GwConnection *connection)
{
	list_connection(connection, true);
}

/* Writes the address of the client. */
static void
describe_client(struct MHD_Connection *http, char *text, size_t size)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info != NULL ? info->client_addr : NULL;

	snprintf(text, size, "unix");
	if (address != NULL && address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *) (const void *) address)->sin_addr, text, (socklen_t) size);
	if (address != NULL && address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *) (const void *) address)->sin6_addr, text, (socklen_t) size);
}

/* Follows connections as they begin and end (an MHD_NotifyConnectionCallback). */
static void
follow_connection(void *argument, struct MHD_Connection *http, void **context, enum MHD_ConnectionNotificationCode code)
{
	GwConnection *connection = *context;

	(void) argument;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
	{
		const union MHD_ConnectionInfo *info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD);

		connection = calloc(1, sizeof(GwConnection));
		if (connection == NULL || info == NULL)
			pca_gw_fatal("out of memory");
		connection->fd = info->connect_fd;
		describe_client(http, connection->client, sizeof(connection->client));
		list_connection(connection, false);
		connection_count++;
		*context = connection;
	}
	else if (connection != NULL)
	{
		unlist_connection(connection);
		free(connection);
		connection_count--;
		*context = NULL;
	}
}

GwConnection *
pca_gw_connection_get(struct MHD_Connection *http)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info->socket_context;
}

/* Shuts a connection down; libmicrohttpd notices, and closes it. */
static void
shut_down(GwConnection *connection)
{
	unlist_connection(connection);
	shutdown(connection->fd, SHUT_RDWR);
}

/*
 * Tells whether one more connection is accepted.  If there are too many, closes
 * the one that has waited for its client longest, if that is long enough.
 */
static bool
has_room(void)
{
	if (connection_count < pca_gw_configuration.max_connections)
		return true;
	if (first_listed != NULL && pca_gw_now() - first_listed->since > EVICTABLE_AFTER)
		shut_down(first_listed);
	return false;
}

/* Accepts connections. */
static void
accept_connections(GwWatch *watch, uint32_t events)
{
	(void) events;
	for (int i = 0; i < ACCEPTED_AT_ONCE; i++)
	{
		struct sockaddr_storage address;
		socklen_t	length = sizeof(address);
		int			fd;

		if (!has_room())
		{
			pca_gw_listeners_watch(false);
			return;
		}
		fd = accept4(watch->fd, (struct sockaddr *) &address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
			pca_gw_listeners_watch(false);
		if (fd < 0)
			return;
		/* It closes what it does not take. */
		MHD_add_connection(daemon_handle, fd, (struct sockaddr *) &address, length);
	}
}

/* Leaves a path as it was sent (an MHD unescape callback). */
static size_t
keep_escapes(void *argument, struct MHD_Connection *http, char *text)
{
	(void) argument;
	(void) http;
	return strlen(text);
}

/* Does nothing: pca_gw_server_run() handles the events of libmicrohttpd in each round. */
static void
note_events(GwWatch *watch, uint32_t events)
{
	(void) watch;
	(void) events;
}

/* Asks for as many descriptors as there may be connections. */
static void
raise_descriptors(void)
{
	struct rlimit limit;
	rlim_t		wanted = (rlim_t) pca_gw_configuration.max_connections + OTHER_DESCRIPTORS;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
		pca_gw_log("server", "there are only %llu descriptors for max_connections = %lld",
				   (unsigned long long) limit.rlim_cur, (long long) pca_gw_configuration.max_connections);
}

/* Begins to serve. */
void
pca_gw_server_begin(void)
{
	const union MHD_DaemonInfo *info;

	raise_descriptors();
	daemon_handle = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
		pca_gw_request_handle, NULL,
		MHD_OPTION_URI_LOG_CALLBACK, pca_gw_request_begin, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, pca_gw_request_end, NULL,
		MHD_OPTION_NOTIFY_CONNECTION, follow_connection, NULL,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
		/* One that was shut down is still counted for a moment. */
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int) pca_gw_configuration.max_connections * 2,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int) pca_gw_configuration.idle_timeout,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_END);
	info = daemon_handle != NULL ? MHD_get_daemon_info(daemon_handle, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (info == NULL)
		pca_gw_fatal("could not start the HTTP server");
	daemon_watch.ready = note_events;
	pca_gw_watch(&daemon_watch, info->epoll_fd, EPOLLIN);
	pca_gw_listeners_begin(accept_connections);
}

/* Shuts down the connections of clients that take too long to send a request. */
static void
expire_connections(int64_t now)
{
	GwConnection *connection = first_listed;

	while (connection != NULL && now - connection->since > pca_gw_configuration.receive_timeout * GW_SECOND)
	{
		GwConnection *after = connection->after;

		if (!connection->is_sending)
			shut_down(connection);
		connection = after;
	}
}

/* Does what there is to do. */
void
pca_gw_server_run(int64_t now)
{
	static int64_t checked_at;

	MHD_run(daemon_handle);
	if (now - checked_at < 100 * GW_MILLISECOND)
		return;
	checked_at = now;
	expire_connections(now);
	if (!is_draining)
		pca_gw_listeners_watch(has_room());
}

/* Returns for how many microseconds there is nothing to do but to handle events. */
int64_t
pca_gw_server_next(void)
{
	MHD_UNSIGNED_LONG_LONG milliseconds;

	if (connection_count >= pca_gw_configuration.max_connections)
		return 100 * GW_MILLISECOND;
	if (MHD_get_timeout(daemon_handle, &milliseconds) != MHD_YES || milliseconds > 1000)
		return GW_SECOND;
	return (int64_t) milliseconds * GW_MILLISECOND;
}

/* Accepts no more connections, and closes each after its answer. */
void
pca_gw_server_drain(void)
{
	is_draining = true;
	pca_gw_listeners_end();
}

bool
pca_gw_server_is_draining(void)
{
	return is_draining;
}

/* Ends the server.  Every request must have been answered, so that no connection is suspended. */
void
pca_gw_server_end(void)
{
	/* What was resumed only now is sent. */
	MHD_run(daemon_handle);
	MHD_run(daemon_handle);
	pca_gw_unwatch(&daemon_watch);
	MHD_stop_daemon(daemon_handle);
}

int
pca_gw_server_connections(void)
{
	return connection_count;
}
