/*
 * preload_malloc: lets allocations of OpenSSL fail in a server, for LD_PRELOAD.
 *
 * The setting pca_test.fail says which ones (preload.h): each allocation by
 * libcrypto is an occasion, and LABEL:N+ is the Nth and all after it. Each failure
 * adds an octet to the file that the variable PCA_TEST_FAILURES of the server's
 * environment names.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

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
	{
		uintptr_t segment_end = start + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;

		if (info->dlpi_phdr[i].p_type == PT_LOAD && segment_end > end)
			end = segment_end;
	}
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
	long past;
	char *rest;

	if ((uintptr_t) caller < start || (uintptr_t) caller >= end)
		return false;
	if (!count_occasion("pca_test.fail", &past, &rest))
		return false;
	if (past < 0 || (past > 0 && *rest != '+'))
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
