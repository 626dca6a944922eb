/*-------------------------------------------------------------------------
 *
 * fuzz_policy.c
 *	  Reads any text as a resource policy.  An accepted policy grants
 *	  accounts only actions that may be shared, with templates that may be
 *	  used.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "base_arn.h"
#include "rule_policy.h"
#include "rule_template.h"

#define AUTHORITY "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/" \
	"00000000-0000-4000-8000-000000000000"
#define OWNER "111122223333"

/* Another account cannot speak for the CA, or choose what its own CA may do. */
static void
check_template(const char *name)
{
	const PcaTemplate *template = pca_template_get_named(name);

	FUZZ_CHECK(!template->is_root && !(template->constraints.is_ca && template->key_usage == 0));
}

void
fuzz_define_settings(void)
{
	pca_arn_define_settings();
}

void
fuzz_one(PcaBytes input)
{
	char	   *text = fuzz_text(input);
	List	   *grants = NIL;
	ListCell   *cell;
	int			state;

	if (text == NULL || strlen(text) > (size_t) pca_shape_policy.max)
		return;
	state = FUZZ_CATCH(grants = pca_policy_parse(text, AUTHORITY, OWNER));
	FUZZ_CHECK(state == 0 || state == PCA_SQLSTATE_INVALID_POLICY || state == PCA_SQLSTATE_LOCKOUT_PREVENTED);
	if (state != 0)
		return;
	foreach(cell, grants)
	{
		const PcaPolicyGrant *grant = lfirst(cell);
		bool		is_issue = strcmp(grant->action, "IssueCertificate") == 0;

		FUZZ_CHECK(strlen(grant->account_id) == 12 && strspn(grant->account_id, "0123456789") == 12);
		FUZZ_CHECK(is_issue || strncmp(grant->action, "Get", 3) == 0 || strncmp(grant->action, "List", 4) == 0 ||
				   strcmp(grant->action, "DescribeCertificateAuthority") == 0 ||
				   strcmp(grant->action, "RevokeCertificate") == 0);
		FUZZ_CHECK(strstr(grant->action, "Csr") == NULL && strstr(grant->action, "Policy") == NULL);
		FUZZ_CHECK(is_issue == (grant->template_name[0] != '\0'));
		if (is_issue)
			check_template(grant->template_name);
	}
	pca_policy_warn(grants);
}
