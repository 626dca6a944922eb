/*-------------------------------------------------------------------------
 *
 * crypto_name_subtree.c
 *	  Compares names with subtrees (RFC 5280 4.2.1.10).
 *
 * Each form of name is a row.  Relying parties disagree in places, so a name is
 * permitted only if all of them agree, and excluded if any of them could say so.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <arpa/inet.h>

#include "crypto_general_name.h"
#include "crypto_host.h"
#include "crypto_name.h"
#include "crypto_name_subtree.h"
#include "lib/stringinfo.h"
#include "port/pg_bitutils.h"

/* The length at which errors cut a name */
#define TEXT_MAX_LENGTH 200

typedef struct Form
{
	uint8		tag;
	const char *(*read) (PcaBytes content, bool is_subtree, PcaComparedName *name);
	bool		(*is_within) (const PcaComparedName *name, const PcaComparedName *subtree, bool is_excluded);
} Form;

/* Hosts of mailboxes and URIs: ".example.com" covers all hosts below, "example.com" that one only. */

/* Reads the host of a subtree.  What an empty one means depends on the form. */
static const char *
read_subtree_host(PcaBytes content, PcaComparedName *name)
{
	PcaBytes	labels = content;

	name->host = content;
	if (content.length == 0)
		return NULL;
	if (content.data[0] == '.')
		labels = (PcaBytes) {content.data + 1, content.length - 1};
	return pca_host_fault(labels);
}

static bool
is_host_within(const PcaComparedName *name, const PcaComparedName *subtree, bool is_excluded)
{
	/* RFC 5280 does not define an empty host: Go takes it for all hosts, OpenSSL for none. */
	if (subtree->host.length == 0)
		return is_excluded;
	if (subtree->host.data[0] == '.')
		return pca_host_ends_with(name->host, subtree->host);
	return pca_is_alike_ascii(name->host, subtree->host);
}

/* rfc822Name */

static const char *
read_mailbox(PcaBytes content, bool is_subtree, PcaComparedName *name)
{
	const char *fault;

	if (is_subtree && (content.length == 0 || memchr(content.data, '@', content.length) == NULL))
		return read_subtree_host(content, name);
	if ((fault = pca_mailbox_parse(content, &name->local, &name->host)) == NULL)
		name->plain_local = pca_local_part_unquote(name->local);
	return fault;
}

/* The case of a local part is significant: only the host's own mail server may ignore it. */
static bool
is_mailbox_within(const PcaComparedName *name, const PcaComparedName *subtree, bool is_excluded)
{
	if (subtree->local.length == 0)
		return is_host_within(name, subtree, is_excluded);
	if (!pca_is_alike_ascii(name->host, subtree->host))
		return false;
	return is_excluded ? pca_bytes_equal(name->plain_local, subtree->plain_local)
		: pca_bytes_equal(name->local, subtree->local);
}

/* dNSName: "example.com" covers that name and all below, ".example.com" only all below (erratum 5997) */

static const char *
read_dns_name(PcaBytes content, bool is_subtree, PcaComparedName *name)
{
	name->host = content;
	if (!is_subtree)
		return pca_dns_name_fault(content);
	return content.length > 0 && content.data[0] != '.' ? pca_host_fault(content) : read_subtree_host(content, name);
}

/* Tells whether every name that this one covers is within the subtree. */
static bool
is_all_within(PcaBytes name, PcaBytes subtree)
{
	bool		is_below = subtree.data[0] == '.';
	PcaBytes	labels = is_below ? (PcaBytes) {subtree.data + 1, subtree.length - 1} : subtree;

	/* What follows the last wildcard is common to all; the name itself is not among them. */
	for (size_t i = name.length; i > 0; i--)
		if (name.data[i - 1] == '*')
		{
			name = (PcaBytes) {name.data + i, name.length - i};
			is_below = true;
			break;
		}
	if (name.length == labels.length)
		return !is_below && pca_is_alike_ascii(name, labels);
	return name.length > labels.length && name.data[name.length - labels.length - 1] == '.' &&
		pca_host_ends_with(name, labels);
}

/*
 * Tells whether any name that this one covers is within the subtree.
 *
 * Some relying parties let a wildcard stand for more than one label, and RFC 5280
 * does not mention wildcards.  So here one stands for any characters.
 */
