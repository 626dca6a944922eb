/*-------------------------------------------------------------------------
 *
 * rule_ocsp_responder.c
 *	  Decides the certificate of a CA's own OCSP responder.
 *
 * The CA signs its answers itself.  But many clients want a certificate of the
 * signer with the answer, and not all of them accept the CA's own.  So the CA's
 * key has a second certificate, that of a responder (RFC 6960 4.2.2.2).  It does
 * not let the key do anything that it could not do before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "crypto_name.h"
#include "crypto_name_attribute.h"
#include "crypto_name_constraints.h"
#include "rule_ocsp_responder.h"

#define COMMON_NAME "OCSP responder"
#define LIFETIME (365 * SECS_PER_DAY)

/*
 * Returns the end of validity, in Unix seconds: long after every answer that is
 * given before the certificate is renewed, halfway through, and not after the
 * CA's.
 *
 * answers_hold: the seconds for which an answer is valid.
 */
int64
pca_ocsp_responder_not_after(const PcaIssuanceRequest *request, int64 answers_hold)
{
	int64		lifetime = request->is_short_lived ? PCA_SHORT_LIVED_SECONDS : LIFETIME + 2 * answers_hold;

	return Min(request->now + lifetime, request->issuer->not_after);
}

/*
 * Returns the Name of a common name below another Name, both whole: it is in
 * every subtree that has the other.
 */
static PcaBytes
name_below(PcaBytes name, PcaBytes common_name)
{
	PcaBytes	rdns = pca_name_content(name);
	PcaDerWriter writer;

	pca_der_init(&writer, rdns.length + common_name.length + 32);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_raw(&writer, rdns);
	pca_der_begin(&writer, PCA_DER_SET);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_primitive(&writer, PCA_DER_OID, PCA_BYTES_OF("\x55\x04\x03"));
	pca_der_primitive(&writer, PCA_DER_UTF8_STRING, common_name);
	pca_der_end(&writer);
	pca_der_end(&writer);
	pca_der_end(&writer);
	return pca_der_finish(&writer);
}

/*
 * Decides the certificate with a subject below a Name.  Returns false if that is
 * the CA's own name, or is not within the name constraints.
 */
static bool
decide_responder_below(const PcaIssuanceRequest *request, PcaBytes name, PcaCsr *csr, PcaCertificateSpec *spec)
{
	csr->subject = name_below(name, PCA_BYTES_OF(COMMON_NAME));
	if (pca_name_is_alike(csr->subject, request->issuer->name))
		return false;
	memset(spec, 0, sizeof(*spec));
	pca_issuance_decide(request, spec);
	return pca_issuance_names_fault(request->issuer, spec) == NULL;
}

/*
 * Decides what to sign, apart from the serial number.  Returns false if no
 * subject is within the CA's name constraints.
 *
 * The subject is a name below the CA's, or else below a directory name that the
 * constraints permit, or else the common name alone.
 *
 * request: its csr is not used.
 */
bool
pca_ocsp_responder_spec(const PcaIssuanceRequest *request, PcaCertificateSpec *spec)
{
	PcaIssuanceRequest attempt = *request;
	PcaCsr	   *csr = palloc0(sizeof(PcaCsr));
	PcaBytes	names[PCA_NAME_CONSTRAINTS_MAX_NAMES];

	if (pca_public_key_parse(request->authority_spki, &csr->key) != NULL)
		elog(ERROR, "public key of a certificate authority is malformed");
	attempt.csr = csr;
	if (decide_responder_below(&attempt, request->issuer->name, csr, spec))
		return true;
	for (int i = 0; i < request->issuer->name_constraint_count; i++)
	{
		int			count = pca_name_constraints_permitted(request->issuer->name_constraints[i].value, names);

		for (int j = 0; j < count; j++)
			if (decide_responder_below(&attempt, names[j], csr, spec))
				return true;
	}
	return decide_responder_below(&attempt, PCA_BYTES_OF("\x30\x00"), csr, spec);
}
