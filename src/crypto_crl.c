/*-------------------------------------------------------------------------
 *
 * crypto_crl.c
 *	  Writes, signs and reads certificate revocation lists (RFC 5280 5).
 *
 * The DER is our own, because a CRL has up to a million entries, for which
 * OpenSSL's objects take eight times the memory and thirty times the time.
 * Before a CRL is published, the reader that also reads imported CRLs reads it
 * back, and the result is compared with what the CRL was meant to say.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_ascii.h"
#include "crypto_crl.h"
#include "crypto_extension.h"
#include "crypto_signature.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"

/* RFC 5280 5.3.1: the API's reasons and their codes */
static const struct
{
	const char *word;
	int			code;
}			reasons[] = {
	{"UNSPECIFIED", 0},
	{"KEY_COMPROMISE", 1},
	{"CERTIFICATE_AUTHORITY_COMPROMISE", 2},
	{"AFFILIATION_CHANGED", 3},
	{"SUPERSEDED", 4},
	{"CESSATION_OF_OPERATION", 5},
	{"PRIVILEGE_WITHDRAWN", 9},
	{"A_A_COMPROMISE", 10},
};

/* Returns the CRLReason code of the API's word for a reason. */
int
pca_crl_reason_code(const char *word)
{
	for (size_t i = 0; i < lengthof(reasons); i++)
		if (strcmp(reasons[i].word, word) == 0)
			return reasons[i].code;
	elog(ERROR, "unknown reason \"%s\"", word);
}

static const char *
reason_word(int code)
{
	for (size_t i = 0; i < lengthof(reasons); i++)
		if (reasons[i].code == code)
			return reasons[i].word;
	return NULL;
}

/* Begins a CRL: RFC 5280 5.1.2, up to the entries. */
void
pca_crl_begin(PcaCrlWriter *writer, const PcaCrlSpec *spec)
{
	*writer = (PcaCrlWriter) {.spec = spec};
	pca_der_init(&writer->der, 16 * 1024);
	pca_der_begin(&writer->der, PCA_DER_SEQUENCE);
	writer->tbs_start = writer->der.length;
	pca_der_begin(&writer->der, PCA_DER_SEQUENCE);
	pca_der_integer(&writer->der, 1);	/* v2 */
	pca_der_raw(&writer->der, spec->signing->identifier);
	pca_der_raw(&writer->der, spec->issuer);
	pca_der_time(&writer->der, spec->this_update);
	pca_der_time(&writer->der, spec->next_update);
}

/* Digests an entry, so that a lost, repeated or changed one is detected; the order does not matter. */
static uint64
entry_checksum(const pg_uuid_t *serial, int64 revoked_at, int reason)
{
	uint64		halves[2];

	memcpy(halves, serial->data, sizeof(halves));
	return (halves[0] ^ (uint64) revoked_at * UINT64CONST(0x9e3779b97f4a7c15)) * UINT64CONST(0xff51afd7ed558ccd) +
		halves[1] * (2 * (uint64) reason + 1);
}

/* Writes an entry.  reason: the API's word; UNSPECIFIED is not written (RFC 5280 5.3.1). */
void
pca_crl_add(PcaCrlWriter *writer, const pg_uuid_t *serial, int64 revoked_at, const char *reason)
{
	static const uint8 reason_extension[] = {
		PCA_DER_SEQUENCE, 12, PCA_DER_SEQUENCE, 10, PCA_DER_OID, 3, 0x55, 0x1d, 0x15,
		PCA_DER_OCTET_STRING, 3, PCA_DER_ENUMERATED, 1
	};
	PcaDerWriter *der = &writer->der;
	uint8		code = pca_crl_reason_code(reason);

	/* revokedCertificates is present only if it has an entry. */
	if (writer->entries++ == 0)
		pca_der_begin(der, PCA_DER_SEQUENCE);
	writer->checksum += entry_checksum(serial, revoked_at, code);
	pca_der_begin(der, PCA_DER_SEQUENCE);
	pca_der_unsigned(der, PCA_BYTES(serial->data));
	pca_der_time(der, revoked_at);
	if (code != 0)
	{
		pca_der_raw(der, PCA_BYTES(reason_extension));
		pca_der_raw(der, (PcaBytes) {&code, 1});
	}
	pca_der_end(der);
}

/* RFC 5280 5.2: authority key identifier, CRL number, issuing distribution point */
static void
put_extensions(PcaDerWriter *der, const PcaCrlSpec *spec)
{
	pca_der_begin(der, PCA_DER_CONTEXT_CONSTRUCTED + 0);
	pca_der_begin(der, PCA_DER_SEQUENCE);
	pca_extension_authority_key_identifier(der, spec->key_identifier);
	pca_extension_crl_number(der, spec->number);
	if (spec->url != NULL)
		pca_extension_issuing_distribution_point(der, spec->url);
	pca_der_end(der);
	pca_der_end(der);
}

