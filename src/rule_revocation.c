/*-------------------------------------------------------------------------
 *
 * rule_revocation.c
 *	  The revocation configuration of a certificate authority: checks the
 *	  combinations of its members, and adds defaults.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_error.h"
#include "base_shape.h"
#include "fmgr.h"
#include "rule_revocation.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#define DEFAULT_CRL_BASE_URL "http://localhost:8080"
#define DEFAULT_OCSP_URL "http://localhost:8080/ocsp"

static char *crl_base_url_setting;
static char *ocsp_url_setting;
static bool revoke_expired_setting;

/* The rest of a URL is shorter than 512 characters, and the whole URL of a partition than 1024. */
#define LONGEST_URL 512

/* Checks pca.crl_base_url and pca.ocsp_url (a GUC check hook).  A URL is copied into certificates as it is. */
static bool
check_url(char **value, void **extra, GucSource source)
{
	const char *at = *value;

	if (strncmp(at, "http://", 7) == 0 || strncmp(at, "https://", 8) == 0)
	{
		while (*at > 0x20 && *at < 0x7f)
			at++;
		if (*at == '\0' && at - *value <= LONGEST_URL)
			return true;
	}
	GUC_check_errdetail("The value must begin with http:// or https:// and have at most %d characters, all of them visible ASCII.", LONGEST_URL);
	return false;
}

static uint64 settings_generation;

/* Counts a change of a URL (a GUC assign hook). */
static void
at_new_url(const char *value, void *extra)
{
	settings_generation++;
}

/* Returns a number that is different after every change of a setting. */
uint64
pca_revocation_settings(void)
{
	return settings_generation;
}

/*
 * Defines the settings of where the operator serves CRLs and OCSP, and of what
 * may be revoked.  Only a superuser may set them.
 */
void
pca_revocation_define_settings(void)
{
	DefineCustomStringVariable("pca.crl_base_url",
							   "Sets what precedes the bucket and the key in the URL of a CRL that has no CustomCname.",
							   NULL, &crl_base_url_setting, DEFAULT_CRL_BASE_URL, PGC_SUSET, 0,
							   check_url, at_new_url, NULL);
	DefineCustomStringVariable("pca.ocsp_url",
							   "Sets the URL of the OCSP responder that certificates name if there is no OcspCustomCname.",
							   NULL, &ocsp_url_setting, DEFAULT_OCSP_URL, PGC_SUSET, 0,
							   check_url, at_new_url, NULL);
	DefineCustomBoolVariable("pca.revoke_expired_certificates",
							 "Allows revoking certificates that have expired.",
							 "Timestamped signatures can outlive the certificate that made them.",
							 &revoke_expired_setting, false, PGC_SUSET, 0, NULL, NULL, NULL);
}

/* Tells whether a certificate that has expired may be revoked. */
bool
pca_revocation_allows_expired(void)
{
	return revoke_expired_setting;
}

/* Throws InvalidArgsException for a value of the configuration. */
static void
configuration_error(const char *path, const char *reason, const char *hint)
{
	pca_error(INVALID_ARGS,
			  errmsg("invalid revocation configuration"),
			  errdetail("The value at revocation_configuration.%s is not accepted: %s.", path, reason),
			  errhint("%s", hint));
}

/* Checks that a disabled configuration has no members other than Enabled. */
static void
check_disabled(const PcaJson *half, const char *path)
{
	static const char *const others[] = {
		"ExpirationInDays", "CustomCname", "S3BucketName", "S3ObjectAcl",
		"CrlDistributionPointExtensionConfiguration", "CrlType", "CustomPath", "OcspCustomCname"
	};
	PcaJson		member;

	for (size_t i = 0; i < lengthof(others); i++)
		if (pca_json_find(half, others[i], &member))
			configuration_error(path, "it is disabled but has other members",
								"Specify only {\"Enabled\": false}.");
}

/* Checks a CNAME, which follows http:// in certificates. */
static void
check_cname(const PcaJson *half, const char *member, const char *path)
{
	char	   *cname = pca_json_find_text(half, member);

	if (cname != NULL && strstr(cname, "://") != NULL)
		configuration_error(path, "it begins with a protocol", "Leave out http:// and https://.");
}

/* Checks a CrlConfiguration. */
static void
check_crl_configuration(const PcaJson *crl)
{
	PcaJson		member;
	char	   *bucket = pca_json_find_text(crl, "S3BucketName");

	if (!pca_json_find_boolean(crl, "Enabled"))
	{
		check_disabled(crl, "CrlConfiguration");
		return;
	}
	if (!pca_json_find(crl, "ExpirationInDays", &member))
		configuration_error("CrlConfiguration.ExpirationInDays", "it is missing", "Specify the CRL's validity in days, 1 to 5000.");
	if (bucket == NULL)
		configuration_error("CrlConfiguration.S3BucketName", "it is missing", "Specify the bucket that the CRL is written to.");
	if (!pca_pattern_is_s3_bucket_name(bucket))
		configuration_error("CrlConfiguration.S3BucketName", "it is not a bucket name",
							"A bucket name is 3 to 63 lowercase letters, digits, dots and hyphens.");
	check_cname(crl, "CustomCname", "CrlConfiguration.CustomCname");
	if (pca_json_find(crl, "CrlDistributionPointExtensionConfiguration", &member) &&
		pca_json_find_boolean(&member, "OmitExtension") && pca_json_find_text(crl, "CustomCname") != NULL)
		configuration_error("CrlConfiguration.CrlDistributionPointExtensionConfiguration.OmitExtension",
							"it cannot be combined with CustomCname",
							"A CNAME is for the extension that OmitExtension leaves out: specify one of the two.");
}

