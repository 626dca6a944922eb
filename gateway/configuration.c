/*-------------------------------------------------------------------------
 *
 * configuration.c
 *	  The settings, from a file and the command line.
 *
 * Both have the same names.  The command line has the last word, also after the
 * file was read again.
 *
 *-------------------------------------------------------------------------
 */
#include "configuration.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "text.h"

#define LONGEST_LINE 4096

GwConfiguration pca_gw_configuration;

/* A setting: a text, or a number within limits.  A text that was not set is NULL. */
typedef struct GwSetting
{
	const char *name;
	const char *help;
	size_t		offset;
	const char *text;
	int64_t		number;
	int64_t		min;
	int64_t		max;
} GwSetting;

#define TEXT(member, text, help) {#member, help, offsetof(GwConfiguration, member), text, 0, 0, 0}
#define NUMBER(member, number, min, max, help) {#member, help, offsetof(GwConfiguration, member), NULL, number, min, max}

static const GwSetting settings[] = {
	TEXT(status_connection, "", "database for OCSP and CRLs, a libpq connection string; \"none\": serve neither"),
	TEXT(api_connection, "", "database for the API; \"none\": no API"),
	TEXT(monitor_connection, "none", "database for /metrics; \"none\": no /metrics"),
	TEXT(ocsp_path, "/ocsp", "path of pca.ocsp_url"),
	NUMBER(status_sessions, 4, 1, 64, "database sessions for OCSP and CRLs"),
	NUMBER(api_sessions, 8, 1, 64, "database sessions for the API"),
	NUMBER(queue, 500, 1, 100000, "requests that may wait for a session, in each pool"),
	NUMBER(queue_timeout, 10, 1, 3600, "seconds that a request may wait for a session"),
	NUMBER(statement_timeout, 30, 1, 3600, "seconds that a statement may take"),
	NUMBER(lock_timeout, 5, 1, 3600, "seconds that a statement may wait for a lock"),
	NUMBER(max_connections, 1000, 1, 100000, "connections of clients"),
	NUMBER(idle_timeout, 15, 1, 3600, "seconds without an octet after which a connection is closed"),
	NUMBER(receive_timeout, 60, 1, 3600, "seconds that a client may take to send a request"),
	NUMBER(drain_timeout, 30, 1, 3600, "seconds that requests in flight get after SIGTERM"),
	NUMBER(body_memory, 16, 1, 4096, "MB for request bodies above 16 kB, together"),
	NUMBER(cache_size, 8, 0, 65536, "MB of CRLs and other objects that are kept"),
	NUMBER(object_memory, 256, 1, 65536, "MB of objects at once, with those that are being sent"),
	NUMBER(max_age, 3600, 0, 86400, "seconds that caches may keep an OCSP response or a CRL, at most"),
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static int	argument_count;
static char **argument_list;

static char **
text_of(GwConfiguration *configuration, const GwSetting *setting)
{
	return (char **) (void *) ((char *) configuration + setting->offset);
}

static int64_t *
number_of(GwConfiguration *configuration, const GwSetting *setting)
{
	return (int64_t *) (void *) ((char *) configuration + setting->offset);
}

static char *
copy_text(GwBytes text)
{
	char	   *copy = strndup(text.length > 0 ? text.data : "", text.length);

	if (copy == NULL)
		pca_gw_fatal("out of memory");
	return copy;
}

static void
free_settings(GwConfiguration *configuration)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (settings[i].text != NULL)
			free(*text_of(configuration, &settings[i]));
	for (int i = 0; i < configuration->listen_count; i++)
		free(configuration->listen[i]);
	*configuration = (GwConfiguration) {0};
}

static void
set_defaults(GwConfiguration *configuration)
{
	*configuration = (GwConfiguration) {0};
	for (size_t i = 0; i < SETTINGS; i++)
		if (settings[i].text != NULL)
			*text_of(configuration, &settings[i]) = copy_text(pca_gw_bytes(settings[i].text));
		else
			*number_of(configuration, &settings[i]) = settings[i].number;
}

/* Compares a name with that of a setting; - and _ are the same. */
static bool
is_name(GwBytes name, const char *setting)
{
	if (name.length != strlen(setting))
		return false;
	for (size_t i = 0; i < name.length; i++)
		if ((name.data[i] == '-' ? '_' : name.data[i]) != setting[i])
			return false;
	return true;
}

static const GwSetting *
find_setting(GwBytes name)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (is_name(name, settings[i].name))
			return &settings[i];
	return NULL;
}

/* Adds an address to listen on.  Returns what is wrong, or NULL. */
static const char *
add_listen(GwConfiguration *configuration, GwBytes value)
{
	if (configuration->listen_count == GW_MAX_LISTEN)
		return "there are too many addresses to listen on";
	configuration->listen[configuration->listen_count++] = copy_text(value);
	return NULL;
}

/* Sets a setting.  Returns what is wrong, or NULL. */
static const char *
apply_setting(GwConfiguration *configuration, GwBytes name, GwBytes value)
{
	const GwSetting *setting = find_setting(name);
	uint64_t	number;

	if (is_name(name, "listen"))
		return add_listen(configuration, value);
	if (setting == NULL)
		return "there is no such setting";
	if (setting->text != NULL)
	{
		free(*text_of(configuration, setting));
		*text_of(configuration, setting) = copy_text(value);
		return NULL;
	}
	if (!pca_gw_bytes_number(value, &number) || (int64_t) number < setting->min || (int64_t) number > setting->max)
		return "the number is outside of its limits";
	*number_of(configuration, setting) = (int64_t) number;
	return NULL;
}

