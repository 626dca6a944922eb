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

#include "utils/timestamp.h"
#include "utils/uuid.h"

extern bool pca_crl_write(const char *authority_arn, const pg_uuid_t *id, TimestampTz asked_at);

#endif							/* OP_CRL_H */
