/*-------------------------------------------------------------------------
 *
 * store_authority.c
 *	  The tables of certificate authorities.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "base_error.h"
#include "catalog/pg_type_d.h"
#include "store_authority.h"
#include "utils/array.h"

/*
 * Reads an authority.  Returns false if it does not exist.
 *
 * id: from the ARN; it is the key, but the rest of the ARN must match, too.
 */
bool
pca_authority_find(const char *arn, const pg_uuid_t *id, PcaAuthority *authority)
{
	static PcaQuery query = {
		.sql = "SELECT account_id, type, status, usage_mode, key_algorithm, signing_algorithm,"
		" restorable_until, certificate_id, not_after, last_state_change_at, xmin"
		" FROM pca.certificate_authority"
		" WHERE id OPERATOR(pg_catalog.=) $1 AND arn OPERATOR(pg_catalog.=) $2"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(id), pca_text(arn)));

	if (rows.count == 0)
		return false;
	memset(authority, 0, sizeof(*authority));
	authority->id = *id;
	authority->arn = arn;
	pca_rows_word(&rows, 0, authority->account_id, sizeof(authority->account_id));
	pca_rows_word(&rows, 1, authority->type, sizeof(authority->type));
	pca_rows_word(&rows, 2, authority->status, sizeof(authority->status));
	pca_rows_word(&rows, 3, authority->usage_mode, sizeof(authority->usage_mode));
	pca_rows_word(&rows, 4, authority->key_algorithm, sizeof(authority->key_algorithm));
	pca_rows_word(&rows, 5, authority->signing_algorithm, sizeof(authority->signing_algorithm));
	authority->is_restorable = !pca_rows_is_null(&rows, 0, 6);
	if (authority->is_restorable)
		authority->restorable_until = pca_rows_timestamp(&rows, 0, 6);
	authority->has_certificate = !pca_rows_is_null(&rows, 0, 7);
	if (authority->has_certificate)
	{
		authority->certificate_id = *pca_rows_uuid(&rows, 0, 7);
		authority->not_after = pca_rows_timestamp(&rows, 0, 8);
	}
	authority->last_state_change_at = pca_rows_timestamp(&rows, 0, 9);
	authority->xmin = pca_rows_xid(&rows, 0, 10);
	return true;
}

/* Tells whether a key-encryption key has wrapped anything: a private key or the master key of access keys. */
bool
pca_private_key_exists(void)
{
	static PcaQuery query = {
		.sql = "SELECT FROM pca.private_key UNION ALL SELECT FROM pca.access_master_key LIMIT 1"
	};

	return pca_query_read(&query, PCA_NO_VALUES).count > 0;
}

/* Tells whether another key-encryption key wrapped one of the private keys, or the master key of access keys. */
bool
pca_private_key_has_other_wrapper(PcaBytes kek_id)
{
	static PcaQuery query = {
		.sql = "SELECT FROM pca.private_key WHERE key_encryption_key_id OPERATOR(pg_catalog.<>) $1"
		" UNION ALL SELECT FROM pca.access_master_key WHERE key_encryption_key_id OPERATOR(pg_catalog.<>) $1 LIMIT 1"
	};

	return pca_query_read(&query, PCA_VALUES(pca_bytes(kek_id))).count > 0;
}

/* Lists the identifiers of the key-encryption keys that wrapped private keys, with the number of keys for each. */
PcaRows
pca_private_key_wrappers(void)
{
	static PcaQuery query = {
		.sql = "SELECT key_encryption_key_id, pg_catalog.count(*) FROM pca.private_key GROUP BY key_encryption_key_id"
	};

	return pca_query_read(&query, PCA_NO_VALUES);
}

static void
put_private_key(const PcaNewAuthority *authority)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.private_key (authority_id, key_encryption_key_id, wrapped_key) VALUES ($1, $2, $3)"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(&authority->id), pca_bytes(authority->kek_id),
									   pca_bytes(authority->wrapped_key)));
}

/* Stores a new authority in status PENDING_CERTIFICATE, with its wrapped key. */
void
pca_authority_put(const PcaNewAuthority *authority)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.certificate_authority (id, arn, account_id, type, status, key_algorithm, signing_algorithm,"
		" configuration, revocation_configuration, key_storage_security_standard, usage_mode, public_key, csr,"
		" created_at, last_state_change_at)"
		" VALUES ($1, $2, $3, $4, 'PENDING_CERTIFICATE', $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)"
	};

	pca_query_write(&query, PCA_VALUES(pca_uuid(&authority->id), pca_text(authority->arn),
									   pca_text(authority->account_id), pca_text(authority->type),
									   pca_text(authority->key_algorithm),
									   pca_text(authority->signing_algorithm),
									   pca_jsonb(authority->configuration),
									   pca_jsonb(authority->revocation_configuration),
									   pca_text(authority->key_storage_security_standard),
									   pca_text(authority->usage_mode), pca_bytes(authority->public_key),
									   pca_bytes(authority->csr), pca_timestamp(authority->created_at)));
	put_private_key(authority);
}

