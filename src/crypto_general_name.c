/*-------------------------------------------------------------------------
 *
 * crypto_general_name.c
 *	  GeneralName (RFC 5280 4.2.1.6) in its forms.
 *
 * A row per form: its tag, the member of the API's GeneralName, and the
 * functions that build, check and print it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <arpa/inet.h>

#include "base_error.h"
#include "crypto_general_name.h"
#include "crypto_name.h"
#include "lib/stringinfo.h"

typedef struct Form
{
	uint8		tag;
	const char *member;			/* of GeneralName; NULL: x400Address, which the API lacks */
	const char *prefix;			/* as openssl's configuration spells it */
	void		(*build) (PcaDerWriter *writer, uint8 tag, const PcaJson *value, const PcaPath *path);
	const char *(*fault) (const PcaDerElement *name);
	void		(*format) (StringInfo text, const PcaDerElement *name);
} Form;

/* Throws InvalidArgsException for a value that its form cannot hold. */
static void
value_error(const char *value, const char *expected, const PcaPath *path)
{
	pca_error(INVALID_ARGS,
			  errmsg("value of \"%s\" is not %s", pca_path_format(path), expected),
			  errdetail("The value at %s is \"%s\".", pca_path_format(path), value),
			  errhint("Give %s.", expected));
}

/* rfc822Name, dNSName, uniformResourceIdentifier: visible ASCII */

bool
pca_is_visible_ascii(PcaBytes content)
{
	for (size_t i = 0; i < content.length; i++)
		if (content.data[i] <= 0x20 || content.data[i] >= 0x7f)
			return false;
	return content.length > 0;
}

static void
build_ia5(PcaDerWriter *writer, uint8 tag, const PcaJson *value, const PcaPath *path)
{
	char	   *text = pca_json_text(value);
	PcaBytes	content = {(const uint8 *) text, strlen(text)};

	if (!pca_is_visible_ascii(content))
		value_error(text, "a text of visible ASCII characters", path);
	pca_der_primitive(writer, tag, content);
}

static const char *
ia5_fault(const PcaDerElement *name)
{
	return pca_is_visible_ascii(name->content) ? NULL : "a name is empty or not of visible ASCII characters";
}

static void
format_ia5(StringInfo text, const PcaDerElement *name)
{
	appendBinaryStringInfo(text, (const char *) name->content.data, name->content.length);
}

/* iPAddress: 4 or 16 octets */

static void
build_ip(PcaDerWriter *writer, uint8 tag, const PcaJson *value, const PcaPath *path)
{
	char	   *text = pca_json_text(value);
	uint8		octets[16];

	if (inet_pton(AF_INET, text, octets) == 1)
		pca_der_primitive(writer, tag, (PcaBytes) {octets, 4});
	else if (inet_pton(AF_INET6, text, octets) == 1)
		pca_der_primitive(writer, tag, (PcaBytes) {octets, 16});
	else
		value_error(text, "an IPv4 or IPv6 address", path);
}

static const char *
ip_fault(const PcaDerElement *name)
{
	return name->content.length == 4 || name->content.length == 16 ? NULL : "an IP address is not of 4 or 16 octets";
}

static void
format_ip(StringInfo text, const PcaDerElement *name)
{
	char		address[INET6_ADDRSTRLEN];

	if (inet_ntop(name->content.length == 4 ? AF_INET : AF_INET6, name->content.data, address, sizeof(address)) != NULL)
		appendStringInfoString(text, address);
}

/* registeredID */

static void
build_registered_id(PcaDerWriter *writer, uint8 tag, const PcaJson *value, const PcaPath *path)
{
	char	   *dotted = pca_json_text(value);
	uint8		content[PCA_OID_MAX_LENGTH];
	size_t		length;

	if (!pca_oid_parse(dotted, content, &length))
		value_error(dotted, "an object identifier", path);
	pca_der_primitive(writer, tag, (PcaBytes) {content, length});
}

static const char *
registered_id_fault(const PcaDerElement *name)
{
	return pca_oid_is_valid(name->content) ? NULL : "a registered ID is not an object identifier";
}

static void
format_registered_id(StringInfo text, const PcaDerElement *name)
{
	appendStringInfoString(text, pca_oid_format(name->content));
}

