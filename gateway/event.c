/*-------------------------------------------------------------------------
 *
 * event.c
 *	  What the main loop waits for: descriptors and time.
 *
 *-------------------------------------------------------------------------
 */
#include "event.h"

#include <errno.h>
#include <time.h>

#include "log.h"

#define EVENTS_AT_ONCE 64

static int	epoll_fd = -1;

void
pca_gw_event_begin(void)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		pca_gw_fatal("could not create an epoll instance: %s", pca_gw_system_error());
}

/*
 * Waits for these events of a descriptor from now on.  The kernel forgets a
 * descriptor that is closed, and libpq closes its own: so what is to be changed
 * may be gone.
 */
void
pca_gw_watch(GwWatch *watch, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	if (watch->fd >= 0 && watch->fd != fd)
		pca_gw_unwatch(watch);
	watch->fd = fd;
	watch->events = events;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
		return;
	if (errno != ENOENT || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		pca_gw_fatal("could not wait for a descriptor: %s", pca_gw_system_error());
}

void
pca_gw_unwatch(GwWatch *watch)
{
	if (watch->fd >= 0)
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fd = -1;
	watch->events = 0;
}

/* Waits for events, so many microseconds at most, and handles them. */
void
pca_gw_event_wait(int64_t longest)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int			count = epoll_wait(epoll_fd, events, EVENTS_AT_ONCE,
								   (int) ((longest + GW_MILLISECOND - 1) / GW_MILLISECOND));

	for (int i = 0; i < count; i++)
	{
		GwWatch    *watch = events[i].data.ptr;

		if (watch->fd >= 0)
			watch->ready(watch, events[i].events);
	}
}

/* Returns the microseconds of a clock that is never set. */
int64_t
pca_gw_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * GW_SECOND + now.tv_nsec / 1000;
}
