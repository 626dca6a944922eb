/*-------------------------------------------------------------------------
 *
 * fuzz_issuance.c
 *	  Runs a whole issuance: a CSR and an ApiPassthrough that are
 *	  generated from their shapes, a template and a CA.  Checks that the
 *	  certificate has what was decided.
 *
 * pca_certificate_sign() reads back what it is about to sign and compares it
 * with the decision.  A difference is an internal error, and thus a crash.
 *
 *-------------------------------------------------------------------------
 */
#include "base_arn.h"
#include "crypto_csr.h"
#include "crypto_general_name.h"
#include "crypto_name.h"
#include "crypto_pem.h"
#include "json.h"
#include "rule_csr.h"
#include "rule_issuance.h"
#include "rule_passthrough.h"
#include "rule_subject.h"
#include "rule_validity.h"
#include "x509.h"

#define NOW INT64CONST(1700000000)

/* permitted: DNS example.com, IP 192.0.2.0/24, directory C=US; excluded: DNS evil.example */
static const PcaBytes constraints[] = {
	PCA_BYTES_INIT("\x30\x11\xa0\x0f\x30\x0d\x82\x0b" "example.com"),
	PCA_BYTES_INIT("\x30\x12\xa1\x10\x30\x0e\x82\x0c" "evil.example"),
	PCA_BYTES_INIT("\x30\x0e\xa0\x0c\x30\x0a\x87\x08\xc0\x00\x02\x00\xff\xff\xff\x00"),
	PCA_BYTES_INIT("\x30\x15\xa0\x13\x30\x11\xa4\x0f\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02" "US"),
};

static const PcaPath root = {NULL, "parameter", 0};

void
fuzz_define_settings(void)
{
	pca_arn_define_settings();
	pca_certificate_define_settings();
}

/* Builds a CSR with the names and extensions of an ApiPassthrough. */
static int
make_csr(FuzzStream *stream, PcaCsr *csr)
{
	PcaJson		document = fuzz_generate(stream, &pca_shape_api_passthrough);

	return FUZZ_CATCH({
		PcaBytes	subject = PCA_BYTES_OF("\x30\x00");
		PcaDerWriter content;
		PcaExtensions extensions = {0};
		PcaJson		member;
		PcaBytes	request;

		pca_shape_check(&pca_shape_api_passthrough, &document, &root);
		if (pca_json_find(&document, "Subject", &member))
			subject = pca_subject_name(&member, &root);
		if (pca_json_find(&document, "Extensions", &member))
			pca_passthrough_extensions(&member, &root, &extensions);
		pca_der_init(&content, 64);
		for (int i = 0; i < extensions.count; i++)
			pca_der_raw(&content, extensions.list[i].whole);
		request = pca_csr_sign(subject, pca_der_finish(&content), NULL,
							   pca_signing_algorithm_find_by_name("SHA256WITHECDSA"));
		fuzz_takes_any_signature = true;
		pca_csr_read(pca_pem_format(request, "CERTIFICATE REQUEST"), csr);
	});
}

static const PcaTemplate *
choose_template(FuzzStream *stream)
{
	int			count = 0;

	while (pca_template_at(count) != NULL)
		count++;
	return pca_template_at(fuzz_byte(stream) % count);
}

static PcaIssuer
make_issuer(FuzzStream *stream)
{
	uint8		flags = fuzz_byte(stream);
	PcaIssuer	issuer = {
		.name = PCA_BYTES_OF("\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02" "CA"),
		.key_identifier = PCA_BYTES_OF("01234567890123456789"),
		.not_after = NOW + 86400 * INT64CONST(3650),
		.constraints = {true, flags % 8 < 4 ? PCA_NO_PATH_LENGTH : flags % 4},
	};

	for (size_t i = 0; i < lengthof(constraints); i++)
		if ((flags >> 4 & (1 << i)) != 0)
			issuer.name_constraints[issuer.name_constraint_count++] =
				(PcaNameConstraints) {issuer.name, constraints[i]};
	return issuer;
}