static bool
is_any_within(PcaBytes name, PcaBytes subtree)
{
	for (; subtree.length > 0 && name.length > 0; name.length--, subtree.length--)
	{
		if (name.data[name.length - 1] == '*')
			return true;
		if (pg_ascii_tolower(name.data[name.length - 1]) != pg_ascii_tolower(subtree.data[subtree.length - 1]))
			return false;
	}
	if (subtree.length > 0)
		return false;
	/* Either the whole name matched, or a label must begin here, unless the subtree's own dot began it. */
	if (subtree.data[0] == '.')
		return name.length > 0;
	return name.length == 0 || name.data[name.length - 1] == '.' || name.data[name.length - 1] == '*';
}

static bool
is_dns_name_within(const PcaComparedName *name, const PcaComparedName *subtree, bool is_excluded)
{
	/* An empty subtree covers every name. */
	if (subtree->host.length == 0)
		return true;
	return is_excluded ? is_any_within(name->host, subtree->host) : is_all_within(name->host, subtree->host);
}

/* uniformResourceIdentifier */

static const char *
read_uri(PcaBytes content, bool is_subtree, PcaComparedName *name)
{
	return is_subtree ? read_subtree_host(content, name) : pca_uri_host_parse(content, &name->host);
}

/* iPAddress: of a subtree, an address and its mask */

/* RFC 4632: ones, then zeros */
static bool
is_mask(PcaBytes mask)
{
	bool		is_over = false;

	for (size_t i = 0; i < mask.length; i++)
		for (int bit = 7; bit >= 0; bit--)
		{
			bool		is_set = (mask.data[i] >> bit & 1) != 0;

			if (is_set && is_over)
				return false;
			is_over = !is_set;
		}
	return true;
}

/* ::ffff:0:0/96, in which IPv6 contains IPv4 (RFC 4291 2.5.5.2) */
static bool
is_mapped(PcaBytes address)
{
	static const uint8 prefix[12] = {[10] = 0xff,[11] = 0xff};

	return address.length >= 16 && memcmp(address.data, prefix, sizeof(prefix)) == 0;
}

static const char *
read_ip(PcaBytes content, bool is_subtree, PcaComparedName *name)
{
	if (!is_subtree)
	{
		if (content.length != 4 && content.length != 16)
			return "is not 4 or 16 octets long";
		/* Some readers, such as Go, also take it for the IPv4 address. */
		return is_mapped(content) ? "is an IPv4-mapped IPv6 address" : NULL;
	}
	if (content.length != 8 && content.length != 32)
		return "is not an address and its mask";
	return is_mask((PcaBytes) {content.data + content.length / 2, content.length / 2})
		? NULL : "has a mask that is not contiguous";
}

static bool
is_ip_within(const PcaComparedName *name, const PcaComparedName *subtree, bool is_excluded)
{
	PcaBytes	address = name->element.content;
	PcaBytes	network = subtree->element.content;
	const uint8 *mask = network.data + network.length / 2;
	size_t		skipped = 0;

	/* An excluded IPv6 subtree also excludes the IPv4 addresses that it contains. */
	if (is_excluded && address.length == 4 && network.length == 32 && is_mapped(network) && mask[11] == 0xff)
		skipped = 12;
	else if (address.length * 2 != network.length)
		return false;
	for (size_t i = 0; i < address.length; i++)
		if (((address.data[i] ^ network.data[skipped + i]) & mask[skipped + i]) != 0)
			return false;
	return true;
}

/*
 * directoryName: the subtree's RDNs are the first RDNs of the name (RFC 5280 7.1)
 *
 * A name becomes a text in which each attribute ends with one control character
 * and each RDN with another, so that a subtree is a prefix of every name in it.
 */

#define ATTRIBUTE_END '\1'
#define RDN_END '\2'
/* Precedes the value of an attribute that matches only the same string type. */
#define OTHER_TYPE '\3'

/*
 * Appends a value in the form of RFC 4514 without its escapes, in lower case.
 * The exact form drops leading and trailing spaces and all but one of several in
 * a row; the loose form drops every space.
 */
