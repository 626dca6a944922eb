/*-------------------------------------------------------------------------
 *
 * store_account.c
 *	  Determines the account and the service that a database role acts as.
 *
 * A role acts for an account only by a registration: its own, else that of a
 * role whose privileges it inherits.  A registration is for an account, or for a
 * service and an account; both are looked up together, so that no role gets the
 * one from one role and the other from another.  A role without a registration
 * has no account, except superusers, which have pca.account_id.
 *
 * A registration that was taken back remains, for no account.  Without it the
 * role would act for whatever it is a member of or may set its role to, so taking
 * back a registration would grant rights.
 *
 * find_acting_role() explains whose registration counts.  The answer is cached
 * until a registration, a role, a membership or the caller changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "base_error.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "store_account.h"
#include "store_query.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The roles on which the answer depends, in addition to the tables */
typedef struct Roles
{
	Oid			session_user;
	Oid			current_user;
	bool		is_owners;		/* the current user owns the function or object whose code runs */
} Roles;

/* The registration of a role */
typedef struct Registration
{
	const char *account_id;		/* NULL for none, see is_taken_back */
	const char *service_principal;	/* NULL for a role of the account itself */
	bool		is_taken_back;
} Registration;

typedef enum Finding
{
	FOUND_NONE,
	FOUND_OWN,
	FOUND_INHERITED,
	FOUND_DIFFERENT				/* it inherits two that differ */
} Finding;

static PcaCaller caller;
static Roles roles;				/* whose answer that is */
static bool is_current;
static bool is_default_account; /* pca.account_id, which may change at any time */
static Oid	account_table;
static Oid	service_principal_table;

static void
at_registration_change(Datum arg, Oid relation)
{
	if (relation == InvalidOid || relation == account_table || relation == service_principal_table)
		is_current = false;
}

static void
at_role_change(Datum arg, int cache, uint32 hash)
{
	is_current = false;
}

static void
watch_role_changes(void)
{
	static bool is_watching = false;

	if (is_watching)
		return;
	CacheRegisterRelcacheCallback(at_registration_change, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, at_role_change, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, at_role_change, (Datum) 0);
	/* Its owner is a member of pg_database_owner. */
	CacheRegisterSyscacheCallback(DATABASEOID, at_role_change, (Datum) 0);
	is_watching = true;
}

static PcaRows
read_registrations(void)
{
	static PcaQuery query = {
		.sql = "SELECT coalesce(a.role, s.role)::pg_catalog.oid, a.account_id, s.principal, a.role IS NOT NULL AND a.account_id IS NULL"
		" FROM pca.account AS a FULL JOIN pca.service_principal AS s"
		" ON s.role::pg_catalog.oid OPERATOR(pg_catalog.=) a.role::pg_catalog.oid ORDER BY 1"
	};

	return pca_query_read(&query, PCA_NO_VALUES);
}

static Registration
registration_at(const PcaRows *rows, uint64 row)
{
	return (Registration) {
		pca_rows_text(rows, row, 1), pca_rows_text(rows, row, 2), pca_rows_bool(rows, row, 3)
	};
}

static bool
is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const char *
format_registration(const Registration *registration)
{
	const char *account = registration->account_id != NULL ? registration->account_id : "no account";

	return registration->service_principal == NULL ? account : psprintf("%s (%s)", account, registration->service_principal);
}

/* Throws AccessDeniedException. */
static void
refuse_different(Oid role, const Registration *one, const Registration *other)
{
	pca_error(ACCESS_DENIED,
			  errmsg("role \"%s\" acts for more than one account or service", GetUserNameFromId(role, false)),
			  errdetail("It is a member of roles that are registered for %s and for %s.",
						format_registration(one), format_registration(other)),
			  errhint("Register the role itself, or revoke one of the memberships."));
}

/*
 * Tells whether a role inherits the privileges of a registered one.  A superuser
 * has all privileges, but counts only as a member where it was made one.
 */
static bool
inherits_rights_of(Oid role, Oid registered)
{
	return superuser_arg(role) ? is_member_of_role_nosuper(role, registered) : has_privs_of_role(role, registered);
}

/*
 * Finds the registration that counts for a role: its own, else the one that it
 * inherits.  Two inherited ones that differ are an error if must_be_one.
 */
