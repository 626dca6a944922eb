/*-------------------------------------------------------------------------
 *
 * base_arn.c
 *	  Amazon Resource Names.
 *
 *	  authority    arn:<partition>:acm-pca:<region>:<account>:certificate-authority/<UUID>
 *	  certificate  <authority's ARN>/certificate/<serial, 32 lower-case hex digits>
 *	  template     arn:<partition>:acm-pca:::template/<name>/V1
 *
 * A text that does not match the model's pattern, or that names another kind
 * of resource, is InvalidArnException; whether the resource exists is for
 * others to say.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "base_error.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#define ARN_PATTERN "arn:[\\w+=/,.@-]+:acm-pca:[\\w+=/,.@-]*:[0-9]*:[\\w+=,.@-]+(/[\\w+=,.@-]+)*"
#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define AUTHORITY_KIND "certificate-authority/"
#define CERTIFICATE_KIND "/certificate/"
#define TEMPLATE_KIND "template/"

char	   *pca_account_id_setting;
static char *partition_setting;
static char *region_setting;

static bool
check_account_id(char **value, void **extra, GucSource source)
{
	if (strlen(*value) == 12 && strspn(*value, "0123456789") == 12)
		return true;
	GUC_check_errdetail("An account ID is exactly 12 digits.");
	return false;
}

static bool
check_arn_part(char **value, void **extra, GucSource source)
{
	if ((*value)[0] != '\0' && strlen(*value) <= 32 && (*value)[strspn(*value, WORD "-")] == '\0')
		return true;
	GUC_check_errdetail("It is 1 to 32 letters, digits, underscores and hyphens.");
	return false;
}

/* The settings that ARNs are made of; superuser only. */
void
pca_arn_define_settings(void)
{
	DefineCustomStringVariable("pca.partition",
							   "Sets the partition in the ARNs of new certificate authorities.",
							   NULL, &partition_setting, "aws", PGC_SUSET, 0,
							   check_arn_part, NULL, NULL);
	DefineCustomStringVariable("pca.region",
							   "Sets the region in the ARNs of new certificate authorities.",
							   NULL, &region_setting, "us-east-1", PGC_SUSET, 0,
							   check_arn_part, NULL, NULL);
	DefineCustomStringVariable("pca.account_id",
							   "Sets the account of superusers for whom none is registered.",
							   NULL, &pca_account_id_setting, "000000000000", PGC_SUSET, 0,
							   check_account_id, NULL, NULL);
}

/*
 * Where the resource part of an ARN begins; NULL when the text does not match
 * the pattern.
 */
static const char *
find_resource(const char *arn)
{
	static const char *const fields[] = {WORD "+=/,.@-", NULL, WORD "+=/,.@-", "0123456789"};

	if (strncmp(arn, "arn:", 4) != 0)
		return NULL;
	arn += 4;
	for (int i = 0; i < 4; i++)
	{
		size_t		length = fields[i] != NULL ? strspn(arn, fields[i]) : strlen("acm-pca");

		if (fields[i] == NULL && strncmp(arn, "acm-pca", length) != 0)
			return NULL;
		if ((i == 0 && length == 0) || arn[length] != ':')
			return NULL;
		arn += length + 1;
	}
	if (*arn == '\0' || arn[strspn(arn, WORD "+=,.@-/")] != '\0')
		return NULL;
	if (*arn == '/' || arn[strlen(arn) - 1] == '/' || strstr(arn, "//") != NULL)
		return NULL;
	return arn;
}

/* Throws InvalidArnException. */
static void
arn_error(const char *arn, const char *name, const char *expected)
{
	if (find_resource(arn) == NULL)
		pca_error(INVALID_ARN,
				  errmsg("value of \"%s\" is not an ARN of this service", name),
				  errdetail("The value at %s is \"%s\".", name, arn),
				  errhint("The pattern is: %s", ARN_PATTERN));
	pca_error(INVALID_ARN,
			  errmsg("value of \"%s\" names another kind of resource", name),
			  errdetail("The value at %s is \"%s\".", name, arn),
			  errhint("Give the ARN of a %s.", expected));
}

