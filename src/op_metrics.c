/*-------------------------------------------------------------------------
 *
 * op_metrics.c
 *	  What a monitor watches.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "crypto_kek.h"
#include "funcapi.h"
#include "op_maintenance.h"
#include "store_authority.h"
#include "store_metrics.h"
#include "store_transaction.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#define COLUMNS 3

static void
put_samples(void *state, const PcaRows *rows)
{
	ReturnSetInfo *result = state;

	pca_rows_check(rows, result->setDesc, COLUMNS);
	for (uint64 row = 0; row < rows->count; row++)
		tuplestore_putvalues(result->setResult, result->setDesc,
							 rows->values + row * rows->columns, rows->nulls + row * rows->columns);
}

/*
 * Tells whether every private key of this database can be used.  The
 * key-encryption key is read again, because this session may have had it since
 * before it was lost.
 */
static bool
is_kek_usable(void)
{
	PcaRows		rows = pca_private_key_wrappers();

	pca_kek_forget();
	for (uint64 row = 0; row < rows.count; row++)
		if (pca_kek_fault(pca_rows_bytes(&rows, row, 0)) != NULL)
			return false;
	return true;
}

static void
put_kek(ReturnSetInfo *result)
{
	tuplestore_putvalues(result->setResult, result->setDesc, (Datum[]) {
		CStringGetTextDatum("pca_key_encryption_key_usable"),
		DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")),
		Float8GetDatum(is_kek_usable() ? 1 : 0)
	}, (bool[]) {false, false, false});
}

/*
 * pca_metrics() returns rows of (name, labels, value): of every account's
 * authorities
 *
 * It works in a dormant database and on a standby, too.
 */
PCA_FUNCTION(pca_metrics)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PcaRows		failures;

	pca_transaction_check_aware("pca_metrics()");
	InitMaterializedSRF(fcinfo, 0);
	pca_metrics_read(GetCurrentTimestamp(), put_samples, result);
	failures = pca_metrics_read_failures(pca_maintenance_task_names());
	put_samples(result, &failures);
	put_kek(result);
	return (Datum) 0;
}
