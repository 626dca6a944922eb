/*-------------------------------------------------------------------------
 *
 * store_locked_authority.c
 *	  The authorities that the current transaction has locked and read.
 *
 * As long as this transaction holds an authority's lock nobody else changes
 * its row, so that what was read once under the lock is what a fresh read
 * would find: a statement that issues for a million rows reads it once.  Own
 * changes, and the rollback of a subtransaction, which may release the lock,
 * forget everything.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "store_locked_authority.h"
#include "store_transaction.h"

#define LOCKED_AUTHORITIES 8

typedef struct LockedAuthority
{
	char		arn[PCA_ARN_MAX_LENGTH + 1];
	PcaAuthority authority;
} LockedAuthority;

static LockedAuthority locked[LOCKED_AUTHORITIES];
static int	locked_count;

/* The next look at any authority locks and reads it again. */
void
pca_locked_authorities_forget(void)
{
	locked_count = 0;
}

static void
remember(const char *arn, const PcaAuthority *authority)
{
	static PcaTransactionMemory memory = {.forget = pca_locked_authorities_forget};
	LockedAuthority *entry = &locked[locked_count % LOCKED_AUTHORITIES];

	pca_transaction_watch(&memory);
	strlcpy(entry->arn, arn, sizeof(entry->arn));
	entry->authority = *authority;
	/* When it is full, it begins anew. */
	locked_count = locked_count % LOCKED_AUTHORITIES + 1;
}

/*
 * Locks an authority for issuing and reads it; false when there is none.
 *
 * mode: a change always locks and reads.
 */
bool
pca_authority_find_locked(const char *arn, const pg_uuid_t *id, LOCKMODE mode, PcaAuthority *authority)
{
	for (int i = 0; i < locked_count && mode == PCA_LOCK_FOR_ISSUE; i++)
	{
		if (strcmp(locked[i].arn, arn) != 0)
			continue;
		*authority = locked[i].authority;
		authority->arn = arn;
		return true;
	}
	pca_authority_lock(id, mode);
	if (!pca_authority_find(arn, id, authority))
		return false;
	remember(arn, authority);
	return true;
}