/* Tells whether the entries of the CRL are those that were added. */
static bool
are_entries(const PcaCrl *crl, const PcaCrlWriter *writer)
{
	PcaDerReader reader = pca_der_reader(crl->entries);
	PcaCrlEntry entry;
	uint64		count = 0;
	uint64		sum = 0;

	for (; !pca_der_at_end(&reader); count++)
	{
		CHECK_FOR_INTERRUPTS();
		if (pca_crl_next(&reader, &entry) != NULL)
			return false;
		sum += entry_checksum(&entry.serial, entry.revoked_at, pca_crl_reason_code(entry.reason));
	}
	return count == writer->entries && sum == writer->checksum;
}

static bool
is_url(PcaBytes found, const char *url)
{
	return pca_bytes_equal(found, (PcaBytes) {(const uint8 *) url, url != NULL ? strlen(url) : 0});
}

static void
check_as_decided(PcaBytes der, const PcaCrlWriter *writer, PcaKey *key)
{
	const PcaCrlSpec *spec = writer->spec;
	PcaCrl		crl;

	if (pca_crl_parse(der, &crl) != NULL ||
		!pca_bytes_equal(crl.signature_algorithm, spec->signing->identifier) ||
		!pca_bytes_equal(crl.issuer, spec->issuer) ||
		crl.this_update != spec->this_update || crl.next_update != spec->next_update ||
		crl.number != spec->number || !is_url(crl.url, spec->url) || !are_entries(&crl, writer))
		elog(ERROR, "CRL differs from what was decided");
	pca_key_check_signature(key, spec->signing, crl.tbs, crl.signature);
}

/*
 * Ends a CRL and signs it.  Returns its DER, which was read back and verified
 * (promise P8: no CRL is stored that was not parsed and verified).
 *
 * Throws RequestFailedException if the signature does not verify.
 */
PcaBytes
pca_crl_sign(PcaCrlWriter *writer, PcaKey *key)
{
	PcaDerWriter *der = &writer->der;
	PcaBytes	tbs;
	PcaBytes	signature;
	PcaBytes	signed_crl;

	if (writer->entries > 0)
		pca_der_end(der);
	put_extensions(der, writer->spec);
	pca_der_end(der);
	tbs = (PcaBytes) {der->data + writer->tbs_start, der->length - writer->tbs_start};
	signature = pca_key_sign(key, writer->spec->signing, tbs);
	pca_der_raw(der, writer->spec->signing->identifier);
	pca_der_bit_string(der, signature);
	pca_der_end(der);
	signed_crl = pca_der_finish(der);
	check_as_decided(signed_crl, writer, key);
	return signed_crl;
}

/* Reads the URL of an issuing distribution point that contains nothing else. */
static const char *
parse_distribution_point(PcaBytes value, PcaBytes *url)
{
	PcaDerReader reader = pca_der_reader(value);
	PcaDerReader point;
	PcaDerReader name;
	PcaDerReader full_name;
	PcaDerElement element;

	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &point) || !pca_der_at_end(&reader) ||
		!pca_der_enter(&point, PCA_DER_CONTEXT_CONSTRUCTED + 0, &name) || !pca_der_at_end(&point) ||
		!pca_der_enter(&name, PCA_DER_CONTEXT_CONSTRUCTED + 0, &full_name) || !pca_der_at_end(&name) ||
		!pca_der_take(&full_name, PCA_DER_CONTEXT + 6, &element) || !pca_der_at_end(&full_name) ||
		!pca_is_visible_ascii(element.content))
		return "its issuing distribution point is not a single URL";
	*url = element.content;
	return NULL;
}

/*
 * Reads a CRL number.  This service numbers in milliseconds and always needs a
 * next number, so one of 2^62 or more is not its own.
 */
static const char *
parse_number(PcaBytes value, uint64 *number)
{
	PcaDerReader reader = pca_der_reader(value);
	PcaDerElement element;
	uint64		big_endian;

	if (!pca_der_take(&reader, PCA_DER_INTEGER, &element) || !pca_der_at_end(&reader) ||
		!pca_der_read_unsigned(element.content, (uint8 *) &big_endian, sizeof(big_endian)) ||
		pg_ntoh64(big_endian) > PG_INT64_MAX / 2)
		return "its number is malformed";
	*number = pg_ntoh64(big_endian);
	return NULL;
}

