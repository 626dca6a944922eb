/*-------------------------------------------------------------------------
 *
 * store_metrics.c
 *	  What a monitor watches in the tables, a statement for each metric or two.
 *
 * Each reads rows by an index, and no more of them than a limit for each
 * authority: a monitor asks every few seconds, however many certificates there
 * are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store_metrics.h"

/* A sample of a metric: its name, its labels and its value */
#define SAMPLE(name, labels, value) \
	" SELECT '" name "'::pg_catalog.text, pg_catalog.jsonb_build_object(" labels "), (" value ")::pg_catalog.float8"

#define SECONDS(timestamp) "EXTRACT(epoch FROM " timestamp ")"

/* The CRLs that can be signed and that unexpired certificates need */
#define NEEDED_CRLS \
	" FROM pca.crl_states AS s WHERE s.authority_not_after OPERATOR(pg_catalog.>) $1" \
	"  AND s.certificates_not_after OPERATOR(pg_catalog.>) $1"

/* How many certificates are counted, over all authorities; the first ones to expire */
#define COUNTED "20000"

#define WITHIN(span) \
	"pg_catalog.count(*) FILTER (WHERE c.not_after OPERATOR(pg_catalog.<=) ($1 OPERATOR(pg_catalog.+) '" span "'::pg_catalog.interval))"

static PcaQuery authority_ends = {
	.sql = SAMPLE("pca_certificate_authority_not_after_timestamp_seconds", "'arn', a.arn", SECONDS("a.not_after"))
		" FROM pca.certificate_authority AS a WHERE a.not_after IS NOT NULL AND a.status OPERATOR(pg_catalog.<>) 'DELETED'"
		"  AND $1 IS NOT NULL"
};

/* A CRL that has not been written yet counts as stale. */
static PcaQuery crl_ends = {
	.sql = SAMPLE("pca_crl_next_update_timestamp_seconds", "'arn', s.arn, 'partition', COALESCE(s.partition_id::pg_catalog.text, '')",
				   "COALESCE(" SECONDS("s.next_update") ", 0)") NEEDED_CRLS
};

static PcaQuery crl_delays = {
	.sql = SAMPLE("pca_crl_outdated_seconds", "'arn', s.arn, 'partition', COALESCE(s.partition_id::pg_catalog.text, '')",
				   "GREATEST(COALESCE(" SECONDS("($1 OPERATOR(pg_catalog.-) s.changed_at)") ", 0), 0)") NEEDED_CRLS
};

static PcaQuery certificate_ends = {
	.sql = SAMPLE("pca_certificates_expiring", "'authority', a.arn, 'within', w.within", "COALESCE(w.number, 0)")
		" FROM pca.certificate_authority AS a"
		" LEFT JOIN (SELECT c.authority_id, " WITHIN("1 day") ", " WITHIN("7 days") ", " WITHIN("30 days")
		"   FROM (SELECT e.authority_id, e.not_after FROM pca.certificate AS e"
		"    WHERE e.not_after OPERATOR(pg_catalog.>) $1"
		"     AND e.not_after OPERATOR(pg_catalog.<=) ($1 OPERATOR(pg_catalog.+) '30 days'::pg_catalog.interval)"
		"    ORDER BY e.not_after LIMIT " COUNTED ") AS c GROUP BY c.authority_id) AS n (authority_id, one, seven, thirty)"
		"  ON n.authority_id OPERATOR(pg_catalog.=) a.id"
		" CROSS JOIN LATERAL (VALUES ('1d', n.one), ('7d', n.seven), ('30d', n.thirty)) AS w (within, number)"
		" WHERE a.status OPERATOR(pg_catalog.<>) 'DELETED'"
};

static PcaQuery *const metric_queries[] = {
	&authority_ends,
	&crl_ends,
	&crl_delays,
	&certificate_ends
};

/* Reads the samples of every metric that is about an authority. */
void
pca_metrics_read(TimestampTz now, PcaReceiveSamples receive, void *state)
{
	for (size_t i = 0; i < lengthof(metric_queries); i++)
	{
		PcaRows		rows = pca_query_read(metric_queries[i], PCA_VALUES(pca_timestamp(now)));

		receive(state, &rows);
	}
}

/*
 * Counts what failed and has not succeeded since, for each task.
 *
 * tasks: the names of all tasks, text[], which are listed also without failures.
 */
PcaRows
pca_metrics_read_failures(const ArrayType *tasks)
{
	static PcaQuery query = {
		.sql = SAMPLE("pca_maintenance_failures", "'task', t.task",
					  "SELECT pg_catalog.count(*) FROM pca.maintenance_failure_states AS f"
					  " WHERE f.task OPERATOR(pg_catalog.=) t.task")
		" FROM (SELECT u.task FROM pg_catalog.unnest($1) AS u (task)"
		"  UNION SELECT f.task FROM pca.maintenance_failure_states AS f) AS t ORDER BY t.task"
	};

	return pca_query_read(&query, PCA_VALUES(pca_array(tasks)));
}
