/*-------------------------------------------------------------------------
 *
 * rule_authority_csr.c
 *	  The content of the CSR of a new certificate authority: the Subject and the
 *	  CsrExtensions of CertificateAuthorityConfiguration.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "base_shape.h"
#include "crypto_extension.h"
#include "crypto_name.h"
#include "rule_authority_csr.h"
#include "rule_general_name.h"
#include "rule_subject.h"
#include "rule_value.h"

static const PcaPath parameter = {NULL, "certificate_authority_configuration", 0};

/* AccessMethodType */
static const struct
{
	const char *word;
	PcaBytes	oid;
}			access_methods[] = {
	/* 1.3.6.1.5.5.7.48.5: RFC 5280 4.2.2.2 */
	{"CA_REPOSITORY", PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x30\x05")},
	/* 1.3.6.1.5.5.7.48.10: RFC 6487 4.8.8 */
	{"RESOURCE_PKI_MANIFEST", PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x30\x0a")},
	/* 1.3.6.1.5.5.7.48.13: RFC 8182 3.2 */
	{"RESOURCE_PKI_NOTIFY", PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x30\x0d")},
};

/*
 * Builds the subject of a new authority as a Name, DER.
 *
 * configuration: a CertificateAuthorityConfiguration.  Throws
 * InvalidArgsException if the subject is empty, or if it has a value that
 * cannot be in a name.
 */
PcaBytes
pca_authority_csr_subject(const PcaJson *configuration)
{
	PcaPath		path = {&parameter, "Subject", 0};
	PcaJson		subject;
	PcaBytes	name;

	pca_json_find(configuration, "Subject", &subject);
	name = pca_subject_name(&subject, &path);
	if (pca_name_is_empty(name))
		pca_error(INVALID_ARGS,
				  errmsg("subject of a certificate authority is empty"),
				  errdetail("The structure at %s has no attribute.", pca_path_format(&path)),
				  errhint("Specify at least one, for example CommonName."));
	return name;
}

/* Returns the content of the OID of an AccessMethod.  Throws InvalidArgsException. */
static PcaBytes
read_access_method(const PcaJson *method, const PcaPath *path)
{
	PcaPath		custom_path = {path, "CustomObjectIdentifier", 0};
	char	   *word = pca_json_find_text(method, "AccessMethodType");
	char	   *dotted = pca_json_find_text(method, "CustomObjectIdentifier");

	pca_choice_check(method, &pca_shape_access_method, path);
	if (dotted != NULL)
		return pca_object_identifier_get(dotted, &custom_path);
	for (size_t i = 0; i < lengthof(access_methods); i++)
		if (strcmp(access_methods[i].word, word) == 0)
			return access_methods[i].oid;
	elog(ERROR, "access method is not known");
}

/* Reads an AccessDescription.  Throws InvalidArgsException. */
static void
read_access_description(const PcaJson *json, const PcaPath *path, PcaAccessDescription *description)
{
	PcaPath		method_path = {path, "AccessMethod", 0};
	PcaPath		location_path = {path, "AccessLocation", 0};
	PcaJson		method;
	PcaJson		location;

	pca_json_find(json, "AccessMethod", &method);
	pca_json_find(json, "AccessLocation", &location);
	description->method = read_access_method(&method, &method_path);
	pca_general_name_read(&location, &location_path, &description->location);
}

/* Appends a subjectInfoAccess.  Throws InvalidArgsException. */
static void
build_information_access(PcaDerWriter *writer, const PcaJson *list, const PcaPath *path)
{
	int			count = pca_json_count(list);
	PcaAccessDescription *descriptions = palloc(count * sizeof(PcaAccessDescription));

	for (int i = 0; i < count; i++)
	{
		PcaPath		here = {path, NULL, i};
		PcaJson		description = pca_json_element(list, i);

		read_access_description(&description, &here, &descriptions[i]);
	}
	pca_extension_subject_information_access(writer, descriptions, count);
}

/*
 * Builds the extensions that the CSR requests, DER, one after the other:
 * basicConstraints, critical, with CA:TRUE, and the CsrExtensions.
 *
 * configuration: a CertificateAuthorityConfiguration.  Throws
 * InvalidArgsException.
 */
PcaBytes
pca_authority_csr_extensions(const PcaJson *configuration)
{
	PcaPath		path = {&parameter, "CsrExtensions", 0};
	PcaPath		access_path = {&path, "SubjectInformationAccess", 0};
	PcaBasicConstraints constraints = {true, PCA_NO_PATH_LENGTH};
	PcaDerWriter writer;
	PcaJson		extensions;
	PcaJson		member;
	uint32		key_usage = 0;

	pca_der_init(&writer, 512);
	pca_extension_basic_constraints(&writer, true, &constraints);
	if (!pca_json_find(configuration, "CsrExtensions", &extensions))
		return pca_der_finish(&writer);
	if (pca_json_find(&extensions, "KeyUsage", &member))
		key_usage = pca_key_usage_read(&member);
	if (key_usage != 0)
		pca_extension_key_usage(&writer, key_usage);
	if (pca_json_find(&extensions, "SubjectInformationAccess", &member) && pca_json_count(&member) > 0)
		build_information_access(&writer, &member, &access_path);
	return pca_der_finish(&writer);
}
