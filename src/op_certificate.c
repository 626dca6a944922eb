/*-------------------------------------------------------------------------
 *
 * op_certificate.c
 *	  IssueCertificate and GetCertificate.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "crypto_pem.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "op_crl_partition.h"
#include "op_issuer.h"
#include "op_operation.h"
#include "rule_algorithm.h"
#include "rule_csr.h"
#include "rule_issuance.h"
#include "rule_revocation.h"
#include "rule_validity.h"
#include "store_certificate.h"
#include "store_idempotency.h"
#include "store_transaction.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static TimestampTz
from_unix(int64 unix_seconds)
{
	return time_t_to_timestamptz((pg_time_t) unix_seconds);
}

/* The parameters of IssueCertificate, checked against their shapes */
typedef struct IssueCall
{
	char	   *authority_arn;
	char	   *csr;
	char	   *signing_algorithm;
	PcaJson		validity;
	const PcaArn *template_arn; /* or NULL, as all that follow */
	bool		has_passthrough;
	PcaJson		passthrough;
	bool		has_not_before;
	PcaJson		not_before;
	char	   *token;
	TimestampTz called_at;
} IssueCall;

static void
read_call(FunctionCallInfo fcinfo, IssueCall *call)
{
	call->called_at = GetCurrentTimestamp();
	call->authority_arn = pca_operation_argument(fcinfo, PCA_OP_ISSUE_CERTIFICATE);
	call->csr = pca_argument_required_text(fcinfo, 1, "csr", &pca_shape_csr_blob);
	call->signing_algorithm = pca_argument_required_text(fcinfo, 2, "signing_algorithm", &pca_shape_signing_algorithm);
	call->validity = pca_argument_required_json(fcinfo, 3, "validity", &pca_shape_validity);
	call->template_arn = pca_arn_argument_template(fcinfo, 4, "template_arn");
	call->has_passthrough = pca_argument_json(fcinfo, 5, "api_passthrough", &pca_shape_api_passthrough,
											  &call->passthrough);
	call->has_not_before = pca_argument_json(fcinfo, 6, "validity_not_before", &pca_shape_validity, &call->not_before);
	call->token = pca_argument_text(fcinfo, 7, "idempotency_token", &pca_shape_idempotency_token);
}

/* The outcome of a call */
typedef struct Issuance
{
	PcaOperation operation;
	const PcaTemplate *template;
	PcaAuthority authority;
	PcaActor	actor;			/* the caller for which it was decided */
	TimestampTz now;
	PcaCertificateSpec spec;
	PcaKey	   *key;			/* that signs */
	const PcaCrlPartition *partition;	/* or NULL */
} Issuance;

/* Returns the ARN that an earlier call with the same token returned, or NULL. */
static char *
claim_issuance_token(FunctionCallInfo fcinfo, const IssueCall *call, const Issuance *issuance, const char *arn)
{
	PcaTokenCall token_call = {
		.account_id = issuance->actor.account_id,
		.operation = pca_operation_get(issuance->operation)->action,
		.authority = issuance->authority.id,
		.token = call->token,
		.digest = pca_argument_digest(fcinfo),
		.called_at = call->called_at
	};

	return pca_idempotency_claim(&token_call, arn);
}

/* Decides which CRL the certificate names, if any; a root's own certificate names none. */
static char *
decide_crl(Issuance *issuance, const PcaSigner *signer, int64 not_after)
{
	if (!signer->is_partitioned || issuance->template->is_root)
		return signer->crl_url;
	issuance->partition = pca_crl_partition_take(&issuance->authority.id, &signer->revocation, from_unix(not_after));
	return pca_revocation_names_crl(&signer->revocation) ? pstrdup(issuance->partition->url) : NULL;
}

/* Decides what to sign, except the serial number, and who signs it. */
static void
decide_issuance(const IssueCall *call, Issuance *issuance)
{
	const PcaAuthority *authority = &issuance->authority;
	int64		now = timestamptz_to_time_t(issuance->now);
	PcaCsr	   *csr = palloc0(sizeof(PcaCsr));
	const PcaSigner *signer;
	PcaIssuanceRequest request = {.template = issuance->template, .csr = csr, .now = now};

	pca_authority_check_status(issuance->operation, authority, issuance->now);
	request.signing = pca_signing_algorithm_get(call->signing_algorithm);
	pca_signing_algorithm_check(request.signing, pca_key_algorithm_get(authority->key_algorithm));
	request.not_after = pca_validity_not_after(&call->validity, now);
	request.not_before = pca_validity_not_before(call->has_not_before ? &call->not_before : NULL, now);
	pca_csr_read(call->csr, csr);
	signer = pca_signer_get_to_issue(authority);
	request.is_root_authority = strcmp(authority->type, "ROOT") == 0;
	request.is_short_lived = strcmp(authority->usage_mode, "SHORT_LIVED_CERTIFICATE") == 0;
	request.is_foreign = issuance->actor.service_principal != NULL ||
		strcmp(authority->account_id, issuance->actor.account_id) != 0;
	request.authority_spki = signer->spki;
	request.issuer = signer->has_issuer ? &signer->issuer : NULL;
	request.passthrough = call->has_passthrough ? &call->passthrough : NULL;
	request.crl_url = decide_crl(issuance, signer, request.not_after);
	request.ocsp_url = signer->ocsp_url;
	pca_issuance_spec(&request, &issuance->spec);
	issuance->key = signer->key;
}

static void
store_certificate(const Issuance *issuance, PcaBytes certificate)
{
	PcaIssuedCertificate row = {
		.authority = issuance->authority.id,
		.serial = issuance->spec.serial,
		.actor = issuance->actor,
		.template_name = issuance->template->name,
		.issued_at = issuance->now,
		.not_before = from_unix(issuance->spec.not_before),
		.not_after = from_unix(issuance->spec.not_after),
		.certificate = certificate,
		.crl_partition = issuance->partition != NULL ? &issuance->partition->id : NULL
	};

	pca_certificate_put(&row);
}

