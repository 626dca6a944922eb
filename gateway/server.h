/*-------------------------------------------------------------------------
 *
 * server.h
 *	  The HTTP server: its sockets, connections and limits.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_SERVER_H
#define GATEWAY_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include <microhttpd.h>

typedef struct GwConnection GwConnection;

/* A connection.  Those that wait for their clients are in a list, the longest first. */
struct GwConnection
{
	GwConnection *before;
	GwConnection *after;
	int			fd;
	bool		is_listed;
	bool		is_sending;
	int64_t		since;
	char		client[64];
};

extern void pca_gw_server_begin(void);
extern void pca_gw_server_run(int64_t now);
extern int64_t pca_gw_server_next(void);
extern void pca_gw_server_drain(void);
extern bool pca_gw_server_is_draining(void);
extern void pca_gw_server_end(void);
extern int	pca_gw_server_connections(void);

extern GwConnection *pca_gw_connection_get(struct MHD_Connection *http);
extern void pca_gw_connection_receives(GwConnection *connection);
extern void pca_gw_connection_works(GwConnection *connection);
extern void pca_gw_connection_sends(GwConnection *connection);

#endif							/* GATEWAY_SERVER_H */
