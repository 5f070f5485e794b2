/* SPDX-License-Identifier: MIT */
/* Starts programs with as much as the kernel takes, to the byte, and with no environment. */
#include "victim.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define STACK ((rlim_t)1 << 20) /* a quarter of it is for a program's arguments and environment */
#define WORDS 4
#define WORD  (120 * 1024) /* the kernel takes 128 KiB in one */

static char *argv[WORDS + 2], *none[] = {NULL}, command[WORDS * WORD + 1];

/* `n` bytes in words behind the first; and in one that a shell takes for it. */
static void fill(size_t n)
{
	static char name[] = "true", words[WORDS][WORD + 1];
	size_t i = 0;

	memset(command, ' ', n);
	memcpy(command, name, sizeof(name) - 1);
	command[n] = '\0';
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

static void execs_in(const char *path)
{
	execve(path, argv, none);
}

static void execs_path(const char *path)
{
	environ = none;
	execv(path, argv);
}

static void execs_found(const char *path)
{
	environ = none;
	execvp(path, argv);
}

static void execs_found_in(const char *path)
{
	execvpe(path, argv, none);
}

static void execs_open(const char *path)
{
	fexecve(open(path, O_RDONLY | O_CLOEXEC), argv, none);
}

static void execs_at(const char *path)
{
	execveat(AT_FDCWD, path, argv, none, 0);
}

static void calls(const char *path)
{
	syscall(SYS_execve, path, argv, none);
}

static int ended(pid_t pid)
{
	int status = 0;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void (*how)(const char *path);

static int by_exec(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		how("/bin/true");
		_exit(errno == E2BIG ? 1 : 2);
	}
	return ended(pid);
}

static int by_spawn(void)
{
	pid_t pid;
	int err = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, none);

	return err ? err == E2BIG ? 1 : 2 : ended(pid);
}

static int by_spawnp(void)
{
	pid_t pid;
	int err = posix_spawnp(&pid, "/bin/true", NULL, NULL, argv, none);

	return err ? err == E2BIG ? 1 : 2 : ended(pid);
}

static int by_system(void)
{
	return system(command) ? 1 : 0;
}

static int by_popen(void)
{
	FILE *f = popen(command, "r");

	return !f || pclose(f) ? 1 : 0;
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
	static const struct {
		const char *name;
		void (*how)(const char *path);
	} execs[] = {
		{"execve", execs_in},	     {"execv", execs_path},   {"execvp", execs_found},
		{"execvpe", execs_found_in}, {"fexecve", execs_open}, {"execveat", execs_at},
		{"syscall", calls},
	};
	struct rlimit stack;

	if (getrlimit(RLIMIT_STACK, &stack))
		v_die("getrlimit");
	stack.rlim_cur = STACK;
	if (setrlimit(RLIMIT_STACK, &stack))
		v_die("setrlimit");
	for (size_t i = 0; i < sizeof(execs) / sizeof(execs[0]); i++) {
		how = execs[i].how;
		largest(execs[i].name, by_exec);
	}
	largest("posix_spawn", by_spawn);
	largest("posix_spawnp", by_spawnp);
	environ = none;
	largest("system", by_system);
	largest("popen", by_popen);
	return 0;
}
