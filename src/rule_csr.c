/*-------------------------------------------------------------------------
 *
 * rule_csr.c
 *	  Refuses a malformed CSR, or a malformed extension of a CSR that would be
 *	  passed through.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_name_readable.h"
#include "rule_csr.h"

/*
 * Reads the parameter csr, a PEM request whose size was checked before.
 *
 * Throws MalformedCSRException with the reason.
 */
void
pca_csr_read(const char *pem, PcaCsr *csr)
{
	const char *fault = pca_csr_parse(pem, csr);

	if (fault != NULL)
		pca_error(MALFORMED_CSR,
				  errmsg("certificate signing request is malformed"),
				  errdetail("The request at csr is not accepted: %s.", fault),
				  errhint("Create a PKCS#10 request in PEM, for example with openssl req -new."));
}

/*
 * Checks an extension that a request asks for and that the certificate will
 * contain.
 *
 * value: its directory names are repaired.  Throws MalformedCSRException.
 */
void
pca_csr_check_extension(PcaBytes oid, PcaBytes *value)
{
	const char *fault = pca_extension_names_repair(oid, value);

	if (fault == NULL)
		fault = pca_extension_fault(oid, *value);
	if (fault != NULL)
		pca_error(MALFORMED_CSR,
				  errmsg("certificate signing request is malformed"),
				  errdetail("The extension %s of the request at csr is not accepted: %s.",
							pca_oid_format(oid), fault),
				  errhint("Create the request with a well-formed extension, or without it."));
}
