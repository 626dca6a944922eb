/*-------------------------------------------------------------------------
 *
 * op_issuer.c
 *	  What signing for a certificate authority needs, kept per backend: its
 *	  unwrapped key, and what its own certificate gives to those that it signs.
 *
 * An entry is good for one state of the authority: its row, read anew for
 * every call, says when the last change was, which transaction made it and which
 * certificate is current.  And for as long as no setting changes that its URLs are made of.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base_arn.h"
#include "base_error.h"
#include "crypto_chain.h"
#include "crypto_ocsp.h"
#include "op_issuer.h"
#include "rule_revocation.h"
#include "store_ocsp.h"
#include "store_revocation.h"
#include "utils/memutils.h"

#define SIGNER_CACHE_SIZE 16

typedef struct CachedSigner
{
	MemoryContext context;		/* NULL: the entry is free */
	pg_uuid_t	authority;
	pg_uuid_t	certificate_id;
	TimestampTz last_state_change_at;
	TransactionId xmin;
	uint64		settings;
	PcaSigner	signer;
	uint64		last_use;
	TimestampTz checked_in;		/* the transaction that looked for revocations above */
} CachedSigner;

static CachedSigner cache[SIGNER_CACHE_SIZE];
static uint64 uses;

static bool
is_uuid(const pg_uuid_t *a, const pg_uuid_t *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t)) == 0;
}

static CachedSigner *
find(const PcaAuthority *authority)
{
	for (int i = 0; i < SIGNER_CACHE_SIZE; i++)
		if (cache[i].context != NULL && is_uuid(&cache[i].authority, &authority->id) &&
			is_uuid(&cache[i].certificate_id, &authority->certificate_id) &&
			cache[i].last_state_change_at == authority->last_state_change_at &&
			cache[i].xmin == authority->xmin &&
			cache[i].settings == pca_revocation_settings())
			return &cache[i];
	return NULL;
}

static CachedSigner *
least_used(void)
{
	CachedSigner *result = &cache[0];

	for (int i = 1; i < SIGNER_CACHE_SIZE && result->context != NULL; i++)
		if (cache[i].context == NULL || cache[i].last_use < result->last_use)
			result = &cache[i];
	return result;
}

/* Which certificates of a chain an authority of this database issued, and can revoke. */
static void
find_issued_above(const PcaChain *chain, PcaSigner *signer)
{
	/* The last one is a root's own. */
	for (int i = 0; i < chain->count - 1; i++)
	{
		PcaIssuedAbove *above = &signer->above[signer->above_count];
		PcaRows		rows = pca_ocsp_issuer_list(pca_ocsp_key_identifier(chain->certificates[i + 1].spki));

		if (rows.count == 0 ||
			!pca_der_read_unsigned(chain->certificates[i].serial, above->serial.data, sizeof(above->serial.data)))
			continue;
		above->issuer = *pca_rows_uuid(&rows, 0, 0);
		signer->above_count++;
	}
}

/* Reads the chain of an imported certificate, which was checked when it was imported. */
static void
load_chain(const pg_uuid_t *certificate_id, PcaChain *chain)
{
	PcaImportedCertificate imported;

	pca_authority_certificate_get(certificate_id, &imported);
	chain->count = 1 + imported.chain_count;
	if (pca_certificate_parse(imported.certificate, &chain->certificates[0]) != NULL)
		elog(ERROR, "stored certificate is malformed");
	for (int i = 0; i < imported.chain_count; i++)
		if (pca_certificate_parse(imported.chain[i], &chain->certificates[i + 1]) != NULL)
			elog(ERROR, "stored certificate is malformed");
}

/* What one of an authority's own certificates gives to those under it. */
void
pca_issuer_load(const pg_uuid_t *certificate_id, PcaIssuer *issuer)
{
	PcaChain	chain;

	load_chain(certificate_id, &chain);
	pca_chain_issuer(&chain, issuer);
}

static void
load_issuer(const PcaAuthority *authority, PcaSigner *signer)
{
	PcaChain	chain;

	load_chain(&authority->certificate_id, &chain);
	pca_chain_issuer(&chain, &signer->issuer);
	find_issued_above(&chain, signer);
}

