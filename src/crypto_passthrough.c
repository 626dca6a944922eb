/*-------------------------------------------------------------------------
 *
 * crypto_passthrough.c
 *	  The Extensions of ApiPassthrough as X.509 extensions: CertificatePolicies,
 *	  ExtendedKeyUsage, KeyUsage, SubjectAlternativeNames, CustomExtensions.
 *
 * Whatever a caller passes is well-formed DER by the time it is here done
 * with, and no extension is there twice.  Which of them end up in the
 * certificate is not decided here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_general_name.h"
#include "crypto_name_readable.h"
#include "crypto_passthrough.h"
#include "crypto_pem.h"

/* id-qt-cps (RFC 5280 4.2.1.4) */
#define CPS_QUALIFIER "1.3.6.1.5.5.7.2.1"

static const struct
{
	const char *word;
	const char *oid;
}			purposes[] = {
	{"SERVER_AUTH", "1.3.6.1.5.5.7.3.1"},	/* RFC 5280 4.2.1.12, up to OCSP_SIGNING */
	{"CLIENT_AUTH", "1.3.6.1.5.5.7.3.2"},
	{"CODE_SIGNING", "1.3.6.1.5.5.7.3.3"},
	{"EMAIL_PROTECTION", "1.3.6.1.5.5.7.3.4"},
	{"TIME_STAMPING", "1.3.6.1.5.5.7.3.8"},
	{"OCSP_SIGNING", "1.3.6.1.5.5.7.3.9"},
	{"SMART_CARD_LOGIN", "1.3.6.1.4.1.311.20.2.2"}, /* Microsoft's, as the next */
	{"DOCUMENT_SIGNING", "1.3.6.1.4.1.311.10.3.12"},
	{"CERTIFICATE_TRANSPARENCY", "1.3.6.1.4.1.11129.2.4.4"},	/* RFC 6962 3.1 */
};

/* Throws InvalidArgsException. */
static void
value_error(const PcaPath *path, const char *fault)
{
	pca_error(INVALID_ARGS,
			  errmsg("value of \"%s\" cannot stand in a certificate", pca_path_format(path)),
			  errdetail("The value at %s is not accepted: %s.", pca_path_format(path), fault),
			  errhint("Compare it with RFC 5280, section 4.2."));
}

/* An object identifier that matches its shape. */
static void
build_oid(PcaDerWriter *writer, const char *dotted, const PcaPath *path)
{
	uint8		content[PCA_OID_MAX_LENGTH];
	size_t		length;

	if (!pca_oid_parse(dotted, content, &length))
		value_error(path, "it is not an object identifier");
	pca_der_primitive(writer, PCA_DER_OID, (PcaBytes) {content, length});
}

/* PolicyQualifierInfo: the URI of a certification practice statement */
static void
build_qualifiers(PcaDerWriter *writer, const PcaJson *list, const PcaPath *path)
{
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < pca_json_count(list); i++)
	{
		PcaPath		here = {path, NULL, i};
		PcaJson		info = pca_json_element(list, i);
		PcaJson		qualifier;
		char	   *uri;

		pca_json_find(&info, "Qualifier", &qualifier);
		uri = pca_json_find_text(&qualifier, "CpsUri");
		if (uri[0] == '\0' || !pca_is_visible_ascii((PcaBytes) {(const uint8 *) uri, strlen(uri)}))
			value_error(&here, "its CpsUri is not a text of visible ASCII characters");
		pca_der_begin(writer, PCA_DER_SEQUENCE);
		pca_der_oid(writer, CPS_QUALIFIER);
		pca_der_primitive(writer, PCA_DER_IA5_STRING, (PcaBytes) {(const uint8 *) uri, strlen(uri)});
		pca_der_end(writer);
	}
	pca_der_end(writer);
}

/* RFC 5280 4.2.1.4: no policy twice */
static void
build_policies(PcaDerWriter *writer, const PcaJson *list, const PcaPath *path)
{
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < pca_json_count(list); i++)
	{
		PcaPath		here = {path, NULL, i};
		PcaPath		oid_path = {&here, "CertPolicyId", 0};
		PcaPath		qualifiers_path = {&here, "PolicyQualifiers", 0};
		PcaJson		policy = pca_json_element(list, i);
		char	   *oid = pca_json_find_text(&policy, "CertPolicyId");
		PcaJson		qualifiers;

		for (int j = 0; j < i; j++)
		{
			PcaJson		other = pca_json_element(list, j);

			if (strcmp(oid, pca_json_find_text(&other, "CertPolicyId")) == 0)
				value_error(&oid_path, "the policy is there twice");
		}
		pca_der_begin(writer, PCA_DER_SEQUENCE);
		build_oid(writer, oid, &oid_path);
		if (pca_json_find(&policy, "PolicyQualifiers", &qualifiers))
			build_qualifiers(writer, &qualifiers, &qualifiers_path);
		pca_der_end(writer);
	}
	pca_der_end(writer);
}