static bool
is_authority(const char *resource)
{
	size_t		kind = strlen(AUTHORITY_KIND);

	return resource != NULL && strncmp(resource, AUTHORITY_KIND, kind) == 0 &&
		strchr(resource + kind, '/') == NULL;
}

/* A required parameter that is the ARN of a certificate authority. */
char *
pca_arn_argument(FunctionCallInfo fcinfo, int i, const char *name)
{
	char	   *arn = pca_argument_required_text(fcinfo, i, name, &pca_shape_arn);

	if (!is_authority(find_resource(arn)))
		arn_error(arn, name, "certificate authority");
	return arn;
}

/* An optional parameter that is the ARN of a template. */
char *
pca_arn_argument_template(FunctionCallInfo fcinfo, int i, const char *name)
{
	char	   *arn = pca_argument_text(fcinfo, i, name, &pca_shape_arn);
	const char *resource;

	if (arn == NULL)
		return NULL;
	resource = find_resource(arn);
	if (resource == NULL || strncmp(resource, TEMPLATE_KIND, strlen(TEMPLATE_KIND)) != 0)
		arn_error(arn, name, "template");
	return arn;
}

/* The part of a template's ARN behind "template/", for example EndEntityCertificate/V1. */
const char *
pca_arn_template_name(const char *arn)
{
	return strstr(arn, TEMPLATE_KIND) + strlen(TEMPLATE_KIND);
}

/* Does this template's ARN have the partition of the authority, and no region or account? */
bool
pca_arn_partition_is(const char *arn, const char *authority_arn)
{
	size_t		partition = strcspn(authority_arn + 4, ":");

	return strncmp(arn, authority_arn, 4 + partition) == 0 &&
		strncmp(arn + 4 + partition, ":acm-pca:::", strlen(":acm-pca:::")) == 0;
}

/* The ARN of a template in the partition of an authority. */
char *
pca_arn_format_template(const char *authority_arn, const char *name)
{
	return psprintf("arn:%.*s:acm-pca:::" TEMPLATE_KIND "%s",
					(int) strcspn(authority_arn + 4, ":"), authority_arn + 4, name);
}

/* A database role as IAM would name it. */
char *
pca_arn_format_role(const char *account_id, const char *role)
{
	return psprintf("arn:%s:iam::%s:role/%s", partition_setting, account_id, role);
}

/* A UUID in lower case. */
char *
pca_uuid_format(const pg_uuid_t *id)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
}

char *
pca_arn_format_authority(const char *account_id, const pg_uuid_t *id)
{
	return psprintf("arn:%s:acm-pca:%s:%s:" AUTHORITY_KIND "%s",
					partition_setting, region_setting, account_id, pca_uuid_format(id));
}

/* Formats a serial number as 32 hexadecimal digits. */
char *
pca_serial_format(const pg_uuid_t *serial)
{
	char	   *text = palloc0(2 * PCA_SERIAL_LENGTH + 1);

	hex_encode((const char *) serial->data, PCA_SERIAL_LENGTH, text);
	return text;
}

char *
pca_arn_format_certificate(const char *authority_arn, const pg_uuid_t *serial)
{
	size_t		prefix = strlen(authority_arn);
	size_t		kind = strlen(CERTIFICATE_KIND);
	char	   *arn = palloc(prefix + kind + 2 * PCA_SERIAL_LENGTH + 1);

	memcpy(arn, authority_arn, prefix);
	memcpy(arn + prefix, CERTIFICATE_KIND, kind);
	hex_encode((const char *) serial->data, PCA_SERIAL_LENGTH, arn + prefix + kind);
	arn[prefix + kind + 2 * PCA_SERIAL_LENGTH] = '\0';
	return arn;
}

