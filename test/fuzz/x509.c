/*-------------------------------------------------------------------------
 *
 * x509.c
 *	  Checks that the targets for X.509 share: names and extensions as we
 *	  read them and as OpenSSL does.
 *
 *-------------------------------------------------------------------------
 */
#include "x509.h"

#include "crypto_general_name.h"
#include "crypto_name.h"
#include "crypto_name_attribute.h"
#include "crypto_name_readable.h"

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

/* Checks that a text is one line of output: UTF-8 without controls. */
static void
check_line(const char *text, size_t length)
{
	FUZZ_CHECK(fuzz_is_text(text, length));
	for (size_t i = 0; i < length; i++)
		FUZZ_CHECK((uint8) text[i] >= 0x20 && text[i] != 0x7f);
}

/* An attribute as a reader of RFC 2253 takes it from a text, and the rest of the text */
typedef struct Attribute
{
	char		type[2048];
	bool		is_hex;
	char	   *value;			/* without its escapes */
	size_t		length;
} Attribute;

static const char *
read_attribute(const char *text, Attribute *attribute)
{
	size_t		type_length = strcspn(text, "=");
	const char *begin = text + type_length + 1;
	const char *at = begin;

	FUZZ_CHECK(text[type_length] == '=' && type_length < sizeof(attribute->type));
	memcpy(attribute->type, text, type_length);
	attribute->type[type_length] = '\0';
	attribute->is_hex = *begin == '#';
	attribute->value = palloc(strlen(begin) + 1);
	attribute->length = 0;
	for (; *at != '\0' && *at != ',' && *at != '+'; at++)
	{
		/* RFC 2253 3: special characters are escaped, and so is a space on either side. */
		FUZZ_CHECK(strchr("=<>;\"", *at) == NULL && (*at != '#' || (attribute->is_hex && at == begin)));
		FUZZ_CHECK(*at != ' ' || (at != begin && at[1] != '\0' && at[1] != ',' && at[1] != '+') || at[-1] == '\\');
		if (*at == '\\')
			FUZZ_CHECK(strchr(",=+<>#;\"\\ ", *++at) != NULL && *at != '\0');
		attribute->value[attribute->length++] = *at;
	}
	return at;
}

/* Tells whether the text of a type denotes what OpenSSL decoded. */
static bool
is_type(const char *text, const ASN1_OBJECT *object)
{
	static const struct
	{
		const char *keyword;
		int			nid;
	}			keywords[] = {
		{"CN", NID_commonName}, {"L", NID_localityName}, {"ST", NID_stateOrProvinceName},
		{"O", NID_organizationName},
		{"OU", NID_organizationalUnitName}, {"C", NID_countryName}, {"STREET", NID_streetAddress},
		{"DC", NID_domainComponent}, {"UID", NID_userId}
	};
	char		dotted[2048];

	for (size_t i = 0; i < lengthof(keywords); i++)
		if (OBJ_obj2nid(object) == keywords[i].nid)
			return strcmp(text, keywords[i].keyword) == 0;
	OBJ_obj2txt(dotted, sizeof(dotted), object, 1);
	return strcmp(text, dotted) == 0;
}

static bool
is_value(const Attribute *attribute, const ASN1_STRING *value)
{
	unsigned char *utf8 = NULL;
	int			length;
	bool		result;

	if (attribute->is_hex)
	{
		/* There are two digits for each octet; the content comes last. */
		FUZZ_CHECK(attribute->length % 2 == 1);
		FUZZ_CHECK((attribute->length - 1) / 2 >= (size_t) ASN1_STRING_length(value) + 2);
		for (int i = 0; i < ASN1_STRING_length(value); i++)
		{
			char		digits[3];

			snprintf(digits, sizeof(digits), "%02x", ASN1_STRING_get0_data(value)[i]);
			if (memcmp(attribute->value + attribute->length - 2 * (ASN1_STRING_length(value) - i), digits, 2) != 0)
				return false;
		}
		return true;
	}
	length = ASN1_STRING_to_UTF8(&utf8, value);
	result = length >= 0 && (size_t) length == attribute->length && memcmp(utf8, attribute->value, length) == 0;
	OPENSSL_free(utf8);
	return result;
}

