/*-------------------------------------------------------------------------
 *
 * rule_issuance.c
 *	  What to sign: template, CSR and CA put together.
 *
 * Pure: the same request gives the same decision, but for the serial number,
 * which the caller adds.  The template gives the extensions, the CSR the
 * subject, its alternative names and the key, the CA the issuer and its
 * limits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_name.h"
#include "rule_issuance.h"

#define SHORT_LIVED_SECONDS (7 * 86400)

/* A root certificate is for a ROOT authority's own key. */
static void
check_root(const PcaIssuanceRequest *request)
{
	const char *reason = NULL;

	if (!request->is_root_authority)
		reason = "The certificate authority is of type SUBORDINATE.";
	else if (!pca_bytes_equal(request->csr->key.spki, request->authority_spki))
		reason = "The CSR has another public key than the certificate authority.";
	if (reason != NULL)
		pca_error(INVALID_ARGS,
				  errmsg("template %s is for the self-signed certificate of a ROOT certificate authority",
						 request->template->name),
				  errdetail("%s", reason),
				  errhint("Use the CSR from pca_get_certificate_authority_csr, or another template."));
}

/* RFC 5280 4.2.1.9: a CA below has a shorter path than the one above. */
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

static void
check_validity(const PcaIssuanceRequest *request)
{
	if (request->not_after <= request->not_before)
		pca_error(VALIDATION,
				  errmsg("validity ends before it begins"),
				  errdetail("It is from Unix time %lld to %lld.",
							(long long) request->not_before, (long long) request->not_after),
				  errhint("Give a validity_not_before that is before the end of validity."));
	if (request->template->is_root)
		return;
	if (request->not_after > request->issuer->not_after)
		pca_error(VALIDATION,
				  errmsg("certificate validity exceeds the certificate authority validity"),
				  errdetail("The certificate would end at Unix time %lld, the certificate authority ends at %lld.",
							(long long) request->not_after, (long long) request->issuer->not_after),
				  errhint("Give a shorter validity, or renew the certificate authority."));
	if (request->is_short_lived && request->not_after > request->now + SHORT_LIVED_SECONDS)
		pca_error(VALIDATION,
				  errmsg("certificate validity exceeds the limit of a short-lived certificate authority"),
				  errdetail("The certificate would be valid for %lld seconds from now; the limit is 7 days.",
							(long long) (request->not_after - request->now)),
				  errhint("Give a validity of at most 7 days, or use a certificate authority of usage mode GENERAL_PURPOSE."));
}

static void
check_subject(const PcaIssuanceRequest *request)
{
	bool		is_empty = pca_name_is_empty(request->csr->subject);

	if (is_empty && request->csr->subject_alternative_name == NULL)
		pca_error(MALFORMED_CSR,
				  errmsg("certificate signing request names nobody"),
				  errdetail("The request at csr has neither a subject nor a subject alternative name."),
				  errhint("Make the request with one of them."));
	/* RFC 5280 4.1.2.6 */
	if (is_empty && request->template->constraints.is_ca)
		pca_error(MALFORMED_CSR,
				  errmsg("certificate signing request of a CA has no subject"),
				  errdetail("The subject of the request at csr is empty."),
				  errhint("The subject of a CA's certificate must not be empty."));
}

/*
 * Decides what to sign, all but the serial number.
 *
 * Throws InvalidArgsException (root template), ValidationException (path
 * length, validity) or MalformedCSRException (no name).
 */
void
pca_issuance_spec(const PcaIssuanceRequest *request, PcaCertificateSpec *spec)
{
	const PcaTemplate *template = request->template;
	const PcaCsr *csr = request->csr;

	if (template->is_root)
		check_root(request);
	else
		check_path_length(request);
	check_validity(request);
	check_subject(request);

	spec->signing = request->signing;
	spec->issuer = template->is_root ? csr->subject : request->issuer->name;
	spec->not_before = request->not_before;
	spec->not_after = request->not_after;
	spec->subject = csr->subject;
	spec->key = &csr->key;
	spec->is_basic_constraints_critical = template->is_basic_constraints_critical;
	spec->constraints = template->constraints;
	spec->authority_key_identifier = template->is_root ? (PcaBytes) {NULL, 0} : request->issuer->key_identifier;
	spec->key_usage = template->key_usage;
	spec->is_extended_key_usage_critical = template->is_extended_key_usage_critical;
	spec->extended_key_usages = template->extended_key_usages;
	spec->extended_key_usage_count = template->extended_key_usage_count;
	spec->subject_alternative_name = csr->subject_alternative_name != NULL
		? csr->subject_alternative_name->value : (PcaBytes) {NULL, 0};
}
