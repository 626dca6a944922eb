/*-------------------------------------------------------------------------
 *
 * crypto_extension_grammar.c
 *	  The grammars of the certificate extensions that relying parties parse.
 *
 * They are as strict as the strictest relying party, where the RFC allows that,
 * so that all can read what is signed.  An extension without a row may be any DER.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <arpa/inet.h>

#include "base_grammar.h"
#include "crypto_extension.h"
#include "crypto_general_name.h"
#include "crypto_uri.h"

/* Tells whether the content of an element contains one with that tag. */
static bool
contains_tag(const PcaDerElement *element, uint8 tag)
{
	PcaDerReader reader = pca_der_reader(element->content);
	PcaDerElement item;

	while (pca_der_next(&reader, &item))
		if (item.tag == tag)
			return true;
	return false;
}

static const char *
general_name_fault(const PcaDerElement *element, PcaPlace *place)
{
	return pca_general_name_fault(element);
}

/* RFC 5280 4.2.1.6: names that relying parties parse */
static const char *
alternative_name_fault(const PcaDerElement *element, PcaPlace *place)
{
	const char *fault = pca_general_name_fault(element);

	return fault == NULL && element->tag == PCA_DER_CONTEXT + 6 ? pca_uri_fault(element->content) : fault;
}

/* RFC 5280 4.2.1.1 */
static const char *
authority_key_identifier_fault(const PcaDerElement *element, PcaPlace *place)
{
	if (contains_tag(element, PCA_DER_CONTEXT_CONSTRUCTED + 1) != contains_tag(element, PCA_DER_CONTEXT + 2))
		return "it has one of authorityCertIssuer and authorityCertSerialNumber without the other";
	return pca_empty_fault(element, place);
}

/* RFC 5280 4.1.2.2 */
static const char *
serial_number_fault(const PcaDerElement *element, PcaPlace *place)
{
	return element->content.data[0] < 0x80 ? NULL : "the number is negative";
}

/* RFC 5280 4.2.1.9 */
static const char *
basic_constraints_fault(const PcaDerElement *element, PcaPlace *place)
{
	return contains_tag(element, PCA_DER_INTEGER) && !contains_tag(element, PCA_DER_BOOLEAN)
		? "it has a path length without cA" : NULL;
}

/* RFC 5280 4.2.1.13 */
static const char *
distribution_point_fault(const PcaDerElement *element, PcaPlace *place)
{
	return contains_tag(element, PCA_DER_CONTEXT_CONSTRUCTED + 0) || contains_tag(element, PCA_DER_CONTEXT_CONSTRUCTED + 2)
		? NULL : "it has neither a distributionPoint nor a cRLIssuer";
}

/* RFC 5280 4.2.1.5 */
static const char *
mapped_policy_fault(const PcaDerElement *element, PcaPlace *place)
{
	return pca_bytes_equal(element->content, PCA_BYTES_OF("\x55\x1d\x20\x00")) ? "anyPolicy cannot be mapped" : NULL;
}

/*
 * RFC 5280 4.2.1.10: labels, perhaps after a leading dot; the empty string stands
 * for every domain.  Allows visible ASCII except what would make it more than a
 * domain.
 */
