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

/*
 * How many certificates of an authority are counted, and how many are compared
 * with younger ones, which takes longer
 */
#define COUNTED "10000"
#define COMPARED "1000"

/*
 * The certificates of an authority that expire within 30 days, the first ones
 * first.  ANY and the order let the planner use the one index that has both: no
 * other authority's certificates are read, whatever it knows of the table.
 */
#define EXPIRING(limit) \
	" FROM (SELECT c.authority_id, c.not_after, c.issued_at, c.serial, c.names_key FROM pca.certificate AS c" \
	"  WHERE pg_catalog.uuid_hash(c.authority_id) OPERATOR(pg_catalog.=) ANY (ARRAY[pg_catalog.uuid_hash(a.id)])" \
	"   AND c.authority_id OPERATOR(pg_catalog.=) a.id AND c.not_after OPERATOR(pg_catalog.>) $1" \
	"   AND c.not_after OPERATOR(pg_catalog.<=) ($1 OPERATOR(pg_catalog.+) '30 days'::pg_catalog.interval)" \
	"  ORDER BY pg_catalog.uuid_hash(c.authority_id), c.not_after LIMIT " limit ") AS c"

#define WITHIN(span) \
	"pg_catalog.count(*) FILTER (WHERE c.not_after OPERATOR(pg_catalog.<=) ($1 OPERATOR(pg_catalog.+) '" span "'::pg_catalog.interval))"

/* A sample for each authority and span of time, of the certificates that fulfil a condition */
#define EXPIRING_SAMPLES(name, limit, condition) \
	SAMPLE(name, "'authority', a.arn, 'within', w.within", "w.number") \
	" FROM pca.certificate_authority AS a" \
	" CROSS JOIN LATERAL (SELECT " WITHIN("1 day") ", " WITHIN("7 days") ", " WITHIN("30 days") EXPIRING(limit) condition \
	" ) AS n (one, seven, thirty)" \
	" CROSS JOIN LATERAL (VALUES ('1d', n.one), ('7d', n.seven), ('30d', n.thirty)) AS w (within, number)" \
	" WHERE a.status OPERATOR(pg_catalog.<>) 'DELETED'"

/* OFFSET 0 keeps the planner from making a join of it, which could read the whole table. */
#define IS_REVOKED(certificate) \
	" EXISTS (SELECT FROM pca.revocation AS r WHERE r.authority_id OPERATOR(pg_catalog.=) " certificate ".authority_id" \
	"  AND r.serial OPERATOR(pg_catalog.=) " certificate ".serial OFFSET 0)"

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
	.sql = EXPIRING_SAMPLES("pca_certificates_expiring", COUNTED, "")
};

static PcaQuery missing_renewals = {
	.sql = EXPIRING_SAMPLES("pca_certificates_expiring_unrenewed", COMPARED,
							 " WHERE NOT EXISTS (SELECT FROM pca.certificate AS y"
							 "  WHERE y.authority_id OPERATOR(pg_catalog.=) c.authority_id"
							 "   AND y.names_key OPERATOR(pg_catalog.=) c.names_key"
							 "   AND y.issued_at OPERATOR(pg_catalog.>) c.issued_at AND y.not_after OPERATOR(pg_catalog.>) c.not_after"
							 "   AND NOT" IS_REVOKED("y") " OFFSET 0) AND NOT" IS_REVOKED("c"))
};

static PcaQuery *const metric_queries[] = {
	&authority_ends,
	&crl_ends,
	&crl_delays,
	&certificate_ends,
	&missing_renewals
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
