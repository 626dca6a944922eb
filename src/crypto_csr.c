/*-------------------------------------------------------------------------
 *
 * crypto_csr.c
 *	  Certification requests (PKCS#10, RFC 2986): reads those of clients, and
 *	  builds those of our own CAs.
 *
 * A request is checked from the outside in: PEM, the scan of the whole DER, the
 * structure, the key, its signature.  Nothing of a request is used before its
 * signature has been verified.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_ascii.h"
#include "crypto_csr.h"
#include "crypto_key_kind.h"
#include "crypto_name.h"
#include "crypto_name_readable.h"
#include "crypto_pem.h"
#include "crypto_signature.h"

#define SUBJECT_SHOWN 200

/* RFC 2985 5.4.2: extensionRequest; then Microsoft's attribute of the same form */
static const PcaBytes extension_request = PCA_BYTES_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e");
static const PcaBytes microsoft_extension_request = PCA_BYTES_INIT("\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0e");

/* The parts of a request */
typedef struct RequestParts
{
	PcaSigned	outer;			/* the signed structure around the info */
	PcaDerElement subject;		/* empty until it is found, as are the next two */
	PcaDerElement spki;
	PcaDerElement attributes;	/* may be absent */
} RequestParts;

/*
 * Checks the version of a request.  Returns NULL or the fault.  RFC 2986 4.1: the
 * only version is 1, which is 0 in DER.
 */
static const char *
version_fault(PcaBytes version)
{
	uint32		number;

	if (pca_bytes_equal(version, PCA_BYTES_OF("\0")))
		return NULL;
	if (pca_der_read_uint32(version, &number) && number < 100)
		return psprintf("its version is %u (%u in DER), but a request has version 1 (0)", number + 1, number);
	return "its version is not that of a request, which is version 1 (0 in DER)";
}

/*
 * Splits a CertificationRequest (RFC 2986 4.2) and its info (4.1) into their
 * parts.  Returns NULL or the fault.
 */
static const char *
split_request(PcaBytes der, RequestParts *parts)
{
	PcaDerReader info;
	PcaDerElement version;
	const char *fault;

	memset(parts, 0, sizeof(*parts));
	if ((fault = pca_signed_parse(der, "it is not a certification request", &parts->outer)) != NULL)
		return fault;
	info = pca_der_reader(parts->outer.tbs.content);
	if (!pca_der_take(&info, PCA_DER_INTEGER, &version) ||
		!pca_der_take(&info, PCA_DER_SEQUENCE, &parts->subject) ||
		!pca_der_take(&info, PCA_DER_SEQUENCE, &parts->spki))
		return "it is not a certification request";
	if ((fault = version_fault(version.content)) != NULL)
		return fault;
	if (!pca_der_at_end(&info) &&
		(!pca_der_take(&info, PCA_DER_CONTEXT_CONSTRUCTED, &parts->attributes) || !pca_der_at_end(&info)))
		return "it is not a certification request";
	return NULL;
}

/* Reads the single value of an attribute that requests extensions.  Returns NULL or the fault. */
static const char *
take_requested_extensions(PcaDerReader *attribute, PcaDerElement *found)
{
	PcaDerReader values;

	if (found->whole.length > 0)
		return "it requests extensions more than once";
	if (!pca_der_enter(attribute, PCA_DER_SET, &values) ||
		!pca_der_take(&values, PCA_DER_SEQUENCE, found) || !pca_der_at_end(&values))
		return "its request for extensions does not have exactly one value";
	return NULL;
}

/*
 * Finds the requested extensions; the standard's attribute takes precedence
 * over Microsoft's.  Returns NULL or the fault.
 */
static const char *
find_requested_extensions(PcaBytes attributes, PcaExtensions *extensions)
{
	PcaDerReader reader = pca_der_reader(attributes);
	PcaDerReader attribute;
	PcaDerElement standard = {0};
	PcaDerElement microsoft = {0};
	const char *fault = NULL;

	while (!pca_der_at_end(&reader) && fault == NULL)
	{
		PcaDerElement type;

		if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &attribute) ||
			!pca_der_take(&attribute, PCA_DER_OID, &type) ||
			!pca_der_peek(&attribute, PCA_DER_SET))
			return "an attribute is malformed";
		if (pca_bytes_equal(type.content, extension_request))
			fault = take_requested_extensions(&attribute, &standard);
		else if (pca_bytes_equal(type.content, microsoft_extension_request))
			fault = take_requested_extensions(&attribute, &microsoft);
	}
	if (fault != NULL)
		return fault;
	return pca_extensions_parse(standard.whole.length > 0 ? standard.content : microsoft.content, extensions);
}

/*
 * Checks the requested subject alternative name.  Returns NULL or the fault.  The
 * names are repaired here, because they are signed whatever the template is.
 */
static const char *
take_subject_alternative_name(PcaCsr *csr)
{
	const PcaExtension *names = pca_extension_find(&csr->extensions, pca_oid_subject_alternative_name);
	PcaBytes	value;
	const char *fault;

	csr->subject_alternative_name = names;
	if (names == NULL)
		return NULL;
	value = names->value;
	if ((fault = pca_extension_names_repair(pca_oid_subject_alternative_name, &value)) != NULL ||
		(fault = pca_extension_fault(pca_oid_subject_alternative_name, value)) != NULL)
		return psprintf("its subject alternative name is malformed: %s", fault);
	if (value.data != names->value.data)
		pca_extension_set_value(&csr->extensions, pca_oid_subject_alternative_name, value);
	return NULL;
}

