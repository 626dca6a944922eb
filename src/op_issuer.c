/*-------------------------------------------------------------------------
 *
 * op_issuer.c
 *	  Caches, per backend, what signing for a certificate authority needs: its
 *	  unwrapped key, and the parts of its own certificate that the certificates
 *	  that it signs depend on.
 *
 * An entry is valid for one state of the authority.  The state is identified by
 * the authority's row, which every call reads again: the time of the last change,
 * the transaction that made the change, and the current certificate.  A change of
 * a setting that is part of its URLs also invalidates an entry.
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
#include "rule_algorithm.h"
#include "rule_revocation.h"
#include "store_ocsp.h"
#include "store_revocation.h"
#include "utils/memutils.h"

#define SIGNER_CACHE_SIZE 16

/* A certificate in an authority's chain that its issuer can revoke. */
typedef struct IssuedAbove
{
	PcaBytes	issuer_key_identifier;
	pg_uuid_t	issuer;			/* set if the issuer is an authority of this database */
	pg_uuid_t	serial;
} IssuedAbove;

typedef struct CachedSigner
{
	MemoryContext context;		/* NULL for a free entry */
	pg_uuid_t	authority;
	pg_uuid_t	certificate_id;
	TimestampTz last_state_change_at;
	TransactionId xmin;
	uint64		settings;
	PcaSigner	signer;
	int			above_count;
	IssuedAbove above[PCA_CHAIN_MAX_COUNT];
	bool		is_above_known; /* above contains only certificates that authorities of this database issued */
	uint64		last_use;
	TimestampTz checked_in;		/* the transaction that last looked for revocations above */
} CachedSigner;

static CachedSigner cache[SIGNER_CACHE_SIZE];
static uint64 uses;

static bool
is_uuid(const pg_uuid_t *a, const pg_uuid_t *b)
{
	return memcmp(a, b, sizeof(pg_uuid_t)) == 0;
}

static CachedSigner *
find_cached_signer(const PcaAuthority *authority)
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
find_least_used_signer(void)
{
	CachedSigner *result = &cache[0];

	for (int i = 1; i < SIGNER_CACHE_SIZE && result->context != NULL; i++)
		if (cache[i].context == NULL || cache[i].last_use < result->last_use)
			result = &cache[i];
	return result;
}

/* Reads one of an authority's own certificates and its chain, which were checked when they were imported. */
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

static void
load_issuer(const pg_uuid_t *certificate_id, PcaChain *chain, PcaIssuer *issuer)
{
	load_chain(certificate_id, chain);
	pca_chain_issuer(chain, issuer);
}

/* Collects what one of an authority's own certificates passes on to the certificates that the authority signs. */
void
pca_issuer_load(const pg_uuid_t *certificate_id, PcaIssuer *issuer)
{
	PcaChain	chain;

	load_issuer(certificate_id, &chain, issuer);
}

/* Lists the certificates of a chain that an authority of this database may have issued. */
static void
list_above(const PcaChain *chain, CachedSigner *entry)
{
	/* The last one is a root's, which no other authority issued. */
	for (int i = 0; i < chain->count - 1; i++)
	{
		IssuedAbove *above = &entry->above[entry->above_count];

		/* The serial numbers of authorities of this database have the size of a UUID. */
		if (!pca_der_read_unsigned(chain->certificates[i].serial, above->serial.data, sizeof(above->serial.data)))
			continue;
		above->issuer_key_identifier = pca_ocsp_key_identifier(chain->certificates[i + 1].spki);
		entry->above_count++;
	}
}

/* Removes what no authority of this database issued from that list.  Only issuing needs this. */
static void
find_issuers_above(CachedSigner *entry)
{
	IssuedAbove found[PCA_CHAIN_MAX_COUNT];
	int			count = 0;

	for (int i = 0; i < entry->above_count; i++)
	{
		PcaRows		rows = pca_ocsp_issuer_list(entry->above[i].issuer_key_identifier);

		if (rows.count == 0)
			continue;
		found[count] = entry->above[i];
		found[count++].issuer = *pca_rows_uuid(&rows, 0, 0);
	}
	memcpy(entry->above, found, count * sizeof(IssuedAbove));
	entry->above_count = count;
	entry->is_above_known = true;
}

