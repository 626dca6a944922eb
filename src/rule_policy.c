/*-------------------------------------------------------------------------
 *
 * rule_policy.c
 *	  Resource policies.
 *
 * The service accepts one structure: a statement that allows the five reading
 * actions, one that allows IssueCertificate with one of six templates, both on
 * this authority and for the same principal, an account or "*" with an
 * organisation; and a third may allow RevokeCertificate.  Whatever else a
 * document says is refused, so that what is stored can be decided by four
 * values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "base_json.h"
#include "fmgr.h"
#include "rule_policy.h"
#include "rule_template.h"
#include "utils/builtins.h"

static const char *const reading_actions[] = {
	"acm-pca:DescribeCertificateAuthority", "acm-pca:GetCertificate", "acm-pca:GetCertificateAuthorityCertificate",
	"acm-pca:ListPermissions", "acm-pca:ListTags"
};
static const char *const issue_action[] = {"acm-pca:IssueCertificate"};
static const char *const revoke_action[] = {"acm-pca:RevokeCertificate"};

/* The templates that another account may issue with. */
static const char *const shared_templates[] = {
	"EndEntityCertificate/V1", "EndEntityClientAuthCertificate/V1", "EndEntityServerAuthCertificate/V1",
	"BlankEndEntityCertificate_APIPassthrough/V1", "BlankEndEntityCertificate_APICSRPassthrough/V1",
	"SubordinateCACertificate_PathLen0/V1"
};

/* What the statements of a document must agree on. */
typedef struct PolicyReader
{
	const char *authority_arn;
	const char *owner;
	PcaPolicyGrant *grant;
	char	   *organisation;	/* of the first statement for "*" */
	bool		has_principal;
	bool		has_reading;
	bool		has_issue;
} PolicyReader;

/* Throws InvalidPolicyException. */
static _Noreturn void
policy_error(int statement, const char *fault)
{
	pca_error(INVALID_POLICY,
			  errmsg("resource policy is invalid"),
			  statement < 0 ? errdetail("The document at policy is not accepted: %s.", fault)
			  : errdetail("The document at policy is not accepted: in Statement[%d], %s.", statement, fault),
			  errhint("A policy has two statements: one allows the five reading actions, the other IssueCertificate with a condition on acm-pca:TemplateArn."));
}

/* Is a member a text, or a list of one text?  Then that text, else NULL. */
static char *
find_single(const PcaJson *object, const char *name)
{
	PcaJson		member;
	PcaJson		element;

	if (!pca_json_find(object, name, &member))
		return NULL;
	if (member.type == jbvString)
		return pca_json_text(&member);
	if (!pca_json_is_array(&member) || pca_json_count(&member) != 1)
		return NULL;
	element = pca_json_element(&member, 0);
	return element.type == jbvString ? pca_json_text(&element) : NULL;
}

/* Is a member a text, or a list of texts, that are exactly these, in any order? */
static bool
is_set(const PcaJson *object, const char *name, const char *const *words, int count)
{
	char	   *single = find_single(object, name);
	PcaJson		member;
	int			found = 0;

	if (single != NULL)
		return count == 1 && strcmp(single, words[0]) == 0;
	if (!pca_json_find(object, name, &member) || !pca_json_is_array(&member) || pca_json_count(&member) != count)
		return false;
	for (int i = 0; i < count; i++)
		for (int j = 0; j < count; j++)
		{
			PcaJson		element = pca_json_element(&member, j);

			if (element.type == jbvString && strcmp(pca_json_text(&element), words[i]) == 0)
			{
				found++;
				break;
			}
		}
	return found == count;
}

static bool
has_only(const PcaJson *object, const char *const *names, int count)
{
	PcaJson		member;
	int			found = 0;

	for (int i = 0; i < count; i++)
		found += pca_json_find(object, names[i], &member);
	return found == pca_json_count(object);
}

