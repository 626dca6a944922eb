/*-------------------------------------------------------------------------
 *
 * op_installation.c
 *	  Activates a restored or copied database once it is complete, and makes a
 *	  database dormant.
 *
 * A dump does not tell how many rows it should have.  But records refer to one
 * another: a revocation to its certificate, a CRL to its entries and bytes, the
 * audit trail to each authority; and each key can be verified.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_error.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "op_crl_predecessor.h"
#include "op_issuer.h"
#include "store_audit.h"
#include "store_crl.h"
#include "store_installation.h"
#include "store_transaction.h"
#include "utils/memutils.h"

/* Throws 42501 unless the caller is a superuser; EXECUTE alone is not enough. */
static void
check_superuser(const char *function)
{
	if (!superuser())
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("must be superuser to call %s", function),
				errhint("A superuser decides which of the databases signs."));
}

/* Reports a fault of the rows: an error, or a warning if the loss was accepted. */
static void
report_fault(bool is_accepted, const char *fault, const char *object)
{
	ereport(is_accepted ? WARNING : ERROR,
			errcode(PCA_SQLSTATE_REQUEST_FAILED),
			errmsg("restored database is incomplete: %s", fault),
			errdetail("The fault concerns \"%s\"; the view pca.restore_faults lists every such fault.", object),
			errhint("Restore it again from a complete backup. If there is none, pca_resume(accept_loss => true) continues with what is left."));
}

static void
check_rows(bool is_accepted)
{
	PcaRows		faults = pca_installation_list_faults();

	for (uint64 row = 0; row < faults.count; row++)
		report_fault(is_accepted, pca_rows_text(&faults, row, 0), pca_rows_text(&faults, row, 1));
}

/* Checks the authority of a row of pca_private_key_list(): its key opens, and is its own. */
static void
check_key(const PcaRows *keys, uint64 row)
{
	PcaAuthority authority;

	if (pca_authority_find(pca_rows_text(keys, row, 1), pca_rows_uuid(keys, row, 0), &authority))
		(void) pca_signer_get(&authority);
}

/* Checks the CRL of a row of pca_crl_list(): each of its entries is revoked here. */
static void
check_crl(const PcaRows *crls, uint64 row)
{
	PcaCrlScope scope = pca_crl_list_scope(crls, row);
	PcaCrlRow	crl;
	PcaCrlPredecessor predecessor;

	if (!pca_crl_find(&scope, &crl))
		return;
	pca_crl_predecessor_load(&predecessor, &crl);
	pca_crl_predecessor_check(&predecessor);
}

/* Checks each row, in memory that is freed before the next one.  Throws what check() throws. */
static void
check_each(const PcaRows *rows, void (*check) (const PcaRows *rows, uint64 row))
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pca restored row", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);

	for (uint64 row = 0; row < rows->count; row++)
	{
		CHECK_FOR_INTERRUPTS();
		check(rows, row);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

/* Throws RequestFailedException if a stored CRL or private key does not match the other rows. */
static void
check_crls_and_keys(void)
{
	PcaRows		crls = pca_crl_list();
	PcaRows		keys = pca_private_key_list();

	check_each(&crls, check_crl);
	check_each(&keys, check_key);
}

/*
 * pca_resume(accept_loss boolean) returns (item text, number bigint)
 *
 * Checks the rows, the keys and the CRLs of this database, which was restored
 * from a dump, copied or suspended, and makes it the one that signs, publishes
 * and answers.  Returns the counts of its records, to be compared with those of
 * its source.
 *
 * accept_loss: missing rows cause warnings instead of errors, and keys and CRLs
 * are not checked.  A CRL that would lose a revocation is still not written.
 *
 * Throws 42501, and RequestFailedException if the database is incomplete or
 * sealed, or a logical subscription writes its rows.
 */
PCA_FUNCTION(pca_resume)
{
	bool		is_accepted = !PG_ARGISNULL(0) && PG_GETARG_BOOL(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PcaRows		counts;

	pca_transaction_check_writable("pca_resume()");
	check_superuser("pca_resume()");
	if (pca_installation_get() == PCA_INSTALLATION_SUBSCRIBED)
		pca_installation_check();
	InitMaterializedSRF(fcinfo, 0);
	check_rows(is_accepted);
	if (!is_accepted)
		check_crls_and_keys();
	pca_transaction_make_durable();
	pca_installation_resume();
	pca_audit_put_maintenance("Resume", NULL, NULL);
	counts = pca_installation_count();
	pca_rows_check(&counts, result->setDesc, counts.columns);
	for (uint64 row = 0; row < counts.count; row++)
		tuplestore_putvalues(result->setResult, result->setDesc, counts.values + row * counts.columns,
							 counts.nulls + row * counts.columns);
	return (Datum) 0;
}

/*
 * pca_suspend()
 *
 * Makes this database dormant: it does not sign, publish or answer until
 * pca_resume().  Does not wait: transactions that began before still commit.
 *
 * Throws 42501.
 */
PCA_FUNCTION(pca_suspend)
{
	pca_transaction_check_writable("pca_suspend()");
	check_superuser("pca_suspend()");
	pca_transaction_make_durable();
	pca_installation_suspend();
	pca_audit_put_maintenance("Suspend", NULL, NULL);
	PG_RETURN_VOID();
}
