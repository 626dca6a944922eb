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

#include "catalog/pg_type_d.h"
#include "store_crl_partition.h"
#include "store_query.h"
#include "store_transaction.h"

/* The partitions with room whose URLs begin so, the oldest first. */
static PcaRows
list_open(const pg_uuid_t *authority, const char *url_prefix)
{
	static PcaQuery query = {
		"SELECT id FROM pca.crl_partition"
		" WHERE authority_id OPERATOR(pg_catalog.=) $1 AND certificates OPERATOR(pg_catalog.<) $2"
		" AND url OPERATOR(pg_catalog.=) ($3 OPERATOR(pg_catalog.||) id::pg_catalog.text OPERATOR(pg_catalog.||) '.crl')"
		" ORDER BY created_at",
		{UUIDOID, INT4OID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add(&arguments, Int32GetDatum(PCA_CRL_PARTITION_CERTIFICATES));
	pca_argument_add_text(&arguments, url_prefix);
	return pca_query_read(&query, &arguments);
}

/* Takes places of a partition that is locked; false when it has become full meanwhile. */
static bool
take(const pg_uuid_t *id, int32 places, TimestampTz not_after, PcaCrlPartition *partition)
{
	static PcaQuery query = {
		"UPDATE pca.crl_partition AS p"
		" SET certificates = LEAST(o.certificates OPERATOR(pg_catalog.+) $3, $2), not_after = GREATEST(p.not_after, $4)"
		" FROM (SELECT id, certificates FROM pca.crl_partition) AS o"
		" WHERE p.id OPERATOR(pg_catalog.=) $1 AND o.id OPERATOR(pg_catalog.=) $1 AND p.certificates OPERATOR(pg_catalog.<) $2"
		" RETURNING p.url, p.certificates OPERATOR(pg_catalog.-) o.certificates, p.not_after, p.authority_id",
		{UUIDOID, INT4OID, INT4OID, TIMESTAMPTZOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;

	pca_argument_add_uuid(&arguments, id);
	pca_argument_add(&arguments, Int32GetDatum(PCA_CRL_PARTITION_CERTIFICATES));
	pca_argument_add(&arguments, Int32GetDatum(places));
	pca_argument_add(&arguments, TimestampTzGetDatum(not_after));
	rows = pca_query_write(&query, &arguments);
	if (rows.count == 0)
		return false;
	partition->id = *id;
	pca_rows_word(&rows, 0, partition->url, sizeof(partition->url));
	partition->places = DatumGetInt32(pca_rows_datum(&rows, 0, 1));
	partition->not_after = DatumGetTimestampTz(pca_rows_datum(&rows, 0, 2));
	partition->authority = *DatumGetUUIDP(pca_rows_datum(&rows, 0, 3));
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
		const pg_uuid_t *id = DatumGetUUIDP(pca_rows_datum(&open, row, 0));

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
		"INSERT INTO pca.crl_partition (id, authority_id, created_at, key, url, certificates, not_after)"
		" VALUES ($1, $2, $3, $4 OPERATOR(pg_catalog.||) $1::pg_catalog.text OPERATOR(pg_catalog.||) '.crl',"
		"  $5 OPERATOR(pg_catalog.||) $1::pg_catalog.text OPERATOR(pg_catalog.||) '.crl', 0, '-infinity')",
		{UUIDOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add_uuid(&arguments, id);
	pca_argument_add_uuid(&arguments, authority);
	pca_argument_add(&arguments, TimestampTzGetDatum(GetCurrentTimestamp()));
	pca_argument_add_text(&arguments, key_prefix);
	pca_argument_add_text(&arguments, url_prefix);
	pca_query_write(&query, &arguments);
}

/*
 * Stores a partition that certificates are known to name: it takes no more of
 * them.  One that is there may not know of all, nor until when they are good.
 */
void
pca_crl_partition_put_lost(const PcaCrlPartitionRow *row)
{
	static PcaQuery query = {
		"INSERT INTO pca.crl_partition AS p (id, authority_id, created_at, key, url, certificates, not_after)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE"
		" SET certificates = excluded.certificates, not_after = GREATEST(p.not_after, excluded.not_after)",
		{UUIDOID, UUIDOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, INT4OID, TIMESTAMPTZOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_transaction_lock(PCA_LOCK_PARTITION, &row->id, sizeof(row->id), ExclusiveLock);
	pca_argument_add_uuid(&arguments, &row->id);
	pca_argument_add_uuid(&arguments, &row->authority);
	pca_argument_add(&arguments, TimestampTzGetDatum(GetCurrentTimestamp()));
	pca_argument_add_text(&arguments, row->key);
	pca_argument_add_text(&arguments, row->url);
	pca_argument_add(&arguments, Int32GetDatum(PCA_CRL_PARTITION_CERTIFICATES));
	pca_argument_add(&arguments, TimestampTzGetDatum(row->not_after));
	pca_query_write(&query, &arguments);
}

/* Where the CRL of a partition is written, and which URL names it; false when there is no such partition. */
bool
pca_crl_partition_find(const pg_uuid_t *id, char **key, char **url)
{
	static PcaQuery query = {
		"SELECT key, url FROM pca.crl_partition WHERE id OPERATOR(pg_catalog.=) $1", {UUIDOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;

	pca_argument_add_uuid(&arguments, id);
	rows = pca_query_read(&query, &arguments);
	if (rows.count == 0)
		return false;
	*key = pca_rows_text(&rows, 0, 0);
	*url = pca_rows_text(&rows, 0, 1);
	return true;
}
