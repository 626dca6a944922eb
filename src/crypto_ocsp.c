/*-------------------------------------------------------------------------
 *
 * crypto_ocsp.c
 *	  Reads OCSP requests and builds responses (RFC 6960).
 *
 * Anyone may send a request.  The whole is scanned before the DER reader takes
 * it apart, and nothing in it is trusted: a request's signature and the
 * requestor's name are ignored.  CertIDs and the nonce are copied into the
 * response octet by octet.
 *
 * If the CA itself signs, a response needs no certificate (4.2.2.2); the caller
 * decides which ones it includes.  The signature is not verified here as a
 * certificate's is, because nothing is stored: the client verifies it and can
 * ask again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_digest.h"
#include "crypto_extension.h"
#include "crypto_ocsp.h"
#include "crypto_ossl.h"
#include "crypto_public_key.h"

/* RFC 9654 2.1 */
#define MAX_NONCE_LENGTH 128

static const PcaBytes oid_basic_response = PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x01");
static const PcaBytes oid_nonce = PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x30\x01\x02");

StaticAssertDecl(PCA_DIGESTS == PCA_OCSP_DIGESTS, "a digest needs rows in pca.ocsp_issuer");

/* Tells whether the parameters are absent or NULL. */
static bool
are_no_parameters(const PcaDerElement *parameters)
{
	return parameters->whole.length == 0 || parameters->tag == PCA_DER_NULL;
}

/* Reads an AlgorithmIdentifier (RFC 5280 4.1.1.2).  *is_known tells whether its digest is supported. */
static bool
take_digest(PcaDerReader *reader, PcaDigest *digest, bool *is_known)
{
	PcaDerReader algorithm;
	PcaDerElement oid;
	PcaDerElement parameters = {0};

	if (!pca_der_enter(reader, PCA_DER_SEQUENCE, &algorithm) || !pca_der_take(&algorithm, PCA_DER_OID, &oid) ||
		(!pca_der_at_end(&algorithm) && (!pca_der_next(&algorithm, &parameters) || !pca_der_at_end(&algorithm))))
		return false;
	*is_known = are_no_parameters(&parameters) && pca_digest_find(oid.content, digest);
	return true;
}

/* RFC 6960 4.1.1: CertID */
static const char *
parse_id(PcaDerElement element, PcaOcspId *id)
{
	PcaDerReader reader = pca_der_reader(element.content);
	PcaDerElement name_hash;
	PcaDerElement key_hash;
	PcaDerElement serial;
	PcaDigest	digest;
	bool		is_known;

	if (!take_digest(&reader, &digest, &is_known) ||
		!pca_der_take(&reader, PCA_DER_OCTET_STRING, &name_hash) ||
		!pca_der_take(&reader, PCA_DER_OCTET_STRING, &key_hash) ||
		!pca_der_take(&reader, PCA_DER_INTEGER, &serial) || !pca_der_at_end(&reader))
		return "a CertID is malformed";
	if (is_known && (name_hash.content.length != pca_digest_length(digest) ||
					 key_hash.content.length != pca_digest_length(digest)))
		return "an issuer hash does not have the length of its algorithm";
	*id = (PcaOcspId) {
		.whole = element.whole,
		.is_known_digest = is_known,
		.issuer = {name_hash.content, key_hash.content},
		.serial = serial.content
	};
	return NULL;
}

/*
 * Reads the extensions under an explicit tag, if there are any.
 *
 * RFC 6960 4.4: support for each is optional, and none should be critical.  A
 * critical extension that is not understood must not be ignored.
 */
static const char *
parse_ocsp_extensions(PcaDerReader *reader, uint8 tag, PcaExtensions *extensions)
{
	PcaDerReader explicit_tag;
	PcaDerElement sequence;
	const char *fault;

	*extensions = (PcaExtensions) {0};
	if (pca_der_at_end(reader))
		return NULL;
	if (!pca_der_enter(reader, tag, &explicit_tag) || !pca_der_at_end(reader) ||
		!pca_der_take(&explicit_tag, PCA_DER_SEQUENCE, &sequence) || !pca_der_at_end(&explicit_tag))
		return "what follows is not a list of extensions";
	if ((fault = pca_extensions_parse(sequence.content, extensions)) != NULL)
		return fault;
	for (int i = 0; i < extensions->count; i++)
		if (extensions->list[i].is_critical && !pca_bytes_equal(extensions->list[i].oid, oid_nonce))
			return "a critical extension is not understood";
	return NULL;
}

/* RFC 6960 4.1.1: requestList, of at least one Request */
static const char *
parse_list(PcaBytes list, PcaOcspRequest *request)
{
	PcaDerReader reader = pca_der_reader(list);
	PcaDerReader single;
	PcaDerElement id;
	PcaExtensions ignored;
	const char *fault;

	for (request->count = 0; !pca_der_at_end(&reader); request->count++)
	{
		if (request->count == PCA_OCSP_MAX_CERTIFICATES)
			return "it asks for too many certificates";
		if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &single) || !pca_der_take(&single, PCA_DER_SEQUENCE, &id))
			return "an element of its list is malformed";
		if ((fault = parse_id(id, &request->ids[request->count])) != NULL ||
			(fault = parse_ocsp_extensions(&single, PCA_DER_CONTEXT_CONSTRUCTED + 0, &ignored)) != NULL)
			return fault;
	}
	return request->count == 0 ? "it asks for no certificate" : NULL;
}

