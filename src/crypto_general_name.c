/*-------------------------------------------------------------------------
 *
 * crypto_general_name.c
 *	  GeneralName (RFC 5280 4.2.1.6) in its forms.
 *
 * Each form is a row: its tag, and the functions that build, check and format it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <arpa/inet.h>

#include "base_ascii.h"
#include "crypto_general_name.h"
#include "crypto_name.h"
#include "lib/stringinfo.h"

/* The row of a form */
typedef struct Form
{
	uint8		tag;
	const char *prefix;			/* as in OpenSSL's configuration files */
	void		(*build) (PcaDerWriter *writer, uint8 tag, const PcaGeneralName *name);
	const char *(*fault) (const PcaDerElement *name);
	void		(*format) (StringInfo text, const PcaDerElement *name);
} Form;

/* Appends a name whose value is the content of a primitive type. */
static void
build_primitive(PcaDerWriter *writer, uint8 tag, const PcaGeneralName *name)
{
	pca_der_primitive(writer, tag, name->value);
}

/* rfc822Name, dNSName, uniformResourceIdentifier: visible ASCII */

/* Checks a name of visible ASCII.  Returns NULL or the fault. */
static const char *
ia5_fault(const PcaDerElement *name)
{
	return pca_is_visible_ascii(name->content) ? NULL : "a name is empty or has a character other than visible ASCII";
}

/* Appends the characters of a name of visible ASCII. */
static void
format_ia5(StringInfo text, const PcaDerElement *name)
{
	appendBinaryStringInfo(text, (const char *) name->content.data, name->content.length);
}

/* iPAddress: 4 or 16 octets */

/* Checks the length of an address.  Returns NULL or the fault. */
static const char *
ip_fault(const PcaDerElement *name)
{
	return name->content.length == 4 || name->content.length == 16 ? NULL : "an IP address is not 4 or 16 octets long";
}

/* Appends an address. */
static void
format_ip(StringInfo text, const PcaDerElement *name)
{
	char		address[INET6_ADDRSTRLEN];

	if (inet_ntop(name->content.length == 4 ? AF_INET : AF_INET6, name->content.data, address, sizeof(address)) != NULL)
		appendStringInfoString(text, address);
}

/* registeredID */

/* Checks an object identifier.  Returns NULL or the fault. */
static const char *
registered_id_fault(const PcaDerElement *name)
{
	return pca_oid_is_valid(name->content) ? NULL : "a registered ID is not an object identifier";
}

/* Appends an object identifier in its dotted form. */
static void
format_registered_id(StringInfo text, const PcaDerElement *name)
{
	appendStringInfoString(text, pca_oid_format(name->content));
}

/* directoryName: explicit, since Name is a CHOICE */

/* Appends a directoryName. */
static void
build_directory_name(PcaDerWriter *writer, uint8 tag, const PcaGeneralName *name)
{
	pca_der_begin(writer, tag);
	pca_der_raw(writer, name->value);
	pca_der_end(writer);
}

/* Checks a directoryName.  Returns NULL or the fault. */
static const char *
directory_name_fault(const PcaDerElement *name)
{
	PcaDerReader reader = pca_der_reader(name->content);
	PcaDerElement inner;

	if (!pca_der_take(&reader, PCA_DER_SEQUENCE, &inner) || !pca_der_at_end(&reader))
		return "a directory name is not a name";
	return pca_name_fault(inner.content);
}

/* Appends a Name in the form of RFC 4514. */
static void
format_directory_name(StringInfo text, const PcaDerElement *name)
{
	pca_name_format(text, name->content);
}

/* otherName: a type and an explicitly tagged value, here a UTF8String */

/* Appends an otherName. */
static void
build_other_name(PcaDerWriter *writer, uint8 tag, const PcaGeneralName *name)
{
	pca_der_begin(writer, tag);
	pca_der_primitive(writer, PCA_DER_OID, name->type);
	pca_der_begin(writer, PCA_DER_CONTEXT_CONSTRUCTED);
	pca_der_primitive(writer, PCA_DER_UTF8_STRING, name->value);
	pca_der_end(writer);
	pca_der_end(writer);
}

/* Checks an otherName.  Returns NULL or the fault. */
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

/* Appends the type of an otherName, and its value as hexadecimal digits. */
static void
format_other_name(StringInfo text, const PcaDerElement *name)
{
	PcaDerReader reader = pca_der_reader(name->content);
	PcaDerElement type;

	if (!pca_der_take(&reader, PCA_DER_OID, &type))
		return;
	appendStringInfo(text, "%s;#", pca_oid_format(type.content));
	pca_hex_append(text, (PcaBytes) {reader.next, reader.end - reader.next});
}

