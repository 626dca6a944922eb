/*
 * preload_cancel: cancels a statement of a server's session at a moment that no
 * clock decides, for LD_PRELOAD.
 *
 * The setting pca_test.cancel of the session says when: LABEL:N, at the Nth
 * allocation of at least 8 KiB from then on. A new label begins to count again.
 * The session gets the signal that pg_cancel_backend() sends.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_SIZE 8192

extern void *__libc_malloc(size_t size);

/* The session's setting; NULL in what is no session of a server. */
static const char *
get_setting(void)
{
	static bool *is_under_postmaster;
	static const char *(*get) (const char *name, bool missing_ok, bool restrict_privileged);

	if (is_under_postmaster == NULL)
		is_under_postmaster = dlsym(RTLD_DEFAULT, "IsUnderPostmaster");
	if (get == NULL)
		*(void **) &get = dlsym(RTLD_DEFAULT, "GetConfigOption");
	if (is_under_postmaster == NULL || get == NULL || !*is_under_postmaster)
		return NULL;
	return get("pca_test.cancel", true, false);
}

static bool
is_moment(void)
{
	static char last[64];
	static long count;
	const char *setting = get_setting();

	if (setting == NULL || strchr(setting, ':') == NULL)
		return false;
	if (strcmp(setting, last) != 0)
	{
		strncpy(last, setting, sizeof(last) - 1);
		count = 0;
	}
	return ++count == strtol(strchr(setting, ':') + 1, NULL, 10);
}

void *
malloc(size_t size)
{
	if (size >= LEAST_SIZE && is_moment())
		raise(SIGINT);
	return __libc_malloc(size);
}