/* Checks an OcspConfiguration. */
static void
check_ocsp_configuration(const PcaJson *ocsp)
{
	if (!pca_json_find_boolean(ocsp, "Enabled"))
		check_disabled(ocsp, "OcspConfiguration");
	else
		check_cname(ocsp, "OcspCustomCname", "OcspConfiguration.OcspCustomCname");
}

/* Parses a text of our own. */
static Jsonb *
from_text(const char *text)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/* Merges two objects; members of the second take precedence. */
static Jsonb *
merge_objects(Jsonb *first, Jsonb *second)
{
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(first), JsonbPGetDatum(second)));
}

/* Sets CrlConfiguration or OcspConfiguration in a configuration. */
static Jsonb *
put_half(Jsonb *configuration, const char *name, Jsonb *half)
{
	return merge_objects(configuration, from_text(psprintf("{\"%s\": %s}", name, JsonbToCString(NULL, &half->root, 0))));
}

/* Removes a CNAME that is empty, which means that there is none. */
static Jsonb *
strip_cname(Jsonb *configuration, const char *name, const char *member)
{
	PcaJson		root = pca_json_root(configuration);
	PcaJson		half;
	char	   *cname = pca_json_find(&root, name, &half) ? pca_json_find_text(&half, member) : NULL;
	Jsonb	   *without;

	if (cname == NULL || cname[0] != '\0')
		return configuration;
	without = merge_objects(JsonbValueToJsonb(&half), from_text(psprintf("{\"%s\": null}", member)));
	return put_half(configuration, name, pca_json_strip_nulls(without));
}

/*
 * Checks a configuration that matches its shape.  Returns it without nulls and
 * empty CNAMEs.  Throws InvalidArgsException.
 */
Jsonb *
pca_revocation_read(Jsonb *given)
{
	Jsonb	   *configuration = strip_cname(strip_cname(pca_json_strip_nulls(given), "CrlConfiguration", "CustomCname"),
											"OcspConfiguration", "OcspCustomCname");
	PcaJson		root = pca_json_root(configuration);
	PcaJson		half;

	if (pca_json_find(&root, "CrlConfiguration", &half))
		check_crl_configuration(&half);
	if (pca_json_find(&root, "OcspConfiguration", &half))
		check_ocsp_configuration(&half);
	return configuration;
}

/* Finds CrlConfiguration or OcspConfiguration.  Returns false if it is absent or disabled. */
static bool
find_enabled(const PcaJson *configuration, const char *member, PcaJson *half)
{
	return pca_json_find(configuration, member, half) && pca_json_find_boolean(half, "Enabled");
}

/*
 * Replaces the parts of a configuration that are given, as
 * pca_revocation_read() returned them.  Adds S3ObjectAcl to an enabled CRL that
 * has none.
 */
Jsonb *
pca_revocation_update(Jsonb *configuration, Jsonb *given)
{
	Jsonb	   *result = merge_objects(configuration, given);
	PcaJson		root = pca_json_root(result);
	PcaJson		crl;

	if (!find_enabled(&root, "CrlConfiguration", &crl))
		return result;
	return put_half(result, "CrlConfiguration",
					merge_objects(from_text("{\"S3ObjectAcl\": \"PUBLIC_READ\"}"), JsonbValueToJsonb(&crl)));
}

/*
 * Completes the result of pca_revocation_read() to the form that is stored and
 * described, with both parts.  NULL means that none was given.
 */
Jsonb *
pca_revocation_complete(Jsonb *configuration)
{
	Jsonb	   *disabled = from_text("{\"CrlConfiguration\": {\"Enabled\": false}, \"OcspConfiguration\": {\"Enabled\": false}}");

	return configuration == NULL ? disabled : pca_revocation_update(disabled, configuration);
}

/* Tells whether the CRL is written in partitions. */
bool
pca_revocation_is_partitioned(const PcaJson *configuration)
{
	PcaJson		crl;
	char	   *type;

	if (!find_enabled(configuration, "CrlConfiguration", &crl))
		return false;
	type = pca_json_find_text(&crl, "CrlType");
	return type != NULL && strcmp(type, "PARTITIONED") == 0;
}