static Finding
find_registration(const PcaRows *rows, Oid role, bool must_be_one, Registration *found)
{
	Finding		finding = FOUND_NONE;

	for (uint64 row = 0; row < rows->count; row++)
		if (pca_rows_oid(rows, row, 0) == role)
		{
			*found = registration_at(rows, row);
			return FOUND_OWN;
		}
	for (uint64 row = 0; row < rows->count; row++)
	{
		Registration inherited;

		if (!inherits_rights_of(role, pca_rows_oid(rows, row, 0)))
			continue;
		inherited = registration_at(rows, row);
		if (finding == FOUND_NONE)
			*found = inherited;
		else if (!is_same_text(found->account_id, inherited.account_id) ||
				 !is_same_text(found->service_principal, inherited.service_principal))
		{
			if (must_be_one)
				refuse_different(role, found, &inherited);
			return FOUND_DIFFERENT;
		}
		finding = FOUND_INHERITED;
	}
	return finding;
}

/*
 * Finds the acting role and its registration.  Returns whether it has any.
 *
 * A session user that is registered keeps its identity, whatever role it sets.
 * One that is not, such as a pooler's login or a superuser, acts as the role that
 * it set.  In a SECURITY DEFINER function, and in code that PostgreSQL runs as an
 * object's owner, the owner acts; but not if the session user is a member of the
 * owner, because it could have created the function after SET ROLE.
 */
static bool
find_acting_role(const PcaRows *rows, const Roles *now, Oid *role, Registration *found)
{
	bool		is_others = now->is_owners && !is_member_of_role_nosuper(now->session_user, now->current_user);

	*role = now->session_user;
	if (!is_others && find_registration(rows, *role, true, found) != FOUND_NONE)
		return true;
	*role = now->current_user;
	return find_registration(rows, *role, true, found) != FOUND_NONE;
}

static void
resolve_caller(const Roles *now)
{
	PcaRows		rows;
	Registration found = {0};
	bool		is_registered;

	watch_role_changes();
	account_table = get_relname_relid("account", get_namespace_oid("pca", false));
	service_principal_table = get_relname_relid("service_principal", get_namespace_oid("pca", false));
	is_current = true;			/* changes from here on reset it */
	rows = read_registrations();
	is_registered = find_acting_role(&rows, now, &caller.role, &found);
	is_default_account = !is_registered && superuser_arg(caller.role);
	strlcpy(caller.account_id, found.account_id != NULL ? found.account_id : "", sizeof(caller.account_id));
	strlcpy(caller.service_principal, found.service_principal != NULL ? found.service_principal : "",
			sizeof(caller.service_principal));
	roles = *now;				/* only after everything succeeded */
}

static Roles
roles_in_force(void)
{
	Roles		now = {.session_user = GetSessionUserId()};
	int			security;

	GetUserIdAndSecContext(&now.current_user, &security);
	now.is_owners = (security & (SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION)) != 0;
	return now;
}

/*
 * Finds the caller.  Returns NULL for a role without an account.
 *
 * Throws AccessDeniedException if the caller is ambiguous.
 */
const PcaCaller *
pca_caller_find(void)
{
	Roles		now = roles_in_force();

	/* In a transaction that already has all its locks, nothing else processes the commits of others. */
	AcceptInvalidationMessages();
	if (!is_current || roles.session_user != now.session_user ||
		roles.current_user != now.current_user || roles.is_owners != now.is_owners)
	{
		roles.current_user = InvalidOid;
		resolve_caller(&now);
	}
	if (is_default_account)
		strlcpy(caller.account_id, pca_account_id_setting, sizeof(caller.account_id));
	return caller.account_id[0] != '\0' ? &caller : NULL;
}

/*
 * Returns the caller.
 *
 * Throws AccessDeniedException for a role without an account, and if the caller
 * is ambiguous.
 */
const PcaCaller *
pca_caller_get(void)
{
	const PcaCaller *found = pca_caller_find();

	if (found == NULL)
		pca_error(ACCESS_DENIED,
				  errmsg("role \"%s\" does not act for an account", GetUserNameFromId(caller.role, false)),
				  errdetail("Neither the role nor one whose rights it inherits is registered for an account."),
				  errhint("A superuser registers it with pca_register_account(), or with pca_grant_access() for the superuser's own account."));
	return found;
}

