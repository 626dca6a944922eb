/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  The statements that the gateway executes.
 *
 * Each session prepares those of its pool when it begins.
 *
 *-------------------------------------------------------------------------
 */
#include "statement.h"

#include <stddef.h>

const GwStatement pca_gw_ocsp_statement = {
	.pool = GW_POOL_STATUS, .name = "ocsp", .parameters = 1, .is_binary = true, .is_repeatable = true,
	.prepare = "PREPARE ocsp (bytea) AS"
	" SELECT response, is_cacheable, this_update, next_update FROM pca_ocsp($1)"
};

const GwStatement pca_gw_object_head_statement = {
	.pool = GW_POOL_STATUS, .name = "object_head", .parameters = 2, .is_binary = true, .is_repeatable = true,
	.prepare = "PREPARE object_head (text, text) AS"
	" SELECT etag, size, content_type, written_at, next_update FROM pca_object_head($1, $2)"
};

const GwStatement pca_gw_object_content_statement = {
	.pool = GW_POOL_STATUS, .name = "object_content", .parameters = 1, .is_binary = true, .is_repeatable = true,
	.prepare = "PREPARE object_content (text) AS SELECT pca_object_content($1)"
};

/* The members that an answer of STS is made of are read here, where there is JSON. */
const GwStatement pca_gw_api_statement = {
	.pool = GW_POOL_API, .name = "api", .parameters = 4,
	.prepare = "PREPARE api (text, text, bytea, text) AS"
	" SELECT status, error, request_id, body::text, body ->> 'message', body ->> 'Arn', body ->> 'UserId', body ->> 'Account'"
	" FROM pca_http_api($1, $2, $3, $4)"
};

/* Labels come as Prometheus writes them. */
const GwStatement pca_gw_metrics_statement = {
	.pool = GW_POOL_MONITOR, .name = "metrics", .is_repeatable = true,
	.prepare = "PREPARE metrics AS"
	" SELECT m.name, (SELECT string_agg(format('%s=\"%s\"', l.key,"
	" replace(replace(replace(l.value, E'\\\\', E'\\\\\\\\'), '\"', E'\\\\\"'), E'\\n', E'\\\\n')), ',' ORDER BY l.key)"
	" FROM jsonb_each_text(m.labels) AS l), m.value"
	" FROM pca_metrics() AS m ORDER BY m.name"
};

const GwStatement pca_gw_ready_statements[GW_POOLS] = {
	[GW_POOL_STATUS] = {
		.pool = GW_POOL_STATUS, .name = "ready", .is_repeatable = true, .prepare = "PREPARE ready AS SELECT 1"
	},
	[GW_POOL_API] = {
		.pool = GW_POOL_API, .name = "ready", .is_repeatable = true, .prepare = "PREPARE ready AS SELECT 1"
	},
	[GW_POOL_MONITOR] = {
		.pool = GW_POOL_MONITOR, .name = "ready", .is_repeatable = true,
		.prepare = "PREPARE ready AS"
		" SELECT min(value) FROM pca_metrics() WHERE name = 'pca_key_encryption_key_usable'"
	},
};

const GwStatement *const pca_gw_statements[] = {
	&pca_gw_ocsp_statement,
	&pca_gw_object_head_statement,
	&pca_gw_object_content_statement,
	&pca_gw_api_statement,
	&pca_gw_metrics_statement,
	&pca_gw_ready_statements[GW_POOL_STATUS],
	&pca_gw_ready_statements[GW_POOL_API],
	&pca_gw_ready_statements[GW_POOL_MONITOR],
	NULL
};
