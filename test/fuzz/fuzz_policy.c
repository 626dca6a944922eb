/*-------------------------------------------------------------------------
 *
 * fuzz_policy.c
 *	  Any text as a resource policy: what is accepted grants one account, or
 *	  nobody, one template that may be shared, and nothing that issues more.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include "rule_policy.h"

#define AUTHORITY "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/00000000-0000-4000-8000-000000000000"
#define OWNER "111122223333"

void
fuzz_one(PcaBytes input)
{
	char	   *text = fuzz_text(input);
	PcaPolicyGrant grant;
	int			state;

	if (text == NULL || strlen(text) > (size_t) pca_shape_policy.max)
		return;
	state = FUZZ_CATCH(pca_policy_parse(text, AUTHORITY, OWNER, &grant));
	FUZZ_CHECK(state == 0 || state == PCA_SQLSTATE_INVALID_POLICY || state == PCA_SQLSTATE_LOCKOUT_PREVENTED);
	if (state != 0)
		return;
	FUZZ_CHECK(grant.template_arn != NULL && strncmp(grant.template_arn, "arn:aws:acm-pca:::template/", 27) == 0);
	FUZZ_CHECK(strstr(grant.template_arn, "RootCA") == NULL && strstr(grant.template_arn, "BlankSubordinate") == NULL);
	FUZZ_CHECK(grant.account_id == NULL || (strlen(grant.account_id) == 12 && strspn(grant.account_id, "0123456789") == 12));
	if (grant.account_id == NULL)
	{
		FUZZ_CHECK(!pca_policy_allows(&grant, "444455556666", "IssueCertificate", grant.template_arn));
		return;
	}
	FUZZ_CHECK(pca_policy_allows(&grant, grant.account_id, "IssueCertificate", grant.template_arn));
	FUZZ_CHECK(!pca_policy_allows(&grant, grant.account_id, "IssueCertificate", "arn:aws:acm-pca:::template/RootCACertificate/V1"));
	FUZZ_CHECK(!pca_policy_allows(&grant, grant.account_id, "IssueCertificate", NULL));
	FUZZ_CHECK(pca_policy_allows(&grant, grant.account_id, "GetCertificate", NULL));
	FUZZ_CHECK(!pca_policy_allows(&grant, grant.account_id, "DeleteCertificateAuthority", NULL));
	FUZZ_CHECK(!pca_policy_allows(&grant, "999999999999", "GetCertificate", NULL) || strcmp(grant.account_id, "999999999999") == 0);
}
