/*-------------------------------------------------------------------------
 *
 * fuzz_ocsp.c
 *	  Reads any octets as an OCSP request, and builds the response.
 *
 * If we accept a request, OpenSSL decodes the same CertIDs and the same nonce;
 * the requestor's name, the signature, and CertIDs with unsupported digests
 * are left out, because we do not read their content.  OpenSSL decodes the
 * response as it was decided, and encodes it again octet for octet.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <openssl/ocsp.h>

#include "crypto_ocsp.h"
#include "x509.h"

/* Returns the same request without the requestor's name and the signature. */
static PcaBytes
reduce(PcaBytes der)
{
	PcaDerReader reader = pca_der_reader(der);
	PcaDerReader outer;
	PcaDerReader tbs;
	PcaDerElement element;
	PcaDerWriter writer;

	FUZZ_CHECK(pca_der_enter(&reader, PCA_DER_SEQUENCE, &outer) &&
			   pca_der_enter(&outer, PCA_DER_SEQUENCE, &tbs));
	pca_der_init(&writer, der.length + 8);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	while (pca_der_next(&tbs, &element))
		if (element.tag != PCA_DER_CONTEXT_CONSTRUCTED + 1)
			pca_der_raw(&writer, element.whole);
	pca_der_end(&writer);
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/* Tells whether this is the value of an extension with the nonce, or there is none. */
static void
check_nonce(X509_EXTENSION *extension, PcaBytes nonce)
{
	ASN1_OCTET_STRING *value = extension != NULL ? X509_EXTENSION_get_data(extension) : NULL;

	FUZZ_CHECK((value != NULL) == (nonce.length > 0));
	if (value != NULL)
		FUZZ_CHECK(pca_bytes_equal((PcaBytes) {ASN1_STRING_get0_data(value), ASN1_STRING_length(value)}, nonce));
}

/* OpenSSL may refuse the parameters of such a digest. */
static bool
has_unserved_digest(const PcaOcspRequest *request)
{
	for (int i = 0; i < request->count; i++)
		if (!request->ids[i].is_known_digest)
			return true;
	return false;
}

/* Returns false if OpenSSL does not accept it, and need not. */
static bool
check_request(PcaBytes der, const PcaOcspRequest *request)
{
	PcaBytes	reduced = reduce(der);
	const uint8 *at = reduced.data;
	OCSP_REQUEST *theirs = d2i_OCSP_REQUEST(NULL, &at, reduced.length);
	int			nonce;

	if (theirs == NULL && has_unserved_digest(request))
		return false;
	FUZZ_CHECK(theirs != NULL && at == reduced.data + reduced.length);
	FUZZ_CHECK(request->count >= 1 && request->count <= PCA_OCSP_MAX_CERTIFICATES);
	FUZZ_CHECK(OCSP_request_onereq_count(theirs) == request->count);
	for (int i = 0; i < request->count; i++)
	{
		OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(theirs, i));
		ASN1_INTEGER *serial;

		FUZZ_CHECK(FUZZ_IS_ENCODED(OCSP_CERTID, id, request->ids[i].whole));
		FUZZ_CHECK(OCSP_id_get0_info(NULL, NULL, NULL, &serial, id) == 1);
		FUZZ_CHECK(fuzz_is_within(request->ids[i].serial, der) && request->ids[i].serial.length > 0);
		FUZZ_CHECK((ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER) == (request->ids[i].serial.data[0] >= 0x80));
		/* Checks that the hashes for the look-up have the length of a digest. */
		if (request->ids[i].is_known_digest)
			FUZZ_CHECK(request->ids[i].issuer.name_hash.length == request->ids[i].issuer.key_hash.length &&
					   request->ids[i].issuer.key_hash.length >= 20 && request->ids[i].issuer.key_hash.length <= 64);
	}
	nonce = OCSP_REQUEST_get_ext_by_NID(theirs, NID_id_pkix_OCSP_Nonce, -1);
	check_nonce(nonce >= 0 ? OCSP_REQUEST_get_ext(theirs, nonce) : NULL, request->nonce);
	OCSP_REQUEST_free(theirs);
	return true;
}

