/*-------------------------------------------------------------------------
 *
 * rule_subject.c
 *	  Converts the API's ASN1Subject to an X.501 name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_name.h"
#include "rule_subject.h"
#include "rule_value.h"

/* The standard attributes, in the order of the model's members, which is also the order of the RDNs */
static const struct
{
	const char *member;
	PcaBytes	type;			/* the content of its OID */
}			standard_attributes[] = {
	{"Country", PCA_BYTES_INIT("\x55\x04\x06")},
	{"Organization", PCA_BYTES_INIT("\x55\x04\x0a")},
	{"OrganizationalUnit", PCA_BYTES_INIT("\x55\x04\x0b")},
	{"DistinguishedNameQualifier", PCA_BYTES_INIT("\x55\x04\x2e")},
	{"State", PCA_BYTES_INIT("\x55\x04\x08")},
	{"CommonName", PCA_BYTES_INIT("\x55\x04\x03")},
	{"SerialNumber", PCA_BYTES_INIT("\x55\x04\x05")},
	{"Locality", PCA_BYTES_INIT("\x55\x04\x07")},
	{"Title", PCA_BYTES_INIT("\x55\x04\x0c")},
	{"Surname", PCA_BYTES_INIT("\x55\x04\x04")},
	{"GivenName", PCA_BYTES_INIT("\x55\x04\x2a")},
	{"Initials", PCA_BYTES_INIT("\x55\x04\x2b")},
	{"Pseudonym", PCA_BYTES_INIT("\x55\x04\x41")},
	{"GenerationQualifier", PCA_BYTES_INIT("\x55\x04\x2c")},
};

/* Throws InvalidArgsException for a value that cannot be in a name. */
static void
check_attribute(const PcaAttribute *attribute, const PcaPath *path)
{
	const char *fault = pca_attribute_fault(attribute);

	if (fault != NULL)
		pca_error(INVALID_ARGS,
				  errmsg("invalid value for \"%s\"", pca_path_format(path)),
				  errdetail("At %s, %s.", pca_path_format(path), fault),
				  errhint("Countries, qualifiers, serial numbers, domain components and e-mail addresses are ASCII; control characters are never allowed; RFC 5280, appendix A.1, lists the maximum lengths."));
}

/* Reads the standard attributes that are not empty.  Returns their number.  Throws InvalidArgsException. */
static int
read_standard_attributes(const PcaJson *subject, const PcaPath *path, PcaAttribute *attributes)
{
	int			count = 0;

	for (size_t i = 0; i < lengthof(standard_attributes); i++)
	{
		PcaPath		here = {path, standard_attributes[i].member, 0};
		char	   *value = pca_json_find_text(subject, standard_attributes[i].member);

		if (value == NULL || value[0] == '\0')
			continue;
		attributes[count] = (PcaAttribute) {standard_attributes[i].type, pca_bytes_of_text(value)};
		check_attribute(&attributes[count++], &here);
	}
	return count;
}

/* Throws InvalidArgsException for a standard attribute, even an empty one, in addition to custom ones. */
static void
check_no_standard_attribute(const PcaJson *subject, const PcaPath *path, const PcaPath *custom_path)
{
	PcaJson		value;

	for (size_t i = 0; i < lengthof(standard_attributes); i++)
	{
		PcaPath		here = {path, standard_attributes[i].member, 0};

		if (pca_json_find(subject, standard_attributes[i].member, &value))
			pca_error(INVALID_ARGS,
					  errmsg("custom attributes cannot be used in combination with standard attributes"),
					  errdetail("There are values at %s and at %s.", pca_path_format(&here), pca_path_format(custom_path)),
					  errhint("Specify the standard attributes as CustomAttributes too, by their object identifiers."));
	}
}

/* Reads one of CustomAttributes.  Throws InvalidArgsException. */
static void
read_custom_attribute(const PcaJson *custom, const PcaPath *path, PcaAttribute *attribute)
{
	PcaPath		type_path = {path, "ObjectIdentifier", 0};
	PcaPath		value_path = {path, "Value", 0};

	attribute->type = pca_object_identifier_get(pca_json_find_text(custom, "ObjectIdentifier"), &type_path);
	attribute->value = pca_bytes_of_text(pca_json_find_text(custom, "Value"));
	check_attribute(attribute, &value_path);
}

/* Builds the Name of CustomAttributes, DER.  Throws InvalidArgsException. */
static PcaBytes
build_custom_name(const PcaJson *list, const PcaPath *path)
{
	int			count = pca_json_count(list);
	PcaAttribute *attributes = palloc(count * sizeof(PcaAttribute));

	for (int i = 0; i < count; i++)
	{
		PcaPath		here = {path, NULL, i};
		PcaJson		custom = pca_json_element(list, i);

		read_custom_attribute(&custom, &here, &attributes[i]);
	}
	return pca_name_build(attributes, count);
}

/*
 * Builds the Name of an ASN1Subject, DER: the standard attributes that are not
 * empty, or the CustomAttributes in their own order.
 *
 * Throws InvalidArgsException for custom attributes together with standard
 * ones, and for a value that cannot be in a name.
 */
PcaBytes
pca_subject_name(const PcaJson *subject, const PcaPath *path)
{
	PcaPath		custom_path = {path, "CustomAttributes", 0};
	PcaAttribute attributes[lengthof(standard_attributes)];
	PcaJson		custom;

	if (!pca_json_find(subject, "CustomAttributes", &custom))
		return pca_name_build(attributes, read_standard_attributes(subject, path, attributes));
	check_no_standard_attribute(subject, path, &custom_path);
	return build_custom_name(&custom, &custom_path);
}
