/*-------------------------------------------------------------------------
 *
 * fuzz_name.c
 *	  Reads any octets as a Name and as GeneralNames.  OpenSSL decodes
 *	  every name that we accept, its text is a line of UTF-8, and a
 *	  repaired name needs no further repair.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "x509.h"

void
fuzz_one(PcaBytes input)
{
	static const PcaBytes *const extensions[] = {
		&pca_oid_subject_alternative_name, &pca_oid_name_constraints, &pca_oid_crl_distribution_points,
		&pca_oid_authority_key_identifier, &pca_oid_authority_information_access
	};

	fuzz_check_general_names(input);
	for (size_t i = 0; i < lengthof(extensions); i++)
		fuzz_check_names_repair(*extensions[i], input);
	if (pca_der_scan(input) == NULL && input.data[0] == PCA_DER_SEQUENCE)
	{
		fuzz_check_name(input);
		fuzz_check_repair(input);
	}
	ERR_clear_error();
}
