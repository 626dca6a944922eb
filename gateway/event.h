/*-------------------------------------------------------------------------
 *
 * event.h
 *	  What the main loop waits for: descriptors and time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_EVENT_H
#define GATEWAY_EVENT_H

#include <stdint.h>
#include <sys/epoll.h>

typedef struct GwWatch GwWatch;

/*
 * A descriptor that the loop waits for.  It lives as long as the process: an
 * event may be on its way when its descriptor is closed.
 */
struct GwWatch
{
	int			fd;
	uint32_t	events;
	void		(*ready) (GwWatch *watch, uint32_t events);
};

#define GW_SECOND INT64_C(1000000)
#define GW_MILLISECOND INT64_C(1000)

extern void pca_gw_event_begin(void);
extern void pca_gw_watch(GwWatch *watch, int fd, uint32_t events);
extern void pca_gw_unwatch(GwWatch *watch);
extern void pca_gw_event_wait(int64_t longest);
extern int64_t pca_gw_now(void);

#endif							/* GATEWAY_EVENT_H */
