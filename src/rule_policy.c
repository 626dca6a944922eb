/*-------------------------------------------------------------------------
 *
 * rule_policy.c
 *	  Reads resource policies.
 *
 * A statement allows accounts, or all accounts of an organization, some of seven
 * actions on this authority.  It has the structures that PutPolicy prescribes, or
 * those that the resource-sharing service makes.  A document with anything else
 * is refused, so that its meaning is a set of rows of account, action and
 * template.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "base_error.h"
#include "base_json.h"
#include "fmgr.h"
#include "rule_policy.h"
#include "rule_template.h"
#include "utils/builtins.h"

#define SERVICE "acm-pca:"
#define ISSUE "IssueCertificate"

/* The actions that other accounts may be allowed */
static const char *const shared_actions[] = {
	"DescribeCertificateAuthority", "GetCertificate", "GetCertificateAuthorityCertificate", "ListPermissions",
	"ListTags", ISSUE, "RevokeCertificate"
};

/* The templates that another account may use; the first is the one that needs no condition. */
static const char *const shared_templates[] = {
	"EndEntityCertificate/V1", "EndEntityClientAuthCertificate/V1", "EndEntityServerAuthCertificate/V1",
	"BlankEndEntityCertificate_APIPassthrough/V1", "BlankEndEntityCertificate_APICSRPassthrough/V1",
	"SubordinateCACertificate_PathLen0/V1"
};

/* A statement, as far as it has been read */
typedef struct Statement
{
	PcaJson		json;
	int			number;
	const char *authority_arn;
	const char *owner;
	bool		is_for_organization;
	List	   *accounts;		/* texts, as in the next two */
	List	   *actions;
	List	   *templates;		/* of the condition */
} Statement;

/* Throws InvalidPolicyException.  statement: NULL for a fault of the whole document. */
static _Noreturn void
policy_error(const Statement *statement, const char *fault)
{
	pca_error(INVALID_POLICY,
			  errmsg("invalid resource policy"),
			  statement == NULL ? errdetail("The document at policy is not accepted: %s.", fault)
			  : errdetail("The document at policy is not accepted: in Statement[%d], %s.", statement->number, fault),
			  errhint("Each statement allows accounts some of the seven actions that can be shared; IssueCertificate can have a condition on acm-pca:TemplateArn."));
}

/* Returns the texts of a member that is a text or a list of texts; NIL if it is neither, or empty. */
static List *
read_texts(const PcaJson *object, const char *name)
{
	PcaJson		member;
	List	   *texts = NIL;

	if (!pca_json_find(object, name, &member))
		return NIL;
	if (member.type == jbvString)
		return list_make1(pca_json_text(&member));
	if (!pca_json_is_array(&member))
		return NIL;
	for (int i = 0; i < pca_json_count(&member); i++)
	{
		PcaJson		element = pca_json_element(&member, i);

		if (element.type != jbvString)
			return NIL;
		texts = lappend(texts, pca_json_text(&element));
	}
	return texts;
}

/* Tells whether a list consists of this text only. */
static bool
is_alone(const List *texts, const char *text)
{
	return list_length(texts) == 1 && strcmp(linitial(texts), text) == 0;
}

/* Tells whether an object has no members other than these. */
static bool
has_only(const PcaJson *object, const char *const *names, int count)
{
	PcaJson		member;
	int			found = 0;

	for (int i = 0; i < count; i++)
		found += pca_json_find(object, names[i], &member);
	return found == pca_json_count(object);
}

/*
 * Adds a text to a list unless it is already there, so that a repetitive
 * document does not multiply what is stored.  Returns false if it is not one of
 * the words.
 */
static bool
add_word(List **list, const char *text, const char *const *words, int count)
{
	ListCell   *cell;

	foreach(cell, *list)
		if (strcmp(lfirst(cell), text) == 0)
			return true;
	for (int i = 0; i < count; i++)
		if (strcmp(text, words[i]) == 0)
		{
			*list = lappend(*list, pstrdup(text));
			return true;
		}
	return false;
}

/* Returns the principals of a statement: "*", or those in {"AWS": ...}; NIL for others. */
static List *
read_principals(const PcaJson *statement)
{
	PcaJson		principal;

	if (!pca_json_find(statement, "Principal", &principal))
		return NIL;
	if (principal.type == jbvString)
		return strcmp(pca_json_text(&principal), "*") == 0 ? list_make1("*") : NIL;
	if (!pca_json_is_object(&principal) || pca_json_count(&principal) != 1)
		return NIL;
	return read_texts(&principal, "AWS");
}

/* Reads the principals of a statement. */
static void
take_principals(Statement *statement)
{
	List	   *principals = read_principals(&statement->json);
	ListCell   *cell;

	statement->is_for_organization = is_alone(principals, "*");
	if (statement->is_for_organization)
		return;
	foreach(cell, principals)
	{
		char	   *account = pca_arn_find_account(lfirst(cell), statement->authority_arn);

		if (account == NULL)
			policy_error(statement, "a principal is neither an account nor \"*\" alone");
		statement->accounts = lappend(statement->accounts, account);
	}
	if (principals == NIL)
		policy_error(statement, "the principal is neither an account nor \"*\"");
}