static void
append_folded(StringInfo text, const char *value, bool is_exact)
{
	bool		has_space = false;
	int			start = text->len;

	for (; *value != '\0'; value++)
	{
		if (*value == '\\' && value[1] != '\0')
			value++;
		if (*value == ' ')
		{
			has_space = is_exact && text->len > start;
			continue;
		}
		if (has_space)
			appendStringInfoChar(text, ' ');
		has_space = false;
		appendStringInfoChar(text, pg_ascii_tolower((unsigned char) *value));
	}
}

/* AttributeTypeAndValue */
static bool
is_attribute(const PcaDerElement *attribute)
{
	PcaDerReader reader = pca_der_reader(attribute->content);
	PcaDerElement element;

	return pca_der_take(&reader, PCA_DER_OID, &element) && pca_der_next(&reader, &element) && pca_der_at_end(&reader);
}

/* Formats an attribute as a text that equal attributes share. */
static char *
fold_attribute(const PcaDerElement *attribute, bool is_exact)
{
	PcaDerWriter writer;
	StringInfoData formatted;
	StringInfoData text;
	PcaDerReader reader = pca_der_reader(attribute->content);
	PcaDerElement type;
	PcaDerElement value = {0};
	PcaBytes	name;
	char	   *equals;

	pca_der_init(&writer, attribute->whole.length + 16);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_begin(&writer, PCA_DER_SET);
	pca_der_raw(&writer, attribute->whole);
	pca_der_end(&writer);
	pca_der_end(&writer);
	name = pca_der_finish(&writer);
	initStringInfo(&formatted);
	pca_name_format(&formatted, name);
	equals = strchr(formatted.data, '=');
	initStringInfo(&text);
	appendBinaryStringInfo(&text, formatted.data, equals - formatted.data + 1);
	/* A text never begins with an unescaped '#'.  OpenSSL does not fold numbers. */
	if (is_exact && pca_der_take(&reader, PCA_DER_OID, &type) && pca_der_next(&reader, &value) &&
		(equals[1] == '#' || value.tag == PCA_DER_NUMERIC_STRING))
		appendStringInfoChar(&text, OTHER_TYPE);
	append_folded(&text, equals + 1, is_exact);
	pfree(formatted.data);
	pfree(unconstify(uint8 *, name.data));
	return text.data;
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Appends the attributes of an RDN, sorted, because they are a set.  Returns NULL or the fault. */
static const char *
append_rdn(StringInfo text, const PcaDerElement *rdn, bool is_exact)
{
	PcaDerReader reader = pca_der_reader(rdn->content);
	PcaDerElement attribute;
	char	  **texts = palloc(sizeof(char *) * (rdn->content.length / 2 + 1));
	int			count = 0;

	while (pca_der_take(&reader, PCA_DER_SEQUENCE, &attribute) && is_attribute(&attribute))
		texts[count++] = fold_attribute(&attribute, is_exact);
	if (!pca_der_at_end(&reader) || count == 0)
		return "is malformed";
	qsort(texts, count, sizeof(char *), compare_texts);
	for (int i = 0; i < count; i++)
	{
		appendStringInfo(text, "%s%c", texts[i], ATTRIBUTE_END);
		pfree(texts[i]);
	}
	appendStringInfoChar(text, RDN_END);
	pfree(texts);
	return NULL;
}

static const char *
fold_rdns(PcaDerReader rdns, bool is_exact, char **folded)
{
	StringInfoData text;
	PcaDerElement rdn;
	const char *fault;

	initStringInfo(&text);
	while (pca_der_take(&rdns, PCA_DER_SET, &rdn))
		if ((fault = append_rdn(&text, &rdn, is_exact)) != NULL)
			return fault;
	*folded = text.data;
	return pca_der_at_end(&rdns) ? NULL : "is malformed";
}

static const char *
read_directory_name(PcaBytes content, bool is_subtree, PcaComparedName *name)
{
	PcaDerReader reader = pca_der_reader(content);
	PcaDerReader rdns;
	const char *fault;

	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &rdns) || !pca_der_at_end(&reader))
		return "is malformed";
	fault = fold_rdns(rdns, true, &name->exact);
	return fault != NULL ? fault : fold_rdns(rdns, false, &name->loose);
}

static bool
is_directory_name_within(const PcaComparedName *name, const PcaComparedName *subtree, bool is_excluded)
{
	const char *within = is_excluded ? name->loose : name->exact;
	const char *prefix = is_excluded ? subtree->loose : subtree->exact;

	return strncmp(within, prefix, strlen(prefix)) == 0;
}