/* Checks that the text of RFC 2253 loses and adds nothing, and cannot be read as another name. */
static void
check_rfc2253(PcaBytes name, X509_NAME *decoded)
{
	int			count = X509_NAME_entry_count(decoded);
	StringInfoData text;
	const char *at;

	initStringInfo(&text);
	pca_name_format_rfc2253(&text, name);
	check_line(text.data, text.len);
	at = text.data;
	/* The last RDN first, the attributes of one in their order. */
	for (int set = count > 0 ? X509_NAME_ENTRY_set(X509_NAME_get_entry(decoded, count - 1)) : -1;
		 set >= 0; set--)
		for (int i = 0, first = 1; i < count; i++)
		{
			const X509_NAME_ENTRY *entry = X509_NAME_get_entry(decoded, i);
			Attribute	attribute;

			if (X509_NAME_ENTRY_set(entry) != set)
				continue;
			if (at != text.data)
				FUZZ_CHECK(*at++ == (first ? ',' : '+'));
			first = 0;
			at = read_attribute(at, &attribute);
			FUZZ_CHECK(is_type(attribute.type, X509_NAME_ENTRY_get_object(entry)));
			FUZZ_CHECK(is_value(&attribute, X509_NAME_ENTRY_get_data(entry)));
		}
	FUZZ_CHECK(*at == '\0');
}

/* Checks a whole Name that passed the scan. */
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
	check_rfc2253(name, decoded);
	X509_NAME_free(decoded);
}

/* Tells whether this RDN has an attribute of this type. */
static bool
has_type(X509_NAME *name, const X509_NAME_ENTRY *wanted)
{
	for (int i = 0; i < X509_NAME_entry_count(name); i++)
	{
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);

		if (X509_NAME_ENTRY_set(entry) == X509_NAME_ENTRY_set(wanted) &&
			OBJ_cmp(X509_NAME_ENTRY_get_object(entry), X509_NAME_ENTRY_get_object(wanted)) == 0)
			return true;
	}
	return false;
}

/*
 * Checks the repair of a whole Name that passed the scan: every relying party
 * reads the result, which has the same attributes; a readable Name is unchanged.
 */
void
fuzz_check_repair(PcaBytes name)
{
	PcaBytes	repaired = name;
	const char *strict = pca_name_readable_fault(name);
	const char *fault = pca_name_repair(&repaired);
	const uint8 *at = name.data;
	const uint8 *at_repaired;
	X509_NAME  *before;
	X509_NAME  *after;

	FUZZ_CHECK(fault == NULL || strict != NULL);
	FUZZ_CHECK((fault != NULL || strict == NULL) == (repaired.data == name.data));
	if (fault != NULL)
	{
		check_line(fault, strlen(fault));
		return;
	}
	FUZZ_CHECK(pca_der_scan(repaired) == NULL && pca_name_readable_fault(repaired) == NULL);
	fuzz_check_name(repaired);
	at_repaired = repaired.data;
	before = d2i_X509_NAME(NULL, &at, name.length);
	after = d2i_X509_NAME(NULL, &at_repaired, repaired.length);
	FUZZ_CHECK(before != NULL && after != NULL);
	FUZZ_CHECK(X509_NAME_entry_count(before) == X509_NAME_entry_count(after));
	for (int i = 0; i < X509_NAME_entry_count(before); i++)
		FUZZ_CHECK(has_type(after, X509_NAME_get_entry(before, i)));
	X509_NAME_free(before);
	X509_NAME_free(after);
}

/* Checks the value of any extension: after a repair it is DER, and needs no further repair. */
void
fuzz_check_names_repair(PcaBytes oid, PcaBytes value)
{
	PcaBytes	repaired = value;
	PcaBytes	again;
	bool		is_der = pca_der_scan(value) == NULL;

	if (pca_extension_names_repair(oid, &repaired) != NULL)
	{
		FUZZ_CHECK(repaired.data == value.data);
		return;
	}
	if (is_der)
		FUZZ_CHECK(pca_der_scan(repaired) == NULL);
	again = repaired;
	FUZZ_CHECK(pca_extension_names_repair(oid, &again) == NULL && again.data == repaired.data);
}

/* Checks the value of a subjectAltName. */
void
fuzz_check_general_names(PcaBytes value)
{
	PcaDerReader reader = pca_der_reader(value);
	PcaDerReader inner;
	PcaDerElement name;
	const char *fault = pca_extension_fault(pca_oid_subject_alternative_name, value);
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
		FUZZ_CHECK(pca_bytes_equal((PcaBytes) {ASN1_STRING_get0_data(value), ASN1_STRING_length(value)},
								   extension->value));
		for (int j = 0; j < i; j++)
			FUZZ_CHECK(!pca_bytes_equal(ours->list[j].oid, extension->oid));
	}
}
