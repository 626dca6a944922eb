/*-------------------------------------------------------------------------
 *
 * store_access.h
 *	  What roles other than the owner's may do: resource policies, permissions of
 *	  services, and the functions of each access; the operations of pca_api().
 *
 *-------------------------------------------------------------------------
 */
#ifndef STORE_ACCESS_H
#define STORE_ACCESS_H

#include "postgres.h"

#include "base_der.h"
#include "nodes/pg_list.h"
#include "store_query.h"
#include "utils/timestamp.h"

/* An action of an account on an authority */
typedef struct PcaAccess
{
	const pg_uuid_t *authority;
	const char *account_id;
	const char *action;
	const char *template_name;	/* of IssueCertificate; else empty */
} PcaAccess;

extern char *pca_policy_find(const pg_uuid_t *authority);
extern void pca_policy_put(const pg_uuid_t *authority, const char *document);
extern void pca_policy_remove(const pg_uuid_t *authority);
extern void pca_policy_grant_put(const PcaAccess *access);
extern bool pca_policy_allows(const PcaAccess *access);

/* The actions that a service may perform for an account */
typedef struct PcaPermission
{
	const char *principal;
	const char *source_account;
	ArrayType  *actions;		/* text[] */
	TimestampTz created_at;
} PcaPermission;

extern bool pca_permission_put(const pg_uuid_t *authority, const PcaPermission *permission);
extern bool pca_permission_remove(const pg_uuid_t *authority, const char *principal, const char *source_account);
extern bool pca_permission_allows(const pg_uuid_t *authority, const PcaPermission *permission, const char *action);
extern PcaRows pca_permission_list(const pg_uuid_t *authority, const char *after, int64 limit);

extern void pca_page_key_make(void);
extern PcaBytes pca_page_key_get(void);
extern void pca_creators_warn(void);
extern List *pca_access_grants(Oid role, const char *access);

/* What pca_api() knows of an operation. */
typedef struct PcaApiOperation
{
	Oid			function;
	const char *output_member;	/* that the result becomes; NULL: its columns become members */
	bool		is_list;		/* of the result's rows */
} PcaApiOperation;

extern bool pca_api_operation_find(const char *name, PcaApiOperation *operation);

#endif							/* STORE_ACCESS_H */
