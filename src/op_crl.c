/*-------------------------------------------------------------------------
 *
 * op_crl.c
 *	  Writes CRLs from the revocations, and returns them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "crypto_crl.h"
#include "crypto_ossl.h"
#include "op_crl.h"
#include "op_crl_place.h"
#include "op_crl_predecessor.h"
#include "op_issuer.h"
#include "op_object.h"
#include "op_operation.h"
#include "rule_algorithm.h"
#include "rule_revocation.h"
#include "store_audit.h"
#include "store_crl.h"
#include "store_crl_partition.h"
#include "store_installation.h"
#include "store_locked_authority.h"
#include "store_object.h"
#include "store_transaction.h"
#include "utils/builtins.h"

/* A CRL under construction */
typedef struct CrlJob
{
	PcaAuthority authority;
	const PcaSigner *signer;
	PcaCrlPlace place;
	PcaCrlRow	crl;
	char	   *url;			/* of a partition; NULL for the complete CRL */
	TimestampTz since;			/* the previous CRL's time: certificates that had not expired by then are included */
	PcaCrlWriter writer;
	PcaCrlPredecessor predecessor;	/* has no entries if there is none */
} CrlJob;

/* Tells whether the authority may sign a CRL now.  Its configuration and status are read under its lock. */
static bool
begin_crl(const char *arn, CrlJob *job)
{
	pg_uuid_t	id;

	if (!pca_arn_parse_authority(arn, &id))
		return false;
	pca_installation_check();
	/* Every session takes the two locks in this order, so that no deadlock arises. */
	if (!pca_authority_find_locked(arn, &id, PCA_LOCK_FOR_ISSUE, &job->authority))
		return false;
	pca_crl_lock(&id);
	if (!pca_lifecycle_signs_status(pca_authority_status(&job->authority, GetCurrentTimestamp())))
		return false;
	job->signer = pca_signer_get(&job->authority);
	return pca_revocation_crl_days(&job->signer->revocation) > 0;
}

/*
 * Returns the next CRL number: above every number that the authority has used,
 * and at least the time in milliseconds, so that it rises after a restore, too.
 */
static int64
next_number(const pg_uuid_t *authority, TimestampTz now)
{
	int64		milliseconds = (now - SetEpochTimestamp()) / 1000;

	return Max(pca_crl_last_number(authority) + 1, milliseconds);
}

/*
 * Decides where the CRL is written and its validity.
 *
 * An entry stays until it has been in a CRL that was made after its certificate
 * expired (RFC 5280 3.3).  The earlier of the two times counts, so that no entry
 * is lost if the clock was ahead for the previous CRL.
 */
static bool
plan_crl(CrlJob *job, const PcaCrlScope *scope, const PcaCrlRow *last, TimestampTz now)
{
	char	   *key;

	job->place = pca_revocation_crl_place(&job->signer->revocation);
	if (scope->is_complete)
		key = psprintf("%s%s.crl", job->place.key_prefix, pca_uuid_format(&scope->authority));
	else if (!pca_crl_partition_find(&scope->partition, &key, &job->url))
		return false;
	job->since = last == NULL ? DT_NOBEGIN : Min(last->generated_at, now);
	job->crl = (PcaCrlRow) {
		.scope = *scope,
		.number = next_number(&job->authority.id, now),
		.generated_at = now,
		.this_update = now - USECS_PER_HOUR,
		.next_update = now + pca_revocation_crl_days(&job->signer->revocation) * USECS_PER_DAY,
		.bucket = job->place.bucket,
		.key = key
	};
	return true;
}

static void
add_entry(void *state, const PcaRows *row)
{
	CrlJob	   *job = state;
	const pg_uuid_t *serial = pca_rows_uuid(row, 0, PCA_CRL_SERIAL);

	pca_crl_predecessor_see(&job->predecessor, serial);
	pca_crl_add(&job->writer, serial, timestamptz_to_time_t(pca_rows_timestamp(row, 0, PCA_CRL_REVOKED_AT)),
				pca_rows_text(row, 0, PCA_CRL_REASON));
}