static bool
is_account(const char *text)
{
	return strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

/* The principal of a statement: "*", or the account in {"AWS": ...}; NULL for another one. */
static char *
read_principal(const PcaJson *statement, const char *authority_arn)
{
	PcaJson		principal;
	char	   *name;
	char	   *root;

	if (!pca_json_find(statement, "Principal", &principal))
		return NULL;
	if (principal.type == jbvString)
		return strcmp(pca_json_text(&principal), "*") == 0 ? "*" : NULL;
	if (!pca_json_is_object(&principal) || pca_json_count(&principal) != 1)
		return NULL;
	name = find_single(&principal, "AWS");
	if (name == NULL || strcmp(name, "*") == 0 || is_account(name))
		return name;
	/* arn:<partition>:iam::<account>:root, of the authority's partition */
	root = name + strcspn(authority_arn + 4, ":") + 4;
	if (strlen(name) < (size_t) (root - name) || strncmp(name, authority_arn, root - name) != 0 ||
		strncmp(root, ":iam::", strlen(":iam::")) != 0 || strlen(root) != strlen(":iam::") + 12 + strlen(":root") ||
		strcmp(root + strlen(":iam::") + 12, ":root") != 0)
		return NULL;
	name = pnstrdup(root + strlen(":iam::"), 12);
	return is_account(name) ? name : NULL;
}

static void
take_principal(PolicyReader *reader, const PcaJson *statement, int i)
{
	char	   *principal = read_principal(statement, reader->authority_arn);
	char	   *account;

	if (principal == NULL)
		policy_error(i, "the principal is neither an account nor \"*\"");
	account = strcmp(principal, "*") == 0 ? NULL : principal;
	if (reader->has_principal &&
		((account == NULL) != (reader->grant->account_id == NULL) ||
		 (account != NULL && strcmp(account, reader->grant->account_id) != 0)))
		policy_error(i, "the principal is another one than in the first statement");
	reader->has_principal = true;
	reader->grant->account_id = account;
}

/* A statement that takes something away would, for everybody or the owner, lock the owner out. */
static void
check_effect(const PolicyReader *reader, const PcaJson *statement, int i)
{
	PcaJson		member;
	char	   *effect = pca_json_find(statement, "Effect", &member) && member.type == jbvString ? pca_json_text(&member) : NULL;
	char	   *principal = read_principal(statement, reader->authority_arn);

	if (effect == NULL || (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0))
		policy_error(i, "the effect is not Allow");
	if (strcmp(effect, "Allow") == 0)
		return;
	if (principal != NULL && (strcmp(principal, "*") == 0 || strcmp(principal, reader->owner) == 0))
		pca_error(LOCKOUT_PREVENTED,
				  errmsg("resource policy would lock out the owner of the certificate authority"),
				  errdetail("In Statement[%d] of the document at policy, the effect on account %s is Deny.", i, reader->owner),
				  errhint("Leave the statement out."));
	policy_error(i, "the effect is not Allow");
}

/* The template of the issuing statement's condition; NULL when it is none that may be shared. */
static char *
read_template(const PcaJson *equals, const char *authority_arn)
{
	char	   *arn = find_single(equals, "acm-pca:TemplateArn");
	int			partition = strcspn(authority_arn + 4, ":");

	for (size_t i = 0; arn != NULL && i < lengthof(shared_templates); i++)
		if (strcmp(arn, psprintf("arn:%.*s:acm-pca:::template/%s", partition, authority_arn + 4, shared_templates[i])) == 0)
			return arn;
	return NULL;
}

static void
take_organisation(PolicyReader *reader, const PcaJson *equals, int i)
{
	char	   *organisation = find_single(equals, "aws:PrincipalOrgID");

	if (organisation == NULL)
		policy_error(i, "the condition on aws:PrincipalOrgID is missing");
	if (reader->organisation != NULL && strcmp(reader->organisation, organisation) != 0)
		policy_error(i, "the organisation is another one than in the first statement");
	reader->organisation = organisation;
}

/*
 * The condition of a statement: for "*" an organisation, and perhaps that it
 * is not the owner; for issuing a template.
 */
static void
take_condition(PolicyReader *reader, const PcaJson *statement, bool is_issue, int i)
{
	static const char *const operators[] = {"StringEquals", "StringNotEquals"};
	static const char *const keys[] = {"aws:PrincipalOrgID", "acm-pca:TemplateArn"};
	bool		is_organisation = reader->grant->account_id == NULL;
	PcaJson		condition;
	PcaJson		equals;
	PcaJson		differs;

	if (!pca_json_find(statement, "Condition", &condition))
	{
		if (is_issue)
			policy_error(i, "the condition on acm-pca:TemplateArn is missing");
		if (is_organisation)
			policy_error(i, "the condition on aws:PrincipalOrgID is missing");
		return;
	}
	if (!is_issue && !is_organisation)
		policy_error(i, "a condition cannot be set here");
	if (!pca_json_is_object(&condition) || !has_only(&condition, operators, is_organisation ? 2 : 1) ||
		!pca_json_find(&condition, "StringEquals", &equals) || !pca_json_is_object(&equals) ||
		!has_only(&equals, is_organisation ? keys : keys + 1, (is_organisation ? 1 : 0) + (is_issue ? 1 : 0)))
		policy_error(i, "the condition is not one that may be set here");
	if (is_organisation)
		take_organisation(reader, &equals, i);
	if (pca_json_find(&condition, "StringNotEquals", &differs) &&
		(!pca_json_is_object(&differs) || pca_json_count(&differs) != 1 ||
		 !is_set(&differs, "aws:PrincipalAccount", &reader->owner, 1)))
		policy_error(i, "the condition StringNotEquals is not on aws:PrincipalAccount and the owner");
	if (!is_issue)
		return;
	reader->grant->template_arn = read_template(&equals, reader->authority_arn);
	if (reader->grant->template_arn == NULL)
		policy_error(i, "acm-pca:TemplateArn is not a template that other accounts may use");
}

/* Is a member a text, if it is there? */
static bool
is_text(const PcaJson *object, const char *name)
{
	PcaJson		member;

	return !pca_json_find(object, name, &member) || member.type == jbvString;
}

static void
take_statement(PolicyReader *reader, const PcaJson *statement, int i)
{
	static const char *const members[] = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"};
	bool	   *is_there;
	bool		is_issue;

	if (!pca_json_is_object(statement) || !has_only(statement, members, lengthof(members)) || !is_text(statement, "Sid"))
		policy_error(i, "there are other members than Sid, Effect, Principal, Action, Resource and Condition");
	check_effect(reader, statement, i);
	take_principal(reader, statement, i);
	if (!is_set(statement, "Resource", &reader->authority_arn, 1))
		policy_error(i, "the resource is not this certificate authority");
	is_issue = is_set(statement, "Action", issue_action, 1);
	if (is_issue)
		is_there = &reader->has_issue;
	else if (is_set(statement, "Action", reading_actions, lengthof(reading_actions)))
		is_there = &reader->has_reading;
	else if (is_set(statement, "Action", revoke_action, 1))
		is_there = &reader->grant->allows_revocation;
	else
		policy_error(i, "the actions are not those of a statement that may be made here");
	if (*is_there)
		policy_error(i, "the actions are those of another statement");
	*is_there = true;
	take_condition(reader, statement, is_issue, i);
}

/* A text that is no JSON is an invalid policy, not an internal error. */
static void
at_json_error(void *arg)
{
	if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION && geterrcode() != ERRCODE_STATEMENT_TOO_COMPLEX)
		return;
	errcode(PCA_SQLSTATE_INVALID_POLICY);
	errhint("The value at policy must be a JSON document.");
}

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
 * Throws InvalidPolicyException for what the service does not accept, and
 * LockoutPreventedException for what would deny the owner something.
 */
