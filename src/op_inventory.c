/*-------------------------------------------------------------------------
 *
 * op_inventory.c
 *	  Functions that the views call.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/xact.h"
#include "base_argument.h"
#include "base_arn.h"
#include "catalog/pg_type_d.h"
#include "crypto_certificate.h"
#include "crypto_general_name.h"
#include "crypto_name.h"
#include "op_inventory.h"
#include "rule_lifecycle.h"
#include "rule_revocation.h"
#include "store_account.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Every certificate that is signed here is far smaller. */
#define CERTIFICATE_MAX_SIZE (4 * 1024 * 1024)

/* Warns, once in a statement, of a row that cannot be read.  The other rows are still shown. */
static void
warn_of_unreadable(void)
{
	static TimestampTz warned_in;

	if (warned_in == GetCurrentStatementStartTimestamp())
		return;
	warned_in = GetCurrentStatementStartTimestamp();
	ereport(WARNING,
			errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("could not read certificate"),
			errdetail("Its subject and subject alternative names are shown as null."));
}

/* Reads a stored certificate.  Returns false if it is not one. */
static bool
parse_certificate_argument(FunctionCallInfo fcinfo, PcaCertificate *certificate)
{
	PcaBytes	der = {NULL, 0};

	if (toast_raw_datum_size(PG_GETARG_DATUM(0)) <= CERTIFICATE_MAX_SIZE)
		der = pca_bytes_of_bytea(PG_GETARG_BYTEA_PP(0));
	if (der.length > 0 && pca_der_scan(der) == NULL && pca_certificate_parse(der, certificate) == NULL)
		return true;
	warn_of_unreadable();
	return false;
}

/*
 * pca.certificate_subject(certificate bytea) returns text: the subject in the
 * form of RFC 4514; NULL, with a WARNING, if the value is not a certificate
 */
PCA_FUNCTION(pca_certificate_subject)
{
	PcaCertificate certificate;
	StringInfoData text;

	if (!parse_certificate_argument(fcinfo, &certificate))
		PG_RETURN_NULL();
	initStringInfo(&text);
	pca_name_format(&text, certificate.subject);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text.data, text.len));
}

/* Returns the subject alternative names among extensions as text[], which is empty if there are none. */
Datum
pca_inventory_names(const PcaExtensions *extensions)
{
	const PcaExtension *extension = pca_extension_find(extensions, pca_oid_subject_alternative_name);
	ArrayBuildState *names = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	PcaDerReader reader = {0};
	PcaDerReader inner = {0};
	PcaDerElement name;

	if (extension != NULL)
		reader = pca_der_reader(extension->value);
	if (extension != NULL && pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner))
		while (pca_der_next(&inner, &name))
			accumArrayResult(names, CStringGetTextDatum(pca_general_name_format(&name)), false,
							 TEXTOID, CurrentMemoryContext);
	return makeArrayResult(names, CurrentMemoryContext);
}

/*
 * pca.certificate_subject_alternative_names(certificate bytea) returns text[]:
 * each with its form before a colon, DNS:www.example.com; an empty array if
 * there are none; NULL, with a WARNING, if the value is not a certificate
 */
PCA_FUNCTION(pca_certificate_subject_alternative_names)
{
	PcaCertificate certificate;

	if (!parse_certificate_argument(fcinfo, &certificate))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(pca_inventory_names(&certificate.extensions));
}

/*
 * pca.certificate_authority_status(stored text, not_after timestamptz,
 * restorable_until timestamptz) returns text: the current status; NULL for a
 * deleted authority that cannot be restored any more
 */
PCA_FUNCTION(pca_certificate_authority_status)
{
	bool		has_certificate = !PG_ARGISNULL(1);
	bool		is_restorable = !PG_ARGISNULL(2);
	TimestampTz now = GetCurrentTimestamp();
	PcaStatus	stored;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	stored = pca_status_get(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (pca_lifecycle_is_gone(stored, is_restorable, is_restorable ? PG_GETARG_TIMESTAMPTZ(2) : 0, now))
		PG_RETURN_NULL();
	stored = pca_lifecycle_status(stored, has_certificate, has_certificate ? PG_GETARG_TIMESTAMPTZ(1) : 0, now);
	PG_RETURN_TEXT_P(cstring_to_text(pca_status_word(stored)));
}

/* Tells whether a member of a stored configuration, which may be corrupt, is text or absent. */
static bool
is_stored_text_or_absent(const PcaJson *object, const char *name)
{
	PcaJson		member;

	return !pca_json_find(object, name, &member) || member.type == jbvString;
}

/* Tells whether a stored configuration, which may be corrupt, says where CRLs are. */
static bool
has_crl_place(const PcaJson *configuration)
{
	PcaJson		crl;
	PcaJson		bucket;

	return pca_json_is_object(configuration) && pca_json_find(configuration, "CrlConfiguration", &crl) &&
		pca_json_is_object(&crl) && pca_json_find_boolean(&crl, "Enabled") &&
		pca_json_find(&crl, "S3BucketName", &bucket) && bucket.type == jbvString &&
		is_stored_text_or_absent(&crl, "S3ObjectAcl") && is_stored_text_or_absent(&crl, "CustomCname") &&
		is_stored_text_or_absent(&crl, "CustomPath");
}

/*
 * pca.crl_url(revocation_configuration jsonb, authority_id uuid) returns text:
 * the URL of the complete CRL; NULL if there is none
 */
PCA_FUNCTION(pca_crl_url)
{
	PcaJson		configuration;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	configuration = pca_json_root(PG_GETARG_JSONB_P(0));
	if (!has_crl_place(&configuration))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(pca_revocation_crl_url(&configuration,
															pca_uuid_format(PG_GETARG_UUID_P(1)))));
}

/* pca.caller_account() returns text: the account of the current role; NULL if it has none */
PCA_FUNCTION(pca_caller_account_id)
{
	const PcaCaller *caller = pca_caller_find();

	/* A service does not see the rows of its account. */
	if (caller == NULL || caller->service_principal[0] != '\0')
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(caller->account_id));
}
