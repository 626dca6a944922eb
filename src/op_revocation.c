/*-------------------------------------------------------------------------
 *
 * op_revocation.c
 *	  RevokeCertificate.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_arn.h"
#include "base_ascii.h"
#include "base_error.h"
#include "op_ocsp_responder.h"
#include "op_operation.h"
#include "rule_revocation.h"
#include "rule_template.h"
#include "store_ocsp_responder.h"
#include "store_revocation.h"
#include "store_transaction.h"
#include "utils/timestamp.h"

/* Tells whether a text consists of hexadecimal digits, at least one, and colons. */
static bool
is_serial_text(const char *text)
{
	bool		has_digit = false;

	for (; *text != '\0'; text++)
	{
		if (pca_is_hex_digit(*text))
			has_digit = true;
		else if (*text != ':')
			return false;
	}
	return has_digit;
}

static void
parse_serial(const char *text, pg_uuid_t *serial)
{
	if (!is_serial_text(text))
		pca_error(VALIDATION,
				  errmsg("value of \"certificate_serial\" is not a serial number"),
				  errdetail("The value at certificate_serial is \"%s\".", text),
				  errhint("Specify it in hexadecimal, with or without colons, as in pca.certificates.serial."));
	/* No certificate has a longer number, nor the number zero, so nothing is found. */
	if (!pca_serial_parse(text, serial))
		memset(serial, 0, sizeof(*serial));
}

/*
 * Throws InvalidRequestException for a certificate of the CA itself, in every
 * state of the CA: Terraform revokes what it issued before it deletes the CA, and
 * looks for this text.
 */
static void
check_not_own(const PcaRevocable *revocable, const char *certificate_arn)
{
	if (pca_template_is_root(revocable->template_name))
		pca_error(INVALID_REQUEST,
				  errmsg("Self-signed certificate can not be revoked"),
				  errdetail("\"%s\" is a certificate of the certificate authority itself.", certificate_arn),
				  errhint("Take the root out of the trust stores, and delete the certificate authority."));
}

/* Throws the exception for any other certificate that cannot be revoked. */
static void
check_revocable(const PcaRevocable *revocable, const char *certificate_arn, TimestampTz now)
{
	pca_transaction_check_committed(&revocable->origin, "certificate", certificate_arn);
	if (revocable->is_revoked)
		pca_error(REQUEST_ALREADY_PROCESSED,
				  errmsg("certificate is already revoked"),
				  errdetail("\"%s\" was revoked earlier.", certificate_arn),
				  errhint("A revocation is final: see pca.certificates."));
	if (revocable->revocation.not_after < now && !pca_revocation_allows_expired())
		pca_error(INVALID_REQUEST,
				  errmsg("expired certificate cannot be revoked"),
				  errdetail("\"%s\" has expired.", certificate_arn),
				  errhint("If signatures that it made before are still accepted, set pca.revoke_expired_certificates to on and revoke it."));
}

/*
 * pca_revoke_certificate(certificate_authority_arn, certificate_serial,
 * revocation_reason)
 *
 * After the commit, every OCSP response and every new CRL reports the revocation.
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException, InvalidRequestException,
 * RequestAlreadyProcessedException, RequestInProgressException,
 * ConcurrentModificationException.
 */
PCA_FUNCTION(pca_revoke_certificate)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_REVOKE_CERTIFICATE);
	char	   *serial_text = pca_argument_required_text(fcinfo, 1, "certificate_serial", &pca_shape_certificate_serial);
	char	   *reason = pca_argument_required_text(fcinfo, 2, "revocation_reason", &pca_shape_revocation_reason);
	PcaAuthority authority;
	PcaRevocable revocable;
	TimestampTz now;
	pg_uuid_t	serial;
	bool		is_found;

	parse_serial(serial_text, &serial);
	pca_operation_check_writable(PCA_OP_REVOKE_CERTIFICATE);
	pca_authority_get(PCA_OP_REVOKE_CERTIFICATE, arn, NULL, &authority);
	now = GetCurrentTimestamp();	/* only now: the lock may have been waited for */
	is_found = pca_revocable_find(&authority.id, &serial, &revocable);
	if (is_found)
		check_not_own(&revocable, pca_arn_format_certificate(arn, &serial));
	pca_authority_check_status(PCA_OP_REVOKE_CERTIFICATE, &authority, now);
	if (!is_found)
		pca_error(RESOURCE_NOT_FOUND,
				  errmsg("certificate does not exist"),
				  errdetail("The certificate authority has issued no certificate with the serial number at certificate_serial, \"%s\".", serial_text),
				  errhint("Find the serial number in pca.certificates."));
	check_revocable(&revocable, pca_arn_format_certificate(arn, &serial), now);
	revocable.revocation.reason = reason;
	revocable.revocation.revoked_at = now;
	revocable.revocation.actor = pca_actor_of(pca_caller_get());
	pca_transaction_make_durable();
	pca_revocation_put(&revocable.revocation);
	if (strcmp(revocable.template_name, PCA_OCSP_RESPONDER_TEMPLATE) == 0)
		pca_ocsp_responders_forget();
	pca_operation_end(PCA_OP_REVOKE_CERTIFICATE, arn, NULL);
	PG_RETURN_VOID();
}
