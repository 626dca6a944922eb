/*-------------------------------------------------------------------------
 *
 * op_crl_import.c
 *	  Recovers what a restore to an earlier time has lost: a CRL that was
 *	  published before contains revocations and a number.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "crypto_crl.h"
#include "crypto_ocsp.h"
#include "crypto_signature.h"
#include "miscadmin.h"
#include "op_issuer.h"
#include "op_operation.h"
#include "rule_revocation.h"
#include "store_crl.h"
#include "store_crl_partition.h"
#include "store_ocsp_responder.h"
#include "store_revocation.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define CRL_MAX_SIZE (256 * 1024 * 1024)

/* Throws InvalidArgsException. */
static _Noreturn void
crl_error(const char *fault)
{
	pca_error(INVALID_ARGS,
			  errmsg("CRL cannot be imported"),
			  errdetail("The value at crl is not accepted: %s.", fault),
			  errhint("Specify a CRL in DER that this certificate authority signed, for example one that was published before the restore."));
}

static PcaBytes
read_crl(FunctionCallInfo fcinfo, int i)
{
	pca_argument_require(fcinfo, i, "crl");
	/* checked before it is decompressed */
	if (toast_raw_datum_size(PG_GETARG_DATUM(i)) > CRL_MAX_SIZE)
		crl_error("it is larger than 256 MB");
	return pca_bytes_of_bytea(PG_GETARG_BYTEA_PP(i));
}

/* Tells whether the authority has this name, or had it before a renewal. */
static bool
is_name_of(PcaBytes name, const PcaAuthority *authority, const PcaSigner *signer)
{
	PcaOcspIssuer issuers[PCA_OCSP_DIGESTS];
	pg_uuid_t	responder;

	if (pca_bytes_equal(name, signer->issuer.name))
		return true;
	pca_ocsp_issuers(name, signer->spki, issuers);
	return pca_ocsp_responder_find(&authority->id, issuers[0].name_hash, issuers[0].key_hash, &responder);
}

/* Reads a CRL that has a name of the authority as its issuer and is signed with its key. */
static void
parse_own(PcaBytes der, const PcaAuthority *authority, const PcaSigner *signer, PcaCrl *crl)
{
	PcaPublicKey key;
	const char *fault = pca_crl_parse(der, crl);

	if (fault == NULL)
		fault = pca_public_key_parse(signer->spki, &key);
	if (fault == NULL && !is_name_of(crl->issuer, authority, signer))
		fault = "its issuer is not the certificate authority";
	if (fault == NULL)
		fault = pca_public_key_verify(&key, crl->signature_algorithm, crl->tbs, crl->signature);
	if (fault != NULL)
		crl_error(fault);
}

/* Reads the UUID before ".crl" at the end of a partition's URL. */
static bool
parse_partition_id(const char *url, pg_uuid_t *id)
{
	size_t		length = strlen(url);
	char		text[37];

	if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
		length < 48 || length >= sizeof(((PcaCrlPartition *) NULL)->url) || strcmp(url + length - 4, ".crl") != 0)
		return false;
	strlcpy(text, url + length - 40, sizeof(text));
	return pca_uuid_parse(text, id);
}

/*
 * Finds the scope of the CRL: a partition, if its issuing distribution point
 * says so.  A partition that was lost, too, is created again, full, for the
 * certificates that name it.
 */
static PcaCrlScope
find_scope(const PcaCrl *crl, const PcaAuthority *authority, const PcaSigner *signer)
{
	char	   *url;
	char	   *id;
	PcaCrlPartitionRow row = {.authority = authority->id, .not_after = DT_NOEND};

	if (crl->url.length == 0)
		return pca_crl_scope(&authority->id, NULL);
	url = pnstrdup((const char *) crl->url.data, crl->url.length);
	if (!parse_partition_id(url, &row.id) || memcmp(&row.id, &authority->id, sizeof(row.id)) == 0)
		crl_error("its issuing distribution point is not one of this service");
	id = url + strlen(url) - 40;
	row.url = url;
	row.key = pca_revocation_crl_days(&signer->revocation) > 0
		? psprintf("%s%s", pca_revocation_crl_place(&signer->revocation).key_prefix, id) : psprintf("crl/%s", id);
	pca_crl_partition_put_lost(&row);
	return pca_crl_scope(&authority->id, &row.id);
}

/*
 * Fills in what is unknown about a certificate that was lost, too.  Not even the
 * authority's notAfter limits its own, if a renewal was lost with it, so it never
 * counts as expired.
 */
static void
complete_revocable(PcaRevocable *revocable, const pg_uuid_t *partition)
{
	revocable->revocation.not_after = DT_NOEND;
	revocable->revocation.has_crl_partition = partition != NULL;
	if (partition != NULL)
		revocable->revocation.crl_partition = *partition;
}

static bool
import_entry(const PcaCrlEntry *entry, const PcaAuthority *authority, const pg_uuid_t *partition)
{
	PcaRevocable revocable = {.revocation = {.authority = authority->id, .serial = entry->serial}};

	if (!pca_revocable_find(&authority->id, &entry->serial, &revocable))
		complete_revocable(&revocable, partition);
	if (revocable.is_revoked)
		return false;
	revocable.revocation.reason = entry->reason;
	revocable.revocation.revoked_at = time_t_to_timestamptz(entry->revoked_at);
	revocable.revocation.actor = pca_actor_of(pca_caller_get());
	revocable.revocation.actor.account_id = NULL;
	return pca_revocation_put_lost(&revocable.revocation);
}

/* Stores the revocations that are missing.  Returns their number. */
static int64
import_entries(const PcaCrl *crl, const PcaAuthority *authority, const pg_uuid_t *partition)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pca CRL entry", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	PcaDerReader reader = pca_der_reader(crl->entries);
	int64		count = 0;

	while (!pca_der_at_end(&reader))
	{
		PcaCrlEntry entry;
		const char *fault = pca_crl_next(&reader, &entry);

		CHECK_FOR_INTERRUPTS();
		if (fault != NULL)
			crl_error(fault);
		count += import_entry(&entry, authority, partition);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return count;
}

/*
 * pca_import_crl(certificate_authority_arn, crl) returns the number of
 * revocations that it restored
 *
 * The authority must have signed the CRL.  Existing revocations stay as they
 * are; from then on the numbers of the authority's CRLs are above this one's.
 *
 * Throws ValidationException, InvalidArnException, ResourceNotFoundException,
 * AccessDeniedException, InvalidStateException, InvalidArgsException,
 * ConcurrentModificationException.
 */
PCA_FUNCTION(pca_import_crl)
{
	char	   *arn = pca_operation_argument(fcinfo, PCA_OP_IMPORT_CRL);
	PcaBytes	der = read_crl(fcinfo, 1);
	PcaAuthority authority;
	const PcaSigner *signer;
	PcaCrl		crl;
	PcaCrlScope scope;
	int64		count;

	pca_operation_begin(PCA_OP_IMPORT_CRL, arn, &authority);
	signer = pca_signer_get(&authority);
	parse_own(der, &authority, signer, &crl);
	pca_crl_lock(&authority.id);
	scope = find_scope(&crl, &authority, signer);
	count = import_entries(&crl, &authority, scope.is_complete ? NULL : &scope.partition);
	pca_ocsp_responders_forget();	/* one of them may be in it */
	pca_crl_put_floor(&scope, (int64) crl.number);
	pca_operation_end(PCA_OP_IMPORT_CRL, arn,
					  psprintf("number %lld, %lld revocations", (long long) crl.number, (long long) count));
	PG_RETURN_INT64(count);
}