/* Makes decisions of every kind, which follow from the input. */
static void
decide(const PcaOcspRequest *request, PcaOcspAnswer *answers, uint32 seed)
{
	for (int i = 0; i < request->count; i++, seed = seed * 1664525 + 1013904223)
		answers[i] = (PcaOcspAnswer) {seed >> 16 & 3, seed, (seed >> 24) % 11};
	for (int i = 0; i < request->count; i++)
		if (answers[i].status > PCA_OCSP_UNKNOWN)
			answers[i].status = PCA_OCSP_REVOKED;
}

static bool
is_time(const ASN1_GENERALIZEDTIME *time, int64 unix_seconds)
{
	return ASN1_STRING_type(time) == V_ASN1_GENERALIZEDTIME && ASN1_TIME_cmp_time_t(time, unix_seconds) == 0;
}

static void
check_single(OCSP_SINGLERESP *single, const PcaOcspResponse *response, int i)
{
	const PcaOcspAnswer *answer = &response->answers[i];
	ASN1_GENERALIZEDTIME *revoked_at;
	ASN1_GENERALIZEDTIME *this_update;
	ASN1_GENERALIZEDTIME *next_update;
	int			reason = OCSP_REVOKED_STATUS_NOSTATUS;
	int			status = OCSP_single_get0_status(single, &reason, &revoked_at, &this_update, &next_update);

	FUZZ_CHECK(FUZZ_IS_ENCODED(OCSP_CERTID, (OCSP_CERTID *) OCSP_SINGLERESP_get0_id(single),
							   response->request->ids[i].whole));
	FUZZ_CHECK(status == (int) answer->status);
	FUZZ_CHECK(is_time(this_update, response->this_update) && is_time(next_update, response->next_update));
	if (status == V_OCSP_CERTSTATUS_REVOKED)
		FUZZ_CHECK(is_time(revoked_at, answer->revoked_at) &&
				   reason == (answer->reason == 0 ? OCSP_REVOKED_STATUS_NOSTATUS : answer->reason));
}

static void
check_response(PcaBytes der, const PcaOcspResponse *response)
{
	const uint8 *at = der.data;
	OCSP_RESPONSE *theirs = d2i_OCSP_RESPONSE(NULL, &at, der.length);
	OCSP_BASICRESP *basic;
	int			nonce;

	FUZZ_CHECK(pca_der_scan(der) == NULL);
	FUZZ_CHECK(theirs != NULL && at == der.data + der.length);
	FUZZ_CHECK(FUZZ_IS_ENCODED(OCSP_RESPONSE, theirs, der));
	FUZZ_CHECK(OCSP_response_status(theirs) == OCSP_RESPONSE_STATUS_SUCCESSFUL);
	basic = OCSP_response_get1_basic(theirs);
	FUZZ_CHECK(basic != NULL && OCSP_resp_count(basic) == response->request->count);
	FUZZ_CHECK(is_time(OCSP_resp_get0_produced_at(basic), response->produced_at));
	for (int i = 0; i < response->request->count; i++)
		check_single(OCSP_resp_get0(basic, i), response, i);
	nonce = OCSP_BASICRESP_get_ext_by_NID(basic, NID_id_pkix_OCSP_Nonce, -1);
	check_nonce(nonce >= 0 ? OCSP_BASICRESP_get_ext(basic, nonce) : NULL, response->request->nonce);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(theirs);
}

void
fuzz_one(PcaBytes input)
{
	PcaOcspRequest request;
	PcaOcspAnswer answers[PCA_OCSP_MAX_CERTIFICATES];
	PcaOcspResponse response = {.request = &request, .answers = answers};
	uint32		seed = 0;

	bool		is_taken;

	if (input.length > PCA_OCSP_MAX_REQUEST_SIZE || pca_ocsp_parse(input, &request) != NULL)
		return;
	is_taken = check_request(input, &request);
	for (size_t i = 0; i < input.length; i++)
		seed = seed * 31 + input.data[i];
	decide(&request, answers, seed);
	response.key_identifier = pca_ocsp_key_identifier(pca_key_public(NULL));
	response.signing = pca_signing_algorithm_find_by_name("SHA256WITHECDSA");
	response.produced_at = seed;
	response.this_update = seed ^ 0xffff;
	response.next_update = (int64) seed + 3600;
	if (is_taken)
		check_response(pca_ocsp_sign(&response, NULL), &response);
	ERR_clear_error();
}
