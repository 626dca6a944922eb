/*-------------------------------------------------------------------------
 *
 * crypto_name_constraints.c
 *	  Name constraints (RFC 5280 4.2.1.10), by OpenSSL: few CAs have them, and
 *	  relying parties decide by the same code.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_name_constraints.h"
#include "crypto_ossl.h"

/*
 * Are the names of a certificate within the constraints of a CA above it?
 *
 * constraints: the value of the extension.  certificate: DER; its signature
 * does not matter.  NULL, or the fault in words.  A form of name that is
 * constrained and cannot be compared is a fault.
 */
const char *
pca_name_constraints_fault(PcaBytes constraints, PcaBytes certificate, bool is_ca)
{
	const uint8 *at = certificate.data;
	X509	   *x509 = pca_own_X509(d2i_X509(NULL, &at, certificate.length), "could not decode a certificate");
	NAME_CONSTRAINTS *decoded;
	int			result;

	at = constraints.data;
	decoded = (NAME_CONSTRAINTS *) ASN1_item_d2i(NULL, &at, constraints.length, ASN1_ITEM_rptr(NAME_CONSTRAINTS));
	if (decoded == NULL)
	{
		pca_ossl_forget_errors();
		return "the name constraints are malformed";
	}
	decoded = pca_own_NAME_CONSTRAINTS(decoded, "could not decode name constraints");
	result = NAME_CONSTRAINTS_check(x509, decoded);
	/* Relying parties take a host name in the common name of a leaf for a DNS name. */
	if (result == X509_V_OK && !is_ca)
		result = NAME_CONSTRAINTS_check_CN(x509, decoded);
	pca_ossl_forget_errors();
	return result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
}
