/*-------------------------------------------------------------------------
 *
 * store_idempotency.c
 *	  The table of idempotency tokens.
 *
 * A token is claimed under a lock, before anything is signed: a concurrent call
 * with the same token waits for the end of the first one's transaction, and
 * then returns its ARN, or takes over after its rollback.  A lock, and not the
 * unique index, so that the one that waited finds the other's row at every
 * isolation level.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
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
							"Time in which an idempotency token means the same CreateCertificateAuthority call.",
							NULL, &create_window_setting, 300, 0, 86400, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
	DefineCustomIntVariable("pca.issue_idempotency_window",
							"Time in which an idempotency token means the same IssueCertificate call.",
							NULL, &issue_window_setting, 60, 0, 86400, PGC_SUSET, GUC_UNIT_S,
							NULL, NULL, NULL);
}

/* When the window that is open now began. */
static TimestampTz
window_start(const PcaTokenScope *scope, TimestampTz now)
{
	bool		is_issue = strcmp(scope->operation, "IssueCertificate") == 0;

	return now - (is_issue ? issue_window_setting : create_window_setting) * USECS_PER_SEC;
}

static void
add_scope(PcaArguments *arguments, const PcaTokenScope *scope, const char *token)
{
	pca_argument_add_text(arguments, scope->account_id);
	pca_argument_add_text(arguments, scope->operation);
	pca_argument_add_uuid(arguments, &scope->authority);
	pca_argument_add_text(arguments, token);
}

#define SCOPE \
	"account_id OPERATOR(pg_catalog.=) $1 AND operation OPERATOR(pg_catalog.=) $2" \
	" AND authority_id OPERATOR(pg_catalog.=) $3 AND token OPERATOR(pg_catalog.=) $4"

static char *
find(const PcaTokenScope *scope, const char *token, TimestampTz now)
{
	static PcaQuery query = {
		"SELECT arn, created_at FROM pca.idempotency_token WHERE " SCOPE,
		{TEXTOID, TEXTOID, UUIDOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows;

	add_scope(&arguments, scope, token);
	rows = pca_query_read(&query, &arguments);
	/* Compared here, so that only one index can serve the statement. */
	if (rows.count == 0 || DatumGetTimestampTz(pca_rows_datum(&rows, 0, 1)) <= window_start(scope, now))
		return NULL;
	return pca_rows_text(&rows, 0, 0);
}

/* Stores the token, in the place of one whose window is over. */
static void
put(const PcaTokenScope *scope, const char *token, const char *arn, TimestampTz now)
{
	static PcaQuery query = {
		"INSERT INTO pca.idempotency_token (account_id, operation, authority_id, token, created_at, arn)"
		" VALUES ($1, $2, $3, $4, $5, $6)"
		" ON CONFLICT (account_id, operation, authority_id, token) DO UPDATE"
		" SET created_at = excluded.created_at, arn = excluded.arn",
		{TEXTOID, TEXTOID, UUIDOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	add_scope(&arguments, scope, token);
	pca_argument_add(&arguments, TimestampTzGetDatum(now));
	pca_argument_add_text(&arguments, arn);
	pca_query_write(&query, &arguments);
}

/* One transaction at a time has a token. */
static void
lock(const PcaTokenScope *scope, const char *token)
{
	StringInfoData name;

	initStringInfo(&name);
	/* A zero ends each text, the UUID has one length. */
	appendBinaryStringInfo(&name, scope->account_id, strlen(scope->account_id) + 1);
	appendBinaryStringInfo(&name, scope->operation, strlen(scope->operation) + 1);
	appendBinaryStringInfo(&name, (const char *) scope->authority.data, sizeof(scope->authority.data));
	appendBinaryStringInfo(&name, token, strlen(token));
	pca_transaction_lock(PCA_LOCK_TOKEN, name.data, name.len, ExclusiveLock);
}

/*
 * Claims a token for the resource that the call is about to make.
 *
 * Returns NULL when the token is the caller's now, or the ARN that an earlier
 * call with the token, in its window, made.  now: the time of the call, by
 * which its window is judged however long it has to wait.
 */
char *
pca_idempotency_claim(const PcaTokenScope *scope, const char *token, const char *arn, TimestampTz now)
{
	char	   *earlier;

	lock(scope, token);
	earlier = find(scope, token, now);
	if (earlier == NULL)
		put(scope, token, arn, now);
	return earlier;
}

/*
 * Removes the tokens of both operations whose window is over, but for those
 * that a call is taking over: to wait for it could be to wait for one another.
 *
 * account_id: of an account, whose calls may have to wait for this transaction;
 * NULL: of everybody.
 */
void
pca_idempotency_expire(const char *account_id, TimestampTz now)
{
	static PcaQuery query = {
		"DELETE FROM pca.idempotency_token WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY("
		" SELECT t.ctid FROM pca.idempotency_token AS t WHERE t.created_at OPERATOR(pg_catalog.<=) $1"
		" AND ($2 IS NULL OR t.account_id OPERATOR(pg_catalog.=) $2) FOR UPDATE SKIP LOCKED))",
		{TIMESTAMPTZOID, TEXTOID, InvalidOid}, NULL
	};
	PcaArguments arguments = {0};

	pca_argument_add(&arguments, TimestampTzGetDatum(now - Max(create_window_setting, issue_window_setting) * USECS_PER_SEC));
	pca_argument_add_text(&arguments, account_id);
	pca_query_write(&query, &arguments);
}
