/*-------------------------------------------------------------------------
 *
 * op_authority.c
 *	  CreateCertificateAuthority, DescribeCertificateAuthority,
 *	  ListCertificateAuthorities and GetCertificateAuthorityCsr.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "crypto_csr.h"
#include "crypto_ossl.h"
#include "crypto_pem.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "op_key_encryption_key.h"
#include "op_operation.h"
#include "op_page.h"
#include "rule_algorithm.h"
#include "rule_authority_csr.h"
#include "rule_revocation.h"
#include "rule_tag.h"
#include "store_access.h"
#include "store_account.h"
#include "store_idempotency.h"
#include "store_installation.h"
#include "store_tag.h"
#include "store_transaction.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define DEFAULT_SECURITY_STANDARD "FIPS_140_2_LEVEL_3_OR_HIGHER"
#define DEFAULT_USAGE_MODE "GENERAL_PURPOSE"

/* With a key and a signature of the largest size a request stays below 32768 bytes of PEM. */
#define MAX_CSR_CONTENT 16000

/* Columns of pca.certificate_authority_description. */
#define COLUMN_ARN 0
#define COLUMN_CREATED_AT 2

static void
put_tags(const pg_uuid_t *id, const PcaJson *tags)
{
	for (int i = 0; i < pca_json_count(tags); i++)
	{
		PcaJson		tag = pca_json_element(tags, i);

		pca_tag_put(id, pca_json_find_text(&tag, "Key"), pca_json_find_text(&tag, "Value"));
	}
}

/* Returns the account that a new authority will belong to; services may not create one. */
static char *
check_creator(void)
{
	const PcaCaller *caller = pca_caller_get();

	if (caller->service_principal[0] != '\0')
		pca_error(ACCESS_DENIED,
				  errmsg("\"%s\" is not authorized to perform acm-pca:%s", caller->service_principal,
						 pca_operation_get(PCA_OP_CREATE_CERTIFICATE_AUTHORITY)->action),
				  errdetail("A service can only use certificate authorities, by permission."),
				  errhint("Create it as a role that is not a service principal."));
	return pstrdup(caller->account_id);
}

/* Refuses a request that is too long for IssueCertificate and so could never become a certificate. */
static void
check_csr_size(PcaBytes subject, PcaBytes extensions)
{
	if (subject.length + extensions.length > MAX_CSR_CONTENT)
		pca_error(INVALID_ARGS,
				  errmsg("certificate signing request would be too long"),
				  errdetail("The subject and the extensions at certificate_authority_configuration take %zu bytes.",
							subject.length + extensions.length),
				  errhint("Specify at most %d bytes in total.", MAX_CSR_CONTENT));
}

/* Makes the key and the CSR, and stores the authority. */
static void
create_authority(PcaNewAuthority *new, const PcaJson *configuration)
{
	const PcaKeyAlgorithm *algorithm = pca_key_algorithm_get(new->key_algorithm);
	const PcaSigningAlgorithm *signing = pca_signing_algorithm_get(new->signing_algorithm);
	PcaBytes	subject = pca_authority_csr_subject(configuration);
	PcaBytes	extensions = pca_authority_csr_extensions(configuration);
	PcaJson		revocation;
	PcaStoredKey stored;
	PcaKey	   *key;

	pca_installation_begin();
	check_csr_size(subject, extensions);
	pca_wrapping_begin();
	key = pca_key_create(PCA_KEY_SOFTWARE, algorithm, &new->id, &stored);
	new->kek_id = stored.kek_id;
	new->wrapped_key = stored.form;
	new->public_key = stored.public_key;
	new->csr = pca_csr_sign(subject, extensions, key, signing);
	pca_transaction_make_durable();
	pca_authority_put(new);
	pca_operation_end(PCA_OP_CREATE_CERTIFICATE_AUTHORITY, new->arn, NULL);
	pca_page_key_make();
	revocation = pca_json_root(new->revocation_configuration);
	pca_revocation_warn(&revocation);
}

/* Returns the ARN that an earlier call with the same token returned, or NULL. */
static char *
claim_authority_token(FunctionCallInfo fcinfo, const char *token, const PcaNewAuthority *new)
{
	PcaTokenCall call = {
		.account_id = new->account_id,
		.operation = pca_operation_get(PCA_OP_CREATE_CERTIFICATE_AUTHORITY)->action,
		.token = token,
		.digest = pca_argument_digest(fcinfo),
		.called_at = new->created_at
	};

	return pca_idempotency_claim(&call, new->arn);
}

/*
 * pca_create_certificate_authority(certificate_authority_configuration,
 * certificate_authority_type, revocation_configuration, idempotency_token,
 * key_storage_security_standard, tags, usage_mode) returns the ARN
 *
 * Throws ValidationException, InvalidArgsException, InvalidTagException,
 * RequestFailedException (sealed).
 */
