/* SPDX-License-Identifier: MIT */
/*
 * Starts itself in every way there is, with no environment wherever one can be given; each child
 * makes one request whose path names the way. argv[0] is found again through /proc/self/exe.
 */
#include "victim.h"

#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static char self[PATH_MAX];
static char port[32];
static char *name;

static void child(const char *how)
{
	int fd;
	char path[64];

	setenv("V_HTTP", port, 1);
	fd = v_connect("V_HTTP");
	snprintf(path, sizeof(path), "/starts/%s", how);
	v_exchange(fd, "GET", path, "");
	exit(5);
}

static void run(const char *how)
{
	char arg_how[32];
	char *argv[] = {"starts", port, arg_how, NULL};
	char *env[] = {"A=b", NULL};
	int fd = open(self, O_RDONLY | O_CLOEXEC);

	snprintf(arg_how, sizeof(arg_how), "%s", how);
	/* The ones that use the process's own environment find it empty. */
	if (strchr(how, 'E'))
		environ = env;
	if (strncmp(how, "execve", 7) == 0)
		execve(self, argv, env);
	else if (strcmp(how, "execve-null") == 0)
		syscall(SYS_getpid), execve(self, argv, (char *[]){NULL});
	else if (strcmp(how, "execv-E") == 0)
		execv(self, argv);
	else if (strcmp(how, "execvp-E") == 0)
		execvp(self, argv);
	else if (strcmp(how, "execvpe") == 0)
		execvpe(self, argv, env);
	else if (strcmp(how, "execl-E") == 0)
		execl(self, "starts", port, how, (char *)NULL);
	else if (strcmp(how, "execlp") == 0) {
		char *slash = strrchr(self, '/');

		*slash = '\0';
		setenv("PATH", self, 1);
		execlp(name, "starts", port, how, (char *)NULL);
	} else if (strcmp(how, "execle") == 0)
		execle(self, "starts", port, how, (char *)NULL, env);
	else if (strcmp(how, "fexecve") == 0)
		fexecve(fd, argv, env);
	else if (strcmp(how, "execveat") == 0)
		execveat(fd, "", argv, env, AT_EMPTY_PATH);
	else if (strcmp(how, "call") == 0)
		syscall(SYS_execve, self, argv, env);
	else if (strcmp(how, "call-at") == 0)
		syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
	printf("%s failed: %s\n", how, strerror(errno));
	exit(1);
}

static void forked(const char *how)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run(how);
	waitpid(pid, &status, 0);
	printf("%s -> %d\n", how, WEXITSTATUS(status));
}

static void spawned(int with_path)
{
	const char *how = with_path ? "posix_spawnp" : "posix_spawn";
	char arg_how[32];
	char *argv[] = {"starts", port, arg_how, NULL}, *env[] = {NULL};
	int status, r;
	pid_t pid;

	fflush(stdout);
	snprintf(arg_how, sizeof(arg_how), "%s", how);
	r = with_path ? posix_spawnp(&pid, self, NULL, NULL, argv, env)
		      : posix_spawn(&pid, self, NULL, NULL, argv, env);
	if (r == 0)
		waitpid(pid, &status, 0);
	printf("%s %d -> %d\n", how, r, r ? -1 : WEXITSTATUS(status));
	r = posix_spawn(&pid, "/nonexistent", NULL, NULL, argv, env);
	printf("missing %d\n", r);
}

static void shells(void)
{
	char cmd[PATH_MAX + 64], line[128];
	FILE *f;
	int r;

	clearenv();
	fflush(stdout);
	snprintf(cmd, sizeof(cmd), "'%s' %s system", self, port);
	r = system(cmd);
	printf("system -> %d\n", WEXITSTATUS(r));
	printf("system NULL %d\n", system(NULL));
	snprintf(cmd, sizeof(cmd), "'%s' %s popen", self, port);
	f = popen(cmd, "r");
	while (f && fgets(line, sizeof(line), f))
		printf("popen says %s", line);
	printf("popen -> %d\n", f ? WEXITSTATUS(pclose(f)) : -1);
	printf("popen mode %d\n", popen("true", "q") == NULL);
}

int main(int argc, char **argv)
{
	static const char *const ways[] = {"execve",  "execve-null", "execv-E", "execvp-E",
					   "execvpe", "execl-E",     "execlp",	"execle",
					   "fexecve", "execveat",    "call",	"call-at"};
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		v_die("readlink");
	self[n] = '\0';
	name = strrchr(self, '/') + 1;
	snprintf(port, sizeof(port), "%s", argc > 1 ? argv[1] : getenv("V_HTTP"));
	if (argc > 2)
		child(argv[2]);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		forked(ways[i]);
	spawned(0);
	spawned(1);
	shells();
	errno = 0;
	printf("execve %d %d\n", execve("/nonexistent", argv, environ), errno);
	printf("execvp %d %d\n", execvp("no-such-program-here", argv), errno);
	return 0;
}
