/*-------------------------------------------------------------------------
 *
 * x509.c
 *	  What the targets over X.509 ask in the same words: names and extensions
 *	  as we read them and as OpenSSL does.
 *
 *-------------------------------------------------------------------------
 */
#include "x509.h"

#include "crypto_general_name.h"
#include "crypto_name.h"

bool
fuzz_is_within(PcaBytes slice, PcaBytes whole)
{
	return memmem(whole.data, whole.length, slice.data, slice.length) != NULL;
}

bool
fuzz_is_oid_equal(const ASN1_OBJECT *object, PcaBytes content)
{
	return pca_bytes_equal((PcaBytes) {OBJ_get0_data(object), OBJ_length(object)}, content);
}

/* A text for a line of output: UTF-8 without controls. */
static void
check_line(const char *text, size_t length)
{
	FUZZ_CHECK(fuzz_is_text(text, length));
	for (size_t i = 0; i < length; i++)
		FUZZ_CHECK((uint8) text[i] >= 0x20 && text[i] != 0x7f);
}

/* A Name, whole, that passed the scan. */
void
fuzz_check_name(PcaBytes name)
{
	const char *fault = pca_name_fault(pca_name_content(name));
	const uint8 *at = name.data;
	StringInfoData text;
	X509_NAME  *decoded;

	initStringInfo(&text);
	pca_name_format(&text, name);
	check_line(text.data, text.len);
	if (fault != NULL)
		return;
	decoded = d2i_X509_NAME(NULL, &at, name.length);
	FUZZ_CHECK(decoded != NULL && at == name.data + name.length);
	FUZZ_CHECK((X509_NAME_entry_count(decoded) == 0) == pca_name_is_empty(name));
	FUZZ_CHECK(FUZZ_IS_ENCODED(X509_NAME, decoded, name));
	X509_NAME_free(decoded);
}

/* The value of a subjectAltName. */
void
fuzz_check_general_names(PcaBytes value)
{
	PcaDerReader reader = pca_der_reader(value);
	PcaDerReader inner;
	PcaDerElement name;
	const char *fault = pca_general_names_fault(value);
	const uint8 *at = value.data;
	GENERAL_NAMES *decoded;
	int			count = 0;

	if (pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner))
		while (pca_der_next(&inner, &name))
		{
			char	   *text = pca_general_name_format(&name);

			check_line(text, strlen(text));
			count++;
		}
	if (fault != NULL)
		return;
	decoded = d2i_GENERAL_NAMES(NULL, &at, value.length);
	FUZZ_CHECK(decoded != NULL && at == value.data + value.length);
	FUZZ_CHECK(sk_GENERAL_NAME_num(decoded) == count && count > 0);
	GENERAL_NAMES_free(decoded);
}

void
fuzz_check_extensions(const PcaExtensions *ours, const STACK_OF(X509_EXTENSION) *theirs)
{
	FUZZ_CHECK(ours->count == Max(0, sk_X509_EXTENSION_num(theirs)));
	for (int i = 0; i < ours->count; i++)
	{
		const PcaExtension *extension = &ours->list[i];
		X509_EXTENSION *other = sk_X509_EXTENSION_value(theirs, i);
		const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(other);

		FUZZ_CHECK(fuzz_is_oid_equal(X509_EXTENSION_get_object(other), extension->oid));
		FUZZ_CHECK((X509_EXTENSION_get_critical(other) != 0) == extension->is_critical);
		FUZZ_CHECK(pca_bytes_equal((PcaBytes) {ASN1_STRING_get0_data(value), ASN1_STRING_length(value)}, extension->value));
		for (int j = 0; j < i; j++)
			FUZZ_CHECK(!pca_bytes_equal(ours->list[j].oid, extension->oid));
	}
}
