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
 * A certificate with the names in its extensions decoded; NULL when OpenSSL
 * takes one of them for malformed.  NAME_CONSTRAINTS_check() sees only what
 * X509_check_purpose() has cached.
 */
static X509 *
decode_certificate(PcaBytes der)
{
	const uint8 *at = der.data;
	X509	   *x509 = d2i_X509(NULL, &at, der.length);

	if (x509 == NULL)
		return NULL;
	x509 = pca_own_X509(x509, "could not decode a certificate");
	return X509_check_purpose(x509, -1, 0) == 1 ? x509 : NULL;
}

static NAME_CONSTRAINTS *
decode_constraints(PcaBytes der)
{
	const uint8 *at = der.data;
	NAME_CONSTRAINTS *constraints;

	if (pca_der_scan(der) != NULL)
		return NULL;
	constraints = (NAME_CONSTRAINTS *) ASN1_item_d2i(NULL, &at, der.length, ASN1_ITEM_rptr(NAME_CONSTRAINTS));
	return constraints == NULL ? NULL : pca_own_NAME_CONSTRAINTS(constraints, "could not decode name constraints");
}

/*
 * Are the names of a certificate within the constraints of a CA above it?
 *
 * constraints: the value of the extension.  certificate: DER that passed
 * pca_der_scan(); its signature does not matter.  NULL, or the fault in words.
 * A form of name that is constrained and cannot be compared is a fault.
 */
const char *
pca_name_constraints_fault(PcaBytes constraints, PcaBytes certificate, bool is_ca)
{
	X509	   *x509;
	NAME_CONSTRAINTS *decoded;
	int			result;

	pca_ossl_begin();
	x509 = decode_certificate(certificate);
	decoded = decode_constraints(constraints);
	if (x509 == NULL || decoded == NULL)
	{
		pca_ossl_forget_errors();
		return x509 == NULL ? "its extensions are malformed" : "the name constraints are malformed";
	}
	result = NAME_CONSTRAINTS_check(x509, decoded);
	/* Relying parties take a host name in the common name of a leaf for a DNS name. */
	if (result == X509_V_OK && !is_ca)
		result = NAME_CONSTRAINTS_check_CN(x509, decoded);
	if (result == X509_V_ERR_OUT_OF_MEM)
		pca_ossl_out_of_memory();
	pca_ossl_forget_errors();
	return result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
}
