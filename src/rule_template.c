/*-------------------------------------------------------------------------
 *
 * rule_template.c
 *	  The certificate templates of AWS Private CA, a row each.
 *
 * What a template defines is what every certificate made with it has; the CSR
 * gives the subject, its alternative names and the public key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "base_error.h"
#include "rule_template.h"

/* RFC 5280 4.2.1.12 */
#define SERVER_AUTH PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x03\x01")
#define CLIENT_AUTH PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x03\x02")
#define CODE_SIGNING PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x03\x03")
#define OCSP_SIGNING PCA_BYTES_INIT("\x2b\x06\x01\x05\x05\x07\x03\x09")

#define END_ENTITY {.is_ca = false, .path_length = PCA_NO_PATH_LENGTH}
#define CA(length) {.is_ca = true, .path_length = (length)}
#define CA_KEY_USAGE (PCA_KU_DIGITAL_SIGNATURE | PCA_KU_KEY_CERT_SIGN | PCA_KU_CRL_SIGN)
#define TLS_KEY_USAGE (PCA_KU_DIGITAL_SIGNATURE | PCA_KU_KEY_ENCIPHERMENT)

static const PcaTemplate templates[] = {
	{.name = "EndEntityCertificate/V1", .constraints = END_ENTITY, .key_usage = TLS_KEY_USAGE,
	.extended_key_usage_count = 2, .extended_key_usages = {SERVER_AUTH, CLIENT_AUTH}},
	{.name = "EndEntityClientAuthCertificate/V1", .constraints = END_ENTITY, .key_usage = TLS_KEY_USAGE,
	.extended_key_usage_count = 1, .extended_key_usages = {CLIENT_AUTH}},
	{.name = "EndEntityServerAuthCertificate/V1", .constraints = END_ENTITY, .key_usage = TLS_KEY_USAGE,
	.extended_key_usage_count = 1, .extended_key_usages = {SERVER_AUTH}},
	{.name = "CodeSigningCertificate/V1", .constraints = END_ENTITY, .key_usage = PCA_KU_DIGITAL_SIGNATURE,
	.is_extended_key_usage_critical = true, .extended_key_usage_count = 1, .extended_key_usages = {CODE_SIGNING}},
	{.name = "OCSPSigningCertificate/V1", .constraints = END_ENTITY, .key_usage = PCA_KU_DIGITAL_SIGNATURE,
	.is_extended_key_usage_critical = true, .extended_key_usage_count = 1, .extended_key_usages = {OCSP_SIGNING}},
	{.name = "SubordinateCACertificate_PathLen0/V1", .is_basic_constraints_critical = true,
	.constraints = CA(0), .key_usage = CA_KEY_USAGE},
	{.name = "SubordinateCACertificate_PathLen1/V1", .is_basic_constraints_critical = true,
	.constraints = CA(1), .key_usage = CA_KEY_USAGE},
	{.name = "SubordinateCACertificate_PathLen2/V1", .is_basic_constraints_critical = true,
	.constraints = CA(2), .key_usage = CA_KEY_USAGE},
	{.name = "SubordinateCACertificate_PathLen3/V1", .is_basic_constraints_critical = true,
	.constraints = CA(3), .key_usage = CA_KEY_USAGE},
	{.name = "RootCACertificate/V1", .is_root = true, .is_basic_constraints_critical = true,
	.constraints = CA(PCA_NO_PATH_LENGTH), .key_usage = CA_KEY_USAGE},
};

static const PcaTemplate *
find(const char *name)
{
	for (size_t i = 0; i < lengthof(templates); i++)
		if (strcmp(templates[i].name, name) == 0)
			return &templates[i];
	return NULL;
}

/* Does the template of that name make self-signed certificates? */
bool
pca_template_is_root(const char *name)
{
	const PcaTemplate *template = find(name);

	return template != NULL && template->is_root;
}

/*
 * The template of an ARN, or the default one when the ARN is NULL.
 *
 * Throws InvalidArgsException for an unknown name and for a template of
 * another partition than the authority's.
 */
const PcaTemplate *
pca_template_get(const char *template_arn, const char *authority_arn)
{
	const PcaTemplate *template;

	if (template_arn == NULL)
		return &templates[0];
	if (!pca_arn_partition_is(template_arn, authority_arn))
		pca_error(INVALID_ARGS,
				  errmsg("template does not belong to the partition of the certificate authority"),
				  errdetail("The value at template_arn is \"%s\".", template_arn),
				  errhint("A template's ARN is arn:PARTITION:acm-pca:::template/NAME/V1, with the partition of the authority's ARN."));
	template = find(pca_arn_template_name(template_arn));
	if (template != NULL)
		return template;
	pca_error(INVALID_ARGS,
			  errmsg("template does not exist"),
			  errdetail("The value at template_arn is \"%s\".", template_arn),
			  errhint("Leave it out for arn:aws:acm-pca:::template/EndEntityCertificate/V1."));
	pg_unreachable();
}
