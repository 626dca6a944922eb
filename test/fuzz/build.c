/*-------------------------------------------------------------------------
 *
 * build.c
 *	  Builds what the JSON of a parameter describes (names, extensions, a
 *	  CA's CSR, URLs), and checks the result.
 *
 *-------------------------------------------------------------------------
 */
#include "build.h"

#include <time.h>

#include "base_arn.h"
#include "crypto_csr.h"
#include "crypto_name.h"
#include "crypto_name_attribute.h"
#include "crypto_pem.h"
#include "json.h"
#include "rule_authority_csr.h"
#include "rule_passthrough.h"
#include "rule_revocation.h"
#include "rule_subject.h"
#include "rule_tag.h"
#include "rule_validity.h"
#include "rule_value.h"
#include "x509.h"

static const PcaPath root = {NULL, "parameter", 0};

void
fuzz_define_settings(void)
{
	pca_arn_define_settings();
	pca_revocation_define_settings();
}

static void
check_name(PcaBytes name)
{
	FUZZ_CHECK(pca_der_scan(name) == NULL);
	FUZZ_CHECK(pca_name_fault(pca_name_content(name)) == NULL);
	fuzz_check_name(name);
}

/* Checks that OpenSSL decodes an extension that we built, to the last octet of its value. */
static void
check_decodes(const PcaExtension *extension)
{
	const uint8 *at = extension->whole.data;
	X509_EXTENSION *decoded = d2i_X509_EXTENSION(NULL, &at, extension->whole.length);
	const X509V3_EXT_METHOD *method;
	void	   *value;

	FUZZ_CHECK(decoded != NULL && at == extension->whole.data + extension->whole.length);
	method = X509V3_EXT_get(decoded);
	value = X509V3_EXT_d2i(decoded);
	FUZZ_CHECK(method != NULL && value != NULL);
	ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
	X509_EXTENSION_free(decoded);
}

/* Custom extensions may contain any DER; structured ones must match their names. */
static void
check_passthrough(const PcaJson *extensions, const PcaExtensions *built)
{
	static const struct
	{
		const char *member;
		const PcaBytes *oid;
	}			structured[] = {
		{"CertificatePolicies", &pca_oid_certificate_policies},
		{"ExtendedKeyUsage", &pca_oid_extended_key_usage},
		{"SubjectAlternativeNames", &pca_oid_subject_alternative_name},
	};
	PcaJson		member;

	for (size_t i = 0; i < lengthof(structured); i++)
	{
		const PcaExtension *extension = pca_extension_find(built, *structured[i].oid);

		if (!pca_json_find(extensions, structured[i].member, &member))
			continue;
		FUZZ_CHECK(extension != NULL && !extension->is_critical);
		check_decodes(extension);
	}
	if (pca_json_find(extensions, "KeyUsage", &member) && pca_key_usage_read(&member) != 0)
	{
		const PcaExtension *extension = pca_extension_find(built, pca_oid_key_usage);
		uint32		mask;

		FUZZ_CHECK(extension != NULL && extension->is_critical);
		FUZZ_CHECK(pca_key_usage_parse(extension->value, &mask) == NULL && mask == pca_key_usage_read(&member));
		check_decodes(extension);
	}
}

static void
build_passthrough(const PcaJson *document)
{
	PcaJson		member;
	PcaExtensions built = {0};
	PcaExtensions read;
	PcaDerWriter writer;
	PcaBytes	whole;
	PcaDerReader reader;
	PcaDerReader inner;

	if (pca_json_find(document, "Subject", &member))
		check_name(pca_subject_name(&member, &root));
	if (!pca_json_find(document, "Extensions", &member))
		return;
	pca_passthrough_extensions(&member, &root, &built);
	pca_der_init(&writer, 1);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < built.count; i++)
	{
		FUZZ_CHECK(pca_extension_fault(built.list[i].oid, built.list[i].value) == NULL);
		pca_der_raw(&writer, built.list[i].whole);
	}
	pca_der_end(&writer);
	whole = pca_der_finish(&writer);
	reader = pca_der_reader(whole);
	FUZZ_CHECK(pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner));
	FUZZ_CHECK(pca_extensions_parse((PcaBytes) {inner.next, inner.end - inner.next}, &read) == NULL);
	FUZZ_CHECK(read.count == built.count);
	for (int i = 0; i < built.count; i++)
		FUZZ_CHECK(pca_bytes_equal(read.list[i].whole, built.list[i].whole) &&
				   read.list[i].is_critical == built.list[i].is_critical);
	check_passthrough(&member, &built);
}

