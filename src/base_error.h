/*-------------------------------------------------------------------------
 *
 * base_error.h
 *	  The exceptions of the AWS Private CA API as SQLSTATEs.
 *
 * Errors are part of the API: applications tell them apart by SQLSTATE, so the
 * codes are append-only.  The message says what is wrong, the DETAIL gives the
 * value and its path, and the HINT the next step.  None of them ever contains
 * bytes of a CSR, an idempotency token or key material.  The CONTEXT of an
 * issuance identifies the CSR by a well-formed subject and a digest.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "postgres.h"

#include "base_exceptions.h"

/* Before 15 there is no InitMaterializedSRF(), strtoi64() or SPI_execute_plan_extended(). */
#if PG_VERSION_NUM < 150000
#error "pca needs PostgreSQL 15 or later"
#endif

enum
{
#define X(kind, a, b, c, d, e, name) PCA_SQLSTATE_##kind = MAKE_SQLSTATE(a, b, c, d, e),
	PCA_EXCEPTIONS(X)
#undef X
};

/*
 * pca_error(INVALID_STATE, errmsg(...), errdetail(...), errhint(...)) throws
 * the API's exception of that kind, which reports a fault of the caller.
 */
#define pca_error(kind, ...) \
	ereport(ERROR, errcode(PCA_SQLSTATE_##kind), __VA_ARGS__)

#endif							/* BASE_ERROR_H */
