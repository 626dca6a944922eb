/*-------------------------------------------------------------------------
 *
 * store_authority.h
 *	  The tables of certificate authorities: the authorities, their keys,
 *	  their own certificates, their tags.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_AUTHORITY_H
#define STORE_AUTHORITY_H

#include "postgres.h"

#include "base_der.h"
#include "store_query.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

/* The row of an authority without its large columns; the ARN is the caller's memory */
typedef struct PcaAuthority
{
	pg_uuid_t	id;
	const char *arn;
	char		account_id[16];
	char		type[16];
	char		status[24];		/* as stored */
	char		usage_mode[32];
	char		key_algorithm[32];
	char		signing_algorithm[32];
	bool		is_restorable;
	TimestampTz restorable_until;
	bool		has_certificate;
	pg_uuid_t	certificate_id;
	TimestampTz not_after;
	TimestampTz last_state_change_at;
	TransactionId xmin;			/* who made the last change */
} PcaAuthority;

/* A new authority */
typedef struct PcaNewAuthority
{
	pg_uuid_t	id;
	const char *arn;
	const char *account_id;
	const char *type;
	const char *key_algorithm;
	const char *signing_algorithm;
	Jsonb	   *configuration;
	Jsonb	   *revocation_configuration;
	const char *key_storage_security_standard;
	const char *usage_mode;
	PcaBytes	public_key;		/* SubjectPublicKeyInfo */
	PcaBytes	csr;
	PcaBytes	kek_id;
	PcaBytes	wrapped_key;
	TimestampTz created_at;
} PcaNewAuthority;

/* An authority's own certificate, as imported */
typedef struct PcaImportedCertificate
{
	pg_uuid_t	id;
	PcaBytes	certificate;
	int			chain_count;
	const PcaBytes *chain;
	const char *serial;			/* decimal */
	TimestampTz not_before;
	TimestampTz not_after;
	PcaOrigin	origin;			/* of a row that was read */
} PcaImportedCertificate;

/* The selection of a list of authorities */
typedef struct PcaAuthorityList
{
	const char *account_id;
	bool		is_shared;		/* those that others share with the account instead of its own */
	TimestampTz after_created_at;
	const char *after_arn;		/* NULL for the first page */
	int64		limit;
} PcaAuthorityList;

extern bool pca_authority_find(const char *arn, const pg_uuid_t *id, PcaAuthority *authority);
extern bool pca_private_key_exists(void);
extern bool pca_private_key_has_other_wrapper(PcaBytes kek_id);
extern PcaRows pca_private_key_wrappers(void);
extern void pca_authority_put(const PcaNewAuthority *authority);
extern void pca_authority_certificate_get(const pg_uuid_t *certificate_id, PcaImportedCertificate *certificate);
extern PcaBytes pca_authority_csr_get(const pg_uuid_t *id);
extern PcaBytes pca_authority_public_key_get(const pg_uuid_t *id);
extern Jsonb *pca_authority_revocation_get(const pg_uuid_t *id);
extern PcaRows pca_private_key_list(void);
extern bool pca_private_key_find(const pg_uuid_t *authority, PcaBytes *kek_id, PcaBytes *wrapped);

extern PcaRows pca_authority_describe(const char *arn);
extern PcaRows pca_authority_list(const PcaAuthorityList *list);

#endif							/* STORE_AUTHORITY_H */
