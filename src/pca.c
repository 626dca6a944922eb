/*-------------------------------------------------------------------------
 *
 * pca.c
 *	  The module: what happens when PostgreSQL loads it.
 *
 * Each setting is defined beside the code that it steers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "crypto_certificate.h"
#include "crypto_kek.h"
#include "fmgr.h"
#include "rule_revocation.h"
#include "store_idempotency.h"
#include "utils/guc.h"
#include "worker.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	pca_arn_define_settings();
	pca_kek_define_settings();
	pca_certificate_define_settings();
	pca_idempotency_define_settings();
	pca_revocation_define_settings();
	pca_worker_define_settings();
	MarkGUCPrefixReserved("pca");
}
