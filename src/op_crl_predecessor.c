/*-------------------------------------------------------------------------
 *
 * op_crl_predecessor.c
 *	  Checks that the next CRL loses no entry of the newest one.  That is
 *	  promise P20: no CRL loses an unexpired entry of the one before it.
 *
 * An entry leaves the CRLs only after its certificate expires, and even then its
 * row in pca.revocation stays.  So each entry of the newest CRL must have a row.
 * One without a row was lost, for example by an incomplete restore, and a CRL
 * without the entry would make a revoked certificate good again.
 *
 * Rows do not change, so the next CRL has mostly the same entries in the same
 * order.  They are ticked off while it is written, and only the remaining ones
 * are looked up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "base_error.h"
#include "crypto_crl.h"
#include "miscadmin.h"
#include "op_crl_predecessor.h"
#include "store_object.h"
#include "store_revocation.h"
#include "utils/memutils.h"

/* The number of expected entries that may be skipped before the rest is left to the look-up */
#define LOOK_AHEAD 16

/* The number of serial numbers that one statement looks up */
#define BATCH 10000

/* Reads the serial numbers of a CRL in DER.  Returns false if it is not the row's CRL. */
static bool
read_serials(PcaBytes der, PcaCrlPredecessor *predecessor)
{
	PcaCrl		crl;
	PcaCrlEntry entry;
	PcaDerReader reader;
	uint64		count = 0;

	if (pca_crl_parse(der, &crl) != NULL || crl.number != (uint64) predecessor->crl->number)
		return false;
	reader = pca_der_reader(crl.entries);
	while (!pca_der_at_end(&reader))
	{
		CHECK_FOR_INTERRUPTS();
		if (count == predecessor->count || pca_crl_next(&reader, &entry) != NULL)
			return false;
		predecessor->serials[count++] = entry.serial;
	}
	return count == predecessor->count;
}

/*
 * Reads the serial numbers of the newest CRL, in 16 bytes each.
 *
 * Reads none if the CRL's bytes are missing: then only their number can be
 * checked.
 */
void
pca_crl_predecessor_load(PcaCrlPredecessor *predecessor, const PcaCrlRow *crl)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pca CRL before", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	PcaObject	object;
	PcaBytes	content;
	bool		is_read;

	*predecessor = (PcaCrlPredecessor) {.crl = crl, .count = crl->entries};
	predecessor->serials = palloc_extended(sizeof(pg_uuid_t) * Max(crl->entries, 1), MCXT_ALLOC_HUGE);
	old = MemoryContextSwitchTo(context);
	is_read = pca_object_find(crl->bucket, crl->key, &object) && pca_object_load(&object, &content) &&
		read_serials(content, predecessor);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	if (is_read)
		return;
	pfree(predecessor->serials);
	predecessor->serials = NULL;
}

/* Ticks off an entry of the next CRL. */
void
pca_crl_predecessor_see(PcaCrlPredecessor *predecessor, const pg_uuid_t *serial)
{
	uint64		end;

	if (predecessor->serials == NULL)
		return;
	end = Min(predecessor->count, predecessor->next + LOOK_AHEAD);
	for (uint64 i = predecessor->next; i < end; i++)
	{
		if (memcmp(&predecessor->serials[i], serial, sizeof(*serial)) != 0)
			continue;
		while (predecessor->next < i)
			predecessor->serials[predecessor->unseen++] = predecessor->serials[predecessor->next++];
		predecessor->next = i + 1;
		return;
	}
}

static _Noreturn void
lost_error(const PcaCrlRow *crl, const char *what)
{
	pca_error(REQUEST_FAILED,
			  errmsg("CRL would lose a revocation"),
			  errdetail("CRL number %lld in bucket \"%s\", \"%s\", has %s.", (long long) crl->number, crl->bucket, crl->key, what),
			  errhint("Restore the revocations with pca_import_crl and the CRL that was published last."));
}

/* Throws RequestFailedException if one of the serial numbers has no revocation. */
static void
check_serials(const PcaCrlRow *crl, const pg_uuid_t *serials, uint64 count)
{
	for (uint64 i = 0; i < count; i += BATCH)
	{
		pg_uuid_t	lost;

		CHECK_FOR_INTERRUPTS();
		if (pca_revocation_find_lost(&crl->scope, serials + i, (int) Min(count - i, BATCH), &lost))
			lost_error(crl, psprintf("the serial number %s, which is not revoked here", pca_serial_format(&lost)));
	}
}

/*
 * Throws RequestFailedException if an entry of the newest CRL is neither in the
 * next one nor expired.
 */
void
pca_crl_predecessor_check(PcaCrlPredecessor *predecessor)
{
	const PcaCrlRow *crl = predecessor->crl;
	int64		count;

	if (predecessor->serials != NULL)
	{
		check_serials(crl, predecessor->serials, predecessor->unseen);
		check_serials(crl, predecessor->serials + predecessor->next, predecessor->count - predecessor->next);
		return;
	}
	count = pca_crl_count(&crl->scope);
	if (count < crl->entries)
		lost_error(crl, psprintf("%lld entries, of which %lld are revoked here", (long long) crl->entries, (long long) count));
}
