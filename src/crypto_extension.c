/*-------------------------------------------------------------------------
 *
 * crypto_extension.c
 *	  X.509 extensions (RFC 5280 4.2): the readers, then a builder for each.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_extension.h"
#include "port/pg_bswap.h"

/* id-qt-cps (RFC 5280 4.2.1.4) */
#define CPS_QUALIFIER "1.3.6.1.5.5.7.2.1"

const PcaBytes pca_oid_subject_information_access = PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x01\x0b");
const PcaBytes pca_oid_subject_key_identifier = PCA_BYTES_INIT("\x55\x1d\x0e");
const PcaBytes pca_oid_key_usage = PCA_BYTES_INIT("\x55\x1d\x0f");
const PcaBytes pca_oid_subject_alternative_name = PCA_BYTES_INIT("\x55\x1d\x11");
const PcaBytes pca_oid_basic_constraints = PCA_BYTES_INIT("\x55\x1d\x13");
const PcaBytes pca_oid_name_constraints = PCA_BYTES_INIT("\x55\x1d\x1e");
const PcaBytes pca_oid_authority_key_identifier = PCA_BYTES_INIT("\x55\x1d\x23");
const PcaBytes pca_oid_extended_key_usage = PCA_BYTES_INIT("\x55\x1d\x25");
const PcaBytes pca_oid_certificate_policies = PCA_BYTES_INIT("\x55\x1d\x20");
const PcaBytes pca_oid_crl_distribution_points = PCA_BYTES_INIT("\x55\x1d\x1f");
const PcaBytes pca_oid_authority_information_access = PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x01\x01");
const PcaBytes pca_oid_crl_number = PCA_BYTES_INIT("\x55\x1d\x14");
const PcaBytes pca_oid_crl_reason = PCA_BYTES_INIT("\x55\x1d\x15");
const PcaBytes pca_oid_ocsp_no_check = PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x05");
const PcaBytes pca_oid_issuing_distribution_point = PCA_BYTES_INIT("\x55\x1d\x1c");

/* Begins an extension: what is appended until end_extension() is its value. */
static void
begin_extension(PcaDerWriter *writer, PcaBytes oid, bool is_critical)
{
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_primitive(writer, PCA_DER_OID, oid);
	if (is_critical)
		pca_der_boolean(writer, true);
	pca_der_begin(writer, PCA_DER_OCTET_STRING);
}

/* Ends an extension. */
static void
end_extension(PcaDerWriter *writer)
{
	pca_der_end(writer);
	pca_der_end(writer);
}

/*
 * Reads an Extension (RFC 5280 4.1): extnID, critical DEFAULT FALSE, extnValue.
 * Returns false if it is malformed.
 */
static bool
take_extension(PcaDerReader *reader, PcaExtension *extension)
{
	PcaDerElement element;
	PcaDerElement field;
	PcaDerReader inner;

	if (!pca_der_take(reader, PCA_DER_SEQUENCE, &element))
		return false;
	extension->whole = element.whole;
	inner = pca_der_reader(element.content);
	if (!pca_der_take(&inner, PCA_DER_OID, &field))
		return false;
	extension->oid = field.content;
	extension->is_critical = false;
	if (pca_der_take(&inner, PCA_DER_BOOLEAN, &field))
	{
		/* X.690 11.5: a default value is not encoded, but many CSRs encode it. */
		extension->is_critical = field.content.data[0] != 0;
	}
	if (!pca_der_take(&inner, PCA_DER_OCTET_STRING, &field) || !pca_der_at_end(&inner))
		return false;
	extension->value = field.content;
	return true;
}

/* Makes room for one more extension, and returns its place. */
static PcaExtension *
make_room(PcaExtensions *extensions)
{
	if (extensions->count == extensions->capacity)
	{
		extensions->capacity = Max(16, extensions->capacity * 2);
		extensions->list = extensions->list == NULL
			? palloc(extensions->capacity * sizeof(PcaExtension))
			: repalloc(extensions->list, extensions->capacity * sizeof(PcaExtension));
	}
	return &extensions->list[extensions->count];
}

/*
 * Reads the content of an Extensions sequence that passed pca_der_scan().
 * Returns NULL or the fault.  RFC 5280 4.2: no extension may appear more than
 * once.
 *
 * extensions: slices of the sequence, which must outlive them.
 */
