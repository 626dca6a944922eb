/*-------------------------------------------------------------------------
 *
 * configuration.h
 *	  The settings, from a file and the command line.
 *
 *-------------------------------------------------------------------------
 */
#ifndef GATEWAY_CONFIGURATION_H
#define GATEWAY_CONFIGURATION_H

#include <stdbool.h>
#include <stdint.h>

#define GW_MAX_LISTEN 8

/* The settings.  Texts belong to it; numbers are in the unit that --help names. */
typedef struct GwConfiguration
{
	char	   *listen[GW_MAX_LISTEN];
	int			listen_count;
	char	   *status_connection;
	char	   *api_connection;
	char	   *monitor_connection;
	char	   *ocsp_path;
	int64_t		status_sessions;
	int64_t		api_sessions;
	int64_t		queue;
	int64_t		queue_timeout;
	int64_t		statement_timeout;
	int64_t		lock_timeout;
	int64_t		max_connections;
	int64_t		idle_timeout;
	int64_t		receive_timeout;
	int64_t		drain_timeout;
	int64_t		body_memory;
	int64_t		cache_size;
	int64_t		object_memory;
	int64_t		max_age;
} GwConfiguration;

/* The settings in force. */
extern GwConfiguration pca_gw_configuration;

extern void pca_gw_configuration_begin(int count, char **arguments);
extern bool pca_gw_configuration_reload(void);

#endif							/* GATEWAY_CONFIGURATION_H */