static const char *
parse_crl_extensions(PcaBytes sequence, PcaCrl *crl)
{
	PcaExtensions extensions;
	const char *fault = pca_extensions_parse(sequence, &extensions);

	for (int i = 0; fault == NULL && i < extensions.count; i++)
	{
		const PcaExtension *extension = &extensions.list[i];

		if (pca_bytes_equal(extension->oid, pca_oid_issuing_distribution_point))
			fault = parse_distribution_point(extension->value, &crl->url);
		else if (pca_bytes_equal(extension->oid, pca_oid_crl_number))
			fault = parse_number(extension->value, &crl->number);
		else if (extension->is_critical)
			fault = "it has an unknown critical extension";
	}
	return fault;
}

/* TBSCertList */
static const char *
parse_tbs_cert_list(PcaDerReader reader, PcaCrl *crl)
{
	PcaDerReader explicit_tag;
	PcaDerElement element;

	if (!pca_der_take(&reader, PCA_DER_INTEGER, &element) || !pca_bytes_equal(element.content, PCA_BYTES_OF("\1")))
		return "its version is not 2";
	if (!pca_der_take(&reader, PCA_DER_SEQUENCE, &element) ||
		!pca_bytes_equal(element.whole, crl->signature_algorithm))
		return "its two signature algorithms differ";
	if (!pca_der_take(&reader, PCA_DER_SEQUENCE, &element))
		return "it has no issuer";
	crl->issuer = element.whole;
	if (!pca_der_next(&reader, &element) || !pca_der_read_time(&element, &crl->this_update) ||
		!pca_der_next(&reader, &element) || !pca_der_read_time(&element, &crl->next_update))
		return "its times are malformed";
	if (pca_der_take(&reader, PCA_DER_SEQUENCE, &element))
		crl->entries = element.content;
	if (!pca_der_enter(&reader, PCA_DER_CONTEXT_CONSTRUCTED + 0, &explicit_tag) || !pca_der_at_end(&reader) ||
		!pca_der_take(&explicit_tag, PCA_DER_SEQUENCE, &element) || !pca_der_at_end(&explicit_tag))
		return "its extensions are malformed";
	return parse_crl_extensions(element.content, crl);
}

/* Reads a version 2 CRL apart from its entries.  Returns NULL or the fault. */
const char *
pca_crl_parse(PcaBytes der, PcaCrl *crl)
{
	PcaSigned	parts;
	const char *fault;

	memset(crl, 0, sizeof(*crl));
	if ((fault = pca_signed_parse(der, "it is not a CRL", &parts)) != NULL)
		return fault;
	crl->tbs = parts.tbs.whole;
	crl->signature_algorithm = parts.algorithm;
	crl->signature = parts.signature;
	return parse_tbs_cert_list(pca_der_reader(parts.tbs.content), crl);
}

/* crlEntryExtensions: the reason; no other may be critical */
static const char *
parse_entry_extensions(PcaDerReader reader, PcaCrlEntry *entry)
{
	PcaDerReader extension;
	PcaDerReader value;
	PcaDerElement oid;
	PcaDerElement element;

	while (!pca_der_at_end(&reader))
	{
		bool		is_critical;

		if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &extension) || !pca_der_take(&extension, PCA_DER_OID, &oid))
			return "the extensions of an entry are malformed";
		is_critical = pca_der_take(&extension, PCA_DER_BOOLEAN, &element);
		if (!pca_der_enter(&extension, PCA_DER_OCTET_STRING, &value) || !pca_der_at_end(&extension))
			return "the extensions of an entry are malformed";
		if (!pca_bytes_equal(oid.content, pca_oid_crl_reason))
		{
			if (is_critical)
				return "an entry has an unknown critical extension";
			continue;
		}
		if (!pca_der_take(&value, PCA_DER_ENUMERATED, &element) || !pca_der_at_end(&value) ||
			element.content.length != 1 || (entry->reason = reason_word(element.content.data[0])) == NULL)
			return "an entry has a reason that this service does not use";
	}
	return NULL;
}

/* Reads the next entry; the caller has checked that one follows.  Returns NULL or the fault. */
const char *
pca_crl_next(PcaDerReader *entries, PcaCrlEntry *entry)
{
	PcaDerReader reader;
	PcaDerReader extensions;
	PcaDerElement serial;
	PcaDerElement time;

	if (!pca_der_enter(entries, PCA_DER_SEQUENCE, &reader) ||
		!pca_der_take(&reader, PCA_DER_INTEGER, &serial) ||
		!pca_der_next(&reader, &time) || !pca_der_read_time(&time, &entry->revoked_at))
		return "an entry is malformed";
	if (!pca_der_read_unsigned(serial.content, entry->serial.data, sizeof(entry->serial.data)))
		return "an entry has a serial number that this service never assigns";
	entry->reason = reasons[0].word;
	if (pca_der_at_end(&reader))
		return NULL;
	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &extensions) || !pca_der_at_end(&reader))
		return "an entry is malformed";
	return parse_entry_extensions(extensions, entry);
}
