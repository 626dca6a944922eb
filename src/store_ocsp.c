/*-------------------------------------------------------------------------
 *
 * store_ocsp.c
 *	  Look-ups for OCSP: the authority that a request names, and what is committed
 *	  about a certificate.
 *
 * The second is a single statement, because it runs for each certificate of each
 * request: three look-ups by primary key, which read only columns that can
 * change.  The first is cached per backend together with what never changes about
 * an authority.  An authority keeps its names forever, and if it has been removed,
 * the second look-up does not find it.
 *
 * Rows that the current transaction has written are ignored, because only
 * committed data leaves the database.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "store_ocsp.h"
#include "store_transaction.h"

#define KNOWN_ISSUERS 32
#define MAX_HASH_LENGTH 64

/* An authority as a request named it; both hashes have the length of their algorithm */
typedef struct KnownIssuer
{
	size_t		length;			/* 0 for a free entry */
	uint8		name_hash[MAX_HASH_LENGTH];
	uint8		key_hash[MAX_HASH_LENGTH];
	pg_uuid_t	id;
	pg_uuid_t	responder_id;
	char		arn[PCA_ARN_MAX_LENGTH + 1];
	char		key_algorithm[32];
	char		signing_algorithm[32];
} KnownIssuer;

static KnownIssuer known[KNOWN_ISSUERS];
static unsigned int next_known;

/* Lists the authorities whose key has this hash. */
PcaRows
pca_ocsp_issuer_list(PcaBytes key_hash)
{
	static PcaQuery query = {
		.sql = "SELECT DISTINCT authority_id FROM pca.ocsp_issuer WHERE key_hash OPERATOR(pg_catalog.=) $1"
	};

	return pca_query_read(&query, PCA_VALUES(pca_bytes(key_hash)));
}

/* Tells whether a row, whose origin is in these columns, exists and is committed. */
static bool
is_committed(const PcaRows *rows, int column)
{
	PcaOrigin	origin;

	if (pca_rows_is_null(rows, 0, column))
		return false;
	origin = pca_rows_origin(rows, column);
	return !pca_transaction_is_open(&origin);
}

/* Fills in the authority: its identity and what signing needs. */
static void
read_state(const PcaRows *rows, const KnownIssuer *issuer, PcaCertificateState *state)
{
	PcaAuthority *authority = &state->authority;

	memset(state, 0, sizeof(*state));
	state->is_issued = is_committed(rows, 0);
	state->is_revoked = is_committed(rows, 3);
	if (state->is_revoked)
	{
		state->revoked_at = pca_rows_timestamp(rows, 0, 6);
		state->reason = pca_rows_text(rows, 0, 7);
	}
	state->responder_id = issuer->responder_id;
	authority->id = issuer->id;
	authority->arn = pstrdup(issuer->arn);
	strlcpy(authority->key_algorithm, issuer->key_algorithm, sizeof(authority->key_algorithm));
	strlcpy(authority->signing_algorithm, issuer->signing_algorithm, sizeof(authority->signing_algorithm));
	authority->xmin = pca_rows_xid(rows, 0, 8);
	pca_rows_word(rows, 9, authority->status, sizeof(authority->status));
	authority->last_state_change_at = pca_rows_timestamp(rows, 0, 10);
	authority->has_certificate = !pca_rows_is_null(rows, 0, 11);
	if (!authority->has_certificate)
		return;
	authority->certificate_id = *pca_rows_uuid(rows, 0, 11);
	authority->not_after = pca_rows_timestamp(rows, 0, 12);
}

static const KnownIssuer *
find_known(PcaBytes name_hash, PcaBytes key_hash)
{
	for (int i = 0; i < KNOWN_ISSUERS; i++)
		if (known[i].length == key_hash.length && memcmp(known[i].key_hash, key_hash.data, key_hash.length) == 0 &&
			memcmp(known[i].name_hash, name_hash.data, name_hash.length) == 0)
			return &known[i];
	return NULL;
}

/* Caches the issuer of a row in the place of the oldest entry. */
static const KnownIssuer *
keep_issuer(PcaBytes name_hash, PcaBytes key_hash, const PcaRows *rows)
{
	KnownIssuer *entry = &known[next_known++ % KNOWN_ISSUERS];

	entry->length = key_hash.length;
	memcpy(entry->name_hash, name_hash.data, name_hash.length);
	memcpy(entry->key_hash, key_hash.data, key_hash.length);
	entry->id = *pca_rows_uuid(rows, 0, 3);
	entry->responder_id = *pca_rows_uuid(rows, 0, 4);
	pca_rows_word(rows, 5, entry->arn, sizeof(entry->arn));
	pca_rows_word(rows, 6, entry->key_algorithm, sizeof(entry->key_algorithm));
	pca_rows_word(rows, 7, entry->signing_algorithm, sizeof(entry->signing_algorithm));
	return entry;
}

/* Finds the authority that a request names.  Returns NULL if this database has none. */
static const KnownIssuer *
find_issuer(PcaBytes name_hash, PcaBytes key_hash)
{
	static PcaQuery query = {
		.sql = "SELECT " PCA_ORIGIN("i") ", a.id, i.responder_id, a.arn, a.key_algorithm, a.signing_algorithm"
		" FROM pca.ocsp_issuer AS i"
		" JOIN pca.certificate_authority AS a ON a.id OPERATOR(pg_catalog.=) i.authority_id"
		" WHERE i.key_hash OPERATOR(pg_catalog.=) $1 AND i.name_hash OPERATOR(pg_catalog.=) $2"
	};
	const KnownIssuer *entry = find_known(name_hash, key_hash);
	PcaRows		rows;

	if (entry != NULL)
		return entry;
	rows = pca_query_read(&query, PCA_VALUES(pca_bytes(key_hash), pca_bytes(name_hash)));
	if (rows.count == 0 || !is_committed(&rows, 0))
		return NULL;
	return keep_issuer(name_hash, key_hash, &rows);
}

/*
 * Reads what is committed about a certificate.  Returns false if this database
 * has no authority with these hashes.
 *
 * name_hash, key_hash: of the same length.  serial: NULL for a number that no
 * certificate of this database can have.
 */
bool
pca_ocsp_find(PcaBytes name_hash, PcaBytes key_hash, const pg_uuid_t *serial, PcaCertificateState *state)
{
	static PcaQuery query = {
		.sql = "SELECT " PCA_ORIGIN("c") ", " PCA_ORIGIN("r") ", r.revoked_at, r.reason,"
		" a.xmin, a.status, a.last_state_change_at, a.certificate_id, a.not_after"
		" FROM pca.certificate_authority AS a"
		" LEFT JOIN pca.certificate AS c"
		"  ON c.authority_id OPERATOR(pg_catalog.=) $1 AND c.serial OPERATOR(pg_catalog.=) $2"
		" LEFT JOIN pca.revocation AS r"
		"  ON r.authority_id OPERATOR(pg_catalog.=) $1 AND r.serial OPERATOR(pg_catalog.=) $2"
		" WHERE a.id OPERATOR(pg_catalog.=) $1"
	};
	const KnownIssuer *issuer = find_issuer(name_hash, key_hash);
	PcaRows		rows;

	if (issuer == NULL)
		return false;
	rows = pca_query_read(&query, PCA_VALUES(pca_uuid(&issuer->id), pca_uuid(serial)));
	if (rows.count == 0)
		return false;
	read_state(&rows, issuer, state);
	return true;
}
