/*-------------------------------------------------------------------------
 *
 * store_idempotency.c
 *	  The table of idempotency tokens.
 *
 * A token is claimed under a lock, before anything is signed.  A concurrent call
 * with the same token waits for the first one's transaction to end, and then
 * returns its ARN or, after a rollback, takes over.  A lock is used instead of the
 * unique index, so that the waiting call finds the other's row at every isolation
 * level.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base_arn.h"
#include "lib/stringinfo.h"
#include "store_idempotency.h"
#include "store_query.h"
#include "store_transaction.h"
#include "utils/guc.h"

static int	create_window_setting;
static int	issue_window_setting;

void
pca_idempotency_define_settings(void)
{
	DefineCustomIntVariable("pca.create_idempotency_window",
							"Sets the time in which an idempotency token means the same CreateCertificateAuthority call.",
							"Zero means that tokens have no effect.", &create_window_setting, 300, 0, 86400, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
	DefineCustomIntVariable("pca.issue_idempotency_window",
							"Sets the time in which an idempotency token means the same IssueCertificate call.",
							"Zero means that tokens have no effect.", &issue_window_setting, 60, 0, 86400, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
}

/* Returns the time at which a token must have been used for its window to include the call. */
static TimestampTz
window_start(const PcaTokenCall *call)
{
	bool		is_issue = strcmp(call->operation, "IssueCertificate") == 0;

	return call->called_at - (is_issue ? issue_window_setting : create_window_setting) * USECS_PER_SEC;
}

#define SCOPE \
	"account_id OPERATOR(pg_catalog.=) $1 AND operation OPERATOR(pg_catalog.=) $2" \
	" AND authority_id OPERATOR(pg_catalog.=) $3 AND token OPERATOR(pg_catalog.=) $4"

/* Warns once for consecutive calls with the same ARN, since a constant token gives every row of a statement the same one. */
static void
warn_of_other_call(const char *arn)
{
	static TimestampTz warned_in;
	static char warned_of[PCA_ARN_MAX_LENGTH + 1];

	if (warned_in == GetCurrentStatementStartTimestamp() && strcmp(warned_of, arn) == 0)
		return;
	warned_in = GetCurrentStatementStartTimestamp();
	strlcpy(warned_of, arn, sizeof(warned_of));
	ereport(WARNING,
			errcode(ERRCODE_WARNING),
			errmsg("idempotency token belongs to an earlier call with different parameters"),
			errdetail("Nothing was created: the result is that of the earlier call, \"%s\".", arn),
			errhint("Use a separate idempotency_token for each call (in a statement, for each row), or none."));
}

/* Finds the ARN of an earlier call.  Returns NULL if there is none or its window is over. */
static char *
find_token(const PcaTokenCall *call)
{
	static PcaQuery query = {
		.sql = "SELECT arn, created_at, digest OPERATOR(pg_catalog.=) $5 FROM pca.idempotency_token WHERE " SCOPE
	};
	PcaRows		rows = pca_query_read(&query, PCA_VALUES(pca_text(call->account_id), pca_text(call->operation),
														 pca_uuid(&call->authority), pca_text(call->token),
														 pca_bytea(call->digest)));
	char	   *arn;

	/* The comparison is here, so that only one index can serve the statement. */
	if (rows.count == 0 || pca_rows_timestamp(&rows, 0, 1) <= window_start(call))
		return NULL;
	arn = pca_rows_text(&rows, 0, 0);
	if (!pca_rows_bool(&rows, 0, 2))
		warn_of_other_call(arn);
	return arn;
}

/* Stores the token, replacing one whose window is over. */
static void
put_token(const PcaTokenCall *call, const char *arn)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.idempotency_token (account_id, operation, authority_id, token, digest, created_at, arn)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7)"
		" ON CONFLICT (account_id, operation, authority_id, token) DO UPDATE"
		" SET digest = excluded.digest, created_at = excluded.created_at, arn = excluded.arn"
	};

	pca_query_write(&query, PCA_VALUES(pca_text(call->account_id), pca_text(call->operation),
									   pca_uuid(&call->authority), pca_text(call->token),
									   pca_bytea(call->digest), pca_timestamp(call->called_at),
									   pca_text(arn)));
}

/* Lets one transaction at a time have a token. */
static void
lock_token(const PcaTokenCall *call)
{
	StringInfoData name;

	initStringInfo(&name);
	/* Each text ends with a zero, and the UUID has a fixed length. */
	appendBinaryStringInfo(&name, call->account_id, strlen(call->account_id) + 1);
	appendBinaryStringInfo(&name, call->operation, strlen(call->operation) + 1);
	appendBinaryStringInfo(&name, (const char *) call->authority.data, sizeof(call->authority.data));
	appendBinaryStringInfo(&name, call->token, strlen(call->token));
	pca_transaction_lock(PCA_LOCK_TOKEN, name.data, name.len, ExclusiveLock);
}

/*
 * Claims a call's token for the resource that it is about to create.
 *
 * Returns NULL if the call now owns the token, or the ARN that an earlier call
 * with the token created within its window.  Warns if that call had other
 * arguments.
 */
char *
pca_idempotency_claim(const PcaTokenCall *call, const char *arn)
{
	char	   *earlier;

	lock_token(call);
	earlier = find_token(call);
	if (earlier == NULL)
		put_token(call, arn);
	return earlier;
}

/*
 * Removes the tokens of both operations whose window is over, except those that
 * a call is taking over: waiting for that call could cause a deadlock.
 *
 * account_id: the account whose tokens are removed, and whose calls may have to
 * wait for this transaction; NULL for all accounts.
 */
void
pca_idempotency_expire(const char *account_id, TimestampTz now)
{
	static PcaQuery query = {
		.sql = "DELETE FROM pca.idempotency_token WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY("
		" SELECT t.ctid FROM pca.idempotency_token AS t WHERE t.created_at OPERATOR(pg_catalog.<=) $1"
		" AND ($2 IS NULL OR t.account_id OPERATOR(pg_catalog.=) $2) FOR UPDATE SKIP LOCKED))"
	};

	pca_query_write(&query, PCA_VALUES(pca_timestamp(now - Max(create_window_setting, issue_window_setting) * USECS_PER_SEC),
									   pca_text(account_id)));
}
