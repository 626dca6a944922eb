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

#include "access/xact.h"
#include "crypto_ossl.h"
#include "op_crl_partition.h"

#define LARGEST_BLOCK 1024

/* The places that this transaction has reserved and not yet used */
static PcaCrlPartition reserved;
static int32 block;

static void
forget(void)
{
	reserved.places = 0;
	block = 1;
}

static void
at_end_of_transaction(XactEvent event, void *arg)
{
	forget();
}

static void
at_end_of_subtransaction(SubXactEvent event, SubTransactionId self, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget();
}

static void
watch_transactions(void)
{
	static bool is_registered = false;

	if (is_registered)
		return;
	RegisterXactCallback(at_end_of_transaction, NULL);
	RegisterSubXactCallback(at_end_of_subtransaction, NULL);
	forget();
	is_registered = true;
}

static void
reserve(const pg_uuid_t *authority, const PcaCrlPlace *place, TimestampTz not_after)
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
	PcaCrlPlace place = pca_revocation_crl_place(revocation);
	bool		is_other;

	watch_transactions();
	is_other = memcmp(&reserved.authority, authority, sizeof(*authority)) != 0 ||
		strncmp(reserved.url, place.url_prefix, strlen(place.url_prefix)) != 0;
	if (is_other)
		forget();
	if (reserved.places == 0 || not_after > reserved.not_after)
	{
		/* One more day, so that later certificates with the same validity need no update. */
		reserve(authority, &place, not_after + USECS_PER_DAY);
		block = Min(block * 4, LARGEST_BLOCK);
	}
	reserved.places--;
	return &reserved;
}
