/*-------------------------------------------------------------------------
 *
 * op_authority_certificate.c
 *	  ImportCertificateAuthorityCertificate and
 *	  GetCertificateAuthorityCertificate.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base_argument.h"
#include "base_error.h"
#include "crypto_ocsp.h"
#include "crypto_ossl.h"
#include "crypto_pem.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "op_chain_warning.h"
#include "op_operation.h"
#include "rule_import.h"
#include "store_authority_state.h"
#include "store_ocsp_responder.h"
#include "store_transaction.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Stores the identifications of the authority in OCSP requests; earlier ones remain. */
static void
put_ocsp_issuers(const pg_uuid_t *authority, const PcaCertificate *certificate, const PcaImportedCertificate *imported)
{
	PcaOcspIssuer issuers[PCA_OCSP_DIGESTS];
	pg_uuid_t	responder;

	pca_ocsp_issuers(certificate->subject, certificate->spki, issuers);
	/* by SHA-256, because names with the same SHA-1 can be constructed */
	if (!pca_ocsp_responder_find(authority, issuers[1].name_hash, issuers[1].key_hash, &responder))
		responder = imported->id;
	pca_ocsp_responder_put(&responder, authority, &imported->id, imported->not_after);
	for (int i = 0; i < PCA_OCSP_DIGESTS; i++)
		pca_ocsp_issuer_put(authority, issuers[i].name_hash, issuers[i].key_hash, &responder);
}

/*
 * pca_import_certificate_authority_certificate(certificate_authority_arn,
 * certificate, certificate_chain)
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException, InvalidRequestException,
 * MalformedCertificateException, CertificateMismatchException,
 * ConcurrentModificationException.
 */
PCA_FUNCTION(pca_import_certificate_authority_certificate)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_IMPORT_CERTIFICATE_AUTHORITY_CERTIFICATE);
	char	   *certificate = pca_argument_required_text(fcinfo, 1, "certificate", &pca_shape_certificate_body_blob);
	char	   *chain_pem = pca_argument_text(fcinfo, 2, "certificate_chain", &pca_shape_certificate_chain_blob);
	TimestampTz now;
	PcaImportedCertificate imported = {0};
	PcaBytes	chain_der[PCA_CHAIN_MAX_COUNT];
	PcaChain   *chain = palloc(sizeof(PcaChain));
	PcaAuthority authority;

	now = pca_operation_begin(PCA_OP_IMPORT_CERTIFICATE_AUTHORITY_CERTIFICATE, arn, &authority);
	pca_import_read(certificate, chain_pem, chain);
	pca_import_check(chain, pca_authority_public_key_get(&authority.id), strcmp(authority.type, "ROOT") == 0,
					timestamptz_to_time_t(now));

	pca_chain_warn(&authority, chain);

	pca_random_uuid(&imported.id);
	imported.certificate = chain->certificates[0].der;
	imported.chain_count = chain->count - 1;
	for (int i = 0; i < imported.chain_count; i++)
		chain_der[i] = chain->certificates[i + 1].der;
	imported.chain = chain_der;
	imported.serial = pca_decimal_format(chain->certificates[0].serial);
	imported.not_before = time_t_to_timestamptz(chain->certificates[0].not_before);
	imported.not_after = time_t_to_timestamptz(chain->certificates[0].not_after);
	pca_authority_certificate_put(&authority.id,
								  pca_status_word(pca_lifecycle_after_import(pca_status_get(authority.status))),
								  now, &imported);
	put_ocsp_issuers(&authority.id, &chain->certificates[0], &imported);
	pca_operation_end(PCA_OP_IMPORT_CERTIFICATE_AUTHORITY_CERTIFICATE, arn, imported.serial);
	PG_RETURN_VOID();
}

static char *
format_imported_chain(const PcaImportedCertificate *imported)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < imported->chain_count; i++)
		appendStringInfo(&text, "%s%s", i > 0 ? "\n" : "", pca_pem_format(imported->chain[i], "CERTIFICATE"));
	return text.data;
}

/*
 * pca_get_certificate_authority_certificate(certificate_authority_arn) returns
 * (certificate, certificate_chain)
 *
 * The chain begins with the issuer and is NULL for a root.
 *
 * Throws InvalidArnException, ResourceNotFoundException, AccessDeniedException,
 * InvalidStateException, RequestInProgressException.
 */
PCA_FUNCTION(pca_get_certificate_authority_certificate)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_GET_CERTIFICATE_AUTHORITY_CERTIFICATE);
	PcaImportedCertificate imported;
	PcaAuthority authority;
	TupleDesc	descriptor;
	bool		has_chain;

	pca_operation_begin(PCA_OP_GET_CERTIFICATE_AUTHORITY_CERTIFICATE, arn, &authority);
	if (!authority.has_certificate)
		elog(ERROR, "certificate of a certificate authority is missing");
	pca_authority_certificate_get(&authority.certificate_id, &imported);
	pca_transaction_check_committed(&imported.origin, "certificate of the certificate authority", arn);
	has_chain = imported.chain_count > 0;

	get_call_result_type(fcinfo, NULL, &descriptor);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), (Datum[]) {
		CStringGetTextDatum(pca_pem_format(imported.certificate, "CERTIFICATE")),
		has_chain ? CStringGetTextDatum(format_imported_chain(&imported)) : (Datum) 0
	}, (bool[]) {false, !has_chain}));
}
