/*-------------------------------------------------------------------------
 *
 * pool.h
 *	  Pools of database sessions, and the calls that wait for one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_POOL_H
#define GATEWAY_POOL_H

#include <libpq-fe.h>

#include "statement.h"
#include "text.h"

#define GW_MAX_SESSIONS 64

typedef enum GwFault
{
	GW_FAULT_NONE,				/* there is a result, which may be an SQL error */
	GW_FAULT_BUSY,				/* no session in time, or too many that wait */
	GW_FAULT_DOWN,				/* no session: the database cannot be reached */
	GW_FAULT_LOST				/* the session ended with the statement in flight */
} GwFault;

typedef struct GwCall GwCall;

/*
 * A statement that is to be executed.  It is part of what it is for, and so are
 * the values; both must stay until `done` was called.
 */
struct GwCall
{
	const GwStatement *statement;
	GwBytes		values[GW_MAX_PARAMETERS];	/* data == NULL is NULL */
	void		(*done) (GwCall *call, GwFault fault, PGresult *result);	/* owns the result */
	void	   *owner;

	/* The pool's own: */
	GwCall	   *next;
	int64_t		deadline;
	bool		is_repeated;
};

/* What /metrics says of a pool. */
typedef struct GwPoolState
{
	const char *name;
	bool		is_configured;
	bool		is_up;
	int			connected;
	int			busy;
	int			waiting;
	uint64_t	connections_made;
	uint64_t	connections_failed;
	uint64_t	sessions_lost;
} GwPoolState;

extern void pca_gw_pools_begin(void);
extern void pca_gw_pools_reload(void);
extern void pca_gw_pools_tick(int64_t now);
extern int64_t pca_gw_pools_next(int64_t now);
extern void pca_gw_pools_end(void);
extern bool pca_gw_pool_is_configured(GwPoolNumber pool);
extern GwPoolState pca_gw_pool_state(GwPoolNumber pool);
extern GwFault pca_gw_call(GwCall *call);
extern void pca_gw_call_later(GwCall *call, int64_t delay);

#endif							/* GATEWAY_POOL_H */
