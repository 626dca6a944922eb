/*-------------------------------------------------------------------------
 *
 * rule_extension.c
 *	  Decides the extensions of a certificate from template, CA, ApiPassthrough
 *	  and CSR.
 *
 * There is one rule: an extension is taken from the first source that has it, and
 * those of later sources are silently dropped.  The sources are, in this order,
 * the template together with the CA, ApiPassthrough, and the CSR; the template
 * says which of the last two count.  The subject alternative name of a CSR always
 * counts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "crypto_name.h"
#include "rule_csr.h"
#include "rule_extension.h"
#include "rule_passthrough.h"

/*
 * Adds an extension unless an earlier source had it.  It is rewritten, because
 * many CSRs encode critical FALSE, which DER leaves out (X.690 11.5).
 */
static void
take_extension_once(PcaExtensions *result, PcaBytes oid, bool is_critical, PcaBytes value)
{
	if (pca_extension_find(result, oid) == NULL)
		pca_extensions_add(result, oid, is_critical, value);
}

/* Adds the extensions that the template defines, and the identifiers and addresses of the CA. */
static void
take_template(const PcaIssuanceRequest *request, PcaExtensions *result)
{
	const PcaTemplate *template = request->template;
	uint8		identifier[PCA_KEY_IDENTIFIER_LENGTH];
	PcaDerWriter writer;

	pca_der_init(&writer, 512);
	pca_extension_basic_constraints(&writer, template->is_basic_constraints_critical, &template->constraints);
	if (!template->is_root)
		pca_extension_authority_key_identifier(&writer, request->issuer->key_identifier);
	pca_public_key_identifier(request->csr->key.bits, identifier);
	pca_extension_subject_key_identifier(&writer, PCA_BYTES(identifier));
	if (template->key_usage != 0)
		pca_extension_key_usage(&writer, template->key_usage);
	if (template->purposes != 0)
		pca_extension_extended_key_usage(&writer, template->is_extended_key_usage_critical, template->purposes);
	if (!template->is_root && request->crl_url != NULL)
		pca_extension_crl_distribution_point(&writer, request->crl_url);
	if (!template->is_root && request->ocsp_url != NULL)
		pca_extension_ocsp_responder(&writer, request->ocsp_url);
	if (request->is_responder)
		pca_extension_ocsp_no_check(&writer);
	if (pca_extensions_parse(pca_der_finish(&writer), result) != NULL)
		elog(ERROR, "extensions of a template are malformed");
}

/* Adds the extensions of ApiPassthrough, if the template honors them. */
static void
take_api(const PcaIssuanceRequest *request, PcaExtensions *result)
{
	PcaPath		parameter = {NULL, "api_passthrough", 0};
	PcaPath		path = {&parameter, "Extensions", 0};
	PcaExtensions passed = {0};
	PcaJson		extensions;

	if (!request->template->passes_api || request->passthrough == NULL ||
		!pca_json_find(request->passthrough, "Extensions", &extensions))
		return;
	pca_passthrough_extensions(&extensions, &path, &passed);
	for (int i = 0; i < passed.count; i++)
		take_extension_once(result, passed.list[i].oid, passed.list[i].is_critical, passed.list[i].value);
}

/*
 * Adds the extensions of the CSR that the template honors.  The names were
 * checked when the CSR was read; extensions that are dropped are not checked.
 */
static void
take_csr(const PcaIssuanceRequest *request, PcaExtensions *result)
{
	const PcaExtensions *extensions = &request->csr->extensions;

	for (int i = 0; i < extensions->count; i++)
	{
		const PcaExtension *extension = &extensions->list[i];
		bool		is_name = extension == request->csr->subject_alternative_name;
		PcaBytes	value = extension->value;

		if ((!is_name && !request->template->passes_csr) || pca_extension_find(result, extension->oid) != NULL)
			continue;
		if (!is_name)
			pca_csr_check_extension(extension->oid, &value);
		take_extension_once(result, extension->oid, extension->is_critical, value);
	}
}

/*
 * Sets whether the subject alternative name is critical (RFC 5280 4.2.1.6): it
 * is if the subject is empty.  Otherwise it is not, unless it is a custom
 * extension of ApiPassthrough, which itself says so.
 */
static void
settle_subject_alternative_name(const PcaIssuanceRequest *request, PcaBytes subject, PcaExtensions *result)
{
	const PcaExtension *requested = request->csr->subject_alternative_name;
	const PcaExtension *name = pca_extension_find(result, pca_oid_subject_alternative_name);
	bool		is_requested = name != NULL && requested != NULL && pca_bytes_equal(name->value, requested->value);

	if (name == NULL)
		return;
	if (pca_name_is_empty(subject))
		pca_extension_set_critical(result, pca_oid_subject_alternative_name, true);
	else if (is_requested)
		pca_extension_set_critical(result, pca_oid_subject_alternative_name, false);
}

/* Returns the position of an extension in a certificate: the service's order, unknown ones last. */
static int
extension_rank(PcaBytes oid)
{
	const PcaBytes *const order[] = {
		&pca_oid_basic_constraints, &pca_oid_authority_key_identifier, &pca_oid_subject_key_identifier,
		&pca_oid_key_usage, &pca_oid_extended_key_usage, &pca_oid_certificate_policies,
		&pca_oid_subject_alternative_name, &pca_oid_crl_distribution_points, &pca_oid_authority_information_access
	};
	size_t		i = 0;

	while (i < lengthof(order) && !pca_bytes_equal(*order[i], oid))
		i++;
	return i;
}

/* Sorts the extensions by their position. */
static void
sort_extensions(PcaExtensions *extensions)
{
	for (int i = 1; i < extensions->count; i++)
	{
		PcaExtension moved = extensions->list[i];
		int			moved_rank = extension_rank(moved.oid);
		int			at = i;

		for (; at > 0 && extension_rank(extensions->list[at - 1].oid) > moved_rank; at--)
			extensions->list[at] = extensions->list[at - 1];
		extensions->list[at] = moved;
	}
}

/*
 * Decides the extensions of a certificate.
 *
 * subject: the subject of the certificate, a whole Name.  Throws
 * InvalidArgsException for ApiPassthrough, and MalformedCSRException for an
 * extension of the CSR that is passed through and malformed.
 */
void
pca_extensions_decide(const PcaIssuanceRequest *request, PcaBytes subject, PcaExtensions *result)
{
	take_template(request, result);
	take_api(request, result);
	take_csr(request, result);
	settle_subject_alternative_name(request, subject, result);
	sort_extensions(result);
}
