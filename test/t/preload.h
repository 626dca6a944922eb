/*
 * What the libraries for LD_PRELOAD in a server share: a setting of the session
 * says at which moment they act.
 *
 * Its value is LABEL:N, for the Nth occasion from then on, and may have more after
 * the number. With a new label, counting begins again.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Returns the session's setting of that name; NULL outside a session of a server. */
static const char *
get_setting(const char *name)
{
	static bool *is_under_postmaster;
	static const char *(*get) (const char *name, bool missing_ok, bool restrict_privileged);

	if (is_under_postmaster == NULL)
		is_under_postmaster = dlsym(RTLD_DEFAULT, "IsUnderPostmaster");
	if (get == NULL)
		*(void **) &get = dlsym(RTLD_DEFAULT, "GetConfigOption");
	if (is_under_postmaster == NULL || get == NULL || !*is_under_postmaster)
		return NULL;
	return get(name, true, false);
}

/*
 * Counts an occasion. Gives how far it is past the Nth one, negative before it, and
 * what follows the number in the setting. Returns false without a setting.
 */
static bool
count_occasion(const char *name, long *past, char **rest)
{
	static char last[64];
	static long count;
	const char *setting = get_setting(name);

	if (setting == NULL || strchr(setting, ':') == NULL)
		return false;
	if (strcmp(setting, last) != 0)
	{
		strncpy(last, setting, sizeof(last) - 1);
		count = 0;
	}
	*past = ++count - strtol(strchr(setting, ':') + 1, rest, 10);
	return true;
}
