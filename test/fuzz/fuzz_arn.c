/*-------------------------------------------------------------------------
 *
 * fuzz_arn.c
 *	  Reads any text as an ARN of each kind, and checks it against each
 *	  pattern of the model, compared with the model's regular expression.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <regex.h>

#include "base_arn.h"
#include "rule_template.h"
#include "utils/builtins.h"

#define ARN_OF(service) \
	"arn:[A-Za-z0-9_+=/,.@-]+:" service ":[A-Za-z0-9_+=/,.@-]*:[0-9]*:[A-Za-z0-9_+=,.@-]+(/[A-Za-z0-9_+=,.@-]+)*"
#define ACCOUNT "000000000000"

static const struct
{
	bool		(*matches) (const char *text);
	const char *expression;
}			patterns[] = {
	{pca_pattern_is_oid, "([0-2])\\.([0-9]|([0-3][0-9]))((\\.([0-9]+)){0,126})"},
	{pca_pattern_is_base64, "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"},
	{pca_pattern_is_cname, "[-a-zA-Z0-9;/?:@&=+$,%_.!~*()']*"},
	{pca_pattern_is_crl_path, "(/|[-a-zA-Z0-9;?:@&=+$,%_.!~*()']+(/[-a-zA-Z0-9;?:@&=+$,%_.!~*()']+)*)"},
	{pca_pattern_is_bucket_name, "[-a-zA-Z0-9._/]*"},
	{pca_pattern_is_country_code, "[A-Za-z]*"},
	{pca_pattern_is_printable, "[a-zA-Z0-9'()+-.?:/= ]*"},
	{pca_pattern_is_principal, "[^*]+"},
	{pca_pattern_is_account_id, "[0-9]*"},
	{NULL, "arn:aws:iam::[0-9]{12}:root|[0-9]{12}"},
	{NULL, ARN_OF("[A-Za-z0-9_-]*")},
	{NULL, ARN_OF("acm-pca")},
};

/* The last ARN, for checks that do not depend on the text alone */
enum
{
	ACCOUNT_PRINCIPAL = lengthof(patterns) - 3,
	ANY_ARN,
	OWN_ARN
};

static bool
matches(size_t i, const char *text)
{
	static regex_t compiled[lengthof(patterns)];
	static bool is_compiled[lengthof(patterns)];
	char	   *anchored = psprintf("^(%s)$", patterns[i].expression);

	if (!is_compiled[i])
		FUZZ_CHECK(regcomp(&compiled[i], anchored, REG_EXTENDED | REG_NOSUB) == 0);
	is_compiled[i] = true;
	return regexec(&compiled[i], text, 0, NULL, 0) == 0;
}

static void
check_patterns(const char *text)
{
	for (size_t i = 0; i < lengthof(patterns); i++)
		if (patterns[i].matches != NULL)
			FUZZ_CHECK(patterns[i].matches(text) == matches(i, text));
	pca_pattern_is_latin1(text);
	pca_pattern_is_tag(text);
}

static char *
slice(PcaSlice part)
{
	return pnstrdup(part.data, part.length);
}

/* Checks that the slices together are the text, and that those of a kind are the resource. */
static void
check_slices(const char *text)
{
	PcaArn		arn;
	bool		is_arn = pca_arn_parse(text, &arn);

	FUZZ_CHECK(is_arn == matches(ANY_ARN, text));
	if (!is_arn)
		return;
	FUZZ_CHECK(strcmp(text, psprintf("arn:%s:%s:%s:%s:%s", slice(arn.partition), slice(arn.service),
									 slice(arn.region), slice(arn.account), arn.resource)) == 0);
	FUZZ_CHECK((strcmp(slice(arn.service), "acm-pca") == 0) == matches(OWN_ARN, text));
	FUZZ_CHECK(arn.kind == PCA_ARN_OTHER || matches(OWN_ARN, text));
	if (arn.kind == PCA_ARN_TEMPLATE)
		FUZZ_CHECK(strcmp(arn.resource, psprintf("template/%s", arn.template_name)) == 0);
	if (arn.kind == PCA_ARN_AUTHORITY)
		FUZZ_CHECK(strcmp(arn.resource, psprintf("certificate-authority/%s", slice(arn.authority_id))) == 0 &&
				   strcmp(text, slice(arn.authority)) == 0);
	if (arn.kind == PCA_ARN_CERTIFICATE)
		FUZZ_CHECK(strcmp(text, psprintf("%s/certificate/%s", slice(arn.authority), arn.serial)) == 0 &&
				   pca_arn_parse(slice(arn.authority), &arn) && arn.kind == PCA_ARN_AUTHORITY);
}

