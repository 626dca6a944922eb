/*-------------------------------------------------------------------------
 *
 * op_crl_partition.c
 *	  The partition of a CRL that a new certificate belongs to.
 *
 * A transaction reserves places in blocks of growing size, so that a statement
 * that issues a million certificates updates partition rows about a thousand
 * times, and one that issues a single certificate wastes no place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_ossl.h"
#include "op_crl_partition.h"
#include "store_transaction.h"

#define LARGEST_BLOCK 1024

/* The places that this transaction has reserved and not yet used */
static PcaCrlPartition reserved;
static int32 block = 1;

static void
forget_reserved(void)
{
	reserved.places = 0;
	block = 1;
}

static void
reserve_places(const pg_uuid_t *authority, const PcaCrlPlace *place, TimestampTz not_after)
{
	pg_uuid_t	id;

	if (pca_crl_partition_reserve(authority, place->url_prefix, block, not_after, &reserved))
		return;
	pca_random_uuid(&id);
	pca_crl_partition_open(&id, authority, place->key_prefix, place->url_prefix);
	if (!pca_crl_partition_reserve(authority, place->url_prefix, block, not_after, &reserved))
		elog(ERROR, "could not reserve a place in a new partition");
}

/*
 * Uses up a place in a partition, for a certificate that expires then.  Returns
 * the partition, valid until the next call.
 */
const PcaCrlPartition *
pca_crl_partition_take(const pg_uuid_t *authority, const PcaJson *revocation, TimestampTz not_after)
{
	static PcaTransactionMemory memory = {.forget = forget_reserved};
	PcaCrlPlace place = pca_revocation_crl_place(revocation);
	bool		is_other;

	pca_transaction_watch(&memory);
	is_other = memcmp(&reserved.authority, authority, sizeof(*authority)) != 0 ||
		strncmp(reserved.url, place.url_prefix, strlen(place.url_prefix)) != 0;
	if (is_other)
		forget_reserved();
	if (reserved.places == 0 || not_after > reserved.not_after)
	{
		/* One more day, so that later certificates with the same validity need no update. */
		reserve_places(authority, &place, not_after + USECS_PER_DAY);
		block = Min(block * 4, LARGEST_BLOCK);
	}
	reserved.places--;
	return &reserved;
}
