/*-------------------------------------------------------------------------
 *
 * rule_issuance.c
 *	  Decides what to sign, from template, CSR and CA.
 *
 * The decision is pure: it depends only on the request, apart from the serial
 * number, which the caller adds.  The CSR provides the key, and the CA the issuer
 * and its limits.  The template determines the rest, or who may determine it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_name.h"
#include "crypto_name_constraints.h"
#include "rule_combination.h"
#include "rule_extension.h"
#include "rule_issuance.h"
#include "rule_subject.h"
#include "utils/guc.h"

static bool allow_foreign_status_signers_setting;

/* Defines pca.allow_foreign_status_signers.  Only a superuser may set it. */
void
pca_issuance_define_settings(void)
{
	DefineCustomBoolVariable("pca.allow_foreign_status_signers",
							 "Lets other accounts and services have certificates that can sign a certificate authority's CRLs and OCSP responses.",
							 NULL, &allow_foreign_status_signers_setting, false, PGC_SUSET, 0,
							 NULL, NULL, NULL);
}

/* Checks that a root certificate is for a ROOT authority's own key. */
static void
check_root(const PcaIssuanceRequest *request)
{
	const char *reason = NULL;

	if (!request->is_root_authority)
		reason = "The certificate authority is of type SUBORDINATE.";
	else if (!pca_bytes_equal(request->csr->key.spki, request->authority_spki))
		reason = "The public key of the CSR is not that of the certificate authority.";
	if (reason != NULL)
		pca_error(INVALID_ARGS,
				  errmsg("template %s is for the self-signed certificate of a ROOT certificate authority",
						 request->template->name),
				  errdetail("%s", reason),
				  errhint("Use the CSR from pca_get_certificate_authority_csr, or another template."));
}

/* Checks that a CA has a shorter path length than the CA above it (RFC 5280 4.2.1.9). */
static void
check_path_length(const PcaIssuanceRequest *request)
{
	int			allowed = request->issuer->constraints.path_length;

	if (!request->template->constraints.is_ca || allowed == PCA_NO_PATH_LENGTH)
		return;
	if (request->template->constraints.path_length == PCA_NO_PATH_LENGTH ||
		request->template->constraints.path_length >= allowed)
		pca_error(VALIDATION,
				  errmsg("path length of the certificate is not smaller than that of the certificate authority"),
				  errdetail("The path length of template %s is %d, that of the certificate authority is %d.",
							request->template->name, request->template->constraints.path_length, allowed),
				  errhint("Use a template with a smaller path length, or a certificate authority higher in the hierarchy."));
}

/* Checks the validity against that of the CA and the limit of a short-lived one. */
static void
check_validity(const PcaIssuanceRequest *request)
{
	if (request->not_after <= request->not_before)
		pca_error(VALIDATION,
				  errmsg("validity ends before it begins"),
				  errdetail("It is from %s to %s.",
							pca_time_format(request->not_before), pca_time_format(request->not_after)),
				  errhint("Specify a validity_not_before that is before the end of validity."));
	if (request->template->is_root)
		return;
	if (request->not_after > request->issuer->not_after)
		pca_error(VALIDATION,
				  errmsg("certificate validity exceeds the certificate authority validity"),
				  errdetail("The certificate would end at %s, the certificate authority ends at %s.",
							pca_time_format(request->not_after), pca_time_format(request->issuer->not_after)),
				  errhint("Specify a shorter validity, or renew the certificate authority."));
	if (request->is_short_lived && request->not_after > request->now + PCA_SHORT_LIVED_SECONDS)
		pca_error(VALIDATION,
				  errmsg("certificate validity exceeds the limit of a short-lived certificate authority"),
				  errdetail("The certificate would be valid for %lld seconds from now; the limit is 7 days.",
							(long long) (request->not_after - request->now)),
				  errhint("Specify a validity of at most 7 days, or use a certificate authority of usage mode GENERAL_PURPOSE."));
}