const char *
pca_extensions_parse(PcaBytes sequence, PcaExtensions *extensions)
{
	PcaDerReader reader = pca_der_reader(sequence);

	*extensions = (PcaExtensions) {0};
	while (!pca_der_at_end(&reader))
	{
		PcaExtension *extension = make_room(extensions);

		if (extensions->count == PCA_EXTENSIONS_MAX)
			return "there are too many extensions";
		if (!take_extension(&reader, extension))
			return "an extension is malformed";
		if (pca_extension_find(extensions, extension->oid) != NULL)
			return "an extension appears more than once";
		extensions->count++;
	}
	return NULL;
}

/* Builds an Extension, DER. */
static PcaBytes
build_extension(PcaBytes oid, bool is_critical, PcaBytes value)
{
	PcaDerWriter writer;

	pca_der_init(&writer, oid.length + value.length + 32);
	begin_extension(&writer, oid, is_critical);
	pca_der_raw(&writer, value);
	end_extension(&writer);
	return pca_der_finish(&writer);
}

/* Sets an extension to newly built DER. */
static void
set_extension(PcaExtension *extension, PcaBytes oid, bool is_critical, PcaBytes value)
{
	PcaDerReader reader = pca_der_reader(build_extension(oid, is_critical, value));

	if (!take_extension(&reader, extension))
		elog(ERROR, "extension is malformed");
}

/* Adds an extension whose value is DER. */
void
pca_extensions_add(PcaExtensions *extensions, PcaBytes oid, bool is_critical, PcaBytes value)
{
	set_extension(make_room(extensions), oid, is_critical, value);
	extensions->count++;
}

/* Finds an extension that will be changed.  Returns NULL if it is absent. */
static PcaExtension *
find_to_change(PcaExtensions *extensions, PcaBytes oid)
{
	const PcaExtension *extension = pca_extension_find(extensions, oid);

	return extension == NULL ? NULL : &extensions->list[extension - extensions->list];
}

/* Sets whether an extension is critical.  Does nothing if it is absent. */
void
pca_extension_set_critical(PcaExtensions *extensions, PcaBytes oid, bool is_critical)
{
	PcaExtension *extension = find_to_change(extensions, oid);

	if (extension != NULL)
		set_extension(extension, extension->oid, is_critical, extension->value);
}

/* Replaces the value of an extension by other DER.  Does nothing if it is absent. */
void
pca_extension_set_value(PcaExtensions *extensions, PcaBytes oid, PcaBytes value)
{
	PcaExtension *extension = find_to_change(extensions, oid);

	if (extension != NULL)
		set_extension(extension, extension->oid, extension->is_critical, value);
}

/* Finds an extension by the content of its OID.  Returns NULL if it is absent. */
const PcaExtension *
pca_extension_find(const PcaExtensions *extensions, PcaBytes oid)
{
	for (int i = 0; i < extensions->count; i++)
		if (pca_bytes_equal(extensions->list[i].oid, oid))
			return &extensions->list[i];
	return NULL;
}

/* Reads the value of basicConstraints (RFC 5280 4.2.1.9).  Returns NULL or the fault. */
const char *
pca_basic_constraints_parse(PcaBytes value, PcaBasicConstraints *constraints)
{
	PcaDerReader reader = pca_der_reader(value);
	PcaDerReader inner;
	PcaDerElement field;
	uint32		path_length;

	constraints->is_ca = false;
	constraints->path_length = PCA_NO_PATH_LENGTH;
	if (pca_der_scan(value) != NULL || !pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner))
		return "its basic constraints are malformed";
	if (pca_der_take(&inner, PCA_DER_BOOLEAN, &field))
		constraints->is_ca = field.content.data[0] != 0;
	if (pca_der_take(&inner, PCA_DER_INTEGER, &field))
	{
		if (!pca_der_read_uint32(field.content, &path_length))
			return "its path length is out of range";
		constraints->path_length = path_length;
	}
	return pca_der_at_end(&inner) ? NULL : "its basic constraints are malformed";
}

/* Reads the value of a subjectKeyIdentifier (RFC 5280 4.2.1.2).  Returns NULL or the fault. */
const char *
pca_subject_key_identifier_parse(PcaBytes value, PcaBytes *identifier)
{
	PcaDerReader reader = pca_der_reader(value);
	PcaDerElement octets;

	if (!pca_der_take(&reader, PCA_DER_OCTET_STRING, &octets) || octets.content.length == 0)
		return "its subject key identifier is malformed";
	*identifier = octets.content;
	return NULL;
}