/*
 * Checks that the effect is Allow.  A statement that denies something to the
 * owner, or to all accounts, would lock the owner out.
 */
static void
check_effect(const Statement *statement)
{
	List	   *effects = read_texts(&statement->json, "Effect");
	ListCell   *cell;
	PcaJson		member;

	if (!pca_json_find(&statement->json, "Effect", &member) || member.type != jbvString ||
		(!is_alone(effects, "Allow") && !is_alone(effects, "Deny")))
		policy_error(statement, "the effect is not Allow");
	if (is_alone(effects, "Allow"))
		return;
	foreach(cell, read_principals(&statement->json))
	{
		char	   *account = pca_arn_find_account(lfirst(cell), statement->authority_arn);

		if (strcmp(lfirst(cell), "*") == 0 || (account != NULL && strcmp(account, statement->owner) == 0))
			pca_error(LOCKOUT_PREVENTED,
					  errmsg("resource policy would lock out the owner of the certificate authority"),
					  errdetail("In Statement[%d] of the document at policy, the effect on account %s is Deny.",
								statement->number, statement->owner),
					  errhint("Leave the statement out."));
	}
	policy_error(statement, "the effect is not Allow");
}

/* Reads the actions of a statement. */
static void
take_actions(Statement *statement)
{
	List	   *actions = read_texts(&statement->json, "Action");
	ListCell   *cell;

	foreach(cell, actions)
	{
		char	   *action = lfirst(cell);

		if (strncmp(action, SERVICE, strlen(SERVICE)) != 0 ||
			!add_word(&statement->actions, action + strlen(SERVICE), shared_actions, lengthof(shared_actions)))
			policy_error(statement, "an action is not one that other accounts can be allowed");
	}
	if (actions == NIL)
		policy_error(statement, "the actions are neither a string nor a list of strings");
}

/*
 * Reads a condition on templates.  It must not be combined with other actions,
 * which it would unexpectedly restrict, too.
 */
static void
take_templates(Statement *statement, const PcaJson *equals)
{
	List	   *arns = read_texts(equals, "acm-pca:TemplateArn");
	ListCell   *cell;

	if (!is_alone(statement->actions, ISSUE))
		policy_error(statement, "the condition on acm-pca:TemplateArn applies to actions other than IssueCertificate");
	foreach(cell, arns)
	{
		PcaArn		arn;

		if (!pca_arn_parse(lfirst(cell), &arn) || !pca_arn_is_template(&arn, statement->authority_arn) ||
			!add_word(&statement->templates, arn.template_name, shared_templates, lengthof(shared_templates)))
			policy_error(statement, "acm-pca:TemplateArn is not a template that other accounts may use");
	}
	if (arns == NIL)
		policy_error(statement, "acm-pca:TemplateArn is neither a string nor a list of strings");
}

/*
 * Reads the condition of a statement.  For an organization, it must be on that
 * organization, and may exclude the owner.  For issuing, it may list the
 * templates.
 */
static void
take_condition(Statement *statement)
{
	static const char *const operators[] = {"StringEquals", "StringNotEquals"};
	static const char *const keys[] = {"acm-pca:TemplateArn", "aws:PrincipalOrgID"};
	int			allowed = statement->is_for_organization ? 2 : 1;
	PcaJson		condition;
	PcaJson		equals;
	PcaJson		member;

	if (!pca_json_find(&statement->json, "Condition", &condition))
	{
		if (statement->is_for_organization)
			policy_error(statement, "the condition on aws:PrincipalOrgID is missing");
		return;
	}
	if (!pca_json_is_object(&condition) || !has_only(&condition, operators, allowed) ||
		!pca_json_find(&condition, "StringEquals", &equals) || !pca_json_is_object(&equals) ||
		pca_json_count(&equals) == 0 || !has_only(&equals, keys, allowed))
		policy_error(statement, "the condition is not supported");
	if (statement->is_for_organization && list_length(read_texts(&equals, "aws:PrincipalOrgID")) != 1)
		policy_error(statement, "the condition on aws:PrincipalOrgID is missing");
	if (pca_json_find(&condition, "StringNotEquals", &member) &&
		(!pca_json_is_object(&member) || pca_json_count(&member) != 1 ||
		 !is_alone(read_texts(&member, "aws:PrincipalAccount"), statement->owner)))
		policy_error(statement, "the condition StringNotEquals does not compare aws:PrincipalAccount with the owner");
	if (pca_json_find(&equals, "acm-pca:TemplateArn", &member))
		take_templates(statement, &equals);
}

/*
 * Adds what a statement allows each of its accounts.
 *
 * IssueCertificate without a condition is the default permission of the
 * resource-sharing service: only the template of a call that does not give one.
 */
