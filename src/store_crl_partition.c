/*-------------------------------------------------------------------------
 *
 * store_crl_partition.c
 *	  The table of partitions of CRLs.
 *
 * A partition takes a bounded number of certificates, and issuers never wait
 * for one another: each takes the partition that it had last, or the oldest one
 * with room that nobody else is taking places of at this moment, or opens one.
 * So an authority has about as many open partitions as it ever had issuers at a
 * time.
 *
 * Whoever changes a partition's row has locked the partition before, and then
 * takes the snapshot that finds the row.  A row lock would come after the
 * snapshot, and a transaction at REPEATABLE READ fails when the row has been
 * changed in between.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store_crl_partition.h"
#include "store_query.h"
#include "store_transaction.h"

/* The partitions with room whose URLs begin so, the oldest first. */
static PcaRows
list_open(const pg_uuid_t *authority, const char *url_prefix)
{
	static PcaQuery query = {
		.sql = "SELECT id FROM pca.crl_partition"
		" WHERE authority_id OPERATOR(pg_catalog.=) $1 AND certificates OPERATOR(pg_catalog.<) $2"
		" AND url OPERATOR(pg_catalog.=) ($3 OPERATOR(pg_catalog.||) id::pg_catalog.text OPERATOR(pg_catalog.||) '.crl')"
		" ORDER BY created_at"
	};

	return pca_query_read(&query, PCA_VALUES(pca_uuid(authority), pca_int32(PCA_CRL_PARTITION_CERTIFICATES),
											 pca_text(url_prefix)));
}

/* Takes places of a partition that is locked; false when it has become full meanwhile. */
static bool
take(const pg_uuid_t *id, int32 places, TimestampTz not_after, PcaCrlPartition *partition)
{
	static PcaQuery query = {
		.sql = "UPDATE pca.crl_partition AS p"
		" SET certificates = LEAST(o.certificates OPERATOR(pg_catalog.+) $3, $2), not_after = GREATEST(p.not_after, $4)"
		" FROM (SELECT id, certificates FROM pca.crl_partition) AS o"
		" WHERE p.id OPERATOR(pg_catalog.=) $1 AND o.id OPERATOR(pg_catalog.=) $1 AND p.certificates OPERATOR(pg_catalog.<) $2"
		" RETURNING p.url, p.certificates OPERATOR(pg_catalog.-) o.certificates, p.not_after, p.authority_id"
	};
	PcaRows		rows = pca_query_write(&query, PCA_VALUES(pca_uuid(id),
														  pca_int32(PCA_CRL_PARTITION_CERTIFICATES),
														  pca_int32(places), pca_timestamp(not_after)));

	if (rows.count == 0)
		return false;
	partition->id = *id;
	pca_rows_word(&rows, 0, partition->url, sizeof(partition->url));
	partition->places = pca_rows_int32(&rows, 0, 1);
	partition->not_after = pca_rows_timestamp(&rows, 0, 2);
	partition->authority = *pca_rows_uuid(&rows, 0, 3);
	return true;
}

/* Is it a partition of the authority whose URL begins so? */
static bool
is_for(const PcaCrlPartition *partition, const pg_uuid_t *authority, const char *url_prefix)
{
	return memcmp(&partition->authority, authority, sizeof(*authority)) == 0 &&
		strncmp(partition->url, url_prefix, strlen(url_prefix)) == 0;
}

/*
 * Reserves places in a partition for certificates that have expired by then;
 * false when no partition has room that nobody else has locked.
 *
 * url_prefix: its URL is this, its id and ".crl".  places: how many are asked
 * for; the partition says how many there were.  partition: the one that this
 * session had last, which is taken again if it can be: whoever asks for no
 * other row than its own is in nobody's way when it is SERIALIZABLE.
 */
bool
pca_crl_partition_reserve(const pg_uuid_t *authority, const char *url_prefix, int32 places,
						  TimestampTz not_after, PcaCrlPartition *partition)
{
	pg_uuid_t	last = partition->id;
	PcaRows		open;

	if (is_for(partition, authority, url_prefix) &&
		pca_transaction_try_lock(PCA_LOCK_PARTITION, &last, sizeof(last)) && take(&last, places, not_after, partition))
		return true;
	open = list_open(authority, url_prefix);
	for (uint64 row = 0; row < open.count; row++)
	{
		const pg_uuid_t *id = pca_rows_uuid(&open, row, 0);

		if (pca_transaction_try_lock(PCA_LOCK_PARTITION, id, sizeof(*id)) && take(id, places, not_after, partition))
			return true;
	}
	return false;
}

/* Opens a partition; nobody else sees it before this transaction has been committed. */
void
pca_crl_partition_open(const pg_uuid_t *id, const pg_uuid_t *authority, const char *key_prefix,
					   const char *url_prefix)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.crl_partition (id, authority_id, created_at, key, url, certificates, not_after)"
		" VALUES ($1, $2, $3, $4 OPERATOR(pg_catalog.||) $1::pg_catalog.text OPERATOR(pg_catalog.||) '.crl',"
		"  $5 OPERATOR(pg_catalog.||) $1::pg_catalog.text OPERATOR(pg_catalog.||) '.crl', 0, '-infinity')"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(id), pca_uuid(authority),
									   pca_timestamp(GetCurrentTimestamp()), pca_text(key_prefix),
									   pca_text(url_prefix)));
}

/*
 * Stores a partition that certificates are known to name: it takes no more of
 * them.  One that is there may not know of all, nor until when they are good.
 */
void
pca_crl_partition_put_lost(const PcaCrlPartitionRow *row)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.crl_partition AS p (id, authority_id, created_at, key, url, certificates, not_after)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE"
		" SET certificates = excluded.certificates, not_after = GREATEST(p.not_after, excluded.not_after)"
	};

	pca_transaction_lock(PCA_LOCK_PARTITION, &row->id, sizeof(row->id), ExclusiveLock);
	pca_query_write(&query, PCA_VALUES(pca_uuid(&row->id), pca_uuid(&row->authority),
									   pca_timestamp(GetCurrentTimestamp()), pca_text(row->key),
									   pca_text(row->url), pca_int32(PCA_CRL_PARTITION_CERTIFICATES),
									   pca_timestamp(row->not_after)));
}

/* Where the CRL of a partition is written, and which URL names it; false when there is no such partition. */
bool
pca_crl_partition_find(const pg_uuid_t *id, char **key, char **url)
{
	static PcaQuery query = {
		.sql = "SELECT key, url FROM pca.crl_partition WHERE id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(id)));

	if (rows.count == 0)
		return false;
	*key = pca_rows_text(&rows, 0, 0);
	*url = pca_rows_text(&rows, 0, 1);
	return true;
}
