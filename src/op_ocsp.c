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
#include "base_record.h"
#include "catalog/pg_type_d.h"
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

/* A response in DER, and what caches may do with it; the times are Unix seconds */
typedef struct OcspReply
{
	PcaBytes	response;
	bool		is_signed;		/* if not, it has no times */
	bool		is_cacheable;
	int64		this_update;
	int64		next_update;
} OcspReply;

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

/* Answers with a response that is not signed, which no cache may give to others. */
static OcspReply
reply_unsigned(PcaOcspResponseStatus status)
{
	return (OcspReply) {.response = pca_ocsp_refuse(status)};
}

/*
 * Signs a response.  A cache may keep it unless it has a nonce, which is the
 * requester's alone, or says "unknown", which the next issuance can make wrong.
 */
static OcspReply
reply_signed(const PcaOcspResponse *response, PcaKey *key)
{
	return (OcspReply) {
		.response = pca_ocsp_sign(response, key),
		.is_signed = true,
		.is_cacheable = response->request->nonce.length == 0 && !has_unknown(response->answers, response->request->count),
		.this_update = response->this_update,
		.next_update = response->next_update
	};
}

/*
 * Answers a request; where there is no answer, by an unsigned response.  Throws
 * RequestFailedException if the database is dormant or the authority is sealed.
 */
static OcspReply
respond_from_rows(const PcaOcspRequest *request, TimestampTz now, TimestampTz as_of)
{
	PcaOcspAnswer answers[PCA_OCSP_MAX_CERTIFICATES];
	PcaOcspResponse response = {.request = request, .answers = answers};
	PcaCertificateState first;
	bool		is_standby = RecoveryInProgress();	/* asked before it is read */
	const PcaSigner *signer;

	if (!find_answers(request, &first, answers) ||
		!pca_lifecycle_signs_status(pca_authority_status(&first.authority, now)))
		return reply_unsigned(PCA_OCSP_UNAUTHORIZED);
	pca_installation_check();
	decide_times(&first, now, as_of, &response);
	/* A certificate that a standby does not know may have been issued on the primary. */
	if (response.next_update <= response.produced_at || (is_standby && has_unknown(answers, request->count)))
		return reply_unsigned(PCA_OCSP_TRY_LATER);
	signer = pca_signer_get(&first.authority);
	response.key_identifier = signer->ocsp_key_identifier;
	response.signing = pca_signing_algorithm_get(first.authority.signing_algorithm);
	return reply_signed(&response, signer->key);
}

/*
 * Answers the request that is the first argument of a function.
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
static OcspReply
answer_request(FunctionCallInfo fcinfo, const char *function)
{
	TimestampTz now = GetCurrentTimestamp();	/* before any snapshot: as of when it is known */
	TimestampTz as_of;
	PcaOcspRequest request;

	pca_argument_require(fcinfo, 0, "request");
	pca_transaction_check_aware(function);
	if (!read_request(fcinfo, &request))
		return reply_unsigned(PCA_OCSP_MALFORMED_REQUEST);
	if (!pca_standby_is_current(now, &as_of))
		return reply_unsigned(PCA_OCSP_TRY_LATER);
	return respond_from_rows(&request, now, as_of);
}

/* pca_ocsp_response(request) returns the response, both DER.  Throws as answer_request(). */
PCA_FUNCTION(pca_ocsp_response)
{
	OcspReply	reply = answer_request(fcinfo, "pca_ocsp_response()");

	PG_RETURN_BYTEA_P(pca_bytes_to_bytea(reply.response));
}

/*
 * pca_ocsp(request) returns (response, is_cacheable, this_update, next_update)
 *
 * The response is that of pca_ocsp_response(), and the times are those in it;
 * they are NULL if it is not signed.  Throws as answer_request().
 */
PCA_FUNCTION(pca_ocsp)
{
	static const PcaColumn columns[] = {
		{"response", BYTEAOID}, {"is_cacheable", BOOLOID}, {"this_update", TIMESTAMPTZOID}, {"next_update", TIMESTAMPTZOID}
	};
	static PcaRecord record = {.columns = columns, .count = lengthof(columns)};
	OcspReply	reply = answer_request(fcinfo, "pca_ocsp()");

	return pca_record_make(&record, (Datum[]) {
		PointerGetDatum(pca_bytes_to_bytea(reply.response)),
		BoolGetDatum(reply.is_cacheable),
		TimestampTzGetDatum(time_t_to_timestamptz(reply.this_update)),
		TimestampTzGetDatum(time_t_to_timestamptz(reply.next_update))
	}, (bool[]) {false, false, !reply.is_signed, !reply.is_signed});
}