/* Returns a CA's key, unwrapped.  Throws RequestFailedException when the CA is sealed. */
static PcaKey *
get_key(const PcaAuthority *authority, PcaBytes spki)
{
	PcaKey	   *key = pca_key_find(&authority->id);
	PcaStoredKey stored = {.provider = PCA_KEY_SOFTWARE, .public_key = spki};

	if (key != NULL)
		return key;
	if (!pca_private_key_find(&authority->id, &stored.kek_id, &stored.form))
		pca_error(REQUEST_FAILED,
				  errmsg("certificate authority is sealed"),
				  errdetail("The private key of \"%s\" is not in this database.", authority->arn),
				  errhint("Restore the database from a complete backup, or call the function in the database that has the key."));
	return pca_key_open(pca_key_algorithm_get(authority->key_algorithm), &authority->id, &stored);
}

static CachedSigner *
load(const PcaAuthority *authority)
{
	CachedSigner *entry = least_used();
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pca signer", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	PcaSigner	signer = {0};

	signer.spki = pca_authority_public_key_get(&authority->id);
	signer.ocsp_key_identifier = pca_ocsp_key_identifier(signer.spki);
	signer.has_issuer = authority->has_certificate;
	if (signer.has_issuer)
		load_issuer(authority, &signer);
	signer.revocation = pca_json_root(pca_authority_revocation_get(&authority->id));
	signer.is_partitioned = pca_revocation_is_partitioned(&signer.revocation);
	if (!signer.is_partitioned && pca_revocation_names_crl(&signer.revocation))
		signer.crl_url = pca_revocation_crl_url(&signer.revocation, pca_uuid_format(&authority->id));
	signer.ocsp_url = pca_revocation_ocsp_url(&signer.revocation);
	MemoryContextSwitchTo(old);

	/* Nothing fails from here on: the old entry goes, the new one lives. */
	if (entry->context != NULL)
		MemoryContextDelete(entry->context);
	MemoryContextSetParent(context, TopMemoryContext);
	entry->context = context;
	entry->authority = authority->id;
	entry->certificate_id = authority->certificate_id;
	entry->last_state_change_at = authority->last_state_change_at;
	entry->xmin = authority->xmin;
	entry->settings = pca_revocation_settings();
	entry->signer = signer;
	entry->checked_in = 0;
	return entry;
}

static CachedSigner *
get(const PcaAuthority *authority)
{
	CachedSigner *entry = find(authority);

	if (entry == NULL)
		entry = load(authority);
	entry->last_use = ++uses;
	entry->signer.key = get_key(authority, entry->signer.spki);
	return entry;
}

/*
 * What signing for this authority needs.
 *
 * Throws RequestFailedException when the authority is sealed.
 */
const PcaSigner *
pca_signer_get(const PcaAuthority *authority)
{
	return &get(authority)->signer;
}

/*
 * What issuing by this authority needs: pca_signer_get(), with a WARNING, once
 * in a transaction, when nobody will accept what it issues because its
 * certificate, or one above it, has been revoked in this database.
 */
const PcaSigner *
pca_signer_get_to_issue(const PcaAuthority *authority)
{
	CachedSigner *entry = get(authority);
	TimestampTz transaction = GetCurrentTransactionStartTimestamp();

	if (entry->checked_in == transaction)
		return &entry->signer;
	entry->checked_in = transaction;
	for (int i = 0; i < entry->signer.above_count; i++)
		if (pca_revocation_exists(&entry->signer.above[i].issuer, &entry->signer.above[i].serial))
			ereport(WARNING,
					errcode(ERRCODE_WARNING),
					errmsg("certificate authority issues under a revoked certificate"),
					errdetail("The certificate with the serial number %s, of \"%s\" or of an authority above it, has been revoked.",
							  pca_serial_format(&entry->signer.above[i].serial), authority->arn),
					errhint("Have its CSR signed again and import the new certificate, or disable the certificate authority."));
	return &entry->signer;
}
