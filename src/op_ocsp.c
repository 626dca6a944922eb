/*-------------------------------------------------------------------------
 *
 * op_ocsp.c
 *	  The OCSP responder (RFC 6960).
 *
 * It answers from the rows that are committed at the moment of each call, at
 * every isolation level, and signs each answer anew.  It takes no lock, writes
 * nothing, no audit row either, and asks for nobody's account: OCSP is public,
 * and who may call the function may ask about every certificate authority.  So
 * it works on a standby, as long as that is not too far behind.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/xlog.h"
#include "base_argument.h"
#include "crypto_crl.h"
#include "crypto_ocsp.h"
#include "op_access.h"
#include "op_issuer.h"
#include "op_ocsp.h"
#include "op_ocsp_certificates.h"
#include "store_installation.h"
#include "store_ocsp.h"
#include "store_standby.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

/* For so long an answer is over before a certificate that goes with it: clocks differ. */
#define SLACK 300

static int	validity_setting;
static int	backdate_setting;

void
pca_ocsp_define_settings(void)
{
	DefineCustomIntVariable("pca.ocsp_validity",
							"Time from when an OCSP response is made to its nextUpdate.",
							NULL, &validity_setting, 3600, 1, INT_MAX, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
	DefineCustomIntVariable("pca.ocsp_backdate",
							"Time from an OCSP response's thisUpdate to when it is made.",
							"For clients whose clocks are behind.",
							&backdate_setting, 3600, 0, 86400, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
}

/* For how many seconds answers hold. */
int64
pca_ocsp_validity(void)
{
	return validity_setting;
}

/* Reads the request, which is not even decompressed when it is too large. */
static bool
read_request(FunctionCallInfo fcinfo, PcaOcspRequest *request)
{
	bytea	   *value;

	if (toast_raw_datum_size(PG_GETARG_DATUM(0)) - VARHDRSZ > PCA_OCSP_MAX_REQUEST_SIZE)
		return false;
	value = PG_GETARG_BYTEA_PP(0);
	return pca_ocsp_parse((PcaBytes) {(const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)}, request) == NULL;
}

/* The number as rows have it; false when it is negative or has more than 128 bits: no CA here issues such. */
static bool
read_serial(PcaBytes integer, pg_uuid_t *serial)
{
	if (integer.data[0] >= 0x80)
		return false;
	if (integer.data[0] == 0)
		integer = (PcaBytes) {integer.data + 1, integer.length - 1};
	if (integer.length > UUID_LEN)
		return false;
	memset(serial, 0, sizeof(*serial));
	memcpy(serial->data + UUID_LEN - integer.length, integer.data, integer.length);
	return true;
}

static PcaOcspAnswer
decide(const PcaCertificateState *state)
{
	if (state->is_revoked)
		return (PcaOcspAnswer) {
			PCA_OCSP_REVOKED, timestamptz_to_time_t(state->revoked_at), pca_crl_reason_code(state->reason)
		};
	return (PcaOcspAnswer) {.status = state->is_issued ? PCA_OCSP_GOOD : PCA_OCSP_UNKNOWN};
}

/*
 * Answers each CertID; false when none of them is of an authority here.
 *
 * first: the state of the first one of an authority here, which signs.  About
 * certificates of another authority it knows nothing.
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
		bool		has_serial = read_serial(id->serial, &serial);

		answers[i] = (PcaOcspAnswer) {.status = PCA_OCSP_UNKNOWN};
		if (!id->is_known_digest ||
			!pca_ocsp_find(id->issuer.name_hash, id->issuer.key_hash, has_serial ? &serial : NULL, &state))
			continue;
		if (!is_found)
			*first = state;
		is_found = true;
		if (memcmp(&first->authority.id, &state.authority.id, sizeof(pg_uuid_t)) == 0)
			answers[i] = decide(&state);
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
 * The times, and the certificates beside them.  An answer holds for as long as
 * the setting says, but not beyond the authority's certificate, nor to the end
 * of the responder's: some clients look at that when they have kept the answer.
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
 * Answers a request: the response in DER, an unsigned one when there is no
 * answer.  Throws RequestFailedException when the database is dormant or the
 * authority sealed.
 */
static PcaBytes
respond(const PcaOcspRequest *request, TimestampTz now, TimestampTz as_of)
{
	PcaOcspAnswer answers[PCA_OCSP_MAX_CERTIFICATES];
	PcaOcspResponse response = {.request = request, .answers = answers};
	PcaCertificateState first;
	bool		is_standby = RecoveryInProgress();	/* asked before it is read */
	const PcaSigner *signer;

	if (!find_answers(request, &first, answers) ||
		!pca_lifecycle_allows(pca_authority_status(&first.authority, now), PCA_OP_STATUS))
		return pca_ocsp_refuse(PCA_OCSP_UNAUTHORIZED);
	pca_installation_check();
	decide_times(&first, now, as_of, &response);
	/* What a standby does not know may have been issued on the primary. */
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
 * What is wrong with a request, or who it asks, the response says, by its
 * status (RFC 6960 2.3): malformedRequest; unauthorized, when no authority here
 * is asked, or one that is not ACTIVE or DISABLED; tryLater, when a standby is
 * too far behind, or does not know a certificate.
 *
 * Throws ValidationException for NULL, and RequestFailedException when the
 * database is dormant or the authority is sealed: that is the operator's to see, and an internalError to
 * the client would hide it.
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
	PG_RETURN_BYTEA_P(pca_bytes_to_bytea(respond(&request, now, as_of)));
}