static void
check_issued(PcaBytes der, const PcaIssuanceRequest *request, const PcaCertificateSpec *spec)
{
	const uint8 *at = der.data;
	PcaCertificate certificate;
	X509	   *other = d2i_X509(NULL, &at, der.length);
	const PcaExtension *names;

	FUZZ_CHECK(pca_der_scan(der) == NULL && pca_certificate_parse(der, &certificate) == NULL);
	FUZZ_CHECK(other != NULL && at == der.data + der.length);
	fuzz_check_extensions(&certificate.extensions, X509_get0_extensions(other));
	fuzz_check_name(certificate.subject);
	FUZZ_CHECK(request->template->is_root || certificate.not_after <= request->issuer->not_after);
	names = pca_extension_find(&certificate.extensions, pca_oid_subject_alternative_name);
	FUZZ_CHECK(names != NULL || !pca_name_is_empty(certificate.subject));
	if (names != NULL)
	{
		FUZZ_CHECK(names->is_critical || !pca_name_is_empty(certificate.subject));
		fuzz_check_general_names(names->value);
	}
	/*
	 * Fills OpenSSL's cache.  Whatever was passed, it finds nothing invalid, except
	 * other names in a proxy certificate.
	 */
	X509_check_purpose(other, -1, 0);
	FUZZ_CHECK((X509_get_extension_flags(other) & EXFLAG_INVALID) == 0 ||
			   (X509_get_extension_flags(other) & EXFLAG_PROXY) != 0);
	FUZZ_CHECK((X509_check_ca(other) == 1) == request->template->constraints.is_ca ||
			   (X509_get_key_usage(other) & X509v3_KU_KEY_CERT_SIGN) == 0);
	FUZZ_CHECK(X509_get_pathlen(other) == request->template->constraints.path_length);
	for (int i = 0; i < request->issuer->name_constraint_count && !request->template->is_root; i++)
	{
		const uint8 *value = request->issuer->name_constraints[i].value.data;
		NAME_CONSTRAINTS *decoded = (NAME_CONSTRAINTS *)
			ASN1_item_d2i(NULL, &value, request->issuer->name_constraints[i].value.length,
						  ASN1_ITEM_rptr(NAME_CONSTRAINTS));

		FUZZ_CHECK(NAME_CONSTRAINTS_check(other, decoded) == X509_V_OK);
		NAME_CONSTRAINTS_free(decoded);
	}
	X509_free(other);
	ERR_clear_error();
}

void
fuzz_one(PcaBytes input)
{
	FuzzStream	stream = fuzz_stream(input);
	uint8		flags = fuzz_byte(&stream);
	const PcaTemplate *template = choose_template(&stream);
	PcaIssuer	issuer = make_issuer(&stream);
	PcaCsr		csr;
	PcaJson		passthrough;
	PcaCertificateSpec spec = {0};
	PcaIssuanceRequest request = {
		.template = template,
		.csr = &csr,
		.signing = pca_signing_algorithm_find_by_name((flags & 1) != 0 ? "SHA256WITHECDSA" : "SHA384WITHRSA_PSS"),
		.now = NOW,
		.not_before = NOW - 3600,
		.not_after = NOW + (fuzz_int64(&stream) & 0x7ffffff),
		.is_root_authority = (flags & 2) != 0,
		.is_short_lived = (flags & 4) != 0,
		.authority_spki = (flags & 8) != 0 ? pca_key_public(NULL) : PCA_BYTES_OF("\x30\x00"),
		.issuer = &issuer,
		.crl_url = (flags & 16) != 0 ? "http://localhost/crl" : NULL,
		.ocsp_url = (flags & 32) != 0 ? "http://localhost/ocsp" : NULL,
	};
	PcaBytes	der;
	int			state;

	if (make_csr(&stream, &csr) != 0)
		return;
	if ((flags & 64) != 0)
	{
		passthrough = fuzz_generate(&stream, &pca_shape_api_passthrough);
		if (FUZZ_CATCH(pca_shape_check(&pca_shape_api_passthrough, &passthrough, &root)) != 0)
			return;
		request.passthrough = &passthrough;
	}
	memset(spec.serial.data, flags, sizeof(spec.serial.data));
	state = FUZZ_CATCH(pca_issuance_spec(&request, &spec));
	FUZZ_CHECK(state == 0 || state == PCA_SQLSTATE_INVALID_ARGS || state == PCA_SQLSTATE_VALIDATION ||
			   state == PCA_SQLSTATE_MALFORMED_CSR);
	FUZZ_CHECK(ERR_peek_error() == 0);
	if (state != 0)
		return;
	FUZZ_CHECK(pca_certificate_sign(&spec, NULL, &der) == NULL);
	check_issued(der, &request, &spec);
}