/* RFC 5280 4.2.1.12 */
static void
build_purposes(PcaDerWriter *writer, const PcaJson *list, const PcaPath *path)
{
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < pca_json_count(list); i++)
	{
		PcaPath		here = {path, NULL, i};
		PcaPath		oid_path = {&here, "ExtendedKeyUsageObjectIdentifier", 0};
		PcaJson		purpose = pca_json_element(list, i);
		char	   *word = pca_json_find_text(&purpose, "ExtendedKeyUsageType");
		char	   *oid = pca_json_find_text(&purpose, "ExtendedKeyUsageObjectIdentifier");

		pca_choice_check(&purpose, &pca_shape_extended_key_usage, &here);
		for (size_t n = 0; word != NULL && n < lengthof(purposes); n++)
			if (strcmp(purposes[n].word, word) == 0)
				pca_der_oid(writer, purposes[n].oid);
		if (oid != NULL)
			build_oid(writer, oid, &oid_path);
	}
	pca_der_end(writer);
}

/* RFC 5280 4.2.1.6 */
static void
build_names(PcaDerWriter *writer, const PcaJson *list, const PcaPath *path)
{
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < pca_json_count(list); i++)
	{
		PcaPath		here = {path, NULL, i};
		PcaJson		name = pca_json_element(list, i);

		pca_general_name_build(writer, &name, &here);
	}
	pca_der_end(writer);
}

/* Adds an extension; the path is for the error that it is there already. */
static void
add(PcaExtensions *result, PcaBytes oid, bool is_critical, PcaBytes value, const PcaPath *path)
{
	if (pca_extension_find(result, oid) != NULL)
		value_error(path, psprintf("the extension %s is there twice", pca_oid_format(oid)));
	pca_extensions_add(result, oid, is_critical, value);
}

static void
add_custom(const PcaJson *custom, const PcaPath *path, PcaExtensions *result)
{
	PcaPath		oid_path = {path, "ObjectIdentifier", 0};
	PcaPath		value_path = {path, "Value", 0};
	PcaDerWriter oid;
	PcaDerElement element;
	PcaDerReader reader;
	PcaBytes	value;
	const char *fault = pca_base64_decode(pca_json_find_text(custom, "Value"), &value);

	if (fault != NULL)
		value_error(&value_path, fault);
	pca_der_init(&oid, PCA_OID_MAX_LENGTH + 4);
	build_oid(&oid, pca_json_find_text(custom, "ObjectIdentifier"), &oid_path);
	reader = pca_der_reader(pca_der_finish(&oid));
	pca_der_take(&reader, PCA_DER_OID, &element);
	fault = pca_extension_names_repair(element.content, &value);
	if (fault != NULL)
		value_error(&value_path, psprintf("in extension %s, %s", pca_oid_format(element.content), fault));
	fault = pca_extension_fault(element.content, value);
	if (fault != NULL)
		value_error(&value_path, psprintf("extension %s %s", pca_oid_format(element.content), fault));
	add(result, element.content, pca_json_find_boolean(custom, "Critical"), value, path);
}

typedef void (*ValueBuilder) (PcaDerWriter *writer, const PcaJson *list, const PcaPath *path);

static void
add_structured(const PcaJson *extensions, const char *member, PcaBytes oid, ValueBuilder build,
			   const PcaPath *path, PcaExtensions *result)
{
	PcaPath		here = {path, member, 0};
	PcaDerWriter writer;
	PcaJson		list;
	PcaBytes	value;
	const char *fault;

	if (!pca_json_find(extensions, member, &list))
		return;
	pca_der_init(&writer, 256);
	build(&writer, &list, &here);
	value = pca_der_finish(&writer);
	if ((fault = pca_extension_fault(oid, value)) != NULL)
		value_error(&here, fault);
	add(result, oid, false, value, &here);
}

/*
 * The extensions that a caller passes: structured ones first, KeyUsage
 * critical, the other ones not; custom ones as they say.
 *
 * Throws InvalidArgsException for two choices in a union, for what departs from
 * its extension's grammar and for an extension that is there twice.
 */
void
pca_passthrough_extensions(const PcaJson *extensions, const PcaPath *path, PcaExtensions *result)
{
	PcaPath		usage_path = {path, "KeyUsage", 0};
	PcaPath		custom_path = {path, "CustomExtensions", 0};
	PcaDerWriter writer;
	PcaJson		member;

	if (pca_json_find(extensions, "KeyUsage", &member) && pca_key_usage_read(&member) != 0)
	{
		pca_der_init(&writer, 16);
		pca_der_named_bits(&writer, pca_key_usage_read(&member));
		add(result, pca_oid_key_usage, true, pca_der_finish(&writer), &usage_path);
	}
	add_structured(extensions, "ExtendedKeyUsage", pca_oid_extended_key_usage, build_purposes, path, result);
	add_structured(extensions, "CertificatePolicies", pca_oid_certificate_policies, build_policies, path, result);
	add_structured(extensions, "SubjectAlternativeNames", pca_oid_subject_alternative_name, build_names, path, result);
	if (!pca_json_find(extensions, "CustomExtensions", &member))
		return;
	for (int i = 0; i < pca_json_count(&member); i++)
	{
		PcaPath		here = {&custom_path, NULL, i};
		PcaJson		custom = pca_json_element(&member, i);

		add_custom(&custom, &here, result);
	}
}
