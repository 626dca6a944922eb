/*-------------------------------------------------------------------------
 *
 * rule_passthrough.c
 *	  Converts the Extensions of ApiPassthrough to X.509 extensions:
 *	  CertificatePolicies, ExtendedKeyUsage, KeyUsage, SubjectAlternativeNames,
 *	  CustomExtensions.
 *
 * The result is well-formed DER in which each extension appears once.  Which of
 * them the certificate gets is decided in rule_extension.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_ascii.h"
#include "base_error.h"
#include "crypto_name_readable.h"
#include "crypto_pem.h"
#include "rule_general_name.h"
#include "rule_passthrough.h"
#include "rule_value.h"

/* Throws InvalidArgsException for a value that cannot be in a certificate. */
static _Noreturn void
passed_value_error(const PcaPath *path, const char *fault)
{
	pca_error(INVALID_ARGS,
			  errmsg("invalid value for \"%s\"", pca_path_format(path)),
			  errdetail("The value at %s is not accepted: %s.", pca_path_format(path), fault),
			  errhint("Compare it with RFC 5280, section 4.2."));
}

/*
 * Reads an object identifier that matches its shape.  Returns the content of its
 * OID.  Throws InvalidArgsException.
 */
static PcaBytes
read_passed_oid(const char *dotted, const PcaPath *path)
{
	PcaBytes	content;

	if (!pca_object_identifier_find(dotted, &content))
		passed_value_error(path, "it is not an object identifier");
	return content;
}

/* Reads the PolicyQualifiers of a policy.  Throws InvalidArgsException. */
static void
read_qualifiers(const PcaJson *list, const PcaPath *path, PcaCertificatePolicy *policy)
{
	policy->cps_uri_count = pca_json_count(list);
	policy->cps_uris = palloc(policy->cps_uri_count * sizeof(PcaBytes));
	for (int i = 0; i < policy->cps_uri_count; i++)
	{
		PcaPath		here = {path, NULL, i};
		PcaJson		info = pca_json_element(list, i);
		PcaJson		qualifier;

		pca_json_find(&info, "Qualifier", &qualifier);
		policy->cps_uris[i] = pca_bytes_of_text(pca_json_find_text(&qualifier, "CpsUri"));
		if (!pca_is_visible_ascii(policy->cps_uris[i]))
			passed_value_error(&here, "its CpsUri is not a string of visible ASCII characters");
	}
}

/* Reads the policy at an index.  Throws InvalidArgsException, also for a repeated policy (RFC 5280 4.2.1.4). */
static void
read_policy(const PcaJson *list, int i, const PcaPath *path, PcaCertificatePolicy *policy)
{
	PcaPath		oid_path = {path, "CertPolicyId", 0};
	PcaPath		qualifiers_path = {path, "PolicyQualifiers", 0};
	PcaJson		json = pca_json_element(list, i);
	char	   *oid = pca_json_find_text(&json, "CertPolicyId");
	PcaJson		qualifiers;

	for (int j = 0; j < i; j++)
	{
		PcaJson		other = pca_json_element(list, j);

		if (strcmp(oid, pca_json_find_text(&other, "CertPolicyId")) == 0)
			passed_value_error(&oid_path, "the policy appears more than once");
	}
	*policy = (PcaCertificatePolicy) {.oid = read_passed_oid(oid, &oid_path)};
	if (pca_json_find(&json, "PolicyQualifiers", &qualifiers))
		read_qualifiers(&qualifiers, &qualifiers_path, policy);
}

/* Appends the value of certificatePolicies.  Throws InvalidArgsException. */
static void
build_policies(PcaDerWriter *writer, const PcaJson *list, const PcaPath *path)
{
	int			count = pca_json_count(list);
	PcaCertificatePolicy *policies = palloc(count * sizeof(PcaCertificatePolicy));

	for (int i = 0; i < count; i++)
	{
		PcaPath		here = {path, NULL, i};

		read_policy(list, i, &here, &policies[i]);
	}
	pca_certificate_policies_build(writer, policies, count);
}

/* Returns the content of the OID of an ExtendedKeyUsage.  Throws InvalidArgsException. */
static PcaBytes
read_purpose(const PcaJson *purpose, const PcaPath *path)
{
	PcaPath		oid_path = {path, "ExtendedKeyUsageObjectIdentifier", 0};
	char	   *word = pca_json_find_text(purpose, "ExtendedKeyUsageType");
	char	   *oid = pca_json_find_text(purpose, "ExtendedKeyUsageObjectIdentifier");
	PcaPurpose	found;

	pca_choice_check(purpose, &pca_shape_extended_key_usage, path);
	if (oid != NULL)
		return read_passed_oid(oid, &oid_path);
	if (!pca_purpose_find(word, &found))
		elog(ERROR, "extended key usage is not known");
	return pca_purpose_oid(found);
}

/* Appends the value of extendedKeyUsage.  Throws InvalidArgsException. */
static void
build_purposes(PcaDerWriter *writer, const PcaJson *list, const PcaPath *path)
{
	int			count = pca_json_count(list);
	PcaBytes   *oids = palloc(count * sizeof(PcaBytes));

	for (int i = 0; i < count; i++)
	{
		PcaPath		here = {path, NULL, i};
		PcaJson		purpose = pca_json_element(list, i);

		oids[i] = read_purpose(&purpose, &here);
	}
	pca_extended_key_usage_build(writer, oids, count);
}

