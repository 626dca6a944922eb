/*-------------------------------------------------------------------------
 *
 * base_arn.c
 *	  Amazon Resource Names.
 *
 *	  authority    arn:<partition>:acm-pca:<region>:<account>:certificate-authority/<UUID>
 *	  certificate  <authority's ARN>/certificate/<serial, 32 lower-case hex digits>
 *	  template     arn:<partition>:acm-pca:::template/<name>/V1
 *
 * One parser splits a text; all other code reads its slices.  A text that does not
 * match the model's pattern, or that names a different kind of resource, is
 * InvalidArnException.  Whether the resource exists is checked elsewhere.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base_arn.h"
#include "base_ascii.h"
#include "base_error.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#define ARN_PATTERN "arn:[\\w+=/,.@-]+:acm-pca:[\\w+=/,.@-]*:[0-9]*:[\\w+=,.@-]+(/[\\w+=,.@-]+)*"
#define SERVICE "acm-pca"
#define AUTHORITY_KIND "certificate-authority/"
#define CERTIFICATE_KIND "/certificate/"
#define TEMPLATE_KIND "template/"
#define ACCOUNT_ID_LENGTH 12

char	   *pca_account_id_setting;
static char *partition_setting;
static char *region_setting;

/* Tells whether a character may be in a class of the pattern, which a NUL never is. */
typedef bool (*CharacterClass) (uint8 character);

/* [\w-], of ASCII */
static bool
is_word_or_hyphen(uint8 character)
{
	return pca_is_alphanumeric(character) || character == '_' || character == '-';
}

/* [\w+=/,.@-] */
static bool
is_field_character(uint8 character)
{
	return is_word_or_hyphen(character) || (character != '\0' && strchr("+=/,.@", character) != NULL);
}

/*
 * Returns how many characters at the beginning of a text are of a class.  Not
 * strspn(), which makes a table of a long list of characters in each call.
 */
static inline size_t
span_of(const char *text, CharacterClass is_member)
{
	size_t		length = 0;

	while (is_member(text[length]))
		length++;
	return length;
}

/* Tells whether a slice is an account ID, which has 12 digits. */
static bool
is_account_id(PcaSlice slice)
{
	return slice.length == ACCOUNT_ID_LENGTH && span_of(slice.data, pca_is_digit) >= ACCOUNT_ID_LENGTH;
}

/* Checks pca.account_id (a GUC check hook). */
static bool
check_account_id(char **value, void **extra, GucSource source)
{
	if (is_account_id((PcaSlice) {*value, strlen(*value)}))
		return true;
	GUC_check_errdetail("An account ID has exactly 12 digits.");
	return false;
}

/* Checks pca.partition and pca.region (a GUC check hook). */
static bool
check_arn_part(char **value, void **extra, GucSource source)
{
	if ((*value)[0] != '\0' && strlen(*value) <= 32 && (*value)[span_of(*value, is_word_or_hyphen)] == '\0')
		return true;
	GUC_check_errdetail("The value must be 1 to 32 letters, digits, underscores and hyphens.");
	return false;
}

/* Defines the settings from which ARNs are built.  Only a superuser may set them. */
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
							   "Sets the account of superusers that have no registration.",
							   NULL, &pca_account_id_setting, "000000000000", PGC_SUSET, 0,
							   check_account_id, NULL, NULL);
}

/* Returns the region of new certificate authorities, and of requests over HTTP. */
const char *
pca_arn_region(void)
{
	return region_setting;
}

/* Tells whether a slice equals a text. */
static bool
is_slice(PcaSlice slice, const char *text)
{
	return slice.length == strlen(text) && memcmp(slice.data, text, slice.length) == 0;
}

/* Takes a field of a class of characters and the colon after it.  Returns false if the colon is missing. */
static inline bool
take_field(const char **at, CharacterClass is_member, PcaSlice *field)
{
	*field = (PcaSlice) {*at, span_of(*at, is_member)};
	*at += field->length;
	return *(*at)++ == ':';
}

/* Skips a text.  Returns false, and skips nothing, if it does not come next. */
static bool
skip_text(const char **at, const char *text)
{
	if (strncmp(*at, text, strlen(text)) != 0)
		return false;
	*at += strlen(text);
	return true;
}

/*
 * Tells whether the rest of an ARN consists of non-empty parts of the pattern's
 * characters, separated by slashes.
 */
static bool
is_resource(const char *resource)
{
	return *resource != '\0' && resource[span_of(resource, is_field_character)] == '\0' &&
		*resource != '/' && resource[strlen(resource) - 1] != '/' && strstr(resource, "//") == NULL;
}

