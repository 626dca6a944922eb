/*-------------------------------------------------------------------------
 *
 * crypto_certificate.c
 *	  Builds, signs and reads X.509 certificates (RFC 5280 4.1).
 *
 * What is signed is what was decided: the bytes to be signed are read back and
 * compared with the decision before the key signs them, and the signature is
 * verified before it leaves this module.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_certificate.h"
#include "crypto_digest.h"
#include "crypto_ossl.h"
#include "crypto_signature.h"
#include "utils/guc.h"


static bool verify_signatures_setting;

/* Defines pca.verify_signatures. */
void
pca_certificate_define_settings(void)
{
	DefineCustomBoolVariable("pca.verify_signatures",
							 "Verifies the signature of a certificate before storing it.",
							 "The signature of a CRL is always verified.", &verify_signatures_setting, true, PGC_SUSET, 0,
							 NULL, NULL, NULL);
}

/* Reads the fields of a TBSCertificate.  Returns NULL or the fault. */
static const char *
parse_tbs_certificate(PcaDerReader reader, PcaCertificate *certificate)
{
	PcaDerReader validity;
	PcaDerReader explicit_tag;
	PcaDerElement element;

	if (!pca_der_enter(&reader, PCA_DER_CONTEXT_CONSTRUCTED, &explicit_tag) ||
		!pca_der_take(&explicit_tag, PCA_DER_INTEGER, &element) ||
		!pca_bytes_equal(element.content, PCA_BYTES_OF("\2")))
		return "its version is not 3";
	if (!pca_der_take(&reader, PCA_DER_INTEGER, &element))
		return "it has no serial number";
	/* RFC 5280 4.1.2.2: positive, at most 20 octets */
	if (element.content.length > 21 || element.content.data[0] >= 0x80)
		return "its serial number is negative or longer than 20 octets";
	certificate->serial = element.content;
	if (!pca_der_take(&reader, PCA_DER_SEQUENCE, &element) ||
		!pca_bytes_equal(element.whole, certificate->signature_algorithm))
		return "its two signature algorithms differ";
	if (!pca_der_take(&reader, PCA_DER_SEQUENCE, &element))
		return "it has no issuer";
	certificate->issuer = element.whole;
	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &validity) ||
		!pca_der_next(&validity, &element) || !pca_der_read_time(&element, &certificate->not_before) ||
		!pca_der_next(&validity, &element) || !pca_der_read_time(&element, &certificate->not_after))
		return "its validity is malformed";
	if (!pca_der_take(&reader, PCA_DER_SEQUENCE, &element))
		return "it has no subject";
	certificate->subject = element.whole;
	if (!pca_der_take(&reader, PCA_DER_SEQUENCE, &element))
		return "it has no public key";
	certificate->spki = element.whole;
	/* issuerUniqueID [1] and subjectUniqueID [2] */
	for (int i = 1; i <= 2; i++)
		if (pca_der_peek(&reader, PCA_DER_CONTEXT + i))
			pca_der_next(&reader, &element);
	if (pca_der_at_end(&reader))
		return pca_extensions_parse((PcaBytes) {NULL, 0}, &certificate->extensions);
	if (!pca_der_enter(&reader, PCA_DER_CONTEXT_CONSTRUCTED + 3, &explicit_tag) || !pca_der_at_end(&reader) ||
		!pca_der_take(&explicit_tag, PCA_DER_SEQUENCE, &element) || !pca_der_at_end(&explicit_tag))
		return "its extensions are malformed";
	return pca_extensions_parse(element.content, &certificate->extensions);
}

/*
 * Reads a version 3 certificate that passed pca_der_scan().  Returns NULL or the
 * fault.
 *
 * certificate: slices of der, which must outlive it, and a list of extensions.
 */
const char *
pca_certificate_parse(PcaBytes der, PcaCertificate *certificate)
{
	PcaSigned	parts;
	const char *fault;

	memset(certificate, 0, sizeof(*certificate));
	if ((fault = pca_signed_parse(der, "it is not a certificate", &parts)) != NULL)
		return fault;
	certificate->der = der;
	certificate->tbs = parts.tbs.whole;
	certificate->signature_algorithm = parts.algorithm;
	certificate->signature = parts.signature;
	return parse_tbs_certificate(pca_der_reader(parts.tbs.content), certificate);
}

/* Tells whether issuer and subject are the same entity, with any key (RFC 5280 3.2). */
bool
pca_certificate_is_self_issued(const PcaCertificate *certificate)
{
	return pca_bytes_equal(certificate->issuer, certificate->subject);
}

/*
 * Tells whether a certificate has one of these key usages (RFC 5280 4.2.1.3).  A
 * certificate without the extension has all of them.
 */