/* Throws InvalidArnException unless this is the ARN of a certificate. */
void
pca_arn_check_certificate(const char *arn, const char *name)
{
	const char *resource = find_resource(arn);
	const char *kind = resource != NULL ? strstr(resource, CERTIFICATE_KIND) : NULL;

	if (kind == NULL || !is_authority(pnstrdup(resource, kind - resource)) ||
		strchr(kind + strlen(CERTIFICATE_KIND), '/') != NULL)
		arn_error(arn, name, "certificate");
}

static int
hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}

static bool
parse_hex(const char *digits, uint8 *serial)
{
	for (int i = 0; i < PCA_SERIAL_LENGTH; i++)
	{
		int			high = hex_value(digits[2 * i]);
		int			low = hex_value(digits[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		serial[i] = high << 4 | low;
	}
	return true;
}

/* The UUID in the ARN of an authority, as text. */
const char *
pca_arn_authority_id(const char *arn)
{
	return strstr(arn, AUTHORITY_KIND) + strlen(AUTHORITY_KIND);
}

/* A UUID in lower case. */
bool
pca_uuid_parse(const char *uuid, pg_uuid_t *id)
{
	char		digits[2 * UUID_LEN + 1];
	int			count = 0;

	if (strlen(uuid) != 36 || uuid[8] != '-' || uuid[13] != '-' || uuid[18] != '-' || uuid[23] != '-')
		return false;
	for (; *uuid != '\0'; uuid++)
		if (*uuid != '-' && count < 2 * UUID_LEN)
			digits[count++] = *uuid;
	return count == 2 * UUID_LEN && parse_hex(digits, id->data);
}

/* The id in an authority's ARN; false when the ARN can name no authority of ours. */
bool
pca_arn_parse_authority(const char *arn, pg_uuid_t *id)
{
	return pca_uuid_parse(pca_arn_authority_id(arn), id);
}

/*
 * A serial number in hexadecimal: either case, colons between octets or none,
 * leading zeros or none.  False when it is none; one above 2^128 is none that
 * this service gave.
 */
bool
pca_serial_parse(const char *text, pg_uuid_t *serial)
{
	char		digits[2 * PCA_SERIAL_LENGTH + 1];
	int			count = 0;

	text += strspn(text, "0:");
	for (const char *at = text; *at != '\0'; at++)
		if (*at != ':' && count < 2 * PCA_SERIAL_LENGTH)
			digits[count++] = pg_ascii_tolower(*at);
		else if (*at != ':')
			return false;
	memmove(digits + 2 * PCA_SERIAL_LENGTH - count, digits, count);
	memset(digits, '0', 2 * PCA_SERIAL_LENGTH - count);
	return parse_hex(digits, serial->data);
}

/* A decimal number below 2^128. */
static bool
parse_decimal(const char *digits, uint8 *serial)
{
	memset(serial, 0, PCA_SERIAL_LENGTH);
	for (; *digits != '\0'; digits++)
	{
		int			carry = *digits - '0';

		if (carry < 0 || carry > 9)
			return false;
		for (int i = PCA_SERIAL_LENGTH - 1; i >= 0; i--)
		{
			carry += serial[i] * 10;
			serial[i] = carry & 0xff;
			carry >>= 8;
		}
		if (carry > 0)
			return false;
	}
	return true;
}

/*
 * The serial in a certificate's ARN, in the form of 32 hex digits or in the
 * API reference's decimal form of 33 digits or more; false when the ARN can
 * name no certificate of this authority.
 */
bool
pca_arn_parse_certificate(const char *arn, const char *authority_arn, pg_uuid_t *serial)
{
	size_t		prefix = strlen(authority_arn);
	const char *digits = arn + prefix + strlen(CERTIFICATE_KIND);

	if (strncmp(arn, authority_arn, prefix) != 0 ||
		strncmp(arn + prefix, CERTIFICATE_KIND, strlen(CERTIFICATE_KIND)) != 0)
		return false;
	if (strlen(digits) == 2 * PCA_SERIAL_LENGTH)
		return parse_hex(digits, serial->data);
	return strlen(digits) > 2 * PCA_SERIAL_LENGTH && parse_decimal(digits, serial->data);
}
