/*-------------------------------------------------------------------------
 *
 * store_audit.c
 *	  Writes the audit trail: a row for every use of a CA's private key and every
 *	  change of state, in the same transaction.  That is promise P18.
 *
 * The rows of certificates and revocations never change and name who made them,
 * so they are their own audit rows; all other events are here.  The view
 * pca.audit_trail shows both.
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

/* Copies a caller into a record, which later changes of registrations do not affect. */
PcaActor
pca_actor_of(const PcaCaller *caller)
{
	PcaActor	actor = {.account_id = pstrdup(caller->account_id)};

	if (caller->service_principal[0] != '\0')
		actor.service_principal = pstrdup(caller->service_principal);
	name_roles(&actor);
	return actor;
}

/* Returns the current user as the actor of something done for an account that did not ask for it. */
PcaActor
pca_actor_of_account(const char *account_id)
{
	PcaActor	actor = {.account_id = account_id};

	name_roles(&actor);
	return actor;
}

/*
 * Stores an event.  Its effect leaves the database with the commit, or changes
 * what may leave it, so the commit is made synchronous.
 */
static void
put_event(const PcaActor *actor, const char *operation, const char *authority_arn, const char *resource)
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
 * Records an operation of the caller.
 *
 * operation: its name in the API.  authority_arn, resource: its objects, or NULL.
 */
void
pca_audit_put(const char *operation, const char *authority_arn, const char *resource)
{
	PcaActor	actor = pca_actor_of(pca_caller_get());

	put_event(&actor, operation, authority_arn, resource);
}

/* Records an operation of maintenance, which acts for no account, whichever role runs it. */
void
pca_audit_put_maintenance(const char *operation, const char *authority_arn, const char *resource)
{
	PcaActor	actor = pca_actor_of_account(NULL);

	put_event(&actor, operation, authority_arn, resource);
}

/*
 * Records a change of a role's registration in the trail of its account (NULL for
 * none).  principal: the service that the role acts as, or NULL.
 */
void
pca_audit_put_registration(const char *operation, const char *role, const char *account_id, const char *principal)
{
	PcaActor	actor = {.account_id = account_id, .service_principal = principal};

	name_roles(&actor);
	put_event(&actor, operation, NULL, role);
}

/* Records the making of an access key or a change of it, in the trail of the account that it is for. */
void
pca_audit_put_access_key(const char *operation, const char *access_key_id, const char *account_id)
{
	PcaActor	actor = pca_actor_of_account(account_id);

	put_event(&actor, operation, NULL, access_key_id);
}
