/*-------------------------------------------------------------------------
 *
 * rule_template.c
 *	  The certificate templates of AWS Private CA, a row each.
 *
 * Every certificate made with a template has what the template defines, whatever
 * is passed through.  The CSR provides the public key and, unless ApiPassthrough
 * does, the subject and its alternative names.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "rule_template.h"

#define END_ENTITY .constraints = {.is_ca = false, .path_length = PCA_NO_PATH_LENGTH}
#define CA(length) .is_basic_constraints_critical = true, .constraints = {.is_ca = true, .path_length = (length)}
#define ROOT(length) .is_root = true, CA(length)
#define TLS_KEYS .key_usage = PCA_KU_DIGITAL_SIGNATURE | PCA_KU_KEY_ENCIPHERMENT
#define SIGNING_KEYS .key_usage = PCA_KU_DIGITAL_SIGNATURE
#define CA_KEYS .key_usage = PCA_KU_DIGITAL_SIGNATURE | PCA_KU_KEY_CERT_SIGN | PCA_KU_CRL_SIGN
#define PURPOSE(purpose) PCA_PURPOSE_BIT(PCA_PURPOSE_##purpose)
#define PURPOSES(set) .purposes = (set)
#define CRITICAL_PURPOSES(set) .is_extended_key_usage_critical = true, PURPOSES(set)

/* The variants of a family, by what they pass through */
#define PLAIN(family, ...) {.name = family "/V1", __VA_ARGS__}
#define API(family, ...) {.name = family "_APIPassthrough/V1", .passes_api = true, __VA_ARGS__}
#define CSR(family, ...) {.name = family "_CSRPassthrough/V1", .passes_csr = true, __VA_ARGS__}
#define API_CSR(family, ...) \
	{.name = family "_APICSRPassthrough/V1", .passes_api = true, .passes_csr = true, __VA_ARGS__}
#define PASSTHROUGH(...) API(__VA_ARGS__), CSR(__VA_ARGS__), API_CSR(__VA_ARGS__)
#define ALL(...) PLAIN(__VA_ARGS__), PASSTHROUGH(__VA_ARGS__)

/* The first is the default. */
static const PcaTemplate templates[] = {
	ALL("EndEntityCertificate", END_ENTITY, TLS_KEYS, PURPOSES(PURPOSE(SERVER_AUTH) | PURPOSE(CLIENT_AUTH))),
	ALL("EndEntityClientAuthCertificate", END_ENTITY, TLS_KEYS, PURPOSES(PURPOSE(CLIENT_AUTH))),
	ALL("EndEntityServerAuthCertificate", END_ENTITY, TLS_KEYS, PURPOSES(PURPOSE(SERVER_AUTH))),
	ALL("CodeSigningCertificate", END_ENTITY, SIGNING_KEYS, CRITICAL_PURPOSES(PURPOSE(CODE_SIGNING))),
	ALL("OCSPSigningCertificate", END_ENTITY, SIGNING_KEYS, CRITICAL_PURPOSES(PURPOSE(OCSP_SIGNING))),
	ALL("SubordinateCACertificate_PathLen0", CA(0), CA_KEYS),
	ALL("SubordinateCACertificate_PathLen1", CA(1), CA_KEYS),
	ALL("SubordinateCACertificate_PathLen2", CA(2), CA_KEYS),
	ALL("SubordinateCACertificate_PathLen3", CA(3), CA_KEYS),
	PLAIN("RootCACertificate", ROOT(PCA_NO_PATH_LENGTH), CA_KEYS),
	API("RootCACertificate", ROOT(PCA_NO_PATH_LENGTH), CA_KEYS),
	PASSTHROUGH("BlankEndEntityCertificate", END_ENTITY),
	PASSTHROUGH("BlankEndEntityCertificate_CriticalBasicConstraints", END_ENTITY,
				.is_basic_constraints_critical = true),
	PASSTHROUGH("BlankSubordinateCACertificate_PathLen0", CA(0)),
	PASSTHROUGH("BlankSubordinateCACertificate_PathLen1", CA(1)),
	PASSTHROUGH("BlankSubordinateCACertificate_PathLen2", CA(2)),
	PASSTHROUGH("BlankSubordinateCACertificate_PathLen3", CA(3)),
	API("BlankRootCACertificate", ROOT(PCA_NO_PATH_LENGTH)),
	API("BlankRootCACertificate_PathLen0", ROOT(0)),
	API("BlankRootCACertificate_PathLen1", ROOT(1)),
	API("BlankRootCACertificate_PathLen2", ROOT(2)),
	API("BlankRootCACertificate_PathLen3", ROOT(3)),
};

/* Returns the template at an index, or NULL after the last one. */
const PcaTemplate *
pca_template_at(int row)
{
	return row < (int) lengthof(templates) ? &templates[row] : NULL;
}

/* Returns the purposes that any template sets, a PCA_PURPOSE_BIT of each. */
uint32
pca_template_purposes(void)
{
	uint32		purposes = 0;

	for (size_t i = 0; i < lengthof(templates); i++)
		purposes |= templates[i].purposes;
	return purposes;
}

static const PcaTemplate *
find_template(const char *name)
{
	for (size_t i = 0; i < lengthof(templates); i++)
		if (strcmp(templates[i].name, name) == 0)
			return &templates[i];
	return NULL;
}

/* Tells whether the template of a name makes self-signed certificates. */
bool
pca_template_is_root(const char *name)
{
	const PcaTemplate *template = find_template(name);

	return template != NULL && template->is_root;
}

/* Returns a template by a name that is known to exist, for example EndEntityCertificate/V1. */
const PcaTemplate *
pca_template_get_named(const char *name)
{
	const PcaTemplate *template = find_template(name);

	if (template == NULL)
		elog(ERROR, "template \"%s\" does not exist", name);
	return template;
}

/*
 * Returns the template of an ARN.
 *
 * template_arn: NULL for the default template.  authority_arn: an authority
 * whose partition the template must have; NULL for any partition.
 *
 * Throws InvalidArgsException for an unknown name and for a template of another
 * partition than the authority's.
 */
const PcaTemplate *
pca_template_get(const PcaArn *template_arn, const char *authority_arn)
{
	const PcaTemplate *template;

	if (template_arn == NULL)
		return &templates[0];
	if (!pca_arn_is_template(template_arn, authority_arn))
		pca_error(INVALID_ARGS,
				  errmsg("template does not belong to the partition of the certificate authority"),
				  errdetail("The value at template_arn is \"%s\".", template_arn->text),
				  errhint("A template's ARN is arn:PARTITION:acm-pca:::template/NAME/V1, with the partition of the authority's ARN."));
	template = find_template(template_arn->template_name);
	if (template != NULL)
		return template;
	pca_error(INVALID_ARGS,
			  errmsg("template does not exist"),
			  errdetail("The value at template_arn is \"%s\".", template_arn->text),
			  errhint("Leave it out for arn:aws:acm-pca:::template/EndEntityCertificate/V1."));
	pg_unreachable();
}
