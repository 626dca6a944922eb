/*-------------------------------------------------------------------------
 *
 * session.h
 *	  A database session, which never waits.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_SESSION_H
#define GATEWAY_SESSION_H

#include "event.h"
#include "pool.h"

typedef enum GwSessionState
{
	GW_SESSION_CLOSED,
	GW_SESSION_CONNECTING,
	GW_SESSION_PREPARING,
	GW_SESSION_IDLE,
	GW_SESSION_BUSY
} GwSessionState;

typedef struct GwSession
{
	GwWatch		watch;			/* first, since it stands for the session */
	GwPoolNumber pool;
	GwSessionState state;
	PGconn	   *connection;
	GwCall	   *call;
	PGresult   *result;			/* the last one, or the first that is an error */
	int64_t		deadline;		/* of what it does, unless it is idle */
	bool		is_stale;		/* closed as soon as it is idle */
} GwSession;

extern bool pca_gw_session_open(GwSession *session, const char *conninfo);
extern bool pca_gw_session_send(GwSession *session, GwCall *call);
extern void pca_gw_session_close(GwSession *session);
extern const char *pca_gw_session_error(const GwSession *session);

/* What the pool is told: */
extern void pca_gw_pool_at_ready(GwSession *session);
extern void pca_gw_pool_at_failure(GwSession *session, const char *reason);
extern void pca_gw_pool_at_result(GwSession *session);

#endif							/* GATEWAY_SESSION_H */
