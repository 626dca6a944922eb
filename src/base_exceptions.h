/*-------------------------------------------------------------------------
 *
 * base_exceptions.h
 *	  The exceptions of the AWS Private CA API: their SQLSTATEs and names.
 *
 * The list includes nothing, so that a client of the database, which has no
 * postgres.h, is compiled with the same rows.  Codes are append-only.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_EXCEPTIONS_H
#define BASE_EXCEPTIONS_H

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

#endif							/* BASE_EXCEPTIONS_H */