/* Reads the value of a keyUsage (RFC 5280 4.2.1.3) as a mask of PCA_KU_*.  Returns NULL or the fault. */
const char *
pca_key_usage_parse(PcaBytes value, uint32 *mask)
{
	PcaDerReader reader = pca_der_reader(value);
	PcaDerElement bits;

	*mask = 0;
	if (pca_der_scan(value) != NULL || !pca_der_take(&reader, PCA_DER_BIT_STRING, &bits))
		return "its key usage is malformed";
	for (size_t i = 1; i < bits.content.length && i <= 2; i++)
		for (int bit = 0; bit < 8; bit++)
			if (bits.content.data[i] & (0x80 >> bit))
				*mask |= 1u << (8 * (i - 1) + bit);
	return NULL;
}

/* Tells whether the value of an extendedKeyUsage (RFC 5280 4.2.1.12) contains a purpose. */
bool
pca_extended_key_usage_has(PcaBytes value, PcaPurpose purpose)
{
	PcaDerReader reader = pca_der_reader(value);
	PcaDerReader purposes;
	PcaDerElement oid;

	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &purposes))
		return false;
	while (pca_der_next(&purposes, &oid))
		if (pca_bytes_equal(oid.content, pca_purpose_oid(purpose)))
			return true;
	return false;
}

/* Appends an authorityKeyIdentifier (RFC 5280 4.2.1.1) with the key identifier only. */
void
pca_extension_authority_key_identifier(PcaDerWriter *writer, PcaBytes identifier)
{
	begin_extension(writer, pca_oid_authority_key_identifier, false);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_primitive(writer, PCA_DER_CONTEXT + 0, identifier);
	pca_der_end(writer);
	end_extension(writer);
}

/* Appends a subjectKeyIdentifier (RFC 5280 4.2.1.2). */
void
pca_extension_subject_key_identifier(PcaDerWriter *writer, PcaBytes identifier)
{
	begin_extension(writer, pca_oid_subject_key_identifier, false);
	pca_der_primitive(writer, PCA_DER_OCTET_STRING, identifier);
	end_extension(writer);
}

/* Appends a keyUsage (RFC 5280 4.2.1.3), which SHOULD be critical.  mask: PCA_KU_*. */
void
pca_extension_key_usage(PcaDerWriter *writer, uint32 mask)
{
	begin_extension(writer, pca_oid_key_usage, true);
	pca_der_named_bits(writer, mask);
	end_extension(writer);
}

/* Appends basicConstraints (RFC 5280 4.2.1.9). */
void
pca_extension_basic_constraints(PcaDerWriter *writer, bool is_critical, const PcaBasicConstraints *constraints)
{
	begin_extension(writer, pca_oid_basic_constraints, is_critical);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	if (constraints->is_ca)
		pca_der_boolean(writer, true);
	if (constraints->path_length != PCA_NO_PATH_LENGTH)
		pca_der_integer(writer, constraints->path_length);
	pca_der_end(writer);
	end_extension(writer);
}

/*
 * Appends the value of an extendedKeyUsage (RFC 5280 4.2.1.12).
 *
 * purposes: the contents of OIDs.
 */
void
pca_extended_key_usage_build(PcaDerWriter *writer, const PcaBytes *purposes, int count)
{
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < count; i++)
		pca_der_primitive(writer, PCA_DER_OID, purposes[i]);
	pca_der_end(writer);
}

/*
 * Appends an extendedKeyUsage (RFC 5280 4.2.1.12).
 *
 * purposes: the PCA_PURPOSE_BIT of each.
 */
void
pca_extension_extended_key_usage(PcaDerWriter *writer, bool is_critical, uint32 purposes)
{
	PcaBytes	oids[PCA_PURPOSES];
	int			count = 0;

	for (int purpose = 0; purpose < PCA_PURPOSES; purpose++)
		if ((purposes & PCA_PURPOSE_BIT(purpose)) != 0)
			oids[count++] = pca_purpose_oid(purpose);
	begin_extension(writer, pca_oid_extended_key_usage, is_critical);
	pca_extended_key_usage_build(writer, oids, count);
	end_extension(writer);
}

