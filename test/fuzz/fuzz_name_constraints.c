/*-------------------------------------------------------------------------
 *
 * fuzz_name_constraints.c
 *	  Reads any octets as name constraints, and as a subject and
 *	  alternative names that could be signed.  OpenSSL accepts all names
 *	  that we accept.
 *
 * The input is the length of the constraints and that of the subject, in two
 * octets each, then the three parts, in DER.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "crypto_general_name.h"
#include "crypto_name.h"
#include "crypto_name_attribute.h"
#include "crypto_name_constraints.h"
#include "x509.h"

static PcaBytes
take(FuzzStream *stream, size_t length)
{
	PcaBytes	slice = {stream->next, Min(length, (size_t) (stream->end - stream->next))};

	stream->next += slice.length;
	return slice;
}

/* Tells whether OpenSSL could find a different host: in URIs, and in mailboxes with IDNs. */
static bool
is_beyond_openssl(const NAME_CONSTRAINTS *constraints)
{
	for (int excluded = 0; excluded < 2; excluded++)
	{
		const STACK_OF(GENERAL_SUBTREE) *trees =
			excluded ? constraints->excludedSubtrees : constraints->permittedSubtrees;

		for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++)
		{
			const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(trees, i)->base;

			if (base->type == GEN_URI || base->type == GEN_EMAIL)
				return true;
		}
	}
	return false;
}

static void
check_by_openssl(PcaBytes value, PcaBytes subject, PcaBytes alternative)
{
	const uint8 *at = value.data;
	const uint8 *subject_at = subject.data;
	NAME_CONSTRAINTS *constraints = (NAME_CONSTRAINTS *)
		ASN1_item_d2i(NULL, &at, value.length, ASN1_ITEM_rptr(NAME_CONSTRAINTS));
	X509_NAME  *name = d2i_X509_NAME(NULL, &subject_at, subject.length);
	X509	   *x509 = X509_new();
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	FUZZ_CHECK(name != NULL);
	ASN1_OCTET_STRING_set(octets, alternative.data, alternative.length);
	extension = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, octets);
	X509_set_subject_name(x509, name);
	X509_add_ext(x509, extension, -1);
	/* This fills the cache that the check reads. */
	X509_check_purpose(x509, -1, 0);
	if (constraints != NULL && !is_beyond_openssl(constraints))
	{
		FUZZ_CHECK(NAME_CONSTRAINTS_check(x509, constraints) == X509_V_OK);
		FUZZ_CHECK(NAME_CONSTRAINTS_check_CN(x509, constraints) == X509_V_OK);
	}
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(octets);
	X509_free(x509);
	X509_NAME_free(name);
	NAME_CONSTRAINTS_free(constraints);
	ERR_clear_error();
}

void
fuzz_one(PcaBytes input)
{
	FuzzStream	stream = fuzz_stream(input);
	size_t		constraints_length = fuzz_byte(&stream) << 8 | fuzz_byte(&stream);
	size_t		subject_length = fuzz_byte(&stream) << 8 | fuzz_byte(&stream);
	PcaNameConstraints above = {PCA_BYTES_OF("\x30\x00"), take(&stream, constraints_length)};
	PcaBytes	subject = take(&stream, subject_length);
	PcaBytes	alternative = take(&stream, SIZE_MAX);
	PcaExtensions extensions = {0};
	const char *fault;

	if (pca_der_scan(subject) != NULL || subject.data[0] != PCA_DER_SEQUENCE ||
		pca_name_fault(pca_name_content(subject)) != NULL ||
		pca_extension_fault(pca_oid_subject_alternative_name, alternative) != NULL)
		return;
	pca_extensions_add(&extensions, pca_oid_subject_alternative_name, false, alternative);
	fault = pca_names_fault(&above, 1, subject, &extensions, false);
	fuzz_check_fault(fault);
	if (fault != NULL)
		return;
	/* A CA's common name is not a host. */
	FUZZ_CHECK(pca_names_fault(&above, 1, subject, &extensions, true) == NULL);
	check_by_openssl(above.value, subject, alternative);
}