/*
 * Returns the length of the nonce in an extension's value.
 *
 * RFC 9654 2.1: the nonce is an OCTET STRING within extnValue.  Some clients put
 * the bare octets there and expect them back in that form.
 */
static size_t
nonce_length(PcaBytes value)
{
	PcaDerReader reader = pca_der_reader(value);
	PcaDerElement octets;

	if (pca_der_scan(value) != NULL || !pca_der_take(&reader, PCA_DER_OCTET_STRING, &octets))
		return value.length;
	return octets.content.length;
}

static const char *
parse_nonce(const PcaExtensions *extensions, PcaBytes *nonce)
{
	const PcaExtension *extension = pca_extension_find(extensions, oid_nonce);
	size_t		length;

	*nonce = (PcaBytes) {NULL, 0};
	if (extension == NULL)
		return NULL;
	length = nonce_length(extension->value);
	if (length == 0 || length > MAX_NONCE_LENGTH)
		return "its nonce is not 1 to 128 octets long";
	*nonce = extension->value;
	return NULL;
}

/* Reads the version if it is present.  It can only be v1, which DER omits; some clients write it. */
static bool
take_version(PcaDerReader *reader)
{
	PcaDerReader explicit_tag;
	PcaDerElement version;

	return !pca_der_peek(reader, PCA_DER_CONTEXT_CONSTRUCTED + 0) ||
		(pca_der_enter(reader, PCA_DER_CONTEXT_CONSTRUCTED + 0, &explicit_tag) &&
		 pca_der_take(&explicit_tag, PCA_DER_INTEGER, &version) && pca_der_at_end(&explicit_tag) &&
		 pca_bytes_equal(version.content, PCA_BYTES_OF("\0")));
}

/* RFC 6960 4.1.1: TBSRequest */
static const char *
parse_tbs_request(PcaDerReader reader, PcaOcspRequest *request)
{
	PcaDerElement skipped;
	PcaDerElement list;
	PcaExtensions extensions;
	const char *fault;

	if (!take_version(&reader))
		return "its version is not 1";
	if (pca_der_peek(&reader, PCA_DER_CONTEXT_CONSTRUCTED + 1))
		pca_der_next(&reader, &skipped);	/* requestorName */
	if (!pca_der_take(&reader, PCA_DER_SEQUENCE, &list))
		return "it has no list of requests";
	if ((fault = parse_list(list.content, request)) != NULL ||
		(fault = parse_ocsp_extensions(&reader, PCA_DER_CONTEXT_CONSTRUCTED + 2, &extensions)) != NULL)
		return fault;
	return parse_nonce(&extensions, &request->nonce);
}

/*
 * Reads a request (RFC 6960 4.1.1), whose size the caller has checked.  Returns
 * NULL or the fault.  The result points into the input.
 */
const char *
pca_ocsp_parse(PcaBytes der, PcaOcspRequest *request)
{
	PcaDerReader reader = pca_der_reader(der);
	PcaDerReader outer;
	PcaDerReader tbs;
	PcaDerElement signature;
	const char *fault;

	if ((fault = pca_der_scan(der)) != NULL)
		return fault;
	if (!pca_der_enter(&reader, PCA_DER_SEQUENCE, &outer) || !pca_der_enter(&outer, PCA_DER_SEQUENCE, &tbs) ||
		(!pca_der_at_end(&outer) &&
		 (!pca_der_take(&outer, PCA_DER_CONTEXT_CONSTRUCTED + 0, &signature) || !pca_der_at_end(&outer))))
		return "it is not an OCSP request";
	return parse_tbs_request(tbs, request);
}

/* Returns the subjectPublicKey of a SubjectPublicKeyInfo that was checked when it was made or imported. */
static PcaBytes
key_bits(PcaBytes spki)
{
	PcaPublicKey key;

	if (pca_public_key_parse(spki, &key) != NULL)
		elog(ERROR, "public key of a certificate authority is malformed");
	return key.bits;
}

static PcaBytes
hash_data(PcaDigest digest, PcaBytes data)
{
	uint8	   *result = palloc(EVP_MAX_MD_SIZE);

	return (PcaBytes) {result, pca_digest(digest, data, result)};
}

/* Computes all the identifications by which requests can name a CA with this name and key. */
void
pca_ocsp_issuers(PcaBytes name, PcaBytes spki, PcaOcspIssuer issuers[PCA_OCSP_DIGESTS])
{
	PcaBytes	bits = key_bits(spki);

	for (int i = 0; i < PCA_OCSP_DIGESTS; i++)
		issuers[i] = (PcaOcspIssuer) {hash_data(i, name), hash_data(i, bits)};
}

