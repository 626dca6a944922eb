/*-------------------------------------------------------------------------
 *
 * fuzz_extension.c
 *	  Reads an object identifier, then any octets as the value of its
 *	  extension.  OpenSSL decodes every value that we accept, and a
 *	  certificate with it is valid for OpenSSL.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "x509.h"

/* Tells whether the extension has a grammar here.  No grammar accepts this value, which is DER. */
static bool
has_grammar(PcaBytes oid)
{
	return pca_extension_fault(oid, PCA_BYTES_OF("\xbf\x1f\x00")) != NULL;
}

static void
check_accepted(PcaBytes oid, PcaBytes value)
{
	PcaExtensions extensions = {0};
	const uint8 *at;
	X509_EXTENSION *decoded;
	X509	   *certificate = X509_new();

	pca_extensions_add(&extensions, oid, false, value);
	at = extensions.list[0].whole.data;
	decoded = d2i_X509_EXTENSION(NULL, &at, extensions.list[0].whole.length);
	FUZZ_CHECK(decoded != NULL && certificate != NULL);
	if (has_grammar(oid) && X509V3_EXT_get(decoded) != NULL)
	{
		void	   *contents = X509V3_EXT_d2i(decoded);

		FUZZ_CHECK(contents != NULL);
		if (X509V3_EXT_get(decoded)->it != NULL)
			ASN1_item_free(contents, ASN1_ITEM_ptr(X509V3_EXT_get(decoded)->it));
		else
			X509V3_EXT_get(decoded)->ext_free(contents);
	}
	X509_set_version(certificate, X509_VERSION_3);
	X509_add_ext(certificate, decoded, -1);
	X509_check_purpose(certificate, -1, 0);
	FUZZ_CHECK((X509_get_extension_flags(certificate) & EXFLAG_INVALID) == 0);
	X509_free(certificate);
	X509_EXTENSION_free(decoded);
	ERR_clear_error();
}

void
fuzz_one(PcaBytes input)
{
	PcaDerReader reader = pca_der_reader(input);
	PcaDerElement oid;
	PcaBytes	value;

	if (!pca_der_take(&reader, PCA_DER_OID, &oid) || !pca_oid_is_valid(oid.content))
		return;
	value = (PcaBytes) {reader.next, reader.end - reader.next};
	if (pca_extension_fault(oid.content, value) == NULL)
		check_accepted(oid.content, value);
}
