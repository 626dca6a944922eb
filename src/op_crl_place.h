/*-------------------------------------------------------------------------
 *
 * op_crl_place.h
 *	  CRLs that move.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_CRL_PLACE_H
#define OP_CRL_PLACE_H

#include "postgres.h"

#include "base_json.h"
#include "store_crl.h"
#include "store_object.h"

extern void pca_crl_place_leave(const pg_uuid_t *authority, const PcaJson *before, const PcaJson *after);
extern void pca_crl_place_move(const PcaCrlRow *before, const PcaCrlRow *after);
extern bool pca_crl_place_find(const char *bucket, const char *key, PcaObject *object);

#endif							/* OP_CRL_PLACE_H */