bool
pca_certificate_has_key_usage(const PcaCertificate *certificate, uint32 usage)
{
	const PcaExtension *extension = pca_extension_find(&certificate->extensions, pca_oid_key_usage);
	uint32		mask;

	return extension == NULL || (pca_key_usage_parse(extension->value, &mask) == NULL && (mask & usage) != 0);
}

/* Returns the path length (RFC 5280 4.2.1.9), or PCA_NO_PATH_LENGTH. */
int
pca_certificate_path_length(const PcaCertificate *certificate)
{
	const PcaExtension *extension = pca_extension_find(&certificate->extensions, pca_oid_basic_constraints);
	PcaBasicConstraints constraints;

	return extension == NULL || pca_basic_constraints_parse(extension->value, &constraints) != NULL
		? PCA_NO_PATH_LENGTH : constraints.path_length;
}

/* Verifies that a key signed a certificate.  Returns NULL or the fault. */
const char *
pca_certificate_verify(const PcaCertificate *certificate, const PcaPublicKey *key)
{
	return pca_public_key_verify(key, certificate->signature_algorithm, certificate->tbs, certificate->signature);
}

/*
 * Checks that OpenSSL can read a certificate.  Returns NULL or the fault.
 * OpenSSL parses the names, times and extensions, and checks the extensions
 * against each other.
 */
const char *
pca_certificate_openssl_fault(const PcaCertificate *certificate)
{
	const uint8 *at = certificate->der.data;
	X509	   *x509;
	bool		is_good;

	pca_ossl_begin();
	x509 = d2i_X509(NULL, &at, certificate->der.length);
	is_good = x509 != NULL &&
		X509_check_purpose(pca_own_X509(x509, "could not decode a certificate"), -1, 0) == 1;
	pca_ossl_forget_errors();
	return is_good ? NULL : "OpenSSL cannot read it, or finds that its extensions contradict each other";
}

/*
 * Collects what a CA's certificate passes on to the certificates that the CA
 * signs.
 *
 * The key identifier is the certificate's own, or, if it has none, the SHA-1 of
 * the public key.
 */
void
pca_certificate_issuer(const PcaCertificate *certificate, PcaIssuer *issuer)
{
	const PcaExtension *extension;
	PcaPublicKey key;

	memset(issuer, 0, sizeof(*issuer));
	issuer->name = certificate->subject;
	issuer->not_after = certificate->not_after;
	issuer->constraints = (PcaBasicConstraints) {false, PCA_NO_PATH_LENGTH};
	extension = pca_extension_find(&certificate->extensions, pca_oid_basic_constraints);
	if (extension != NULL)
		pca_basic_constraints_parse(extension->value, &issuer->constraints);
	extension = pca_extension_find(&certificate->extensions, pca_oid_subject_key_identifier);
	if (extension != NULL &&
		pca_subject_key_identifier_parse(extension->value, &issuer->key_identifier) == NULL)
		return;
	if (pca_public_key_parse(certificate->spki, &key) == NULL)
	{
		uint8	   *identifier = palloc(PCA_KEY_IDENTIFIER_LENGTH);

		pca_public_key_identifier(key.bits, identifier);
		issuer->key_identifier = (PcaBytes) {identifier, PCA_KEY_IDENTIFIER_LENGTH};
	}
}

/* Builds the TBSCertificate (RFC 5280 4.1) of a decision. */
static PcaBytes
build_tbs(const PcaCertificateSpec *spec)
{
	PcaDerWriter writer;

	pca_der_init(&writer, 2048);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_begin(&writer, PCA_DER_CONTEXT_CONSTRUCTED + 0);
	pca_der_integer(&writer, 2);
	pca_der_end(&writer);
	pca_der_unsigned(&writer, PCA_BYTES(spec->serial.data));
	pca_der_raw(&writer, spec->signing->identifier);
	pca_der_raw(&writer, spec->issuer);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_time(&writer, spec->not_before);
	pca_der_time(&writer, spec->not_after);
	pca_der_end(&writer);
	pca_der_raw(&writer, spec->subject);
	pca_der_raw(&writer, spec->key->spki);
	pca_der_begin(&writer, PCA_DER_CONTEXT_CONSTRUCTED + 3);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < spec->extensions.count; i++)
		pca_der_raw(&writer, spec->extensions.list[i].whole);
	pca_der_end(&writer);
	pca_der_end(&writer);
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/* Tells whether the content of an INTEGER is this serial number. */
static bool
is_serial(PcaBytes content, const pg_uuid_t *serial)
{
	PcaDerWriter writer;
	PcaBytes	written;

	pca_der_init(&writer, 32);
	pca_der_unsigned(&writer, PCA_BYTES(serial->data));
	written = pca_der_finish(&writer);
	return pca_bytes_equal(content, (PcaBytes) {written.data + 2, written.length - 2});
}

