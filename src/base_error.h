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

/* Before 15 there is no InitMaterializedSRF(), strtoi64() or SPI_execute_plan_extended(). */
#if PG_VERSION_NUM < 150000
#error "pca needs PostgreSQL 15 or later"
#endif

/* X(kind, five characters of the SQLSTATE, name in the API) */
#define PCA_EXCEPTIONS(X) \
	X(RESOURCE_NOT_FOUND, 'P', 'C', 'R', 'N', 'F', "ResourceNotFoundException") \
	X(INVALID_ARN, 'P', 'C', 'I', 'A', 'N', "InvalidArnException") \
	X(INVALID_ARGS, 'P', 'C', 'I', 'A', 'G', "InvalidArgsException") \
	X(INVALID_REQUEST, 'P', 'C', 'I', 'R', 'Q', "InvalidRequestException") \
	X(INVALID_STATE, 'P', 'C', 'I', 'S', 'T', "InvalidStateException") \
	X(INVALID_POLICY, 'P', 'C', 'I', 'P', 'O', "InvalidPolicyException") \
	X(INVALID_TAG, 'P', 'C', 'I', 'T', 'G', "InvalidTagException") \
	X(INVALID_NEXT_TOKEN, 'P', 'C', 'I', 'N', 'T', "InvalidNextTokenException") \
	X(LOCKOUT_PREVENTED, 'P', 'C', 'L', 'O', 'P', "LockoutPreventedException") \
	X(PERMISSION_ALREADY_EXISTS, 'P', 'C', 'P', 'A', 'E', "PermissionAlreadyExistsException") \
	X(ACCESS_DENIED, 'P', 'C', 'A', 'C', 'D', "AccessDeniedException") \
	X(LIMIT_EXCEEDED, 'P', 'C', 'L', 'I', 'M', "LimitExceededException") \
	X(TOO_MANY_TAGS, 'P', 'C', 'T', 'M', 'T', "TooManyTagsException") \
	X(MALFORMED_CSR, 'P', 'C', 'M', 'C', 'S', "MalformedCSRException") \
	X(MALFORMED_CERTIFICATE, 'P', 'C', 'M', 'C', 'E', "MalformedCertificateException") \
	X(CERTIFICATE_MISMATCH, 'P', 'C', 'M', 'I', 'S', "CertificateMismatchException") \
	X(CONCURRENT_MODIFICATION, 'P', 'C', 'C', 'M', 'O', "ConcurrentModificationException") \
	X(REQUEST_IN_PROGRESS, 'P', 'C', 'R', 'I', 'P', "RequestInProgressException") \
	X(REQUEST_ALREADY_PROCESSED, 'P', 'C', 'R', 'A', 'P', "RequestAlreadyProcessedException") \
	X(REQUEST_FAILED, 'P', 'C', 'R', 'F', 'A', "RequestFailedException") \
	X(VALIDATION, 'P', 'C', 'V', 'A', 'L', "ValidationException")

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
