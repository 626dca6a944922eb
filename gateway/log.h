/*-------------------------------------------------------------------------
 *
 * log.h
 *	  The log: a line of JSON for each request and each event, on standard error.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_LOG_H
#define GATEWAY_LOG_H

#include "text.h"

/* A member of a line; one without a value is left out. */
typedef struct GwLogMember
{
	const char *name;
	GwBytes		value;
	bool		is_number;
} GwLogMember;

extern void pca_gw_log_members(const char *event, const GwLogMember *members, int count);
extern void pca_gw_log(const char *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
extern _Noreturn void pca_gw_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern const char *pca_gw_system_error(void);
extern void pca_gw_log_flush(void);

#endif							/* GATEWAY_LOG_H */
