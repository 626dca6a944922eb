/*-------------------------------------------------------------------------
 *
 * listener.h
 *	  The sockets that clients connect to, and what systemd is told.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_LISTENER_H
#define GATEWAY_LISTENER_H

#include <stdbool.h>

#include "event.h"

extern void pca_gw_listeners_begin(void (*ready) (GwWatch *watch, uint32_t events));
extern void pca_gw_listeners_watch(bool is_open);
extern void pca_gw_listeners_end(void);
extern void pca_gw_notify(const char *state);

#endif							/* GATEWAY_LISTENER_H */
