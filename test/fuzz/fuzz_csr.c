/*-------------------------------------------------------------------------
 *
 * fuzz_csr.c
 *	  Any octets as a CSR, twice: as it is, and with any signature counting as
 *	  good, since no mutation finds a signature.
 *
 * What we accept OpenSSL accepts, with the same subject, key and extensions.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <openssl/evp.h>

#include "crypto_csr.h"
#include "crypto_pem.h"
#include "x509.h"

/* The same request under a signature algorithm that is well-formed. */
static PcaBytes
replace_signature(PcaBytes der)
{
	PcaDerReader reader = pca_der_reader(der);
	PcaDerReader request;
	PcaDerElement info;
	PcaDerWriter writer;

	FUZZ_CHECK(pca_der_enter(&reader, PCA_DER_SEQUENCE, &request) && pca_der_take(&request, PCA_DER_SEQUENCE, &info));
	pca_der_init(&writer, der.length);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_raw(&writer, info.whole);
	pca_der_raw(&writer, pca_signing_algorithm_get("SHA256WITHECDSA")->identifier);
	pca_der_bit_string(&writer, PCA_BYTES_OF("\1"));
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

static void
check_accepted(PcaBytes der, const PcaCsr *csr, bool is_verified)
{
	const uint8 *at = der.data;
	X509_REQ   *request = d2i_X509_REQ(NULL, &at, der.length);
	STACK_OF(X509_EXTENSION) *extensions;
	int			is_critical;
	GENERAL_NAMES *names;

	FUZZ_CHECK(request != NULL && at == der.data + der.length);
	FUZZ_CHECK(FUZZ_IS_ENCODED(X509_NAME, X509_REQ_get_subject_name(request), csr->subject));
	FUZZ_CHECK(FUZZ_IS_ENCODED(X509_PUBKEY, X509_REQ_get_X509_PUBKEY(request), csr->key.spki));
	FUZZ_CHECK(fuzz_is_within(csr->subject, der) && fuzz_is_within(csr->key.spki, der));
	if (is_verified)
		FUZZ_CHECK(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) == 1);

	extensions = X509_REQ_get_extensions(request);
	fuzz_check_extensions(&csr->extensions, extensions);
	names = X509V3_get_d2i(extensions, NID_subject_alt_name, &is_critical, NULL);
	FUZZ_CHECK((names != NULL) == (csr->subject_alternative_name != NULL));
	GENERAL_NAMES_free(names);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	X509_REQ_free(request);
	ERR_clear_error();

	fuzz_check_name(csr->subject);
	if (csr->subject_alternative_name != NULL)
		fuzz_check_general_names(csr->subject_alternative_name->value);
	for (int i = 0; i < csr->extensions.count; i++)
	{
		pca_extension_fault(csr->extensions.list[i].oid, csr->extensions.list[i].value);
		pca_oid_format(csr->extensions.list[i].oid);
	}
}

void
fuzz_one(PcaBytes input)
{
	char	   *pem = pca_pem_format(input, "CERTIFICATE REQUEST");

	if (strlen(pem) > (size_t) pca_shape_csr_blob.max)
		return;
	for (int i = 0; i < 2; i++)
	{
		PcaCsr		csr;
		int			state;

		fuzz_takes_any_signature = i == 1;
		state = FUZZ_CATCH(pca_csr_parse(pem, &csr));
		FUZZ_EXPECT(state, MALFORMED_CSR);
		/* Nothing of a failure stays behind for the server's own TLS. */
		FUZZ_CHECK(ERR_peek_error() == 0);
		if (state == 0)
			check_accepted(i == 0 ? input : replace_signature(input), &csr, i == 0);
	}
}
