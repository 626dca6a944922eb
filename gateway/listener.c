/*-------------------------------------------------------------------------
 *
 * listener.c
 *	  The sockets that clients connect to, and what systemd is told.
 *
 * Sockets that systemd passes (LISTEN_FDS) are taken instead of those that the
 * configuration names.  Its two protocols are a few lines each, so that no
 * library is needed for them.
 *
 *-------------------------------------------------------------------------
 */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "configuration.h"
#include "log.h"

#define BACKLOG 1024
#define FIRST_PASSED_FD 3

static GwWatch listeners[GW_MAX_LISTEN];
static char *unix_paths[GW_MAX_LISTEN];
static int	listener_count;
static bool is_watched;

/* Fills the address of a Unix socket; a leading @ means an abstract one. */
static socklen_t
unix_address(const char *path, struct sockaddr_un *address)
{
	size_t		length = strlen(path);

	if (length >= sizeof(address->sun_path))
		pca_gw_fatal("the path of a Unix socket is too long: %s", path);
	*address = (struct sockaddr_un) {.sun_family = AF_UNIX};
	memcpy(address->sun_path, path, length);
	if (path[0] == '@')
		address->sun_path[0] = '\0';
	return (socklen_t) (offsetof(struct sockaddr_un, sun_path) + length + (path[0] != '@'));
}

/* Removes the socket that an earlier process left at a path, and nothing else. */
static void
remove_socket(const char *path)
{
	struct stat state;

	if (lstat(path, &state) == 0 && S_ISSOCK(state.st_mode))
		unlink(path);
}

static int
listen_unix(const char *path)
{
	struct sockaddr_un address;
	socklen_t	length = unix_address(path, &address);
	int			fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	remove_socket(path);
	if (fd < 0 || bind(fd, (struct sockaddr *) &address, length) != 0 || listen(fd, BACKLOG) != 0)
		pca_gw_fatal("could not listen on \"%s\": %s", path, pca_gw_system_error());
	return fd;
}

/* Splits HOST:PORT or [HOST]:PORT in place. */
static char *
split_port(char *address, char **host)
{
	char	   *colon = strrchr(address, ':');

	if (colon == NULL || colon[1] == '\0')
		pca_gw_fatal("an address to listen on has no port: %s", address);
	*colon = '\0';
	*host = address;
	if (address[0] == '[' && colon > address && colon[-1] == ']')
	{
		colon[-1] = '\0';
		*host = address + 1;
	}
	return colon + 1;
}

/* Opens a TCP socket that other processes may share (SO_REUSEPORT). */
static int
open_tcp(const struct addrinfo *info)
{
	int			fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int			on = 1;

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0 &&
		bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	return -1;
}

static int
listen_tcp(const char *text)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *info;
	char	   *address = strdup(text);
	char	   *host;
	char	   *port = split_port(address, &host);
	int			fault = getaddrinfo(host[0] != '\0' ? host : NULL, port, &hints, &info);
	int			fd;

	if (fault != 0)
		pca_gw_fatal("could not find the address \"%s\": %s", text, gai_strerror(fault));
	fd = open_tcp(info);
	if (fd < 0)
		pca_gw_fatal("could not listen on \"%s\": %s", text, pca_gw_system_error());
	freeaddrinfo(info);
	free(address);
	return fd;
}

static void
add_listener(int fd, void (*ready) (GwWatch *watch, uint32_t events))
{
	listeners[listener_count] = (GwWatch) {.fd = -1, .ready = ready};
	pca_gw_watch(&listeners[listener_count], fd, EPOLLIN);
	listener_count++;
}

/* Returns how many sockets systemd has passed. */
static int
passed_sockets(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");

	if (pid == NULL || count == NULL || strtol(pid, NULL, 10) != (long) getpid())
		return 0;
	return (int) strtol(count, NULL, 10);
}

static void
take_passed(int count, void (*ready) (GwWatch *watch, uint32_t events))
{
	if (count > GW_MAX_LISTEN)
		pca_gw_fatal("too many sockets were passed: %d", count);
	for (int fd = FIRST_PASSED_FD; fd < FIRST_PASSED_FD + count; fd++)
	{
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0)
			pca_gw_fatal("a socket that was passed is not usable: %s", pca_gw_system_error());
		add_listener(fd, ready);
	}
}

/* Begins to listen. */
void
pca_gw_listeners_begin(void (*ready) (GwWatch *watch, uint32_t events))
{
	int			passed = passed_sockets();

	is_watched = true;
	if (passed > 0)
	{
		take_passed(passed, ready);
		return;
	}
	for (int i = 0; i < pca_gw_configuration.listen_count; i++)
	{
		const char *address = pca_gw_configuration.listen[i];
		bool		is_unix = address[0] == '/' || address[0] == '@';

		if (address[0] == '/')
			unix_paths[i] = strdup(address);
		add_listener(is_unix ? listen_unix(address) : listen_tcp(address), ready);
		pca_gw_log("listen", "%s", address);
	}
}

/* Accepts connections, or leaves them waiting for a while. */
void
pca_gw_listeners_watch(bool is_open)
{
	if (is_open == is_watched)
		return;
	is_watched = is_open;
	for (int i = 0; i < listener_count; i++)
		pca_gw_watch(&listeners[i], listeners[i].fd, is_open ? EPOLLIN : 0);
}

/* Stops listening. */
void
pca_gw_listeners_end(void)
{
	for (int i = 0; i < listener_count; i++)
	{
		int			fd = listeners[i].fd;

		pca_gw_unwatch(&listeners[i]);
		close(fd);
		if (unix_paths[i] != NULL)
			remove_socket(unix_paths[i]);
		free(unix_paths[i]);
		unix_paths[i] = NULL;
	}
	listener_count = 0;
}

/* Tells systemd something, if it listens (sd_notify). */
void
pca_gw_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;
	socklen_t	length;
	int			fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	length = unix_address(path, &address);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *) &address, length) < 0)
		pca_gw_log("systemd", "could not notify: %s", pca_gw_system_error());
	close(fd);
}
