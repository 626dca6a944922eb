/*-------------------------------------------------------------------------
 *
 * op_ocsp_responder.c
 *	  The certificates of OCSP responders, issued by maintenance.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "base_error.h"
#include "crypto_ossl.h"
#include "op_issuer.h"
#include "op_ocsp.h"
#include "op_ocsp_responder.h"
#include "op_operation.h"
#include "rule_algorithm.h"
#include "rule_ocsp_responder.h"
#include "rule_validity.h"
#include "store_certificate.h"
#include "store_installation.h"
#include "store_locked_authority.h"
#include "store_ocsp_responder.h"
#include "store_transaction.h"

/* Logs why answers carry no certificate, which holds for the life of the authority's own. */
static void
log_no_subject(const char *authority_arn)
{
	ereport(LOG,
			errcode(PCA_SQLSTATE_REQUEST_FAILED),
			errmsg("OCSP responder of a certificate authority cannot have a certificate"),
			errdetail("No subject is within the name constraints of \"%s\".", authority_arn),
			errhint("Its responses are still signed, but without a certificate, which some clients do not accept."));
}

/* Decides what to sign.  Returns false if no subject is within the name constraints. */
static bool
decide_responder(const PcaAuthority *authority, const PcaSigner *signer, const PcaIssuer *issuer, int64 now,
	   PcaCertificateSpec *spec)
{
	PcaIssuanceRequest request = {
		.template = pca_template_get_named(PCA_OCSP_RESPONDER_TEMPLATE),
		.signing = pca_signing_algorithm_get(authority->signing_algorithm),
		.now = now,
		.not_before = pca_validity_not_before(NULL, now),
		.is_short_lived = strcmp(authority->usage_mode, "SHORT_LIVED_CERTIFICATE") == 0,
		.is_responder = true,
		.authority_spki = signer->spki,
		.issuer = issuer
	};

	request.not_after = pca_ocsp_responder_not_after(&request, pca_ocsp_validity());
	if (!pca_ocsp_responder_spec(&request, spec))
		return false;
	pca_certificate_draw_serial(&spec->serial);
	return true;
}

/* Stores the certificate like every other; it belongs to the authority's account. */
static void
store_responder_certificate(const PcaAuthority *authority, const PcaCertificateSpec *spec, TimestampTz now, PcaBytes certificate)
{
	PcaIssuedCertificate row = {
		.authority = authority->id,
		.serial = spec->serial,
		.actor = pca_actor_of_account(authority->account_id),
		.template_name = PCA_OCSP_RESPONDER_TEMPLATE,
		.issued_at = now,
		.not_before = time_t_to_timestamptz(spec->not_before),
		.not_after = time_t_to_timestamptz(spec->not_after),
		.certificate = certificate
	};

	pca_certificate_put(&row);
}

static void
issue_responder_certificate(const PcaAuthority *authority, const pg_uuid_t *id, const pg_uuid_t *issuer_id, TimestampTz now)
{
	const PcaSigner *signer = pca_signer_get(authority);
	PcaIssuer	issuer;
	PcaCertificateSpec spec;
	PcaBytes	certificate;
	bool		has_subject;

	pca_issuer_load(issuer_id, &issuer);
	has_subject = decide_responder(authority, signer, &issuer, timestamptz_to_time_t(now), &spec);
	pca_transaction_make_durable();
	if (has_subject)
	{
		pca_issuance_check_readable(pca_certificate_sign(&spec, signer->key, &certificate));
		store_responder_certificate(authority, &spec, now, certificate);
	}
	else
		log_no_subject(authority->arn);
	pca_ocsp_responder_certificate_put(id, issuer_id, has_subject ? &spec.serial : NULL);
}

/*
 * Issues a certificate for the OCSP responder of an authority under one of its
 * names, if one is due.
 *
 * Throws RequestFailedException (dormant, sealed, a wrong signature),
 * ConcurrentModificationException.
 */
void
pca_ocsp_responder_issue(const char *authority_arn, const pg_uuid_t *id)
{
	pg_uuid_t	authority_id;
	pg_uuid_t	issuer_id;
	PcaAuthority authority;
	TimestampTz now;

	if (!pca_arn_parse_authority(authority_arn, &authority_id))
		return;
	pca_installation_check();
	if (!pca_authority_find_locked(authority_arn, &authority_id, PCA_LOCK_FOR_ISSUE, &authority))
		return;
	pca_ocsp_responder_lock(id);
	now = GetCurrentTimestamp();	/* only now: both locks may have been waited for */
	if (pca_lifecycle_signs_status(pca_authority_status(&authority, now)) &&
		pca_ocsp_responder_find_due(id, now, &issuer_id))
		issue_responder_certificate(&authority, id, &issuer_id, now);
}