PCA_FUNCTION(pca_create_certificate_authority)
{
	PcaJson		configuration = pca_argument_required_json(fcinfo, 0, "certificate_authority_configuration",
														   &pca_shape_certificate_authority_configuration);
	char	   *type = pca_argument_required_text(fcinfo, 1, "certificate_authority_type",
												  &pca_shape_certificate_authority_type);
	char	   *token = pca_argument_text(fcinfo, 3, "idempotency_token", &pca_shape_idempotency_token);
	char	   *standard = pca_argument_text(fcinfo, 4, "key_storage_security_standard",
											 &pca_shape_key_storage_security_standard);
	char	   *usage_mode = pca_argument_text(fcinfo, 6, "usage_mode", &pca_shape_usage_mode);
	PcaNewAuthority new = {.account_id = check_creator()};
	Jsonb	   *revocation = NULL;
	PcaJson		document;
	PcaJson		tags;
	bool		has_revocation;
	bool		has_tags;
	char	   *earlier_arn;

	has_revocation = pca_argument_json(fcinfo, 2, "revocation_configuration", &pca_shape_revocation_configuration,
									   &document);
	has_tags = pca_argument_json(fcinfo, 5, "tags", &pca_shape_tag_list, &tags);
	pca_operation_check_writable(PCA_OP_CREATE_CERTIFICATE_AUTHORITY);
	new.key_algorithm = pca_json_find_text(&configuration, "KeyAlgorithm");
	new.signing_algorithm = pca_json_find_text(&configuration, "SigningAlgorithm");
	pca_signing_algorithm_check(pca_signing_algorithm_get(new.signing_algorithm),
								pca_key_algorithm_get(new.key_algorithm));
	if (has_revocation)
		revocation = pca_revocation_read(PG_GETARG_JSONB_P(2));
	if (has_tags)
		pca_tags_check(&tags);

	new.created_at = GetCurrentTimestamp();
	pca_random_uuid(&new.id);
	new.arn = pca_arn_format_authority(new.account_id, &new.id);
	earlier_arn = token == NULL ? NULL : claim_authority_token(fcinfo, token, &new);
	if (earlier_arn != NULL)
		PG_RETURN_TEXT_P(cstring_to_text(earlier_arn));

	new.type = type;
	new.configuration = pca_json_strip_nulls(PG_GETARG_JSONB_P(0));
	new.revocation_configuration = pca_revocation_complete(revocation);
	new.key_storage_security_standard = standard != NULL ? standard : DEFAULT_SECURITY_STANDARD;
	new.usage_mode = usage_mode != NULL ? usage_mode : DEFAULT_USAGE_MODE;
	create_authority(&new, &configuration);
	if (has_tags)
		put_tags(&new.id, &tags);
	PG_RETURN_TEXT_P(cstring_to_text(new.arn));
}

/*
 * pca_describe_certificate_authority(certificate_authority_arn) returns
 * pca.certificate_authority_description
 *
 * Throws InvalidArnException, ResourceNotFoundException, AccessDeniedException.
 */
PCA_FUNCTION(pca_describe_certificate_authority)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_DESCRIBE_CERTIFICATE_AUTHORITY);
	PcaAuthority authority;
	TupleDesc	descriptor;
	PcaRows		rows;

	pca_operation_begin(PCA_OP_DESCRIBE_CERTIFICATE_AUTHORITY, arn, &authority);
	rows = pca_authority_describe(arn);
	if (rows.count != 1)
		elog(ERROR, "certificate authority is missing");
	get_call_result_type(fcinfo, NULL, &descriptor);
	pca_rows_check(&rows, descriptor, descriptor->natts);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), rows.values, rows.nulls));
}

/* Returns the creation time and ARN after which a list of authorities continues. */
static char *
get_authority_position(const PcaRows *rows, uint64 row)
{
	return psprintf(INT64_FORMAT " %s", pca_rows_timestamp(rows, row, COLUMN_CREATED_AT),
					pca_rows_text(rows, row, COLUMN_ARN));
}

/*
 * pca_list_certificate_authorities(next_token, max_results, resource_owner)
 * returns the descriptions, and next_token on the last row of a page that was
 * cut
 *
 * Throws ValidationException, InvalidNextTokenException.
 */
PCA_FUNCTION(pca_list_certificate_authorities)
{
	char	   *owner = pca_argument_text(fcinfo, 2, "resource_owner", &pca_shape_resource_owner);
	const PcaCaller *caller = pca_caller_get();
	bool		is_other = owner != NULL && strcmp(owner, "OTHER_ACCOUNTS") == 0;
	PcaPage		page = pca_page_begin(fcinfo, 0, 1, PCA_OP_LIST_CERTIFICATE_AUTHORITIES,
									  psprintf("account %s, owner %s", caller->account_id,
											   is_other ? "OTHER_ACCOUNTS" : "SELF"));
	PcaAuthorityList list = {.account_id = caller->account_id, .is_shared = is_other, .limit = pca_page_limit(&page)};
	PcaRows		rows;

	if (caller->service_principal[0] != '\0')
		return (Datum) 0;
	if (page.after != NULL)
	{
		list.after_created_at = strtoi64(page.after, &page.after, 10);
		list.after_arn = page.after + 1;
	}
	rows = pca_authority_list(&list);
	pca_page_put(&page, &rows, rows.columns, get_authority_position);
	return (Datum) 0;
}

/*
 * pca_get_certificate_authority_csr(certificate_authority_arn) returns the
 * CSR, PEM
 *
 * Throws InvalidArnException, ResourceNotFoundException, AccessDeniedException,
 * InvalidStateException.
 */
PCA_FUNCTION(pca_get_certificate_authority_csr)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_GET_CERTIFICATE_AUTHORITY_CSR);
	PcaAuthority authority;

	pca_operation_begin(PCA_OP_GET_CERTIFICATE_AUTHORITY_CSR, arn, &authority);
	PG_RETURN_TEXT_P(cstring_to_text(pca_pem_format(pca_authority_csr_get(&authority.id), "CERTIFICATE REQUEST")));
}