/* ediPartyName: nameAssigner [0] and partyName [1], both DirectoryString */

/* Appends a DirectoryString in an explicit tag. */
static void
build_directory_string(PcaDerWriter *writer, uint8 tag, PcaBytes value)
{
	pca_der_begin(writer, tag);
	pca_der_primitive(writer, PCA_DER_UTF8_STRING, value);
	pca_der_end(writer);
}

/* Appends an ediPartyName. */
static void
build_edi_party_name(PcaDerWriter *writer, uint8 tag, const PcaGeneralName *name)
{
	pca_der_begin(writer, tag);
	if (name->assigner.data != NULL)
		build_directory_string(writer, PCA_DER_CONTEXT_CONSTRUCTED + 0, name->assigner);
	build_directory_string(writer, PCA_DER_CONTEXT_CONSTRUCTED + 1, name->value);
	pca_der_end(writer);
}

/* Reads a DirectoryString in an explicit tag.  Returns false if it has none of its five string types. */
static bool
take_directory_string(PcaDerReader *reader, uint8 tag)
{
	PcaDerReader inner;
	PcaDerElement value;

	return pca_der_enter(reader, tag, &inner) && pca_der_next(&inner, &value) && pca_der_at_end(&inner) &&
		(value.tag == PCA_DER_UTF8_STRING || value.tag == PCA_DER_PRINTABLE_STRING || value.tag == PCA_DER_T61_STRING ||
		 value.tag == PCA_DER_UNIVERSAL_STRING || value.tag == PCA_DER_BMP_STRING);
}

/* Checks an ediPartyName.  Returns NULL or the fault. */
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

/* Accepts any name. */
static const char *
no_fault(const PcaDerElement *name)
{
	return NULL;
}

/* Appends the content of a name as hexadecimal digits. */
static void
format_hex(StringInfo text, const PcaDerElement *name)
{
	appendStringInfoChar(text, '#');
	pca_hex_append(text, name->content);
}

static const Form forms[] = {
	[PCA_NAME_OTHER] = {0xa0, "otherName", build_other_name, other_name_fault, format_other_name},
	[PCA_NAME_RFC822] = {0x81, "email", build_primitive, ia5_fault, format_ia5},
	[PCA_NAME_DNS] = {0x82, "DNS", build_primitive, ia5_fault, format_ia5},
	[PCA_NAME_X400] = {0xa3, "X400", NULL, no_fault, format_hex},
	[PCA_NAME_DIRECTORY] = {0xa4, "dirName", build_directory_name, directory_name_fault, format_directory_name},
	[PCA_NAME_EDI_PARTY] = {0xa5, "EDI", build_edi_party_name, edi_party_name_fault, format_hex},
	[PCA_NAME_URI] = {0x86, "URI", build_primitive, ia5_fault, format_ia5},
	[PCA_NAME_IP] = {0x87, "IP", build_primitive, ip_fault, format_ip},
	[PCA_NAME_REGISTERED_ID] = {0x88, "RID", build_primitive, registered_id_fault, format_registered_id},
};

/* Appends a GeneralName of any form except x400Address, which is only read. */
void
pca_general_name_build(PcaDerWriter *writer, const PcaGeneralName *name)
{
	const Form *form = &forms[name->form];

	Assert(form->build != NULL);
	form->build(writer, form->tag, name);
}

/* Appends GeneralNames, which is the value of a subject alternative name. */
void
pca_general_names_build(PcaDerWriter *writer, const PcaGeneralName *names, int count)
{
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < count; i++)
		pca_general_name_build(writer, &names[i]);
	pca_der_end(writer);
}

/* Finds the row of a form by its tag.  Returns NULL if there is none. */
static const Form *
find_general_name_form(uint8 tag)
{
	for (size_t i = 0; i < lengthof(forms); i++)
		if (forms[i].tag == tag)
			return &forms[i];
	return NULL;
}

/* Checks a GeneralName that passed pca_der_scan().  Returns NULL or the fault. */
const char *
pca_general_name_fault(const PcaDerElement *name)
{
	const Form *form = find_general_name_form(name->tag);

	return form == NULL ? "a name has an unknown form" : form->fault(name);
}

/*
 * Formats a GeneralName as its form, a colon and its value:
 * DNS:www.example.com.  A malformed one has no value.
 */
char *
pca_general_name_format(const PcaDerElement *name)
{
	const Form *form = find_general_name_form(name->tag);
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s:", form != NULL ? form->prefix : "unknown");
	if (form != NULL && form->fault(name) == NULL)
		form->format(&text, name);
	return text.data;
}