/* directoryName: explicit, since Name is a CHOICE */

static void
build_directory_name(PcaDerWriter *writer, uint8 tag, const PcaJson *value, const PcaPath *path)
{
	pca_der_begin(writer, tag);
	pca_name_build(writer, value, path);
	pca_der_end(writer);
}

static const char *
directory_name_fault(const PcaDerElement *name)
{
	PcaDerReader reader = pca_der_reader(name->content);
	PcaDerElement inner;

	if (!pca_der_take(&reader, PCA_DER_SEQUENCE, &inner) || !pca_der_at_end(&reader))
		return "a directory name is not a name";
	return pca_name_fault(inner.content);
}

static void
format_directory_name(StringInfo text, const PcaDerElement *name)
{
	pca_name_format(text, name->content);
}

/* otherName: a type and an explicitly tagged value, here a UTF8String */

static void
build_other_name(PcaDerWriter *writer, uint8 tag, const PcaJson *value, const PcaPath *path)
{
	PcaPath		here = {path, "TypeId", 0};
	char	   *dotted = pca_json_find_text(value, "TypeId");
	char	   *text = pca_json_find_text(value, "Value");
	uint8		content[PCA_OID_MAX_LENGTH];
	size_t		length;

	if (!pca_oid_parse(dotted, content, &length))
		value_error(dotted, "an object identifier", &here);
	pca_der_begin(writer, tag);
	pca_der_primitive(writer, PCA_DER_OID, (PcaBytes) {content, length});
	pca_der_begin(writer, PCA_DER_CONTEXT_CONSTRUCTED);
	pca_der_primitive(writer, PCA_DER_UTF8_STRING, (PcaBytes) {(const uint8 *) text, strlen(text)});
	pca_der_end(writer);
	pca_der_end(writer);
}

static const char *
other_name_fault(const PcaDerElement *name)
{
	PcaDerReader reader = pca_der_reader(name->content);
	PcaDerReader inner;
	PcaDerElement type;
	PcaDerElement value;

	if (!pca_der_take(&reader, PCA_DER_OID, &type) ||
		!pca_der_enter(&reader, PCA_DER_CONTEXT_CONSTRUCTED, &inner) || !pca_der_at_end(&reader) ||
		!pca_der_next(&inner, &value) || !pca_der_at_end(&inner))
		return "an other name is not a type and a value";
	return NULL;
}

static void
format_other_name(StringInfo text, const PcaDerElement *name)
{
	PcaDerReader reader = pca_der_reader(name->content);
	PcaDerElement type;

	if (!pca_der_take(&reader, PCA_DER_OID, &type))
		return;
	appendStringInfo(text, "%s;#", pca_oid_format(type.content));
	for (; reader.next < reader.end; reader.next++)
		appendStringInfo(text, "%02x", *reader.next);
}

/* ediPartyName: nameAssigner [0] and partyName [1], both DirectoryString */

static void
build_directory_string(PcaDerWriter *writer, uint8 tag, const char *value)
{
	pca_der_begin(writer, tag);
	pca_der_primitive(writer, PCA_DER_UTF8_STRING, (PcaBytes) {(const uint8 *) value, strlen(value)});
	pca_der_end(writer);
}

static void
build_edi_party_name(PcaDerWriter *writer, uint8 tag, const PcaJson *value, const PcaPath *path)
{
	char	   *name_assigner = pca_json_find_text(value, "NameAssigner");

	pca_der_begin(writer, tag);
	if (name_assigner != NULL)
		build_directory_string(writer, PCA_DER_CONTEXT_CONSTRUCTED + 0, name_assigner);
	build_directory_string(writer, PCA_DER_CONTEXT_CONSTRUCTED + 1, pca_json_find_text(value, "PartyName"));
	pca_der_end(writer);
}

/* One string of the five types that DirectoryString has. */
static bool
take_directory_string(PcaDerReader *reader, uint8 tag)
{
	PcaDerReader inner;
	PcaDerElement value;

	return pca_der_enter(reader, tag, &inner) && pca_der_next(&inner, &value) && pca_der_at_end(&inner) &&
		(value.tag == PCA_DER_UTF8_STRING || value.tag == PCA_DER_PRINTABLE_STRING || value.tag == PCA_DER_T61_STRING ||
		 value.tag == PCA_DER_UNIVERSAL_STRING || value.tag == PCA_DER_BMP_STRING);
}