void
pca_policy_parse(const char *document, const char *authority_arn, const char *owner, PcaPolicyGrant *grant)
{
	static const char *const members[] = {"Version", "Id", "Statement"};
	PolicyReader reader = {.authority_arn = authority_arn, .owner = owner, .grant = grant};
	bool		has_duplicates;
	PcaJson		root = pca_json_root(parse_json(document, &has_duplicates));
	PcaJson		statements;
	char	   *version;

	memset(grant, 0, sizeof(*grant));
	if (has_duplicates)
		policy_error(-1, "a member is there twice");
	if (!pca_json_is_object(&root) || !has_only(&root, members, lengthof(members)) ||
		!pca_json_find(&root, "Statement", &statements) || !pca_json_is_array(&statements))
		policy_error(-1, "it is not an object with Version, Id and a list Statement");
	version = is_text(&root, "Version") ? pca_json_find_text(&root, "Version") : "";
	if (!is_text(&root, "Id") || (version != NULL && strcmp(version, "2012-10-17") != 0 && strcmp(version, "2008-10-17") != 0))
		policy_error(-1, "its Version is neither 2012-10-17 nor 2008-10-17, or its Id is no text");
	for (int i = 0; i < pca_json_count(&statements); i++)
	{
		PcaJson		statement = pca_json_element(&statements, i);

		take_statement(&reader, &statement, i);
	}
	if (!reader.has_reading)
		policy_error(-1, "the statement for the five reading actions is missing");
	if (!reader.has_issue)
		policy_error(-1, "the statement for IssueCertificate is missing");
}

/* Warns of a template by which the other account says itself what its certificates are for. */
void
pca_policy_warn(const PcaPolicyGrant *grant, const char *authority_arn)
{
	const PcaTemplate *template = pca_template_get(grant->template_arn, authority_arn);

	if (template->key_usage != 0 && template->extended_key_usage_count > 0)
		return;
	if (!template->passes_api && !template->passes_csr)
		return;
	ereport(WARNING,
			errcode(ERRCODE_WARNING),
			errmsg("policy lets another account choose the usages and extensions of its certificates"),
			errdetail("Template %s passes through what the caller gives: code signing, for example, and extensions that nothing here knows.",
					  template->name),
			errhint("Name an EndEntity template in the policy, if that is enough. OCSPSigning and cRLSign are refused while pca.allow_foreign_status_signers is off."));
}

static bool
is_reading_action(const char *action)
{
	for (size_t i = 0; i < lengthof(reading_actions); i++)
		if (strcmp(reading_actions[i] + strlen("acm-pca:"), action) == 0)
			return true;
	return false;
}

/*
 * Does a policy allow an account the action?
 *
 * template_arn: of IssueCertificate, else NULL.  Who belongs to an organisation
 * is not known here, so that a policy for one allows nobody anything.
 */
bool
pca_policy_allows(const PcaPolicyGrant *grant, const char *account_id, const char *action, const char *template_arn)
{
	if (grant->account_id == NULL || strcmp(grant->account_id, account_id) != 0)
		return false;
	if (strcmp(action, "IssueCertificate") == 0)
		return template_arn != NULL && strcmp(grant->template_arn, template_arn) == 0;
	if (strcmp(action, "RevokeCertificate") == 0)
		return grant->allows_revocation;
	return is_reading_action(action);
}