/* Tells whether a CRL's URL is left out of certificates. */
static bool
has_omitted(const PcaJson *crl)
{
	PcaJson		extension;

	return pca_json_find(crl, "CrlDistributionPointExtensionConfiguration", &extension) &&
		pca_json_find_boolean(&extension, "OmitExtension");
}

/* Tells whether certificates contain the URL of their CRL. */
bool
pca_revocation_names_crl(const PcaJson *configuration)
{
	PcaJson		crl;

	return find_enabled(configuration, "CrlConfiguration", &crl) && !has_omitted(&crl);
}

/*
 * Returns where the CRLs of an enabled configuration are.  The name of a CRL and
 * ".crl" follow each prefix.
 *
 * The key is <CustomPath>/<name>.crl; the default path is crl/, and "/" stands
 * for the root.
 */
PcaCrlPlace
pca_revocation_crl_place(const PcaJson *configuration)
{
	PcaJson		crl;
	char	   *cname;
	char	   *path;
	PcaCrlPlace place;

	if (!find_enabled(configuration, "CrlConfiguration", &crl))
		elog(ERROR, "no CRL is configured");
	cname = pca_json_find_text(&crl, "CustomCname");
	path = pca_json_find_text(&crl, "CustomPath");
	place.bucket = pca_json_find_text(&crl, "S3BucketName");
	place.acl = pca_json_find_text(&crl, "S3ObjectAcl");
	place.key_prefix = path == NULL || path[0] == '\0' ? "crl/" : strcmp(path, "/") == 0 ? "" : psprintf("%s/", path);
	place.url_prefix = cname != NULL
		? psprintf("http://%s/%s", cname, place.key_prefix)
		: psprintf("%s/%s/%s", crl_base_url_setting, place.bucket, place.key_prefix);
	return place;
}

/* Returns the URL of the CRL that all certificates of an authority share. */
char *
pca_revocation_crl_url(const PcaJson *configuration, const char *authority_id)
{
	return psprintf("%s%s.crl", pca_revocation_crl_place(configuration).url_prefix, authority_id);
}

/* Returns the address of the object that this CRL is, as S3's tools write it. */
char *
pca_revocation_crl_address(const PcaJson *configuration, const char *authority_id)
{
	PcaCrlPlace place = pca_revocation_crl_place(configuration);

	return psprintf("s3://%s/%s%s.crl", place.bucket, place.key_prefix, authority_id);
}

/*
 * Tells whether a URL consists of this host and this path.  A host has no case,
 * and its port does not matter.
 */
bool
pca_revocation_is_at(const char *url, const char *host, const char *path)
{
	const char *rest = strstr(url, "://");
	size_t		length = strlen(host);

	if (rest == NULL)
		return false;
	rest += strlen("://");
	if (pg_strncasecmp(rest, host, length) != 0)
		return false;
	rest += length;
	if (rest[0] == ':')
		rest += 1 + strspn(rest + 1, "0123456789");
	return rest[0] == '/' && strcmp(rest + 1, path) == 0;
}

/* Returns the validity of a CRL in days, or 0 if no CRL is enabled. */
int32
pca_revocation_crl_days(const PcaJson *configuration)
{
	PcaJson		crl;
	PcaJson		member;
	int64		days;

	if (!find_enabled(configuration, "CrlConfiguration", &crl) ||
		!pca_json_find(&crl, "ExpirationInDays", &member) || !pca_json_int64(&member, &days))
		return 0;
	return (int32) days;
}

/* Returns the URL of the OCSP responder for certificates, or NULL if OCSP is not enabled. */
char *
pca_revocation_ocsp_url(const PcaJson *configuration)
{
	PcaJson		ocsp;
	char	   *cname;

	if (!find_enabled(configuration, "OcspConfiguration", &ocsp))
		return NULL;
	cname = pca_json_find_text(&ocsp, "OcspCustomCname");
	return cname != NULL ? psprintf("http://%s", cname) : pstrdup(ocsp_url_setting);
}

/* Warns, once in a session, of URLs with localhost, which relying parties would look for on their own host. */
void
pca_revocation_warn(const PcaJson *configuration)
{
	static bool is_warned = false;
	const char *crl_url = pca_revocation_names_crl(configuration) ? pca_revocation_crl_place(configuration).url_prefix : NULL;
	char	   *ocsp_url = pca_revocation_ocsp_url(configuration);
	bool		is_crl_local = crl_url != NULL && strncmp(crl_url, DEFAULT_CRL_BASE_URL, strlen(DEFAULT_CRL_BASE_URL)) == 0;
	bool		is_ocsp_local = ocsp_url != NULL && strcmp(ocsp_url, DEFAULT_OCSP_URL) == 0;

	if (is_warned || (!is_crl_local && !is_ocsp_local))
		return;
	is_warned = true;
	ereport(WARNING,
			errcode(ERRCODE_WARNING),
			errmsg("certificates will refer to localhost for their revocation status"),
			errdetail("%s is at its default.", is_crl_local ? "pca.crl_base_url" : "pca.ocsp_url"),
			errhint("Set it to the address at which relying parties reach this service, or specify a custom CNAME."));
}