/* Appends a PolicyQualifierInfo with the URI of a certification practice statement. */
static void
build_cps_qualifier(PcaDerWriter *writer, PcaBytes uri)
{
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_oid(writer, CPS_QUALIFIER);
	pca_der_primitive(writer, PCA_DER_IA5_STRING, uri);
	pca_der_end(writer);
}

/* Appends the value of certificatePolicies (RFC 5280 4.2.1.4). */
void
pca_certificate_policies_build(PcaDerWriter *writer, const PcaCertificatePolicy *policies, int count)
{
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < count; i++)
	{
		pca_der_begin(writer, PCA_DER_SEQUENCE);
		pca_der_primitive(writer, PCA_DER_OID, policies[i].oid);
		if (policies[i].cps_uri_count > 0)
		{
			pca_der_begin(writer, PCA_DER_SEQUENCE);
			for (int j = 0; j < policies[i].cps_uri_count; j++)
				build_cps_qualifier(writer, policies[i].cps_uris[j]);
			pca_der_end(writer);
		}
		pca_der_end(writer);
	}
	pca_der_end(writer);
}

/* Appends SEQUENCE { distributionPoint [0] { fullName [0] { uniformResourceIdentifier [6] } } }. */
static void
build_distribution_point(PcaDerWriter *writer, const char *url)
{
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_begin(writer, PCA_DER_CONTEXT_CONSTRUCTED + 0);
	pca_der_begin(writer, PCA_DER_CONTEXT_CONSTRUCTED + 0);
	pca_der_primitive(writer, PCA_DER_CONTEXT + 6, pca_bytes_of_text(url));
	pca_der_end(writer);
	pca_der_end(writer);
	pca_der_end(writer);
}

/* Appends cRLDistributionPoints (RFC 5280 4.2.1.13) with one distribution point, whose full name is a URI. */
void
pca_extension_crl_distribution_point(PcaDerWriter *writer, const char *url)
{
	begin_extension(writer, pca_oid_crl_distribution_points, false);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	build_distribution_point(writer, url);
	pca_der_end(writer);
	end_extension(writer);
}

/* Appends a cRLNumber (RFC 5280 5.2.3). */
void
pca_extension_crl_number(PcaDerWriter *writer, uint64 number)
{
	uint64		big_endian = pg_hton64(number);

	begin_extension(writer, pca_oid_crl_number, false);
	pca_der_unsigned(writer, (PcaBytes) {(const uint8 *) &big_endian, sizeof(big_endian)});
	end_extension(writer);
}

/*
 * Appends an issuingDistributionPoint (RFC 5280 5.2.5), which is critical.
 *
 * url: the same as in the certificates' cRLDistributionPoints.
 */
void
pca_extension_issuing_distribution_point(PcaDerWriter *writer, const char *url)
{
	begin_extension(writer, pca_oid_issuing_distribution_point, true);
	build_distribution_point(writer, url);
	end_extension(writer);
}

/* Appends an authorityInfoAccess (RFC 5280 4.2.2.1) with the URI of the OCSP responder. */
void
pca_extension_ocsp_responder(PcaDerWriter *writer, const char *url)
{
	begin_extension(writer, pca_oid_authority_information_access, false);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_oid(writer, "1.3.6.1.5.5.7.48.1");
	pca_der_primitive(writer, PCA_DER_CONTEXT + 6, pca_bytes_of_text(url));
	pca_der_end(writer);
	pca_der_end(writer);
	end_extension(writer);
}

/*
 * Appends id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1): clients do not check
 * whether the responder's own certificate is revoked.
 */
void
pca_extension_ocsp_no_check(PcaDerWriter *writer)
{
	begin_extension(writer, pca_oid_ocsp_no_check, false);
	pca_der_primitive(writer, PCA_DER_NULL, (PcaBytes) {NULL, 0});
	end_extension(writer);
}

/* Appends a subjectInfoAccess (RFC 5280 4.2.2.2). */
void
pca_extension_subject_information_access(PcaDerWriter *writer, const PcaAccessDescription *descriptions, int count)
{
	begin_extension(writer, pca_oid_subject_information_access, false);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < count; i++)
	{
		pca_der_begin(writer, PCA_DER_SEQUENCE);
		pca_der_primitive(writer, PCA_DER_OID, descriptions[i].method);
		pca_general_name_build(writer, &descriptions[i].location);
		pca_der_end(writer);
	}
	pca_der_end(writer);
	end_extension(writer);
}
