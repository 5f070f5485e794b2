/* SPDX-License-Identifier: MIT */
/*
 * Memory is scarce: preloaded, the allocation with the number SCARCE_AT of the program that is
 * called SCARCE_IN fails. How many there were is written to the file SCARCE_COUNT at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

static atomic_long n;
static long fails_at;
static pid_t whom;

__attribute__((constructor)) static void begin(void)
{
	const char *in = getenv("SCARCE_IN"), *at = getenv("SCARCE_AT");

	if (!in || strcmp(program_invocation_short_name, in) != 0)
		return;
	fails_at = at ? atol(at) : 0;
	whom = getpid();
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("SCARCE_COUNT");
	long counted = n;
	int fd = path && whom == getpid() ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;

	whom = 0;
	if (fd < 0)
		return;
	dprintf(fd, "%ld\n", counted);
	close(fd);
}

static int fails(void)
{
	if (!whom || whom != getpid() || ++n != fails_at)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}
