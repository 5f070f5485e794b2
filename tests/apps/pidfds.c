/* SPDX-License-Identifier: MIT */
/*
 * Starts itself by pidfd_spawn and pidfd_spawnp, without an environment; where libc has none, as
 * programs do then, by what it has. LDLIBS: -ldl
 *
 *   V_LIBRARY    those two functions, for a libc before glibc 2.39
 */
#include "victim.h"

#include <dlfcn.h>
#include <limits.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

typedef int spawn_fn(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
		     const posix_spawnattr_t *attr, char *const argv[], char *const envp[]);

#ifdef V_LIBRARY
spawn_fn pidfd_spawn, pidfd_spawnp;

int pidfd_spawn(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	/* libc's own call is past all who stand in front of it. */
	void *sym = dlsym(dlopen("libc.so.6", RTLD_LAZY), "execve");
	int (*real)(const char *, char *const[], char *const[]);
	pid_t pid;

	(void)actions;
	(void)attr;
	if (access(path, X_OK))
		return errno;
	memcpy(&real, &sym, sizeof(real));
	pid = fork();
	if (pid == 0)
		_exit(real(path, argv, envp));
	*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return 0;
}

int pidfd_spawnp(int *pidfd, const char *file, const posix_spawn_file_actions_t *actions,
		 const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	return pidfd_spawn(pidfd, file, actions, attr, argv, envp);
}
#else
static int by_hand(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
		   const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	pid_t pid;
	int r = posix_spawn(&pid, path, actions, attr, argv, envp);

	if (r == 0)
		*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return r;
}

static void spawned(const char *how, const char *self, char *port)
{
	char arg_how[32], *argv[] = {"pidfds", port, arg_how, NULL}, *env[] = {NULL};
	void *sym = dlsym(RTLD_DEFAULT, how);
	spawn_fn *fn = by_hand;
	siginfo_t info = {0};
	int fd = -1, r;

	if (sym)
		memcpy(&fn, &sym, sizeof(fn));
	fflush(stdout);
	snprintf(arg_how, sizeof(arg_how), "%s", how);
	r = fn(&fd, self, NULL, NULL, argv, env);
	if (r == 0 && waitid((idtype_t)3, (id_t)fd, &info, WEXITED)) /* P_PIDFD */
		v_die("waitid");
	printf("%s %d -> %d\n", how, r, info.si_status);
	printf("missing %d\n", fn(&fd, "/nonexistent", NULL, NULL, argv, env));
}

int main(int argc, char **argv)
{
	char self[PATH_MAX], port[32], path[64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		v_die("readlink");
	self[n] = '\0';
	snprintf(port, sizeof(port), "%s", argc > 1 ? argv[1] : getenv("V_HTTP"));
	if (argc > 2) {
		setenv("V_HTTP", port, 1);
		snprintf(path, sizeof(path), "/pidfds/%s", argv[2]);
		v_exchange(v_connect("V_HTTP"), "GET", path, "");
		return 5;
	}
	spawned("pidfd_spawn", self, port);
	spawned("pidfd_spawnp", self, port);
	return 0;
}
#endif
