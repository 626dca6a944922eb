/*-------------------------------------------------------------------------
 *
 * fuzz_arn.c
 *	  Any text as an ARN of each kind, and against each pattern of the model,
 *	  which is also asked as the regular expression that the model has.
 *
 *-------------------------------------------------------------------------
 */
#include "fuzz.h"

#include <regex.h>

#include "base_arn.h"
#include "rule_template.h"
#include "utils/builtins.h"

#define ARN "arn:[A-Za-z0-9_+=/,.@-]+:acm-pca:[A-Za-z0-9_+=/,.@-]*:[0-9]*:[A-Za-z0-9_+=,.@-]+(/[A-Za-z0-9_+=,.@-]+)*"
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
	{NULL, ARN},
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

/* Arguments of a function: the text, alone. */
typedef char *(*Reader) (FunctionCallInfo fcinfo, int i, const char *name);

static char *
read_argument(Reader reader, const char *value)
{
	LOCAL_FCINFO(fcinfo, 1);
	char	   *arn = NULL;
	int			state;

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0] = (NullableDatum) {PointerGetDatum(cstring_to_text(value)), false};
	state = FUZZ_CATCH(arn = reader(fcinfo, 0, "arn"));
	FUZZ_CHECK(state == 0 || state == PCA_SQLSTATE_INVALID_ARN || state == PCA_SQLSTATE_VALIDATION);
	FUZZ_CHECK(arn == NULL || matches(lengthof(patterns) - 1, value));
	return arn;
}

static void
check_authority(const char *text)
{
	char	   *arn = read_argument(pca_arn_argument, text);
	pg_uuid_t	id;
	pg_uuid_t	again;
	char	   *formatted;

	if (arn == NULL || !pca_arn_parse_authority(arn, &id))
		return;
	formatted = pca_arn_format_authority(ACCOUNT, &id);
	FUZZ_CHECK(pca_arn_parse_authority(formatted, &again) && memcmp(&id, &again, sizeof(id)) == 0);
}

static void
check_certificate(const char *text)
{
	pg_uuid_t	id = {{0}};
	pg_uuid_t	serial;
	char	   *authority = pca_arn_format_authority(ACCOUNT, &id);
	char	   *formatted;
	int			state = FUZZ_CATCH(pca_arn_check_certificate(text, "arn"));

	FUZZ_EXPECT(state, INVALID_ARN);
	FUZZ_CHECK(state != 0 || matches(lengthof(patterns) - 1, text));
	if (!pca_arn_parse_certificate(psprintf("%s/certificate/%s", authority, text), authority, &serial))
		return;
	formatted = pca_arn_format_certificate(authority, &serial);
	FUZZ_CHECK(FUZZ_CATCH(pca_arn_check_certificate(formatted, "arn")) == 0);
	FUZZ_CHECK(pca_arn_parse_certificate(formatted, authority, &id) && memcmp(&id, &serial, sizeof(id)) == 0);
	/* The decimal form of the same serial names the same certificate. */
	text = pca_decimal_format((PcaBytes) {serial.data, PCA_SERIAL_LENGTH});
	if (strlen(text) > 2 * PCA_SERIAL_LENGTH)
		FUZZ_CHECK(pca_arn_parse_certificate(psprintf("%s/certificate/%s", authority, text), authority, &id) &&
				   memcmp(&id, &serial, sizeof(id)) == 0);
}

static void
check_template(const char *text)
{
	char	   *arn = read_argument(pca_arn_argument_template, text);
	pg_uuid_t	id = {{0}};
	int			state;

	if (arn == NULL)
		return;
	pca_arn_template_name(arn);
	state = FUZZ_CATCH(pca_template_get(arn, pca_arn_format_authority(ACCOUNT, &id)));
	FUZZ_EXPECT(state, INVALID_ARGS);
}

void
fuzz_one(PcaBytes input)
{
	char	   *text = fuzz_text(input);

	if (text == NULL || strlen(text) > 512)
		return;
	check_patterns(text);
	check_authority(text);
	if (strlen(text) <= PCA_ARN_MAX_LENGTH)
		check_certificate(text);
	check_template(text);
}
