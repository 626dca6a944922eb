/*-------------------------------------------------------------------------
 *
 * fuzz_name.c
 *	  Any octets as a Name and as GeneralNames: what we accept OpenSSL decodes,
 *	  and what we print is a line of UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "x509.h"

void
fuzz_one(PcaBytes input)
{
	fuzz_check_general_names(input);
	if (pca_der_scan(input) == NULL && input.data[0] == PCA_DER_SEQUENCE)
		fuzz_check_name(input);
	ERR_clear_error();
}