/* Returns the subject of ApiPassthrough if it has one and the template honors it, else the CSR's. */
static PcaBytes
decide_subject(const PcaIssuanceRequest *request)
{
	PcaPath		parameter = {NULL, "api_passthrough", 0};
	PcaPath		path = {&parameter, "Subject", 0};
	PcaJson		subject;
	PcaBytes	name;

	if (!request->template->passes_api || request->passthrough == NULL ||
		!pca_json_find(request->passthrough, "Subject", &subject))
		return request->csr->subject;
	name = pca_subject_name(&subject, &path);
	return pca_name_is_empty(name) ? request->csr->subject : name;
}

/*
 * Checks that a certificate has a subject or a subject alternative name, and
 * that a CA's has a subject (RFC 5280 4.1.2.6).
 */
static void
check_subject(const PcaIssuanceRequest *request, const PcaCertificateSpec *spec)
{
	if (!pca_name_is_empty(spec->subject))
		return;
	if (pca_extension_find(&spec->extensions, pca_oid_subject_alternative_name) == NULL)
		pca_error(MALFORMED_CSR,
				  errmsg("certificate signing request has neither a subject nor a subject alternative name"),
				  errdetail("Both are empty or missing in the request at csr."),
				  errhint("Create the request with one of them, or pass one to a template with APIPassthrough."));
	if (request->template->constraints.is_ca)
		pca_error(MALFORMED_CSR,
				  errmsg("certificate signing request of a CA has no subject"),
				  errdetail("The subject of the request at csr is empty."),
				  errhint("The subject of a CA's certificate must not be empty."));
}

/*
 * Checks that the holder of a certificate could not sign the revocation status
 * of other certificates.  Returns NULL, or the property that would allow it.
 *
 * An OCSP response is accepted by its signer's purpose (RFC 6960 4.2.2.2),
 * which anyExtendedKeyUsage does not replace.  A CRL is accepted by the issuer's
 * name and cRLSign, or no key usage at all (RFC 5280 6.3.3); a CA below signs
 * only CRLs of its own name.
 */
static const char *
status_signer_fault(const PcaCertificateSpec *spec)
{
	const PcaExtension *purposes = pca_extension_find(&spec->extensions, pca_oid_extended_key_usage);
	const PcaExtension *usages = pca_extension_find(&spec->extensions, pca_oid_key_usage);
	uint32		mask;

	if (purposes != NULL && pca_extended_key_usage_has(purposes->value, PCA_PURPOSE_OCSP_SIGNING))
		return "its extended key usage has OCSPSigning";
	if (!spec->constraints.is_ca && usages != NULL &&
		(pca_key_usage_parse(usages->value, &mask) != NULL || (mask & PCA_KU_CRL_SIGN) != 0))
		return "its key usage has cRLSign";
	if ((spec->constraints.is_ca || usages == NULL) && pca_name_is_alike(spec->subject, spec->issuer))
		return "its subject is the name of the certificate authority";
	return NULL;
}

/*
 * Throws AccessDeniedException if another account, which may only have
 * certificates of the CA, could sign revocation status for it.
 */
static void
check_foreign(const PcaIssuanceRequest *request, const PcaCertificateSpec *spec)
{
	const char *fault;

	if (!request->is_foreign || allow_foreign_status_signers_setting || (fault = status_signer_fault(spec)) == NULL)
		return;
	pca_error(ACCESS_DENIED,
			  errmsg("certificate could sign the revocation status of its certificate authority"),
			  errdetail("Only the account that owns the certificate authority can obtain it: %s.", fault),
			  errhint("Request one without it. A superuser can allow it with pca.allow_foreign_status_signers."));
}

/*
 * Warns of a request with the authority's own key that does not use a template
 * for a CA, because this is mostly a mistake.  A certificate that signs the
 * authority's OCSP responses is intended.
 */
