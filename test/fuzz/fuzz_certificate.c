/*-------------------------------------------------------------------------
 *
 * fuzz_certificate.c
 *	  Reads any octets as a certificate.  If OpenSSL decodes it, too, the
 *	  serial number, names, times, key and extensions are the same.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <openssl/bn.h>
#include <time.h>

#include "crypto_certificate.h"
#include "crypto_name.h"
#include "x509.h"

static int64
seconds_of(const ASN1_TIME *value)
{
	struct tm	tm;

	FUZZ_CHECK(ASN1_TIME_to_tm(value, &tm) == 1);
	return timegm(&tm);
}

static void
check_serial(PcaBytes serial, const ASN1_INTEGER *other)
{
	BIGNUM	   *number = ASN1_INTEGER_to_BN(other, NULL);
	char	   *decimal = BN_bn2dec(number);

	FUZZ_CHECK(!BN_is_negative(number) && strcmp(pca_decimal_format(serial), decimal) == 0);
	OPENSSL_free(decimal);
	BN_free(number);
}

static void
check_basic_constraints(const PcaCertificate *certificate, X509 *other)
{
	const PcaExtension *extension = pca_extension_find(&certificate->extensions, pca_oid_basic_constraints);
	PcaBasicConstraints constraints;
	BASIC_CONSTRAINTS *decoded;
	int			is_critical;

	if (extension == NULL || pca_basic_constraints_parse(extension->value, &constraints) != NULL)
		return;
	decoded = X509_get_ext_d2i(other, NID_basic_constraints, &is_critical, NULL);
	FUZZ_CHECK(decoded != NULL && (decoded->ca != 0) == constraints.is_ca);
	FUZZ_CHECK((decoded->pathlen == NULL) == (constraints.path_length == PCA_NO_PATH_LENGTH));
	FUZZ_CHECK(decoded->pathlen == NULL || ASN1_INTEGER_get(decoded->pathlen) == constraints.path_length);
	BASIC_CONSTRAINTS_free(decoded);
}

static void
check_key_usage(const PcaCertificate *certificate, X509 *other)
{
	const PcaExtension *extension = pca_extension_find(&certificate->extensions, pca_oid_key_usage);
	ASN1_BIT_STRING *decoded;
	uint32		mask;
	int			is_critical;

	if (extension == NULL || pca_key_usage_parse(extension->value, &mask) != NULL)
		return;
	decoded = X509_get_ext_d2i(other, NID_key_usage, &is_critical, NULL);
	for (int bit = 0; bit < 16; bit++)
		FUZZ_CHECK(decoded != NULL && ASN1_BIT_STRING_get_bit(decoded, bit) == (int) (mask >> bit & 1));
	ASN1_BIT_STRING_free(decoded);
}

static void
compare(const PcaCertificate *certificate, X509 *other)
{
	FUZZ_CHECK(X509_get_version(other) == X509_VERSION_3);
	check_serial(certificate->serial, X509_get0_serialNumber(other));
	FUZZ_CHECK(FUZZ_IS_ENCODED(X509_NAME, X509_get_issuer_name(other), certificate->issuer));
	FUZZ_CHECK(FUZZ_IS_ENCODED(X509_NAME, X509_get_subject_name(other), certificate->subject));
	FUZZ_CHECK(FUZZ_IS_ENCODED(X509_PUBKEY, X509_get_X509_PUBKEY(other), certificate->spki));
	FUZZ_CHECK(seconds_of(X509_get0_notBefore(other)) == certificate->not_before);
	FUZZ_CHECK(seconds_of(X509_get0_notAfter(other)) == certificate->not_after);
	fuzz_check_extensions(&certificate->extensions, X509_get0_extensions(other));
	check_basic_constraints(certificate, other);
	check_key_usage(certificate, other);
}

void
fuzz_one(PcaBytes input)
{
	PcaCertificate certificate;
	PcaIssuer	issuer;
	const PcaExtension *names;
	const uint8 *at = input.data;
	X509	   *other;

	if (pca_der_scan(input) != NULL || pca_certificate_parse(input, &certificate) != NULL)
		return;
	FUZZ_CHECK(fuzz_is_within(certificate.subject, certificate.tbs) && fuzz_is_within(certificate.tbs, input));
	pca_certificate_issuer(&certificate, &issuer);
	FUZZ_CHECK(issuer.constraints.path_length >= PCA_NO_PATH_LENGTH);
	fuzz_check_name(certificate.subject);
	fuzz_check_name(certificate.issuer);
	names = pca_extension_find(&certificate.extensions, pca_oid_subject_alternative_name);
	if (names != NULL)
		fuzz_check_general_names(names->value);

	/* We read names and unused parts later or not at all, so OpenSSL may refuse them here. */
	other = d2i_X509(NULL, &at, input.length);
	if (other != NULL)
		compare(&certificate, other);
	X509_free(other);
	ERR_clear_error();
}