/* Returns a CA's key, unwrapped.  Throws RequestFailedException if the CA is sealed. */
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

/* Reads what changes only with the authority's row, except the key. */
static void
read_signer(const PcaAuthority *authority, CachedSigner *entry)
{
	PcaSigner  *signer = &entry->signer;
	PcaChain	chain;

	signer->spki = pca_authority_public_key_get(&authority->id);
	signer->ocsp_key_identifier = pca_ocsp_key_identifier(signer->spki);
	signer->has_issuer = authority->has_certificate;
	if (signer->has_issuer)
	{
		load_issuer(&authority->certificate_id, &chain, &signer->issuer);
		list_above(&chain, entry);
	}
	signer->revocation = pca_json_root(pca_authority_revocation_get(&authority->id));
	signer->is_partitioned = pca_revocation_is_partitioned(&signer->revocation);
	if (!signer->is_partitioned && pca_revocation_names_crl(&signer->revocation))
		signer->crl_url = pca_revocation_crl_url(&signer->revocation, pca_uuid_format(&authority->id));
	signer->ocsp_url = pca_revocation_ocsp_url(&signer->revocation);
}

static CachedSigner *
load_signer(const PcaAuthority *authority)
{
	CachedSigner *entry = find_least_used_signer();
	CachedSigner loaded = {
		.context = AllocSetContextCreate(CurrentMemoryContext, "pca signer", ALLOCSET_SMALL_SIZES),
		.authority = authority->id,
		.certificate_id = authority->certificate_id,
		.last_state_change_at = authority->last_state_change_at,
		.xmin = authority->xmin,
		.settings = pca_revocation_settings()
	};
	MemoryContext old = MemoryContextSwitchTo(loaded.context);

	read_signer(authority, &loaded);
	MemoryContextSwitchTo(old);

	/* Nothing can fail from here on: the new entry replaces the old one. */
	if (entry->context != NULL)
		MemoryContextDelete(entry->context);
	MemoryContextSetParent(loaded.context, TopMemoryContext);
	*entry = loaded;
	return entry;
}

static CachedSigner *
get_cached_signer(const PcaAuthority *authority)
{
	CachedSigner *entry = find_cached_signer(authority);

	if (entry == NULL)
		entry = load_signer(authority);
	entry->last_use = ++uses;
	entry->signer.key = get_key(authority, entry->signer.spki);
	return entry;
}

/*
 * Returns what signing for an authority needs.
 *
 * Throws RequestFailedException if the authority is sealed.
 */
const PcaSigner *
pca_signer_get(const PcaAuthority *authority)
{
	return &get_cached_signer(authority)->signer;
}

static void
warn_of_revocation(const PcaAuthority *authority, const pg_uuid_t *serial)
{
	ereport(WARNING,
			errcode(ERRCODE_WARNING),
			errmsg("certificate authority issues under a revoked certificate"),
			errdetail("The certificate with the serial number %s, of \"%s\" or of an authority above it, has been revoked.",
					  pca_serial_format(serial), authority->arn),
			errhint("Have its CSR signed again and import the new certificate, or disable the certificate authority."));
}

/*
 * Returns what issuing by an authority needs, as pca_signer_get() does.  Warns,
 * once in a transaction, if the authority's certificate or one above it has been
 * revoked in this database, because no relying party will accept what it issues.
 */
const PcaSigner *
pca_signer_get_to_issue(const PcaAuthority *authority)
{
	CachedSigner *entry = get_cached_signer(authority);
	TimestampTz transaction = GetCurrentTransactionStartTimestamp();

	if (entry->checked_in == transaction)
		return &entry->signer;
	entry->checked_in = transaction;
	if (!entry->is_above_known)
		find_issuers_above(entry);
	for (int i = 0; i < entry->above_count; i++)
		if (pca_revocation_exists(&entry->above[i].issuer, &entry->above[i].serial))
			warn_of_revocation(authority, &entry->above[i].serial);
	return &entry->signer;
}
