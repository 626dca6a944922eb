/*-------------------------------------------------------------------------
 *
 * rule_ca_certificate.c
 *	  The import rules for a CA's certificate, and for those above it, that
 *	  concern each certificate by itself.
 *
 * A relying party reads all of them before it accepts anything that the CA
 * issues.  So a certificate that some relying party could not read is refused
 * here, where it can still be issued again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_name.h"
#include "crypto_name_attribute.h"
#include "rule_ca_certificate.h"

/* The clock of the issuer may be ahead of ours. */
#define CLOCK_SECONDS 60

#define SERIAL_MAX_OCTETS 20

/* The extensions of RFC 5280 4.2 */
static const struct
{
	PcaBytes	oid;
	const char *name;
	bool		may_be_critical;	/* ImportCertificateAuthorityCertificate allows it */
	bool		is_processed;	/* relying parties apply it; if not, they refuse it if it is critical */
}			extensions[] = {
	{PCA_BYTES_INIT("\x55\x1d\x23"), "authorityKeyIdentifier", true, false},
	{PCA_BYTES_INIT("\x55\x1d\x0e"), "subjectKeyIdentifier", true, false},
	{PCA_BYTES_INIT("\x55\x1d\x0f"), "keyUsage", true, true},
	{PCA_BYTES_INIT("\x55\x1d\x20"), "certificatePolicies", true, true},
	{PCA_BYTES_INIT("\x55\x1d\x21"), "policyMappings", true, true},
	{PCA_BYTES_INIT("\x55\x1d\x11"), "subjectAltName", true, true},
	{PCA_BYTES_INIT("\x55\x1d\x12"), "issuerAltName", true, false},
	{PCA_BYTES_INIT("\x55\x1d\x09"), "subjectDirectoryAttributes", true, false},
	{PCA_BYTES_INIT("\x55\x1d\x13"), "basicConstraints", true, true},
	{PCA_BYTES_INIT("\x55\x1d\x1e"), "nameConstraints", true, true},
	{PCA_BYTES_INIT("\x55\x1d\x24"), "policyConstraints", false, true},
	{PCA_BYTES_INIT("\x55\x1d\x25"), "extKeyUsage", true, true},
	{PCA_BYTES_INIT("\x55\x1d\x1f"), "cRLDistributionPoints", false, true},
	{PCA_BYTES_INIT("\x55\x1d\x36"), "inhibitAnyPolicy", true, true},
	{PCA_BYTES_INIT("\x55\x1d\x2e"), "freshestCRL", false, false},
	{PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x01\x01"), "authorityInfoAccess", false, false},
	{PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x01\x0b"), "subjectInfoAccess", true, false},
};

/* Returns the index of an extension's row, or -1. */
static int
find_extension_row(PcaBytes oid)
{
	for (size_t i = 0; i < lengthof(extensions); i++)
		if (pca_bytes_equal(extensions[i].oid, oid))
			return i;
	return -1;
}

/* Formats the OID of an extension, with its name if it is known. */
static char *
format_extension_oid(PcaBytes oid)
{
	int			row = find_extension_row(oid);

	return row < 0 ? pca_oid_format(oid) : psprintf("%s (%s)", pca_oid_format(oid), extensions[row].name);
}

/*
 * Returns the path of the argument that contains the certificate at index i of
 * the chain: certificate, certificate_chain[0], ...
 */
const char *
pca_ca_certificate_place(int i)
{
	return i == 0 ? "certificate" : psprintf("certificate_chain[%d]", i - 1);
}

/* Throws MalformedCertificateException for the certificate at index i of the chain. */
void
pca_ca_certificate_malformed_error(int i, const char *fault, const char *hint)
{
	pca_error(MALFORMED_CERTIFICATE,
			  errmsg("certificate of a certificate authority is malformed"),
			  errdetail("The certificate at %s is not accepted: %s.", pca_ca_certificate_place(i), fault),
			  errhint("%s", hint));
}

/*
 * Checks the serial number (RFC 5280 4.1.2.2).  Some old roots that are still in
 * use have zero, which relying parties accept; below the root a certificate is
 * identified by its number.
 */
static void
check_ca_serial(const PcaCertificate *certificate, int i)
{
	static const char *const hint = "Have it issued again with a serial number from 1 up to 20 octets.";

	if (certificate->serial.length > SERIAL_MAX_OCTETS)
		pca_ca_certificate_malformed_error(i, "its serial number is longer than 20 octets", hint);
	if (pca_bytes_equal(certificate->serial, PCA_BYTES_OF("\0")) &&
		(i == 0 || !pca_certificate_is_self_issued(certificate)))
		pca_ca_certificate_malformed_error(i, "its serial number is zero", hint);
}

/* Checks the values of the extensions against their grammars. */
static void
check_extension_grammar(const PcaCertificate *certificate, int i)
{
	for (int n = 0; n < certificate->extensions.count; n++)
	{
		const PcaExtension *extension = &certificate->extensions.list[n];
		const char *fault = pca_extension_fault(extension->oid, extension->value);

		if (fault != NULL)
			pca_ca_certificate_malformed_error(i, psprintf("in its extension %s, %s", format_extension_oid(extension->oid), fault),
											   "Have it issued again with that extension as its specification defines it: relying parties refuse a CA whose certificate they cannot read.");
	}
}

/*
 * Checks that OpenSSL can read a certificate, because many relying parties use
 * it for names, times and the consistency of extensions.
 */
static void
check_read_by_openssl(const PcaCertificate *certificate, int i)
{
	const char *fault = pca_certificate_openssl_fault(certificate);

	if (fault != NULL)
		pca_ca_certificate_malformed_error(i, fault,
										   "See what \"openssl x509 -text\" says about it, and have it issued again.");
}

/*
 * Checks that relying parties can read everything in a certificate.
 *
 * i: its index in the chain.  Throws MalformedCertificateException.
 */
void
pca_ca_certificate_check_form(const PcaCertificate *certificate, int i)
{
	check_ca_serial(certificate, i);
	check_extension_grammar(certificate, i);
	check_read_by_openssl(certificate, i);
}

/* Checks that a certificate is valid now (RFC 5280 4.1.2.5). */
static void
check_ca_validity(const PcaCertificate *certificate, int i, int64 now)
{
	if (now + CLOCK_SECONDS < certificate->not_before)
		pca_ca_certificate_malformed_error(i,
										   psprintf("it is not valid yet: it becomes valid at %s",
													pca_time_format(certificate->not_before)),
										   "Import it then. If it was issued just now, one of the two clocks is wrong.");
	if (now > certificate->not_after)
		pca_ca_certificate_malformed_error(i,
										   psprintf("it expired at %s",
													pca_time_format(certificate->not_after)),
										   "Have it renewed, and import the new certificate.");
}

/* Checks that all critical extensions may be critical. */
static void
check_critical_extensions(const PcaCertificate *certificate, int i)
{
	for (int n = 0; n < certificate->extensions.count; n++)
	{
		const PcaExtension *extension = &certificate->extensions.list[n];
		int			row = find_extension_row(extension->oid);

		if (extension->is_critical && (row < 0 || !extensions[row].may_be_critical))
			pca_ca_certificate_malformed_error(i, psprintf("its critical extension %s is not allowed", format_extension_oid(extension->oid)),
											   "Have it issued again without that extension, or with it not critical.");
	}
}

/* Checks that a certificate has critical basic constraints with CA:TRUE (RFC 5280 4.2.1.9). */
static void
check_ca_constraints(const PcaCertificate *certificate, int i)
{
	const PcaExtension *basic = pca_extension_find(&certificate->extensions, pca_oid_basic_constraints);
	PcaBasicConstraints constraints;
	const char *fault = basic == NULL ? "it has no basic constraints"
		: !basic->is_critical ? "its basic constraints are not critical"
		: pca_basic_constraints_parse(basic->value, &constraints);

	if (fault == NULL && !constraints.is_ca)
		fault = "its basic constraints do not say that it is a CA";
	if (fault != NULL)
		pca_error(VALIDATION,
				  errmsg("certificate of a certificate authority cannot be imported"),
				  errdetail("The certificate at %s is not accepted: %s.", pca_ca_certificate_place(i), fault),
				  errhint("Have it issued with critical basic constraints that say CA:TRUE."));
}

/*
 * Checks the subject (RFC 5280 4.1.2.6).  The CA's own name is in everything
 * that it signs, so every relying party must be able to read it, and it must
 * leave room for other values.  The names above it are in certificates that
 * relying parties already have.
 */
static void
check_ca_subject(const PcaCertificate *certificate, int i)
{
	static const char *const hint = "Have it issued again with a subject in UTF8String or PrintableString, as in the authority's CSR.";
	const char *fault = i == 0 ? pca_name_fault(pca_name_content(certificate->subject)) : NULL;

	if (fault != NULL)
		pca_ca_certificate_malformed_error(i, fault, hint);
	if (pca_name_is_empty(certificate->subject))
		pca_ca_certificate_malformed_error(i, "the subject of a CA must not be empty", hint);
	if (i == 0 && (fault = pca_der_scan_within(certificate->subject, PCA_DER_MAX_NODES / 2)) != NULL)
		pca_ca_certificate_malformed_error(i, psprintf("in its subject, %s", fault), hint);
}

/*
 * Applies the import rules that concern a certificate by itself.
 *
 * i: its index in the chain.  now: Unix seconds.  Throws
 * MalformedCertificateException, or ValidationException for the basic
 * constraints.
 */
void
pca_ca_certificate_check(const PcaCertificate *certificate, int i, int64 now)
{
	check_ca_validity(certificate, i, now);
	check_critical_extensions(certificate, i);
	check_ca_constraints(certificate, i);
	if (!pca_certificate_has_key_usage(certificate, PCA_KU_KEY_CERT_SIGN))
		pca_ca_certificate_malformed_error(i, "its key usage has no keyCertSign, so certificates issued under it would not be accepted",
										   "Have it issued again with keyCertSign and cRLSign in its key usage.");
	check_ca_subject(certificate, i);
}

/*
 * Finds an extension that the import allows to be critical although RFC 5280
 * does not, so that some relying parties refuse the CA.  Returns its OID and
 * name, or NULL if there is none.
 */
const char *
pca_ca_certificate_find_unusual(const PcaCertificate *certificate)
{
	for (int n = 0; n < certificate->extensions.count; n++)
	{
		const PcaExtension *extension = &certificate->extensions.list[n];
		int			row = find_extension_row(extension->oid);

		if (extension->is_critical && (row < 0 || !extensions[row].is_processed))
			return format_extension_oid(extension->oid);
	}
	return NULL;
}