/* Builds a CA's own CSR, and checks that we can read it. */
static void
build_csr(const PcaJson *document)
{
	PcaBytes	subject = pca_authority_csr_subject(document);
	PcaBytes	extensions = pca_authority_csr_extensions(document);
	PcaBytes	request = pca_csr_sign(subject, extensions, NULL,
									   pca_signing_algorithm_find_by_name("SHA256WITHECDSA"));
	PcaCsr		csr;
	const PcaExtension *access;

	check_name(subject);
	fuzz_takes_any_signature = true;
	FUZZ_CHECK(pca_csr_parse(pca_pem_format(request, "CERTIFICATE REQUEST"), &csr) == NULL);
	fuzz_takes_any_signature = false;
	FUZZ_CHECK(pca_bytes_equal(csr.subject, subject));
	access = pca_extension_find(&csr.extensions, pca_oid_subject_information_access);
	if (access != NULL)
		check_decodes(access);
}

static void
check_url(const char *url)
{
	FUZZ_CHECK(url == NULL || strncmp(url, "http", 4) == 0);
	for (; url != NULL && *url != '\0'; url++)
		FUZZ_CHECK(*url > 0x20 && *url < 0x7f);
}

static void
build_revocation(const PcaJson *document)
{
	PcaJson		configuration = *document;
	Jsonb	   *given = pca_revocation_read(JsonbValueToJsonb(&configuration));
	PcaJson		complete;
	PcaJson		half;

	complete = pca_json_root(pca_revocation_complete(given));
	FUZZ_CHECK(pca_json_find(&complete, "CrlConfiguration", &half) &&
			   pca_json_find(&complete, "OcspConfiguration", &half));
	pca_shape_check(&pca_shape_revocation_configuration, &complete, &root);
	pca_revocation_read(JsonbValueToJsonb(&complete));
	complete = pca_json_root(pca_revocation_update(JsonbValueToJsonb(&complete), given));
	pca_shape_check(&pca_shape_revocation_configuration, &complete, &root);
	pca_revocation_read(JsonbValueToJsonb(&complete));
	pca_revocation_is_partitioned(&complete);
	pca_revocation_warn(&complete);
	if (pca_revocation_crl_days(&complete) > 0)
		check_url(pca_revocation_crl_url(&complete, "name"));
	check_url(pca_revocation_ocsp_url(&complete));
}

/* Writes the resulting dates as a certificate does, and checks that they are read back. */
static void
check_date(int64 seconds)
{
	PcaDerWriter writer;
	PcaDerReader reader;
	PcaDerElement element;
	int64		again;

	FUZZ_CHECK(seconds <= PCA_VALIDITY_MAX);
	pca_der_init(&writer, 1);
	pca_der_time(&writer, seconds);
	FUZZ_CHECK(pca_der_scan(pca_der_finish(&writer)) == NULL);
	reader = pca_der_reader(pca_der_finish(&writer));
	FUZZ_CHECK(pca_der_next(&reader, &element) && pca_der_read_time(&element, &again) && again == seconds);
}

static void
build_validity(const PcaJson *document)
{
	static const int64 moments[] = {
		0, 946684800, 951782400, 1709210096, 2524607999, 4102444800, PCA_VALIDITY_MAX
	};

	for (size_t i = 0; i < lengthof(moments); i++)
	{
		int64		not_after = 0;
		int64		not_before = 0;
		int			state = FUZZ_CATCH(not_after = pca_validity_not_after(document, moments[i]));

		FUZZ_EXPECT(state, VALIDATION);
		if (state == 0)
		{
			FUZZ_CHECK(not_after > moments[i]);
			check_date(not_after);
		}
		state = FUZZ_CATCH(not_before = pca_validity_not_before(document, moments[i]));
		FUZZ_CHECK(state == 0 || state == PCA_SQLSTATE_VALIDATION || state == PCA_SQLSTATE_INVALID_ARGS);
		if (state == 0)
			check_date(not_before);
	}
}

static void
build(const PcaShape *shape, const PcaJson *document)
{
	if (shape == &pca_shape_api_passthrough)
		build_passthrough(document);
	else if (shape == &pca_shape_certificate_authority_configuration)
		build_csr(document);
	else if (shape == &pca_shape_revocation_configuration)
		build_revocation(document);
	else if (shape == &pca_shape_validity)
		build_validity(document);
	else
		pca_tags_check(document);
}

void
fuzz_build(const PcaShape *shape, PcaJson document)
{
	int			state;

	if (document.type == jbvNull)
		return;
	state = FUZZ_CATCH(pca_shape_check(shape, &document, &root));
	FUZZ_EXPECT(state, VALIDATION);
	if (state != 0)
		return;
	state = FUZZ_CATCH(build(shape, &document));
	FUZZ_CHECK(state == 0 || state == PCA_SQLSTATE_INVALID_ARGS || state == PCA_SQLSTATE_INVALID_TAG);
	ERR_clear_error();
}