static PcaBytes
make_crl(CrlJob *job)
{
	PcaCrlSpec	spec = {
		.signing = pca_signing_algorithm_get(job->authority.signing_algorithm),
		.issuer = job->signer->issuer.name,
		.key_identifier = job->signer->issuer.key_identifier,
		.this_update = timestamptz_to_time_t(job->crl.this_update),
		.next_update = timestamptz_to_time_t(job->crl.next_update),
		.number = job->crl.number,
		.url = job->url
	};
	TimestampTz first_change;

	pca_crl_begin(&job->writer, &spec);
	/* Before the revocations are read: those that had a mark are included even if their certificates expired long ago. */
	first_change = pca_crl_change_take(&job->crl.scope);
	pca_crl_scan(&job->crl.scope, Min(job->since, first_change), add_entry, job);
	if (job->predecessor.crl != NULL)
		pca_crl_predecessor_check(&job->predecessor);
	job->crl.entries = job->writer.entries;
	return pca_crl_sign(&job->writer, job->signer->key);
}

static void
store_crl(const CrlJob *job, PcaBytes crl)
{
	PcaObject	object = {
		.bucket = job->crl.bucket,
		.key = job->crl.key,
		.authority = job->authority.id,
		.account_id = job->authority.account_id,
		.content_type = "application/pkix-crl",
		.acl = job->place.acl,
		.written_at = job->crl.generated_at,
		.next_update = job->crl.next_update
	};
	PcaObjectWriter writer;

	pca_random_uuid(&object.id);
	pca_object_begin(&writer, &object);
	pca_object_append(&writer, crl);
	pca_object_end(&writer);
	pca_crl_put(&job->crl);
	pca_audit_put_maintenance("SignCRL", job->authority.arn,
							  psprintf("%s/%s number %lld", job->crl.bucket, job->crl.key, (long long) job->crl.number));
}

/*
 * Writes the CRL of an authority or of one of its partitions: signs it, reads it
 * back, verifies it and stores it.
 *
 * asked_at: a CRL that was written since then suffices.  Returns false if there
 * is none to write: the authority is gone or must not sign, CRLs are disabled, or
 * another session has just written it.
 *
 * Throws RequestFailedException (dormant, sealed, a wrong signature, or the
 * newest CRL has an entry that this one would lose) and
 * ConcurrentModificationException.
 */
bool
pca_crl_write(const char *authority_arn, const PcaCrlScope *scope, TimestampTz asked_at)
{
	CrlJob		job = {0};
	PcaCrlRow	last;
	bool		has_last;

	if (!begin_crl(authority_arn, &job))
		return false;
	has_last = pca_crl_find(scope, &last);
	if (has_last && last.generated_at > asked_at && last.generated_at <= GetCurrentTimestamp())
		return false;
	if (!plan_crl(&job, scope, has_last ? &last : NULL, GetCurrentTimestamp()))
		return false;
	if (has_last)
		pca_crl_predecessor_load(&job.predecessor, &last);
	pca_transaction_make_durable();
	store_crl(&job, make_crl(&job));
	if (has_last)
		pca_crl_place_move(&last, &job.crl);
	return true;
}

/*
 * pca_get_crl(certificate_authority_arn) returns the newest CRL, DER
 *
 * This is the complete CRL or, if there are only partitions, the partition that
 * was written last.  The object's ACL decides who may get it.
 *
 * Throws InvalidArnException, ResourceNotFoundException (also if no CRL exists
 * yet), AccessDeniedException, RequestInProgressException.
 */
PCA_FUNCTION(pca_get_crl)
{
	char	   *arn = pca_arn_argument(fcinfo, 0, "certificate_authority_arn");
	PcaAuthority authority;
	PcaCrlRow	crl;

	pca_authority_get_public(arn, &authority);
	pca_installation_check();
	if (!pca_crl_find_newest(&authority.id, &crl))
		pca_error(RESOURCE_NOT_FOUND,
				  errmsg("certificate authority has no CRL"),
				  errdetail("None has been written for \"%s\".", arn),
				  errhint("Enable CRLs with pca_update_certificate_authority; pca_run_maintenance writes one once there is a certificate."));
	PG_RETURN_BYTEA_P(pca_object_get(crl.bucket, crl.key));
}
