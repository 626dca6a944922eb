/*-------------------------------------------------------------------------
 *
 * op_csr.c
 *	  Checks a request without issuing a certificate.
 *
 * pca_check_csr() itself is in sql/pca.sql: it catches the error that issuing
 * would end in, and calls the functions here.  The code that decides about an
 * issuance also decides here, for a CA without limits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "base_argument.h"
#include "base_arn.h"
#include "crypto_name.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "op_inventory.h"
#include "rule_algorithm.h"
#include "rule_csr.h"
#include "rule_issuance.h"
#include "utils/builtins.h"

/*
 * Decides about a certificate without signing it, for a CA without limits.  With
 * the template of a root, the CA is the one whose request this is.
 */
static void
decide_without_signing(PcaIssuanceRequest *request, PcaCertificateSpec *spec)
{
	static const uint8 key_identifier[PCA_KEY_IDENTIFIER_LENGTH];
	PcaIssuer	issuer = {
		.name = PCA_BYTES_OF("\x30\0"),
		.key_identifier = PCA_BYTES(key_identifier),
		.not_after = PG_INT64_MAX,
		.constraints = {.is_ca = true, .path_length = PCA_NO_PATH_LENGTH}
	};

	request->issuer = &issuer;
	request->is_root_authority = true;
	if (request->template->is_root)
		request->authority_spki = request->csr->key.spki;
	request->signing = pca_signing_algorithm_get("SHA256WITHECDSA");
	request->not_after = 1;		/* a second after the beginning of time */
	pca_issuance_spec(request, spec);
	pca_issuance_check_readable(pca_certificate_fault(spec));
}

/*
 * pca.csr_names(csr text, template_arn text, api_passthrough jsonb) returns
 * (subject, subject_alternative_names, key_algorithm) of a certificate that is
 * issued so
 *
 * Throws what pca_issue_certificate() throws for these arguments.
 */
PCA_FUNCTION(pca_csr_names)
{
	char	   *pem = pca_argument_required_text(fcinfo, 0, "csr", &pca_shape_csr_blob);
	const PcaArn *template_arn = pca_arn_argument_template(fcinfo, 1, "template_arn");
	PcaJson		passthrough;
	bool		has_passthrough = pca_argument_json(fcinfo, 2, "api_passthrough", &pca_shape_api_passthrough, &passthrough);
	PcaCsr	   *csr = palloc0(sizeof(PcaCsr));
	PcaIssuanceRequest request = {
		.template = pca_template_get(template_arn, NULL),
		.csr = csr,
		.passthrough = has_passthrough ? &passthrough : NULL
	};
	PcaCertificateSpec spec = {0};
	StringInfoData subject;
	TupleDesc	descriptor;

	pca_csr_read(pem, csr);
	decide_without_signing(&request, &spec);

	initStringInfo(&subject);
	pca_name_format(&subject, spec.subject);
	get_call_result_type(fcinfo, NULL, &descriptor);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), (Datum[]) {
		CStringGetTextDatum(subject.data),
		pca_inventory_names(&spec.extensions),
		CStringGetTextDatum(pca_public_key_format_algorithm(&csr->key))
	}, (bool[]) {false, false, false}));
}

/*
 * pca.csr_subject(csr text) returns text: the subject of a request, whatever else
 * is wrong with it, or NULL if the subject cannot be read
 */
PCA_FUNCTION(pca_csr_subject)
{
	char	   *subject = NULL;

	if (!PG_ARGISNULL(0) && toast_raw_datum_size(PG_GETARG_DATUM(0)) <= (Size) pca_shape_csr_blob.max + VARHDRSZ)
		subject = pca_csr_find_subject(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (subject == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(subject));
}
