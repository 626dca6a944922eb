/*-------------------------------------------------------------------------
 *
 * op_ocsp.c
 *	  The OCSP responder (RFC 6960).
 *
 * It answers from the rows that are committed at the time of each call, at every
 * isolation level, and signs each answer separately.  It takes no lock, writes
 * nothing, not even an audit row, and checks no account: OCSP is public, and
 * a role that may call the function may ask about every certificate authority.
 * So it works on a standby, as long as the standby does not lag too much.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/xlog.h"
#include "base_argument.h"
#include "crypto_crl.h"
#include "crypto_ocsp.h"
#include "op_issuer.h"
#include "op_ocsp.h"
#include "op_ocsp_certificates.h"
#include "op_operation.h"
#include "rule_algorithm.h"
#include "store_installation.h"
#include "store_ocsp.h"
#include "store_standby.h"
#include "store_transaction.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

/* Seconds by which an answer expires before the certificates that go with it, since clocks differ */
#define SLACK 300

static int	validity_setting;
static int	backdate_setting;

void
pca_ocsp_define_settings(void)
{
	DefineCustomIntVariable("pca.ocsp_validity",
							"Sets the time from the making of an OCSP response to its nextUpdate.",
							NULL, &validity_setting, 3600, 1, INT_MAX, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
	DefineCustomIntVariable("pca.ocsp_backdate",
							"Sets how far the thisUpdate of an OCSP response is set back.",
							"This is for clients whose clocks are slow.",
							&backdate_setting, 3600, 0, 86400, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
}

/* Returns for how many seconds answers are valid. */
int64
pca_ocsp_validity(void)
{
	return validity_setting;
}

/* Reads the request.  One that is too large is not even decompressed. */
static bool
read_request(FunctionCallInfo fcinfo, PcaOcspRequest *request)
{
	if (toast_raw_datum_size(PG_GETARG_DATUM(0)) - VARHDRSZ > PCA_OCSP_MAX_REQUEST_SIZE)
		return false;
	return pca_ocsp_parse(pca_bytes_of_bytea(PG_GETARG_BYTEA_PP(0)), request) == NULL;
}

static PcaOcspAnswer
decide_answer(const PcaCertificateState *state)
{
	if (state->is_revoked)
		return (PcaOcspAnswer) {
			PCA_OCSP_REVOKED, timestamptz_to_time_t(state->revoked_at), pca_crl_reason_code(state->reason)
		};
	return (PcaOcspAnswer) {.status = state->is_issued ? PCA_OCSP_GOOD : PCA_OCSP_UNKNOWN};
}

/*
 * Answers each CertID.  Returns false if none names an authority of this
 * database.
 *
 * *first: the state of the first that does; its authority signs, and calls the
 * certificates of all others unknown.
 */
static bool
find_answers(const PcaOcspRequest *request, PcaCertificateState *first, PcaOcspAnswer *answers)
{
	bool		is_found = false;

	for (int i = 0; i < request->count; i++)
	{
		const PcaOcspId *id = &request->ids[i];
		PcaCertificateState state;
		pg_uuid_t	serial;
		bool		has_serial = pca_der_read_unsigned(id->serial, serial.data, UUID_LEN);	/* no CA here issues others */

		answers[i] = (PcaOcspAnswer) {.status = PCA_OCSP_UNKNOWN};
		if (!id->is_known_digest ||
			!pca_ocsp_find(id->issuer.name_hash, id->issuer.key_hash, has_serial ? &serial : NULL, &state))
			continue;
		if (!is_found)
			*first = state;
		is_found = true;
		if (memcmp(&first->authority.id, &state.authority.id, sizeof(pg_uuid_t)) == 0)
			answers[i] = decide_answer(&state);
	}
	return is_found;
}

static bool
has_unknown(const PcaOcspAnswer *answers, int count)
{
	for (int i = 0; i < count; i++)
		if (answers[i].status == PCA_OCSP_UNKNOWN)
			return true;
	return false;
}

/*
 * Decides the times, and which certificates go with the answer.  An answer is
 * valid for as long as the setting says, but not beyond the authority's
 * certificate, and not quite to the end of the responder's, which some clients
 * check again when they use a cached answer.
 */
static void
decide_times(const PcaCertificateState *state, TimestampTz now, TimestampTz as_of, PcaOcspResponse *response)
{
	PcaOcspCertificates certificates = pca_ocsp_certificates_get(state);
	int64		known_at = timestamptz_to_time_t(as_of);

	response->produced_at = timestamptz_to_time_t(now);
	response->this_update = known_at - backdate_setting;
	response->next_update = Min(known_at + validity_setting, (int64) timestamptz_to_time_t(state->authority.not_after));
	if (certificates.list.length == 0 || certificates.not_before > response->produced_at ||
		certificates.not_after - SLACK <= response->produced_at)
		return;
	response->certificates = certificates.list;
	response->next_update = Min(response->next_update, certificates.not_after - SLACK);
}

/*
 * Answers a request.  Returns the response in DER; without an answer it is an
 * unsigned one.  Throws RequestFailedException if the database is dormant or the
 * authority is sealed.
 */
static PcaBytes
respond_from_rows(const PcaOcspRequest *request, TimestampTz now, TimestampTz as_of)
{
	PcaOcspAnswer answers[PCA_OCSP_MAX_CERTIFICATES];
	PcaOcspResponse response = {.request = request, .answers = answers};
	PcaCertificateState first;
	bool		is_standby = RecoveryInProgress();	/* asked before it is read */
	const PcaSigner *signer;

	if (!find_answers(request, &first, answers) ||
		!pca_lifecycle_signs_status(pca_authority_status(&first.authority, now)))
		return pca_ocsp_refuse(PCA_OCSP_UNAUTHORIZED);
	pca_installation_check();
	decide_times(&first, now, as_of, &response);
	/* A certificate that a standby does not know may have been issued on the primary. */
	if (response.next_update <= response.produced_at || (is_standby && has_unknown(answers, request->count)))
		return pca_ocsp_refuse(PCA_OCSP_TRY_LATER);
	signer = pca_signer_get(&first.authority);
	response.key_identifier = signer->ocsp_key_identifier;
	response.signing = pca_signing_algorithm_get(first.authority.signing_algorithm);
	return pca_ocsp_sign(&response, signer->key);
}

/*
 * pca_ocsp_response(request) returns the response, both DER
 *
 * The status of the response (RFC 6960 2.3) reports most failures:
 * malformedRequest; unauthorized, if the request names no authority of this
 * database or one that is not ACTIVE or DISABLED; tryLater, if a standby lags too
 * much or does not know a certificate.
 *
 * Throws ValidationException for NULL, and RequestFailedException if the
 * database is dormant or the authority is sealed, because the operator must
 * see that, and an internalError to the client would hide it.
 */
PCA_FUNCTION(pca_ocsp_response)
{
	TimestampTz now = GetCurrentTimestamp();	/* before any snapshot: as of when it is known */
	TimestampTz as_of;
	PcaOcspRequest request;

	pca_argument_require(fcinfo, 0, "request");
	pca_transaction_check_aware("pca_ocsp_response()");
	if (!read_request(fcinfo, &request))
		PG_RETURN_BYTEA_P(pca_bytes_to_bytea(pca_ocsp_refuse(PCA_OCSP_MALFORMED_REQUEST)));
	if (!pca_standby_is_current(now, &as_of))
		PG_RETURN_BYTEA_P(pca_bytes_to_bytea(pca_ocsp_refuse(PCA_OCSP_TRY_LATER)));
	PG_RETURN_BYTEA_P(pca_bytes_to_bytea(respond_from_rows(&request, now, as_of)));
}
