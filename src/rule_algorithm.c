/*-------------------------------------------------------------------------
 *
 * rule_algorithm.c
 *	  The API's KeyAlgorithm and SigningAlgorithm: refuses those that are not
 *	  available, and those that do not fit together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "rule_algorithm.h"

/* Throws InvalidArgsException for an algorithm that cannot be used. */
static _Noreturn void
unavailable_error(const char *name, const char *reason)
{
	pca_error(INVALID_ARGS,
			  errmsg("algorithm \"%s\" is not available", name),
			  errdetail("%s", reason),
			  errhint("Use an RSA or EC algorithm."));
}

/*
 * Returns the row of a KeyAlgorithm of the model.
 *
 * Throws InvalidArgsException for an algorithm that is not implemented, or that
 * this OpenSSL does not have.
 */
const PcaKeyAlgorithm *
pca_key_algorithm_get(const char *name)
{
	const PcaKeyAlgorithm *algorithm = pca_key_algorithm_find(name);

	if (algorithm == NULL)
		unavailable_error(name, "This version of pca does not implement it.");
	if (!pca_key_algorithm_is_offered(algorithm))
		unavailable_error(name, "The OpenSSL library of this server does not support it.");
	return algorithm;
}

/*
 * Returns the row of a SigningAlgorithm of the model.
 *
 * Throws InvalidArgsException for one that is not implemented.
 */
const PcaSigningAlgorithm *
pca_signing_algorithm_get(const char *name)
{
	const PcaSigningAlgorithm *algorithm = pca_signing_algorithm_find_by_name(name);

	if (algorithm == NULL)
		unavailable_error(name, "This version of pca does not implement it.");
	return algorithm;
}

/* Checks that a key of this algorithm can sign with that one.  Throws InvalidArgsException. */
void
pca_signing_algorithm_check(const PcaSigningAlgorithm *signing, const PcaKeyAlgorithm *key)
{
	if (!pca_signing_algorithm_fits(signing, key))
		pca_error(INVALID_ARGS,
				  errmsg("signing algorithm %s cannot be used with key type %s", signing->name, key->name),
				  errdetail("The algorithm is not one for this type of key."),
				  errhint("Valid signing algorithms are: %s.", pca_signing_algorithm_list(key)));
}
