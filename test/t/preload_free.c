/*
 * preload_free: keeps what sessions of a server free, for LD_PRELOAD.
 *
 * Each block is appended, as it is when it is freed or moved, to the file that
 * the variable PCA_TEST_FREED of the server's environment names, with a dot and
 * the process's number added.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void __libc_free(void *block);

static const bool *is_under_postmaster;

/* Looks the variable up before anything is freed: dlsym() frees, too. */
__attribute__((constructor)) static void
find_variable(void)
{
	is_under_postmaster = dlsym(RTLD_DEFAULT, "IsUnderPostmaster");
}

static bool
is_session(void)
{
	return is_under_postmaster != NULL && *is_under_postmaster;
}

static int
open_file(void)
{
	static pid_t owner;
	static int file = -1;
	char path[1024];

	if (owner != getpid())
	{
		owner = getpid();
		snprintf(path, sizeof(path), "%s.%d", getenv("PCA_TEST_FREED"), (int) owner);
		file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	}
	return file;
}

static void
keep(const void *block, size_t size)
{
	static bool is_busy;	/* what is called here frees too */

	if (is_busy)
		return;
	is_busy = true;
	if (is_session() && write(open_file(), block, size) != (ssize_t) size)
		abort();
	is_busy = false;
}

void
free(void *block)
{
	if (block != NULL)
		keep(block, malloc_usable_size(block));
	__libc_free(block);
}

/* Moves every block, so that the old contents of each are kept. */
void *
realloc(void *old, size_t size)
{
	size_t old_size = old != NULL ? malloc_usable_size(old) : 0;
	void *new;

	if (old != NULL && size == 0)
	{
		free(old);
		return NULL;
	}
	new = __libc_malloc(size);
	if (new == NULL || old == NULL)
		return new;
	memcpy(new, old, old_size < size ? old_size : size);
	free(old);
	return new;
}
