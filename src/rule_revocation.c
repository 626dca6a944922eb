/*-------------------------------------------------------------------------
 *
 * rule_revocation.c
 *	  The revocation configuration of a certificate authority: what may stand
 *	  together, and what it is when parts are left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "fmgr.h"
#include "rule_revocation.h"
#include "utils/builtins.h"

/* Throws InvalidArgsException. */
static void
configuration_error(const char *path, const char *reason, const char *hint)
{
	pca_error(INVALID_ARGS,
			  errmsg("revocation configuration is invalid"),
			  errdetail("The value at revocation_configuration.%s is not accepted: %s.", path, reason),
			  errhint("%s", hint));
}

/* A configuration that disables has Enabled and nothing else. */
static void
check_disabled(const PcaJson *half, const char *path)
{
	if (pca_json_count(half) > 1)
		configuration_error(path, "it is disabled and has other members",
							"Give {\"Enabled\": false} alone.");
}

static bool
is_bucket_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

static bool
is_letter_or_digit(char c)
{
	return is_bucket_character(c) && c != '.' && c != '-';
}

/* The naming rules of S3: 3 to 63 lower-case letters, digits, dots and hyphens. */
static bool
is_bucket_name(const char *name)
{
	size_t		length = strlen(name);

	for (const char *at = name; *at != '\0'; at++)
		if (!is_bucket_character(*at))
			return false;
	return length >= 3 && length <= 63 && is_letter_or_digit(name[0]) && is_letter_or_digit(name[length - 1]) &&
		strstr(name, "..") == NULL && name[strspn(name, "0123456789.")] != '\0';
}

/* A CNAME is put behind http:// in the certificates. */
static void
check_cname(const PcaJson *half, const char *member, const char *path)
{
	char	   *cname = pca_json_find_text(half, member);

	if (cname == NULL)
		return;
	if (strstr(cname, "://") != NULL)
		configuration_error(path, "it begins with a protocol", "Leave out http:// and https://.");
	if (cname[0] == '\0')
		configuration_error(path, "it is empty", "Give a host name, or leave the member out.");
}

static void
check_crl(const PcaJson *crl)
{
	PcaJson		member;
	char	   *bucket = pca_json_find_text(crl, "S3BucketName");

	if (!pca_json_find_boolean(crl, "Enabled"))
	{
		check_disabled(crl, "CrlConfiguration");
		return;
	}
	if (!pca_json_find(crl, "ExpirationInDays", &member))
		configuration_error("CrlConfiguration.ExpirationInDays", "it is missing", "Give the CRL's validity in days, 1 to 5000.");
	if (bucket == NULL)
		configuration_error("CrlConfiguration.S3BucketName", "it is missing", "Name the bucket that the CRL is written to.");
	if (!is_bucket_name(bucket))
		configuration_error("CrlConfiguration.S3BucketName", "it is not a bucket name",
							"A bucket name is 3 to 63 lower-case letters, digits, dots and hyphens.");
	check_cname(crl, "CustomCname", "CrlConfiguration.CustomCname");
	if (pca_json_find(crl, "CrlDistributionPointExtensionConfiguration", &member) &&
		pca_json_find_boolean(&member, "OmitExtension") && pca_json_find_text(crl, "CustomCname") != NULL)
		configuration_error("CrlConfiguration.CrlDistributionPointExtensionConfiguration.OmitExtension",
							"it stands beside CustomCname",
							"A CNAME is for the extension that OmitExtension leaves out: give one of the two.");
}

static void
check_ocsp(const PcaJson *ocsp)
{
	if (!pca_json_find_boolean(ocsp, "Enabled"))
		check_disabled(ocsp, "OcspConfiguration");
	else
		check_cname(ocsp, "OcspCustomCname", "OcspConfiguration.OcspCustomCname");
}

/*
 * Checks a configuration that matches its shape.  Throws InvalidArgsException.
 */
void
pca_revocation_check(const PcaJson *configuration)
{
	PcaJson		half;

	if (pca_json_find(configuration, "CrlConfiguration", &half))
		check_crl(&half);
	if (pca_json_find(configuration, "OcspConfiguration", &half))
		check_ocsp(&half);
}

static Jsonb *
from_text(const char *text)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/* The members of the second win. */
static Jsonb *
merge(Jsonb *first, Jsonb *second)
{
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(first), JsonbPGetDatum(second)));
}

/*
 * The configuration as it is stored and described: both halves are there, and
 * an enabled CRL has its S3ObjectAcl.  NULL stands for none.
 */
Jsonb *
pca_revocation_complete(Jsonb *configuration)
{
	Jsonb	   *complete = from_text("{\"CrlConfiguration\": {\"Enabled\": false}, \"OcspConfiguration\": {\"Enabled\": false}}");
	PcaJson		root;
	PcaJson		crl;

	if (configuration == NULL)
		return complete;
	complete = merge(complete, configuration);
	root = pca_json_root(complete);
	if (!pca_json_find(&root, "CrlConfiguration", &crl) || !pca_json_find_boolean(&crl, "Enabled"))
		return complete;
	return merge(complete, from_text(psprintf("{\"CrlConfiguration\": %s}",
											  JsonbToCString(NULL, &merge(from_text("{\"S3ObjectAcl\": \"PUBLIC_READ\"}"),
																		  JsonbValueToJsonb(&crl))->root, 0))));
}