static List *
add_grants(List *grants, const Statement *statement)
{
	List	   *no_template = list_make1(pstrdup(""));
	List	   *default_template = list_make1(pstrdup(shared_templates[0]));
	ListCell   *account;
	ListCell   *action;
	ListCell   *template;

	foreach(account, statement->accounts)
		foreach(action, statement->actions)
	{
		bool		is_issue = strcmp(lfirst(action), ISSUE) == 0;
		List	   *templates = !is_issue ? no_template
			: statement->templates != NIL ? statement->templates : default_template;

		foreach(template, templates)
		{
			PcaPolicyGrant *grant = palloc(sizeof(PcaPolicyGrant));

			*grant = (PcaPolicyGrant) {lfirst(account), lfirst(action), lfirst(template)};
			grants = lappend(grants, grant);
		}
	}
	return grants;
}

/* Tells whether a member is a text or absent. */
static bool
is_policy_text_or_absent(const PcaJson *object, const char *name)
{
	PcaJson		member;

	return !pca_json_find(object, name, &member) || member.type == jbvString;
}

/* Reads a statement.  Throws InvalidPolicyException or LockoutPreventedException. */
static void
take_statement(Statement *statement)
{
	static const char *const members[] = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"};

	if (!pca_json_is_object(&statement->json) || !has_only(&statement->json, members, lengthof(members)) ||
		!is_policy_text_or_absent(&statement->json, "Sid"))
		policy_error(statement, "there are members other than Sid, Effect, Principal, Action, Resource and Condition");
	check_effect(statement);
	take_principals(statement);
	if (!is_alone(read_texts(&statement->json, "Resource"), statement->authority_arn))
		policy_error(statement, "the resource is not this certificate authority");
	take_actions(statement);
	take_condition(statement);
}

/*
 * Turns the error for a text that is not JSON into InvalidPolicyException,
 * because it is not an internal error.
 */
static void
at_json_error(void *arg)
{
	if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION && geterrcode() != ERRCODE_STATEMENT_TOO_COMPLEX)
		return;
	errcode(PCA_SQLSTATE_INVALID_POLICY);
	errhint("The value at policy must be a JSON document.");
}

/* Parses a document, and tells whether a member appears more than once in an object of it. */
static Jsonb *
parse_json(const char *document, bool *has_duplicates)
{
	ErrorContextCallback callback = {error_context_stack, at_json_error, NULL};
	Jsonb	   *result;

	error_context_stack = &callback;
	result = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(document)));
	*has_duplicates = pca_json_has_duplicates(document);
	error_context_stack = callback.previous;
	return result;
}

/*
 * Reads a document that is to become an authority's policy.
 *
 * Returns what it allows other accounts, a list of PcaPolicyGrant.  The members
 * of an organization are not known here, so a statement for an organization
 * allows nothing to any account.
 *
 * owner: the ID of the authority's account.  Throws InvalidPolicyException for a
 * document that is not accepted, and LockoutPreventedException for one that
 * would deny the owner something.
 */
List *
pca_policy_parse(const char *document, const char *authority_arn, const char *owner)
{
	static const char *const members[] = {"Version", "Id", "Statement"};
	bool		has_duplicates;
	PcaJson		root = pca_json_root(parse_json(document, &has_duplicates));
	PcaJson		statements;
	char	   *version;
	List	   *grants = NIL;

	if (has_duplicates)
		policy_error(NULL, "a member appears more than once");
	if (!pca_json_is_object(&root) || !has_only(&root, members, lengthof(members)) ||
		!pca_json_find(&root, "Statement", &statements) || !pca_json_is_array(&statements) ||
		pca_json_count(&statements) == 0)
		policy_error(NULL, "it is not an object with Version, Id and a list of at least one Statement");
	version = is_policy_text_or_absent(&root, "Version") ? pca_json_find_text(&root, "Version") : "";
	if (!is_policy_text_or_absent(&root, "Id") || (version != NULL && strcmp(version, "2012-10-17") != 0 && strcmp(version, "2008-10-17") != 0))
		policy_error(NULL, "its Version is neither 2012-10-17 nor 2008-10-17, or its Id is not a string");
	for (int i = 0; i < pca_json_count(&statements); i++)
	{
		Statement	statement = {
			.json = pca_json_element(&statements, i),
			.number = i,
			.authority_arn = authority_arn,
			.owner = owner
		};

		take_statement(&statement);
		grants = add_grants(grants, &statement);
	}
	return grants;
}

/*
 * Warns of a template with which another account itself chooses the purposes of
 * its certificates.
 *
 * grants: a list of PcaPolicyGrant.
 */
void
pca_policy_warn(const List *grants)
{
	const PcaTemplate *template;
	ListCell   *cell;

	foreach(cell, grants)
	{
		const PcaPolicyGrant *grant = lfirst(cell);

		if (strcmp(grant->action, ISSUE) != 0)
			continue;
		template = pca_template_get_named(grant->template_name);
		if ((template->key_usage != 0 && template->purposes != 0) ||
			(!template->passes_api && !template->passes_csr))
			continue;
		ereport(WARNING,
				errcode(ERRCODE_WARNING),
				errmsg("policy lets another account choose the usages and extensions of its certificates"),
				errdetail("Template %s passes through what the caller specifies: for example code signing, and extensions that are unknown to this service.",
						  template->name),
				errhint("Name an EndEntity template in the policy, if that is enough. OCSPSigning and cRLSign are refused while pca.allow_foreign_status_signers is off."));
		return;
	}
}
