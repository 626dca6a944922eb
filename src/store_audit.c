/*-------------------------------------------------------------------------
 *
 * store_audit.c
 *	  The audit trail: one row for every use of a CA's private key and every
 *	  change of state, in the same transaction (P18).
 *
 * A certificate and a revocation are rows that nobody changes and that say who
 * made them: they are their own audit rows, and everything else is here.  The
 * view pca.audit_trail shows all of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "store_audit.h"
#include "store_query.h"
#include "store_transaction.h"
#include "utils/timestamp.h"

static void
name_roles(PcaActor *actor)
{
	actor->session_user_name = GetUserNameFromId(GetSessionUserId(), false);
	actor->current_user_name = GetUserNameFromId(GetUserId(), false);
}

/* A caller as a record keeps it: a copy, which later changes of registrations leave alone. */
PcaActor
pca_actor_of(const PcaCaller *caller)
{
	PcaActor	actor = {.account_id = pstrdup(caller->account_id)};

	if (caller->service_principal[0] != '\0')
		actor.service_principal = pstrdup(caller->service_principal);
	name_roles(&actor);
	return actor;
}

/* Whoever runs what is done for an account, without being asked by it. */
PcaActor
pca_actor_of_account(const char *account_id)
{
	PcaActor	actor = {.account_id = account_id};

	name_roles(&actor);
	return actor;
}

/* What has such a row leaves the database by its commit, or changes what may leave it: that commit is synchronous. */
static void
put(const PcaActor *actor, const char *operation, const char *authority_arn, const char *resource)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.audit_event (at, operation, certificate_authority_arn, resource, account_id,"
		" service_principal, session_user_name, current_user_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
	};

	pca_transaction_make_durable();
	pca_query_write(&query, PCA_VALUES(pca_timestamp(GetCurrentTimestamp()), pca_text(operation),
									   pca_text(authority_arn), pca_text(resource),
									   pca_text(actor->account_id), pca_text(actor->service_principal),
									   pca_text(actor->session_user_name),
									   pca_text(actor->current_user_name)));
}

/*
 * Records what the caller does.
 *
 * operation: the API's word for it.  authority_arn, resource: what it is done
 * to; NULL where there is none.
 */
void
pca_audit_put(const char *operation, const char *authority_arn, const char *resource)
{
	PcaActor	actor = pca_actor_of(pca_caller_get());

	put(&actor, operation, authority_arn, resource);
}

/* The same for what maintenance does, whoever runs it: it acts for no account. */
void
pca_audit_put_maintenance(const char *operation, const char *authority_arn, const char *resource)
{
	PcaActor	actor = pca_actor_of_account(NULL);

	put(&actor, operation, authority_arn, resource);
}

/*
 * Records that a role was registered, or is no longer, in the trail of the
 * account that it is for (NULL: none).  principal: the service that the role
 * is, or NULL.
 */
void
pca_audit_put_registration(const char *operation, const char *role, const char *account_id, const char *principal)
{
	PcaActor	actor = {.account_id = account_id, .service_principal = principal};

	name_roles(&actor);
	put(&actor, operation, NULL, role);
}
