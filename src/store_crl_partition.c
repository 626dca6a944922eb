/*-------------------------------------------------------------------------
 *
 * store_crl_partition.c
 *	  The table of partitions of CRLs.
 *
 * A partition takes a limited number of certificates, and issuers never wait for
 * one another: each takes the partition that it used last, or the oldest one with
 * room that is not locked at this moment, or opens a new one.  So an authority has
 * about as many open partitions as it ever had concurrent issuers.
 *
 * A session locks a partition before it takes the snapshot that finds the row to
 * change.  A row lock would come after the snapshot, and then a transaction at
 * REPEATABLE READ fails if the row was changed in between.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store_crl_partition.h"
#include "store_query.h"
#include "store_transaction.h"

/* Lists the partitions with room whose URLs have this prefix, the oldest first. */
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

/* Takes places in a locked partition.  Returns false if it has become full meanwhile. */
static bool
take_places(const pg_uuid_t *id, int32 places, TimestampTz not_after, PcaCrlPartition *partition)
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

/* Tells whether this is a partition of the authority, with this prefix of its URL. */
static bool
is_for(const PcaCrlPartition *partition, const pg_uuid_t *authority, const char *url_prefix)
{
	return memcmp(&partition->authority, authority, sizeof(*authority)) == 0 &&
		strncmp(partition->url, url_prefix, strlen(url_prefix)) == 0;
}

/*
 * Reserves places in a partition for certificates that expire by not_after.
 * Returns false if no unlocked partition has room.
 *
 * url_prefix: the partition's URL is this, its id and ".crl".  places: the number
 * wanted; *partition has the number that was available.  *partition: on input,
 * the one that this session used last, which is tried first: a SERIALIZABLE
 * transaction that reads only its own row conflicts with no other.
 */
bool
pca_crl_partition_reserve(const pg_uuid_t *authority, const char *url_prefix, int32 places,
						  TimestampTz not_after, PcaCrlPartition *partition)
{
	pg_uuid_t	last = partition->id;
	PcaRows		open;

	if (is_for(partition, authority, url_prefix) &&
		pca_transaction_try_lock(PCA_LOCK_PARTITION, &last, sizeof(last)) && take_places(&last, places, not_after, partition))
		return true;
	open = list_open(authority, url_prefix);
	for (uint64 row = 0; row < open.count; row++)
	{
		const pg_uuid_t *id = pca_rows_uuid(&open, row, 0);

		if (pca_transaction_try_lock(PCA_LOCK_PARTITION, id, sizeof(*id)) && take_places(id, places, not_after, partition))
			return true;
	}
	return false;
}

/* Opens a partition, which other sessions see after this transaction commits. */
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
 * Stores a partition that certificates are known to name, as full.  An existing
 * row may not cover all of them, nor the last to expire.
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

/* Finds the object key and the URL of a partition's CRL.  Returns false if there is no such partition. */
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
