/*-------------------------------------------------------------------------
 *
 * store_locked_authority.c
 *	  The authorities that the current transaction has locked and read.
 *
 * While this transaction holds an authority's lock, no other changes its row.  So
 * what was read once under the lock is still current, and a statement that issues
 * for a million rows reads the row once.  Changes by this transaction, and the
 * rollback of a subtransaction, which may release the lock, discard everything.
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

/* Discards what was read, so that the next look-up locks and reads again. */
void
pca_locked_authorities_forget(void)
{
	locked_count = 0;
}

static void
remember_authority(const char *arn, const PcaAuthority *authority)
{
	static PcaTransactionMemory memory = {.forget = pca_locked_authorities_forget};
	LockedAuthority *entry = &locked[locked_count % LOCKED_AUTHORITIES];

	pca_transaction_watch(&memory);
	strlcpy(entry->arn, arn, sizeof(entry->arn));
	entry->authority = *authority;
	/* A full list starts over. */
	locked_count = locked_count % LOCKED_AUTHORITIES + 1;
}

/*
 * Locks an authority and reads it.  Returns false if it does not exist.
 *
 * mode: for issuing, an authority that this transaction has locked before is not
 * read again; for a change it is.
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
	remember_authority(arn, authority);
	return true;
}
