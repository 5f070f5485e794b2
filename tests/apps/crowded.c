/* SPDX-License-Identifier: MIT */
/* Starts programs with as much as the kernel takes, to the byte, and with no environment. */
#include "victim.h"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define STACK ((rlim_t)1 << 20) /* a quarter of it is for a program's arguments and environment */
#define WORDS 4
#define WORD  (120 * 1024) /* the kernel takes 128 KiB in one */

static char *argv[WORDS + 2], *none[] = {NULL};

/* `n` bytes in words behind the first. */
static void fill(size_t n)
{
	static char name[] = "true", words[WORDS][WORD + 1];
	size_t i = 0;

	argv[0] = name;
	for (; n; i++) {
		size_t len = n < WORD ? n : WORD;

		memset(words[i], 'x', len);
		words[i][len] = '\0';
		argv[i + 1] = words[i];
		n -= len;
	}
	argv[i + 1] = NULL;
}

static int by_exec(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execve("/bin/true", argv, none);
		_exit(errno == E2BIG ? 1 : 2);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int by_spawn(void)
{
	int status = 0, err;
	pid_t pid;

	err = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, none);
	if (err)
		return err == E2BIG ? 1 : 2;
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void largest(const char *name, int (*start)(void))
{
	size_t fits = 0, over = WORDS * WORD;

	while (over - fits > 1) {
		size_t n = fits + (over - fits) / 2;
		int r;

		fill(n);
		r = start();
		if (r > 1 || r < 0)
			printf("%s of %zu: %d\n", name, n, r);
		*(r == 0 ? &fits : &over) = n;
	}
	printf("%s: %zu\n", name, fits);
}

int main(void)
{
	struct rlimit stack;

	if (getrlimit(RLIMIT_STACK, &stack))
		v_die("getrlimit");
	stack.rlim_cur = STACK;
	if (setrlimit(RLIMIT_STACK, &stack))
		v_die("setrlimit");
	largest("exec", by_exec);
	largest("spawn", by_spawn);
	return 0;
}
