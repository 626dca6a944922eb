/*-------------------------------------------------------------------------
 *
 * store_account.c
 *	  Who a database role is to the CA.
 *
 * A role acts for the account that is registered for it, else for a role that
 * it is a member of, else for pca.account_id; the same goes for the service
 * principal that it may be.  The role is the one whose rights are in force,
 * so that a SECURITY DEFINER function acts as its owner.
 *
 * The answer for the current role is kept until a registration, a role or a
 * membership changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "base_error.h"
#include "catalog/namespace.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "store_account.h"
#include "store_query.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static PcaCaller caller;
static bool is_current;
static bool is_default_account;	/* pca.account_id, which may change at any time */
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
	is_watching = true;
}

/*
 * The registration that counts for a role, of rows of a role and a text: its
 * own, else that of the roles it is a member of, which must not contradict one
 * another.  A superuser is a member of those only that were granted to it.
 */
static const char *
find_registration(const PcaRows *rows, Oid role)
{
	const char *found = NULL;

	for (uint64 row = 0; row < rows->count; row++)
		if (DatumGetObjectId(pca_rows_datum(rows, row, 0)) == role)
			return pca_rows_text(rows, row, 1);
	for (uint64 row = 0; row < rows->count; row++)
	{
		const char *value = pca_rows_text(rows, row, 1);

		if (!is_member_of_role_nosuper(role, DatumGetObjectId(pca_rows_datum(rows, row, 0))))
			continue;
		if (found != NULL && strcmp(found, value) != 0)
			pca_error(ACCESS_DENIED,
					  errmsg("role \"%s\" acts for more than one account or service", GetUserNameFromId(role, false)),
					  errdetail("It is a member of roles that are registered for %s and for %s.", found, value),
					  errhint("Register the role itself, or revoke one of the memberships."));
		found = value;
	}
	return found;
}

static PcaRows
read_registrations(PcaQuery *query)
{
	PcaArguments arguments = {0};

	return pca_query_read(query, &arguments);
}

static void
resolve(Oid role)
{
	static PcaQuery accounts = {"SELECT role::pg_catalog.oid, account_id FROM pca.account", {InvalidOid}, NULL};
	static PcaQuery services = {"SELECT role::pg_catalog.oid, principal FROM pca.service_principal", {InvalidOid}, NULL};
	PcaRows		rows;
	const char *account;
	const char *service;

	watch();
	account_table = get_relname_relid("account", get_namespace_oid("pca", false));
	service_principal_table = get_relname_relid("service_principal", get_namespace_oid("pca", false));
	is_current = true;			/* a change from here on makes it false */
	rows = read_registrations(&accounts);
	account = find_registration(&rows, role);
	rows = read_registrations(&services);
	service = find_registration(&rows, role);
	is_default_account = account == NULL;
	strlcpy(caller.account_id, account != NULL ? account : "", sizeof(caller.account_id));
	strlcpy(caller.service_principal, service != NULL ? service : "", sizeof(caller.service_principal));
	caller.role = role;
}

/* Who calls.  Throws AccessDeniedException when that is ambiguous. */
const PcaCaller *
pca_caller_get(void)
{
	Oid			role = GetUserId();

	/* In a transaction that has locked all it needs nothing else looks for what others committed. */
	AcceptInvalidationMessages();
	if (!is_current || caller.role != role)
	{
		caller.role = InvalidOid;
		resolve(role);
	}
	if (is_default_account)
		strlcpy(caller.account_id, pca_account_id_setting, sizeof(caller.account_id));
	return &caller;
}

static void
put(PcaQuery *insert, PcaQuery *delete, Oid role, const char *value)
{
	PcaArguments arguments = {0};

	pca_argument_add(&arguments, ObjectIdGetDatum(role));
	if (value != NULL)
		pca_argument_add_text(&arguments, value);
	pca_query_write(value != NULL ? insert : delete, &arguments);
}

/* Registers the account of a role; NULL takes the registration back. */
void
pca_account_put(Oid role, const char *account_id)
{
	static PcaQuery insert = {
		"INSERT INTO pca.account (role, account_id) VALUES ($1, $2)"
		" ON CONFLICT (role) DO UPDATE SET account_id = excluded.account_id",
		{REGROLEOID, TEXTOID, InvalidOid}, NULL
	};
	static PcaQuery delete = {
		"DELETE FROM pca.account WHERE role OPERATOR(pg_catalog.=) $1", {REGROLEOID, InvalidOid}, NULL
	};

	put(&insert, &delete, role, account_id);
}

/* Registers the service that a role is; NULL takes the registration back. */
void
pca_service_principal_put(Oid role, const char *principal)
{
	static PcaQuery insert = {
		"INSERT INTO pca.service_principal (role, principal) VALUES ($1, $2)"
		" ON CONFLICT (role) DO UPDATE SET principal = excluded.principal",
		{REGROLEOID, TEXTOID, InvalidOid}, NULL
	};
	static PcaQuery delete = {
		"DELETE FROM pca.service_principal WHERE role OPERATOR(pg_catalog.=) $1", {REGROLEOID, InvalidOid}, NULL
	};

	put(&insert, &delete, role, principal);
}

/* Removes the registrations of roles that no longer exist: their numbers may be given to others one day. False: none. */
bool
pca_registrations_expire(void)
{
	static PcaQuery find = {
		"SELECT role FROM pca.account WHERE role::pg_catalog.oid OPERATOR(pg_catalog.<>) ALL (SELECT oid FROM pg_catalog.pg_roles)"
		" UNION ALL"
		" SELECT role FROM pca.service_principal WHERE role::pg_catalog.oid OPERATOR(pg_catalog.<>) ALL (SELECT oid FROM pg_catalog.pg_roles)",
		{InvalidOid}, NULL
	};
	PcaArguments arguments = {0};
	PcaRows		rows = pca_query_read(&find, &arguments);

	for (uint64 row = 0; row < rows.count; row++)
	{
		pca_account_put(DatumGetObjectId(pca_rows_datum(&rows, row, 0)), NULL);
		pca_service_principal_put(DatumGetObjectId(pca_rows_datum(&rows, row, 0)), NULL);
	}
	return rows.count > 0;
}