static bool
is_domain(PcaBytes text)
{
	size_t		label = 0;

	if (text.length > 0 && text.data[0] == '.')
		text = (PcaBytes) {text.data + 1, text.length - 1};
	else if (text.length == 0)
		return true;
	for (size_t i = 0; i < text.length; i++)
	{
		if (text.data[i] <= 0x20 || text.data[i] >= 0x7f || strchr("*/:@", text.data[i]) != NULL ||
			(text.data[i] == '.' && label == 0))
			return false;
		label = text.data[i] == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0 && text.length <= 253;
}

/* RFC 5321 4.1.2: a dotted string, which all readers take, before the @ */
static bool
is_mailbox(PcaBytes text)
{
	const uint8 *at = memchr(text.data, '@', text.length);
	PcaBytes	domain = {at + 1, text.data + text.length - at - 1};
	uint8		before = '.';

	for (const uint8 *local = text.data; local < at; before = *local++)
		if (*local <= 0x20 || *local >= 0x7f || strchr("()<>[]:;\\,\"", *local) != NULL ||
			(*local == '.' && before == '.'))
			return false;
	return before != '.' && domain.length > 0 && domain.data[0] != '.' && is_domain(domain);
}

static bool
is_ip_address(PcaBytes text)
{
	struct in_addr address;

	return inet_pton(AF_INET, (char *) pca_bytes_copy(text).data, &address) == 1;
}

/* An address and as many octets of mask: a prefix, as RFC 4632 has it. */
static const char *
address_and_mask_fault(PcaBytes content)
{
	size_t		half = content.length / 2;
	bool		is_behind = false;

	if (content.length != 8 && content.length != 32)
		return "an IP address with its mask is not 8 or 32 octets long";
	for (size_t bit = 0; bit < half * 8; bit++)
	{
		bool		is_masked = (content.data[half + bit / 8] & 0x80 >> bit % 8) != 0;

		if (is_masked && is_behind)
			return "the mask of an IP address is not contiguous";
		if (!is_masked && (content.data[bit / 8] & 0x80 >> bit % 8) != 0)
			return "an IP address has a bit outside its mask";
		is_behind = !is_masked;
	}
	return NULL;
}

/* RFC 5280 4.2.1.10: the form that a name takes in a constraint */
static const char *
constraint_fault(const PcaDerElement *element, PcaPlace *place)
{
	PcaBytes	content = element->content;

	switch (element->tag)
	{
		case PCA_DER_CONTEXT + 1:
			return (memchr(content.data, '@', content.length) != NULL ? is_mailbox(content) : is_domain(content))
				? NULL : "an e-mail constraint is neither a mailbox nor a domain";
		case PCA_DER_CONTEXT + 2:
			return is_domain(content) ? NULL : "a DNS constraint is not a domain";
		case PCA_DER_CONTEXT + 6:
			return is_domain(content) && !is_ip_address(content) ? NULL : "a URI constraint is neither a host nor a domain";
		case PCA_DER_CONTEXT + 7:
			return address_and_mask_fault(content);
		default:
			return pca_general_name_fault(element);
	}
}

/* RFC 6962 3.3: takes a vector, which follows its length in two octets, off the rest. */
static bool
take_vector(PcaBytes *rest, PcaBytes *vector)
{
	size_t		length;

	if (rest->length < 2)
		return false;
	length = rest->data[0] << 8 | rest->data[1];
	if (length > rest->length - 2)
		return false;
	*vector = (PcaBytes) {rest->data + 2, length};
	*rest = (PcaBytes) {rest->data + 2 + length, rest->length - 2 - length};
	return true;
}

/* RFC 6962 3.2: version 1 (0), log (32 octets), time (8), extensions, SHA-256 (4), RSA (1) or ECDSA (3), signature */
static bool
is_timestamp(PcaBytes timestamp)
{
	PcaBytes	rest;
	PcaBytes	vector;

	if (timestamp.length < 41 || timestamp.data[0] != 0)
		return false;
	rest = (PcaBytes) {timestamp.data + 41, timestamp.length - 41};
	if (!take_vector(&rest, &vector) || rest.length < 2 || rest.data[0] != 4 || (rest.data[1] != 1 && rest.data[1] != 3))
		return false;
	rest = (PcaBytes) {rest.data + 2, rest.length - 2};
	return take_vector(&rest, &vector) && rest.length == 0;
}

static const char *
timestamps_fault(const PcaDerElement *element, PcaPlace *place)
{
	PcaBytes	rest = element->content;
	PcaBytes	list;
	PcaBytes	timestamp;

	if (!take_vector(&rest, &list) || rest.length > 0 || list.length == 0)
		return "it is not a list of signed certificate timestamps";
	while (list.length > 0)
		if (!take_vector(&list, &timestamp) || !is_timestamp(timestamp))
			return "it has a signed certificate timestamp whose version is not 1";
	return NULL;
}

/*
 * The grammars
 */

#define IS(name_, tag_) .name = name_, .tag = tag_
#define OPTIONAL .is_optional = true
#define MANY .is_many = true
#define HAS(...) .content = (const PcaGrammar[]) {__VA_ARGS__, {0}}
#define CONTEXT(number) PCA_DER_CONTEXT + (number)
#define CONSTRUCTED(number) PCA_DER_CONTEXT_CONSTRUCTED + (number)
#define GENERAL_NAME(name_) .name = name_, .fault = general_name_fault

static const PcaGrammar general_names[] = {{GENERAL_NAME("GeneralName"), MANY}, {0}};
static const PcaGrammar alternative_names[] = {{.name = "GeneralName", MANY, .fault = alternative_name_fault}, {0}};

/* RFC 5280 4.2.1.4 */
static const PcaGrammar cps_pointer = {HAS(
	{IS("policyQualifierId", PCA_DER_OID)},
	{IS("CPSuri", PCA_DER_IA5_STRING), .fault = pca_text_fault})};
/* The text may be absent; GnuTLS reads no policy then. */
static const PcaGrammar user_notice = {HAS(
	{IS("policyQualifierId", PCA_DER_OID)},
	{IS("UserNotice", PCA_DER_SEQUENCE), HAS(
		{IS("noticeRef", PCA_DER_SEQUENCE), OPTIONAL, HAS(
			{.name = "organization", .fault = pca_display_text_fault},
			{IS("noticeNumbers", PCA_DER_SEQUENCE), HAS({IS("noticeNumber", PCA_DER_INTEGER), OPTIONAL, MANY, .fault = pca_small_integer_fault})})},
		{.name = "explicitText", .fault = pca_display_text_fault})})};

/* RFC 5280 4.2.1.4 defines two, and not all readers accept others. */
static const char *
qualifier_fault(const PcaDerElement *element, PcaPlace *place)
{
	PcaDerReader reader = pca_der_reader(element->content);
	PcaDerElement id;

	pca_der_next(&reader, &id);
	if (pca_bytes_equal(id.content, PCA_BYTES_OF("\x2b\x06\x01\x05\x05\x07\x02\x01")))
		return pca_grammar_content_fault(&cps_pointer, element->content, place);
	if (pca_bytes_equal(id.content, PCA_BYTES_OF("\x2b\x06\x01\x05\x05\x07\x02\x02")))
		return pca_grammar_content_fault(&user_notice, element->content, place);
	return "it is neither id-qt-cps nor id-qt-unotice";
}

static const PcaGrammar policies[] = {
	{IS("PolicyInformation", PCA_DER_SEQUENCE), MANY, HAS(
		{IS("policyIdentifier", PCA_DER_OID)},
		{IS("policyQualifiers", PCA_DER_SEQUENCE), OPTIONAL, HAS(
			{IS("PolicyQualifierInfo", PCA_DER_SEQUENCE), MANY, .fault = qualifier_fault, HAS(
				{IS("policyQualifierId", PCA_DER_OID)},
				{.name = "qualifier"})})})},
	{0}
};

/* RFC 5280 4.2.1.10: minimum is 0, which DER omits, and maximum is absent */
static const PcaGrammar subtrees[] = {
	{IS("GeneralSubtree", PCA_DER_SEQUENCE), MANY, HAS({.name = "base", .fault = constraint_fault})},
	{0}
};

/* RFC 5280 4.2.1.13: CAs SHOULD NOT use nameRelativeToCRLIssuer, and not all readers accept it */
static const PcaGrammar distribution_points[] = {
	{IS("DistributionPoint", PCA_DER_SEQUENCE), MANY, .fault = distribution_point_fault, HAS(
		{IS("distributionPoint", CONSTRUCTED(0)), OPTIONAL, HAS(
			{IS("fullName", CONSTRUCTED(0)), .content = general_names})},
		{IS("reasons", CONTEXT(1)), OPTIONAL, .type = PCA_DER_BIT_STRING, .fault = pca_named_bits_fault},
		{IS("cRLIssuer", CONSTRUCTED(2)), OPTIONAL, .content = general_names})},
	{0}
};

/* RFC 5280 4.2.2.1 and 4.2.2.2 */
static const PcaGrammar access_descriptions[] = {
	{IS("AccessDescription", PCA_DER_SEQUENCE), MANY, HAS(
		{IS("accessMethod", PCA_DER_OID)},
		{GENERAL_NAME("accessLocation")})},
	{0}
};

/* RFC 3779 2.2.3 and 3.2.3: inherit, or a list of single values and ranges */

static const PcaGrammar address_range = {IS("IPAddressRange", PCA_DER_SEQUENCE), HAS(
	{IS("min", PCA_DER_BIT_STRING)},
	{IS("max", PCA_DER_BIT_STRING)})};
static const PcaGrammar as_range = {IS("ASRange", PCA_DER_SEQUENCE), HAS(
	{IS("min", PCA_DER_INTEGER)},
	{IS("max", PCA_DER_INTEGER)})};

static const char *
address_fault(const PcaDerElement *element, PcaPlace *place)
{
	if (element->tag == PCA_DER_BIT_STRING)
		return NULL;
	return element->tag == PCA_DER_SEQUENCE ? pca_grammar_content_fault(&address_range, element->content, place)
		: "it is neither a prefix nor a range";
}

static const char *
as_fault(const PcaDerElement *element, PcaPlace *place)
{
	if (element->tag == PCA_DER_INTEGER)
		return NULL;
	return element->tag == PCA_DER_SEQUENCE ? pca_grammar_content_fault(&as_range, element->content, place)
		: "it is neither a number nor a range";
}

static const char *
address_family_fault(const PcaDerElement *element, PcaPlace *place)
{
	return element->content.length == 2 || element->content.length == 3 ? NULL : "it is not 2 or 3 octets long";
}

static const char *
address_blocks_fault(const PcaDerElement *element, PcaPlace *place)
{
	return contains_tag(element, PCA_DER_NULL) != contains_tag(element, PCA_DER_SEQUENCE) ? NULL : "it is not exactly one of a list and inherit";
}

#define AS_IDENTIFIERS(name_, number) \
	{IS(name_, CONSTRUCTED(number)), OPTIONAL, .fault = pca_choice_fault, HAS( \
		{IS("inherit", PCA_DER_NULL), OPTIONAL}, \
		{IS("asIdsOrRanges", PCA_DER_SEQUENCE), OPTIONAL, HAS({.name = "ASIdOrRange", MANY, .fault = as_fault})})}

static const PcaGrammar address_blocks[] = {
	{IS("IPAddressFamily", PCA_DER_SEQUENCE), MANY, .fault = address_blocks_fault, HAS(
		{IS("addressFamily", PCA_DER_OCTET_STRING), .fault = address_family_fault},
		{IS("inherit", PCA_DER_NULL), OPTIONAL},
		{IS("addressesOrRanges", PCA_DER_SEQUENCE), OPTIONAL, HAS(
			{.name = "IPAddressOrRange", MANY, .fault = address_fault})})},
	{0}
};

#define CE(last) PCA_BYTES_INIT("\x55\x1d" last)
#define PKIX(rest) PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07" rest)
#define MICROSOFT(rest) PCA_BYTES_INIT("\x2b\x06\x01\x04\x01\x82\x37" rest)
#define TRANSPARENCY(last) PCA_BYTES_INIT("\x2b\x06\x01\x04\x01\xd6\x79\x02\x04" last)

static const struct
{
	PcaBytes	oid;
	PcaGrammar	grammar;
}			extensions[] = {
	/* RFC 5280 4.2.1 */
	{CE("\x23"), {IS("authorityKeyIdentifier", PCA_DER_SEQUENCE), .fault = authority_key_identifier_fault, HAS(
		{IS("keyIdentifier", CONTEXT(0)), OPTIONAL, .fault = pca_empty_fault},
		{IS("authorityCertIssuer", CONSTRUCTED(1)), OPTIONAL, .content = general_names},
		{IS("authorityCertSerialNumber", CONTEXT(2)), OPTIONAL, .type = PCA_DER_INTEGER, .fault = serial_number_fault})}},
	{CE("\x0e"), {IS("subjectKeyIdentifier", PCA_DER_OCTET_STRING), .fault = pca_empty_fault}},
	{CE("\x0f"), {IS("keyUsage", PCA_DER_BIT_STRING), .fault = pca_named_bits_fault}},
	{CE("\x20"), {IS("certificatePolicies", PCA_DER_SEQUENCE), .content = policies, .fault = pca_repeated_fault}},
	{CE("\x21"), {IS("policyMappings", PCA_DER_SEQUENCE), HAS(
		{IS("PolicyMapping", PCA_DER_SEQUENCE), MANY, HAS(
			{IS("issuerDomainPolicy", PCA_DER_OID), .fault = mapped_policy_fault},
			{IS("subjectDomainPolicy", PCA_DER_OID), .fault = mapped_policy_fault})})}},
	{CE("\x11"), {IS("subjectAltName", PCA_DER_SEQUENCE), .content = alternative_names}},
	{CE("\x12"), {IS("issuerAltName", PCA_DER_SEQUENCE), .content = alternative_names}},
	{CE("\x09"), {IS("subjectDirectoryAttributes", PCA_DER_SEQUENCE), HAS(
		{IS("Attribute", PCA_DER_SEQUENCE), MANY, HAS(
			{IS("type", PCA_DER_OID)},
			{IS("values", PCA_DER_SET), .fault = pca_set_order_fault, HAS({.name = "AttributeValue", MANY})})})}},
	{CE("\x13"), {IS("basicConstraints", PCA_DER_SEQUENCE), .fault = basic_constraints_fault, HAS(
		{IS("cA", PCA_DER_BOOLEAN), OPTIONAL, .fault = pca_true_fault},
		{IS("pathLenConstraint", PCA_DER_INTEGER), OPTIONAL, .fault = pca_small_integer_fault})}},
	{CE("\x1e"), {IS("nameConstraints", PCA_DER_SEQUENCE), .fault = pca_empty_fault, HAS(
		{IS("permittedSubtrees", CONSTRUCTED(0)), OPTIONAL, .content = subtrees},
		{IS("excludedSubtrees", CONSTRUCTED(1)), OPTIONAL, .content = subtrees})}},
	{CE("\x24"), {IS("policyConstraints", PCA_DER_SEQUENCE), .fault = pca_empty_fault, HAS(
		{IS("requireExplicitPolicy", CONTEXT(0)), OPTIONAL, .type = PCA_DER_INTEGER, .fault = pca_small_integer_fault},
		{IS("inhibitPolicyMapping", CONTEXT(1)), OPTIONAL, .type = PCA_DER_INTEGER, .fault = pca_small_integer_fault})}},
	{CE("\x25"), {IS("extKeyUsage", PCA_DER_SEQUENCE), HAS(
		{IS("KeyPurposeId", PCA_DER_OID), MANY})}},
	{CE("\x1f"), {IS("cRLDistributionPoints", PCA_DER_SEQUENCE), .content = distribution_points}},
	{CE("\x36"), {IS("inhibitAnyPolicy", PCA_DER_INTEGER), .fault = pca_small_integer_fault}},
	{CE("\x2e"), {IS("freshestCRL", PCA_DER_SEQUENCE), .content = distribution_points}},
	{PKIX("\x01\x01"), {IS("authorityInfoAccess", PCA_DER_SEQUENCE), .content = access_descriptions}},
	{PKIX("\x01\x0b"), {IS("subjectInfoAccess", PCA_DER_SEQUENCE), .content = access_descriptions}},
	/* RFC 3280 4.2.1.4 */
	{CE("\x10"), {IS("privateKeyUsagePeriod", PCA_DER_SEQUENCE), .fault = pca_empty_fault, HAS(
		{IS("notBefore", CONTEXT(0)), OPTIONAL, .fault = pca_generalized_time_fault},
		{IS("notAfter", CONTEXT(1)), OPTIONAL, .fault = pca_generalized_time_fault})}},
	/* RFC 7633 4 */
	{PKIX("\x01\x18"), {IS("tlsFeature", PCA_DER_SEQUENCE), HAS(
		{IS("feature", PCA_DER_INTEGER), MANY, .fault = pca_short_integer_fault})}},
	/* RFC 6960 4.2.2.2.1 */
	{PKIX("\x30\x01\x05"), {IS("id-pkix-ocsp-nocheck", PCA_DER_NULL)}},
	/* RFC 3739 3.2.6 */
	{PKIX("\x01\x03"), {IS("qcStatements", PCA_DER_SEQUENCE), HAS(
		{IS("QCStatement", PCA_DER_SEQUENCE), MANY, HAS(
			{IS("statementId", PCA_DER_OID)},
			{.name = "statementInfo", OPTIONAL})})}},
	/* RFC 3779 */
	{PKIX("\x01\x07"), {IS("ipAddrBlocks", PCA_DER_SEQUENCE), .content = address_blocks}},
	{PKIX("\x01\x08"), {IS("autonomousSysIds", PCA_DER_SEQUENCE), .fault = pca_empty_fault, HAS(
		AS_IDENTIFIERS("asnum", 0), AS_IDENTIFIERS("rdi", 1))}},
	/* RFC 3820 3.8 */
	{PKIX("\x01\x0e"), {IS("proxyCertInfo", PCA_DER_SEQUENCE), HAS(
		{IS("pCPathLenConstraint", PCA_DER_INTEGER), OPTIONAL, .fault = pca_small_integer_fault},
		{IS("proxyPolicy", PCA_DER_SEQUENCE), HAS(
			{IS("policyLanguage", PCA_DER_OID)},
			{IS("policy", PCA_DER_OCTET_STRING), OPTIONAL, .fault = pca_empty_fault})})}},
	/* RFC 6962 3.1 and 3.3 */
	{TRANSPARENCY("\x02"), {IS("SignedCertificateTimestampList", PCA_DER_OCTET_STRING), .fault = timestamps_fault}},
	{TRANSPARENCY("\x03"), {IS("poison", PCA_DER_NULL)}},
	/* Microsoft's: the name of a template, its version 2, application policies, security identifier */
	{MICROSOFT("\x14\x02"), {.name = "enrollCertType", .fault = pca_directory_string_fault}},
	{MICROSOFT("\x15\x07"), {IS("CertificateTemplate", PCA_DER_SEQUENCE), HAS(
		{IS("templateID", PCA_DER_OID)},
		{IS("templateMajorVersion", PCA_DER_INTEGER), OPTIONAL, .fault = pca_small_integer_fault},
		{IS("templateMinorVersion", PCA_DER_INTEGER), OPTIONAL, .fault = pca_small_integer_fault})}},
	{MICROSOFT("\x15\x0a"), {IS("applicationCertPolicies", PCA_DER_SEQUENCE), .content = policies, .fault = pca_repeated_fault}},
	{MICROSOFT("\x19\x02"), {IS("ntdsCaSecurity", PCA_DER_SEQUENCE), .content = general_names}},
	/* Netscape's, which OpenSSL reads */
	{PCA_BYTES_INIT("\x60\x86\x48\x01\x86\xf8\x42\x01\x01"), {IS("netscape-cert-type", PCA_DER_BIT_STRING), .fault = pca_named_bits_fault}},
};

/*
 * Checks the value of an extension by its grammar, or as DER if it has none.
 * Returns NULL or the fault with its octet.
 */
const char *
pca_extension_fault(PcaBytes oid, PcaBytes value)
{
	for (size_t i = 0; i < lengthof(extensions); i++)
		if (pca_bytes_equal(extensions[i].oid, oid))
			return pca_grammar_fault(&extensions[i].grammar, value);
	return pca_grammar_fault(NULL, value);
}