/* RFC 6960 4.2.1: KeyHash, SHA-1 whatever digest the CertIDs use */
PcaBytes
pca_ocsp_key_identifier(PcaBytes spki)
{
	return hash_data(PCA_SHA1, key_bits(spki));
}

static void
put_status(PcaDerWriter *writer, PcaOcspResponseStatus status)
{
	uint8		octet = status;

	pca_der_primitive(writer, PCA_DER_ENUMERATED, (PcaBytes) {&octet, 1});
}

/* Builds an unsigned error response (RFC 6960 2.3). */
PcaBytes
pca_ocsp_refuse(PcaOcspResponseStatus status)
{
	PcaDerWriter writer;

	pca_der_init(&writer, 8);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	put_status(&writer, status);
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/* RFC 6960 4.2.1: RevokedInfo */
static void
put_revoked(PcaDerWriter *writer, const PcaOcspAnswer *answer)
{
	uint8		reason = answer->reason;

	pca_der_begin(writer, PCA_DER_CONTEXT_CONSTRUCTED + PCA_OCSP_REVOKED);
	pca_der_generalized_time(writer, answer->revoked_at);
	if (reason != 0)
	{
		pca_der_begin(writer, PCA_DER_CONTEXT_CONSTRUCTED + 0);
		pca_der_primitive(writer, PCA_DER_ENUMERATED, (PcaBytes) {&reason, 1});
		pca_der_end(writer);
	}
	pca_der_end(writer);
}

/* RFC 6960 4.2.1: SingleResponse */
static void
put_single(PcaDerWriter *writer, PcaBytes id, const PcaOcspAnswer *answer, const PcaOcspResponse *response)
{
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_raw(writer, id);
	if (answer->status == PCA_OCSP_REVOKED)
		put_revoked(writer, answer);
	else
		pca_der_primitive(writer, PCA_DER_CONTEXT + answer->status, (PcaBytes) {NULL, 0});
	pca_der_generalized_time(writer, response->this_update);
	pca_der_begin(writer, PCA_DER_CONTEXT_CONSTRUCTED + 0);
	pca_der_generalized_time(writer, response->next_update);
	pca_der_end(writer);
	pca_der_end(writer);
}

static void
put_nonce(PcaDerWriter *writer, PcaBytes nonce)
{
	if (nonce.length == 0)
		return;
	pca_der_begin(writer, PCA_DER_CONTEXT_CONSTRUCTED + 1);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_primitive(writer, PCA_DER_OID, oid_nonce);
	pca_der_primitive(writer, PCA_DER_OCTET_STRING, nonce);
	pca_der_end(writer);
	pca_der_end(writer);
	pca_der_end(writer);
}

/* RFC 6960 4.2.1: ResponseData, with responderID byKey */
static PcaBytes
build_data(const PcaOcspResponse *response)
{
	PcaDerWriter writer;

	pca_der_init(&writer, 256 + 192 * response->request->count);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_begin(&writer, PCA_DER_CONTEXT_CONSTRUCTED + 2);
	pca_der_primitive(&writer, PCA_DER_OCTET_STRING, response->key_identifier);
	pca_der_end(&writer);
	pca_der_generalized_time(&writer, response->produced_at);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	for (int i = 0; i < response->request->count; i++)
		put_single(&writer, response->request->ids[i].whole, &response->answers[i], response);
	pca_der_end(&writer);
	put_nonce(&writer, response->request->nonce);
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/* RFC 6960 4.2.1: certs, which follow the signature */
static void
put_certificates(PcaDerWriter *writer, PcaBytes certificates)
{
	if (certificates.length == 0)
		return;
	pca_der_begin(writer, PCA_DER_CONTEXT_CONSTRUCTED + 0);
	pca_der_begin(writer, PCA_DER_SEQUENCE);
	pca_der_raw(writer, certificates);
	pca_der_end(writer);
	pca_der_end(writer);
}

/* Builds and signs a response in DER (RFC 6960 4.2.1: BasicOCSPResponse within OCSPResponse). */
PcaBytes
pca_ocsp_sign(const PcaOcspResponse *response, PcaKey *key)
{
	PcaBytes	data = build_data(response);
	PcaBytes	signature = pca_key_sign(key, response->signing, data);
	PcaDerWriter writer;

	pca_der_init(&writer, data.length + signature.length + response->certificates.length + 256);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	put_status(&writer, PCA_OCSP_SUCCESSFUL);
	pca_der_begin(&writer, PCA_DER_CONTEXT_CONSTRUCTED + 0);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_primitive(&writer, PCA_DER_OID, oid_basic_response);
	pca_der_begin(&writer, PCA_DER_OCTET_STRING);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_raw(&writer, data);
	pca_der_raw(&writer, response->signing->identifier);
	pca_der_bit_string(&writer, signature);
	put_certificates(&writer, response->certificates);
	pca_der_end(&writer);
	pca_der_end(&writer);
	pca_der_end(&writer);
	pca_der_end(&writer);
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}
