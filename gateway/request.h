/*-------------------------------------------------------------------------
 *
 * request.h
 *	  A request, from its first line to the last octet of its answer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_REQUEST_H
#define GATEWAY_REQUEST_H

#include <microhttpd.h>

#include "pool.h"
#include "signature.h"
#include "target.h"

#define GW_MAX_HEADERS 100

typedef enum GwStage
{
	GW_STAGE_NEW,				/* its first line was read */
	GW_STAGE_RECEIVING,			/* its body comes */
	GW_STAGE_WAITING,			/* for the database; the connection is suspended */
	GW_STAGE_ANSWERED			/* there is a response */
} GwStage;

typedef struct GwRequest GwRequest;

struct GwRequest
{
	struct MHD_Connection *http;
	struct GwConnection *connection;
	char	   *uri;
	GwTarget	target;			/* points into uri */
	GwStage		stage;
	GwBuffer	body;
	size_t		counted;		/* octets of the body that count against body_memory */
	size_t		received;
	bool		is_too_large;
	bool		is_refused;		/* for want of memory */
	bool		is_working;		/* it is whole */
	GwCall		call;
	void	   *state;			/* of the kind that answers it */
	void		(*free_state) (GwRequest *request);
	GwRequest  *next_waiter;	/* for the same object */
	struct MHD_Response *response;
	unsigned int status;
	int64_t		started_at;
	int64_t		answered_at;
	char		method[16];

	/* What the log says of it: */
	char		forwarded[64];	/* X-Forwarded-For, which a client can make up */
	char		operation[64];
	char		access_key[64];
	char		request_id[40];
	char		error[64];
	char		sqlstate[6];
};

typedef struct GwHeaders
{
	GwHeader	list[GW_MAX_HEADERS];
	int			count;
	bool		is_too_long;
} GwHeaders;

/* What libmicrohttpd calls: */
extern void *pca_gw_request_begin(void *argument, const char *uri, struct MHD_Connection *http);
extern enum MHD_Result pca_gw_request_handle(void *argument, struct MHD_Connection *http, const char *url,
											 const char *method, const char *version, const char *data,
											 size_t *length, void **state);
extern void pca_gw_request_end(void *argument, struct MHD_Connection *http, void **state,
							   enum MHD_RequestTerminationCode reason);

/* What answers a request: */
extern GwBytes pca_gw_request_header(const GwRequest *request, const char *name);
extern void pca_gw_request_headers(const GwRequest *request, GwHeaders *headers);
extern void pca_gw_respond(GwRequest *request, unsigned int status, struct MHD_Response *response);
extern void pca_gw_respond_text(GwRequest *request, unsigned int status, const char *text);
extern void pca_gw_respond_fault(GwRequest *request, GwFault fault);
extern struct MHD_Response *pca_gw_response_from_copy(GwBytes content);
extern void pca_gw_response_date(struct MHD_Response *response, const char *name, int64_t seconds);
extern struct MHD_Response *pca_gw_response_uncached(GwBytes content, const char *type);
extern struct MHD_Response *pca_gw_response_from_result(PGresult *result, GwBytes content);
extern void pca_gw_response_header(struct MHD_Response *response, const char *name, const char *value);
extern GwBytes pca_gw_result_field(const PGresult *result, int field);
extern int64_t pca_gw_result_number(const PGresult *result, int field);
extern int64_t pca_gw_result_time(const PGresult *result, int field);
extern void pca_gw_copy_clipped(char *place, size_t size, GwBytes text);
extern void pca_gw_request_keep_sqlstate(GwRequest *request, const PGresult *result);

extern int	pca_gw_requests_active(void);
extern int	pca_gw_requests_working(void);
extern size_t pca_gw_requests_memory(void);

#endif							/* GATEWAY_REQUEST_H */