/* Tells whether the extensions are those that were decided. */
static bool
are_extensions(const PcaExtensions *found, const PcaExtensions *decided)
{
	for (int i = 0; i < found->count && i < decided->count; i++)
		if (!pca_bytes_equal(found->list[i].whole, decided->list[i].whole))
			return false;
	return found->count == decided->count;
}

/* Tells whether a certificate is a CA's or not, and has the path length, as was decided. */
static bool
are_constraints(const PcaCertificate *certificate, const PcaCertificateSpec *spec)
{
	const PcaExtension *extension = pca_extension_find(&certificate->extensions, pca_oid_basic_constraints);
	PcaBasicConstraints constraints;

	return extension != NULL && pca_basic_constraints_parse(extension->value, &constraints) == NULL &&
		constraints.is_ca == spec->constraints.is_ca &&
		constraints.path_length == spec->constraints.path_length;
}

/* Tells whether a certificate has the key usage that was decided. */
static bool
is_key_usage(const PcaCertificate *certificate, const PcaCertificateSpec *spec)
{
	const PcaExtension *extension = pca_extension_find(&certificate->extensions, pca_oid_key_usage);
	uint32		mask;

	if (spec->key_usage == 0)
		return true;
	return extension != NULL && pca_key_usage_parse(extension->value, &mask) == NULL && mask == spec->key_usage;
}

/* Builds a certificate from its TBSCertificate and a signature. */
static PcaBytes
build_certificate(PcaBytes tbs, const PcaSigningAlgorithm *signing, PcaBytes signature)
{
	PcaDerWriter writer;

	pca_der_init(&writer, tbs.length + signature.length + 128);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_raw(&writer, tbs);
	pca_der_raw(&writer, signing->identifier);
	pca_der_bit_string(&writer, signature);
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/* Reads the certificate that is to be signed, and throws an error if it differs from the decision. */
static void
check_certificate_as_decided(PcaBytes der, const PcaCertificateSpec *spec)
{
	PcaCertificate certificate;

	if (pca_certificate_parse(der, &certificate) != NULL ||
		!is_serial(certificate.serial, &spec->serial) ||
		!pca_bytes_equal(certificate.issuer, spec->issuer) ||
		!pca_bytes_equal(certificate.subject, spec->subject) ||
		!pca_bytes_equal(certificate.spki, spec->key->spki) ||
		certificate.not_before != spec->not_before || certificate.not_after != spec->not_after ||
		!are_extensions(&certificate.extensions, &spec->extensions) ||
		!are_constraints(&certificate, spec) || !is_key_usage(&certificate, spec))
		elog(ERROR, "certificate to be signed differs from what was decided");
}

/*
 * Reads the certificate that is to be signed, in the way in which it will be
 * read from the database, with the reader for hostile input.  Returns NULL, or
 * the reason why it cannot be read.
 *
 * The whole certificate has more values than the request and than the
 * TBSCertificate, so it can exceed the limits although these did not.
 */
static const char *
unsigned_fault(PcaBytes tbs, const PcaCertificateSpec *spec)
{
	PcaBytes	der = build_certificate(tbs, spec->signing, PCA_BYTES_OF("\0"));
	const char *fault = pca_der_scan(der);

	if (fault == NULL)
		check_certificate_as_decided(der, spec);
	return fault;
}

/* Draws a serial number of 128 random bits that is not zero (RFC 5280 4.1.2.2). */
void
pca_certificate_draw_serial(pg_uuid_t *serial)
{
	static const pg_uuid_t zero;

	do
		pca_random(serial->data, sizeof(serial->data));
	while (memcmp(serial, &zero, sizeof(zero)) == 0);
}

/*
 * Checks that a certificate could be read after it was signed, without signing
 * it.  Returns NULL or the fault.
 */
const char *
pca_certificate_fault(const PcaCertificateSpec *spec)
{
	return unsigned_fault(build_tbs(spec), spec);
}

/*
 * Builds and signs a certificate.  Returns NULL, or the reason why it could not
 * be read.
 *
 * certificate: DER.  Its signature is verified with the CA's public key before
 * it is returned, unless pca.verify_signatures is off.  Throws
 * RequestFailedException.
 */
const char *
pca_certificate_sign(const PcaCertificateSpec *spec, PcaKey *key, PcaBytes *certificate)
{
	PcaBytes	tbs = build_tbs(spec);
	const char *fault = unsigned_fault(tbs, spec);
	PcaBytes	signature;

	if (fault != NULL)
		return fault;
	signature = pca_key_sign(key, spec->signing, tbs);
	if (verify_signatures_setting)
		pca_key_check_signature(key, spec->signing, tbs, signature);
	*certificate = build_certificate(tbs, spec->signing, signature);
	return NULL;
}
