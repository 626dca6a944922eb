/*
 * preload_malloc: lets allocations of OpenSSL fail in a server, for LD_PRELOAD.
 *
 * Which ones the setting pca_test.fail of the session says: LABEL:N fails the
 * Nth that libcrypto makes from then on, LABEL:N+ that one and all after it. A
 * new label begins to count again. Each failure adds an octet to the file that
 * the variable PCA_TEST_FAILURES of the server's environment names.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

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
	return get("pca_test.fail", true, false);
}

static void
report(void)
{
	const char *path = getenv("PCA_TEST_FAILURES");
	int file = path != NULL ? open(path, O_WRONLY | O_APPEND) : -1;

	if (file < 0 || write(file, "x", 1) != 1 || close(file) != 0)
		abort();
}

/* Where libcrypto is in memory. */
static uintptr_t start;
static uintptr_t end;

static int
find_library(struct dl_phdr_info *info, size_t size, void *argument)
{
	(void) size;
	(void) argument;
	if (strstr(info->dlpi_name, "libcrypto") == NULL)
		return 0;
	start = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD && start + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz > end)
			end = start + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
	return 1;
}

__attribute__((constructor)) static void
begin(void)
{
	dl_iterate_phdr(find_library, NULL);
}

static bool
is_to_fail(const void *caller)
{
	static char last[64];
	static long count;
	const char *setting;
	char *rest;
	long which;

	if ((uintptr_t) caller < start || (uintptr_t) caller >= end)
		return false;
	setting = get_setting();
	if (setting == NULL || strchr(setting, ':') == NULL)
		return false;
	if (strcmp(setting, last) != 0)
	{
		strncpy(last, setting, sizeof(last) - 1);
		count = 0;
	}
	count++;
	which = strtol(strchr(setting, ':') + 1, &rest, 10);
	if (count < which || (count > which && *rest != '+'))
		return false;
	report();
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return is_to_fail(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return is_to_fail(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return is_to_fail(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

void *
mmap(void *at, size_t size, int protection, int flags, int file, off_t offset)
{
	if (is_to_fail(__builtin_return_address(0)))
		return MAP_FAILED;
	return (void *) syscall(SYS_mmap, at, size, protection, flags, file, offset);
}
