/*-------------------------------------------------------------------------
 *
 * op_crl.h
 *	  Writing CRLs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef OP_CRL_H
#define OP_CRL_H

#include "postgres.h"

#include "store_crl.h"

extern bool pca_crl_write(const char *authority_arn, const PcaCrlScope *scope, TimestampTz asked_at);

#endif							/* OP_CRL_H */