/* Appends the value of subjectAltName.  Throws InvalidArgsException. */
static void
build_alternative_names(PcaDerWriter *writer, const PcaJson *list, const PcaPath *path)
{
	int			count = pca_json_count(list);
	PcaGeneralName *names = palloc(count * sizeof(PcaGeneralName));

	for (int i = 0; i < count; i++)
	{
		PcaPath		here = {path, NULL, i};
		PcaJson		name = pca_json_element(list, i);

		pca_general_name_read(&name, &here, &names[i]);
	}
	pca_general_names_build(writer, names, count);
}

/* Adds an extension.  Throws InvalidArgsException, with the path, if it is already present. */
static void
add_extension(PcaExtensions *result, PcaBytes oid, bool is_critical, PcaBytes value, const PcaPath *path)
{
	if (pca_extension_find(result, oid) != NULL)
		passed_value_error(path, psprintf("the extension %s appears more than once", pca_oid_format(oid)));
	pca_extensions_add(result, oid, is_critical, value);
}

/* Adds one of CustomExtensions.  Throws InvalidArgsException. */
static void
add_custom_extension(const PcaJson *custom, const PcaPath *path, PcaExtensions *result)
{
	PcaPath		oid_path = {path, "ObjectIdentifier", 0};
	PcaPath		value_path = {path, "Value", 0};
	PcaBytes	oid;
	PcaBytes	value;
	const char *fault = pca_base64_decode(pca_json_find_text(custom, "Value"), &value);

	if (fault != NULL)
		passed_value_error(&value_path, fault);
	oid = read_passed_oid(pca_json_find_text(custom, "ObjectIdentifier"), &oid_path);
	fault = pca_extension_names_repair(oid, &value);
	if (fault != NULL)
		passed_value_error(&value_path, psprintf("in extension %s, %s", pca_oid_format(oid), fault));
	fault = pca_extension_fault(oid, value);
	if (fault != NULL)
		passed_value_error(&value_path, psprintf("extension %s %s", pca_oid_format(oid), fault));
	add_extension(result, oid, pca_json_find_boolean(custom, "Critical"), value, path);
}

/* Adds KeyUsage if it is given and not empty.  Throws InvalidArgsException. */
static void
add_key_usage(const PcaJson *extensions, const PcaPath *path, PcaExtensions *result)
{
	PcaPath		here = {path, "KeyUsage", 0};
	PcaDerWriter writer;
	PcaJson		key_usage;
	uint32		mask;

	if (!pca_json_find(extensions, "KeyUsage", &key_usage) || (mask = pca_key_usage_read(&key_usage)) == 0)
		return;
	pca_der_init(&writer, 16);
	pca_der_named_bits(&writer, mask);
	add_extension(result, pca_oid_key_usage, true, pca_der_finish(&writer), &here);
}

/* The members whose values are lists */
static const struct
{
	const char *member;
	const PcaBytes *oid;
	void		(*build) (PcaDerWriter *writer, const PcaJson *list, const PcaPath *path);
}			structured[] = {
	{"ExtendedKeyUsage", &pca_oid_extended_key_usage, build_purposes},
	{"CertificatePolicies", &pca_oid_certificate_policies, build_policies},
	{"SubjectAlternativeNames", &pca_oid_subject_alternative_name, build_alternative_names},
};

/* Adds the extension of a member whose value is a list, if it is given.  Throws InvalidArgsException. */
static void
add_structured_extension(const PcaJson *extensions, int row, const PcaPath *path, PcaExtensions *result)
{
	PcaPath		here = {path, structured[row].member, 0};
	PcaBytes	oid = *structured[row].oid;
	PcaDerWriter writer;
	PcaJson		list;
	PcaBytes	value;
	const char *fault;

	if (!pca_json_find(extensions, structured[row].member, &list))
		return;
	pca_der_init(&writer, 256);
	structured[row].build(&writer, &list, &here);
	value = pca_der_finish(&writer);
	if ((fault = pca_extension_fault(oid, value)) != NULL)
		passed_value_error(&here, fault);
	add_extension(result, oid, false, value, &here);
}

/*
 * Reads the Extensions of ApiPassthrough.  KeyUsage becomes critical and the
 * other structured ones do not; custom ones say it themselves.
 *
 * Throws InvalidArgsException for two choices in a union, for a value that
 * violates its extension's grammar, and for an extension that appears more than
 * once.
 */
void
pca_passthrough_extensions(const PcaJson *extensions, const PcaPath *path, PcaExtensions *result)
{
	PcaPath		custom_path = {path, "CustomExtensions", 0};
	PcaJson		list;

	add_key_usage(extensions, path, result);
	for (size_t row = 0; row < lengthof(structured); row++)
		add_structured_extension(extensions, row, path, result);
	if (!pca_json_find(extensions, "CustomExtensions", &list))
		return;
	for (int i = 0; i < pca_json_count(&list); i++)
	{
		PcaPath		here = {&custom_path, NULL, i};
		PcaJson		custom = pca_json_element(&list, i);

		add_custom_extension(&custom, &here, result);
	}
}
