/*-------------------------------------------------------------------------
 *
 * op_ocsp_certificates.c
 *	  The certificates that go with OCSP responses, kept per backend.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_certificate.h"
#include "op_ocsp_certificates.h"
#include "store_authority.h"
#include "store_certificate.h"
#include "store_ocsp_responder.h"
#include "utils/memutils.h"

#define KEPT_CERTIFICATES 32

/* The cached certificates that go with answers under a name */
typedef struct KeptCertificates
{
	pg_uuid_t	responder_id;
	uint64		version;		/* of the rows that were read; 0 for a free entry */
	PcaOcspCertificates certificates;	/* no list for none */
} KeptCertificates;

static KeptCertificates kept[KEPT_CERTIFICATES];
static unsigned int next_kept;

/* Finds the entry of a name, even if it is out of date.  Returns NULL for none. */
static KeptCertificates *
find_kept_certificates(const pg_uuid_t *responder_id)
{
	for (int i = 0; i < KEPT_CERTIFICATES; i++)
		if (kept[i].version != 0 && memcmp(&kept[i].responder_id, responder_id, sizeof(pg_uuid_t)) == 0)
			return &kept[i];
	return NULL;
}

/*
 * Concatenates the responder's certificate, the authority's and those above it,
 * without the root, which every client that trusts it has.
 */
static PcaBytes
make_list(PcaBytes responder, const PcaImportedCertificate *own)
{
	PcaDerWriter writer;

	pca_der_init(&writer, responder.length + own->certificate.length);
	pca_der_raw(&writer, responder);
	if (own->chain_count > 0)
		pca_der_raw(&writer, own->certificate);
	for (int i = 0; i < own->chain_count - 1; i++)
		pca_der_raw(&writer, own->chain[i]);
	return pca_der_finish(&writer);
}

/* Reads what goes with answers.  Returns false if this transaction has changed one of the rows. */
static bool
load_certificates(const PcaCertificateState *state, PcaOcspCertificates *certificates)
{
	PcaOcspResponder responder;
	PcaIssuedCertificate issued;
	PcaImportedCertificate own;
	PcaCertificate parsed;

	memset(certificates, 0, sizeof(*certificates));
	pca_ocsp_responder_get(&state->responder_id, &responder);
	if (!responder.has_certificate || !pca_certificate_find(&state->authority.id, &responder.serial, &issued))
		return responder.is_settled;
	if (pca_certificate_parse(issued.certificate, &parsed) != NULL)
		elog(ERROR, "stored certificate is malformed");
	pca_authority_certificate_get(&responder.issuer_id, &own);
	*certificates = (PcaOcspCertificates) {make_list(issued.certificate, &own), parsed.not_before, parsed.not_after};
	return responder.is_settled;
}

/* Caches it in the place of the name's entry, or of the oldest one. */
static void
keep_certificates(const pg_uuid_t *responder_id, uint64 version, const PcaOcspCertificates *certificates)
{
	KeptCertificates *entry = find_kept_certificates(responder_id);
	uint8	   *copy = MemoryContextAlloc(TopMemoryContext, certificates->list.length + 1);

	if (entry == NULL)
		entry = &kept[next_kept++ % KEPT_CERTIFICATES];
	if (entry->version != 0)
		pfree(unconstify(uint8 *, entry->certificates.list.data));
	if (certificates->list.length > 0)
		memcpy(copy, certificates->list.data, certificates->list.length);
	entry->responder_id = *responder_id;
	entry->version = version;
	entry->certificates = *certificates;
	entry->certificates.list.data = copy;
}

/*
 * Returns the certificates that go with answers to requests that identify an
 * authority in this way; no list for none.
 *
 * Throws RequestFailedException if a partial copy of the database lacks the
 * authority's own certificate.
 */
PcaOcspCertificates
pca_ocsp_certificates_get(const PcaCertificateState *state)
{
	uint64		version = pca_ocsp_responders_version();	/* before it is read */
	const KeptCertificates *entry = find_kept_certificates(&state->responder_id);
	PcaOcspCertificates certificates;

	if (entry != NULL && entry->version == version)
		return entry->certificates;
	if (load_certificates(state, &certificates))
		keep_certificates(&state->responder_id, version, &certificates);
	return certificates;
}
