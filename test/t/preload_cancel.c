/*
 * preload_cancel: cancels a statement of a server's session at a moment that does
 * not depend on a clock, for LD_PRELOAD.
 *
 * The setting pca_test.cancel says when (preload.h): each allocation of at least
 * 8 KiB is an occasion. The session gets the signal that pg_cancel_backend()
 * sends.
 */
#define _GNU_SOURCE
#include <signal.h>

#include "preload.h"

#define LEAST_SIZE 8192

extern void *__libc_malloc(size_t size);

void *
malloc(size_t size)
{
	long past;
	char *rest;

	if (size >= LEAST_SIZE && count_occasion("pca_test.cancel", &past, &rest) && past == 0)
		raise(SIGINT);
	return __libc_malloc(size);
}
