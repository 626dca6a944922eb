/*-------------------------------------------------------------------------
 *
 * main.c
 *	  pca-gateway: the certificate authorities of a database over HTTP.
 *
 * One thread, one loop: events of the database's sessions and of clients, then
 * what is due.  Nothing in it waits.  SIGTERM and SIGINT end it when what is in
 * flight is answered, SIGHUP makes it read its settings again.
 *
 *-------------------------------------------------------------------------
 */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "configuration.h"
#include "listener.h"
#include "log.h"
#include "pool.h"
#include "request.h"
#include "server.h"

/* After SIGTERM a client that has begun a request may end it for so long. */
#define LAST_REQUESTS (5 * GW_SECOND)

static GwWatch signal_watch = {.fd = -1};
static int64_t drained_since;

/* Begins to end. */
static void
begin_drain(void)
{
	if (drained_since > 0)
		return;
	drained_since = pca_gw_now();
	pca_gw_log("stop", "finishing what is in flight");
	pca_gw_notify("STOPPING=1");
	pca_gw_server_drain();
}

/* Tells whether nothing is left that is worth waiting for. */
static bool
is_drained(int64_t now)
{
	int64_t		waited = now - drained_since;

	if (drained_since == 0)
		return false;
	return pca_gw_requests_active() == 0 || waited > pca_gw_configuration.drain_timeout * GW_SECOND ||
		(pca_gw_requests_working() == 0 && waited > LAST_REQUESTS);
}

static void
reload_settings(void)
{
	char		state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long) pca_gw_now());
	pca_gw_notify(state);
	if (pca_gw_configuration_reload())
	{
		pca_gw_pools_reload();
		pca_gw_log("reload", "the settings are in force, but for listen, idle_timeout and a larger max_connections");
	}
	else
		pca_gw_log("reload", "the settings are as they were");
	pca_gw_notify("READY=1");
}

/* Takes signals. */
static void
take_signals(GwWatch *watch, uint32_t events)
{
	struct signalfd_siginfo info;

	(void) events;
	while (read(watch->fd, &info, sizeof(info)) == (ssize_t) sizeof(info))
	{
		if (info.ssi_signo == SIGHUP)
			reload_settings();
		else
			begin_drain();
	}
}

static void
watch_signals(void)
{
	sigset_t	set;
	int			fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		pca_gw_fatal("could not watch signals: %s", pca_gw_system_error());
	signal_watch.ready = take_signals;
	pca_gw_watch(&signal_watch, fd, EPOLLIN);
}

/* Returns for how long the loop may wait. */
static int64_t
idle_time(void)
{
	int64_t		pools = pca_gw_pools_next(pca_gw_now());
	int64_t		server = pca_gw_server_next();
	int64_t		longest = drained_since > 0 ? 100 * GW_MILLISECOND : GW_SECOND;

	longest = pools < longest ? pools : longest;
	return server < longest ? server : longest;
}

static void
run_loop(void)
{
	while (!is_drained(pca_gw_now()))
	{
		pca_gw_pools_tick(pca_gw_now());
		pca_gw_server_run(pca_gw_now());
		pca_gw_log_flush();
		pca_gw_event_wait(idle_time());
	}
}

int
main(int count, char **arguments)
{
	/* Large blocks go back to the system when they are freed, and never become the heap's. */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
	pca_gw_configuration_begin(count, arguments);
	pca_gw_event_begin();
	watch_signals();
	pca_gw_pools_begin();
	pca_gw_server_begin();
	pca_gw_notify("READY=1");
	pca_gw_log("start", "ready");
	pca_gw_log_flush();
	run_loop();
	pca_gw_pools_end();
	pca_gw_server_end();
	pca_gw_log("stop", "ended");
	pca_gw_log_flush();
	return EXIT_SUCCESS;
}