static void
warn_of_own_key(const PcaIssuanceRequest *request, const PcaCertificateSpec *spec)
{
	const PcaExtension *purposes = pca_extension_find(&spec->extensions, pca_oid_extended_key_usage);

	if (request->template->constraints.is_ca || !pca_bytes_equal(request->csr->key.spki, request->authority_spki) ||
		(purposes != NULL && pca_extended_key_usage_has(purposes->value, PCA_PURPOSE_OCSP_SIGNING)))
		return;
	ereport(WARNING,
			errcode(ERRCODE_WARNING),
			errmsg("certificate for the certificate authority's own key is not a CA certificate"),
			errdetail("Template %s makes a certificate that cannot issue.", request->template->name),
			errhint("A ROOT signs its own certificate with template RootCACertificate/V1; the CSR of a SUBORDINATE is signed by the authority above it."));
}

/*
 * Checks the names of a certificate that is not a root's against the name
 * constraints of the CAs above it (RFC 5280 4.2.1.10).  Returns NULL or the
 * fault.
 */
const char *
pca_issuance_names_fault(const PcaIssuer *issuer, const PcaCertificateSpec *spec)
{
	if (issuer->name_constraint_count == 0)
		return NULL;
	return pca_names_fault(issuer->name_constraints, issuer->name_constraint_count, spec->subject,
						   &spec->extensions, spec->constraints.is_ca);
}

/* Throws InvalidArgsException if the names violate the CA's constraints. */
static void
check_name_constraints(const PcaIssuanceRequest *request, const PcaCertificateSpec *spec)
{
	const char *fault = request->template->is_root ? NULL : pca_issuance_names_fault(request->issuer, spec);

	if (fault != NULL)
		pca_error(INVALID_ARGS,
				  errmsg("certificate would break the name constraints of its certificate authority"),
				  errdetail("The names are not accepted: %s.", fault),
				  errhint("Request other names, or fewer: the constraints are in the certificate authority's certificate and in those above it."));
}

/*
 * Decides what to sign, apart from the serial number, which the caller adds.
 * Does not check the CA's name constraints.
 *
 * spec: zeroed.  Throws as pca_issuance_spec() does.
 */
void
pca_issuance_decide(const PcaIssuanceRequest *request, PcaCertificateSpec *spec)
{
	const PcaTemplate *template = request->template;

	if (template->is_root)
		check_root(request);
	else
		check_path_length(request);
	check_validity(request);

	spec->signing = request->signing;
	spec->not_before = request->not_before;
	spec->not_after = request->not_after;
	spec->subject = decide_subject(request);
	spec->issuer = template->is_root ? spec->subject : request->issuer->name;
	spec->key = &request->csr->key;
	spec->constraints = template->constraints;
	spec->key_usage = template->key_usage;
	pca_extensions_decide(request, spec->subject, &spec->extensions);
	check_subject(request, spec);
	check_foreign(request, spec);
}

/*
 * Does the same, checks the name constraints, and warns of what is legal but
 * probably a mistake.
 *
 * Throws InvalidArgsException (root template, passthrough, name constraints),
 * AccessDeniedException (revocation status of another account's CA),
 * ValidationException (path length, validity) or MalformedCSRException (no
 * name, a passed extension).
 */
void
pca_issuance_spec(const PcaIssuanceRequest *request, PcaCertificateSpec *spec)
{
	pca_issuance_decide(request, spec);
	check_name_constraints(request, spec);
	warn_of_own_key(request, spec);
	pca_combination_warn(request->template, &spec->extensions);
}

/*
 * Throws MalformedCSRException if there is a fault.  A certificate can be
 * decided that is too large to be read.
 *
 * fault: the result of pca_certificate_sign() or pca_certificate_fault().
 */
void
pca_issuance_check_readable(const char *fault)
{
	if (fault != NULL)
		pca_error(MALFORMED_CSR,
				  errmsg("certificate would be unreadable"),
				  errdetail("In the certificate for the request at csr, %s.", fault),
				  errhint("Request fewer names: a certificate has at most %d values, and a name takes four.", PCA_DER_MAX_NODES));
}