/* Returns what pca_grant_access() needs to know about a role's account. */
PcaAccountState
pca_account_state(Oid role)
{
	PcaRows		rows = read_registrations();
	Registration found = {0};
	Finding		finding = find_registration(&rows, role, false, &found);

	if (finding == FOUND_DIFFERENT || found.account_id != NULL || (finding == FOUND_NONE && superuser_arg(role)))
		return PCA_ACCOUNT_SET;
	return finding == FOUND_INHERITED || found.is_taken_back ? PCA_ACCOUNT_REFUSED : PCA_ACCOUNT_NONE;
}

/* Reads the account of a role's own registration.  Returns NULL if it has none. */
char *
pca_account_of(Oid role)
{
	PcaRows		rows = read_registrations();

	for (uint64 row = 0; row < rows.count; row++)
		if (pca_rows_oid(&rows, row, 0) == role)
			return pca_rows_text(&rows, row, 1);
	return NULL;
}

/* Registers a role for an account.  NULL takes the registration back: it remains, for no account. */
void
pca_account_put(Oid role, const char *account_id)
{
	static PcaQuery put = {
		.sql = "INSERT INTO pca.account (role, account_id) VALUES ($1, $2)"
		" ON CONFLICT (role) DO UPDATE SET account_id = excluded.account_id"
	};
	static PcaQuery take_back = {
		.sql = "UPDATE pca.account SET account_id = NULL WHERE role OPERATOR(pg_catalog.=) $1"
	};

	if (account_id != NULL)
		pca_query_write(&put, PCA_VALUES(pca_role(role), pca_text(account_id)));
	else
		pca_query_write(&take_back, PCA_VALUES(pca_role(role)));
}

/*
 * Registers a role that was never registered for an account.  Returns false if
 * another session has registered it meanwhile.
 */
bool
pca_account_put_first(Oid role, const char *account_id)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.account (role, account_id) VALUES ($1, $2) ON CONFLICT (role) DO NOTHING"
	};

	return pca_query_write(&query, PCA_VALUES(pca_role(role), pca_text(account_id))).processed > 0;
}

/*
 * Registers the service that a role acts as.  NULL takes back this registration
 * and that of the account, because a role of the account itself could do more.
 */
void
pca_service_principal_put(Oid role, const char *principal)
{
	static PcaQuery put = {
		.sql = "INSERT INTO pca.service_principal (role, principal) VALUES ($1, $2)"
		" ON CONFLICT (role) DO UPDATE SET principal = excluded.principal"
	};
	static PcaQuery take_back = {
		.sql = "WITH service AS (DELETE FROM pca.service_principal WHERE role OPERATOR(pg_catalog.=) $1 RETURNING role)"
		" INSERT INTO pca.account (role) SELECT role FROM service ON CONFLICT (role) DO UPDATE SET account_id = NULL"
	};

	if (principal != NULL)
		pca_query_write(&put, PCA_VALUES(pca_role(role), pca_text(principal)));
	else
		pca_query_write(&take_back, PCA_VALUES(pca_role(role)));
}

/*
 * Removes the registrations of roles that no longer exist, because their OIDs may
 * be reused.  Returns false if there were none.
 */
bool
pca_registrations_expire(void)
{
	static PcaQuery find = {
		.sql = "SELECT role::pg_catalog.oid FROM pca.account"
		" WHERE role::pg_catalog.oid OPERATOR(pg_catalog.<>) ALL (SELECT oid FROM pg_catalog.pg_roles)"
		" UNION ALL SELECT role::pg_catalog.oid FROM pca.service_principal"
		" WHERE role::pg_catalog.oid OPERATOR(pg_catalog.<>) ALL (SELECT oid FROM pg_catalog.pg_roles)"
	};
	static PcaQuery remove = {
		.sql = "WITH service AS (DELETE FROM pca.service_principal WHERE role OPERATOR(pg_catalog.=) $1)"
		" DELETE FROM pca.account WHERE role OPERATOR(pg_catalog.=) $1"
	};
	PcaRows		rows = pca_query_read(&find, PCA_NO_VALUES);

	for (uint64 row = 0; row < rows.count; row++)
		pca_query_write(&remove, PCA_VALUES(pca_role(pca_rows_oid(&rows, row, 0))));
	return rows.count > 0;
}