/* The arguments of a function: only the text */
static FunctionCallInfo
arguments(FunctionCallInfo fcinfo, const char *value)
{
	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0] = (NullableDatum) {PointerGetDatum(cstring_to_text(value)), false};
	return fcinfo;
}

static void
check_state(int state, const char *text)
{
	FUZZ_CHECK(state == 0 || state == PCA_SQLSTATE_INVALID_ARN || state == PCA_SQLSTATE_VALIDATION);
	FUZZ_CHECK(state != 0 || matches(OWN_ARN, text));
}

static void
check_authority(const char *text)
{
	LOCAL_FCINFO(fcinfo, 1);
	char	   *arn = NULL;
	pg_uuid_t	id;
	pg_uuid_t	again;
	char	   *formatted;

	check_state(FUZZ_CATCH(arn = pca_arn_argument(arguments(fcinfo, text), 0, "arn")), text);
	if (arn == NULL || !pca_arn_parse_authority(arn, &id))
		return;
	formatted = pca_arn_format_authority(ACCOUNT, &id);
	FUZZ_CHECK(pca_arn_parse_authority(formatted, &again) && memcmp(&id, &again, sizeof(id)) == 0);
}

/* Tells whether an ARN of this authority with these digits after "/certificate/" names a certificate. */
static bool
names_certificate(const char *authority, const char *digits, pg_uuid_t *serial)
{
	PcaArn		arn;

	return pca_arn_parse(psprintf("%s/certificate/%s", authority, digits), &arn) &&
		pca_arn_parse_serial(&arn, authority, serial);
}

static void
check_certificate(const char *text)
{
	LOCAL_FCINFO(fcinfo, 1);
	pg_uuid_t	id = {{0}};
	pg_uuid_t	serial;
	char	   *authority = pca_arn_format_authority(ACCOUNT, &id);
	const PcaArn *arn;

	check_state(FUZZ_CATCH(arn = pca_arn_argument_certificate(arguments(fcinfo, text), 0, "arn")), text);
	if (!names_certificate(authority, text, &serial))
		return;
	text = pca_arn_format_certificate(authority, &serial);
	FUZZ_CHECK(FUZZ_CATCH(arn = pca_arn_argument_certificate(arguments(fcinfo, text), 0, "arn")) == 0);
	FUZZ_CHECK(pca_arn_parse_serial(arn, authority, &id) && memcmp(&id, &serial, sizeof(id)) == 0);
	/* Checks that the decimal form of the same serial number names the same certificate. */
	text = pca_decimal_format((PcaBytes) {serial.data, PCA_SERIAL_LENGTH});
	if (strlen(text) > 2 * PCA_SERIAL_LENGTH)
		FUZZ_CHECK(names_certificate(authority, text, &id) && memcmp(&id, &serial, sizeof(id)) == 0);
}

static void
check_template(const char *text)
{
	LOCAL_FCINFO(fcinfo, 1);
	const PcaArn *arn = NULL;
	pg_uuid_t	id = {{0}};
	int			state;

	check_state(FUZZ_CATCH(arn = pca_arn_argument_template(arguments(fcinfo, text), 0, "arn")), text);
	if (arn == NULL)
		return;
	state = FUZZ_CATCH(pca_template_get(arn, pca_arn_format_authority(ACCOUNT, &id)));
	FUZZ_EXPECT(state, INVALID_ARGS);
}

static void
check_principal(const char *text)
{
	pg_uuid_t	id = {{0}};
	char	   *account = pca_arn_find_account(text, pca_arn_format_authority(ACCOUNT, &id));

	FUZZ_CHECK((account != NULL) == matches(ACCOUNT_PRINCIPAL, text));
	FUZZ_CHECK(account == NULL || (strlen(account) == 12 && strstr(text, account) != NULL));
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

	if (text == NULL || strlen(text) > 512)
		return;
	check_patterns(text);
	check_slices(text);
	check_authority(text);
	check_certificate(text);
	check_template(text);
	check_principal(text);
}