/* Splits a resource of this service.  Its kind stays PCA_ARN_OTHER if this service has no such kind. */
static void
read_resource(PcaArn *arn)
{
	const char *at = arn->resource;

	if (skip_text(&at, TEMPLATE_KIND))
	{
		arn->kind = PCA_ARN_TEMPLATE;
		arn->template_name = at;
		return;
	}
	if (!skip_text(&at, AUTHORITY_KIND))
		return;
	arn->authority_id = (PcaSlice) {at, strcspn(at, "/")};
	at += arn->authority_id.length;
	arn->authority = (PcaSlice) {arn->text, at - arn->text};
	if (*at == '\0')
		arn->kind = PCA_ARN_AUTHORITY;
	else if (skip_text(&at, CERTIFICATE_KIND) && strchr(at, '/') == NULL)
	{
		arn->kind = PCA_ARN_CERTIFICATE;
		arn->serial = at;
	}
}

/*
 * Splits an ARN of any service.
 *
 * arn: slices of the text, which must outlive them.  Returns false if the text
 * does not match the model's pattern, in which only the service may differ.
 */
bool
pca_arn_parse(const char *text, PcaArn *arn)
{
	const char *at = text;

	*arn = (PcaArn) {.text = text, .kind = PCA_ARN_OTHER};
	if (!skip_text(&at, "arn:") ||
		!take_field(&at, is_field_character, &arn->partition) || arn->partition.length == 0 ||
		!take_field(&at, is_word_or_hyphen, &arn->service) ||
		!take_field(&at, is_field_character, &arn->region) ||
		!take_field(&at, pca_is_digit, &arn->account) || !is_resource(at))
		return false;
	arn->resource = at;
	if (is_slice(arn->service, SERVICE))
		read_resource(arn);
	return true;
}

/* Splits an ARN.  Throws InvalidArnException unless it is an ARN of this kind. */
static void
parse_kind(const char *text, const char *name, PcaArnKind kind, PcaArn *arn)
{
	static const char *const words[] = {
		[PCA_ARN_AUTHORITY] = "certificate authority",
		[PCA_ARN_CERTIFICATE] = "certificate",
		[PCA_ARN_TEMPLATE] = "template"
	};

	if (!pca_arn_parse(text, arn) || !is_slice(arn->service, SERVICE))
		pca_error(INVALID_ARN,
				  errmsg("value of \"%s\" is not an ARN of this service", name),
				  errdetail("The value at %s is \"%s\".", name, text),
				  errhint("The pattern is: %s", ARN_PATTERN));
	if (arn->kind != kind)
		pca_error(INVALID_ARN,
				  errmsg("value of \"%s\" names a different kind of resource", name),
				  errdetail("The value at %s is \"%s\".", name, text),
				  errhint("Specify the ARN of a %s.", words[kind]));
}

/*
 * Reads a required parameter that is the ARN of a certificate authority.
 *
 * i: its index, from 0.  name: its name in the API, for errors.  Throws
 * ValidationException, InvalidArnException.
 */
char *
pca_arn_argument(FunctionCallInfo fcinfo, int i, const char *name)
{
	char	   *text = pca_argument_required_text(fcinfo, i, name, &pca_shape_arn);
	PcaArn		arn;

	parse_kind(text, name, PCA_ARN_AUTHORITY, &arn);
	return text;
}

/*
 * Reads a required parameter that is the ARN of a certificate.
 *
 * i: its index, from 0.  name: its name in the API, for errors.  Throws
 * ValidationException, InvalidArnException.
 */
const PcaArn *
pca_arn_argument_certificate(FunctionCallInfo fcinfo, int i, const char *name)
{
	PcaArn	   *arn = palloc(sizeof(*arn));

	parse_kind(pca_argument_required_text(fcinfo, i, name, &pca_shape_arn), name, PCA_ARN_CERTIFICATE, arn);
	return arn;
}

/*
 * Reads an optional parameter that is the ARN of a template.  Returns NULL if it
 * is not given.
 *
 * i: its index, from 0.  name: its name in the API, for errors.  Throws
 * ValidationException, InvalidArnException.
 */
const PcaArn *
pca_arn_argument_template(FunctionCallInfo fcinfo, int i, const char *name)
{
	char	   *text = pca_argument_text(fcinfo, i, name, &pca_shape_arn);
	PcaArn	   *arn;

	if (text == NULL)
		return NULL;
	arn = palloc(sizeof(*arn));
	parse_kind(text, name, PCA_ARN_TEMPLATE, arn);
	return arn;
}

/*
 * Returns the partition in the ARN of a certificate authority, which is
 * well-formed because it was made here.
 */
static PcaSlice
partition_of(const char *authority_arn)
{
	PcaArn		arn;

	if (!pca_arn_parse(authority_arn, &arn))
		elog(ERROR, "ARN of a certificate authority is malformed");
	return arn.partition;
}

/* Tells whether an ARN is of a partition. */
static bool
is_of_partition(const PcaArn *arn, PcaSlice partition)
{
	return arn->partition.length == partition.length &&
		memcmp(arn->partition.data, partition.data, partition.length) == 0;
}