/* Takes the quotes off a value that has them. */
static GwBytes
strip_quotes(GwBytes value)
{
	if (value.length >= 2 && value.data[0] == '\'' && value.data[value.length - 1] == '\'')
		return (GwBytes) {value.data + 1, value.length - 2};
	return value;
}

/* Applies a line "name = value" or "# comment". */
static const char *
apply_line(GwConfiguration *configuration, GwBytes line)
{
	GwBytes		rest = line;
	GwBytes		name;

	if (line.length == 0 || line.data[0] == '#')
		return NULL;
	pca_gw_bytes_split(&rest, '=', &name);
	if (rest.data == NULL)
		return "the line has no \"=\"";
	return apply_setting(configuration, pca_gw_bytes_trim(name), strip_quotes(pca_gw_bytes_trim(rest)));
}

/* Reads a file.  Returns false, and has logged why, if something is wrong with it. */
static bool
read_file(GwConfiguration *configuration, const char *path)
{
	char		line[LONGEST_LINE];
	const char *fault = NULL;
	int			number = 0;
	FILE	   *file = fopen(path, "re");

	if (file == NULL)
	{
		pca_gw_log("configuration", "could not open \"%s\": %s", path, pca_gw_system_error());
		return false;
	}
	while (fault == NULL && fgets(line, sizeof(line), file) != NULL)
	{
		line[strcspn(line, "\r\n")] = '\0';
		number++;
		fault = apply_line(configuration, pca_gw_bytes_trim(pca_gw_bytes(line)));
	}
	fclose(file);
	if (fault != NULL)
		pca_gw_log("configuration", "%s:%d: %s", path, number, fault);
	return fault == NULL;
}

/* Returns the value of the option --name=value or --name value at a position, which it moves on. */
static GwBytes
option_value(int *at, GwBytes *name)
{
	GwBytes		rest = pca_gw_bytes(argument_list[*at] + 2);

	pca_gw_bytes_split(&rest, '=', name);
	if (rest.data == NULL && *at + 1 < argument_count)
		rest = pca_gw_bytes(argument_list[++*at]);
	return rest;
}

/* Applies the command line: its configuration files, or everything else. */
static bool
apply_arguments(GwConfiguration *configuration, bool is_files)
{
	for (int i = 1; i < argument_count; i++)
	{
		const char *argument = argument_list[i];
		const char *fault = NULL;
		GwBytes		name;
		GwBytes		value;

		if (strncmp(argument, "--", 2) != 0)
			pca_gw_fatal("\"%s\" is no option: see --help", argument);
		value = option_value(&i, &name);
		if (value.data == NULL)
			pca_gw_fatal("\"%s\" needs a value", argument);
		if (is_name(name, "config") != is_files)
			continue;
		if (is_files && !read_file(configuration, value.data))
			return false;
		if (!is_files)
			fault = apply_setting(configuration, name, value);
		if (fault != NULL)
			pca_gw_fatal("%s: %s", argument, fault);
	}
	return true;
}

static bool
read_settings(GwConfiguration *configuration)
{
	set_defaults(configuration);
	if (!apply_arguments(configuration, true))
		return false;
	return apply_arguments(configuration, false);
}

static void
print_help(void)
{
	puts("pca-gateway serves the certificate authorities of a database with pca over HTTP.\n"
		 "\n"
		 "  --config=FILE             lines \"name = value\" with the names below; read again at SIGHUP\n"
		 "  --listen=ADDRESS          HOST:PORT, or a path of a Unix socket; may be repeated (127.0.0.1:8080)");
	for (size_t i = 0; i < SETTINGS; i++)
	{
		printf("  --%-23s %s", settings[i].name, settings[i].help);
		if (settings[i].text != NULL)
			printf(" (\"%s\")\n", settings[i].text);
		else
			printf(" (%lld)\n", (long long) settings[i].number);
	}
	puts("\nWhat a connection string leaves out comes from libpq's variables, as PGHOST.");
}

/* Reads the settings for the first time.  What is wrong ends the process. */
void
pca_gw_configuration_begin(int count, char **arguments)
{
	argument_count = count;
	argument_list = arguments;
	if (count == 2 && (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0))
	{
		print_help();
		exit(EXIT_SUCCESS);
	}
	if (!read_settings(&pca_gw_configuration))
		pca_gw_fatal("the configuration is not usable");
	if (pca_gw_configuration.listen_count == 0)
		add_listen(&pca_gw_configuration, GW_LITERAL("127.0.0.1:8080"));
}

/*
 * Reads the settings again.  If something is wrong with the file, what is in
 * force stays, and false is returned.
 */
bool
pca_gw_configuration_reload(void)
{
	GwConfiguration configuration;

	if (!read_settings(&configuration))
	{
		free_settings(&configuration);
		return false;
	}
	free_settings(&pca_gw_configuration);
	pca_gw_configuration = configuration;
	return true;
}