static const Form forms[] = {
	{0x81, read_mailbox, is_mailbox_within},
	{0x82, read_dns_name, is_dns_name_within},
	{0xa4, read_directory_name, is_directory_name_within},
	{0x86, read_uri, is_host_within},
	{0x87, read_ip, is_ip_within},
};

/* Finds the row of a form; NULL for otherName, x400Address, ediPartyName, registeredID: they cannot be compared. */
static const Form *
find_form(uint8 tag)
{
	for (size_t i = 0; i < lengthof(forms); i++)
		if (forms[i].tag == tag)
			return &forms[i];
	return NULL;
}

/*
 * Reads a GeneralName, or the base of a GeneralSubtree, which must outlive the
 * result.  The result has a fault if it cannot be compared.
 */
void
pca_compared_name_read(const PcaDerElement *element, bool is_subtree, PcaComparedName *name)
{
	const Form *form = find_form(element->tag);

	*name = (PcaComparedName) {.element = *element};
	name->fault = form == NULL ? "is of a form that cannot be compared" : form->read(element->content, is_subtree, name);
}

/* Tells whether a name has the form that a subtree constrains; for otherName, also the type. */
bool
pca_name_has_form(const PcaDerElement *name, const PcaDerElement *subtree)
{
	PcaDerReader reader = pca_der_reader(name->content);
	PcaDerReader other = pca_der_reader(subtree->content);
	PcaDerElement type;
	PcaDerElement other_type;

	if (name->tag != subtree->tag || name->tag != PCA_DER_CONTEXT_CONSTRUCTED)
		return name->tag == subtree->tag;
	return !pca_der_take(&reader, PCA_DER_OID, &type) || !pca_der_take(&other, PCA_DER_OID, &other_type) ||
		pca_bytes_equal(type.content, other_type.content);
}

/*
 * Tells whether a name is within a subtree of its form; neither has a fault.
 *
 * For a permitted subtree, all names that this one covers must be within it by
 * every reading; for an excluded one, any of them by any reading.
 */
bool
pca_name_is_within(const PcaComparedName *name, const PcaComparedName *subtree, bool is_excluded)
{
	return find_form(name->element.tag)->is_within(name, subtree, is_excluded);
}

/* Appends an address with its prefix length, or with its mask if that is no prefix. */
static void
append_network(StringInfo text, PcaBytes network)
{
	size_t		length = network.length / 2;
	char		address[INET6_ADDRSTRLEN];
	int			bits = 0;

	inet_ntop(length == 4 ? AF_INET : AF_INET6, network.data, address, sizeof(address));
	for (size_t i = length; i < network.length; i++)
		bits += pg_number_of_ones[network.data[i]];
	appendStringInfo(text, "%s/%d", address, bits);
}

/* Appends arbitrary octets that stand in the place of characters, with escapes. */
static void
append_escaped(StringInfo text, PcaBytes content)
{
	for (size_t i = 0; i < content.length; i++)
		if (content.data[i] > 0x20 && content.data[i] < 0x7f)
			appendStringInfoChar(text, content.data[i]);
		else
			appendStringInfo(text, "\\x%02x", content.data[i]);
}

static char *
cut_text(StringInfo text)
{
	int			length = TEXT_MAX_LENGTH;

	if (text->len <= length)
		return text->data;
	/* Do not cut within a character of UTF-8. */
	while (length > 0 && (text->data[length] & 0xc0) == 0x80)
		length--;
	return psprintf("%.*s...", length, text->data);
}

/* Formats a Name, cut if it is long. */
char *
pca_name_format_short(PcaBytes name)
{
	StringInfoData text;

	initStringInfo(&text);
	pca_name_format(&text, name);
	return cut_text(&text);
}

/* Formats a name or a subtree, after its form and a colon, cut if it is long. */
char *
pca_compared_name_format(const PcaComparedName *name)
{
	PcaBytes	content = name->element.content;
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, pca_general_name_format(&name->element));
	if (text.data[text.len - 1] == ':')
	{
		if (name->element.tag == 0x87 && (content.length == 8 || content.length == 32))
			append_network(&text, content);
		else
			append_escaped(&text, content);
	}
	return cut_text(&text);
}
