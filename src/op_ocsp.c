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
#include "base_argument.h"
#include "crypto_crl.h"
#include "crypto_ocsp.h"
#include "op_access.h"
#include "op_issuer.h"
#include "op_ocsp.h"
#include "store_installation.h"
#include "store_ocsp.h"
#include "store_standby.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

static int	validity_setting;

void
pca_ocsp_define_settings(void)
{
	DefineCustomIntVariable("pca.ocsp_validity",
							"Time from an OCSP response's thisUpdate to its nextUpdate.",
							NULL, &validity_setting, 3600, 1, INT_MAX, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
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
 * authority: the first one that is called, which signs.  About certificates of
 * another one it knows nothing.
 */
static bool
find_answers(const PcaOcspRequest *request, PcaAuthority *authority, PcaOcspAnswer *answers)
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
			*authority = state.authority;
		is_found = true;
		if (memcmp(&authority->id, &state.authority.id, sizeof(pg_uuid_t)) == 0)
			answers[i] = decide(&state);
	}
	return is_found;
}

/* An answer holds for as long as the setting says, but not beyond the authority's certificate. */
static int64
next_update(const PcaAuthority *authority, int64 this_update)
{
	return Min(this_update + validity_setting, (int64) timestamptz_to_time_t(authority->not_after));
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
	PcaAuthority authority;
	const PcaSigner *signer;

	if (!find_answers(request, &authority, answers) ||
		!pca_lifecycle_allows(pca_authority_status(&authority, now), PCA_OP_STATUS))
		return pca_ocsp_refuse(PCA_OCSP_UNAUTHORIZED);
	pca_installation_check();
	response.produced_at = timestamptz_to_time_t(now);
	response.this_update = timestamptz_to_time_t(as_of);
	response.next_update = next_update(&authority, response.this_update);
	if (response.next_update <= response.produced_at)
		return pca_ocsp_refuse(PCA_OCSP_TRY_LATER);
	signer = pca_signer_get(&authority);
	response.key_identifier = signer->ocsp_key_identifier;
	response.signing = pca_signing_algorithm_get(authority.signing_algorithm);
	return pca_ocsp_sign(&response, signer->key);
}

/*
 * pca_ocsp_response(request) returns the response, both DER
 *
 * What is wrong with a request, or who it asks, the response says, by its
 * status (RFC 6960 2.3): malformedRequest; unauthorized, when no authority here
 * is asked, or one that is not ACTIVE or DISABLED; tryLater, when a standby is
 * too far behind.
 *
 * Throws ValidationException for NULL, and RequestFailedException when the
 * database is dormant or the authority is sealed: that is the operator's to see, and an internalError to
 * the client would hide it.
 */
PCA_FUNCTION(pca_ocsp_response)
{
	TimestampTz now = GetCurrentTimestamp();	/* before any snapshot: thisUpdate */
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