/* Returns the row that a query by id finds.  Throws RequestFailedException if a partial copy lacks it. */
static PcaRows
get_row(PcaQuery *query, const pg_uuid_t *id)
{
	PcaRows		rows = pca_query_read(query, PCA_VALUES(pca_uuid(id)));

	if (rows.count == 0)
		pca_error(REQUEST_FAILED,
				  errmsg("a row of a certificate authority is missing"),
				  errdetail("No row has the id %s.", pca_uuid_format(id)),
				  errhint("Restore the database from a complete backup."));
	return rows;
}

static void
read_array(ArrayType *array, PcaImportedCertificate *certificate)
{
	Datum	   *values;
	PcaBytes   *chain;

	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT,
					  &values, NULL, &certificate->chain_count);
	chain = palloc(sizeof(PcaBytes) * (certificate->chain_count + 1));
	for (int i = 0; i < certificate->chain_count; i++)
		chain[i] = pca_bytes_of_bytea(DatumGetByteaPP(values[i]));
	certificate->chain = chain;
}

/* Reads an authority's own certificate and its chain. */
void
pca_authority_certificate_get(const pg_uuid_t *certificate_id, PcaImportedCertificate *certificate)
{
	static PcaQuery query = {
		.sql = "SELECT certificate, chain, " PCA_ORIGIN("c") " FROM pca.certificate_authority_certificate AS c"
		" WHERE id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = get_row(&query, certificate_id);

	memset(certificate, 0, sizeof(*certificate));
	certificate->id = *certificate_id;
	certificate->certificate = pca_rows_bytes(&rows, 0, 0);
	read_array(pca_rows_array(&rows, 0, 1, BYTEAARRAYOID), certificate);
	certificate->origin = pca_rows_origin(&rows, 2);
}

PcaBytes
pca_authority_csr_get(const pg_uuid_t *id)
{
	static PcaQuery query = {
		.sql = "SELECT csr FROM pca.certificate_authority WHERE id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = get_row(&query, id);

	return pca_rows_bytes(&rows, 0, 0);
}

/* Reads the SubjectPublicKeyInfo of an authority's key. */
PcaBytes
pca_authority_public_key_get(const pg_uuid_t *id)
{
	static PcaQuery query = {
		.sql = "SELECT public_key FROM pca.certificate_authority WHERE id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = get_row(&query, id);

	return pca_rows_bytes(&rows, 0, 0);
}

Jsonb *
pca_authority_revocation_get(const pg_uuid_t *id)
{
	static PcaQuery query = {
		.sql = "SELECT revocation_configuration FROM pca.certificate_authority WHERE id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = get_row(&query, id);

	return pca_rows_jsonb(&rows, 0, 0);
}

/* Lists the ids and ARNs of the authorities that have a private key. */
PcaRows
pca_private_key_list(void)
{
	static PcaQuery query = {
		.sql = "SELECT a.id, a.arn FROM pca.certificate_authority AS a"
		" JOIN pca.private_key AS k ON k.authority_id OPERATOR(pg_catalog.=) a.id ORDER BY a.created_at, a.id"
	};

	return pca_query_read(&query, PCA_NO_VALUES);
}

/*
 * Reads an authority's wrapped private key and the identifier of the
 * key-encryption key.  Returns false if a partial copy of the database lacks it.
 */
bool
pca_private_key_find(const pg_uuid_t *authority, PcaBytes *kek_id, PcaBytes *wrapped)
{
	static PcaQuery query = {
		.sql = "SELECT key_encryption_key_id, wrapped_key FROM pca.private_key WHERE authority_id OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_uuid(authority)));

	if (rows.count == 0)
		return false;
	*kek_id = pca_rows_bytes(&rows, 0, 0);
	*wrapped = pca_rows_bytes(&rows, 0, 1);
	return true;
}

/* The view says which columns there are, and in which order. */
#define DESCRIPTION "SELECT d.* FROM pca.certificate_authority_description AS d "

/* Reads the description of an authority. */
PcaRows
pca_authority_describe(const char *arn)
{
	static PcaQuery query = {
		.sql = DESCRIPTION "WHERE arn OPERATOR(pg_catalog.=) $1"
	};

	return pca_query_read(&query, PCA_VALUES(pca_text(arn)));
}

#define OWN "owner_account OPERATOR(pg_catalog.=) $1"
#define SHARED \
	"arn IN (SELECT a.arn FROM pca.policy_grant AS p JOIN pca.certificate_authority AS a" \
	"  ON a.id OPERATOR(pg_catalog.=) p.authority_id" \
	"  WHERE p.account_id OPERATOR(pg_catalog.=) $1 AND p.action OPERATOR(pg_catalog.=) 'DescribeCertificateAuthority'" \
	"  AND a.account_id OPERATOR(pg_catalog.<>) $1)"
#define PAGE \
	" AND ($3 IS NULL OR ROW(created_at, arn) OPERATOR(pg_catalog.>) ROW($4, $3)) ORDER BY created_at, arn LIMIT $2"

/* Reads the descriptions of a list, in the order of creation. */
PcaRows
pca_authority_list(const PcaAuthorityList *list)
{
	static PcaQuery own = {
		.sql = DESCRIPTION "WHERE " OWN PAGE
	};
	static PcaQuery shared = {
		.sql = DESCRIPTION "WHERE " SHARED PAGE
	};

	return pca_query_read(list->is_shared ? &shared : &own,
						  PCA_VALUES(pca_text(list->account_id), pca_int64(list->limit),
									 pca_text(list->after_arn), pca_timestamp(list->after_created_at)));
}