/*
 * Tells whether an ARN is that of a template of the service, which has neither
 * region nor account.
 *
 * authority_arn: an authority whose partition it must have; NULL for any
 * partition.
 */
bool
pca_arn_is_template(const PcaArn *arn, const char *authority_arn)
{
	return arn->kind == PCA_ARN_TEMPLATE && arn->region.length == 0 && arn->account.length == 0 &&
		(authority_arn == NULL || is_of_partition(arn, partition_of(authority_arn)));
}

/*
 * Returns the account that a principal of a policy denotes, or NULL if it
 * denotes none.  A principal is an account ID, or the ARN of an account's root
 * in the partition of the authority: arn:PARTITION:iam::ACCOUNT:root.
 */
char *
pca_arn_find_account(const char *principal, const char *authority_arn)
{
	PcaArn		arn;

	if (is_account_id((PcaSlice) {principal, strlen(principal)}))
		return pstrdup(principal);
	if (!pca_arn_parse(principal, &arn) || !is_of_partition(&arn, partition_of(authority_arn)) ||
		!is_slice(arn.service, "iam") || arn.region.length > 0 || !is_account_id(arn.account) ||
		strcmp(arn.resource, "root") != 0)
		return NULL;
	return pnstrdup(arn.account.data, arn.account.length);
}

/*
 * Formats the ARN of a template.
 *
 * authority_arn: an authority whose partition it gets; NULL for the partition
 * of new authorities.
 */
char *
pca_arn_format_template(const char *authority_arn, const char *name)
{
	PcaSlice	partition = {partition_setting, strlen(partition_setting)};

	if (authority_arn != NULL)
		partition = partition_of(authority_arn);
	return psprintf("arn:%.*s:" SERVICE ":::" TEMPLATE_KIND "%s", (int) partition.length, partition.data, name);
}

/* Formats the ARN that a database role would have in IAM. */
char *
pca_arn_format_role(const char *account_id, const char *role)
{
	return psprintf("arn:%s:iam::%s:role/%s", partition_setting, account_id, role);
}

/* Formats a UUID, in lower case. */
char *
pca_uuid_format(const pg_uuid_t *id)
{
	return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
}

/* Formats the ARN of an authority, with the partition and the region of the settings. */
char *
pca_arn_format_authority(const char *account_id, const pg_uuid_t *id)
{
	return psprintf("arn:%s:" SERVICE ":%s:%s:" AUTHORITY_KIND "%s",
					partition_setting, region_setting, account_id, pca_uuid_format(id));
}

/* Formats a serial number as 32 hexadecimal digits, in lower case. */
char *
pca_serial_format(const pg_uuid_t *serial)
{
	char	   *text = palloc0(2 * PCA_SERIAL_LENGTH + 1);

	hex_encode((const char *) serial->data, PCA_SERIAL_LENGTH, text);
	return text;
}

/* Formats the ARN of a certificate of an authority. */
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

/* Reads a UUID in lower case.  Returns false if the text is not one. */
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
	return count == 2 * UUID_LEN && pca_hex_parse(digits, PCA_HEX_LOWER, id->data, UUID_LEN);
}

/*
 * Reads the UUID in an authority's ARN.  Returns false if the text cannot be the
 * ARN of an authority made here.
 */
bool
pca_arn_parse_authority(const char *text, pg_uuid_t *id)
{
	PcaArn		arn;

	return pca_arn_parse(text, &arn) && arn.kind == PCA_ARN_AUTHORITY && pca_uuid_parse(arn.authority_id.data, id);
}

/*
 * Reads a serial number in hexadecimal: in either case, with or without colons
 * between octets and leading zeros.  Returns false if the text is not one, or is
 * 2^128 or more, which no serial number of this service is.
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
	return pca_hex_parse(digits, PCA_HEX_LOWER, serial->data, PCA_SERIAL_LENGTH);
}

/* Reads a decimal number below 2^128.  Returns false if the text is not one. */
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
 * Reads the serial number in a certificate's ARN: 32 hexadecimal digits, or the
 * decimal form of the API reference, with 33 digits or more.  Returns false if
 * the ARN cannot be that of a certificate of this authority.
 */
bool
pca_arn_parse_serial(const PcaArn *arn, const char *authority_arn, pg_uuid_t *serial)
{
	size_t		digits;

	if (arn->kind != PCA_ARN_CERTIFICATE || !is_slice(arn->authority, authority_arn))
		return false;
	digits = strlen(arn->serial);
	if (digits == 2 * PCA_SERIAL_LENGTH)
		return pca_hex_parse(arn->serial, PCA_HEX_LOWER, serial->data, PCA_SERIAL_LENGTH);
	return digits > 2 * PCA_SERIAL_LENGTH && parse_decimal(arn->serial, serial->data);
}