static const char *
edi_party_name_fault(const PcaDerElement *name)
{
	PcaDerReader reader = pca_der_reader(name->content);

	if (pca_der_peek(&reader, PCA_DER_CONTEXT_CONSTRUCTED + 0) &&
		!take_directory_string(&reader, PCA_DER_CONTEXT_CONSTRUCTED + 0))
		return "the assigner of an EDI party name is not a string";
	if (!take_directory_string(&reader, PCA_DER_CONTEXT_CONSTRUCTED + 1) || !pca_der_at_end(&reader))
		return "an EDI party name is not a string";
	return NULL;
}

static const char *
no_fault(const PcaDerElement *name)
{
	return NULL;
}

static void
format_hex(StringInfo text, const PcaDerElement *name)
{
	appendStringInfoChar(text, '#');
	for (size_t i = 0; i < name->content.length; i++)
		appendStringInfo(text, "%02x", name->content.data[i]);
}

/* In the order of the tags [0] to [8]. */
static const Form forms[] = {
	{0xa0, "OtherName", "otherName", build_other_name, other_name_fault, format_other_name},
	{0x81, "Rfc822Name", "email", build_ia5, ia5_fault, format_ia5},
	{0x82, "DnsName", "DNS", build_ia5, ia5_fault, format_ia5},
	{0xa3, NULL, "X400", NULL, no_fault, format_hex},
	{0xa4, "DirectoryName", "dirName", build_directory_name, directory_name_fault, format_directory_name},
	{0xa5, "EdiPartyName", "EDI", build_edi_party_name, edi_party_name_fault, format_hex},
	{0x86, "UniformResourceIdentifier", "URI", build_ia5, ia5_fault, format_ia5},
	{0x87, "IpAddress", "IP", build_ip, ip_fault, format_ip},
	{0x88, "RegisteredId", "RID", build_registered_id, registered_id_fault, format_registered_id},
};

/*
 * Throws InvalidArgsException unless exactly one of the structure's members is
 * there: the API's unions are structures.
 */
void
pca_choice_check(const PcaJson *object, const PcaShape *shape, const PcaPath *path)
{
	PcaJson		value;
	int			count = 0;

	for (const PcaMember *member = shape->members; member->name != NULL; member++)
		count += pca_json_find(object, member->name, &value);
	if (count != 1)
		pca_error(INVALID_ARGS,
				  errmsg("value of \"%s\" must have exactly one member", pca_path_format(path)),
				  errdetail("The structure at %s has %d.", pca_path_format(path), count),
				  errhint("Give each choice in a structure of its own."));
}

/* Appends a GeneralName of the API.  Throws InvalidArgsException. */
void
pca_general_name_build(PcaDerWriter *writer, const PcaJson *name, const PcaPath *path)
{
	pca_choice_check(name, &pca_shape_general_name, path);
	for (size_t i = 0; i < lengthof(forms); i++)
	{
		PcaPath		here = {path, forms[i].member, 0};
		PcaJson		value;

		if (forms[i].member != NULL && pca_json_find(name, forms[i].member, &value))
			forms[i].build(writer, forms[i].tag, &value, &here);
	}
}

static const Form *
find_form(uint8 tag)
{
	for (size_t i = 0; i < lengthof(forms); i++)
		if (forms[i].tag == tag)
			return &forms[i];
	return NULL;
}

/* What is wrong with a GeneralName, which passed pca_der_scan(); NULL, or the fault in words. */
const char *
pca_general_name_fault(const PcaDerElement *name)
{
	const Form *form = find_form(name->tag);

	return form == NULL ? "a name has an unknown form" : form->fault(name);
}

/* The text of a GeneralName with its form before a colon: DNS:www.example.com */
char *
pca_general_name_format(const PcaDerElement *name)
{
	const Form *form = find_form(name->tag);
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s:", form != NULL ? form->prefix : "unknown");
	if (form != NULL && form->fault(name) == NULL)
		form->format(&text, name);
	return text.data;
}
