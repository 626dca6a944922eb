/*-------------------------------------------------------------------------
 *
 * rule_general_name.c
 *	  Reads the API's GeneralName; each form is a row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <arpa/inet.h>

#include "base_ascii.h"
#include "base_error.h"
#include "rule_general_name.h"
#include "rule_subject.h"
#include "rule_value.h"

/* Throws InvalidArgsException for a value that its form cannot hold. */
static _Noreturn void
name_value_error(const char *value, const char *expected, const PcaPath *path)
{
	pca_error(INVALID_ARGS,
			  errmsg("value of \"%s\" is not %s", pca_path_format(path), expected),
			  errdetail("The value at %s is \"%s\".", pca_path_format(path), value),
			  errhint("Specify %s.", expected));
}

/* Returns the content of the OID that a text denotes.  Throws InvalidArgsException. */
static PcaBytes
read_name_oid(const char *dotted, const PcaPath *path)
{
	PcaBytes	content;

	if (!pca_object_identifier_find(dotted, &content))
		name_value_error(dotted, "an object identifier", path);
	return content;
}

/* Reads a name of visible ASCII.  Throws InvalidArgsException. */
static void
read_ia5(const PcaJson *value, const PcaPath *path, PcaGeneralName *name)
{
	char	   *text = pca_json_text(value);

	name->value = pca_bytes_of_text(text);
	if (!pca_is_visible_ascii(name->value))
		name_value_error(text, "a string of visible ASCII characters", path);
}

/* Reads an IPv4 or IPv6 address.  Throws InvalidArgsException. */
static void
read_ip_name(const PcaJson *value, const PcaPath *path, PcaGeneralName *name)
{
	char	   *text = pca_json_text(value);
	uint8		octets[16];

	if (inet_pton(AF_INET, text, octets) == 1)
		name->value = pca_bytes_copy((PcaBytes) {octets, 4});
	else if (inet_pton(AF_INET6, text, octets) == 1)
		name->value = pca_bytes_copy((PcaBytes) {octets, 16});
	else
		name_value_error(text, "an IPv4 or IPv6 address", path);
}

/* Reads an object identifier.  Throws InvalidArgsException. */
static void
read_registered_id(const PcaJson *value, const PcaPath *path, PcaGeneralName *name)
{
	name->value = read_name_oid(pca_json_text(value), path);
}

/* Reads an ASN1Subject.  Throws InvalidArgsException. */
static void
read_directory_name_value(const PcaJson *value, const PcaPath *path, PcaGeneralName *name)
{
	name->value = pca_subject_name(value, path);
}

/* Reads an OtherName.  Throws InvalidArgsException. */
static void
read_other_name(const PcaJson *value, const PcaPath *path, PcaGeneralName *name)
{
	PcaPath		type_path = {path, "TypeId", 0};

	name->type = read_name_oid(pca_json_find_text(value, "TypeId"), &type_path);
	name->value = pca_bytes_of_text(pca_json_find_text(value, "Value"));
}

/* Reads an EdiPartyName. */
static void
read_edi_party_name(const PcaJson *value, const PcaPath *path, PcaGeneralName *name)
{
	char	   *assigner = pca_json_find_text(value, "NameAssigner");

	if (assigner != NULL)
		name->assigner = pca_bytes_of_text(assigner);
	name->value = pca_bytes_of_text(pca_json_find_text(value, "PartyName"));
}

static const struct
{
	const char *member;
	PcaNameForm form;
	void		(*read) (const PcaJson *value, const PcaPath *path, PcaGeneralName *name);
}			forms[] = {
	{"OtherName", PCA_NAME_OTHER, read_other_name},
	{"Rfc822Name", PCA_NAME_RFC822, read_ia5},
	{"DnsName", PCA_NAME_DNS, read_ia5},
	{"DirectoryName", PCA_NAME_DIRECTORY, read_directory_name_value},
	{"EdiPartyName", PCA_NAME_EDI_PARTY, read_edi_party_name},
	{"UniformResourceIdentifier", PCA_NAME_URI, read_ia5},
	{"IpAddress", PCA_NAME_IP, read_ip_name},
	{"RegisteredId", PCA_NAME_REGISTERED_ID, read_registered_id},
};

/*
 * Reads a GeneralName of the API.
 *
 * name: slices of the JSON, or copies.  Throws InvalidArgsException unless it
 * has exactly one form and a value that this form can hold.
 */
void
pca_general_name_read(const PcaJson *json, const PcaPath *path, PcaGeneralName *name)
{
	*name = (PcaGeneralName) {0};
	pca_choice_check(json, &pca_shape_general_name, path);
	for (size_t i = 0; i < lengthof(forms); i++)
	{
		PcaPath		here = {path, forms[i].member, 0};
		PcaJson		value;

		if (!pca_json_find(json, forms[i].member, &value))
			continue;
		name->form = forms[i].form;
		forms[i].read(&value, &here, name);
	}
}