/* Reads and verifies a request, DER.  Returns NULL or the fault. */
static const char *
parse_request(PcaBytes der, PcaCsr *csr)
{
	RequestParts parts;
	const char *weakness = NULL;
	const char *fault;

	if ((fault = pca_der_scan(der)) != NULL || (fault = split_request(der, &parts)) != NULL ||
		(fault = pca_name_repair(&parts.subject.whole)) != NULL ||
		(fault = pca_public_key_parse(parts.spki.whole, &csr->key)) != NULL ||
		(fault = find_requested_extensions(parts.attributes.content, &csr->extensions)) != NULL)
		return fault;
	csr->subject = parts.subject.whole;
	if ((fault = take_subject_alternative_name(csr)) != NULL)
		return fault;
	fault = pca_public_key_verify_possession(&csr->key, parts.outer.algorithm, parts.outer.tbs.whole, parts.outer.signature);
	/* A point is cheap to check, and a bad one may be the reason why the signature does not verify. */
	if (fault == NULL || csr->key.kind->scheme == PCA_SCHEME_PURE)
		weakness = pca_public_key_weakness(&csr->key);
	return weakness != NULL ? weakness : fault;
}

static const char *const labels[] = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", NULL};

/*
 * Returns the subject of a PEM request in the form of RFC 4514, even if the
 * rest of the request is invalid.  Returns NULL if the subject cannot be read.
 */
char *
pca_csr_find_subject(const char *pem)
{
	const char *rest;
	PcaBytes	der;
	RequestParts parts;
	StringInfoData text;

	if (pca_pem_parse(pem, labels, &der, &rest) != NULL || pca_der_scan(der) != NULL)
		return NULL;
	split_request(der, &parts);
	if (parts.subject.whole.length == 0 || pca_name_fault(parts.subject.content) != NULL)
		return NULL;
	initStringInfo(&text);
	pca_name_format(&text, parts.subject.whole);
	return text.data;
}

/*
 * Describes a PEM request, so that it can be told from others: its subject, if
 * it has one, for people, and the SHA-256 of its text to find it by.  It
 * contains nothing of the request except a well-formed subject, of which it
 * shows a line or two.
 */
char *
pca_csr_label(const char *pem)
{
	const char *subject = pca_csr_find_subject(pem);
	uint8		digest[EVP_MAX_MD_SIZE];
	size_t		length = pca_digest(PCA_SHA256, (PcaBytes) {(const uint8 *) pem, strlen(pem)}, digest);
	StringInfoData text;

	initStringInfo(&text);
	if (subject != NULL && subject[0] != '\0')
	{
		size_t		shown = strlen(subject) <= SUBJECT_SHOWN ? strlen(subject) : SUBJECT_SHOWN;

		while ((subject[shown] & 0xc0) == 0x80) /* not inside a character */
			shown--;
		appendStringInfo(&text, "with subject \"%.*s%s\", ", (int) shown, subject, subject[shown] != '\0' ? "..." : "");
	}
	appendStringInfoString(&text, "whose text has the SHA-256 ");
	pca_hex_append(&text, (PcaBytes) {digest, length});
	return text.data;
}

/*
 * Reads a PEM request, and verifies that its key signed it.  Returns NULL or the
 * fault.
 *
 * pem: its size was checked before.  The subject and the alternative names in
 * csr are readable by every relying party: they are rewritten if they were not,
 * and if that loses nothing.
 */
const char *
pca_csr_parse(const char *pem, PcaCsr *csr)
{
	const char *rest;
	PcaBytes	der;
	const char *fault = pca_pem_parse(pem, labels, &der, &rest);

	if (fault != NULL)
		return fault;
	return *rest != '\0' ? "there is text after its PEM block" : parse_request(der, csr);
}

/*
 * Builds a request for a CA's own certificate, signed by its key.  Returns its
 * DER.
 *
 * subject: a Name.  extensions: the content of an Extensions sequence.  Throws
 * RequestFailedException.
 */
PcaBytes
pca_csr_sign(PcaBytes subject, PcaBytes extensions, PcaKey *key, const PcaSigningAlgorithm *signing)
{
	PcaDerWriter info;
	PcaDerWriter request;

	pca_der_init(&info, 1024);
	pca_der_begin(&info, PCA_DER_SEQUENCE);
	pca_der_integer(&info, 0);
	pca_der_raw(&info, subject);
	pca_der_raw(&info, pca_key_public(key));
	pca_der_begin(&info, PCA_DER_CONTEXT_CONSTRUCTED);
	pca_der_begin(&info, PCA_DER_SEQUENCE);
	pca_der_primitive(&info, PCA_DER_OID, extension_request);
	pca_der_begin(&info, PCA_DER_SET);
	pca_der_begin(&info, PCA_DER_SEQUENCE);
	pca_der_raw(&info, extensions);
	pca_der_end(&info);
	pca_der_end(&info);
	pca_der_end(&info);
	pca_der_end(&info);
	pca_der_end(&info);

	pca_der_init(&request, 2048);
	pca_der_begin(&request, PCA_DER_SEQUENCE);
	pca_der_raw(&request, pca_der_finish(&info));
	pca_der_raw(&request, signing->identifier);
	pca_der_bit_string(&request, pca_key_sign(key, signing, pca_der_finish(&info)));
	pca_der_end(&request);
	return pca_der_finish(&request);
}