/* Issues a certificate.  Returns its ARN. */
static char *
issue_certificate(FunctionCallInfo fcinfo, IssueCall *call)
{
	Issuance	issuance = {0};
	PcaBytes	certificate;
	char	   *arn;
	char	   *earlier_arn;

	read_call(fcinfo, call);
	pca_operation_check_writable(PCA_OP_ISSUE_CERTIFICATE);
	issuance.template = pca_template_get(call->template_arn, call->authority_arn);
	issuance.operation = issuance.template->is_root ? PCA_OP_ISSUE_ROOT_CERTIFICATE : PCA_OP_ISSUE_CERTIFICATE;
	issuance.actor = pca_actor_of(pca_authority_get(issuance.operation, call->authority_arn, issuance.template,
													&issuance.authority));
	pca_certificate_draw_serial(&issuance.spec.serial);
	arn = pca_arn_format_certificate(call->authority_arn, &issuance.spec.serial);
	earlier_arn = call->token == NULL ? NULL : claim_issuance_token(fcinfo, call, &issuance, arn);
	if (earlier_arn != NULL)
		return earlier_arn;

	issuance.now = GetCurrentTimestamp();	/* only now: both locks may have been waited for */
	decide_issuance(call, &issuance);
	pca_transaction_make_durable();
	pca_issuance_check_readable(pca_certificate_sign(&issuance.spec, issuance.key, &certificate));
	store_certificate(&issuance, certificate);
	pca_operation_end(issuance.operation, call->authority_arn, arn);
	return arn;
}

/*
 * Adds the request to an error's CONTEXT.  Nothing else identifies it in a
 * statement that issues for many rows.
 */
static void
name_request(void *arg)
{
	const IssueCall *call = arg;

	if (call->csr != NULL && geterrcode() != ERRCODE_OUT_OF_MEMORY)
		errcontext("certificate signing request %s", pca_csr_label(call->csr));
}

/*
 * pca_issue_certificate(certificate_authority_arn, csr, signing_algorithm,
 * validity, template_arn, api_passthrough, validity_not_before,
 * idempotency_token) returns the certificate's ARN
 *
 * pca_get_certificate() returns the certificate after the transaction has
 * committed.
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException, InvalidArgsException,
 * MalformedCSRException, ConcurrentModificationException,
 * RequestFailedException (sealed).
 */
PCA_FUNCTION(pca_issue_certificate)
{
	IssueCall	call = {0};
	ErrorContextCallback context = {.previous = error_context_stack, .callback = name_request, .arg = &call};
	char	   *arn;

	error_context_stack = &context;
	arn = issue_certificate(fcinfo, &call);
	error_context_stack = context.previous;
	PG_RETURN_TEXT_P(cstring_to_text(arn));
}

/* Formats the issuer's certificate and its chain up to the root as PEM. */
static char *
format_authority_chain(const PcaAuthority *authority)
{
	PcaImportedCertificate imported;
	StringInfoData text;

	if (!authority->has_certificate)
		return NULL;
	pca_authority_certificate_get(&authority->certificate_id, &imported);
	pca_transaction_check_committed(&imported.origin, "certificate of the certificate authority", authority->arn);
	initStringInfo(&text);
	appendStringInfoString(&text, pca_pem_format(imported.certificate, "CERTIFICATE"));
	for (int i = 0; i < imported.chain_count; i++)
		appendStringInfo(&text, "\n%s", pca_pem_format(imported.chain[i], "CERTIFICATE"));
	return text.data;
}

static void
find_certificate(const PcaAuthority *authority, const PcaArn *certificate_arn, PcaIssuedCertificate *certificate)
{
	pg_uuid_t	serial;

	if (pca_arn_parse_serial(certificate_arn, authority->arn, &serial) &&
		pca_certificate_find(&authority->id, &serial, certificate))
		return;
	pca_error(RESOURCE_NOT_FOUND,
			  errmsg("certificate does not exist"),
			  errdetail("The value at certificate_arn is \"%s\".", certificate_arn->text),
			  errhint("Pass the ARN that pca_issue_certificate returned, with the ARN of the same certificate authority."));
}

/*
 * pca_get_certificate(certificate_authority_arn, certificate_arn) returns
 * (certificate, certificate_chain)
 *
 * The chain is NULL for the certificate of a root.
 *
 * Throws InvalidArnException, ResourceNotFoundException, AccessDeniedException,
 * InvalidStateException, RequestInProgressException.
 */
PCA_FUNCTION(pca_get_certificate)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_GET_CERTIFICATE);
	const PcaArn *certificate_arn = pca_arn_argument_certificate(fcinfo, 1, "certificate_arn");
	PcaAuthority authority;
	PcaIssuedCertificate certificate;
	char	   *chain = NULL;
	TupleDesc	descriptor;

	pca_operation_begin(PCA_OP_GET_CERTIFICATE, arn, &authority);
	find_certificate(&authority, certificate_arn, &certificate);
	pca_transaction_check_committed(&certificate.origin, "certificate", certificate_arn->text);
	if (!pca_template_is_root(certificate.template_name))
		chain = format_authority_chain(&authority);

	get_call_result_type(fcinfo, NULL, &descriptor);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), (Datum[]) {
		CStringGetTextDatum(pca_pem_format(certificate.certificate, "CERTIFICATE")),
		chain != NULL ? CStringGetTextDatum(chain) : (Datum) 0
	}, (bool[]) {false, chain == NULL}));
}
