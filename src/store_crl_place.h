/*-------------------------------------------------------------------------
 *
 * store_crl_place.h
 *	  Where CRLs are looked for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_CRL_PLACE_H
#define STORE_CRL_PLACE_H

#include "postgres.h"

#include "store_crl.h"

/* The columns of a row of pca_crl_place_list() */
enum
{
	PCA_CRL_PLACE_URL,
	PCA_CRL_PLACE_BUCKET,
	PCA_CRL_PLACE_KEY
};

extern PcaRows pca_crl_place_list(const pg_uuid_t *crl, TimestampTz now);
extern void pca_crl_place_put_former(const PcaCrlScope *scope, const char *url);
extern void pca_crl_place_expire(const char *account_id, TimestampTz now);

#endif							/* STORE_CRL_PLACE_H */
