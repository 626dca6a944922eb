/*-------------------------------------------------------------------------
 *
 * api_error.c
 *	  What an SQL error is to a client of the API.
 *
 * A client of AWS tells errors apart by name and status: it repeats 5xx and
 * throttling, and nothing else.  So an error that goes away by itself is one of
 * these, unless the gateway repeats the call itself.
 *
 *-------------------------------------------------------------------------
 */
#include "api_error.h"

#include <stddef.h>
#include <string.h>

#include "base_exceptions.h"

#define TRY_AGAIN "The service is unavailable now. Try again."
#define TOO_MANY "Rate exceeded"

/* In order: the first row that fits counts. */
static const GwApiError errors[] = {
	/* No client repeats it. */
	{"PCCMO", "ConcurrentModificationException", 400, NULL, true},
#define X(kind, a, b, c, d, e, name) {(const char[]) {a, b, c, d, e, '\0'}, name, 400, NULL, false},
	PCA_EXCEPTIONS(X)
#undef X
	{"42501", "AccessDeniedException", 400, NULL, false},
	{"22P02", "SerializationException", 400, NULL, false},
	{"22P05", "SerializationException", 400, NULL, false},
	{"22021", "SerializationException", 400, NULL, false},
	{"40001", "ServiceUnavailable", 503, TRY_AGAIN, true},
	{"40P01", "ServiceUnavailable", 503, TRY_AGAIN, true},
	{"53", "ThrottlingException", 400, TOO_MANY, false},
	{"55P03", "ServiceUnavailable", 503, TRY_AGAIN, false},
	{"08", "ServiceUnavailable", 503, TRY_AGAIN, false},
	{"57", "ServiceUnavailable", 503, TRY_AGAIN, false},
	{"25006", "ServiceUnavailable", 503, TRY_AGAIN, false},
	{"", "InternalFailure", 500, "An internal error has occurred.", false},
};

/* The names that STS has for what both refuse. */
static const struct
{
	const char *name;
	const char *sts_name;
}			sts_names[] = {
	{"InvalidSignatureException", "SignatureDoesNotMatch"},
	{"IncompleteSignatureException", "IncompleteSignature"},
	{"UnrecognizedClientException", "InvalidClientTokenId"},
	{"MissingAuthenticationTokenException", "MissingAuthenticationToken"},
	{"AccessDeniedException", "AccessDenied"},
	{"ThrottlingException", "Throttling"},
	{"UnknownOperationException", "InvalidAction"},
};

/* Returns what an SQLSTATE is to a client. */
const GwApiError *
pca_gw_api_error_find(const char *sqlstate)
{
	const GwApiError *error = errors;

	/* The last row fits everything. */
	while (strncmp(error->sqlstate, sqlstate, strlen(error->sqlstate)) != 0)
		error++;
	return error;
}

const GwApiError *
pca_gw_api_error_throttling(void)
{
	return pca_gw_api_error_find("53300");
}

const GwApiError *
pca_gw_api_error_unavailable(void)
{
	return pca_gw_api_error_find("57P01");
}

/* Returns the name that STS has for an error. */
const char *
pca_gw_api_error_sts_name(const char *name)
{
	for (size_t i = 0; i < sizeof(sts_names) / sizeof(sts_names[0]); i++)
		if (strcmp(sts_names[i].name, name) == 0)
			return sts_names[i].sts_name;
	return name;
}
