/*-------------------------------------------------------------------------
 *
 * fuzz_csr.c
 *	  Reads any octets as a CSR, twice: unchanged, and with any signature
 *	  counting as good, because mutations do not find signatures.  OpenSSL
 *	  accepts every CSR that we accept, with the same subject, key and
 *	  extensions, except for repaired names.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <openssl/evp.h>

#include "base_shape.h"
#include "crypto_csr.h"
#include "crypto_name_readable.h"
#include "crypto_pem.h"
#include "x509.h"

/* Returns the same request with a well-formed signature algorithm. */
static PcaBytes
replace_signature(PcaBytes der)
{
	PcaDerReader reader = pca_der_reader(der);
	PcaDerReader request;
	PcaDerElement info;
	PcaDerWriter writer;

	FUZZ_CHECK(pca_der_enter(&reader, PCA_DER_SEQUENCE, &request) &&
			   pca_der_take(&request, PCA_DER_SEQUENCE, &info));
	pca_der_init(&writer, der.length);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_raw(&writer, info.whole);
	pca_der_raw(&writer, pca_signing_algorithm_find_by_name("SHA256WITHECDSA")->identifier);
	pca_der_bit_string(&writer, PCA_BYTES_OF("\1"));
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/* Checks that the subject that OpenSSL reads, repaired, is the same as ours. */
static void
check_subject(const X509_NAME *theirs, PcaBytes ours)
{
	uint8	   *encoded = NULL;
	int			length = i2d_X509_NAME(theirs, &encoded);
	PcaBytes	subject = {encoded, length};

	FUZZ_CHECK(length > 0 && pca_name_repair(&subject) == NULL && pca_bytes_equal(subject, ours));
	OPENSSL_free(encoded);
}

/* Checks the extensions that OpenSSL reads, with the subject alternative name repaired. */
static void
check_extensions(STACK_OF(X509_EXTENSION) *theirs, const PcaExtensions *ours)
{
	int			at = X509v3_get_ext_by_NID(theirs, NID_subject_alt_name, -1);
	ASN1_OCTET_STRING *data = at < 0 ? NULL : X509_EXTENSION_get_data(X509v3_get_ext(theirs, at));

	if (data != NULL)
	{
		PcaBytes	value = {ASN1_STRING_get0_data(data), ASN1_STRING_length(data)};

		FUZZ_CHECK(pca_extension_names_repair(pca_oid_subject_alternative_name, &value) == NULL);
		/* A copy, because the value may be inside what it replaces */
		value = pca_bytes_copy(value);
		FUZZ_CHECK(ASN1_STRING_set(data, value.data, value.length) == 1);
	}
	fuzz_check_extensions(ours, theirs);
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
	check_subject(X509_REQ_get_subject_name(request), csr->subject);
	FUZZ_CHECK(FUZZ_IS_ENCODED(X509_PUBKEY, X509_REQ_get_X509_PUBKEY(request), csr->key.spki));
	FUZZ_CHECK(fuzz_is_within(csr->key.spki, der));
	if (is_verified)
		FUZZ_CHECK(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) == 1);

	extensions = X509_REQ_get_extensions(request);
	check_extensions(extensions, &csr->extensions);
	names = X509V3_get_d2i(extensions, NID_subject_alt_name, &is_critical, NULL);
	FUZZ_CHECK((names != NULL) == (csr->subject_alternative_name != NULL));
	GENERAL_NAMES_free(names);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	X509_REQ_free(request);
	ERR_clear_error();

	fuzz_check_name(csr->subject);
	FUZZ_CHECK(pca_name_readable_fault(csr->subject) == NULL);
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
		const char *fault;

		fuzz_takes_any_signature = i == 1;
		fault = pca_csr_parse(pem, &csr);
		fuzz_check_fault(fault);
		/* No error is left in the queue for the server's own TLS. */
		FUZZ_CHECK(ERR_peek_error() == 0);
		if (fault == NULL)
			check_accepted(i == 0 ? input : replace_signature(input), &csr, i == 0);
	}
}
