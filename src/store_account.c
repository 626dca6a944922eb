/*-------------------------------------------------------------------------
 *
 * store_account.c
 *	  Who a database role is to the CA.
 *
 * A role acts for an account by a registration only: its own, else that of a
 * role whose rights it inherits.  A registration is of an account, or of a
 * service for an account; the two are looked up together, so that nobody is
 * the one by one role and the other by another.  Without any a role has no
 * account, but for superusers, which have pca.account_id.
 *
 * A registration that was taken back stays as one for no account.  Without it
 * the role would act for whatever it is a member of, or may set its role to:
 * taking a registration back would give rights.
 *
 * Whose registration counts is said at find_acting_role().  The answer is kept
 * until a registration, a role, a membership or who calls changes.
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

/* What the answer depends on besides the tables. */
typedef struct Roles
{
	Oid			session_user;
	Oid			current_user;
	bool		is_owners;		/* the current user owns the function or object whose code runs */
} Roles;

/* What a role is registered for. */
typedef struct Registration
{
	const char *account_id;		/* NULL: none, see is_taken_back */
	const char *service_principal;	/* NULL: a role of the account's own */
	bool		is_taken_back;
} Registration;

typedef enum Finding
{
	FOUND_NONE,
	FOUND_OWN,
	FOUND_INHERITED,
	FOUND_DIFFERENT				/* it inherits two that are not the same */
} Finding;

static PcaCaller caller;
static Roles roles;				/* whose answer that is */
static bool is_current;
static bool is_default_account; /* pca.account_id, which may change at any time */
static Oid	account_table;
static Oid	service_principal_table;

static void
at_relation_change(Datum arg, Oid relation)
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
watch(void)
{
	static bool is_watching = false;

	if (is_watching)
		return;
	CacheRegisterRelcacheCallback(at_relation_change, (Datum) 0);
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

/* Has a role the rights of a registered one?  A superuser has everybody's, and counts as a member where it was made one. */
static bool
inherits(Oid role, Oid registered)
{
	return superuser_arg(role) ? is_member_of_role_nosuper(role, registered) : has_privs_of_role(role, registered);
}

/*
 * Finds the registration that counts for a role: its own, else the one that it
 * inherits.  That two which it inherits differ is an error only for who must_be_one.
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

		if (!inherits(role, pca_rows_oid(rows, row, 0)))
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
 * Finds the role that acts, and its registration; the result says whether it has any.
 *
 * A session's user that is registered stays who it is, whatever it sets its
 * role to.  One that is not, as a pooler's login or a superuser, is the role
 * that it set.  In a SECURITY DEFINER function, and in what PostgreSQL runs as
 * an object's owner, it is that owner; but not where the session's user is a
 * member of the owner: it could have made the function after SET ROLE.
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
resolve(const Roles *now)
{
	PcaRows		rows;
	Registration found = {0};
	bool		is_registered;

	watch();
	account_table = get_relname_relid("account", get_namespace_oid("pca", false));
	service_principal_table = get_relname_relid("service_principal", get_namespace_oid("pca", false));
	is_current = true;			/* a change from here on makes it false */
	rows = read_registrations();
	is_registered = find_acting_role(&rows, now, &caller.role, &found);
	is_default_account = !is_registered && superuser_arg(caller.role);
	strlcpy(caller.account_id, found.account_id != NULL ? found.account_id : "", sizeof(caller.account_id));
	strlcpy(caller.service_principal, found.service_principal != NULL ? found.service_principal : "",
			sizeof(caller.service_principal));
	roles = *now;				/* not before all is well */
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
 * Finds who calls; NULL for a role without an account.
 *
 * Throws AccessDeniedException when that is ambiguous.
 */
const PcaCaller *
pca_caller_find(void)
{
	Roles		now = roles_in_force();

	/* In a transaction that has locked all it needs nothing else looks for what others committed. */
	AcceptInvalidationMessages();
	if (!is_current || roles.session_user != now.session_user ||
		roles.current_user != now.current_user || roles.is_owners != now.is_owners)
	{
		roles.current_user = InvalidOid;
		resolve(&now);
	}
	if (is_default_account)
		strlcpy(caller.account_id, pca_account_id_setting, sizeof(caller.account_id));
	return caller.account_id[0] != '\0' ? &caller : NULL;
}

/*
 * Says who calls.
 *
 * Throws AccessDeniedException for a role without an account, and when it is
 * ambiguous.
 */
const PcaCaller *
pca_caller_get(void)
{
	const PcaCaller *found = pca_caller_find();

	if (found == NULL)
		pca_error(ACCESS_DENIED,
				  errmsg("role \"%s\" acts for no account", GetUserNameFromId(caller.role, false)),
				  errdetail("Neither the role nor one whose rights it inherits is registered for an account."),
				  errhint("A superuser registers it with pca_register_account(), or with pca_grant_access() for the superuser's own account."));
	return found;
}

/* Says what pca_grant_access() has to know of the account of a role. */
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

/* Reads the account of a role's own registration; NULL when there is none. */
char *
pca_account_of(Oid role)
{
	PcaRows		rows = read_registrations();

	for (uint64 row = 0; row < rows.count; row++)
		if (pca_rows_oid(&rows, row, 0) == role)
			return pca_rows_text(&rows, row, 1);
	return NULL;
}

/* Registers a role for an account; NULL takes the registration back, which leaves it one for no account. */
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

/* Registers a role that never was for an account; false when another session has done so meanwhile. */
bool
pca_account_put_first(Oid role, const char *account_id)
{
	static PcaQuery query = {
		.sql = "INSERT INTO pca.account (role, account_id) VALUES ($1, $2) ON CONFLICT (role) DO NOTHING"
	};

	return pca_query_write(&query, PCA_VALUES(pca_role(role), pca_text(account_id))).processed > 0;
}

/*
 * Registers the service that a role is; NULL takes the registration back, and
 * with it that of the account: as a role of the account's own it could do more.
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

/* Removes the registrations of roles that no longer exist: their numbers may be given to others one day. False: none. */
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
